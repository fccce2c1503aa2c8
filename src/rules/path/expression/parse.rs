//! The text of an expression to its tree.

use serde_json::{Number, Value};

use super::{Binary, Expression, Method, Unary};

/// Deeper nesting than this is refused.
const MAX_DEPTH: usize = 32;
/// Longer expressions than this are refused.
const MAX_LENGTH: usize = 1000;

/// Operators by how tightly they bind; of those that begin alike, the longest first.
const BINARY: &[(&str, u8, Binary)] = &[
    ("||", 1, Binary::Or),
    ("&&", 2, Binary::And),
    ("===", 6, Binary::Equal),
    ("!==", 6, Binary::Unequal),
    ("==", 6, Binary::LooselyEqual),
    ("!=", 6, Binary::LooselyUnequal),
    ("<=", 7, Binary::LessOrEqual),
    (">=", 7, Binary::GreaterOrEqual),
    ("<", 7, Binary::Less),
    (">", 7, Binary::Greater),
    ("+", 9, Binary::Add),
    ("-", 9, Binary::Subtract),
    ("*", 10, Binary::Multiply),
    ("/", 10, Binary::Divide),
    ("%", 10, Binary::Remainder),
];

const METHODS: &[(&str, Method)] = &[
    ("includes", Method::Includes),
    ("indexOf", Method::IndexOf),
    ("startsWith", Method::StartsWith),
    ("endsWith", Method::EndsWith),
];

pub(super) fn expression(text: &str) -> Result<Expression, String> {
    // jsonpath-plus finds the end of an expression, and expressions in it, by these.
    if let Some(sign) = [")'", "'(", "[(", "?("].iter().find(|sign| text.contains(**sign)) {
        return Err(format!("an expression can't contain `{sign}`"));
    }
    if text.len() > MAX_LENGTH {
        return Err(format!("an expression of more than {MAX_LENGTH} bytes"));
    }
    if text.ends_with('@') {
        return Err("`@` can't come last; write `(@)`".to_owned());
    }
    let mut parser = Parser { rest: text, depth: 0 };
    let expression = parser.binary(0)?;
    match parser.skip() {
        "" => Ok(expression),
        rest => Err(format!("`{rest}` can't follow here")),
    }
}

struct Parser<'t> {
    rest: &'t str,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn skip(&mut self) -> &'t str {
        self.rest = self.rest.trim_start();
        self.rest
    }

    fn take(&mut self, sign: &str) -> bool {
        match self.skip().strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.take(sign) { Ok(()) } else { Err(format!("`{sign}` is missing before `{}`", self.rest)) }
    }

    fn binary(&mut self, least: u8) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!("nested deeper than {MAX_DEPTH}"));
        }
        let mut left = self.unary()?;
        loop {
            let rest = self.skip();
            let found = BINARY.iter().find(|(sign, ..)| rest.starts_with(sign));
            let Some((sign, binds, operator)) = found.filter(|(_, binds, _)| *binds > least) else {
                break;
            };
            self.rest = &rest[sign.len()..];
            left = Expression::Binary(*operator, Box::new(left), Box::new(self.binary(*binds)?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expression, String> {
        let operator = match self.skip() {
            rest if rest.starts_with("--") || rest.starts_with("++") => None,
            rest if rest.starts_with("typeof ") => Some((Unary::TypeOf, "typeof ")),
            rest if rest.starts_with('!') => Some((Unary::Not, "!")),
            rest if rest.starts_with('-') => Some((Unary::Minus, "-")),
            rest if rest.starts_with('+') => Some((Unary::Plus, "+")),
            _ => None,
        };
        let Some((operator, sign)) = operator else {
            return self.postfix();
        };
        self.rest = &self.rest[sign.len()..];
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!("nested deeper than {MAX_DEPTH}"));
        }
        let of = self.unary()?;
        self.depth -= 1;
        Ok(Expression::Unary(operator, Box::new(of)))
    }

    fn postfix(&mut self) -> Result<Expression, String> {
        let mut of = self.primary()?;
        for _ in 0..MAX_DEPTH {
            if self.take(".") {
                let name = self.name()?;
                of = match METHODS.iter().find(|(method, _)| *method == name) {
                    Some((_, method)) if self.take("(") => {
                        let argument = self.binary(0)?;
                        self.expect(")")?;
                        Expression::Call(Box::new(of), *method, Box::new(argument))
                    }
                    _ => Expression::Member(Box::new(of), name.to_owned()),
                };
            } else if self.take("[") {
                let name = match self.primary()? {
                    Expression::Literal(Value::String(name)) => name,
                    Expression::Literal(Value::Number(index)) => index.to_string(),
                    _ => return Err("only a name in quotes or a number can stand in `[]`".to_owned()),
                };
                self.expect("]")?;
                of = Expression::Member(Box::new(of), name);
            } else {
                return Ok(of);
            }
        }
        Err(format!("more than {MAX_DEPTH} members of members"))
    }

    fn primary(&mut self) -> Result<Expression, String> {
        let rest = self.skip();
        let first = rest.chars().next().ok_or("a value is missing at the end")?;
        match first {
            '(' => {
                self.rest = &rest[1..];
                let inner = self.binary(0)?;
                self.expect(")")?;
                Ok(inner)
            }
            '@' => self.context(&rest[1..]),
            '\'' | '"' => self.string(&rest[1..], first),
            c if c.is_ascii_digit() || c == '.' => self.number(),
            _ => match self.name()? {
                "true" => Ok(Expression::Literal(Value::Bool(true))),
                "false" => Ok(Expression::Literal(Value::Bool(false))),
                "null" => Ok(Expression::Literal(Value::Null)),
                "undefined" => Ok(Expression::Undefined),
                name => Err(format!("`{name}` is not known here; text goes into quotes, the value is `@`")),
            },
        }
    }

    fn context(&mut self, rest: &'t str) -> Result<Expression, String> {
        for (name, expression) in [("property", Expression::Property), ("root", Expression::Root)] {
            if let Some(after) = rest.strip_prefix(name).filter(|after| !after.starts_with(is_word)) {
                self.rest = after;
                return Ok(expression);
            }
        }
        if !rest.starts_with(|c: char| c == '.' || c == ')' || c == '[' || c.is_whitespace()) {
            return Err("`@` stands alone, before `.` or `[`, or is `@property` or `@root`".to_owned());
        }
        self.rest = rest;
        Ok(Expression::This)
    }

    fn string(&mut self, rest: &'t str, quote: char) -> Result<Expression, String> {
        let end = rest.find(quote).ok_or("text without a closing quote")?;
        let text = &rest[..end];
        if let Some(sign) = text.chars().find(|c| "\\()[]".contains(*c)) {
            return Err(format!("text in an expression can't contain `{sign}`"));
        }
        let context = ["path", "parent", "property", "root", ".", " "].map(|name| format!("@{name}"));
        if context.iter().any(|name| text.contains(name.as_str())) {
            return Err(format!("`{text}` has a part that jsonpath-plus would replace"));
        }
        self.rest = &rest[end + 1..];
        Ok(Expression::Literal(Value::String(text.to_owned())))
    }

    fn number(&mut self) -> Result<Expression, String> {
        let end = self.rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        let whole = digits.parse::<u32>().ok().map(Number::from);
        let number = whole.or_else(|| digits.parse().ok().and_then(Number::from_f64));
        let number = number.filter(|_| !rest.starts_with(is_word));
        self.rest = rest;
        number
            .map(|number| Expression::Literal(Value::Number(number)))
            .ok_or(format!("`{digits}` is no number"))
    }

    fn name(&mut self) -> Result<&'t str, String> {
        let rest = self.skip();
        let (name, after) = rest.split_at(rest.find(|c: char| !is_word(c)).unwrap_or(rest.len()));
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(format!("a name is missing before `{rest}`"));
        }
        self.rest = after;
        Ok(name)
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_bind_as_in_javascript() {
        let parenthesised = expression("((@.a) + (1 * 2)) < 3 && (!(@.b) || (@.c == 1))");
        assert_eq!(expression("@.a + 1 * 2 < 3 && (!@.b || @.c == 1)"), parenthesised);
    }

    #[test]
    fn other_javascript_is_refused() {
        for text in [
            "a",
            "@.a.map(x)",
            "@.a = 1",
            "@",
            "1 2",
            "@a",
            "'a",
            "@.a ? 1 : 2",
            "@.a[@.b]",
            "1x",
            "@.1",
            "--1",
        ] {
            assert!(expression(text).is_err(), "{text}");
        }
        assert!(expression(&"(".repeat(500)).is_err());
        assert!(expression(&"!".repeat(500)).is_err());
    }
}
