//! What `wfgen diff` found, sorted by owner.

use std::fmt::Write;

use serde_json::{Value, json};

use super::plain;
use crate::write::{Cause, Comparison, Difference, Owner};

/// What differs between the files on disk and what would be generated.
#[derive(Debug, Clone)]
pub struct Differences {
    /// Every file.
    pub comparison: Comparison,
}

impl Differences {
    fn of(&self, owner: Owner) -> impl Iterator<Item = &Difference> {
        self.comparison.files.iter().flat_map(|file| &file.differences).filter(move |d| d.owner == owner)
    }

    fn sections(&self) -> [(&'static str, Owner); 3] {
        [
            ("Structure (wfgen would change it)", Owner::Structure),
            ("Pins (the committed file decides)", Owner::Pins),
            ("Yours (kept)", Owner::Yours),
        ]
    }
}

impl super::Report for Differences {
    fn human(&self) -> String {
        let mut out = String::new();
        for (title, owner) in self.sections() {
            let mut differences = self.of(owner).peekable();
            if differences.peek().is_some() {
                let _ = writeln!(out, "{title}");
            }
            let mut told: &[Cause] = &[];
            for d in differences {
                let _ = writeln!(
                    out,
                    "  {}: {} {}",
                    plain(&d.location.to_string()),
                    plain(&d.what),
                    plain(&d.detail)
                );
                // What holds for several in a row is said once.
                if d.because != *told {
                    for cause in &d.because {
                        let _ = writeln!(out, "    {}", plain(&cause.to_string()));
                    }
                    told = &d.because;
                }
            }
        }
        if out.is_empty() {
            out.push_str("Everything is current.\n");
        }
        for file in &self.comparison.files {
            for line in file.diff().lines() {
                let _ = writeln!(out, "{}", plain(line));
            }
        }
        out
    }

    fn json(&self) -> Value {
        json!({
            "schema": "wfgen.diff/1",
            "files": self.comparison.files,
            "diffs": self.comparison.files.iter().map(|file| json!({ "path": file.path, "diff": file.diff() })).collect::<Vec<_>>(),
        })
    }

    fn markdown(&self) -> Option<String> {
        let mut out = String::new();
        for (title, owner) in self.sections() {
            let items: Vec<String> =
                self.of(owner).map(|d| format!("- {}: {}", d.location, d.sentence())).collect();
            if !items.is_empty() {
                let _ = writeln!(out, "### {title}\n\n{}\n", items.join("\n"));
            }
        }
        let diffs: String = self.comparison.files.iter().map(crate::write::FileComparison::diff).collect();
        if diffs.is_empty() {
            out.push_str("Everything is current.\n");
        } else {
            let fence = "`".repeat(3 + longest_fence(&diffs));
            let _ = writeln!(out, "{fence}diff\n{diffs}{fence}");
        }
        Some(out)
    }
}

/// A code block must be fenced by more backticks than stand in it.
fn longest_fence(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0).saturating_sub(2)
}
