//! Signing up, over HTTP.

use testkit::House;

use crate::browser::Browser;
use crate::house::router;

#[test]
fn o18_who_signs_up_comes_to_where_they_wanted_to_go_and_nowhere_else() {
    testkit::run(async {
        let house = House::sqlite();
        let mut browser = Browser::new(&router(house.app().await));
        let encoded = |next: &str| next.replace('?', "%3F").replace('=', "%3D").replace('&', "%26");
        for (next, there) in [
            ("/confirm?link=AbC-_9", "/confirm?link=AbC-_9"),
            ("/account?a=b&c=d", "/account?a=b&c=d"),
            ("", "/account"),
            ("//evil.example", "/account"),
            ("https://evil.example", "/account"),
            ("/\\evil.example", "/account"),
        ] {
            let (query, written) = (encoded(next), there.replace('&', "&#38;"));
            let link = there.replace('&', "%26");
            let door = browser.get(&format!("/sign-in?next={query}")).await;
            assert!(door.text().contains(&format!("href=\"/sign-up?next={link}\"")), "{next}: {}", door.text());
            let shown = browser.get(&format!("/sign-up?next={query}")).await;
            let form = format!("display_name=&username=two+words&next={query}");
            let checked = browser.form("/sign-up", &form).await;
            for page in [shown, checked] {
                for part in [
                    format!(" data-next=\"{written}\""),
                    format!("name=\"next\" value=\"{written}\""),
                    format!("href=\"/sign-in?next={link}\""),
                    format!("href=\"{written}\""),
                ] {
                    assert!(page.text().contains(&part), "{next}: {part} in {}", page.text());
                }
                assert!(!page.text().contains("evil"), "{}", page.text());
            }
        }
        browser.sign_up("maren").await;
        for (query, there) in [("/confirm%3Flink%3DA", "/confirm?link=A"), ("//evil.example", "/account")] {
            let there_already = browser.get(&format!("/sign-up?next={query}")).await;
            assert_eq!((there_already.status.as_u16(), there_already.header("location")), (303, Some(there)));
        }
    });
}
