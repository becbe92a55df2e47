//! What servers have promised, remembered where no server can reach it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use testkit::Http;
use testkit::process::Process;

#[derive(Default)]
struct Promises {
    created: BTreeMap<String, String>,
    disabled: BTreeSet<String>,
}

#[derive(Default)]
pub(crate) struct Ledger(Mutex<Promises>);

impl Ledger {
    pub(crate) fn created(&self, id: &str, username: &str) {
        self.0.lock().unwrap().created.insert(id.to_owned(), username.to_owned());
    }

    pub(crate) fn disabled(&self, id: &str) {
        self.0.lock().unwrap().disabled.insert(id.to_owned());
    }

    pub(crate) fn acknowledged(&self) -> usize {
        let promises = self.0.lock().unwrap();
        promises.created.len() + promises.disabled.len()
    }

    /// Every promise is kept. (What was asked for and never answered may have happened or not.)
    pub(crate) async fn check(&self, server: &Process) {
        let kept = accounts(server).await;
        let promises = self.0.lock().unwrap();
        for (id, username) in &promises.created {
            let (found, _) = kept.get(id).unwrap_or_else(|| panic!("account {id} was acknowledged and is lost"));
            assert_eq!(found, username);
        }
        for id in &promises.disabled {
            assert_eq!(kept[id].1, "disabled", "account {id} was disabled, that was acknowledged, and it is lost");
        }
    }
}

/// id -> (username, state), read page by page through the operator's door.
async fn accounts(server: &Process) -> BTreeMap<String, (String, String)> {
    let mut accounts = BTreeMap::new();
    let mut http = Http::operator(server.socket()).await.unwrap();
    let mut after = String::new();
    loop {
        let page = http.get(&format!("/api/v1/accounts?limit=200{after}")).await.unwrap();
        assert_eq!(page.status, 200, "{}", page.body);
        let page: serde_json::Value = serde_json::from_str(&page.body).unwrap();
        for account in page["accounts"].as_array().unwrap() {
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
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
