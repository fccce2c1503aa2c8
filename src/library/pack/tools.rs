//! Frameworks, tools, tests, services and tasks.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::names::Names;
use super::source::Source;

/// A framework and the dependencies that prove it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Framework {
    /// Its name, e.g. `Next.js`.
    pub name: String,
    /// What it is: `web`, `server`, `cli`, `async`, `orm`, `ml`...
    pub category: String,
    /// Any of these (globs).
    pub dependencies: Names,
    /// Frameworks it is built on, which are then not worth naming.
    #[serde(default)]
    pub supersedes: Vec<String>,
}

/// A tool and what proves that the project uses it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tool {
    /// Its name as a command, e.g. `ruff`.
    pub name: String,
    /// The first that is there counts.
    pub evidence: Vec<Source>,
}

/// A kind of tests, found by parsing source files.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TestSpec {
    /// What a test of this kind is called, e.g. `pytest`.
    pub kind: String,
    /// The grammar.
    pub language: String,
    /// Globs of the files that can hold such tests; without `/` they match names.
    pub files: Names,
    /// A file is parsed only when one of these texts is in it.
    pub mark: Names,
    /// Every match is one test.
    pub query: String,
    /// The file must match this too, e.g. an import.
    #[serde(default)]
    pub requires: Option<String>,
}

/// A service that tests can need.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ServiceSpec {
    /// Its name, e.g. `postgres`.
    pub name: String,
    /// Names of images that are this service, without registry and tag.
    pub images: Names,
    /// The image when a compose file names none with a tag.
    pub image: String,
    /// Ports as a workflow maps them.
    #[serde(default)]
    pub ports: Vec<String>,
    /// Environment of the service, e.g. a throw-away password.
    #[serde(default)]
    pub env: IndexMap<String, String>,
    /// The options that make a job wait until it is healthy.
    #[serde(default)]
    pub options: Option<String>,
}

/// Names of tasks and the files that hold them.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tasks {
    /// Task to the names it goes by, best first.
    #[serde(default)]
    pub names: IndexMap<String, Names>,
    /// Names that look like a task and are none for CI.
    #[serde(default)]
    pub refuse_names: Vec<Refuse>,
    /// Commands that are none for CI: they watch, wait for a person, deploy.
    #[serde(default)]
    pub refuse_commands: Vec<Refuse>,
    /// Ways to run a task that a job has no program for.
    #[serde(default)]
    pub refuse_runs: Vec<Refuse>,
    /// Task to an expression: a workflow without a line that it matches does nothing of the kind.
    #[serde(default)]
    pub mentions: IndexMap<String, String>,
    /// The files, strongest first.
    #[serde(default)]
    pub runners: Vec<Runner>,
    /// How existing workflows call entry points.
    #[serde(default)]
    pub called: Calls,
}

/// Files in the root, one of which matches an expression.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// Their names.
    #[serde(rename = "in")]
    pub files: Names,
    /// The expression.
    #[serde(rename = "match")]
    pub matches: String,
}

/// Commands of the language's own tools that check something of their own: with other features, or a part alone.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Commands {
    /// The whole line, as an expression.
    pub form: String,
    /// What has to be in the line, or a job of the pack does the same anyway.
    pub beyond: String,
    /// What must not be in the step, its leg or the set-up of its job, since jobs of the pack have another set-up.
    pub unless_beside: String,
}

/// How existing workflows call entry points, and what else their jobs may do so that a job of ours can do the same.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Calls {
    /// The forms of a call.
    #[serde(default)]
    pub forms: Vec<Call>,
    /// Environment variables that say what is called, with how the command would say it; `{value}` is their value.
    #[serde(default)]
    pub variables: IndexMap<String, String>,
    /// Where it is said that jobs of packs have the whole history.
    #[serde(default)]
    pub history: Option<Said>,
    /// What in a line chooses the version of the language by a matrix: an expression.
    #[serde(default)]
    pub chooses_version: Option<String>,
    /// What may stand before a call, a regular expression.
    #[serde(default)]
    pub behind: String,
    /// Names of entry points that prepare for the calls that follow in the same job, a regular expression.
    #[serde(default)]
    pub preparing: String,
    /// Commands that install what calls in the same job need, where packs do not by themselves: regular expressions.
    #[serde(default)]
    pub installing: Names,
    /// Lines that see whether what was run before has changed a file, regular expressions.
    #[serde(default)]
    pub verifying: Names,
    /// Names of entry points that check nothing.
    #[serde(default)]
    pub refuse_names: Vec<Refuse>,
    /// Actions that prepare no more than the jobs of packs do, regular expressions.
    #[serde(default)]
    pub known_actions: Names,
    /// The same for commands.
    #[serde(default)]
    pub known_commands: Names,
}

/// A form of a call.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Call {
    /// The key of `project.checks` that such calls go to.
    pub into: String,
    /// The first words of commands that run such entry points. Without them the name is that of a file.
    #[serde(default)]
    pub by: Names,
    /// Names that it does not count for, a regular expression: jobs of the pack run them another way.
    #[serde(default)]
    pub unless: Option<String>,
    /// It installs what it needs by itself, so what stands before the call and what was installed before is left out.
    #[serde(default)]
    pub alone: bool,
    /// The command, where it is not that of the entry point; `{name}` is the name.
    #[serde(default)]
    pub run: Option<String>,
    /// A regular expression of the command; its group has the names, with blanks or commas between them.
    pub form: String,
    /// The names are parts of names, and the command runs every entry point that has them.
    #[serde(default)]
    pub parts: bool,
}

/// What is refused, and why.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Refuse {
    /// A regular expression.
    #[serde(rename = "match")]
    pub matches: String,
    /// Why.
    pub because: String,
}

/// A kind of file that holds tasks.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Runner {
    /// Its name, e.g. `make`.
    pub name: String,
    /// File names, the first that is there counts.
    pub files: Names,
    /// The reader of this format.
    pub reader: String,
    /// The command; `{name}` is the task.
    pub run: String,
}
