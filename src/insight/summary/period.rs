//! The time that a report is about, and the time before that it is compared with.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// A period, cut into bins of whole days, and the equally long one before it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Period {
    /// The first moment of the period.
    pub since: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
    /// Its length in days.
    pub days: u32,
    /// How many bins it has.
    pub bins: usize,
    /// The days of each bin.
    pub bin_days: u32,
}

/// Where a moment lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In this bin of the period.
    Now(usize),
    /// In the period before.
    Before,
}

/// A chart with more bins than this cannot be read on a phone.
const MOST_BINS: u32 = 60;
const DAY: i64 = 86_400;

impl Period {
    /// The `days` days that end at `until`; at least one and at most ten years.
    pub fn ending(until: Timestamp, days: u32) -> Self {
        let bin_days = days.clamp(1, 3_650).div_ceil(MOST_BINS);
        let bins = days.clamp(1, 3_650).div_ceil(bin_days);
        let days = bins * bin_days;
        let since = back(until, days);
        Period { since, until, days, bins: bins as usize, bin_days }
    }

    /// The `days` days until now; until the newest run, where the last `days` days have none.
    pub fn recent(now: Timestamp, newest: Option<Timestamp>, days: u32) -> Self {
        let period = Period::ending(now, days);
        match newest {
            Some(newest) if newest < period.since => {
                Period::ending(newest.checked_add(SignedDuration::from_secs(1)).unwrap_or(newest), days)
            }
            _ => period,
        }
    }

    /// The first moment of the period before: what a query need not look beyond.
    pub fn before(&self) -> Timestamp {
        back(self.since, self.days)
    }

    /// Where a moment lies, if it is in either period.
    pub fn place(&self, at: Timestamp) -> Option<Place> {
        if at >= self.until || at < self.before() {
            return None;
        }
        let seconds = at.as_second() - self.since.as_second();
        if seconds < 0 {
            return Some(Place::Before);
        }
        let bin = (seconds / (DAY * i64::from(self.bin_days))) as usize;
        Some(Place::Now(bin.min(self.bins - 1)))
    }

    /// The first moment of a bin.
    pub fn bin_start(&self, bin: usize) -> Timestamp {
        let seconds = bin as i64 * DAY * i64::from(self.bin_days);
        self.since.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(self.until)
    }
}

fn back(from: Timestamp, days: u32) -> Timestamp {
    from.checked_sub(SignedDuration::from_secs(DAY * i64::from(days))).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_moment_of_both_periods_has_its_place_and_no_other() {
        let until: Timestamp = "2026-03-31T12:00:00Z".parse().unwrap();
        for days in [1, 30, 61, 90, 365] {
            let period = Period::ending(until, days);
            assert!(period.bins <= 60 && period.days >= days);
            assert_eq!(period.place(period.since), Some(Place::Now(0)));
            let last = until - SignedDuration::from_secs(1);
            assert_eq!(period.place(last), Some(Place::Now(period.bins - 1)));
            assert_eq!(period.place(until), None);
            assert_eq!(period.place(period.since - SignedDuration::from_secs(1)), Some(Place::Before));
            assert_eq!(period.place(period.before()), Some(Place::Before));
            assert_eq!(period.place(period.before() - SignedDuration::from_secs(1)), None);
        }
    }

    #[test]
    fn an_old_history_is_reported_as_of_its_end() {
        let now: Timestamp = "2026-03-31T12:00:00Z".parse().unwrap();
        let newest: Timestamp = "2024-03-31T12:00:00Z".parse().unwrap();
        assert!(Period::recent(now, Some(newest), 30).place(newest).is_some());
        assert_eq!(Period::recent(now, Some(now), 30).until, now);
    }
}
