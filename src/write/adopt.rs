//! A workflow of the user's that is taken over: what of it stands beside what is generated.
//!
//! ```text
//! theirs --the generated steps say it--> gone
//!        --job of a generated id-------> the same job under another id, whole
//!        --permissions, defaults-------> into every job of theirs
//! ```
//!
//! Two jobs of one id are never put together: the matrix of one and the steps of the other would be neither.

mod doubled;

use std::collections::BTreeSet;

use serde_json::Value;

use super::blocks::{Block, Line};
use crate::data::Problem;

/// What holds for all jobs of a file, and is written into theirs so that it does not hold for the generated ones.
const FOR_ALL: [&str; 3] = ["permissions", "defaults", "env"];

/// What a job that calls a workflow can't have, and does not hand on.
const NOT_FOR_CALLS: [&str; 2] = ["defaults", "env"];

/// A workflow of the user's and what is generated, ready to be merged.
#[derive(Debug)]
pub(super) struct Adopted {
    /// What of theirs stands beside what is generated.
    pub(super) theirs: Block,
    /// What is generated, under their triggers.
    pub(super) ours: Block,
    /// What is not there any more, and why: "job `lint` goes: ...".
    pub(super) gone: Vec<(String, &'static str)>,
}

/// What of a workflow stands beside what is generated.
///
/// # Errors
/// When what is left is no YAML any more.
pub(super) fn beside(theirs: &Block, ours: &Block, said_at: &BTreeSet<u32>) -> Result<Adopted, Problem> {
    let theirs = indented(theirs)?;
    let doubled::Left { workflow: mut left, jobs: whole, thinned } = doubled::without(&theirs, ours, said_at);
    let whole = whole.into_iter().map(|id| (id, "goes: a generated job does what it does"));
    let thinned = thinned.into_iter().map(|id| (id, "loses the steps that a generated job does"));
    let gone = whole.chain(thinned).collect();
    let mut ours = ours.clone();
    let for_all: Vec<Block> =
        left.children.iter().filter(|b| FOR_ALL.contains(&b.id.as_str())).cloned().collect();
    let jobs = left.children.iter_mut().find(|block| block.id == "jobs");
    let (Some(generated), Some(jobs)) = (ours.child("jobs").cloned(), jobs) else {
        return Ok(Adopted { theirs: left, ours, gone });
    };
    for job in &mut jobs.children {
        let is_call = job.child("uses").is_some();
        for block in for_all.iter().filter(|block| !is_call || !NOT_FOR_CALLS.contains(&block.id.as_str())) {
            hold_in(job, block)?;
        }
    }
    let ids: Vec<String> = jobs.children.iter().map(|job| job.id.clone()).collect();
    for id in ids.iter().filter(|id| generated.child(id).is_some()) {
        let free = |new: &String| !ids.contains(new) && generated.child(new).is_none();
        let own = format!("{id}-own");
        let new =
            std::iter::once(own.clone()).chain((2..).map(|n| format!("{own}-{n}"))).find(free).unwrap_or(own);
        jobs.children.iter_mut().for_each(|job| rename(job, id, &new));
    }
    if !ids.is_empty() {
        if let Some(on) = left.children.iter_mut().find(|block| block.id == "on") {
            spell_out(on)?;
        }
        yields(&mut ours, &left, "on");
    }
    left.children.retain(|block| !FOR_ALL.contains(&block.id.as_str()));
    Ok(Adopted { theirs: Block::parse(&left.text())?, ours, gone })
}

/// The columns that generated keys and items of the file's own keys stand at.
const INDENT: usize = 2;

/// The same lines with the parts of the top-level keys indented as generated ones, beside which they will stand.
fn indented(theirs: &Block) -> Result<Block, Problem> {
    let mut theirs = theirs.clone();
    for part in theirs.children.iter_mut().flat_map(|key| &mut key.children) {
        let width = part.head.first().map_or(INDENT, |line| blanks(&line.text));
        for_each_line(part, &mut |line| {
            if width < INDENT && !line.text.trim().is_empty() {
                line.text.insert_str(0, &" ".repeat(INDENT - width));
            } else {
                line.text.drain(..width.saturating_sub(INDENT).min(blanks(&line.text)));
            }
        });
    }
    Block::parse(&theirs.text())
}

fn blanks(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Writes events that are a word or a list as keys, so that each can stand beside generated ones.
fn spell_out(on: &mut Block) -> Result<(), Problem> {
    let is_item =
        |part: &&Block| part.head.first().is_some_and(|line| line.text.trim_start().starts_with('-'));
    let items = on.children.iter().filter(is_item).filter_map(|item| item.value.as_ref()?.as_str());
    let events: Vec<&str> = match on.value.as_ref().map(|value| value.get("on").unwrap_or(value)) {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => items.collect(),
    };
    if events.is_empty() {
        return Ok(());
    }
    let keys: String = events.iter().map(|event| format!("  {event}:\n")).collect();
    if let Some(spelt) = Block::parse(&format!("on:\n{keys}"))?.child("on") {
        on.head.clone_from(&spelt.head);
        on.children.clone_from(&spelt.children);
        on.value = None;
        on.seal();
    }
    Ok(())
}

/// Lets what is generated yield at a key of the file to what the user has there.
fn yields(ours: &mut Block, theirs: &Block, key: &str) {
    let Some(theirs) = theirs.child(key) else { return };
    let Some(own) = ours.children.iter_mut().find(|block| block.id == key) else { return };
    for part in &mut own.children {
        if let Some(their) = theirs.child(&part.id) {
            *part = their.clone();
        }
    }
    own.seal();
    ours.seal();
}

/// Writes what holds for all jobs into one of them; what the job says itself stays, and of permissions that is all.
///
/// # Errors
/// When the two can't be put together line by line.
fn hold_in(job: &mut Block, block: &Block) -> Result<(), Problem> {
    match job.children.iter_mut().find(|own| own.id == block.id) {
        None => insert(job, block),
        Some(own) if block.id != "permissions" => fill(own, block)?,
        Some(_) => {}
    }
    Ok(())
}

/// Adds what only the other block has.
fn fill(own: &mut Block, block: &Block) -> Result<(), Problem> {
    let is_flow = |block: &Block| {
        block.children.is_empty() && block.value.as_ref().is_some_and(|value| !value.is_string())
    };
    if own.children.is_empty() != block.children.is_empty() || is_flow(own) || is_flow(block) {
        let message = format!(
            "`{}` of the file and of a job can't be put together: write each of its keys on a line of its own",
            own.id
        );
        return Err(Problem::new(message, own.line, 0));
    }
    for part in block.children.iter().rev() {
        match own.children.iter_mut().find(|own| own.id == part.id) {
            None => insert(own, part),
            Some(own) if own.children.is_empty() && part.children.is_empty() => {}
            Some(own) => fill(own, part)?,
        }
    }
    Ok(())
}

/// Puts a copy of a block before the other children of one, indented as they are.
fn insert(parent: &mut Block, block: &Block) {
    let first = |block: &Block| block.head.first().map_or(0, |line| blanks(&line.text));
    let Some(indent) = parent.children.first().map(first) else { return };
    let mut copy = block.clone();
    copy.lead.clear();
    let own = first(&copy);
    let lines = copy.lines().into_iter().filter(|line| !line.text.trim().is_empty());
    let shifted = |line: &Line| format!("{:indent$}{}", "", &line.text[own.min(blanks(&line.text))..]);
    let head: Vec<Line> = lines.map(|line| Line::plain(&shifted(line))).collect();
    (copy.head, copy.children) = (head, Vec::new());
    parent.children.insert(0, copy);
}

/// Gives a job another id: where it stands, and where others wait for it.
fn rename(job: &mut Block, id: &str, new: &str) {
    if job.id == id {
        job.id = new.to_owned();
        if let Some(line) = job.head.first_mut() {
            line.text = line.text.replacen(id, new, 1);
        }
    }
    let (reference, renamed) = (format!("needs.{id}."), format!("needs.{new}."));
    let is_needs = |block: &Block| block.id == "needs";
    for part in &mut job.children {
        let waits = is_needs(part);
        for_each_line(part, &mut |line| {
            line.text = line.text.replace(&reference, &renamed);
            if waits {
                line.text = with_word(&line.text, id, new);
            }
        });
    }
}

fn for_each_line(block: &mut Block, act: &mut dyn FnMut(&mut Line)) {
    block.lead.iter_mut().chain(&mut block.head).for_each(&mut *act);
    block.children.iter_mut().for_each(|child| for_each_line(child, act));
}

/// The line with another word in the place of one.
fn with_word(line: &str, word: &str, new: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let (mut out, mut end) = (String::new(), 0);
    for (at, _) in line.match_indices(word) {
        let before = line[..at].chars().next_back().is_some_and(is_part);
        let after = line[at + word.len()..].chars().next().is_some_and(is_part);
        // The dash of a list is followed by a blank, and so no part of a word.
        if !before && !after && !line[..at].trim().is_empty() {
            out.push_str(&line[end..at]);
            out.push_str(new);
            end = at + word.len();
        }
    }
    out + &line[end..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_of_one_id_stand_beside_each_other_and_keep_what_held_for_them() {
        let theirs = "\
name: Tests
permissions:
  contents: write
defaults: { run: { shell: sh } }
jobs:
  lint:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: make lint
  test:
    strategy: { matrix: { go: [1, 2] } }
    permissions: {}
    steps:
      - run: make test-all
  report:
    needs: [lint, test, test-more]
    if: needs.test.result == 'success'
    steps:
      - run: echo test
";
        let ours = "\
jobs:
  lint:
    steps:
      - name: Lint
        run: make lint
  test:
    steps:
      - name: Test
        run: make test
";
        let (theirs, ours) = (Block::parse(theirs).unwrap(), Block::parse(ours).unwrap());
        let text = beside(&theirs, &ours, &BTreeSet::new()).unwrap().theirs.text();
        let expected = "\
name: Tests
jobs:
  test-own:
    defaults: { run: { shell: sh } }
    strategy: { matrix: { go: [1, 2] } }
    permissions: {}
    steps:
      - run: make test-all
  report:
    defaults: { run: { shell: sh } }
    permissions:
      contents: write
    needs: [lint, test-own, test-more]
    if: needs.test-own.result == 'success'
    steps:
      - run: echo test
";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_job_that_does_something_else_under_the_same_names_is_kept() {
        let ours =
            Block::parse("jobs:\n  test:\n    steps:\n      - name: Test\n        run: make test\n").unwrap();
        for job in [
            "    uses: ./.github/workflows/test.yml\n",
            "    steps: [{ run: make test }]\n",
            "    steps:\n      - name: Test\n        run: make integration\n",
            "    steps:\n      - name: Test\n        uses: a/b@v1\n",
        ] {
            let theirs = Block::parse(&format!("jobs:\n  test:\n{job}")).unwrap();
            let text = beside(&theirs, &ours, &BTreeSet::new()).unwrap().theirs.text();
            assert_eq!(text, format!("jobs:\n  test-own:\n{job}"));
        }
    }

    #[test]
    fn whatever_their_indentation_is() {
        let theirs = "jobs:\n    # all\n    test:\n        steps:\n        - run: |\n            a\n\n             b\n";
        let expected = "jobs:\n  # all\n  test:\n      steps:\n      - run: |\n          a\n\n           b\n";
        assert_eq!(indented(&Block::parse(theirs).unwrap()).unwrap().text(), expected);
        let theirs = "updates:\n- package-ecosystem: npm\n  directory: /\n";
        let expected = "updates:\n  - package-ecosystem: npm\n    directory: /\n";
        assert_eq!(indented(&Block::parse(theirs).unwrap()).unwrap().text(), expected);
    }

    #[test]
    fn triggers_stay_as_long_as_jobs_of_theirs_do_and_variables_go_into_them() {
        let ours = "\
on:
  push:
    branches: [main]
  pull_request:
env:
  RUST_BACKTRACE: \"0\"
jobs:
  test:
    steps:
      - run: make test
";
        let theirs = "\
on:
  push:
    branches: ['**']
env:
  RUST_BACKTRACE: 1
  LEVEL: |
    low
    high
jobs:
  fuzz:
    env:
      LEVEL: none
    steps:
      - run: make fuzz
  soak:
      steps:
        - run: make soak
  called:
    uses: ./.github/workflows/called.yml
";
        let ours = Block::parse(ours).unwrap();
        let beside = |theirs: &str| beside(&Block::parse(theirs).unwrap(), &ours, &BTreeSet::new()).unwrap();
        let text = beside(theirs).ours.text();
        assert!(text.starts_with("on:\n  push:\n    branches: ['**']\n  pull_request:\n"), "{text}");
        let expected = "\
jobs:
  fuzz:
    env:
      RUST_BACKTRACE: 1
      LEVEL: none
    steps:
      - run: make fuzz
  soak:
      env:
        RUST_BACKTRACE: 1
        LEVEL: |
          low
          high
      steps:
        - run: make soak
  called:
    uses: ./.github/workflows/called.yml
";
        let text = beside(theirs).theirs.text();
        assert!(text.ends_with(expected), "{text}");
        let done = "on: push\njobs:\n  test:\n    steps:\n      - run: make test\n";
        assert_eq!(beside(done).ours.text(), ours.text());
    }

    #[test]
    fn no_trigger_and_no_variable_is_lost_for_the_way_it_is_written() {
        let ours = "on:\n  push:\n    branches: [main]\njobs:\n  test:\n    steps:\n      - run: make test\n";
        let ours = Block::parse(ours).unwrap();
        let beside = |theirs: &str| beside(&Block::parse(theirs).unwrap(), &ours, &BTreeSet::new());
        let job = "jobs:\n  fuzz:\n    steps:\n      - run: make fuzz\n";
        for on in ["on: [push, release]\n", "on:\n  - push\n  - release\n"] {
            let adopted = beside(&format!("{on}{job}")).unwrap();
            assert!(adopted.ours.text().starts_with("on:\n  push:\njobs:"), "{}", adopted.ours.text());
            assert!(adopted.theirs.text().starts_with("on:\n  push:\n  release:\n"), "{on}");
        }
        let defaults = "defaults:\n  run:\n    shell: sh\n    working-directory: a\n";
        let own = job.replace("    steps", "    defaults:\n      run:\n        shell: bash\n    steps");
        let text = beside(&format!("{defaults}{own}")).unwrap().theirs.text();
        assert!(text.contains("        working-directory: a\n        shell: bash\n"), "{text}");
        for (file, own) in [("env: { A: 1 }", "env:\n      B: 2"), ("env:\n  A: 1", "env: { B: 2 }")] {
            let job = job.replace("    steps", &format!("    {own}\n    steps"));
            assert!(beside(&format!("{file}\n{job}")).unwrap_err().message.contains("`env`"));
        }
    }
}
