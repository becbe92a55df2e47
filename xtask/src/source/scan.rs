//! From text to tokens: one pass, no grammar. Every byte offset is that of the original text.

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
    pub(crate) at: usize,
}

/// The inside of a string literal as it is typed; the token at the same offset is a lone `"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Literal {
    pub(crate) text: String,
    pub(crate) line: usize,
    pub(crate) at: usize,
}

pub(crate) fn scan(text: &str) -> (Vec<Token>, Vec<Literal>) {
    let mut scanner = Scanner { rest: text, line: 1, at: 0, tokens: Vec::new(), literals: Vec::new() };
    while let Some(first) = scanner.rest.chars().next() {
        scanner.step(first);
    }
    (scanner.tokens, scanner.literals)
}

struct Scanner<'a> {
    rest: &'a str,
    line: usize,
    at: usize,
    tokens: Vec<Token>,
    literals: Vec<Literal>,
}

impl Scanner<'_> {
    fn step(&mut self, first: char) {
        if self.rest.starts_with("//") {
            self.skip(self.rest.find('\n').unwrap_or(self.rest.len()));
        } else if self.rest.starts_with("/*") {
            self.skip(block_comment(self.rest));
        } else if let Some(string) = StringShape::at(self.rest) {
            self.literal(&string);
        } else if first == '\'' {
            self.quote();
        } else if is_word(first) {
            self.token(self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len()));
        } else if first.is_whitespace() {
            self.skip(first.len_utf8());
        } else if ["::", "->", "=>"].iter().any(|pair| self.rest.starts_with(pair)) {
            self.token(2);
        } else {
            self.token(first.len_utf8());
        }
    }

    fn skip(&mut self, length: usize) -> &str {
        let (passed, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.line += passed.matches('\n').count();
        self.at += passed.len();
        self.rest = rest;
        passed
    }

    fn token(&mut self, length: usize) {
        let (line, at) = (self.line, self.at);
        let text = self.skip(length).to_owned();
        self.tokens.push(Token { text, line, at });
    }

    fn literal(&mut self, shape: &StringShape) {
        let (line, at) = (self.line, self.at);
        let text = self.rest.get(shape.body.clone()).unwrap_or_default().to_owned();
        self.tokens.push(Token { text: "\"".to_owned(), line, at });
        self.literals.push(Literal { text, line, at });
        self.skip(shape.length);
    }

    /// A character literal is dropped; the tick of a lifetime or a label is a token.
    fn quote(&mut self) {
        let mut after = self.rest.char_indices().skip(1);
        let length = match (after.next(), after.next()) {
            (Some((_, '\\')), Some((at, escaped))) => {
                let tail = at + escaped.len_utf8();
                self.rest.get(tail..).and_then(|rest| rest.find('\'')).map(|close| tail + close + 1)
            }
            (Some(_), Some((at, '\''))) => Some(at + 1),
            _ => None,
        };
        match length {
            Some(length) => drop(self.skip(length).len()),
            None => self.token(1),
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0usize, 0usize);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

struct StringShape {
    body: std::ops::Range<usize>,
    length: usize,
}

impl StringShape {
    /// `"…"`, `b"…"`, `c"…"`, `r"…"`, `br#"…"#` and their like, at the head of `text`.
    fn at(text: &str) -> Option<Self> {
        let kind = text.len() - text.trim_start_matches(['b', 'c']).len();
        let after_kind = text.get(kind.min(1)..)?;
        let is_raw = after_kind.starts_with('r');
        let after_raw = after_kind.get(usize::from(is_raw)..)?;
        let hashes = if is_raw { after_raw.len() - after_raw.trim_start_matches('#').len() } else { 0 };
        let body = after_raw.get(hashes..)?.strip_prefix('"')?;
        let start = text.len() - body.len();
        let close = format!("\"{}", "#".repeat(hashes));
        let length = if is_raw { body.find(&close) } else { unescaped_quote(body) }.unwrap_or(body.len());
        Some(Self { body: start..start + length, length: (start + length + close.len()).min(text.len()) })
    }
}

fn unescaped_quote(body: &str) -> Option<usize> {
    let mut is_escaped = false;
    body.char_indices().find_map(|(at, c)| {
        let ends = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends.then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        scan(text).0.into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn comments_are_not_tokens() {
        assert_eq!(words("a // std::fs\n/* std /* nested */ fs */ b"), ["a", "b"]);
    }

    #[test]
    fn strings_of_every_kind_are_literals() {
        let (tokens, literals) = scan(r####"f("a\"b", r"c\", br#"d"e"#, b"f", c"g")"####);
        let texts: Vec<&str> = literals.iter().map(|literal| literal.text.as_str()).collect();
        assert_eq!(texts, [r#"a\"b"#, r"c\", r#"d"e"#, "f", "g"]);
        assert_eq!(tokens.iter().filter(|token| token.text == "\"").count(), 5);
        assert_eq!(literals[0].at, 2);
    }

    #[test]
    fn characters_are_dropped_and_lifetimes_kept() {
        assert!(words(r"'a' '\'' '\u{41}' 'é'").is_empty());
        assert_eq!(words("&'a str"), ["&", "'", "a", "str"]);
        assert_eq!(words("'\"' x"), ["x"]);
    }

    #[test]
    fn lines_count_through_multi_line_literals() {
        let (tokens, literals) = scan("a\n\"x\ny\"\nb");
        assert_eq!((tokens[2].line, literals[0].line), (4, 2));
    }

    #[test]
    fn a_broken_file_ends_instead_of_looping() {
        for text in ["\"open", "/* open", "r#\"open", "'\\", "b"] {
            scan(text);
        }
    }
}
