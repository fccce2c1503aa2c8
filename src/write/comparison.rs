//! The outcome of a comparison.

use serde::Serialize;

use super::cause::Was;
use super::differences::{Difference, Owner};
use super::merge::Conflict;
use super::text::normalise;
use crate::error::Diagnostic;

/// How a file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It is not there yet.
    New,
    /// Nothing would be written.
    Current,
    /// It would be written anew.
    Changed,
    /// It is no longer generated: removed if nobody changed it, kept otherwise.
    Orphan,
    /// It is somebody else's: it has no marker of ours, and is left alone.
    Foreign,
    /// It can't be merged: nothing at all is written.
    Conflict,
}

/// One file, on disk and as it would be.
#[derive(Debug, Clone, Serialize)]
pub struct FileComparison {
    /// Relative to the root, with `/`.
    pub path: String,
    /// How it stands.
    pub state: State,
    /// What differs, by owner.
    pub differences: Vec<Difference>,
    /// What could not be merged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Conflict>,
    /// The text that would be written, with the line ends of the file on disk.
    #[serde(skip)]
    pub result: Option<String>,
    /// It would be removed.
    pub remove: bool,
    /// What is on disk.
    #[serde(skip)]
    pub(super) disk: Option<Vec<u8>>,
    /// What the last run made it from, where that is of interest.
    #[serde(skip)]
    pub was: Option<Was>,
}

/// Every file that is generated, was generated, or is in the way; the lock file comes last.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// By path.
    pub files: Vec<FileComparison>,
    /// What is odd, and no reason to stop.
    pub warnings: Vec<Diagnostic>,
    /// Texts as generated, by blob id: the bases of the next merge.
    #[serde(skip)]
    pub(super) bases: Vec<(String, String)>,
}

impl FileComparison {
    pub(super) fn new(path: &str, state: State, disk: Option<Vec<u8>>) -> Self {
        let (differences, conflicts, path) = (Vec::new(), Vec::new(), path.to_owned());
        FileComparison { path, state, differences, conflicts, result: None, remove: false, disk, was: None }
    }

    /// The text on disk, if there is one.
    pub fn before(&self) -> Option<String> {
        self.disk.as_deref().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// Whether applying would touch this file.
    pub fn is_change(&self) -> bool {
        self.remove || matches!(self.state, State::New | State::Changed)
    }

    /// Whether the generator would change something that it owns, or can't.
    pub fn is_drift(&self) -> bool {
        self.remove
            || matches!(self.state, State::New | State::Conflict | State::Foreign)
            || self.differences.iter().any(|difference| difference.owner == Owner::Structure)
    }

    /// The change as a unified diff, from disk to result; empty when nothing would change.
    pub fn diff(&self) -> String {
        let text = |bytes: &[u8]| normalise(&String::from_utf8_lossy(bytes)).0;
        let before = self.disk.as_deref().map(text).unwrap_or_default();
        let after = match (&self.result, self.remove) {
            (Some(result), _) => normalise(result).0,
            (None, true) => String::new(),
            (None, false) => return String::new(),
        };
        let name = |there: bool, side: char| match there {
            true => format!("{side}/{}", self.path),
            false => "/dev/null".to_owned(),
        };
        let diff = similar::TextDiff::from_lines(before.as_str(), after.as_str());
        let (from, to) = (name(self.disk.is_some(), 'a'), name(!self.remove, 'b'));
        diff.unified_diff().header(&from, &to).to_string()
    }
}

impl Comparison {
    /// The files that applying would touch.
    pub fn changes(&self) -> impl Iterator<Item = &FileComparison> {
        self.files.iter().filter(|file| file.is_change())
    }

    /// The files that can't be merged.
    pub fn conflicts(&self) -> impl Iterator<Item = &FileComparison> {
        self.files.iter().filter(|file| file.state == State::Conflict)
    }

    /// Whether a check fails: the generator would change what it owns.
    pub fn is_drift(&self) -> bool {
        self.files.iter().any(FileComparison::is_drift)
    }
}
