use proptest::prelude::*;

use super::*;

fn stored(workflow: &str, day: i64, value_s: f64, actual_s: Option<f64>) -> Stored {
    let made_at = Timestamp::from_second(1_767_571_200 + day * 86_400).unwrap(); // Monday, 2026-01-05
    Stored {
        workflow: workflow.into(),
        made_at,
        value_s,
        interval_50_s: (value_s * 0.9, value_s * 1.1),
        interval_90_s: (value_s * 0.5, value_s * 2.0),
        success_probability: Some(0.9),
        confidence: 0.8,
        actual_s,
        conclusion: actual_s.map(|_| Conclusion::Success),
    }
}

#[test]
fn a_prediction_is_classed_by_its_distance_from_the_actual_duration() {
    let at =
        |actual| accuracy(&[stored("ci", 0, 100.0, Some(actual))], &Options::default()).compared[0].class;
    assert_eq!([100.0, 80.0, 70.0, 60.0].map(at), [Class::Excellent, Class::Good, Class::Fair, Class::Poor]);
}

#[test]
fn only_runs_that_succeeded_are_compared_and_failures_count_for_the_probability() {
    let mut failed = stored("ci", 0, 100.0, Some(10.0));
    failed.conclusion = Some(Conclusion::Failure);
    let mut cancelled = stored("ci", 0, 100.0, Some(10.0));
    cancelled.conclusion = Some(Conclusion::Cancelled);
    let all = [failed, cancelled, stored("ci", 0, 100.0, Some(100.0)), stored("ci", 0, 100.0, None)];
    let scores = accuracy(&all, &Options::default()).overall;
    assert_eq!((scores.made, scores.open, scores.n), (4, 1, 1));
    let success = scores.success.unwrap();
    assert_eq!((success.came.ok, success.came.n), (1, 2));
    assert!((success.brier - f64::midpoint(0.81, 0.01)).abs() < 1e-12);
}

#[test]
fn the_band_follows_the_share_and_is_silent_below_the_minimum() {
    let of = |good: u32, n: u32| {
        let actual = |i| if i < good { 100.0 } else { 10.0 };
        let all: Vec<_> = (0..n).map(|i| stored("ci", 0, 100.0, Some(actual(i)))).collect();
        let found = accuracy(&all, &Options::default());
        (found.band, found.is_critical())
    };
    assert_eq!(of(16, 20), (Band::Target, false));
    assert_eq!(of(15, 20), (Band::Warning, false));
    assert_eq!(of(12, 20), (Band::Critical, true));
    assert_eq!(of(0, 19), (Band::NotEnough, false));
}

#[test]
fn bands_that_contradict_themselves_are_an_error_of_usage() {
    for (target, critical) in [(0.5, 0.6), (1.1, 0.5), (0.8, -0.1), (f64::NAN, 0.5)] {
        assert!(Bands::new(target, critical).is_err(), "{target} {critical}");
    }
    assert!(Bands::new(0.9, 0.7).is_ok());
}

#[test]
fn weeks_begin_on_monday_and_are_in_order() {
    let all = [stored("ci", 7, 1.0, Some(1.0)), stored("ci", 6, 1.0, Some(1.0)), stored("ci", 0, 1.0, None)];
    let weeks = accuracy(&all, &Options::default()).weeks;
    let told: Vec<(String, u64)> = weeks.iter().map(|w| (w.start.to_string(), w.scores.made)).collect();
    assert_eq!(told, [("2026-01-05".to_owned(), 2), ("2026-01-12".to_owned(), 1)]);
}

#[test]
fn the_export_has_a_line_for_each_comparison_and_quotes_names() {
    let all = [stored("a,\"b\"", 0, 100.0, Some(80.0)), stored("c", 0, 1.0, None)];
    let csv = accuracy(&all, &Options::default()).csv().unwrap();
    assert_eq!(
        csv,
        "workflow,made_at,value_s,actual_s,error,class,in_50,in_90,confidence\n\
         \"a,\"\"b\"\"\",2026-01-05T00:00:00Z,100.0,80.0,0.25,good,false,true,0.8\n"
    );
}

proptest! {
    #[test]
    fn the_order_of_the_predictions_does_not_matter_and_the_classes_add_up(
        rows in proptest::collection::vec((0_i64..40, 1.0_f64..1e4, 1.0_f64..1e4, any::<bool>()), 0..40)
    ) {
        let mut all: Vec<Stored> =
            rows.iter().map(|(d, v, a, w)| stored(if *w { "x" } else { "y" }, *d, *v, Some(*a))).collect();
        let one = accuracy(&all, &Options::default());
        all.reverse();
        let other = accuracy(&all, &Options::default());
        let said = |a: &Accuracy| serde_json::to_string(a).unwrap();
        prop_assert_eq!(said(&one), said(&other));
        let s = &one.overall;
        prop_assert_eq!(s.excellent + s.good + s.fair + s.poor, s.n);
        prop_assert_eq!(one.weeks.iter().map(|w| w.scores.n).sum::<u64>(), s.n);
    }
}
