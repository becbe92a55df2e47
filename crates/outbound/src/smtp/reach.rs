use std::fs;
use std::io;
use std::time::Duration;

use app::Undelivered;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::extension::ClientId;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::line_by_line::LineByLine;
use super::{Encryption, Relay, Unusable};

/// For each of the server's addresses.
const PATIENCE: Duration = Duration::from_secs(10);
/// What a file must hold: the reader of PEM passes over everything else.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";

/// How the connection is encrypted, with what is trusted for it.
pub(super) enum Channel {
    Tls(TlsParameters),
    StartTls(TlsParameters),
    Plain,
}

impl Channel {
    pub(super) fn of(relay: &Relay) -> Result<Self, Unusable> {
        Ok(match relay.encryption {
            Encryption::Tls => Self::Tls(trust(relay)?),
            Encryption::StartTls => Self::StartTls(trust(relay)?),
            Encryption::Plain => Self::Plain,
        })
    }
}

/// The certificates that may vouch for the server: those of the file, or the system's.
fn trust(relay: &Relay) -> Result<TlsParameters, Unusable> {
    let builder = TlsParametersBuilder::new(relay.host.clone());
    let builder = match &relay.ca_file {
        None => builder.certificate_store(CertificateStore::Default),
        Some(path) => {
            let pem = fs::read_to_string(path).map_err(|error| Unusable::CaFile(path.clone(), error))?;
            let certificates = Some(&pem).filter(|pem| pem.contains(CERTIFICATE)).map(|pem| pem.as_bytes());
            let certificates = certificates.and_then(|pem| Certificate::from_pem(pem).ok());
            let certificates = certificates.ok_or_else(|| Unusable::NotCertificates(path.clone()))?;
            builder.certificate_store(CertificateStore::None).add_root_certificate(certificates)
        }
    };
    builder.build().map_err(Unusable::Tls)
}

/// Connected, greeted, and encrypted as it must be. Whatever goes wrong here says nothing about any letter.
pub(super) async fn reach(relay: &Relay, channel: &Channel) -> Result<AsyncSmtpConnection, Undelivered> {
    let hello = ClientId::Domain(relay.from.domain().to_owned());
    let connected = match channel {
        Channel::Tls(tls) => {
            let server = (relay.host.as_str(), relay.port);
            let tls = Some(tls.clone());
            AsyncSmtpConnection::connect_tokio1(server, Some(PATIENCE), &hello, tls, None).await.map_err(words)
        }
        Channel::StartTls(tls) => upgraded(relay, tls.clone(), &hello).await,
        Channel::Plain => in_the_clear(relay, &hello).await,
    };
    connected.map_err(|why| Undelivered::Later(format!("the mail server cannot be reached: {why}")))
}

/// INVARIANT (no downgrade): what comes out of here is encrypted, with a server that proved its name.
async fn upgraded(relay: &Relay, tls: TlsParameters, hello: &ClientId) -> Result<AsyncSmtpConnection, String> {
    let mut connection = in_the_clear(relay, hello).await?;
    if !connection.can_starttls() {
        return Err("it offers no STARTTLS".to_owned());
    }
    connection.starttls(tls, hello).await.map_err(words)?;
    Ok(connection)
}

async fn in_the_clear(relay: &Relay, hello: &ClientId) -> Result<AsyncSmtpConnection, String> {
    let wire = dial(relay).await.map_err(|error| error.to_string())?;
    let wire = Box::new(LineByLine::new(wire));
    AsyncSmtpConnection::connect_with_transport(wire, hello).await.map_err(words)
}

async fn dial(relay: &Relay) -> io::Result<TcpStream> {
    let mut outcome = Err(io::Error::other("its name has no address"));
    for address in lookup_host((relay.host.as_str(), relay.port)).await? {
        outcome = timeout(PATIENCE, TcpStream::connect(address)).await.map_err(io::Error::from).flatten();
        if outcome.is_ok() {
            break;
        }
    }
    let wire = outcome?;
    // The client writes a letter and its end apart, and the second would wait for the first to be confirmed.
    wire.set_nodelay(true)?;
    Ok(wire)
}

fn words(error: Error) -> String {
    error.to_string()
}
