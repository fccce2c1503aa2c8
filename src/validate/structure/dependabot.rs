//! A `dependabot.yml`, version 2.

use super::shape::{Fields, Shape};
use crate::data::Node;

pub(super) static DEPENDABOT: Shape = Shape::Map(&Fields {
    required: &["version", "updates"],
    ..Fields::of(
        "a Dependabot configuration",
        &[
            ("version", &Shape::Whole(2, 2)),
            ("enable-beta-ecosystems", &Shape::Bool),
            ("updates", &Shape::Items(&Shape::Map(&UPDATE))),
            (
                "registries",
                &Shape::Map(&Fields { any_case: false, ..Fields::each("`registries`", &REGISTRY) }),
            ),
            (
                "multi-ecosystem-groups",
                &Shape::Map(&Fields {
                    any_case: false,
                    ..Fields::each("`multi-ecosystem-groups`", &SHARED_GROUP)
                }),
            ),
        ],
    )
});

const ECOSYSTEMS: &[&str] = &[
    "bazel",
    "bun",
    "bundler",
    "cargo",
    "composer",
    "conda",
    "deno",
    "devcontainers",
    "docker",
    "docker-compose",
    "dotnet-sdk",
    "elm",
    "github-actions",
    "gitsubmodule",
    "gomod",
    "gradle",
    "helm",
    "julia",
    "maven",
    "mix",
    "nix",
    "npm",
    "nuget",
    "opentofu",
    "pip",
    "pre-commit",
    "pub",
    "rust-toolchain",
    "sbt",
    "swift",
    "terraform",
    "uv",
    "vcpkg",
];

static UPDATE: Fields = Fields {
    required: &["package-ecosystem"],
    rule: Some(update_rule),
    ..Fields::of(
        "an update",
        &[
            ("package-ecosystem", &Shape::Word(ECOSYSTEMS)),
            ("directory", &Shape::Blank),
            ("directories", &TEXTS),
            ("schedule", &SCHEDULE),
            ("allow", &Shape::Items(&Shape::Map(&ALLOW))),
            ("assignees", &TEXTS),
            ("commit-message", &COMMIT_MESSAGE),
            ("cooldown", &COOLDOWN),
            ("exclude-paths", &Shape::Items(&Shape::Blank)),
            (
                "groups",
                &Shape::Map(&Fields { any_case: false, ..Fields::each("`groups`", &Shape::Map(&GROUP)) }),
            ),
            ("ignore", &Shape::Items(&Shape::Map(&IGNORE))),
            ("insecure-external-code-execution", &Shape::Word(&["allow", "deny"])),
            ("labels", &Shape::Items(&Shape::Text)),
            ("milestone", &Shape::Whole(1, i64::MAX)),
            (
                "name",
                &Shape::Form(|text| (3..=100).contains(&text.chars().count()), "text of 3 to 100 characters"),
            ),
            ("open-pull-requests-limit", &Shape::Whole(0, i64::MAX)),
            ("pull-request-branch-name", &SEPARATOR),
            ("rebase-strategy", &Shape::Word(&["auto", "disabled"])),
            ("registries", &Shape::AnyOf(&[&Shape::Word(&["*"]), &TEXTS], "`*` or a list of names")),
            ("target-branch", &Shape::Text),
            ("vendor", &Shape::Bool),
            (
                "versioning-strategy",
                &Shape::Word(&["auto", "increase", "increase-if-necessary", "lockfile-only", "widen"]),
            ),
            ("patterns", &TEXTS),
            ("multi-ecosystem-group", &Shape::Text),
        ],
    )
};

fn update_rule(update: &Node) -> Option<String> {
    let shared = update.get("multi-ecosystem-group").is_some();
    match (update.get("directory").is_some(), update.get("directories").is_some()) {
        (true, true) => return Some("an update has `directory` or `directories`, not both".to_owned()),
        (false, false) => return Some("an update needs `directory` or `directories`".to_owned()),
        _ => {}
    }
    if shared && update.get("patterns").is_none() {
        return Some("an update with `multi-ecosystem-group` needs `patterns`".to_owned());
    }
    (!shared && update.get("schedule").is_none()).then(|| "an update needs `schedule`".to_owned())
}

static TEXTS: Shape = Shape::List(&Shape::Text);

static SCHEDULE: Shape = Shape::Map(&Fields {
    required: &["interval"],
    rule: Some(|schedule| {
        let cron = schedule.get("interval").and_then(|interval| interval.as_str()) == Some("cron");
        (cron && schedule.get("cronjob").is_none()).then(|| "the interval `cron` needs `cronjob`".to_owned())
    }),
    ..Fields::of(
        "`schedule`",
        &[
            (
                "interval",
                &Shape::Word(&["daily", "weekly", "monthly", "quarterly", "semiannually", "yearly", "cron"]),
            ),
            (
                "day",
                &Shape::Word(&["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]),
            ),
            ("time", &Shape::Form(is_time, "a time such as \"05:30\"")),
            ("timezone", &Shape::Form(is_timezone, "a time zone such as `Europe/Berlin`")),
            ("cronjob", &Shape::Text),
        ],
    )
});

fn is_time(text: &str) -> bool {
    let Some((hour, minute)) = text.split_once(':') else {
        return false;
    };
    let below = |part: &str, limit| part.len() == 2 && part.parse().is_ok_and(|n: u8| n < limit);
    below(hour, 24) && below(minute, 60)
}

/// The form of an IANA name; the table itself changes several times a year.
fn is_timezone(text: &str) -> bool {
    text == "UTC" || crate::validate::events::is_timezone(text)
}

static ALLOW: Fields = Fields {
    rule: Some(|allow| {
        let selects = allow.get("dependency-name").is_some() || allow.get("dependency-type").is_some();
        (!selects).then(|| "`allow` needs `dependency-name` or `dependency-type`".to_owned())
    }),
    ..Fields::of(
        "`allow`",
        &[
            ("dependency-name", &Shape::Blank),
            ("dependency-type", &Shape::Word(&["direct", "indirect", "all", "production", "development"])),
            ("update-types", &SEMVER_UPDATES),
        ],
    )
};
static IGNORE: Fields = Fields::of(
    "`ignore`",
    &[
        ("dependency-name", &Shape::Blank),
        ("update-types", &SEMVER_UPDATES),
        (
            "versions",
            &Shape::AnyOf(&[&Shape::Blank, &Shape::List(&Shape::Blank)], "a range or a list of ranges"),
        ),
    ],
);
static SEMVER_UPDATES: Shape = Shape::List(&Shape::Word(&[
    "version-update:semver-major",
    "version-update:semver-minor",
    "version-update:semver-patch",
]));

static COMMIT_MESSAGE: Shape = Shape::Map(&Fields::of(
    "`commit-message`",
    &[("prefix", &PREFIX), ("prefix-development", &PREFIX), ("include", &Shape::Word(&["scope"]))],
));
const PREFIX: Shape = Shape::Form(|text| text.chars().count() <= 50, "text of at most 50 characters");

static COOLDOWN: Shape = Shape::Map(&Fields {
    may_be_empty: true,
    ..Fields::of(
        "`cooldown`",
        &[
            ("default-days", &Shape::Whole(1, 90)),
            ("semver-major-days", &Shape::Whole(1, 90)),
            ("semver-minor-days", &Shape::Whole(1, 90)),
            ("semver-patch-days", &Shape::Whole(0, 90)),
            ("include", &Shape::Items(&Shape::Blank)),
            ("exclude", &Shape::Items(&Shape::Blank)),
        ],
    )
});

static GROUP: Fields = Fields {
    may_be_empty: true,
    ..Fields::of(
        "a group",
        &[
            ("applies-to", &Shape::Word(&["version-updates", "security-updates"])),
            ("dependency-type", &Shape::Word(&["development", "production"])),
            ("patterns", &TEXTS),
            ("exclude-patterns", &TEXTS),
            ("update-types", &Shape::List(&Shape::Word(&["major", "minor", "patch"]))),
            ("group-by", &Shape::Word(&["dependency-name"])),
        ],
    )
};

static SEPARATOR: Shape = Shape::Map(&Fields {
    required: &["separator"],
    ..Fields::of("`pull-request-branch-name`", &[("separator", &Shape::Word(&["-", "_", "/"]))])
});

static REGISTRY: Shape = Shape::Map(&Fields {
    required: &["type", "url"],
    rest: Some(&Shape::Value),
    ..Fields::of("a registry", &[("url", &Shape::Text), ("replaces-base", &Shape::Bool)])
});

static SHARED_GROUP: Shape = Shape::Map(&Fields {
    required: &["schedule"],
    rest: Some(&Shape::Value),
    ..Fields::of("a group", &[("schedule", &SCHEDULE)])
});
