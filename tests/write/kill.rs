//! `kill -9` at any moment leaves all old or all new, and no edit is lost.

#![cfg(unix)]

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use wfgen::write::disk::{Disk, Real};
use wfgen::write::{self, Generated, Options};

use crate::{CI, Tree, files, workflow};

/// Tells this binary, run again, to be the process that gets killed: `root`, what to do.
const ROOT: &str = "WFGEN_TEST_ROOT";
const DEATH: &str = "WFGEN_TEST_DEATH";

const PATHS: [&str; 4] = [CI, ".github/dependabot.yml", ".github/workflows/a.yml", ".github/workflows/b.yml"];

/// What generation `n` wants: files that differ, one that comes and goes.
fn generation(n: usize) -> Vec<Generated> {
    let paths = &PATHS[..if n.is_multiple_of(2) { 4 } else { 3 }];
    let text = workflow().replace("make test", &format!("make test{n}"));
    let file = |path: &&str| Generated {
        path: (*path).to_owned(),
        text: text.clone(),
        components: BTreeMap::new(),
        facts: BTreeMap::new(),
        ..Generated::default()
    };
    paths.iter().map(file).collect()
}

fn apply(root: &Path, n: usize, disk: &dyn Disk) -> wfgen::Result<()> {
    write::recover(root)?;
    let comparison = write::compare(root, &generation(n), &Options::default())?;
    write::apply_on(root, &comparison, &|_, _| Ok(()), disk).map(drop)
}

/// A kill is no power cut: what was written is there, and waiting for the disk would only take time.
struct Quick;

impl Disk for Quick {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        Real.create_dir(path)
    }
    fn write(&self, path: &Path, content: &[u8], _mode: Option<u32>) -> io::Result<()> {
        fs::write(path, content)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Real.rename(from, to)
    }
    fn remove_file(&self, path: &Path) -> io::Result<()> {
        Real.remove_file(path)
    }
    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        Real.remove_dir(path)
    }
    fn remove_tree(&self, path: &Path) -> io::Result<()> {
        Real.remove_tree(path)
    }
    fn sync(&self, _folder: &Path) -> io::Result<()> {
        Ok(())
    }
}

/// Dies, as by `kill -9`, instead of its `n`th change; a write dies half-way.
struct Dying {
    left: Cell<usize>,
}

impl Dying {
    fn count(&self) {
        if self.dies() {
            kill();
        }
    }

    fn dies(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.wrapping_sub(1));
        left == 0
    }
}

fn kill() -> ! {
    let _ = signal_hook::low_level::raise(signal_hook::consts::SIGKILL);
    unreachable!("nobody survives this");
}

impl Disk for Dying {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.count();
        Quick.create_dir(path)
    }
    fn write(&self, path: &Path, content: &[u8], mode: Option<u32>) -> io::Result<()> {
        if self.dies() {
            fs::write(path, &content[..content.len() / 2])?;
            kill();
        }
        Quick.write(path, content, mode)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.count();
        Quick.rename(from, to)
    }
    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.count();
        Quick.remove_file(path)
    }
    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.count();
        Quick.remove_dir(path)
    }
    fn remove_tree(&self, path: &Path) -> io::Result<()> {
        // Half a removal: the first file is gone, the rest is not.
        if self.dies() {
            if let Some(Ok(first)) = fs::read_dir(path)?.next() {
                fs::remove_file(first.path())?;
            }
            kill();
        }
        Quick.remove_tree(path)
    }
    fn sync(&self, folder: &Path) -> io::Result<()> {
        self.count();
        Quick.sync(folder)
    }
}

/// Not a test of its own: what the other process does when a test below starts it.
#[test]
fn the_process_that_gets_killed() {
    let (Ok(root), Ok(death)) = (std::env::var(ROOT), std::env::var(DEATH)) else {
        return;
    };
    let root = Path::new(&root);
    match death.split_once(' ') {
        // Generation 1 over generation 0, dying at step n.
        Some(("apply", n)) => {
            apply(root, 1, &Dying { left: Cell::new(n.parse().unwrap()) }).unwrap();
        }
        Some(("rollback", n)) => {
            write::rollback_on(root, false, &Dying { left: Cell::new(n.parse().unwrap()) }).unwrap();
        }
        // `Ctrl-C` while what is on disk is validated.
        _ if death == "interrupt" => {
            let comparison = write::compare(root, &generation(1), &Options::default()).unwrap();
            let interrupt = |_: &str, _: &str| {
                signal_hook::low_level::raise(signal_hook::consts::SIGINT).unwrap();
                Ok(())
            };
            let error = write::apply(root, &comparison, &interrupt).unwrap_err();
            assert_eq!(error.kind.exit_code(), 130);
            assert_eq!(files(root), after(0));
            signal_hook::low_level::raise(signal_hook::consts::SIGINT).unwrap();
            panic!("outside a transaction it ends the process");
        }
        // One generation after the other until somebody kills it.
        _ => {
            let first: usize = death.strip_prefix("loop ").unwrap().parse().unwrap();
            for n in first..=usize::MAX {
                apply(root, n, &Quick).unwrap();
                // On its own line, since the test harness has left one open.
                println!("\nwritten");
            }
        }
    }
}

fn start(root: &Path, death: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::the_process_that_gets_killed", "--nocapture"])
        .env(ROOT, root)
        .env(DEATH, death)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

type Files = BTreeMap<String, Vec<u8>>;

/// What a tree is after a generation.
fn after(n: usize) -> Files {
    let tree = Tree::new();
    for n in n.saturating_sub(1)..=n {
        apply(tree.root(), n, &Quick).unwrap();
    }
    tree.files()
}

fn recovered(root: &Path) -> Files {
    write::recover(root).unwrap();
    assert_eq!(write::recover(root).unwrap(), None);
    files(root)
}

#[test]
fn a_kill_at_every_step_of_a_transaction_leaves_all_old_or_all_new() {
    let (old, new) = (after(0), after(1));
    let (mut olds, mut news) = (0, 0);
    for n in 0.. {
        let tree = Tree::new();
        apply(tree.root(), 0, &Quick).unwrap();
        let survived = start(tree.root(), &format!("apply {n}")).wait().unwrap().success();
        let now = recovered(tree.root());
        assert!(now == old || now == new, "step {n}: {:?}", now.keys());
        if now == old {
            olds += 1;
        } else {
            news += 1;
        }
        apply(tree.root(), 1, &Quick).unwrap();
        assert_eq!(tree.files(), new, "the next run does its work after a kill at step {n}");
        if survived {
            break;
        }
    }
    assert!(olds > 15 && news > 1, "{olds} old, {news} new");
}

#[test]
fn ctrl_c_restores_every_byte_and_ends_the_process_only_outside_a_transaction() {
    use std::os::unix::process::ExitStatusExt;
    let tree = Tree::new();
    apply(tree.root(), 0, &Quick).unwrap();
    let status = start(tree.root(), "interrupt").wait().unwrap();
    assert_eq!(status.signal(), Some(signal_hook::consts::SIGINT), "{status}");
    assert!(!tree.path(".wfgen/journal").exists());
}

#[test]
fn a_kill_at_every_step_of_a_rollback_leaves_all_old_or_all_new() {
    let (old, new) = (after(0), after(1));
    for n in 0.. {
        let tree = Tree::new();
        apply(tree.root(), 0, &Quick).unwrap();
        apply(tree.root(), 1, &Quick).unwrap();
        let survived = start(tree.root(), &format!("rollback {n}")).wait().unwrap().success();
        let now = recovered(tree.root());
        assert!(now == old || now == new, "step {n}");
        if now == new {
            write::rollback(tree.root(), false).unwrap();
            assert_eq!(tree.files(), old, "it can still be rolled back after a kill at step {n}");
        }
        if survived {
            break;
        }
    }
}

#[test]
fn an_edit_between_the_kill_and_the_recovery_is_never_lost() {
    for n in 0.. {
        let tree = Tree::new();
        apply(tree.root(), 0, &Quick).unwrap();
        let survived = start(tree.root(), &format!("apply {n}")).wait().unwrap().success();
        tree.write(CI, "name: mine\n");
        let report = write::recover(tree.root()).unwrap();
        assert_eq!(tree.read(CI), "name: mine\n", "step {n}");
        if let Some(report) = report {
            assert_eq!(report.kept, [CI], "step {n}");
        }
        if survived {
            break;
        }
    }
}

#[test]
fn a_kill_at_a_random_moment_leaves_one_whole_generation() {
    let tree = Tree::new();
    apply(tree.root(), 0, &Quick).unwrap();
    let begin = Instant::now();
    apply(tree.root(), 1, &Quick).unwrap();
    let one = begin.elapsed().as_micros() as u64;
    let mut seed = 0x2545_F491_4F6C_DD1D_u64;
    let whole = |files: &Files| {
        let ci = String::from_utf8(files[CI].clone()).unwrap();
        let n: usize = ci.split_once("make test").unwrap().1.lines().next().unwrap().parse().unwrap();
        let wanted: BTreeMap<_, _> =
            generation(n).into_iter().map(|f| (f.path, f.text.into_bytes())).collect();
        let others = files.iter().filter(|(path, _)| *path != write::LOCK_PATH);
        assert_eq!(others.map(|(k, v)| (k.clone(), v.clone())).collect::<BTreeMap<_, _>>(), wanted, "{n}");
        let comparison = write::compare(tree.root(), &generation(n), &Options::default()).unwrap();
        assert!(comparison.changes().next().is_none(), "the lock is of the same generation");
        n
    };
    let mut generations = BTreeSet::new();
    let mut interrupted = 0;
    // A hundred kills, and more where the machine is so fast that few of them hit a transaction.
    for round in 1..=1000 {
        if round > 100 && interrupted > 5 {
            break;
        }
        // Xorshift: the same moments in every run, as far as the machine lets them be.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let mut child = start(tree.root(), &format!("loop {}", 1000 * round));
        // It lives as long as its output is wanted.
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let first = lines.by_ref().find(|line| line == "written");
        assert!(first.is_some(), "it should have begun to write");
        std::thread::sleep(Duration::from_micros(seed % (2 * one)));
        child.kill().unwrap();
        child.wait().unwrap();
        interrupted += usize::from(tree.path(".wfgen/journal").exists());
        generations.insert(whole(&recovered(tree.root())));
    }
    assert!(interrupted > 5, "{interrupted} kills hit a transaction");
    assert!(generations.len() > 50, "{generations:?}");
}
