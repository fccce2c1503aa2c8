//! JSON as people write it: with a byte order mark, comments and trailing commas, as in `tsconfig.json`.

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};

use super::lines::Lines;
use super::{Data, Node, Problem, check_size};

/// Reads a text. An empty text is `null`. Of a key that is there twice the last one wins, as in every JSON reader
/// that such files are written for.
///
/// # Errors
/// The first fault of syntax, nesting deeper than 512 levels, a text that is too long.
pub fn parse(text: &str) -> Result<Node, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    check_size(text)?;
    let collect = CollectOptions { comments: CommentCollectionStrategy::Off, tokens: false };
    let options = ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = parse_to_ast(text, &collect, &options).map_err(|e| {
        Problem::new(e.kind().to_string(), e.line_display() as u32, e.column_display() as u32)
    })?;
    let lines = Lines::new(text);
    Ok(parsed.value.map_or(Node::new(Data::Null, 1, 1), |value| convert(value, &lines)))
}

fn convert(value: Value<'_>, lines: &Lines<'_>) -> Node {
    let (line, column) = lines.place(value.range().start);
    let data = match value {
        Value::NullKeyword(_) => Data::Null,
        Value::BooleanLit(lit) => Data::Bool(lit.value),
        Value::NumberLit(lit) => match lit.value.parse() {
            Ok(number) => Data::Number(number),
            Err(_) => Data::String(lit.value.to_owned()),
        },
        Value::StringLit(lit) => Data::String(lit.value.into_owned()),
        Value::Array(array) => Data::List(array.elements.into_iter().map(|e| convert(e, lines)).collect()),
        Value::Object(object) => {
            let mut entries: Vec<(Node, Node)> = Vec::with_capacity(object.properties.len());
            let mut seen = std::collections::HashMap::new();
            for property in object.properties {
                let (line, column) = lines.place(property.range.start);
                let name = property.name.into_string();
                let value = convert(property.value, lines);
                let key = Node::new(Data::String(name.clone()), line, column);
                match seen.get(&name) {
                    Some(&index) => entries[index] = (key, value),
                    None => {
                        seen.insert(name, entries.len());
                        entries.push((key, value));
                    }
                }
            }
            Data::Map(entries)
        }
    };
    Node::new(data, line, column)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_byte_order_mark_comments_and_trailing_commas_are_read_with_their_lines() {
        let node =
            parse("\u{feff}{\n  // why\n  \"a\": [1, 2,],\n  /* b */ \"c\": {\"d\": null},\n}\n").unwrap();
        assert_eq!(node.to_value(), serde_json::json!({"a": [1, 2], "c": {"d": null}}));
        assert_eq!(node.entry("c").unwrap().0.line, 4);
        assert_eq!((node.at(&["c", "d"]).unwrap().line, node.at(&["c", "d"]).unwrap().column), (4, 22));
    }

    #[test]
    fn of_a_key_that_is_there_twice_the_last_wins() {
        assert_eq!(parse(r#"{"a": 1, "b": 2, "a": 3}"#).unwrap().get("a").unwrap().to_value(), 3);
    }

    #[test]
    fn a_fault_has_its_line() {
        assert_eq!(parse("{\n  \"a\" 1\n}").unwrap_err().line, 2);
        assert_eq!(parse("{\n  \"a\": 1\n").unwrap_err().line, 1);
        assert!(parse("{a: 1}").is_err());
    }

    #[test]
    fn nesting_without_end_is_refused() {
        assert!(parse(&"[".repeat(100_000)).unwrap_err().message.contains("nesting"));
    }

    proptest! {
        #[test]
        fn what_serde_json_writes_is_read_back(text in "\\PC*", number: i64, float in -1e9..1e9f64) {
            let value = serde_json::json!({"k": text, "n": [number, float], "deep": {"t": true, "z": null}});
            for written in [value.to_string(), format!("{value:#}")] {
                prop_assert_eq!(parse(&written).unwrap().to_value(), value.clone());
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            let _ = parse(&text);
        }
    }
}
