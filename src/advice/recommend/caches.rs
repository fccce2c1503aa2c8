//! Installs that are sometimes slow though there is a cache, and installs without a cache.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Found;
use super::facts::{Facts, StepFact};
use super::value::{Evidence, Experiment, Kind, NotYet, Proposal, Unit};
use crate::advice::checkout::{Job, Step, Workflow};
use crate::advice::saving::Tally;
use crate::insight::numbers::{Rate, median, quantile_ranks, sorted};
use crate::runs::Conclusion;

/// What a step is called that fetches what the rest needs.
const INSTALLS: [&str; 18] = [
    "install", "setup", "set up", "depend", "restore", "cache", "npm ci", "npm i", "yarn", "pnpm", "pip ",
    "uv sync", "bundle", "composer", "go mod", "poetry", "download", "fetch",
];
/// The fewest times that a step was seen for two speeds to be told apart.
const SEEN: usize = 30;
/// How many times slower the slow ones are at least.
const SLOWER: f64 = 2.0;
/// How many seconds slower at least.
const BY: f64 = 20.0;
/// The least part of the variance of the logarithms that two groups explain. The best cut of a normal sample explains
/// 2/π = 64 %, of a uniform one 75 %.
const EXPLAINED: f64 = 0.85;
/// How rare the rarer speed may be: a handful of bad days is no cache that misses.
const RARE: f64 = 0.1;
/// How often the speed must change from one time to the next, as a share of what chance would give: a step that once
/// became slow and stayed so has another cause.
const MIXED: f64 = 0.5;
/// An install that takes less than so many seconds is not worth a cache.
const LONG: f64 = 30.0;

pub(super) fn find(facts: &Facts, not_yet: &mut Vec<NotYet>) -> Found {
    let mut found = Vec::new();
    for (workflow, of, place, job) in facts.jobs().filter(|(_, _, _, job)| !job.steps.is_empty()) {
        let mut by_name: BTreeMap<&str, Vec<&StepFact>> = BTreeMap::new();
        let done = |step: &&StepFact| step.conclusion == Some(Conclusion::Success);
        for step in of.steps_of(place).iter().filter(done) {
            by_name.entry(facts.names.name(step.name)).or_default().push(step);
        }
        // Legs run on different systems.
        let prices = of.of_job(place).iter().map(|row| (row.leg, facts.price(row))).collect();
        let cached = job.steps.iter().any(|step| step.has_cache);
        let key = workflow.key(job);
        for (name, steps) in by_name.into_iter().filter(|(name, _)| installs(name)) {
            let install = Install { facts, workflow, job, key: &key, name, steps: &steps, prices: &prices };
            if steps.len() < SEEN {
                let about = format!("{key}: {name}");
                not_yet.push(NotYet::new(Kind::CacheMiss, about, steps.len(), SEEN, "runs of the step"));
            } else if cached {
                found.extend(install.misses());
            } else {
                found.extend(install.uncached());
            }
        }
    }
    found
}

fn installs(name: &str) -> bool {
    let name = name.to_lowercase();
    let after = name.starts_with("post ") || name == "set up job";
    !after && INSTALLS.iter().any(|word| name.contains(word))
}

struct Install<'f> {
    facts: &'f Facts,
    workflow: &'f Workflow,
    job: &'f Job,
    key: &'f str,
    name: &'f str,
    steps: &'f [&'f StepFact],
    /// US dollars a minute by leg.
    prices: &'f BTreeMap<u32, f64>,
}

/// Two speeds of a step.
struct Speeds {
    fast: f64,
    slow: f64,
    /// From how many seconds on it is slow.
    from: f64,
    misses: usize,
}

impl Install<'_> {
    fn misses(&self) -> Option<Proposal> {
        // Each leg has a cache of its own: legs of different speeds are no misses.
        let mut legs: BTreeMap<u32, Vec<&StepFact>> = BTreeMap::new();
        for step in self.steps {
            legs.entry(step.leg).or_default().push(step);
        }
        let (mut lost, mut slow, mut n) = (Tally::default(), 0, 0);
        let mut worst: Option<Speeds> = None;
        for steps in legs.values() {
            let times: Vec<f64> = steps.iter().map(|step| step.duration).collect();
            let Some(speeds) = two_speeds(&times) else { continue };
            for step in steps.iter().filter(|step| step.duration >= speeds.from) {
                lost.add(step.started, step.duration - speeds.fast, self.price(step));
            }
            slow += speeds.misses;
            n += steps.len();
            if worst.as_ref().is_none_or(|worst| worst.slow < speeds.slow) {
                worst = Some(speeds);
            }
        }
        let worst = worst?;
        let rate = Rate::new(slow as u64, n as u64);
        Some(Proposal {
            id: format!("cache-miss/{}/{}", self.key, self.name),
            kind: Kind::CacheMiss,
            workflow: self.workflow.file_stem.clone(),
            job: Some(self.job.id.clone()),
            title: format!("Find out why the cache of `{}` misses in `{}`", self.name, self.key),
            evidence: vec![
                Evidence::new("slow runs of the step", rate.rate?, Unit::Share, n).within(rate.low, rate.high),
                Evidence::new("median when slow", worst.slow, Unit::Seconds, slow),
                Evidence::new("median when fast", worst.fast, Unit::Seconds, n - slow),
            ],
            saving: lost.at_most(self.facts.days),
            sooner_s: None,
            risk: "some misses are right: the lock file changed; a key that is too loose restores what is out of date"
                .into(),
            patch: None,
            by_hand: Some(
                "look at the cache's key (only the lock file, the system and the tool's version belong into it), at \
                 `restore-keys`, at branches that cannot see each other's caches, and at the 10 GB that a repository \
                 has before old ones go"
                    .into(),
            ),
            experiment: Experiment::none("the key to try is not known; with one, write an experiment on this job"),
        })
    }

    fn uncached(&self) -> Option<Proposal> {
        let times = sorted(self.steps.iter().map(|step| step.duration));
        let (low, high) = quantile_ranks(times.len() as u64, 0.5);
        let (low, high) = (times.get(low? as usize - 1)?, times.get(high? as usize - 1)?);
        if *low < LONG {
            return None;
        }
        let (setup, setting) = self.setting()?;
        let mut whole = Tally::default();
        for step in self.steps {
            whole.add(step.started, step.duration, self.price(step));
        }
        let mid = median(times.iter().copied())?;
        let jobs = json!({ self.key: { "steps": { setup: { "with": setting } } } });
        Some(Proposal {
            id: format!("cache-unused/{}/{}", self.key, self.name),
            kind: Kind::CacheUnused,
            workflow: self.workflow.file_stem.clone(),
            job: Some(self.job.id.clone()),
            title: format!("Cache what `{}` installs in `{}`", self.name, self.key),
            evidence: vec![
                Evidence::new("median of the install", mid, Unit::Seconds, times.len()).within(*low, *high),
            ],
            saving: whole.at_most(self.facts.days),
            sooner_s: None,
            risk: "restoring takes time too, and a cache can hold what is out of date; no cache in jobs that publish"
                .into(),
            patch: Some(json!({ "jobs": jobs })),
            by_hand: None,
            experiment: Experiment::Definition {
                hypothesis: format!("A cache makes `{}` faster: its install takes {mid:.0} s", self.job.id),
                workflow: self.workflow.file_stem.clone(),
                treatment: json!({ "jobs": jobs }),
            },
        })
    }

    /// The named set-up step of the job whose action can cache for this install, and its input.
    fn setting(&self) -> Option<(&str, Value)> {
        let command =
            self.job.step_called(self.name).and_then(|step| step.run.as_deref()).unwrap_or_default();
        let text = format!("{} {command}", self.name.to_lowercase());
        let has = |word: &str| text.contains(word);
        let input = |step: &Step| -> Option<Value> {
            let action = step.uses.as_deref()?.split('@').next()?;
            let tool = |tools: &[(&str, &str)]| {
                tools.iter().find(|(word, _)| has(word)).map(|(_, cache)| json!({ "cache": cache }))
            };
            match action {
                "actions/setup-node" => tool(&[("pnpm", "pnpm"), ("yarn", "yarn"), ("npm", "npm")]),
                "actions/setup-python" => {
                    tool(&[("poetry", "poetry"), ("pipenv", "pipenv"), ("pip ", "pip"), ("pip3 ", "pip")])
                }
                "ruby/setup-ruby" if has("bundle") => Some(json!({ "bundler-cache": true })),
                "actions/setup-java" => tool(&[("gradle", "gradle"), ("mvn", "maven"), ("sbt", "sbt")]),
                _ => None,
            }
        };
        self.job.steps.iter().find_map(|step| Some((step.name.as_deref()?, input(step)?)))
    }

    fn price(&self, step: &StepFact) -> f64 {
        self.prices.get(&step.leg).copied().unwrap_or(0.0)
    }
}

/// The two speeds of a step, from its seconds in time order; none when it has one.
///
/// The cut is the one that explains most of the variance of the logarithms (Otsu 1979).
fn two_speeds(times: &[f64]) -> Option<Speeds> {
    let logs: Vec<f64> = times.iter().map(|t| t.max(0.5).ln()).collect();
    if logs.len() < SEEN {
        return None;
    }
    let ordered = sorted(logs.iter().copied());
    let n = ordered.len() as f64;
    let (sum, square) = ordered.iter().fold((0.0, 0.0), |(s, q), v| (s + v, q + v * v));
    let total = square - sum * sum / n;
    let mut best = (0.0, 0);
    let mut below = 0.0;
    for (i, pair) in ordered.windows(2).enumerate() {
        below += pair[0];
        let (left, right) = ((i + 1) as f64, n - (i + 1) as f64);
        let between = left * right / n * (below / left - (sum - below) / right).powi(2);
        if between > best.0 && pair[1] > pair[0] {
            best = (between, i + 1);
        }
    }
    let (between, cut) = best;
    if total <= 0.0 || between / total < EXPLAINED {
        return None;
    }
    let middle = |values: &[f64]| median(values.iter().copied()).map(f64::exp);
    let (fast, slow) = (middle(&ordered[..cut])?, middle(&ordered[cut..])?);
    let misses = ordered.len() - cut;
    let share = misses as f64 / n;
    let from = ordered[cut].exp();
    // By chance, neighbours differ in 2 p (1 - p) of the pairs.
    let changes = logs.windows(2).filter(|p| (p[0] < ordered[cut]) != (p[1] < ordered[cut])).count() as f64;
    let is_mixed = changes >= MIXED * 2.0 * share * (1.0 - share) * (n - 1.0);
    let clear = slow / fast >= SLOWER && slow - fast >= BY && share.min(1.0 - share) >= RARE && is_mixed;
    clear.then_some(Speeds { fast, slow, from: from * (1.0 - 1e-12), misses })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advice::dice::Dice;

    #[test]
    fn a_cache_that_misses_now_and_then_has_two_speeds() {
        let mut dice = Dice::new(1);
        let mut time = |_| {
            let median = if dice.chance(0.3) { 120.0 } else { 15.0 };
            dice.around(median, 0.2)
        };
        let times: Vec<f64> = (0..100).map(&mut time).collect();
        let speeds = two_speeds(&times).unwrap();
        assert!((10.0..20.0).contains(&speeds.fast) && (100.0..140.0).contains(&speeds.slow));
        assert!((15..45).contains(&speeds.misses));
    }

    #[test]
    fn a_step_that_became_slow_and_stayed_so_has_no_cache_that_misses() {
        let mut dice = Dice::new(2);
        let times: Vec<f64> = (0..100).map(|i| dice.around(if i < 50 { 15.0 } else { 120.0 }, 0.2)).collect();
        assert!(two_speeds(&times).is_none());
    }

    #[test]
    fn a_step_of_one_speed_is_hardly_ever_taken_for_two() {
        let mut dice = Dice::new(3);
        let mut taken = 0;
        for i in 0..1000 {
            let spread = 0.1 + f64::from(i % 10) / 10.0;
            let times: Vec<f64> = (0..30 + i % 200).map(|_| dice.around(60.0, spread)).collect();
            taken += u32::from(two_speeds(&times).is_some());
        }
        assert!(taken <= 2, "{taken} of 1000");
    }
}
