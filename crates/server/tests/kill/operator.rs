//! An operator who creates accounts and disables every fourth.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use testkit::Http;
use testkit::process::Process;

use crate::load::{CutOff, Shift, acknowledged};

pub(crate) async fn work(socket: &Path, shift: &Shift) -> Result<(), CutOff> {
    let mut http = Http::operator(socket).await?;
    for number in 0.. {
        if shift.is_over() {
            break;
        }
        let username = format!("{}n{number}", shift.name);
        let email = if number % 3 == 0 { format!(r#","email":"{username}@example.com""#) } else { String::new() };
        let body = format!(r#"{{"display_name":"Load","username":"{username}"{email}}}"#);
        let created = acknowledged(http.post("/api/v1/accounts", &body).await?, 201)?;
        let id = created.json()["id"].as_str().unwrap().to_owned();
        shift.ledger.created(&id, &username);
        shift.operator_was_answered();
        if number % 4 == 0 {
            let answer = http.post(&format!("/api/v1/accounts/{id}/disable"), r#"{"reason":"load"}"#).await?;
            acknowledged(answer, 200)?;
            shift.ledger.disabled(&id);
            shift.operator_was_answered();
        }
    }
    Ok(())
}

/// id -> (username, state), read page by page.
pub(crate) async fn accounts(server: &Process) -> BTreeMap<String, (String, String)> {
    let mut accounts = BTreeMap::new();
    let mut http = Http::operator(server.socket()).await.unwrap();
    let mut after = String::new();
    loop {
        let page = http.get(&format!("/api/v1/accounts?limit=200{after}")).await.unwrap();
        assert_eq!(page.status, 200, "{}", page.body);
        let page = page.json();
        for account in page["accounts"].as_array().unwrap() {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let names = account["identifiers"].as_array().unwrap();
            let username = names.iter().find(|name| name["kind"] == "username").unwrap();
            accounts.insert(text(&account["id"]), (text(&username["typed"]), text(&account["state"])));
        }
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return accounts,
        }
    }
}
