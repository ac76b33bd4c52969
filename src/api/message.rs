//! Lines over a stream, with a bound on their length and on the time that they take.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// How a message ended.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A whole line, without its end.
    Line(Vec<u8>),
    /// The peer closed, between two messages.
    Closed,
    /// More bytes than allowed.
    TooLong,
    /// The time was over in the middle of a message, or (`false`) before its first byte.
    TimedOut {
        /// Some of the message had come.
        begun: bool,
    },
}

/// Reads lines.
#[derive(Debug)]
pub(super) struct LineReader {
    buffer: Vec<u8>,
    limit: usize,
}

impl LineReader {
    /// For lines of at most so many bytes.
    pub(super) const fn new(limit: usize) -> Self {
        Self { buffer: Vec::new(), limit }
    }

    /// The next line, complete within `at_most`, however slowly its bytes come.
    ///
    /// # Errors
    /// Those of the socket; an end in the middle of a line is `UnexpectedEof`.
    #[expect(clippy::disallowed_methods, reason = "a deadline for a client, not for the path of a frame")]
    pub(super) fn next(&mut self, stream: &UnixStream, at_most: Duration) -> io::Result<Incoming> {
        let deadline = Instant::now() + at_most;
        let mut searched = 0;
        let mut chunk = [0; 16384];
        loop {
            let fresh = self.buffer.get(searched..).unwrap_or(&[]);
            if let Some(end) = fresh.iter().position(|byte| *byte == b'\n') {
                let rest = self.buffer.split_off(searched + end + 1);
                let mut line = std::mem::replace(&mut self.buffer, rest);
                line.pop();
                return Ok(Incoming::Line(line));
            }
            searched = self.buffer.len();
            if searched > self.limit {
                return Ok(Incoming::TooLong);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Incoming::TimedOut { begun: searched > 0 });
            }
            stream.set_read_timeout(Some(left))?;
            let mut stream = stream;
            match stream.read(&mut chunk) {
                Ok(0) if self.buffer.is_empty() => return Ok(Incoming::Closed),
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(len) => self.buffer.extend_from_slice(chunk.get(..len).unwrap_or(&[])),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                    return Ok(Incoming::TimedOut { begun: searched > 0 });
                }
                Err(error) => return Err(error),
            }
        }
    }
}
