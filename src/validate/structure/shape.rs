//! What a node may look like, and the check that it does.

use crate::data::{Data, Node};
use crate::error::did_you_mean;
use crate::validate::report::Report;
use crate::validate::view::is_placeholder;

/// What a node may look like.
pub(super) enum Shape {
    /// Text that isn't empty.
    Text,
    /// Text; it may be empty.
    Blank,
    /// Text, a number or a boolean.
    Scalar,
    /// An id: letters, digits, `-` and `_`, not starting with a digit or `-`.
    Name,
    /// `true` or `false`.
    Bool,
    /// A whole number in a range.
    Whole(i64, i64),
    /// A number above zero.
    Positive,
    /// One `${{ }}` and nothing around it.
    Placeholder,
    /// One of some words.
    Word(&'static [&'static str]),
    /// Text of a form; the second is how to call it.
    Form(fn(&str) -> bool, &'static str),
    /// Nothing written.
    Null,
    /// Whatever has no `null` in it.
    Value,
    /// Whatever is checked elsewhere.
    Unchecked,
    /// A list that isn't empty.
    List(&'static Shape),
    /// A list that may be empty.
    Items(&'static Shape),
    /// A mapping.
    Map(&'static Fields),
    /// The first of these that is of the node's sort (scalar, list, mapping) and, for scalars, fits.
    AnyOf(&'static [&'static Shape], &'static str),
    /// It depends on what the node holds.
    By(fn(&Node) -> &'static Shape),
    /// A key that not every tool knows yet; why.
    TooNew(&'static str),
}

/// The keys of a mapping.
pub(super) struct Fields {
    /// How to call the mapping.
    pub(super) what: &'static str,
    pub(super) known: &'static [(&'static str, &'static Shape)],
    pub(super) required: &'static [&'static str],
    /// What other keys hold, where keys are free.
    pub(super) rest: Option<&'static Shape>,
    /// Free keys are ids.
    pub(super) ids: bool,
    /// Keys that differ only in case are the same key.
    pub(super) any_case: bool,
    pub(super) may_be_empty: bool,
    /// Something about the keys together; gives what is wrong.
    pub(super) rule: Option<fn(&Node) -> Option<String>>,
}

impl Fields {
    /// A mapping of known keys that is not empty.
    pub(super) const fn of(what: &'static str, known: &'static [(&'static str, &'static Shape)]) -> Self {
        let required = &[];
        Fields {
            what,
            known,
            required,
            rest: None,
            ids: false,
            any_case: false,
            may_be_empty: false,
            rule: None,
        }
    }

    /// A mapping of free keys that is not empty; their case doesn't count.
    pub(super) const fn each(what: &'static str, rest: &'static Shape) -> Self {
        Fields { rest: Some(rest), any_case: true, ..Fields::of(what, &[]) }
    }
}

/// What `Shape::AnyOf` calls a boolean or an expression.
const TRUTH: &str = "`true`, `false` or a `${{ }}`";
pub(super) static TRUTH_OR_EXPRESSION: Shape = Shape::AnyOf(&[&Shape::Bool, &Shape::Placeholder], TRUTH);

/// Reports where `node` is not of this shape. `at` is where to point when the node itself has no place to show:
/// the key of a missing value.
pub(super) fn check(shape: &Shape, node: &Node, at: &Node, report: &mut Report<'_>) {
    match shape {
        Shape::Unchecked => {}
        Shape::By(choose) => check(choose(node), node, at, report),
        Shape::Map(fields) => mapping(fields, node, at, report),
        Shape::List(item) | Shape::Items(item) => list(shape, item, node, at, report),
        Shape::AnyOf(shapes, expected) => match shapes.iter().find(|shape| may_be(shape, node)) {
            Some(shape) => check(shape, node, at, report),
            None => mismatch(expected, node, at, report),
        },
        Shape::Value => value(node, at, report),
        Shape::TooNew(why) => {
            let message = format!("`{}` is not understood by every tool yet", at.key_text());
            report.warning("structure", at, message).help(*why);
        }
        _ if fits(shape, node) => {}
        _ => mismatch(&describe(shape), node, at, report),
    }
}

/// True when a scalar shape accepts the node.
fn fits(shape: &Shape, node: &Node) -> bool {
    match (shape, &node.data) {
        (Shape::Text, Data::String(text)) => !text.is_empty(),
        (Shape::Blank, Data::String(_)) | (Shape::Bool, Data::Bool(_)) | (Shape::Null, Data::Null) => true,
        (Shape::Scalar, data) => matches!(data, Data::String(_) | Data::Number(_) | Data::Bool(_)),
        (Shape::Name, Data::String(text)) => is_name(text),
        (Shape::Whole(from, to), Data::Number(n)) => n.as_i64().is_some_and(|n| (*from..=*to).contains(&n)),
        (Shape::Positive, Data::Number(n)) => n.as_f64().is_some_and(|n| n > 0.0),
        (Shape::Placeholder, Data::String(text)) => is_placeholder(text),
        (Shape::Word(words), Data::String(text)) => words.contains(&text.as_str()),
        (Shape::Form(form, _), Data::String(text)) => form(text),
        _ => false,
    }
}

/// True when the shape is the one to hold against the node: an alternative of the same sort.
fn may_be(shape: &Shape, node: &Node) -> bool {
    match (shape, &node.data) {
        (Shape::Map(_), Data::Map(_)) | (Shape::List(_) | Shape::Items(_), Data::List(_)) => true,
        (Shape::AnyOf(shapes, _), _) => shapes.iter().any(|shape| may_be(shape, node)),
        (Shape::By(choose), _) => may_be(choose(node), node),
        (Shape::Unchecked | Shape::TooNew(_), _) => true,
        _ => fits(shape, node),
    }
}

pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn mapping(fields: &Fields, node: &Node, at: &Node, report: &mut Report<'_>) {
    let Data::Map(entries) = &node.data else {
        if node.is_null() {
            let message = format!("{} is empty", fields.what);
            report.error("structure", at, message).help("write what belongs there, or remove the key");
        } else {
            mismatch("a mapping", node, at, report);
        }
        return;
    };
    if entries.is_empty() && !fields.may_be_empty {
        report.error("structure", at, format!("{} is empty", fields.what));
        return;
    }
    for (index, (key, value)) in entries.iter().enumerate() {
        let name = key.as_str().unwrap_or_default();
        if fields.any_case && is_repeated(name, &entries[..index]) {
            let message = format!("the key `{name}` is there twice in {}; case does not count", fields.what);
            report.error("structure", key, message);
        }
        match fields.known.iter().find(|(known, _)| *known == name) {
            Some((_, shape)) => check(shape, value, key, report),
            None => free(fields, key, value, report),
        }
    }
    for required in fields.required.iter().filter(|required| node.get(required).is_none()) {
        report.error("structure", at, format!("{} needs `{required}`", fields.what));
    }
    if let Some(message) = fields.rule.and_then(|rule| rule(node)) {
        report.error("structure", at, message);
    }
}

/// True for a key that an earlier one repeats in another case; the reader refuses exact repetitions itself.
fn is_repeated(name: &str, before: &[(Node, Node)]) -> bool {
    before.iter().any(|(key, _)| key.as_str().is_some_and(|other| other.eq_ignore_ascii_case(name)))
}

/// A key that the mapping doesn't name.
fn free(fields: &Fields, key: &Node, value: &Node, report: &mut Report<'_>) {
    let name = key.key_text();
    if name == "<<" {
        report.error("structure", key, "GitHub has no YAML merge keys (`<<`)");
        return;
    }
    let Some(shape) = fields.rest else {
        let known = fields
            .known
            .iter()
            .filter(|(_, shape)| !matches!(shape, Shape::TooNew(_)))
            .map(|(name, _)| *name);
        let meant = did_you_mean(&name, known.clone());
        let finding = report.error("structure", key, format!("`{name}` is not a key of {}", fields.what));
        match meant {
            Some(meant) => finding.help(format!("did you mean `{meant}`?")),
            None => finding.help(format!("the keys are {}", quoted(known))),
        }
        return;
    };
    if fields.ids && !is_name(&name) {
        let message = format!("`{name}` can't be an id");
        report
            .error("id", key, message)
            .help("an id starts with a letter or `_` and holds letters, digits, `-` and `_`");
    }
    check(shape, value, key, report);
}

fn list(shape: &Shape, item: &Shape, node: &Node, at: &Node, report: &mut Report<'_>) {
    let Data::List(items) = &node.data else {
        return mismatch("a list", node, at, report);
    };
    if items.is_empty() && matches!(shape, Shape::List(_)) {
        report.error("structure", at, format!("the list `{}` is empty", at.key_text()));
    }
    for node in items {
        check(item, node, node, report);
    }
}

fn value(node: &Node, at: &Node, report: &mut Report<'_>) {
    match &node.data {
        Data::Null => mismatch("a value", node, at, report),
        Data::List(items) => items.iter().for_each(|item| value(item, item, report)),
        Data::Map(entries) => entries.iter().for_each(|(key, item)| value(item, key, report)),
        _ => {}
    }
}

fn mismatch(expected: &str, node: &Node, at: &Node, report: &mut Report<'_>) {
    let found = match &node.data {
        Data::Null => "nothing".to_owned(),
        Data::Bool(value) => format!("the boolean {value}"),
        Data::Number(value) => format!("the number {value}"),
        Data::String(text) if text.is_empty() => "an empty text".to_owned(),
        Data::String(text) => format!("`{}`", shorten(text)),
        Data::List(_) => "a list".to_owned(),
        Data::Map(_) => "a mapping".to_owned(),
    };
    let place = if node.is_null() { at } else { node };
    let what = match at.as_str() {
        Some(key) if !std::ptr::eq(at, node) => format!("`{key}` must be {expected}, not {found}"),
        _ => format!("expected {expected}, not {found}"),
    };
    report.error("structure", place, what);
}

fn shorten(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(40) {
        Some((cut, _)) => format!("{}...", &line[..cut]),
        None if line.len() < text.trim_end().len() => format!("{line}..."),
        None => line.to_owned(),
    }
}

fn describe(shape: &Shape) -> String {
    match shape {
        Shape::Text => "text".to_owned(),
        Shape::Blank => "text".to_owned(),
        Shape::Scalar => "text, a number or a boolean".to_owned(),
        Shape::Name => "an id (letters, digits, `-` and `_`)".to_owned(),
        Shape::Bool => "`true` or `false`".to_owned(),
        Shape::Whole(from, to) if from == to => format!("{from}"),
        Shape::Whole(from, i64::MAX) => format!("a whole number, at least {from}"),
        Shape::Whole(from, to) => format!("a whole number from {from} to {to}"),
        Shape::Positive => "a number above zero".to_owned(),
        Shape::Placeholder => "one `${{ }}`".to_owned(),
        Shape::Word(words) => format!("one of {}", quoted(words.iter().copied())),
        Shape::Form(_, what) => (*what).to_owned(),
        _ => "nothing".to_owned(),
    }
}

fn quoted<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
