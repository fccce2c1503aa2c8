//! The types of expressions, and what in them is not there.

use github_actions_expressions::call::Call;
use github_actions_expressions::literal::Literal;
use github_actions_expressions::op::{BinExpr, BinOp, UnOp};
use github_actions_expressions::{Expr, SpannedExpr};

use super::calls;
use super::contexts::Contexts;
use super::scope::Scope;
use super::types::Type;
use crate::error::did_you_mean;

/// Something wrong in an expression, at an offset of its text.
pub(super) struct Fault {
    pub(super) offset: usize,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

/// Finds out types.
pub(super) struct Inference<'c> {
    pub(super) contexts: &'c Contexts,
    pub(super) scope: Scope,
    pub(super) faults: Vec<Fault>,
}

impl Inference<'_> {
    pub(super) fn fault(&mut self, at: &SpannedExpr<'_>, message: String, help: Option<String>) {
        self.faults.push(Fault { offset: at.origin.span.start, message, help });
    }

    /// The type of an expression.
    pub(super) fn infer(&mut self, expr: &SpannedExpr<'_>) -> Type {
        match &expr.inner {
            Expr::Literal(Literal::Number(_)) => Type::Number,
            Expr::Literal(Literal::String(_)) => Type::Text,
            Expr::Literal(Literal::Boolean(_)) => Type::Bool,
            Expr::Literal(Literal::Null) => Type::Null,
            Expr::Context(context) => self.path(&context.parts),
            Expr::Call(Call { func, args }) => calls::check(self, expr, *func, args),
            Expr::UnExpr { op: UnOp::Not, expr } => {
                self.infer(expr);
                Type::Bool
            }
            Expr::BinExpr(BinExpr { lhs, op: BinOp::And, rhs }) => {
                let left = self.narrowed(lhs, false);
                left.merge(&self.infer(rhs))
            }
            Expr::BinExpr(BinExpr { lhs, op: BinOp::Or, rhs }) => {
                let left = self.narrowed(lhs, true);
                left.merge(&self.infer(rhs))
            }
            Expr::BinExpr(BinExpr { lhs, op, rhs }) => self.comparison(expr, lhs, op, rhs),
            Expr::Identifier(_) | Expr::Index(_) | Expr::Star => Type::Any,
        }
    }

    /// The type of an operand of which only truthy (or falsy) values go on: of `a && b || c` only `b` can be it.
    fn narrowed(&mut self, expr: &SpannedExpr<'_>, truthy: bool) -> Type {
        match &expr.inner {
            Expr::BinExpr(BinExpr { lhs, op: BinOp::And, rhs }) if truthy => {
                self.infer(lhs);
                self.infer(rhs)
            }
            Expr::BinExpr(BinExpr { lhs, op: BinOp::Or, rhs }) if !truthy => {
                self.infer(lhs);
                self.infer(rhs)
            }
            Expr::UnExpr { op: UnOp::Not, expr } => self.narrowed(expr, !truthy),
            _ => self.infer(expr),
        }
    }

    fn comparison(
        &mut self,
        at: &SpannedExpr<'_>,
        lhs: &SpannedExpr<'_>,
        op: &BinOp,
        rhs: &SpannedExpr<'_>,
    ) -> Type {
        let (left, right) = (self.infer(lhs), self.infer(rhs));
        let fits = match op {
            BinOp::Eq | BinOp::Neq => left.comparable(&right),
            _ => left.is_ordered() && right.is_ordered(),
        };
        if !fits {
            self.fault(at, format!("{left} can't be compared with {right} like this"), None);
        }
        Type::Bool
    }

    /// `head.property[index].*`
    fn path(&mut self, parts: &[SpannedExpr<'_>]) -> Type {
        let Some((head, rest)) = parts.split_first() else {
            return Type::Any;
        };
        let mut here = match &head.inner {
            Expr::Identifier(name) => self.context(head, name.as_str()),
            _ => self.infer(head),
        };
        let mut variables =
            matches!(&head.inner, Expr::Identifier(name) if name.as_str().eq_ignore_ascii_case("vars"));
        for part in rest {
            here = match &part.inner {
                Expr::Identifier(name) => {
                    if variables {
                        self.variable_name(part, name.as_str());
                    }
                    self.property(part, &here, name.as_str())
                }
                Expr::Star => self.filter(part, &here),
                Expr::Index(index) if matches!(index.inner, Expr::Star) => self.filter(part, &here),
                Expr::Index(index) => self.index(part, &here, index),
                _ => Type::Any,
            };
            variables = false;
        }
        here
    }

    fn context(&mut self, at: &SpannedExpr<'_>, name: &str) -> Type {
        let name = name.to_ascii_lowercase();
        let Some(ty) = self.contexts.get(&name) else {
            const ALL: &[&str] = &[
                "github", "env", "vars", "job", "steps", "runner", "secrets", "strategy", "matrix", "needs",
                "inputs",
            ];
            let help =
                did_you_mean(&name, ALL.iter().copied()).map(|meant| format!("did you mean `{meant}`?"));
            let message = match name.as_str() {
                "jobs" => "`jobs` is known only in the outputs of a reusable workflow".to_owned(),
                _ => format!("there is no context `{name}`"),
            };
            self.fault(at, message, help);
            return Type::Any;
        };
        if let Some(available) = self.scope.contexts
            && !available.contains(&name.as_str())
        {
            let help = format!("here are {}", available.join(", "));
            self.fault(at, format!("the context `{name}` is not available here"), Some(help));
        }
        ty
    }

    /// <https://docs.github.com/actions/reference/workflows-and-actions/variables#naming-conventions>
    fn variable_name(&mut self, at: &SpannedExpr<'_>, name: &str) {
        let reserved = name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("github_"));
        if reserved || name.contains('-') {
            self.fault(at, format!("no configuration variable can be called `{name}`"), None);
        }
    }

    fn property(&mut self, at: &SpannedExpr<'_>, of: &Type, name: &str) -> Type {
        match of {
            Type::Any => Type::Any,
            Type::Object(object) => match object.get(name).or(object.rest.as_ref()) {
                Some(ty) => ty.clone(),
                None => {
                    let known = object.properties.iter().map(|(name, _)| name.as_ref());
                    let help = match did_you_mean(&name.to_ascii_lowercase(), known.clone()) {
                        Some(meant) => format!("did you mean `{meant}`?"),
                        None if object.properties.is_empty() => "there is nothing defined here".to_owned(),
                        None => format!("there are {}", known.take(12).collect::<Vec<_>>().join(", ")),
                    };
                    self.fault(at, format!("there is no `{name}` here"), Some(help));
                    Type::Any
                }
            },
            Type::List { of, filtered: true } => match &**of {
                Type::Object(_) => Type::filtered(self.property(at, of, name)),
                _ => Type::filtered(Type::Any),
            },
            other => {
                self.fault(at, format!("{other} has no property `{name}`"), None);
                Type::Any
            }
        }
    }

    /// `.*`: the values of an object, or the elements of a list.
    fn filter(&mut self, at: &SpannedExpr<'_>, of: &Type) -> Type {
        let refused = match of {
            Type::Any => return Type::filtered(Type::Any),
            Type::List { of, .. } => {
                return Type::List { of: of.clone(), filtered: true };
            }
            Type::Object(object) => match &object.rest {
                Some(rest @ (Type::Any | Type::Object(_))) => return Type::filtered(rest.clone()),
                Some(_) => true,
                None => !object.properties.iter().any(|(_, ty)| matches!(ty, Type::Object(_))),
            },
            _ => true,
        };
        if refused {
            self.fault(at, format!("`*` finds nothing in {of} without objects inside"), None);
        }
        Type::filtered(Type::Any)
    }

    fn index(&mut self, at: &SpannedExpr<'_>, of: &Type, index: &SpannedExpr<'_>) -> Type {
        let by = self.infer(index);
        match (of, &by) {
            (Type::Any, _) => Type::Any,
            (Type::List { of, .. }, Type::Any | Type::Number) => Type::clone(of),
            (Type::Object(_), Type::Text) => match &index.inner {
                Expr::Literal(Literal::String(name)) => self.property(at, of, name),
                _ => Type::Any,
            },
            (Type::Object(_), Type::Any) => Type::Any,
            (Type::Object(_) | Type::List { .. }, _) => {
                self.fault(index, format!("{of} can't be indexed by {by}"), None);
                Type::Any
            }
            _ => {
                self.fault(at, format!("{of} can't be indexed"), None);
                Type::Any
            }
        }
    }
}
