//! Pages: what is served, under which policy, and that their forms work without any script.

use testkit::House;
use web::route::{Authority, Face, table};

use crate::browser::{Browser, NOTICE, SESSION};
use crate::house::{Answer, Hand, STRANGER, ask, get, router, web};

#[test]
fn w17_o18_every_page_is_served_under_a_policy_that_runs_nothing_but_our_modules() {
    testkit::run(async {
        let house = House::sqlite();
        let app = house.app().await;
        let router = router(app);
        let mut browser = Browser::new(&router);
        browser.sign_up("maren").await;
        let passkey = browser.passkeys().await.remove(0);
        let mut pages = 0;
        for row in table().into_iter().filter(|row| row.face == Face::Page && row.method == axum::http::Method::GET) {
            let mut visitor = Browser { cookies: browser.cookies.clone(), ..Browser::new(&router) };
            if row.authority == Authority::Visitor {
                visitor.cookies.remove(SESSION);
            }
            let page = visitor.get(&row.path.replace("{id}", &passkey)).await;
            if row.path == "/" {
                assert_eq!(page.status.as_u16(), 303);
                continue;
            }
            assert_eq!(page.status.as_u16(), 200, "{}", row.path);
            assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
            let policy = page.header("content-security-policy").unwrap();
            for part in [
                "default-src 'none'",
                "script-src 'self'",
                "frame-ancestors 'none'",
                "base-uri 'none'",
                "require-trusted-types-for 'script'",
                "trusted-types 'none'",
                "form-action 'self'",
            ] {
                assert!(policy.contains(part), "{part} in {policy}");
            }
            assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"), "{policy}");
            assert_eq!(page.header("cache-control"), Some("no-store"));
            assert_eq!(page.header("referrer-policy"), Some("same-origin"));
            assert!(page.header("permissions-policy").unwrap().contains("publickey-credentials-get=(self)"));
            for inline in ["<style", " style=", " onclick", " onload", "javascript:", "<script>"] {
                assert!(!page.text().contains(inline), "{inline} in {}", row.path);
            }
            assert!(!page.text().contains("FIDO:"), "w24");
            pages += 1;
        }
        assert!(pages >= 6, "{pages}");
    });
}

#[test]
fn assets_are_found_under_the_names_pages_use_and_kept_for_ever() {
    testkit::run(async {
        let house = House::sqlite();
        let router = router(house.app().await);
        let page = ask(&router, STRANGER, get("/sign-in")).await;
        let text = page.text();
        let names: Vec<&str> = text.split('"').filter(|part| part.starts_with("/assets/")).collect();
        assert!(names.len() >= 3, "{names:?}");
        for name in names {
            let asset = ask(&router, STRANGER, get(name)).await;
            assert_eq!(asset.status.as_u16(), 200, "{name}");
            assert_eq!(asset.header("cache-control"), Some("public, max-age=31536000, immutable"));
            assert_eq!(asset.header("x-content-type-options"), Some("nosniff"));
        }
        let lost = ask(&router, STRANGER, get("/assets/base-0000000000000000.css")).await;
        assert_eq!((lost.status.as_u16(), lost.header("cache-control")), (404, Some("no-store")));
    });
}

#[test]
fn a_browser_that_is_lost_is_shown_a_page_and_a_program_a_document() {
    testkit::run(async {
        let house = House::sqlite();
        let router = router(house.app().await);
        let mut browser = Browser::new(&router);
        let page = browser.get("/no/such/place").await;
        assert_eq!((page.status.as_u16(), page.header("content-type")), (404, Some("text/html; charset=utf-8")));
        assert!(page.text().contains("<h1"), "{}", page.text());
        assert_eq!(browser.get("/api/v1/no-such-place").await.problem(), "not-found");
        assert_eq!(ask(&router, STRANGER, get("/no/such/place")).await.problem(), "not-found");
        for n in 0..200 {
            if browser.get("/sign-in").await.status.as_u16() == 429 {
                assert_eq!(n, 120);
                break;
            }
        }
        let limited = browser.get("/sign-in").await;
        assert!(
            limited.text().contains("You can try again") || limited.text().contains("try again"),
            "{}",
            limited.text()
        );
    });
}

#[test]
fn forms_work_without_script() {
    testkit::run(async {
        let house = House::sqlite();
        let app = house.app().await;
        let mut browser = Browser::new(&router(app.clone()));
        let named = browser.form("/sign-in", "name=maren&next=%2Faccount").await;
        assert!(named.status.is_success() && named.text().contains("maren"));
        let empty = browser.form("/sign-up", "display_name=&username=a+b&email=nonsense").await;
        for fault in ["A name must stand here", "aria-invalid"] {
            assert!(empty.text().contains(fault), "{fault}: {}", empty.text());
        }
        let checked = browser.form("/sign-up", "display_name=Maren+Holt&username=maren&email=").await;
        assert!(checked.status.is_success() && !checked.text().contains("aria-invalid"), "{}", checked.text());

        browser.sign_up("maren").await;
        let taken = Browser::new(&router(app.clone())).form("/sign-up", "display_name=M&username=MAREN").await;
        assert!(taken.text().contains("Somebody has this name already"));
        let first = browser.passkeys().await.remove(0);
        let second = browser.add().await.1.id();
        let renamed = browser.form(&format!("/account/credentials/{second}/rename"), "name=Work+laptop").await;
        assert_eq!((renamed.status.as_u16(), renamed.header("location")), (303, Some("/account")));
        let account = browser.get("/account").await;
        assert!(account.text().contains("Work laptop") && account.text().contains("Passkey renamed"));
        let question = browser.get(&format!("/account/credentials/{second}/remove")).await;
        assert!(question.text().contains("Work laptop"));
        let removed = browser.form(&format!("/account/credentials/{second}/remove"), "").await;
        assert_eq!(removed.header("location"), Some("/account"));
        assert!(browser.get("/account").await.text().contains("Passkey removed"));
        let last = browser.form(&format!("/account/credentials/{first}/remove"), "").await;
        assert_eq!(last.header("location").unwrap(), format!("/account/credentials/{first}/remove"));
        let out = browser.form("/sign-out", "").await;
        assert_eq!((out.status.as_u16(), out.header("location")), (303, Some("/sign-in")));
        assert!(!browser.cookies.contains_key(SESSION));
        assert!(browser.get("/sign-in").await.text().contains("You are signed out"));
        assert!(!browser.get("/sign-in").await.text().contains("You are signed out"), "it is said once");
        testkit::check_everything(&app).await;
    });
}

#[test]
fn every_page_says_where_help_is_found() {
    testkit::run(async {
        let house = House::sqlite();
        let mut web = web(house.app().await);
        web.settings.help = web::Help::parse("https://fernhill.example/help");
        let mut browser = Browser::new(&web::router_with(web, Hand::default().ticks()));
        let said = r#"Help: <a href="https://fernhill.example/help">"#;
        for path in ["/sign-in", "/sign-up", "/setup", "/confirm", "/no/such/place"] {
            let page = browser.get(path).await;
            assert!(page.text().contains(said), "{path}: {}", page.text());
        }
        browser.sign_up("maren").await;
        assert!(browser.get("/account").await.text().contains(said));
        browser.origin = Some("https://evil.example".to_owned());
        let refused = browser.form("/sign-out", "").await;
        assert_eq!(refused.status.as_u16(), 403);
        assert!(refused.text().contains(said), "{}", refused.text());
    });
}

#[test]
fn w26_what_people_call_themselves_is_text_on_every_page() {
    testkit::run(async {
        let house = House::sqlite();
        let mut browser = Browser::new(&router(house.app().await));
        browser.sign_up("maren").await;
        let id = browser.passkeys().await.remove(0);
        let hostile = "name=%3Cimg+src%3Dx+onerror%3Dalert%281%29%3E";
        browser.form(&format!("/account/credentials/{id}/rename"), hostile).await;
        for path in ["/account".to_owned(), format!("/account/credentials/{id}/remove")] {
            let page = browser.get(&path).await;
            assert!(!page.text().contains("<img"), "{path}");
            assert!(page.text().contains("onerror"), "it is shown as what it is");
        }
    });
}

#[test]
fn o18_a_page_says_once_what_was_done_and_nothing_because_a_link_says_so() {
    testkit::run(async {
        let house = House::sqlite();
        let router = router(house.app().await);
        let mut browser = Browser::new(&router);
        let mut passkey = browser.sign_up("maren").await;
        let silent = |page: &Answer| !page.text().contains("class=\"banner gap-below\" data-tone=\"ok\"");
        assert!(silent(&browser.get("/account").await));
        for word in ["passkey-removed", "removed", "added", "renamed", "ended", "others-ended"] {
            let page = browser.get(&format!("/account?notice={word}")).await;
            assert!(page.status.is_success() && silent(&page), "{word}");
        }
        browser.cookies.insert(NOTICE.to_owned(), "your-account-is-locked".to_owned());
        assert!(silent(&browser.get("/account").await));

        let (_, added) = browser.add().await;
        let id = added.id();
        let mut elsewhere = Browser::new(&router);
        elsewhere.sign_in(&mut passkey).await;
        let own = elsewhere.get("/api/v1/account").await.json()["session_id"].as_str().unwrap().to_owned();
        for (path, body, sentence) in [
            (None, "", "Passkey added. You can sign in with it from now on."),
            (Some(format!("/account/credentials/{id}/rename")), "name=Key", "Passkey renamed."),
            (Some(format!("/account/credentials/{id}/remove")), "", "Passkey removed. It can no longer sign you in."),
            (Some(format!("/account/sessions/{own}/end")), "", "That session has ended."),
            (Some("/account/sessions/end-others".to_owned()), "", "All other sessions have ended."),
        ] {
            if let Some(path) = path {
                let done = browser.form(&path, body).await;
                assert_eq!((done.status.as_u16(), done.header("location")), (303, Some("/account")), "{path}");
            }
            let said = browser.get("/account").await;
            assert!(!silent(&said) && said.text().contains(sentence), "{sentence}");
            assert!(!browser.cookies.contains_key(NOTICE));
            assert!(silent(&browser.get("/account").await), "{sentence}");
        }
    });
}
