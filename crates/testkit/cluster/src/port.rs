//! A loopback port, and whether a PostgreSQL answers there.

use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// Below the ports that the kernel gives to outgoing connections: a client that keeps knocking on a crashed server
/// must never be given the server's own port as its own end.
const RANGE: std::ops::Range<u16> = 20_000..32_000;

const PATIENCE: Duration = Duration::from_secs(2);

/// A port that was free a moment ago.
pub(crate) fn free() -> Result<u16, String> {
    let start = RandomState::new().hash_one("port") as usize % RANGE.len();
    RANGE
        .cycle()
        .skip(start)
        .take(RANGE.len())
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .ok_or_else(|| format!("no free loopback port between {} and {}", RANGE.start, RANGE.end))
}

/// Does a server there let its superuser in? While it starts or recovers it answers, but with an error.
pub(crate) fn answers(port: u16) -> bool {
    const AUTHENTICATION: u8 = b'R';
    knock(port).is_ok_and(|kind| kind == AUTHENTICATION)
}

/// The kind of the first message a server sends back.
fn knock(port: u16) -> io::Result<u8> {
    let mut stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(&startup_message())?;
    let mut kind = [0];
    stream.read_exact(&mut kind)?;
    stream.write_all(b"X\0\0\0\x04")?; // Terminate
    Ok(u8::from_be_bytes(kind))
}

/// StartupMessage of protocol 3.0: length, version, pairs of strings, an empty string.
fn startup_message() -> Vec<u8> {
    const PROTOCOL_3_0: u32 = 3 << 16;
    let pairs = b"user\0postgres\0database\0postgres\0\0";
    let length = (size_of::<u32>() * 2 + pairs.len()) as u32;
    [&length.to_be_bytes()[..], &PROTOCOL_3_0.to_be_bytes(), pairs].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that answers every startup with one kind of message.
    fn answering(kind: u8) -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut received = vec![0; startup_message().len()];
            stream.read_exact(&mut received).unwrap();
            stream.write_all(&[kind]).unwrap();
            let _ = stream.read(&mut received);
        });
        port
    }

    #[test]
    fn only_a_server_that_lets_us_in_has_answered() {
        assert!(answers(answering(b'R')));
        assert!(!answers(answering(b'E')));
    }

    #[test]
    fn a_port_is_free_and_never_one_of_the_kernels_own() {
        let port = free().unwrap();
        assert!(RANGE.contains(&port));
        assert!(!answers(port));
    }
}
