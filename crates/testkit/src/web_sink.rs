use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use crate::smtp::{Certificate, acceptor};

/// A web server that gives everybody the same answer, byte for byte as a test wrote it. Gone when dropped.
pub struct WebSink {
    port: u16,
    inside: Arc<Mutex<Inside>>,
    listening: JoinHandle<()>,
}

#[derive(Default)]
struct Inside {
    answer: Vec<u8>,
    hangs: bool,
    heard: Vec<String>,
}

impl WebSink {
    pub async fn plain() -> Self {
        Self::listen(None).await
    }

    /// One that speaks TLS.
    pub async fn encrypted(certificate: &Certificate) -> Self {
        Self::listen(Some(certificate)).await
    }

    async fn listen(certificate: Option<&Certificate>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, inside) = (listener.local_addr().unwrap().port(), Arc::<Mutex<Inside>>::default());
        let (tls, within) = (certificate.map(acceptor), Arc::clone(&inside));
        let listening = tokio::spawn(async move {
            let mut guests = JoinSet::new();
            while let Ok((wire, _)) = listener.accept().await {
                let (tls, inside) = (tls.clone(), Arc::clone(&within));
                guests.spawn(async move {
                    match tls {
                        None => converse(wire, inside).await,
                        Some(tls) => match tls.accept(wire).await {
                            Ok(wire) => converse(wire, inside).await,
                            Err(_) => inside.lock().unwrap().heard.push("no TLS".to_owned()),
                        },
                    }
                });
            }
        });
        Self { port, inside, listening }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on it answers with this head and body; the length is told unless the head tells one.
    pub fn answer(&self, head: &str, body: &[u8]) {
        let length = format!("Content-Length: {}\r\n", body.len());
        let length = if head.to_lowercase().contains("-length:") { "" } else { &length };
        let head = format!("HTTP/1.1 {}\r\n{length}\r\n", head.replace('\n', "\r\n"));
        let mut inside = self.inside.lock().unwrap();
        inside.answer = [head.as_bytes(), body].concat();
        inside.hangs = false;
    }

    /// From now on it listens and says nothing.
    pub fn hang(&self) {
        self.inside.lock().unwrap().hangs = true;
    }

    /// The head of every request so far.
    pub fn heard(&self) -> Vec<String> {
        self.inside.lock().unwrap().heard.clone()
    }
}

impl Drop for WebSink {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn converse(mut wire: impl AsyncRead + AsyncWrite + Unpin, inside: Arc<Mutex<Inside>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match wire.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let answer = {
        let mut inside = inside.lock().unwrap();
        inside.heard.push(String::from_utf8(head).unwrap());
        (!inside.hangs).then(|| inside.answer.clone())
    };
    match answer {
        Some(answer) => {
            // A client that has heard enough goes away.
            let _gone = wire.write_all(&answer).await;
            let _gone = wire.shutdown().await;
        }
        None => std::future::pending().await,
    }
}
