//! The commands of a script, roughly: words, redirections, pipes. Enough to see `npm publish` where it is one.

/// A simple command.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Command<'s> {
    /// Its words as written, quotes included; assignments before it are not among them.
    pub(super) words: Vec<&'s str>,
    /// Where output is redirected to.
    pub(super) outputs: Vec<&'s str>,
    /// Where it starts in the script.
    pub(super) offset: usize,
    /// It takes the output of the command before it.
    pub(super) piped: bool,
}

impl<'s> Command<'s> {
    /// The name of the program.
    pub(super) fn name(&self) -> &'s str {
        self.words.first().copied().unwrap_or_default()
    }

    /// What follows the name.
    pub(super) fn arguments(&self) -> impl Iterator<Item = &'s str> {
        self.words.iter().skip(1).copied()
    }
}

/// Words that a shell reads before a command.
const KEYWORDS: &[&str] = &[
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "in", "time",
    "!", "{", "}", "function", "select",
];

/// Substitutions inside substitutions are followed this far.
const MAX_DEPTH: u8 = 8;

/// The commands of a script, those inside of `$(...)` and backticks included.
pub(super) fn commands(script: &str) -> Vec<Command<'_>> {
    read(script, 0)
}

fn read(text: &str, depth: u8) -> Vec<Command<'_>> {
    let (current, found, heredocs) = (Command::default(), Vec::new(), Vec::new());
    let mut reader = Reader { text, at: 0, depth, current, found, heredocs };
    reader.run();
    reader.found
}

struct Reader<'s> {
    text: &'s str,
    at: usize,
    depth: u8,
    current: Command<'s>,
    found: Vec<Command<'s>>,
    /// Delimiters of the here documents that begin in this line.
    heredocs: Vec<&'s str>,
}

impl<'s> Reader<'s> {
    fn run(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\\' if bytes.get(self.at + 1) == Some(&b'\n') => self.at += 2,
                b'#' => {
                    self.at = memchr::memchr(b'\n', &bytes[self.at..]).map_or(bytes.len(), |n| self.at + n);
                }
                b'\n' => {
                    self.finish(false);
                    self.at += 1;
                    self.skip_heredocs();
                }
                b';' | b'(' | b')' => {
                    self.finish(false);
                    self.at += 1;
                }
                b'&' | b'|' => {
                    let double = bytes.get(self.at + 1) == Some(&byte);
                    self.finish(byte == b'|' && !double);
                    self.at += if double { 2 } else { 1 };
                }
                b'<' | b'>' => self.redirection(),
                _ => self.word(),
            }
        }
        self.finish(false);
    }

    fn finish(&mut self, pipes: bool) {
        let command = std::mem::take(&mut self.current);
        if !command.words.is_empty() || !command.outputs.is_empty() {
            self.found.push(command);
        }
        self.current.piped = pipes;
    }

    /// `<`, `<<`, `>`, `>>`, `>&`, `&>`: the word behind it is no argument.
    fn redirection(&mut self) {
        let bytes = self.text.as_bytes();
        let start = self.at;
        while matches!(bytes.get(self.at), Some(b'<' | b'>' | b'&' | b'-' | b'|')) {
            self.at += 1;
        }
        let operator = &self.text[start..self.at];
        while matches!(bytes.get(self.at), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        let target = self.scan();
        if operator.starts_with('>') {
            self.current.outputs.push(target);
        } else if operator.starts_with("<<") && !operator.starts_with("<<<") {
            self.heredocs.push(target.trim_matches(['\'', '"']));
        }
    }

    fn skip_heredocs(&mut self) {
        for delimiter in std::mem::take(&mut self.heredocs) {
            while self.at < self.text.len() {
                let end = memchr::memchr(b'\n', &self.text.as_bytes()[self.at..]);
                let line = &self.text[self.at..end.map_or(self.text.len(), |n| self.at + n)];
                self.at += line.len() + usize::from(end.is_some());
                if line.trim() == delimiter {
                    break;
                }
            }
        }
    }

    fn word(&mut self) {
        let start = self.at;
        let word = self.scan();
        let first = self.current.words.is_empty();
        let number = matches!(self.text.as_bytes().get(self.at), Some(b'<' | b'>'))
            && word.bytes().all(|b| b.is_ascii_digit());
        if number || (first && (KEYWORDS.contains(&word) || is_assignment(word))) {
            return;
        }
        if first {
            self.current.offset = start;
        }
        self.current.words.push(word);
    }

    /// Reads to the end of a word; substitutions inside become commands of their own.
    fn scan(&mut self) -> &'s str {
        let bytes = self.text.as_bytes();
        let start = self.at;
        while let Some(&byte) = bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' => break,
                b'\\' => self.at = (self.at + 2).min(bytes.len()),
                b'\'' => self.at = self.closing(self.at + 1, b'\''),
                b'"' => self.double_quoted(),
                b'$' | b'`' => self.substitution(),
                _ => self.at += 1,
            }
        }
        // A multi-byte character can only be cut by the escape above.
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    fn closing(&self, from: usize, quote: u8) -> usize {
        memchr::memchr(quote, &self.text.as_bytes()[from..]).map_or(self.text.len(), |n| from + n + 1)
    }

    fn double_quoted(&mut self) {
        let bytes = self.text.as_bytes();
        self.at += 1;
        while let Some(&byte) = bytes.get(self.at) {
            match byte {
                b'"' => {
                    self.at += 1;
                    return;
                }
                b'\\' => self.at = (self.at + 2).min(bytes.len()),
                b'$' | b'`' => self.substitution(),
                _ => self.at += 1,
            }
        }
    }

    /// `$x`, `${x}`, `$(command)` and backticks.
    fn substitution(&mut self) {
        let bytes = self.text.as_bytes();
        let start = self.at;
        match (bytes[start], bytes.get(start + 1)) {
            (b'`', _) => {
                self.at = self.closing(start + 1, b'`');
                self.nested(start + 1, self.at.saturating_sub(1));
            }
            (_, Some(b'(')) => {
                self.at = balanced(bytes, start + 1, b'(', b')');
                self.nested(start + 2, self.at.saturating_sub(1));
            }
            (_, Some(b'{')) => self.at = balanced(bytes, start + 1, b'{', b'}'),
            _ => self.at += 1,
        }
    }

    fn nested(&mut self, from: usize, to: usize) {
        let Some(inner) = self.text.get(from..to.max(from)).filter(|_| self.depth < MAX_DEPTH) else {
            return;
        };
        self.found.extend(read(inner, self.depth + 1).into_iter().map(|mut command| {
            command.offset += from;
            command
        }));
    }
}

/// The offset behind the bracket that closes the one at `open`.
fn balanced(bytes: &[u8], open: usize, opening: u8, closing: u8) -> usize {
    let mut depth = 0usize;
    for (n, byte) in bytes.iter().enumerate().skip(open) {
        if *byte == opening {
            depth += 1;
        } else if *byte == closing {
            depth -= 1;
            if depth == 0 {
                return n + 1;
            }
        }
    }
    bytes.len()
}

fn is_assignment(word: &str) -> bool {
    let name = word.split_once('=').map_or("", |(name, _)| name);
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(script: &str) -> Vec<Vec<&str>> {
        commands(script).into_iter().map(|command| command.words).collect()
    }

    #[test]
    fn commands_are_split_where_a_shell_splits_them() {
        assert_eq!(
            words("a b && c 'd e' | f; g"),
            [vec!["a", "b"], vec!["c", "'d e'"], vec!["f"], vec!["g"]]
        );
        assert_eq!(words("if x; then y z; fi"), [vec!["x"], vec!["y", "z"]]);
        assert_eq!(words("A=1 npm \\\n  publish # no\n"), [vec!["npm", "publish"]]);
        assert_eq!(words("v=\"$(npm install x)\" y"), [vec!["npm", "install", "x"], vec!["y"]]);
        assert_eq!(words("cat <<EOF\nnpm publish\nEOF\nls"), [vec!["cat"], vec!["ls"]]);
        assert_eq!(words("echo a 2>&1 >log b"), [vec!["echo", "a", "b"]]);
    }

    #[test]
    fn redirections_and_pipes_are_known() {
        let found = commands("echo x >> \"$GITHUB_ENV\"; a | tee -a $GITHUB_PATH");
        assert_eq!(found[0].outputs, ["\"$GITHUB_ENV\""]);
        assert!(found[2].piped && !found[1].piped && found[2].words == ["tee", "-a", "$GITHUB_PATH"]);
    }

    proptest! {
        #[test]
        fn no_script_is_too_odd(script in "[a-z $(){}`'\"\\\\<>|&;#=\\n€]{0,60}") {
            commands(&script);
        }
    }
}
