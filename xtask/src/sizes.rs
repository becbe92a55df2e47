//! Sizes, as questions and not as verdicts: what a reviewer would look at twice, worst first.

mod items;

use std::path::Path;

use crate::source::Source;
use crate::tree;
use items::Function;

const LINES_SHOWN: usize = 40;
/// How far above a function its `// SPEC:` line may stand.
const LINES_OF_DOC: usize = 5;

/// Something large, how large, and from where on the house asks about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub what: &'static str,
    pub size: usize,
    pub asked_above: usize,
    /// From here on it is looked at twice.
    pub twice_above: usize,
    pub place: String,
}

impl Question {
    /// How many times over, in hundredths: what the table is sorted by.
    fn excess(&self) -> usize {
        self.size * 100 / self.asked_above.max(1)
    }
}

pub fn questions(root: &Path) -> Vec<Question> {
    let mut questions = Vec::new();
    for folder in ["crates", "bench", "xtask"].into_iter().flat_map(|top| tree::files(&root.join(top), "toml")) {
        let Some(room) = folder.parent().filter(|_| folder.ends_with("Cargo.toml")) else { continue };
        questions.extend(essay(root, room));
        for source in tree::sources(root, &room.join("src")) {
            questions.extend(of_file(&source));
        }
    }
    questions.retain(|question| question.size > question.asked_above);
    questions.sort_by(|a, b| b.excess().cmp(&a.excess()).then_with(|| a.place.cmp(&b.place)));
    questions
}

pub fn table(questions: &[Question]) -> String {
    let mut lines = vec![format!("{:<28} {:>5}  {:>5}  where", "what", "size", "asked")];
    let line = |q: &Question| {
        let twice = if q.size > q.twice_above { "  (look twice)" } else { "" };
        format!("{:<28} {:>5}  {:>5}  {}{twice}", q.what, q.size, q.asked_above, q.place)
    };
    lines.extend(questions.iter().take(LINES_SHOWN).map(line));
    if questions.len() > LINES_SHOWN {
        lines.push(format!("… and {} more", questions.len() - LINES_SHOWN));
    }
    lines.push(format!("sizes: {} questions; each may have a good answer", questions.len()));
    lines.join("\n")
}

/// Every crate opens by saying what it is for, what it refuses, and what always holds.
fn essay(root: &Path, room: &Path) -> Option<Question> {
    let first = ["src/lib.rs", "src/main.rs"].iter().map(|name| room.join(name)).find(|path| path.is_file())?;
    let text = tree::text(&first);
    let essay: Vec<&str> = text.lines().take_while(|line| line.starts_with("//!")).collect();
    let is_told = essay.len() >= 8 && essay.iter().any(|line| line.contains("Invariants:"));
    let limit = Limit { what: "no essay with `Invariants:`", asked: 0, twice: usize::MAX };
    (!is_told).then(|| limit.of(1, tree::relative(root, &first)))
}

/// From where on the house asks, and from where on it looks twice.
struct Limit {
    what: &'static str,
    asked: usize,
    twice: usize,
}

const FILE: Limit = Limit { what: "lines of code in a file", asked: 300, twice: 500 };
const FUNCTION: Limit = Limit { what: "lines in a function", asked: 30, twice: 60 };
const SPEC_WALK: Limit = Limit { what: "lines in a spec walk", asked: 120, twice: 120 };
const HANDLER: Limit = Limit { what: "lines in a handler", asked: 20, twice: 60 };
const ARGUMENTS: Limit = Limit { what: "arguments", asked: 4, twice: usize::MAX };
const BOOLS: Limit = Limit { what: "bool arguments", asked: 0, twice: usize::MAX };
const VARIANTS: Limit = Limit { what: "variants of an error", asked: 12, twice: usize::MAX };

impl Limit {
    fn of(&self, size: usize, place: String) -> Question {
        Question { what: self.what, size, asked_above: self.asked, twice_above: self.twice, place }
    }
}

fn of_file(source: &Source) -> Vec<Question> {
    let mut questions = vec![FILE.of(source.code_lines(), source.path.clone())];
    for function in items::functions(source) {
        let place = format!("{}:{} {}", source.path, function.line, function.name);
        questions.push(length_limit(source, &function).of(function.lines, place.clone()));
        questions.push(ARGUMENTS.of(function.arguments, place.clone()));
        questions.push(BOOLS.of(function.bools, place));
    }
    for error in items::enums(source).into_iter().filter(|found| is_error(&found.name)) {
        questions.push(VARIANTS.of(error.variants, format!("{}:{} {}", source.path, error.line, error.name)));
    }
    questions
}

fn is_error(name: &str) -> bool {
    ["Error", "Refusal", "Fault", "Problem", "Reason"].iter().any(|ending| name.ends_with(ending))
}

/// A function that walks a spec clause by clause may be long; a handler only parses, calls and answers.
fn length_limit(source: &Source, function: &Function) -> Limit {
    let first = function.line.saturating_sub(LINES_OF_DOC);
    let mut around = source.raw.lines().take(function.last_line).skip(first);
    if around.any(|line| line.contains("// SPEC:")) {
        return SPEC_WALK;
    }
    if source.path.starts_with("crates/web/") && function.is_handler { HANDLER } else { FUNCTION }
}
