//! A circuit breaker: a host that keeps failing is left alone for a while.

use std::time::Duration;

use tokio::time::Instant;

/// Counts failures in a row. Closed until `threshold` of them; then open for `rest`, after which one request may try.
#[derive(Debug)]
pub(super) struct Breaker {
    threshold: u32,
    rest: Duration,
    failures: u32,
    open_until: Option<Instant>,
}

impl Breaker {
    pub(super) fn new(threshold: u32, rest: Duration) -> Self {
        Breaker { threshold: threshold.max(1), rest, failures: 0, open_until: None }
    }

    /// Whether a request may be sent now. After the rest the first one that asks may, and the others wait for its fate.
    pub(super) fn allows(&mut self, now: Instant) -> bool {
        match self.open_until {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                self.open_until = Some(now + self.rest);
                true
            }
        }
    }

    /// The host has answered.
    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
        self.open_until = None;
    }

    /// The host has not, or not as it should.
    pub(super) fn failed(&mut self, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= self.threshold {
            self.open_until = Some(now + self.rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_and_lets_one_try_after_its_rest() {
        let (start, rest) = (Instant::now(), Duration::from_secs(60));
        let mut breaker = Breaker::new(3, rest);
        breaker.failed(start);
        breaker.failed(start);
        breaker.succeeded();
        breaker.failed(start);
        breaker.failed(start);
        assert!(breaker.allows(start), "a success starts the count again");
        breaker.failed(start);
        assert!(!breaker.allows(start));
        assert!(breaker.allows(start + rest));
        assert!(!breaker.allows(start + rest), "the others wait for the first");
        breaker.succeeded();
        assert!(breaker.allows(start + rest));
    }
}
