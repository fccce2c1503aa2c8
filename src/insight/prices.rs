//! What a minute of a runner costs.

use serde::Serialize;

use crate::{Error, Result};

/// Where the prices are from.
pub const SOURCE: &str = "https://docs.github.com/en/billing/reference/actions-runner-pricing";
/// Since when they hold.
pub const AS_OF: &str = "2026-01-01";

/// US dollars a minute by GitHub's billing SKU.
const USD_A_MINUTE: &[(&str, f64)] = &[
    ("linux_slim", 0.002),
    ("linux", 0.006),
    ("windows", 0.010),
    ("macos", 0.062),
    ("linux_2_core_advanced", 0.006),
    ("linux_4_core", 0.012),
    ("linux_8_core", 0.022),
    ("linux_16_core", 0.042),
    ("linux_32_core", 0.082),
    ("linux_64_core", 0.162),
    ("linux_96_core", 0.252),
    ("windows_4_core", 0.022),
    ("windows_8_core", 0.042),
    ("windows_16_core", 0.082),
    ("windows_32_core", 0.162),
    ("windows_64_core", 0.322),
    ("windows_96_core", 0.552),
    ("macos_l", 0.077),
    ("linux_2_core_arm", 0.005),
    ("linux_4_core_arm", 0.008),
    ("linux_8_core_arm", 0.014),
    ("linux_16_core_arm", 0.026),
    ("linux_32_core_arm", 0.050),
    ("linux_64_core_arm", 0.098),
    ("windows_2_core_arm", 0.008),
    ("windows_4_core_arm", 0.014),
    ("windows_8_core_arm", 0.026),
    ("windows_16_core_arm", 0.050),
    ("windows_32_core_arm", 0.098),
    ("windows_64_core_arm", 0.194),
    ("macos_xl", 0.102),
    ("linux_4_core_gpu", 0.052),
    ("windows_4_core_gpu", 0.102),
];

/// What is known of the price of a job's runner.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Price {
    /// GitHub's list price.
    List {
        /// GitHub's name of what is billed.
        sku: &'static str,
        /// US dollars a minute.
        usd_a_minute: f64,
    },
    /// The price that the user gave.
    Given {
        /// US dollars a minute.
        usd_a_minute: f64,
    },
    /// A runner of one's own: GitHub bills nothing for it; what it costs its owner is not known here.
    SelfHosted,
    /// Its labels say nothing of the price.
    Unknown,
}

impl Price {
    /// US dollars a minute; 0 where it is not known.
    pub fn usd_a_minute(self) -> f64 {
        match self {
            Price::List { usd_a_minute, .. } | Price::Given { usd_a_minute } => usd_a_minute,
            Price::SelfHosted | Price::Unknown => 0.0,
        }
    }
}

/// The list of prices, with what the user knows better.
#[derive(Debug, Clone, Default)]
pub struct Prices {
    given: Vec<(String, f64)>,
}

impl Prices {
    /// GitHub's list with prices in US dollars a minute given as `label=price`, such as `big-runner=0.05`.
    ///
    /// # Errors
    /// When one has another form.
    pub fn with(given: &[String]) -> Result<Self> {
        let parse = |text: &String| {
            let (label, price) = text.split_once('=')?;
            let price: f64 = price.trim().trim_start_matches('$').parse().ok()?;
            let label = label.trim().to_lowercase();
            (price.is_finite() && price >= 0.0 && !label.is_empty()).then_some((label, price))
        };
        let wrong = |text: &String| {
            Error::usage(format!("`{text}` is no price"))
                .hint("write the runner's label and US dollars a minute: `--price big-runner=0.05`")
        };
        let given: Result<Vec<_>> = given.iter().map(|text| parse(text).ok_or_else(|| wrong(text))).collect();
        Ok(Prices { given: given? })
    }

    /// The price of the runner that a job with these labels (joined by commas) gets.
    pub fn of(&self, labels: &str) -> Price {
        let lower = labels.to_lowercase();
        let labels: Vec<&str> = lower.split(',').map(str::trim).filter(|label| !label.is_empty()).collect();
        let given = self.given.iter().find(|(label, _)| labels.contains(&label.as_str()));
        if let Some((_, usd_a_minute)) = given {
            return Price::Given { usd_a_minute: *usd_a_minute };
        }
        if labels.contains(&"self-hosted") {
            return Price::SelfHosted;
        }
        let listed = labels.iter().find_map(|label| {
            let wanted = sku(label)?;
            USD_A_MINUTE.iter().find(|(sku, _)| *sku == wanted)
        });
        listed.map_or(Price::Unknown, |(sku, usd)| Price::List { sku, usd_a_minute: *usd })
    }
}

/// GitHub's SKU of a label: one of a standard runner, or a larger runner's name in the form GitHub suggests, which
/// says its system and its cores (`ubuntu-24.04-8-cores`).
fn sku(label: &str) -> Option<String> {
    let words: Vec<&str> = label.split(['-', '_']).collect();
    let system = match *words.first()? {
        "ubuntu" | "linux" => "linux",
        "windows" => "windows",
        "macos" => "macos",
        _ => return None,
    };
    let has = |word: &str| words.contains(&word);
    let arm = has("arm") || has("arm64");
    let cores = words.iter().enumerate().find_map(|(i, word)| match *word {
        "core" | "cores" => words[i - 1].parse::<u32>().ok(),
        word => word.strip_suffix("cores").or(word.strip_suffix("core")).and_then(|n| n.parse().ok()),
    });
    Some(match (system, cores) {
        ("macos", _) if has("xlarge") => "macos_xl".to_owned(),
        ("macos", _) if has("large") => "macos_l".to_owned(),
        (_, Some(n)) if has("gpu") => format!("{system}_{n}_core_gpu"),
        (_, Some(n)) if arm => format!("{system}_{n}_core_arm"),
        ("linux", Some(2)) => "linux_2_core_advanced".to_owned(),
        (_, Some(n)) => format!("{system}_{n}_core"),
        ("linux", None) if has("slim") => "linux_slim".to_owned(),
        ("linux" | "windows", None) if arm => format!("{system}_2_core_arm"),
        // Anything else behind the version is a name of somebody's own.
        (_, None) if words.len() <= 2 || (words.len() == 3 && matches!(words[2], "intel" | "vs2026")) => {
            system.to_owned()
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_have_the_list_price_of_their_runner() {
        let prices = Prices::default();
        for (label, sku) in [
            ("ubuntu-latest", "linux"),
            ("ubuntu-24.04", "linux"),
            ("ubuntu-slim", "linux_slim"),
            ("ubuntu-24.04-arm", "linux_2_core_arm"),
            ("windows-2025", "windows"),
            ("windows-11-arm", "windows_2_core_arm"),
            ("macos-15", "macos"),
            ("macos-15-intel", "macos"),
            ("macos-latest-large", "macos_l"),
            ("macos-15-xlarge", "macos_xl"),
            ("ubuntu-latest-8-cores", "linux_8_core"),
            ("ubuntu-22.04-16core", "linux_16_core"),
            ("Windows-Latest-4-Cores", "windows_4_core"),
        ] {
            let Price::List { sku: got, .. } = prices.of(label) else { panic!("{label} has no list price") };
            assert_eq!(got, sku, "{label}");
        }
    }

    #[test]
    fn what_is_not_on_the_list_is_said_to_be_so() {
        let prices = Prices::with(&["big=0.05".into()]).unwrap();
        assert_eq!(prices.of("self-hosted,linux,x64"), Price::SelfHosted);
        assert_eq!(prices.of("our-pool"), Price::Unknown);
        assert_eq!(prices.of(""), Price::Unknown);
        assert_eq!(prices.of("core"), Price::Unknown);
        assert_eq!(prices.of("self-hosted,big"), Price::Given { usd_a_minute: 0.05 });
    }

    #[test]
    fn a_price_of_another_form_is_an_error_of_usage() {
        for wrong in ["big", "big=", "=1", "big=-1", "big=NaN"] {
            let error = Prices::with(&[wrong.into()]).unwrap_err();
            assert_eq!(error.kind, crate::error::Kind::Usage, "{wrong}");
        }
    }
}
