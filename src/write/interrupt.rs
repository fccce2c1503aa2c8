//! `Ctrl-C` during a transaction waits until every byte is back; at any other time it ends the process as usual.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::error::{Diagnostic, Error, Kind, Result};

struct Signals {
    arrived: Arc<AtomicBool>,
    end_at_once: Arc<AtomicBool>,
    /// How many transactions are under way in this process.
    held: Mutex<usize>,
}

impl Signals {
    fn count(&self, change: impl FnOnce(usize) -> usize) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if *held == 0 {
            self.arrived.store(false, Ordering::SeqCst);
        }
        *held = change(*held);
        self.end_at_once.store(*held == 0, Ordering::SeqCst);
    }
}

fn signals() -> &'static Signals {
    static SIGNALS: OnceLock<Signals> = OnceLock::new();
    SIGNALS.get_or_init(|| {
        let signals = Signals {
            arrived: Arc::default(),
            end_at_once: Arc::new(AtomicBool::new(true)),
            held: Mutex::new(0),
        };
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
        signals().count(|held| held + 1);
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
        signals().count(|held| held - 1);
    }
}
