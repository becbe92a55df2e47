//! One connection that is kept alive, and no more of HTTP than two addresses need: the generator must cost less than
//! what it asks.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const BEGIN: &str = "/api/v1/sign-in/passkey/begin";
pub(crate) const FINISH: &str = "/api/v1/sign-in/passkey/finish";

pub(crate) struct Wire {
    stream: TcpStream,
    sent: Vec<u8>,
    received: Vec<u8>,
}

impl Wire {
    pub(crate) async fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        Self { stream, sent: Vec::new(), received: vec![0; 16 * 1024] }
    }

    /// The body of the answer, which says 200 or ends the bench. The client's address is the word of its proxy.
    pub(crate) async fn post(&mut self, path: &str, client: Ipv4Addr, body: &[u8]) -> &[u8] {
        self.sent.clear();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: signet-bench (Linux)\r\n\
             X-Forwarded-For: {client}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.sent.extend_from_slice(head.as_bytes());
        self.sent.extend_from_slice(body);
        self.stream.write_all(&self.sent).await.expect("sent");
        let (head, whole) = self.receive().await;
        let answer = &self.received[..whole];
        assert!(answer.starts_with(b"HTTP/1.1 200 "), "{path}: {}", String::from_utf8_lossy(answer));
        &answer[head..]
    }

    /// Where the answer's body begins, and where it ends.
    async fn receive(&mut self) -> (usize, usize) {
        let mut filled = 0;
        let mut expected = None;
        loop {
            let read = self.stream.read(&mut self.received[filled..]).await.expect("an answer");
            assert!(read > 0, "the connection was closed");
            filled += read;
            expected = expected.or_else(|| expected_size(&self.received[..filled]));
            match expected {
                Some((head, whole)) if filled == whole => return (head, whole),
                Some((_, whole)) => assert!(filled < whole && whole <= self.received.len(), "an answer of {whole}"),
                None => {}
            }
        }
    }
}

/// The sizes of an answer's head and of the whole, once its head is here.
fn expected_size(received: &[u8]) -> Option<(usize, usize)> {
    const NAME: &[u8] = b"\r\ncontent-length: ";
    let head = received.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let length = received[..head].windows(NAME.len()).position(|some| some == NAME).expect("a length") + NAME.len();
    let digits = received[length..head].iter().take_while(|byte| byte.is_ascii_digit());
    Some((head, head + digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0'))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_how_long_it_is() {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 12\r\n\r\n{}";
        assert_eq!(expected_size(answer), Some((answer.len() - 2, answer.len() + 10)));
        assert_eq!(expected_size(&answer[..40]), None);
    }
}
