//! The filter patterns of branches, tags and paths.

use std::iter::Peekable;
use std::str::Chars;

/// Says what is wrong with a pattern. Git refs have fewer characters than paths.
pub(super) fn check(pattern: &str, refs: bool) -> Result<(), String> {
    if !refs {
        let path = pattern.trim();
        if path != pattern {
            return Err("it starts or ends with a blank".to_owned());
        }
        let path = path.strip_prefix('!').unwrap_or(path);
        if matches!(path, "." | "..") || path.starts_with("./") || path.starts_with("../") {
            return Err("paths start at the root of the repository, without `.` and `..`".to_owned());
        }
    }
    let body = pattern.strip_prefix('!').unwrap_or(pattern);
    if body.is_empty() {
        return Err("nothing follows `!`".to_owned());
    }
    if refs && pattern.starts_with('/') {
        return Err("a branch or tag does not start with `/`".to_owned());
    }
    if refs && body.ends_with(['/', '.']) {
        return Err("a branch or tag does not end with `/` or `.`".to_owned());
    }
    let mut chars = body.chars().peekable();
    // `?` and `+` repeat what stands before them.
    let mut repeatable = false;
    while let Some(c) = chars.next() {
        repeatable = step(c, &mut chars, repeatable, refs)?;
    }
    Ok(())
}

/// Takes one character; gives whether it can be repeated by `?` or `+`.
fn step(c: char, rest: &mut Peekable<Chars<'_>>, repeatable: bool, refs: bool) -> Result<bool, String> {
    match c {
        '\\' => escape(rest, refs),
        '?' | '+' if !repeatable => Err(format!("`{c}` has nothing before it to repeat")),
        '?' | '+' | '*' => Ok(false),
        '[' => class(rest).map(|()| true),
        '\n' | '\r' => Err("it holds a line break".to_owned()),
        ' ' | '\t' | '~' | '^' | ':' if refs => Err(format!("a branch or tag can't hold `{c}`")),
        _ => Ok(true),
    }
}

fn escape(rest: &mut Peekable<Chars<'_>>, refs: bool) -> Result<bool, String> {
    match rest.peek() {
        Some('[' | '?' | '*') if refs => Err("a branch or tag can't hold `[`, `?` or `*`".to_owned()),
        Some('[' | '?' | '*' | '+' | '\\' | '!') => {
            rest.next();
            Ok(true)
        }
        _ if refs => Err("`\\` escapes only `[`, `?`, `+`, `*`, `\\` and `!`".to_owned()),
        _ => Ok(true),
    }
}

/// The inside of `[...]`.
fn class(rest: &mut Peekable<Chars<'_>>) -> Result<(), String> {
    let mut members = 0;
    loop {
        let Some(c) = rest.next() else {
            return Err("`[` is not closed".to_owned());
        };
        if c == ']' {
            break;
        }
        members += 1;
        if rest.peek() != Some(&'-') {
            continue;
        }
        rest.next();
        match rest.next() {
            None => return Err("`[` is not closed".to_owned()),
            Some(']') => return Err("a range in `[]` has no end".to_owned()),
            Some(end) if c > end => return Err(format!("the range `{c}-{end}` runs backwards")),
            Some(_) => members += 1,
        }
    }
    match members {
        0 => Err("`[]` is empty".to_owned()),
        1 => Err("`[]` with one character is that character".to_owned()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn patterns_of_the_documentation_are_accepted() {
        for good in ["main", "releases/**", "v[12].[0-9]+.*", "!feature/*-alpha", "**", "v*", "ab?c", "a\\+b"]
        {
            assert_eq!(check(good, true), Ok(()), "{good}");
        }
        for good in ["**.js", "docs/**/*.md", "!README.md", "a b/*", ".github/**", "\\[x\\]", "dir/"] {
            assert_eq!(check(good, false), Ok(()), "{good}");
        }
    }

    #[test]
    fn patterns_that_match_nothing_are_refused() {
        for bad in [
            "/main", "main/", "a b", "v^1", "[", "[]", "[a]", "[9-0]", "[a-]", "+x", "*+", "a\\b", "!",
            "a\\*",
        ] {
            assert!(check(bad, true).is_err(), "{bad}");
        }
        for bad in ["./src/**", "../x", " src", "[z-a]", "!", "."] {
            assert!(check(bad, false).is_err(), "{bad}");
        }
    }
}
