use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[test]
fn routes_are_made_in_the_table_only() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    gather(&source, &mut files);
    assert!(files.len() > 10);
    for file in files.iter().filter(|file| !file.ends_with("src/route.rs")) {
        let text = std::fs::read_to_string(file).unwrap();
        for banned in [".route(", "Router::", ".nest", "fallback", "MethodRouter", "routing::", ".merge("] {
            assert!(!text.contains(banned), "{banned} in {}: only route.rs makes routes", file.display());
        }
    }
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { gather(&path, files) } else { files.push(path) }
    }
}

/// The description of the API knows a schema by its type's name alone: of two that share one, the later replaces the
/// earlier.
#[test]
fn no_two_schemas_share_a_name() {
    let mut files = Vec::new();
    gather(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut seen = std::collections::BTreeMap::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let mut is_schema = false;
        for line in text.lines() {
            is_schema |= line.starts_with("#[derive(") && line.contains("ToSchema");
            let name = line.split_once("struct ").map(|(_, rest)| rest.split(['<', ' ', ';', '(']).next().unwrap());
            if let (true, Some(name)) = (is_schema, name) {
                is_schema = false;
                let earlier = seen.insert(name.to_owned(), file.clone());
                assert_eq!(earlier, None, "{name} is a schema in {} too", file.display());
            }
        }
    }
    assert!(seen.len() > 15, "{seen:?}");
}

/// Every problem that the browser modules speak of is one the server answers with.
#[test]
fn browser_modules_know_problems_by_their_real_names() {
    let problems = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/problem.rs")).unwrap();
    let slugs = problems_that_modules_know();
    assert!(slugs.len() >= 9, "{slugs:?}");
    for slug in slugs {
        assert!(problems.contains(&format!("\"{slug}\",")), "no problem is called {slug}");
    }
}

fn problems_that_modules_know() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let errors = std::fs::read_to_string(root.join("../../console/src/errors.js")).unwrap();
    let (_, table) = errors.split_once("new Map([").unwrap();
    table.split("]);").next().unwrap().split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Every code that a ceremony can end with has its row, and what a person reads stands on a page.
#[test]
fn the_table_of_errors_says_what_pages_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let (problems, reports) = (read("src/problem.rs"), read("src/report.rs"));
    let mut templates = Vec::new();
    gather(&root.join("templates"), &mut templates);
    let pages: String = templates.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let table = read("../../docs/features/errors.md");
    let mut codes = BTreeSet::new();
    for row in table.lines().filter(|line| line.starts_with("| `")) {
        let (code, rest) = row.trim_start_matches("| `").split_once('`').unwrap();
        let is_known = problems.contains(&format!("\"{code}\",")) || reports.contains(&format!("=> \"{code}\""));
        assert!(is_known && codes.insert(code), "{code}");
        let read = rest.trim_start_matches(" | ").split(" | ").next().unwrap();
        for sentence in read.split('“').skip(1).map(|part| part.split('”').next().unwrap()) {
            assert!(pages.contains(&format!(">{sentence}</h")), "no page says {sentence}");
        }
    }
    let answered = problems_that_modules_know();
    let (_, words) = reports.split_once("fn as_str").unwrap();
    let reported = words.split_once("\n    }\n").unwrap().0.split('"').skip(1).step_by(2).map(str::to_owned);
    for code in answered.into_iter().chain(reported) {
        assert!(codes.contains(code.as_str()), "docs/features/errors.md has no row for {code}");
    }
}
