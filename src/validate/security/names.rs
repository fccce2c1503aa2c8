//! Names of actions: archived ones, superfluous ones, and those that look like a well-known one.
//!
//! Sources of the lists: the audits `archived-uses`, `superfluous-actions` and `typosquat-uses` of zizmor.

use std::sync::LazyLock;

/// Repositories that their owners have archived, in lower case.
const ARCHIVED: &str = include_str!("archived.txt");

/// Actions that are worth imitating, in lower case.
const POPULAR: &str = include_str!("popular.txt");

/// Actions for what a runner can do by itself, and how.
const SUPERFLUOUS: &[(&str, &str)] = &[
    ("ncipollo/release-action", "`gh release` in a script"),
    ("softprops/action-gh-release", "`gh release` in a script"),
    ("elgohr/Github-Release-Action", "`gh release` in a script"),
    ("peter-evans/create-pull-request", "`gh pr create` in a script"),
    ("peter-evans/create-or-update-comment", "`gh pr comment` or `gh issue comment` in a script"),
    ("dacbd/create-issue-action", "`gh issue create` in a script"),
    (
        "actions-ecosystem/action-add-labels",
        "`gh issue edit --add-label` or `gh pr edit --add-label` in a script",
    ),
    (
        "actions-ecosystem/action-remove-labels",
        "`gh issue edit --remove-label` or `gh pr edit --remove-label` in a script",
    ),
    ("svenstaro/upload-release-action", "`gh release create` and `gh release upload` in a script"),
    ("addnab/docker-run-action", "`docker run` in a script, or a container step"),
    ("sergeysova/jq-action", "`jq` in a script"),
    ("dtolnay/rust-toolchain", "`rustup` in a script"),
    ("stefanzweifel/git-auto-commit-action", "`git add`, `git commit` and `git push` in a script"),
    ("EndBug/add-and-commit", "`git add`, `git commit` and `git push` in a script"),
];

static ARCHIVED_SORTED: LazyLock<Vec<&str>> = LazyLock::new(|| sorted(ARCHIVED));
static POPULAR_SORTED: LazyLock<Vec<&str>> = LazyLock::new(|| sorted(POPULAR));

fn sorted(lines: &'static str) -> Vec<&'static str> {
    let mut lines: Vec<&str> = lines.lines().collect();
    lines.sort_unstable();
    lines
}

/// True for `owner/repository` of an archived repository.
pub(super) fn is_archived(slug: &str) -> bool {
    ARCHIVED_SORTED.binary_search(&slug.to_ascii_lowercase().as_str()).is_ok()
}

/// What to do instead of using an action.
pub(super) fn superfluous(action: &str) -> Option<&'static str> {
    SUPERFLUOUS.iter().find(|(name, _)| name.eq_ignore_ascii_case(action)).map(|(_, instead)| *instead)
}

/// The well-known action of another owner that this one could be mistaken for.
pub(super) fn squatted(slug: &str) -> Option<&'static str> {
    let slug = slug.to_ascii_lowercase();
    if POPULAR_SORTED.binary_search(&slug.as_str()).is_ok() {
        return None;
    }
    let owner = slug.split('/').next();
    POPULAR_SORTED.iter().copied().find(|known| known.split('/').next() != owner && resembles(&slug, known))
}

/// What each character is mistyped or misread as.
const TYPOS: &[(char, &[&str])] = &[
    ('1', &["2", "q", "i", "l"]),
    ('2', &["1", "q", "w", "3"]),
    ('3', &["2", "w", "e", "4"]),
    ('4', &["3", "e", "r", "5"]),
    ('5', &["4", "r", "t", "6", "s"]),
    ('6', &["5", "t", "y", "7"]),
    ('7', &["6", "y", "u", "8"]),
    ('8', &["7", "u", "i", "9"]),
    ('9', &["8", "i", "o", "0"]),
    ('0', &["9", "o", "p", "-"]),
    ('-', &["_", "0", "p", ".", ""]),
    ('_', &["-", "0", "p", ".", ""]),
    ('q', &["1", "2", "w", "a"]),
    ('w', &["2", "3", "e", "s", "a", "q", "vv"]),
    ('e', &["3", "4", "r", "d", "s", "w"]),
    ('r', &["4", "5", "t", "f", "d", "e"]),
    ('t', &["5", "6", "y", "g", "f", "r"]),
    ('y', &["6", "7", "u", "h", "t", "i"]),
    ('u', &["7", "8", "i", "j", "y", "v"]),
    ('i', &["1", "8", "9", "o", "l", "k", "j", "u", "y"]),
    ('o', &["9", "0", "p", "l", "i"]),
    ('p', &["0", "-", "o"]),
    ('a', &["q", "w", "s", "z"]),
    ('s', &["w", "d", "x", "z", "a", "5"]),
    ('d', &["e", "r", "f", "c", "x", "s"]),
    ('f', &["r", "g", "v", "c", "d"]),
    ('g', &["t", "h", "b", "v", "f"]),
    ('h', &["y", "j", "n", "b", "g"]),
    ('j', &["u", "i", "k", "m", "n", "h"]),
    ('k', &["i", "o", "l", "m", "j"]),
    ('l', &["i", "o", "p", "k", "1"]),
    ('z', &["a", "s", "x"]),
    ('x', &["z", "s", "d", "c"]),
    ('c', &["x", "d", "f", "v"]),
    ('v', &["c", "f", "g", "b", "u"]),
    ('b', &["v", "g", "h", "n"]),
    ('n', &["b", "h", "j", "m"]),
    ('m', &["n", "j", "k", "rn"]),
    ('.', &["-", "_", ""]),
    ('/', &["-", "_"]),
];

/// One slip of the keyboard or of the eye apart.
fn resembles(name: &str, known: &str) -> bool {
    let omits = known.len() == name.len() + 1 && without_one(known, name, |_| true);
    let repeats = name.len() == known.len() + 1 && without_one(name, known, |at| doubled(name, at));
    omits
        || repeats
        || swaps(name, known)
        || mistypes(name, known)
        || versioned(name, known)
        || swapped_words(name, known)
}

/// True when `long` without one byte, at a place that may go, is `short`.
fn without_one(long: &str, short: &str, may_go: impl Fn(usize) -> bool) -> bool {
    let (long, short) = (long.as_bytes(), short.as_bytes());
    (0..long.len()).any(|at| may_go(at) && long[..at] == short[..at] && long[at + 1..] == short[at..])
}

fn doubled(name: &str, at: usize) -> bool {
    let bytes = name.as_bytes();
    bytes.get(at + 1) == Some(&bytes[at])
}

/// Two neighbours in the wrong order.
fn swaps(name: &str, known: &str) -> bool {
    let (ours, theirs) = (name.as_bytes(), known.as_bytes());
    if ours.len() != theirs.len() {
        return false;
    }
    let mut wrong = (0..ours.len()).filter(|n| ours[*n] != theirs[*n]);
    let pair = (wrong.next(), wrong.next(), wrong.next());
    matches!(pair, (Some(a), Some(b), None) if b == a + 1 && ours[a] == theirs[b] && ours[b] == theirs[a])
}

/// One character that is another one, or two, in the original.
fn mistypes(name: &str, known: &str) -> bool {
    if name.len().abs_diff(known.len()) > 1 {
        return false;
    }
    name.char_indices().any(|(at, letter)| {
        let (before, after) = (&name[..at], &name[at + letter.len_utf8()..]);
        let rest = known.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        rest.is_some_and(|meant| meant.len() <= 2 && slips(letter).contains(&meant))
    })
}

fn slips(letter: char) -> &'static [&'static str] {
    TYPOS.iter().find(|(typed, _)| *typed == letter).map_or(&[], |(_, meant)| meant)
}

/// `name-2` for `name`.
fn versioned(name: &str, known: &str) -> bool {
    name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('-') == known && name != known
}

/// The same words in another order or with other delimiters.
fn swapped_words(name: &str, known: &str) -> bool {
    let delimiters = ['-', '_', '/'];
    let words = |text: &str| {
        let mut words: Vec<String> = text.split(delimiters).map(str::to_owned).collect();
        words.sort();
        words
    };
    // One delimiter stands between all words of a swap.
    let uniform = delimiters.iter().filter(|d| known.contains(**d)).count() == 1;
    uniform && words(name) == words(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookalikes_of_other_owners_are_found() {
        for squat in [
            "action/checkout",
            "acti0ns/cache",
            "actionss/checkout",
            "actoins/checkout",
            "checkout/actions",
            "actions-2/checkout",
            "dockerr/login-action",
        ] {
            let meant = squatted(squat);
            assert_eq!(meant.is_some(), squat != "actions-2/checkout", "{squat}: {meant:?}");
        }
    }

    #[test]
    fn the_originals_and_their_owners_other_actions_are_not() {
        for honest in
            ["actions/checkout", "Swatinem/rust-cache", "actions/cach", "acme/checkout", "docker/login"]
        {
            assert_eq!(squatted(honest), None, "{honest}");
        }
    }

    #[test]
    fn archived_and_superfluous_actions_are_known() {
        assert!(is_archived("Actions-RS/toolchain") && !is_archived("actions/checkout"));
        assert!(superfluous("dtolnay/rust-toolchain").is_some() && superfluous("actions/checkout").is_none());
    }
}
