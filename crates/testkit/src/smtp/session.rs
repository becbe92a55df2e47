use std::io::{Error, ErrorKind, Result};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::{Channel, Deed, Inside, Received, Step};

const EXTENSIONS: [&str; 3] = ["8BITMIME", "SMTPUTF8", "AUTH PLAIN"];

#[derive(PartialEq)]
enum Ending {
    Farewell,
    WantsTls,
}

/// One guest. An error is a guest who left, or was thrown out.
pub(super) async fn hold(wire: TcpStream, channel: Channel, inside: Arc<Mutex<Inside>>) -> Result<()> {
    match channel {
        Channel::Encrypted(acceptor) => {
            let wire = acceptor.accept(wire).await?;
            Session::encrypted(wire, inside).greeted(&EXTENSIONS).await?;
        }
        Channel::Plain => {
            Session::in_the_clear(wire, inside).greeted(&EXTENSIONS).await?;
        }
        Channel::Upgraded(acceptor) => {
            let mut session = Session::in_the_clear(wire, Arc::clone(&inside));
            if session.greeted(&["8BITMIME", "STARTTLS"]).await? == Ending::WantsTls {
                let wire = acceptor.accept(session.wire.into_inner()).await?;
                Session::encrypted(wire, inside).converse(&EXTENSIONS).await?;
            }
        }
    }
    Ok(())
}

struct Session<W> {
    wire: BufReader<W>,
    inside: Arc<Mutex<Inside>>,
    is_encrypted: bool,
    letter: Received,
}

impl<W: AsyncRead + AsyncWrite + Unpin> Session<W> {
    fn in_the_clear(wire: W, inside: Arc<Mutex<Inside>>) -> Self {
        Self { wire: BufReader::new(wire), inside, is_encrypted: false, letter: Received::default() }
    }

    fn encrypted(wire: W, inside: Arc<Mutex<Inside>>) -> Self {
        Self { is_encrypted: true, ..Self::in_the_clear(wire, inside) }
    }

    async fn greeted(&mut self, extensions: &[&str]) -> Result<Ending> {
        self.answer(Step::Greeting, "220 sink ESMTP").await?;
        self.converse(extensions).await
    }

    async fn converse(&mut self, extensions: &[&str]) -> Result<Ending> {
        loop {
            let line = self.line().await?;
            let encrypted = if self.is_encrypted { "tls " } else { "" };
            self.inside.lock().unwrap().heard.push(format!("{encrypted}{line}"));
            let (verb, rest) = line.split_once([' ', ':']).unwrap_or((&line, ""));
            match verb {
                "EHLO" => self.hello(rest, extensions).await?,
                "STARTTLS" => {
                    self.answer(Step::StartTls, "220 go ahead").await?;
                    return Ok(Ending::WantsTls);
                }
                "AUTH" => self.login(rest).await?,
                "MAIL" => {
                    if self.answer(Step::Sender, "250 ok").await? {
                        self.letter.sender = rest.trim_start_matches("FROM:").to_owned();
                    }
                }
                "RCPT" => {
                    if self.answer(Step::Recipient, "250 ok").await? {
                        self.letter.recipients.push(rest.trim_start_matches("TO:").to_owned());
                    }
                }
                "DATA" => {
                    if self.answer(Step::Data, "354 go ahead").await? {
                        self.take_letter().await?;
                    }
                }
                "NOOP" => self.write("250 ok").await?,
                "QUIT" => {
                    self.write("221 bye").await?;
                    return Ok(Ending::Farewell);
                }
                _ => self.write("502 what").await?,
            }
        }
    }

    async fn hello(&mut self, name: &str, extensions: &[&str]) -> Result<()> {
        self.letter.hello = name.to_owned();
        let concealed = self.inside.lock().unwrap().concealed.clone();
        let offered = extensions.iter().filter(|extension| !concealed.contains(extension));
        let lines: String = offered.map(|extension| format!("250-{extension}\r\n")).collect();
        self.answer(Step::Hello, &format!("250-sink\r\n{lines}250 HELP")).await?;
        Ok(())
    }

    async fn login(&mut self, rest: &str) -> Result<()> {
        let words = rest.strip_prefix("PLAIN ").and_then(|words| STANDARD.decode(words).ok()).unwrap_or_default();
        let words = String::from_utf8_lossy(&words).into_owned();
        let mut words = words.split('\0').skip(1).map(str::to_owned);
        if self.answer(Step::Login, "235 welcome").await? {
            self.letter.login = words.next().zip(words.next());
        }
        Ok(())
    }

    async fn take_letter(&mut self) -> Result<()> {
        let mut data = String::new();
        loop {
            let mut line = String::new();
            if self.wire.read_line(&mut line).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            if line == ".\r\n" {
                break;
            }
            data += line.strip_prefix('.').unwrap_or(&line);
            self.answer(Step::Body, "").await?;
        }
        let fresh =
            Received { hello: self.letter.hello.clone(), login: self.letter.login.clone(), ..Received::default() };
        let letter = Received { data, was_encrypted: self.is_encrypted, ..std::mem::replace(&mut self.letter, fresh) };
        let is_refused = matches!(self.deed(Step::End), Some(Deed::Say(words)) if !words.starts_with('2'));
        if !is_refused {
            let mut inside = self.inside.lock().unwrap();
            inside.letters.push(letter);
            inside.taken.send_modify(|taken| *taken += 1);
        }
        self.answer(Step::End, "250 taken").await?;
        Ok(())
    }

    fn deed(&self, step: Step) -> Option<Deed> {
        self.inside.lock().unwrap().deeds.get(&step).cloned()
    }

    /// Does what it was told to do at this step. Did it agree?
    async fn answer(&mut self, step: Step, usual: &str) -> Result<bool> {
        match self.deed(step) {
            None => {
                self.write(usual).await?;
                Ok(true)
            }
            Some(Deed::Say(words)) => {
                self.write(&words).await?;
                Ok(words.starts_with(['2', '3']))
            }
            Some(Deed::HangUp) => Err(Error::from(ErrorKind::ConnectionAborted)),
            Some(Deed::Silence) => std::future::pending().await,
        }
    }

    async fn write(&mut self, words: &str) -> Result<()> {
        if words.is_empty() {
            return Ok(());
        }
        self.wire.write_all(format!("{words}\r\n").as_bytes()).await?;
        self.wire.flush().await
    }

    async fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.wire.read_line(&mut line).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }
}
