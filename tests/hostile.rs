//! Trees that nobody should have to look at: each ends in warnings, in bounded time and memory.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, unreachable_pub)]
#![cfg(unix)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use wfgen::characteristics::{existing, languages, secrets};
use wfgen::checkout::{Checkout, Options, Unreadable};

/// A tree in a temporary directory.
struct Tree(tempfile::TempDir);

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        let tree = Tree(tempfile::tempdir().unwrap());
        for (path, text) in files {
            tree.write(path, text.as_bytes());
        }
        tree
    }

    fn root(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, content: &[u8]) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn git(&self, arguments: &[&str]) {
        let done = Command::new("git").args(arguments).current_dir(self.root()).output().unwrap();
        assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    fn open(&self) -> Checkout {
        Checkout::open(self.root(), &Options::default()).unwrap()
    }

    fn tracked(&self) -> Checkout {
        Checkout::open(self.root(), &Options { tracked: true, deep: false }).unwrap()
    }
}

fn paths(checkout: &Checkout) -> Vec<&str> {
    checkout.files().iter().map(|file| file.path.as_str()).collect()
}

fn warnings(checkout: &Checkout) -> String {
    checkout.warnings().iter().map(|warning| format!("{warning}\n")).collect()
}

fn mkfifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn a_fifo_is_skipped_with_a_warning_and_reading_one_does_not_hang() {
    let tree = Tree::new(&[("a.txt", "x")]);
    mkfifo(&tree.root().join("pipe"));
    mkfifo(&tree.root().join(".gitignore"));
    let start = Instant::now();
    let checkout = tree.open();
    assert_eq!(paths(&checkout), ["a.txt"]);
    assert!(warnings(&checkout).contains("pipe: a FIFO"), "{}", warnings(&checkout));
    assert!(warnings(&checkout).contains(".gitignore: not a regular file"), "{}", warnings(&checkout));
    assert_eq!(checkout.read("pipe").unwrap_err(), Unreadable::NotAFile);
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn links_are_neither_followed_nor_read_at_any_level() {
    let outside = Tree::new(&[("secret.txt", "s")]);
    let tree = Tree::new(&[("dir/a.txt", "x")]);
    symlink("..", tree.root().join("dir/loop")).unwrap();
    symlink(outside.root(), tree.root().join("out")).unwrap();
    symlink(outside.root().join("secret.txt"), tree.root().join("file")).unwrap();
    symlink("nowhere", tree.root().join("dangling")).unwrap();
    let checkout = tree.open();
    assert_eq!(paths(&checkout), ["dir/a.txt"]);
    for path in ["out/secret.txt", "file", "dir/loop/dir/a.txt", "../x"] {
        assert_eq!(checkout.read(path).unwrap_err(), Unreadable::Outside, "{path}");
    }
}

#[test]
fn a_file_swapped_for_a_link_after_the_walk_is_not_read() {
    let outside = Tree::new(&[("secret.txt", "s")]);
    let tree = Tree::new(&[("a/b.txt", "x")]);
    let checkout = tree.open();
    fs::remove_dir_all(tree.root().join("a")).unwrap();
    symlink(outside.root(), tree.root().join("a")).unwrap();
    outside.write("b.txt", b"swapped");
    assert_eq!(checkout.read("a/b.txt").unwrap_err(), Unreadable::Outside);
}

#[test]
fn names_that_cannot_be_shown_are_warnings_without_raw_control_characters() {
    let tree = Tree::new(&[("fine.txt", "x"), ("..fine", "x"), ("...", "x"), ("sp ace/é.txt", "x")]);
    for name in [&b"new\nline"[..], b"\xff\xfe", b"esc\x1b[31m"] {
        fs::write(tree.root().join(OsStr::from_bytes(name)), "x").unwrap();
    }
    fs::create_dir(tree.root().join("dir\nname")).unwrap();
    fs::write(tree.root().join("dir\nname/x"), "x").unwrap();
    let checkout = tree.open();
    assert_eq!(paths(&checkout), ["...", "..fine", "fine.txt", "sp ace/é.txt"]);
    assert_eq!(checkout.warnings().len(), 4);
    let text = warnings(&checkout);
    assert!(text.lines().count() == 4 && !text.contains('\x1b'), "{text}");
}

#[test]
fn an_unreadable_directory_or_file_is_a_warning() {
    let tree = Tree::new(&[("closed/a.txt", "x"), ("open.txt", "x")]);
    let set = |mode: &str| {
        let closed = tree.root().join("closed");
        assert!(Command::new("chmod").arg(mode).arg(closed).status().unwrap().success());
    };
    set("000");
    // The superuser sees everything: then there is nothing to show here.
    let blind = fs::read_dir(tree.root().join("closed")).is_err();
    let checkout = tree.open();
    set("755");
    if blind {
        assert_eq!(paths(&checkout), ["open.txt"]);
        assert!(warnings(&checkout).contains("closed: cannot list"), "{}", warnings(&checkout));
    }
}

#[test]
fn a_file_of_a_gigabyte_is_listed_and_never_read_whole() {
    let tree = Tree::new(&[]);
    for name in ["huge.json", "huge.py", "huge.h", "package.json", ".gitattributes", "id_rsa"] {
        fs::File::create(tree.root().join(name)).unwrap().set_len(1 << 30).unwrap();
    }
    let start = Instant::now();
    let checkout = tree.open();
    assert_eq!(checkout.find("huge.json").map(|file| file.size), Some(1 << 30));
    assert_eq!(checkout.read("huge.json").unwrap_err(), Unreadable::TooLarge { size: 1 << 30, cap: 1 << 20 });
    assert_eq!(checkout.head("huge.json", 16).unwrap().text.len(), 16);
    let _ = languages::of(&checkout).repository();
    assert!(secrets::scan(&checkout).secrets.is_empty());
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn a_thousand_levels_end_and_so_does_a_path_longer_than_the_system_allows() {
    let tree = Tree::new(&[]);
    let deep = tree.root().join("d/".repeat(1200));
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("leaf.rs"), "fn main() {}").unwrap();
    let checkout = tree.open();
    assert_eq!(checkout.files().len(), 1);
    assert!(checkout.read(&checkout.files()[0].path.clone()).is_ok());
    assert_eq!(languages::of(&checkout).repository()["Rust"].files, 1);

    let tree = Tree::new(&[("a.txt", "x")]);
    let mut script = String::from("cd \"$0\"; ");
    let name = "n".repeat(200);
    for _ in 0..25 {
        script.push_str(&format!("mkdir {name} && cd -P {name} || exit 1; "));
    }
    script.push_str("echo x > leaf");
    assert!(Command::new("bash").arg("-c").arg(script).arg(tree.root()).status().unwrap().success());
    let checkout = tree.open();
    assert_eq!(paths(&checkout), ["a.txt"]);
    assert_eq!(checkout.warnings().len(), 1, "{}", warnings(&checkout));
    let done = Command::new("rm").arg("-rf").arg(tree.root().join(&name)).status().unwrap();
    assert!(done.success());
}

#[test]
fn a_huge_directory_is_listed_in_order() {
    let tree = Tree::new(&[]);
    for n in 0..5_000 {
        fs::write(tree.root().join(format!("{n}.txt")), "").unwrap();
    }
    let checkout = tree.open();
    assert_eq!(checkout.files().len(), 5_000);
    assert!(checkout.files().is_sorted());
}

#[test]
fn names_that_differ_in_case_alone_are_both_there() {
    let tree = Tree::new(&[("Readme.md", "a"), ("readme.md", "b"), ("SRC/a.c", "x"), ("src/a.c", "y")]);
    let checkout = tree.open();
    assert_eq!(paths(&checkout), ["Readme.md", "SRC/a.c", "readme.md", "src/a.c"]);
}

#[test]
fn encodings_are_said_and_never_a_panic() {
    let tree = Tree::new(&[("bom.json", "\u{feff}{}")]);
    tree.write("utf16.json", b"\xff\xfe{\0}\0");
    tree.write("latin.txt", b"caf\xe9");
    let checkout = tree.open();
    let bom = checkout.read("bom.json").unwrap();
    assert_eq!((bom.text.as_str(), bom.bom), ("{}", true));
    assert_eq!(checkout.read("utf16.json").unwrap_err().to_string(), "the file is UTF-16, not UTF-8");
    assert!(checkout.read("latin.txt").unwrap().lossy);
}

#[test]
fn ignore_files_count_without_git_and_bad_globs_are_warnings() {
    let tree = Tree::new(&[
        (".gitignore", "*.log\n!keep.log\n/out/\n[z-a]\n{b,x}\n"),
        (".ignore", "keep.log\n"),
        ("sub/.gitignore", "!b.log\n"),
        ("a.log", "x"),
        ("keep.log", "x"),
        ("sub/b.log", "x"),
        ("out/x", "x"),
        ("sub/out/x", "x"),
        ("node_modules/x/index.js", "x"),
        ("target/x", "x"),
        ("rust/Cargo.toml", "x"),
        ("rust/target/x", "x"),
        ("env/pyvenv.cfg", "x"),
        ("env/lib/x.py", "x"),
    ]);
    let checkout = tree.open();
    assert_eq!(
        paths(&checkout),
        [".gitignore", ".ignore", "rust/Cargo.toml", "sub/.gitignore", "sub/b.log", "sub/out/x", "target/x"]
    );
    assert!(warnings(&checkout).contains(".gitignore: line 4"), "{}", warnings(&checkout));
}

#[test]
fn what_git_tracks_is_there_whatever_it_would_ignore() {
    let tree = Tree::new(&[
        (".gitignore", ".*\n/out/\n"),
        (".ignore", ".quiet\n"),
        (".pre-commit-config.yaml", "repos: []\n"),
        (".github/workflows/ci.yml", "on: push\n"),
        (".quiet", "x"),
        ("out/a", "x"),
        ("out/gone", "x"),
        ("out/node_modules/x/index.js", "x"),
        ("a", "x"),
    ]);
    let git = |arguments: &[&str]| {
        let done = Command::new("git").args(arguments).current_dir(tree.root()).status().unwrap();
        assert!(done.success());
    };
    git(&["init", "--quiet"]);
    git(&["add", "--force", "."]);
    tree.write("out/untracked", b"x");
    fs::remove_file(tree.root().join("out/gone")).unwrap();
    let expected =
        [".github/workflows/ci.yml", ".gitignore", ".ignore", ".pre-commit-config.yaml", "a", "out/a"];
    assert_eq!(paths(&tree.open()), expected);
}

#[test]
fn a_git_that_leads_nowhere_is_a_warning() {
    for (path, content) in [
        (".git", "gitdir: /nowhere/at/all\n"),
        (".git", "nonsense"),
        (".git", ""),
        (".git/HEAD", ""),
        (".git/index", "DIRC\0\0\0\u{9}"),
    ] {
        let tree = Tree::new(&[("a.txt", "x"), (path, content)]);
        let checkout = tree.tracked();
        assert_eq!(paths(&checkout), ["a.txt"], "{path} {content:?}");
        assert!(!checkout.warnings().is_empty(), "{path} {content:?}");
        assert_eq!(checkout.git().default_branch.value, "main");
    }
    let tree =
        Tree::new(&[("a.txt", "x"), (".git/HEAD", "ref: refs/heads/topic\n"), (".git/index", "DIRC junk")]);
    let checkout = tree.tracked();
    assert!(warnings(&checkout).contains("git's index can't be used"), "{}", warnings(&checkout));
    assert_eq!(checkout.git().default_branch.value, "topic");
}

#[test]
fn facts_of_git_are_read_from_a_clone_a_worktree_and_a_subdirectory() {
    let origin = Tree::new(&[("sub/a.txt", "x"), ("b.txt", "xy")]);
    let identity = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"];
    origin.git(&["init", "-q", "-b", "trunk"]);
    origin.git(&["add", "-A"]);
    origin.git(&[&identity[..], &["commit", "-qm", "one"]].concat());
    let place = Tree::new(&[]);
    let clone = place.root().join("clone");
    place.git(&["clone", "-q", origin.root().to_str().unwrap(), "clone"]);
    place.git(&["-C", "clone", "checkout", "-qb", "topic"]);
    place.git(&["-C", "clone", "remote", "set-url", "origin", "https://u:hunter2@github.com/octo/cat.git"]);
    place.git(&["-C", "clone", "worktree", "add", "-q", "../tree", "-b", "other"]);
    place.git(&["-C", "clone", "pack-refs", "--all"]);
    let head = Command::new("git").args(["rev-parse", "HEAD"]).current_dir(&clone).output().unwrap();
    let head = String::from_utf8(head.stdout).unwrap();
    for at in [clone.clone(), clone.join("sub"), place.root().join("tree")] {
        let checkout = Checkout::open(&at, &Options { tracked: true, deep: false }).unwrap();
        assert_eq!(warnings(&checkout), "");
        let git = checkout.git();
        assert_eq!(git.default_branch.value, "trunk", "{at:?}");
        assert_eq!(git.default_branch.confidence, 1.0);
        assert_eq!(git.head.as_deref(), Some(head.trim()));
        let slug = git.slug.as_ref().unwrap();
        assert_eq!((slug.value.owner.as_str(), slug.value.name.as_str()), ("octo", "cat"));
        assert!(!format!("{git:?}").contains("hunter2"));
        let walked = Checkout::open(&at, &Options::default()).unwrap();
        assert_eq!(checkout.files(), walked.files());
    }
}

#[test]
fn another_repository_inside_is_not_a_part_of_this_one() {
    let tree =
        Tree::new(&[("a.txt", "x"), ("sub/module/x.c", "x"), ("sub/module/.git", "gitdir: ../../x\n")]);
    assert_eq!(paths(&tree.open()), ["a.txt"]);
}

#[test]
fn attributes_override_what_paths_and_endings_say() {
    let tree = Tree::new(&[
        (
            ".gitattributes",
            "[attr]made linguist-generated\n*.gen.py made\nvendor/** -linguist-vendored\n*.conf linguist-language=Nginx linguist-detectable\n\
             *.tmpl linguist-language=c++\nlib/** linguist-vendored\nbad[ linguist-vendored\n",
        ),
        ("a.gen.py", "x = 1\n"),
        ("b.py", "x = 1\n"),
        ("vendor/c.rb", "x\n"),
        ("site.conf", "server {}\n"),
        ("x.tmpl", "int x;\n"),
        ("lib/y.go", "package y\n"),
    ]);
    let checkout = tree.open();
    let all = languages::of(&checkout).repository();
    assert_eq!(all.keys().copied().collect::<Vec<_>>(), ["C++", "Nginx", "Python", "Ruby"]);
    assert_eq!(all["Python"].files, 1);
    assert!(warnings(&checkout).contains(".gitattributes:7"), "{}", warnings(&checkout));
}

#[test]
fn every_analysis_ends_on_random_bytes_under_every_name() {
    let tree = Tree::new(&[]);
    let mut seed = 7_u32;
    for name in [
        ".gitattributes",
        ".gitignore",
        ".ignore",
        ".gitmodules",
        "a.h",
        "a.m",
        "a.pl",
        "a.sql",
        "a.txt",
        "a.js",
        "a.css",
        ".env",
        "id_rsa",
        "tool",
        ".github/workflows/ci.yml",
        "action.yml",
    ] {
        let bytes: Vec<u8> = (0..4096)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                // Never NUL, or most readers would stop at once.
                (seed >> 24) as u8 | 1
            })
            .collect();
        tree.write(name, &bytes);
    }
    let checkout = tree.open();
    let _ = languages::of(&checkout).fact("");
    let _ = secrets::scan(&checkout).fact();
    assert!(!existing::read(&checkout).warnings.is_empty());
    let _ = checkout.git();
}
