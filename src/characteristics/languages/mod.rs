//! Languages by bytes and by files, for a repository and any directory in it.
//!
//! The facts and the order of evidence are github-linguist's; `docs/languages.md` says where we differ and why.

mod content;
mod noise;
mod survey;
mod table;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use super::{Evidence, Fact};
use crate::checkout::Checkout;

pub use noise::Noise;
pub use table::{Kind, Language};

/// How much there is of a language.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// The size of its files together, in bytes.
    pub bytes: u64,
    /// How many files.
    pub files: u64,
}

/// What is known about one file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Entry {
    language: Option<u16>,
    noise: Option<Noise>,
    /// What `linguist-detectable` says.
    detectable: Option<bool>,
}

/// Which language each file of a checkout is.
#[derive(Debug)]
pub struct Languages<'a> {
    checkout: &'a Checkout,
    /// One for each file of the checkout, in its order.
    entries: Vec<Entry>,
    /// How many files were looked into.
    pub read: usize,
    /// How many files of a shared ending took their language from a neighbour that was looked into.
    pub inferred: usize,
}

/// Finds out the language of every file.
///
/// In a tree that is too large to look into each file, a part of the files of each shared ending is looked into, and the
/// rest follow their neighbours; [`Options::deep`](crate::checkout::Options::deep) looks into all.
pub fn of(checkout: &Checkout) -> Languages<'_> {
    survey::survey(checkout)
}

impl Languages<'_> {
    /// What counts of the whole repository, as linguist counts.
    pub fn repository(&self) -> BTreeMap<&'static str, Amount> {
        self.below("")
    }

    /// What counts of a directory: programming and markup languages, without vendored, generated and documentation files, unless
    /// `.gitattributes` says otherwise.
    pub fn below(&self, folder: &str) -> BTreeMap<&'static str, Amount> {
        self.tally(folder, |entry, language| {
            let kind = matches!(language.kind, Kind::Programming | Kind::Markup);
            entry.noise.is_none() && entry.detectable.unwrap_or(kind)
        })
    }

    /// Everything of a directory whose language is known: data, prose, vendored and generated files too.
    pub fn everything(&self, folder: &str) -> BTreeMap<&'static str, Amount> {
        self.tally(folder, |_, _| true)
    }

    fn tally(
        &self,
        folder: &str,
        counts: impl Fn(&Entry, &Language) -> bool,
    ) -> BTreeMap<&'static str, Amount> {
        let mut amounts = vec![Amount::default(); table::COUNT];
        let places = self.checkout.places_below(folder);
        for (file, entry) in self.checkout.files()[places.clone()].iter().zip(&self.entries[places]) {
            let Some(id) = entry.language else { continue };
            if counts(entry, table::language(id)) {
                let amount = &mut amounts[usize::from(id)];
                amount.bytes += file.size;
                amount.files += 1;
            }
        }
        let mut grouped: BTreeMap<&'static str, Amount> = BTreeMap::new();
        for (id, amount) in (0..).zip(amounts).filter(|(_, amount)| amount.files > 0) {
            let group = grouped.entry(table::language(id).group().name).or_default();
            group.bytes += amount.bytes;
            group.files += amount.files;
        }
        grouped
    }

    /// The language of a file, before grouping.
    pub fn language(&self, path: &str) -> Option<&'static Language> {
        self.entries[self.checkout.place(path)?].language.map(table::language)
    }

    /// Why a file does not count, if it does not.
    pub fn noise(&self, path: &str) -> Option<Noise> {
        self.entries[self.checkout.place(path)?].noise
    }

    /// The fact `{language: {bytes, files}}` of a directory, the largest language first; nothing when no language counts.
    pub fn fact(&self, folder: &str) -> Option<Fact> {
        let mut amounts: Vec<_> = self.below(folder).into_iter().collect();
        if amounts.is_empty() {
            return None;
        }
        amounts.sort_by_key(|(name, amount)| (std::cmp::Reverse(amount.bytes), *name));
        let mut evidence = vec![Evidence {
            file: if folder.is_empty() { ".".to_owned() } else { folder.to_owned() },
            line: None,
            reader: format!(
                "languages: {} files looked into, {} by their neighbours",
                self.read, self.inferred
            ),
        }];
        if let Some(file) = self.checkout.find(".gitattributes")
            && !self.checkout.attributes().is_empty()
        {
            evidence.push(Evidence {
                file: file.path.clone(),
                line: None,
                reader: "gitattributes".to_owned(),
            });
        }
        Some(Fact {
            value: amounts.into_iter().map(|(name, amount)| (name.to_owned(), json!(amount))).collect(),
            confidence: if self.inferred == 0 { 1.0 } else { 0.9 },
            evidence,
            refused: Vec::new(),
        })
    }
}
