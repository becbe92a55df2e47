//! Letters through a mail server.

mod failure;
mod line_by_line;
mod reach;

use std::fmt;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use app::{Delivery, Letter, Undelivered};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};
use tokio::time::timeout;
use vocab::Secret;

use crate::Sender;
use crate::letter::Post;
use failure::{Stage, undelivered};
use reach::{Channel, reach};

/// For one letter, from looking up the server's name to its last word. A letter belongs to its worker for a minute;
/// past that another would carry it too.
const PATIENCE: Duration = Duration::from_secs(45);
/// What comes after the letter was taken must not keep anybody.
const PATIENCE_TO_PART: Duration = Duration::from_secs(2);

/// The mail server that carries letters on, and how it is reached.
#[derive(Debug, Clone)]
pub struct Relay {
    /// A name, or an address without brackets.
    pub host: String,
    pub port: u16,
    pub encryption: Encryption,
    pub login: Option<Login>,
    pub from: Sender,
    /// Certificates (PEM) that vouch for the server, instead of the system's.
    pub ca_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// From the first byte.
    Tls,
    /// Before anything of worth is said: a server without STARTTLS gets nothing.
    StartTls,
    Plain,
}

#[derive(Debug, Clone)]
pub struct Login {
    pub name: Secret<String>,
    pub password: Secret<String>,
}

/// Why no letter could ever go this way.
#[derive(Debug)]
pub enum Unusable {
    CaFile(PathBuf, io::Error),
    NotCertificates(PathBuf),
    Tls(Error),
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CaFile(path, error) => write!(f, "{}: {error}", path.display()),
            Self::NotCertificates(path) => write!(f, "{} holds no certificate in PEM", path.display()),
            Self::Tls(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for Unusable {}

/// Why no letter could be handed over now.
#[derive(Debug)]
pub struct Unreachable(String);

impl From<Undelivered> for Unreachable {
    fn from(undelivered: Undelivered) -> Self {
        match undelivered {
            Undelivered::Later(why) | Undelivered::Never(why) => Self(why),
        }
    }
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unreachable {}

/// Hands each letter to one mail server, over a connection of its own.
pub struct Smtp {
    relay: Relay,
    channel: Channel,
    patience: Duration,
}

impl Smtp {
    /// Nothing is connected yet.
    pub fn new(relay: Relay) -> Result<Self, Unusable> {
        let channel = Channel::of(&relay)?;
        Ok(Self { relay, channel, patience: PATIENCE })
    }

    /// With another bound on the whole of a delivery.
    pub fn within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Whether a letter could be handed over now: everything but the letter.
    pub async fn check(&self) -> Result<(), Unreachable> {
        let look = async {
            let mut connection = self.connect().await?;
            let answers = connection.test_connected().await;
            part(connection).await;
            answers.then_some(()).ok_or_else(|| Undelivered::Later("the mail server fell silent".to_owned()))
        };
        self.in_time(look).await.map_err(Unreachable::from)
    }

    async fn carry(&self, letter: &Letter) -> Result<(), Undelivered> {
        let post = Post::of(letter, &self.relay.from)?;
        let handed_over = async {
            let mut connection = self.connect().await?;
            let outcome = hand_over(&mut connection, &self.relay.from, &post).await;
            Ok((connection, outcome))
        };
        let (connection, outcome) = self.in_time(handed_over).await?;
        part(connection).await;
        outcome
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T, Undelivered>>) -> Result<T, Undelivered> {
        let seconds = self.patience.as_secs();
        let too_late = |_| Undelivered::Later(format!("the mail server was not done within {seconds} seconds"));
        timeout(self.patience, work).await.map_err(too_late)?
    }

    /// Connected, encrypted as it must be, logged in.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Undelivered> {
        let mut connection = reach(&self.relay, &self.channel).await?;
        if let Some(Login { name, password }) = &self.relay.login {
            let credentials = Credentials::new(name.expose().clone(), password.expose().clone());
            let login = connection.auth(DEFAULT_MECHANISMS, &credentials).await;
            login.map_err(|error| undelivered(Stage::Login, &error))?;
        }
        Ok(connection)
    }
}

impl app::Courier for Smtp {
    fn deliver<'a>(&'a self, letter: &'a Letter) -> Delivery<'a> {
        Box::pin(self.carry(letter))
    }
}

/// Each answer is looked at on its own: the same code means something else about the sender than about the recipient.
async fn hand_over(connection: &mut AsyncSmtpConnection, from: &Sender, post: &Post) -> Result<(), Undelivered> {
    let mut parameters = Vec::new();
    if post.is_international() {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(Undelivered::Never(
                "this address has letters outside ASCII before the @, and the mail server does not carry such"
                    .to_owned(),
            ));
        }
        parameters = vec![MailParameter::SmtpUtfEight, MailParameter::Body(MailBodyParameter::EightBitMime)];
    }
    let failed = |stage| move |error: Error| undelivered(stage, &error);
    connection.command(Mail::new(Some(from.address().clone()), parameters)).await.map_err(failed(Stage::Sender))?;
    connection.command(Rcpt::new(post.recipient.clone(), vec![])).await.map_err(failed(Stage::Recipient))?;
    connection.command(Data).await.map_err(failed(Stage::Letter))?;
    connection.message(&post.bytes).await.map_err(failed(Stage::Letter))?;
    Ok(())
}

async fn part(mut connection: AsyncSmtpConnection) {
    let _whatever_it_says_now_the_outcome_stands = timeout(PATIENCE_TO_PART, connection.abort()).await;
}
