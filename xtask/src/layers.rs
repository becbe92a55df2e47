//! Who may import whom, and what a room must never name. The table is `layers/rooms.rs`.

mod code;
mod manifest;
mod rooms;

use std::path::Path;

use crate::finding::Finding;
use crate::tree;
use rooms::{ROOMS, Room};

#[derive(Default)]
pub struct Survey {
    pub findings: Vec<Finding>,
    pub rooms: usize,
    pub imports: usize,
}

pub fn check(root: &Path) -> Vec<Finding> {
    survey(root).findings
}

pub fn survey(root: &Path) -> Survey {
    let mut survey = Survey { findings: rooms_without_a_line(root), ..Survey::default() };
    let renames = manifest::Renames::read(root);
    for room in ROOMS.iter().filter(|room| root.join(room.path).join("Cargo.toml").is_file()) {
        survey.rooms += 1;
        survey.add(manifest::check(root, room, &renames));
        survey.add(code::check(root, room));
    }
    survey.findings.sort();
    survey.findings.dedup();
    survey
}

impl Survey {
    fn add(&mut self, (imports, findings): (usize, Vec<Finding>)) {
        self.imports += imports;
        self.findings.extend(findings);
    }
}

fn room(name: &str) -> Option<&'static Room> {
    ROOMS.iter().find(|room| room.name == name)
}

/// Folders under crates/, crates nested in them, and members of the workspace that the table does not know.
fn rooms_without_a_line(root: &Path) -> Vec<Finding> {
    let mut folders: Vec<String> = manifest::members(root);
    for folder in tree::entries(&root.join("crates")).into_iter().filter(|path| path.is_dir()) {
        let nested = tree::files(&folder, "toml").into_iter().filter(|file| file.ends_with("Cargo.toml"));
        folders.extend(nested.filter_map(|file| file.parent().map(|parent| tree::relative(root, parent))));
        folders.push(tree::relative(root, &folder));
    }
    folders.retain(|folder| ROOMS.iter().all(|room| room.path != folder));
    let strangers = folders.iter().map(|folder| {
        let reason = "xtask/src/layers/rooms.rs says what each room may import and why: give it its line there";
        Finding::new((folder, 1), "a room without a line in the table", reason)
    });
    strangers.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_import_in_the_table_is_a_room_and_none_is_circular() {
        for (at, room) in ROOMS.iter().enumerate() {
            for import in room.imports {
                let below = ROOMS.iter().position(|other| other.name == *import);
                assert!(
                    below.is_some_and(|below| below < at || room.path == "xtask"),
                    "{} imports {import}",
                    room.name
                );
            }
        }
    }

    #[test]
    fn no_line_of_the_table_is_without_a_reason() {
        for room in ROOMS {
            assert!(!room.because.is_empty());
            assert!(room.bans.iter().copied().flatten().all(|line| line.because.len() > 10), "{}", room.name);
        }
    }
}
