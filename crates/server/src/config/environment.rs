//! `SIGNET_SECTION__KEY` and `SIGNET_SECTION__KEY_FILE`.

use std::fs;

use super::Surroundings;
use super::error::{Place, did_you_mean, nearest};
use super::raw::Raw;
use super::settings::{SETTINGS, Setting};
use super::sheet::Sheet;

/// Names that belong to the program itself and to its tests.
const CONFIG: &str = "SIGNET_CONFIG";
const IGNORED: &[&str] = &["SIGNET_TEST_", "SIGNET_SHIM_"];

/// The file that the environment names instead of `--config`.
pub(super) fn config_file(around: &Surroundings) -> Option<&str> {
    around.env.get(CONFIG).map(String::as_str)
}

pub(super) fn gather(around: &Surroundings, sheet: &mut Sheet) {
    for setting in SETTINGS {
        gather_one(setting, around, sheet);
    }
    for name in around.env.keys().filter(|name| is_unknown(name)) {
        sheet.errors.push(Place::Environment(name.escape_debug().to_string()), unknown(name));
    }
}

fn gather_one(setting: &'static Setting, around: &Surroundings, sheet: &mut Sheet) {
    let name = setting.env_name();
    let file_name = format!("{name}_FILE");
    match (around.env.get(&name), around.env.get(&file_name)) {
        (Some(_), Some(_)) => {
            sheet.errors.push(Place::Environment(name), format!("given together with {file_name}; keep one of them"));
        }
        (Some(words), None) => sheet.give(setting.path, Place::Environment(name), Raw::Words(words.clone())),
        (None, Some(file)) => match fs::read_to_string(around.folder.join(file)) {
            Ok(text) => sheet.give(setting.path, Place::Environment(file_name), Raw::Words(trimmed(&text).to_owned())),
            Err(error) => sheet.errors.push(Place::Environment(file_name), format!("cannot read {file:?}: {error}")),
        },
        (None, None) => {}
    }
}

/// Editors and `echo` end a file with a newline that is not part of the value.
fn trimmed(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

fn is_unknown(name: &str) -> bool {
    let is_setting = |name: &str| SETTINGS.iter().any(|setting| setting.env_name() == name);
    name.starts_with("SIGNET_")
        && name != CONFIG
        && !IGNORED.iter().any(|prefix| name.starts_with(prefix))
        && !is_setting(name)
        && !name.strip_suffix("_FILE").is_some_and(is_setting)
}

fn unknown(name: &str) -> String {
    if name.starts_with("SIGNET_SERVICE_") || name.starts_with("SIGNET_PORT") {
        // Kubernetes writes these into every pod beside a Service called signet.
        return "there is no such setting; if Kubernetes put it here, set enableServiceLinks: false".to_owned();
    }
    let (stem, suffix) = name.strip_suffix("_FILE").map_or((name, ""), |stem| (stem, "_FILE"));
    let path = stem.trim_start_matches("SIGNET_").replace("__", ".");
    let meant = nearest(&path, SETTINGS.iter().map(|setting| setting.path)).and_then(Setting::named);
    format!("there is no such setting{}", did_you_mean(meant.map(|setting| setting.env_name() + suffix)))
}
