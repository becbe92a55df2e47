//! Thirty-two callers on all servers, released at once; and what one server has ended, asked of the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use authenticator::Knobs;
use serde_json::{Value, json};
use testkit::process::Process;
use testkit::{Answer, Begun, Ceremony, Finish, Http, Program};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

const RACERS: usize = 32;

/// One username: one gets it, 31 are told that it is taken.
pub(crate) async fn for_one_username(servers: &[&Process]) {
    let (barrier, winners) = (Arc::new(Barrier::new(RACERS)), Arc::new(AtomicUsize::new(0)));
    let mut racers = JoinSet::new();
    for racer in 0..RACERS {
        let socket = servers[racer % servers.len()].socket().to_owned();
        let (barrier, winners) = (Arc::clone(&barrier), Arc::clone(&winners));
        racers.spawn(async move {
            let mut http = Http::operator(&socket).await.unwrap();
            barrier.wait().await;
            let body = r#"{"display_name":"Race","username":"the-one"}"#;
            match http.post("/api/v1/accounts", body).await.unwrap().status {
                201 => winners.fetch_add(1, SeqCst),
                status => {
                    assert_eq!(status, 409);
                    0
                }
            };
        });
    }
    while let Some(ended) = racers.join_next().await {
        ended.unwrap();
    }
    assert_eq!(winners.load(SeqCst), 1);
}

/// Each racer sends one of these.
async fn send_at_once(servers: &[&Process], finishes: Vec<Finish>) -> Vec<Answer> {
    let barrier = Arc::new(Barrier::new(finishes.len()));
    let mut racers = JoinSet::new();
    for (racer, finish) in finishes.into_iter().enumerate() {
        let address = servers[racer % servers.len()].address().to_owned();
        let barrier = Arc::clone(&barrier);
        racers.spawn(async move {
            let mut program = Program::at(&address).await.unwrap();
            barrier.wait().await;
            program.finish(&finish).await.unwrap()
        });
    }
    racers.join_all().await
}

/// The one answer with this status, when all others are this problem.
fn only_winner(answers: Vec<Answer>, status: u16, problem: (u16, &str)) -> Value {
    let (winners, losers): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == status);
    assert_eq!(winners.len(), 1, "{winners:?} {losers:?}");
    for loser in &losers {
        assert!(loser.is_problem(problem.0, problem.1), "{loser:?}");
    }
    winners[0].json()
}

/// One body of each ceremony, sent 32 times.
pub(crate) async fn for_one_body(servers: &[&Process]) {
    let mut program = Program::at(servers[0].address()).await.unwrap();
    let race = async |finish: Finish, status| {
        only_winner(send_at_once(servers, vec![finish; RACERS]).await, status, (409, "begin-again"))
    };
    let (mut passkey, finish) = begun(&mut program, Ceremony::SignUp, newcomer("racer")).await.registered(&knobs());
    race(finish, 201).await;
    let finish = begun(&mut program, Ceremony::SignIn, json!({})).await.signed(&mut passkey, &knobs());
    let signed_in = race(finish, 200).await;
    let token = signed_in["token"].as_str();
    let adding = program.begin(Ceremony::AddPasskey, token, json!({})).await.unwrap().unwrap();
    race(adding.registered(&knobs()).1, 201).await;
}

/// One link, 32 people who each have begun with it: one becomes the owner.
pub(crate) async fn for_the_setup_link(servers: &[&Process], link: &str) {
    let mut finishes = Vec::new();
    for racer in 0..RACERS {
        let mut program = Program::at(servers[racer % servers.len()].address()).await.unwrap();
        let words = with_link(link, &format!("owner-{racer}"));
        finishes.push(begun(&mut program, Ceremony::Setup, words).await.registered(&knobs()).1);
    }
    let owner = only_winner(send_at_once(servers, finishes).await, 201, (410, "link-ended"));
    for server in servers {
        setup_link_has_ended(server, link).await;
        let mut program = Program::at(server.address()).await.unwrap();
        let account = program.get("/api/v1/account", owner["token"].as_str()).await.unwrap().json();
        assert_eq!((&account["role"], &account["id"]), (&"owner".into(), &owner["account_id"]));
    }
}

pub(crate) async fn setup_link_has_ended(server: &Process, link: &str) {
    let mut program = Program::at(server.address()).await.unwrap();
    let answer = program.begin(Ceremony::Setup, None, with_link(link, "late")).await.unwrap().unwrap_err();
    assert!(answer.is_problem(410, "link-ended"), "{answer:?}");
}

/// What `here` ends is over `there` at the next request.
pub(crate) async fn sessions_end_everywhere(here: &Process, there: &Process, name: &str) {
    let mut here = Program::at(here.address()).await.unwrap();
    let mut there = Program::at(there.address()).await.unwrap();
    let (old, finish) = begun(&mut here, Ceremony::SignUp, newcomer(name)).await.registered(&knobs());
    let first = token(&there.finish(&finish).await.unwrap());
    let adding = there.begin(Ceremony::AddPasskey, Some(&first), json!({})).await.unwrap().unwrap();
    let (new, finish) = adding.registered(&knobs());
    let credential = here.finish(&finish).await.unwrap().json()["id"].as_str().unwrap().to_owned();
    let removal = format!("/api/v1/account/credentials/{credential}/remove");
    for (passkey, path) in
        [(&old, "/api/v1/account/sign-out"), (&old, "/api/v1/account/sessions/end-others"), (&new, removal.as_str())]
    {
        let finish = begun(&mut here, Ceremony::SignIn, json!({})).await.signed(&mut passkey.clone(), &knobs());
        let ended = token(&there.finish(&finish).await.unwrap());
        for program in [&mut here, &mut there] {
            assert_eq!(program.get("/api/v1/account", Some(&ended)).await.unwrap().status, 200);
        }
        let by = if path.ends_with("sign-out") { &ended } else { &first };
        let answer = here.post(path, Some(by), "{}").await.unwrap();
        assert!(matches!(answer.status, 200 | 204), "{path}: {answer:?}");
        let answer = there.get("/api/v1/account", Some(&ended)).await.unwrap();
        assert!(answer.is_problem(401, "sign-in-required"), "{path}: {answer:?}");
    }
}

async fn begun(program: &mut Program, ceremony: Ceremony, words: Value) -> Begun {
    program.begin(ceremony, None, words).await.unwrap().unwrap()
}

fn newcomer(username: &str) -> Value {
    json!({ "display_name": "Race", "username": username })
}

fn with_link(link: &str, username: &str) -> Value {
    let (_, token) = link.split_once('#').unwrap();
    json!({ "link": token, "display_name": "Race", "username": username })
}

fn token(answer: &Answer) -> String {
    answer.json()["token"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

/// A passkey that is synced and does not count.
fn knobs() -> Knobs {
    Knobs { be: true, bs: true, count_by: 0, ..Knobs::default() }
}
