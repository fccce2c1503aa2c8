//! What to change in the workflows: each proposal with its evidence, what it saves, what it risks, a patch, and the
//! experiment that would prove it.
//!
//! | module | what it finds |
//! |---|---|
//! | `advisor`, `facts` | take rows, and keep what they say of the checkout's jobs |
//! | `timeouts` | limits far above what a job needs |
//! | `superseded` | runs of a pull request that a newer commit made useless |
//! | `legs` | matrix legs that never fail alone; matrices whose legs always fail together |
//! | `caches` | installs that are sometimes slow though there is a cache, and those without one |
//! | `split` | tests that everybody waits for |
//! | `merge` | jobs whose set-up is longer than their work |
//! | `runner` | runners that are too big, too small or too few |
//! | `scheduled` | scheduled runs that never find anything |
//! | `paths` | runs of changes that nothing depends on |
//!
//! Nothing is proposed below the least number of runs; what was left out for that is told. The order is by the saving
//! that is expected.

mod advisor;
mod caches;
mod critical;
mod facts;
mod legs;
mod merge;
mod paths;
mod quantile;
mod runner;
mod scheduled;
mod split;
mod superseded;
mod timeouts;
mod value;

#[cfg(test)]
mod clean;
#[cfg(test)]
mod shape_tests;
#[cfg(test)]
mod tests;

pub use advisor::{Advisor, Options};
pub use value::{Advice, Evidence, Experiment, Kind, NotYet, Proposal, Unit};

use facts::Facts;

/// What every kind of advice gives.
type Found = Vec<Proposal>;

/// Everything that is proposed, in the order of what it saves.
fn advise(facts: &Facts) -> (Vec<Proposal>, Vec<NotYet>) {
    let mut not_yet = Vec::new();
    let mut found: Found = [
        timeouts::find,
        superseded::find,
        legs::find,
        caches::find,
        split::find,
        merge::find,
        runner::find,
        scheduled::find,
        paths::find,
    ]
    .into_iter()
    .flat_map(|find| find(facts, &mut not_yet))
    .collect();
    found.sort_by(|a, b| {
        let worth = |p: &Proposal| (p.saving.usd.value, p.saving.minutes.value);
        let ((a_usd, a_minutes), (b_usd, b_minutes)) = (worth(a), worth(b));
        b_usd.total_cmp(&a_usd).then(b_minutes.total_cmp(&a_minutes)).then_with(|| a.id.cmp(&b.id))
    });
    not_yet.sort_by(|a, b| (a.kind, &a.about).cmp(&(b.kind, &b.about)));
    (found, not_yet)
}
