//! What `.git` says about a checkout, read without running git.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::config::{self, Setting};
use super::read::{self, Root, Unreadable};

/// More of one file in `.git` is not read, in bytes (an index of two million files has some 250 MB).
const MOST_INDEX: u64 = 512 << 20;
const MOST_REFS: u64 = 64 << 20;

/// Something that is known, how surely, and from where.
#[derive(Debug, Clone, PartialEq)]
pub struct Known<T> {
    /// What is known.
    pub value: T,
    /// From 0 to 1.
    pub confidence: f64,
    /// The file that says it, relative to the checkout; git's own files as `.git/...` wherever they are.
    pub file: String,
    /// 1-based line, when one line says it.
    pub line: Option<u32>,
    /// How the file says it, e.g. `remote.origin.url`.
    pub reader: &'static str,
}

/// Where a repository is hosted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slug {
    /// The host in lower case, e.g. `github.com`.
    pub host: String,
    /// The user or organisation.
    pub owner: String,
    /// The repository's name.
    pub name: String,
}

/// A submodule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submodule {
    /// Its directory, relative to the checkout.
    pub path: String,
    /// 1-based line of `.gitmodules`.
    pub line: u32,
}

/// What `.git` and git's own files say about a checkout.
#[derive(Debug, Clone, PartialEq)]
pub struct Git {
    /// The checkout is (in) a git repository.
    pub repository: bool,
    /// The branch that pull requests go to.
    pub default_branch: Known<String>,
    /// `owner/name` from the remote that pull requests go to.
    pub slug: Option<Known<Slug>>,
    /// The id of the commit that is checked out.
    pub head: Option<String>,
    /// From `.gitmodules`, in its order.
    pub submodules: Vec<Submodule>,
    /// Some files are stored in LFS; the value is the pattern.
    pub lfs: Option<Known<String>>,
}

/// The directories of a repository.
#[derive(Debug)]
pub(super) struct Folders {
    /// `.git`, or what a `.git` file points to.
    own: PathBuf,
    /// The same, or for a worktree that of the main checkout, where refs and configuration are.
    common: PathBuf,
    /// Where the checkout lies below the top of its repository, with a `/` at the end, or nothing.
    pub prefix: String,
}

impl Folders {
    /// Finds the repository of a checkout: at its root or above.
    ///
    /// # Errors
    /// When there is a `.git` that leads nowhere; what that is.
    pub(super) fn find(root: &Path) -> Result<Option<Self>, String> {
        let full = root.canonicalize().map_err(|e| e.to_string())?;
        let Some(top) = full.ancestors().find(|at| at.join(".git").symlink_metadata().is_ok()) else {
            return Ok(None);
        };
        let dot = top.join(".git");
        let own = if dot.is_dir() {
            dot
        } else {
            let (content, _) =
                read::bytes(&Root::new(top), ".git", 4096).map_err(|e| format!("`.git`: {e}"))?;
            let text = String::from_utf8_lossy(&content);
            let target =
                text.trim().strip_prefix("gitdir:").ok_or("`.git` is a file that names no directory")?;
            top.join(target.trim())
        };
        if !own.join("HEAD").is_file() {
            return Err("`.git` does not lead to a repository".to_owned());
        }
        let common = match read::bytes(&Root::new(&own), "commondir", 4096) {
            Ok((content, _)) => own.join(String::from_utf8_lossy(&content).trim()),
            Err(_) => own.clone(),
        };
        let below = full.strip_prefix(top).ok().and_then(Path::to_str).unwrap_or_default().replace('\\', "/");
        let prefix = if below.is_empty() { below } else { below + "/" };
        Ok(Some(Folders { own, common, prefix }))
    }

    /// What all worktrees of the repository share: `info/exclude` is in there.
    pub(super) fn common(&self) -> &Path {
        &self.common
    }

    /// The index, how many bytes it has, and how many its object names have.
    pub(super) fn index(&self) -> Result<(File, u64, usize), Unreadable> {
        let (file, size) = read::file(&Root::new(&self.own), "index")?;
        if size > MOST_INDEX {
            return Err(Unreadable::TooLarge { size, cap: MOST_INDEX });
        }
        let sha256 = self.config().iter().any(|s| s.is("extensions", "objectformat") && s.value == "sha256");
        Ok((file, size, if sha256 { 32 } else { 20 }))
    }

    fn config(&self) -> Vec<Setting> {
        text(&self.common, "config", read::DEFAULT_CAP).map(|text| config::parse(&text)).unwrap_or_default()
    }

    /// The content of a loose ref; HEAD is each worktree's own.
    fn loose(&self, name: &str) -> Option<String> {
        let folder = if name == "HEAD" { &self.own } else { &self.common };
        text(folder, name, 4096).map(|text| text.trim().to_owned())
    }

    fn packed(&self) -> Refs {
        Refs(text(&self.common, "packed-refs", MOST_REFS).unwrap_or_default())
    }
}

/// The text of `packed-refs`.
struct Refs(String);

impl Refs {
    fn id(&self, name: &str) -> Option<&str> {
        self.0
            .lines()
            .filter_map(|line| line.split_once(' '))
            .find(|(_, known)| *known == name)
            .map(|(id, _)| id)
    }
}

impl Setting {
    fn is(&self, section: &str, key: &str) -> bool {
        self.section == section && self.key == key
    }
}

fn text(folder: &Path, path: &str, cap: u64) -> Option<String> {
    let (content, _) = read::bytes(&Root::new(folder), path, cap).ok()?;
    Some(String::from_utf8_lossy(&content).into_owned())
}

/// Reads what git's files say; `modules` is the text of `.gitmodules`.
pub(super) fn read(folders: Option<&Folders>, modules: Option<&str>, lfs: Option<Known<String>>) -> Git {
    let submodules = modules.map(submodules).unwrap_or_default();
    let Some(folders) = folders else {
        let default_branch = guess(None);
        return Git { repository: false, default_branch, slug: None, head: None, submodules, lfs };
    };
    let (config, packed) = (folders.config(), folders.packed());
    let remote = remote(&config);
    Git {
        repository: true,
        default_branch: default_branch(folders, &packed, &config, remote.map_or("origin", |s| &s.subsection)),
        slug: remote.and_then(|setting| {
            let slug = slug(&setting.value)?;
            let confidence = if slug.host == "github.com" { 1.0 } else { 0.7 };
            Some(Known {
                value: slug,
                confidence,
                file: ".git/config".to_owned(),
                line: Some(setting.line),
                reader: "url of the remote",
            })
        }),
        head: head(folders, &packed),
        submodules,
        lfs,
    }
}

/// The remote that pull requests go to: `origin`, else `upstream`, else the first.
fn remote(config: &[Setting]) -> Option<&Setting> {
    let remotes = || config.iter().filter(|s| s.is("remote", "url"));
    ["origin", "upstream"]
        .iter()
        .find_map(|name| remotes().find(|s| s.subsection == *name))
        .or_else(|| remotes().next())
}

fn head(folders: &Folders, packed: &Refs) -> Option<String> {
    let head = folders.loose("HEAD")?;
    let id = match head.strip_prefix("ref:") {
        Some(name) => {
            let name = name.trim();
            folders.loose(name).or_else(|| packed.id(name).map(str::to_owned))?
        }
        None => head,
    };
    let hash = matches!(id.len(), 40 | 64) && id.bytes().all(|b| b.is_ascii_hexdigit());
    hash.then_some(id)
}

fn default_branch(folders: &Folders, packed: &Refs, config: &[Setting], remote: &str) -> Known<String> {
    let known = |value: &str, confidence, file: String, line, reader| Known {
        value: value.to_owned(),
        confidence,
        file,
        line,
        reader,
    };
    let prefix = format!("refs/remotes/{remote}/");
    let remote_head = format!("{prefix}HEAD");
    if let Some(target) = folders.loose(&remote_head)
        && let Some(branch) = target.strip_prefix("ref:").and_then(|t| t.trim().strip_prefix(&prefix))
        && sound(branch)
    {
        return known(branch, 1.0, format!(".git/{remote_head}"), Some(1), "the remote's HEAD");
    }
    let exists = |name: &str| folders.loose(name).is_some() || packed.id(name).is_some();
    for branch in ["main", "master", "trunk"] {
        let name = format!("{prefix}{branch}");
        if exists(&name) {
            return known(branch, 0.8, format!(".git/{name}"), None, "a branch of the remote");
        }
    }
    if let Some(setting) = config.iter().find(|s| s.is("init", "defaultbranch") && sound(&s.value)) {
        let line = Some(setting.line);
        return known(&setting.value, 0.7, ".git/config".to_owned(), line, "init.defaultBranch");
    }
    for branch in ["main", "master", "trunk"] {
        let name = format!("refs/heads/{branch}");
        if exists(&name) {
            return known(branch, 0.6, format!(".git/{name}"), None, "a local branch");
        }
    }
    guess(folders.loose("HEAD").as_deref())
}

/// The branch that is checked out, or `main`.
fn guess(head: Option<&str>) -> Known<String> {
    let current = head.and_then(|head| head.strip_prefix("ref:")?.trim().strip_prefix("refs/heads/"));
    let (value, confidence, reader) = match current.filter(|branch| sound(branch)) {
        Some(branch @ ("main" | "master" | "trunk")) => (branch, 0.7, "the branch that is checked out"),
        Some(branch) => (branch, 0.5, "the branch that is checked out"),
        None => ("main", 0.2, "nothing says otherwise"),
    };
    let line = current.map(|_| 1);
    Known { value: value.to_owned(), confidence, file: ".git/HEAD".to_owned(), line, reader }
}

/// Whether git would take this as the name of a branch (`git check-ref-format`).
fn sound(branch: &str) -> bool {
    !branch.is_empty()
        && !branch.contains([' ', '~', '^', ':', '?', '*', '[', '\\'])
        && !branch.contains(char::is_control)
        && !branch.contains("..")
        && !branch.contains("@{")
        && branch
            .split('/')
            .all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock"))
}

/// Host, owner and name of a remote's address, without whatever else stands in it.
fn slug(url: &str) -> Option<Slug> {
    let (authority, path) = match url.split_once("://") {
        Some(("https" | "http" | "ssh" | "git" | "git+ssh", rest)) => rest.split_once('/')?,
        Some(_) => return None,
        // scp's form: `git@host:owner/name.git`. A path or a drive letter has no host in it.
        None => url.split_once(':').filter(|(host, _)| !host.contains(['/', '\\']) && host.len() > 1)?,
    };
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.split(':').next().unwrap_or(host).to_ascii_lowercase();
    let host = match host.as_str() {
        "www.github.com" | "ssh.github.com" => "github.com".to_owned(),
        _ => host,
    };
    let path = path.trim_matches('/');
    let (owner, name) = path.strip_suffix(".git").unwrap_or(path).split_once('/')?;
    let word = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    (word(&host) && word(owner) && word(name)).then(|| Slug {
        host,
        owner: owner.to_owned(),
        name: name.to_owned(),
    })
}

fn submodules(text: &str) -> Vec<Submodule> {
    config::parse(text)
        .into_iter()
        .filter(|s| s.is("submodule", "path"))
        .map(|s| Submodule { path: s.value, line: s.line })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_remote_gives_owner_and_name() {
        for url in [
            "https://github.com/octo/cat.git",
            "https://github.com/octo/cat/",
            "https://user:secret@github.com/octo/cat",
            "git@github.com:octo/cat.git",
            "ssh://git@ssh.github.com:443/octo/cat.git",
            "git://GitHub.com/octo/cat.git",
        ] {
            let slug = slug(url).unwrap();
            assert_eq!((&*slug.host, &*slug.owner, &*slug.name), ("github.com", "octo", "cat"), "{url}");
        }
        assert_eq!(slug("git@ghe.example.org:team/app.git").unwrap().host, "ghe.example.org");
        for url in [
            "/srv/git/x.git",
            "../x",
            "C:\\git\\x",
            "file:///srv/a/b",
            "https://github.com/octo",
            "https://github.com/a/b/c",
            "https://github.com/${{x}}/y",
        ] {
            assert_eq!(slug(url), None, "{url}");
        }
    }

    #[test]
    fn a_branch_name_that_git_refuses_is_refused() {
        assert!(sound("release/1.x") && sound("main"));
        for name in ["", "a b", "a..b", ".invalid", "a/.b", "x.lock", "a\nb", "@{x", "a:b"] {
            assert!(!sound(name), "{name:?}");
        }
    }
}
