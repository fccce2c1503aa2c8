//! A workflow of the user's that is taken over: what of it stands beside what is generated.
//!
//! ```text
//! theirs --the generated steps say it--> gone
//!        --job of a generated id-------> the same job under another id, whole
//!        --permissions, defaults-------> into every job of theirs
//! ```
//!
//! Two jobs of one id are never put together: the matrix of one and the steps of the other would be neither.

use std::collections::BTreeSet;

use serde_json::Value;

use super::blocks::{Block, Line};
use crate::data::Problem;
use crate::workflow::is_preparation;

/// What holds for all jobs of a file, and is written into theirs so that it does not hold for the generated ones.
const FOR_ALL: [&str; 2] = ["permissions", "defaults"];

/// What of a workflow stands beside what is generated.
///
/// # Errors
/// When what is left is no YAML any more.
pub(super) fn beside(theirs: &Block, ours: &Block, said_at: &BTreeSet<u32>) -> Result<Block, Problem> {
    let mut left = without(theirs, ours, said_at);
    let Some(generated) = ours.child("jobs") else { return Ok(left) };
    let for_all: Vec<Block> =
        left.children.iter().filter(|b| FOR_ALL.contains(&b.id.as_str())).cloned().collect();
    let Some(jobs) = left.children.iter_mut().find(|block| block.id == "jobs") else { return Ok(left) };
    jobs.children.retain(|job| !generated.child(&job.id).is_some_and(|ours| does_all_of(ours, job)));
    for job in &mut jobs.children {
        for block in &for_all {
            hold_in(job, block);
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
    left.children.retain(|block| !FOR_ALL.contains(&block.id.as_str()));
    Block::parse(&left.text())
}

/// Whether a generated job does every step of another one that does something. What has no steps to look at, as a job that
/// calls a workflow, does something of its own.
fn does_all_of(ours: &Block, theirs: &Block) -> bool {
    let steps = |job: &Block| -> Vec<Value> {
        let steps = job.child("steps").map_or(&[][..], |steps| &steps.children);
        steps.iter().filter_map(|step| step.value.clone()).collect()
    };
    let (ours, theirs) = (steps(ours), steps(theirs));
    let run = |step: &Value| step["run"].as_str().map(|run| run.trim().to_owned());
    let action = |step: &Value| step["uses"].as_str().map(|uses| uses.split('@').next().map(str::to_owned));
    let is_ours =
        |step: &Value| ours.iter().any(|known| run(known) == run(step) && action(known) == action(step));
    !theirs.is_empty() && theirs.iter().all(|step| is_ours(step) || is_preparation(step))
}

/// Writes what holds for all jobs into one of them, unless that says something else.
fn hold_in(job: &mut Block, block: &Block) {
    let Some(first) = job.children.first().filter(|_| job.child(&block.id).is_none()) else { return };
    let line = first.head.first().map_or("", |line| line.text.as_str());
    let indent = &line[..line.len() - line.trim_start().len()];
    let mut copy = block.clone();
    copy.lead.clear();
    let lines = copy.lines().into_iter().filter(|line| !line.text.trim().is_empty());
    let head: Vec<Line> = lines.map(|line| Line::plain(&format!("{indent}{}", line.text))).collect();
    (copy.head, copy.children) = (head, Vec::new());
    job.children.insert(0, copy);
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
    block.head.iter_mut().for_each(&mut *act);
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

/// The workflow without the steps from whose lines it is known what to generate: beside the generated ones they would do
/// everything twice. A job in which only preparation is left goes too, unless it is also generated or waited for.
fn without(theirs: &Block, ours: &Block, said_at: &BTreeSet<u32>) -> Block {
    let mut left = theirs.clone();
    let Some(jobs) = left.children.iter_mut().find(|block| block.id == "jobs") else { return left };
    let generated = |id: &str| ours.child("jobs").is_some_and(|jobs| jobs.child(id).is_some());
    let mut idle = Vec::new();
    for job in &mut jobs.children {
        let Some(steps) = job.children.iter_mut().find(|block| block.id == "steps") else { continue };
        let before = steps.children.len();
        steps.children.retain(|step| !is_said(step, said_at));
        if steps.children.len() == before {
            continue;
        }
        if steps.children.iter().all(|step| step.value.as_ref().is_some_and(is_preparation)) {
            idle.push(job.id.clone());
        }
        steps.seal();
        job.seal();
    }
    let waited_for: BTreeSet<String> = jobs.children.iter().flat_map(needs).collect();
    jobs.children.retain(|job| {
        let is_idle = idle.contains(&job.id);
        !is_idle || generated(&job.id) || waited_for.contains(&job.id)
    });
    jobs.seal();
    left.seal();
    left
}

/// Whether every command of a step stands on one of the lines.
fn is_said(step: &Block, said_at: &BTreeSet<u32>) -> bool {
    let Some(run) = step.value.as_ref().and_then(|step| step.get("run")).and_then(Value::as_str) else {
        return false;
    };
    let is_command = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with('#');
    let commands = run.lines().filter(is_command).count();
    let end = step.line + u32::try_from(step.head.len()).unwrap_or(u32::MAX);
    commands > 0 && said_at.range(step.line..end).count() >= commands
}

fn needs(job: &Block) -> Vec<String> {
    let needs =
        job.child("needs").and_then(|needs| needs.value.as_ref()).map(|value| match value.get("needs") {
            Some(inner) => inner.clone(),
            None => value.clone(),
        });
    match needs {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEIRS: &str = "\
jobs:
  build:
    steps:
      - run: make
      - run: cargo publish -p a
  release:
    steps:
      - uses: actions/checkout@v4
      - run: |
          cargo publish -p b

          cargo publish -p c
  notes:
    needs: [build]
    steps:
      - run: |
          cargo publish -p d
          gh release create
";

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
        let text = beside(&theirs, &ours, &BTreeSet::new()).unwrap().text();
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
            let text = beside(&theirs, &ours, &BTreeSet::new()).unwrap().text();
            assert_eq!(text, format!("jobs:\n  test-own:\n{job}"));
        }
    }

    fn left(said_at: &[u32]) -> String {
        let (theirs, ours) = (Block::parse(THEIRS).unwrap(), Block::parse("jobs:\n  publish: {}\n").unwrap());
        without(&theirs, &ours, &said_at.iter().copied().collect()).text()
    }

    #[test]
    fn steps_that_say_what_is_generated_go_and_so_does_a_job_that_does_nothing_then() {
        let text = left(&[5, 10, 12, 17]);
        assert!(text.contains("run: make") && !text.contains("-p a"), "{text}");
        assert!(!text.contains("release:") && !text.contains("-p b"), "{text}");
        assert!(
            text.contains("-p d") && text.contains("gh release create"),
            "it does something else too:\n{text}"
        );
    }

    #[test]
    fn a_job_that_another_one_waits_for_stays() {
        let text = left(&[4, 5]);
        assert!(text.contains("  build:\n") && !text.contains("run: make"), "{text}");
    }

    #[test]
    fn nothing_goes_when_nothing_is_said() {
        assert_eq!(left(&[]), THEIRS);
    }
}
