//! What starts a workflow: events, their filters and their inputs.

mod cron;
mod glob;
mod inputs;

use super::report::Report;
use super::view::{Trigger, Workflow};
use crate::data::Node;
use crate::error::did_you_mean;

const LIFECYCLE: &[&str] = &["created", "edited", "deleted"];
const PULL_REQUEST: &[&str] = &[
    "assigned",
    "unassigned",
    "labeled",
    "unlabeled",
    "opened",
    "edited",
    "closed",
    "reopened",
    "synchronize",
    "converted_to_draft",
    "locked",
    "unlocked",
    "enqueued",
    "dequeued",
    "milestoned",
    "demilestoned",
    "ready_for_review",
    "review_requested",
    "review_request_removed",
    "auto_merge_enabled",
    "auto_merge_disabled",
];
const PULL_REQUEST_TARGET: &[&str] = &[
    "assigned",
    "unassigned",
    "labeled",
    "unlabeled",
    "opened",
    "edited",
    "closed",
    "reopened",
    "synchronize",
    "converted_to_draft",
    "locked",
    "unlocked",
    "ready_for_review",
    "review_requested",
    "review_request_removed",
    "auto_merge_enabled",
    "auto_merge_disabled",
];

/// Events and the activity types they can be narrowed to; `None`: any type is possible.
///
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows>
const EVENTS: &[(&str, Option<&[&str]>)] = &[
    ("branch_protection_rule", Some(LIFECYCLE)),
    ("check_run", Some(&["created", "rerequested", "completed", "requested_action"])),
    ("check_suite", Some(&["completed"])),
    ("create", Some(&[])),
    ("delete", Some(&[])),
    ("deployment", Some(&[])),
    ("deployment_status", Some(&[])),
    (
        "discussion",
        Some(&[
            "created",
            "edited",
            "deleted",
            "transferred",
            "pinned",
            "unpinned",
            "labeled",
            "unlabeled",
            "locked",
            "unlocked",
            "category_changed",
            "answered",
            "unanswered",
        ]),
    ),
    ("discussion_comment", Some(LIFECYCLE)),
    ("fork", Some(&[])),
    ("gollum", Some(&[])),
    ("issue_comment", Some(LIFECYCLE)),
    (
        "issues",
        Some(&[
            "opened",
            "edited",
            "deleted",
            "transferred",
            "pinned",
            "unpinned",
            "closed",
            "reopened",
            "assigned",
            "unassigned",
            "labeled",
            "unlabeled",
            "locked",
            "unlocked",
            "milestoned",
            "demilestoned",
        ]),
    ),
    ("label", Some(LIFECYCLE)),
    ("merge_group", Some(&["checks_requested"])),
    ("milestone", Some(&["created", "closed", "opened", "edited", "deleted"])),
    ("page_build", Some(&[])),
    ("public", Some(&[])),
    ("pull_request", Some(PULL_REQUEST)),
    ("pull_request_review", Some(&["submitted", "edited", "dismissed"])),
    ("pull_request_review_comment", Some(LIFECYCLE)),
    ("pull_request_target", Some(PULL_REQUEST_TARGET)),
    ("push", Some(&[])),
    ("registry_package", Some(&["published", "updated"])),
    (
        "release",
        Some(&["published", "unpublished", "created", "edited", "deleted", "prereleased", "released"]),
    ),
    ("repository_dispatch", None),
    ("schedule", Some(&[])),
    ("status", Some(&[])),
    ("watch", Some(&["started"])),
    ("workflow_call", Some(&[])),
    ("workflow_dispatch", Some(&[])),
    ("workflow_run", Some(&["completed", "requested", "in_progress"])),
];

/// Filters, their opposites, and the events that have them.
const FILTERS: &[(&str, &str, &[&str])] = &[
    ("paths", "paths-ignore", &["push", "pull_request", "pull_request_target"]),
    (
        "branches",
        "branches-ignore",
        &["merge_group", "push", "pull_request", "pull_request_target", "workflow_run"],
    ),
    ("tags", "tags-ignore", &["push"]),
];

/// Names of the IANA time zone database (public domain), one per line, sorted.
const TIMEZONES: &str = include_str!("timezones.txt");

/// True for a name of the IANA time zone database.
pub(super) fn is_timezone(name: &str) -> bool {
    !name.is_empty() && TIMEZONES.lines().any(|known| known == name)
}

/// Checks what starts a workflow.
pub(super) fn check(workflow: &Workflow<'_>, report: &mut Report<'_>) {
    for trigger in &workflow.triggers {
        let Some((_, types)) = EVENTS.iter().find(|(name, _)| *name == trigger.name) else {
            let meant = did_you_mean(trigger.name, EVENTS.iter().map(|(name, _)| *name));
            let finding = report.error("events", trigger.at, format!("there is no event `{}`", trigger.name));
            if let Some(meant) = meant {
                finding.help(format!("did you mean `{meant}`?"));
            }
            continue;
        };
        match trigger.name {
            "schedule" => schedule(trigger, report),
            "workflow_dispatch" => inputs::dispatch(trigger, report),
            "workflow_call" => inputs::call(trigger, report),
            _ => webhook(trigger, *types, report),
        }
    }
}

fn schedule(trigger: &Trigger<'_>, report: &mut Report<'_>) {
    let Some(body) = trigger.body else {
        report.error("events", trigger.at, "`schedule` needs a list of `cron` entries");
        return;
    };
    for entry in body.items() {
        if let Some(at) = entry.get("cron")
            && let Some(text) = at.as_str()
            && let Err(problem) = cron::check(text)
        {
            let help = "five fields: minute, hour, day of the month, month, day of the week; at least 5 minutes apart";
            report.error("cron", at, format!("`{text}` is no schedule: {problem}")).help(help);
        }
        if let Some(at) = entry.get("timezone")
            && let Some(name) = at.as_str()
            && (!is_timezone(name) || name.eq_ignore_ascii_case("utc"))
        {
            report
                .error("cron", at, format!("`{name}` is no time zone"))
                .help("an IANA name such as `Europe/Berlin`; without `timezone` it is UTC");
        }
    }
}

fn webhook(trigger: &Trigger<'_>, types: Option<&[&str]>, report: &mut Report<'_>) {
    let event = trigger.name;
    if event == "workflow_run" && trigger.body.and_then(|body| body.get("workflows")).is_none() {
        report.error("events", trigger.at, "`workflow_run` needs `workflows`");
    }
    let Some(body) = trigger.body else { return };
    if let Some((key, value)) = body.entry("types") {
        activity_types(event, types, key, value, report);
    }
    if let Some((key, _)) = body.entry("workflows").filter(|_| event != "workflow_run") {
        report.error("events", key, format!("`{event}` has no filter `workflows`"));
    }
    for (filter, opposite, events) in FILTERS {
        let present = [body.entry(filter), body.entry(opposite)];
        if let [Some(_), Some((key, _))] = present {
            let message = format!("`{filter}` and `{opposite}` can't be used together");
            report.error("events", key, message).help("put `!` before the patterns to leave out");
        }
        for (key, value) in present.into_iter().flatten() {
            if !events.contains(&event) {
                let message = format!("`{event}` has no filter `{}`", key.key_text());
                report.error("events", key, message).help(format!("it is for {}", events.join(", ")));
            }
            patterns(*filter != "paths", value, report);
        }
    }
}

fn activity_types(event: &str, known: Option<&[&str]>, key: &Node, value: &Node, report: &mut Report<'_>) {
    let Some(known) = known else { return };
    if known.is_empty() {
        report.error("events", key, format!("`{event}` has no activity types"));
        return;
    }
    let single = std::slice::from_ref(value);
    for node in if value.as_str().is_some() { single } else { value.items() } {
        let Some(name) = node.as_str().filter(|name| !known.contains(name)) else {
            continue;
        };
        let meant = did_you_mean(name, known.iter().copied());
        let finding = report.error("events", node, format!("`{event}` has no activity type `{name}`"));
        match meant {
            Some(meant) => finding.help(format!("did you mean `{meant}`?")),
            None => finding.help(format!("there are {}", known.join(", "))),
        }
    }
}

fn patterns(refs: bool, value: &Node, report: &mut Report<'_>) {
    let single = std::slice::from_ref(value);
    for node in if value.as_str().is_some() { single } else { value.items() } {
        let Some(pattern) = node.as_str().filter(|pattern| !pattern.is_empty()) else {
            continue;
        };
        if let Err(problem) = glob::check(pattern, refs) {
            let help = "https://docs.github.com/actions/writing-workflows/workflow-syntax-for-github-actions#filter-pattern-cheat-sheet";
            report.error("glob", node, format!("the pattern `{pattern}` is wrong: {problem}")).help(help);
        }
    }
}
