//! Files of others: left alone, overwritten, or adopted.

use wfgen::write::{LOCK_PATH, Owner, State};

use crate::{CI, Tree, workflow};

const THEIRS: &str = "\
# our own CI
name: Build
on:
  schedule:
    - cron: '0 1 * * 1'
jobs:
  test:
    runs-on: windows-2025
    steps:
      - name: Checkout
        uses: actions/checkout@v3
      - name: Mine
        run: mine
  nightly:
    runs-on: x   # big
    steps:
      - run: nightly
";

fn tree() -> Tree {
    let tree = Tree::new();
    tree.write(CI, THEIRS);
    tree
}

#[test]
fn a_file_without_the_marker_is_left_alone() {
    let mut tree = tree();
    tree.generate(".github/workflows/other.yml", &workflow());
    assert_eq!(tree.state(CI), State::Foreign);
    let written = tree.apply();
    assert_eq!(written.written, [".github/workflows/other.yml", LOCK_PATH]);
    assert_eq!(tree.read(CI), THEIRS);
    assert!(tree.compare().is_drift(), "somebody has to decide whose it is");
    assert!(!tree.read(LOCK_PATH).contains(CI));
}

#[test]
fn a_name_that_differs_in_capitals_only_is_in_the_way() {
    let mut tree = Tree::new();
    tree.write(".github/workflows/CI.yml", THEIRS);
    tree.generate(CI, &workflow());
    tree.options.force = true;
    let file = tree.file(CI);
    assert_eq!(file.state, State::Conflict);
    assert!(
        file.conflicts[0].why.contains("`.github/workflows/CI.yml` has the same name"),
        "{:?}",
        file.conflicts
    );
}

#[test]
fn force_overwrites_it() {
    let mut tree = tree();
    tree.options.force = true;
    assert!(tree.file(CI).diff().contains("-  nightly:"));
    tree.apply();
    assert_eq!(tree.read(CI), workflow());
}

#[test]
fn adoption_keeps_what_is_only_theirs_and_says_so_before_it_writes() {
    let mut tree = tree();
    tree.options.adopt = true;
    let yours = tree.differences(Owner::Yours);
    for expected in ["`on.schedule` added here", "job `test-own` added here", "job `nightly` added here"] {
        assert!(yours.iter().any(|found| found == expected), "{expected} is not in {yours:?}");
    }
    let diff = tree.file(CI).diff();
    assert!(diff.contains("+  test-own:") && diff.contains("+  lint:"), "{diff}");
    tree.apply();
    let text = tree.read(CI);
    for kept in [
        "# our own CI\n",
        "    - cron: '0 1 * * 1'\n",
        "  test-own:\n    runs-on: windows-2025\n    steps:\n      - name: Checkout\n        uses: actions/checkout@v3\n      - name: Mine\n        run: mine\n",
        "x   # big\n",
    ] {
        assert!(text.contains(kept), "{kept} is not in\n{text}");
    }
    assert!(text.contains("  push:\n    branches: [main]\n") && text.contains("make lint"));
    assert_eq!(text.matches("  test:\n").count(), 1, "two jobs of one id are not put together:\n{text}");

    tree.options.adopt = false;
    assert_eq!(tree.state(CI), State::Current);
    tree.regenerate("make test", "make check");
    tree.apply();
    assert!(tree.read(CI).contains("make check") && tree.read(CI).contains("nightly"));
}

#[test]
fn a_user_who_takes_the_header_away_takes_the_file() {
    let mut tree = Tree::written();
    tree.write(CI, workflow().split_once("\n\n").unwrap().1);
    tree.regenerate("make test", "make check");
    assert_eq!(tree.state(CI), State::Foreign);
}

#[test]
fn what_is_no_text_or_no_yaml_is_foreign_and_can_only_be_forced() {
    for content in [&b"\xff\xfe\x00"[..], b"a: [\n"] {
        let mut tree = Tree::new();
        tree.write(CI, "");
        std::fs::write(tree.path(CI), content).unwrap();
        assert_eq!(tree.state(CI), State::Foreign);
        tree.options.adopt = true;
        assert_eq!(tree.state(CI), State::Foreign);
        tree.options.force = true;
        tree.apply();
        assert_eq!(tree.read(CI), workflow());
    }
}
