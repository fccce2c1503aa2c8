//! The inputs of `workflow_dispatch` and `workflow_call`.

use crate::data::{Data, Node};
use crate::validate::report::Report;
use crate::validate::view::{Trigger, has_placeholder, scalar_text};

/// GitHub's limit for `workflow_dispatch`.
const MOST_INPUTS: usize = 25;

/// Checks the inputs of `workflow_dispatch`.
pub(super) fn dispatch(trigger: &Trigger<'_>, report: &mut Report<'_>) {
    let Some(inputs) = trigger.body.and_then(|body| body.get("inputs")).map(Node::entries) else {
        return;
    };
    if inputs.len() > MOST_INPUTS {
        let message = format!("`workflow_dispatch` has {} inputs, GitHub allows {MOST_INPUTS}", inputs.len());
        report.error("events", trigger.at, message);
    }
    for (key, input) in inputs {
        let name = key.key_text();
        match input.get("type").and_then(Node::as_str) {
            Some("choice") => choice(&name, key, input, report),
            kind => {
                if input.get("options").is_some() {
                    let message = format!("the input `{name}` has options, but is not of type `choice`");
                    report.error("events", key, message);
                }
                default_of(&name, kind, input, report);
            }
        }
    }
}

fn choice(name: &str, key: &Node, input: &Node, report: &mut Report<'_>) {
    let options = input.get("options").map_or(&[][..], Node::items);
    if options.is_empty() {
        report.error("events", key, format!("the input `{name}` is a choice without options"));
        return;
    }
    for (n, option) in options.iter().enumerate() {
        if options[..n].iter().any(|other| other.data == option.data) {
            report.error("events", option, format!("the option `{}` is there twice", option.key_text()));
        }
    }
    if let Some(default) = input.get("default")
        && !options.iter().any(|option| scalar_text(option) == scalar_text(default))
    {
        let message = format!("the default `{}` of `{name}` is none of its options", default.key_text());
        report.error("events", default, message);
    }
}

/// A default must be of its input's type, and of that YAML type.
fn default_of(name: &str, kind: Option<&str>, input: &Node, report: &mut Report<'_>) {
    let Some(default) = input.get("default") else {
        return;
    };
    let (fits, expected) = match kind {
        Some("boolean") => (matches!(default.data, Data::Bool(_)), "`true` or `false`"),
        Some("number") => (matches!(default.data, Data::Number(_)), "a number"),
        Some("string" | "environment") => (default.as_str().is_some(), "text"),
        _ => return,
    };
    if !fits {
        report.error("events", default, format!("the default of `{name}` must be {expected}"));
    }
}

/// Checks the inputs of `workflow_call`.
pub(super) fn call(trigger: &Trigger<'_>, report: &mut Report<'_>) {
    let Some(inputs) = trigger.body.and_then(|body| body.get("inputs")) else {
        return;
    };
    for (key, input) in inputs.entries() {
        let Some(default) = input.get("default") else {
            continue;
        };
        let name = key.key_text();
        if input.get("required").is_some_and(|required| required.data == Data::Bool(true)) {
            let message = format!("the input `{name}` is required, so its default is never used");
            report.error("events", default, message).help("remove `required: true` or `default`");
        }
        let Some(text) = scalar_text(default).filter(|text| !has_placeholder(text)) else {
            continue;
        };
        let fits = match input.get("type").and_then(Node::as_str) {
            Some("number") => text.parse::<f64>().is_ok(),
            Some("boolean") => text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"),
            _ => true,
        };
        if !fits {
            let kind = input.get("type").map(Node::key_text).unwrap_or_default();
            report.error("events", default, format!("`{text}` is no {kind}, which `{name}` is"));
        }
    }
}
