//! Where each value comes from, for `signet config --explain`.

use super::Loaded;
use super::error::Place;
use super::settings::{SETTINGS, Setting};
use super::sheet::Sheet;

/// One setting as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    pub path: &'static str,
    /// As it was given; `[secret]` for a secret that is set, `none` for nothing.
    pub value: String,
    pub from: Place,
}

impl Explained {
    /// A setting that weakens security, and is on.
    fn is_danger(&self) -> bool {
        Setting::named(self.path).is_some_and(Setting::is_danger) && self.value == "true"
    }
}

pub(super) fn rows(sheet: &Sheet) -> Vec<Explained> {
    SETTINGS.iter().filter_map(|setting| row(setting, sheet)).collect()
}

fn row(setting: &'static Setting, sheet: &Sheet) -> Option<Explained> {
    let (from, raw) = sheet.strongest(setting.path)?;
    let hidden = setting.is_secret() && *from != Place::Default;
    let value = if hidden { "[secret]".to_owned() } else { raw.shown() };
    Some(Explained { path: setting.path, value, from: from.clone() })
}

/// A table for people: setting, value, from.
pub fn explain(loaded: &Loaded) -> String {
    let rows = &loaded.explained;
    let wide = |text: fn(&Explained) -> &str| rows.iter().map(|row| text(row).chars().count()).max().unwrap_or(0);
    let (paths, values) = (wide(|row| row.path), wide(|row| &row.value));
    let mut table = format!("{:paths$}  {:values$}  from\n", "setting", "value");
    for row in rows {
        let danger = if row.is_danger() { "  DANGER, see docs/ops/dangers.md" } else { "" };
        table += &format!("{:paths$}  {:values$}  {}{danger}\n", row.path, row.value, row.from);
    }
    table
}
