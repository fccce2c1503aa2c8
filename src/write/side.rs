//! A generated file beside what is on disk at its path.

use std::collections::BTreeSet;

use super::blocks::Block;
use super::merge::numbered;
use super::pins::Pins;
use super::text::{Style, normalise};
use super::{Generated, marker};
use crate::data::Problem;

/// A generated file beside the one on disk.
pub(super) struct Side<'a> {
    pub(super) generated: &'a Generated,
    /// As generated, normalised.
    pub(super) text: String,
    /// The blob id of that text.
    pub(super) id: String,
    pub(super) ours: Block,
    /// What stands at the path, if anything.
    pub(super) disk: Option<OnDisk>,
}

/// What stands at a path.
pub(super) struct OnDisk {
    pub(super) bytes: Vec<u8>,
    /// The text, normalised.
    pub(super) body: String,
    pub(super) style: Style,
    /// It has our marker.
    pub(super) ours: bool,
    /// Its blocks, or why it has none.
    pub(super) blocks: Result<Block, Problem>,
}

impl OnDisk {
    /// Takes the content of a file apart.
    pub(super) fn read(bytes: Vec<u8>, blocks: impl FnOnce(&str) -> Result<Block, Problem>) -> Self {
        let Ok(text) = std::str::from_utf8(&bytes) else {
            let blocks = Err(Problem::new("it is no UTF-8 text", 0, 0));
            let (body, style) = (String::from_utf8_lossy(&bytes).into_owned(), Style::default());
            return OnDisk { bytes, body, style, ours: false, blocks };
        };
        let (body, style) = normalise(text);
        let (ours, blocks) = (marker::parse(&body).is_some(), blocks(&body));
        OnDisk { bytes, body, style, ours, blocks }
    }
}

impl Side<'_> {
    /// Offers the pins that stand in generated jobs on disk.
    pub(super) fn offer(&self, pins: &mut Pins) {
        let Some(OnDisk { ours: true, blocks: Ok(disk), .. }) = &self.disk else { return };
        let actions: BTreeSet<String> =
            numbered(&self.ours).into_iter().map(|(_, uses)| uses.action).collect();
        let generated = |id: &str| self.ours.child("jobs").is_some_and(|jobs| jobs.child(id).is_some());
        let jobs = disk.child("jobs").map_or(&[][..], |jobs| &jobs.children);
        for job in jobs.iter().filter(|job| generated(&job.id)) {
            for (_, uses) in numbered(job).iter().filter(|(_, uses)| actions.contains(&uses.action)) {
                pins.offer(uses);
            }
        }
    }
}
