//! `predict schedule`: when scheduled workflows had better start.

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::{feed, workflows};
use crate::advice::checkout::Checkout;
use crate::advice::schedule::{Hours, Intensity, Load, Loads, Options, schedule};
use crate::commands::track::rows;
use crate::commands::{place, settings};
use crate::data::file;
use crate::error::{Error, Result};
use crate::features::Query;
use crate::history::{Filter, History};
use crate::insight::prices::Prices;
use crate::prediction::Forecaster;
use crate::report::Outcome;
use crate::runs::download;
use crate::{checkout, clock};

/// When to start.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// The repository.
    pub repository: Option<String>,
    /// The IANA name of the zone that hours are in.
    pub time_zone: String,
    /// Hours in which no scheduled run should be going on.
    pub avoid: Option<String>,
    /// Hours in which scheduled runs should start.
    pub want: Option<String>,
    /// By how many hours a start may move.
    pub slack_hours: u8,
    /// The confidence below which nothing is moved, from 0 to 1.
    pub min_confidence: f64,
    /// A forecast of the grid's carbon intensity: a file, or an address.
    pub carbon: Option<String>,
    /// The workflows that may wait for clean electricity; without any all that are scheduled.
    pub deferrable: Vec<String>,
    /// Write the proposals into the configuration, and generate.
    pub apply: bool,
}

/// Proposes starts.
pub(super) fn run(db: Option<&Path>, asked: &Schedule) -> Result<Outcome> {
    if !(0.0..=1.0).contains(&asked.min_confidence) {
        return Err(Error::usage("the confidence lies between 0 and 1"));
    }
    let time_zone = TimeZone::get(&asked.time_zone).map_err(|_| {
        Error::usage(format!("`{}` is no time zone", asked.time_zone.escape_debug()))
            .hint("zones have names such as `Europe/Berlin`")
    })?;
    let avoid = asked.avoid.as_deref().map(Hours::parse).transpose()?;
    let want = asked.want.as_deref().map(Hours::parse).transpose()?;
    let intensity = asked.carbon.as_deref().map(intensity).transpose()?;
    let history = place::read(db)?;
    let repository = feed::repository(&history, asked.repository.as_deref(), db)?;
    let root = place::root()?;
    let (checkout, warnings) = workflows::read(&root, Some(checkout::git_facts(&root).default_branch.value));
    if checkout.workflows.iter().all(|workflow| workflow.crons.is_empty()) {
        return Err(Error::nothing("no workflow here is scheduled"));
    }
    let loads = loads(&history, &repository, &checkout)?;
    let options = Options {
        time_zone,
        avoid,
        want,
        slack_hours: asked.slack_hours,
        min_confidence: asked.min_confidence,
        intensity,
        deferrable: Some(asked.deferrable.clone()).filter(|chosen| !chosen.is_empty()),
        ..Options::new(repository, clock::now())
    };
    let timetable = schedule(&checkout, &loads, &options);
    if asked.apply {
        let mut patch = Map::new();
        let ours = timetable.proposals.iter().filter(|proposal| proposal.by_hand.is_none());
        ours.filter_map(|proposal| proposal.patch.as_object()).for_each(|one| merge(&mut patch, one));
        if patch.is_empty() {
            let error = Error::nothing("nothing is proposed that could be applied");
            let by_hand = timetable.proposals.iter().filter_map(|proposal| proposal.by_hand.as_deref());
            return Err(by_hand.fold(error, Error::hint));
        }
        return settings::apply(&root, &patch);
    }
    Ok(Outcome { warnings, ..Outcome::done(timetable) })
}

/// A forecast of the intensity, from a file or from an address.
fn intensity(place: &str) -> Result<Intensity> {
    let text = if place.contains("://") {
        download::text(place)?
    } else {
        file::read_text(&PathBuf::from(place))
            .map_err(|e| Error::environment(format!("cannot read `{place}`: {e}")))?
    };
    Intensity::parse(&text)
}

/// What a run of each scheduled workflow takes, with its prediction.
fn loads(history: &History, repository: &str, checkout: &Checkout) -> Result<Vec<Load>> {
    let filter = Filter { simulated: history.is_simulated()?, ..Filter::of_repository(repository) };
    let mut loads = Loads::new(repository, Prices::default(), checkout);
    rows::feed(history, &filter, &mut loads)?;
    let forecaster = feed::forecaster(history, repository)?;
    let names: Vec<(String, String)> = history.workflows()?;
    let mut loads = loads.finish();
    for load in &mut loads {
        let workflow = checkout.workflows.iter().find(|workflow| workflow.file_stem == load.workflow);
        let name =
            names.iter().find(|(of, name)| of == repository && workflow.is_some_and(|w| w.is_called(name)));
        if let Some((_, name)) = name {
            predict(&forecaster, repository, name, checkout, load);
        }
    }
    Ok(loads)
}

fn predict(forecaster: &Forecaster, repository: &str, workflow: &str, checkout: &Checkout, load: &mut Load) {
    let now = feed::seconds(clock::now());
    let query = Query {
        repository: repository.to_owned(),
        workflow: workflow.to_owned(),
        event: "schedule".to_owned(),
        branch: checkout.default_branch.clone().unwrap_or_else(|| "main".to_owned()),
        created: now,
        started: now,
        attempt: 1,
        ..Query::default()
    };
    let forecast = forecaster.forecast(&query);
    if let Some((value, nine)) = forecast.value_s.zip(forecast.interval_90) {
        load.duration_s = value;
        load.high_s = nine.high_s;
        load.confidence = if forecast.enough_data { forecast.within_25_probability } else { 0.0 };
    }
}

fn merge(into: &mut Map<String, Value>, from: &Map<String, Value>) {
    for (key, value) in from {
        match (into.get_mut(key), value) {
            (Some(Value::Object(there)), Value::Object(value)) => merge(there, value),
            _ => drop(into.insert(key.clone(), value.clone())),
        }
    }
}
