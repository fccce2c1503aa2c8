//! Where a redirect may lead.

use reqwest::Url;

/// The hosts of GitHub itself, besides the one that was asked.
const GITHUB: &[&str] = &["github.com", "githubusercontent.com", "ghe.com"];

/// Whether the token may be sent there: to where the API is, and nowhere else.
pub(super) fn is_home(base: &Url, to: &Url) -> bool {
    to.origin() == base.origin()
}

/// The address that a redirect leads to: on the host of `base`, or one of GitHub's own over TLS.
///
/// # Errors
/// Why it is not followed.
pub(super) fn target(base: &Url, from: &Url, location: Option<&str>) -> Result<Url, String> {
    let location = location.ok_or("a redirect without a target")?;
    let to = from.join(location).map_err(|_| "a redirect to no address".to_owned())?;
    if is_home(base, &to) || to.scheme() == "https" && is_githubs(to.host_str().unwrap_or_default()) {
        return Ok(to);
    }
    Err(format!(
        "a redirect to another host, {}, which is not followed",
        to.host_str().unwrap_or("without a name")
    ))
}

fn is_githubs(host: &str) -> bool {
    GITHUB.iter().any(|own| host.strip_suffix(own).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_host_and_githubs_own_are_followed() {
        let base: Url = "https://api.github.com".parse().unwrap();
        let from: Url = "https://api.github.com/repos/old/name/actions/runs?page=2".parse().unwrap();
        let to = |location| target(&base, &from, Some(location)).map(|url| url.to_string());
        let moved = "https://api.github.com/repositories/1/actions/runs?page=2";
        assert_eq!(to("/repositories/1/actions/runs?page=2").as_deref(), Ok(moved));
        assert!(to("https://codeload.github.com/x").is_ok());
        assert!(to("http://codeload.github.com/x").is_err(), "without TLS");
        assert!(to("https://notgithub.com/x").is_err());
        assert!(to("https://api.github.com.evil.example/x").is_err());
        assert!(to("https://api.github.com:8443/x").is_ok(), "a host of GitHub, but without the token");
        assert!(target(&base, &from, None).is_err());
    }

    #[test]
    fn the_token_goes_only_to_where_the_api_is() {
        let base: Url = "https://api.github.com".parse().unwrap();
        let home = |to: &str| is_home(&base, &to.parse().unwrap());
        assert!(home("https://api.github.com/repositories/1") && home("https://API.github.com:443/x"));
        assert!(!home("http://api.github.com/x") && !home("https://api.github.com:8443/x"));
        assert!(!home("https://codeload.github.com/x") && !home("https://api.github.com.evil.example/x"));
    }
}
