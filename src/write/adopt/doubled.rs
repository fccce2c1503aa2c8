//! What of the user's is done by generated jobs, and would be done twice.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::workflow::is_preparation;
use crate::write::blocks::Block;

/// Keys of a job that do not change what its steps do.
const PLAIN_JOB: [&str; 8] =
    ["name", "runs-on", "timeout-minutes", "permissions", "strategy", "needs", "concurrency", "steps"];

/// Keys of a step that do not change what its commands do.
const PLAIN_STEP: [&str; 4] = ["name", "id", "run", "shell"];

/// A workflow without what is done by generated jobs.
pub(super) struct Left {
    /// What is left of it.
    pub(super) workflow: Block,
    /// The jobs that went, whole.
    pub(super) jobs: Vec<String>,
    /// The jobs that lost steps.
    pub(super) thinned: Vec<String>,
}

/// The workflow without the jobs that only do what it is known from their lines to generate.
///
/// To check something twice costs minutes, to publish it twice fails: of a workflow that runs on no pull request the steps
/// go too that stand in a job which does more.
pub(super) fn without(theirs: &Block, ours: &Block, said_at: &BTreeSet<u32>) -> Left {
    let mut left = Left { workflow: theirs.clone(), jobs: Vec::new(), thinned: Vec::new() };
    let Some(jobs) = left.workflow.children.iter_mut().find(|block| block.id == "jobs") else { return left };
    let generated = |id: &str| ours.child("jobs").and_then(|jobs| jobs.child(id));
    let is_done = |job: &&Block| {
        let twin = generated(&job.id).map_or(&[][..], steps);
        let is_done = |step: &Block| prepares(step) || is_said(step, said_at) || does(twin, step);
        is_plain(job) && !only_prepares(job) && steps(job).iter().all(is_done)
    };
    let mut done: BTreeSet<String> = jobs.children.iter().filter(is_done).map(|job| job.id.clone()).collect();
    let checks = ours.child("on").is_some_and(|on| on.child("pull_request").is_some());
    if !checks {
        for job in &mut jobs.children {
            if thin(job, said_at) {
                left.thinned.push(job.id.clone());
            }
        }
        let idle = |job: &&Block| left.thinned.contains(&job.id) && only_prepares(job);
        done.extend(jobs.children.iter().filter(idle).map(|job| job.id.clone()));
    }
    // What a job that stays waits for stays, and so does what that waits for; unless a generated job has its id.
    loop {
        let staying = jobs.children.iter().filter(|job| !done.contains(&job.id));
        let waited_for: BTreeSet<String> = staying.flat_map(needs).collect();
        let before = done.len();
        done.retain(|id| generated(id).is_some() || !waited_for.contains(id));
        if done.len() == before {
            break;
        }
    }
    jobs.children.retain(|job| !done.contains(&job.id));
    jobs.seal();
    left.workflow.seal();
    left.thinned.retain(|id| !done.contains(id));
    left.jobs = done.into_iter().collect();
    left
}

/// Takes the steps out of a job that are done by generated ones, and says whether there were any.
fn thin(job: &mut Block, said_at: &BTreeSet<u32>) -> bool {
    let Some(steps) = job.children.iter_mut().find(|block| block.id == "steps") else { return false };
    let before = steps.children.len();
    steps.children.retain(|step| !is_said(step, said_at));
    let any = steps.children.len() < before;
    steps.seal();
    job.seal();
    any
}

/// The steps of a job.
fn steps(job: &Block) -> &[Block] {
    job.child("steps").map_or(&[], |steps| &steps.children)
}

fn prepares(step: &Block) -> bool {
    step.value.as_ref().is_some_and(is_preparation)
}

/// What has no steps to look at, as a job that calls a workflow, does something of its own.
fn only_prepares(job: &Block) -> bool {
    job.child("steps").is_some_and(|steps| steps.children.iter().all(prepares))
}

/// Whether a job does what its commands say: in no other place or environment, and under no condition.
fn is_plain(job: &Block) -> bool {
    let plain = |step: &Block| {
        let keys = step.value.as_ref().and_then(Value::as_object);
        prepares(step) || keys.is_some_and(|keys| keys.keys().all(|key| PLAIN_STEP.contains(&key.as_str())))
    };
    job.children.iter().all(|key| PLAIN_JOB.contains(&key.id.as_str())) && steps(job).iter().all(plain)
}

/// Whether one of the steps runs the same.
fn does(steps: &[Block], step: &Block) -> bool {
    let run = |step: &Block| Some(step.value.as_ref()?.get("run")?.as_str()?.trim().to_owned());
    run(step).is_some_and(|wanted| steps.iter().any(|step| run(step).as_ref() == Some(&wanted)))
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
    let Some(needs) = job.child("needs") else { return Vec::new() };
    // A list with an item on each line has parts.
    let values = needs.value.iter().chain(needs.children.iter().filter_map(|item| item.value.as_ref()));
    let named = |value: &Value| match value.get("needs").unwrap_or(value) {
        Value::String(one) => vec![one.clone()],
        Value::Array(many) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    values.flat_map(named).collect()
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
        without(&theirs, &ours, &said_at.iter().copied().collect()).workflow.text()
    }

    const CHECKS: &str = "\
jobs:
  fmt:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - name: Format
        run: cargo fmt --check
  docs:
    steps:
      - run: cargo doc
      - run: cd target/doc && ./publish
  exhaustive:
    env: { RUSTFLAGS: --cfg exhaustive }
    steps:
      - run: cargo check
  sometimes:
    steps:
      - run: cargo check
        if: matrix.os != 'windows'
  test:
    steps:
      - run: cargo test
  all:
    needs:
      - test
    steps:
      - run: exit 0
";

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
    fn of_checks_only_whole_jobs_go_that_do_nothing_else_and_that_nothing_waits_for() {
        let ours = Block::parse("on:\n  pull_request:\njobs:\n  lint: {}\n").unwrap();
        let lines = (1..).zip(CHECKS.lines()).filter(|(_, line)| line.contains("cargo "));
        let left = without(&Block::parse(CHECKS).unwrap(), &ours, &lines.map(|(n, _)| n).collect());
        assert_eq!((left.jobs, left.thinned), (vec!["fmt".to_owned()], vec![]));
        assert_eq!(left.workflow.text(), format!("jobs:\n{}", &CHECKS[CHECKS.find("  docs:").unwrap()..]));
    }

    #[test]
    fn nothing_goes_when_nothing_is_said() {
        assert_eq!(left(&[]), THEIRS);
    }
}
