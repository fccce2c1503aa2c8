//! Experiments from end to end: a generated workflow, runs that go through the assignment that was generated, their
//! import as the API shows them, and the verdict.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, unreachable_pub)]

#[path = "../common/judges.rs"]
#[allow(dead_code)]
mod judges;

mod expressions;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use wfgen::data::yaml;
use wfgen::experiment::assign::{by_run_id, by_run_number};
use wfgen::experiment::{Arm, Share};

use expressions::{evaluate, fill};

const CACHE: &str = "jobs.\"ci/test\".steps.\"Install Go\".with.cache = true";

/// A Go module in a repository, with generated workflows.
struct Tree(tempfile::TempDir);

impl Tree {
    fn new() -> Self {
        let tree = Tree(tempfile::tempdir().unwrap());
        tree.write("go.mod", "module example.com/glim\n\ngo 1.26\n");
        tree.write("glim.go", "package glim\n\nfunc Glim() int { return 1 }\n");
        tree.write(
            "glim_test.go",
            "package glim\n\nimport \"testing\"\n\nfunc TestGlim(t *testing.T) { Glim() }\n",
        );
        tree.write("cmd/glim/main.go", "package main\n\nfunc main() {}\n");
        tree.write(".git/HEAD", "ref: refs/heads/main\n");
        tree.write(".git/config", "[remote \"origin\"]\n\turl = https://github.com/octo/glim\n");
        assert!(tree.run(&["generate"]).status.success());
        tree
    }

    fn root(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wfgen"));
        command
            .args(arguments)
            .current_dir(self.root())
            .env_remove("WFGEN_DB")
            .env_remove("GITHUB_REPOSITORY");
        command.output().unwrap()
    }

    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn start(&self, id: &str, change: &str, more: &[&str]) {
        let mut arguments = vec!["experiment", "start", "--id", id, "--workflow", "ci", "--change", change];
        arguments.extend(more);
        self.ok(&arguments);
    }

    fn workflow(&self) -> Value {
        yaml::parse(&self.read(".github/workflows/ci.yml")).unwrap().to_value()
    }

    /// The verdict and the exit code.
    fn status(&self, id: &str) -> (Value, i32) {
        let output = self.run(&["experiment", "status", id, "--format", "json"]);
        let code = output.status.code().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        (serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {error}")), code)
    }
}

/// The outputs of the job that assigns, for the runs of these numbers, by the script that was generated.
fn assigned(workflow: &Value, id: &str, share: &str, numbers: &[u64]) -> Vec<(String, String)> {
    let step = &workflow["jobs"][format!("experiment-{id}")]["steps"][0];
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("assign.sh");
    fs::write(&script, step["run"].as_str().unwrap()).unwrap();
    let names = |name: &str| {
        assert!(name.starts_with("vars.WFGEN_SHARE_"), "{name}");
        json!(share)
    };
    let share = fill(step["env"]["SHARE"].as_str().unwrap(), &names);
    let run = |number: &u64| {
        let out = folder.path().join(format!("out-{number}"));
        let status = Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail"])
            .arg(&script)
            .env("SALT", step["env"]["SALT"].as_str().unwrap())
            .env("SHARE", &share)
            .env("GITHUB_RUN_NUMBER", number.to_string())
            .env("GITHUB_OUTPUT", &out)
            .output()
            .unwrap();
        assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
        let text = fs::read_to_string(out).unwrap();
        let outputs: BTreeMap<&str, &str> = text.lines().map(|line| line.split_once('=').unwrap()).collect();
        (outputs["arm"].to_owned(), outputs["share"].to_owned())
    };
    numbers.iter().map(run).collect()
}

fn name(arm: Arm) -> &'static str {
    if arm == Arm::Treatment { "treatment" } else { "control" }
}

/// A seeded uniform number from 0 to 1, for each run its own.
fn dice(seed: u64, run: u64) -> f64 {
    let mut x = (seed << 32 | run).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x = (x ^ x >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ x >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((x ^ x >> 31) >> 11) as f64 / (1u64 << 53) as f64
}

/// A time so many seconds after the first run.
fn at(seconds: f64) -> String {
    (jiff::Timestamp::from_second(1_790_000_000).unwrap()
        + jiff::SignedDuration::from_secs_f64(seconds.round()))
    .to_string()
}

/// What the API says of a run that took so long, and of its job.
fn shown(number: u64, title: &str, job: &str, took: f64, success: bool) -> [Value; 2] {
    let start = number as f64 * 7_200.0;
    let conclusion = if success { "success" } else { "failure" };
    let id = 9_000_000_000 + number * 37;
    let run = json!({
        "id": id, "run_number": number, "run_attempt": 1, "name": "CI", "path": ".github/workflows/ci.yml",
        "display_title": title, "event": "push", "head_branch": "main", "status": "completed",
        "head_sha": format!("{number:040x}"), "conclusion": conclusion, "repository": { "full_name": "octo/glim" },
        "created_at": at(start), "run_started_at": at(start), "updated_at": at(start + took + 40.0),
    });
    let job = json!({
        "id": id * 10, "run_id": id, "run_attempt": 1, "name": job, "status": "completed", "conclusion": conclusion,
        "created_at": at(start + 5.0), "started_at": at(start + 10.0), "completed_at": at(start + 10.0 + took),
        "labels": ["ubuntu-24.04"], "workflow_name": "CI", "run_url": "https://api.github.com/repos/octo/glim/actions/runs/1",
        "url": format!("https://api.github.com/repos/octo/glim/actions/jobs/{}", id * 10),
        "head_branch": "main", "head_sha": format!("{number:040x}"), "steps": [],
    });
    [run, job]
}

/// Writes pages as the API gives them, and imports them.
fn import(tree: &Tree, shown: &[[Value; 2]]) {
    let pick = |which: usize| shown.iter().map(|both| both[which].clone()).collect::<Vec<_>>();
    tree.write("runs.json", &json!({ "total_count": shown.len(), "workflow_runs": pick(0) }).to_string());
    tree.write("jobs.json", &json!({ "total_count": shown.len(), "jobs": pick(1) }).to_string());
    tree.ok(&["track", "import", "runs.json", "jobs.json", "--repo", "octo/glim"]);
}

/// Runs through the generated assignment, with a speed-up of the treatment.
fn trial(tree: &Tree, id: &str, runs: u64, effect: f64) -> Vec<String> {
    let workflow = tree.workflow();
    let numbers: Vec<u64> = (1..=runs).collect();
    let arms = assigned(&workflow, id, "50", &numbers);
    let job = workflow["jobs"]["test"]["name"].as_str().unwrap();
    let show = |(number, (arm, share)): (&u64, &(String, String))| {
        let names = |name: &str| match name.rsplit('.').next().unwrap() {
            "arm" => json!(arm),
            "share" => json!(share),
            _ => json!("1.27"),
        };
        let noise = 0.15 * (dice(1, *number) + dice(2, *number) + dice(3, *number) - 1.5);
        let took = 300.0 * noise.exp() * if arm == "treatment" { 1.0 - effect } else { 1.0 };
        shown(*number, "A change", &fill(job, &names), took, dice(4, *number) < 0.95)
    };
    import(tree, &numbers.iter().zip(&arms).map(show).collect::<Vec<_>>());
    arms.into_iter().map(|(arm, _)| arm).collect()
}

#[test]
fn a_treatment_that_helps_is_found_and_the_same_bytes_are_recomputed() {
    let tree = Tree::new();
    tree.start("cache", CACHE, &[]);
    trial(&tree, "cache", 100, 0.2);
    let (status, code) = tree.status("cache");
    assert_eq!(code, 0, "{status}");
    assert_eq!(status["verdict"]["decision"], "faster");
    let estimate = status["verdict"]["speed_up"]["estimate"].as_f64().unwrap();
    assert!((0.1..0.3).contains(&estimate), "{estimate}");
    assert_eq!(tree.status("cache").0, status);
    let human = tree.ok(&["experiment", "status", "cache"]);
    assert!(human.contains("the treatment is faster"), "{human}");
    assert!(tree.ok(&["experiment", "status", "--format", "html"]).contains("<svg"));
    assert!(tree.ok(&["experiment", "status", "--format", "markdown"]).contains("| duration |"));
    assert!(tree.ok(&["experiment", "list"]).contains("cache  running in ci, faster on"));
}

#[test]
fn a_treatment_that_changes_nothing_stays_undecided_and_a_slower_one_is_refused() {
    let tree = Tree::new();
    tree.start("cache", CACHE, &[]);
    assert!(
        tree.status("cache").0["next"]
            .as_str()
            .unwrap()
            .contains("gh variable set WFGEN_SHARE_CACHE --body 50")
    );
    trial(&tree, "cache", 60, 0.0);
    let (status, code) = tree.status("cache");
    assert_eq!(code, 3, "{status}");
    assert_eq!(status["verdict"]["decision"], "undecided");
    let warm_up = |excluded: &&Value| excluded["reason"] == "warm-up";
    assert_eq!(status["excluded"].as_array().unwrap().iter().filter(warm_up).count(), 4);
    assert_eq!((&status["share"], &status["next"]), (&json!(50), &Value::Null));

    let slower = Tree::new();
    slower.start("cache", CACHE, &[]);
    trial(&slower, "cache", 100, -0.3);
    let (status, code) = slower.status("cache");
    assert_eq!((code, &status["verdict"]["decision"]), (1, &json!("slower")));
}

#[test]
fn the_generated_script_assigns_as_the_verdict_assumes() {
    let tree = Tree::new();
    tree.start("cache", CACHE, &[]);
    let workflow = tree.workflow();
    let numbers: Vec<u64> = (1..=48).chain([1_000_003, 4_294_967_296]).collect();
    for (variable, share) in [("50", 50), ("5", 5), ("100", 100), ("", 0), ("0", 0), ("101", 0), ("5o", 0)] {
        let share = Share::new(share).unwrap();
        for (number, (arm, told)) in numbers.iter().zip(assigned(&workflow, "cache", variable, &numbers)) {
            let expected = name(by_run_number("cache", *number, share));
            assert_eq!(
                (arm.as_str(), told),
                (expected, share.percent().to_string()),
                "run {number} at {variable}"
            );
        }
    }
    let arms = assigned(&workflow, "cache", "50", &(4..404).collect::<Vec<_>>());
    for block in arms.chunks(4) {
        assert_eq!(block.iter().filter(|(arm, _)| arm == "treatment").count(), 2, "{block:?}");
    }
}

#[test]
fn the_generated_expressions_assign_as_the_verdict_assumes() {
    let tree = Tree::new();
    tree.start("cache", CACHE, &["--assignment", "endings"]);
    let workflow = tree.workflow();
    let title = workflow["run-name"].as_str().unwrap();
    let env = workflow["jobs"]["test"]["env"]["WFGEN_ARM"].as_str().unwrap();
    let cache = workflow["jobs"]["test"]["steps"][1]["with"]["cache"].as_str().unwrap();
    for share in Share::STEPS {
        for ending in 0..100u64 {
            let id = 9_123_456_700 + ending;
            let names = |name: &str| match name {
                "github.run_id" => json!(id.to_string()),
                "vars.WFGEN_SHARE_CACHE" if share == 0 => Value::Null,
                "vars.WFGEN_SHARE_CACHE" => json!(share.to_string()),
                "github.ref_name" => json!("main"),
                _ => Value::Null,
            };
            let arm = name(by_run_id("cache", id, Share::new(share).unwrap()));
            assert_eq!(fill(env, &names), arm, "{id} at {share}");
            assert_eq!(fill(title, &names), format!("main [cache={arm} {share}%]"));
            let in_step = |name: &str| if name == "env.WFGEN_ARM" { json!(arm) } else { names(name) };
            let inner = cache.trim_start_matches("${{").trim_end_matches("}}");
            assert_eq!(evaluate(inner, &in_step), json!(arm == "treatment"));
        }
    }
}

#[test]
fn two_experiments_on_one_workflow_do_not_follow_each_other() {
    let tree = Tree::new();
    tree.start("cache", CACHE, &[]);
    tree.start("short", "jobs.\"ci/build\".timeout-minutes = 9", &[]);
    let workflow = tree.workflow();
    let numbers: Vec<u64> = (1..=400).collect();
    let one = assigned(&workflow, "cache", "50", &numbers);
    let other = assigned(&workflow, "short", "50", &numbers);
    let both = one.iter().zip(&other).filter(|(a, b)| a.0 == b.0).count();
    // 400 fair coins are within 160 to 240 but for one time in ten thousand.
    assert!((160..=240).contains(&both), "{both} of 400 runs have the same arm in both");
}

#[test]
fn a_job_is_in_one_experiment_at_a_time_and_a_weaker_treatment_in_none() {
    let tree = Tree::new();
    tree.start("cache", CACHE, &[]);
    let before = tree.read(".github/workflows/ci.yml");
    for (change, said) in [
        ("jobs.\"ci/test\".timeout-minutes = 5", "the job `test` is in the experiment `cache` already"),
        ("jobs.\"ci/build\".permissions.contents = \"write\"", "it gives the token `contents: write`"),
        (
            "jobs.\"ci/build\".steps.\"Check out the repository\".with.persist-credentials = true",
            "leaves the token on disk",
        ),
        ("jobs.\"ci/build\".steps.Build = false", "it leaves out `Build`"),
    ] {
        let output =
            tree.run(&["experiment", "start", "--id", "more", "--workflow", "ci", "--change", change]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(4), "{error}");
        assert!(error.contains(said), "{error}");
    }
    assert_eq!(tree.read(".github/workflows/ci.yml"), before);
}

#[test]
fn stop_and_promote_rewrite_the_workflow_and_a_rollback_undoes_them() {
    let tree = Tree::new();
    let plain = tree.read(".github/workflows/ci.yml");
    tree.start("cache", CACHE, &[]);
    let woven = tree.read(".github/workflows/ci.yml");
    assert_ne!(woven, plain);
    tree.ok(&["generate", "--check"]);

    tree.ok(&["experiment", "promote", "cache"]);
    assert!(tree.read(".github/workflows/ci.yml").contains("          cache: true\n"));
    assert!(tree.read("wfgen.toml").contains("cache = true"));
    tree.ok(&["generate", "--check"]);

    tree.ok(&["generate", "--rollback"]);
    assert_eq!(tree.read(".github/workflows/ci.yml"), woven);
    assert!(!tree.root().join("wfgen.toml").exists());

    tree.ok(&["experiment", "stop", "cache"]);
    assert_eq!(tree.read(".github/workflows/ci.yml"), plain);
    assert!(!tree.root().join(".github/experiments/cache.yml").exists());
    tree.ok(&["generate", "--check"]);
    assert_eq!(tree.run(&["experiment", "stop", "cache"]).status.code(), Some(2));
}

#[test]
fn a_proposal_of_the_advice_is_tried_as_it_is() {
    let tree = Tree::new();
    // What is advised is about the newest runs: these end now.
    let first = jiff::Timestamp::now().as_second() - 101 * 7_200 - 1_790_000_000;
    let moved = |[mut run, mut job]: [Value; 2]| {
        for (shown, keys) in [
            (&mut run, &["created_at", "run_started_at", "updated_at"][..]),
            (&mut job, &["created_at", "started_at", "completed_at"]),
        ] {
            for key in keys {
                let time: jiff::Timestamp = shown[*key].as_str().unwrap().parse().unwrap();
                shown[*key] = json!((time + jiff::SignedDuration::from_secs(first)).to_string());
            }
        }
        [run, job]
    };
    let workflow = tree.workflow();
    let job = fill(workflow["jobs"]["test"]["name"].as_str().unwrap(), &|_: &str| json!("1.27"));
    let run = |number: u64| moved(shown(number, "A change", &job, 30.0 + 3.0 * dice(5, number), true));
    import(&tree, &(1..=100).map(run).collect::<Vec<_>>());
    let advice: Value =
        serde_json::from_str(&tree.ok(&["predict", "recommend", "--format", "json"])).unwrap();
    let proposals = advice["proposals"].as_array().unwrap();
    let proposal = proposals.iter().find(|p| p["experiment"]["treatment"].is_object());
    let id = proposal.unwrap_or_else(|| panic!("{advice}"))["id"].as_str().unwrap();
    assert_eq!(id, "runner/ci/test");
    let design: Value =
        serde_json::from_str(&tree.ok(&["experiment", "design", "--proposal", id, "--format", "json"]))
            .unwrap();
    assert!(design.to_string().contains("smallest"), "{design}");
    tree.ok(&["experiment", "start", "--proposal", id]);
    assert!(tree.read(".github/workflows/ci.yml").contains("'ubuntu-slim'"));
    assert!(tree.read(".github/experiments/runner-ci-test.yml").contains("ubuntu-slim"));
    assert_eq!(tree.run(&["generate", "--check"]).status.code(), Some(0));
}

#[test]
fn the_judges_accept_both_ways_to_assign() {
    let Some(judges) = judges::Judges::find() else { return };
    let files = ["blocks", "endings"].map(|assignment| {
        let tree = Tree::new();
        let change = format!(
            "{CACHE}\njobs.\"ci/test\".timeout-minutes = 9\njobs.\"ci/test\".runs-on = \"ubuntu-24.04-arm\""
        );
        tree.start("cache", &change, &["--assignment", assignment]);
        (".github/workflows/ci.yml".to_owned(), tree.read(".github/workflows/ci.yml"))
    });
    let work = tempfile::tempdir().unwrap();
    let refused = judges.refused(work.path(), &files);
    assert!(refused.is_empty(), "{refused:?}");
}
