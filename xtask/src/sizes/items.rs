//! Functions and enums of a file, by their tokens.

use std::ops::Range;

use crate::source::Source;

pub(super) struct Function {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) last_line: usize,
    /// Lines of code between its braces.
    pub(super) lines: usize,
    pub(super) arguments: usize,
    pub(super) bools: usize,
    /// Takes axum's `State` or our `Ctx`.
    pub(super) is_handler: bool,
}

pub(super) struct Enum {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) variants: usize,
}

pub(super) fn functions(source: &Source) -> Vec<Function> {
    let starts = (0..source.tokens.len()).filter(|at| source.text(*at) == "fn" && source.text(at + 1) != "(");
    starts.filter_map(|at| function(source, at)).collect()
}

fn function(source: &Source, at: usize) -> Option<Function> {
    let open = after_generics(source, at + 2);
    let close = source.closing(open);
    let body = (close + 1..source.tokens.len()).find(|at| ["{", ";"].contains(&source.text(*at)))?;
    let end = if source.text(body) == "{" { source.closing(body) } else { body };
    let arguments: Vec<Vec<&str>> = parts(source, open + 1..close).into_iter().filter(|part| !is_self(part)).collect();
    let says = |words: &[&str], word: &str| words.contains(&word);
    Some(Function {
        name: source.text(at + 1).to_owned(),
        line: source.line(at),
        last_line: source.line(end),
        lines: code_lines(source, body + 1..end),
        bools: arguments.iter().filter(|part| matches!(part.as_slice(), [.., ":", "bool"])).count(),
        is_handler: arguments.iter().any(|part| says(part, "State") || says(part, "Ctx")),
        arguments: arguments.len(),
    })
}

fn is_self(part: &[&str]) -> bool {
    part.iter().take_while(|word| **word != ":").any(|word| *word == "self")
}

/// The index of the `(` that opens the arguments, past `<T: Fn(A) -> B>`.
fn after_generics(source: &Source, start: usize) -> usize {
    let (mut at, mut depth) = (start, 0usize);
    while at < source.tokens.len() {
        match source.text(at) {
            "<" => depth += 1,
            ">" => depth = depth.saturating_sub(1),
            "(" if depth == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    at
}

/// What stands between the commas of this range, brackets of all kinds respected.
fn parts(source: &Source, range: Range<usize>) -> Vec<Vec<&str>> {
    let (mut parts, mut depth) = (vec![Vec::new()], 0usize);
    for at in range {
        match source.text(at) {
            "(" | "[" | "{" | "<" => depth += 1,
            ")" | "]" | "}" | ">" => depth = depth.saturating_sub(1),
            "," if depth == 0 => {
                parts.push(Vec::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = parts.last_mut() {
            last.push(source.text(at));
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn code_lines(source: &Source, range: Range<usize>) -> usize {
    let mut lines: Vec<usize> = range.map(|at| source.line(at)).collect();
    lines.dedup();
    lines.len()
}

pub(super) fn enums(source: &Source) -> Vec<Enum> {
    let starts = (0..source.tokens.len()).filter(|at| source.text(*at) == "enum");
    let found = starts.filter_map(|at| {
        let open = (at..source.tokens.len()).find(|at| source.text(*at) == "{")?;
        let variants = parts(source, open + 1..source.closing(open)).len();
        Some(Enum { name: source.text(at + 1).to_owned(), line: source.line(at), variants })
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> Function {
        functions(&Source::read("a.rs", text)).remove(0)
    }

    #[test]
    fn arguments_are_counted_without_self_and_through_generics() {
        let function = first("fn f<T: Fn(A) -> B>(&mut self, a: Map<K, V>, b: (u8, u8), c: bool, d: Option<bool>) {}");
        assert_eq!((function.arguments, function.bools), (4, 1));
        assert_eq!(first("fn f() -> u8;").arguments, 0);
        assert_eq!(first("fn f(self: Box<Self>) {}").arguments, 0);
    }

    #[test]
    fn only_lines_with_code_between_the_braces_count() {
        assert_eq!(first("fn f() {\n\n    // why\n    a();\n    b()\n}").lines, 2);
        assert_eq!(first("fn f() { a() }").lines, 1);
    }

    #[test]
    fn a_function_pointer_type_is_not_a_function() {
        assert!(functions(&Source::read("a.rs", "type F = fn(u8) -> u8;")).is_empty());
    }

    #[test]
    fn variants_are_counted_whatever_they_carry() {
        let text = "enum E { A, B { x: u8, y: u8 }, C(u8, Vec<u8>), #[doc = \"d\"] D = 4, }";
        assert_eq!(enums(&Source::read("a.rs", text))[0].variants, 4);
    }
}
