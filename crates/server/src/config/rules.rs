//! Rules that look at more than one setting: what is refused, and what is only worth a word.

use super::settings::{Config, SETTINGS};
use super::sheet::Sheet;

/// What is refused.
pub(super) fn check(config: &Config, sheet: &mut Sheet) {
    let database = &config.database;
    let away = database.url.as_ref().is_some_and(|url| !url.is_loopback());
    if away && database.ca_file.is_none() && !database.danger_plaintext {
        sheet.refuse(
            "database.url",
            "names another machine, and nothing would encrypt the connection; \
             give database.ca_file, or database.danger_plaintext = true",
        );
    }
}

/// What is permitted and still worth a word, for `signet check-config`.
pub fn warnings(config: &Config) -> Vec<String> {
    let Config { server, database, metrics, .. } = config;
    let plain_http = server.public_url.origin().starts_with("http://");
    let mut warnings = dangers(config);
    let mut warn = |holds: bool, sentence: &str| warnings.extend(holds.then(|| sentence.to_owned()));
    warn(plain_http, "server.public_url is plain http: people can sign in from this machine only");
    warn(
        plain_http && !server.listen.ip().is_loopback(),
        "server.listen is reachable from other machines, but server.public_url is not: give server.public_url",
    );
    warn(
        !plain_http && server.trusted_proxies.is_empty(),
        "server.public_url is https and server.trusted_proxies is empty: \
         every client will seem to come from the address of your proxy",
    );
    warn(metrics.allow.iter().any(|network| network.prefix_len() == 0), "metrics.allow lets everyone read /metrics");
    warn(database.ca_file.is_some() && database.url.is_none(), "database.ca_file has no effect without database.url");
    warnings
}

fn dangers(config: &Config) -> Vec<String> {
    let on = |path| match path {
        "database.danger_plaintext" => config.database.danger_plaintext,
        "database.danger_unsynced_commits" => config.database.danger_unsynced_commits,
        _ => false,
    };
    let named = SETTINGS.iter().filter(|setting| setting.is_danger() && on(setting.path));
    named.map(|setting| format!("{} is on; what it risks is in docs/ops/dangers.md", setting.path)).collect()
}
