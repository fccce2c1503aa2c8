//! Who started a run, kept as a keyed hash: the same person is the same 16 hex digits within this file, and nobody without
//! the file can tell which name they are.

use hmac::{Hmac, KeyInit, Mac};
use rusqlite::{Connection, OptionalExtension};
use sha2::Sha256;

pub(super) struct Actors {
    key: Vec<u8>,
    names: bool,
}

impl Actors {
    /// Makes the key of a new history.
    pub(super) fn make_key(connection: &Connection) -> rusqlite::Result<()> {
        let key: [u8; 32] = rand::random();
        connection.execute("INSERT INTO settings (name, value) VALUES ('actor-key', ?1)", [key]).map(drop)
    }

    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let query = "SELECT value FROM settings WHERE name = 'actor-key'";
        let key = connection.query_row(query, [], |row| row.get(0)).optional()?;
        Ok(Actors { key: key.unwrap_or_default(), names: false })
    }

    pub(super) fn keep_names(&mut self) {
        self.names = true;
    }

    /// What is stored for a name.
    pub(super) fn stored(&self, name: &str) -> String {
        match self.names {
            true => name.to_owned(),
            false => self.digest(name).iter().take(8).map(|byte| format!("{byte:02x}")).collect(),
        }
    }

    /// HMAC-SHA256 of a text under the key of this history.
    pub(super) fn digest(&self, text: &str) -> Vec<u8> {
        // HMAC takes a key of any length, so the error has no case.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else { return Vec::new() };
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }
}
