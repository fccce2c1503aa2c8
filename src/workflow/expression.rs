//! Expressions: where `${{ }}` stands in a text, what it refers to, and whether that can be trusted.

use github_actions_expressions::call::{Call, Function};
use github_actions_expressions::op::BinExpr;
use github_actions_expressions::{Error, Expr, SpannedExpr};

/// GitHub refuses longer expressions.
const MAX_LENGTH: usize = 21_000;
/// A chain of operators is a tree as deep as it is long; more would cost too much stack.
const MAX_OPERATOR_BYTES: usize = 1_000;

/// Contexts that whoever opens an issue or a pull request decides, `*` standing for any one part. From GitHub's "Secure use
/// reference" (docs.github.com/en/actions/reference/security/secure-use) and the events that carry such text.
pub const UNTRUSTED: [&str; 27] = [
    "github.event.comment.body",
    "github.event.commits.*.author.email",
    "github.event.commits.*.author.name",
    "github.event.commits.*.message",
    "github.event.discussion.body",
    "github.event.discussion.title",
    "github.event.head_commit.author.email",
    "github.event.head_commit.author.name",
    "github.event.head_commit.message",
    "github.event.issue.body",
    "github.event.issue.title",
    "github.event.pages.*.page_name",
    "github.event.pull_request.body",
    "github.event.pull_request.head.label",
    "github.event.pull_request.head.ref",
    "github.event.pull_request.head.repo.default_branch",
    "github.event.pull_request.title",
    "github.event.review.body",
    "github.event.review_comment.body",
    "github.event.workflow_run.display_title",
    "github.event.workflow_run.head_branch",
    "github.event.workflow_run.head_commit.author.email",
    "github.event.workflow_run.head_commit.author.name",
    "github.event.workflow_run.head_commit.message",
    "github.event.workflow_run.pull_requests.*.head.ref",
    "github.head_ref",
    "github.ref_name",
];

/// A `${{ }}` in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found<'a> {
    /// Byte offset of `${{`.
    pub start: usize,
    /// Byte offset behind `}}`.
    pub end: usize,
    /// What stands between them.
    pub body: &'a str,
}

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// As a sentence without a full stop.
    pub message: String,
    /// Byte offset in the text that was looked at.
    pub offset: usize,
}

impl Fault {
    fn new(message: impl Into<String>, offset: usize) -> Self {
        Fault { message: message.into(), offset }
    }
}

/// An expression that was understood.
#[derive(Debug)]
pub struct Expression<'a> {
    ast: SpannedExpr<'a>,
}

/// Finds every `${{ }}`, as GitHub's runner does: braces inside `'...'` don't count.
///
/// # Errors
/// When one is not closed.
pub fn find(text: &str) -> Result<Vec<Found<'_>>, Fault> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find("${{").map(|at| from + at) {
        let open = start + 3;
        let Some(close) = closing(&text[open..]).map(|at| open + at) else {
            return Err(Fault::new("`${{` is not closed by `}}`", start));
        };
        found.push(Found { start, end: close + 2, body: &text[open..close] });
        from = close + 2;
    }
    Ok(found)
}

/// The offset of the `}}` that ends an expression.
fn closing(text: &str) -> Option<usize> {
    let mut in_string = false;
    let mut last = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'\'' => in_string = !in_string,
            b'}' if !in_string && last == b'}' => return Some(at - 1),
            _ => {}
        }
        last = byte;
    }
    None
}

/// The body of a text that is one `${{ }}` and nothing else.
pub fn whole(text: &str) -> Option<&str> {
    let text = text.trim();
    match find(text).ok()?.as_slice() {
        [one] if one.start == 0 && one.end == text.len() => Some(one.body),
        _ => None,
    }
}

/// Understands what stands between `${{` and `}}`.
///
/// # Errors
/// What is wrong with it, at its offset in `body`.
pub fn parse(body: &str) -> Result<Expression<'_>, Fault> {
    if body.len() > MAX_LENGTH {
        return Err(Fault::new(format!("an expression can't be longer than {MAX_LENGTH} characters"), 0));
    }
    if operator_bytes(body) > MAX_OPERATOR_BYTES {
        return Err(Fault::new("the expression has too many operators", 0));
    }
    match Expr::parse(body) {
        Ok(ast) => Ok(Expression { ast }),
        Err(Error::Syntax(error)) => Err(Fault::new(error.message, error.offset)),
        Err(Error::Depth) => Err(Fault::new("the expression is nested too deeply", 0)),
        Err(Error::Call(error)) => Err(Fault::new(lower_first(&error.to_string()), 0)),
    }
}

/// Understands an `if:`, whose `${{ }}` may be left out.
///
/// # Errors
/// As [`parse`]; and when text stands beside the `${{ }}`, since GitHub takes such a condition for always true.
pub fn parse_condition(text: &str) -> Result<Expression<'_>, Fault> {
    let found = find(text)?;
    match found.as_slice() {
        [] => parse(text),
        [one] if text[..one.start].trim().is_empty() && text[one.end..].trim().is_empty() => {
            parse(one.body).map_err(|fault| Fault { offset: one.start + 3 + fault.offset, ..fault })
        }
        [first, ..] => Err(Fault::new("text beside `${{ }}` makes this condition always true", first.start)),
    }
}

/// What every `${{ }}` of a text refers to; those that can't be understood give nothing.
pub fn contexts(text: &str) -> Vec<String> {
    let found = find(text).unwrap_or_default();
    found.iter().filter_map(|one| parse(one.body).ok()).flat_map(|expression| expression.contexts()).collect()
}

/// Whether a context, as [`Expression::contexts`] gives it, holds text that somebody from outside decides. A context
/// that has such text somewhere inside, like `github.event`, does too.
pub fn is_untrusted(context: &str) -> bool {
    UNTRUSTED.iter().any(|pattern| {
        pattern
            .split('.')
            .zip(context.split('.'))
            .all(|(p, c)| p == "*" || c == "*" || p.eq_ignore_ascii_case(c))
    })
}

/// A text as a literal of the expression language.
pub fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl<'a> Expression<'a> {
    /// What it refers to, lower case and dotted: `github.event.commits.*.message`. A computed index is a `*`.
    pub fn contexts(&self) -> Vec<String> {
        self.ast.contexts().into_iter().filter_map(|(context, _)| context.as_pattern()).collect()
    }

    /// What reaches its result, and not only a comparison: of `a == 'x' && b` that is `b`.
    pub fn data_contexts(&self) -> Vec<String> {
        self.ast.dataflow_contexts().into_iter().filter_map(|(context, _)| context.as_pattern()).collect()
    }

    /// The functions it calls, outermost first.
    pub fn functions(&self) -> Vec<Function> {
        let mut functions = Vec::new();
        collect_functions(&self.ast, &mut functions);
        functions
    }

    /// The calls of `success`, `failure`, `always` and `cancelled`. Without one, an `if:` means `success() && (...)`.
    pub fn status_functions(&self) -> Vec<Function> {
        let mut functions = self.functions();
        functions.retain(|f| is_status(*f));
        functions
    }

    /// Whether its value is the same in every run.
    pub fn is_constant(&self) -> bool {
        self.ast.contexts().is_empty()
            && self.functions().iter().all(|f| !is_status(*f) && *f != Function::HashFiles)
    }

    /// The parsed expression itself.
    pub fn ast(&self) -> &SpannedExpr<'a> {
        &self.ast
    }
}

fn is_status(function: Function) -> bool {
    matches!(function, Function::Success | Function::Failure | Function::Always | Function::Cancelled)
}

fn collect_functions(expression: &Expr<'_>, functions: &mut Vec<Function>) {
    match expression {
        Expr::Call(Call { func, args }) => {
            functions.push(*func);
            args.iter().for_each(|arg| collect_functions(arg, functions));
        }
        Expr::Context(context) => context.parts.iter().for_each(|part| collect_functions(part, functions)),
        Expr::Index(index) => collect_functions(index, functions),
        Expr::UnExpr { expr, .. } => collect_functions(expr, functions),
        Expr::BinExpr(BinExpr { lhs, rhs, .. }) => {
            collect_functions(lhs, functions);
            collect_functions(rhs, functions);
        }
        Expr::Literal(_) | Expr::Star | Expr::Identifier(_) => {}
    }
}

/// Bytes of operators outside `'...'`.
fn operator_bytes(body: &str) -> usize {
    let outside = body.split('\'').step_by(2);
    outside.flat_map(str::bytes).filter(|byte| b"|&<>=!".contains(byte)).count()
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_inside_a_string_do_not_end_an_expression() {
        let text = "a ${{ format('}} it''s', x) }} b ${{y}}";
        let found = find(text).unwrap();
        assert_eq!(found.iter().map(|f| f.body).collect::<Vec<_>>(), [" format('}} it''s', x) ", "y"]);
        assert_eq!(&text[found[1].start..found[1].end], "${{y}}");
    }

    #[test]
    fn an_open_expression_is_a_fault_at_its_place() {
        assert_eq!(find("echo ${{ github.sha }").unwrap_err().offset, 5);
        assert_eq!(find("${{ '}}").unwrap_err().offset, 0);
        assert_eq!(find("${{}}").unwrap()[0].body, "");
    }

    #[test]
    fn contexts_are_found_wherever_they_hide() {
        let found = contexts(
            "${{ github['event'].issue.TITLE || needs[matrix.x].result }} and ${{ fromJSON(inputs.a).b }}",
        );
        assert_eq!(found, ["github.event.issue.title", "needs.*.result", "matrix.x", "inputs.a"]);
    }

    #[test]
    fn status_functions_and_constants_are_told_apart() {
        let of = |text: &'static str| parse(text).unwrap();
        assert_eq!(
            of("!cancelled() && contains(needs.*.result, 'failure')").status_functions(),
            [Function::Cancelled]
        );
        assert!(of("format('{0}', 1) == '1'").is_constant());
        assert!(!of("always()").is_constant());
        assert!(!of("hashFiles('a')").is_constant());
        assert!(!of("github.sha").is_constant());
    }

    #[test]
    fn what_an_outsider_decides_is_untrusted_and_so_is_what_contains_it() {
        for context in [
            "github.event.pull_request.title",
            "github.event.commits.*.message",
            "github.head_ref",
            "github.event",
            "github",
        ] {
            assert!(is_untrusted(context), "{context}");
        }
        for context in
            ["github.sha", "github.event.pull_request.number", "github.event_name", "secrets.x", "matrix.os"]
        {
            assert!(!is_untrusted(context), "{context}");
        }
    }

    #[test]
    fn a_condition_may_leave_the_braces_out_but_not_mix_them_with_text() {
        assert!(parse_condition("github.ref == 'refs/heads/main'").is_ok());
        assert!(parse_condition("${{ always() }}").is_ok());
        assert!(parse_condition("${{ always() }} && false").unwrap_err().message.contains("always true"));
        assert_eq!(parse_condition("${{ a b }}").unwrap_err().offset, 6);
    }

    #[test]
    fn hostile_expressions_are_refused_and_not_followed() {
        for body in [
            "(".repeat(100_000),
            "!".repeat(20_000),
            "a[".repeat(10_000),
            format!("a{}", "||a".repeat(6_000)),
            format!("a{}", ".a".repeat(5_000)),
            "'".repeat(20_999),
            "format(".repeat(3_000),
            "\u{0}".repeat(10),
            "x".repeat(30_000),
        ] {
            let _ = parse(&body).map(|e| (e.contexts(), e.functions(), e.is_constant()));
        }
        assert!(parse(&format!("a{}", "||a".repeat(6_000))).is_err());
    }
}
