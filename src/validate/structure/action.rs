//! An `action.yml`.

use super::job::CONDITION;
use super::shape::{Fields, Shape, TRUTH_OR_EXPRESSION};
use super::workflow::ENV;

/// <https://docs.github.com/actions/reference/workflows-and-actions/metadata-syntax#brandingicon>
const ICONS: &str = include_str!("icons.txt");

pub(super) static ACTION: Shape = Shape::Map(&Fields {
    required: &["name", "description", "runs"],
    ..Fields::of(
        "an action",
        &[
            ("name", &Shape::Text),
            ("author", &Shape::Text),
            ("description", &Shape::Text),
            ("inputs", &INPUTS),
            ("outputs", &OUTPUTS),
            ("runs", &RUNS),
            ("branding", &BRANDING),
        ],
    )
});

static INPUTS: Shape = Shape::Map(&Fields {
    ids: true,
    may_be_empty: true,
    ..Fields::each(
        "`inputs`",
        &Shape::Map(&Fields {
            required: &["description"],
            ..Fields::of(
                "an input",
                &[
                    ("description", &Shape::Blank),
                    ("required", &Shape::Bool),
                    ("default", &Shape::Blank),
                    ("deprecationMessage", &Shape::Text),
                ],
            )
        }),
    )
});

static OUTPUTS: Shape = Shape::Map(&Fields {
    ids: true,
    may_be_empty: true,
    ..Fields::each(
        "`outputs`",
        &Shape::Map(&Fields {
            required: &["description"],
            ..Fields::of("an output", &[("description", &Shape::Blank), ("value", &Shape::Text)])
        }),
    )
});

static BRANDING: Shape = Shape::Map(&Fields::of(
    "`branding`",
    &[
        (
            "color",
            &Shape::Word(&[
                "white",
                "black",
                "yellow",
                "blue",
                "green",
                "orange",
                "red",
                "purple",
                "gray-dark",
            ]),
        ),
        (
            "icon",
            &Shape::Form(|name| ICONS.lines().any(|icon| icon == name), "an icon of Feather that GitHub has"),
        ),
    ],
));

static RUNS: Shape = Shape::By(|runs| match runs.get("using").and_then(|using| using.as_str()) {
    Some("composite") => &COMPOSITE,
    Some("docker") => &DOCKER,
    _ => &JAVASCRIPT,
});

static JAVASCRIPT: Shape = Shape::Map(&Fields {
    required: &["using", "main"],
    ..Fields::of(
        "`runs`",
        &[
            ("using", &Shape::Word(&["composite", "docker", "node20", "node24"])),
            ("main", &Shape::Text),
            ("pre", &Shape::Text),
            ("pre-if", &Shape::Text),
            ("post", &Shape::Text),
            ("post-if", &Shape::Text),
        ],
    )
});

static DOCKER: Shape = Shape::Map(&Fields {
    required: &["using", "image"],
    ..Fields::of(
        "`runs` of a Docker action",
        &[
            ("using", &Shape::Text),
            ("image", &Shape::Text),
            ("env", &ENV),
            ("entrypoint", &Shape::Text),
            ("pre-entrypoint", &Shape::Text),
            ("pre-if", &Shape::Text),
            ("post-entrypoint", &Shape::Text),
            ("post-if", &Shape::Text),
            ("args", &Shape::Items(&Shape::Blank)),
        ],
    )
});

static COMPOSITE: Shape = Shape::Map(&Fields {
    required: &["using", "steps"],
    ..Fields::of("`runs` of a composite action", &[("using", &Shape::Text), ("steps", &Shape::List(&STEP))])
});

static STEP: Shape = Shape::By(|step| match (step.get("uses"), step.get("run")) {
    (Some(_), Some(_)) => &BOTH,
    (None, Some(_)) => &RUN_STEP,
    _ => &USES_STEP,
});
static BOTH: Shape = Shape::Map(&Fields {
    rest: Some(&Shape::Unchecked),
    rule: Some(|_| Some("a step has `uses` or `run`, not both".to_owned())),
    ..Fields::of("a step", &[])
});
static USES_STEP: Shape = Shape::Map(&Fields {
    rule: Some(|step| step.get("uses").is_none().then(|| "a step needs `uses` or `run`".to_owned())),
    ..Fields::of(
        "a step with `uses`",
        &[
            ("id", &Shape::Text),
            ("if", &CONDITION),
            ("name", &Shape::Text),
            ("uses", &Shape::Text),
            ("with", &Shape::Map(&Fields::each("`with`", &Shape::Scalar))),
            ("env", &ENV),
            ("continue-on-error", &TRUTH_OR_EXPRESSION),
        ],
    )
});
static RUN_STEP: Shape = Shape::Map(&Fields {
    required: &["shell"],
    ..Fields::of(
        "a step with `run` of a composite action",
        &[
            ("id", &Shape::Text),
            ("if", &CONDITION),
            ("name", &Shape::Text),
            ("run", &Shape::Text),
            ("shell", &Shape::Text),
            ("working-directory", &Shape::Text),
            ("env", &ENV),
            ("continue-on-error", &TRUTH_OR_EXPRESSION),
        ],
    )
});
