//! Where the base of a merge comes from.

use std::fs;
use std::process::Command;

use wfgen::write::{LOCK_PATH, Owner, State};

use crate::{CI, Tree, workflow};

fn repository(format: &str) -> Option<Tree> {
    let tree = Tree::new();
    let init =
        Command::new("git").args(["init", "-q", "--object-format", format]).arg(tree.root()).status().ok()?;
    init.success().then_some(tree)
}

/// Both sides change different lines of one step: only the text of the base can merge that.
fn both_sides_change_one_step(tree: &mut Tree) {
    tree.edit(CI, "          make deps\n", "          make deps\n          make more\n");
    tree.regenerate("      - name: Set up\n", "      - name: Set up\n        shell: bash\n");
}

#[test]
fn git_keeps_the_base_even_when_the_user_edits_before_the_first_commit() {
    for format in ["sha1", "sha256"] {
        let mut tree = repository(format).unwrap();
        tree.apply();
        let lock = tree.read(LOCK_PATH);
        let blob =
            lock.lines().find_map(|line| line.strip_prefix("blob = ")).unwrap().trim_matches('"').to_owned();
        assert_eq!(tree.git(&["cat-file", "blob", &blob]), workflow(), "{format}");
        assert_eq!(tree.git(&["hash-object", CI]).trim(), blob);
        fs::remove_dir_all(tree.path(".wfgen")).unwrap();
        both_sides_change_one_step(&mut tree);
        tree.apply();
        assert!(tree.read(CI).contains("make more") && tree.read(CI).contains("shell: bash"));
    }
}

#[test]
fn a_copy_keeps_the_base_where_there_is_no_git() {
    let mut tree = Tree::written();
    both_sides_change_one_step(&mut tree);
    tree.apply();
    assert!(tree.read(CI).contains("make more") && tree.read(CI).contains("shell: bash"));
}

#[test]
fn in_a_fresh_clone_the_fingerprints_tell_who_changed_what() {
    let mut tree = Tree::written();
    fs::remove_dir_all(tree.path(".wfgen")).unwrap();
    tree.edit(CI, "timeout-minutes: 15", "timeout-minutes: 30");
    tree.edit(CI, "      - name: Test\n        run: make test\n", "");
    tree.regenerate("    name: Test\n", "    name: Test all\n");
    tree.regenerate("make deps", "make setup");
    assert_eq!(
        tree.differences(Owner::Structure),
        ["job `test`: `name` changed", "job `test`: step `Set up` changed"]
    );
    tree.apply();
    let text = tree.read(CI);
    assert!(text.contains("timeout-minutes: 30") && text.contains("Test all") && text.contains("make setup"));
    assert!(!text.contains("make test"));
}

#[test]
fn in_a_fresh_clone_a_step_that_both_changed_is_a_conflict_that_says_why() {
    let mut tree = Tree::written();
    fs::remove_dir_all(tree.path(".wfgen")).unwrap();
    both_sides_change_one_step(&mut tree);
    let file = tree.file(CI);
    assert_eq!(file.state, State::Conflict);
    assert!(file.conflicts[0].why.contains("not to be had"), "{:?}", file.conflicts);
}

#[test]
fn without_a_lock_an_edited_file_is_a_conflict_with_a_way_out() {
    let mut tree = Tree::written();
    fs::remove_file(tree.path(LOCK_PATH)).unwrap();
    assert_eq!(tree.state(CI), State::Current);
    assert!(tree.compare().is_drift(), "the lock is missing");
    let mine = "\n  mine:\n    runs-on: x\n    steps:\n      - run: mine\n";
    tree.write(CI, &(workflow() + mine));
    let file = tree.file(CI);
    assert_eq!(file.state, State::Conflict);
    assert!(file.conflicts[0].why.contains("--adopt") && file.conflicts[0].why.contains("--force"));
    tree.options.adopt = true;
    tree.apply();
    assert_eq!(tree.read(CI), workflow() + mine);
    tree.options = wfgen::write::Options { force: true, ..tree.options };
    fs::remove_file(tree.path(LOCK_PATH)).unwrap();
    tree.options.adopt = false;
    tree.apply();
    assert_eq!(tree.read(CI), workflow());
}

#[test]
fn a_damaged_copy_is_not_believed() {
    let mut tree = Tree::written();
    for entry in fs::read_dir(tree.path(".wfgen/base")).unwrap() {
        fs::write(entry.unwrap().path(), "name: other\n").unwrap();
    }
    both_sides_change_one_step(&mut tree);
    assert_eq!(tree.state(CI), State::Conflict);
}
