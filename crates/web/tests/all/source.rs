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
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let problems = std::fs::read_to_string(root.join("src/problem.rs")).unwrap();
    let errors = std::fs::read_to_string(root.join("../../console/src/errors.js")).unwrap();
    let (_, table) = errors.split_once("new Map([").unwrap();
    let slugs: Vec<&str> = table.split("]);").next().unwrap().split('"').skip(1).step_by(2).collect();
    assert!(slugs.len() >= 9, "{slugs:?}");
    for slug in slugs {
        assert!(problems.contains(&format!("\"{slug}\",")), "no problem is called {slug}");
    }
}
