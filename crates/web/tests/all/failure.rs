use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};

use app::{App, Fault};
use axum::http::StatusCode;
use metrics_exporter_prometheus::PrometheusBuilder;
use testkit::House;
use web::{Door, Readiness};

use crate::house::{ACCOUNTS, NEW_ACCOUNT, STRANGER, ask, get, post, request, router, web};

/// Occupies the only writer of the embedded database until the returned sender is dropped.
pub(crate) async fn hold_writer(app: &App) -> Sender<()> {
    let (release, wait) = channel();
    let (say, begun) = tokio::sync::oneshot::channel();
    let (held, plan) = (app.clone(), (Mutex::new(Some(say)), Mutex::new(wait)));
    tokio::spawn(async move {
        let _ends_as_a_fault: Result<(), Fault> = held
            .store()
            .write(plan, |(say, wait), _| {
                say.lock().unwrap().take().unwrap().send(()).unwrap();
                let _released = wait.lock().unwrap().recv();
                Box::pin(std::future::pending())
            })
            .await;
    });
    begun.await.unwrap();
    release
}

/// Waits until `app` has this many writes in its queue.
pub(crate) async fn until_waiting(app: &App, writes: u64) {
    while app.store().figures().waiting < writes {
        tokio::task::yield_now().await;
    }
}

#[test]
fn an_overloaded_writer_says_busy_and_nothing_about_itself() {
    testkit::run(async {
        let house = House::sqlite();
        let app = house.app().await;
        let router = router(app.clone());
        let release = hold_writer(&app).await;
        for _ in 0..1_024 {
            let app = app.clone();
            tokio::spawn(async move {
                let _ends_as_a_fault: Result<(), Fault> =
                    app.store().write((), |(), _| Box::pin(std::future::pending())).await;
            });
        }
        until_waiting(&app, 1_024).await;
        let busy = ask(&router, Door::Operator, post(ACCOUNTS, NEW_ACCOUNT)).await;
        assert_eq!((busy.status.as_u16(), busy.problem().as_str()), (503, "busy"));
        assert_eq!(busy.header("retry-after"), Some("1"));
        assert_eq!(
            (busy.json()["title"].as_str(), busy.json()["detail"].as_str()),
            (Some("We are busy right now"), Some("Try again in a moment."))
        );
        assert!(!busy.text().contains("queue"));
        drop(release);
        assert_eq!(testkit::check_everything(&app).await.accounts, 0);
    });
}

#[test]
fn i14_the_words_of_a_lost_database_stay_inside() {
    testkit::run(async {
        let house = House::postgres().await;
        let router = router(house.app().await);
        let url = house.database_url().unwrap();
        let name = url.rsplit_once('/').unwrap().1.to_owned();
        house.leave().await;
        for asked in [
            post(ACCOUNTS, NEW_ACCOUNT),
            get(ACCOUNTS),
            get(&format!("{ACCOUNTS}/01936b5e-8c00-7a3f-9c7e-2f1b4d5e6a70")),
        ] {
            let answer = ask(&router, Door::Operator, asked).await;
            assert!(["busy", "internal-error"].contains(&answer.problem().as_str()));
            for word in [name.as_str(), "database", "connection", "terminat", "127.0.0.1", "SQL", "FATAL"] {
                assert!(!answer.text().contains(word), "{word} in {}", answer.text());
            }
        }
        let unready = ask(&router, STRANGER, get("/readyz")).await;
        assert_eq!((unready.status.as_u16(), unready.json()["check"].as_str()), (503, Some("database")));
        assert_eq!(ask(&router, STRANGER, get("/healthz")).await.status, StatusCode::OK);
    });
}

testkit::on_both_engines! {
    fn a_node_is_ready_between_its_start_and_its_end(house) {
        let readiness = Readiness::starting();
        let mut web = web(house.app().await);
        web.readiness = readiness.clone();
        let router = web::router(web);
        let check = async |expected: Option<&str>| {
            let answer = ask(&router, STRANGER, get("/readyz")).await;
            match expected {
                None => assert_eq!(answer.json(), serde_json::json!({ "status": "ok" })),
                Some(check) => {
                    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (503, "not-ready"));
                    assert_eq!(answer.json()["check"], check);
                }
            }
            assert_eq!(ask(&router, STRANGER, get("/healthz")).await.json(), serde_json::json!({ "status": "ok" }));
        };
        check(Some("starting")).await;
        readiness.set_ready();
        check(None).await;
        readiness.set_stopping();
        check(Some("stopping")).await;
        readiness.set_ready();
        check(Some("stopping")).await;
    }
}

#[test]
fn i18_a_body_larger_than_its_route_takes_is_not_read() {
    testkit::run(async {
        let house = House::sqlite();
        let router = router(house.app().await);
        let fits = format!("{NEW_ACCOUNT}{}", " ".repeat(16 * 1024 - NEW_ACCOUNT.len()));
        assert_eq!(ask(&router, Door::Operator, post(ACCOUNTS, fits.clone())).await.status, StatusCode::CREATED);
        let large = ask(&router, Door::Operator, post(ACCOUNTS, format!("{fits} "))).await;
        assert_eq!((large.status.as_u16(), large.problem().as_str()), (413, "body-too-large"));
    });
}

#[test]
fn figures_are_kept_by_route_and_never_by_what_strangers_send() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let house = House::sqlite();
            let router = router(house.app().await);
            ask(&router, STRANGER, get("/healthz?canary=1")).await;
            ask(&router, STRANGER, get("/healthz")).await;
            ask(&router, Door::Operator, get(&format!("{ACCOUNTS}/canary"))).await;
            for n in 0..50 {
                ask(&router, STRANGER, get(&format!("/canary/{n}"))).await;
                ask(&router, STRANGER, request(format!("CANARY{n}").parse().unwrap(), "/healthz")).await;
            }
        });
    });
    let text = handle.render();
    for line in [
        "signet_http_requests_total{route=\"/healthz\",method=\"GET\",status=\"200\"} 2",
        "signet_http_requests_total{route=\"/healthz\",method=\"other\",status=\"405\"} 50",
        "signet_http_requests_total{route=\"/api/v1/accounts/{id}\",method=\"GET\",status=\"404\"} 1",
        "signet_http_requests_total{route=\"none\",method=\"GET\",status=\"404\"} 50",
        "signet_http_request_seconds_count{route=\"/healthz\"} 52",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(!text.to_lowercase().contains("canary"));
}
