//! A GitHub App: what it signs, and when it renews its token.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Value, json};
use wfgen::runs::fetch::{Auth, Secret};

use super::*;
use crate::server::{self, Reply, Request};

/// An RSA key (PKCS#1, base64) that was made for this test and opens nothing.
const KEY: &str = "\
MIIEpAIBAAKCAQEAsSLBkQ6Ip+MKdbubFcR7t0krk+aFjmJtoUPmATbLBvPEcQYo\
qOfeqk3u5GsjTtQwgEm1Z9ONRDa0geeHsboko2IFyUI3jeYyIi8NlOc11HsXcasW\
Wfgxa4kO+T8Cl/V7MMMUrhbMGvHX/8jNwSpEDC65JjOjyk4QdfPfJ6QztAHaU75D\
ZUTpWkJG1H8uPS7ULkavPZsdpCcHGH1EW8hwh+UrCVsNZPRiIL2Tk21jGyKZA6LC\
6PEktyspFkq/NoiCzSsYebl3GjZOron3hd4kwLU9rzC8zOJ/k/snEKk32flSaiNN\
bQZxpNznDqAvz8u3Bnco4ganGkkyJnoKiyqoswIDAQABAoIBAAaf6SNWqs+0kwiS\
KpumzIWvS9ztKyOHFNiKJIj5FqC87yTW+SBQA6jU31FVnG1vTB0QJKOsasUZUqjl\
EtMXxhUCLns3acJ50Hgs0FI4T3AR5m+O2Xgl6xs9dfzmWV97g87wDM7x9VIwp0Ze\
qStHPGJEQRJnrgF75+uxYjAmWPSraRx6/G6y3lSxVzuvA1IUfn3JXt+kekaI3uk+\
7yoTC33CRfT6VXdnHb0wmG+TYYtKJHitbOu959A/2FkNZP/lBuvEAaIYe3qXJJRn\
/TI1IdIbrOzXcjf+9RD0RQY7nsiIZMuKOH8HU0ebiYbORgcUiEnOXl+A66ey76q8\
xF601QECgYEA4okvh/m9D58jf5yeCrrrAatTmg7AuUb62QAEDFv03lNPVkweurvm\
NJC4OgnW6BEgnbjj2FU1BXcnFMLAGHH7E/YiBy4G4jNwo/ZsB5hBFGDXWWo8hNqv\
F8qyIXwHnAfP1gM5b8x/pA41FWOthih5SEuxzv4C7Fb9FBWijwOJx4ECgYEAyCy6\
S7HKzE2W5nIH415avbJ8x5PRGtT1THpAkMdMdjvr0hoPDQWI43pCzcTu1JWvs8O0\
06+JMsP35rGSKozGYD0xPPGm7ZHKqZ4M2XOVv+zRkD1lHp+rTeSCyIftBJDCd3/6\
rY4pmqATLTtrUQujIbd25IFiwogeVNSHxzRc6jMCgYEAowm24rcToa2X/9z5RaG3\
R1FF7weVHwN9wDWptDduaaAt5l8McrqO+N/7JxIz0HubLMiHewgAC/nwb5mmZTGL\
UZeAcAhpPd1lwSu2HlUu6Xq1Io46FifJgmcIgt7gHyTkKRPS/6p/ZtQu0kEV/wsc\
FrMbumzIL85/gDf98c3LGIECgYAOPhh3QEw0oySkeuKSy+ja7HMyZBMRvKtDaMNl\
SbjoBLVvuojtnUIzJUTRjTyNBaV9veQE182EPitKT8IdouyOdmwlcPA2oRPxY5x4\
cF/sSvZSM/wY5LV0kli32ewEUiR0CjgU1zOgm9khc8Pb/V77DCm6cnZLbxHxaTnL\
867UvwKBgQClscHmWpjC7kcW/UY0+r9OqgSFGCtfIRMh/f4/3s/lAzq+3Ynk1S5k\
zQ2O1aqWHhzO501IQvVtEncxteipX7IAiQNKDmgZJM0ECGm2c6+43vgSNUTomTQy\
gTAQfexL5tJ12Z+/lrKyrqwdKgi40ewNOq4kyLo0aXiHLjWA4g+okQ==\
";

fn key() -> Secret {
    let label = format!("RSA {} KEY", "PRIVATE");
    Secret::new(format!("-----BEGIN {label}-----\n{KEY}\n-----END {label}-----\n"))
}

/// What a JWT claims, if the App has signed it.
fn claims(request: &Request) -> Option<Value> {
    let token = request.header("authorization")?.strip_prefix("Bearer ")?;
    let (message, signature) = token.rsplit_once('.')?;
    let key = RsaKeyPair::from_der(&STANDARD.decode(KEY).unwrap()).unwrap();
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public().as_ref());
    key.verify(message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
    let (header, claims) = message.split_once('.')?;
    assert_eq!(URL_SAFE_NO_PAD.decode(header).unwrap(), br#"{"alg":"RS256","typ":"JWT"}"#);
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).ok()
}

/// A GitHub whose clock shows `clock`, with an App that is installed for `acme`, and whose tokens last for `life` seconds.
fn github(clock: &Arc<AtomicI64>, life: i64) -> Server {
    let (clock, issued) = (clock.clone(), AtomicUsize::new(0));
    let github = GitHub::with(6);
    Server::start(move |request| {
        let time = clock.load(Ordering::SeqCst);
        let valid = |claims: &Value| {
            let number = |name: &str| claims[name].as_i64().unwrap();
            claims["iss"] == "12345"
                && number("iat") <= time
                && number("exp") > time
                && number("exp") <= time + 600
        };
        let last = format!("Bearer ghs_{}", issued.load(Ordering::SeqCst));
        let reply = match request.path.as_str() {
            "/repos/acme/app/installation" if claims(request).is_some_and(|c| valid(&c)) => {
                Reply::new(200, json!({"id": 77}).to_string())
            }
            "/repos/other/app/installation" => Reply::new(404, json!({"message": "Not Found"}).to_string()),
            "/app/installations/77/access_tokens" if claims(request).is_some_and(|c| valid(&c)) => {
                assert_eq!(request.method, "POST");
                let token = format!("ghs_{}", issued.fetch_add(1, Ordering::SeqCst) + 1);
                Reply::new(201, json!({"token": token, "expires_at": at(time + life)}).to_string())
            }
            path if path.starts_with("/repos/acme") && request.header("authorization") == Some(&last) => {
                github.answer(request)
            }
            _ => Reply::new(401, json!({"message": "Bad credentials"}).to_string()),
        };
        let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&at(time)).unwrap();
        reply.with("date", date)
    })
}

fn app(server: &Server) -> Options {
    let auth = Auth::App { id: "12345".to_owned(), key: key() };
    Options { auth, concurrency: 3, ..options(server) }
}

fn tokens(server: &Server) -> usize {
    server.requests().iter().filter(|request| request.path.ends_with("/access_tokens")).count()
}

#[test]
fn an_app_reads_with_one_token_for_its_installation() {
    let server = github(&Arc::new(AtomicI64::new(now().as_second())), 3600);
    let mut store = Memory::default();
    let repositories = ["acme/app", "acme/lib", "acme/web"].map(str::to_owned).to_vec();
    let one_line = Secret::new(key().expose().replace('\n', "\\n"));
    let auth = Auth::App { id: "12345".to_owned(), key: one_line };
    complete(&Options { repositories, auth, ..app(&server) }, &mut store);
    assert_eq!((store.runs.len(), tokens(&server)), (18, 1));
}

#[test]
fn a_token_is_renewed_before_it_ends() {
    let server = github(&Arc::new(AtomicI64::new(now().as_second())), 200);
    let mut store = Memory::default();
    complete(&Options { concurrency: 1, ..app(&server) }, &mut store);
    assert_eq!(
        (store.runs.len(), tokens(&server)),
        (6, 7),
        "what ends in less than five minutes is not used again"
    );
}

#[test]
fn a_token_that_is_refused_all_the_same_is_renewed_once() {
    let clock = Arc::new(AtomicI64::new(now().as_second()));
    let inner = github(&clock, 3600);
    let mut store = Memory::default();
    let revoked = AtomicUsize::new(0);
    let base = inner.base.clone();
    // Every request goes through to the inner server, but the second one that carries a token finds it revoked.
    let outer = Server::start(move |request| {
        let with_token = request.header("authorization").is_some_and(|header| header.contains("ghs_"));
        if with_token && revoked.fetch_add(1, Ordering::SeqCst) == 1 {
            return Reply::new(401, r#"{"message": "Bad credentials"}"#);
        }
        server::forward(&base, request)
    });
    complete(&Options { concurrency: 1, ..app(&outer) }, &mut store);
    assert_eq!((store.runs.len(), tokens(&inner)), (6, 2));
}

#[test]
fn a_clock_that_is_wrong_by_hours_is_made_up_for() {
    for hours in [-7, 7] {
        let server = github(&Arc::new(AtomicI64::new(now().as_second() + hours * 3600)), 3600);
        let mut store = Memory::default();
        complete(&app(&server), &mut store);
        assert_eq!((store.runs.len(), tokens(&server)), (6, 1));
    }
}

#[test]
fn an_app_that_is_not_installed_is_told_for_that_repository() {
    let server = github(&Arc::new(AtomicI64::new(now().as_second())), 3600);
    let repositories = ["other/app", "acme/app"].map(str::to_owned).to_vec();
    let fetched = fetch(&Options { repositories, ..app(&server) }, &mut Memory::default());
    let Ended::Failed(error) = &fetched.repositories[0].ended else { panic!("{fetched:?}") };
    assert!(error.to_string().contains("isn't installed"), "{error}");
    assert!(matches!(fetched.repositories[1].ended, Ended::Complete));
}

#[test]
fn a_key_that_is_none_is_told_and_not_shown() {
    let server = serve(&GitHub::with(1).shared());
    let auth = Auth::App { id: "12345".to_owned(), key: Secret::new("hunter2") };
    let options = Options { auth, ..options(&server) };
    let error = fetch::run(&options, &mut Memory::default(), &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("private key") && !error.to_string().contains("hunter2"));
    assert!(!format!("{options:?}").contains("hunter2"));
}
