//! A tree in a temporary directory, and wfgen run on it with little memory and time.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Seconds of processor time for one command.
const SECONDS: &str = "10";
/// Whoever waits for this long waits for ever, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(60);
/// KiB of address space for one command: the binary, its threads, and far less than the files could ask for.
const MEMORY: &str = "1048576";
/// More than this on a stream is no message.
const MAX_MESSAGE: usize = 256 << 10;

/// A checkout, with something beside it that nobody may touch or read.
pub(crate) struct Tree {
    base: tempfile::TempDir,
}

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    signal: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Tree {
    pub(crate) fn new() -> Self {
        let tree = Tree { base: tempfile::tempdir().unwrap() };
        fs::create_dir(tree.root()).unwrap();
        fs::create_dir(tree.outside()).unwrap();
        let secret = r#"{"name": "PWNED$(id)", "scripts": {"test": "PWNED$(id)"}}"#;
        fs::write(tree.outside().join("package.json"), secret).unwrap();
        tree
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.base.path().join("tree")
    }

    /// A directory beside the checkout.
    pub(crate) fn outside(&self) -> PathBuf {
        self.base.path().join("outside")
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        self.write_bytes(path.as_bytes(), content.as_ref());
    }

    /// Writes a file whose name need not be UTF-8.
    pub(crate) fn write_bytes(&self, path: &[u8], content: &[u8]) {
        let path = self.root().join(OsStr::from_bytes(path));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn folder(&self, path: &str) {
        fs::create_dir_all(self.root().join(path)).unwrap();
    }

    pub(crate) fn fifo(&self, path: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    }

    pub(crate) fn link(&self, target: impl AsRef<Path>, path: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
    }

    /// A file of one GiB that takes no room.
    pub(crate) fn sparse(&self, path: &str) {
        self.write(path, "");
        fs::File::options().write(true).open(self.root().join(path)).unwrap().set_len(1 << 30).unwrap();
    }

    /// A package of npm with a test, so that there is something to generate.
    pub(crate) fn npm(&self) {
        self.write("package.json", r#"{"name": "a", "scripts": {"test": "node --test"}}"#);
    }

    /// Runs wfgen in the checkout.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        let limits = format!("ulimit -t {SECONDS}; ulimit -v {MEMORY}; exec \"$0\" \"$@\"");
        let streams = tempfile::tempdir().unwrap();
        let (stdout, stderr) = (streams.path().join("stdout"), streams.path().join("stderr"));
        let mut child = Command::new("bash")
            .args(["-c", &limits, env!("CARGO_BIN_EXE_wfgen")])
            .args(arguments)
            .current_dir(self.root())
            .env("HOME", self.base.path())
            .stdin(Stdio::null())
            .stdout(fs::File::create(&stdout).unwrap())
            .stderr(fs::File::create(&stderr).unwrap())
            .spawn()
            .unwrap();
        let start = Instant::now();
        let status = loop {
            match child.try_wait().unwrap() {
                Some(status) => break status,
                None if start.elapsed() > PATIENCE => child.kill().unwrap(),
                None => sleep(Duration::from_millis(5)),
            }
        };
        let read = |path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
        Ended { code: status.code(), signal: status.signal(), stdout: read(stdout), stderr: read(stderr) }
    }

    /// Everything that wfgen may not change: all but `.github/`, `.wfgen/` and git's objects of the checkout.
    pub(crate) fn around(&self) -> BTreeMap<PathBuf, String> {
        let mut seen = BTreeMap::new();
        let own = [".github", ".wfgen", ".git/objects"].map(|path| self.root().join(path));
        let mut folders = vec![self.base.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                let kind = path.symlink_metadata().unwrap();
                if own.contains(&path) && kind.is_dir() {
                    continue;
                }
                let what = if kind.is_symlink() {
                    format!("link to {:?}", fs::read_link(&path).unwrap())
                } else if kind.is_file() && kind.len() < 1 << 20 {
                    format!("{:?}", fs::read(&path).unwrap_or_default())
                } else {
                    format!("{:?} {}", kind.file_type(), if kind.is_file() { kind.len() } else { 0 })
                };
                if kind.is_dir() {
                    folders.push(path.clone());
                }
                seen.insert(path, what);
            }
        }
        seen
    }
}

impl Ended {
    pub(crate) fn check(&self, command: &str, code: i32, wrong: &mut Vec<String>) {
        if self.code != Some(code) {
            let (stdout, stderr) = (&self.stdout, &self.stderr);
            let how = self.signal.map_or(format!("exit {:?}", self.code), |n| format!("signal {n}"));
            wrong.push(format!("{command} ends with {how}, not exit {code}\n{stdout}\n{stderr}"));
        }
        for (stream, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if text.len() > MAX_MESSAGE {
                wrong.push(format!("{command} writes {} bytes to {stream}", text.len()));
            }
            if let Some(c) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
                wrong.push(format!("{command} writes the control character {c:?} to {stream}"));
            }
        }
        if self.stderr.trim().is_empty() && self.stdout.trim().is_empty() {
            wrong.push(format!("{command} ends without a word"));
        }
    }
}
