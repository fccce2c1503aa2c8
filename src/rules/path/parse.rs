//! The text of a path to its steps.

use super::expression::Expression;
use super::{Kind, Step};

/// More steps than this are refused.
const MAX_STEPS: usize = 64;

pub(super) fn steps(text: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut rest = match text.strip_prefix('$') {
        Some(rest) => rest,
        None => name(text, &mut steps)?,
    };
    while let Some(first) = rest.chars().next() {
        if steps.len() >= MAX_STEPS {
            return Err(format!("more than {MAX_STEPS} steps"));
        }
        rest = match first {
            '.' if rest.starts_with("..[") => descend(&rest[2..], &mut steps),
            '.' if rest.starts_with("..") => name(descend(&rest[2..], &mut steps), &mut steps)?,
            '.' if rest.starts_with(".[") => return Err("write `[` without a dot in front".to_owned()),
            '.' => name(&rest[1..], &mut steps)?,
            '[' => bracket(&rest[1..], &mut steps)?,
            '~' if rest.len() == 1 => {
                steps.push(step("~", Kind::PropertyName));
                ""
            }
            '~' => return Err("`~` can only be the last step".to_owned()),
            _ => {
                return Err(format!("`{first}` can't follow here; a step begins with `.` or `[`"));
            }
        };
    }
    Ok(steps)
}

fn step(text: &str, kind: Kind) -> Step {
    Step { text: text.to_owned(), kind }
}

fn descend<'t>(rest: &'t str, steps: &mut Vec<Step>) -> &'t str {
    steps.push(step("..", Kind::Descend));
    rest
}

/// A name, or `*`, without quotes.
fn name<'t>(text: &'t str, steps: &mut Vec<Step>) -> Result<&'t str, String> {
    if let Some(rest) = text.strip_prefix('*') {
        steps.push(step("*", Kind::Wildcard));
        return Ok(rest);
    }
    let end = text.find(|c: char| !is_plain(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    match name {
        "" => Err("a name is missing; names with signs in them go into quotes: `$['a name']`".to_owned()),
        "$" => Err("`$` can only come first".to_owned()),
        _ => {
            steps.push(step(name, Kind::Name));
            Ok(rest)
        }
    }
}

fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '$' | '/' | '+')
}

/// What stands between brackets.
fn bracket<'t>(text: &'t str, steps: &mut Vec<Step>) -> Result<&'t str, String> {
    if text.starts_with("?(") || text.starts_with('(') {
        return expression(text, steps);
    }
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'));
    let end = match quote {
        Some(quote) => text.find(&format!("{quote}]")).map(|end| end + 1),
        None => text.find(']'),
    };
    let end = end.ok_or("`]` is missing")?;
    let (inner, rest) = (&text[..end], &text[end + 1..]);
    steps.push(if quote.is_some() { quoted_name(inner)? } else { unquoted(inner)? });
    Ok(rest)
}

fn quoted_name(inner: &str) -> Result<Step, String> {
    let Some(name) =
        inner.get(1..inner.len() - 1).filter(|name| !name.is_empty() && inner.ends_with(&inner[..1]))
    else {
        return Err(format!("`{inner}` is no name in quotes"));
    };
    if name.contains(['\'', '"']) {
        return Err("a union is written without quotes: `[a,b]`".to_owned());
    }
    if let Some(sign) = name.chars().find(|c| "[]();^#,".contains(*c)) {
        return Err(format!("a name can't contain `{sign}`"));
    }
    if name.contains("%@%") || name.contains("%%@@%%") {
        return Err("a name can't contain `%@%`".to_owned());
    }
    if name.starts_with('`') {
        return Ok(step(name, Kind::Escaped));
    }
    if matches!(name, "*" | ".." | "~" | "$") || name.starts_with('@') || slice(name)?.is_some() {
        return Err(format!("`{name}` means something else even in quotes; write it ['`{name}']"));
    }
    Ok(step(name, Kind::Name))
}

fn unquoted(inner: &str) -> Result<Step, String> {
    if inner.contains(',') {
        let parts = inner.split(',').map(part).collect::<Result<Vec<_>, _>>()?;
        return Ok(step(inner, Kind::Union(parts)));
    }
    part(inner)
}

/// A name, an index, a slice or `*`, as it may stand alone or in a union.
fn part(text: &str) -> Result<Step, String> {
    if text == "*" {
        return Ok(step(text, Kind::Wildcard));
    }
    if let Some(slice) = slice(text)? {
        return Ok(step(text, slice));
    }
    if text.starts_with('-') && text[1..].bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("an index counts from the start; write `[{text}:]` for the end"));
    }
    if text.is_empty() || text == "$" || !text.chars().all(is_plain) {
        return Err(format!("`[{text}]` is no index, slice, union, filter, `*` or name"));
    }
    Ok(step(text, Kind::Name))
}

/// `start:end:step`; a bound of 0 is as good as none, as in jsonpath-plus.
fn slice(text: &str) -> Result<Option<Kind>, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let shape = |part: &&str, sign: bool| {
        let digits = if sign { part.strip_prefix('-').unwrap_or(part) } else { part };
        digits.bytes().all(|b| b.is_ascii_digit())
    };
    let (start, end, step) = match parts.as_slice() {
        [start, end] => (start, end, &""),
        [start, end, step] => (start, end, step),
        _ => return Ok(None),
    };
    if !(shape(start, true) && shape(end, true) && shape(step, false)) {
        return Ok(None);
    }
    let number = |part: &str| match part {
        "" => Ok(0),
        _ => part.parse::<i32>().map(i64::from).map_err(|_| format!("`{part}` is no number for a slice")),
    };
    let step = usize::try_from(number(step)?).unwrap_or(0).max(1);
    Ok(Some(Kind::Slice { start: number(start)?, end: number(end)?, step }))
}

/// `?(...)` or `(...)`
fn expression<'t>(text: &'t str, steps: &mut Vec<Step>) -> Result<&'t str, String> {
    let filter = text.starts_with('?');
    let end = text.find(")]").ok_or("`)]` is missing")?;
    let (whole, rest) = (&text[..=end], &text[end + 2..]);
    let inner = &whole[1 + usize::from(filter)..end];
    let expression = Expression::parse(inner)?;
    let kind = if filter { Kind::Filter(expression) } else { Kind::Computed(expression) };
    steps.push(step(whole, kind));
    Ok(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_read_in_a_surprising_way_is_refused() {
        for path in [
            "$.['a']",
            "$['a','b']",
            "$[-1]",
            "$.a^",
            "$['*']",
            "$['@types/node']",
            "$.",
            "$...a",
            "$[0, 1]",
            "$[",
            "$['a",
            "$.a~.b",
            "$.$",
            "",
            ".a",
            "$[]",
            "$['']",
            "$.a b",
            "$[?(@.a]",
            "$[:99999999999]",
            "$[-]",
            "$['",
        ] {
            assert!(steps(path).is_err(), "{path}: {:?}", steps(path));
        }
    }

    #[test]
    fn names_indices_and_quotes_are_steps() {
        let texts: Vec<String> =
            steps("$.a-b['c.d'][0]..e[*]").unwrap().into_iter().map(|step| step.text).collect();
        assert_eq!(texts, ["a-b", "c.d", "0", "..", "e", "*"]);
        assert_eq!(steps("$").unwrap(), []);
        assert_eq!(steps("$['`@types/node']").unwrap()[0].kind, Kind::Escaped);
    }
}
