//! One SQL text for two engines: no word that only one of them knows, or that the two understand differently; every
//! statement in the registry; and a budget for the places where an engine truly needs its own words.

mod words;

use std::ops::Range;
use std::path::Path;

use crate::finding::Finding;
use crate::source::Source;
use crate::tree;
use words::Text;
pub use words::is_statement;

const STORE: &str = "crates/store";
const REGISTRY: &str = "crates/store/src/statements.rs";
/// Where the store speaks to one engine in its own words, or makes one text ready for both.
const ENGINE_ROOMS: [&str; 3] = ["crates/store/src/engine/", "crates/store/src/migrate/", "crates/store/src/sql.rs"];
/// How often an engine may have its own words (HOUSE: "budget 10").
pub const BUDGET: usize = 10;

#[derive(Default)]
pub struct Survey {
    pub findings: Vec<Finding>,
    pub statements: usize,
    pub migrations: usize,
    pub per_engine: usize,
}

pub fn check(root: &Path) -> Vec<Finding> {
    survey(root).findings
}

pub fn survey(root: &Path) -> Survey {
    let mut survey = Survey::default();
    let mut own_words = Vec::new();
    let registry = Source::read(REGISTRY, &tree::text(&root.join(REGISTRY)));
    for source in tree::sources(root, &root.join(STORE).join("src")) {
        own_words
            .extend(per_engine_uses(&source).iter().map(|use_of| (source.path.clone(), source.line(use_of.start))));
        survey.statements_of(&source);
        survey.findings.extend(unregistered(&source, &registry));
    }
    for file in tree::files(&root.join(STORE), "sql") {
        let (path, text) = (tree::relative(root, &file), tree::text(&file));
        let text = Text::read(&text);
        survey.migrations += 1;
        own_words.extend(text.per_engine.iter().map(|line| (path.clone(), *line)));
        let forbidden = text.forbidden().into_iter().chain(text.raw_types());
        survey.findings.extend(forbidden.map(|word| Finding::new((&path, word.line), word.sentence, word.because)));
    }
    survey.per_engine = own_words.len();
    survey.findings.extend(over_budget(&own_words));
    survey.findings.sort();
    survey.findings.dedup();
    survey
}

impl Survey {
    fn statements_of(&mut self, source: &Source) {
        let registered = declarations(source);
        let plain = ranges_of(source, &["sql", "("]);
        let own_words = per_engine_uses(source);
        let has_own_words = ENGINE_ROOMS.iter().any(|room| source.path.starts_with(room));
        for literal in &source.literals {
            let within = |ranges: &[Range<usize>]| {
                ranges.iter().filter_map(|range| source.tokens.get(range.clone())).flatten().any(|t| t.at == literal.at)
            };
            let is_declared = within(&registered) || within(&plain);
            if within(&own_words) || !(is_declared || is_statement(&literal.text) && !has_own_words) {
                continue;
            }
            self.statements += usize::from(is_declared);
            if !is_declared {
                let because = "the tests prepare and break what is in the registry, and nothing else";
                let at = (source.path.as_str(), literal.line);
                self.findings.push(Finding::new(at, "an SQL text outside `statements!`", because));
            }
            for word in Text::read(&literal.text).forbidden() {
                let line = literal.line + word.line - 1;
                self.findings.push(Finding::new((&source.path, line), word.sentence, word.because));
            }
        }
    }
}

/// Token ranges of a call or a macro such as `sql ( …`, from the name to the bracket that closes it.
fn ranges_of(source: &Source, call: &[&str]) -> Vec<Range<usize>> {
    let bracket = call.len() - 1;
    let is_call = |at: usize| {
        let is_definition = at.checked_sub(1).is_some_and(|before| source.text(before) == "fn");
        !is_definition && call.iter().enumerate().all(|(offset, word)| source.text(at + offset) == *word)
    };
    (0..source.tokens.len()).filter(|at| is_call(*at)).map(|at| at..source.closing(at + bracket)).collect()
}

fn declarations(source: &Source) -> Vec<Range<usize>> {
    ranges_of(source, &["statements", "!", "{"])
}

fn per_engine_uses(source: &Source) -> Vec<Range<usize>> {
    let mut uses = ranges_of(source, &["per_engine", "("]);
    uses.extend(ranges_of(source, &["per_engine", "!", "("]));
    uses
}

fn over_budget(uses: &[(String, usize)]) -> Option<Finding> {
    let (path, line) = uses.get(BUDGET)?;
    let sentence = format!("per_engine is used {} times, the budget is {BUDGET}", uses.len());
    Some(Finding::new(
        (path, *line),
        sentence,
        "each query is written once; what the engines say apart, tests must try apart",
    ))
}

fn unregistered(source: &Source, registry: &Source) -> Option<Finding> {
    let declared = declarations(source).into_iter().next()?;
    let module = source.path.trim_end_matches(".rs").trim_end_matches("/mod").rsplit('/').next()?;
    let is_listed = (0..registry.tokens.len()).any(|at| {
        registry.text(at) == module && registry.text(at + 1) == "::" && registry.text(at + 2) == "STATEMENTS"
    });
    let sentence =
        format!("the statements of {module} are not in the registry: add `{module}::STATEMENTS,` to {REGISTRY}");
    let because = "a statement outside the registry is never prepared on both engines and never broken by a test";
    (!is_listed).then(|| Finding::new((&source.path, source.line(declared.start)), sentence, because))
}
