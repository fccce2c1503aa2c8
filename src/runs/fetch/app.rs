//! A GitHub App: its key signs a JWT, the JWT gives a token for an installation, and that ends after an hour.
//!
//! <https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app>

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use rustls::SignatureScheme;
use rustls::crypto::ring::sign::RsaSigningKey;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::sign::SigningKey;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;

use super::Failure;
use super::auth::Auth;
use super::client::{Answer, Client};
use super::transport::Request;
use crate::error::{Error, Result};
use crate::runs::Secret;

/// A JWT begins a minute ago, so that a server whose clock is behind takes it; GitHub's advice.
const EARLY: SignedDuration = SignedDuration::from_secs(60);
/// It ends in nine minutes; GitHub takes ten at most.
const LIFE: SignedDuration = SignedDuration::from_mins(9);
/// A token is renewed when it has less than this left.
const SPARE: SignedDuration = SignedDuration::from_mins(5);
/// A clock that is off by more than this explains a JWT that is refused.
const SKEW: SignedDuration = SignedDuration::from_secs(30);

/// Gives the token for each repository.
pub(super) enum Session {
    Fixed(Option<Secret>),
    App(Box<App>),
}

/// An App, and the tokens of its installations.
pub(super) struct App {
    id: String,
    key: Arc<dyn SigningKey>,
    known: Mutex<Tokens>,
}

#[derive(Default)]
struct Tokens {
    /// Installation by owner: an App is installed once for an account.
    installations: HashMap<String, u64>,
    tokens: HashMap<u64, Token>,
}

#[derive(Deserialize)]
struct Installation {
    id: u64,
}

#[derive(Deserialize, Clone)]
struct Token {
    #[serde(deserialize_with = "secret")]
    token: Secret,
    expires_at: Timestamp,
}

fn secret<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
    String::deserialize(from).map(Secret::new)
}

impl Session {
    /// # Errors
    /// When the App's key is none.
    pub(super) fn new(auth: &Auth) -> Result<Self> {
        Ok(match auth {
            Auth::Anonymous => Session::Fixed(None),
            Auth::Token(token) => Session::Fixed(Some(token.clone())),
            Auth::App { id, key } => {
                let key = signing_key(key)?;
                Session::App(Box::new(App { id: id.clone(), key, known: Mutex::default() }))
            }
        })
    }

    /// The token for a repository.
    ///
    /// # Errors
    /// When the App isn't installed there, or GitHub doesn't give one.
    pub(super) async fn token(
        &self,
        client: &Client<'_>,
        repository: &str,
    ) -> Result<Option<Secret>, Failure> {
        match self {
            Session::Fixed(token) => Ok(token.clone()),
            Session::App(app) => app.token(client, repository).await.map(Some),
        }
    }

    /// Forgets a token that the server has refused. Gives whether another may be had.
    pub(super) async fn forget(&self, refused: Option<&Secret>) -> bool {
        let Session::App(app) = self else { return false };
        app.known.lock().await.tokens.retain(|_, token| Some(&token.token) != refused);
        true
    }
}

impl App {
    async fn token(&self, client: &Client<'_>, repository: &str) -> Result<Secret, Failure> {
        // Held while asking, so that of many that want a token one asks.
        let mut known = self.known.lock().await;
        let owner = repository.split('/').next().unwrap_or_default().to_lowercase();
        let installation = match known.installations.get(&owner) {
            Some(id) => *id,
            None => {
                let path = format!("repos/{repository}/installation");
                let found: Installation = match self.ask(client, Method::GET, &path).await {
                    Err(Failure::Missing) => {
                        return Err(Failure::Credentials { why: "the App isn't installed there".to_owned() });
                    }
                    other => other?,
                };
                known.installations.insert(owner, found.id);
                found.id
            }
        };
        if let Some(token) = known.tokens.get(&installation)
            && token.expires_at.duration_since(client.server_time()) > SPARE
        {
            return Ok(token.token.clone());
        }
        let path = format!("app/installations/{installation}/access_tokens");
        let token: Token = self.ask(client, Method::POST, &path).await?;
        known.tokens.insert(installation, token.clone());
        Ok(token.token)
    }

    /// Asks in the App's own name; once again when the server's clock, which its first answer tells, explains the refusal.
    async fn ask<T: for<'de> Deserialize<'de>>(
        &self,
        client: &Client<'_>,
        method: Method,
        path: &str,
    ) -> Result<T, Failure> {
        let mut by = client.server_time();
        loop {
            let bearer = Some(jwt(&self.id, self.key.as_ref(), by)?);
            let request = Request { method: method.clone(), url: client.url(path), bearer, validator: None };
            match client.send(&request, |body| serde_json::from_slice(body)).await {
                Ok(Answer::Fresh(value, _)) => return Ok(value),
                Ok(Answer::Unchanged) => return Err(Failure::Missing),
                Err(Failure::Credentials { why }) => {
                    let now = client.server_time();
                    if now.duration_since(by).abs() < SKEW {
                        return Err(Failure::Credentials { why });
                    }
                    by = now;
                }
                Err(failure) => return Err(failure),
            }
        }
    }
}

/// Reads an RSA private key from PEM.
fn signing_key(pem: &Secret) -> Result<Arc<dyn SigningKey>> {
    let hint = "give the .pem file that GitHub made for the App: Settings > Developer settings > GitHub Apps > Private keys";
    // In environment variables the lines often are one, with `\n` written out.
    let pem = Secret::new(pem.expose().replace("\\n", "\n"));
    let der = PrivateKeyDer::from_pem_slice(pem.expose().as_bytes())
        .map_err(|_| Error::usage("the App's private key is no PEM").hint(hint))?;
    let key = RsaSigningKey::new(&der)
        .map_err(|_| Error::usage("the App's private key is no RSA key").hint(hint))?;
    Ok(Arc::new(key))
}

/// A JSON Web Token that says who the App is (RFC 7519), signed with RS256 (RFC 7518, section 3.3).
fn jwt(id: &str, key: &dyn SigningKey, now: Timestamp) -> Result<Secret, Failure> {
    let unsigned = || Failure::Credentials { why: "the App's key can't sign".to_owned() };
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = part(json!({"alg": "RS256", "typ": "JWT"}));
    let claims = part(json!({
        "iss": id,
        "iat": now.as_second() - EARLY.as_secs(),
        "exp": now.as_second() + LIFE.as_secs(),
    }));
    let message = format!("{header}.{claims}");
    let signer = key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]).ok_or_else(unsigned)?;
    let signature = signer.sign(message.as_bytes()).map_err(|_| unsigned())?;
    Ok(Secret::new(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))))
}
