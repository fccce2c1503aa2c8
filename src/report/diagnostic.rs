//! A diagnostic for people: the message, the line it is about, what to do.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::error::Diagnostic;

/// A diagnostic as text, with the line it is about.
pub fn render(level: &Level<'_>, diagnostic: &Diagnostic) -> String {
    let diagnostic = &printable(diagnostic);
    let title = level.clone().primary_title(diagnostic.message.as_str());
    let mut group = Group::with_title(title);
    if let Some(location) = &diagnostic.location {
        group = match &location.source {
            Some(source) => {
                let start = source
                    .char_indices()
                    .nth(location.column.saturating_sub(1) as usize)
                    .map_or(source.len(), |(offset, _)| offset);
                let end =
                    source[start..].find(char::is_whitespace).map_or(source.len(), |n| start + n.max(1));
                group.element(
                    Snippet::source(source.as_str())
                        .line_start(location.line as usize)
                        .path(location.file.as_str())
                        .annotation(AnnotationKind::Primary.span(start..end)),
                )
            }
            None if location.line > 0 => {
                group.element(Origin::path(location.file.as_str()).line(location.line as usize))
            }
            None => group.element(Origin::path(location.file.as_str())),
        };
    }
    for hint in &diagnostic.hints {
        group = group.element(Level::HELP.message(hint.as_str()));
    }
    format!("{}\n", Renderer::styled().render(&[group]))
}

/// The same without anything that a terminal obeys: messages quote what anybody wrote.
fn printable(diagnostic: &Diagnostic) -> Diagnostic {
    let shown = |text: &str| -> String {
        let is_obeyed = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
        text.chars().map(|c| if is_obeyed(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
    };
    let mut printable = diagnostic.clone();
    printable.message = shown(&printable.message);
    printable.hints.iter_mut().for_each(|hint| *hint = shown(hint));
    if let Some(location) = &mut printable.location {
        location.file = shown(&location.file);
        location.source = location.source.as_deref().map(shown);
    }
    printable
}
