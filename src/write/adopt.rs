//! What of a workflow that is taken over has its place in the generated one.

use std::collections::BTreeSet;

use serde_json::Value;

use super::blocks::Block;
use crate::workflow::is_preparation;

/// The workflow without the steps from whose lines it is known what to generate: beside the generated ones they would do
/// everything twice. A job in which only preparation is left goes too, unless it is also generated or waited for.
pub(super) fn without(theirs: &Block, ours: &Block, said_at: &BTreeSet<u32>) -> Block {
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
