//! Whether an action does something, as far as its inputs and its version tell.

use crate::data::Node;
use crate::validate::report::Report;
use crate::validate::view::{Repository, Step, scalar_text};

/// What decides whether an action does something.
pub(super) enum Control {
    /// It always does.
    Always,
    /// An input decides.
    Input(Input),
    /// Versions before this major one do.
    Before(u64),
    All(&'static [Control]),
    Any(&'static [Control]),
    Not(&'static Control),
}

/// An input that switches something on or off.
pub(super) struct Input {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Setting it switches off instead of on.
    pub(super) opt_out: bool,
    /// What happens when it isn't given.
    pub(super) default: bool,
}

/// How the value of an input reads.
pub(super) enum Kind {
    /// Anything but `false`.
    Boolean,
    /// Any text that isn't empty.
    Text,
    /// One of these.
    Words(&'static [&'static str]),
}

/// Whether it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Off,
    /// An expression decides.
    Maybe,
    On,
}

impl Control {
    /// Switched on by an input.
    pub(super) const fn on(name: &'static str, kind: Kind, default: bool) -> Self {
        Control::Input(Input { name, kind, opt_out: false, default })
    }

    /// Switched off by an input that is on otherwise.
    pub(super) const fn off(name: &'static str, kind: Kind) -> Self {
        Control::Input(Input { name, kind, opt_out: true, default: true })
    }

    /// Whether it happens in this step.
    pub(super) fn state(
        &self,
        step: &Step<'_>,
        at: &Node,
        uses: Repository<'_>,
        report: &Report<'_>,
    ) -> State {
        match self {
            Control::Always => State::On,
            _ if step.inputs_are_hidden() => State::Maybe,
            Control::Input(input) => input.state(step),
            Control::Before(major) => match major_version(at, uses, report) {
                None => State::Maybe,
                Some(version) if version < *major => State::On,
                Some(_) => State::Off,
            },
            Control::All(parts) => {
                parts.iter().map(|part| part.state(step, at, uses, report)).min().unwrap_or(State::On)
            }
            Control::Any(parts) => {
                parts.iter().map(|part| part.state(step, at, uses, report)).max().unwrap_or(State::Off)
            }
            Control::Not(part) => part.state(step, at, uses, report).opposite(),
        }
    }
}

impl State {
    fn opposite(self) -> Self {
        match self {
            State::Off => State::On,
            State::Maybe => State::Maybe,
            State::On => State::Off,
        }
    }
}

impl Input {
    fn state(&self, step: &Step<'_>) -> State {
        let Some(value) = step.input(self.name).and_then(scalar_text) else {
            return if self.default { State::On } else { State::Off };
        };
        let dynamic = value.starts_with("${{") && value.ends_with("}}");
        let given = match &self.kind {
            Kind::Text => !value.is_empty(),
            Kind::Boolean if value == "false" => false,
            Kind::Words(words) if words.contains(&value.as_str()) => true,
            _ if dynamic => return State::Maybe,
            Kind::Boolean => true,
            Kind::Words(_) => false,
        };
        if given != self.opt_out { State::On } else { State::Off }
    }
}

/// The major version: of the reference, or of the comment behind a commit.
fn major_version(at: &Node, uses: Repository<'_>, report: &Report<'_>) -> Option<u64> {
    let text = if uses.is_pinned() { report.comment_after(at)? } else { uses.reference };
    let text = text.split_whitespace().next()?.rsplit(['=', ':']).next()?;
    let digits = text.strip_prefix('v').unwrap_or(text);
    digits.split('.').next()?.parse().ok()
}
