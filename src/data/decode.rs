//! From a tree to a Rust type, with the line of what does not fit.

use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use super::{Node, Problem};

/// Reads a `T` out of a tree.
///
/// # Errors
/// The first thing that does not fit, at the line it was written on. Unknown keys get a "did you mean".
pub fn decode<T: DeserializeOwned>(node: &Node) -> Result<T, Problem> {
    serde_path_to_error::deserialize(node.to_value()).map_err(|error| {
        let message = with_suggestion(&error.inner().to_string());
        let is_key = message.starts_with("unknown field");
        let place = locate(node, error.path().iter(), is_key);
        Problem::new(message, place.line, place.column)
    })
}

/// The node that a path of serde leads to, or the deepest that exists on the way. A key that serde doesn't know is itself
/// the fault: then it is the last key of the path and not its value.
fn locate<'a>(node: &'a Node, path: impl Iterator<Item = &'a Segment>, is_key: bool) -> &'a Node {
    let mut path = path.peekable();
    let mut here = node;
    while let Some(segment) = path.next() {
        let next = match segment {
            Segment::Seq { index } => here.items().get(*index),
            Segment::Map { key } => {
                let entry = here.entries().iter().find(|(k, _)| k.key_text() == *key);
                entry.map(|(k, value)| if is_key && path.peek().is_none() { k } else { value })
            }
            Segment::Enum { .. } | Segment::Unknown => None,
        };
        match next {
            Some(next) => here = next,
            None => break,
        }
    }
    here
}

/// serde lists what it expected; people want to know which of these they meant.
fn with_suggestion(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let unknown = message.starts_with("unknown field") || message.starts_with("unknown variant");
    match (unknown, quoted.next()) {
        (true, Some(word)) => match crate::error::did_you_mean(word, quoted) {
            Some(meant) => format!("{message}; did you mean `{meant}`?"),
            None => message.to_owned(),
        },
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Step {
        #[serde(rename = "name")]
        _name: String,
    }

    #[test]
    fn an_unknown_key_is_shown_at_its_line_with_what_was_meant() {
        let node = crate::data::yaml::parse("- name: a\n- nam: b\n").unwrap();
        let problem = decode::<Vec<Step>>(&node).unwrap_err();
        assert_eq!(
            (problem.line, problem.message.contains("did you mean `name`?")),
            (2, true),
            "{problem:?}"
        );
    }
}
