//! Expressions that work, but hide something or do not do what they look like.

use github_actions_expressions::call::{Call, Function};
use github_actions_expressions::literal::Literal;
use github_actions_expressions::op::{BinExpr, BinOp};
use github_actions_expressions::{Evaluation, Expr, SpannedExpr};

use super::calls::is_pure;
use crate::data::Node;
use crate::validate::report::Report;

/// Checks an expression that starts at `offset` of the text of `at`.
pub(super) fn check(expr: &SpannedExpr<'_>, at: &Node, offset: usize, report: &mut Report<'_>) {
    obfuscated(expr, at, offset, report);
    visit(expr, &mut |expr| match &expr.inner {
        Expr::Call(Call { func: Function::ToJSON, args }) if args.iter().any(is_all_secrets) => {
            all_secrets(at, offset + expr.origin.span.start, report);
        }
        Expr::Call(Call { func: Function::FromJSON, args }) if args.iter().any(is_secret) => {
            let message = "a part of a secret is not masked in logs";
            report
                .error_inside("unredacted-secrets", at, offset + expr.origin.span.start, message)
                .help("keep each value in a secret of its own");
        }
        Expr::Context(context) => {
            if let [head, part] = context.parts.as_slice()
                && matches!(&head.inner, Expr::Identifier(name) if name.as_str().eq_ignore_ascii_case("secrets"))
                && matches!(&part.inner, Expr::Index(index) if !index.is_literal())
            {
                all_secrets(at, offset + expr.origin.span.start, report);
            }
        }
        _ => {}
    });
    pseudo_ternary(expr, at, offset, report);
}

/// Calls `f` for an expression and every one inside it.
fn visit<'e, 's>(expr: &'e SpannedExpr<'s>, f: &mut dyn FnMut(&'e SpannedExpr<'s>)) {
    f(expr);
    match &expr.inner {
        Expr::Call(call) => call.args.iter().for_each(|arg| visit(arg, f)),
        Expr::Context(context) => context.parts.iter().for_each(|part| visit(part, f)),
        Expr::Index(index) => visit(index, f),
        Expr::UnExpr { expr, .. } => visit(expr, f),
        Expr::BinExpr(BinExpr { lhs, rhs, .. }) => {
            visit(lhs, f);
            visit(rhs, f);
        }
        Expr::Literal(_) | Expr::Star | Expr::Identifier(_) => {}
    }
}

fn obfuscated(expr: &SpannedExpr<'_>, at: &Node, offset: usize, report: &mut Report<'_>) {
    let constants = match expr.consteval() {
        Some(value) => vec![(expr, value)],
        None => expr.consteval_subexprs(),
    };
    // A list or an object can't be written any shorter.
    let written = |value: &Evaluation| matches!(value, Evaluation::Array(_) | Evaluation::Object(_));
    for (constant, _) in constants.into_iter().filter(|(_, value)| !written(value)) {
        let message = format!("`{}` is always the same", constant.origin.raw);
        let start = offset + constant.origin.span.start;
        report.warning_inside("obfuscation", at, start, message).help("write its value");
    }
    for index in expr.computed_indices() {
        let message = format!("`{}` is looked up by a name that is computed", index.origin.raw);
        report.warning_inside("obfuscation", at, offset + index.origin.span.start, message);
    }
}

fn is_all_secrets(expr: &SpannedExpr<'_>) -> bool {
    matches!(&expr.inner, Expr::Context(context) if context.matches("secrets"))
}

fn is_secret(expr: &SpannedExpr<'_>) -> bool {
    matches!(&expr.inner, Expr::Context(context) if context.child_of("secrets"))
}

fn all_secrets(at: &Node, offset: usize, report: &mut Report<'_>) {
    report
        .error_inside("overprovisioned-secrets", at, offset, "the runner gets every secret to choose from")
        .help("name the secret: `secrets.NAME`");
}

/// `a && '' || c` is always `c`.
fn pseudo_ternary(expr: &SpannedExpr<'_>, at: &Node, offset: usize, report: &mut Report<'_>) {
    visit(expr, &mut |expr| {
        let Expr::BinExpr(BinExpr { lhs, op: BinOp::Or, .. }) = &expr.inner else {
            return;
        };
        let Expr::BinExpr(BinExpr { op: BinOp::And, rhs: value, .. }) = &last_alternative(lhs).inner else {
            return;
        };
        if expr.consteval().is_none() && value.consteval().is_some_and(|value| !value.as_boolean()) {
            let message = format!("`{}` is falsy, so what follows `||` is taken instead", value.origin.raw);
            report
                .warning_inside("unsound-ternary", at, offset + value.origin.span.start, message)
                .help("turn the condition around");
        }
    });
}

/// The operand right before an `||`.
fn last_alternative<'e, 's>(expr: &'e SpannedExpr<'s>) -> &'e SpannedExpr<'s> {
    match &expr.inner {
        Expr::BinExpr(BinExpr { op: BinOp::Or, rhs, .. }) => last_alternative(rhs),
        _ => expr,
    }
}

/// True for an expression that has one value whatever happens.
pub(super) fn is_constant(expr: &SpannedExpr<'_>) -> bool {
    match &expr.inner {
        Expr::Literal(_) => true,
        Expr::UnExpr { expr, .. } => is_constant(expr),
        Expr::BinExpr(BinExpr { lhs, rhs, .. }) => is_constant(lhs) && is_constant(rhs),
        Expr::Call(Call { func, args }) => is_pure(*func) && args.iter().all(is_constant),
        _ => false,
    }
}

/// Checks a condition for what an attacker could make true.
pub(super) fn condition(expr: &SpannedExpr<'_>, at: &Node, offset: usize, report: &mut Report<'_>) {
    visit(expr, &mut |expr| match &expr.inner {
        Expr::Call(Call { func: Function::Contains, args }) => {
            if let [list, item] = args.as_slice()
                && matches!(list.inner, Expr::Literal(Literal::String(_)))
                && matches!(item.inner, Expr::Context(_))
            {
                let message =
                    format!("`contains` finds parts too: `{}` can be a piece of it", item.origin.raw);
                report
                    .error_inside("unsound-contains", at, offset + expr.origin.span.start, message)
                    .help("compare with `==`, or search a list: `contains(fromJSON('[...]'), ...)`");
            }
        }
        Expr::BinExpr(BinExpr { lhs, op: BinOp::Eq, rhs })
            if names_a_bot(lhs, rhs) || names_a_bot(rhs, lhs) =>
        {
            report
                .error_inside(
                    "bot-conditions",
                    at,
                    offset + expr.origin.span.start,
                    "anybody can be this actor",
                )
                .help("look at who opened it: `github.event.pull_request.user.login`");
        }
        _ => {}
    });
}

/// Accounts and integrations of bots, by number.
const BOTS: &[&str] = &["29110", "49699333", "27856297", "29139614"];

fn names_a_bot(context: &SpannedExpr<'_>, literal: &SpannedExpr<'_>) -> bool {
    let (Expr::Context(context), Expr::Literal(literal)) = (&context.inner, &literal.inner) else {
        return false;
    };
    let literal = literal.as_str();
    match context.as_pattern().as_deref() {
        Some("github.actor" | "github.triggering_actor" | "github.event.pull_request.sender.login") => {
            literal.ends_with("[bot]")
        }
        Some("github.actor_id" | "github.event.pull_request.sender.id") => BOTS.contains(&literal.as_ref()),
        _ => false,
    }
}
