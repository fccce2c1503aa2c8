//! Who asks: a token, a GitHub App, or nobody.

use std::io::{self, Read};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::runs::Secret;

/// How often a program that was started is asked whether it has ended.
const POLL: Duration = Duration::from_millis(10);

/// Who asks.
#[derive(Debug, Clone)]
pub enum Auth {
    /// Nobody: public repositories only, at 60 requests an hour on github.com.
    Anonymous,
    /// The owner of a token.
    Token(Secret),
    /// A GitHub App that is installed on the repositories.
    App {
        /// The App's id or client id.
        id: String,
        /// Its RSA private key as PEM, as GitHub gives it (PKCS#1) or converted (PKCS#8).
        key: Secret,
    },
}

/// The token that the `gh` program is signed in with on this host (`github.com`, or that of a GitHub Enterprise); none when
/// there is no such program, it is not signed in, or it doesn't answer within `patience`.
pub fn gh_token(host: &str, patience: Duration) -> Option<Secret> {
    token_of(Command::new("gh").args(["auth", "token", "--hostname", host]), patience).ok().flatten()
}

fn token_of(command: &mut Command, patience: Duration) -> io::Result<Option<Secret>> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut left = patience;
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if left.is_zero() => {
                child.kill()?;
                break child.wait()?;
            }
            None => {
                std::thread::sleep(POLL.min(left));
                left = left.saturating_sub(POLL);
            }
        }
    };
    let mut text = String::new();
    if let Some(stdout) = child.stdout.take().filter(|_| status.success()) {
        stdout.take(4096).read_to_string(&mut text)?;
    }
    let token = Secret::new(text);
    let is_one = !token.expose().is_empty() && token.expose().chars().all(|c| c.is_ascii_graphic());
    Ok(is_one.then_some(token))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Option<Secret> {
        token_of(Command::new("sh").args(["-c", script]), Duration::from_secs(5)).unwrap()
    }

    #[test]
    fn a_token_is_one_word_of_a_program_that_succeeds() {
        assert_eq!(shell("echo gho_example").unwrap().expose(), "gho_example");
        assert_eq!(shell("echo gho_example; exit 1"), None);
        assert_eq!(shell("echo not signed in"), None);
        assert_eq!(shell("true"), None);
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        let mut hangs = Command::new("sleep");
        assert_eq!(token_of(hangs.arg("60"), Duration::from_millis(30)).unwrap(), None);
    }
}
