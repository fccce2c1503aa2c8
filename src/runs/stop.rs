//! Ending what runs for long.

use tokio::sync::watch;

/// Ends a fetch or a receiver from elsewhere, in good order, as Ctrl-C does. Clones end the same one.
#[derive(Debug, Clone, Default)]
pub struct Stop(watch::Sender<bool>);

impl Stop {
    /// Ends it, or keeps it from beginning.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Returns when it was stopped.
    pub(super) async fn stopped(&self) {
        // It can't fail, because the sender is held here.
        let _ = self.0.subscribe().wait_for(|stopped| *stopped).await;
    }
}
