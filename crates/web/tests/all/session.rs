//! What needs a session, and whose.

use std::time::Duration;

use testkit::House;
use web::route::{Authority, Face, table};

use crate::browser::{Browser, SESSION};
use crate::house::{body_for, router_and_hand};

#[test]
fn w13_w14_every_route_of_an_account_needs_its_session() {
    testkit::run(async {
        let house = House::sqlite();
        let app = house.app().await;
        let (router, hand) = router_and_hand(app.clone());
        let mut seen = 0;
        let mut owner = Browser::new(&router);
        owner.sign_up("maren").await;
        let passkey = owner.passkeys().await.remove(0);
        let session = owner.get("/api/v1/account").await.json()["session_id"].as_str().unwrap().to_owned();
        let mut other = Browser::new(&router);
        other.sign_up("eve").await;
        for row in table().into_iter().filter(|row| row.authority == Authority::Session) {
            hand.turn(Duration::from_secs(60));
            let id = if row.path.contains("/sessions/") { &session } else { &passkey };
            let path = row.path.replace("{id}", id);
            let (kind, body) = body_for(&row);
            for token in [None, Some("AAAA".to_owned()), Some("A".repeat(86)), Some("%00".to_owned())] {
                let mut nobody = Browser::new(&router);
                nobody.cookies.extend(token.map(|token| (SESSION.to_owned(), token)));
                let answer = nobody.ask(nobody.request(row.method.clone(), &path, kind, body)).await;
                match row.face {
                    Face::Page => {
                        assert_eq!(answer.status.as_u16(), 303, "{path}");
                        assert!(answer.header("location").unwrap().starts_with("/sign-in"), "{path}");
                    }
                    _ => assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (401, "sign-in-required")),
                }
            }
            if row.path.contains("{id}") {
                let answer = other.ask(other.request(row.method.clone(), &path, kind, body)).await;
                assert_eq!(answer.status.as_u16(), 404, "{path} is somebody else's");
            }
            seen += 1;
        }
        assert!(seen >= 20, "{seen}");
        assert_eq!(owner.get("/api/v1/account").await.status.as_u16(), 200);
        assert_eq!(owner.passkeys().await, [passkey]);
        testkit::check_everything(&app).await;
    });
}
