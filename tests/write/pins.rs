//! Pins belong to the committed file.

use wfgen::write::{Owner, State};

use crate::{CI, NEW, OLD, Tree, workflow};

#[test]
fn a_bump_by_a_bot_is_no_drift_and_is_kept() {
    let mut tree = Tree::written();
    let bumped = format!("{NEW} # v5.0.0");
    tree.edit(CI, &format!("{OLD} # v4.2.0"), &bumped);
    let before = tree.read(CI);
    assert_eq!(tree.state(CI), State::Current);
    assert!(!tree.compare().is_drift());
    assert_eq!(tree.differences(Owner::Pins).len(), 2);
    assert!(tree.differences(Owner::Pins)[0].contains("v5.0.0 is newer than the library's v4.2.0"));
    assert!(tree.differences(Owner::Yours).is_empty() && tree.differences(Owner::Structure).is_empty());

    tree.regenerate(
        "          persist-credentials: false\n      - name: Lint",
        "          persist-credentials: true\n      - name: Lint",
    );
    tree.apply();
    assert_eq!(tree.read(CI), before.replacen("credentials: false", "credentials: true", 1));
}

#[test]
fn an_older_pin_on_disk_is_a_difference_of_pins_and_no_drift() {
    let mut tree = Tree::written();
    let text = workflow().replace(&format!("{OLD} # v4.2.0"), &format!("{NEW} # v4.3.0"));
    tree.generate(CI, &text);
    assert!(!tree.compare().is_drift(), "{:?}", tree.compare());
    assert_eq!(tree.state(CI), State::Changed);
    assert!(tree.differences(Owner::Pins)[0].contains("v4.2.0 is older than the library's v4.3.0"));
    assert!(tree.differences(Owner::Structure).is_empty());
    tree.apply();
    assert_eq!(tree.read(CI), text);
}

#[test]
fn a_new_step_gets_the_newer_pin_that_its_action_has_elsewhere() {
    let mut tree = Tree::written();
    tree.edit(CI, &format!("{OLD} # v4.2.0"), &format!("{NEW} # v5.0.0"));
    let docs =
        format!("\n  docs:\n    runs-on: x\n    steps:\n      - uses: actions/checkout@{OLD} # v4.2.0\n");
    tree.generate(CI, &(workflow() + &docs));
    tree.apply();
    assert!(!tree.read(CI).contains(OLD), "{}", tree.read(CI));
}

#[test]
fn how_a_uses_is_written_does_not_matter() {
    let tree = Tree::written();
    tree.edit(
        CI,
        &format!("uses: actions/checkout@{OLD} # v4.2.0"),
        &format!("uses: \"Actions/Checkout@{OLD}\"   #  v4.2.0"),
    );
    assert_eq!(tree.state(CI), State::Current);
    assert!(tree.file(CI).differences.is_empty());
}

#[test]
fn the_users_own_steps_keep_their_pins() {
    let mut tree = Tree::written();
    let mine = "\n  mine:\n    runs-on: x\n    steps:\n      - uses: actions/checkout@v2\n";
    tree.write(CI, &(workflow() + mine));
    tree.regenerate("make test", "make check");
    let comparison = tree.compare();
    let warning = &comparison.warnings[0];
    assert!(warning.message.contains("`actions/checkout` is used at two commits"), "{warning:?}");
    tree.apply();
    assert!(tree.read(CI).ends_with(mine));
}

#[test]
fn branches_that_say_what_an_action_does_are_no_two_versions_of_it() {
    let mut tree = Tree::written();
    let own = "\n  mine:\n    runs-on: x\n    steps:\n      - uses: owner/toolchain@stable\n      - uses: owner/toolchain@nightly\n";
    tree.write(CI, &(workflow() + own));
    tree.regenerate("make test", "make check");
    assert!(tree.compare().warnings.is_empty());
}

#[test]
fn two_commits_of_one_action_are_reported_with_both_lines() {
    let tree = Tree::written();
    let text = tree.read(CI).replacen(&format!("{OLD} # v4.2.0"), &format!("{NEW} # v5.0.0"), 1);
    tree.write(CI, &text);
    let comparison = tree.compare();
    let warning = &comparison.warnings[0];
    assert_eq!(
        warning.location.as_ref().unwrap().line,
        text.find(OLD).map(|n| text[..n].lines().count() as u32).unwrap()
    );
    assert!(warning.hints[0].contains("line 19"), "{warning:?}");
    assert!(!comparison.is_drift());
}

#[test]
fn a_tag_that_the_lock_file_of_github_resolves_is_pinned() {
    let mut tree = Tree::written();
    tree.edit(CI, &format!("checkout@{OLD} # v4.2.0"), "checkout@v4.2.0");
    let lock = format!(
        "version: 'v0.0.2'\nworkflows:\n    '{CI}':\n        - 'actions/checkout@v4.2.0'\ndependencies:\n    \
         'actions/checkout@v4.2.0':\n        ref: 'v4.2.0'\n        commit: 'sha1-{OLD}'\n"
    );
    tree.write(".github/workflows/actions.lock", &lock);
    assert_eq!(tree.state(CI), State::Current);
    assert!(tree.file(CI).differences.is_empty(), "{:?}", tree.file(CI).differences);
    assert!(tree.compare().warnings.is_empty());
    let text = workflow().replace(&format!("{OLD} # v4.2.0"), &format!("{NEW} # v4.3.0"));
    tree.generate(CI, &text);
    assert_eq!(
        tree.state(CI),
        State::Current,
        "a commit that the lock does not list would stop the workflow"
    );
    assert!(tree.differences(Owner::Pins)[0].contains("`actions.lock` holds it"));
    tree.regenerate(
        "      - name: Lint\n",
        &format!("      - uses: a/new@{NEW} # v1.0.0\n      - name: Lint\n"),
    );
    let warnings = tree.compare().warnings;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].message.contains("`a/new` is not in") && warnings[0].hints[0].contains("gh actions-lock")
    );
}
