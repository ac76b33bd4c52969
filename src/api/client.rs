//! The faces' side of the control socket.

use super::message::{Incoming, LineReader};
use crate::control::command::{Reply, Request};
use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a director may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest answer: a million connections fit.
const MAX_REPLY_LEN: usize = 1 << 30;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens there.
    #[error("the director is not running ({}: {error}); start it with `ulvs run`, or name its socket with --socket or ULVS_SOCKET", path.display())]
    NotRunning {
        /// The socket.
        path: PathBuf,
        /// The system's answer.
        error: io::Error,
    },
    /// The socket's permissions.
    #[error("no permission to talk to the director ({}: {error}); become root or a member of the socket's group", path.display())]
    NotPermitted {
        /// The socket.
        path: PathBuf,
        /// The system's answer.
        error: io::Error,
    },
    /// The connection broke.
    #[error("the director broke the connection ({}: {error}); its log says why", path.display())]
    Broken {
        /// The socket.
        path: PathBuf,
        /// The system's answer.
        error: io::Error,
    },
    /// No answer in time.
    #[error("the director did not answer within {} s ({}); it may be hung: see its log", PATIENCE.as_secs(), path.display())]
    Silent {
        /// The socket.
        path: PathBuf,
    },
    /// An answer that is none, or to another question.
    #[error("the director's answer makes no sense ({}: {what}); are both of the same version?", path.display())]
    Garbled {
        /// The socket.
        path: PathBuf,
        /// What was wrong.
        what: String,
    },
}

/// A connection to the director.
#[derive(Debug)]
pub struct Client {
    stream: UnixStream,
    lines: LineReader,
    path: PathBuf,
}

impl Client {
    /// Connects to the director that listens there.
    ///
    /// # Errors
    /// [`ClientError::NotRunning`], [`ClientError::NotPermitted`].
    pub fn connect(path: &Path) -> Result<Self, ClientError> {
        let path = path.to_owned();
        match UnixStream::connect(&path) {
            Ok(stream) => Ok(Self { stream, lines: LineReader::new(MAX_REPLY_LEN), path }),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Err(ClientError::NotPermitted { path, error })
            }
            Err(error) => Err(ClientError::NotRunning { path, error }),
        }
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// [`ClientError::Broken`], [`ClientError::Silent`], [`ClientError::Garbled`].
    pub fn ask(&mut self, request: &Request) -> Result<Reply, ClientError> {
        let garbled = |what: String| ClientError::Garbled { path: self.path.clone(), what };
        let broken = |error| ClientError::Broken { path: self.path.clone(), error };
        let mut line = serde_json::to_vec(request).map_err(|error| garbled(error.to_string()))?;
        line.push(b'\n');
        self.stream.set_write_timeout(Some(PATIENCE)).map_err(broken)?;
        // A server that turns us away answers and closes at once: its answer matters more than our failed write.
        let written = self.stream.write_all(&line);
        match self.lines.next(&self.stream, PATIENCE).map_err(broken)? {
            Incoming::Line(line) => serde_json::from_slice(&line).map_err(|error| garbled(error.to_string())),
            Incoming::Closed => {
                Err(broken(written.err().unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into())))
            }
            Incoming::TooLong => Err(garbled("longer than 1 GiB".to_owned())),
            Incoming::TimedOut { .. } => Err(ClientError::Silent { path: self.path.clone() }),
        }
    }
}
