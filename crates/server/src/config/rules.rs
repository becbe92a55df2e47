//! Rules that look at more than one setting: what is refused, and what is only worth a word.

use vocab::url::PublicUrl;
use vocab::{Origin, RpId};

use super::settings::{Config, SETTINGS};
use super::sheet::Sheet;

/// What is refused.
pub(super) fn check(config: &Config, sheet: &mut Sheet) {
    let Config { database, mail, passkeys, server, .. } = config;
    let mut refuse = |holds: bool, path, why: &str| {
        if holds {
            sheet.refuse(path, why);
        }
    };
    let away = database.url.as_ref().is_some_and(|url| !url.is_loopback());
    refuse(
        away && database.ca_file.is_none() && !database.danger_plaintext,
        "database.url",
        "names another machine, and nothing would encrypt the connection; \
         give database.ca_file, or database.danger_plaintext = true",
    );
    refuse(
        mail.url.is_some() && mail.from.is_none(),
        "mail.url",
        "needs mail.from beside it: the address that letters come from",
    );
    refuse(
        passkeys.rp_id.as_ref().is_some_and(|id| !is_at_or_above(id, server.public_url.host())),
        "passkeys.rp_id",
        "must be the host of server.public_url or a domain above it that has a dot: \
         no browser would bind a passkey of that page to anything else",
    );
    refuse(
        !passkeys.origins.contains(&Origin::of(&server.public_url)),
        "passkeys.origins",
        "must name server.public_url too: its pages are the first with a passkey dialog",
    );
}

/// Whether pages of this host may bind a passkey to that domain. (What nobody can own, such as `co.uk`, only browsers
/// know.)
fn is_at_or_above(id: &RpId, host: &str) -> bool {
    let is_above = || host.strip_suffix(id.as_str()).is_some_and(|below| below.ends_with('.'));
    host == id.as_str() || (id.as_str().contains('.') && is_above())
}

/// What is permitted and still worth a word, for `signet check-config`.
pub fn warnings(config: &Config) -> Vec<String> {
    let Config { authenticators, server, database, mail, metrics, passkeys, .. } = config;
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
    warn(mail.from.is_some() && mail.url.is_none(), "mail.from has no effect without mail.url");
    warn(
        authenticators.url_ca_file.is_some() && authenticators.url.is_none(),
        "authenticators.url_ca_file has no effect without authenticators.url",
    );
    warn(mail.ca_file.is_some() && mail.url.is_none(), "mail.ca_file has no effect without mail.url");
    if passkeys.rp_id.is_none() {
        let url = &server.public_url;
        let by_name = url.origin().replacen(url.host(), "localhost", 1);
        let instead = if url.is_loopback() { by_name.as_str() } else { "a domain name" };
        warnings.push(format!(
            "server.public_url is an address of numbers, and browsers bind no passkey to one; use {instead}"
        ));
    }
    let id = passkeys.rp_id.as_ref().map_or("", RpId::as_str);
    warnings.extend(strangers(config).map(|origin| {
        format!(
            "passkeys.origins names {origin}, which is not below passkeys.rp_id: browsers show a passkey there only if \
             they find its name in https://{id}/.well-known/webauthn"
        )
    }));
    warnings
}

/// Origins whose pages browsers let ask for our passkeys only where the domain of these says so.
fn strangers(config: &Config) -> impl Iterator<Item = &Origin> {
    let id = config.passkeys.rp_id.as_ref();
    let is_stranger = move |origin: &&Origin| {
        let host = PublicUrl::parse(origin.as_str()).map(|url| url.host().to_owned());
        id.is_some_and(|id| !host.is_ok_and(|host| is_at_or_above(id, &host)))
    };
    config.passkeys.origins.iter().filter(is_stranger)
}

fn dangers(config: &Config) -> Vec<String> {
    let on = |path| match path {
        "database.danger_plaintext" => config.database.danger_plaintext,
        "database.danger_unsynced_commits" => config.database.danger_unsynced_commits,
        "mail.danger_plaintext" => config.mail.danger_plaintext,
        "authenticators.danger_sha1_of_tpms" => config.authenticators.danger_sha1_of_tpms,
        "passkeys.danger_rp_id_changed" => config.passkeys.danger_rp_id_changed,
        _ => false,
    };
    let named = SETTINGS.iter().filter(|setting| setting.is_danger() && on(setting.path));
    named.map(|setting| format!("{} is on; what it risks is in docs/ops/dangers.md", setting.path)).collect()
}
