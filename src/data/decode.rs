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
        let place = locate(node, error.path().iter());
        Problem::new(message, place.line, place.column)
    })
}

/// The node that a path of serde leads to, or the deepest that exists on the way.
fn locate<'a>(node: &'a Node, path: impl Iterator<Item = &'a Segment>) -> &'a Node {
    let mut here = node;
    for segment in path {
        let next = match segment {
            Segment::Seq { index } => here.items().get(*index),
            // A key serde does not know is itself the fault: point at the key, not at its value.
            Segment::Map { key } => match here.entries().iter().find(|(k, _)| k.key_text() == *key) {
                Some((_, value)) => Some(value),
                None => None,
            },
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
