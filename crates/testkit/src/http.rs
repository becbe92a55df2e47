use std::path::Path;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpStream, UnixStream};

/// Something bytes travel through both ways.
trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// The status of an answer that has no body and says no length.
const NO_CONTENT: u16 = 204;

/// An answer, as it came.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body, which is JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("this is no JSON: {self:?}"))
    }

    /// Is it this kind of problem?
    pub fn is_problem(&self, status: u16, slug: &str) -> bool {
        self.status == status && self.json()["type"] == format!("/problems/{slug}")
    }
}

/// One kept-alive HTTP/1.1 connection: small enough to see what is on the wire. Any failure is an error, never a
/// panic: the servers it talks to are killed on purpose.
pub struct Http(BufReader<Box<dyn Wire>>);

impl Http {
    /// Through the operator's socket.
    pub async fn operator(socket: &Path) -> std::io::Result<Self> {
        Ok(Self(BufReader::new(Box::new(UnixStream::connect(socket).await?))))
    }

    /// Through the public door.
    pub async fn public(address: &str) -> std::io::Result<Self> {
        Ok(Self(BufReader::new(Box::new(TcpStream::connect(address).await?))))
    }

    pub async fn get(&mut self, path: &str) -> std::io::Result<Answer> {
        self.ask(("GET", path), &[], None).await
    }

    pub async fn post(&mut self, path: &str, json: &str) -> std::io::Result<Answer> {
        self.ask(("POST", path), &[], Some(json)).await
    }

    /// Method and path, with more headers.
    pub async fn ask(
        &mut self,
        (method, path): (&str, &str),
        headers: &[(&str, &str)],
        json: Option<&str>,
    ) -> std::io::Result<Answer> {
        let body = json.unwrap_or_default();
        let kind = json.map(|_| ("content-type", "application/json"));
        let headers: String = headers.iter().chain(&kind).map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.get_mut().write_all(request.as_bytes()).await?;
        self.answer().await
    }

    async fn answer(&mut self) -> std::io::Result<Answer> {
        let broken = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        let status: u16 = self.line().await?.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(broken)?;
        let mut headers = Vec::new();
        loop {
            let line = self.line().await?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let length = match length {
            None if status == NO_CONTENT => 0,
            length => length.and_then(|(_, value)| value.parse().ok()).ok_or_else(broken)?,
        };
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await?;
        Ok(Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
    }

    async fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        if self.0.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }
}
