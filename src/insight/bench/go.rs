//! The text of `go test -bench`, with repetitions by `-count`.

use indexmap::IndexMap;

use super::{Measurement, better, repeated};

/// The results in the text; nothing when it has none and does not look like the tool's.
pub(super) fn lines(text: &str) -> Option<Vec<Measurement>> {
    let mut package = String::new();
    let mut values: IndexMap<(String, String), Vec<f64>> = IndexMap::new();
    let mut known = false;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("pkg: ") {
            package = name.trim().to_owned();
            known = true;
        } else if line.starts_with("Benchmark") {
            for (name, unit, value) in result(line) {
                let name = if package.is_empty() { name } else { format!("{package} {name}") };
                values.entry((name, unit)).or_default().push(value);
            }
        }
    }
    if values.is_empty() && !known && !text.lines().any(|line| line.starts_with("ok  ") || line == "PASS") {
        return None;
    }
    let measurement = |((name, unit), values): ((String, String), Vec<f64>)| {
        let (value, spread) = repeated(&values)?;
        let better = better(&unit);
        Some(Measurement { name, commit: None, time: None, value, unit, spread, better })
    };
    values.into_iter().map(measurement).collect()
}

/// Each metric of a line: `BenchmarkName-8  100  123 ns/op  16 B/op`.
fn result(line: &str) -> Vec<(String, String, f64)> {
    let mut words = line.split_whitespace();
    let (Some(name), Some(Ok(_))) = (words.next(), words.next().map(str::parse::<u64>)) else {
        return Vec::new();
    };
    // The number of processors is no part of the name.
    let name = match name.rsplit_once('-') {
        Some((name, processors)) if processors.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => name,
    };
    let words: Vec<&str> = words.collect();
    let metric = |pair: &[&str]| Some((name.to_owned(), (*pair.get(1)?).to_owned(), pair[0].parse().ok()?));
    words.chunks(2).filter_map(metric).collect()
}
