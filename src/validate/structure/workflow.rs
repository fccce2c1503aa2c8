//! The top of a workflow: triggers, permissions, environment.

use super::job::{CALL_JOB, JOB};
use super::shape::{Fields, Shape, TRUTH_OR_EXPRESSION};

pub(super) static WORKFLOW: Shape = Shape::Map(&Fields {
    required: &["on", "jobs"],
    ..Fields::of(
        "a workflow",
        &[
            ("name", &Shape::Text),
            ("run-name", &Shape::Text),
            ("on", &ON),
            ("permissions", &PERMISSIONS),
            ("env", &ENV),
            ("defaults", &DEFAULTS),
            ("concurrency", &CONCURRENCY),
            ("jobs", &JOBS),
            (
                "cache-mode",
                &Shape::TooNew("`cache-mode` came in June 2026; set `ACTIONS_CACHE_MODE` in `env:` instead"),
            ),
        ],
    )
});

static JOBS: Shape = Shape::Map(&Fields { ids: true, ..Fields::each("`jobs`", &ANY_JOB) });
static ANY_JOB: Shape = Shape::By(|job| if job.get("uses").is_some() { &CALL_JOB } else { &JOB });

/// Which events there are and their filters is checked by `events`.
static ON: Shape = Shape::AnyOf(
    &[&Shape::Text, &Shape::List(&Shape::Text), &Shape::Map(&EVENTS)],
    "an event, a list of events or a mapping of events",
);
static EVENTS: Fields = Fields {
    any_case: false,
    known: &[("schedule", &SCHEDULE), ("workflow_dispatch", &DISPATCH), ("workflow_call", &CALL)],
    ..Fields::each("`on`", &EVENT)
};
static EVENT: Shape = Shape::AnyOf(&[&Shape::Null, &Shape::Map(&FILTERS)], "nothing or a mapping of filters");
static FILTERS: Fields = Fields {
    may_be_empty: true,
    ..Fields::of(
        "an event",
        &[
            ("types", &WORDS),
            ("branches", &PATTERNS),
            ("branches-ignore", &PATTERNS),
            ("tags", &PATTERNS),
            ("tags-ignore", &PATTERNS),
            ("paths", &PATTERNS),
            ("paths-ignore", &PATTERNS),
            ("workflows", &PATTERNS),
        ],
    )
};
static WORDS: Shape = Shape::AnyOf(&[&Shape::Text, &Shape::List(&Shape::Text)], "a text or a list of texts");
static PATTERNS: Shape = Shape::List(&Shape::Text);

static SCHEDULE: Shape = Shape::List(&Shape::Map(&Fields {
    required: &["cron"],
    ..Fields::of("a schedule", &[("cron", &Shape::Text), ("timezone", &Shape::Text)])
}));

static DISPATCH: Shape = Shape::AnyOf(
    &[
        &Shape::Null,
        &Shape::Map(&Fields {
            may_be_empty: true,
            ..Fields::of("`workflow_dispatch`", &[("inputs", &DISPATCH_INPUTS)])
        }),
    ],
    "nothing or a mapping",
);
static DISPATCH_INPUTS: Shape =
    Shape::Map(&Fields { ids: true, may_be_empty: true, ..Fields::each("`inputs`", &DISPATCH_INPUT) });
static DISPATCH_INPUT: Shape = Shape::Map(&Fields {
    may_be_empty: true,
    ..Fields::of(
        "an input",
        &[
            ("description", &Shape::Blank),
            ("required", &Shape::Bool),
            ("default", &Shape::Scalar),
            ("type", &Shape::Word(&["string", "choice", "boolean", "number", "environment"])),
            ("options", &Shape::List(&Shape::Text)),
            ("deprecationMessage", &Shape::TooNew("actionlint does not know this key")),
        ],
    )
});

static CALL: Shape = Shape::AnyOf(
    &[
        &Shape::Null,
        &Shape::Map(&Fields {
            may_be_empty: true,
            ..Fields::of(
                "`workflow_call`",
                &[("inputs", &CALL_INPUTS), ("secrets", &CALL_SECRETS), ("outputs", &CALL_OUTPUTS)],
            )
        }),
    ],
    "nothing or a mapping",
);
static CALL_INPUTS: Shape = Shape::Map(&Fields {
    ids: true,
    may_be_empty: true,
    ..Fields::each(
        "`inputs`",
        &Shape::Map(&Fields {
            required: &["type"],
            ..Fields::of(
                "an input",
                &[
                    ("description", &Shape::Blank),
                    ("required", &Shape::Bool),
                    ("type", &Shape::Word(&["boolean", "number", "string"])),
                    ("default", &Shape::Scalar),
                ],
            )
        }),
    )
});
static CALL_SECRETS: Shape = Shape::Map(&Fields {
    ids: true,
    may_be_empty: true,
    ..Fields::each(
        "`secrets`",
        &Shape::AnyOf(
            &[
                &Shape::Null,
                &Shape::Map(&Fields {
                    may_be_empty: true,
                    ..Fields::of("a secret", &[("description", &Shape::Blank), ("required", &Shape::Bool)])
                }),
            ],
            "nothing or a mapping",
        ),
    )
});
static CALL_OUTPUTS: Shape = Shape::Map(&Fields {
    ids: true,
    may_be_empty: true,
    ..Fields::each(
        "`outputs`",
        &Shape::Map(&Fields {
            required: &["value"],
            ..Fields::of("an output", &[("description", &Shape::Blank), ("value", &Shape::Text)])
        }),
    )
});

const READ_WRITE: Shape = Shape::Word(&["read", "write", "none"]);
pub(super) static PERMISSIONS: Shape = Shape::AnyOf(
    &[&Shape::Word(&["read-all", "write-all"]), &Shape::Map(&SCOPES)],
    "`read-all`, `write-all`, `{}` or a mapping of scopes",
);
static SCOPES: Fields = Fields {
    may_be_empty: true,
    ..Fields::of(
        "`permissions`",
        &[
            ("actions", &READ_WRITE),
            ("artifact-metadata", &READ_WRITE),
            ("attestations", &READ_WRITE),
            ("checks", &READ_WRITE),
            ("contents", &READ_WRITE),
            ("deployments", &READ_WRITE),
            ("discussions", &READ_WRITE),
            ("id-token", &Shape::Word(&["write", "none"])),
            ("issues", &READ_WRITE),
            ("models", &Shape::Word(&["read", "none"])),
            ("packages", &READ_WRITE),
            ("pages", &READ_WRITE),
            ("pull-requests", &READ_WRITE),
            ("repository-projects", &READ_WRITE),
            ("security-events", &READ_WRITE),
            ("statuses", &READ_WRITE),
            (
                "code-quality",
                &Shape::TooNew("`code-quality` came in May 2026; actionlint 1.7.12 does not know it"),
            ),
        ],
    )
};

/// `env:`, and what looks like it.
pub(super) static ENV: Shape = Shape::AnyOf(
    &[&Shape::Placeholder, &Shape::Map(&Fields::each("`env`", &Shape::Scalar))],
    "a mapping of names to text, numbers or booleans",
);

pub(super) static DEFAULTS: Shape = Shape::Map(&Fields {
    required: &["run"],
    ..Fields::of(
        "`defaults`",
        &[(
            "run",
            &Shape::Map(&Fields::of(
                "`run`",
                &[("shell", &Shape::Text), ("working-directory", &Shape::Text)],
            )),
        )],
    )
});

pub(super) static CONCURRENCY: Shape = Shape::AnyOf(
    &[
        &Shape::Text,
        &Shape::Map(&Fields {
            required: &["group"],
            ..Fields::of(
                "`concurrency`",
                &[
                    ("group", &Shape::Text),
                    ("cancel-in-progress", &TRUTH_OR_EXPRESSION),
                    ("queue", &Shape::TooNew("`queue` came in May 2026; actionlint 1.7.12 does not know it")),
                ],
            )
        }),
    ],
    "a group, or a mapping with `group`",
);
