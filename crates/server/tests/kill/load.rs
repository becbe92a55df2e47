//! Thirty-two clients who work until their server is gone: operators through their socket, people at the public door.

use std::sync::Arc;

use testkit::Answer;
use testkit::process::Process;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::ledger::Ledger;
use crate::{operator, person};

const OPERATORS: usize = 8;
const PEOPLE: usize = 24;
const CLIENTS: usize = OPERATORS + PEOPLE;

/// Why a client ends before it is told to: the connection broke, or the server said that its machine failed.
pub(crate) struct CutOff;

impl From<std::io::Error> for CutOff {
    fn from(_: std::io::Error) -> Self {
        Self
    }
}

impl CutOff {
    /// An answer that acknowledges nothing must be the machine's failure, honestly told.
    pub(crate) fn by(answer: Answer) -> Self {
        assert!(matches!(answer.status, 500 | 503), "{answer:?}");
        Self
    }
}

pub(crate) fn acknowledged(answer: Answer, expected: u16) -> Result<Answer, CutOff> {
    if answer.status == expected { Ok(answer) } else { Err(CutOff::by(answer)) }
}

/// What was acknowledged, to either kind of client.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    operators: usize,
    people: usize,
}

/// What a client is given.
#[derive(Clone)]
pub(crate) struct Shift {
    pub(crate) ledger: Arc<Ledger>,
    /// How this client calls what it makes.
    pub(crate) name: String,
    /// No two clients begin with the same.
    pub(crate) number: usize,
    acknowledged: Arc<watch::Sender<Count>>,
    stopped: watch::Receiver<bool>,
}

impl Shift {
    pub(crate) fn is_over(&self) -> bool {
        *self.stopped.borrow()
    }

    pub(crate) fn operator_was_answered(&self) {
        self.acknowledged.send_modify(|count| count.operators += 1);
    }

    pub(crate) fn person_was_answered(&self) {
        self.acknowledged.send_modify(|count| count.people += 1);
    }
}

pub(crate) struct Load {
    clients: JoinSet<()>,
    stop: watch::Sender<bool>,
    acknowledged: watch::Receiver<Count>,
    cut_off: watch::Receiver<usize>,
}

impl Load {
    pub(crate) fn start(ledger: &Arc<Ledger>, servers: &[&Process], round: usize) -> Self {
        let (acknowledged, count) = watch::channel(Count::default());
        let (cut_off, gone) = watch::channel(0);
        let (stop, stopped) = watch::channel(false);
        let (acknowledged, cut_off) = (Arc::new(acknowledged), Arc::new(cut_off));
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            let server = servers[client % servers.len()];
            let (socket, address) = (server.socket().to_owned(), server.address().to_owned());
            let shift = Shift {
                ledger: Arc::clone(ledger),
                name: format!("r{round}c{client}"),
                number: client,
                acknowledged: Arc::clone(&acknowledged),
                stopped: stopped.clone(),
            };
            let cut_off = Arc::clone(&cut_off);
            clients.spawn(async move {
                let _how_it_ended = match client {
                    0..OPERATORS => operator::work(&socket, &shift).await,
                    _ => person::live(&address, shift).await,
                };
                cut_off.send_modify(|count| *count += 1);
            });
        }
        Self { clients, stop, acknowledged: count, cut_off: gone }
    }

    /// Waits for the clients' own reports, not for time: as many from operators, and as many from people.
    pub(crate) async fn until_acknowledged(&self, enough: usize) {
        let mut acknowledged = self.acknowledged.clone();
        let is_enough = |count: &Count| count.operators >= enough && count.people >= enough;
        acknowledged.wait_for(is_enough).await.unwrap();
    }

    pub(crate) async fn until_everybody_is_cut_off(&self) {
        let mut cut_off = self.cut_off.clone();
        cut_off.wait_for(|count| *count == CLIENTS).await.unwrap();
    }

    /// Waits for something outside, looking again after each acknowledgement or lost client.
    pub(crate) async fn until(&self, happened: impl Fn() -> bool) {
        let (mut acknowledged, mut cut_off) = (self.acknowledged.clone(), self.cut_off.clone());
        while !happened() && *cut_off.borrow_and_update() < CLIENTS {
            tokio::select! {
                changed = acknowledged.changed() => changed.unwrap(),
                changed = cut_off.changed() => changed.unwrap(),
            }
        }
    }

    pub(crate) async fn stop(mut self) {
        let _everybody_has_stopped_already = self.stop.send(true);
        while let Some(ended) = self.clients.join_next().await {
            ended.unwrap();
        }
    }
}
