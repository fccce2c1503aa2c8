//! Cron expressions as GitHub reads them: five fields, in UTC or the entry's time zone.

use std::str::FromStr;

use croner::parser::{CronParser, Seconds, Year};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A parsed expression.
#[derive(Debug, Clone)]
pub(super) struct Cron {
    fields: Vec<String>,
    parsed: croner::Cron,
    zone: TimeZone,
}

/// The words of an expression; the library knows more of them than GitHub.
const NAMES: [&str; 19] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "sun", "mon", "tue",
    "wed", "thu", "fri", "sat",
];
/// The most starts that are looked at; GitHub runs nothing more often than every five minutes.
const MOST: usize = 10_000;

impl Cron {
    /// Reads an expression; what is wrong with it as a sentence.
    pub(super) fn parse(expression: &str, zone: Option<&str>) -> Result<Self, String> {
        let fields: Vec<String> = expression.split_whitespace().map(str::to_owned).collect();
        let known = |c: char| c.is_ascii_alphanumeric() || "*,-/".contains(c);
        let words = expression.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
        let named = words.map(str::to_lowercase).all(|word| NAMES.contains(&word.as_str()));
        if fields.len() != 5 || !named || !fields.iter().all(|field| field.chars().all(known)) {
            return Err("GitHub reads five fields of numbers, names and `* , - /`".to_owned());
        }
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let parsed = parser.parse(&fields.join(" ")).map_err(|e| e.to_string())?;
        let zone = match zone {
            Some(name) => TimeZone::get(name).map_err(|e| e.to_string())?,
            None => TimeZone::UTC,
        };
        Ok(Cron { fields, parsed, zone })
    }

    /// The expression.
    pub(super) fn text(&self) -> String {
        self.fields.join(" ")
    }

    /// The starts in so many days from a moment, as minutes since 1970.
    pub(super) fn starts(&self, from: Timestamp, days: i64) -> Vec<i64> {
        let until = from.checked_add(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MAX);
        let zoned = self.parsed.iter_after(from.to_zoned(self.zone.clone()));
        let starts = zoned.map(|start| start.timestamp()).take_while(|start| *start <= until).take(MOST);
        starts.map(|start| start.as_second().div_euclid(60)).collect()
    }

    /// The start before a moment.
    pub(super) fn before(&self, at: Timestamp) -> Option<Timestamp> {
        let zoned = at.to_zoned(self.zone.clone());
        self.parsed.find_previous_occurrence(&zoned, true).ok().map(|start| start.timestamp())
    }

    /// The minutes of the hour at which it starts.
    pub(super) fn minutes(&self) -> Vec<u16> {
        self.parsed.pattern.minutes.values()
    }

    /// In which steps the first minute can move: 60 of a single one, the distance where they are evenly spread, none
    /// where they are not.
    pub(super) fn step(&self) -> Option<u16> {
        let minutes = self.minutes();
        let step = 60 / u16::try_from(minutes.len()).ok().filter(|n| *n > 0 && 60 % n == 0)?;
        let even = minutes.windows(2).all(|pair| pair[1] - pair[0] == step);
        (even && minutes[0] < step && step >= 5).then_some(step)
    }

    /// The hour, where it is a single one.
    pub(super) fn hour(&self) -> Option<i8> {
        i8::from_str(&self.fields[1]).ok()
    }

    /// The same with its first minute at `minute` and so many hours later, within the day; none where that is not
    /// possible.
    pub(super) fn moved(&self, hours: i8, minute: u16) -> Option<Cron> {
        let step = self.step().filter(|step| minute < *step)?;
        let minutes: Vec<String> = (0..60 / step).map(|i| (minute + i * step).to_string()).collect();
        let mut fields = self.fields.clone();
        fields[0] = minutes.join(",");
        if hours != 0 {
            let hour = self.hour()?.checked_add(hours).filter(|hour| (0..24).contains(hour))?;
            fields[1] = hour.to_string();
        }
        let zone = self.zone.iana_name().filter(|name| *name != "UTC");
        Cron::parse(&fields.join(" "), zone).ok()
    }

    /// When it starts by the user's clock: `05:17`, or `05:17 (summer 06:17)` where the clock is put forward; none
    /// when it starts more than once a day.
    pub(super) fn local(&self, now: Timestamp, zone: &TimeZone) -> Option<String> {
        let half = SignedDuration::from_hours(24 * 182);
        let first = |from: Timestamp| -> Option<(String, jiff::tz::Offset)> {
            let start = Timestamp::from_second(self.starts(from, 366).first()? * 60).ok()?;
            let zoned = start.to_zoned(zone.clone());
            Some((zoned.strftime("%H:%M").to_string(), zoned.offset()))
        };
        if self.hour().is_none() || self.minutes().len() != 1 {
            return None;
        }
        let (a, b) = (first(now)?, first(now.checked_add(half).ok()?)?);
        if a.0 == b.0 {
            return Some(a.0);
        }
        let (winter, summer) = if a.1 < b.1 { (a, b) } else { (b, a) };
        Some(format!("{} (summer {})", winter.0, summer.0))
    }
}
