//! A mail server on a port of its own: keeps what it takes, and misbehaves where it is told to.

mod certificate;
mod session;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

pub use certificate::Certificate;

/// Where in a conversation the server can be told what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Greeting,
    Hello,
    StartTls,
    Login,
    Sender,
    Recipient,
    Data,
    /// After the first line of the letter.
    Body,
    /// After the letter: it is kept, unless it is refused.
    End,
}

/// What it does there instead of agreeing.
#[derive(Debug, Clone)]
pub enum Deed {
    Say(String),
    HangUp,
    Silence,
}

/// A letter that was taken, and the envelope it came in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    pub hello: String,
    pub login: Option<(String, String)>,
    /// All of `MAIL FROM:`, with its parameters.
    pub sender: String,
    pub recipients: Vec<String>,
    pub data: String,
    pub was_encrypted: bool,
}

impl Received {
    /// The value of a header, with its folding undone.
    pub fn header(&self, name: &str) -> Option<String> {
        let (headers, _) = self.data.split_once("\r\n\r\n")?;
        let unfolded = headers.replace("\r\n ", " ");
        unfolded.split("\r\n").find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned))
    }
}

#[derive(Default)]
struct Inside {
    deeds: BTreeMap<Step, Deed>,
    concealed: Vec<&'static str>,
    letters: Vec<Received>,
    heard: Vec<String>,
    taken: watch::Sender<usize>,
}

/// How the connection is, or can be, encrypted.
#[derive(Clone)]
enum Channel {
    Plain,
    /// On `STARTTLS`.
    Upgraded(TlsAcceptor),
    /// From the first byte.
    Encrypted(TlsAcceptor),
}

/// The server, gone when dropped.
pub struct SmtpSink {
    address: SocketAddr,
    inside: Arc<Mutex<Inside>>,
    listening: JoinHandle<()>,
}

impl SmtpSink {
    pub async fn plain() -> Self {
        Self::listen(Channel::Plain).await
    }

    /// One that offers `STARTTLS`.
    pub async fn upgraded(certificate: &Certificate) -> Self {
        Self::listen(Channel::Upgraded(acceptor(certificate))).await
    }

    /// One that speaks TLS from the first byte.
    pub async fn encrypted(certificate: &Certificate) -> Self {
        Self::listen(Channel::Encrypted(acceptor(certificate))).await
    }

    async fn listen(channel: Channel) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, inside) = (listener.local_addr().unwrap(), Arc::<Mutex<Inside>>::default());
        let listening = tokio::spawn(welcome(listener, channel, Arc::clone(&inside)));
        Self { address, inside, listening }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// From now on it does this at that step.
    pub fn at(&self, step: Step, deed: Deed) {
        self.inside.lock().unwrap().deeds.insert(step, deed);
    }

    /// From now on it says this at that step.
    pub fn say(&self, step: Step, words: &str) {
        self.at(step, Deed::Say(words.to_owned()));
    }

    /// From now on it agrees to everything.
    pub fn behave(&self) {
        self.inside.lock().unwrap().deeds.clear();
    }

    /// No longer offers an extension.
    pub fn conceal(&self, extension: &'static str) {
        self.inside.lock().unwrap().concealed.push(extension);
    }

    pub fn letters(&self) -> Vec<Received> {
        self.inside.lock().unwrap().letters.clone()
    }

    /// Waits until it has taken this many.
    pub async fn has_taken(&self, enough: usize) {
        let mut taken = self.inside.lock().unwrap().taken.subscribe();
        taken.wait_for(|taken| *taken >= enough).await.unwrap();
    }

    /// Every command so far; one that came encrypted has `tls ` before it.
    pub fn heard(&self) -> Vec<String> {
        self.inside.lock().unwrap().heard.clone()
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn welcome(listener: TcpListener, channel: Channel, inside: Arc<Mutex<Inside>>) {
    let mut guests = JoinSet::new();
    while let Ok((wire, _)) = listener.accept().await {
        wire.set_nodelay(true).unwrap();
        guests.spawn(session::hold(wire, channel.clone(), Arc::clone(&inside)));
    }
}

pub(crate) fn acceptor(certificate: &Certificate) -> TlsAcceptor {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(certificate.key().to_vec()));
    let chain = vec![CertificateDer::from(certificate.der().to_vec())];
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}
