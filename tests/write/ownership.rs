//! Structure is the generator's, slots and edits are the user's.

use std::fs;

use wfgen::write::{LOCK_PATH, Owner, State};

use crate::{CI, Tree, header, workflow};

const DEPLOY: &str = "
  # only from here
  deploy:   # mine
    needs: [ test ]
    runs-on: self-hosted
    steps:
      - run:   'deploy'
";

#[test]
fn what_was_written_is_current() {
    let mut tree = Tree::new();
    assert_eq!(tree.state(CI), State::New);
    assert!(tree.compare().is_drift());
    tree.apply();
    assert_eq!(tree.read(CI), workflow());
    assert!(!tree.compare().is_drift());
    assert!(tree.compare().changes().next().is_none());
    assert_eq!(tree.file(CI).diff(), "");
    tree.regenerate("make test", "make check");
    assert!(tree.compare().is_drift());
}

#[test]
fn writing_twice_gives_the_same_bytes() {
    let tree = Tree::written();
    let before = tree.files();
    assert_eq!(tree.apply().written, Vec::<String>::new());
    assert_eq!(tree.files(), before);
}

#[test]
fn a_job_that_the_user_added_is_kept_verbatim_through_every_generation() {
    let mut tree = Tree::written();
    tree.write(CI, &(workflow() + DEPLOY));
    assert_eq!(tree.state(CI), State::Current);
    assert_eq!(tree.differences(Owner::Yours), ["job `deploy` added here"]);
    for n in 0..3 {
        tree.regenerate("make test", &format!("make test{n}"));
        assert_eq!(tree.differences(Owner::Structure), ["job `test`: step `Test` changed"]);
        tree.apply();
        assert!(tree.read(CI).ends_with(DEPLOY), "{}", tree.read(CI));
        assert!(tree.read(CI).contains(&format!("make test{n}")));
    }
}

#[test]
fn a_step_that_the_user_added_stays_after_the_step_it_followed() {
    let mut tree = Tree::written();
    let mine = "          make deps\n      # first the database\n      - name: Database\n        run: |\n          up\n";
    tree.edit(CI, "          make deps\n", mine);
    tree.regenerate(
        "      - name: Set up\n",
        "      - name: Cache\n        run: cache\n      - name: Set up\n",
    );
    tree.apply();
    let text = tree.read(CI);
    assert!(text.contains(mine), "{text}");
    assert!(text.find("name: Cache").unwrap() < text.find("name: Set up").unwrap());
    assert_eq!(tree.differences(Owner::Yours), ["job `test`: step `Database` added here"]);
}

#[test]
fn hand_edits_and_changes_of_the_generator_are_both_in_the_result() {
    let mut tree = Tree::written();
    tree.edit(CI, "timeout-minutes: 15", "timeout-minutes: 30 # slow machines");
    tree.edit(CI, "          make deps\n", "          make deps\n          make more\n");
    tree.regenerate("    name: Test\n", "    name: Test all\n");
    tree.regenerate("      - name: Set up\n", "      - name: Set up\n        shell: bash\n");
    assert_eq!(
        tree.differences(Owner::Yours),
        ["job `test`: `timeout-minutes` changed here", "job `test`: step `Set up` changed here"]
    );
    tree.apply();
    let text = tree.read(CI);
    for part in ["30 # slow machines", "make more", "name: Test all", "shell: bash"] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    assert_eq!(tree.state(CI), State::Current);
}

#[test]
fn what_the_user_removed_stays_removed_and_is_reported_as_theirs() {
    let mut tree = Tree::written();
    tree.edit(CI, "      - name: Test\n        run: make test\n", "");
    let lint = workflow().find("  lint:").unwrap()..workflow().find("  test:").unwrap();
    tree.edit(CI, &workflow()[lint], "");
    assert_eq!(tree.state(CI), State::Current);
    assert_eq!(
        tree.differences(Owner::Yours),
        ["job `lint` removed here", "job `test`: step `Test` removed here"]
    );
    tree.regenerate("make test", "make check");
    tree.regenerate("timeout-minutes: 15", "timeout-minutes: 20");
    tree.apply();
    assert!(!tree.read(CI).contains("lint") && !tree.read(CI).contains("make check"));
    assert!(tree.read(CI).contains("timeout-minutes: 20"));
}

#[test]
fn an_edit_that_clashes_is_shown_with_both_sides_and_nothing_at_all_is_written() {
    let mut tree = Tree::written();
    tree.edit(CI, "run: make test", "run: make mine");
    tree.regenerate("run: make test", "run: make ours");
    tree.generate(".github/workflows/other.yml", &workflow());
    let before = tree.files();
    let file = tree.file(CI);
    assert_eq!(file.state, State::Conflict);
    let conflict = &file.conflicts[0];
    assert_eq!(conflict.what, "job `test`: step `Test`");
    assert!(conflict.ours.contains("make ours") && conflict.yours.contains("make mine"));
    assert_eq!(tree.read(CI).lines().nth(conflict.line as usize - 1).unwrap(), "      - name: Test");
    assert!(tree.compare().is_drift());
    assert!(tree.try_apply().unwrap_err().to_string().contains("step `Test` can't be merged"));
    assert_eq!(tree.files(), before);

    tree.options.force = true;
    tree.apply();
    assert!(tree.read(CI).contains("make ours"));
}

#[test]
fn forcing_overwrites_only_what_clashes() {
    let mut tree = Tree::written();
    tree.write(CI, &(tree.read(CI).replace("run: make test", "run: make mine") + DEPLOY));
    tree.regenerate("run: make test", "run: make ours");
    tree.options.force = true;
    tree.apply();
    assert!(tree.read(CI).contains("make ours") && tree.read(CI).ends_with(DEPLOY));
}

#[test]
fn a_job_that_is_no_longer_generated_goes_unless_it_was_edited() {
    let mut tree = Tree::written();
    let lint = workflow().find("  lint:").unwrap()..workflow().find("  test:").unwrap();
    let lint = workflow()[lint].to_owned();
    tree.regenerate(&lint, "");
    assert_eq!(tree.differences(Owner::Structure), ["job `lint` is no longer generated"]);
    let before = tree.read(CI);
    tree.apply();
    assert!(!tree.read(CI).contains("lint"));

    let mut tree = Tree::written();
    tree.edit(CI, "make lint", "make lint mine");
    tree.regenerate(&lint, "");
    let file = tree.file(CI);
    assert_eq!(file.state, State::Conflict);
    assert_eq!(file.conflicts[0].what, "job `lint`");
    assert_ne!(before, tree.read(CI));
}

#[test]
fn the_users_order_of_jobs_is_kept() {
    let mut tree = Tree::written();
    let text = workflow();
    let (lint, test) = (text.find("  lint:").unwrap(), text.find("  test:").unwrap());
    let swapped = format!("{}{}\n{}\n", &text[..lint], &text[test..], text[lint..test].trim_end());
    tree.write(CI, &swapped);
    assert_eq!(tree.state(CI), State::Current);
    tree.regenerate("make test", "make check");
    tree.apply();
    assert_eq!(tree.read(CI), swapped.replace("make test", "make check"));
}

#[test]
fn a_file_keeps_its_line_ends_its_mark_and_its_missing_newline() {
    for (style, back) in [("\u{feff}", "\n"), ("", "\r\n"), ("\u{feff}", "\r\n")] {
        let mut tree = Tree::written();
        tree.write(CI, &format!("{style}{}", workflow().replace('\n', back)));
        assert_eq!(tree.state(CI), State::Current, "{style:?} {back:?}");
        tree.regenerate("make test", "make check");
        let diff = tree.file(CI).diff();
        assert_eq!(diff.lines().filter(|line| line.starts_with(['+', '-'])).count(), 4, "{diff}");
        tree.apply();
        let expected = workflow().replace("make test", "make check").replace('\n', back);
        assert_eq!(tree.read(CI), format!("{style}{expected}"));
    }
    let mut tree = Tree::written();
    tree.write(CI, workflow().trim_end());
    assert_eq!(tree.state(CI), State::Current);
    tree.regenerate("make lint", "make tidy");
    tree.apply();
    assert!(tree.read(CI).ends_with("make test"));
}

#[test]
fn a_new_library_that_generates_the_same_is_no_drift() {
    let mut tree = Tree::written();
    tree.options.library = "1.1.0".to_owned();
    tree.regenerate(&header("1.0.0"), &header("1.1.0"));
    assert!(!tree.compare().is_drift());
    assert_eq!(tree.differences(Owner::Pins), ["the library 1.0.0 wrote it, 1.1.0 would"]);
    tree.apply();
    assert!(tree.read(CI).starts_with(&header("1.1.0")));
}

#[test]
fn a_licence_above_the_header_stays() {
    let mut tree = Tree::written();
    tree.write(CI, &format!("# SPDX-License-Identifier: MIT\n{}", workflow()));
    tree.regenerate("make test", "make check");
    tree.regenerate(&header("1.0.0"), &header("1.1.0"));
    tree.apply();
    assert!(tree.read(CI).starts_with("# SPDX-License-Identifier: MIT\n# Generated by wfgen 1.1.0"));
}

#[test]
fn entries_that_the_user_added_to_dependabot_are_kept() {
    let path = ".github/dependabot.yml";
    let text = format!(
        "{}\nversion: 2\nupdates:\n  - package-ecosystem: cargo\n    directory: /\n    schedule:\n      interval: weekly\n",
        header("1.0.0")
    );
    let mut tree = Tree::new();
    tree.generate(path, &text);
    tree.apply();
    let mine = "  - package-ecosystem: npm\n    directory: /mine\n    schedule: { interval: daily }\n";
    tree.write(path, &format!("{text}{mine}"));
    tree.generate(path, &text.replace("weekly", "monthly"));
    tree.apply();
    assert_eq!(tree.read(path), format!("{}{mine}", text.replace("weekly", "monthly")));
    let yours: Vec<_> = tree.file(path).differences.into_iter().map(|d| (d.owner, d.what)).collect();
    assert_eq!(yours, [(Owner::Yours, "updates for `npm /mine`".to_owned())]);
}

#[test]
fn an_orphan_goes_when_nobody_changed_it_and_stays_otherwise() {
    let second = ".github/workflows/second.yml";
    let mut tree = Tree::new();
    tree.generate(second, &workflow());
    tree.apply();
    tree.generated.retain(|file| file.path == CI);
    assert_eq!(tree.state(second), State::Orphan);
    tree.edit(second, "v4.2.0", "v4.2.1");
    assert!(tree.file(second).remove, "a bump of a pin is no edit");
    tree.edit(second, "make test", "make mine");
    let file = tree.file(second);
    assert!(!file.remove && file.differences[0].owner == Owner::Yours);
    tree.apply();
    assert!(tree.path(second).exists() && tree.read(LOCK_PATH).contains(second));
    tree.edit(second, "make mine", "make test");
    assert_eq!(tree.apply().removed, [second]);
    assert!(!tree.path(second).exists() && !tree.read(LOCK_PATH).contains(second));
}

#[test]
fn an_orphan_without_the_marker_is_somebody_elses() {
    let second = ".github/workflows/second.yml";
    let mut tree = Tree::new();
    tree.generate(second, &workflow());
    tree.apply();
    tree.generated.retain(|file| file.path == CI);
    tree.write(second, "on: push\n");
    assert!(tree.compare().files.iter().all(|file| file.path != second));
    tree.apply();
    assert_eq!(tree.read(second), "on: push\n");
    assert!(!tree.read(LOCK_PATH).contains(second));
}

#[test]
fn a_lock_that_names_files_outside_is_refused_and_nothing_is_removed() {
    let tree = Tree::written();
    tree.write("victim", "keep\n");
    for path in ["../victim", ".github/../victim", "victim"] {
        let lock = tree.read(LOCK_PATH).replace(CI, path);
        tree.write(LOCK_PATH, &lock);
        assert!(tree.try_compare().is_err(), "{path}");
        tree.write(LOCK_PATH, &lock.replace(path, CI));
    }
    assert_eq!(tree.read("victim"), "keep\n");
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_a_link_is_neither_read_nor_written_through() {
    let tree = Tree::new();
    let outside = tempfile::tempdir().unwrap();
    fs::create_dir_all(tree.path(".github")).unwrap();
    std::os::unix::fs::symlink(outside.path(), tree.path(".github/workflows")).unwrap();
    let error = tree.try_compare().unwrap_err();
    assert_eq!(error.kind.exit_code(), 5);
    assert!(error.to_string().contains("symbolic link"));
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn a_newer_or_broken_lock_leaves_everything_alone() {
    let tree = Tree::written();
    let lock = tree.read(LOCK_PATH);
    tree.write(LOCK_PATH, &lock.replace("version = 1", "version = 99"));
    assert!(tree.try_compare().unwrap_err().to_string().contains("format 99"));
    tree.write(LOCK_PATH, &lock.replace("version = 1", "version = = 1"));
    let error = tree.try_compare().unwrap_err();
    assert_eq!((error.kind.exit_code(), error.diagnostics[0].location.as_ref().unwrap().line), (4, 2));
    tree.write(LOCK_PATH, &format!("<<<<<<< ours\n{lock}=======\n{lock}>>>>>>> theirs\n"));
    assert!(tree.try_compare().unwrap_err().diagnostics[0].hints[0].contains("wfgen generate"));
}

#[test]
fn a_file_that_is_no_yaml_any_more_is_a_conflict() {
    let tree = Tree::written();
    tree.edit(CI, "  test:\n", "<<<<<<< HEAD\n  test:\n");
    let file = tree.file(CI);
    assert_eq!(file.state, State::Conflict);
    let text = tree.read(CI);
    let line = text.lines().nth(file.conflicts[0].line as usize - 1).unwrap();
    assert!(line.contains("<<<<<<< HEAD") || line.contains("  test:"), "{:?}", file.conflicts);
}

#[test]
fn a_stray_carriage_return_is_kept() {
    let mut tree = Tree::written();
    tree.edit(CI, "make deps", "make deps\r\r");
    let before = tree.read(CI);
    assert_eq!(tree.state(CI), State::Current);
    assert_eq!(tree.read(CI), before);
    tree.regenerate("          # a comment of the script\n", "");
    assert_eq!(tree.state(CI), State::Conflict, "nobody knows which line is which");
}

#[test]
fn blanks_at_the_end_of_a_line_of_a_script_are_an_edit() {
    let mut tree = Tree::written();
    tree.edit(CI, "make deps", "make deps  ");
    tree.regenerate("      - name: Set up\n", "      - name: Set up\n        shell: bash\n");
    tree.apply();
    assert!(tree.read(CI).contains("make deps  \n") && tree.read(CI).contains("shell: bash"));
}

#[test]
fn a_mapping_that_the_user_wrote_on_one_line_is_kept() {
    let mut tree = Tree::written();
    let block = "        with:\n          persist-credentials: false\n      - name: Lint";
    tree.edit(CI, block, "        with: { persist-credentials: false, fetch-depth: 0 }\n      - name: Lint");
    assert_eq!(tree.state(CI), State::Current);
    tree.regenerate("timeout-minutes: 10", "timeout-minutes: 12");
    tree.apply();
    assert!(tree.read(CI).contains("fetch-depth: 0 }") && tree.read(CI).contains("timeout-minutes: 12"));
}

#[test]
fn an_anchor_of_the_user_survives_or_stops_the_merge() {
    let mut tree = Tree::written();
    let runner = "    runs-on: ubuntu-24.04\n    timeout-minutes: ";
    tree.edit(CI, &format!("{runner}10"), "    runs-on: &runner ubuntu-24.04\n    timeout-minutes: 10");
    tree.edit(CI, &format!("{runner}15"), "    runs-on: *runner\n    timeout-minutes: 15");
    tree.regenerate("make test", "make check");
    tree.apply();
    assert!(tree.read(CI).contains("&runner") && tree.read(CI).contains("make check"));
    // Without the job that has the anchor the alias would lead nowhere.
    let lint = workflow().find("  lint:").unwrap()..workflow().find("  test:").unwrap();
    tree.regenerate(&workflow()[lint], "");
    assert_eq!(tree.state(CI), State::Conflict);
}

#[test]
fn every_difference_names_its_line() {
    let mut tree = Tree::written();
    tree.edit(CI, "timeout-minutes: 15", "timeout-minutes: 30");
    tree.regenerate("run: make test", "run: make check");
    let file = tree.file(CI);
    let text = tree.read(CI);
    for (owner, found) in [(Owner::Yours, "timeout-minutes: 30"), (Owner::Structure, "- name: Test")] {
        let difference = file.differences.iter().find(|difference| difference.owner == owner).unwrap();
        let line = text.lines().nth(difference.location.line as usize - 1).unwrap();
        assert_eq!(line.trim(), found);
        assert_eq!(difference.location.source.as_deref(), Some(line));
    }
    assert!(file.diff().contains("-        run: make test\n+        run: make check\n"), "{}", file.diff());
}
