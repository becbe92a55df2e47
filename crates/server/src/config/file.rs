//! `signet.toml`.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::error::{Place, did_you_mean, nearest};
use super::raw::Raw;
use super::settings::{SETTINGS, Setting};
use super::sheet::Sheet;
use super::{Flags, Surroundings, environment};

const USUAL_NAME: &str = "signet.toml";

/// The file that was named, or `signet.toml` in the working folder if it is there.
pub(super) fn gather(flags: &Flags, around: &Surroundings, sheet: &mut Sheet) {
    let (asked_by, path) = match (&flags.config, environment::config_file(around)) {
        (Some(path), _) => (Some(Place::Flag("--config")), path.as_path()),
        (None, Some(path)) => (Some(Place::Environment("SIGNET_CONFIG".to_owned())), Path::new(path)),
        (None, None) => (None, Path::new(USUAL_NAME)),
    };
    let name = path.display().to_string();
    match (fs::read_to_string(around.folder.join(path)), asked_by) {
        (Ok(text), _) => File { name, text: &text }.gather(sheet),
        (Err(error), None) if error.kind() == ErrorKind::NotFound => {}
        (Err(error), Some(place)) => sheet.errors.push(place, format!("cannot read {name:?}: {error}")),
        (Err(error), None) => sheet.errors.push(Place::File { name, line: 1 }, format!("cannot be read: {error}")),
    }
}

struct File<'a> {
    name: String,
    text: &'a str,
}

impl File<'_> {
    /// Values are read only from a file that is well-formed: what a parser guesses after an error is not what was meant.
    fn gather(&self, sheet: &mut Sheet) {
        let (table, mistakes) = DeTable::parse_recoverable(self.text);
        for mistake in &mistakes {
            // Only the message: the error's Display would print the line, and a secret may stand in it.
            let at = mistake.span().map_or(0, |span| span.start);
            sheet.errors.push(self.place(at), mistake.message().to_owned());
        }
        if mistakes.is_empty() {
            self.walk(table.get_ref(), "", sheet);
        }
    }

    fn walk(&self, table: &DeTable<'_>, prefix: &str, sheet: &mut Sheet) {
        for (key, value) in table {
            let path = format!("{prefix}{}", key.get_ref());
            let place = self.place(key.span().start);
            match (Setting::named(&path), value.get_ref()) {
                (Some(setting), value) => sheet.give(setting.path, place, Raw::from_toml(value)),
                (None, DeValue::Table(inner)) if is_section(&path) => self.walk(inner, &format!("{path}."), sheet),
                (None, _) if is_section(&path) => {
                    sheet.errors.push(place, format!("{path} is a section; write [{path}]"))
                }
                (None, DeValue::Table(_)) => sheet.errors.push(place, unknown_section(&path)),
                (None, _) => sheet.errors.push(place, unknown_setting(&path)),
            }
        }
    }

    fn place(&self, offset: usize) -> Place {
        let line = 1 + self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count();
        Place::File { name: self.name.clone(), line }
    }
}

fn sections() -> impl Iterator<Item = &'static str> {
    SETTINGS.iter().filter_map(|setting| Some(setting.path.split_once('.')?.0))
}

fn is_section(path: &str) -> bool {
    sections().any(|section| section == path)
}

fn unknown_section(path: &str) -> String {
    let meant = nearest(path, sections());
    format!("there is no section {}{}", plain(path), did_you_mean(meant.map(str::to_owned)))
}

fn unknown_setting(path: &str) -> String {
    let meant = nearest(path, SETTINGS.iter().map(|setting| setting.path));
    format!("there is no setting {}{}", plain(path), did_you_mean(meant.map(str::to_owned)))
}

/// Keys may hold anything when they are quoted; what is printed may not.
fn plain(path: &str) -> String {
    path.escape_debug().to_string()
}
