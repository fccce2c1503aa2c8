//! Differences sorted by owner, with the place each is at.

use serde::Serialize;

use super::blocks::{Block, align, fingerprint};
use super::cause::Cause;
use super::merge::PinChange;
use super::pins::Choice;
use crate::error::Location;

/// Who owns what differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// The generator: it would change this. Only this is drift.
    Structure,
    /// The committed file: at which version an action stands.
    Pins,
    /// The user: added, changed or removed by hand, and kept.
    Yours,
}

/// One difference between what is on disk and what is generated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Who owns it.
    pub owner: Owner,
    /// What differs: "job `test`: step `Set up Python`".
    pub what: String,
    /// Where it is on disk, or what it stands in when it is not there.
    pub location: Location,
    /// How it differs: "changed".
    pub detail: String,
    /// The job that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// Why it is there, as far as that is known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Cause>,
}

impl Difference {
    /// What differs, how, and why.
    pub fn sentence(&self) -> String {
        let because = self.because.iter().map(|cause| format!("; {cause}"));
        format!("{} {}{}", self.what, self.detail, because.collect::<String>())
    }

    fn at(owner: Owner, what: String, location: Location, detail: String) -> Self {
        Difference { owner, what, location, detail, job: None, because: Vec::new() }
    }

    /// A difference about a whole file.
    pub(super) fn file(owner: Owner, path: &str, detail: &str) -> Self {
        Difference::at(owner, "the file".to_owned(), Location::file(path), detail.to_owned())
    }
}

/// What became of a job of the user's.
pub(super) fn of_job(path: &str, disk: &Block, job: &str, detail: &str) -> Difference {
    let place = ["jobs".to_owned(), job.to_owned()];
    let mut location = Location::file(path);
    location.line = line_of(disk, &place);
    let difference = Difference::at(Owner::Yours, describe(&place), location, detail.to_owned());
    Difference { job: Some(job.to_owned()), ..difference }
}

/// A place for people: `["jobs", "test", "steps", "name:Build"]` is "job `test`: step `Build`".
pub(super) fn describe(path: &[String]) -> String {
    let step = |id: &str| {
        let name = id.strip_prefix("name:").or_else(|| id.strip_prefix("id:"));
        let name = name.or_else(|| id.strip_prefix("uses:")).or_else(|| id.strip_prefix("run:"));
        format!("step `{}`", name.unwrap_or(id))
    };
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        [] => "the header".to_owned(),
        ["jobs", job] => format!("job `{job}`"),
        ["jobs", job, "steps", id] => format!("job `{job}`: {}", step(id)),
        ["jobs", job, keys @ ..] => format!("job `{job}`: `{}`", keys.join(".")),
        ["updates", entry] => format!("updates for `{entry}`"),
        keys => format!("`{}`", keys.join(".")),
    }
}

/// How two trees differ at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Added,
    Changed,
    Removed,
    Moved,
}

/// What differs between what is on disk, what would be written and what is generated.
pub(super) fn sort(path: &str, disk: &Block, result: &Block, ours: &Block, text: &str) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut add = |owner, places: Vec<(Vec<String>, How)>| {
        for (place, how) in places {
            let detail = match (owner, how) {
                (Owner::Yours, How::Added) => "added here",
                (Owner::Yours, How::Changed) => "changed here",
                (Owner::Yours, How::Removed) => "removed here",
                (Owner::Yours, How::Moved) => "put into another order here",
                (_, How::Added) => "is missing",
                (_, How::Changed) => "changed",
                (_, How::Removed) => "is no longer generated",
                (_, How::Moved) => "is in another order",
            };
            let location = Location::at(path, line_of(disk, &place), 0, text);
            let job = match place.as_slice() {
                [jobs, job, ..] if jobs == "jobs" => Some(job.clone()),
                _ => None,
            };
            let difference = Difference::at(owner, describe(&place), location, detail.to_owned());
            found.push(Difference { job, ..difference });
        }
    };
    add(Owner::Structure, places(disk, result));
    add(Owner::Yours, places(ours, result));
    found
}

/// The differences of pins.
pub(super) fn pins(path: &str, changes: &[PinChange], text: &str) -> Vec<Difference> {
    let difference = |change: &PinChange| {
        let PinChange { disk, library, .. } = change;
        let detail = match (change.choice, change.kept) {
            (Choice::Newer, _) => format!("{disk} is newer than the library's {library}, and kept"),
            (Choice::Older, true) => {
                format!("{disk} is older than the library's {library}, and kept: `actions.lock` holds it")
            }
            (Choice::Older, false) => format!("{disk} is older than the library's {library}"),
            (Choice::Moved, false) => format!("{disk} stands at another commit than the library's"),
            _ => format!("{disk} can't be compared with the library's {library}, and is kept"),
        };
        let location = Location::at(path, change.line, 0, text);
        Difference::at(Owner::Pins, change.action.clone(), location, detail)
    };
    changes.iter().map(difference).collect()
}

/// Where `to` is not what `from` is, the smallest places that say it.
fn places(from: &Block, to: &Block) -> Vec<(Vec<String>, How)> {
    let mut found = Vec::new();
    walk(from, to, &mut Vec::new(), &mut found);
    found
}

fn walk(from: &Block, to: &Block, path: &mut Vec<String>, found: &mut Vec<(Vec<String>, How)>) {
    if from.whole == to.whole {
        return;
    }
    if from.children.is_empty() || to.children.is_empty() {
        found.push((path.clone(), How::Changed));
        return;
    }
    if from.own != to.own {
        found.push((path.clone(), How::Changed));
    }
    let mut children = to.children.clone();
    align(&from.children, &mut children);
    let mut at = |id: &str, how: Option<(&Block, &Block)>, otherwise: How| {
        path.push(id.to_owned());
        match how {
            Some((from, to)) => walk(from, to, path, found),
            None => found.push((path.clone(), otherwise)),
        }
        path.pop();
    };
    for child in &children {
        let pair = from.child(&child.id).map(|from| (from, child));
        at(&child.id, pair, How::Added);
    }
    for child in from.children.iter().filter(|child| children.iter().all(|to| to.id != child.id)) {
        at(&child.id, None, How::Removed);
    }
    let order = |side: &[Block], other: &[Block]| -> Vec<String> {
        let shared = side.iter().filter(|child| other.iter().any(|block| block.id == child.id));
        shared.map(|child| child.id.clone()).collect()
    };
    if order(&from.children, &children) != order(&children, &from.children) {
        found.push((path.clone(), How::Moved));
    }
}

/// The line of a place, or of the nearest that is there around it.
fn line_of(root: &Block, path: &[String]) -> u32 {
    let mut here = root;
    for id in path {
        let alias = || fingerprint(id);
        match here.child(id).or_else(|| here.children.iter().find(|child| child.is_named(&alias()))) {
            Some(child) => here = child,
            None => break,
        }
    }
    here.line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(from: &str, to: &str) -> Vec<String> {
        let (from, to) = (Block::parse(from).unwrap(), Block::parse(to).unwrap());
        places(&from, &to).iter().map(|(path, how)| format!("{} {how:?}", describe(path))).collect()
    }

    #[test]
    fn a_difference_names_the_smallest_place_that_says_it() {
        let from = "on: push\njobs:\n  a:\n    steps:\n      - name: X\n        run: x\n  b:\n    needs: a\n    if: true\n";
        let to = from
            .replace("run: x", "run: y")
            .replace("needs: a", "needs: [a]")
            .replace("on: push", "on: [push]");
        assert_eq!(say(from, &to), ["`on` Changed", "job `a`: step `X` Changed", "job `b`: `needs` Changed"]);
        assert_eq!(say(from, &from.replace("  b:\n    needs: a\n    if: true\n", "")), ["job `b` Removed"]);
        assert_eq!(
            say(from, &from.replace("    needs: a\n    if: true\n", "    if: true\n    needs: a\n")),
            ["job `b` Moved"]
        );
    }
}
