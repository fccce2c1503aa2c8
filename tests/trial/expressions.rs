//! The expressions of an experiment's workflow, evaluated as GitHub does: `||`, `&&`, comparisons with coercion to
//! numbers, `endsWith`, `fromJSON`, and names of contexts.

use serde_json::Value;

/// The value of an expression without `${{ }}`, given that of every name.
pub(crate) fn evaluate(expression: &str, names: &dyn Fn(&str) -> Value) -> Value {
    let mut parser = Parser { rest: expression.trim(), names };
    let value = parser.or();
    assert!(parser.rest.is_empty(), "left over: {}", parser.rest);
    value
}

/// A text with every `${{ }}` replaced by its value.
pub(crate) fn fill(text: &str, names: &dyn Fn(&str) -> Value) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        let (expression, after) = after.split_once("}}").unwrap();
        out.push_str(before);
        match evaluate(expression, names) {
            Value::String(text) => out.push_str(&text),
            Value::Null => {}
            Value::Number(number) => out.push_str(&number.as_f64().unwrap().to_string()),
            other => out.push_str(&other.to_string()),
        }
        rest = after;
    }
    out + rest
}

struct Parser<'a> {
    rest: &'a str,
    names: &'a dyn Fn(&str) -> Value,
}

impl Parser<'_> {
    fn takes(&mut self, word: &str) -> bool {
        match self.rest.trim_start().strip_prefix(word) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn or(&mut self) -> Value {
        let mut value = self.and();
        while self.takes("||") {
            let other = self.and();
            value = if truthy(&value) { value } else { other };
        }
        value
    }

    fn and(&mut self) -> Value {
        let mut value = self.comparison();
        while self.takes("&&") {
            let other = self.comparison();
            value = if truthy(&value) { other } else { value };
        }
        value
    }

    fn comparison(&mut self) -> Value {
        let value = self.unary();
        for operator in ["==", "!=", "<=", ">=", "<", ">"] {
            if self.takes(operator) {
                let other = self.unary();
                let (a, b) = (number(&value), number(&other));
                return Value::Bool(match operator {
                    "==" => equal(&value, &other),
                    "!=" => !equal(&value, &other),
                    "<=" => a <= b,
                    ">=" => a >= b,
                    "<" => a < b,
                    _ => a > b,
                });
            }
        }
        value
    }

    fn unary(&mut self) -> Value {
        if self.takes("!") {
            return Value::Bool(!truthy(&self.unary()));
        }
        if self.takes("(") {
            let value = self.or();
            assert!(self.takes(")"), "no `)` before {}", self.rest);
            return value;
        }
        if self.takes("'") {
            let (text, rest) = self.rest.split_once('\'').unwrap();
            self.rest = rest.trim_start();
            return Value::String(text.to_owned());
        }
        let end =
            self.rest.find(|c: char| !c.is_alphanumeric() && !"._-".contains(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        assert!(!word.is_empty(), "no value at {}", self.rest);
        self.rest = rest.trim_start();
        if self.takes("(") {
            let mut arguments = vec![self.or()];
            while self.takes(",") {
                arguments.push(self.or());
            }
            assert!(self.takes(")"), "no `)` before {}", self.rest);
            return call(word, &arguments);
        }
        match word.parse::<f64>() {
            Ok(number) => serde_json::json!(number),
            Err(_) => (self.names)(word),
        }
    }
}

fn call(name: &str, arguments: &[Value]) -> Value {
    let text = |at: usize| arguments[at].as_str().unwrap_or_default();
    match name {
        "endsWith" => Value::Bool(text(0).ends_with(text(1))),
        "fromJSON" => serde_json::from_str(text(0)).unwrap(),
        _ => panic!("the test does not know the function `{name}`"),
    }
}

fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        _ => true,
    }
}

/// As GitHub coerces for a comparison: nothing is 0, what is no number is none.
fn number(value: &Value) -> f64 {
    match value {
        Value::Null => 0.0,
        Value::Bool(value) => f64::from(u8::from(*value)),
        Value::Number(number) => number.as_f64().unwrap(),
        Value::String(text) if text.trim().is_empty() => 0.0,
        Value::String(text) => text.trim().parse().unwrap_or(f64::NAN),
        _ => f64::NAN,
    }
}

fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => a.eq_ignore_ascii_case(b),
        _ => number(a) == number(b),
    }
}
