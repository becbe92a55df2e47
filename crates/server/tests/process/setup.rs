//! The first administrator's link: who is given one, and how long it works.

use authenticator::Knobs;
use serde_json::json;
use testkit::process::Process;
use testkit::{Answer, Ceremony, Program};

use crate::Site;

/// What whoever follows this link is answered in the end.
pub(crate) async fn set_up(server: &Process, link: &str, username: &str) -> Answer {
    let (_, token) = link.split_once("/setup#").unwrap_or_else(|| panic!("{link}"));
    let mut program = Program::at(server.address()).await.unwrap();
    let words = json!({ "link": token, "display_name": "Maren Holt", "username": username });
    match program.begin(Ceremony::Setup, None, words).await.unwrap() {
        Ok(begun) => program.finish(&begun.registered(&Knobs::at(server.origin())).1).await.unwrap(),
        Err(answer) => answer,
    }
}

async fn assert_makes_an_owner(server: &Process, link: &str, username: &str) {
    let made = set_up(server, link, username).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let mut program = Program::at(server.address()).await.unwrap();
    let account = program.get("/api/v1/account", made.json()["token"].as_str()).await.unwrap();
    assert_eq!(account.json()["role"], "owner", "{}", account.body);
    assert_has_ended(server, link).await;
}

async fn assert_has_ended(server: &Process, link: &str) {
    let answer = set_up(server, link, "late").await;
    assert!(answer.is_problem(410, "link-ended"), "{answer:?}");
}

#[test]
fn the_link_is_the_last_thing_a_server_says_until_there_is_an_administrator() {
    testkit::run(async {
        let site = Site::new();
        let server = site.serve();
        let (link, ready) = (server.setup_link(), format!("Signet is ready at {}", server.origin()));
        assert!(link.starts_with(&format!("{}/setup#", server.origin())), "{link}");
        assert_makes_an_owner(&server, &link, "maren").await;
        let (status, lines) = server.told_to_stop();
        assert_eq!(status.code(), Some(0));
        assert_eq!(lines, [ready, format!("Become the first administrator (once, within an hour): {link}")]);

        let server = site.serve();
        let ready = format!("Signet is ready at {}", server.origin());
        assert_eq!(server.told_to_stop().1, [ready]);
        assert!(site.said(&["doctor"]).contains("stands together"));
    });
}

#[test]
fn a_second_start_voids_the_first_link() {
    testkit::run(async {
        let site = Site::new();
        let first = site.serve();
        let voided = first.setup_link();
        assert_eq!(first.stop().code(), Some(0));
        let second = site.serve();
        assert_has_ended(&second, &voided).await;
        assert_makes_an_owner(&second, &second.setup_link(), "maren").await;
    });
}

#[test]
fn an_operator_lets_another_owner_in_beside_a_running_server_and_says_why() {
    testkit::run(async {
        let site = Site::new();
        let server = site.serve();
        for username in ["maren", "tomas"] {
            let said = site.said(&["admin", "setup-link", "--reason", "the only owner has left"]);
            let (words, link) = said.trim_end().split_once('\n').unwrap();
            assert_eq!(words, "Works once, within an hour; links made before it are void:");
            assert_has_ended(&server, &server.setup_link()).await;
            assert_makes_an_owner(&server, link, username).await;
        }
        assert!(site.said(&["doctor"]).contains("stands together"));
    });
}

#[test]
fn without_a_reason_there_is_no_link() {
    let site = Site::served_once();
    let ended = site.run(&["admin", "setup-link"]);
    assert_eq!((ended.status, ended.out.as_str()), (Some(2), ""));
    assert!(
        ended.err.contains("--reason <REASON>") && ended.err.contains("Usage: signet admin setup-link"),
        "{}",
        ended.err
    );
    let ended = site.run(&["admin", "setup-link", "--reason", " "]);
    assert_eq!(ended.status, Some(1), "{}{}", ended.out, ended.err);
    assert!(ended.err.starts_with("--reason: "), "{}", ended.err);
}
