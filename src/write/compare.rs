//! What is on disk against what is generated.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::actions_lock::{self, ActionsLock};
use super::blocks::Block;
use super::comparison::{Comparison, FileComparison, State};
use super::differences::{self, Difference, Owner};
use super::lock::{self, Entry, Lock};
use super::merge::{Clash, Conflict, fresh, merge, numbered};
use super::pins::{Pins, resolve};
use super::text::{ObjectFormat, Style, blob_id, encode, normalise};
use super::{Generated, Options, base, marker, paths};
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
    let mut sides: Vec<Side<'_>> = Vec::new();
    for file in generated {
        if sides.iter().any(|side| side.generated.path == file.path) {
            return Err(Error::bug(format!("`{}` is generated twice", file.path)));
        }
        sides.push(context.read(file)?);
    }
    let mut pins = Pins::default();
    sides.iter().for_each(|side| side.offer(&mut pins));

    let mut comparison = Comparison { files: Vec::new(), warnings: Vec::new(), bases: Vec::new() };
    let mut next = Lock { library: options.library.clone(), files: BTreeMap::new() };
    for side in sides {
        let file = context.compare(&side, &pins, &mut comparison.warnings);
        if file.state != State::Foreign {
            next.files.insert(file.path.clone(), side.entry(&context));
            comparison.bases.push((side.id.clone(), side.text.clone()));
        }
        comparison.files.push(file);
    }
    let names: BTreeSet<&str> = generated.iter().map(|file| file.path.as_str()).collect();
    for entry in context.lock.files.iter().filter(|(path, _)| !names.contains(path.as_str())) {
        if let Some((file, kept)) = context.orphan(entry.0, entry.1)? {
            if kept {
                next.files.insert(entry.0.clone(), entry.1.clone());
            }
            comparison.files.push(file);
        }
    }
    comparison.files.sort_by(|a, b| a.path.cmp(&b.path));
    comparison.files.push(lock_file(lock_on_disk, &next));
    Ok(comparison)
}

/// What every comparison of one run needs.
struct Context<'a> {
    root: &'a Path,
    options: &'a Options,
    lock: Lock,
    actions: ActionsLock,
    format: ObjectFormat,
}

/// A generated file beside the one on disk.
struct Side<'a> {
    generated: &'a Generated,
    /// As generated, normalised, and its blob id and blocks.
    text: String,
    id: String,
    ours: Block,
    disk: Disk,
}

/// What stands at the path.
enum Disk {
    Nothing,
    /// The same text, or one that can't be taken apart, and why.
    Same(Vec<u8>),
    Foreign(Vec<u8>, Option<(String, Style, Block)>),
    Broken(Vec<u8>, String, Diagnostic),
    Ours(Vec<u8>, String, Style, Block),
}

impl Side<'_> {
    /// Offers the pins that stand in generated steps on disk.
    fn offer(&self, pins: &mut Pins) {
        let Disk::Ours(_, _, _, disk) = &self.disk else {
            return;
        };
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

    fn entry(&self, context: &Context<'_>) -> Entry {
        let Generated { path, components, .. } = self.generated;
        match context.lock.files.get(path) {
            Some(entry) if entry.blob == self.id => Entry { components: components.clone(), ..entry.clone() },
            _ => Entry::new(path, self.id.clone(), components.clone(), &self.ours),
        }
    }
}

impl Context<'_> {
    fn read<'a>(&self, generated: &'a Generated) -> Result<Side<'a>> {
        let text = normalise(&generated.text).0;
        let ours = self.blocks(&generated.path, &text).map_err(|problem| {
            Error::bug(format!("the generated `{}` is no YAML: {}", generated.path, problem.message))
        })?;
        let disk = match paths::read(self.root, &generated.path)? {
            None => Disk::Nothing,
            Some(bytes) => self.look(&generated.path, bytes, &text),
        };
        Ok(Side { generated, id: blob_id(text.as_bytes(), self.format), text, ours, disk })
    }

    fn look(&self, path: &str, bytes: Vec<u8>, ours: &str) -> Disk {
        let Ok(text) = std::str::from_utf8(&bytes) else {
            return Disk::Foreign(bytes, None);
        };
        let (body, style) = normalise(text);
        if body == ours {
            return Disk::Same(bytes);
        }
        let parsed = self.blocks(path, &body);
        if marker::parse(&body).is_none() {
            return Disk::Foreign(bytes, parsed.ok().map(|block| (body, style, block)));
        }
        match parsed {
            Ok(block) => Disk::Ours(bytes, body, style, block),
            Err(problem) => {
                let why = problem.diagnose(path, &body);
                Disk::Broken(bytes, body, why)
            }
        }
    }

    fn blocks(&self, path: &str, text: &str) -> Result<Block, crate::data::Problem> {
        let mut block = Block::parse(text)?;
        block.for_each_uses(&mut |uses| resolve(uses, &self.actions, path));
        Ok(block)
    }

    fn compare(&self, side: &Side<'_>, pins: &Pins, warnings: &mut Vec<Diagnostic>) -> FileComparison {
        let path = side.generated.path.as_str();
        let Options { force, adopt, .. } = *self.options;
        let fresh = |style| Some(encode(&fresh(&side.ours, pins), style));
        match &side.disk {
            Disk::Nothing => {
                let mut file = FileComparison::new(path, State::New, None);
                file.differences.push(Difference::file(Owner::Structure, path, "is not there yet"));
                file.result = fresh(Style::default());
                file
            }
            Disk::Same(bytes) => FileComparison::new(path, State::Current, Some(bytes.clone())),
            Disk::Foreign(bytes, Some((body, style, disk))) if adopt => {
                self.merged(side, (bytes, body, *style, disk), None, Clash::Ours, pins, warnings)
            }
            Disk::Foreign(bytes, _) if force => {
                let mut file = FileComparison::new(path, State::Changed, Some(bytes.clone()));
                file.differences.push(Difference::file(Owner::Structure, path, "is replaced"));
                file.result = fresh(Style::default());
                file
            }
            Disk::Foreign(bytes, _) => {
                let mut file = FileComparison::new(path, State::Foreign, Some(bytes.clone()));
                file.differences.push(Difference::file(Owner::Yours, path, "is not wfgen's, and left alone"));
                file
            }
            Disk::Broken(bytes, ..) if force => {
                let mut file = FileComparison::new(path, State::Changed, Some(bytes.clone()));
                file.differences.push(Difference::file(Owner::Structure, path, "is no YAML, and replaced"));
                file.result = fresh(Style::default());
                file
            }
            Disk::Broken(bytes, body, why) => {
                let mut file = FileComparison::new(path, State::Conflict, Some(bytes.clone()));
                let line = why.location.as_ref().map_or(0, |location| location.line);
                let yours = body.lines().nth(line.saturating_sub(1) as usize).unwrap_or_default().to_owned();
                let why = format!("it is no YAML: {}; repair it, or `--force` to write it anew", why.message);
                let (what, ours) = ("the file".to_owned(), String::new());
                file.conflicts.push(Conflict { what, line, why, ours, yours });
                file
            }
            Disk::Ours(bytes, body, style, disk) => {
                let base = self.base(path, &side.text, body);
                let on_disk = (bytes.as_slice(), body.as_str(), *style, disk);
                match base {
                    None if side.ours.whole == disk.whole || adopt => {
                        self.merged(side, on_disk, None, Clash::Ours, pins, warnings)
                    }
                    None if force => {
                        let mut file = FileComparison::new(path, State::Changed, Some(bytes.clone()));
                        file.result = fresh(*style);
                        file.differences = differences::sort(path, disk, &side.ours, &side.ours, body);
                        file
                    }
                    None => {
                        let mut file = FileComparison::new(path, State::Conflict, Some(bytes.clone()));
                        file.differences = differences::sort(path, disk, &side.ours, &side.ours, body);
                        file.conflicts.push(Conflict {
                            what: "the file".to_owned(),
                            line: 1,
                            why: format!(
                                "it is not what is generated, and `{}` does not say what was generated last: \
                                 `--adopt` keeps what is only here, `--force` overwrites",
                                lock::PATH
                            ),
                            ours: String::new(),
                            yours: String::new(),
                        });
                        file
                    }
                    Some(base) => {
                        let clash = if force || adopt { Clash::Ours } else { Clash::Refuse };
                        self.merged(side, on_disk, Some(&base), clash, pins, warnings)
                    }
                }
            }
        }
    }

    /// What was generated last: its text, or at least its fingerprints.
    fn base(&self, path: &str, ours: &str, disk: &str) -> Option<Block> {
        let entry = self.lock.files.get(path)?;
        let text = base::find(self.root, &entry.blob, &[ours, disk]);
        text.and_then(|text| self.blocks(path, &text).ok()).or_else(|| entry.opaque())
    }

    fn merged(
        &self,
        side: &Side<'_>,
        (bytes, body, style, disk): (&[u8], &str, Style, &Block),
        base: Option<&Block>,
        clash: Clash,
        pins: &Pins,
        warnings: &mut Vec<Diagnostic>,
    ) -> FileComparison {
        let path = side.generated.path.as_str();
        let merged = merge(base, &side.ours, disk, pins, clash);
        let mut file = FileComparison::new(path, State::Current, Some(bytes.to_vec()));
        file.differences = differences::pins(path, &merged.pins, body);
        if !merged.conflicts.is_empty() {
            file.state = State::Conflict;
            file.conflicts = merged.conflicts;
            return file;
        }
        if merged.text != body {
            file.state = State::Changed;
            file.result = Some(encode(&merged.text, style));
        }
        if let Ok(result) = self.blocks(path, &merged.text) {
            file.differences.extend(differences::sort(path, disk, &result, &side.ours, body));
            warnings.extend(two_pins(path, &result, &merged.text));
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

    /// A file that was generated and is no longer, and whether it stays in the lock; `None` when it is gone.
    fn orphan(&self, path: &str, entry: &Entry) -> Result<Option<(FileComparison, bool)>> {
        let Some(bytes) = paths::read(self.root, path)? else {
            return Ok(None);
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if marker::parse(&text).is_none() {
            return Ok(None);
        }
        let body = normalise(&text).0;
        let untouched = blob_id(body.as_bytes(), ObjectFormat::of(&entry.blob).unwrap_or_default())
            == entry.blob
            || self
                .blocks(path, &body)
                .ok()
                .zip(entry.opaque())
                .is_some_and(|(disk, base)| disk.whole == base.whole);
        let mut file = FileComparison::new(path, State::Orphan, Some(bytes));
        file.remove = untouched || self.options.force;
        file.differences.push(if file.remove {
            Difference::file(Owner::Structure, path, "is no longer generated, and removed")
        } else {
            let detail = "is no longer generated, but was changed here, and is kept: \
                          remove it, or take the header away to make it yours";
            Difference::file(Owner::Yours, path, detail)
        });
        let kept = !file.remove;
        Ok(Some((file, kept)))
    }
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

/// One action at two commits in one file: most often a bump that missed a place.
fn two_pins(path: &str, block: &Block, text: &str) -> Vec<Diagnostic> {
    let mut first: BTreeMap<String, (u32, String)> = BTreeMap::new();
    let mut found = Vec::new();
    for (line, uses) in numbered(block) {
        let reference = uses.pin.commit().unwrap_or(&uses.pin.reference).to_ascii_lowercase();
        match first.get(&uses.action) {
            Some((_, known)) if *known == reference => {}
            Some((other, _)) => found.push(
                Diagnostic::new(format!("`{}` is used at two commits in one file", uses.action))
                    .at(Location::at(path, line, 0, text))
                    .hint(format!("line {other} has the other: pin both to the same commit")),
            ),
            None => {
                first.insert(uses.action.clone(), (line, reference));
            }
        }
    }
    found
}

fn text_of(root: &Path, path: &str) -> Result<Option<String>> {
    let Some(bytes) = paths::read(root, path)? else {
        return Ok(None);
    };
    String::from_utf8(bytes).map(Some).map_err(|_| Error::invalid(format!("`{path}` is no UTF-8 text")))
}
