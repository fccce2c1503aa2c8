//! SARIF 2.1.0, as much of it as code scanning reads.

use serde_json::{Value, json};

use super::Entry;

/// A rule that entries refer to.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its id.
    pub id: &'static str,
    /// What it is about, in a few words.
    pub summary: &'static str,
    /// Where to read more.
    pub url: Option<String>,
}

/// A log of one run.
pub fn log(rules: &[Rule], entries: &[Entry<'_>]) -> Value {
    let described: Vec<Value> = rules.iter().map(rule).collect();
    let results: Vec<Value> = entries.iter().map(|entry| result(rules, entry)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "rules": described,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(rule: &Rule) -> Value {
    let mut value = json!({ "id": rule.id, "shortDescription": { "text": rule.summary } });
    if let Some(url) = &rule.url {
        value["helpUri"] = json!(url);
    }
    value
}

fn result(rules: &[Rule], entry: &Entry<'_>) -> Value {
    let text = match entry.help {
        Some(help) => format!("{}: {help}", entry.message),
        None => entry.message.to_owned(),
    };
    let mut place = json!({ "artifactLocation": { "uri": uri(&entry.location.file) } });
    // A region needs a line, and GitHub shows nothing without one.
    let (line, column) = (entry.location.line.max(1), entry.location.column.max(1));
    place["region"] = json!({ "startLine": line, "startColumn": column });
    let mut value = json!({
        "ruleId": entry.rule,
        "level": if entry.error { "error" } else { "warning" },
        "message": { "text": text },
        "locations": [{ "physicalLocation": place }],
    });
    if let Some(index) = rules.iter().position(|rule| rule.id == entry.rule) {
        value["ruleIndex"] = json!(index);
    }
    value
}

/// A path as a relative reference: everything but unreserved characters and `/` is escaped.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(byte as char),
            _ if byte.is_ascii_alphanumeric() => uri.push(byte as char),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_references() {
        assert_eq!(uri(".github/workflows/a b#1.yml"), ".github/workflows/a%20b%231.yml");
    }
}
