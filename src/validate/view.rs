//! What the checks ask a tree for again and again, found once.

use super::report::Lines;
use crate::data::{Data, Node};

/// A workflow file.
pub(super) struct Workflow<'w> {
    pub(super) root: &'w Node,
    pub(super) triggers: Vec<Trigger<'w>>,
    pub(super) jobs: Vec<Job<'w>>,
}

/// An event that starts the workflow.
pub(super) struct Trigger<'w> {
    pub(super) name: &'w str,
    /// Where the name stands.
    pub(super) at: &'w Node,
    /// Its filters, when the triggers are a mapping and there are some.
    pub(super) body: Option<&'w Node>,
}

/// A job.
pub(super) struct Job<'w> {
    pub(super) id: &'w str,
    /// Where the id stands.
    pub(super) key: &'w Node,
    pub(super) body: &'w Node,
    pub(super) lines: Lines,
    pub(super) steps: Vec<Step<'w>>,
}

/// A step.
pub(super) struct Step<'w> {
    pub(super) body: &'w Node,
    pub(super) lines: Lines,
    /// The node of `uses:` and what it says.
    pub(super) uses: Option<(&'w Node, Uses<'w>)>,
    pub(super) run: Option<&'w Node>,
}

/// What `uses:` refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Uses<'w> {
    /// `owner/repository[/path]@reference`
    Repository(Repository<'w>),
    /// `./path` or `$/path`
    Local(&'w str),
    /// `docker://image`
    Docker(&'w str),
    /// Nothing that GitHub understands.
    Unknown(&'w str),
}

/// An action or a workflow of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Repository<'w> {
    /// `owner/repository`
    pub(super) slug: &'w str,
    pub(super) path: Option<&'w str>,
    /// `owner/repository[/path]`
    pub(super) action: &'w str,
    /// A branch, a tag or a commit.
    pub(super) reference: &'w str,
}

impl<'w> Workflow<'w> {
    pub(super) fn new(root: &'w Node) -> Self {
        let jobs = root.get("jobs").map_or(&[][..], Node::entries);
        // A job without a successor ends where the next key of the workflow begins, or with the file.
        let start = jobs.first().map_or(0, |(key, _)| key.line);
        let after = root.entries().iter().map(|(key, _)| key.line).filter(|line| *line > start).min();
        let end = after.map_or(u32::MAX, |line| line - 1);
        let jobs = jobs
            .iter()
            .enumerate()
            .filter_map(|(n, (key, body))| {
                let last = jobs.get(n + 1).map_or(end, |(next, _)| next.line.saturating_sub(1));
                Job::new(key, body, (key.line, last))
            })
            .collect();
        Workflow { root, triggers: triggers(root), jobs }
    }

    pub(super) fn trigger(&self, name: &str) -> Option<&Trigger<'w>> {
        self.triggers.iter().find(|trigger| trigger.name == name)
    }

    /// True when other workflows call this one, and nothing else starts it.
    pub(super) fn is_reusable_only(&self) -> bool {
        matches!(self.triggers.as_slice(), [only] if only.name == "workflow_call")
    }
}

fn triggers(root: &Node) -> Vec<Trigger<'_>> {
    let Some(on) = root.get("on") else {
        return Vec::new();
    };
    let bare = |at| Node::as_str(at).map(|name| Trigger { name, at, body: None });
    match &on.data {
        Data::String(_) => bare(on).into_iter().collect(),
        Data::List(items) => items.iter().filter_map(bare).collect(),
        Data::Map(entries) => entries
            .iter()
            .filter_map(|(key, body)| {
                Some(Trigger { name: key.as_str()?, at: key, body: (!body.is_null()).then_some(body) })
            })
            .collect(),
        _ => Vec::new(),
    }
}

impl<'w> Job<'w> {
    fn new(key: &'w Node, body: &'w Node, lines: Lines) -> Option<Self> {
        let steps = Step::list(body.get("steps"), lines.1);
        Some(Job { id: key.as_str()?, key, body, lines, steps })
    }

    /// What a job that calls a workflow calls.
    pub(super) fn call(&self) -> Option<(&'w Node, Uses<'w>)> {
        uses(self.body)
    }

    pub(super) fn matrix(&self) -> Option<&'w Node> {
        self.body.at(&["strategy", "matrix"])
    }
}

impl<'w> Step<'w> {
    pub(super) fn list(steps: Option<&'w Node>, last: u32) -> Vec<Self> {
        let items = steps.map_or(&[][..], Node::items);
        items
            .iter()
            .enumerate()
            .map(|(n, body)| {
                let end = items.get(n + 1).map_or(last, |next| next.line.saturating_sub(1));
                let run = body.get("run").filter(|run| run.as_str().is_some());
                Step { body, lines: (body.line, end.max(body.line)), uses: uses(body), run }
            })
            .collect()
    }

    /// The action of a repository that this step uses, and where it says so.
    pub(super) fn repository(&self) -> Option<(&'w Node, Repository<'w>)> {
        match self.uses? {
            (at, Uses::Repository(repository)) => Some((at, repository)),
            _ => None,
        }
    }

    /// The script of a `run:` step.
    pub(super) fn script(&self) -> Option<&'w str> {
        self.run?.as_str()
    }

    /// The value of an input.
    pub(super) fn input(&self, name: &str) -> Option<&'w Node> {
        self.body.at(&["with", name])
    }

    /// True when all inputs are one expression, so that none can be looked at.
    pub(super) fn inputs_are_hidden(&self) -> bool {
        self.body.get("with").is_some_and(|with| with.as_str().is_some())
    }
}

fn uses(body: &Node) -> Option<(&Node, Uses<'_>)> {
    let node = body.get("uses")?;
    Some((node, Uses::parse(node.as_str()?)))
}

impl<'w> Uses<'w> {
    pub(super) fn parse(text: &'w str) -> Self {
        let text = text.trim();
        if text.starts_with("./") || text.starts_with("$/") {
            return Uses::Local(text);
        }
        if let Some(image) = text.strip_prefix("docker://") {
            return Uses::Docker(image);
        }
        let Some((action, reference)) = text.rsplit_once('@') else {
            return Uses::Unknown(text);
        };
        let mut parts = action.splitn(3, '/');
        let (Some(owner), Some(repository)) = (parts.next(), parts.next()) else {
            return Uses::Unknown(text);
        };
        if owner.is_empty()
            || repository.is_empty()
            || reference.is_empty()
            || owner.contains(char::is_whitespace)
        {
            return Uses::Unknown(text);
        }
        let slug = &action[..owner.len() + 1 + repository.len()];
        Uses::Repository(Repository { slug, path: parts.next(), action, reference })
    }
}

impl Repository<'_> {
    /// True when this is that action, whatever its reference.
    pub(super) fn is(&self, action: &str) -> bool {
        self.action.eq_ignore_ascii_case(action)
    }

    /// True when the reference is a full commit SHA.
    pub(super) fn is_pinned(&self) -> bool {
        self.reference.len() == 40 && self.reference.bytes().all(|b| b.is_ascii_hexdigit())
    }
}

/// The text of a scalar as an action or a shell would get it.
pub(super) fn scalar_text(node: &Node) -> Option<String> {
    match &node.data {
        Data::String(text) => Some(text.clone()),
        Data::Bool(value) => Some(value.to_string()),
        Data::Number(value) => Some(value.to_string()),
        _ => None,
    }
}

/// True for text that holds a `${{ }}`.
pub(super) fn has_placeholder(text: &str) -> bool {
    text.find("${{").is_some_and(|start| text[start..].contains("}}"))
}

/// True for text that is one `${{ }}` and nothing else but blanks.
pub(super) fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    text.starts_with("${{") && text.ends_with("}}") && text.matches("${{").count() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_taken_apart() {
        let Uses::Repository(r) = Uses::parse("github/codeql-action/init@v3") else { panic!() };
        assert_eq!((r.slug, r.path, r.reference), ("github/codeql-action", Some("init"), "v3"));
        assert!(r.is("GitHub/codeql-action/init") && !r.is("github/codeql-action") && !r.is_pinned());
        assert_eq!(Uses::parse("./a"), Uses::Local("./a"));
        assert_eq!(Uses::parse("docker://alpine:3"), Uses::Docker("alpine:3"));
        for wrong in ["actions/checkout", "checkout@v4", "/x@v4", "a/@v4", "a/b@", "${{ x }}"] {
            assert!(matches!(Uses::parse(wrong), Uses::Unknown(_)), "{wrong}");
        }
    }

    #[test]
    fn jobs_and_steps_know_their_lines() {
        let text = "jobs:\n  a:\n    steps:\n      - run: x\n      - run: y\n\n  b:\n    steps:\n      - run: z\nname: q\n";
        let root = crate::data::yaml::parse(text).unwrap();
        let workflow = Workflow::new(&root);
        assert_eq!(workflow.jobs[0].lines, (2, 6));
        assert_eq!(workflow.jobs[0].steps[0].lines, (4, 4));
        assert_eq!(workflow.jobs[1].steps[0].lines, (9, 9));
    }
}
