//! Moving from one domain to another, passkey by passkey.

use app::App;
use app::domain::{Behind, Bound};
use vocab::{AccountId, RpId};

use crate::cli::Domain;
use crate::terminal::{Failure, say, table};
use crate::wiring::failed;

/// Accounts that are read at once.
const PAGE: i64 = 200;

pub(super) async fn run(app: &App, what: &Domain) -> Result<(), Failure> {
    let to = match &what.to {
        None => app.site().relying_party.id.clone(),
        Some(text) => {
            RpId::parse(text).ok_or_else(|| Failure::refused("--to: this is not a domain such as id.example.org"))?
        }
    };
    if what.list { list(app, &to).await } else { report(app, &to).await }
}

/// Who is to make a passkey of the new domain still: a table to work through.
async fn list(app: &App, to: &RpId) -> Result<(), Failure> {
    let (mut rows, mut after) = (Vec::new(), AccountId::NOBODY);
    loop {
        let page = app.domains().behind(to, after, PAGE).await.map_err(failed)?;
        let Some(last) = page.last() else { break };
        after = last.account;
        rows.extend(page.into_iter().map(row));
    }
    if rows.is_empty() {
        say(format_args!("Everybody who has a passkey has one for {to}."));
        return Ok(());
    }
    let head = ["account", "name", "identifiers"].map(str::to_owned).to_vec();
    say(table(&std::iter::once(head).chain(rows).collect::<Vec<_>>()));
    Ok(())
}

fn row(behind: Behind) -> Vec<String> {
    vec![behind.account.to_string(), behind.display_name, behind.identifiers.join(" ")]
}

async fn report(app: &App, to: &RpId) -> Result<(), Failure> {
    let (site, bound) = (app.site(), app.domains().bound().await.map_err(failed)?);
    let rp_ids = site.rp_ids();
    let use_of = |domain: &str| match rp_ids.iter().position(|id| id.as_str() == domain) {
        Some(0) => "counts",
        Some(_) => "signs in still",
        None => "of no use",
    };
    let head = ["domain", "passkeys", "people", "now"].map(str::to_owned).to_vec();
    let line = |one: &Bound| {
        let counts = [one.credentials.to_string(), one.accounts.to_string()];
        [vec![one.rp_id.clone()], counts.to_vec(), vec![use_of(&one.rp_id).to_owned()]].concat()
    };
    say(table(&std::iter::once(head).chain(bound.iter().map(line)).collect::<Vec<_>>()));
    let left: Vec<&str> = bound.iter().map(|one| one.rp_id.as_str()).filter(|domain| *domain != to.as_str()).collect();
    if left.is_empty() {
        say(format_args!("\nNobody is left behind on {to}."));
        return Ok(());
    }
    let quoted: Vec<String> = left.iter().map(|domain| format!("\"{domain}\"")).collect();
    say(format_args!("\nSo that nobody is left behind on the way to {to}:"));
    say(format_args!("  1. passkeys.rp_id = \"{to}\" and passkeys.former_rp_ids = [{}]", quoted.join(", ")));
    let is_there = *to == site.relying_party.id;
    let there = || site.relying_party.origins.iter().map(|origin| format!("\"{}\"", origin.as_str())).collect();
    let origins: Vec<String> = if is_there { there() } else { vec![format!("\"https://{to}\"")] };
    for domain in &left {
        say(format_args!("  2. https://{domain}/.well-known/webauthn answers, as application/json:"));
        say(format_args!("     {{\"origins\":[{}]}}", origins.join(",")));
    }
    say("  3. whoever signs in with an older passkey is asked on the account page to add a new one");
    say(format_args!("  4. who has none yet: signet admin domain --to {to} --list"));
    Ok(())
}
