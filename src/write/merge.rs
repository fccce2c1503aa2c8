//! The three-way merge: what was generated last, what is generated now, what is on disk.

#[cfg(test)]
mod laws;
mod order;

use serde::Serialize;

use super::blocks::{Block, Line, align};
use super::differences::describe;
use super::marker;
use super::pins::{Choice, Pin, Pins, Uses};

/// Who wins where both sides changed the same thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clash {
    /// Nobody: it is a conflict.
    Refuse,
    /// The generator.
    Ours,
}

/// A place that both sides changed, with both texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// The place: "job `test`: step `Run the tests`".
    pub what: String,
    /// 1-based line in the file on disk; 0 when the place is not there.
    pub line: u32,
    /// Why it can't be merged.
    pub why: String,
    /// What the generator wants; empty when it wants the place gone.
    pub ours: String,
    /// What stands on disk; empty when it is gone there.
    pub yours: String,
}

/// What became of a pin that differs between disk and library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PinChange {
    /// 1-based line on disk.
    pub(super) line: u32,
    /// `owner/repo`.
    pub(super) action: String,
    /// The version on disk.
    pub(super) disk: String,
    /// The version of the library.
    pub(super) library: String,
    /// How they relate.
    pub(super) choice: Choice,
    /// The one on disk stays.
    pub(super) kept: bool,
}

/// What came out of a merge.
#[derive(Debug)]
pub(super) struct Merged {
    /// The text, of use when there are no conflicts.
    pub(super) text: String,
    /// What could not be merged.
    pub(super) conflicts: Vec<Conflict>,
    /// Pins that differ.
    pub(super) pins: Vec<PinChange>,
}

/// Merges. `base` is missing when nobody knows what was generated last: then both sides have only added.
pub(super) fn merge(base: Option<&Block>, ours: &Block, theirs: &Block, pins: &Pins, clash: Clash) -> Merged {
    let mut merge = Merge { pins, clash, path: Vec::new(), conflicts: Vec::new(), changes: Vec::new() };
    let root = merge.both(base, ours, theirs);
    let text = root.text();
    // The pieces are sound, so the whole must read as what they mean; anything else is not written.
    let as_it_was = || text == theirs.text();
    let sound = || Block::parse(&text).is_ok_and(|read| root.means(&read));
    if merge.conflicts.is_empty() && !as_it_was() && !sound() {
        merge.conflicts.push(Conflict {
            what: "the file".to_owned(),
            line: 1,
            why: "put together, the two sides would not mean what they mean apart".to_owned(),
            ours: ours.text(),
            yours: theirs.text(),
        });
    }
    Merged { text, conflicts: merge.conflicts, pins: merge.changes }
}

/// The text of a file that is written anew, with the newest pins known.
pub(super) fn fresh(ours: &Block, pins: &Pins) -> String {
    let clash = Clash::Ours;
    Merge { pins, clash, path: Vec::new(), conflicts: Vec::new(), changes: Vec::new() }.pinned(ours).text()
}

struct Merge<'a> {
    pins: &'a Pins,
    clash: Clash,
    path: Vec<String>,
    conflicts: Vec<Conflict>,
    changes: Vec<PinChange>,
}

impl Merge<'_> {
    /// A block that is there on one side at least; `None` when it is to be gone.
    fn one(&mut self, base: Option<&Block>, ours: Option<&Block>, theirs: Option<&Block>) -> Option<Block> {
        match (base, ours, theirs) {
            (_, Some(ours), Some(theirs)) => Some(self.both(base, ours, theirs)),
            // A block that its user removed stays removed.
            (Some(_), _, None) | (None, None, None) => None,
            (None, Some(ours), None) => Some(self.pinned(ours)),
            (None, None, Some(theirs)) => Some(theirs.clone()),
            (Some(base), None, Some(theirs)) if base.whole == theirs.whole => None,
            (Some(_), None, Some(theirs)) => {
                self.clash(Some(theirs), None, "it was changed here and is no longer generated");
                (self.clash == Clash::Refuse).then(|| theirs.clone())
            }
        }
    }

    fn both(&mut self, base: Option<&Block>, ours: &Block, theirs: &Block) -> Block {
        let base = base.map(|base| known(base, ours, theirs, |block| &block.whole));
        let parted = |block: &Block| !block.children.is_empty();
        if parted(ours) && parted(theirs) && base.is_none_or(parted) {
            let (lead, head) = self.own(base, ours, theirs);
            let children = self.children(base, ours, theirs);
            let mut block = theirs.clone();
            (block.lead, block.head, block.children) = (lead, head, children);
            block.seal();
            return block;
        }
        let unchanged = |a: &Block| base.is_some_and(|base| base.whole == a.whole);
        if ours.whole == theirs.whole || unchanged(ours) {
            return self.repinned(base, ours, theirs);
        }
        if unchanged(theirs) {
            return self.updated(base, ours, theirs);
        }
        match self.lines(base, ours, theirs) {
            Some(head) => {
                let mut block = theirs.clone();
                (block.lead, block.head, block.children, block.value) = (vec![], head, vec![], None);
                block.seal();
                block
            }
            None => {
                self.clash(Some(theirs), Some(ours), both_changed(base));
                self.updated(base, ours, theirs)
            }
        }
    }

    /// Lead and head of a block with parts.
    fn own(&mut self, base: Option<&Block>, ours: &Block, theirs: &Block) -> (Vec<Line>, Vec<Line>) {
        let base = base.map(|base| known(base, ours, theirs, |block| &block.own));
        let unchanged = |a: &Block| base.is_some_and(|base| base.own == a.own);
        if ours.own == theirs.own || unchanged(ours) {
            return (lead(base, ours, theirs), self.header(theirs, ours));
        }
        if unchanged(theirs) {
            return (lead(base, ours, theirs), ours.head.clone());
        }
        let own = |block: &Block| {
            let mut own = block.clone();
            own.children.clear();
            own
        };
        let (base_own, ours_own, theirs_own) = (base.map(own), own(ours), own(theirs));
        match self.lines(base_own.as_ref(), &ours_own, &theirs_own) {
            Some(head) => (Vec::new(), head),
            None => {
                self.clash(Some(&theirs_own), Some(&ours_own), both_changed(base));
                let mut head = ours.head.clone();
                if self.path.is_empty() && base.is_none() {
                    // What an adopted file says above its first key is not the generator's to drop.
                    head.extend(theirs.head.iter().filter(|line| !line.text.trim().is_empty()).cloned());
                }
                (lead(base, ours, theirs), head)
            }
        }
    }

    /// Their head with our version in the line that says who generated it.
    fn header(&self, theirs: &Block, ours: &Block) -> Vec<Line> {
        let ours = ours.head.iter().find(|line| marker::parse(&line.text).is_some());
        let mut head = theirs.head.clone();
        if let (true, Some(ours)) = (self.path.is_empty(), ours) {
            for line in head.iter_mut().filter(|line| marker::parse(&line.text).is_some()) {
                if line.canonical() == ours.canonical()
                    && marker::parse(&line.text) != marker::parse(&ours.text)
                {
                    line.clone_from(ours);
                }
            }
        }
        head
    }

    fn children(&mut self, base: Option<&Block>, ours: &Block, theirs: &Block) -> Vec<Block> {
        let base = base.map_or(&[][..], |base| &base.children);
        let (mut ours, mut theirs) = (ours.children.clone(), theirs.children.clone());
        align(base, &mut ours);
        align(base, &mut theirs);
        align(&ours, &mut theirs);
        let find = |blocks: &[Block], id: &str| blocks.iter().position(|block| block.id == id);
        let mut result: Vec<Block> = Vec::new();
        let new = theirs.iter().filter(|block| find(&ours, &block.id).is_none());
        for id in ours.iter().chain(new).map(|block| block.id.clone()) {
            let of = |blocks: &[Block]| find(blocks, &id).map(|n| blocks[n].clone());
            self.path.push(id.clone());
            let merged = self.one(of(base).as_ref(), of(&ours).as_ref(), of(&theirs).as_ref());
            self.path.pop();
            result.extend(merged.map(|block| Block { id: id.clone(), ..block }));
        }
        let ids = |blocks: &[Block]| blocks.iter().map(|block| block.id.clone()).collect::<Vec<_>>();
        let order = order::order(&ids(base), &ids(&ours), &ids(&theirs)).unwrap_or_else(|| {
            self.clash(None, None, "its parts were put into another order, here and by the generator");
            ids(&ours)
        });
        result.sort_by_key(|block| order.iter().position(|id| *id == block.id));
        result
    }

    /// Their text, with our pins where theirs are older.
    fn repinned(&mut self, base: Option<&Block>, ours: &Block, theirs: &Block) -> Block {
        let mut block = theirs.clone();
        let known: Vec<Uses> = ours.lines().iter().filter_map(|line| line.uses.clone()).collect();
        let mut number = first_line(theirs);
        for_each_line(&mut block, &mut |line| {
            let here = number;
            number += 1;
            let Some(uses) = &line.uses else { return };
            let Some(ours) = known.iter().find(|known| known.action == uses.action) else {
                return;
            };
            if let Some(pin) = self.decide(uses, ours, here) {
                *line = repin(uses, &pin);
            }
        });
        block.lead = lead(base, ours, theirs);
        block.seal();
        block
    }

    /// Our text in place of theirs, with their pins where those are newer.
    fn updated(&mut self, base: Option<&Block>, ours: &Block, theirs: &Block) -> Block {
        let mut block = ours.clone();
        let known: Vec<(u32, Uses)> = numbered(theirs);
        for_each_line(&mut block, &mut |line| {
            let Some(uses) = &line.uses else { return };
            let pin = match known.iter().find(|(_, known)| known.action == uses.action) {
                Some((number, theirs)) => {
                    self.decide(theirs, uses, *number).unwrap_or_else(|| theirs.pin.clone())
                }
                None => self.pins.newest(uses),
            };
            *line = repin(uses, &pin);
        });
        block.lead = lead(base, ours, theirs);
        block.seal();
        block
    }

    /// Ours, where there is nothing of theirs.
    fn pinned(&self, ours: &Block) -> Block {
        let mut block = ours.clone();
        for_each_line(&mut block, &mut |line| {
            if let Some(uses) = &line.uses {
                *line = repin(uses, &self.pins.newest(uses));
            }
        });
        block.seal();
        block
    }

    /// The pin to put in place of the one on disk; `None` when that one stays.
    fn decide(&mut self, disk: &Uses, ours: &Uses, line: u32) -> Option<Pin> {
        let choice = disk.pin.against(&ours.pin);
        // Where GitHub's own lock file holds, a commit that it does not list would stop the workflow.
        let kept = disk.pin.locked.is_some() || !matches!(choice, Choice::Older | Choice::Moved);
        if choice != Choice::Same {
            self.changes.push(PinChange {
                line,
                action: disk.action.clone(),
                disk: disk.pin.shown().to_owned(),
                library: ours.pin.shown().to_owned(),
                choice,
                kept,
            });
        }
        (!kept).then(|| self.pins.newest(ours))
    }

    /// Merges line by line; `None` when both sides changed the same lines, or nobody knows what they were.
    fn lines(&mut self, base: Option<&Block>, ours: &Block, theirs: &Block) -> Option<Vec<Line>> {
        let base = base.filter(|base| !base.opaque)?;
        // One pin per action on all three sides, so that pins never clash.
        let disk = numbered(theirs);
        let mut chosen: Vec<Uses> = Vec::new();
        for (_, uses) in numbered(ours) {
            let pin = match disk.iter().find(|(_, disk)| disk.action == uses.action) {
                Some((line, disk)) => self.decide(disk, &uses, *line).unwrap_or_else(|| disk.pin.clone()),
                None => self.pins.newest(&uses),
            };
            chosen.push(uses.at(pin));
        }
        let flat = |block: &Block| -> String {
            let line = |line: &Line| {
                let same = |uses: &&Uses| line.uses.as_ref().is_some_and(|own| own.action == uses.action);
                match (&line.uses, chosen.iter().find(same)) {
                    (Some(uses), Some(chosen)) => format!("{}\n", uses.written_as(chosen)),
                    _ => format!("{}\n", line.text),
                }
            };
            block.lines().into_iter().map(line).collect()
        };
        let merged = diffy::merge(&flat(base), &flat(ours), &flat(theirs)).ok()?;
        Some(merged.lines().map(Line::plain).collect())
    }

    fn clash(&mut self, theirs: Option<&Block>, ours: Option<&Block>, why: &str) {
        if self.clash == Clash::Ours {
            return;
        }
        let text = |block: Option<&Block>| block.map(Block::text).unwrap_or_default();
        self.conflicts.push(Conflict {
            what: describe(&self.path),
            line: theirs.map_or(0, |block| block.line),
            why: why.to_owned(),
            ours: text(ours),
            yours: text(theirs),
        });
    }
}

/// A base of which only the fingerprint is known is known after all when either side still has it.
fn known<'a>(base: &'a Block, ours: &'a Block, theirs: &'a Block, of: fn(&Block) -> &str) -> &'a Block {
    let still = |block: &&Block| base.opaque && of(block) == of(base);
    [ours, theirs].into_iter().find(still).unwrap_or(base)
}

fn both_changed(base: Option<&Block>) -> &'static str {
    match base {
        None => "it is there on both sides, and what was generated last is not known",
        Some(base) if base.opaque => {
            "it was changed here and by the generator, and the text that was generated last is not to be had"
        }
        Some(_) => "the same lines were changed here and by the generator",
    }
}

/// The comments and blank lines above: ours, unless they were changed on disk and not by the generator.
fn lead(base: Option<&Block>, ours: &Block, theirs: &Block) -> Vec<Line> {
    let base = base.filter(|base| !base.opaque);
    let comments = |block: &Block| -> Vec<String> {
        let text = block.lead.iter().map(|line| line.text.trim().to_owned());
        text.filter(|text| !text.is_empty()).collect()
    };
    let untouched = base.is_some_and(|base| base.lead == theirs.lead);
    let same =
        comments(ours) == comments(theirs) || base.is_some_and(|base| comments(base) == comments(ours));
    if !untouched && same { theirs.lead.clone() } else { ours.lead.clone() }
}

fn repin(uses: &Uses, pin: &Pin) -> Line {
    Line { text: uses.with_pin(pin), uses: Some(uses.at(pin.clone())) }
}

fn for_each_line(block: &mut Block, act: &mut dyn FnMut(&mut Line)) {
    block.lead.iter_mut().chain(&mut block.head).for_each(&mut *act);
    block.children.iter_mut().for_each(|child| for_each_line(child, act));
}

/// What a block uses, with the 1-based lines.
pub(super) fn numbered(block: &Block) -> Vec<(u32, Uses)> {
    let lines = block.lines();
    let numbered = (first_line(block)..).zip(lines);
    numbered.filter_map(|(number, line)| line.uses.clone().map(|uses| (number, uses))).collect()
}

/// The line on which the comments above a block begin.
fn first_line(block: &Block) -> u32 {
    block.line.saturating_sub(block.lead.len() as u32)
}
