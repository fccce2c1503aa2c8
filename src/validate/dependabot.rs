//! A `dependabot.yml`.

use super::report::Report;
use super::structure;
use crate::data::{Data, Node};

/// Days that a new version should have been public for: most malicious releases are gone by then.
const COOLDOWN: i64 = 7;
/// What Dependabot waits without a configuration.
const DEFAULT_COOLDOWN: i64 = 3;

/// Checks a Dependabot configuration.
pub(super) fn check(root: &Node, report: &mut Report<'_>) {
    structure::dependabot(root, report);
    report.anchors();
    let updates = root.get("updates").map_or(&[][..], Node::items);
    for (n, update) in updates.iter().enumerate() {
        let last = updates.get(n + 1).map_or(report.last_line(), |next| next.line.saturating_sub(1));
        report.set_scope(Some((update.line, last)));
        cooldown(update, report);
        if let Some(at) =
            update.get("insecure-external-code-execution").filter(|at| at.as_str() == Some("allow"))
        {
            report.error("dependabot-execution", at, "updates may run code of the packages they update");
        }
    }
    report.set_scope(None);
}

fn cooldown(update: &Node, report: &mut Report<'_>) {
    let configured = update.at(&["cooldown", "default-days"]);
    let days = match configured.map(|days| &days.data) {
        Some(Data::Number(days)) => days.as_i64().unwrap_or_default(),
        Some(_) => return,
        None => DEFAULT_COOLDOWN,
    };
    if days < COOLDOWN {
        let at = configured.or_else(|| update.get("cooldown")).unwrap_or(update);
        report.warning("dependabot-cooldown", at, format!("updates come after {days} days")).help(format!(
            "set `cooldown: {{ default-days: {COOLDOWN} }}`: malicious releases are mostly found by then"
        ));
    }
}
