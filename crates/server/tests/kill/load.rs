//! Thirty-two clients that create accounts, and disable every fourth, until their server is gone.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use testkit::{Answer, Http};
use tokio::sync::{Barrier, watch};
use tokio::task::JoinSet;

use crate::ledger::Ledger;

const CLIENTS: usize = 32;

pub(crate) struct Load {
    clients: JoinSet<()>,
    stop: watch::Sender<bool>,
    acknowledged: watch::Receiver<usize>,
    cut_off: watch::Receiver<usize>,
}

#[derive(Clone)]
struct Progress {
    acknowledged: Arc<watch::Sender<usize>>,
    cut_off: Arc<watch::Sender<usize>>,
    stopped: watch::Receiver<bool>,
}

impl Load {
    pub(crate) fn start(ledger: &Arc<Ledger>, sockets: &[&Path], round: usize) -> Self {
        let (acknowledged, count) = watch::channel(0);
        let (cut_off, gone) = watch::channel(0);
        let (stop, stopped) = watch::channel(false);
        let progress = Progress { acknowledged: Arc::new(acknowledged), cut_off: Arc::new(cut_off), stopped };
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            let socket = sockets[client % sockets.len()].to_owned();
            let (ledger, progress) = (Arc::clone(ledger), progress.clone());
            clients.spawn(async move {
                let _cut_off = write(&socket, &ledger, &progress, &format!("r{round}c{client}")).await;
                progress.cut_off.send_modify(|count| *count += 1);
            });
        }
        Self { clients, stop, acknowledged: count, cut_off: gone }
    }

    /// Waits for the clients' own reports, not for time.
    pub(crate) async fn until_acknowledged(&self, enough: usize) {
        let mut acknowledged = self.acknowledged.clone();
        acknowledged.wait_for(|count| *count >= enough).await.unwrap();
    }

    pub(crate) async fn until_everybody_is_cut_off(&self) {
        let mut cut_off = self.cut_off.clone();
        cut_off.wait_for(|count| *count == CLIENTS).await.unwrap();
    }

    /// Waits for something outside, looking again after each acknowledged write or lost client.
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

/// Until the connection breaks, or the server says that its machine failed, or the load is stopped.
async fn write(socket: &Path, ledger: &Ledger, progress: &Progress, name: &str) -> std::io::Result<()> {
    let mut http = Http::operator(socket).await?;
    for number in 0.. {
        if *progress.stopped.borrow() {
            return Ok(());
        }
        let username = format!("{name}n{number}");
        let email = if number % 3 == 0 { format!(r#","email":"{username}@example.com""#) } else { String::new() };
        let body = format!(r#"{{"display_name":"Load","username":"{username}"{email}}}"#);
        let Some(created) = acknowledged(http.post("/api/v1/accounts", &body).await?, 201) else { return Ok(()) };
        let id = serde_json::from_str::<serde_json::Value>(&created.body)?["id"].as_str().unwrap().to_owned();
        ledger.created(&id, &username);
        progress.acknowledged.send_modify(|count| *count += 1);
        if number % 4 == 0 {
            let path = format!("/api/v1/accounts/{id}/disable");
            let answer = http.post(&path, r#"{"reason":"load"}"#).await?;
            let Some(_) = acknowledged(answer, 200) else { return Ok(()) };
            ledger.disabled(&id);
            progress.acknowledged.send_modify(|count| *count += 1);
        }
    }
    Ok(())
}

/// The answer, if it is an acknowledgement. Anything else must be the machine's failure, honestly told.
fn acknowledged(answer: Answer, expected: u16) -> Option<Answer> {
    if answer.status == expected {
        return Some(answer);
    }
    assert!(matches!(answer.status, 500 | 503), "{answer:?}");
    None
}

/// One username, 32 callers on all servers released at once: one gets it, 31 are told that it is taken.
pub(crate) async fn race_for_one_username(sockets: &[&Path]) {
    let (barrier, winners) = (Arc::new(Barrier::new(CLIENTS)), Arc::new(AtomicUsize::new(0)));
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let socket = sockets[client % sockets.len()].to_owned();
        let (barrier, winners) = (Arc::clone(&barrier), Arc::clone(&winners));
        clients.spawn(async move {
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
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
    assert_eq!(winners.load(SeqCst), 1);
}
