//! Annotations of GitHub Actions: commands in the log that become notes on a pull request.
//!
//! <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>

use super::Entry;

/// One line per entry.
pub fn lines(entries: &[Entry<'_>]) -> String {
    entries.iter().map(line).collect()
}

fn line(entry: &Entry<'_>) -> String {
    let command = if entry.error { "error" } else { "warning" };
    let mut properties = format!("file={}", property(&entry.location.file));
    for (name, value) in [("line", entry.location.line), ("col", entry.location.column)] {
        if value > 0 {
            properties.push_str(&format!(",{name}={value}"));
        }
    }
    let message = match entry.help {
        Some(help) => format!("{}\n{help}", entry.message),
        None => entry.message.to_owned(),
    };
    format!("::{command} {properties},title={}::{}\n", property(entry.rule), data(&message))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Location;

    #[test]
    fn nothing_in_a_message_can_end_the_command_or_start_another() {
        let location = Location { file: "a:b,c.yml".to_owned(), line: 3, column: 0, source: None };
        let message = "100% of\n::error::x";
        let entry = Entry { rule: "x", error: true, message, help: None, location: &location };
        assert_eq!(lines(&[entry]), "::error file=a%3Ab%2Cc.yml,line=3,title=x::100%25 of%0A::error::x\n");
    }
}
