//! Calls of entry points in a command line: `make lint`, `uv run tox -e docs`, `./scripts/check`.

use std::sync::OnceLock;

use regex::Regex;

use super::Script;
use crate::characteristics::evidence::pattern;
use crate::library::pack::{Call, Calls, Commands};

/// The forms of calls, each compiled when a line has one of its words.
#[derive(Default)]
pub(crate) struct Forms {
    pub(super) calls: Calls,
    /// By the pack, the commands of its tools that check something.
    commands: Vec<(String, Commands)>,
    compiled: Vec<OnceLock<Option<Regex>>>,
}

/// What a line calls.
#[derive(Debug)]
pub(super) struct Called<'a> {
    pub(super) call: &'a Call,
    /// What stands before it: `uv run `.
    pub(super) behind: String,
    pub(super) names: Vec<String>,
}

impl Forms {
    pub(crate) fn new(calls: &Calls, commands: Vec<(String, Commands)>) -> Self {
        let compiled = calls.forms.iter().map(|_| OnceLock::new()).collect();
        Forms { calls: calls.clone(), commands, compiled }
    }

    /// The pack of whose tools a line is a check, beside what stands around it.
    pub(super) fn check_of(&self, line: &str, around: &str) -> Option<&str> {
        let is_check = |commands: &Commands| {
            pattern(&commands.form).is_match(line)
                && pattern(&commands.beyond).is_match(line)
                && !pattern(&commands.unless_beside).is_match(around)
        };
        self.commands.iter().find(|(_, commands)| is_check(commands)).map(|(pack, _)| pack.as_str())
    }

    fn compiled(&self, at: usize, call: &Call) -> Option<&Regex> {
        let whole = || Regex::new(&format!("^({})(?:{})$", self.calls.behind, call.form)).ok();
        self.compiled[at].get_or_init(whole).as_ref()
    }

    /// The entry points that a line calls. A form that names no tools is for files, which must be there.
    pub(super) fn called(&self, line: &str, is_file: impl Fn(&str) -> bool) -> Option<Called<'_>> {
        self.called_of_tools(line).or_else(|| {
            let of_files = |(_, call): &(usize, &Call)| call.by.is_empty();
            self.calls.forms.iter().enumerate().filter(of_files).find_map(|(at, call)| {
                let called = self.fits(line, at, call)?;
                called.names.iter().all(|name| is_file(name.trim_start_matches("./"))).then_some(called)
            })
        })
    }

    /// The same without files.
    pub(super) fn called_of_tools(&self, line: &str) -> Option<Called<'_>> {
        let of_tools = |(_, call): &(usize, &Call)| call.by.iter().any(|tool| line.contains(tool));
        self.calls.forms.iter().enumerate().filter(of_tools).find_map(|(at, call)| self.fits(line, at, call))
    }

    fn fits<'a>(&'a self, line: &str, at: usize, call: &'a Call) -> Option<Called<'a>> {
        let found = self.compiled(at, call)?.captures(line)?;
        let (behind, names) = (found.get(1)?.as_str().to_owned(), found.get(2)?.as_str());
        let names = names.split([' ', ',']).map(|name| name.trim_matches(['"', '\'']).to_owned());
        let is_ours =
            |name: &String| call.unless.as_ref().is_some_and(|unless| pattern(unless).is_match(name));
        Some(Called { call, behind, names: names.filter(|name| !is_ours(name)).collect() })
    }

    /// The entry points that a command calls, with what else it does as `None`.
    pub(super) fn of_command(&self, command: &str) -> Vec<Option<Called<'_>>> {
        let pieces =
            command.split(['\n', ';', '|', '&']).map(|piece| piece.trim().trim_start_matches('@').trim());
        pieces.filter(|piece| !piece.is_empty()).map(|piece| self.called_of_tools(piece)).collect()
    }
}

/// What puts a command into the environment of the project.
const MANAGERS: [&str; 5] = ["uv", "uvx", "poetry", "pdm", "pipenv"];

impl Called<'_> {
    /// Whether it runs in an environment of another manager than the project's, which a job does not have.
    pub(super) fn is_of_another(&self, manager: &str) -> bool {
        let tool = self.behind.split(' ').next().unwrap_or_default();
        MANAGERS.contains(&tool) && tool.trim_end_matches('x') != manager && !self.call.alone
    }

    /// The command with what stood before the call, unless it needs none of that.
    pub(super) fn command(&self, run: &str) -> String {
        if self.call.alone { run.to_owned() } else { format!("{}{run}", self.behind) }
    }

    /// The command of a form that has its own.
    pub(super) fn template(&self, name: &str) -> String {
        self.command(&self.call.run.as_deref().unwrap_or_default().replace("{name}", name))
    }

    /// Whether it runs an entry point.
    pub(super) fn runs(&self, script: &Script) -> bool {
        let tool = script.run.as_deref().and_then(|run| run.split(' ').next()).unwrap_or_default();
        self.call.by.iter().any(|by| by == tool)
            && self.names.iter().any(|name| self.fits(name, &script.name))
    }

    /// `lint:*` and pnpm's `/^lint:/` stand for all scripts that begin like that.
    fn fits(&self, said: &str, name: &str) -> bool {
        let begin = said
            .strip_suffix('*')
            .or_else(|| said.strip_prefix("/^").map(|rest| rest.trim_end_matches(['/', '*', '.'])));
        match begin {
            Some(begin) => name.starts_with(begin),
            None if self.call.parts => name.split('-').any(|part| part == said),
            None => name == said,
        }
    }
}
