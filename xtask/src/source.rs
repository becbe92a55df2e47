//! A Rust file as the checks see it: tokens with their lines, string literals apart, comments and test code gone.

mod paths;
mod scan;

pub(crate) use paths::{Named, Paths};
pub(crate) use scan::{Literal, Token};

use std::ops::Range;

pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) raw: String,
    pub(crate) tokens: Vec<Token>,
    pub(crate) literals: Vec<Literal>,
    /// Names of modules declared as `#[cfg(test)] mod name;`: their files are test code too.
    pub(crate) test_modules: Vec<String>,
}

impl Source {
    pub(crate) fn read(path: &str, raw: &str) -> Self {
        let (mut tokens, mut literals) = scan::scan(raw);
        let test_items = test_items(&tokens);
        let test_modules = test_items.iter().filter_map(|item| module_name(tokens.get(item.clone())?)).collect();
        let offsets: Vec<Range<usize>> =
            test_items.iter().filter_map(|item| offsets(tokens.get(item.clone())?)).collect();
        let is_test = |at: usize| offsets.iter().any(|range| range.contains(&at));
        tokens.retain(|token| !is_test(token.at));
        literals.retain(|literal| !is_test(literal.at));
        Self { path: path.to_owned(), raw: raw.to_owned(), tokens, literals, test_modules }
    }

    pub(crate) fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &token.text)
    }

    pub(crate) fn line(&self, at: usize) -> usize {
        self.tokens.get(at).map_or(1, |token| token.line)
    }

    /// Lines that carry code: no blanks, no comments, no tests.
    pub(crate) fn code_lines(&self) -> usize {
        let mut lines: Vec<usize> = self.tokens.iter().map(|token| token.line).collect();
        lines.extend(
            self.literals.iter().flat_map(|literal| literal.line..=literal.line + literal.text.matches('\n').count()),
        );
        lines.sort_unstable();
        lines.dedup();
        lines.len()
    }

    /// The index of the bracket that closes the one at `open`, or the end of the file.
    pub(crate) fn closing(&self, open: usize) -> usize {
        closing(&self.tokens, open)
    }
}

fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" if depth <= 1 => return at,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
    }
    tokens.len()
}

fn offsets(item: &[Token]) -> Option<Range<usize>> {
    Some(item.first()?.at..item.last()?.at + 1)
}

fn module_name(item: &[Token]) -> Option<String> {
    let at = item.iter().position(|token| token.text == "mod")?;
    let is_elsewhere = item.get(at + 2)?.text == ";";
    is_elsewhere.then(|| item.get(at + 1).map(|name| name.text.clone()))?
}

/// Index ranges of what only tests see: `#![cfg(test)]` files, items under `#[cfg(test)]` or a test attribute.
fn test_items(tokens: &[Token]) -> Vec<Range<usize>> {
    let mut items = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let words: Vec<&str> = tokens.iter().skip(at).take(7).map(|token| token.text.as_str()).collect();
        let attribute_end = match words.as_slice() {
            ["#", "!", "[", "cfg", "(", "test", ")"] => return std::iter::once(0..tokens.len()).collect(),
            ["#", "[", rest @ ..] => {
                Some(closing(tokens, at + 1)).filter(|end| is_test(rest, tokens.get(at + 2..*end)))
            }
            _ => None,
        };
        let Some(end) = attribute_end else {
            at += 1;
            continue;
        };
        let item_end = item_end(tokens, end + 1);
        items.push(at..item_end + 1);
        at = item_end + 1;
    }
    items
}

/// `test`, `tokio::test`, `cfg(test)` and `cfg(all(test, …))`; never `cfg(not(test))`.
fn is_test(words: &[&str], attribute: Option<&[Token]>) -> bool {
    match words {
        ["cfg", "(", "test", ")", ..] | ["cfg", "(", "all", "(", "test", ..] => true,
        ["cfg" | "cfg_attr", ..] => false,
        _ => attribute.and_then(<[Token]>::last).is_some_and(|last| last.text == "test"),
    }
}

/// Where the item that begins at `start` ends: its `;`, its closing brace, or (for a field or an arm) its comma.
fn item_end(tokens: &[Token], start: usize) -> usize {
    const ITEMS: [&str; 10] = ["fn", "mod", "struct", "enum", "impl", "trait", "use", "const", "static", "type"];
    let (mut at, mut is_item) = (start, false);
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            ";" => return at,
            "," if !is_item => return at,
            ")" | "]" | "}" => return at.saturating_sub(1),
            "{" => return closing(tokens, at),
            "(" | "[" => at = closing(tokens, at),
            word => is_item |= ITEMS.contains(&word),
        }
        at += 1;
    }
    tokens.len().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        Source::read("a.rs", text).tokens.iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn test_modules_functions_and_files_are_not_code() {
        assert_eq!(words("fn a() {} #[cfg(test)] mod tests { fn b() {} } fn c() {}"), "fn a ( ) { } fn c ( ) { }");
        assert_eq!(words("#[tokio::test] async fn a() {} fn c() {}"), "fn c ( ) { }");
        assert_eq!(words("#[cfg(all(test, unix))] use a::b; fn c() {}"), "fn c ( ) { }");
        assert_eq!(words("struct S { #[cfg(test)] a: u8, b: u8 }"), "struct S { b : u8 }");
        assert_eq!(words("#[cfg(not(test))] fn a() {}"), "# [ cfg ( not ( test ) ) ] fn a ( ) { }");
        assert_eq!(words("#![cfg(test)]\nfn a() {}"), "");
    }

    #[test]
    fn a_test_module_in_a_file_of_its_own_is_remembered_by_name() {
        assert_eq!(Source::read("a.rs", "#[cfg(test)]\nmod walks;\nmod kept;").test_modules, ["walks"]);
    }

    #[test]
    fn code_lines_leave_out_blanks_comments_and_tests() {
        let text = "//! essay\n\nfn a() {\n    // why\n    b();\n}\n#[cfg(test)]\nmod tests {\n}\n";
        assert_eq!(Source::read("a.rs", text).code_lines(), 3);
    }
}
