//! Hours of the week by somebody's clock.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::error::{Error, Result};

/// Hours on some days of the week, such as `mon-fri 09:00-18:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Hours {
    /// The days, Monday first.
    pub days: [bool; 7],
    /// The first minute of the day.
    pub from: u16,
    /// The minute of the day at which they end; before `from` when they go over midnight.
    pub to: u16,
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Hours {
    /// Reads `mon-fri 09:00-18:00`, `sat,sun 8-12`, or `22:00-06:00` for every day.
    ///
    /// # Errors
    /// When it has another form.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = || {
            Error::usage(format!("`{}` are no hours", text.escape_debug()))
                .hint("write `mon-fri 09:00-18:00`, `sat,sun 8-12`, or `22:00-06:00` for every day")
        };
        let lower = text.trim().to_lowercase();
        let (days, span) = match lower.rsplit_once(' ') {
            Some((days, span)) => (self::days(days.trim()).ok_or_else(wrong)?, span),
            None => ([true; 7], lower.as_str()),
        };
        let (from, to) = span.split_once('-').ok_or_else(wrong)?;
        let (from, to) = (minute(from).ok_or_else(wrong)?, minute(to).ok_or_else(wrong)?);
        if from == to || from == 1440 {
            return Err(wrong());
        }
        Ok(Hours { days, from, to })
    }

    /// Whether a moment lies in them.
    pub(super) fn hold(&self, at: Timestamp, zone: &TimeZone) -> bool {
        let local = at.to_zoned(zone.clone());
        let minute = 60 * local.hour() as u16 + local.minute() as u16;
        let today = local.weekday().since(Weekday::Monday) as usize % 7;
        let yesterday = (today + 6) % 7;
        if self.from < self.to {
            return self.days[today] && (self.from..self.to).contains(&minute);
        }
        // Over midnight: the hours belong to the day on which they begin.
        (self.days[today] && minute >= self.from) || (self.days[yesterday] && minute < self.to)
    }
}

fn days(text: &str) -> Option<[bool; 7]> {
    let day = |name: &str| DAYS.iter().position(|day| name.starts_with(day));
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (day(first.trim())?, day(last.trim())?);
        for i in 0..=(last + 7 - first) % 7 {
            days[(first + i) % 7] = true;
        }
    }
    Some(days)
}

/// The minute of the day of `9`, `09:00`, `24`.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':').unwrap_or((text.trim(), "0"));
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let all = hour.checked_mul(60)?.checked_add(minute)?;
    (minute < 60 && all <= 1440).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_by_the_clock_of_the_place_summer_and_winter() {
        let office = Hours::parse("mon-fri 09:00-18:00").unwrap();
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let at = |text: &str| office.hold(text.parse().unwrap(), &berlin);
        assert!(at("2026-01-05T08:00:00Z") && !at("2026-01-05T07:59:00Z"));
        assert!(at("2026-07-06T07:00:00Z") && !at("2026-07-06T16:00:00Z"));
        assert!(!at("2026-01-04T10:00:00Z"));
    }

    #[test]
    fn hours_over_midnight_belong_to_the_day_they_begin_on() {
        let night = Hours::parse("fri 22-6").unwrap();
        let at = |text: &str| night.hold(text.parse().unwrap(), &TimeZone::UTC);
        assert!(at("2026-01-09T23:00:00Z") && at("2026-01-10T05:59:00Z"));
        assert!(!at("2026-01-09T05:00:00Z") && !at("2026-01-10T23:00:00Z"));
    }

    #[test]
    fn what_are_no_hours_is_an_error_of_usage() {
        for text in ["", "9", "9-9", "25-26", "foo 9-10", "mon-fri", "9:60-10", "24-3"] {
            assert!(Hours::parse(text).is_err(), "{text}");
        }
        assert_eq!(
            Hours::parse("sat,sun 8-12").unwrap().days,
            [false, false, false, false, false, true, true]
        );
        assert_eq!(Hours::parse("fri-mon 8-12").unwrap().days, [true, false, false, false, true, true, true]);
    }
}
