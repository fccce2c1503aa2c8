//! The rules: which words make a file worth a look, and what a credential looks like.

use std::sync::{LazyLock, OnceLock};

use aho_corasick::AhoCorasick;
use regex::bytes::Regex;
use serde::Deserialize;

/// How a kind of credential is recognised.
#[derive(Debug, Deserialize)]
pub(super) struct Rule {
    pub(super) id: String,
    /// What it is, for people.
    pub(super) kind: String,
    /// Words of which one is in every match.
    keywords: Vec<String>,
    /// The credential; its first group, where there is one, is the part that is random in a real one.
    regex: String,
    pub(super) confidence: f64,
    /// The least entropy of that part, in bits per character.
    #[serde(default)]
    pub(super) entropy: f64,
    /// What makes it certain when it is found near by.
    also: Option<String>,
    /// Texts with exactly one match. In parts, so that they are no credentials in this repository.
    #[cfg(test)]
    pub(super) examples: Vec<Vec<String>>,
    /// Texts without any.
    #[cfg(test)]
    pub(super) harmless: Vec<Vec<String>>,
}

/// Every rule, ready to be used.
pub(super) struct Rules {
    pub(super) all: Vec<Rule>,
    words: Option<AhoCorasick>,
    /// For each word the rule that it belongs to.
    owners: Vec<usize>,
    /// Compiled when first needed: most trees hold a word of few rules.
    regexes: Vec<OnceLock<Option<Regex>>>,
    also: Vec<Option<Regex>>,
}

pub(super) static RULES: LazyLock<Rules> = LazyLock::new(|| {
    // The file is bundled and a test reads it: it can't fail here.
    Rules::new(serde_json::from_str(include_str!("rules.json")).unwrap_or_default())
});

impl Rules {
    fn new(all: Vec<Rule>) -> Self {
        let words = all.iter().flat_map(|rule| &rule.keywords);
        let owners =
            all.iter().enumerate().flat_map(|(at, rule)| rule.keywords.iter().map(move |_| at)).collect();
        Rules {
            words: AhoCorasick::new(words).ok(),
            owners,
            regexes: all.iter().map(|_| OnceLock::new()).collect(),
            also: all.iter().map(|rule| compile(rule.also.as_deref()?)).collect(),
            all,
        }
    }

    /// The rules of which a word is in the text, in their order.
    pub(super) fn worth_trying(&self, text: &[u8]) -> Vec<usize> {
        let mut hit = vec![false; self.all.len()];
        for found in self.words.iter().flat_map(|words| words.find_overlapping_iter(text)) {
            hit[self.owners[found.pattern().as_usize()]] = true;
        }
        (0..hit.len()).filter(|at| hit[*at]).collect()
    }

    pub(super) fn regex(&self, at: usize) -> Option<&Regex> {
        self.regexes[at].get_or_init(|| compile(&self.all[at].regex)).as_ref()
    }

    /// What makes a match certain, if the rule has that.
    pub(super) fn also(&self, at: usize) -> Option<&Regex> {
        self.also[at].as_ref()
    }
}

fn compile(pattern: &str) -> Option<Regex> {
    regex::bytes::RegexBuilder::new(pattern).unicode(false).build().ok()
}

/// Shannon's entropy in bits per byte.
pub(super) fn entropy(text: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text {
        counts[usize::from(*byte)] += 1;
    }
    let length = text.len() as f64;
    -counts.iter().filter(|n| **n > 0).map(|n| f64::from(*n) / length).map(|p| p * p.log2()).sum::<f64>()
}
