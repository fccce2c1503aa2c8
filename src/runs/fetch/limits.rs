//! GitHub's two rate limits: requests in an hour, and requests in too short a time.
//!
//! <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use tokio::time::Instant;

use super::options::Timing;

const MINUTE: Duration = Duration::from_secs(60);

/// Why to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The requests of this hour are used up.
    Primary,
    /// Too much was asked in too short a time.
    Secondary,
}

/// A limit that an answer tells of, and how long to wait where it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limited {
    pub limit: Limit,
    pub wait: Option<Duration>,
}

/// The limit that has refused this request, if one has. `now` is the server's time.
pub(super) fn refused(
    status: StatusCode,
    headers: &HeaderMap,
    body: &str,
    now: Timestamp,
) -> Option<Limited> {
    if status != StatusCode::FORBIDDEN && status != StatusCode::TOO_MANY_REQUESTS {
        return None;
    }
    if let Some(seconds) = number(headers, "retry-after") {
        return Some(Limited { limit: Limit::Secondary, wait: Some(Duration::from_secs(seconds)) });
    }
    if let Some(limited) = used_up(headers, now) {
        return Some(limited);
    }
    let body = body.to_ascii_lowercase();
    let told = body.contains("rate limit") || body.contains("abuse detection");
    (told || status == StatusCode::TOO_MANY_REQUESTS)
        .then_some(Limited { limit: Limit::Secondary, wait: None })
}

/// The primary limit, when this answer was the last one of the hour. `now` is the server's time.
pub(super) fn used_up(headers: &HeaderMap, now: Timestamp) -> Option<Limited> {
    if number(headers, "x-ratelimit-remaining") != Some(0) {
        return None;
    }
    let reset = i64::try_from(number(headers, "x-ratelimit-reset")?).ok()?;
    let reset = Timestamp::from_second(reset).ok()?;
    let wait = Duration::try_from(reset.duration_since(now)).unwrap_or_default();
    Some(Limited { limit: Limit::Primary, wait: Some(wait) })
}

/// What the server's clock says.
pub(super) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let date = headers.get("date")?.to_str().ok()?;
    Some(jiff::fmt::rfc2822::parse(date).ok()?.timestamp())
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// When the next request may be sent, for all requests to one host.
#[derive(Debug)]
pub(super) struct Pace {
    /// The time that may be spent on waiting, in all.
    budget: Duration,
    /// The wait after the first refusal that names no time; it doubles with each in a row.
    unnamed: Duration,
    refusals: u32,
    /// The time between two requests at the most that GitHub allows.
    interval: Duration,
    /// When the next request would be sent if all had kept that interval.
    next: Option<Instant>,
    until: Option<Instant>,
    /// The budget does not reach until then.
    gave_up: Option<Timestamp>,
}

impl Pace {
    pub(super) fn new(budget: Duration, timing: &Timing) -> Self {
        let interval = MINUTE / timing.requests_per_minute.max(1);
        let unnamed = timing.secondary_wait;
        Pace { budget, unnamed, refusals: 0, interval, next: None, until: None, gave_up: None }
    }

    /// When the next request may be sent so that no minute has more than allowed; up to a minute's worth go at once.
    pub(super) fn turn(&mut self, now: Instant) -> Instant {
        let next = self.next.unwrap_or(now).max(now) + self.interval;
        self.next = Some(next);
        next.checked_sub(MINUTE).unwrap_or(now).max(now)
    }

    /// Takes note of a limit. Gives the wait that begins with it, if one does; `clock` is our time.
    pub(super) fn note(&mut self, limited: Limited, now: Instant, clock: Timestamp) -> Option<Duration> {
        let begun = self.until.unwrap_or(now).max(now);
        // A reset that has passed already and still refuses is one that names no time.
        let wait = match limited.wait.filter(|wait| !wait.is_zero()) {
            Some(wait) => wait,
            // Of many requests at once that are refused, the first one decides.
            None if begun > now => return None,
            None => self.unnamed.saturating_mul(2u32.saturating_pow(self.refusals.min(16))),
        };
        self.refusals += 1;
        let more = now.checked_add(wait).map_or(wait, |end| end.saturating_duration_since(begun));
        if more.is_zero() {
            return None;
        }
        if more > self.budget {
            let until = SignedDuration::try_from(wait).ok().and_then(|wait| clock.checked_add(wait).ok());
            self.gave_up = self.gave_up.max(Some(until.unwrap_or(Timestamp::MAX)));
            return None;
        }
        self.budget -= more;
        self.until = Some(now + wait);
        Some(wait)
    }

    /// An answer came through.
    pub(super) fn answered(&mut self) {
        self.refusals = 0;
    }

    /// Until when to wait before the next request.
    ///
    /// # Errors
    /// When to go on, if that is later than the budget reaches.
    pub(super) fn until(&self) -> Result<Option<Instant>, Timestamp> {
        self.gave_up.map_or(Ok(self.until), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn both_limits_are_told_from_a_missing_permission() {
        let now = Timestamp::from_second(1_000).unwrap();
        let forbidden = |pairs: &[(&'static str, &str)], body| {
            refused(StatusCode::FORBIDDEN, &headers(pairs), body, now)
                .map(|l| (l.limit, l.wait.map(|w| w.as_secs())))
        };
        let primary = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1060")];
        assert_eq!(forbidden(&primary, "API rate limit exceeded"), Some((Limit::Primary, Some(60))));
        assert_eq!(forbidden(&[("retry-after", "7")], ""), Some((Limit::Secondary, Some(7))));
        let message = "You have exceeded a secondary rate limit.";
        assert_eq!(forbidden(&[("x-ratelimit-remaining", "42")], message), Some((Limit::Secondary, None)));
        assert_eq!(forbidden(&[], "Resource not accessible by integration"), None);
        let too_many = refused(StatusCode::TOO_MANY_REQUESTS, &headers(&[]), "", now);
        assert_eq!(too_many, Some(Limited { limit: Limit::Secondary, wait: None }));
        assert_eq!(refused(StatusCode::NOT_FOUND, &headers(&primary), "", now), None);
    }

    #[test]
    fn the_servers_clock_is_read() {
        let date = date(&headers(&[("date", "Fri, 20 Nov 2026 09:35:54 GMT")])).unwrap();
        assert_eq!(date.to_string(), "2026-11-20T09:35:54Z");
    }

    #[test]
    fn waits_come_out_of_one_budget_and_double_when_no_time_is_named() {
        let (now, clock) = (Instant::now(), Timestamp::UNIX_EPOCH);
        let seconds = Duration::from_secs;
        let mut pace = Pace::new(seconds(100), &Timing { secondary_wait: seconds(20), ..Timing::default() });
        let unnamed = Limited { limit: Limit::Secondary, wait: None };
        assert_eq!(pace.note(unnamed, now, clock), Some(seconds(20)));
        assert_eq!(pace.note(unnamed, now, clock), None, "that request was sent before the wait began");
        let named = Limited { limit: Limit::Secondary, wait: Some(seconds(5)) };
        assert_eq!(pace.note(named, now, clock), None, "that wait is part of the first");
        assert_eq!(pace.until(), Ok(Some(now + seconds(20))));
        let later = now + seconds(20);
        assert_eq!(pace.note(unnamed, later, clock), Some(seconds(80)), "twice doubled");
        assert_eq!(pace.note(unnamed, later + seconds(80), clock), None, "the budget is spent");
        assert_eq!(pace.until(), Err(Timestamp::from_second(160).unwrap()));
    }

    #[test]
    fn a_minutes_worth_goes_at_once_and_the_rest_at_the_rate_that_is_allowed() {
        let now = Instant::now();
        let mut pace = Pace::new(Duration::ZERO, &Timing { requests_per_minute: 600, ..Timing::default() });
        assert!((0..600).all(|_| pace.turn(now) == now));
        assert_eq!(pace.turn(now), now + Duration::from_millis(100));
        assert_eq!(pace.turn(now), now + Duration::from_millis(200));
        assert_eq!(pace.turn(now + MINUTE), now + MINUTE);
    }
}
