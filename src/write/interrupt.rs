//! `Ctrl-C` during a transaction waits until every byte is back; at any other time it ends the process as usual.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::error::{Diagnostic, Error, Kind, Result};

struct Signals {
    arrived: Arc<AtomicBool>,
    end_at_once: Arc<AtomicBool>,
}

fn signals() -> &'static Signals {
    static SIGNALS: OnceLock<Signals> = OnceLock::new();
    SIGNALS.get_or_init(|| {
        let signals = Signals { arrived: Arc::default(), end_at_once: Arc::new(AtomicBool::new(true)) };
        for signal in [SIGINT, SIGTERM] {
            // When a handler can't be set the signal ends the process, and the next run recovers.
            let _ = flag::register_conditional_default(signal, Arc::clone(&signals.end_at_once));
            let _ = flag::register(signal, Arc::clone(&signals.arrived));
        }
        signals
    })
}

/// While this lives, signals are noted instead of ending the process.
pub(super) struct Held(());

impl Held {
    /// Starts holding signals back.
    pub(super) fn new() -> Self {
        signals().arrived.store(false, Ordering::SeqCst);
        signals().end_at_once.store(false, Ordering::SeqCst);
        Held(())
    }

    /// Fails when a signal has arrived.
    ///
    /// # Errors
    /// Of kind `Interrupted`.
    pub(super) fn check(&self) -> Result<()> {
        if signals().arrived.load(Ordering::SeqCst) {
            return Err(Error::new(Kind::Interrupted, Diagnostic::new("interrupted: nothing was written")));
        }
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        signals().end_at_once.store(true, Ordering::SeqCst);
    }
}
