//! Carbon: a forecast of the grid's intensity, and what a run's electricity weighs by it.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::insight::prices::{Price, Prices};

/// Where the power of a virtual core is from.
pub const SOURCE: &str = "https://www.cloudcarbonfootprint.org/docs/methodology";

/// What the electricity of a run rests on.
pub(super) const ASSUMPTION: &str = "power by Cloud Carbon Footprint for Azure (2.14 W a core at 50 % load, 0.74 idle, \
     3.54 at full load; 0.392 W a GB; PUE 1.185), 4 GB a core and 4 cores for a standard runner; where the runner \
     stands is not known";

/// Watts of a virtual core without load and at full load, and of a gigabyte; what the building takes besides. Cloud
/// Carbon Footprint's averages for Azure.
const IDLE: f64 = 0.74;
const FULL: f64 = 3.54;
const MEMORY: f64 = 0.392;
const PUE: f64 = 1.185;
/// How loaded a core is when nothing is known: Cloud Carbon Footprint's assumption.
const LOADED: f64 = 0.5;
/// Gigabytes a core, of GitHub's standard runners and most larger ones.
/// <https://docs.github.com/en/actions/reference/runners/github-hosted-runners>
const GB_A_CORE: f64 = 4.0;

/// The grid's intensity over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Intensity {
    /// From, to (minutes since 1970), grams of CO2 equivalents a kilowatt hour; in order.
    spans: Vec<(i64, i64, f64)>,
}

/// What a move saves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CarbonSaving {
    /// Grams of CO2 equivalents a month.
    pub grams_a_month: f64,
    /// From an idle machine to a fully loaded one.
    pub grams_interval: (f64, f64),
    /// The share saved in percent, in the middle of the days of the forecast.
    pub percent: f64,
    /// On its worst and its best day.
    pub percent_interval: (f64, f64),
    /// How many days the forecast has both times of.
    pub days: u32,
}

/// Kilowatt hours a minute of a runner with these labels, at half load.
pub(super) fn kwh_a_minute(labels: &str) -> f64 {
    cores(labels) * watts(LOADED) / 60_000.0
}

fn watts(load: f64) -> f64 {
    PUE * (IDLE + load * (FULL - IDLE) + GB_A_CORE * MEMORY)
}

fn cores(labels: &str) -> f64 {
    let Price::List { sku, .. } = Prices::default().of(labels) else { return 4.0 };
    let said = sku.split('_').find_map(|word| word.parse::<f64>().ok());
    match sku {
        "linux_slim" => 1.0,
        "macos" => 3.0,
        "macos_l" => 12.0,
        "macos_xl" => 5.0,
        _ if sku.ends_with("2_core_arm") => 4.0,
        _ => said.unwrap_or(4.0),
    }
}

/// What `kwh` a run at half load saves with so many runs a month, when the mean intensity of each day goes from the
/// first to the second of a pair; none without a day.
pub(super) fn saving(kwh: f64, runs_a_month: f64, days: &[(f64, f64)]) -> Option<CarbonSaving> {
    if days.is_empty() {
        return None;
    }
    let n = days.len() as f64;
    let (before, after) = days.iter().fold((0.0, 0.0), |(b, a), (before, after)| (b + before, a + after));
    let share =
        |(before, after): &(f64, f64)| if *before > 0.0 { 100.0 * (before - after) / before } else { 0.0 };
    let shares = || days.iter().map(share);
    let grams = kwh * runs_a_month * (before - after) / n;
    let at = |load| grams * watts(load) / watts(LOADED);
    Some(CarbonSaving {
        grams_a_month: grams,
        grams_interval: (at(0.0).min(at(1.0)), at(0.0).max(at(1.0))),
        percent: share(&(before, after)),
        percent_interval: (
            shares().fold(f64::INFINITY, f64::min),
            shares().fold(f64::NEG_INFINITY, f64::max),
        ),
        days: days.len() as u32,
    })
}

impl Intensity {
    /// Reads a forecast: a JSON list of `{"from", "to", "intensity"}`, the answer of the UK's Carbon Intensity API
    /// (`{"data": [{"from", "to", "intensity": {"forecast"}}]}`), or CSV with the columns `from,to,intensity`; in grams of
    /// CO2 equivalents a kilowatt hour.
    ///
    /// # Errors
    /// When it is none of them, with the entry or line that is wrong.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim_start_matches('\u{feff}').trim();
        let mut spans = if text.starts_with(['[', '{']) { of_json(text)? } else { of_csv(text)? };
        spans.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.total_cmp(&b.2)));
        spans.dedup_by_key(|span| (span.0, span.1));
        if spans.is_empty() {
            return Err(Error::invalid("the intensity forecast is empty"));
        }
        Ok(Intensity { spans })
    }

    /// How many days it covers.
    pub fn days(&self) -> f64 {
        self.spans.iter().map(|(from, to, _)| (to - from) as f64).sum::<f64>() / 1440.0
    }

    /// The first minute and the one after the last.
    pub(super) fn reach(&self) -> (i64, i64) {
        let ends = self.spans.iter().map(|span| span.1).max().unwrap_or(0);
        (self.spans.first().map_or(0, |span| span.0), ends)
    }

    /// The mean over some minutes, where all of them are known.
    pub(super) fn mean(&self, from: i64, to: i64) -> Option<f64> {
        let first = self.spans.partition_point(|span| span.1 <= from);
        let (mut at, mut sum) = (from, 0.0);
        for (begin, end, grams) in &self.spans[first..] {
            if at >= to || *begin > at {
                break;
            }
            let until = (*end).min(to);
            if until > at {
                sum += grams * (until - at) as f64;
                at = until;
            }
        }
        (at >= to && to > from).then(|| sum / (to - from) as f64)
    }
}

type Spans = Vec<(i64, i64, f64)>;

fn of_json(text: &str) -> Result<Spans> {
    let value: Value = serde_json::from_str(text)
        .map_err(|e| Error::invalid(format!("the intensity forecast is no JSON: {e}")))?;
    // The regional answers of the same API hold a list inside.
    let data = value.get("data").unwrap_or(&value);
    let list = data.as_array().or_else(|| data.get("data")?.as_array()).ok_or_else(form)?;
    let entry = |(i, entry): (usize, &Value)| {
        let text = |key: &str| entry.get(key).and_then(Value::as_str);
        let grams = entry.get("intensity").and_then(|intensity| {
            intensity
                .as_f64()
                .or_else(|| intensity.get("forecast")?.as_f64())
                .or_else(|| intensity.get("actual")?.as_f64())
        });
        let read = text("from").zip(text("to")).zip(grams);
        read.and_then(|((from, to), grams)| span(from, to, grams))
            .ok_or_else(|| form().hint(format!("entry {} is {entry}", i + 1)))
    };
    list.iter().enumerate().map(entry).collect()
}

fn of_csv(text: &str) -> Result<Spans> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let wrong = |e: &csv::Error| Error::invalid(format!("the intensity forecast can't be read: {e}"));
    let headers = reader.headers().map_err(|e| wrong(&e))?.clone();
    let column = |name: &str| headers.iter().position(|header| header.eq_ignore_ascii_case(name));
    let (Some(from), Some(to), Some(grams)) = (column("from"), column("to"), column("intensity")) else {
        return Err(form());
    };
    let mut spans = Vec::new();
    for (i, row) in reader.records().enumerate() {
        let row = row.map_err(|e| wrong(&e))?;
        let grams = row.get(grams).and_then(|grams| grams.parse().ok());
        let read = row.get(from).zip(row.get(to)).zip(grams);
        let read = read.and_then(|((from, to), grams)| span(from, to, grams));
        spans.push(read.ok_or_else(|| form().hint(format!("line {} can't be read", i + 2)))?);
    }
    Ok(spans)
}

fn span(from: &str, to: &str, grams: f64) -> Option<(i64, i64, f64)> {
    let minute = |text: &str| text.parse::<Timestamp>().ok().map(|at| at.as_second().div_euclid(60));
    let (from, to) = (minute(from)?, minute(to)?);
    (from < to && grams.is_finite() && grams >= 0.0).then_some((from, to, grams))
}

fn form() -> Error {
    Error::invalid("the intensity forecast has another form").hint(
        "it is a JSON list of `{\"from\", \"to\", \"intensity\"}` with times like `2026-01-31T12:00Z`, what the UK's Carbon \
         Intensity API gives, or CSV with the columns `from,to,intensity`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_forms_of_a_forecast_are_read() {
        let list = r#"[{"from":"2026-01-05T00:00:00Z","to":"2026-01-05T01:00:00Z","intensity":100}]"#;
        let uk = r#"{"data":[{"from":"2026-01-05T00:00Z","to":"2026-01-05T01:00Z",
            "intensity":{"forecast":100,"actual":90,"index":"low"}}]}"#;
        let csv = "from,to,intensity\n2026-01-05T00:00Z, 2026-01-05T01:00Z, 100\n";
        let read = [list, uk, csv].map(|text| Intensity::parse(text).unwrap());
        assert!(read[0] == read[1] && read[1] == read[2]);
    }

    #[test]
    fn a_forecast_of_another_form_says_what_is_wrong() {
        for text in ["", "[]", "{}", "a,b\n1,2", "from,to,intensity\n1,2,3", "[{\"from\":1}]", "[nonsense"] {
            let error = Intensity::parse(text).unwrap_err();
            assert_eq!(error.kind, crate::error::Kind::Invalid, "{text}");
        }
    }

    #[test]
    fn a_mean_needs_every_minute() {
        let text = "from,to,intensity\n2026-01-05T00:00Z,2026-01-05T01:00Z,100\n2026-01-05T01:00Z,2026-01-05T02:00Z,200\n";
        let intensity = Intensity::parse(text).unwrap();
        let (from, to) = intensity.reach();
        assert_eq!(intensity.mean(from, to), Some(150.0));
        assert_eq!(intensity.mean(from + 45, from + 75), Some(150.0));
        assert_eq!(intensity.mean(from + 90, to + 1), None);
        assert_eq!(intensity.mean(from - 1, to), None);
    }

    #[test]
    fn a_standard_runner_takes_about_eighteen_watts() {
        let watts = kwh_a_minute("ubuntu-latest") * 60_000.0;
        assert!((watts - 4.0 * 1.185 * (2.14 + 4.0 * 0.392)).abs() < 1e-9, "{watts}");
        assert!(kwh_a_minute("ubuntu-slim") * 4.0 - kwh_a_minute("ubuntu-24.04") < 1e-12);
    }
}
