//! TOML 1.0, every key and value with its line.

use serde_json::Number;
use toml::de::{DeTable, DeValue};

use super::lines::Lines;
use super::{Data, Node, Problem, check_size};

/// Reads a text. Dates become text.
///
/// # Errors
/// The first fault: syntax, a key that is there twice, a text that is too long.
pub fn parse(text: &str) -> Result<Node, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    check_size(text)?;
    let lines = Lines::new(text);
    let table = DeTable::parse(text).map_err(|e| {
        let (line, column) = e.span().map_or((0, 0), |span| lines.place(span.start));
        Problem::new(e.message().lines().next().unwrap_or("invalid TOML"), line, column)
    })?;
    Ok(convert_table(table.into_inner(), 0, &lines))
}

fn convert_table(table: DeTable<'_>, offset: usize, lines: &Lines<'_>) -> Node {
    let entries = table
        .into_iter()
        .map(|(key, value)| {
            let (line, column) = lines.place(key.span().start);
            let key = Node::new(Data::String(key.into_inner().into_owned()), line, column);
            let span = value.span();
            let mut value = convert(value.into_inner(), span.start, lines);
            // The span of `[a]` and of `a.b = 1` begins elsewhere than a person looks for the value of `a`.
            if matches!(value.data, Data::Map(_)) {
                (value.line, value.column) = (key.line, key.column);
            }
            (key, value)
        })
        .collect();
    let (line, column) = lines.place(offset);
    Node::new(Data::Map(entries), line, column)
}

fn convert(value: DeValue<'_>, offset: usize, lines: &Lines<'_>) -> Node {
    let data = match value {
        DeValue::String(text) => Data::String(text.into_owned()),
        DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) => Data::Number(number.into()),
            Err(_) => Data::String(integer.to_string()),
        },
        DeValue::Float(float) => match float.as_str().parse().ok().and_then(Number::from_f64) {
            Some(number) => Data::Number(number),
            None => Data::String(float.to_string()),
        },
        DeValue::Boolean(flag) => Data::Bool(flag),
        DeValue::Datetime(time) => Data::String(time.to_string()),
        DeValue::Array(items) => Data::List(
            items
                .into_iter()
                .map(|item| {
                    let span = item.span();
                    convert(item.into_inner(), span.start, lines)
                })
                .collect(),
        ),
        DeValue::Table(table) => return convert_table(table, offset, lines),
    };
    let (line, column) = lines.place(offset);
    Node::new(data, line, column)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tables_dotted_keys_and_arrays_of_tables_have_the_lines_of_their_keys() {
        let text = "\u{feff}[package]\nname = \"a\"\nrust-version.workspace = true\n\n[[bin]]\nname = 'x'\n[[bin]]\nname = 'y'\n";
        let node = parse(text).unwrap();
        assert_eq!(node.at(&["package", "name"]).unwrap().line, 2);
        assert_eq!(node.at(&["package", "rust-version", "workspace"]).unwrap().to_value(), true);
        assert_eq!(node.at(&["package", "rust-version"]).unwrap().line, 3);
        let bins = node.get("bin").unwrap().items();
        assert_eq!((bins.len(), bins[1].get("name").unwrap().line), (2, 8));
    }

    #[test]
    fn arrays_of_mixed_types_and_dates_are_read() {
        let node = parse("a = [1, 'two', {x = 3.5}]\nd = 1979-05-27T07:32:00Z\nh = 0xFF\n").unwrap();
        assert_eq!(
            node.to_value(),
            serde_json::json!({"a": [1, "two", {"x": 3.5}], "d": "1979-05-27T07:32:00Z", "h": 255})
        );
    }

    #[test]
    fn a_fault_has_its_line() {
        assert_eq!(parse("a = 1\nb = = 2\n").unwrap_err().line, 2);
        assert_eq!(parse("a = 1\na = 2\n").unwrap_err().line, 2);
    }

    #[test]
    fn nesting_without_end_is_refused() {
        assert!(parse(&format!("a = {}", "[".repeat(100_000))).is_err());
        let dotted = format!("{} = 1\n", vec!["a"; 20_000].join("."));
        let _ = parse(&dotted);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(\\PC|\n|=|\\[|\\]|\"|\\.){0,200}") {
            let _ = parse(&text);
        }
    }
}
