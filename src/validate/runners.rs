//! Runner labels: those that GitHub hosts, and the presets of self-hosted runners.

use super::report::Report;
use super::view::{Job, Workflow, has_placeholder, is_placeholder};
use crate::data::Node;
use crate::error::did_you_mean;

/// Labels and a bit for each machine that can have them; labels without a common machine contradict each other.
/// What actionlint 1.7.12 does not know yet (`ubuntu-26.04`) is left out.
///
/// <https://docs.github.com/actions/reference/github-hosted-runners-reference>
const LABELS: &[(&str, u32)] = &[
    ("ubuntu-latest", 1 << 1),
    ("ubuntu-latest-4-cores", 1 << 1),
    ("ubuntu-latest-8-cores", 1 << 1),
    ("ubuntu-latest-16-cores", 1 << 1),
    ("ubuntu-24.04", 1 << 1),
    ("ubuntu-24.04-arm", 1 << 1),
    ("ubuntu-slim", 1 << 1),
    ("ubuntu-22.04", 1 << 2),
    ("ubuntu-22.04-arm", 1 << 2),
    ("macos-latest", 1 << 3),
    ("macos-15", 1 << 3),
    ("macos-latest-large", 1 << 4),
    ("macos-15-large", 1 << 4),
    ("macos-latest-xlarge", 1 << 5),
    ("macos-15-xlarge", 1 << 5),
    ("macos-15-intel", 1 << 6),
    ("macos-14", 1 << 7),
    ("macos-14-large", 1 << 8),
    ("macos-14-xlarge", 1 << 9),
    ("macos-26", 1 << 10),
    ("macos-26-large", 1 << 11),
    ("macos-26-xlarge", 1 << 12),
    ("macos-26-intel", 1 << 13),
    ("windows-latest", 1 << 14),
    ("windows-latest-8-cores", 1 << 14),
    ("windows-2022", 1 << 14),
    ("windows-2025", 1 << 15),
    ("windows-2025-vs2026", 1 << 16),
    ("windows-11-arm", 1 << 17),
    ("linux", 0b110),
    ("macos", 0x3ff8),
    ("windows", 0x3_c000),
    ("self-hosted", ANY),
    ("x64", ANY),
    ("arm", ANY),
    ("arm64", ANY),
];
const ANY: u32 = u32::MAX;

/// Checks where jobs run.
pub(super) fn check(workflow: &Workflow<'_>, report: &mut Report<'_>) {
    for job in &workflow.jobs {
        let Some(runs_on) = job.body.get("runs-on") else {
            continue;
        };
        report.set_scope(Some(job.lines));
        let labels = labels(runs_on);
        let single = labels.len() == 1;
        let mut machines = ANY;
        for at in labels {
            let Some(label) = at.as_str() else { continue };
            if has_placeholder(label) {
                for value in from_matrix(label, job) {
                    known(value, report);
                }
                continue;
            }
            let Some(machine) = known(at, report) else {
                continue;
            };
            if machines & machine == 0 && !single {
                report
                    .error(
                        "runner-label",
                        at,
                        format!("no runner has the label `{label}` and those before it"),
                    )
                    .help("a job runs on one machine that has all labels; use a matrix for several");
            } else {
                machines &= machine;
            }
        }
        self_hosted(workflow, job, runs_on, report);
    }
    report.set_scope(None);
}

/// The labels of `runs-on`: a text, a list, or `labels` of a mapping.
pub(super) fn labels(runs_on: &Node) -> Vec<&Node> {
    let node = runs_on.get("labels").unwrap_or(runs_on);
    if node.as_str().is_some() { vec![node] } else { node.items().iter().collect() }
}

/// The machines with a label; reports one that nobody knows.
fn known(at: &Node, report: &mut Report<'_>) -> Option<u32> {
    let label = at.as_str()?;
    if let Some((_, machine)) = LABELS.iter().find(|(known, _)| known.eq_ignore_ascii_case(label)) {
        return Some(*machine);
    }
    let meant = did_you_mean(label, LABELS.iter().map(|(known, _)| *known));
    let finding = report.error("runner-label", at, format!("no runner of GitHub has the label `{label}`"));
    match meant {
        Some(meant) => finding.help(format!("did you mean `{meant}`?")),
        None => finding.help("https://docs.github.com/actions/reference/github-hosted-runners-reference"),
    }
    None
}

/// The labels that `${{ matrix.x }}` stands for, as far as they are written out.
fn from_matrix<'w>(label: &str, job: &Job<'w>) -> Vec<&'w Node> {
    let inner = label.trim().strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}")).map(str::trim);
    let Some(axis) = inner.and_then(|inner| inner.strip_prefix("matrix.")).filter(|_| is_placeholder(label))
    else {
        return Vec::new();
    };
    let Some(matrix) = job.matrix() else {
        return Vec::new();
    };
    let own = matrix.get(axis).map_or(&[][..], Node::items).iter();
    let included =
        matrix.get("include").map_or(&[][..], Node::items).iter().filter_map(|item| item.get(axis));
    own.chain(included).filter(|node| node.as_str().is_some_and(|text| !has_placeholder(text))).collect()
}

/// Anybody can run code on a self-hosted runner through a pull request of a fork.
fn self_hosted(workflow: &Workflow<'_>, job: &Job<'_>, runs_on: &Node, report: &mut Report<'_>) {
    let Some(trigger) = workflow.trigger("pull_request") else {
        return;
    };
    if labels(runs_on).iter().any(|label| label.as_str() == Some("self-hosted")) {
        let message = format!("`{}` lets pull requests run code on a self-hosted runner", trigger.name);
        report.warning("self-hosted-runner", runs_on, message).help(format!(
            "what a fork leaves behind there meets the next job; run `{}` on a hosted runner",
            job.id
        ));
    }
}
