//! Credentials that are committed in a tree. Where they are is reported; what they are is never kept.

mod candidates;
mod rule;

use rayon::prelude::*;
use serde::Serialize;
use serde_json::json;

use self::rule::{RULES, entropy};
use super::{Evidence, Fact};
use crate::checkout::Checkout;

/// The most that is read of one file, in bytes.
const CAP: u64 = 1 << 20;

/// The most findings that are kept.
const MOST: usize = 1_000;

/// A credential in a file. It has no field for the value, so that none can ever be shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Secret {
    /// Path relative to the checkout.
    pub file: String,
    /// 1-based line.
    pub line: u32,
    /// What it is, e.g. `private key`.
    pub kind: String,
    /// From 0 to 1: lower for encrypted keys and in fixtures.
    pub confidence: f64,
    /// The rule that found it.
    #[serde(skip)]
    pub rule: String,
}

/// What a scan found, and how much it saw.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scan {
    /// Sorted by file and line.
    pub secrets: Vec<Secret>,
    /// How many files were scanned.
    pub scanned: usize,
    /// How many files there are that can hold text.
    pub candidates: usize,
}

/// Looks for credentials: in all files of a small tree, in those of a large one that hold credentials most often, and with
/// [`Options::deep`](crate::checkout::Options::deep) in all.
pub fn scan(checkout: &Checkout) -> Scan {
    let (chosen, candidates) = candidates::choose(checkout.files(), checkout.options().deep);
    let mut secrets: Vec<Secret> = chosen
        .par_iter()
        .with_min_len(16)
        .filter_map(|file| Some((file, checkout.bytes(&file.path, CAP).ok()?)))
        .flat_map_iter(|(file, content)| search(&file.path, &content))
        .collect();
    secrets.sort_by(|a, b| (&a.file, a.line, &a.kind).cmp(&(&b.file, b.line, &b.kind)));
    secrets.truncate(MOST);
    Scan { secrets, scanned: chosen.len(), candidates }
}

impl Scan {
    /// The fact: a list of `{file, line, kind}`; nothing when nothing was found.
    pub fn fact(&self) -> Option<Fact> {
        let strongest = self.secrets.iter().map(|secret| secret.confidence).fold(0.0, f64::max);
        let list = |secret: &Secret| json!({"file": secret.file, "line": secret.line, "kind": secret.kind, "confidence": secret.confidence});
        let evidence = |secret: &Secret| Evidence {
            file: secret.file.clone(),
            line: Some(secret.line),
            reader: format!("secrets {}", secret.rule),
        };
        (!self.secrets.is_empty()).then(|| Fact {
            value: self.secrets.iter().map(list).collect(),
            confidence: strongest,
            evidence: self.secrets.iter().map(evidence).collect(),
            refused: Vec::new(),
        })
    }
}

/// Every credential in one file, at most one for a line.
fn search(path: &str, content: &[u8]) -> Vec<Secret> {
    let mut found: Vec<Secret> = Vec::new();
    if memchr::memchr(0, &content[..content.len().min(8000)]).is_some() {
        return found;
    }
    let trust = candidates::trust(path);
    let mut add = |at: usize, rule: &str, kind: &str, confidence: f64| {
        let line = u32::try_from(memchr::memchr_iter(b'\n', &content[..at]).count() + 1).unwrap_or(u32::MAX);
        if found.iter().all(|known| known.line != line) && found.len() < 100 {
            let confidence = (confidence * trust * 100.0).round() / 100.0;
            let (file, kind, rule) = (path.to_owned(), kind.to_owned(), rule.to_owned());
            found.push(Secret { file, line, kind, confidence, rule });
        }
    };
    for index in RULES.worth_trying(content) {
        let rule = &RULES.all[index];
        for captures in RULES.regex(index).into_iter().flat_map(|regex| regex.captures_iter(content)) {
            let Some(whole) = captures.get(0) else { continue };
            let random = captures.get(1).unwrap_or(whole).as_bytes();
            if (captures.len() > 1 && placeholder(random))
                || (rule.entropy > 0.0 && entropy(random) < rule.entropy)
            {
                continue;
            }
            let near = RULES.also(index).is_some_and(|also| also.is_match(around(content, whole.start())));
            add(whole.start(), &rule.id, &rule.kind, if near { 0.95 } else { rule.confidence });
        }
    }
    if candidates::environment(path) {
        for at in assignments(content) {
            add(at, "env-file", "value in a committed .env", 0.6);
        }
    }
    found
}

/// Whether somebody wrote this in place of a credential.
fn placeholder(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let has = |word: &str| memchr::memmem::find(&lower, word.as_bytes()).is_some();
    [
        "example",
        "xxxx",
        "your",
        "changeme",
        "change_me",
        "placeholder",
        "dummy",
        "redacted",
        "insert",
        "abcdef",
        "123456789",
        "0000000",
        "fake",
        "sample",
        "${",
        "{{",
    ]
    .iter()
    .any(|word| has(word) && !(*word == "123456789" && lower.contains(&b'-')))
}

/// The text some lines before and after a place.
fn around(content: &[u8], at: usize) -> &[u8] {
    &content[at.saturating_sub(400)..content.len().min(at + 400)]
}

/// The places of `KEY=value` lines of which the key names a credential and the value is one.
fn assignments(content: &[u8]) -> Vec<usize> {
    let mut at = 0;
    let mut places = Vec::new();
    for line in content.split_inclusive(|b| *b == b'\n') {
        if let Ok(text) = std::str::from_utf8(line)
            && let Some((key, value)) = text.trim().split_once('=')
        {
            let key = key.trim().trim_start_matches("export ").to_ascii_uppercase();
            let names =
                ["SECRET", "TOKEN", "PASSWORD", "PASSWD", "API_KEY", "APIKEY", "PRIVATE_KEY", "CREDENTIAL"];
            let value = value.trim().trim_matches(['"', '\'']);
            let real = value.len() >= 8
                && !value.starts_with(['$', '<', '{'])
                && !value.contains(char::is_whitespace)
                && entropy(value.as_bytes()) >= 2.5
                && !placeholder(value.as_bytes())
                && !["secret", "password", "localhost", "test"]
                    .iter()
                    .any(|w| value.to_lowercase().contains(w));
            if !key.starts_with('#') && names.iter().any(|name| key.contains(name)) && real {
                places.push(at);
            }
        }
        at += line.len();
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_of_a_rule_is_found_by_it_and_nothing_harmless_is() {
        assert!(RULES.all.len() > 20);
        for rule in &RULES.all {
            assert!(!rule.examples.is_empty(), "{} has no example", rule.id);
            for example in &rule.examples {
                let found = search("config.txt", format!("first\n{}\n", example.concat()).as_bytes());
                assert!(found.iter().any(|s| s.rule == rule.id && s.line >= 2), "{}: {found:?}", rule.id);
            }
            for harmless in &rule.harmless {
                let found = search("config.txt", harmless.concat().as_bytes());
                assert!(found.iter().all(|s| s.rule != rule.id), "{}: {found:?}", rule.id);
            }
        }
    }

    #[test]
    fn the_rules_themselves_hold_no_credential() {
        assert_eq!(search("rules.json", include_bytes!("rules.json")), []);
    }

    #[test]
    fn a_value_is_in_no_rendering_of_a_finding() {
        let value = format!("{}{}", "gh", "p_aB3dE5fG7hJ9kL2mN4pQ6rS8tU1vW0xYzCab");
        let secrets = search("a.sh", format!("TOKEN={value}").as_bytes());
        assert_eq!(secrets.len(), 1);
        let scan = Scan { secrets, scanned: 1, candidates: 1 };
        let all = format!("{scan:?} {} {:?}", json!(scan), scan.fact());
        assert!(!all.contains(&value[4..12]), "{all}");
    }

    #[test]
    fn an_access_key_is_certain_beside_its_secret_and_doubtful_in_a_fixture() {
        let id = ["AK", "IA", "Q7R2T5W3X6Y4Z2A5"].concat();
        let secret = "k7Yd9QwErTy3uIoPaS5dFgHjKlZxCv8bNm1qWeR4";
        let text = format!("aws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
        assert_eq!(search("a.ini", text.as_bytes())[0].confidence, 0.95);
        assert_eq!(search("a.ini", id.as_bytes())[0].confidence, 0.5);
        assert_eq!(search("tests/fixtures/a.ini", id.as_bytes())[0].confidence, 0.2);
    }

    #[test]
    fn a_committed_env_counts_by_its_values_and_an_example_of_one_does_not() {
        let text =
            b"# API_TOKEN=x\nDEBUG=1\nAPI_TOKEN=q8Zr4Lw0Tn2Vx\nDB_PASSWORD=changeme\nSECRET=${OTHER}\n";
        let lines = |path| search(path, text).iter().map(|s| s.line).collect::<Vec<_>>();
        assert_eq!(lines(".env"), [3]);
        assert_eq!(lines("app/.env.production"), [3]);
        assert_eq!(lines(".env.example"), [0; 0]);
    }
}
