//! Jobs and steps.

use super::shape::{Fields, Shape, TRUTH_OR_EXPRESSION};
use super::workflow::{CONCURRENCY, DEFAULTS, ENV, PERMISSIONS};

/// A job with steps.
pub(super) static JOB: Shape = Shape::Map(&Fields {
    required: &["runs-on", "steps"],
    ..Fields::of(
        "a job",
        &[
            ("name", &Shape::Text),
            ("needs", &NEEDS),
            ("runs-on", &RUNS_ON),
            ("permissions", &PERMISSIONS),
            ("environment", &ENVIRONMENT),
            ("concurrency", &CONCURRENCY),
            ("outputs", &Shape::Map(&Fields::each("`outputs`", &Shape::Blank))),
            ("env", &ENV),
            ("defaults", &DEFAULTS),
            ("if", &CONDITION),
            ("steps", &Shape::List(&STEP)),
            ("timeout-minutes", &MINUTES),
            ("strategy", &STRATEGY),
            ("continue-on-error", &TRUTH_OR_EXPRESSION),
            ("container", &CONTAINER),
            ("services", &Shape::Map(&Fields::each("`services`", &Shape::Map(&SERVICE)))),
            ("snapshot", &SNAPSHOT),
            (
                "cache-mode",
                &Shape::TooNew("`cache-mode` came in June 2026; set `ACTIONS_CACHE_MODE` in `env:` instead"),
            ),
        ],
    )
});

/// A job that calls a workflow.
pub(super) static CALL_JOB: Shape = Shape::Map(&Fields {
    required: &["uses"],
    ..Fields::of(
        "a job that calls a workflow",
        &[
            ("name", &Shape::Text),
            ("needs", &NEEDS),
            ("permissions", &PERMISSIONS),
            ("concurrency", &CONCURRENCY),
            ("if", &CONDITION),
            ("strategy", &STRATEGY),
            ("uses", &Shape::Text),
            ("with", &INPUTS),
            ("secrets", &Shape::AnyOf(&[&Shape::Word(&["inherit"]), &INPUTS], "`inherit` or a mapping")),
        ],
    )
});

const INPUTS: Shape = Shape::Map(&Fields::each("`with`", &Shape::Scalar));

static NEEDS: Shape =
    Shape::AnyOf(&[&Shape::Name, &Shape::List(&Shape::Name)], "a job id or a list of job ids");

pub(super) static CONDITION: Shape = Shape::AnyOf(&[&Shape::Text, &Shape::Scalar], "a condition");

static RUNS_ON: Shape = Shape::AnyOf(
    &[
        &Shape::Text,
        &Shape::List(&Shape::Text),
        &Shape::Map(&Fields {
            rule: Some(|node| {
                let silent = node.get("group").is_none()
                    && node.get("labels").is_none_or(|l| l.items().is_empty() && l.as_str().is_none());
                silent.then(|| "`runs-on` needs `group` or `labels`".to_owned())
            }),
            ..Fields::of(
                "`runs-on`",
                &[
                    ("group", &Shape::Text),
                    (
                        "labels",
                        &Shape::AnyOf(
                            &[&Shape::Text, &Shape::List(&Shape::Text)],
                            "a label or a list of labels",
                        ),
                    ),
                ],
            )
        }),
    ],
    "a label, a list of labels or a mapping",
);

static ENVIRONMENT: Shape = Shape::AnyOf(
    &[
        &Shape::Text,
        &Shape::Map(&Fields {
            required: &["name"],
            ..Fields::of(
                "`environment`",
                &[("name", &Shape::Text), ("url", &Shape::Text), ("deployment", &TRUTH_OR_EXPRESSION)],
            )
        }),
    ],
    "a name, or a mapping with `name`",
);

static MINUTES: Shape = Shape::AnyOf(&[&Shape::Positive, &Shape::Placeholder], "a number above zero");

static STRATEGY: Shape = Shape::Map(&Fields {
    required: &["matrix"],
    ..Fields::of(
        "`strategy`",
        &[
            ("matrix", &MATRIX),
            ("fail-fast", &TRUTH_OR_EXPRESSION),
            (
                "max-parallel",
                &Shape::AnyOf(
                    &[&Shape::Whole(1, i64::MAX), &Shape::Placeholder],
                    "a whole number above zero",
                ),
            ),
        ],
    )
});

static MATRIX: Shape = Shape::AnyOf(
    &[
        &Shape::Placeholder,
        &Shape::Map(&Fields {
            known: &[("include", &COMBINATIONS), ("exclude", &COMBINATIONS)],
            ..Fields::each(
                "`matrix`",
                &Shape::AnyOf(&[&Shape::Placeholder, &Shape::List(&Shape::Value)], "a list or one `${{ }}`"),
            )
        }),
    ],
    "a mapping of lists, or one `${{ }}`",
);
static COMBINATIONS: Shape = Shape::AnyOf(
    &[&Shape::Placeholder, &Shape::List(&Shape::Map(&Fields::each("a combination", &Shape::Value)))],
    "a list of mappings, or one `${{ }}`",
);

static CONTAINER: Shape =
    Shape::AnyOf(&[&Shape::Text, &Shape::Map(&IMAGE)], "an image, or a mapping with `image`");
static IMAGE: Fields = Fields {
    required: &["image"],
    ..Fields::of(
        "`container`",
        &[
            ("image", &Shape::Text),
            ("credentials", &CREDENTIALS),
            ("env", &ENV),
            ("ports", &PORTS),
            ("volumes", &Shape::List(&Shape::Text)),
            ("options", &Shape::Blank),
        ],
    )
};
static SERVICE: Fields = Fields {
    required: &["image"],
    ..Fields::of(
        "a service",
        &[
            ("image", &Shape::Text),
            ("credentials", &CREDENTIALS),
            ("env", &ENV),
            ("ports", &PORTS),
            ("volumes", &Shape::List(&Shape::Text)),
            ("options", &Shape::Blank),
            ("command", &Shape::Blank),
            ("entrypoint", &Shape::Blank),
        ],
    )
};
static CREDENTIALS: Shape = Shape::Map(&Fields {
    required: &["username", "password"],
    ..Fields::of("`credentials`", &[("username", &Shape::Text), ("password", &Shape::Text)])
});
static PORTS: Shape =
    Shape::List(&Shape::AnyOf(&[&Shape::Text, &Shape::Whole(1, 65535)], "a port, or text such as `8080:80`"));

static SNAPSHOT: Shape = Shape::AnyOf(
    &[
        &Shape::Text,
        &Shape::Map(&Fields {
            required: &["image-name"],
            ..Fields::of("`snapshot`", &[("image-name", &Shape::Text), ("version", &Shape::Text)])
        }),
    ],
    "an image name, or a mapping with `image-name`",
);

static STEP: Shape = Shape::By(|step| match (step.get("uses"), step.get("run")) {
    (Some(_), Some(_)) => &BOTH,
    (Some(_), None) => &USES_STEP,
    (None, Some(_)) => &RUN_STEP,
    (None, None) => &EMPTY_STEP,
});

const CONCURRENT: Shape =
    Shape::TooNew("parallel steps came in June 2026; actionlint 1.7.12 does not know them");

static BOTH: Shape = Shape::Map(&Fields {
    rest: Some(&Shape::Unchecked),
    rule: Some(|_| Some("a step has `uses` or `run`, not both".to_owned())),
    ..Fields::of("a step", &[])
});
static EMPTY_STEP: Shape = Shape::Map(&Fields {
    rule: Some(|_| Some("a step needs `uses` or `run`".to_owned())),
    ..Fields::of(
        "a step",
        &[
            ("id", &Shape::Text),
            ("name", &Shape::Text),
            ("if", &CONDITION),
            ("env", &ENV),
            ("with", &INPUTS),
            ("shell", &Shape::Text),
            ("working-directory", &Shape::Text),
            ("continue-on-error", &TRUTH_OR_EXPRESSION),
            ("timeout-minutes", &MINUTES),
            ("parallel", &CONCURRENT),
            ("wait", &CONCURRENT),
            ("wait-all", &CONCURRENT),
            ("cancel", &CONCURRENT),
        ],
    )
});
static USES_STEP: Shape = Shape::Map(&Fields::of(
    "a step with `uses`",
    &[
        ("id", &Shape::Text),
        ("if", &CONDITION),
        ("name", &Shape::Text),
        ("uses", &Shape::Text),
        ("with", &INPUTS),
        ("env", &ENV),
        ("continue-on-error", &TRUTH_OR_EXPRESSION),
        ("timeout-minutes", &MINUTES),
        ("background", &CONCURRENT),
    ],
));
static RUN_STEP: Shape = Shape::Map(&Fields::of(
    "a step with `run`",
    &[
        ("id", &Shape::Text),
        ("if", &CONDITION),
        ("name", &Shape::Text),
        ("run", &Shape::Text),
        ("shell", &Shape::Text),
        ("working-directory", &Shape::Text),
        ("env", &ENV),
        ("continue-on-error", &TRUTH_OR_EXPRESSION),
        ("timeout-minutes", &MINUTES),
        ("background", &CONCURRENT),
    ],
));
