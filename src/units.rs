//! Numbers as people write and read them: ages, moments, durations, shares, counts.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::error::{Error, Result};

/// An age such as `90d`, `12w`, `36h`, `30min`.
///
/// # Errors
/// When it is none.
pub fn age(text: &str) -> Result<SignedDuration> {
    let wrong = || {
        Error::usage(format!("`{}` is no age", text.escape_debug()))
            .hint("an age is written `90d`, `12w`, `36h` or `30min`")
    };
    let at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let number: i64 = text[..at].parse().ok().filter(|n| *n <= 100_000).ok_or_else(wrong)?;
    let seconds = match &text[at..] {
        "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        "y" => 365 * 86_400,
        _ => return Err(wrong()),
    };
    Ok(SignedDuration::from_secs(number * seconds))
}

/// A moment: a day (`2026-01-31`, its beginning in UTC), a time (`2026-01-31T10:00:00Z`), or an age before `now`.
///
/// # Errors
/// When it is none of them.
pub fn moment(text: &str, now: Timestamp) -> Result<Timestamp> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    if let Ok(day) = text.parse::<Date>() {
        return day
            .to_zoned(TimeZone::UTC)
            .map(|zoned| zoned.timestamp())
            .map_err(|e| Error::usage(format!("`{text}` is no day: {e}")));
    }
    match age(text) {
        Ok(age) => now.checked_sub(age).map_err(|_| Error::usage(format!("`{text}` is too long ago"))),
        Err(_) => Err(Error::usage(format!("`{}` is no moment", text.escape_debug())).hint(
            "a moment is a day (`2026-01-31`), a time (`2026-01-31T10:00:00Z`) or an age (`90d`, `12w`)",
        )),
    }
}

/// `850 ms`, `12.4 s`, `3 min 20 s`, `2 h 05 min`.
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() {
        return "unknown".to_owned();
    }
    let sign = if seconds < 0.0 { "-" } else { "" };
    let s = seconds.abs();
    if s < 1.0 {
        return format!("{sign}{:.0} ms", s * 1000.0);
    }
    if s < 59.95 {
        return format!("{sign}{s:.1} s");
    }
    let whole = s.round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, minutes, 0) => format!("{sign}{minutes} min"),
        (0, minutes, seconds) => format!("{sign}{minutes} min {seconds:02} s"),
        (hours, minutes, _) => format!("{sign}{hours} h {minutes:02} min"),
    }
}

/// `12.3 %` of a share of 1.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// `1 run`, `3 runs`.
pub fn count(n: u64, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_day_a_time_or_an_age() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        for (text, is) in [
            ("2026-01-31", "2026-01-31T00:00:00Z"),
            ("2026-01-31T10:00:00+02:00", "2026-01-31T08:00:00Z"),
            ("1d", "2026-02-28T12:00:00Z"),
            ("2w", "2026-02-15T12:00:00Z"),
        ] {
            assert_eq!(moment(text, now).unwrap(), is.parse::<Timestamp>().unwrap(), "{text}");
        }
        for text in ["", "d", "-3d", "3", "3 d", "99999999999999999999d", "2026-13-01", "yesterday"] {
            assert!(moment(text, now).is_err(), "{text}");
        }
    }

    #[test]
    fn a_duration_has_the_unit_that_fits() {
        let said = [0.2, 12.44, 59.97, 200.0, 3600.0, 7512.0, -90.0].map(duration);
        assert_eq!(
            said,
            ["200 ms", "12.4 s", "1 min", "3 min 20 s", "1 h 00 min", "2 h 05 min", "-1 min 30 s"]
        );
    }
}
