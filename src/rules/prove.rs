//! `fires` and `silent`: rules proven by the cases of the packs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::decide::Known;
use super::file::Scope;
use super::load::{Loaded, RuleSet};
use crate::characteristics::{Characteristics, Role};
use crate::error::Result;

/// Where the cases of packs are found.
pub trait Cases {
    /// What is found out about the checkout of a case; nothing when there is no such case.
    ///
    /// # Errors
    /// When the case is there and can't be analysed.
    fn characteristics(&self, pack: &str, case: &str) -> Result<Option<Characteristics>>;
}

/// A rule with what its cases show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// The rule.
    pub rule: String,
    /// One check for every case that the rule names; those in which it must fire come first.
    pub checks: Vec<Check>,
}

/// A case in which a rule must fire or must not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// `pack/case`.
    pub case: String,
    /// Whether the rule must fire there.
    pub must_fire: bool,
    /// What came out.
    pub verdict: Verdict,
}

/// What came out of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As it must be.
    Passed,
    /// It fires where it must not, or the other way round.
    Failed,
    /// There is no such case.
    Missing,
}

impl Proof {
    /// Whether everything is as it must be, and at least one case shows that the rule fires.
    pub fn holds(&self) -> bool {
        self.is_shown() && self.checks.iter().all(|check| check.verdict == Verdict::Passed)
    }

    /// Whether there is a case in which it must fire.
    pub fn is_shown(&self) -> bool {
        self.checks.iter().any(|check| check.must_fire)
    }
}

impl RuleSet {
    /// Evaluates rules on the cases that they name.
    ///
    /// # Errors
    /// When a case can't be analysed, or a rule can't be evaluated on it.
    pub fn prove<'a>(
        &self,
        rules: impl Iterator<Item = &'a Loaded>,
        cases: &dyn Cases,
    ) -> Result<Vec<Proof>> {
        let mut seen: BTreeMap<String, Option<Characteristics>> = BTreeMap::new();
        let prove = |loaded: &Loaded| {
            let rule = &loaded.rule;
            let fires = rule.fires.iter().map(|case| (case, true));
            let silent = rule.silent.iter().map(|case| (case, false));
            let mut checks = Vec::new();
            for (case, must_fire) in fires.chain(silent) {
                let (pack, name) =
                    case.split_once('/').unwrap_or((loaded.pack.as_deref().unwrap_or_default(), case));
                let id = format!("{pack}/{name}");
                if !seen.contains_key(&id) {
                    seen.insert(id.clone(), cases.characteristics(pack, name)?);
                }
                let verdict = match seen.get(&id).and_then(Option::as_ref) {
                    None => Verdict::Missing,
                    Some(characteristics) if self.fires(loaded, characteristics)? == must_fire => {
                        Verdict::Passed
                    }
                    Some(_) => Verdict::Failed,
                };
                checks.push(Check { case: id, must_fire, verdict });
            }
            Ok(Proof { rule: rule.name.clone(), checks })
        };
        rules.map(prove).collect()
    }

    /// Whether a rule fires for the repository or for one of its projects.
    fn fires(&self, loaded: &Loaded, characteristics: &Characteristics) -> Result<bool> {
        let repository = Known::repository(characteristics);
        if loaded.rule.scope == Scope::Repository {
            return Ok(self.evaluate(loaded, &repository)?.holds());
        }
        for project in &characteristics.projects {
            let drives = project.role == Role::Driver && loaded.is_for(&project.pack);
            if drives && self.evaluate(loaded, &repository.project(project))?.holds() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
