//! Values that have broken YAML writers before.

use indexmap::IndexMap;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Number, Value};
use wfgen::workflow::{
    Concurrency, Container, Environment, Job, Level, Permission, Permissions, SCOPES, Step,
    Strategy as Matrix, Uses, Workflow,
};

/// Texts that some reader takes for something else.
pub(crate) const TEXTS: &[&str] = &[
    "",
    " ",
    "  a",
    "a ",
    "\ta",
    "a\t",
    "a\tb",
    "\n",
    "\n\n",
    "\na",
    "a\n",
    "a\n\n",
    "a\nb",
    "a\nb\n",
    " a\nb",
    "\n a\n",
    "a\n b\n",
    "a\n\tb\n",
    "\ta\nb",
    "a\n  \nb",
    "a\r\nb",
    "a\r",
    "\r",
    "yes",
    "No",
    "ON",
    "off",
    "y",
    "N",
    "true",
    "False",
    "TRUE",
    "null",
    "Null",
    "~",
    "~/a",
    "=",
    "<<",
    "<<a",
    "0",
    "-1",
    "+1",
    "1_000",
    "0x1f",
    "0X1F",
    "0o7",
    "017",
    "0b1",
    "1e3",
    "1E+3",
    "1.5",
    ".5",
    "5.",
    "3.10",
    "1.2.3",
    "12:30",
    "12:30:45",
    "5432:5432",
    "190:20:30.15",
    ".inf",
    "-.INF",
    ".NaN",
    "inf",
    "nan",
    "2026-01-01",
    "2026-01-01T00:00:00Z",
    "2026-1-1 1:2:3",
    ".",
    "..",
    "...",
    "---",
    "--- a",
    "... a",
    "-",
    "- a",
    "-a",
    "--all",
    "-D warnings",
    "?",
    "? a",
    "?a",
    ":",
    ": a",
    ":a",
    "a:",
    "a: b",
    "a:b",
    "a :b",
    "#",
    "#a",
    "a #b",
    "a#b",
    ",",
    "a,b",
    "[",
    "]",
    "[a]",
    "{",
    "}",
    "{a: b}",
    "a]b",
    "&a",
    "*a",
    "!a",
    "!!str a",
    "|",
    "|-",
    ">",
    "'",
    "\"",
    "'a'",
    "\"a\"",
    "a'b",
    "a\"b",
    "it's \"x\"",
    "\\",
    "a\\nb",
    "%",
    "%YAML 1.1",
    "@a",
    "`a`",
    "${{ github.sha }}",
    "${{ a && 'b: c' }}",
    "!cancelled()",
    "\u{0}",
    "\u{7}",
    "\u{1b}[0m",
    "\u{7f}",
    "\u{85}",
    "a\u{85}b",
    "a\u{2028}b",
    "a\u{2029}b",
    "\u{a0}a",
    "\u{feff}",
    "\u{feff}a",
    "a\u{feff}b",
    "\u{200b}",
    "\u{202e}x",
    "\u{fffe}",
    "\u{ffff}",
    "\u{1f600}",
    "\u{10ffff}",
    "\u{1fffe}",
    "\u{e000}",
    "é",
    "e\u{301}",
    "日本",
    "a\u{85}\nb",
    "# a\n# b\n",
    "a # b\nc",
    "|\n",
    "a\n---\nb\n",
    "a\n...\n",
    "key: |\n  x\n",
    "a\n\n\nb\n\n\n",
    "   ",
    "a\n ",
    " \na",
    "\n\n a",
    "+",
    "0.",
    "_1",
    "1_",
    "0_",
    "1:2",
    "-.5",
    "+.5",
    "1e",
    "e1",
    "0x",
    "0xg",
    "1-2",
    "10 days",
    "20.x",
    "v1.2",
    "^1.2",
    ">=1",
    "<1",
    "a\u{b}b",
    "a\u{c}b",
    "a -",
    "a - b",
    "a -b",
    "a ?",
    "a :",
    "a |",
    "a &b",
    "a !b",
    "a %",
];

/// Any text, mostly nasty.
pub(crate) fn text() -> BoxedStrategy<String> {
    prop_oneof![
        4 => prop::sample::select(TEXTS).prop_map(str::to_owned),
        2 => (prop::sample::select(TEXTS), prop::sample::select(TEXTS)).prop_map(|(a, b)| format!("{a}{b}")),
        3 => "[ \t\n:#'\"\\\\\\[\\]{},&*!|>%@`?~=<0-9a-fxoeE+._-]{0,10}",
        2 => "[ \nab#:-]{0,14}",
        2 => "[0-9_:.eExXob+ -]{1,8}",
        2 => any::<String>(),
        1 => "[a-z :#]{90,130}",
        1 => "[a-z]{1,8}",
    ]
    .boxed()
}

fn key() -> BoxedStrategy<String> {
    prop_oneof![8 => text(), 4 => "[a-z]{1,6}", 1 => "[a-z \n]{900,1300}"].boxed()
}

fn number() -> BoxedStrategy<Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        any::<f64>().prop_filter_map("JSON has finite numbers only", Number::from_f64),
        prop::sample::select(&[0.0, -0.0, 1e16, 1e100, 1e-7, 1.5, 3.1, 1e3, f64::MAX, f64::MIN_POSITIVE][..])
            .prop_filter_map("finite", Number::from_f64),
    ]
    .boxed()
}

/// A single value.
pub(crate) fn scalar() -> BoxedStrategy<Value> {
    prop_oneof![
        6 => text().prop_map(Value::from),
        1 => number().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ]
    .boxed()
}

/// Any value at all.
pub(crate) fn value() -> BoxedStrategy<Value> {
    scalar()
        .prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..5).prop_map(Value::from),
                vec((key(), inner), 0..5)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
            ]
        })
        .boxed()
}

fn scalars() -> BoxedStrategy<IndexMap<String, Value>> {
    vec((key(), scalar()), 0..3).prop_map(|entries| entries.into_iter().collect()).boxed()
}

/// What a comment can say: one line without blanks around it.
fn remark() -> BoxedStrategy<String> {
    "[!-~]([ -~é]{0,12}[!-~])?".boxed()
}

fn id() -> BoxedStrategy<String> {
    prop_oneof![
        "[a-z][a-z0-9_-]{0,8}",
        prop::sample::select(&["on", "yes", "n", "y", "off", "null"][..]).prop_map(str::to_owned)
    ]
    .boxed()
}

fn permissions() -> BoxedStrategy<Permissions> {
    let level = prop::sample::select(&[Level::None, Level::Read, Level::Write][..]);
    let permission =
        (level, prop::option::of(remark())).prop_map(|(level, because)| Permission { level, because });
    vec((prop::sample::select(&SCOPES[..9]), permission), 0..3)
        .prop_map(|entries| {
            Permissions(entries.into_iter().map(|(scope, p)| (scope.to_owned(), p)).collect())
        })
        .boxed()
}

fn uses() -> BoxedStrategy<Uses> {
    let texts = &[
        "actions/checkout@v4",
        "a/b/c@0123456789abcdef0123456789abcdef01234567",
        "./x",
        "docker://alpine:3",
    ][..];
    (prop::sample::select(texts), prop::option::of(remark()))
        .prop_map(|(text, comment)| Uses { comment, ..Uses::parse(text).expect("they are well-formed") })
        .boxed()
}

fn matrix() -> BoxedStrategy<Matrix> {
    let axis = vec(scalar(), 1..12).prop_map(Value::from);
    let include = vec(vec((id(), scalar()), 1..3).prop_map(|e| Value::Object(e.into_iter().collect())), 1..3);
    (vec((id(), axis), 1..3), prop::option::of(include))
        .prop_map(|(axes, include)| {
            let mut axes: Map<String, Value> = axes.into_iter().collect();
            axes.extend(include.map(|include| ("include".to_owned(), Value::from(include))));
            Matrix { fail_fast: false.into(), max_parallel: 2.into(), matrix: Value::Object(axes) }
        })
        .boxed()
}

fn step() -> BoxedStrategy<Step> {
    let shared = (vec(remark(), 0..2), prop::option::of(text()), prop::option::of(text()), scalars());
    let body = prop_oneof![
        (text(), prop::option::of(text()), prop::option::of(text())).prop_map(|(run, shell, dir)| Step {
            run: Some(run),
            shell,
            working_directory: dir,
            ..Step::default()
        }),
        (uses(), scalars()).prop_map(|(uses, with)| Step { uses: Some(uses), with, ..Step::default() }),
    ];
    (shared, body)
        .prop_map(|((comment, name, condition, env), body)| Step { comment, name, condition, env, ..body })
        .boxed()
}

fn job() -> BoxedStrategy<Job> {
    let shared = (vec(remark(), 0..2), prop::option::of(text()), vec(id(), 0..4), prop::option::of(text()));
    let on_a_runner = (
        prop::option::of(permissions()),
        prop::option::of(
            (text(), prop::option::of(text())).prop_map(|(name, url)| Environment { name, url }),
        ),
        prop::option::of(matrix()),
        (scalars(), scalars(), vec(id(), 0..2)),
        vec(step(), 1..4),
    )
        .prop_map(|(permissions, environment, strategy, (env, outputs, services), steps)| Job {
            runs_on: "ubuntu-24.04".into(),
            timeout_minutes: 10.into(),
            services: services
                .into_iter()
                .map(|name| (name, Container { ports: vec!["80:80".into()], ..Container::of("redis:8") }))
                .collect(),
            permissions,
            environment,
            strategy,
            env,
            outputs,
            steps,
            ..Job::default()
        });
    let workflows = &["./.github/workflows/x.yml", "a/b/.github/workflows/x.yml@v1"][..];
    let workflow =
        prop::sample::select(workflows).prop_map(|text| Uses::parse(text).expect("they are well-formed"));
    let called = (workflow, scalars(), scalars()).prop_map(|(uses, with, secrets)| Job {
        uses: Some(uses),
        with,
        secrets,
        ..Job::default()
    });
    (shared, prop_oneof![4 => on_a_runner, 1 => called])
        .prop_map(|((comment, name, needs, condition), job)| Job { comment, name, needs, condition, ..job })
        .boxed()
}

/// A workflow that GitHub's schema would take, with nasty text wherever text may be.
pub(crate) fn workflow() -> BoxedStrategy<Workflow> {
    let on = prop::sample::select(
        &[
            r#""push""#,
            r#"["push", "pull_request"]"#,
            r#"{"push": {"branches": ["main", "[0-9]+.x"], "paths": ["**"]}, "pull_request": null}"#,
            r#"{"schedule": [{"cron": "0 0 * * *"}], "workflow_dispatch": null}"#,
        ][..],
    )
    .prop_map(|json| serde_json::from_str(json).expect("it is JSON"));
    let group = (text(), prop::option::of(any::<bool>())).prop_map(|(group, cancel)| Concurrency {
        group,
        cancel_in_progress: cancel.map_or(Value::Null, Value::Bool),
        queue: None,
    });
    (
        (prop::option::of(text()), prop::option::of(text()), on),
        prop::option::of(permissions()),
        prop::option::of(group),
        scalars(),
        vec((id(), job()), 1..4),
    )
        .prop_map(|((name, run_name, on), permissions, concurrency, env, jobs)| Workflow {
            name,
            run_name,
            on,
            permissions,
            concurrency,
            env,
            defaults: None,
            jobs: jobs.into_iter().collect(),
        })
        .boxed()
}
