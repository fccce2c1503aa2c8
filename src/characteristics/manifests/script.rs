//! Gradle scripts of both dialects as nested statements.
//!
//! The grammars of Groovy and Kotlin give different trees for the same script, and neither knows Gradle. Their
//! tokens are the same: words, texts, marks. So tree-sitter says what is a comment, a text or code, and the
//! statements are put together here, once for both.

use tree_sitter::Node;

use crate::characteristics::syntax;

/// A token of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A name or a number.
    Word(String),
    /// The content of a text.
    Text(String),
    /// Anything else.
    Mark(String),
}

/// A statement: its own tokens, and the statements of its block.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Statement {
    pub(super) tokens: Vec<Token>,
    pub(super) block: Vec<Statement>,
    pub(super) line: u32,
}

impl Statement {
    /// The first word.
    pub(super) fn head(&self) -> &str {
        match self.tokens.first() {
            Some(Token::Word(word)) => word,
            _ => "",
        }
    }

    /// All texts in order.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().filter_map(|token| match token {
            Token::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// Words joined by dots up to the first thing that is neither, e.g. `options.release.set`.
    pub(super) fn path(&self) -> String {
        dotted(&self.tokens)
    }

    /// The tokens after a word, if it is there.
    pub(super) fn after(&self, word: &str) -> Option<&[Token]> {
        let at = self.tokens.iter().position(|token| matches!(token, Token::Word(w) if w == word))?;
        Some(&self.tokens[at + 1..])
    }
}

/// The dotted name that tokens begin with.
pub(super) fn dotted(tokens: &[Token]) -> String {
    let mut path = String::new();
    for token in tokens {
        match token {
            Token::Word(word) if path.is_empty() || path.ends_with('.') => path.push_str(word),
            Token::Mark(mark) if mark == "." && !path.is_empty() => path.push('.'),
            _ => break,
        }
    }
    path.trim_end_matches('.').to_owned()
}

/// The statements of a script. Bodies of functions are left out: nothing says that they run.
pub(super) fn statements(language: &str, text: &str) -> Vec<Statement> {
    let Some(tree) = syntax::parse(language, text) else {
        return Vec::new();
    };
    let mut tokens = Vec::new();
    tokenize(tree.root_node(), text, &mut tokens);
    let mut parser = Parser { tokens: tokens.into_iter().peekable() };
    parser.block(0)
}

/// Texts whole, comments never, everything else leaf by leaf. Without recursion: scripts can nest without end.
fn tokenize(root: Node<'_>, text: &str, tokens: &mut Vec<(Token, u32)>) {
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        let line = syntax::line(node);
        let kind = node.kind();
        if kind.ends_with("comment") {
            continue;
        }
        if kind.ends_with("string_literal") || kind == "character_literal" || kind == "string" {
            let raw = syntax::of(node, text);
            let quotes = ["\"\"\"", "'''", "\"", "'"];
            let inner = quotes.iter().find_map(|quote| raw.strip_prefix(quote)?.strip_suffix(quote));
            tokens.push((Token::Text(inner.unwrap_or(raw).to_owned()), line));
        } else if node.child_count() == 0 {
            let raw = syntax::of(node, text).trim();
            let word = raw.trim_matches('`');
            match word.chars().next() {
                None => {}
                Some(first) if first.is_alphanumeric() || first == '_' || first == '$' => {
                    tokens.push((Token::Word(word.to_owned()), line));
                }
                Some(_) => tokens.push((Token::Mark(raw.to_owned()), line)),
            }
        } else {
            let mut cursor = node.walk();
            let children: Vec<Node<'_>> = node.children(&mut cursor).collect();
            open.extend(children.into_iter().rev());
        }
    }
}

/// Blocks nest so deep at most.
const MAX_DEPTH: usize = 64;

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<(Token, u32)>>,
}

impl Parser {
    /// Statements up to the closing brace or the end.
    fn block(&mut self, depth: usize) -> Vec<Statement> {
        let mut statements = Vec::new();
        let mut current = Statement::default();
        let (mut brackets, mut last_line) = (0_usize, 0);
        while let Some((token, line)) = self.tokens.next() {
            let mark = match &token {
                Token::Mark(mark) => mark.as_str(),
                _ => "",
            };
            let continues = mark == "." || current.tokens.last().is_some_and(is_open_ended);
            let ends = brackets == 0 && (mark == ";" || line > last_line && !continues && mark != "{");
            if ends && !current.tokens.is_empty() {
                push(&mut statements, std::mem::take(&mut current));
            }
            last_line = line;
            match mark {
                "}" => break,
                "{" => {
                    let block = if depth < MAX_DEPTH { self.block(depth + 1) } else { Vec::new() };
                    current.line = if current.line == 0 { line } else { current.line };
                    current.block.extend(block);
                    if brackets == 0 {
                        push(&mut statements, std::mem::take(&mut current));
                    }
                    continue;
                }
                "(" | "[" => brackets += 1,
                ")" | "]" => brackets = brackets.saturating_sub(1),
                ";" => continue,
                _ => {}
            }
            if current.tokens.is_empty() {
                current.line = line;
            }
            current.tokens.push(token);
        }
        push(&mut statements, current);
        statements
    }
}

/// After these a statement goes on in the next line.
fn is_open_ended(token: &Token) -> bool {
    matches!(token, Token::Mark(mark) if matches!(mark.as_str(), "." | "," | "=" | "+" | ":" | "&&" | "||" | "->"))
}

fn push(statements: &mut Vec<Statement>, statement: Statement) {
    let function = matches!(statement.head(), "fun" | "def" | "private" | "static" | "class" | "void")
        && !statement.block.is_empty();
    if !function && (!statement.tokens.is_empty() || !statement.block.is_empty()) {
        statements.push(statement);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(statements: &[Statement]) -> Vec<String> {
        statements
            .iter()
            .map(|s| match s.block.as_slice() {
                [] => format!("{} {:?}", s.path(), s.texts().collect::<Vec<_>>()),
                block => format!("{} {{ {} }}", s.path(), shape(block).join("; ")),
            })
            .collect()
    }

    #[test]
    fn both_dialects_give_the_same_statements() {
        let groovy = "plugins {\n  id 'java'\n  // id 'no'\n  id(\"x\") version \"1\" // c\n}\n/* plugins { id 'old' } */\ngroup = 'g'\n";
        let kotlin = "plugins {\n  id(\"java\")\n  // id(\"no\")\n  id(\"x\") version \"1\"\n}\n/* plugins { id(\"old\") } */\ngroup = \"g\"\n";
        let expected = ["plugins { id [\"java\"]; id [\"x\", \"1\"] }", "group [\"g\"]"];
        assert_eq!(shape(&statements("groovy", groovy)), expected);
        assert_eq!(shape(&statements("kotlin", kotlin)), expected);
    }

    #[test]
    fn texts_with_code_in_them_are_texts_and_functions_do_not_run() {
        let kotlin = "val s = \"plugins { id(\\\"x\\\") }\"\nfun f() {\n  include(\":no\")\n}\ninclude(\n  \":a\",\n  \":b:c\",\n)\n";
        let found = statements("kotlin", kotlin);
        let includes: Vec<_> =
            found.iter().filter(|s| s.head() == "include").flat_map(Statement::texts).collect();
        assert_eq!(includes, [":a", ":b:c"]);
        assert!(!found.iter().any(|s| s.head() == "plugins"));
    }
}
