//! A forecaster as bytes, to be kept between two commands.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::features::{History, Record};

use super::forecaster::{Forecaster, Learned};

/// Version of the format; a state of another version is refused, and learned anew from the history.
const VERSION: u8 = 1;

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
        postcard::to_extend(&writing, vec![VERSION])
            .map_err(|error| Error::bug(format!("cannot write the state of the forecaster: {error}")))
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
                let reading: Reading =
                    postcard::from_bytes(rest).map_err(|error| invalid(error.to_string()))?;
                Ok(Forecaster { history: History::from_records(reading.records), learned: reading.learned })
            }
            Some((version, _)) => Err(invalid(format!("it has version {version}, not {VERSION}"))),
            None => Err(invalid("it is empty".to_owned())),
        }
    }
}
