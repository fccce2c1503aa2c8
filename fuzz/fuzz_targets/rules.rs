//! No text makes the rule loader panic, overflow the stack or hang, and what it refuses has a place.

#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use wfgen::library::Source;
use wfgen::rules::RuleSet;

fuzz_target!(|text: &str| {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let rules = folder.path().join("rules");
    fs::create_dir(&rules).expect("a folder");
    fs::write(rules.join("fuzzed.json"), text).expect("a file");
    if let Err(error) = Source::directory(folder.path()).and_then(|source| RuleSet::load(&[source])) {
        assert!(error.diagnostics.iter().all(|diagnostic| diagnostic.location.is_some()), "{error}");
    }
});
