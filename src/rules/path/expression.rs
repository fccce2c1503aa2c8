//! Expressions in filters and computed indices: the part of JavaScript that people write there.
//!
//! `@` is the value, `@property` its name or index, `@root` the whole. There are literals, `.name`, `['name']`,
//! `[0]`, `! - + typeof`, `* / % + -`, comparisons, `&& ||`, and the methods `includes`, `indexOf`, `startsWith` and
//! `endsWith`. Prototypes and functions are not reached; any other JavaScript is refused when the rule is loaded.

use serde_json::Value;

use super::walk::property;
use crate::rules::Fault;
use crate::rules::value::{Val, View};

mod parse;

/// An expression over one child of a list or an object.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Literal(Value),
    Undefined,
    This,
    Property,
    Root,
    Member(Box<Expression>, String),
    Call(Box<Expression>, Method, Box<Expression>),
    Unary(Unary, Box<Expression>),
    Binary(Binary, Box<Expression>, Box<Expression>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Method {
    Includes,
    IndexOf,
    StartsWith,
    EndsWith,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Unary {
    Not,
    Minus,
    Plus,
    TypeOf,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Binary {
    Or,
    And,
    LooselyEqual,
    LooselyUnequal,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// What the names of an expression stand for.
pub(super) struct Scope<'s, 'a> {
    pub(super) value: &'s Val<'a>,
    pub(super) property: &'s Val<'a>,
    pub(super) root: &'a Value,
}

impl Expression {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        parse::expression(text)
    }

    pub(super) fn value<'v, 'a: 'v>(&'v self, scope: &Scope<'_, 'a>) -> Result<Val<'v>, Fault> {
        Ok(match self {
            Expression::Literal(value) => Val::Json(value),
            Expression::Undefined => Val::Undefined,
            Expression::This => scope.value.clone(),
            Expression::Property => scope.property.clone(),
            Expression::Root => Val::Json(scope.root),
            Expression::Member(of, name) => member(&of.value(scope)?, name)?,
            Expression::Call(of, method, argument) => {
                method.call(&of.value(scope)?, &argument.value(scope)?)?
            }
            Expression::Unary(Unary::Not, of) => Val::Bool(!of.value(scope)?.truthy()),
            Expression::Unary(Unary::Minus, of) => Val::Number(-of.value(scope)?.number()),
            Expression::Unary(Unary::Plus, of) => Val::Number(of.value(scope)?.number()),
            Expression::Unary(Unary::TypeOf, of) => Val::Text(type_of(&of.value(scope)?).to_owned()),
            Expression::Binary(Binary::Or, a, b) => match a.value(scope)? {
                a if a.truthy() => a,
                _ => b.value(scope)?,
            },
            Expression::Binary(Binary::And, a, b) => match a.value(scope)? {
                a if a.truthy() => b.value(scope)?,
                a => a,
            },
            Expression::Binary(operator, a, b) => operator.apply(&a.value(scope)?, &b.value(scope)?),
        })
    }
}

fn member<'v>(of: &Val<'v>, name: &str) -> Result<Val<'v>, Fault> {
    match of.view() {
        View::Undefined | View::Null => Err(Fault(format!("`{name}` of something that is {}", of.sort()))),
        View::Text("") if name == "length" => Ok(Val::Number(0.0)),
        _ => Ok(property(of, name).unwrap_or(Val::Undefined)),
    }
}

fn type_of(value: &Val<'_>) -> &'static str {
    match value.view() {
        View::Undefined => "undefined",
        View::Null | View::List | View::Object => "object",
        View::Bool(_) => "boolean",
        View::Number(_) => "number",
        View::Text(_) => "string",
    }
}

impl Method {
    fn call<'v>(self, of: &Val<'v>, argument: &Val<'v>) -> Result<Val<'v>, Fault> {
        let position = |at: Option<usize>| Val::Number(at.map_or(-1.0, |at| at as f64));
        let needle = argument.text();
        match (of.items(), of.view(), self) {
            (Some(mut items), _, Method::Includes) => Ok(Val::Bool(items.any(|item| item.is(argument)))),
            (Some(mut items), _, Method::IndexOf) => Ok(position(items.position(|item| item.is(argument)))),
            (_, View::Text(text), Method::Includes) => Ok(Val::Bool(text.contains(&needle))),
            (_, View::Text(text), Method::StartsWith) => Ok(Val::Bool(text.starts_with(&needle))),
            (_, View::Text(text), Method::EndsWith) => Ok(Val::Bool(text.ends_with(&needle))),
            (_, View::Text(text), Method::IndexOf) => {
                Ok(position(text.find(&needle).map(|at| text[..at].encode_utf16().count())))
            }
            _ => Err(Fault(format!("a method of something that is {}", of.sort()))),
        }
    }
}

impl Binary {
    fn apply<'v>(self, a: &Val<'v>, b: &Val<'v>) -> Val<'v> {
        let ordered = |accept: fn(std::cmp::Ordering) -> bool| Val::Bool(a.order(b).is_some_and(accept));
        match self {
            Binary::Equal => Val::Bool(a.is(b)),
            Binary::Unequal => Val::Bool(!a.is(b)),
            Binary::LooselyEqual => Val::Bool(a.is_loosely(b)),
            Binary::LooselyUnequal => Val::Bool(!a.is_loosely(b)),
            Binary::Less => ordered(std::cmp::Ordering::is_lt),
            Binary::LessOrEqual => ordered(std::cmp::Ordering::is_le),
            Binary::Greater => ordered(std::cmp::Ordering::is_gt),
            Binary::GreaterOrEqual => ordered(std::cmp::Ordering::is_ge),
            Binary::Add if a.textual().is_some() || b.textual().is_some() => Val::Text(a.text() + &b.text()),
            Binary::Add => Val::Number(a.number() + b.number()),
            Binary::Subtract => Val::Number(a.number() - b.number()),
            Binary::Multiply => Val::Number(a.number() * b.number()),
            Binary::Divide => Val::Number(a.number() / b.number()),
            Binary::Remainder => Val::Number(a.number() % b.number()),
            Binary::Or => {
                if a.truthy() {
                    a.clone()
                } else {
                    b.clone()
                }
            }
            Binary::And => {
                if a.truthy() {
                    b.clone()
                } else {
                    a.clone()
                }
            }
        }
    }
}
