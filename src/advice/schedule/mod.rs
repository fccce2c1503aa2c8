//! When scheduled workflows had better start: not when everyone does, not on top of each other, not in hours that are
//! to be kept free, and, with a forecast of the grid's intensity, when electricity is clean.
//!
//! A start moves within its hour, or by so many hours as the slack allows; days and the interval stay. Every choice is
//! deterministic: among equally good minutes a repository and workflow has its own, or everyone who asks would start
//! together again.

mod carbon;
mod cron;
mod hours;
mod load;
mod place;
mod value;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::advice::checkout::{Checkout, Workflow};
pub use carbon::{CarbonSaving, Intensity, SOURCE};
use cron::Cron;
pub use hours::Hours;
pub use load::{Load, Loads};
use place::{Place, Spot};
pub use value::{Entry, Impact, Move, Proposal, Reason, Skipped, Timetable, Why};

/// How to choose.
#[derive(Debug, Clone)]
pub struct Options {
    /// `owner/name`, which decides among equally good minutes.
    pub repository: String,
    /// Now: what is looked at are the four weeks from here, and as many half a year later for the other clock time.
    pub now: Timestamp,
    /// Where the user's hours are.
    pub time_zone: TimeZone,
    /// Hours in which no scheduled run should be going on.
    pub avoid: Option<Hours>,
    /// Hours in which scheduled runs should start.
    pub want: Option<Hours>,
    /// By how many hours a start may move; 0 keeps it in its hour.
    pub slack_hours: u8,
    /// Predictions that are less sure, from 0 to 1, move nothing.
    pub min_confidence: f64,
    /// A forecast of the grid's carbon intensity.
    pub intensity: Option<Intensity>,
    /// The workflows, by file stem, that may wait for clean electricity; without it all that are scheduled.
    pub deferrable: Option<Vec<String>>,
}

impl Options {
    /// The usual choice: UTC, two hours of slack, predictions of medium confidence.
    pub fn new(repository: impl Into<String>, now: Timestamp) -> Self {
        Options {
            repository: repository.into(),
            now,
            time_zone: TimeZone::UTC,
            avoid: None,
            want: None,
            slack_hours: 2,
            min_confidence: 0.5,
            intensity: None,
            deferrable: None,
        }
    }
}

/// An overlap is told from so many minutes a week on.
const OVERLAP: u32 = 5;
/// Carbon is worth a move from so many percent on.
const CARBON: f64 = 5.0;

/// Looks at every scheduled workflow. A load says what is known of a workflow's run; without one nothing is proposed.
pub fn schedule(checkout: &Checkout, loads: &[Load], options: &Options) -> Timetable {
    let mut skipped = Vec::new();
    let mut places: Vec<Place> = Vec::new();
    for workflow in &checkout.workflows {
        let load = loads.iter().find(|load| load.workflow == workflow.file_stem);
        for (index, entry) in workflow.crons.iter().enumerate() {
            match Cron::parse(&entry.expression, entry.time_zone.as_deref()) {
                Ok(cron) => places.push(Place::new(workflow, index, cron, load, options)),
                Err(why) => skipped.push(Skipped {
                    workflow: workflow.file_stem.clone(),
                    cron: entry.expression.clone(),
                    why: Why::Invalid { because: why },
                }),
            }
        }
    }
    let entries = (0..places.len()).map(|i| places[i].entry(&places, i, options)).collect();
    let mut moves: Vec<(usize, Move)> = Vec::new();
    for at in by_impact(&places) {
        match improve(&places, at, options) {
            Ok(Some((spot, found))) => {
                places[at].spot = spot;
                moves.push((at, found));
            }
            Ok(None) => {}
            Err(why) => skipped.push(Skipped {
                workflow: places[at].workflow.file_stem.clone(),
                cron: places[at].cron.text(),
                why,
            }),
        }
    }
    skipped.sort_by(|a, b| (&a.workflow, &a.cron).cmp(&(&b.workflow, &b.cron)));
    moves.sort_by_key(|(at, _)| *at);
    Timetable {
        repository: options.repository.clone(),
        time_zone: options.time_zone.iana_name().unwrap_or("UTC").to_owned(),
        min_confidence: options.min_confidence,
        entries,
        proposals: proposals(checkout, &places, moves),
        skipped,
        notes: notes(options),
    }
}

/// The entries, the heaviest first: it has the first choice.
fn by_impact(places: &[Place]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order
        .sort_by(|a, b| places[*b].minutes_a_month().total_cmp(&places[*a].minutes_a_month()).then(a.cmp(b)));
    order
}

/// A better start of an entry, where there is one that is worth a change.
fn improve(places: &[Place], at: usize, options: &Options) -> Result<Option<(Spot, Move)>, Why> {
    let place = &places[at];
    let Some(load) = place.load else { return Err(Why::NeverSeen) };
    if load.confidence < options.min_confidence {
        return Err(Why::NotSure { confidence: load.confidence, asked: options.min_confidence, n: load.n });
    }
    let others = place::busy(places, at);
    let here = place.judge(place.spot, &others, options);
    let best = place.candidates(options).into_iter().map(|spot| place.judge(spot, &others, options)).min();
    let Some(best) = best.filter(|best| *best < here) else { return Ok(None) };
    let mut reasons = Vec::new();
    if best.hours < here.hours {
        reasons.push(Reason::Hours { before: here.hours, after: best.hours, of: here.looked_at });
    }
    let carbon = place.carbon(best.spot, load, options).filter(|saving| saving.percent >= CARBON);
    if let Some(saving) = carbon {
        reasons.push(Reason::Carbon { saving });
    }
    if here.overlap >= OVERLAP && best.overlap < here.overlap {
        let with = place::overlapping(places, at);
        reasons.push(Reason::Overlap { before: here.overlap, after: best.overlap, with });
    }
    if here.crowd >= place::CROWDED && best.crowd < here.crowd {
        reasons.push(Reason::Crowded { minute: place.spot.minute, late: load.late });
    }
    // Anything less is a change for its own sake.
    if reasons.is_empty() {
        return Ok(None);
    }
    let Some(to) = place.cron.moved(best.spot.hours, best.spot.minute) else { return Ok(None) };
    let found = Move {
        from: place.cron.text(),
        to: to.text(),
        reasons,
        local: to.local(options.now, &options.time_zone),
        local_before: place.cron.local(options.now, &options.time_zone),
    };
    Ok(Some((best.spot, found)))
}

/// The moves by workflow, each with its patch: a workflow's entries are one list.
fn proposals(checkout: &Checkout, places: &[Place], moves: Vec<(usize, Move)>) -> Vec<Proposal> {
    let mut found: Vec<Proposal> = Vec::new();
    for (at, moved) in moves {
        let place = &places[at];
        let stem = &place.workflow.file_stem;
        if let Some(same) = found.iter_mut().find(|proposal| proposal.workflow == *stem) {
            same.moves.push(moved);
            continue;
        }
        let Some(workflow) = checkout.workflows.iter().find(|workflow| workflow.file_stem == *stem) else {
            continue;
        };
        let of_workflow = || places.iter().filter(|place| place.workflow.file_stem == *stem);
        let minutes = of_workflow().map(Place::minutes_a_month).sum();
        let usd = of_workflow().map(Place::usd_a_month).sum();
        found.push(Proposal {
            id: format!("schedule/{stem}"),
            workflow: stem.clone(),
            moves: vec![moved],
            impact: Impact::of(minutes, usd),
            minutes_a_month: minutes,
            usd_a_month: usd,
            confidence: place.load.map_or(0.0, |load| load.confidence),
            n: place.load.map_or(0, |load| load.n),
            risk: "whoever waits for the result finds it at another time".into(),
            patch: patch(workflow, places),
            by_hand: (!workflow.generated)
                .then(|| format!("wfgen does not generate `{stem}`: write the new `cron` into its file")),
        });
    }
    found
}

fn patch(workflow: &Workflow, places: &[Place]) -> Value {
    let entry = |(index, entry): (usize, &crate::advice::checkout::Cron)| {
        let place = places
            .iter()
            .find(|place| place.workflow.file_stem == workflow.file_stem && place.index == index);
        let moved = place.and_then(|place| place.cron.moved(place.spot.hours, place.spot.minute));
        let cron = moved.map_or_else(|| entry.expression.clone(), |cron| cron.text());
        match &entry.time_zone {
            Some(zone) => json!({ "cron": cron, "timezone": zone }),
            None => json!({ "cron": cron }),
        }
    };
    let crons: Vec<Value> = workflow.crons.iter().enumerate().map(entry).collect();
    json!({ "triggers": { workflow.file_stem.as_str(): { "schedule": crons } } })
}

fn notes(options: &Options) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(intensity) = &options.intensity {
        notes.push(format!(
            "carbon: the forecast covers {:.1} days and stands for every day; {}",
            intensity.days(),
            carbon::ASSUMPTION
        ));
    }
    notes
}

#[cfg(test)]
mod tests;
