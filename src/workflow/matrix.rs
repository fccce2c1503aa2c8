//! What the legs of a job's matrix are, as far as they are written down.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::data::{Data, Node};

/// A matrix may have many legs, and more of them tell nothing more.
const MAX_VALUES: usize = 64;
/// A longer text, or one that a value makes longer, is left as it is: values double each other.
const MAX_TEXT: usize = 1_000;

static OF_MATRIX: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\$\{\{\s*matrix\.([\w-]+)(?:\.([\w-]+))?\s*(?:\|\|[^}]*)?\}\}").expect("a constant pattern")
});

/// A text as each leg of the matrix has it; once as it is when it has nothing of the matrix, or of two axes.
pub fn spelt_out(job: &Node, text: &str) -> Vec<String> {
    spelt_out_for(job, text, |_| true)
}

/// The same without the included legs that are not wanted.
pub fn spelt_out_for(job: &Node, text: &str, wanted: impl Fn(&Node) -> bool) -> Vec<String> {
    if text.len() > MAX_TEXT {
        return vec![text.to_owned()];
    }
    let mut named = OF_MATRIX.captures_iter(text);
    let Some(first) = named.next() else { return vec![text.to_owned()] };
    let (axis, key) = (&first[1], first.get(2).map(|key| key.as_str()));
    let is_same = |other: Captures<'_>| other[1] == *axis && other.get(2).map(|key| key.as_str()) == key;
    let values = if named.all(is_same) { values(job, axis, key, wanted) } else { Vec::new() };
    if values.is_empty() {
        return vec![text.to_owned()];
    }
    let with = |value: &String| OF_MATRIX.replace_all(text, |_: &Captures<'_>| value.clone()).into_owned();
    values.iter().map(with).filter(|spelt| spelt.len() <= 2 * MAX_TEXT).collect()
}

/// Whether a text is another one for each leg of a matrix.
pub fn is_of_matrix(text: &str) -> bool {
    OF_MATRIX.is_match(text)
}

/// The values of an axis, or of a key of its values, with those of included legs.
fn values(job: &Node, axis: &str, key: Option<&str>, wanted: impl Fn(&Node) -> bool) -> Vec<String> {
    let Some(matrix) = job.at(&["strategy", "matrix"]) else { return Vec::new() };
    let listed = matrix.get(axis).map(Node::items).unwrap_or_default().iter();
    let included = matrix.get("include").map(Node::items).unwrap_or_default();
    let all = listed.chain(included.iter().filter(|leg| wanted(leg)).filter_map(|leg| leg.get(axis)));
    let all = all.filter_map(|value| match key {
        Some(key) => value.get(key),
        None => Some(value),
    });
    let mut values: Vec<String> = Vec::new();
    for value in all.filter(|value| !matches!(value.data, Data::Map(_) | Data::Null)) {
        // A runner may be a list of labels.
        let texts = if value.items().is_empty() { std::slice::from_ref(value) } else { value.items() };
        let text = texts.iter().map(Node::key_text).collect::<Vec<_>>().join(" ");
        if text.len() <= MAX_TEXT && !values.contains(&text) && values.len() < MAX_VALUES {
            values.push(text);
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::yaml;

    #[test]
    fn a_text_is_spelt_out_for_each_leg() {
        let text = "strategy:\n  matrix:\n    task: [lint, 'a b']\n    os: [x]\n    on: [[self-hosted, linux]]\n    include:\n      - task: more\n      - {}\n    go: [{ v: '1.20' }, { v: 1.21 }]\n";
        let job = yaml::parse(text).unwrap();
        let of = |text| spelt_out(&job, text);
        assert_eq!(of("run ${{ matrix.task }}"), ["run lint", "run a b", "run more"]);
        assert_eq!(of("${{matrix.go.v}}"), ["1.20", "1.21"]);
        assert_eq!(of("${{ matrix.on }}"), ["self-hosted linux"]);
        let long = format!("{}{}", "${{matrix.task}}".repeat(2), "x".repeat(MAX_TEXT));
        assert_eq!(of(&long), [long.as_str()]);
        for same in ["plain", "${{ matrix.task }}-${{ matrix.os }}", "${{ matrix.none }}", "${{ env.X }}"] {
            assert_eq!(of(same), [same]);
        }
    }
}
