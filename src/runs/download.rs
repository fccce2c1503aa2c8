//! A small public file over HTTPS, with nothing of the user's in the request.

use std::time::Duration;

use reqwest::Url;

use crate::error::{Error, Result};

/// More of an answer than this is not read, in bytes.
const LARGEST: usize = 4 << 20;

/// The longest time for the whole answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The text at an address. Blocks.
///
/// # Errors
/// When the address is none with `https://`, or the text can't be had.
pub fn text(address: &str) -> Result<String> {
    let failed = |why: String| Error::environment(format!("cannot read `{address}`: {why}"));
    let url: Url = address.parse().map_err(|e| Error::usage(format!("`{address}` is no address: {e}")))?;
    let local = url.host_str().is_some_and(|host| host == "127.0.0.1");
    if url.scheme() != "https" && !local {
        return Err(Error::usage(format!("`{address}` does not begin with https://")));
    }
    // Someone else may have installed one already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut client =
        reqwest::Client::builder().timeout(PATIENCE).user_agent(concat!("wfgen/", env!("CARGO_PKG_VERSION")));
    if local {
        client = client.no_proxy().tls_certs_only([]);
    }
    let client = client.build().map_err(|e| failed(e.to_string()))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| failed(e.to_string()))?;
    let bytes = runtime
        .block_on(async {
            let mut answer = client.get(url).send().await?.error_for_status()?;
            let mut bytes = Vec::new();
            while let Some(chunk) = answer.chunk().await? {
                bytes.extend_from_slice(&chunk);
                if bytes.len() > LARGEST {
                    break;
                }
            }
            Ok::<_, reqwest::Error>(bytes)
        })
        .map_err(|e| failed(e.without_url().to_string()))?;
    if bytes.len() > LARGEST {
        return Err(failed(format!("it has more than {} MiB", LARGEST >> 20)));
    }
    String::from_utf8(bytes).map_err(|_| failed("it is not UTF-8".to_owned()))
}
