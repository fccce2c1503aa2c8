//! Which files are scanned, and how far a finding in them is trusted.

use std::sync::LazyLock;

use rayon::prelude::*;
use regex::bytes::Regex;

use crate::characteristics::neighbours::Neighbours;
use crate::checkout::{File, name};

/// A tree is scanned completely up to this many files...
const WHOLE_FILES: usize = 2_000;

/// ...of together up to this many bytes.
const WHOLE_BYTES: u64 = 64 << 20;

/// In a larger tree, how many files are scanned.
const SOME_FILES: usize = 512;

/// In a larger tree, files larger than this are scanned only when their name says that they hold a credential, in bytes.
const SMALL: u64 = 64 << 10;

/// What a name promises, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Promise {
    /// Binary content, or a lock file, whose thousands of hashes are no credentials.
    Nothing,
    Text,
    Configuration,
    Credentials,
}

/// The files to scan, and how many could be.
pub(super) fn choose(files: &[File], deep: bool) -> (Vec<&File>, usize) {
    let promising = files.par_iter().with_min_len(1024).map_init(Endings::default, |endings, file| {
        if file.size == 0 { Promise::Nothing } else { endings.promise(file) }
    });
    let promises: Vec<Promise> = promising.collect();
    let able = || promises.iter().copied().zip(files).filter(|(promise, _)| *promise > Promise::Nothing);
    let count = able().count();
    if deep || count <= WHOLE_FILES && able().map(|(_, file)| file.size).sum::<u64>() <= WHOLE_BYTES {
        return (able().map(|(_, file)| file).collect(), count);
    }
    // What credentials are kept in comes first, then configuration, near the root before deep down.
    let rank = |(promise, file): (Promise, &File)| {
        let first = match promise {
            Promise::Credentials => 0,
            Promise::Configuration if file.size <= SMALL => 1,
            _ => return None,
        };
        Some((first, memchr::memchr_iter(b'/', file.path.as_bytes()).count()))
    };
    let ranked = able().enumerate().filter_map(|(at, able)| Some((rank(able)?, at, able.1)));
    let mut ranked: Vec<((u8, usize), usize, &File)> = ranked.collect();
    if ranked.len() > SOME_FILES {
        ranked.select_nth_unstable_by_key(SOME_FILES, |(rank, at, _)| (*rank, *at));
        ranked.truncate(SOME_FILES);
    }
    ranked.sort_unstable_by_key(|(rank, at, _)| (*rank, *at));
    (ranked.into_iter().map(|(_, _, file)| file).collect(), count)
}

/// What endings promise: a tree has few, and each is asked about thousands of times.
#[derive(Default)]
struct Endings<'a>(Neighbours<'a, Ending>);

/// What an ending promises, and whether more can be known of a name that has it.
#[derive(Debug, Clone, Copy)]
struct Ending {
    promise: Promise,
    has_names: bool,
    /// A program that speaks of secrets is called after them too, and holds none as a rule.
    is_program: bool,
}

impl Ending {
    fn of(name: &str) -> Self {
        let ending = name::ending(name);
        let has_names = CREDENTIALS.iter().chain(&HASHES).any(|known| name::ending(known) == ending);
        let is_program = PROGRAMS.contains(&ending);
        Ending { promise: by_ending(name), has_names, is_program }
    }
}

impl<'a> Endings<'a> {
    fn promise(&mut self, file: &'a File) -> Promise {
        let name = file.name();
        let Ending { promise, has_names, is_program } = self.0.of(name::ending(name), || Ending::of(name));
        if promise == Promise::Nothing || has_names && HASHES.contains(&name) {
            Promise::Nothing
        } else if promise == Promise::Credentials
            || has_names && is_known(&file.path, name)
            || name.starts_with(".env") && of_environment(name)
            || !is_program
                && can_be_likely(name)
                && LIKELY.as_ref().is_some_and(|pattern| pattern.is_match(name.as_bytes()))
        {
            Promise::Credentials
        } else if name.starts_with('.') {
            Promise::Configuration
        } else {
            promise
        }
    }
}

/// Lock files: they are full of hashes.
const HASHES: [&str; 3] = ["package-lock.json", "pnpm-lock.yaml", "npm-shrinkwrap.json"];

/// Endings of programs that are compiled, and of prose: what is kept for a machine to read is in none of them. Scripts are.
const PROGRAMS: [&str; 20] = [
    "rs", "go", "java", "kt", "kts", "scala", "groovy", "c", "h", "cc", "cpp", "cxx", "hpp", "cs", "swift",
    "m", "md", "rst", "css", "scss",
];

/// Names of files that credentials are kept in.
const CREDENTIALS: [&str; 22] = [
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    ".npmrc",
    ".yarnrc",
    ".yarnrc.yml",
    ".pypirc",
    ".netrc",
    "_netrc",
    ".git-credentials",
    ".htpasswd",
    ".dockercfg",
    ".s3cfg",
    ".boto",
    ".pgpass",
    "credentials",
    "wp-config.php",
    "settings.xml",
    "gradle.properties",
    "local.properties",
    "pip.conf",
];

/// What the ending of a name promises.
fn by_ending(name: &str) -> Promise {
    match name::ending(name) {
        _ if name::is_binary(name) => Promise::Nothing,
        "svg" | "lock" | "map" | "sum" | "snap" => Promise::Nothing,
        "pem" | "key" | "ppk" | "asc" | "gpg" | "pgp" | "tfvars" | "tfstate" | "ovpn" | "jwk" => {
            Promise::Credentials
        }
        "json" | "yml" | "yaml" | "toml" | "ini" | "cfg" | "conf" | "config" | "properties" | "xml"
        | "tf" | "sh" | "ps1" | "bat" | "env" | "plist" | "txt" | "rc" => Promise::Configuration,
        _ if !name.contains('.') => Promise::Configuration,
        _ => Promise::Text,
    }
}

/// How far a finding in a file is trusted: less where people put made-up credentials.
pub(super) fn trust(path: &str) -> f64 {
    const MADE_UP: &[&str] =
        &["test", "spec", "fixture", "example", "sample", "mock", "doc", "demo", "snapshot"];
    let made_up = path.split('/').any(|part| {
        let part = part.to_ascii_lowercase();
        MADE_UP.iter().any(|word| part.contains(word))
    });
    if made_up || path.ends_with(".md") { 0.4 } else { 1.0 }
}

/// Whether a file is a `.env` that is meant to be used, no template of one.
pub(super) fn environment(path: &str) -> bool {
    of_environment(path.rsplit('/').next().unwrap_or(path))
}

fn of_environment(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(".env") else {
        return false;
    };
    const TEMPLATES: &[&str] = &["example", "sample", "template", "dist", "default", "schema", "test", "ci"];
    (rest.is_empty() || rest.starts_with('.')) && !rest.split('.').any(|part| TEMPLATES.contains(&part))
}

static LIKELY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new("(?i-u)secret|credential|service[-_]?account|private[-_]key").ok());

/// Whether files of this name are kept for credentials.
fn is_known(path: &str, name: &str) -> bool {
    CREDENTIALS.contains(&name) || path.ends_with(".docker/config.json") || path.ends_with(".aws/config")
}

/// Whether a name has the beginning of one of the words, which is sooner said than whether it has a word.
fn can_be_likely(name: &str) -> bool {
    let lower = |letter: u8| letter | 0x20;
    name.as_bytes().windows(4).any(|letters| {
        let letters = [lower(letters[0]), lower(letters[1]), lower(letters[2]), lower(letters[3])];
        matches!(&letters, b"secr" | b"cred" | b"serv" | b"priv")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(count: usize) -> Vec<File> {
        let mut files: Vec<File> = (0..count).map(|n| File::new(format!("src/{n}.rs"), 10)).collect();
        files.push(File::new("deep/down/in/id_rsa".into(), 10));
        files.push(File::new("app.yml".into(), 10));
        files.push(File::new("logo.png".into(), 10));
        files
    }

    #[test]
    fn a_small_tree_is_scanned_whole_and_of_a_large_one_the_likely_names_first() {
        let files = tree(10);
        assert_eq!(choose(&files, false).0.len(), 12);
        let files = tree(3000);
        let (chosen, count) = choose(&files, false);
        assert_eq!(
            chosen.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(),
            ["deep/down/in/id_rsa", "app.yml"]
        );
        assert_eq!(count, 3002);
        let mut files = tree(3000);
        files.extend(
            ["a/CredentialStore.java", "a/client_secret.json", "a/secrets.py"]
                .map(|path| File::new(path.into(), 9)),
        );
        let chosen: Vec<&str> = choose(&files, false).0.iter().map(|f| f.name()).collect();
        assert!(chosen.contains(&"client_secret.json") && chosen.contains(&"secrets.py"));
        assert!(!chosen.contains(&"CredentialStore.java"));
        assert_eq!(choose(&files, true).0.len(), 3005);
    }
}
