//! What ignore files say: `.gitignore`, `.ignore` and `.git/info/exclude`, with git's precedence.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::git::Folders;
use super::read::{self, Root};

/// More of an ignore file than this is not read, in bytes.
const CAP: u64 = 1 << 20;

/// A file and what is wrong with it.
type Problems = Vec<(String, String)>;

/// Who ignores a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// Git, unless it tracks the path already.
    Git,
    /// `.ignore`, whatever git does.
    Tools,
}

/// The ignore files that apply in a directory: its own first, then those above it.
pub(super) struct Ignores {
    above: Option<Arc<Ignores>>,
    /// `.ignore`, which ranks before every `.gitignore`.
    tools: Option<Gitignore>,
    git: Option<Gitignore>,
    /// Where the walk's root lies in the repository, with a `/` at the end, or nothing.
    prefix: Arc<str>,
    /// Some `.ignore` was found here or above.
    any_tools: bool,
}

impl Ignores {
    /// What applies at `root` from outside it: `info/exclude` of its repository and the ignore files of the
    /// directories between the top of that repository and `root`. The user's own global file is left out, because
    /// what wfgen finds must not depend on who runs it.
    pub(super) fn above(root: &Path) -> (Arc<Self>, Problems) {
        let mut problems = Problems::new();
        let full = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        let Some(top) = full.ancestors().find(|at| at.join(".git").exists()) else {
            return (Arc::new(Self::nothing("")), problems);
        };
        let below = full.strip_prefix(top).ok().and_then(Path::to_str).unwrap_or("").replace('\\', "/");
        let prefix = if below.is_empty() { String::new() } else { format!("{below}/") };
        let mut here = Self::nothing(&prefix);
        // A linked worktree has a file in place of the folder, which says where the repository is.
        let repository = Folders::find(top).ok().flatten();
        let shared = repository.map_or_else(|| top.join(".git"), |folders| folders.common().to_path_buf());
        here.git = load(&shared, "info/exclude", "", &mut problems);
        let mut here = Arc::new(here);
        let mut at = String::new();
        for part in below.split('/').filter(|part| !part.is_empty()) {
            here = here.with(top, &at, &at, |_| true, &mut problems);
            at = if at.is_empty() { part.to_owned() } else { format!("{at}/{part}") };
        }
        (here, problems)
    }

    fn nothing(prefix: &str) -> Self {
        Ignores { above: None, tools: None, git: None, prefix: prefix.into(), any_tools: false }
    }

    /// What applies in `folder`, whose listing `has` knows.
    pub(super) fn enter(
        self: Arc<Self>,
        root: &Path,
        folder: &str,
        has: impl Fn(&str) -> bool,
    ) -> (Arc<Self>, Problems) {
        let mut problems = Problems::new();
        let base = format!("{}{folder}", self.prefix);
        let here = self.with(root, folder, base.trim_end_matches('/'), has, &mut problems);
        (here, problems)
    }

    /// Adds the ignore files of `folder` below `root`, whose patterns are relative to `base`.
    fn with(
        self: Arc<Self>,
        root: &Path,
        folder: &str,
        base: &str,
        has: impl Fn(&str) -> bool,
        problems: &mut Problems,
    ) -> Arc<Self> {
        let mut read = |name: &str| {
            let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            has(name).then(|| load(root, &path, base, problems)).flatten()
        };
        let (tools, git) = (read(".ignore"), read(".gitignore"));
        if tools.is_none() && git.is_none() {
            return self;
        }
        let any_tools = self.any_tools || tools.is_some();
        let prefix = Arc::clone(&self.prefix);
        Arc::new(Ignores { above: Some(self), tools, git, prefix, any_tools })
    }

    /// Who ignores a path below the walk's root, if anybody does. What lies above it was asked about before.
    pub(super) fn ignored(&self, path: &str, is_dir: bool) -> Option<By> {
        let full;
        let path = if self.prefix.is_empty() {
            path
        } else {
            full = format!("{}{path}", self.prefix);
            &full
        };
        let verdict = |of: fn(&Ignores) -> Option<&Gitignore>| {
            let mut at = Some(self);
            while let Some(here) = at {
                match of(here).map_or(Match::None, |rules| rules.matched(path, is_dir)) {
                    Match::Ignore(_) => return Some(true),
                    Match::Whitelist(_) => return Some(false),
                    Match::None => at = here.above.as_deref(),
                }
            }
            None
        };
        if self.any_tools
            && let Some(verdict) = verdict(|here| here.tools.as_ref())
        {
            return verdict.then_some(By::Tools);
        }
        verdict(|here| here.git.as_ref())?.then_some(By::Git)
    }
}

/// Braces are nothing special to git; to the globs of `ignore` they are alternatives.
fn literal_braces(line: &str) -> Cow<'_, str> {
    if line.contains(['{', '}']) && !line.contains(['[', '\\']) {
        Cow::Owned(line.replace('{', "[{").replace('}', "[}]").replace("[{", "[{]"))
    } else {
        Cow::Borrowed(line)
    }
}

/// The rules of one file, if it is there and has any.
fn load(root: &Path, path: &str, base: &str, problems: &mut Problems) -> Option<Gitignore> {
    let (content, more) = match read::bytes(&Root::new(root), path, CAP) {
        Ok(read) => read,
        Err(read::Unreadable::Missing) => return None,
        Err(e) => {
            problems.push((path.to_owned(), format!("{e}: it ignores nothing")));
            return None;
        }
    };
    if more.is_some() {
        problems.push((path.to_owned(), format!("only the first {CAP} bytes are read")));
    }
    let text = String::from_utf8_lossy(&content);
    let mut rules = GitignoreBuilder::new(base);
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        if let Err(e) = rules.add_line(None, &literal_braces(line)) {
            problems.push((path.to_owned(), format!("line {}: {e}", number + 1)));
        }
    }
    match rules.build() {
        Ok(rules) if rules.is_empty() => None,
        Ok(rules) => Some(rules),
        Err(e) => {
            problems.push((path.to_owned(), format!("{e}: it ignores nothing")));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_linked_worktree_has_what_its_repository_excludes() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("main/.git/HEAD", "ref: refs/heads/main\n");
        write("main/.git/info/exclude", "*.secret\n");
        write("main/.git/worktrees/other/HEAD", "ref: refs/heads/other\n");
        write("main/.git/worktrees/other/commondir", "../..\n");
        write("other/.git", "gitdir: ../main/.git/worktrees/other\n");
        for checkout in ["main", "other"] {
            let (ignores, problems) = Ignores::above(&folder.path().join(checkout));
            assert!(problems.is_empty(), "{problems:?}");
            assert_eq!(ignores.ignored("a.secret", false), Some(By::Git), "{checkout}");
            assert_eq!(ignores.ignored("a.rs", false), None, "{checkout}");
        }
    }
}
