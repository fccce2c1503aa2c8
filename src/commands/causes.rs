//! Why what is generated is not what was: facts and components now, against those that the lock keeps.

use std::collections::BTreeSet;

use semver::Version;

use crate::characteristics::Characteristics;
use crate::plan::{Ground, Plan, PlannedFile, PlannedJob};
use crate::write::{Cause, Comparison, Grounds, Kept, Owner, REPOSITORY, Was};

/// What a file takes from the checkout, for the lock.
pub fn grounds(file: &PlannedFile) -> Grounds {
    let mut found = Grounds::new();
    let of_jobs =
        file.jobs.iter().flat_map(|job| job.grounds.iter().map(|ground| (ground, Some(job.id.as_str()))));
    for (ground, job) in file.grounds.iter().map(|ground| (ground, None)).chain(of_jobs) {
        if let Some(kept) = kept(ground) {
            let facts = found.entry(owner(ground).to_owned()).or_default();
            facts.entry(key(ground, job)).or_insert(kept).jobs.extend(job.map(str::to_owned));
        }
    }
    found
}

/// Says of every difference of structure why it is there, as far as that is known.
pub fn explain(comparison: &mut Comparison, plan: &Plan, characteristics: &Characteristics) {
    for file in &mut comparison.files {
        let Some(was) = &file.was else { continue };
        let planned = plan.files.iter().find(|planned| planned.path == file.path);
        for difference in file.differences.iter_mut().filter(|d| d.owner == Owner::Structure) {
            difference.because = match (planned, &difference.job) {
                (None, _) => gone(was, None, characteristics),
                (Some(planned), None) => of_frame(was, planned),
                (Some(planned), Some(id)) => match planned.jobs.iter().find(|job| job.id == *id) {
                    None => gone(was, Some(id), characteristics),
                    Some(job) if was.jobs.contains(id) => {
                        let components = versions(planned, |component| job.used.contains(component));
                        let causes = changed(was, (&job.grounds, Some(id)), &components);
                        // What it took then and takes no longer.
                        if causes.is_empty() { gone(was, Some(id), characteristics) } else { causes }
                    }
                    Some(job) => added(was, job),
                },
            };
        }
    }
}

fn owner(ground: &Ground) -> &str {
    ground.project.as_deref().unwrap_or(REPOSITORY)
}

fn kept(ground: &Ground) -> Option<Kept> {
    (!ground.value.is_null()).then(|| Kept::new(ground.value.to_string()))
}

/// What a fact is kept as. Every job takes a part of its own.
fn key(ground: &Ground, job: Option<&str>) -> String {
    match job.filter(|_| ground.fact.contains(' ')) {
        Some(job) => format!("{} in {job}", ground.fact),
        None => ground.fact.clone(),
    }
}

fn known<'w>(was: &'w Was, ground: &Ground, job: Option<&str>) -> Option<&'w Kept> {
    was.facts.get(owner(ground))?.get(&key(ground, job))
}

fn versions(file: &PlannedFile, is_part: impl Fn(&String) -> bool) -> Vec<(&String, &Version)> {
    file.components.iter().filter(|(component, _)| is_part(component)).collect()
}

/// The reasons for a difference that is in no job.
fn of_frame(was: &Was, file: &PlannedFile) -> Vec<Cause> {
    let in_jobs: BTreeSet<&String> = file.jobs.iter().flat_map(|job| &job.used).collect();
    changed(was, (&file.grounds, None), &versions(file, |component| !in_jobs.contains(component)))
}

/// The reasons for a difference in what was there before.
fn changed(
    was: &Was,
    (grounds, job): (&[Ground], Option<&str>),
    components: &[(&String, &Version)],
) -> Vec<Cause> {
    let mut causes: Vec<Cause> = Vec::new();
    for (component, now) in components {
        let now = now.to_string();
        if let Some(was) = was.components.get(*component).filter(|was| **was != now) {
            causes.push(Cause::Component { component: (*component).clone(), now, was: was.clone() });
        }
    }
    if was.facts.is_empty() {
        causes.extend(grounds.iter().filter_map(follows));
        causes.dedup();
        return causes;
    }
    // A new version of a component may ask for what the one before it did not.
    let same_components = causes.is_empty();
    for ground in grounds {
        let now = kept(ground).map(|kept| kept.value);
        let before = known(was, ground, job).map(|kept| kept.value.clone());
        // What was generated is itself evidence for some facts.
        let is_echo = ground.place.as_ref().is_some_and(|place| place.starts_with(".github/workflows/"));
        if now != before && (before.is_some() || same_components && !is_echo) {
            let cause = Cause::Fact {
                fact: ground.fact.clone(),
                project: owner(ground).to_owned(),
                now,
                was: before,
                place: ground.place.clone(),
            };
            if !causes.contains(&cause) {
                causes.push(cause);
            }
        }
    }
    causes
}

/// The reasons for a job that was not there.
fn added(was: &Was, job: &PlannedJob) -> Vec<Cause> {
    let rules = job.because.iter().map(|r| Cause::Rule { rule: r.rule.clone(), reason: r.because.clone() });
    let new = job.grounds.iter().filter(|ground| {
        kept(ground).map(|k| k.value) != known(was, ground, Some(&job.id)).map(|k| k.value.clone())
    });
    let mut causes: Vec<Cause> = rules.collect();
    for cause in new.filter_map(follows) {
        if !causes.contains(&cause) {
            causes.push(cause);
        }
    }
    causes
}

fn follows(ground: &Ground) -> Option<Cause> {
    let (fact, place) = (ground.fact.clone(), ground.place.clone());
    kept(ground).map(|kept| Cause::Follows { fact, now: kept.value, place })
}

/// The reasons why a job, or a whole file, is no longer generated.
fn gone(was: &Was, job: Option<&String>, characteristics: &Characteristics) -> Vec<Cause> {
    let mut causes = Vec::new();
    for (id, facts) in &was.facts {
        let project = characteristics.projects.iter().find(|project| project.id == *id);
        let mut concerned = facts.iter().filter(|(_, kept)| job.is_none_or(|job| kept.jobs.contains(job)));
        if project.is_none() && id != REPOSITORY {
            if concerned.next().is_some() {
                causes.push(Cause::Project { project: id.clone() });
            }
            continue;
        }
        // Of a part of a fact, or of a setting, nothing but its name is known here.
        for (name, kept) in concerned.filter(|(name, _)| !name.contains(' ')) {
            let fact = project.map_or(&characteristics.facts, |project| &project.facts).get(name);
            let fact = fact.filter(|fact| fact.confidence > 0.0 && !fact.value.is_null());
            let now = fact.map(|fact| Kept::new(fact.value.to_string()).value);
            if now.as_ref() != Some(&kept.value) {
                causes.push(Cause::Fact {
                    fact: name.clone(),
                    project: id.clone(),
                    now,
                    was: Some(kept.value.clone()),
                    place: fact.and_then(|fact| fact.evidence.first()).map(ToString::to_string),
                });
            }
        }
    }
    causes
}
