//! Trees whose files are not what their names say, or not where they should be.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{Case, Tree, run};

#[test]
fn files_that_are_none_end_in_warnings() {
    run(CASES);
}

#[test]
fn a_file_that_may_not_be_read_is_a_warning() {
    let tree = Tree::new();
    tree.npm();
    tree.write("a/package.json", "{}");
    let path = tree.root().join("a/package.json");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        return; // Nothing is forbidden to root.
    }
    let ended = tree.run(&["generate"]);
    let mut wrong = Vec::new();
    ended.check("generate", 0, &mut wrong);
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(ended.stderr.contains("a/package.json"), "{}", ended.stderr);
}

pub(crate) const CASES: &[Case] = &[
    Case::new("an empty tree", 3, |_| {}),
    Case::new("a FIFO as every manifest", 3, |t| {
        for name in MANIFESTS {
            t.fifo(name);
        }
    })
    .says(&["a FIFO", "package.json", "pom.xml"]),
    Case::new("a FIFO beside a manifest", 0, |t| {
        t.npm();
        for name in [
            "package-lock.json",
            ".nvmrc",
            "tsconfig.json",
            "Makefile",
            "compose.yaml",
            ".github/workflows/x.yml",
        ] {
            t.fifo(name);
        }
    }),
    Case::new("a directory as every manifest", 3, |t| {
        for name in MANIFESTS {
            t.folder(&format!("{name}/package.json"));
        }
    }),
    Case::new("one GiB as every manifest", 0, |t| {
        for name in MANIFESTS {
            t.sparse(name);
        }
    })
    .says(&["package.json", "pyproject.toml"]),
    Case::new("one GiB beside a manifest", 0, |t| {
        t.npm();
        for name in [
            "package-lock.json",
            ".nvmrc",
            "Makefile",
            "compose.yaml",
            ".gitignore",
            "a.js",
            ".github/workflows/x.yml",
        ] {
            t.sparse(name);
        }
    }),
    Case::new("manifests that are links out of the tree", 3, |t| {
        for name in MANIFESTS {
            t.link(t.outside().join("package.json"), name);
        }
    }),
    Case::new("a member that is a link out of the tree", 0, |t| {
        t.write(
            "package.json",
            r#"{"name": "a", "workspaces": ["out", "loop/*"], "scripts": {"test": "node --test"}}"#,
        );
        t.link(t.outside(), "out");
        t.link(".", "loop");
    }),
    Case::new("members that leave the tree", 0, |t| {
        t.write("package.json", r#"{"name": "a", "workspaces": ["../*", "../outside", "/etc/*", "a/../../outside", "~/x", "", "."], "scripts": {"test": "node --test"}}"#);
        t.write("r/Cargo.toml", "[workspace]\nmembers = [\"../../outside\", \"/\", \"..\", \"../../../../../../../*\", \"**/*\"]\n");
        t.write("pnpm-workspace.yaml", "packages: ['../*', '!../**', '/**', '']\n");
        t.write("go.work", "go 1.24\nuse (\n\t../outside\n\t/etc\n\t.\n)\n");
        t.write("m/pom.xml", "<project><groupId>g</groupId><artifactId>m</artifactId><version>1</version><parent><groupId>g</groupId><artifactId>p</artifactId><version>1</version><relativePath>../../outside/pom.xml</relativePath></parent><modules><module>../../outside</module><module>/etc</module></modules></project>");
        t.write("p/pyproject.toml", "[project]\nname = \"p\"\nversion = \"1\"\nreadme = \"../../outside/package.json\"\n[tool.uv.workspace]\nmembers = [\"../../*\", \"/*\"]\n");
    }),
    Case::new("names that are no UTF-8", 0, |t| {
        t.npm();
        t.write_bytes(
            b"a\xff\xfe/package.json",
            br#"{"name": "PWNED$(id)", "scripts": {"test": "PWNED$(id)"}}"#,
        );
        t.write_bytes(b"b\xff.py", b"import PWNED\n");
        t.write_bytes(b".github/workflows/\xff.yml", b"on: push\n");
    }),
    Case::new("names with newlines and escapes", 0, |t| {
        t.npm();
        t.write("x\n::error::PWNED/package.json", r#"{"name": "b", "scripts": {"test": "node --test"}}"#);
        t.write("y\u{1b}[2JPWNED/go.mod", "module PWNED\n\ngo 1.24\n");
        t.write("y\u{1b}[2JPWNED/a_test.go", "package a\n");
        t.write("\u{202e}PWNED/Cargo.toml", "[package\n");
    }),
    Case::new("a deep tree", 0, |t| {
        t.npm();
        t.write(&format!("{}package.json", "d/".repeat(1000)), "{}");
    }),
    Case::new("`.git` is a file that points out of the tree", 0, |t| {
        t.npm();
        t.write(".git", "gitdir: ../outside\n");
    }),
    Case::new("`.git` is garbage", 0, |t| {
        t.npm();
        t.write(".git/HEAD", [0xff; 4096]);
        t.write(".git/config", "[core\n[remote \"origin\"]\nurl = \u{1b}[2J\n");
        t.write(".git/index", "DIRC\0\0\0\u{2}\u{7f}\u{7f}\u{7f}\u{7f}");
        t.write(".git/packed-refs", "x".repeat(100_000));
    }),
    Case::new("`.git/HEAD` is a FIFO", 0, |t| {
        t.npm();
        t.fifo(".git/HEAD");
        t.fifo(".git/config");
        t.fifo(".git/index");
    }),
    Case::new("`.github` is a file", 5, |t| {
        t.npm();
        t.write(".github", "");
    })
    .says(&[".github"]),
    Case::new("`.github` is a link out of the tree", 5, |t| {
        t.npm();
        t.link(t.outside(), ".github");
    })
    .says(&["symbolic link"]),
    Case::new("`.github/workflows/ci.yml` is a link out of the tree", 5, |t| {
        t.npm();
        t.link(t.outside().join("package.json"), ".github/workflows/ci.yml");
    })
    .says(&["ci.yml", "symbolic link"]),
    Case::new("`.github/workflows/ci.yml` is a folder", 5, |t| {
        t.npm();
        t.folder(".github/workflows/ci.yml");
    })
    .says(&["ci.yml"]),
    Case::new("`.wfgen` is a link out of the tree", 5, |t| {
        t.npm();
        t.link(t.outside(), ".wfgen");
    })
    .says(&[".wfgen"]),
    Case::new("a journal that names files out of the tree", 5, |t| {
        t.npm();
        t.write(".wfgen/journal/manifest.json", r#"{"version": 1, "entries": [{"path": "../outside/package.json", "before": null, "after": "x"}]}"#);
        t.write(
            ".wfgen/journal/manifest.toml",
            "version = 1\n[[entry]]\npath = \"../outside/package.json\"\n",
        );
    }),
];

const MANIFESTS: [&str; 8] = [
    "package.json",
    "Cargo.toml",
    "pyproject.toml",
    "go.mod",
    "pom.xml",
    "build.gradle",
    "Dockerfile",
    "tox.ini",
];
