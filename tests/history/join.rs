//! The law of the join: neither order nor repetition matters.

use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use wfgen::history::{Filter, History};
use wfgen::runs::{Conclusion, Job, Run, Status, Step};

use super::{at, whole};

fn any_time() -> impl Strategy<Value = Timestamp> {
    (0..6i64, 0..3i64).prop_map(|(s, ns)| at(s).checked_add((ns * 600_000).nanoseconds()).unwrap())
}

fn any_status() -> impl Strategy<Value = Status> {
    prop::sample::select(vec![Status::Queued, Status::InProgress, Status::Completed])
}

fn any_conclusion() -> impl Strategy<Value = Option<Conclusion>> {
    prop::option::of(prop::sample::select(vec![
        Conclusion::Success,
        Conclusion::Failure,
        Conclusion::Cancelled,
        Conclusion::Skipped,
    ]))
}

fn any_text() -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop::sample::select(vec!["", "a", "b", "c"]).prop_map(str::to_owned))
}

prop_compose! {
    fn any_step()(
        number in 1..3u32, name in any_text(), conclusion in any_conclusion(),
        started in prop::option::of(any_time()), completed in prop::option::of(any_time()),
    ) -> Step {
        Step { number, name: name.unwrap_or_default(), conclusion, started, completed }
    }
}

prop_compose! {
    fn any_job()(
        // GitHub never renames a job, and the id of one of ours follows from its name.
        (id, name) in prop::sample::select(vec![(1, "a"), (2, "c"), (1 << 63 | 1, "a"), (1 << 63 | 2, "b")]),
        status in any_status(),
        conclusion in any_conclusion(), times in prop::array::uniform3(prop::option::of(any_time())),
        labels in prop::collection::vec("[xy]", 0..2), runner in any_text(),
        steps in prop::collection::vec(any_step(), 0..3),
    ) -> Job {
        let [created, started, completed] = times;
        Job { id, name: name.into(), status, conclusion, created, started, completed, labels, runner, steps }
    }
}

prop_compose! {
    fn any_run()(
        (id, attempt, repository) in (1..3u64, 1..3u32, prop::sample::select(vec!["o/a", "o/b"])),
        texts in prop::array::uniform7(any_text()), created in any_time(),
        times in prop::array::uniform2(prop::option::of(any_time())), status in any_status(),
        conclusion in any_conclusion(), duration in prop::option::of(prop::sample::select(vec![-1.0, 0.5, 2.0, 1e300])),
        numbers in prop::array::uniform3(prop::option::of(0..3u32)), simulated in prop::bool::weighted(0.1),
        jobs in prop::collection::vec(any_job(), 0..4),
    ) -> Run {
        let [workflow, path, title, event, branch, commit, actor] = texts;
        let [number, changed_files, changed_lines] = numbers;
        Run {
            repository: repository.into(), id, attempt, workflow: workflow.unwrap_or_default(), path,
            number: number.map(u64::from), title, event: event.unwrap_or_default(), branch, commit, actor, created,
            started: times[0], updated: times[1], status, conclusion, duration, changed_files, changed_lines, simulated,
            jobs,
        }
    }
}

/// All that can be seen of a history, without which write it was.
fn seen(history: &History) -> (Vec<Run>, Vec<String>) {
    let (mut rows, all) = (Vec::new(), Filter { simulated: true, ..Filter::default() });
    let plain = |text: String| text[..text.rfind("revision").unwrap()].to_owned();
    history.each_run(&all, |run| Ok(rows.push(plain(format!("{run:?}"))))).unwrap();
    let mut runs = whole(history);
    runs.sort_by(|a, b| (&a.repository, a.id, a.attempt).cmp(&(&b.repository, b.id, b.attempt)));
    rows.sort();
    (runs, rows)
}

fn recorded<'r>(batches: impl Iterator<Item = &'r [Run]>) -> History {
    let history = History::in_memory().unwrap().with_actors();
    batches.for_each(|batch| assert!(history.record(batch).is_ok()));
    history
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn neither_order_nor_repetition_nor_batches_change_what_is_known(
        runs in prop::collection::vec(any_run(), 1..9),
        order in any::<prop::sample::Index>(),
        size in 1..5usize,
    ) {
        let straight = recorded(runs.chunks(runs.len()));
        let mut turned = runs.clone();
        turned.rotate_left(order.index(runs.len()));
        turned.reverse();
        let other = recorded(turned.chunks(1));
        prop_assert_eq!(seen(&straight), seen(&other));
        turned.extend(runs.iter().cloned());
        prop_assert_eq!(seen(&straight), seen(&recorded(turned.chunks(size))));
        let again = straight.record(&runs).unwrap();
        prop_assert_eq!((again.new, again.updated), (0, 0));
    }
}
