//! The operator's door to rules of authenticators, and to the passkeys and groups of accounts.

use axum::Router;
use axum::http::StatusCode;
use serde_json::{Value, json};
use web::Door;

use crate::browser::Browser;
use crate::house::{Answer, ask, get, post, router};

const RULES: &str = "/api/v1/authenticators/rules";
const DENIES_ALL_THAT_DO_NOT_SAY: &str = "[[rules]]\nname = \"Everyone\"\nfor = [\"everyone\"]\nattestation = \"direct\"\nunknown = \"deny\"\nunfit = \"doubt\"\n";

async fn told(router: &Router, path: &str, form: Value) -> Answer {
    ask(router, Door::Operator, post(path, form.to_string())).await
}

async fn read(router: &Router, path: &str) -> Value {
    ask(router, Door::Operator, get(path)).await.json()
}

testkit::on_both_engines! {
    fn rules_are_tried_taken_and_read_through_the_operator_door(house) {
        let app = house.app().await;
        let router = router(app.clone());
        let mut browser = Browser::new(&router);
        browser.sign_up("maren").await;
        assert_eq!(read(&router, RULES).await, json!({ "number": 0, "rules": "", "made_at": null }));
        let wrong = told(&router, RULES, json!({ "rules": "[[rules]]\nname = \"A\"\nfor = []" })).await;
        assert_eq!((wrong.status, wrong.json()["member"].clone()), (StatusCode::UNPROCESSABLE_ENTITY, json!("rules")));
        let rules = json!({ "rules": DENIES_ALL_THAT_DO_NOT_SAY });
        let survey = told(&router, "/api/v1/authenticators/dry-run", rules.clone()).await.json();
        let people = ["people_hit", "people_locked_out", "people_in_doubt"].map(|figure| survey[figure].as_u64().unwrap());
        assert_eq!(people, [1, 0, 1]);
        assert_eq!((&survey["hits"][0]["because"], &survey["hits"][0]["standing"]), (&json!("model.unknown"), &json!("doubted")));
        assert_eq!(survey["samples"].as_array().unwrap().len(), 1);
        assert_eq!(read(&router, RULES).await["number"], 0, "nothing was changed");
        let taken = told(&router, RULES, rules).await.json();
        assert_eq!((&taken["number"], &taken["rules"]), (&json!(1), &json!(DENIES_ALL_THAT_DO_NOT_SAY)));
        app.authenticators().reconcile().await.unwrap();

        let listed = browser.get("/api/v1/account/credentials").await.json();
        assert_eq!(listed["credentials"][0]["standing"], "doubted");
        let again = browser.post("/api/v1/passkeys/register/begin", &json!({})).await;
        assert_eq!((again.status, again.problem()), (StatusCode::FORBIDDEN, "other-passkey-required".into()));
        let page = browser.get("/account").await;
        let page = page.text();
        assert!(page.contains("In doubt") && page.contains("We ask the maker of your device"), "{page}");
        testkit::check_everything(&app).await;
    }

    fn a_passkey_is_held_and_released_and_its_owner_told_why_not(house) {
        let app = house.app().await;
        let router = router(app.clone());
        let mut browser = Browser::new(&router);
        let mut passkey = browser.sign_up("maren").await;
        let account = browser.get("/api/v1/account").await.json()["id"].as_str().unwrap().to_owned();
        let place = format!("/api/v1/accounts/{account}/credentials");
        let which = read(&router, &place).await["credentials"][0]["id"].as_str().unwrap().to_owned();
        let say = async |word: &str, form: Value| told(&router, &format!("{place}/{which}/{word}"), form).await;
        assert_eq!(say("hold", json!({ "reason": "" })).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(say("release", json!({ "reason": "found" })).await.status, StatusCode::CONFLICT);
        let stands = say("hold", json!({ "reason": "lost" })).await.json();
        assert_eq!(stands, json!({ "standing": "suspended", "because": "held" }));
        let gone = browser.get("/api/v1/account").await;
        assert_eq!(gone.status, StatusCode::UNAUTHORIZED, "what it opened has ended");
        let held = browser.sign_in(&mut passkey).await;
        assert_eq!((held.status, held.problem()), (StatusCode::FORBIDDEN, "passkey-on-hold".into()));
        let stands = say("release", json!({ "reason": "found" })).await.json();
        assert_eq!(stands, json!({ "standing": "good", "because": null }));
        assert_eq!(browser.sign_in(&mut passkey).await.status, StatusCode::OK);
        let nobody = told(&router, &format!("{place}/{account}/hold"), json!({ "reason": "lost" })).await;
        assert_eq!(nobody.status, StatusCode::NOT_FOUND);
        testkit::check_everything(&app).await;
    }

    fn an_account_comes_into_a_group_and_goes(house) {
        let app = house.app().await;
        let router = router(app.clone());
        let mut browser = Browser::new(&router);
        browser.sign_up("maren").await;
        let account = browser.get("/api/v1/account").await.json()["id"].as_str().unwrap().to_owned();
        let place = format!("/api/v1/accounts/{account}/groups");
        let step = async |word: &str| told(&router, &format!("{place}/ledger/{word}"), json!({})).await.status;
        assert_eq!(step("leave").await, StatusCode::CONFLICT);
        assert_eq!(step("join").await, StatusCode::NO_CONTENT);
        assert_eq!(read(&router, &place).await, json!({ "groups": ["ledger"] }));
        assert_eq!(step("join").await, StatusCode::CONFLICT);
        assert_eq!(step("leave").await, StatusCode::NO_CONTENT);
        let odd = told(&router, &format!("{place}/NOT%20A%20LABEL/join"), json!({})).await;
        assert_eq!(odd.status, StatusCode::NOT_FOUND);
    }

    fn a_sign_in_asks_for_a_domain_of_before_only_where_there_is_one(house) {
        let app = house.app().await;
        let mut browser = Browser::new(&router(app));
        let refused = browser.post("/api/v1/sign-in/passkey/begin", &json!({ "domain": "old.example.org" })).await;
        assert_eq!((refused.status, refused.json()["member"].clone()), (StatusCode::UNPROCESSABLE_ENTITY, json!("domain")));
    }
}
