//! Which tests are meant.

use std::path::Path;

use serde_json::Value;

use super::cargo;

/// The browser tests' name among the rooms.
const CONSOLE: &str = "console";
/// That of the comparison with other verifiers.
const ORACLES: &str = "oracles";
/// That of the pages in Firefox, which only run where they are named.
const FIREFOX: &str = "firefox";

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Scope {
    /// Packages of the workspace; an empty list is all of them.
    pub(super) rooms: Option<Vec<String>>,
    /// Files of browser tests; an empty list is all of them.
    pub(super) console: Option<Vec<String>>,
    pub(super) oracles: bool,
    pub(super) firefox: bool,
}

impl Scope {
    /// What `ONLY=` names: `store`, `oracles`, `firefox`, `console`, or `console/sign-in` for one file; nothing named
    /// means everything but Firefox.
    pub(super) fn chosen(args: &[String], rooms: &[String]) -> Result<Self, String> {
        let mut scope = Self::default();
        for arg in args {
            let Some(names) = arg.strip_prefix("ONLY=") else {
                return Err(format!("`{arg}` is not understood: cargo xtask test [ONLY=room,room]"));
            };
            for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
                scope.add(name, rooms)?;
            }
        }
        let everything = Self { rooms: Some(Vec::new()), console: Some(Vec::new()), oracles: true, firefox: false };
        Ok(if scope == Self::default() { everything } else { scope })
    }

    pub(super) fn needs_a_database(&self) -> bool {
        self.rooms.is_some() || self.needs_node()
    }

    /// Are there pages to be looked at, in whichever browser?
    pub(super) fn needs_node(&self) -> bool {
        self.console.is_some() || self.firefox
    }

    fn add(&mut self, name: &str, rooms: &[String]) -> Result<(), String> {
        match name.split_once('/') {
            None if name == CONSOLE => self.console = Some(Vec::new()),
            None if name == ORACLES => self.oracles = true,
            None if name == FIREFOX => self.firefox = true,
            Some((CONSOLE, file)) => match &mut self.console {
                Some(all) if all.is_empty() => {}
                files => files.get_or_insert_default().push(file.to_owned()),
            },
            _ if rooms.iter().any(|room| room == name) => self.rooms.get_or_insert_default().push(name.to_owned()),
            _ => {
                return Err(format!(
                    "There is no room `{name}`; the rooms are {}, {CONSOLE}, {ORACLES}, {FIREFOX}.",
                    rooms.join(", ")
                ));
            }
        }
        Ok(())
    }
}

/// The packages of the workspace, in order.
pub(super) fn rooms(root: &Path) -> Result<Vec<String>, String> {
    let output = cargo()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()
        .map_err(|fault| format!("cannot run cargo metadata: {fault}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim_end().to_owned());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).map_err(|fault| fault.to_string())?;
    let packages = metadata.get("packages").and_then(Value::as_array).into_iter().flatten();
    let mut rooms: Vec<String> = packages.filter_map(|package| Some(package.get("name")?.as_str()?.into())).collect();
    rooms.sort_unstable();
    Ok(rooms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(args: &[&str]) -> Result<Scope, String> {
        let args: Vec<String> = args.iter().map(|arg| (*arg).into()).collect();
        Scope::chosen(&args, &["app".into(), "cluster".into(), "store".into()])
    }

    fn scope(rooms: Option<&[&str]>, console: Option<&[&str]>) -> Result<Scope, String> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Ok(Scope { rooms: rooms.map(owned), console: console.map(owned), ..Scope::default() })
    }

    #[test]
    fn nothing_chosen_is_everything() {
        let everything = Ok(Scope { oracles: true, ..scope(Some(&[]), Some(&[])).unwrap() });
        assert_eq!(choose(&[]), everything);
        assert_eq!(choose(&["ONLY="]), everything);
    }

    #[test]
    fn several_rooms_are_separated_by_commas() {
        assert_eq!(choose(&["ONLY=store, app"]), scope(Some(&["store", "app"]), None));
    }

    #[test]
    fn browser_tests_are_chosen_like_a_room_and_file_by_file() {
        assert_eq!(choose(&["ONLY=console"]), scope(None, Some(&[])));
        assert_eq!(choose(&["ONLY=console/sign-in,store"]), scope(Some(&["store"]), Some(&["sign-in"])));
        assert_eq!(choose(&["ONLY=console,console/sign-in"]), scope(None, Some(&[])), "all of them and one are all");
    }

    #[test]
    fn the_oracles_are_chosen_like_a_room_and_need_no_database() {
        let chosen = choose(&["ONLY=oracles"]).unwrap();
        assert_eq!(chosen, Scope { oracles: true, ..Scope::default() });
        assert!(!chosen.needs_a_database());
        assert!(choose(&["ONLY=oracles,store"]).unwrap().needs_a_database());
    }

    #[test]
    fn firefox_is_chosen_by_its_name_and_by_nothing_else() {
        let chosen = choose(&["ONLY=firefox"]).unwrap();
        assert_eq!(chosen, Scope { firefox: true, ..Scope::default() });
        assert!(chosen.needs_a_database() && chosen.needs_node());
        assert!(!choose(&[]).unwrap().firefox);
    }

    #[test]
    fn an_unknown_room_is_refused_with_the_rooms_there_are() {
        let sentence = "There is no room `stor`; the rooms are app, cluster, store, console, oracles, firefox.";
        assert_eq!(choose(&["ONLY=stor"]), Err(sentence.into()));
        assert!(choose(&["ONLY=store/account"]).is_err(), "one file of a room is not chosen so");
    }

    #[test]
    fn an_unknown_word_is_refused() {
        assert_eq!(choose(&["store"]), Err("`store` is not understood: cargo xtask test [ONLY=room,room]".into()));
    }

    #[test]
    fn the_rooms_are_the_packages_of_this_workspace() {
        let rooms = rooms(&xtask::root().unwrap()).unwrap();
        assert!(["cluster", "store", "xtask"].iter().all(|room| rooms.iter().any(|known| known == room)));
    }
}
