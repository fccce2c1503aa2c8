//! Whether a delivery is from someone who knows the secret.
//!
//! <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::runs::Secret;

/// Whether `header`, the value of `X-Hub-Signature-256`, is this body's HMAC-SHA256. Takes as long for a wrong one
/// as for a right one.
pub(super) fn is_valid(secret: &Secret, header: &[u8], body: &[u8]) -> bool {
    let Some(signature) = header.strip_prefix(b"sha256=").and_then(hex) else { return false };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else { return false };
    mac.update(body);
    mac.verify_slice(&signature).is_ok()
}

/// 32 bytes out of 64 hexadecimal digits.
fn hex(text: &[u8]) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_chunks::<2>().0) {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of GitHub's documentation.
    const SIGNATURE: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    #[test]
    fn the_signature_of_githubs_documentation_is_valid_and_nothing_near_it_is() {
        let secret = Secret::new("It's a Secret to Everybody");
        let check = |header: &str, body: &[u8]| is_valid(&secret, header.as_bytes(), body);
        assert!(check(SIGNATURE, b"Hello, World!"));
        assert!(check(&SIGNATURE.to_uppercase().replace("SHA", "sha"), b"Hello, World!"));
        assert!(!check(SIGNATURE, b"Hello, World?"));
        assert!(!check(&SIGNATURE[7..], b"Hello, World!"));
        assert!(!check(&SIGNATURE[..SIGNATURE.len() - 2], b"Hello, World!"));
        assert!(!check(&SIGNATURE.replace('7', "g"), b"Hello, World!"));
        assert!(!check("sha256=", b"Hello, World!"));
        assert!(!is_valid(&Secret::new("another"), SIGNATURE.as_bytes(), b"Hello, World!"));
    }
}
