//! What `uses:` says: the form of the reference, its pin and version comment, and the inputs of known actions.

use super::report::Report;
use super::view::{Repository, Step, Uses, Workflow, has_placeholder};
use crate::data::Node;
use crate::error::did_you_mean;
use crate::library::actions::{Action, Actions};

/// Checks every `uses:` of a workflow.
pub(super) fn check(workflow: &Workflow<'_>, actions: &Actions, report: &mut Report<'_>) {
    let mut pins = Pins::default();
    for job in &workflow.jobs {
        report.set_scope(Some(job.lines));
        if let Some((at, Uses::Repository(repository))) = job.call() {
            pins.check(at, repository, None, report);
        }
        for step in &job.steps {
            report.set_scope(Some(step.lines));
            check_step(step, actions, &mut pins, report);
        }
    }
    report.set_scope(None);
}

/// Checks every `uses:` of a composite action.
pub(super) fn check_composite(steps: &[Step<'_>], actions: &Actions, report: &mut Report<'_>) {
    let mut pins = Pins::default();
    for step in steps {
        report.set_scope(Some(step.lines));
        check_step(step, actions, &mut pins, report);
    }
    report.set_scope(None);
}

fn check_step<'w>(step: &Step<'w>, actions: &Actions, pins: &mut Pins<'w>, report: &mut Report<'_>) {
    let Some((at, uses)) = step.uses else { return };
    match uses {
        Uses::Repository(repository) => {
            let action = actions.get(repository.action);
            pins.check(at, repository, action, report);
            match action {
                Some(action) => inputs(step, at, repository, action, report),
                None => misspelt(at, repository, actions, report),
            }
        }
        Uses::Local(path) if path.starts_with('$') => {
            let message = format!("`{path}` is not understood by every tool yet");
            report
                .warning("action", at, message)
                .help("`$/` came in July 2026; actionlint 1.7.12 refuses it");
        }
        Uses::Local(_) => {}
        Uses::Docker(image) => {
            if image.is_empty() || image.rsplit_once(':').is_some_and(|(_, tag)| tag.is_empty()) {
                report.error("action", at, format!("`docker://{image}` names no image"));
            }
        }
        Uses::Unknown(text) => {
            let message = format!("`{text}` refers to no action");
            report
                .error("action", at, message)
                .help("`owner/repository@<commit>` or `owner/repository/path@<commit>`");
        }
    }
}

/// An unknown action whose name differs from a known one of the same owner by a letter or two.
fn misspelt(at: &Node, repository: Repository<'_>, actions: &Actions, report: &mut Report<'_>) {
    let owner = |name: &str| name.split('/').next().unwrap_or_default().to_ascii_lowercase();
    let well_kept = ["actions", "github", "docker"].contains(&owner(repository.action).as_str());
    let Some(meant) = actions.nearest(repository.action).filter(|_| well_kept) else {
        return;
    };
    if owner(meant) == owner(repository.action) && repository.path.is_none() {
        let message = format!("`{}` is no action that is known", repository.action);
        report.warning("action", at, message).help(format!("did you mean `{meant}`?"));
    }
}

/// The references seen so far.
#[derive(Default)]
struct Pins<'w> {
    seen: Vec<(&'w str, &'w str)>,
}

impl<'w> Pins<'w> {
    fn check(&mut self, at: &Node, uses: Repository<'w>, action: Option<&Action>, report: &mut Report<'_>) {
        if !uses.is_pinned() {
            // `unpinned-uses` says so.
            return;
        }
        let comment = report.comment_after(at).and_then(|comment| comment.split_whitespace().next());
        let version =
            comment.map(|word| word.rsplit(['=', ':']).next().unwrap_or(word)).filter(|v| !v.is_empty());
        match (version, action) {
            (None, action) => {
                let version =
                    action.filter(|a| a.sha == uses.reference).map_or("v1.2.3", |a| a.version.as_str());
                let finding = report.warning(
                    "version-comment",
                    at,
                    format!("`{}` does not say its version", uses.action),
                );
                finding.help(format!("add the comment `# {version}`: people and update bots read it"));
            }
            (Some(version), Some(action)) => contradiction(at, uses, version, action, report),
            _ => {}
        }
        match self.seen.iter().find(|(slug, _)| slug.eq_ignore_ascii_case(uses.slug)) {
            Some((_, other)) if *other != uses.reference => {
                let message = format!("`{}` is used at two different commits", uses.slug);
                report.warning("inconsistent-pins", at, message).help(format!("the other one is {other}"));
            }
            Some(_) => {}
            None => self.seen.push((uses.slug, uses.reference)),
        }
    }
}

/// A commit and a version that do not belong together, as far as the action table knows them.
fn contradiction(at: &Node, uses: Repository<'_>, version: &str, action: &Action, report: &mut Report<'_>) {
    let same_commit = uses.reference.eq_ignore_ascii_case(&action.sha);
    if same_commit && !is_prefix(version, &action.version) {
        let message = format!("this commit of `{}` is {}, not {version}", action.name, action.version);
        report.error("version-comment", at, message).help(format!("write `# {}`", action.version));
    } else if !same_commit && version == action.version && is_full(version) {
        let message = format!("this commit of `{}` is not {version}", action.name);
        report.error("version-comment", at, message).help(format!("{version} is {}", action.sha));
    }
}

/// `v4` for `v4.2.2`; the `v` may be missing.
fn is_prefix(short: &str, version: &str) -> bool {
    let bare = |text: &str| text.strip_prefix('v').unwrap_or(text).to_owned();
    let (short, version) = (bare(short), bare(version));
    version.strip_prefix(&short).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A version with all three parts never moves; `v4` does.
fn is_full(version: &str) -> bool {
    version.matches('.').count() >= 2
}

fn inputs(step: &Step<'_>, at: &Node, uses: Repository<'_>, action: &Action, report: &mut Report<'_>) {
    if step.inputs_are_hidden() {
        return;
    }
    if matches!(action.using.as_str(), "node12" | "node16") && uses.reference == action.sha {
        let message = format!("`{}` runs on {}, which runners no longer have", action.name, action.using);
        report.error("action", at, message);
    }
    let given = step.body.get("with").map_or(&[][..], Node::entries);
    // The list of inputs is that of one commit; at another one only a near miss is surely wrong.
    let surely = uses.reference == action.sha && !action.approximate;
    for (key, value) in given {
        let name = key.key_text();
        match action.input(&name) {
            None => {
                let meant = did_you_mean(&name, action.inputs.keys().map(String::as_str));
                if surely || meant.is_some() {
                    let message = format!("`{}` has no input `{name}`", action.name);
                    let finding = report.error("action-input", key, message);
                    match meant {
                        Some(meant) => finding.help(format!("did you mean `{meant}`?")),
                        None => finding.help(list(action)),
                    }
                }
            }
            Some(input) => {
                if input.deprecated {
                    let message = format!("`{}` no longer wants the input `{name}`", action.name);
                    report.warning("action-input", key, message);
                }
                near_value(&name, value, &input.values, report);
            }
        }
    }
    let missing = |name: &str| !given.iter().any(|(key, _)| key.key_text().eq_ignore_ascii_case(name));
    for (name, _) in action.inputs.iter().filter(|(name, input)| input.required && missing(name)) {
        report.error("action-input", at, format!("`{}` needs the input `{name}`", action.name));
    }
}

/// The documented values may not be all there are, so only a near miss is reported.
fn near_value(name: &str, value: &Node, known: &[String], report: &mut Report<'_>) {
    let Some(text) = value.as_str().filter(|text| !has_placeholder(text)) else {
        return;
    };
    if known.iter().any(|known| known.eq_ignore_ascii_case(text)) {
        return;
    }
    if let Some(meant) = did_you_mean(text, known.iter().map(String::as_str)) {
        let message = format!("`{text}` is no documented value of `{name}`");
        report.warning("action-input", value, message).help(format!("did you mean `{meant}`?"));
    }
}

fn list(action: &Action) -> String {
    match action.inputs.len() {
        0 => "it has no inputs".to_owned(),
        _ => format!(
            "its inputs are {}",
            action.inputs.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
        ),
    }
}
