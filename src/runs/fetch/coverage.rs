//! Which stretches of time are known without a gap.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A stretch of time in which every run that came to be is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// It begins after this time; none where it reaches back to the first run the server has.
    pub after: Option<Timestamp>,
    /// It ends with this time.
    pub until: Timestamp,
}

/// Stretches of time, apart from each other, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Coverage(Vec<Span>);

impl Coverage {
    /// Adds a stretch; those that it touches become one. One that ends before it begins is nothing.
    pub fn add(&mut self, mut span: Span) {
        if span.after.is_some_and(|after| after >= span.until) {
            return;
        }
        self.0.retain(|old| {
            let apart = old.after.is_some_and(|after| after > span.until)
                || span.after.is_some_and(|after| after > old.until);
            if !apart {
                // `None` is smaller than any time, so `min` is right for the beginning.
                span.after = span.after.min(old.after);
                span.until = span.until.max(old.until);
            }
            apart
        });
        let place = self.0.partition_point(|old| old.until < span.until);
        self.0.insert(place, span);
    }

    /// The stretch that holds this time.
    pub fn around(&self, time: Timestamp) -> Option<Span> {
        self.0.iter().copied().find(|span| span.after.is_none_or(|after| after < time) && time <= span.until)
    }

    /// The stretches, oldest first.
    pub fn spans(&self) -> &[Span] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn stretches_that_touch_become_one() {
        let mut coverage = Coverage::default();
        coverage.add(Span { after: Some(at(10)), until: at(20) });
        coverage.add(Span { after: Some(at(40)), until: at(50) });
        assert_eq!(coverage.spans().len(), 2);
        assert_eq!(coverage.around(at(10)), None);
        coverage.add(Span { after: Some(at(20)), until: at(40) });
        assert_eq!(coverage.spans(), [Span { after: Some(at(10)), until: at(50) }]);
        coverage.add(Span { after: None, until: at(12) });
        assert_eq!(coverage.around(at(-5)), Some(Span { after: None, until: at(50) }));
    }

    proptest! {
        #[test]
        fn a_time_is_covered_when_one_of_the_added_stretches_holds_it(
            spans in prop::collection::vec((0i64..60, 0i64..60), 0..12)
        ) {
            let mut coverage = Coverage::default();
            for (after, until) in &spans {
                coverage.add(Span { after: Some(at(*after)), until: at(*until) });
            }
            for time in 0..60 {
                let held = spans.iter().any(|(after, until)| *after < time && time <= *until);
                prop_assert_eq!(coverage.around(at(time)).is_some(), held);
            }
            for pair in coverage.spans().windows(2) {
                prop_assert!(Some(pair[0].until) < pair[1].after);
            }
        }
    }
}
