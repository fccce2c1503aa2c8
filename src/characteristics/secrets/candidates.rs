//! Which files are scanned, and how far a finding in them is trusted.

use std::sync::LazyLock;

use foldhash::HashMap;
use rayon::prelude::*;
use regex::bytes::Regex;

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
struct Endings<'a>(HashMap<&'a str, Promise>);

impl<'a> Endings<'a> {
    fn promise(&mut self, file: &'a File) -> Promise {
        let name = file.name();
        let by_ending = *self.0.entry(name::ending(name)).or_insert_with(|| by_ending(name));
        if by_ending == Promise::Nothing
            || matches!(name, "package-lock.json" | "pnpm-lock.yaml" | "npm-shrinkwrap.json")
        {
            Promise::Nothing
        } else if by_ending == Promise::Credentials || is_for_credentials(&file.path, name) {
            Promise::Credentials
        } else if name.starts_with('.') {
            Promise::Configuration
        } else {
            by_ending
        }
    }
}

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

/// Whether credentials are what a file of this name is for, whatever its ending is.
fn is_for_credentials(path: &str, name: &str) -> bool {
    of_environment(name)
        || matches!(
            name,
            "id_rsa"
                | "id_dsa"
                | "id_ecdsa"
                | "id_ed25519"
                | ".npmrc"
                | ".yarnrc"
                | ".yarnrc.yml"
                | ".pypirc"
                | ".netrc"
                | "_netrc"
                | ".git-credentials"
                | ".htpasswd"
                | ".dockercfg"
                | ".s3cfg"
                | ".boto"
                | ".pgpass"
                | "credentials"
                | "wp-config.php"
                | "settings.xml"
                | "gradle.properties"
                | "local.properties"
                | "pip.conf"
        )
        || can_be_likely(name) && LIKELY.as_ref().is_some_and(|pattern| pattern.is_match(name.as_bytes()))
        || path.ends_with(".docker/config.json")
        || path.ends_with(".aws/config")
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
        assert_eq!(choose(&files, true).0.len(), 3002);
    }
}
