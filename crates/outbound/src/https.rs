//! Documents of other houses, fetched over HTTP.

use std::fmt;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use app::{Fetched, Fetching, Unfetched, Wanted};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, ETAG, HOST, HeaderValue, IF_NONE_MATCH, LOCATION, USER_AGENT};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use vocab::url::RemoteUrl;

/// For the whole of it, from looking up the name to the last byte.
const PATIENCE: Duration = Duration::from_secs(60);
/// For each of the addresses.
const PATIENCE_TO_CONNECT: Duration = Duration::from_secs(10);
/// What a server calls its version of a document is sent back to it, and kept: it must be short.
const LONGEST_VERSION: usize = 200;

/// Why nothing could ever be fetched.
#[derive(Debug)]
pub enum Unusable {
    File(PathBuf, io::Error),
    NotCertificates(PathBuf),
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, error) => write!(f, "{}: {error}", path.display()),
            Self::NotCertificates(path) => write!(f, "{} holds no certificate in PEM", path.display()),
        }
    }
}

impl std::error::Error for Unusable {}

/// Asks one server for one document, over a connection of its own. It is not led elsewhere: what it is to fetch was
/// chosen by an operator, and a redirect is chosen by whoever answers.
pub struct Https {
    /// Who vouches for servers, instead of whom the system trusts.
    trusted: Option<Vec<CertificateDer<'static>>>,
    patience: Duration,
}

impl Https {
    pub fn new(ca_file: Option<&Path>) -> Result<Self, Unusable> {
        Ok(Self { trusted: ca_file.map(certificates).transpose()?, patience: PATIENCE })
    }

    /// With another bound on the whole of it.
    pub fn within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    async fn ask(&self, wanted: Wanted<'_>) -> Result<Fetched, Unfetched> {
        let answer = self.answer(&wanted).await?;
        match answer.status() {
            StatusCode::OK => document(answer, wanted.at_most).await,
            StatusCode::NOT_MODIFIED if wanted.known_as.is_some() => Ok(Fetched::Unchanged),
            status => Err(Unfetched(match answer.headers().get(LOCATION).and_then(|place| place.to_str().ok()) {
                Some(place) if status.is_redirection() => {
                    let place: String = place.chars().filter(|c| !c.is_control()).take(200).collect();
                    format!("it answers {} and names {place:?}: if that is right, give it instead", status.as_u16())
                }
                _ => format!("it answers {status}"),
            })),
        }
    }

    async fn answer(&self, wanted: &Wanted<'_>) -> Result<Response<Incoming>, Unfetched> {
        let request = request(wanted)?;
        let stream = connect(wanted.url).await?;
        if !wanted.url.is_encrypted() {
            return converse(stream, request).await;
        }
        let connector = TlsConnector::from(Arc::new(self.tls()?));
        let name = ServerName::try_from(wanted.url.host().to_owned()).map_err(|why| Unfetched(why.to_string()))?;
        // INVARIANT (no downgrade): nothing is asked before the server has proved its name.
        let stream =
            connector.connect(name, stream).await.map_err(|why| Unfetched(format!("no TLS with it: {why}")))?;
        converse(stream, request).await
    }

    /// Whom the system trusts is looked up each time: it is asked for once a day, and may change meanwhile.
    fn tls(&self) -> Result<ClientConfig, Unfetched> {
        let mut roots = RootCertStore::empty();
        match &self.trusted {
            Some(trusted) => roots.add_parsable_certificates(trusted.iter().cloned()),
            None => roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs),
        };
        if roots.is_empty() {
            return Err(Unfetched("this system trusts nobody to vouch for a server".to_owned()));
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(|why| Unfetched(why.to_string()))?;
        Ok(config.with_root_certificates(roots).with_no_client_auth())
    }
}

impl app::Fetcher for Https {
    fn fetch<'a>(&'a self, wanted: Wanted<'a>) -> Fetching<'a> {
        Box::pin(async move {
            let out_of_patience = || Unfetched(format!("it took longer than {} seconds", self.patience.as_secs()));
            timeout(self.patience, self.ask(wanted)).await.map_err(|_| out_of_patience())?
        })
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, Unusable> {
    let pem = fs::read(file).map_err(|error| Unusable::File(file.to_owned(), error))?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    read.ok().filter(|read| !read.is_empty()).ok_or_else(|| Unusable::NotCertificates(file.to_owned()))
}

fn request(wanted: &Wanted<'_>) -> Result<Request<Empty<Bytes>>, Unfetched> {
    let asked = Request::get(wanted.url.target())
        .header(HOST, wanted.url.authority())
        .header(USER_AGENT, concat!("signet/", env!("CARGO_PKG_VERSION")))
        .header(ACCEPT, "*/*");
    let asked = match wanted.known_as {
        Some(version) => asked.header(IF_NONE_MATCH, version),
        None => asked,
    };
    asked.body(Empty::new()).map_err(|why| Unfetched(why.to_string()))
}

/// The first of its addresses that takes a connection.
async fn connect(url: &RemoteUrl) -> Result<TcpStream, Unfetched> {
    let addresses = lookup_host((url.host(), url.port())).await;
    let addresses: Vec<SocketAddr> =
        addresses.map_err(|why| Unfetched(format!("the name {} leads nowhere: {why}", url.host())))?.collect();
    let mut last = format!("the name {} leads nowhere", url.host());
    for address in addresses {
        match timeout(PATIENCE_TO_CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(why)) => last = format!("{address}: {why}"),
            Err(_) => last = format!("{address} does not answer"),
        }
    }
    Err(Unfetched(last))
}

async fn converse<S>(stream: S, request: Request<Empty<Bytes>>) -> Result<Response<Incoming>, Unfetched>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let broken = |why: hyper::Error| Unfetched(format!("it does not speak HTTP as it should: {why}"));
    let (mut asking, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    // It ends with the answer, or when nobody waits for that any more.
    tokio::spawn(connection);
    asking.send_request(request).await.map_err(broken)
}

/// The document, if it stays within its bound.
async fn document(mut answer: Response<Incoming>, at_most: usize) -> Result<Fetched, Unfetched> {
    let version = |tag: &HeaderValue| tag.to_str().ok().filter(|tag| tag.len() <= LONGEST_VERSION).map(str::to_owned);
    let known_as = answer.headers().get(ETAG).and_then(version);
    let mut bytes = Vec::new();
    while let Some(frame) = answer.body_mut().frame().await {
        let frame = frame.map_err(|why| Unfetched(format!("it broke off: {why}")))?;
        let data = frame.into_data().unwrap_or_default();
        if bytes.len().saturating_add(data.len()) > at_most {
            return Err(Unfetched(format!("it sends more than {at_most} bytes")));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(Fetched::Document { bytes, known_as })
}
