//! The operators of json-rules-engine and the decorators that compose with them.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Fault;
use super::value::{Items, Val, View, starts_with_number};
use crate::error::did_you_mean;

/// More decorators than this on one operator are refused.
const MAX_DECORATORS: usize = 16;

/// How a fact is compared with a value, e.g. `everyFact:in`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Operator {
    decorators: Vec<Decorator>,
    base: Base,
}

macro_rules! names {
    ($(#[$doc:meta])* $type:ident { $($variant:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        enum $type { $($variant,)* }

        impl $type {
            const NAMES: &[(&str, $type)] = &[$(($name, $type::$variant),)*];

            fn name(self) -> &'static str {
                match self { $($type::$variant => $name,)* }
            }
        }
    };
}

names! {
    /// What is compared in the end.
    Base {
        Equal = "equal",
        NotEqual = "notEqual",
        In = "in",
        NotIn = "notIn",
        Contains = "contains",
        DoesNotContain = "doesNotContain",
        LessThan = "lessThan",
        LessThanInclusive = "lessThanInclusive",
        GreaterThan = "greaterThan",
        GreaterThanInclusive = "greaterThanInclusive",
    }
}

names! {
    /// What is done around it.
    Decorator {
        SomeFact = "someFact",
        EveryFact = "everyFact",
        SomeValue = "someValue",
        EveryValue = "everyValue",
        Swap = "swap",
        Not = "not",
    }
}

impl Operator {
    /// A regular expression for every operator, for the schema.
    pub(super) fn pattern() -> String {
        let join = |names: Vec<&str>| names.join("|");
        let decorators = join(Decorator::NAMES.iter().map(|(name, _)| *name).collect());
        format!("^(({decorators}):)*({})$", join(Base::NAMES.iter().map(|(name, _)| *name).collect()))
    }

    /// Whether `fact` stands in this relation to `value`.
    pub(super) fn holds(&self, fact: &Val<'_>, value: &Val<'_>) -> Result<bool, Fault> {
        decorated(&self.decorators, self.base, fact, value)
    }
}

fn decorated(decorators: &[Decorator], base: Base, fact: &Val<'_>, value: &Val<'_>) -> Result<bool, Fault> {
    let Some((decorator, rest)) = decorators.split_first() else {
        return base.holds(fact, value);
    };
    let of_fact = |item: &Val<'_>| decorated(rest, base, item, value);
    let of_value = |item: &Val<'_>| decorated(rest, base, fact, item);
    match (decorator, fact.items(), value.items()) {
        (Decorator::Swap, ..) => decorated(rest, base, value, fact),
        (Decorator::Not, ..) => decorated(rest, base, fact, value).map(|held| !held),
        (Decorator::SomeFact, Some(items), _) => some(items, of_fact),
        (Decorator::EveryFact, Some(items), _) => every(items, of_fact),
        (Decorator::SomeFact | Decorator::EveryFact, None, _) => Ok(false),
        (Decorator::SomeValue, _, Some(items)) => some(items, of_value),
        (Decorator::EveryValue, _, Some(items)) => every(items, of_value),
        (Decorator::SomeValue | Decorator::EveryValue, _, None) => Err(Fault(format!(
            "`{}` needs a list as its value, and this is {}",
            decorator.name(),
            value.sort()
        ))),
    }
}

fn some<'a>(items: Items<'_, 'a>, holds: impl Fn(&Val<'a>) -> Result<bool, Fault>) -> Result<bool, Fault> {
    for item in items {
        if holds(&item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn every<'a>(items: Items<'_, 'a>, holds: impl Fn(&Val<'a>) -> Result<bool, Fault>) -> Result<bool, Fault> {
    some(items, |item| holds(item).map(|held| !held)).map(|failed| !failed)
}

impl Base {
    fn holds(self, fact: &Val<'_>, value: &Val<'_>) -> Result<bool, Fault> {
        Ok(match self {
            Base::Equal => fact.is(value),
            Base::NotEqual => !fact.is(value),
            Base::In => self.finds(fact, value)?,
            Base::NotIn => !self.finds(fact, value)?,
            Base::Contains => fact.items().is_some_and(|mut items| items.any(|item| item.is(value))),
            Base::DoesNotContain => fact.items().is_some_and(|mut items| !items.any(|item| item.is(value))),
            Base::LessThan => ordered(fact, value, Ordering::is_lt),
            Base::LessThanInclusive => ordered(fact, value, Ordering::is_le),
            Base::GreaterThan => ordered(fact, value, Ordering::is_gt),
            Base::GreaterThanInclusive => ordered(fact, value, Ordering::is_ge),
        })
    }

    /// Whether `hay`, a list or a text, has `needle` in it.
    fn finds(self, needle: &Val<'_>, hay: &Val<'_>) -> Result<bool, Fault> {
        match (hay.items(), hay.view()) {
            (Some(mut items), _) => Ok(items.any(|item| item.is(needle))),
            (None, View::Text(text)) => Ok(text.contains(&needle.text())),
            _ => Err(Fault(format!(
                "`{}` needs a list or text as its value, and this is {}",
                self.name(),
                hay.sort()
            ))),
        }
    }
}

/// The numeric operators hold only for facts that begin like a number; text is then compared as text with text.
fn ordered(fact: &Val<'_>, value: &Val<'_>, accept: impl Fn(Ordering) -> bool) -> bool {
    let numeric = match fact.textual() {
        Some(text) => starts_with_number(&text),
        None => matches!(fact.view(), View::Number(n) if !n.is_nan()),
    };
    numeric && fact.order(value).is_some_and(accept)
}

impl FromStr for Operator {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(':');
        let last = parts.next_back().unwrap_or_default();
        let decorators =
            parts.map(|part| find(Decorator::NAMES, part, "decorator")).collect::<Result<Vec<_>, _>>()?;
        if decorators.len() > MAX_DECORATORS {
            return Err(format!("more than {MAX_DECORATORS} decorators on one operator"));
        }
        Ok(Operator { decorators, base: find(Base::NAMES, last, "operator")? })
    }
}

fn find<T: Copy>(names: &[(&str, T)], name: &str, what: &str) -> Result<T, String> {
    if let Some((_, found)) = names.iter().find(|(known, _)| *known == name) {
        return Ok(*found);
    }
    let known = || names.iter().map(|(known, _)| *known);
    Err(match did_you_mean(name, known()) {
        Some(meant) => format!("unknown {what} `{name}`; did you mean `{meant}`?"),
        None => format!("unknown {what} `{name}`; there are `{}`", known().collect::<Vec<_>>().join("`, `")),
    })
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for decorator in &self.decorators {
            write!(f, "{}:", decorator.name())?;
        }
        f.write_str(self.base.name())
    }
}

impl TryFrom<String> for Operator {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Operator> for String {
    fn from(operator: Operator) -> String {
        operator.to_string()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn holds(fact: &Value, operator: &str, value: &Value) -> Result<bool, Fault> {
        operator.parse::<Operator>().unwrap().holds(&Val::Json(fact), &Val::Json(value))
    }

    #[test]
    fn numeric_operators_need_a_fact_that_begins_like_a_number() {
        assert!(holds(&json!("12"), "lessThan", &json!(13)).unwrap());
        assert!(!holds(&json!("abc"), "lessThan", &json!("b")).unwrap());
        assert!(holds(&json!("10"), "lessThan", &json!("9")).unwrap(), "text is compared as text");
        assert!(!holds(&json!(null), "lessThan", &json!(1)).unwrap());
    }

    #[test]
    fn decorators_compose_from_left_to_right() {
        let (numbers, limits) = (json!([1, 2]), json!([3, 4]));
        assert!(holds(&numbers, "everyFact:everyValue:lessThan", &limits).unwrap());
        assert!(!holds(&numbers, "not:everyFact:everyValue:lessThan", &limits).unwrap());
        assert!(holds(&json!(1), "swap:contains", &numbers).unwrap());
        assert!(!holds(&json!(1), "someFact:equal", &json!(1)).unwrap());
    }

    #[test]
    fn a_value_of_the_wrong_sort_is_a_fault() {
        assert!(holds(&json!(1), "in", &json!(1)).is_err());
        assert!(holds(&json!(1), "someValue:equal", &json!("1")).is_err());
    }

    #[test]
    fn an_unknown_operator_says_what_was_meant() {
        assert!("greaterthan".parse::<Operator>().unwrap_err().contains("`greaterThan`"));
        assert!("everyfact:in".parse::<Operator>().unwrap_err().contains("decorator `everyfact`"));
        assert!(":in".parse::<Operator>().is_err());
    }
}
