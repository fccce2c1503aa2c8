//! Reading runs from files of every format, whole ones and hostile ones.
#![allow(clippy::unwrap_used)]

use std::io::Write;

use proptest::prelude::*;
use wfgen::error::{Error, Kind};
use wfgen::runs::import::Import;
use wfgen::runs::{Conclusion, Run, Status, payload};

/// What a file says: its runs, its warnings.
fn read(bytes: impl AsRef<[u8]>, repository: Option<&str>) -> Result<(Vec<Run>, Vec<String>), Error> {
    let mut import = Import::new("runs", std::io::Cursor::new(bytes.as_ref().to_vec()), repository)?;
    let runs = import.by_ref().collect::<Result<Vec<_>, _>>()?;
    Ok((runs, import.warnings().iter().map(ToString::to_string).collect()))
}

fn runs(text: &str) -> Vec<Run> {
    let (runs, warnings) = read(text, Some("octo/given")).unwrap();
    assert_eq!(warnings, [""; 0]);
    runs
}

fn refusal(bytes: impl AsRef<[u8]>) -> String {
    let error = read(bytes, None).unwrap_err();
    assert_eq!(error.kind, Kind::Invalid);
    let hints = error.diagnostics.iter().flat_map(|d| &d.hints).cloned().collect::<Vec<_>>().join("\n");
    format!("{error}\n{hints}")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn ids(runs: &[Run]) -> Vec<u64> {
    runs.iter().map(|run| run.id).collect()
}

const REST: &str = r#"{"id": 30433642, "name": "Build", "head_branch": "main", "head_sha": "acb5820c", "run_number": 562,
  "path": ".github/workflows/build.yml@main", "display_title": "Update [README] {1}", "event": "push",
  "status": "completed", "conclusion": "success", "workflow_id": 159038, "run_attempt": 2,
  "created_at": "2026-01-22T19:33:08Z", "updated_at": "2026-01-22T19:43:08Z", "run_started_at": "2026-01-22T19:40:00Z",
  "actor": {"login": "octocat", "id": 1}, "triggering_actor": {"login": "hubot", "id": 2}, "pull_requests": [],
  "repository": {"id": 1, "name": "Hello-World", "full_name": "octo/hello"}}"#;

const JOB: &str = r#"{"id": 399444496, "run_id": 30433642, "run_attempt": 2, "head_sha": "acb5820c", "head_branch": "main",
  "run_url": "https://api.github.com/repos/octo/hello/actions/runs/30433642", "workflow_name": "Build", "name": "test (1)",
  "status": "completed", "conclusion": "failure", "created_at": "2026-01-22T19:40:01Z",
  "started_at": "2026-01-22T19:40:10Z", "completed_at": "2026-01-22T19:43:00Z", "labels": ["ubuntu-24.04"],
  "runner_name": "GitHub Actions 4", "steps": [{"name": "Set up job", "status": "completed", "conclusion": "success",
  "number": 1, "started_at": "2026-01-22T19:40:10Z", "completed_at": "2026-01-22T19:40:12Z"}]}"#;

const GH: &str = r#"{"attempt":1,"conclusion":"","createdAt":"2026-01-22T19:33:08Z","databaseId":7,"displayTitle":"Fix",
  "event":"pull_request","headBranch":"topic","headSha":"abc","number":4,"startedAt":"2026-01-22T19:33:08Z",
  "status":"in_progress","updatedAt":"2026-01-22T19:33:20Z","workflowName":"CI",
  "jobs":[{"completedAt":"0001-01-01T00:00:00Z","conclusion":"","databaseId":9,"name":"test",
  "startedAt":"2026-01-22T19:33:12Z","status":"in_progress","steps":[{"completedAt":"0001-01-01T00:00:00Z",
  "conclusion":"","name":"Run","number":1,"startedAt":"2026-01-22T19:33:13Z","status":"in_progress"}],
  "url":"https://github.com/octo/hello/actions/runs/7/job/9"}]}"#;

#[test]
fn a_rest_page_gives_its_runs_with_what_they_say() {
    let page = format!(r#"{{"total_count": 1, "workflow_runs": [{REST}], "note": "]}} \" {{"}}"#);
    let run = runs(&page).remove(0);
    assert_eq!((run.repository.as_str(), run.id, run.attempt), ("octo/hello", 30433642, 2));
    assert_eq!((run.workflow.as_str(), run.path.as_deref()), ("Build", Some(".github/workflows/build.yml")));
    assert_eq!((run.title.as_deref(), run.actor.as_deref()), (Some("Update [README] {1}"), Some("hubot")));
    assert_eq!((run.status, run.conclusion), (Status::Completed, Some(Conclusion::Success)));
    assert_eq!(run.duration(), Some(188.0));
}

#[test]
fn pages_after_each_other_lists_of_pages_and_bare_lists_are_all_read() {
    let page = format!(r#"{{"workflow_runs": [{REST}, {REST}], "total_count": 2}}"#);
    assert_eq!(runs(&format!("{page}{page}\n\n{page}")).len(), 6);
    assert_eq!(runs(&format!("[{page}, {page}]")).len(), 4);
    assert_eq!(runs(&format!("[{REST}, {REST}]")).len(), 2);
    assert_eq!(runs(&format!("[[{REST}], [{REST}]]")).len(), 2);
    assert_eq!(runs("[]").len() + runs(r#"{"total_count": 0, "workflow_runs": []}"#).len(), 0);
}

#[test]
fn a_page_of_jobs_gives_what_the_jobs_say_of_their_runs() {
    let run = runs(&format!(r#"{{"total_count": 1, "jobs": [{JOB}]}}"#)).remove(0);
    assert_eq!((run.repository.as_str(), run.id, run.attempt), ("octo/hello", 30433642, 2));
    assert_eq!((run.status, run.conclusion), (Status::InProgress, None), "a job does not end its run");
    let job = &run.jobs[0];
    assert_eq!(
        (job.id, job.name.as_str(), job.duration(), job.queued()),
        (399444496, "test (1)", Some(170.0), Some(9.0))
    );
    assert_eq!((job.labels.join(","), job.steps[0].duration()), ("ubuntu-24.04".into(), Some(2.0)));
}

#[test]
fn gh_output_is_read_and_its_zero_times_are_no_times() {
    let run = runs(&format!("[{GH}]")).remove(0);
    assert_eq!((run.repository.as_str(), run.workflow.as_str(), run.id), ("octo/given", "CI", 7));
    assert_eq!((run.status, run.conclusion, run.duration()), (Status::InProgress, None, None));
    assert_eq!((run.jobs[0].completed, run.jobs[0].steps[0].completed), (None, None));
    let alone = &GH[GH.find(r#""jobs""#).unwrap()..];
    let run = read(format!("{{{alone}"), None).unwrap().0.remove(0);
    assert_eq!((run.repository.as_str(), run.id, run.jobs[0].id), ("octo/hello", 7, 9));
}

#[test]
fn gh_output_without_a_repository_asks_for_one() {
    assert!(refusal(format!("[{GH}]")).contains("name it with `--repo owner/name`"));
}

#[test]
fn a_field_that_gh_was_not_asked_for_is_named() {
    assert!(
        refusal(
            r#"[{"databaseId": 1, "workflowName": "CI", "url": "https://github.com/o/r/actions/runs/1"}]"#
        )
        .contains("`createdAt` is missing: ask `gh` for it with `--json attempt,")
    );
}

#[test]
fn webhook_payloads_are_read_as_files_and_as_values() {
    let of_run = format!(
        r#"{{"action": "completed", "workflow_run": {REST}, "repository": {{"full_name": "octo/hello"}}}}"#
    );
    let of_job = format!(
        r#"{{"action": "completed", "workflow_job": {JOB}, "repository": {{"full_name": "octo/hello"}}}}"#
    );
    let lines = format!("{}\n{}\n", of_run.replace('\n', " "), of_job.replace('\n', " "));
    assert_eq!(ids(&runs(&lines)), [30433642, 30433642]);
    let value = serde_json::from_str(&of_job).unwrap();
    assert_eq!(payload::read(&value).unwrap().jobs.len(), 1);
    let other = payload::read(&serde_json::json!({"action": "opened", "issue": {}})).unwrap_err();
    assert!(other.to_string().contains("another event"), "{other}");
}

#[test]
fn a_queued_jobs_start_is_not_believed() {
    let queued = JOB.replace(r#""completed", "conclusion": "failure""#, r#""queued", "conclusion": null"#);
    let run = runs(&format!(r#"{{"jobs": [{queued}]}}"#)).remove(0);
    assert_eq!((run.status, run.jobs[0].started), (Status::Queued, None));
}

const CSV: &str = "\
source,repo,workflow,job,event,branch,created_at,started_at,duration_s,duration_raw_s,conclusion,attempt,commit,changed_files,lines,actor,run_id,ts_exact
a,octo/hello,CI,,push,main,2026-01-03T10:25:43Z,2026-01-03T10:25:51Z,248.0,257.0,success,1,defa0291,2.0,10.0,309,12137681108,1
a,octo/hello,CI,,push,main,2026-01-03T11:25:43Z,2026-01-03T11:25:51Z,,257.0,failure,1,defa0292,,,309,12137681109,1
";

#[test]
fn a_csv_is_read_by_the_names_of_its_columns() {
    let read = runs(CSV);
    assert_eq!((read[0].id, read[0].duration(), read[0].changed_files), (12137681108, Some(248.0), Some(2)));
    assert_eq!((read[1].duration(), read[1].conclusion), (Some(257.0), Some(Conclusion::Failure)));
    let turned = "conclusion;run_id;Workflow;started_at;note\nsuccess;5;CI;2026-01-03 10:25:51+01:00;x\n";
    let (read, warnings) = self::read(turned, Some("octo/given")).unwrap();
    assert_eq!((read[0].id, read[0].repository.as_str()), (5, "octo/given"));
    assert_eq!(read[0].created.to_string(), "2026-01-03T09:25:51Z");
    assert_eq!(warnings, ["runs:1: columns that say nothing to wfgen: `note`"]);
}

#[test]
fn a_csv_row_of_a_job_is_about_that_job() {
    let read = runs(&CSV.replace("CI,,", "CI,build,"));
    let job = &read[0].jobs[0];
    assert_eq!(
        (job.name.as_str(), job.duration(), job.conclusion),
        ("build", Some(248.0), Some(Conclusion::Success))
    );
    assert!(job.id >= 1 << 63, "GitHub's id is not known");
    assert_eq!((read[0].status, read[0].conclusion, read[0].duration()), (Status::InProgress, None, None));
}

#[test]
fn a_csv_without_run_ids_gives_the_same_ids_each_time() {
    let without = CSV.replace("12137681108", "").replace("12137681109", "");
    let (first, second) = (runs(&without), runs(&without));
    assert_eq!(ids(&first), ids(&second));
    assert!(first[0].id != first[1].id && first[0].id >= 1 << 63);
}

#[test]
fn missing_columns_are_named_with_those_that_are_there() {
    let refused = refusal("name,took\nCI,5\n");
    for said in
        ["`repo` (or `--repo owner/name`)", "`workflow`", "`created_at` or", "`name`, `took`", "runs:1:"]
    {
        assert!(refused.contains(said), "{said}: {refused}");
    }
}

#[test]
fn a_bad_row_is_skipped_with_its_line() {
    let bad = [
        ("2026-01-03T10:25:43Z", "0000-00-00", "`created_at` is `0000-00-00`, not a time"),
        ("248.0", "1e308", "`duration_s` is 1e308 seconds"),
        ("248.0", "long", "`duration_s` is `long`, not a number"),
        ("success", "won", "the conclusion `won` is unknown"),
        ("octo/hello", "hello", "the repository `hello` is not of the form owner/name"),
        (",2.0,", ",-2.5,", "`changed_files` is -2.5, not a small whole number"),
        (",309,12137681108", ",309,1,2,3", "it has 20 cells where the header has 18"),
        ("push", "pu\u{0}sh\",", "cells"),
    ];
    for (from, to, why) in bad {
        let (runs, warnings) = read(CSV.replacen(from, to, 1), None).unwrap();
        assert_eq!(ids(&runs), [12137681109], "{to}");
        assert!(
            warnings[0].starts_with("runs:2: record 1 is skipped: ") && warnings[0].contains(why),
            "{warnings:?}"
        );
    }
}

#[test]
fn negative_seconds_say_nothing() {
    let run = runs(&CSV.replacen("248.0,257.0", "-1.0,-3", 1)).remove(0);
    assert_eq!(run.duration(), None);
}

#[test]
fn a_bad_record_is_skipped_with_its_line_and_the_rest_is_read() {
    let line = REST.replace('\n', " ");
    let bad = [
        (r#""id": 30433642"#, r#""id": "x""#, "`id` is the text `x`, not a whole number"),
        (r#""id": 30433642"#, r#""id": 1e308"#, "`id` is `1e+308`, not a whole number"),
        (r#""id": 30433642"#, r#""id": 1e999"#, "number out of range"),
        (r#""id": 30433642"#, r#""id": -1"#, "`id` is `-1`"),
        (
            "2026-01-22T19:33:08Z",
            "3000-01-01T00:00:00Z",
            "`created_at` is the time `3000-01-01T00:00:00Z`, which no run",
        ),
        ("2026-01-22T19:33:08Z", "soon", "`created_at` is `soon`, not a time"),
        (r#""name": "Build""#, r#""name": ["Build"]"#, "`name` is a list, not a text"),
        (r#""name": "Build""#, r#""name": "Build"#, "expected"),
        (r#""octo/hello"}}"#, r#""octo/hello""#, "EOF while parsing"),
    ];
    for (from, to, why) in bad {
        let text = format!("{line}\n{}\n{line}\n", line.replacen(from, to, 1));
        let (runs, warnings) = read(&text, None).unwrap();
        assert_eq!(runs.len(), 2, "{to}: {warnings:?}");
        assert!(
            warnings[0].starts_with("runs:2: record 2 is skipped: ") && warnings[0].contains(why),
            "{warnings:?}"
        );
    }
}

#[test]
fn many_bad_records_are_counted_after_the_first_few() {
    let bad = r#"{"id": 1}"#.to_owned() + "\n";
    let (_, warnings) = read(format!("{}\n{}", REST.replace('\n', " "), bad.repeat(1000)), None).unwrap();
    assert_eq!((warnings.len(), warnings[20].as_str()), (21, "runs: 980 more records are skipped"));
}

#[test]
fn a_wrong_file_is_an_error_that_says_what_was_seen() {
    assert!(refusal("").contains("is empty"));
    assert!(refusal(" \n\t").contains("is empty"));
    assert!(refusal("<html><body>Not Found</body></html>").contains("`<html><body>not found</body></html>`"));
    assert!(
        refusal(r#"{"message": "Not Found", "status": "404"}"#).contains("its fields are message, status")
    );
    assert!(refusal(b"\xff\xfe{\0}\0").contains("UTF-16"));
    assert!(refusal("[1, 2, \"three\"]").contains("it is not an object"));
    assert!(refusal(b"\x7fELF\x02\x01\x01\0\0\0").contains("lacks the column"));
    assert!(refusal("{\"workflow_runs\": [").contains("has no run"));
}

#[test]
fn gzip_is_known_by_its_first_bytes_and_may_have_several_members() {
    let lines = format!("{}\n", REST.replace('\n', " "));
    let twice = [gzip(lines.as_bytes()), gzip(lines.as_bytes())].concat();
    assert_eq!(read(twice, None).unwrap().0.len(), 2);
}

#[test]
fn a_truncated_gzip_gives_what_came_before_and_an_error() {
    let mut lines = String::new();
    for id in 0..2000 {
        lines += &REST.replace('\n', " ").replace("30433642", &id.to_string());
        lines.push('\n');
    }
    let mut packed = gzip(lines.as_bytes());
    packed.truncate(packed.len() / 2);
    let import = Import::new("runs.gz", std::io::Cursor::new(packed), None).unwrap();
    let (read, errors): (Vec<_>, Vec<_>) = import.partition(Result::is_ok);
    assert!(read.len() > 100, "{}", read.len());
    let error = errors[0].as_ref().unwrap_err().to_string();
    assert!(error.contains("it ends in the middle of its gzip stream"), "{error}");
}

#[test]
fn deep_nesting_is_a_bad_record() {
    let (open, close) = ("[".repeat(200_000), "]".repeat(200_000));
    let text = format!("{}\n{{\"id\": {open}{close}}}\n", REST.replace('\n', " "));
    let (runs, warnings) = read(text, None).unwrap();
    assert_eq!((runs.len(), warnings.len()), (1, 1));
    assert!(warnings[0].contains("recursion limit"), "{warnings:?}");
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_text() {
    assert_eq!(read(format!("\u{feff}{CSV}"), None).unwrap().0.len(), 2);
    assert_eq!(read(format!("\u{feff}[{REST}]"), None).unwrap().0.len(), 1);
}

#[test]
fn an_endless_record_is_an_error_and_not_a_full_memory() {
    struct Endless(&'static [u8]);
    impl std::io::Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let start = std::mem::take(&mut self.0);
            if !start.is_empty() {
                buffer[..start.len()].copy_from_slice(start);
                return Ok(start.len());
            }
            buffer.fill(b'a');
            Ok(buffer.len())
        }
    }
    let starts: [&'static [u8]; 3] = [b"{\"id\": \"", b"workflow,status,created_at,repo\n\"", b"a"];
    for start in starts {
        let end =
            Import::new("endless", Endless(start), None).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let error = end.unwrap_err().to_string();
        assert!(error.contains("longer than 64 MiB"), "{error}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes, Some("o/r"));
        let _ = read(gzip(&bytes), None);
    }

    #[test]
    fn no_damage_to_a_good_file_makes_it_panic(
        which in 0..4usize, at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>(),
    ) {
        let page = format!(r#"{{"workflow_runs": [{REST}, {REST}], "total_count": 2}}"#);
        let mut bytes = [page.as_str(), GH, JOB, CSV][which].as_bytes().to_vec();
        let place = at.index(bytes.len());
        bytes[place] = byte;
        let _ = read(&bytes, Some("o/r"));
        bytes.truncate(cut.index(bytes.len()));
        let _ = read(&bytes, Some("o/r"));
    }

    #[test]
    fn how_a_file_is_cut_into_reads_does_not_matter(size in 1..40usize) {
        struct Slow(std::io::Cursor<Vec<u8>>, usize);
        impl std::io::Read for Slow {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                let most = buffer.len().min(self.1);
                self.0.read(&mut buffer[..most])
            }
        }
        let text = format!(r#"[{{"workflow_runs": [{REST}, {REST}], "total_count": 2}}, {REST}]"#);
        let slow = Slow(std::io::Cursor::new(text.clone().into_bytes()), size);
        let cut: Vec<Run> = Import::new("runs", slow, None).unwrap().map(Result::unwrap).collect();
        prop_assert_eq!(cut, runs(&text));
    }
}
