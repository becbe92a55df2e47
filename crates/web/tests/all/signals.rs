//! What a browser is told of an account and its passkeys.

use authenticator::base64url;
use serde_json::json;
use std::time::Duration;
use testkit::House;

use crate::browser::Browser;
use crate::house::router;

const SIGNALS: &str = "/api/v1/account/signals";

#[test]
fn a_browser_is_told_of_its_own_account_every_passkey_that_signs_in_and_no_other() {
    testkit::run(async {
        let house = House::sqlite();
        let app = house.app().await;
        let router = router(app.clone());
        let mut maren = Browser::new(&router);
        let first = maren.sign_up("maren").await;
        Browser::new(&router).sign_up("olga").await;
        let told = maren.get(SIGNALS).await.json();
        let account = maren.get("/api/v1/account").await.json()["id"].as_str().map(str::to_owned);
        let handle = account.map(|id| id.parse::<vocab::AccountId>().unwrap().bytes().to_vec());
        assert_eq!(
            told,
            json!({
                "rp_id": "localhost",
                "user_id": handle.map(|handle| base64url(&handle)),
                "name": "maren",
                "display_name": "maren",
                "accepted": [base64url(&first.id)],
            })
        );

        house.clock.advance(Duration::from_secs(1));
        let (second, _) = maren.add().await;
        assert_eq!(maren.get(SIGNALS).await.json()["accepted"], json!([base64url(&first.id), base64url(&second.id)]));
        let newer = maren.passkeys().await.remove(1);
        let removed = maren.post(&format!("/api/v1/account/credentials/{newer}/remove"), &json!({})).await;
        assert_eq!(removed.status.as_u16(), 204, "{}", removed.text());
        assert_eq!(maren.get(SIGNALS).await.json()["accepted"], json!([base64url(&first.id)]));
        testkit::check_everything(&app).await;
    });
}
