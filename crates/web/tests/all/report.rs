//! What browsers tell of ceremonies that went wrong, and what ceremonies leave in the figures.

use authenticator::{Knobs, register};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use testkit::House;

use crate::browser::{Browser, SESSION, knobs};
use crate::house::{REPORT, STRANGER, ask, post, router};

const PATH: &str = "/api/v1/ceremony-reports";
const SIGN_IN: &str = "/api/v1/sign-in/passkey";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// What the figures are after some requests.
fn figures_after(requests: impl AsyncFnOnce(Browser)) -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let house = House::sqlite();
            let app = house.app().await;
            requests(Browser::new(&router(app.clone()))).await;
            testkit::check_everything(&app).await;
        });
    });
    handle.render()
}

#[track_caller]
fn says(figures: &str, lines: &[&str]) {
    for line in lines {
        assert!(figures.lines().any(|said| said == *line), "{line} is not in\n{figures}");
    }
}

fn report(with: &[(&str, Value)]) -> Value {
    let mut form: Value = serde_json::from_str(REPORT).unwrap();
    with.iter().for_each(|(member, value)| form[member] = value.clone());
    form
}

#[test]
fn a_report_becomes_a_figure_and_no_row() {
    let figures = figures_after(async |browser| {
        for agent in [FIREFOX, "canary/1.0"] {
            let mut asked = post(PATH, REPORT);
            asked.headers_mut().insert("user-agent", agent.parse().unwrap());
            let answer = ask(&browser.router, STRANGER, asked).await;
            assert_eq!((answer.status.as_u16(), answer.text()), (204, ""));
            assert_eq!(answer.header("set-cookie"), None);
        }
        let in_app = report(&[("code", json!("in-app")), ("phase", json!("begin")), ("name", json!(null))]);
        assert_eq!(ask(&browser.router, STRANGER, post(PATH, in_app.to_string())).await.status.as_u16(), 204);
    });
    let line = |code: &str, phase: &str, browser: &str, os: &str| {
        format!(
            "signet_ceremony_errors_total{{code=\"{code}\",phase=\"{phase}\",browser=\"{browser}\",os=\"{os}\",\
             aaguid=\"unknown\"}} 1"
        )
    };
    says(
        &figures,
        &[
            &line("closed", "ask", "Firefox", "Linux"),
            &line("closed", "ask", "other", "other"),
            &line("in-app", "begin", "other", "other"),
        ],
    );
    assert!(!figures.contains("canary"));
}

#[test]
fn i18_nobody_can_make_a_word_of_their_own_a_figure() {
    let figures = figures_after(async |browser| {
        for wrong in [
            report(&[("code", json!("canary"))]),
            report(&[("code", json!("not-accepted"))]),
            report(&[("phase", json!("canary"))]),
            report(&[("ceremony", json!("canary"))]),
            report(&[("name", json!("CanaryError"))]),
            report(&[("elapsed_ms", json!(-1))]),
            report(&[("elapsed_ms", json!(1u64 << 32))]),
            report(&[("is_visible", json!("canary"))]),
            report(&[("capabilities", json!("canary"))]),
            report(&[("account", json!("canary"))]),
            json!({}),
        ] {
            let answer = ask(&browser.router, STRANGER, post(PATH, wrong.to_string())).await;
            assert_eq!(answer.problem(), "unusable", "{wrong}");
        }
        let long = report(&[("code", json!("x".repeat(1024)))]).to_string();
        assert_eq!(ask(&browser.router, STRANGER, post(PATH, long)).await.problem(), "body-too-large");
        let mut plain = post(PATH, REPORT);
        plain.headers_mut().insert("content-type", "text/plain".parse().unwrap());
        assert_eq!(ask(&browser.router, STRANGER, plain).await.problem(), "not-json", "no foreign page can send it");
    });
    assert!(!figures.contains("signet_ceremony_errors_total{") && !figures.contains("canary"), "{figures}");
}

#[test]
fn ceremonies_are_counted_from_their_beginning_to_whatever_became_of_them() {
    let figures = figures_after(async |mut browser| {
        let mut passkey = browser.sign_up("maren").await;
        browser.sign_in(&mut passkey).await;
        browser.begin(SIGN_IN, &json!({})).await; // and never came back
        let conditional = json!({ "mediation": "conditional" });
        browser.begin(SIGN_IN, &conditional).await;
        let (state, options) = browser.begin(SIGN_IN, &conditional).await;
        let credential = passkey.sign_in(&options, &Knobs { uv: false, ..knobs() });
        let finish = json!({ "state": state, "credential": credential, "mediation": "conditional" });
        assert_eq!(browser.post(&format!("{SIGN_IN}/finish"), &finish).await.problem(), "not-accepted");
        let wrong = json!({ "mediation": "canary" });
        assert_eq!(browser.post(&format!("{SIGN_IN}/begin"), &wrong).await.problem(), "unusable");
    });
    says(
        &figures,
        &[
            "signet_ceremonies_begun_total{ceremony=\"sign_up\",mediation=\"modal\"} 1",
            "signet_ceremonies_ended_total{ceremony=\"sign_up\",mediation=\"modal\",outcome=\"done\"} 1",
            "signet_ceremonies_begun_total{ceremony=\"sign_in\",mediation=\"modal\"} 2",
            "signet_ceremonies_ended_total{ceremony=\"sign_in\",mediation=\"modal\",outcome=\"done\"} 1",
            "signet_ceremonies_begun_total{ceremony=\"sign_in\",mediation=\"conditional\"} 2",
            "signet_ceremonies_ended_total{ceremony=\"sign_in\",mediation=\"conditional\",outcome=\"not-accepted\"} 1",
            "signet_ceremony_errors_total{code=\"not-accepted\",phase=\"finish\",browser=\"other\",os=\"other\",\
             aaguid=\"unknown\"} 1",
        ],
    );
}

#[test]
fn the_model_of_a_passkey_is_a_figure_only_where_its_record_was_proved() {
    let figures = figures_after(async |mut browser| {
        let mut owner = browser.sign_up("maren").await;
        let named = Knobs { aaguid: *b"ProtonPassProton", ..knobs() };
        let (state, options) = browser.begin("/api/v1/passkeys/register", &json!({})).await;
        let (mut other, credential) = register(&options, &named);
        let finish = json!({ "state": state, "credential": credential });
        let newer = browser.post("/api/v1/passkeys/register/finish", &finish).await.id();
        let removed = browser.post(&format!("/api/v1/account/credentials/{newer}/remove"), &json!({})).await;
        assert_eq!(removed.status.as_u16(), 204, "{}", removed.text());
        browser.cookies.remove(SESSION);
        assert_eq!(browser.sign_in(&mut other).await.problem(), "passkey-removed");
        other.key = owner.key.clone(); // no longer its own signature
        assert_eq!(browser.sign_in(&mut other).await.problem(), "not-accepted");
        owner.id = vec![7; 32];
        assert_eq!(browser.sign_in(&mut owner).await.problem(), "passkey-unknown");
    });
    let line = |code: &str, aaguid: &str| {
        format!(
            "signet_ceremony_errors_total{{code=\"{code}\",phase=\"finish\",browser=\"other\",os=\"other\",\
             aaguid=\"{aaguid}\"}} 1"
        )
    };
    says(
        &figures,
        &[
            &line("passkey-removed", "50726f74-6f6e-5061-7373-50726f746f6e"),
            &line("not-accepted", "unknown"),
            &line("passkey-unknown", "unknown"),
        ],
    );
}
