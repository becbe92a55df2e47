//! What browsers, systems and apps look for under `/.well-known/`. All of it is configuration; what is not configured
//! is not there.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use vocab::url::PublicUrl;
use vocab::{Origin, RpId};

use crate::Shared;
use crate::native_app::AppleApp;
use crate::problem::Problem;

/// Where passkeys are looked after.
const ACCOUNT: &str = "/account";

/// GET /.well-known/webauthn: pages of other domains that may use our passkeys. To the passkeys of a domain of before
/// the pages of this one are such.
// SPEC: WebAuthn-3 §5.11
pub(crate) async fn related_origins(State(web): State<Shared>) -> Result<Response, Problem> {
    let (site, domains) = (web.app.site(), web.app.site().rp_ids());
    let is_related = |origin: &&Origin| domains.iter().any(|id| is_elsewhere(origin, id));
    let origins: Vec<&str> = site.relying_party.origins.iter().filter(is_related).map(Origin::as_str).collect();
    if origins.is_empty() { Err(Problem::not_found()) } else { Ok(file(&json!({ "origins": origins }))) }
}

/// A page that browsers would not let near passkeys of this domain by its address alone. (An app is no page.)
fn is_elsewhere(origin: &Origin, id: &RpId) -> bool {
    let Ok(url) = PublicUrl::parse(origin.as_str()) else { return false };
    let is_below = |below: &str| below.is_empty() || below.ends_with('.');
    !url.host().strip_suffix(id.as_str()).is_some_and(is_below)
}

/// GET /.well-known/passkey-endpoints: where a password manager sends somebody who wants a passkey here.
pub(crate) async fn passkey_endpoints(State(web): State<Shared>) -> Response {
    let account = format!("{}{ACCOUNT}", web.app.site().public_url.origin());
    file(&json!({ "enroll": account, "manage": account }))
}

/// GET /.well-known/change-password: the nearest thing to it here.
pub(crate) async fn change_password() -> Response {
    (StatusCode::FOUND, [(LOCATION, HeaderValue::from_static(ACCOUNT))]).into_response()
}

/// GET /.well-known/assetlinks.json
pub(crate) async fn asset_links(State(web): State<Shared>) -> Result<Response, Problem> {
    let mut signers: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for app in &web.settings.android_apps {
        signers.entry(&app.package).or_default().push(app.fingerprint());
    }
    // Android wants the first of the two relations for passkeys and the second for what else may be shared. Our pages
    // open in an app only if the app itself claims them.
    let relation = ["delegate_permission/common.handle_all_urls", "delegate_permission/common.get_login_creds"];
    let statement = |(package, signers): (&str, Vec<String>)| {
        let target =
            json!({ "namespace": "android_app", "package_name": package, "sha256_cert_fingerprints": signers });
        json!({ "relation": relation, "target": target })
    };
    let statements: Vec<Value> = signers.into_iter().map(statement).collect();
    if statements.is_empty() { Err(Problem::not_found()) } else { Ok(file(&Value::from(statements))) }
}

/// GET /.well-known/apple-app-site-association
pub(crate) async fn apple_apps(State(web): State<Shared>) -> Result<Response, Problem> {
    let apps: Vec<String> = web.settings.apple_apps.iter().map(AppleApp::to_string).collect();
    if apps.is_empty() { Err(Problem::not_found()) } else { Ok(file(&json!({ "webcredentials": { "apps": apps } }))) }
}

fn file(value: &Value) -> Response {
    ([(CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_at_or_below_our_domain_needs_no_word_of_ours() {
        let id = RpId::parse("example.org").unwrap();
        for (origin, is_related) in [
            ("https://example.org", false),
            ("https://id.example.org", false),
            ("https://id.example.org:8443", false),
            ("https://example.com", true),
            ("https://badexample.org", true),
            ("https://example.org.evil.example", true),
        ] {
            assert_eq!(is_elsewhere(&Origin::parse(origin).unwrap(), &id), is_related, "{origin}");
        }
        assert!(!is_elsewhere(&Origin::of_android_app(&"A".repeat(43)).unwrap(), &id));
    }
}
