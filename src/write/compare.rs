//! What is on disk against what is generated.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::actions_lock::{self, ActionsLock};
use super::beyond::{Beyond, beyond, lost_events};
use super::blocks::Block;
use super::comparison::{Comparison, FileComparison, State};
use super::differences::{self, Difference, Owner};
use super::lock::{self, Entry, Lock};
use super::merge::{Clash, Conflict, Merged, fresh, merge, numbered};
use super::pins::{Pins, resolve};
use super::side::{OnDisk, Side};
use super::text::{ObjectFormat, Style, blob_id, encode, normalise};
use super::{Generated, Options, adopt, base, marker, paths};
use crate::data::Problem;
use crate::error::{Diagnostic, Error, Location, Result};

/// Compares what is generated with what is on disk, and merges. Reads only.
///
/// # Errors
/// When the lock file can't be read, a path leads out of `.github/` or through a link, or a file can't be read.
pub fn compare(root: &Path, generated: &[Generated], options: &Options) -> Result<Comparison> {
    let lock_on_disk = text_of(root, lock::PATH)?;
    let lock = lock_on_disk.as_deref().map(Lock::parse).transpose()?.unwrap_or_default();
    let actions =
        text_of(root, actions_lock::PATH)?.map(|text| ActionsLock::parse(&text)).unwrap_or_default();
    let context = Context { root, options, lock, actions, format: base::object_format(root) };
    let mut comparison = Comparison { files: Vec::new(), warnings: Vec::new(), bases: Vec::new() };
    let mut next =
        Lock { library: options.library.clone(), remembered: options.remembered.clone(), ..Lock::default() };
    let mut names = BTreeSet::new();
    let mut sides: Vec<Side<'_>> = Vec::new();
    for file in generated {
        if !names.insert(file.path.as_str()) {
            return Err(Error::bug(format!("`{}` is generated twice", file.path)));
        }
        let text = normalise(&file.text).0;
        let id = blob_id(text.as_bytes(), context.format);
        let bytes = paths::read(root, &file.path)?;
        if bytes.is_none()
            && let Some(twin) = paths::twin(root, &file.path)
        {
            comparison.files.push(beside_its_twin(&file.path, &twin));
            continue;
        }
        let known = context.lock.files.get(&file.path).filter(|entry| entry.blob == id);
        match (known, bytes) {
            // The most frequent case is the one that has to be fast: nothing needs to be taken apart.
            (Some(entry), Some(bytes)) if is_text(&bytes, &text) => {
                next.files.insert(file.path.clone(), entry.with(file, &context.lock));
                comparison.files.push(FileComparison::new(&file.path, State::Current, Some(bytes)));
                comparison.bases.push((id, text));
            }
            (_, bytes) => sides.push(context.side(file, text, id, bytes)?),
        }
    }
    let mut pins = Pins::default();
    sides.iter().for_each(|side| side.offer(&mut pins));
    for side in sides {
        let file = context.compare(&side, &pins, &mut comparison.warnings);
        if file.state != State::Foreign {
            next.files.insert(file.path.clone(), context.entry(&side));
            comparison.bases.push((side.id.clone(), side.text.clone()));
        }
        comparison.files.push(file);
    }
    for (path, entry) in context.lock.files.iter().filter(|(path, _)| !names.contains(path.as_str())) {
        let Some(file) = context.orphan(path, entry)? else { continue };
        if !file.remove {
            next.files.insert(path.clone(), entry.clone());
        }
        comparison.files.push(file);
    }
    for file in comparison.files.iter_mut().filter(|file| file.is_drift()) {
        file.was = context.lock.files.get(&file.path).map(Entry::was);
    }
    // Nothing follows from what is remembered otherwise, and that alone is no reason to write the lock anew.
    if next.says_the_same(&context.lock) {
        next.remembered = context.lock.remembered.clone();
    }
    comparison.files.sort_by(|a, b| a.path.cmp(&b.path));
    comparison.files.push(lock_file(lock_on_disk, &next));
    Ok(comparison)
}

impl Comparison {
    /// Lets another file change in the same transaction: a file that is not generated, with its whole new text, or
    /// none to remove it.
    ///
    /// # Errors
    /// When its path may not be written, or it can't be read.
    pub fn along(&mut self, root: &Path, path: &str, text: Option<&str>) -> Result<()> {
        let disk = paths::read(root, path)?;
        let state = match (&disk, text) {
            (None, Some(_)) => State::New,
            (Some(disk), Some(text)) if disk != text.as_bytes() => State::Changed,
            (Some(_), None) => State::Orphan,
            _ => return Ok(()),
        };
        let mut file = FileComparison::new(path, state, disk);
        file.remove = text.is_none();
        file.result = text.map(str::to_owned);
        let lock = self.files.len().saturating_sub(1);
        self.files.insert(lock, file);
        Ok(())
    }
}

/// What every comparison of one run needs.
struct Context<'a> {
    root: &'a Path,
    options: &'a Options,
    lock: Lock,
    actions: ActionsLock,
    format: ObjectFormat,
}

impl Context<'_> {
    fn side<'b>(
        &self,
        generated: &'b Generated,
        text: String,
        id: String,
        bytes: Option<Vec<u8>>,
    ) -> Result<Side<'b>> {
        let path = generated.path.as_str();
        let ours = self.blocks(path, &text).map_err(|problem| {
            Error::bug(format!("the generated `{path}` is no YAML: {}", problem.message))
        })?;
        let blocks = |body: &str| if body == text { Ok(ours.clone()) } else { self.blocks(path, body) };
        let disk = bytes.map(|bytes| OnDisk::read(bytes, blocks));
        Ok(Side { generated, id, text, ours, disk })
    }

    fn blocks(&self, path: &str, text: &str) -> Result<Block, Problem> {
        let mut block = Block::parse(text)?;
        block.for_each_uses(&mut |uses| resolve(uses, &self.actions, path));
        Ok(block)
    }

    fn entry(&self, side: &Side<'_>) -> Entry {
        match self.lock.files.get(&side.generated.path) {
            Some(entry) if entry.blob == side.id => entry.with(side.generated, &self.lock),
            _ => Entry::new(side.generated, side.id.clone(), &side.ours),
        }
    }

    fn compare(&self, side: &Side<'_>, pins: &Pins, warnings: &mut Vec<Diagnostic>) -> FileComparison {
        let path = side.generated.path.as_str();
        let Options { force, adopt, .. } = *self.options;
        let Some(disk) = &side.disk else {
            return replaced(side, pins, "is not there yet");
        };
        if disk.body == side.text {
            return FileComparison::new(path, State::Current, Some(disk.bytes.clone()));
        }
        match (&disk.blocks, disk.ours) {
            (Ok(blocks), true) => match self.base(side, &disk.body, blocks) {
                Some(base) => {
                    let clash = if force || adopt { Clash::Ours } else { Clash::Refuse };
                    self.merged(
                        side,
                        disk,
                        blocks,
                        &merge(Some(&base), &side.ours, blocks, pins, clash),
                        warnings,
                    )
                }
                None if adopt || side.ours.whole == blocks.whole => self.merged(
                    side,
                    disk,
                    blocks,
                    &merge(None, &side.ours, blocks, pins, Clash::Ours),
                    warnings,
                ),
                None if force => replaced(side, pins, "is replaced"),
                None => {
                    let why = format!(
                        "it is not what is generated, and `{}` does not say what was generated last: \
                         `--adopt` keeps what is only here, `--force` overwrites",
                        lock::PATH
                    );
                    let mut file = in_the_way(path, disk, 1, why);
                    file.differences = differences::sort(path, blocks, &side.ours, &side.ours, &disk.body);
                    file
                }
            },
            (Ok(blocks), false) if adopt => {
                match adopt::beside(blocks, &side.ours, &side.generated.said_at) {
                    Ok(adopted) => {
                        let merged = merge(None, &adopted.ours, &adopted.theirs, pins, Clash::Ours);
                        let mut file = self.merged(side, disk, blocks, &merged, warnings);
                        let gone =
                            |(job, what): &(String, &str)| differences::of_job(path, blocks, job, what);
                        file.differences.extend(adopted.gone.iter().map(gone));
                        file
                    }
                    Err(problem) => in_the_way(path, disk, problem.line, problem.message),
                }
            }
            _ if force => {
                let mut file = replaced(side, pins, "is replaced");
                if let Ok(theirs) = &disk.blocks {
                    file.differences.extend(lost(side, theirs, &self.options.scripts));
                }
                file
            }
            (Err(problem), true) => {
                let why = format!("{}; repair it, or write it anew with `--force`", problem.message);
                in_the_way(path, disk, problem.line, why)
            }
            (_, false) => {
                let mut file = FileComparison::new(path, State::Foreign, Some(disk.bytes.clone()));
                file.differences.push(Difference::file(Owner::Yours, path, "is not wfgen's, and left alone"));
                file
            }
        }
    }

    /// What was generated last: its text, or at least its fingerprints.
    fn base(&self, side: &Side<'_>, body: &str, disk: &Block) -> Option<Block> {
        let path = side.generated.path.as_str();
        let entry = self.lock.files.get(path)?;
        match base::find(self.root, &entry.blob, &[&side.text, body]) {
            Some(text) if text == side.text => Some(side.ours.clone()),
            Some(text) if text == body => Some(disk.clone()),
            Some(text) => self.blocks(path, &text).ok().or_else(|| entry.opaque()),
            None => entry.opaque(),
        }
    }

    fn merged(
        &self,
        side: &Side<'_>,
        disk: &OnDisk,
        blocks: &Block,
        merged: &Merged,
        warnings: &mut Vec<Diagnostic>,
    ) -> FileComparison {
        let (path, body) = (side.generated.path.as_str(), disk.body.as_str());
        let mut file = FileComparison::new(path, State::Current, Some(disk.bytes.clone()));
        file.differences = differences::pins(path, &merged.pins, body);
        if !merged.conflicts.is_empty() {
            file.state = State::Conflict;
            file.conflicts.clone_from(&merged.conflicts);
            return file;
        }
        if merged.text != *body {
            file.state = State::Changed;
            file.result = Some(encode(&merged.text, disk.style));
        }
        let result = if merged.text == *body { Ok(blocks.clone()) } else { self.blocks(path, &merged.text) };
        if let Ok(result) = result {
            file.differences.extend(differences::sort(path, blocks, &result, &side.ours, body));
            warnings.extend(two_pins(path, &result, &merged.text));
            warnings.extend(self.unlocked(path, &result, &merged.text));
        }
        let versions = (marker::parse(body), marker::parse(&merged.text));
        if let ((Some(old), Some(new)), true) = (versions, versions.0 != versions.1) {
            let detail = format!("{old} wrote it, {new} would");
            file.differences.push(Difference {
                what: "the library".into(),
                ..Difference::file(Owner::Pins, path, &detail)
            });
        }
        file.differences.sort_by_key(|difference| (difference.owner, difference.location.line));
        file
    }

    /// What GitHub's own lock file would have to list, and does not.
    fn unlocked(&self, path: &str, block: &Block, text: &str) -> Vec<Diagnostic> {
        let used = numbered(block).into_iter();
        used.filter(|(_, uses)| self.actions.misses(path, &uses.action, &uses.pin.reference))
            .map(|(line, uses)| {
                Diagnostic::new(format!("`{}` is not in `{}`", uses.action, actions_lock::PATH))
                    .at(Location::at(path, line, 0, text))
                    .hint("GitHub refuses to run what its lock file does not list: run `gh actions-lock`")
            })
            .collect()
    }

    /// A file that was generated and is no longer; `None` when it is gone, or somebody else's by now.
    fn orphan(&self, path: &str, entry: &Entry) -> Result<Option<FileComparison>> {
        let Some(bytes) = paths::read(self.root, path)? else { return Ok(None) };
        let disk = OnDisk::read(bytes, |body| self.blocks(path, body));
        if !disk.ours {
            return Ok(None);
        }
        let format = ObjectFormat::of(&entry.blob).unwrap_or_default();
        let same = |blocks: &Block| entry.opaque().is_some_and(|base| base.whole == blocks.whole);
        let untouched =
            blob_id(disk.body.as_bytes(), format) == entry.blob || disk.blocks.is_ok_and(|b| same(&b));
        let mut file = FileComparison::new(path, State::Orphan, Some(disk.bytes));
        file.remove = untouched || self.options.force;
        file.differences.push(if file.remove {
            Difference::file(Owner::Structure, path, "is no longer generated, and removed")
        } else {
            let detail = "is no longer generated, but was changed here, and is kept: \
                          remove it, or take the header away to make it yours";
            Difference::file(Owner::Yours, path, detail)
        });
        Ok(Some(file))
    }
}

/// A file that is written as generated, whatever stands there.
fn replaced(side: &Side<'_>, pins: &Pins, detail: &str) -> FileComparison {
    let path = side.generated.path.as_str();
    let state = if side.disk.is_some() { State::Changed } else { State::New };
    let mut file = FileComparison::new(path, state, side.disk.as_ref().map(|disk| disk.bytes.clone()));
    let style = side.disk.as_ref().map_or(Style::default(), |disk| disk.style);
    file.differences.push(Difference::file(Owner::Structure, path, detail));
    file.result = Some(encode(&fresh(&side.ours, pins), style));
    file
}

/// What goes with a workflow of the user's that is replaced.
fn lost(side: &Side<'_>, theirs: &Block, scripts: &BTreeMap<String, String>) -> Vec<Difference> {
    let path = side.generated.path.as_str();
    let job = |beyond: Beyond| {
        let detail = format!("goes, and nothing generated {}; `--adopt` keeps it", beyond.said("or"));
        differences::of_job(path, theirs, &beyond.job, &detail)
    };
    let event = |event: String| {
        let detail = format!("loses its trigger `{event}`; `--adopt` keeps it");
        Difference::file(Owner::Yours, path, &detail)
    };
    let jobs = beyond(theirs, &side.ours, &side.generated.said_at, scripts).into_iter().map(job);
    jobs.chain(lost_events(theirs, &side.ours).into_iter().map(event)).collect()
}

/// A file as a whole that can't be merged.
fn in_the_way(path: &str, disk: &OnDisk, line: u32, why: String) -> FileComparison {
    refused(path, Some(disk.bytes.clone()), line, why)
}

fn refused(path: &str, before: Option<Vec<u8>>, line: u32, why: String) -> FileComparison {
    let mut file = FileComparison::new(path, State::Conflict, before);
    let (what, ours, yours) = ("the file".to_owned(), String::new(), String::new());
    file.conflicts.push(Conflict { what, line, why, ours, yours });
    file
}

/// A new file whose name another one has in other letters.
fn beside_its_twin(path: &str, twin: &str) -> FileComparison {
    let why = format!(
        "`{twin}` has the same name in other letters, and on macOS and Windows the two would be one file: rename it to \
         `{path}` and take it over with `--adopt`, or give it a name of its own"
    );
    refused(path, None, 1, why)
}

/// The lock file as one of the files. Only its absence is drift: what it says follows from the others.
fn lock_file(disk: Option<String>, next: &Lock) -> FileComparison {
    let text = next.text();
    let mut file = FileComparison::new(lock::PATH, State::Current, disk.clone().map(String::into_bytes));
    match disk {
        Some(disk) if normalise(&disk).0 == text => return file,
        Some(disk) => {
            file.state = State::Changed;
            file.result = Some(encode(&text, normalise(&disk).1));
            file.differences.push(Difference::file(Owner::Pins, lock::PATH, "is of an earlier run"));
        }
        None if next.files.is_empty() => {}
        None => {
            file.state = State::New;
            file.result = Some(text);
            file.differences.push(Difference::file(Owner::Structure, lock::PATH, "is not there yet"));
        }
    }
    file
}

/// One action at two commits in one file, told once: most often a bump that missed a place.
fn two_pins(path: &str, block: &Block, text: &str) -> Vec<Diagnostic> {
    let mut first: BTreeMap<String, (u32, String)> = BTreeMap::new();
    let mut others: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (line, uses) in numbered(block) {
        let reference = uses.pin.commit().unwrap_or(&uses.pin.reference).to_ascii_lowercase();
        // By the name of a branch some actions choose what they do: `@stable`, `@nightly`.
        let is_version = reference.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
        if uses.pin.commit().is_none() && !is_version {
            continue;
        }
        let (_, known) = first.entry(uses.action.clone()).or_insert((line, reference.clone()));
        if *known != reference {
            others.entry(uses.action.clone()).or_default().push(line);
        }
    }
    let told = |(action, lines): (&String, &Vec<u32>)| {
        let (other, _) = first.get(action)?;
        let more =
            if lines.len() > 1 { format!(" (and in {} more)", lines.len() - 1) } else { String::new() };
        let found = Diagnostic::new(format!("`{action}` is used at two commits in one file"));
        let hint = format!("line {other} has another than this one{more}: pin all to the same commit");
        Some(found.at(Location::at(path, *lines.first()?, 0, text)).hint(hint))
    };
    others.iter().filter_map(told).collect()
}

/// Whether a file holds a text, line ends and mark aside.
fn is_text(bytes: &[u8], text: &str) -> bool {
    bytes == text.as_bytes() || std::str::from_utf8(bytes).is_ok_and(|bytes| normalise(bytes).0 == text)
}

fn text_of(root: &Path, path: &str) -> Result<Option<String>> {
    let Some(bytes) = paths::read(root, path)? else {
        return Ok(None);
    };
    String::from_utf8(bytes).map(Some).map_err(|_| Error::invalid(format!("`{path}` is no UTF-8 text")))
}
