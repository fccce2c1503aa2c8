//! The bucketing of GrowthBook's SDKs, to reproduce an assignment that was made with one of them.

/// A number in [0, 1) from a seed and a value; nothing for an unknown version (1 and 2 exist).
pub fn bucket(seed: &str, value: &str, version: u32) -> Option<f64> {
    match version {
        1 => Some(f64::from(fnv1a(&format!("{value}{seed}")) % 1000) / 1000.0),
        2 => Some(f64::from(fnv1a(&fnv1a(&format!("{seed}{value}")).to_string()) % 10_000) / 10_000.0),
        _ => None,
    }
}

/// The 32-bit hash FNV-1a.
fn fnv1a(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
