//! A forecaster as bytes, to be kept between two commands.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::features::{History, Record};

use super::forecaster::{Forecaster, Learned};

/// Version of the format; a state of another version is refused, and learned anew from the history.
const VERSION: u8 = 2;

/// Bytes of the checksum that follows the version.
const SUM: usize = 8;

/// Tells whether bytes are those that were written: FNV-1a over words of eight bytes.
fn checksum(bytes: &[u8]) -> [u8; SUM] {
    let word = |chunk: &[u8]| {
        let mut word = [0; SUM];
        word[..chunk.len()].copy_from_slice(chunk);
        u64::from_le_bytes(word)
    };
    let mix =
        |hash: u64, chunk: &[u8]| (hash ^ word(chunk)).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29);
    bytes.chunks(SUM).fold(0xcbf2_9ce4_8422_2325 ^ bytes.len() as u64, mix).to_le_bytes()
}

#[derive(Serialize)]
struct Writing<'a> {
    learned: &'a Learned,
    records: &'a [Record],
}

#[derive(Deserialize)]
struct Reading {
    learned: Learned,
    records: Vec<Record>,
}

impl Forecaster {
    /// Everything learned, compactly: [`Forecaster::from_bytes`] goes on from there as if nothing had happened.
    ///
    /// # Errors
    /// Never for a forecaster in memory; the serialiser's signature allows for it.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let writing = Writing { learned: &self.learned, records: self.history.records() };
        let start = [&[VERSION][..], &[0; SUM]].concat();
        let mut bytes = postcard::to_extend(&writing, start)
            .map_err(|error| Error::bug(format!("cannot write the state of the forecaster: {error}")))?;
        let sum = checksum(&bytes[1 + SUM..]);
        bytes[1..=SUM].copy_from_slice(&sum);
        Ok(bytes)
    }

    /// The forecaster that [`Forecaster::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the bytes are damaged or of another version: learn the history anew then.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let invalid = |why: String| {
            Error::invalid(format!("cannot read the state of the forecaster: {why}"))
                .hint("it is only a cache: learn the history anew")
        };
        match bytes.split_first() {
            Some((&VERSION, rest)) => {
                let (sum, state) =
                    rest.split_at_checked(SUM).ok_or_else(|| invalid("it is too short".to_owned()))?;
                if sum != checksum(state) {
                    return Err(invalid("it is damaged".to_owned()));
                }
                let reading: Reading =
                    postcard::from_bytes(state).map_err(|error| invalid(error.to_string()))?;
                Ok(Forecaster { history: History::from_records(reading.records), learned: reading.learned })
            }
            Some((version, _)) => Err(invalid(format!("it has version {version}, not {VERSION}"))),
            None => Err(invalid("it is empty".to_owned())),
        }
    }
}
