//! How often one address, account or name may ask.

use std::time::Duration;

use testkit::House;
use web::Door;
use web::route::{Limit, Rate, table};

use crate::browser::Browser;
use crate::house::{LOCAL, STRANGER, address_of, ask, body_for, is_public, request_for, router_and_hand};

#[test]
fn every_limited_route_says_when_to_come_back_and_then_answers() {
    testkit::run(async {
        let house = House::sqlite();
        let (router, hand) = router_and_hand(house.app().await);
        let mut tripped = 0;
        for row in table() {
            let of_addresses = |limit: &Limit| if let Limit::PerAddress(rate) = limit { Some(*rate) } else { None };
            let Some(Rate { per_minute, burst }) = row.limits.iter().find_map(of_addresses) else { continue };
            let door = if is_public(&row) { STRANGER } else { LOCAL };
            let place = format!("{} {}", row.method, row.path);
            let is_limited = async |door| ask(&router, door, request_for(&row)).await.status.as_u16() == 429;
            for _ in 0..burst {
                assert!(!is_limited(door).await, "{place}");
            }
            let refused = ask(&router, door, request_for(&row)).await;
            assert_eq!((refused.status.as_u16(), refused.header("retry-after").is_some()), (429, true), "{place}");
            let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
            assert!(wait >= 1 && wait <= u64::from(60 / per_minute.min(60)), "{place}");
            assert!(!is_limited(Door::Operator).await, "no limit inside");
            hand.turn(Duration::from_secs(wait));
            assert!(!is_limited(door).await, "{place}");
            hand.turn(Duration::from_secs(60));
            tripped += 1;
        }
        assert!(tripped >= 35, "{tripped}");
    });
}

#[test]
fn r10_one_account_and_one_name_have_their_own_limits_whatever_the_address() {
    testkit::run(async {
        let house = House::sqlite();
        let app = house.app().await;
        let (router, hand) = router_and_hand(app.clone());
        let address = |n: usize| web::Door::Public(format!("198.51.100.{}", n % 250).parse().unwrap());
        let mut browser = Browser::new(&router);
        browser.sign_up("maren").await;
        let (mut tripped, mut newcomers) = (0, 0);
        for row in table() {
            let of_whom = |limit: &Limit| match limit {
                Limit::PerAccount(rate) => Some((*rate, false)),
                Limit::PerName(rate) => Some((*rate, true)),
                Limit::PerAddress(_) | Limit::Unlimited { .. } => None,
            };
            let Some((rate, is_by_name)) = row.limits.iter().find_map(of_whom) else { continue };
            let (kind, body) = body_for(&row);
            let spellings = [r#"{"identifier":"maren"}"#, r#"{"identifier":" MAREN "}"#, r#"{"identifier":"Maren"}"#];
            let mut limited = None;
            for n in 0..=rate.burst as usize {
                browser.door = if is_by_name { STRANGER } else { address(n) };
                let body = if is_by_name { spellings[n % 3] } else { body };
                let asked = browser.request(row.method.clone(), &address_of(&row), kind, body);
                let answer = ask(&router, browser.door, asked).await;
                if answer.status.as_u16() == 429 {
                    limited = Some((n, answer));
                    break;
                }
                if row.path.contains("sign-out") || row.path.contains("end-all") {
                    break; // once it is done nobody is there to be limited
                }
            }
            if row.path.contains("sign-out") || row.path.contains("end-all") {
                browser.cookies.clear();
                newcomers += 1;
                browser.sign_up(&format!("maren{newcomers}")).await;
                continue;
            }
            if is_by_name {
                browser.door = address(1);
                let elsewhere = browser.request(row.method.clone(), row.path, kind, spellings[0]);
                let status = ask(&router, browser.door, elsewhere).await.status.as_u16();
                assert_eq!(status, 200, "i04: no stranger uses up a name for its owner");
            }
            let (n, answer) = limited.unwrap_or_else(|| panic!("{} was never limited", row.path));
            assert_eq!(n, rate.burst as usize, "{}", row.path);
            assert!(answer.header("retry-after").is_some());
            hand.turn(Duration::from_secs(120));
            tripped += 1;
        }
        assert!(tripped >= 15, "{tripped}");
    });
}
