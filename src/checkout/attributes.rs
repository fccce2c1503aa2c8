//! `.gitattributes`: what is said about languages (`linguist-*`) and about storage (`filter=lfs`).

use foldhash::HashMap;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::error::{Diagnostic, Location};

/// What a line says about an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// `name`
    Set,
    /// `-name`
    Unset,
    /// `!name`: as if no line had said anything.
    Unspecified,
    /// `name=value`
    Value(String),
}

impl Setting {
    /// `Some(true)` when set, `Some(false)` when unset, nothing when the value is something else.
    pub fn flag(&self) -> Option<bool> {
        match self {
            Setting::Set => Some(true),
            Setting::Unset => Some(false),
            Setting::Unspecified => None,
            // Linguist takes everything but "false" as true.
            Setting::Value(value) => Some(value != "false"),
        }
    }
}

/// Where an attribute of a path was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said<'a> {
    /// What was said.
    pub setting: &'a Setting,
    /// The `.gitattributes` that says it.
    pub file: &'a str,
    /// 1-based line.
    pub line: u32,
}

/// Every attribute that we know, of all `.gitattributes` of a checkout.
#[derive(Debug, Default)]
pub struct Attributes {
    /// By directory, `""` for the root.
    files: HashMap<String, Rules>,
}

#[derive(Debug)]
struct Rules {
    file: String,
    globs: GlobSet,
    /// What a path begins and ends with where one of the globs matches: hardly any does, and this is sooner said.
    ends: Vec<(String, String)>,
    /// One for each glob.
    lines: Vec<(u32, Vec<(String, Setting)>)>,
}

impl Rules {
    /// The places of the lines whose globs match a path, in their order.
    fn matches(&self, path: &str) -> Vec<usize> {
        let differs = |ours: Option<u8>, theirs: Option<u8>| ours.is_some() && ours != theirs;
        let (first, last) = (path.bytes().next(), path.bytes().next_back());
        // Most paths differ in the letter at one of the ends already.
        let fit = |(head, tail): &(String, String)| {
            !differs(tail.bytes().next_back(), last)
                && !differs(head.bytes().next(), first)
                && path.ends_with(tail)
                && path.starts_with(head)
        };
        if self.ends.iter().any(fit) { self.globs.matches(path) } else { Vec::new() }
    }
}

/// Attributes set by macros: the name of the macro, and what it sets.
type Macros = HashMap<String, Vec<(String, Setting)>>;

impl Attributes {
    /// Takes in one `.gitattributes`; that of the root has to be the first, since it alone may define macros.
    pub(super) fn add(
        &mut self,
        file: &str,
        text: &str,
        macros: &mut Macros,
        warnings: &mut Vec<Diagnostic>,
    ) {
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut globs = GlobSetBuilder::new();
        let (mut lines, mut ends) = (Vec::new(), Vec::new());
        for (line, number) in text.lines().zip(1..) {
            let Some((pattern, rest)) = split(line) else {
                continue;
            };
            if let Some(name) = pattern.strip_prefix("[attr]") {
                if folder.is_empty() {
                    macros.insert(name.to_owned(), settings(rest, macros));
                }
                continue;
            }
            let settings = settings(rest, macros);
            if settings.is_empty() {
                continue;
            }
            match glob(&pattern) {
                Ok(glob) => {
                    ends.push(self::ends(glob.glob()));
                    globs.add(glob);
                    lines.push((number, settings));
                }
                Err(why) => warnings.push(
                    Diagnostic::new(format!("{why}: the line was skipped"))
                        .at(Location::at(file, number, 1, text)),
                ),
            }
        }
        if lines.is_empty() {
            return;
        }
        match globs.build() {
            Ok(globs) => {
                self.files.insert(folder.to_owned(), Rules { file: file.to_owned(), globs, ends, lines });
            }
            Err(e) => {
                warnings.push(Diagnostic::new(format!("{e}: the file was skipped")).at(Location::file(file)));
            }
        }
    }

    /// Nothing is said about any path.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// What is said about an attribute of a path: by the nearest file, and in it by the last line.
    pub fn of(&self, path: &str, name: &str) -> Option<Said<'_>> {
        self.within(folder(path)).all(path).find(|(known, _)| *known == name).map(|(_, said)| said)
    }

    /// What applies to the files of a directory, `""` for the root.
    pub fn within(&self, at: &str) -> Here<'_> {
        let above = std::iter::successors(Some(at), |at| (!at.is_empty()).then(|| folder(at)));
        let begin = |at: &str| if at.is_empty() { 0 } else { at.len() + 1 };
        Here(above.filter_map(|at| Some((self.files.get(at)?, begin(at)))).collect())
    }

    /// The first line in the order of the paths that sets `name` to `value`, with its pattern's file and line.
    pub fn first(&self, name: &str, value: &str) -> Option<(&str, u32)> {
        let says = |(known, setting): &(String, Setting)| {
            known == name && matches!(setting, Setting::Value(v) if v == value)
        };
        self.files
            .values()
            .filter_map(|rules| {
                let (line, _) = rules.lines.iter().find(|(_, settings)| settings.iter().any(says))?;
                Some((rules.file.as_str(), *line))
            })
            .min()
    }
}

/// What applies in a directory: the nearest `.gitattributes` first, each with where the paths begin that it speaks of.
#[derive(Debug, Default)]
pub struct Here<'a>(Vec<(&'a Rules, usize)>);

impl<'a> Here<'a> {
    /// Everything that is said about a path of the directory; of the same name, the first counts.
    pub fn all(self: &Here<'a>, path: &str) -> impl Iterator<Item = (&'a str, Said<'a>)> {
        let lines = |(rules, begin): &(&'a Rules, usize)| {
            let (rules, matches) = (*rules, rules.matches(&path[*begin..]));
            matches.into_iter().rev().map(move |index| (rules, index))
        };
        self.0.iter().flat_map(lines).flat_map(|(rules, index)| {
            let (line, settings) = &rules.lines[index];
            settings
                .iter()
                .rev()
                .map(move |(name, setting)| (name.as_str(), Said { setting, file: &rules.file, line: *line }))
        })
    }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The pattern of a line and what follows it; nothing for blank lines and comments.
fn split(line: &str) -> Option<(String, &str)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    if let Some(quoted) = line.strip_prefix('"') {
        let mut pattern = String::new();
        let mut chars = quoted.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => return Some((pattern, &quoted[at + 1..])),
                '\\' => pattern.extend(chars.next().map(|(_, c)| c)),
                _ => pattern.push(c),
            }
        }
        return None;
    }
    let (pattern, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    Some((pattern.to_owned(), rest))
}

/// The settings among some words that we know, with macros resolved.
fn settings(words: &str, macros: &Macros) -> Vec<(String, Setting)> {
    let mut settings: Vec<(String, Setting)> = Vec::new();
    let mut set = |name: &str, setting: Setting| {
        settings.retain(|(known, _)| known != name);
        settings.push((name.to_owned(), setting));
    };
    for word in words.split_whitespace() {
        let (name, setting) = match word.split_once('=') {
            Some((name, value)) => (name, Setting::Value(value.to_owned())),
            None => match word.as_bytes()[0] {
                b'-' => (&word[1..], Setting::Unset),
                b'!' => (&word[1..], Setting::Unspecified),
                _ => (word, Setting::Set),
            },
        };
        if let (Some(more), Setting::Set) = (macros.get(name), &setting) {
            for (name, setting) in more {
                set(name, setting.clone());
            }
        }
        if name.starts_with("linguist-") || name == "filter" || name == "gitlab-language" {
            set(name, setting);
        }
    }
    settings
}

fn glob(pattern: &str) -> Result<globset::Glob, String> {
    if pattern.starts_with('!') {
        return Err("git does not allow patterns that begin with `!` here".to_owned());
    }
    if pattern.ends_with('/') {
        return Err(
            "a pattern that ends with `/` matches no file; `/**` is what matches those below".to_owned()
        );
    }
    let pattern = match pattern.strip_prefix('/') {
        Some(anchored) => anchored.to_owned(),
        None if pattern.contains('/') => pattern.to_owned(),
        None => format!("**/{pattern}"),
    };
    GlobBuilder::new(&pattern)
        .literal_separator(true)
        .backslash_escape(true)
        .build()
        .map_err(|e| e.to_string())
}

/// What a path begins and ends with where a glob matches, without the `/` that `**` can stand for.
fn ends(glob: &str) -> (String, String) {
    if glob.contains(['[', '{', '\\']) {
        return (String::new(), String::new());
    }
    let head = glob.split(['*', '?']).next().unwrap_or_default();
    let tail = glob.rsplit(['*', '?']).next().unwrap_or_default();
    (head.trim_end_matches('/').to_owned(), tail.trim_start_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(files: &[(&str, &str)]) -> (Attributes, Vec<Diagnostic>) {
        let (mut attributes, mut macros, mut warnings) =
            (Attributes::default(), Macros::default(), Vec::new());
        for (file, text) in files {
            attributes.add(file, text, &mut macros, &mut warnings);
        }
        (attributes, warnings)
    }

    #[test]
    fn the_nearest_file_and_in_it_the_last_line_decide() {
        let (all, warnings) = attributes(&[
            (
                ".gitattributes",
                "*.js linguist-vendored\n/lib/*.js -linguist-vendored\n\"a b.js\" linguist-vendored=false\n",
            ),
            ("lib/.gitattributes", "x.js linguist-generated\n"),
        ]);
        let flag = |path: &str, name: &str| all.of(path, name).and_then(|said| said.setting.flag());
        assert!(warnings.is_empty());
        assert_eq!(flag("deep/down/a.js", "linguist-vendored"), Some(true));
        assert_eq!(flag("lib/x.js", "linguist-vendored"), Some(false));
        assert_eq!(flag("lib/x.js", "linguist-generated"), Some(true));
        assert_eq!(flag("lib/deep/x.js", "linguist-vendored"), Some(true));
        assert_eq!(flag("a b.js", "linguist-vendored"), Some(false));
        assert_eq!(
            all.of("lib/x.js", "linguist-vendored").map(|s| (s.file, s.line)),
            Some((".gitattributes", 2))
        );
    }

    #[test]
    fn macros_are_resolved_and_those_of_subdirectories_are_not() {
        let (all, _) = attributes(&[
            (".gitattributes", "[attr]made linguist-generated -linguist-detectable\n*.x made\n*.y -made\n"),
            ("sub/.gitattributes", "[attr]other linguist-vendored\n*.z other\n"),
        ]);
        assert_eq!(all.of("a.x", "linguist-detectable").map(|s| s.setting), Some(&Setting::Unset));
        assert_eq!(all.of("a.y", "linguist-generated"), None);
        assert_eq!(all.of("sub/a.z", "linguist-vendored"), None);
    }

    #[test]
    fn a_bad_pattern_is_a_warning_with_its_line() {
        let (_, warnings) = attributes(&[(".gitattributes", "a[ linguist-vendored\n!x linguist-vendored\n")]);
        assert_eq!(
            warnings.iter().filter_map(|w| w.location.as_ref()).map(|l| l.line).collect::<Vec<_>>(),
            [1, 2]
        );
    }
}
