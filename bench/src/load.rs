//! Clients: each does one thing after another and never waits for anybody else.

use std::future::Future;

/// A runtime like the server's, on two threads whatever the machine has.
pub(crate) fn on_two_threads<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(work)
}

/// Deals the items out to the clients and waits for the last of them.
pub(crate) async fn drive<T, F, Done>(items: Vec<T>, clients: usize, act: F)
where
    T: Send + 'static,
    F: Fn(T) -> Done + Clone + Send + 'static,
    Done: Future<Output = ()> + Send,
{
    let clients: Vec<_> = dealt(items, clients)
        .into_iter()
        .map(|items| {
            let act = act.clone();
            tokio::spawn(async move {
                for item in items {
                    act(item).await;
                }
            })
        })
        .collect();
    for client in clients {
        client.await.expect("a client ends well");
    }
}

pub(crate) fn dealt<T>(items: Vec<T>, hands: usize) -> Vec<Vec<T>> {
    let each = items.len().div_ceil(hands);
    let mut dealt: Vec<Vec<T>> = (0..hands).map(|_| Vec::with_capacity(each)).collect();
    for (at, item) in items.into_iter().enumerate() {
        dealt[at % hands].push(item);
    }
    dealt
}
