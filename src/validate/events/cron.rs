//! The schedule syntax that GitHub reads: five POSIX fields, lists, ranges, steps, names.

/// A field's bounds and the names of its values, the first of which is the lower bound.
struct Field {
    name: &'static str,
    from: u8,
    to: u8,
    names: &'static [&'static str],
}

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const FIELDS: [Field; 5] = [
    Field { name: "minute", from: 0, to: 59, names: &[] },
    Field { name: "hour", from: 0, to: 23, names: &[] },
    Field { name: "day of the month", from: 1, to: 31, names: &[] },
    Field { name: "month", from: 1, to: 12, names: MONTHS },
    Field { name: "day of the week", from: 0, to: 6, names: DAYS },
];

/// GitHub runs nothing more often than this, in minutes.
const SHORTEST: u8 = 5;

/// Says what is wrong with a schedule.
pub(super) fn check(text: &str) -> Result<(), String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.len() != FIELDS.len() {
        return Err(format!("it has {} fields instead of {}", words.len(), FIELDS.len()));
    }
    let mut values = Vec::with_capacity(FIELDS.len());
    for (field, word) in FIELDS.iter().zip(&words) {
        values.push(field.values(word)?);
    }
    let [minutes, hours, days, months, _] = values.as_slice() else {
        return Ok(());
    };
    if let Some(gap) = shortest_gap(minutes, hours) {
        return Err(format!("it runs {gap} minutes apart, the shortest interval is {SHORTEST}"));
    }
    // With both days given, either of them is enough.
    let by_date_alone = matches!(words[4], "*" | "?");
    let happens = months.iter().any(|month| days.iter().any(|day| *day <= longest(*month)));
    if by_date_alone && !happens {
        return Err("that day does not exist".to_owned());
    }
    Ok(())
}

/// The days of a month in a leap year.
fn longest(month: u8) -> u8 {
    match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The distance of two runs when it is too short.
fn shortest_gap(minutes: &[u8], hours: &[u8]) -> Option<u8> {
    let inside = minutes.windows(2).map(|pair| pair[1] - pair[0]).min();
    let consecutive = hours.windows(2).any(|pair| pair[1] == pair[0] + 1);
    let across = minutes.first().zip(minutes.last()).map(|(first, last)| 60 + first - last);
    let across = across.filter(|_| consecutive);
    inside.into_iter().chain(across).min().filter(|gap| *gap < SHORTEST)
}

impl Field {
    /// The values that a field selects, sorted.
    fn values(&self, text: &str) -> Result<Vec<u8>, String> {
        let mut selected = [false; 60];
        for part in text.split(',') {
            let (from, to, step) = self.range(part)?;
            for value in (from..=to).step_by(usize::from(step)) {
                selected[usize::from(value)] = true;
            }
        }
        Ok((0..60).filter(|value| selected[usize::from(*value)]).collect())
    }

    fn range(&self, part: &str) -> Result<(u8, u8, u8), String> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(self.number(step)?)),
            None => (part, None),
        };
        if step == Some(0) {
            return Err(format!("a step of 0 in the {}", self.name));
        }
        let (from, to) = match range.split_once('-') {
            _ if matches!(range, "*" | "?") => (self.from, self.to),
            Some((from, to)) => (self.value(from)?, self.value(to)?),
            // `5/15` runs from 5 to the end.
            None => (self.value(range)?, if step.is_some() { self.to } else { self.value(range)? }),
        };
        if from > to {
            return Err(format!("the {} range `{range}` runs backwards", self.name));
        }
        Ok((from, to, step.unwrap_or(1)))
    }

    fn value(&self, text: &str) -> Result<u8, String> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let value = match named {
            Some(index) => index as u8 + self.from,
            None => self.number(text)?,
        };
        if !(self.from..=self.to).contains(&value) {
            return Err(format!("the {} {value} is not between {} and {}", self.name, self.from, self.to));
        }
        Ok(value)
    }

    fn number(&self, text: &str) -> Result<u8, String> {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse().ok()).flatten().ok_or_else(|| format!("`{text}` is no {}", self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn what_github_runs_is_accepted() {
        for good in [
            "0 6 * * 1",
            "*/5 * * * *",
            "30 5,17 * * *",
            "0 0 1-7 jan,Jul SUN-fri",
            "5/15 0 ? * *",
            "0 0 29 2 *",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn what_github_does_not_run_is_refused() {
        for bad in [
            "",
            "0 6 * *",
            "0 6 * * 1 2020",
            "@daily",
            "60 * * * *",
            "0 24 * * *",
            "0 0 0 * *",
            "0 0 * 13 *",
            "0 0 * * 7",
            "0 0 * * mo",
            "*/0 * * * *",
            "5-1 * * * *",
            "*/4 * * * *",
            "0,58 * * * *",
            "* * * * *",
            "0 0 31 2 *",
            "-1 0 * * *",
            "0 0 300 * *",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
