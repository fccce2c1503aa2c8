//! Settings written into `wfgen.toml`, with everything that is there kept, comments included.

use serde_json::{Map, Value};
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table};

use crate::error::{Error, Result};

/// The text of a configuration with settings laid over what it says.
///
/// # Errors
/// When the text is no TOML, or a setting can't be written as TOML.
pub fn merged(text: &str, settings: &Map<String, Value>, name: &str) -> Result<String> {
    let mut document: DocumentMut =
        text.parse().map_err(|e| Error::usage(format!("`{name}` can't be changed: {e}")))?;
    lay(document.as_table_mut(), settings, 0)
        .map_err(|value| Error::invalid(format!("`{name}` can't hold {value}: TOML has no such value")))?;
    Ok(document.to_string())
}

/// Tables down to this depth have a header of their own: `[jobs."ci/test"]`.
const HEADERS: usize = 2;

fn lay(table: &mut Table, settings: &Map<String, Value>, depth: usize) -> Result<(), String> {
    for (key, value) in settings {
        match (value, table.get_mut(key)) {
            (Value::Object(inner), Some(Item::Table(there))) => lay(there, inner, depth + 1)?,
            (Value::Object(inner), Some(Item::Value(toml_edit::Value::InlineTable(there)))) => {
                lay_inline(there, inner)?;
            }
            (Value::Object(inner), None) if depth < HEADERS => {
                let mut new = Table::new();
                new.set_implicit(inner.values().all(Value::is_object) && depth == 0);
                lay(&mut new, inner, depth + 1)?;
                table.insert(key, Item::Table(new));
            }
            _ => drop(table.insert(key, Item::Value(plain(value)?))),
        }
    }
    Ok(())
}

fn lay_inline(table: &mut InlineTable, settings: &Map<String, Value>) -> Result<(), String> {
    for (key, value) in settings {
        match (value, table.get_mut(key)) {
            (Value::Object(inner), Some(toml_edit::Value::InlineTable(there))) => lay_inline(there, inner)?,
            _ => drop(table.insert(key, plain(value)?)),
        }
    }
    Ok(())
}

fn plain(value: &Value) -> Result<toml_edit::Value, String> {
    Ok(match value {
        Value::Bool(value) => (*value).into(),
        Value::String(text) => text.into(),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.into(),
            (None, Some(real)) => real.into(),
            _ => return Err(number.to_string()),
        },
        Value::Array(items) => items.iter().map(plain).collect::<Result<Array, _>>()?.into(),
        Value::Object(entries) => {
            let mut table = InlineTable::new();
            lay_inline(&mut table, entries)?;
            table.into()
        }
        Value::Null => return Err("null".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_there_is_kept_and_settings_are_laid_over_it() {
        let text = "# ours\noverlays = [\"ci\"]\n\n[jobs.\"ci/test\"]\ntimeout-minutes = 20 # slow\n";
        let settings = json!({
            "jobs": { "ci/test": { "timeout-minutes": 10, "steps": { "Install Go": { "with": { "cache": true } } } } },
            "components": { "go/test": { "with": { "race": true } } },
        });
        let text = merged(text, settings.as_object().unwrap(), "wfgen.toml").unwrap();
        assert!(text.starts_with("# ours\noverlays = [\"ci\"]\n"), "{text}");
        let config: Value = toml::from_str(&text).unwrap();
        assert_eq!(config["jobs"]["ci/test"]["timeout-minutes"], 10);
        assert_eq!(config["jobs"]["ci/test"]["steps"]["Install Go"]["with"]["cache"], true);
        assert_eq!(config["components"]["go/test"]["with"]["race"], true);
        assert!(text.contains("[components.\"go/test\"]"), "{text}");
    }

    #[test]
    fn null_has_no_toml() {
        assert!(merged("", json!({ "a": null }).as_object().unwrap(), "wfgen.toml").is_err());
    }
}
