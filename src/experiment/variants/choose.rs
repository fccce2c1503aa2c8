//! Values that follow the arm of a run, as expressions.

use serde_json::Value;

/// The value that is `control` in the one arm and `treatment` in the other.
///
/// # Errors
/// When one of them holds an expression: an expression can't choose between expressions.
pub(super) fn choose(control: &Value, treatment: &Value, condition: &str) -> Result<Value, String> {
    if control == treatment {
        return Ok(control.clone());
    }
    for value in [control, treatment] {
        if value.to_string().contains("${{") {
            return Err(format!("{value} holds an expression and differs between the variants"));
        }
    }
    let text = match (control, treatment) {
        (Value::Bool(false), Value::Bool(true)) => format!("${{{{ {condition} }}}}"),
        (Value::Bool(true), Value::Bool(false)) => format!("${{{{ !({condition}) }}}}"),
        (Value::String(control), Value::String(treatment)) if !treatment.is_empty() => {
            format!("${{{{ {condition} && {} || {} }}}}", quoted(treatment), quoted(control))
        }
        // JSON text is never empty, so that the condition alone decides, and types survive.
        _ => format!(
            "${{{{ fromJSON({condition} && {} || {}) }}}}",
            quoted(&treatment.to_string()),
            quoted(&control.to_string())
        ),
    };
    Ok(Value::String(text))
}

/// A condition and another one, of which either may be there already.
pub(super) fn and(condition: &str, own: Option<&str>) -> String {
    match own {
        Some(own) => format!("{condition} && ({own})"),
        None => condition.to_owned(),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_keeps_its_type_in_both_arms() {
        let chosen = |a, b| choose(&a, &b, "x").unwrap();
        assert_eq!(chosen(json!(false), json!(true)), json!("${{ x }}"));
        assert_eq!(chosen(json!(true), json!(false)), json!("${{ !(x) }}"));
        assert_eq!(chosen(json!("it's"), json!("b")), json!("${{ x && 'b' || 'it''s' }}"));
        assert_eq!(chosen(json!(10), json!(20)), json!("${{ fromJSON(x && '20' || '10') }}"));
        assert_eq!(chosen(json!("a"), json!("")), json!("${{ fromJSON(x && '\"\"' || '\"a\"') }}"));
        assert_eq!(chosen(json!(1), json!(1)), json!(1));
    }

    #[test]
    fn an_expression_cannot_be_chosen_by_one() {
        let error = choose(&json!("${{ matrix.os }}"), &json!("macos-15"), "x").unwrap_err();
        assert!(error.contains("holds an expression"), "{error}");
    }
}
