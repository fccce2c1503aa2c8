//! `predict recommend` and `accuracy`: what to change, and how close predictions came.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::{feed, workflows};
use crate::advice::accuracy::{Bands, Options, Stored, accuracy};
use crate::advice::recommend::{self, Advice, Advisor, Proposal};
use crate::checkout;
use crate::clock;
use crate::commands::track::rows;
use crate::commands::{place, settings};
use crate::error::{Diagnostic, Error, Result, did_you_mean};
use crate::history::{self, Filter};
use crate::insight::prices::Prices;
use crate::report::Outcome;

/// What to recommend.
#[derive(Debug, Clone, Default)]
pub struct Recommend {
    /// The repository.
    pub repository: Option<String>,
    /// Prices per minute by runner label.
    pub prices: Vec<String>,
    /// The proposal to write into the configuration.
    pub apply: Option<String>,
}

/// What the history says about the checkout's workflows.
struct Advised {
    advice: Advice,
    /// The workflows that wfgen does not generate, which settings don't reach.
    foreign: BTreeSet<String>,
    warnings: Vec<Diagnostic>,
}

fn advice(db: Option<&Path>, asked: &Recommend) -> Result<Advised> {
    let history = place::read(db)?;
    let repository = feed::repository(&history, asked.repository.as_deref(), db)?;
    let root = place::root()?;
    let branch = checkout::git_facts(&root).default_branch.value;
    let (checkout, warnings) = workflows::read(&root, Some(branch));
    if checkout.workflows.is_empty() {
        return Err(Error::nothing("there are no workflows here to advise on")
            .hint("run it in a checkout of the repository whose history it is"));
    }
    let options = recommend::Options {
        prices: Prices::with(&asked.prices)?,
        ..recommend::Options::new(repository.clone(), clock::now())
    };
    let simulated = history.is_simulated()?;
    let filter = Filter { simulated, ..Filter::of_repository(repository) };
    let foreign = checkout.workflows.iter().filter(|workflow| !workflow.generated);
    let foreign: BTreeSet<String> = foreign.map(|workflow| workflow.file_stem.clone()).collect();
    let mut advisor = Advisor::new(options, checkout);
    rows::feed(&history, &filter, &mut advisor)?;
    let mut advice = advisor.finish();
    let by_hand = |proposal: &&mut Proposal| proposal.patch.is_some() && foreign.contains(&proposal.workflow);
    for proposal in advice.proposals.iter_mut().filter(by_hand) {
        let what = format!(
            "wfgen does not generate `{}`: write into its file what the patch says",
            proposal.workflow
        );
        proposal.by_hand = Some(match proposal.by_hand.take() {
            Some(more) => format!("{what}; {more}"),
            None => what,
        });
    }
    Ok(Advised { advice, foreign, warnings })
}

/// The proposal of this id.
///
/// # Errors
/// When there is none, with those that there are.
pub(in crate::commands) fn proposal(db: Option<&Path>, id: &str) -> Result<Proposal> {
    find(advice(db, &Recommend::default())?.advice, id)
}

fn find(advice: Advice, id: &str) -> Result<Proposal> {
    let known: Vec<String> = advice.proposals.iter().map(|proposal| proposal.id.clone()).collect();
    advice.proposals.into_iter().find(|proposal| proposal.id == id).ok_or_else(|| {
        let error = Error::usage(format!("there is no proposal `{}`", id.escape_debug()));
        match did_you_mean(id, known.iter().map(String::as_str)) {
            Some(meant) => error.hint(format!("did you mean `{meant}`?")),
            None if known.is_empty() => error.hint("nothing is proposed by now"),
            None => error.hint(format!("there are {}", known.join(", "))),
        }
    })
}

/// Recommends changes of the checkout's workflows.
pub(super) fn recommend(db: Option<&Path>, asked: &Recommend) -> Result<Outcome> {
    let Advised { advice, foreign, warnings } = advice(db, asked)?;
    if let Some(id) = &asked.apply {
        let root = place::root()?;
        let proposal = find(advice, id)?;
        let patch = proposal.patch.as_ref().filter(|_| !foreign.contains(&proposal.workflow));
        let patch = patch.and_then(Value::as_object).ok_or_else(|| {
            let by_hand = proposal.by_hand.clone().unwrap_or_default();
            Error::usage(format!("`{id}` is for a person to do: {by_hand}"))
        })?;
        return settings::apply(&root, patch);
    }
    let code = if advice.proposals.is_empty() && advice.runs == 0 { 3 } else { 0 };
    Ok(Outcome { code, warnings, ..Outcome::done(advice) })
}

/// How close the stored predictions came.
pub(super) fn accuracy_of(
    db: Option<&Path>,
    repository: Option<&str>,
    target: f64,
    critical: f64,
    csv: bool,
) -> Result<Outcome> {
    let options = Options { bands: Bands::new(target, critical)?, ..Options::default() };
    let history = place::read(db)?;
    let stored: Vec<Stored> = place::settled(&history, repository)?.into_iter().map(of).collect();
    if stored.is_empty() {
        return Err(Error::nothing("no prediction was stored yet")
            .hint("`wfgen predict duration` stores what it says, to be compared when the run arrives"));
    }
    let accuracy = accuracy(&stored, &options);
    let code = match (accuracy.is_critical(), accuracy.overall.n) {
        (_, 0) => 3,
        (true, _) => 1,
        _ => 0,
    };
    if csv {
        let text = accuracy.csv()?;
        return Ok(Outcome {
            code,
            ..Outcome::done(crate::report::predict::Text { text, schema: "wfgen.predict-accuracy/1" })
        });
    }
    Ok(Outcome { code, ..Outcome::done(accuracy) })
}

fn of(stored: history::Stored) -> Stored {
    let p = stored.prediction;
    Stored {
        workflow: p.workflow,
        made_at: p.made_at,
        value_s: p.value_s,
        interval_50_s: p.interval_50_s,
        interval_90_s: p.interval_90_s,
        success_probability: p.success_probability,
        confidence: p.confidence,
        actual_s: stored.actual_s,
        conclusion: stored.conclusion,
    }
}
