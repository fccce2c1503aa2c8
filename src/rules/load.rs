//! All rules of a library: read, checked, and later ones in place of earlier ones.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::condition::{Condition, Named};
use super::file::{ROOT, Rule, RuleFile, Scope};
use crate::data::{Node, Problem};
use crate::error::{Diagnostic, Error, Kind, Location, Result, did_you_mean};
use crate::library::{Document, Source};

/// The rules and the shared conditions of a library and the overlays on it.
#[derive(Debug, Clone, Default)]
pub struct RuleSet {
    rules: Vec<Loaded>,
    named: Named,
}

/// A rule with where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Loaded {
    /// The rule.
    #[serde(flatten)]
    pub rule: Rule,
    /// The pack that it belongs to.
    pub pack: Option<String>,
    /// Where it was read.
    pub origin: Origin,
}

/// Where a rule was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// The file, relative to the library that has it.
    pub file: String,
    /// 1-based line; 0 in the bundled library.
    pub line: u32,
    /// 0 for the bundled library, then the overlays in their order.
    pub layer: usize,
}

impl Origin {
    /// The place for a diagnostic.
    pub fn location(&self) -> Location {
        Location { file: self.file.clone(), line: self.line, column: 0, source: None }
    }
}

impl Loaded {
    /// Whether it is evaluated for the projects of a pack.
    pub fn is_for(&self, pack: &str) -> bool {
        let own = self.pack.as_deref().is_none_or(|own| own == pack);
        let named = self.rule.packs.iter().any(|named| named == pack);
        self.rule.scope == Scope::Project && if self.rule.packs.is_empty() { own } else { named }
    }
}

impl RuleSet {
    /// Reads the rules of a library: the bundled source first, then each overlay. A rule (or shared condition) of a
    /// later source replaces one of the same name.
    ///
    /// # Errors
    /// Every mistake of every file: of form with its line; a name that is there twice in one source; a shared
    /// condition that isn't there or refers to itself; `final` in the bundled library; a final rule replaced.
    pub fn load(sources: &[Source]) -> Result<Self> {
        let mut loading = Loading::default();
        for (layer, source) in sources.iter().enumerate() {
            for document in source.documents() {
                let Some(pack) = pack_of(&document.path) else {
                    continue;
                };
                loading.file(document, pack, layer);
            }
        }
        loading.finish()
    }

    /// All rules: those of higher priority first, then by name.
    pub fn rules(&self) -> &[Loaded] {
        &self.rules
    }

    /// The shared conditions by name.
    pub fn named(&self) -> &Named {
        &self.named
    }

    /// The rule of a name.
    ///
    /// # Errors
    /// When there is none, with the name that was meant.
    pub fn rule(&self, name: &str) -> Result<&Loaded> {
        self.rules.iter().find(|loaded| loaded.rule.name == name).ok_or_else(|| {
            let error = Error::usage(format!("there is no rule `{name}`"));
            match did_you_mean(name, self.rules.iter().map(|loaded| loaded.rule.name.as_str())) {
                Some(meant) => error.hint(format!("did you mean `{meant}`?")),
                None => error.hint("`wfgen rules list` lists them"),
            }
        })
    }
}

/// `Some(Some(pack))` for `components/<pack>/rules/*.json`, `Some(None)` for `rules/*.json`.
fn pack_of(path: &str) -> Option<Option<&str>> {
    match path.strip_suffix(".json")?.split('/').collect::<Vec<_>>().as_slice() {
        ["components", pack, "rules", _] => Some(Some(pack)),
        ["rules", _] => Some(None),
        _ => None,
    }
}

#[derive(Default)]
struct Loading {
    rules: BTreeMap<String, Loaded>,
    named: BTreeMap<String, (Condition, Origin)>,
    wrong: Vec<Diagnostic>,
}

impl Loading {
    fn file(&mut self, document: &Document, pack: Option<&str>, layer: usize) {
        let place = |node: &Node| Origin { file: document.path.clone(), line: node.line, layer };
        let rules = match RuleFile::read(document) {
            Ok(RuleFile::One(rule)) => vec![(*rule, document.node())],
            Ok(RuleFile::Several(rules)) => rules.into_iter().zip(document.node().items()).collect(),
            Ok(RuleFile::Shared(shared)) => {
                for (name, condition) in shared.conditions {
                    let node = document.node().at(&["conditions", &name]).unwrap_or(document.node());
                    if !condition.is_root() {
                        self.fail(document, node, ROOT.to_owned());
                    }
                    self.condition(name, condition, place(node));
                }
                return;
            }
            Err(problem) => {
                self.wrong.push(problem.diagnose(&document.path, &document.text));
                return;
            }
        };
        for (rule, node) in rules {
            if let Err((key, why)) = rule.check() {
                self.fail(document, node.get(key).unwrap_or(node), why);
            }
            if let Some(pack) = pack.filter(|pack| rule.name.split('/').next() != Some(pack)) {
                let why = format!("the name of a rule of this pack begins with `{pack}/`");
                self.fail(document, node.get("name").unwrap_or(node), why);
            }
            if rule.is_final && layer == 0 {
                self.fail(document, node, "`final` is for overlays".to_owned());
            }
            self.rule(Loaded { rule, pack: pack.map(str::to_owned), origin: place(node) });
        }
    }

    fn fail(&mut self, document: &Document, node: &Node, why: String) {
        self.wrong.push(Problem::new(why, node.line, node.column).diagnose(&document.path, &document.text));
    }

    fn rule(&mut self, loaded: Loaded) {
        if let Some(earlier) = self.rules.get(&loaded.rule.name) {
            let (name, other) = (&loaded.rule.name, earlier.origin.location());
            if earlier.origin.layer == loaded.origin.layer {
                self.wrong.push(twice("rule", name, &other, &loaded.origin));
            } else if earlier.rule.is_final {
                let message = format!("the rule `{name}` is final and can't be replaced");
                let hint = format!("it is in `{other}` of an earlier overlay");
                self.wrong.push(Diagnostic::new(message).at(loaded.origin.location()).hint(hint));
            }
        }
        self.rules.insert(loaded.rule.name.clone(), loaded);
    }

    fn condition(&mut self, name: String, condition: Condition, origin: Origin) {
        if let Some((_, earlier)) = self.named.get(&name)
            && earlier.layer == origin.layer
        {
            self.wrong.push(twice("condition", &name, &earlier.location(), &origin));
        }
        self.named.insert(name, (condition, origin));
    }

    fn finish(mut self) -> Result<RuleSet> {
        let rules = self.rules.values().map(|loaded| (&loaded.rule.conditions, &loaded.origin));
        let shared = self.named.values().map(|(condition, origin)| (condition, origin));
        for (condition, origin) in rules.chain(shared) {
            for name in condition.references() {
                if self.named.contains_key(name) {
                    continue;
                }
                let wrong = Diagnostic::new(format!("there is no condition `{name}`")).at(origin.location());
                self.wrong.push(match did_you_mean(name, self.named.keys().map(String::as_str)) {
                    Some(meant) => wrong.hint(format!("did you mean `{meant}`?")),
                    None => wrong.hint("shared conditions are in files `{\"conditions\": {name: ...}}`"),
                });
            }
        }
        if let Some((name, origin)) = self.cycle() {
            let message = format!("the condition `{name}` refers to itself");
            self.wrong.push(Diagnostic::new(message).at(origin.location()));
        }
        if !self.wrong.is_empty() {
            return Err(Error { kind: Kind::Invalid, diagnostics: self.wrong });
        }
        let mut rules: Vec<Loaded> = self.rules.into_values().collect();
        rules.sort_by_key(|loaded| Reverse(loaded.rule.priority));
        let named = self.named.into_iter().map(|(name, (condition, _))| (name, condition)).collect();
        Ok(RuleSet { rules, named })
    }

    /// A shared condition that can be reached from itself: one that is left when those that refer to nothing (any
    /// more) are taken away again and again.
    fn cycle(&self) -> Option<(&str, &Origin)> {
        let mut open: BTreeMap<&str, (Vec<&str>, &Origin)> = self
            .named
            .iter()
            .map(|(name, (condition, origin))| (name.as_str(), (condition.references(), origin)))
            .collect();
        loop {
            let closed: Vec<&str> = open
                .iter()
                .filter(|(_, (references, _))| !references.iter().any(|name| open.contains_key(name)))
                .map(|(name, _)| *name)
                .collect();
            if closed.is_empty() {
                break;
            }
            open.retain(|name, _| !closed.contains(name));
        }
        // What is left may only lead to a cycle: after as many steps as there are names, we stand in one.
        let mut name = *open.keys().next()?;
        for _ in 0..open.len() {
            name = open.get(name)?.0.iter().find(|name| open.contains_key(*name))?;
        }
        open.get(name).map(|(_, origin)| (name, *origin))
    }
}

fn twice(what: &str, name: &str, earlier: &Location, origin: &Origin) -> Diagnostic {
    Diagnostic::new(format!("the {what} `{name}` is there twice"))
        .at(origin.location())
        .hint(format!("the other one is in `{earlier}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixture::source;

    const RULE: &str = r#"{
  "name": "zig/test",
  "because": "there is Zig",
  "conditions": { "all": [{ "fact": "project.pack", "operator": "equal", "value": "zig" }] },
  "event": { "type": "component", "params": { "use": "zig/test@^1" } }
}
"#;

    fn wrong(files: &[(&str, &str)]) -> Diagnostic {
        let error = RuleSet::load(&[Source::default(), source(files)]).unwrap_err();
        assert_eq!(error.diagnostics.len(), 1, "{error}");
        error.diagnostics.into_iter().next().unwrap()
    }

    fn line(diagnostic: &Diagnostic) -> u32 {
        diagnostic.location.as_ref().unwrap().line
    }

    #[test]
    fn every_bundled_rule_can_be_read() {
        let rules = RuleSet::load(&[Source::bundled()]).unwrap();
        assert!(!rules.rules().is_empty());
    }

    #[test]
    fn an_unknown_key_is_told_at_its_line_with_what_was_meant() {
        let found = wrong(&[("components/zig/rules/a.json", &RULE.replace("because", "becuse"))]);
        assert!(found.message.contains("did you mean `because`?"), "{found}");
        assert_eq!(line(&found), 3);
    }

    #[test]
    fn mistakes_deep_in_a_rule_are_told_at_their_line() {
        let deep = |from: &str, to: &str| wrong(&[("components/zig/rules/a.json", &RULE.replace(from, to))]);
        let found = deep("\"equal\"", "\"equals\"");
        assert!(found.message.contains("did you mean `equal`?") && line(&found) == 4, "{found}");
        let found = deep("zig/test@^1", "zig");
        assert!(found.message.contains("is not `pack/component`") && line(&found) == 5, "{found}");
        let found = deep("\"all\"", "\"path\": \"$.['a']\", \"all\"");
        assert!(found.message.contains("without a dot") && line(&found) == 4, "{found}");
    }

    #[test]
    fn a_name_begins_with_its_pack() {
        let found = wrong(&[("components/zag/rules/a.json", RULE)]);
        assert!(found.message.contains("begins with `zag/`") && line(&found) == 2, "{found}");
    }

    #[test]
    fn the_same_name_twice_in_one_source_is_a_mistake_and_in_a_later_one_a_replacement() {
        let found = wrong(&[("components/zig/rules/a.json", RULE), ("components/zig/rules/b.json", RULE)]);
        assert!(found.hints[0].contains("components/zig/rules/a.json"), "{found:?}");
        let later = RULE.replace("there is Zig", "we say so");
        let sources = [source(&[("components/zig/rules/a.json", RULE)]), source(&[("rules/x.json", &later)])];
        let rules = RuleSet::load(&sources).unwrap();
        assert_eq!(rules.rules().len(), 1);
        assert_eq!((rules.rules()[0].rule.because.as_str(), rules.rules()[0].origin.layer), ("we say so", 1));
    }

    #[test]
    fn a_final_rule_is_of_an_overlay_and_is_not_replaced() {
        let is_final = RULE.replace("\"because\"", "\"final\": true, \"because\"");
        let path = "components/zig/rules/a.json";
        let bundled = RuleSet::load(&[source(&[(path, &is_final)])]).unwrap_err();
        assert!(bundled.to_string().contains("for overlays"), "{bundled}");
        let sources = [Source::default(), source(&[(path, &is_final)]), source(&[(path, RULE)])];
        let replaced = RuleSet::load(&sources).unwrap_err();
        assert!(replaced.to_string().contains("is final"), "{replaced}");
    }

    #[test]
    fn shared_conditions_are_there_and_end() {
        let rule = RULE.replace(
            "{ \"fact\": \"project.pack\", \"operator\": \"equal\", \"value\": \"zig\" }",
            "{ \"condition\": \"is-zig\" }",
        );
        let found = wrong(&[
            ("components/zig/rules/a.json", &rule),
            ("rules/s.json", r#"{"conditions": {"is-zg": {"all": []}}}"#),
        ]);
        assert!(
            found.message.contains("no condition `is-zig`") && found.hints[0].contains("`is-zg`"),
            "{found:?}"
        );
        let circle = r#"{"conditions": {
            "c": { "not": { "condition": "is-zig" } },
            "is-zig": { "all": [{ "condition": "b" }] },
            "b": { "any": [{ "condition": "is-zig" }] }
        }}"#;
        let found = wrong(&[("components/zig/rules/a.json", &rule), ("rules/s.json", circle)]);
        assert!(found.message.contains("refers to itself") && line(&found) > 2, "{found}");
    }

    #[test]
    fn rules_come_by_priority_and_then_by_name() {
        let named = |name: &str, priority: u32| {
            RULE.replace("zig/test\"", &format!("zig/{name}\", \"priority\": {priority}"))
        };
        let list = format!("[{},{},{}]", named("b", 1), named("c", 9), named("a", 1));
        let rules = RuleSet::load(&[source(&[("components/zig/rules/a.json", &list)])]).unwrap();
        let names: Vec<&str> = rules.rules().iter().map(|loaded| loaded.rule.name.as_str()).collect();
        assert_eq!(names, ["zig/c", "zig/a", "zig/b"]);
    }
}
