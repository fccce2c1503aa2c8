//! `wfgen rules`: list, show, explain and test rules.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};

use crate::characteristics::{self, Characteristics, Role};
use crate::checkout::{self, Checkout};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::library::Library;
use crate::library::pack::Packs;
use crate::report::{Outcome, Report};
use crate::rules::{self, Cases, Known, Proof, RuleSet, Scope, Test, Val, Verdict};

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const NAME: Style = Style::new().bold();
const ASIDE: Style = Style::new().dimmed();

/// Values longer than this are cut where people read them.
const SHOWN: usize = 70;

/// What to do with rules.
#[derive(Debug, Clone)]
pub enum Action {
    /// List those that count for a checkout.
    List(PathBuf),
    /// Show the one of this name.
    Show(String, PathBuf),
    /// Tell how the conditions of the one of this name come out on a checkout.
    Explain(String, PathBuf),
    /// Prove those of a library or an overlay by its cases.
    Test(PathBuf),
}

/// Does it.
///
/// # Errors
/// When the configuration, an overlay, a pack or a rule is wrong, there is no such rule, or a checkout can't be
/// looked at.
pub fn run(action: &Action) -> Result<Outcome> {
    match action {
        Action::List(path) => Ok(list(&Loaded::of(path)?.rules)),
        Action::Show(name, path) => show(&Loaded::of(path)?.rules, name),
        Action::Explain(name, path) => {
            let loaded = Loaded::of(path)?;
            loaded.rules.rule(name)?;
            explain(&loaded.rules, name, &loaded.look(path)?)
        }
        Action::Test(folder) => {
            let loaded = Loaded::new(&[folder])?;
            test(&loaded.rules, 1, &Folder { folder, loaded: &loaded })
        }
    }
}

/// Rules, and the packs by which checkouts are analysed.
struct Loaded {
    rules: RuleSet,
    packs: Packs,
}

impl Loaded {
    /// Those that count for a checkout.
    fn of(checkout: &Path) -> Result<Self> {
        Loaded::new(&Config::load(checkout)?.overlay_paths(checkout))
    }

    fn new(overlays: &[impl AsRef<Path>]) -> Result<Self> {
        let library = Library::load(overlays)?;
        Ok(Loaded { rules: RuleSet::load(library.sources())?, packs: Packs::load(library.sources())? })
    }

    fn look(&self, path: &Path) -> Result<Characteristics> {
        let checkout = Checkout::open(path, &checkout::Options::default())?;
        characteristics::analyze(&checkout, &self.packs, &Config::load(path)?.projects)
    }
}

/// The cases of a library on disk.
struct Folder<'a> {
    folder: &'a Path,
    loaded: &'a Loaded,
}

impl Cases for Folder<'_> {
    fn characteristics(&self, pack: &str, case: &str) -> Result<Option<Characteristics>> {
        let repo = self.folder.join("components").join(pack).join("cases").join(case).join("repo");
        repo.is_dir().then(|| self.loaded.look(&repo)).transpose()
    }
}

/// A report that was rendered when its values were at hand.
struct Rendered {
    human: String,
    json: Value,
}

impl Report for Rendered {
    fn human(&self) -> String {
        self.human.clone()
    }

    fn json(&self) -> Value {
        self.json.clone()
    }
}

/// Every rule with its scope, its priority and its reason.
pub fn list(rules: &RuleSet) -> Outcome {
    let width = rules.rules().iter().map(|loaded| loaded.rule.name.len()).max().unwrap_or(0);
    let mut human = String::new();
    for loaded in rules.rules() {
        let (rule, scope) = (&loaded.rule, scope(loaded.rule.scope));
        let name = paint(NAME, &format!("{:width$}", rule.name));
        let _ = writeln!(human, "{name}  {scope:10}  {:>4}  {}", rule.priority, rule.because);
    }
    if human.is_empty() {
        human.push_str("There are no rules.\n");
    }
    let json = json!({ "schema": "wfgen.rules/1", "rules": rules.rules() });
    Outcome::done(Rendered { human, json })
}

/// One rule as JSON, with where it comes from.
///
/// # Errors
/// When there is no rule of that name.
pub fn show(rules: &RuleSet, name: &str) -> Result<Outcome> {
    let loaded = rules.rule(name)?;
    let text =
        serde_json::to_string_pretty(&loaded.rule).map_err(|e| Error::bug(format!("a rule is JSON: {e}")))?;
    let from = match loaded.origin.layer {
        0 => format!("from {} of the bundled library", loaded.origin.file),
        layer => format!("from {} of overlay {layer}", loaded.origin.location()),
    };
    let human = format!("{}\n{text}\n", paint(ASIDE, &from));
    Ok(Outcome::done(Rendered { human, json: json!({ "schema": "wfgen.rule/1", "rule": loaded }) }))
}

/// How each condition of a rule comes out on a checkout. The answer is "no" when the rule does not fire.
///
/// # Errors
/// When there is no rule of that name, or it can't be evaluated on these values.
pub fn explain(rules: &RuleSet, name: &str, characteristics: &Characteristics) -> Result<Outcome> {
    let loaded = rules.rule(name)?;
    let rule = &loaded.rule;
    let head = format!("{} ({}, priority {})", paint(NAME, &rule.name), scope(rule.scope), rule.priority);
    let mut human = format!("{head}\n{}\n", rule.because);
    let (mut subjects, mut fires) = (Vec::new(), false);
    let repository = Known::repository(characteristics);
    let mut one = |project: Option<&str>, known: &Known<'_>| {
        let outcome = rules.evaluate(loaded, known)?;
        fires |= outcome.holds();
        let verdict = if outcome.holds() { paint(GOOD, "fires") } else { paint(BAD, "does not fire") };
        let _ = writeln!(human, "\n{}: {verdict}", project.unwrap_or("the repository"));
        tree(&outcome, 1, &mut human);
        subjects.push(json!({ "project": project, "result": outcome.holds(), "conditions": outcome }));
        Ok::<(), Error>(())
    };
    if rule.scope == Scope::Repository {
        one(None, &repository)?;
    }
    for project in &characteristics.projects {
        if project.role == Role::Driver && loaded.is_for(&project.pack) {
            one(Some(&project.id), &repository.project(project))?;
        }
    }
    if subjects.is_empty() {
        let _ = writeln!(human, "\nThe checkout has no project that this rule is about.");
    }
    let json = json!({ "schema": "wfgen.rule-explanation/1", "rule": loaded, "subjects": subjects });
    Ok(Outcome::answer(Rendered { human, json }, !fires))
}

/// Whether every rule of a layer (0 is the bundled library) fires and stays silent in the cases that it names. The answer is "no" when one does not, names
/// a case that isn't there, or names none in which it fires.
///
/// # Errors
/// When a case can't be analysed, or a rule can't be evaluated on it.
pub fn test(rules: &RuleSet, layer: usize, cases: &dyn Cases) -> Result<Outcome> {
    let proofs = rules.prove(rules.rules().iter().filter(|loaded| loaded.origin.layer == layer), cases)?;
    let mut human = String::new();
    for proof in proofs.iter().filter(|proof| !proof.holds()) {
        complain(proof, &mut human);
    }
    let (held, checks) =
        (proofs.iter().filter(|p| p.holds()).count(), proofs.iter().map(|p| p.checks.len()).sum::<usize>());
    let _ = writeln!(human, "{held} of {} rules are proven, by {checks} cases", proofs.len());
    let json = json!({ "schema": "wfgen.rule-test/1", "rules": proofs });
    Ok(Outcome::answer(Rendered { human, json }, held < proofs.len()))
}

fn complain(proof: &Proof, out: &mut String) {
    let _ = writeln!(out, "{}", paint(NAME, &proof.rule));
    if !proof.is_shown() {
        let _ = writeln!(out, "  {} no case shows that it fires", paint(BAD, "✗"));
    }
    for check in &proof.checks {
        let case = &check.case;
        let _ = match (check.verdict, check.must_fire) {
            (Verdict::Passed, _) => continue,
            (Verdict::Missing, _) => writeln!(out, "  {} there is no case {case}", paint(BAD, "✗")),
            (Verdict::Failed, true) => writeln!(out, "  {} does not fire in {case}", paint(BAD, "✗")),
            (Verdict::Failed, false) => writeln!(out, "  {} fires in {case}", paint(BAD, "✗")),
        };
    }
}

/// A condition per line, what is inside it indented below.
fn tree(outcome: &rules::Outcome<'_>, depth: usize, out: &mut String) {
    let mark = match outcome.held {
        Some(true) => paint(GOOD, "✓"),
        Some(false) => paint(BAD, "✗"),
        None => paint(ASIDE, "·"),
    };
    let called = [outcome.shared, outcome.name].into_iter().flatten().map(|name| format!(" ({name})"));
    let called = called.collect::<String>();
    let what = match &outcome.condition.test {
        Test::All(parts) if parts.is_empty() => "all of nothing".to_owned(),
        Test::Any(parts) if parts.is_empty() => "any of nothing, which holds".to_owned(),
        Test::All(_) => "all".to_owned(),
        Test::Any(_) => "any".to_owned(),
        Test::Not(_) => "not".to_owned(),
        Test::Named(name) => name.clone(),
        Test::Compare(comparison) => {
            let fact = operand(&comparison.fact);
            let value = match &comparison.value {
                rules::Operand::Literal(value) => short(&value.to_string()),
                rules::Operand::Fact(reference) => {
                    let value = outcome.compared.as_ref().map(|(_, value)| format!(" = {}", shown(value)));
                    operand(reference) + &value.unwrap_or_default()
                }
            };
            format!("{fact} {} {value}", comparison.operator)
        }
    };
    let found = match &outcome.compared {
        Some((fact, _)) => paint(ASIDE, &format!("  is {}", shown(fact))),
        None if outcome.held.is_none() => paint(ASIDE, "  not looked at"),
        None => String::new(),
    };
    let _ = writeln!(out, "{:indent$}{mark} {what}{called}{found}", "", indent = depth * 2);
    for part in &outcome.parts {
        tree(part, depth + 1, out);
    }
}

fn operand(reference: &rules::FactReference) -> String {
    match &reference.path {
        Some(path) => format!("{} {path}", reference.fact),
        None => reference.fact.clone(),
    }
}

fn shown(value: &Val<'_>) -> String {
    value.to_json().map_or_else(|| "not known".to_owned(), |value| short(&value.to_string()))
}

fn short(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Project => "project",
        Scope::Repository => "repository",
    }
}

fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixture;

    /// One case, `rust/axum`.
    struct OneCase;

    impl Cases for OneCase {
        fn characteristics(&self, pack: &str, case: &str) -> Result<Option<Characteristics>> {
            Ok((pack == "rust" && case == "axum").then(axum))
        }
    }

    fn axum() -> Characteristics {
        let facts =
            json!({ "project.frameworks": ["axum"], "project.dependencies": { "axum": { "range": "1" } } });
        fixture::checkout(json!({}), vec![fixture::project("rust", ".", facts)])
    }

    fn rule(name: &str, framework: &str, fires: &[&str], silent: &[&str]) -> Value {
        json!({
            "name": name,
            "conditions": { "all": [
                { "fact": "project.frameworks", "operator": "contains", "value": framework },
                { "fact": "project.dependencies", "path": "$.axum.range", "operator": "equal", "value": "1", "priority": -1 },
            ] },
            "event": { "type": "component", "params": { "use": "rust/serve" } },
            "fires": fires,
            "silent": silent,
        })
    }

    fn plain(outcome: &Outcome) -> String {
        anstream::adapter::strip_str(&outcome.report.human()).to_string()
    }

    #[test]
    fn explain_prints_each_condition_with_what_was_found() {
        let rules = fixture::rules(json!([
            rule("rust/serve", "axum", &[], &[]),
            rule("rust/other", "gin", &[], &[])
        ]));
        let outcome = explain(&rules, "rust/serve", &axum()).unwrap();
        let expected = "\
rust/serve (project, priority 1)
it is so

rust:.: fires
  ✓ all
    ✓ project.frameworks contains \"axum\"  is [\"axum\"]
    ✓ project.dependencies $.axum.range equal \"1\"  is \"1\"
";
        assert_eq!((plain(&outcome).as_str(), outcome.code), (expected, 0));
        let outcome = explain(&rules, "rust/other", &axum()).unwrap();
        assert!(plain(&outcome).contains("equal \"1\"  not looked at"), "{}", plain(&outcome));
        assert_eq!(outcome.code, 1);
        assert_eq!(outcome.report.json()["subjects"][0]["conditions"]["all"][0]["result"], json!(false));
    }

    #[test]
    fn a_name_that_is_not_there_says_what_was_meant() {
        let rules = fixture::rules(json!([rule("rust/serve", "axum", &[], &[])]));
        let error = show(&rules, "rust/serv").err().unwrap();
        assert!(error.diagnostics[0].hints[0].contains("`rust/serve`"), "{error:?}");
    }

    #[test]
    fn show_prints_the_rule_as_it_can_be_written() {
        let rules = fixture::rules(json!([rule("rust/serve", "axum", &[], &[])]));
        let text = plain(&show(&rules, "rust/serve").unwrap());
        let (from, json) = text.split_once('\n').unwrap();
        assert_eq!(from, "from rules/all.json:2 of overlay 1");
        let again: rules::Rule = serde_json::from_str(json).unwrap();
        assert_eq!(again, rules.rules()[0].rule);
    }

    #[test]
    fn test_tells_failed_missing_and_unproven() {
        let good = rule("a/good", "axum", &["rust/axum"], &[]);
        let outcome = test(&fixture::rules(json!([good])), 1, &OneCase).unwrap();
        assert_eq!((plain(&outcome).as_str(), outcome.code), ("1 of 1 rules are proven, by 1 cases\n", 0));
        let rules = fixture::rules(json!([
            rule("a/loud", "axum", &["rust/axum"], &["rust/axum"]),
            rule("a/mute", "gin", &["rust/axum"], &[]),
            rule("a/lost", "axum", &["rust/gone"], &[]),
            rule("a/unproven", "gin", &[], &["rust/axum"]),
        ]));
        let outcome = test(&rules, 1, &OneCase).unwrap();
        let expected = "\
a/lost
  ✗ there is no case rust/gone
a/loud
  ✗ fires in rust/axum
a/mute
  ✗ does not fire in rust/axum
a/unproven
  ✗ no case shows that it fires
0 of 4 rules are proven, by 5 cases
";
        assert_eq!((plain(&outcome).as_str(), outcome.code), (expected, 1));
    }
}
