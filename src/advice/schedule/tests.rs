use proptest::prelude::*;

use super::*;
use crate::advice::checkout;

fn now() -> Timestamp {
    "2026-01-05T00:00:00Z".parse().unwrap()
}

fn workflow(stem: &str, crons: &[&str]) -> Workflow {
    let entry = |cron: &&str| checkout::Cron { expression: (*cron).into(), time_zone: None };
    Workflow { file_stem: stem.into(), crons: crons.iter().map(entry).collect(), ..Workflow::default() }
}

fn load(stem: &str, minutes: f64) -> Load {
    Load {
        workflow: stem.into(),
        duration_s: 60.0 * minutes,
        high_s: 60.0 * minutes,
        confidence: 0.8,
        n: 40,
        minutes,
        usd: minutes * 0.006,
        kwh: minutes * 0.000_3,
        late: Some((600.0, 40)),
    }
}

fn told(workflows: Vec<Workflow>, loads: &[Load], change: impl Fn(&mut Options)) -> Timetable {
    let mut options = Options::new("o/r", now());
    change(&mut options);
    schedule(&Checkout { default_branch: None, workflows }, loads, &options)
}

fn only(table: &Timetable) -> &Move {
    assert_eq!(table.proposals.len(), 1, "{table:?}");
    assert_eq!(table.proposals[0].moves.len(), 1);
    &table.proposals[0].moves[0]
}

#[test]
fn a_start_at_the_full_hour_moves_to_a_minute_of_its_own_in_the_same_hour() {
    let table = told(vec![workflow("nightly", &["0 3 * * 1-5"])], &[load("nightly", 10.0)], |_| {});
    let moved = only(&table);
    let minute: u16 = moved.to.split(' ').next().unwrap().parse().unwrap();
    assert!(
        moved.to.ends_with(" 3 * * 1-5") && (6..55).contains(&minute) && !minute.is_multiple_of(5),
        "{}",
        moved.to
    );
    assert_eq!(moved.reasons, [Reason::Crowded { minute: 0, late: Some((600.0, 40)) }]);
    assert_eq!(
        table.proposals[0].patch,
        json!({ "triggers": { "nightly": { "schedule": [{ "cron": moved.to }] } } })
    );
    let elsewhere = told(vec![workflow("other", &["0 3 * * 1-5"])], &[load("other", 10.0)], |_| {});
    assert_ne!(only(&elsewhere).to, moved.to, "everyone would start together again");
}

#[test]
fn a_start_at_a_quiet_minute_stays() {
    let table = told(vec![workflow("nightly", &["17 3 * * *"])], &[load("nightly", 10.0)], |_| {});
    assert!(table.proposals.is_empty() && table.skipped.is_empty());
}

#[test]
fn minutes_that_are_evenly_spread_move_together_and_others_stay() {
    let of = |cron: &str| told(vec![workflow("w", &[cron])], &[load("w", 1.0)], |_| {});
    let quarter = of("*/15 * * * *");
    let minutes: Vec<u16> =
        only(&quarter).to.split(' ').next().unwrap().split(',').map(|m| m.parse().unwrap()).collect();
    assert!(minutes.len() == 4 && minutes.windows(2).all(|pair| pair[1] - pair[0] == 15));
    assert!(of("0,7 3 * * *").proposals.is_empty());
}

#[test]
fn workflows_on_top_of_each_other_are_taken_apart() {
    let workflows = || vec![workflow("a", &["11 3 * * *"]), workflow("b", &["13 3 * * *"])];
    let table = told(workflows(), &[load("a", 30.0), load("b", 20.0)], |_| {});
    assert_eq!(table.entries[1].with, ["a"]);
    assert_eq!(table.entries[1].overlap, 140);
    // The heavier one has the first choice, the other finds nothing in its way any more.
    let Reason::Overlap { before, after, with } = &only(&table).reasons[0] else { panic!("{table:?}") };
    assert_eq!((*before, *after, with.as_slice()), (140, 0, ["b".to_owned()].as_slice()));
}

#[test]
fn a_prediction_that_is_not_sure_enough_moves_nothing() {
    let unsure = Load { confidence: 0.4, ..load("w", 10.0) };
    let table = told(vec![workflow("w", &["0 3 * * *"])], &[unsure], |_| {});
    assert!(table.proposals.is_empty());
    assert_eq!(table.skipped[0].why, Why::NotSure { confidence: 0.4, asked: 0.5, n: 40 });
    let unseen = told(vec![workflow("w", &["0 3 * * *"])], &[], |_| {});
    assert_eq!(unseen.skipped[0].why, Why::NeverSeen);
}

#[test]
fn an_expression_that_github_does_not_read_is_told() {
    for cron in ["@daily", "0 3 * *", "0 0 3 * * *", "61 3 * * *", "0 3 L * *", "x"] {
        let table = told(vec![workflow("w", &[cron])], &[load("w", 10.0)], |_| {});
        assert!(matches!(table.skipped[0].why, Why::Invalid { .. }), "{cron}");
    }
}

#[test]
fn hours_are_kept_free_by_the_clock_of_the_place_in_summer_too() {
    // 06:40 UTC is 07:40 in Berlin's winter and 08:40 in its summer; half an hour later is office time then.
    let of = |slack| {
        told(vec![workflow("w", &["40 6 * * *"])], &[load("w", 30.0)], |options| {
            options.time_zone = TimeZone::get("Europe/Berlin").unwrap();
            options.avoid = Some(Hours::parse("mon-fri 09:00-18:00").unwrap());
            options.slack_hours = slack;
        })
    };
    let table = of(1);
    let moved = only(&table);
    let Reason::Hours { before, after, of: looked } = moved.reasons[0] else { panic!("{table:?}") };
    assert_eq!((before, after, looked), (20, 0, 56));
    assert_eq!(moved.local_before.as_deref(), Some("07:40 (summer 08:40)"));
}

#[test]
fn hours_that_are_wanted_are_found_within_the_slack() {
    let table = told(vec![workflow("w", &["17 3 * * *"])], &[load("w", 30.0)], |options| {
        options.want = Some(Hours::parse("5-7").unwrap());
    });
    assert!(only(&table).to.ends_with(" 5 * * *"), "{table:?}");
}

/// A day of dear electricity but for one clean hour, twice.
fn forecast(clean: i64) -> Intensity {
    let mut text = "from,to,intensity\n".to_owned();
    for hour in 0..48_i64 {
        let at = |hour: i64| now().checked_add(jiff::SignedDuration::from_hours(hour)).unwrap();
        let grams = if hour % 24 == clean { 100 } else { 300 };
        text += &format!("{},{},{grams}\n", at(hour), at(hour + 1));
    }
    Intensity::parse(&text).unwrap()
}

#[test]
fn a_clean_hour_within_the_slack_is_taken_and_the_saving_is_said() {
    let of = |clean| {
        told(vec![workflow("w", &["11 3 * * *"])], &[load("w", 30.0)], |o| {
            o.intensity = Some(forecast(clean));
        })
    };
    let table = of(5);
    let moved = only(&table);
    assert!(moved.to.ends_with(" 5 * * *"), "{moved:?}");
    let Reason::Carbon { saving } = moved.reasons[0] else { panic!("{moved:?}") };
    // 0.009 kWh a run, thirty runs a month, 200 g less a kilowatt hour.
    assert!((saving.grams_a_month - 0.009 * 30.44 * 200.0).abs() < 1.0, "{saving:?}");
    assert!((saving.percent - 66.7).abs() < 0.1 && saving.days == 2);
    assert!(of(9).proposals.is_empty(), "beyond the slack");
}

#[test]
fn only_what_may_wait_waits_for_clean_electricity() {
    let table = told(vec![workflow("w", &["11 3 * * *"])], &[load("w", 30.0)], |options| {
        options.intensity = Some(forecast(5));
        options.deferrable = Some(vec!["other".into()]);
    });
    assert!(table.proposals.is_empty());
}

#[test]
fn a_patch_holds_all_entries_of_the_workflow_and_their_time_zone() {
    let mut two = workflow("w", &["0 3 * * *", "17 5 * * 1"]);
    two.crons[0].time_zone = Some("Europe/Paris".into());
    let table = told(vec![two], &[load("w", 1.0)], |_| {});
    let schedule = &table.proposals[0].patch["triggers"]["w"]["schedule"];
    assert_eq!(schedule[0]["timezone"], "Europe/Paris");
    assert_eq!(schedule[1], json!({ "cron": "17 5 * * 1" }));
}

#[test]
fn how_late_github_starts_is_counted_from_the_crons_moment() {
    use crate::insight::{Intake, RunRow};
    use crate::runs::Conclusion;
    let named = Workflow { name: Some("W".into()), ..workflow("w", &["0 3 * * *"]) };
    let checkout = Checkout { default_branch: None, workflows: vec![named] };
    let mut loads = Loads::new("o/r", crate::insight::prices::Prices::default(), &checkout);
    for day in 1..=9 {
        loads.run(&RunRow {
            repository: "o/r",
            id: day,
            attempt: 1,
            workflow: "W",
            event: "schedule",
            branch: None,
            commit: None,
            started: format!("2026-01-0{day}T03:12:00Z").parse().unwrap(),
            duration: Some(60.0),
            queued: None,
            conclusion: Some(Conclusion::Success),
            simulated: false,
        });
    }
    assert_eq!(loads.finish()[0].late, Some((720.0, 9)));
}

fn cron() -> impl Strategy<Value = String> {
    let minute = prop_oneof!["[0-5]?[0-9]", Just("*/15".to_owned()), Just("0,30".to_owned())];
    let hour = prop_oneof!["1?[0-9]", Just("*".to_owned()), Just("*/6".to_owned())];
    let day = prop_oneof![Just("*".to_owned()), Just("1-5".to_owned()), Just("0".to_owned())];
    (minute, hour, day).prop_map(|(minute, hour, day)| format!("{minute} {hour} * * {day}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_move_keeps_the_number_of_starts_their_days_and_says_the_same_twice(
        crons in proptest::collection::vec(cron(), 1..4),
        minutes in 1.0_f64..90.0,
    ) {
        let workflows = || crons.iter().enumerate().map(|(i, cron)| workflow(&format!("w{i}"), &[cron.as_str()])).collect();
        let loads: Vec<Load> = (0..crons.len()).map(|i| load(&format!("w{i}"), minutes)).collect();
        let table = told(workflows(), &loads, |_| {});
        let before = "2026-01-04T23:59:00Z".parse().unwrap();
        for moved in table.proposals.iter().flat_map(|proposal| &proposal.moves) {
            let (from, to) = (Cron::parse(&moved.from, None).unwrap(), Cron::parse(&moved.to, None).unwrap());
            let days = |cron: &Cron| -> Vec<i64> { cron.starts(before, 14).iter().map(|m| m / 1440).collect() };
            prop_assert_eq!(days(&from), days(&to), "{} {}", moved.from, moved.to);
        }
        let again = told(workflows(), &loads, |_| {});
        prop_assert_eq!(serde_json::to_string(&table).unwrap(), serde_json::to_string(&again).unwrap());
    }

    #[test]
    fn no_text_makes_an_expression_or_a_forecast_panic(text in "\\PC{0,40}") {
        let _ = Cron::parse(&text, None);
        let _ = Hours::parse(&text);
        let _ = Intensity::parse(&text);
    }
}
