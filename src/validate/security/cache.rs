//! Caches in jobs that publish: whoever can write the cache can change what is published.

use github_actions_expressions::call::{Call, Function};
use github_actions_expressions::literal::Literal;
use github_actions_expressions::op::{BinExpr, BinOp, UnOp};
use github_actions_expressions::{Expr, SpannedExpr};

use super::control::{Control, Kind, State};
use crate::data::Node;
use crate::validate::report::Report;
use crate::validate::view::{Job, Step, Workflow};

/// Actions that restore a cache, and what decides whether they do.
const CACHES: &[(&str, Control)] = &[
    ("actions/cache", Control::off("lookup-only", Kind::Boolean)),
    ("actions/setup-java", Control::on("cache", Kind::Text, false)),
    ("actions/setup-go", Control::on("cache", Kind::Boolean, true)),
    (
        "actions/setup-node",
        Control::Any(&[
            Control::on("cache", Kind::Words(&["npm", "yarn", "pnpm"]), false),
            Control::on("package-manager-cache", Kind::Boolean, true),
        ]),
    ),
    ("actions/setup-python", Control::on("cache", Kind::Text, false)),
    ("actions/setup-dotnet", Control::on("cache", Kind::Boolean, false)),
    (
        "astral-sh/setup-uv",
        Control::Any(&[
            Control::on("enable-cache", Kind::Words(&["true"]), false),
            Control::All(&[Control::Before(10), Control::on("enable-cache", Kind::Boolean, true)]),
        ]),
    ),
    ("Swatinem/rust-cache", Control::off("lookup-only", Kind::Boolean)),
    ("ruby/setup-ruby", Control::on("bundler-cache", Kind::Boolean, false)),
    ("PyO3/maturin-action", Control::on("sccache", Kind::Boolean, false)),
    ("mlugg/setup-zig", Control::on("use-cache", Kind::Boolean, true)),
    ("oven-sh/setup-bun", Control::off("no-cache", Kind::Boolean)),
    ("DeterminateSystems/magic-nix-cache-action", Control::on("use-gha-cache", Kind::Boolean, true)),
    ("graalvm/setup-graalvm", Control::on("cache", Kind::Text, false)),
    ("gradle/actions/setup-gradle", Control::off("cache-disabled", Kind::Boolean)),
    (
        "docker/setup-buildx-action",
        Control::All(&[
            Control::on("cache-binary", Kind::Boolean, true),
            Control::on("version", Kind::Text, false),
        ]),
    ),
    ("actions-rust-lang/setup-rust-toolchain", Control::on("cache", Kind::Boolean, true)),
    ("Mozilla-Actions/sccache-action", Control::Always),
    ("nix-community/cache-nix-action", Control::Always),
    ("jdx/mise-action", Control::on("cache", Kind::Boolean, true)),
    ("ramsey/composer-install", Control::off("ignore-cache", Kind::Words(&["yes", "true", "1"]))),
    ("awalsh128/cache-apt-pkgs-action", Control::Always),
];

/// Actions that publish something.
const PUBLISHERS: &[(&str, Control)] = &[
    ("pypa/gh-action-pypi-publish", Control::Always),
    ("rubygems/release-gem", Control::Always),
    ("jreleaser/release-action", Control::Always),
    ("goreleaser/goreleaser-action", Control::Always),
    ("softprops/action-gh-release", Control::Always),
    ("release-drafter/release-drafter", Control::Always),
    ("googleapis/release-please-action", Control::Always),
    ("docker/build-push-action", Control::on("push", Kind::Boolean, true)),
    ("redhat-actions/push-to-registry", Control::Always),
    ("aws-actions/amazon-ecs-deploy-task-definition", Control::Always),
    ("aws-actions/aws-cloudformation-github-deploy", Control::Always),
    ("Azure/aci-deploy", Control::Always),
    ("Azure/container-apps-deploy-action", Control::Always),
    ("Azure/functions-action", Control::Always),
    ("Azure/sql-action", Control::Always),
    ("cloudflare/wrangler-action", Control::Always),
    ("google-github-actions/deploy-appengine", Control::Always),
    ("google-github-actions/deploy-cloudrun", Control::Always),
    ("google-github-actions/deploy-cloud-functions", Control::Always),
];

/// What makes a job one that publishes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Publishing {
    /// Tags and releases alone start the workflow.
    Tag,
    Branch,
    Action,
}

/// Checks a job.
pub(super) fn check(workflow: &Workflow<'_>, job: &Job<'_>, report: &mut Report<'_>) {
    let action = || {
        job.steps
            .iter()
            .any(|step| known(PUBLISHERS, step, report).is_some_and(|(_, state)| state != State::Off))
    };
    let Some(publishing) = by_trigger(workflow).or_else(|| action().then_some(Publishing::Action)) else {
        return;
    };
    for step in &job.steps {
        let Some((control, state)) = known(CACHES, step, report) else {
            continue;
        };
        let cached = match state {
            State::Off => false,
            State::On => true,
            State::Maybe if publishing == Publishing::Tag => cached_for_tags(control, step).unwrap_or(true),
            State::Maybe => true,
        };
        if let (true, Some((at, uses))) = (cached, step.repository()) {
            report.set_scope(Some(step.lines));
            let message = format!("`{}` restores a cache in a job that publishes", uses.action);
            let help = "switch the cache off here: whoever can write it changes what is published";
            report.error("cache-poisoning", at, message).help(help);
        }
    }
    report.set_scope(None);
}

fn known<'c>(
    list: &'c [(&str, Control)],
    step: &Step<'_>,
    report: &Report<'_>,
) -> Option<(&'c Control, State)> {
    let (at, uses) = step.repository()?;
    let (_, control) = list.iter().find(|(action, _)| uses.is(action))?;
    Some((control, control.state(step, at, uses, report)))
}

fn by_trigger(workflow: &Workflow<'_>) -> Option<Publishing> {
    let release = workflow.trigger("release").is_some();
    let push = workflow.trigger("push").and_then(|push| push.body);
    let tags = push.is_some_and(|push| push.get("tags").is_some() || push.get("tags-ignore").is_some());
    let branches = push.and_then(|push| push.get("branches")).map_or(&[][..], Node::items);
    let named = |branch: &Node| branch.as_str().is_some_and(|name| name.to_lowercase().contains("release"));
    match (tags || release, branches.iter().any(named)) {
        (_, true) => Some(Publishing::Branch),
        (true, false) => Some(Publishing::Tag),
        (false, false) => None,
    }
}

/// Whether the cache is used for tags, when an expression decides that is understood.
fn cached_for_tags(control: &Control, step: &Step<'_>) -> Option<bool> {
    let Control::Input(input) = control else {
        return None;
    };
    if !matches!(input.kind, Kind::Boolean) {
        return None;
    }
    let inner = step.input(input.name)?.as_str()?.strip_prefix("${{")?.strip_suffix("}}")?;
    let value = for_tags(&Expr::parse(inner).ok()?)?;
    Some(value != input.opt_out)
}

/// The value of a condition when a tag is pushed.
fn for_tags(expr: &SpannedExpr<'_>) -> Option<bool> {
    match &expr.inner {
        Expr::Literal(Literal::Boolean(value)) => Some(*value),
        Expr::UnExpr { op: UnOp::Not, expr } => Some(!for_tags(expr)?),
        Expr::Call(Call { func: Function::StartsWith, args }) => match args.as_slice() {
            [subject, prefix] => {
                (is_context(subject, "github.ref") && is_text(prefix, "refs/tags/")).then_some(true)
            }
            _ => None,
        },
        Expr::BinExpr(BinExpr { lhs, op: BinOp::And, rhs }) => {
            let push = |e: &SpannedExpr<'_>| equals(e, "github.event_name", "push");
            let tag = |e: &SpannedExpr<'_>| equals(e, "github.ref_type", "tag");
            ((push(lhs) && tag(rhs)) || (tag(lhs) && push(rhs))).then_some(true)
        }
        _ => None,
    }
}

fn equals(expr: &SpannedExpr<'_>, context: &str, text: &str) -> bool {
    let Expr::BinExpr(BinExpr { lhs, op: BinOp::Eq, rhs }) = &expr.inner else {
        return false;
    };
    (is_context(lhs, context) && is_text(rhs, text)) || (is_context(rhs, context) && is_text(lhs, text))
}

fn is_context(expr: &SpannedExpr<'_>, name: &str) -> bool {
    matches!(&expr.inner, Expr::Context(context) if context.as_pattern().as_deref() == Some(name))
}

fn is_text(expr: &SpannedExpr<'_>, wanted: &str) -> bool {
    matches!(&expr.inner, Expr::Literal(Literal::String(text)) if text.eq_ignore_ascii_case(wanted))
}
