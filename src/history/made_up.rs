//! Whether a history is a made-up one.

use super::History;
use crate::error::Result;

impl History {
    /// Whether everything in it is made up: then reports are about that.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn is_simulated(&self) -> Result<bool> {
        let query =
            "SELECT EXISTS (SELECT 1 FROM runs) AND NOT EXISTS (SELECT 1 FROM runs WHERE NOT simulated)";
        self.read(|connection| connection.query_row(query, [], |row| row.get(0)))
    }
}
