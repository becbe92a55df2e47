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
