//! What the receiver counts, for Prometheus.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// What [`Metrics::text`] is to those who ask for it by this name.
pub(super) const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// What it is to everybody else: the older format takes the same lines.
pub(super) const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The upper bounds of the latency's buckets in seconds; GitHub gives a delivery ten.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 10.0];

/// What a delivery tells of. A name that anybody can send is never a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
#[allow(non_camel_case_types, reason = "the names are the labels")]
pub(super) enum Event {
    workflow_run,
    workflow_job,
    ping,
    other,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
#[allow(non_camel_case_types, reason = "the names are the labels")]
pub(super) enum Outcome {
    /// Stored.
    recorded,
    /// A replay.
    known,
    /// Of no interest.
    ignored,
    /// Not signed, or not by who knows the secret.
    refused,
    /// Signed, but not to be understood.
    invalid,
    /// Larger than allowed, or slower.
    aborted,
    /// Not stored, because the store failed.
    failed,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Delivery {
    event: Event,
    outcome: Outcome,
}

/// What is counted.
pub(super) struct Metrics {
    registry: Registry,
    deliveries: Family<Delivery, Counter>,
    runs: Counter,
    store_errors: Counter,
    last: Gauge<f64, AtomicU64>,
    latency: Histogram,
    store_fails: AtomicBool,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let metrics = Metrics {
            registry: Registry::with_prefix("wfgen"),
            deliveries: Family::default(),
            runs: Counter::default(),
            store_errors: Counter::default(),
            last: Gauge::default(),
            latency: Histogram::new(BUCKETS),
            store_fails: AtomicBool::new(false),
        };
        metrics.registered()
    }

    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register("deliveries", "Webhook deliveries", self.deliveries.clone());
        registry.register("runs_recorded", "Runs stored from deliveries", self.runs.clone());
        registry.register("store_errors", "Deliveries that could not be stored", self.store_errors.clone());
        registry.register(
            "last_delivery_timestamp_seconds",
            "When the last signed delivery came",
            self.last.clone(),
        );
        registry.register("http_request_duration_seconds", "Time to answer a delivery", self.latency.clone());
        self
    }

    /// Counts a delivery and the time it took to answer it.
    pub(super) fn delivered(&self, event: Event, outcome: Outcome, took: Duration, now: Timestamp) {
        self.deliveries.get_or_create(&Delivery { event, outcome }).inc();
        self.latency.observe(took.as_secs_f64());
        match outcome {
            Outcome::recorded => {
                self.runs.inc();
            }
            Outcome::failed => {
                self.store_errors.inc();
            }
            _ => {}
        }
        if !matches!(outcome, Outcome::refused | Outcome::aborted) {
            self.last.set(now.as_duration().as_secs_f64());
        }
        if matches!(outcome, Outcome::recorded | Outcome::known | Outcome::failed) {
            self.store_fails.store(outcome == Outcome::failed, Ordering::Relaxed);
        }
    }

    /// Whether the last attempt to store something failed.
    pub(super) fn store_fails(&self) -> bool {
        self.store_fails.load(Ordering::Relaxed)
    }

    /// Everything, as Prometheus reads it.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string doesn't fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
