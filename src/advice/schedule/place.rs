//! Where an entry stands in the week, and how good another place would be.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::carbon::{self, CarbonSaving};
use super::cron::Cron;
use super::value::{Entry, Impact};
use super::{Load, Options};
use crate::advice::checkout::Workflow;
use crate::advice::saving::MONTH;

/// From this rank on everyone starts at a minute.
pub(super) const CROWDED: u8 = 3;
/// How far ahead is looked, in days: four weeks have every weekday four times.
const AHEAD: i64 = 28;

/// An entry of a workflow's schedule.
pub(super) struct Place<'a> {
    pub(super) workflow: &'a Workflow,
    /// Its place among the entries of the workflow.
    pub(super) index: usize,
    pub(super) cron: Cron,
    pub(super) load: Option<&'a Load>,
    /// Where it stands.
    pub(super) spot: Spot,
    /// Its starts in the weeks ahead, in minutes since 1970, where it stood first.
    starts: Vec<i64>,
    /// Those half a year later, when the clock is another.
    later: Vec<i64>,
    first: Spot,
    /// The minute of the hour that it has for itself among equally good ones.
    own: u16,
}

/// A place in time: hours from where it stood, and the first minute of the hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) hours: i8,
    pub(super) minute: u16,
}

/// How good a spot is; less is better, from the first field on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Judged {
    /// Starts against the hours asked for.
    pub(super) hours: u32,
    /// The mean intensity, in twentieths of where it stands; the most where the forecast does not reach.
    carbon: u32,
    /// Minutes a week beside others.
    pub(super) overlap: u32,
    /// How many start at the minute, as a rank.
    pub(super) crowd: u8,
    away: u8,
    from_own: u16,
    pub(super) spot: Spot,
    /// How many starts were looked at for the hours.
    pub(super) looked_at: u32,
}

impl Judged {
    fn key(&self) -> (u32, u32, u32, u8, u8, u16, i8, u16) {
        let Judged { hours, carbon, overlap, crowd, away, from_own, spot, .. } = *self;
        (hours, carbon, overlap, crowd, away, from_own, spot.hours, spot.minute)
    }
}

impl PartialOrd for Judged {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Judged {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl<'a> Place<'a> {
    pub(super) fn new(
        workflow: &'a Workflow,
        index: usize,
        cron: Cron,
        load: Option<&'a Load>,
        options: &Options,
    ) -> Self {
        let spot = Spot { hours: 0, minute: cron.minutes().first().copied().unwrap_or(0) };
        let half = SignedDuration::from_hours(24 * 182);
        let later = options.now.checked_add(half).map_or_else(|_| Vec::new(), |at| cron.starts(at, AHEAD));
        let key = format!("{}/{}/{index}", options.repository, workflow.file_stem);
        let own = (fnv(&key) % u64::from(cron.step().unwrap_or(60))) as u16;
        Place {
            workflow,
            index,
            starts: cron.starts(options.now, AHEAD),
            later,
            cron,
            load,
            spot,
            first: spot,
            own,
        }
    }

    /// Runner minutes a month.
    pub(super) fn minutes_a_month(&self) -> f64 {
        self.load.map_or(0.0, |load| load.minutes * self.starts_a_month())
    }

    /// US dollars a month.
    pub(super) fn usd_a_month(&self) -> f64 {
        self.load.map_or(0.0, |load| load.usd * self.starts_a_month())
    }

    fn starts_a_month(&self) -> f64 {
        self.starts.len() as f64 * MONTH / AHEAD as f64
    }

    /// How long a run lasts at most, in minutes: the upper end of its interval.
    fn lasts(&self) -> i64 {
        self.load.map_or(0, |load| (load.high_s / 60.0).ceil().clamp(0.0, 1e5) as i64)
    }

    fn shift(&self, spot: Spot) -> i64 {
        60 * i64::from(spot.hours) + i64::from(spot.minute) - i64::from(self.first.minute)
    }

    fn runs(&self, spot: Spot) -> impl Iterator<Item = (i64, i64)> {
        let (shift, lasts) = (self.shift(spot), self.lasts());
        self.starts.iter().map(move |start| (start + shift, start + shift + lasts))
    }

    /// The places that it can have, within the day.
    pub(super) fn candidates(&self, options: &Options) -> Vec<Spot> {
        let Some(step) = self.cron.step() else { return Vec::new() };
        let slack = i8::try_from(options.slack_hours.min(23)).unwrap_or(0);
        let possible = |hours: &i8| {
            let moved = self.cron.hour().map(|hour| hour + hours);
            *hours == 0 || moved.is_some_and(|hour| (0..24).contains(&hour))
        };
        let hours = (-slack..=slack).filter(possible);
        hours.flat_map(|hours| (0..step).map(move |minute| Spot { hours, minute })).collect()
    }

    /// How good a spot is beside what is busy.
    pub(super) fn judge(&self, spot: Spot, busy: &[(i64, i64)], options: &Options) -> Judged {
        let shared: i64 = overlap(self.runs(spot), busy);
        let step = self.cron.step().unwrap_or(60);
        let minutes = (0..60 / step).map(|i| spot.minute + i * step);
        let crowd = minutes.map(crowd).max().unwrap_or(0);
        let distance = spot.minute.abs_diff(self.own);
        let (hours, looked_at) = self.against_hours(spot, options);
        Judged {
            hours,
            carbon: self.intensity(spot, options),
            overlap: u32::try_from(shared * 7 / AHEAD).unwrap_or(u32::MAX),
            crowd,
            away: spot.hours.unsigned_abs(),
            from_own: distance.min(step.abs_diff(distance)),
            spot,
            looked_at,
        }
    }

    /// How many starts are against the hours asked for, and of how many.
    fn against_hours(&self, spot: Spot, options: &Options) -> (u32, u32) {
        if options.avoid.is_none() && options.want.is_none() {
            return (0, 0);
        }
        let (shift, lasts) = (self.shift(spot), self.lasts());
        let at = |minute: i64| Timestamp::from_second(minute * 60).unwrap_or(Timestamp::MAX);
        let holds = |hours: &super::Hours, minute| hours.hold(at(minute), &options.time_zone);
        let against = |start: &&i64| {
            let start = **start + shift;
            let outside = options.want.is_some_and(|want| !holds(&want, start));
            // Every quarter of an hour, and its last minute: no one keeps shorter hours free.
            let mut during = (start..=start + lasts).step_by(15).chain([start + lasts]);
            outside || options.avoid.is_some_and(|avoid| during.any(|minute| holds(&avoid, minute)))
        };
        let all = || self.starts.iter().chain(&self.later);
        (all().filter(against).count() as u32, all().count() as u32)
    }

    fn is_deferrable(&self, options: &Options) -> bool {
        let stem = &self.workflow.file_stem;
        self.cron.hour().is_some() && options.deferrable.as_ref().is_none_or(|stems| stems.contains(stem))
    }

    /// The mean intensity while it runs, in twentieths of what it is where it stands.
    fn intensity(&self, spot: Spot, options: &Options) -> u32 {
        if options.intensity.is_none() || !self.is_deferrable(options) {
            return 0;
        }
        let days = self.days(spot, options);
        let (here, there) = days.iter().fold((0.0, 0.0), |(h, t), (here, there)| (h + here, t + there));
        if here > 0.0 { (20.0 * there / here).round() as u32 } else { u32::MAX }
    }

    /// The mean intensity where it stands and at a spot, on every day that the forecast has both of. The forecast is
    /// short: its days stand for those on which the entry starts.
    fn days(&self, spot: Spot, options: &Options) -> Vec<(f64, f64)> {
        let (Some(intensity), Some(start)) = (&options.intensity, self.starts.first()) else {
            return Vec::new();
        };
        if !self.is_deferrable(options) {
            return Vec::new();
        }
        let lasts = self.load.map_or(1, |load| (load.duration_s / 60.0).ceil().clamp(1.0, 1440.0) as i64);
        let (from, to) = intensity.reach();
        let first = start.rem_euclid(1440) + from.div_euclid(1440) * 1440 - 1440;
        let days = (first..to).step_by(1440);
        let mean = |at: i64| intensity.mean(at, at + lasts);
        days.filter_map(|at| Some((mean(at)?, mean(at + self.shift(spot))?))).collect()
    }

    /// What a spot saves.
    pub(super) fn carbon(&self, spot: Spot, load: &Load, options: &Options) -> Option<CarbonSaving> {
        carbon::saving(load.kwh, self.starts_a_month(), &self.days(spot, options))
    }

    /// What is told of it.
    pub(super) fn entry(&self, places: &[Place], at: usize, options: &Options) -> Entry {
        let judged = self.judge(self.spot, &busy(places, at), options);
        Entry {
            workflow: self.workflow.file_stem.clone(),
            cron: self.cron.text(),
            next: self.starts.first().and_then(|start| Timestamp::from_second(start * 60).ok()),
            local: self.cron.local(options.now, &options.time_zone),
            starts_a_month: self.starts_a_month(),
            duration_s: self.load.map(|load| load.duration_s),
            overlap: judged.overlap,
            with: overlapping(places, at),
            impact: self.load.map(|_| Impact::of(self.minutes_a_month(), self.usd_a_month())),
        }
    }
}

/// When any other entry is running, in order and without overlaps.
pub(super) fn busy(places: &[Place], except: usize) -> Vec<(i64, i64)> {
    let others = places.iter().enumerate().filter(|(i, _)| *i != except);
    let mut runs: Vec<(i64, i64)> = others.flat_map(|(_, place)| place.runs(place.spot)).collect();
    runs.sort_unstable();
    let mut joined: Vec<(i64, i64)> = Vec::new();
    for (from, to) in runs {
        match joined.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => joined.push((from, to)),
        }
    }
    joined
}

/// The workflows that an entry runs beside.
pub(super) fn overlapping(places: &[Place], at: usize) -> Vec<String> {
    let own = &places[at];
    let beside = |(i, other): &(usize, &Place)| {
        let runs: Vec<(i64, i64)> = other.runs(other.spot).collect();
        *i != at && overlap(own.runs(own.spot), &runs) > 0
    };
    let names: BTreeSet<&str> = places
        .iter()
        .enumerate()
        .filter(beside)
        .map(|(_, other)| other.workflow.file_stem.as_str())
        .collect();
    names.into_iter().map(str::to_owned).collect()
}

/// The minutes that runs, in order, have in common with those that are busy, in order.
fn overlap(runs: impl Iterator<Item = (i64, i64)>, busy: &[(i64, i64)]) -> i64 {
    let mut at = 0;
    let mut shared = 0;
    for (from, to) in runs {
        while busy.get(at).is_some_and(|(_, end)| *end <= from) {
            at += 1;
        }
        let during = busy[at..].iter().take_while(|(begin, _)| *begin < to);
        shared += during.map(|(begin, end)| (*end).min(to) - (*begin).max(from)).sum::<i64>();
    }
    shared
}

/// How many start at a minute, as a rank: at the start of an hour most, at half past many, then at the quarters and
/// other round ones and around the hour.
fn crowd(minute: u16) -> u8 {
    match minute {
        0 => 4,
        30 => CROWDED,
        15 | 45 => 2,
        1..5 | 56.. => 1,
        minute if minute.is_multiple_of(5) => 1,
        _ => 0,
    }
}

/// The FNV-1a hash (<http://www.isthe.com/chongo/tech/comp/fnv/>): the same on every machine and in every version.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
