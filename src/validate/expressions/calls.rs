//! Calls of functions: where they are available, how many arguments they take and of which types.

use github_actions_expressions::call::Function;
use github_actions_expressions::literal::Literal;
use github_actions_expressions::{Expr, SpannedExpr};

use super::infer::Inference;
use super::scope::SPECIAL;
use super::types::Type;

/// The name of a function, in lower case.
fn name(function: Function) -> &'static str {
    match function {
        Function::Contains => "contains",
        Function::StartsWith => "startswith",
        Function::EndsWith => "endswith",
        Function::Format => "format",
        Function::Join => "join",
        Function::ToJSON => "tojson",
        Function::FromJSON => "fromjson",
        Function::HashFiles => "hashfiles",
        Function::Case => "case",
        Function::Success => "success",
        Function::Always => "always",
        Function::Cancelled => "cancelled",
        Function::Failure => "failure",
    }
}

/// True for functions whose value depends on their arguments alone.
pub(super) fn is_pure(function: Function) -> bool {
    !SPECIAL.contains(&name(function)) && function != Function::FromJSON
}

/// Checks a call; gives its type. The parser has checked most of the numbers of arguments.
pub(super) fn check(
    inference: &mut Inference<'_>,
    call: &SpannedExpr<'_>,
    function: Function,
    args: &[SpannedExpr<'_>],
) -> Type {
    let types: Vec<Type> = args.iter().map(|arg| inference.infer(arg)).collect();
    let name = name(function);
    if SPECIAL.contains(&name) && !inference.scope.functions.contains(&name) {
        let help = match function {
            Function::HashFiles => "it is available in steps",
            _ => "it is available in `if:`",
        };
        inference.fault(call, format!("`{name}` can't be called here"), Some(help.to_owned()));
    }
    match function {
        Function::Contains => contains(inference, args, &types),
        Function::StartsWith | Function::EndsWith => {
            expect_all(inference, args, &types, &Type::Text);
            Type::Bool
        }
        Function::Format => {
            expect_all(inference, &args[..args.len().min(1)], &types, &Type::Text);
            format(inference, call, args);
            Type::Text
        }
        Function::Join => {
            expect_all(inference, &args[..args.len().min(1)], &types, &Type::list(Type::Text));
            if let ([_, separator], [_, ty]) = (args, types.as_slice()) {
                expect(inference, separator, ty, &Type::Text);
            }
            Type::Text
        }
        Function::ToJSON => Type::Text,
        Function::FromJSON => {
            expect_all(inference, args, &types, &Type::Text);
            from_json(inference, args)
        }
        Function::HashFiles => {
            expect_all(inference, args, &types, &Type::Text);
            Type::Text
        }
        Function::Case => Type::Any,
        Function::Success | Function::Always | Function::Cancelled | Function::Failure => Type::Bool,
    }
}

fn expect_all(inference: &mut Inference<'_>, args: &[SpannedExpr<'_>], types: &[Type], wanted: &Type) {
    for (arg, ty) in args.iter().zip(types) {
        expect(inference, arg, ty, wanted);
    }
}

fn expect(inference: &mut Inference<'_>, arg: &SpannedExpr<'_>, ty: &Type, wanted: &Type) {
    if !wanted.accepts(ty) {
        inference.fault(arg, format!("this argument must be {wanted}, not {ty}"), None);
    }
}

/// `contains(text, text)` or `contains(list, anything)`.
fn contains(inference: &mut Inference<'_>, args: &[SpannedExpr<'_>], types: &[Type]) -> Type {
    let fits = match types {
        [Type::List { .. } | Type::Any, _] => true,
        [search, item] => Type::Text.accepts(search) && Type::Text.accepts(item),
        _ => true,
    };
    if let (false, Some(first)) = (fits, args.first()) {
        inference.fault(first, "`contains` searches text for text, or a list for a value".to_owned(), None);
    }
    Type::Bool
}

fn format(inference: &mut Inference<'_>, call: &SpannedExpr<'_>, args: &[SpannedExpr<'_>]) {
    let Some((template, values)) = args.split_first() else {
        inference.fault(call, "`format` needs a template and values".to_owned(), None);
        return;
    };
    if values.is_empty() {
        inference.fault(call, "`format` without values gives its template".to_owned(), None);
    }
    let Expr::Literal(Literal::String(text)) = &template.inner else {
        return;
    };
    let used = placeholders(text);
    for (n, value) in values.iter().enumerate() {
        if !used.contains(&n) {
            inference.fault(
                value,
                format!("the template does not use this value: it has no `{{{n}}}`"),
                None,
            );
        }
    }
    if let Some(n) = used.into_iter().find(|n| *n >= values.len()) {
        inference.fault(template, format!("there is no value for `{{{n}}}`"), None);
    }
}

/// The numbers in the braces of a template; doubled braces are text.
fn placeholders(template: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        rest = &rest[open + 1..];
        if let Some(escaped) = rest.strip_prefix('{') {
            rest = escaped;
            continue;
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if rest[digits..].starts_with('}')
            && let Ok(number) = rest[..digits].parse()
        {
            found.push(number);
            rest = &rest[digits + 1..];
        }
    }
    found
}

fn from_json(inference: &mut Inference<'_>, args: &[SpannedExpr<'_>]) -> Type {
    let [text] = args else { return Type::Any };
    let Expr::Literal(Literal::String(json)) = &text.inner else {
        return Type::Any;
    };
    match serde_json::from_str(json) {
        Ok(value) => Type::of_json(&value),
        Err(error) => {
            inference.fault(text, format!("this is no JSON: {error}"), None);
            Type::Any
        }
    }
}

#[cfg(test)]
mod tests {
    use super::placeholders;

    #[test]
    fn doubled_braces_are_text() {
        assert_eq!(placeholders("{0} {{1}} {2}{x}{}"), [0, 2]);
        assert_eq!(placeholders("{{{0}}}"), [0]);
    }
}
