//! `uses:` compared by meaning: which action, at which commit, as which version.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::actions_lock::ActionsLock;

/// What a `uses:` line names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Uses {
    /// `owner/repo` or `owner/repo/path` in lower case; owners and repositories know no case.
    pub(super) action: String,
    /// The commit and version it is pinned to.
    pub(super) pin: Pin,
    /// What precedes the value: indentation, dash, key.
    before: String,
    /// The action as it was written.
    written: String,
    quote: &'static str,
}

/// What follows the `@` of a `uses:`, and the version that the comment behind it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pin {
    /// A commit, a tag or a branch, as written.
    pub(super) reference: String,
    /// The comment without `#`, empty when there is none.
    pub(super) comment: String,
    /// The commit and version that `actions.lock` gives for a tag.
    pub(super) locked: Option<(String, String)>,
}

/// Which of two pins of one action goes into the result, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// They mean the same.
    Same,
    /// The one on disk is newer.
    Newer,
    /// The one on disk is older.
    Older,
    /// The same version at another commit.
    Moved,
    /// The versions can't be compared.
    Unknown,
}

impl Uses {
    /// Reads a line that is known to hold a `uses:` key; `None` for local actions, images and what has no `@`.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let at = line.find("uses:")? + "uses:".len();
        let rest = line[at..].trim_start();
        let before = line[..line.len() - rest.len()].to_owned();
        let (value, after, quote) = match rest.chars().next()? {
            '"' => rest[1..].split_once('"').map(|(v, a)| (v, a, "\""))?,
            '\'' => rest[1..].split_once('\'').map(|(v, a)| (v, a, "'"))?,
            _ => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                (&rest[..end], &rest[end..], "")
            }
        };
        let (action, reference) = value.split_once('@')?;
        if !action.contains('/')
            || action.starts_with(['.', '$'])
            || action.contains(':')
            || reference.is_empty()
        {
            return None;
        }
        let comment = after.trim_start().strip_prefix('#').unwrap_or_default().trim().to_owned();
        Some(Uses {
            action: action.to_ascii_lowercase(),
            pin: Pin { reference: reference.to_owned(), comment, locked: None },
            before,
            written: action.to_owned(),
            quote,
        })
    }

    /// The line again, pinned to something else.
    pub(super) fn with_pin(&self, pin: &Pin) -> String {
        let Uses { before, written, quote, .. } = self;
        let value = format!("{before}{quote}{written}@{}{quote}", pin.reference);
        if pin.comment.is_empty() { value } else { format!("{value} # {}", pin.comment) }
    }

    /// The same action, pinned to something else.
    pub(super) fn at(&self, pin: Pin) -> Uses {
        Uses { pin, ..self.clone() }
    }

    /// The line again, with action and pin as another line writes them.
    pub(super) fn written_as(&self, other: &Uses) -> String {
        Uses { before: format!("{} ", self.before.trim_end()), ..other.clone() }.with_pin(&other.pin)
    }

    /// The line as it is compared: without the pin, quotes and differences of case.
    pub(super) fn without_pin(&self) -> String {
        format!("{} {}@", self.before.trim_end(), self.action)
    }
}

impl Pin {
    /// The full commit id that this pin comes down to.
    pub(super) fn commit(&self) -> Option<&str> {
        match &self.locked {
            Some((commit, _)) => Some(commit),
            None if is_commit(&self.reference) => Some(&self.reference),
            None => None,
        }
    }

    /// The version that this pin names: in its comment, or as its tag.
    fn version(&self) -> Option<Version> {
        match &self.locked {
            Some((_, version)) => Version::parse(version),
            None if is_commit(&self.reference) => Version::parse(&self.comment),
            None => Version::parse(&self.reference),
        }
    }

    /// The version for people, or the reference when no version is known.
    pub(super) fn shown(&self) -> &str {
        match (&self.locked, is_commit(&self.reference) && !self.comment.is_empty()) {
            (Some((_, version)), _) => version,
            (None, true) => &self.comment,
            (None, false) => &self.reference,
        }
    }

    /// How this pin, found on disk, relates to the one the library has.
    pub(super) fn against(&self, ours: &Pin) -> Choice {
        let same = match (self.commit(), ours.commit()) {
            (Some(mine), Some(theirs)) => mine.eq_ignore_ascii_case(theirs),
            _ => self.reference == ours.reference,
        };
        if same {
            return Choice::Same;
        }
        match (self.version(), ours.version()) {
            (Some(disk), Some(library)) => match disk.cmp_shared(&library) {
                Ordering::Greater => Choice::Newer,
                Ordering::Less => Choice::Older,
                Ordering::Equal if disk.parts == library.parts => Choice::Moved,
                Ordering::Equal => Choice::Unknown,
            },
            _ => Choice::Unknown,
        }
    }
}

fn is_commit(reference: &str) -> bool {
    matches!(reference.len(), 40 | 64) && reference.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A version with one to three parts; tags like `v4` and `4.2` are common.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Version {
    parts: usize,
    semver: semver::Version,
}

impl Version {
    /// The first word of a text that is a version, with or without a prefix like `v`, `tag=` or `release/`.
    fn parse(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(|word| {
            let start = word.find(|c: char| c.is_ascii_digit())?;
            let prefix = &word[..start];
            if prefix.chars().last().is_some_and(char::is_alphanumeric) && !prefix.ends_with(['v', 'V']) {
                return None;
            }
            let end = word[start..].find(['-', '+']).map_or(word.len(), |n| start + n);
            let numbers: Vec<&str> = word[start..end].split('.').collect();
            if numbers.len() > 3 || (numbers.len() == 1 && numbers[0].len() > 4) {
                return None;
            }
            let mut padded = word[start..end].to_owned();
            padded.push_str(&".0".repeat(3 - numbers.len()));
            let semver = semver::Version::parse(&format!("{padded}{}", &word[end..])).ok()?;
            Some(Version { parts: numbers.len(), semver })
        })
    }

    /// Compares as many parts as both have: `v4` says nothing about its being older than `v4.2`.
    fn cmp_shared(&self, other: &Version) -> Ordering {
        let (a, b) = (&self.semver, &other.semver);
        let parts = self.parts.min(other.parts);
        let numbers = |v: &semver::Version| [v.major, v.minor, v.patch];
        let first = numbers(a)[..parts].cmp(&numbers(b)[..parts]);
        if parts == 3 { first.then_with(|| a.pre.cmp(&b.pre)) } else { first }
    }
}

/// The newest full-commit pin of each action among those given and ours: one action, one commit.
#[derive(Debug, Default, Clone)]
pub(super) struct Pins(BTreeMap<String, Pin>);

impl Pins {
    /// Offers a pin that stands on disk in a generated step.
    pub(super) fn offer(&mut self, uses: &Uses) {
        if uses.pin.commit().is_none() || uses.pin.locked.is_some() {
            return;
        }
        match self.0.get(&uses.action) {
            Some(known) if uses.pin.against(known) != Choice::Newer => {}
            _ => {
                self.0.insert(uses.action.clone(), uses.pin.clone());
            }
        }
    }

    /// The pin that a generated `uses:` gets when nothing on disk stands in its place.
    pub(super) fn newest(&self, ours: &Uses) -> Pin {
        match self.0.get(&ours.action) {
            Some(known) if known.against(&ours.pin) == Choice::Newer => known.clone(),
            _ => ours.pin.clone(),
        }
    }
}

/// Gives a `uses:` what `actions.lock` knows about its tag in that workflow.
pub(super) fn resolve(uses: &mut Uses, lock: &ActionsLock, workflow: &str) {
    if !is_commit(&uses.pin.reference) {
        uses.pin.locked = lock.resolve(workflow, &uses.action, &uses.pin.reference);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "1111111111111111111111111111111111111111";
    const B: &str = "2222222222222222222222222222222222222222";

    fn uses(line: &str) -> Uses {
        Uses::parse(line).unwrap()
    }

    fn choice(disk: &str, ours: &str) -> Choice {
        uses(&format!("- uses: a/b@{disk}")).pin.against(&uses(&format!("- uses: a/b@{ours}")).pin)
    }

    #[test]
    fn case_quotes_and_blanks_do_not_matter() {
        let plain = uses(&format!("      - uses: actions/checkout@{A} # v4.2.2"));
        for other in ["Actions/Checkout@", "\"actions/checkout@", "'ACTIONS/checkout@"] {
            let quote =
                other.chars().next().filter(|c| !c.is_alphabetic()).map(String::from).unwrap_or_default();
            let line = uses(&format!("      - uses:   {other}{A}{quote}    #   v4.2.2  "));
            assert_eq!((&line.action, &line.pin), (&plain.action, &plain.pin));
            assert_eq!(line.without_pin(), plain.without_pin());
        }
    }

    #[test]
    fn a_new_pin_keeps_the_way_the_line_was_written() {
        let line = uses("  - uses:  'Actions/checkout@v4'   # old");
        let pin = Pin { reference: B.into(), comment: "v5.0.0".into(), locked: None };
        assert_eq!(line.with_pin(&pin), format!("  - uses:  'Actions/checkout@{B}' # v5.0.0"));
    }

    #[test]
    fn local_actions_and_images_are_no_pins() {
        for line in ["uses: ./here", "uses: docker://alpine@sha256:1", "uses: $/x@y", "uses: name"] {
            assert_eq!(Uses::parse(line), None, "{line}");
        }
    }

    #[test]
    fn the_newer_of_two_versions_is_known_with_and_without_v_and_with_fewer_parts() {
        for (disk, ours, expected) in [
            (format!("{A} # v4.2.2"), format!("{B} # v4.2.1"), Choice::Newer),
            (format!("{A} # 4.10.0"), format!("{B} # v4.9.0"), Choice::Newer),
            (format!("{A} # v5"), format!("{B} # v4.2.1"), Choice::Newer),
            (format!("{A} # v4.1"), format!("{B} # v4.2.1"), Choice::Older),
            (format!("{A} # tag=v1.0.0"), format!("{B} # v1.0.1"), Choice::Older),
            (format!("{A} # v1.0.0-rc.1"), format!("{B} # v1.0.0"), Choice::Older),
            (format!("{A} # v4"), format!("{B} # v4.2.1"), Choice::Unknown),
            (format!("{A} # v1.0.0"), format!("{B} # v1.0.0"), Choice::Moved),
            (A.to_owned(), format!("{B} # v1.0.0"), Choice::Unknown),
            (A.to_uppercase(), format!("{A} # v1.0.0"), Choice::Same),
            ("main".to_owned(), format!("{B} # v1.0.0"), Choice::Unknown),
            ("v3".to_owned(), format!("{B} # v4.0.0"), Choice::Older),
        ] {
            assert_eq!(choice(&disk, &ours), expected, "{disk} against {ours}");
        }
    }

    #[test]
    fn one_action_gets_the_newest_commit_seen() {
        let mut pins = Pins::default();
        pins.offer(&uses(&format!("uses: a/b@{A} # v2.0.0")));
        pins.offer(&uses(&format!("uses: a/b@{B} # v1.0.0")));
        pins.offer(&uses("uses: a/b@v9"));
        assert_eq!(pins.newest(&uses(&format!("uses: A/b@{B} # v1.5.0"))).reference, A);
        assert_eq!(pins.newest(&uses(&format!("uses: a/b@{B} # v2.5.0"))).reference, B);
    }
}
