//! The way from a checkout to the text of its workflows, shared by the commands that need it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::characteristics::{self, Characteristics, memory};
use crate::checkout::{self, Checkout};
use crate::config::{self, Config};
use crate::error::{Diagnostic, Error, Kind, Location, Result};
use crate::experiment::definition::{self, Definition};
use crate::library::actions::Actions;
use crate::library::pack::Packs;
use crate::library::{self, Library};
use crate::plan::{self, Content, Plan, PlannedFile, Request};
use crate::rules::{self, RuleSet};
use crate::validate::{self, Finding, Severity};
use crate::workflow::emit;
use crate::workflow::memory::Memory;
use crate::write::{self, Generated};

use super::{causes, variants};

fn not_committed() -> Diagnostic {
    let message = "git ignores the lock file, so it is in no commit, and elsewhere nobody can tell your edits from what is new";
    Diagnostic::new(message)
        .at(Location::file(write::LOCK_PATH))
        .hint(format!("write `!{}` into `.gitignore`, or add it with `git add --force`", write::LOCK_PATH))
}

/// Everything that is known before something is written.
pub struct Prepared {
    /// What was found out.
    pub characteristics: Characteristics,
    /// What will be generated.
    pub plan: Plan,
    /// What workflows of the user's say, for the lock file to remember.
    pub remembered: Memory,
    /// The jobs that each experiment changes, by the experiment's id.
    pub experiments: BTreeMap<String, Vec<String>>,
    /// What could not be read.
    pub warnings: Vec<Diagnostic>,
}

/// Looks at a checkout and plans its workflows.
///
/// # Errors
/// When the checkout, the configuration, an overlay or a rule is wrong, or there is nothing to generate for.
pub fn prepare(root: &Path, config: &Config, tracked: bool) -> Result<Prepared> {
    prepare_with(root, config, &Definition::all(root)?, tracked)
}

/// As [`prepare`], with other experiments than the checkout has.
///
/// # Errors
/// As [`prepare`].
pub fn prepare_with(
    root: &Path,
    config: &Config,
    experiments: &BTreeMap<String, Definition>,
    tracked: bool,
) -> Result<Prepared> {
    let library = Library::load(&config.overlay_paths(root))?;
    let packs = Packs::load(library.sources())?;
    let analyze = || {
        let checkout = Checkout::open(root, &checkout::Options { tracked, deep: false })?;
        let wanted = |fact: &str| library.mentions(fact);
        let mut found = characteristics::analyze_for(&wanted, &checkout, &packs, &config.projects);
        if let Ok(found) = &mut found
            && checkout.is_ignored(write::LOCK_PATH)
        {
            found.warnings.push(not_committed());
        }
        // To give back what a large tree took is work too, and nobody waits for it.
        rayon::spawn(move || drop(checkout));
        found
    };
    // What rules and actions say does not depend on the checkout.
    let load = || (RuleSet::load(library.sources()), Actions::bundled());
    let (characteristics, (rules, actions)) = rayon::join(analyze, load);
    let (characteristics, rules) = (characteristics?, rules?);
    let decisions = rules::decide(&rules, &characteristics)?;
    let compose = |config: &Config, more: &[Request]| {
        let mut requests = plan::requests(&decisions, config, &characteristics, &library)?;
        requests.extend_from_slice(more);
        let inputs = plan::Inputs { characteristics: &characteristics, library: &library, actions, config };
        plan::compose(&inputs, &requests)
    };
    let (mut plan, experiments) = variants::weave(config, experiments, &compose)?;
    plan.notes.extend(decisions.advice.iter().map(|advice| match &advice.hint {
        Some(hint) => format!("{}; {hint}", advice.message),
        None => advice.message.clone(),
    }));
    if plan.files.is_empty() {
        let mut error = Error::nothing("nothing was recognised that a workflow could be generated for")
            .hint("`wfgen analyze` shows what was found");
        // What could not be read may be why.
        error.diagnostics.extend(characteristics.warnings);
        return Err(error);
    }
    let warnings = characteristics.warnings.clone();
    let remembered = memory::of(&characteristics.projects, &packs)?;
    Ok(Prepared { remembered, characteristics, plan, experiments, warnings })
}

/// The text of every planned file, which passes our own validation.
///
/// # Errors
/// When a text does not: a bug of a component.
pub fn texts(plan: &Plan) -> Result<Vec<Generated>> {
    let header = write::header(library::VERSION);
    let text = |file: &PlannedFile| {
        let text = match &file.content {
            Content::Workflow(workflow) => emit::workflow(workflow, &header),
            Content::Data(value) => emit::data(value, &header),
        };
        let findings = validate::validate(&file.path, &text, Actions::bundled());
        if !findings.is_empty() {
            let diagnostics = findings.iter().map(|finding| {
                let made_from = file.components.keys().cloned().collect::<Vec<_>>().join(", ");
                finding.diagnostic().hint(format!("this would have been generated from {made_from}"))
            });
            return Err(Error { kind: Kind::Bug, diagnostics: diagnostics.collect() });
        }
        let components =
            file.components.iter().map(|(id, version)| (id.clone(), version.to_string())).collect();
        let grounds = file.jobs.iter().flat_map(|job| &job.grounds).chain(&file.grounds);
        let lines = grounds.flat_map(|ground| &ground.lines).filter(|(path, _)| *path == file.path);
        let said_at = lines.map(|(_, line)| *line).collect();
        Ok(Generated { path: file.path.clone(), text, components, facts: causes::grounds(file), said_at })
    };
    plan.files.iter().map(text).collect()
}

/// Refuses a text on disk that has faults which the file did not have before: those of the user's own jobs are
/// theirs.
pub fn no_new_faults(before: &BTreeMap<String, String>, path: &str, text: &str) -> Result<()> {
    // What is changed along with workflows is none.
    if path == write::LOCK_PATH || path.starts_with(definition::FOLDER) || config::PLACES.contains(&path) {
        return Ok(());
    }
    let findings = |text: &str| validate::validate(path, text, Actions::bundled());
    let known = before.get(path).map(|text| findings(text)).unwrap_or_default();
    let is_known = |f: &Finding| known.iter().any(|k| k.check == f.check && k.message == f.message);
    let new: Vec<Diagnostic> = findings(text)
        .iter()
        .filter(|f| f.severity != Severity::Warning && !is_known(f))
        .map(|f| f.diagnostic().hint("nothing was written"))
        .collect();
    match new.is_empty() {
        true => Ok(()),
        false => Err(Error { kind: Kind::Invalid, diagnostics: new }),
    }
}
