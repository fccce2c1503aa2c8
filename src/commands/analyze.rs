//! `wfgen analyze`: what checkouts are, with evidence.

use std::path::{Path, PathBuf};

use crate::characteristics::{self, Characteristics, Fact};
use crate::checkout::{self, Checkout};
use crate::config::Config;
use crate::error::{Error, Result, did_you_mean};
use crate::library::Source;
use crate::library::pack::Packs;
use crate::report::Outcome;
use crate::report::analyze::{Analysis, Explanation, Explanations, Report};

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The checkouts.
    pub paths: Vec<PathBuf>,
    /// A fact to explain.
    pub explain: Option<String>,
    /// Only files that git tracks.
    pub tracked: bool,
}

/// Looks at each checkout. With several, one that can't be looked at is reported among the others.
///
/// # Errors
/// When the only checkout can't be looked at, a pack is wrong, or nothing knows the fact to explain.
pub fn run(request: &Request) -> Result<Outcome> {
    let options = checkout::Options { tracked: request.tracked, ..checkout::Options::default() };
    if let ([path], Some(fact)) = (request.paths.as_slice(), &request.explain) {
        return explain(path, fact, &options);
    }
    if request.explain.is_some() {
        return Err(Error::usage("`--explain` looks at one checkout").hint("name one path"));
    }
    let mut analyses = Vec::new();
    let mut code = 0;
    let mut warnings = Vec::new();
    for (at, path) in request.paths.iter().enumerate() {
        let result = look(path, &options, at + 1 == request.paths.len());
        match &result {
            Err(error) if request.paths.len() == 1 => return Err(error.clone()),
            Err(error) => code = code.max(error.kind.exit_code()),
            Ok(found) => {
                warnings.extend(found.warnings.iter().cloned());
                if found.projects.is_empty() && request.paths.len() == 1 {
                    code = code.max(crate::error::Kind::Nothing.exit_code());
                }
            }
        }
        analyses.push(Analysis { path: path.to_string_lossy().into_owned(), result });
    }
    Ok(Outcome { code, warnings, ..Outcome::done(Report { analyses }) })
}

fn look(path: &Path, options: &checkout::Options, is_last: bool) -> Result<Characteristics> {
    let config = Config::load(path)?;
    let (checkout, packs) = rayon::join(|| Checkout::open(path, options), || packs_for(path, &config));
    let checkout = checkout?;
    let found = characteristics::analyze(&checkout, &packs?, &config.projects);
    // To give back what a large tree took is work too: after the last one the process ends, and otherwise nobody waits.
    match is_last {
        true => std::mem::forget(checkout),
        false => rayon::spawn(move || drop(checkout)),
    }
    found
}

/// The bundled packs, with the overlays that the checkout configures.
fn packs_for(path: &Path, config: &Config) -> Result<Packs> {
    let mut sources = vec![Source::bundled()];
    for overlay in config.overlay_paths(path) {
        sources.push(Source::directory(&overlay)?);
    }
    Packs::load(&sources)
}

fn explain(path: &Path, name: &str, options: &checkout::Options) -> Result<Outcome> {
    let checkout = Checkout::open(path, options)?;
    let config = Config::load(path)?;
    let packs = packs_for(path, &config)?;
    let found = characteristics::analyze(&checkout, &packs, &config.projects)?;
    let about = about(name, &packs);
    let mut explanations = Vec::new();
    let explanation = |subject: &str, fact: &Fact| {
        let line_of = |evidence: &characteristics::Evidence| {
            let text = checkout.read(&evidence.file).ok()?;
            let line = text.lines().nth(evidence.line?.checked_sub(1)? as usize)?;
            Some(line.trim_end().to_owned())
        };
        Explanation {
            subject: subject.to_owned(),
            fact: fact.clone(),
            lines: fact.evidence.iter().map(line_of).collect(),
            refused_lines: fact.refused.iter().map(|refusal| line_of(&refusal.evidence)).collect(),
        }
    };
    explanations.extend(found.facts.get(name).map(|fact| explanation("repository", fact)));
    for project in &found.projects {
        explanations.extend(project.facts.get(name).map(|fact| explanation(&project.id, fact)));
    }
    if explanations.is_empty() {
        return Err(unknown(name, &found, &packs));
    }
    Ok(Outcome::done(Explanations { name: name.to_owned(), about, explanations }))
}

fn about(name: &str, packs: &Packs) -> Option<String> {
    packs.about(name).or_else(|| characteristics::about(name).map(str::to_owned))
}

/// Nothing here has the fact: a typing error, or a fact that this checkout doesn't have.
fn unknown(name: &str, found: &Characteristics, packs: &Packs) -> Error {
    if about(name, packs).is_some() {
        return Error::nothing(format!("nothing in this checkout says anything about `{name}`"));
    }
    let here = found.facts.iter().chain(found.projects.iter().flat_map(|project| project.facts.iter()));
    let known: std::collections::BTreeSet<&str> = here.map(|(name, _)| name).collect();
    let error = Error::usage(format!("no fact is called `{name}`"));
    match did_you_mean(name, known.iter().copied()) {
        Some(meant) => error.hint(format!("did you mean `{meant}`?")),
        None => error.hint("`wfgen analyze --format json` lists all facts"),
    }
}
