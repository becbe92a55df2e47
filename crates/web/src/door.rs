//! The two doors of the house: one for everybody, one for whoever holds the machine.

use std::io;
use std::net::IpAddr;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream as Knock;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener, UnixSocket, UnixStream};

/// Connections the system keeps waiting at the operator door.
const BACKLOG: u32 = 64;
const ROOT: u32 = 0;

/// Where a request came in. The accept loop says so; nothing in a request can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// TCP, with the address at the other end.
    Public(IpAddr),
    /// The Unix socket in the data folder: whoever may open it could as well change the data.
    Operator,
}

impl Door {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Public(_) => "public",
            Self::Operator => "operator",
        }
    }
}

/// A door that is open. The public one is bound by the caller, before anything else happens.
pub enum Listener {
    Public(TcpListener),
    Operator(OperatorSocket),
}

pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Listener {
    pub(crate) async fn accept(&self) -> io::Result<(Box<dyn Stream>, Door)> {
        match self {
            Self::Public(listener) => {
                let (stream, peer) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok((Box::new(stream), Door::Public(peer.ip().to_canonical())))
            }
            Self::Operator(socket) => Ok((Box::new(socket.accept().await?), Door::Operator)),
        }
    }
}

/// A Unix socket that its owner and root alone may use. Its file goes when it does.
pub struct OperatorSocket {
    listener: UnixListener,
    path: PathBuf,
    /// The file we made, to know it again.
    file: (u64, u64),
    owner: u32,
}

impl OperatorSocket {
    /// Nobody can get in before the mode is set: until `listen` the system refuses everyone. A socket that a crash
    /// left behind is cleared away; one that answers, or a file that is no socket, is left alone and is an error.
    pub fn bind(path: &Path) -> io::Result<Self> {
        clear_away(path)?;
        let socket = UnixSocket::new_stream()?;
        socket.bind(path)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        let listener = socket.listen(BACKLOG)?;
        let file = std::fs::symlink_metadata(path)?;
        Ok(Self { listener, path: path.to_owned(), file: (file.dev(), file.ino()), owner: file.uid() })
    }

    /// The next visitor who is us or root; anybody else is sent away.
    async fn accept(&self) -> io::Result<UnixStream> {
        loop {
            let (stream, _) = self.listener.accept().await?;
            let visitor = stream.peer_cred()?.uid();
            if visitor == self.owner || visitor == ROOT {
                return Ok(stream);
            }
            tracing::warn!(uid = visitor, "somebody else stood at the operator door");
        }
    }
}

impl Drop for OperatorSocket {
    /// Another server may have put its own socket there since.
    fn drop(&mut self) {
        let is_ours = |file: std::fs::Metadata| (file.dev(), file.ino()) == self.file;
        if std::fs::symlink_metadata(&self.path).is_ok_and(is_ours) {
            let _already_gone = std::fs::remove_file(&self.path);
        }
    }
}

fn clear_away(path: &Path) -> io::Result<()> {
    let file = match std::fs::symlink_metadata(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if !file.file_type().is_socket() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "a file that is no socket is in the way"));
    }
    match Knock::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => std::fs::remove_file(path),
        Ok(_) => Err(io::Error::new(io::ErrorKind::AddrInUse, "another server answers on this socket")),
        Err(error) => Err(error),
    }
}
