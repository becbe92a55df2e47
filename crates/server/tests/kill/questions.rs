//! What a server is asked after it came back.

use std::sync::Arc;

use serde_json::{Value, json};
use testkit::{Answer, Ceremony, Finish, Program};
use tokio::task::JoinSet;

use crate::promises::{Device, Thing};

/// Who ask at the same time.
const ASKERS: usize = 8;

pub(crate) enum Question {
    SignsIn(Arc<Device>),
    IsRemoved(Arc<Device>),
    Stands(String),
    HasEnded(String),
    Again(Finish, Refused),
}

/// How a body is refused that was taken before.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Refused {
    AsSpent,
    /// The session that it is sent in has ended.
    ForItsSession,
}

impl Refused {
    pub(crate) fn check(self, answer: &Answer) {
        let is_it = match self {
            Self::AsSpent => answer.is_problem(409, "begin-again"),
            Self::ForItsSession => answer.is_problem(401, "sign-in-required"),
        };
        assert!(is_it, "a body that was taken before: {self:?}, but {answer:?}");
    }
}

/// All of them, each to be answered as it must be.
pub(crate) async fn put(questions: Vec<Question>, address: &str) {
    let mut hands: Vec<Vec<Question>> = (0..ASKERS).map(|_| Vec::new()).collect();
    for (number, question) in questions.into_iter().enumerate() {
        hands[number % ASKERS].push(question);
    }
    let mut askers = JoinSet::new();
    for hand in hands {
        let address = address.to_owned();
        askers.spawn(async move {
            let mut program = Program::at(&address).await.unwrap();
            for question in hand {
                question.put(&mut program).await;
            }
        });
    }
    while let Some(asked) = askers.join_next().await {
        asked.unwrap();
    }
}

impl Question {
    async fn put(self, program: &mut Program) {
        match self {
            Self::SignsIn(device) => {
                signs_in(program, &device).await;
            }
            Self::IsRemoved(device) => assert!(is_removed(program, &device).await, "a removed passkey is back"),
            Self::Stands(token) => assert!(!is_over(program, &token).await, "an acknowledged session is lost"),
            Self::HasEnded(token) => assert!(is_over(program, &token).await, "an ended session is back"),
            Self::Again(finish, refused) => refused.check(&program.finish(&finish).await.unwrap()),
        }
    }
}

pub(crate) async fn has_ended(program: &mut Program, (thing, device): (&Thing, &Device)) -> bool {
    match thing {
        Thing::Passkey(_) => is_removed(program, device).await,
        Thing::Session(token) => is_over(program, token).await,
    }
}

/// The account it signs in to, and how many sessions that has open then.
pub(crate) async fn open_sessions(program: &mut Program, device: &Device) -> (String, usize) {
    let signed_in = signs_in(program, device).await;
    let answer = program.get("/api/v1/account/sessions", signed_in["token"].as_str()).await.unwrap();
    let open = answer.json()["sessions"].as_array().map_or_else(|| panic!("{answer:?}"), Vec::len);
    (signed_in["account_id"].as_str().unwrap().to_owned(), open)
}

async fn signs_in(program: &mut Program, device: &Device) -> Value {
    let answer = sign_in(program, device).await;
    assert_eq!(answer.status, 200, "an acknowledged passkey is lost: {}", answer.body);
    answer.json()
}

async fn is_removed(program: &mut Program, device: &Device) -> bool {
    let answer = sign_in(program, device).await;
    assert!(answer.status == 200 || answer.is_problem(403, "passkey-removed"), "{answer:?}");
    answer.status != 200
}

async fn sign_in(program: &mut Program, device: &Device) -> Answer {
    let begun = program.begin(Ceremony::SignIn, None, json!({})).await.unwrap().unwrap();
    program.finish(&device.signed(&begun)).await.unwrap()
}

async fn is_over(program: &mut Program, token: &str) -> bool {
    let answer = program.get("/api/v1/account", Some(token)).await.unwrap();
    assert!(answer.status == 200 || answer.is_problem(401, "sign-in-required"), "{answer:?}");
    answer.status != 200
}
