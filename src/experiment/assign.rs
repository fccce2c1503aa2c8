//! Which run gets which arm: stateless, salted, and the same in Rust, in a shell and in an expression.
//!
//! Every run has a **rank** from 0 to 99, and the treatment takes the runs whose rank is below the share in percent.
//! So each share is met exactly in every hundred, and a larger share keeps every run that a smaller one treated.
//!
//! # Blocks (mode A): a small first job computes the rank from the run number
//!
//! ```text
//! block    = run_number / 4              position = run_number % 4
//! order    = ORDERS[H("SALT:block:BLOCK") % 24][position]     which of the four is treated first, second, ...
//! century  = block / 25                  place    = block % 25
//! h        = H("SALT:century:CENTURY")   level    = ((UNITS[h % 20]) * place + h / 20) % 25
//! rank     = 25 * order + level
//! ```
//!
//! `H(text)` is the number of the first seven hexadecimal digits of the SHA-256 of `text` (28 bits, which any shell
//! can hold), `/` and `%` are those of integers. At 50 % the ranks below 50 are the first two of each order: one of
//! the six arrangements of two and two, a permuted block of four. Up to 25 % it is at most one run of each block, in
//! exactly `share` of every 25 blocks (a permutation of the 25, affine, by the salt).
//!
//! # Endings (mode B): expressions only, from the last two digits of the run id
//!
//! The hundred endings `00` to `99`, sorted by the SHA-256 of `SALT:ending:NN`, have the ranks 0 to 99.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// One of the two variants of an experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arm {
    /// The workflow as it is.
    Control,
    /// The workflow with the change.
    Treatment,
}

impl Arm {
    /// The other arm.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Arm::Control => Arm::Treatment,
            Arm::Treatment => Arm::Control,
        }
    }

    /// 0 for the control, 1 for the treatment.
    pub fn index(self) -> usize {
        match self {
            Arm::Control => 0,
            Arm::Treatment => 1,
        }
    }
}

/// How runs are assigned to arms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Assignment {
    /// Permuted blocks of four by the run number (mode A).
    #[default]
    Blocks,
    /// A salted table of the last two digits of the run id (mode B).
    Endings,
}

/// The share of runs that get the treatment, in percent: 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Share(u8);

impl Share {
    /// The steps of a rollout, in percent.
    pub const STEPS: [u8; 7] = [0, 1, 5, 10, 25, 50, 100];
    /// Half of the runs: the share that an experiment measures best with.
    pub const HALF: Share = Share(50);

    /// A share of `percent`; nothing above 100.
    pub fn new(percent: u8) -> Option<Self> {
        (percent <= 100).then_some(Share(percent))
    }

    /// What the text of a repository variable means: a whole number up to 100 in digits; anything else (missing, empty,
    /// malformed) is 0, so that the control runs when in doubt.
    pub fn from_variable(text: Option<&str>) -> Self {
        let digits = text.filter(|t| t.bytes().all(|b| b.is_ascii_digit()));
        digits.and_then(|t| t.parse().ok()).and_then(Share::new).unwrap_or(Share(0))
    }

    /// In percent.
    pub fn percent(self) -> u8 {
        self.0
    }

    /// Whether a run of this rank is treated.
    fn treats(self, rank: u8) -> Arm {
        if rank < self.0 { Arm::Treatment } else { Arm::Control }
    }
}

/// Runs in a permuted block.
pub const BLOCK: u64 = 4;
/// Blocks in which every share is met exactly: 25 of 4 runs.
pub const CENTURY: u64 = 25;

/// The 24 orders of four positions: digit p of an order says as which of the four position p is treated.
pub const ORDERS: [[u8; 4]; 24] = [
    [0, 1, 2, 3],
    [0, 1, 3, 2],
    [0, 2, 1, 3],
    [0, 2, 3, 1],
    [0, 3, 1, 2],
    [0, 3, 2, 1],
    [1, 0, 2, 3],
    [1, 0, 3, 2],
    [1, 2, 0, 3],
    [1, 2, 3, 0],
    [1, 3, 0, 2],
    [1, 3, 2, 0],
    [2, 0, 1, 3],
    [2, 0, 3, 1],
    [2, 1, 0, 3],
    [2, 1, 3, 0],
    [2, 3, 0, 1],
    [2, 3, 1, 0],
    [3, 0, 1, 2],
    [3, 0, 2, 1],
    [3, 1, 0, 2],
    [3, 1, 2, 0],
    [3, 2, 0, 1],
    [3, 2, 1, 0],
];

/// The numbers below 25 that have no factor in common with it: the multipliers that permute 25 places.
pub const UNITS: [u8; 20] = [1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 16, 17, 18, 19, 21, 22, 23, 24];

/// The first seven hexadecimal digits of the SHA-256 of `text`, as a number: `sha256sum | cut -c1-7`.
pub fn hash(text: &str) -> u32 {
    let digest = Sha256::digest(text.as_bytes());
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) >> 4
}

/// The rank of a run by its number, 0 to 99: it is treated when the share in percent exceeds it.
pub fn rank_of_run(salt: &str, run_number: u64) -> u8 {
    let block = run_number / BLOCK;
    let order = ORDERS[hash(&format!("{salt}:block:{block}")) as usize % ORDERS.len()];
    let h = hash(&format!("{salt}:century:{}", block / CENTURY)) as usize;
    let level = (usize::from(UNITS[h % UNITS.len()]) * (block % CENTURY) as usize + h / UNITS.len()) % 25;
    25 * order[(run_number % BLOCK) as usize] + level as u8
}

/// The arm of a run in mode A.
pub fn by_run_number(salt: &str, run_number: u64, share: Share) -> Arm {
    share.treats(rank_of_run(salt, run_number))
}

/// The hundred endings of a run id, two digits each, in the order in which a rising share takes them in.
pub fn endings(salt: &str) -> [u8; 100] {
    let mut endings: [u8; 100] = std::array::from_fn(|i| i as u8);
    endings.sort_by_cached_key(|ending| Sha256::digest(format!("{salt}:ending:{ending:02}")));
    endings
}

/// The endings that each step of a rollout adds to the step before: `(5, [4 endings])` for 1 % to 5 %.
///
/// An expression treats a run when its id has an ending of some step that is at most the share.
pub fn endings_by_step(salt: &str) -> Vec<(Share, Vec<String>)> {
    let order = endings(salt);
    let steps = Share::STEPS.windows(2);
    steps
        .map(|step| {
            let added = &order[usize::from(step[0])..usize::from(step[1])];
            (Share(step[1]), added.iter().map(|e| format!("{e:02}")).collect())
        })
        .collect()
}

/// The arm of a run in mode B.
pub fn by_run_id(salt: &str, run_id: u64, share: Share) -> Arm {
    let ending = (run_id % 100) as u8;
    let rank = endings(salt).iter().position(|&e| e == ending).unwrap_or(99);
    share.treats(rank as u8)
}

/// The group of runs within which the assignment is a random permutation: what the verdict conditions on.
///
/// With blocks it is the block at its share (a share that changes inside a block splits it); with endings all runs of
/// one share.
pub fn stratum(assignment: Assignment, run_number: u64, share: Share) -> u64 {
    let block = match assignment {
        Assignment::Blocks => run_number / BLOCK,
        Assignment::Endings => 0,
    };
    block.wrapping_mul(128).wrapping_add(u64::from(share.0))
}
