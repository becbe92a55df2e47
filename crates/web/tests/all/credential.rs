//! The passkeys of an account, over HTTP.

use serde_json::json;

use crate::browser::{Browser, knobs};
use crate::house::router;

testkit::on_both_engines! {
    fn a_passkey_that_was_removed_is_told_so_and_one_that_nobody_knows_too(house) {
        let app = house.app().await;
        let mut browser = Browser::new(&router(app.clone()));
        let mut first = browser.sign_up("maren").await;
        let (mut second, added) = browser.add().await;
        let id = added.id();
        let removed = browser.post(&format!("/api/v1/account/credentials/{id}/remove"), &json!({})).await;
        assert_eq!(removed.status.as_u16(), 204);
        let again = browser.sign_in(&mut second).await;
        assert_eq!((again.status.as_u16(), again.problem().as_str()), (403, "passkey-removed"));

        let (_, options) = browser.begin("/api/v1/passkeys/register", &json!({})).await;
        let (mut unknown, _) = authenticator::register(&options, &knobs());
        let unknown = browser.sign_in(&mut unknown).await;
        assert_eq!((unknown.status.as_u16(), unknown.problem().as_str()), (403, "passkey-unknown"));
        assert_eq!(browser.sign_in(&mut first).await.status.as_u16(), 200);
        testkit::check_everything(&app).await;
    }
}
