//! A conversation over a stream, in lines or in counted bytes. All that comes is bounded.

use super::{Target, dial};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The longest line, without its end.
pub(super) const MAX_LINE: usize = 8 << 10;
/// The most that is read in one try.
pub(super) const MAX_ANSWER: usize = 1 << 20;

/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_millis(500);

/// Why a try failed, in a few words without line ends.
pub(super) type Fault = String;

/// What a conversation runs over: TCP, or TLS over it.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// One conversation.
pub(super) struct Talk {
    stream: Box<dyn Stream>,
    /// What came and was not taken yet.
    held: Vec<u8>,
    /// So much may still come.
    left: usize,
}

impl Talk {
    /// Connects.
    pub(super) async fn connect(target: &Target) -> Result<Self, Fault> {
        let stream = dial::tcp(target.at, target).await.map_err(|error| format!("connection: {error}"))?;
        Ok(Self::over(stream))
    }

    /// Over a stream that is there.
    pub(super) fn over(stream: impl Stream + 'static) -> Self {
        Self { stream: Box::new(stream), held: Vec::new(), left: MAX_ANSWER }
    }

    /// Sends all of it.
    pub(super) async fn say(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.stream.write_all(bytes).await.map_err(|error| format!("write: {error}"))?;
        self.stream.flush().await.map_err(|error| format!("write: {error}"))
    }

    /// Sends a last word and waits a little for the other side to end, so that it does not find the connection broken.
    /// What becomes of that is nobody's concern: the answer is known.
    pub(super) async fn part(mut self, word: &[u8]) {
        let farewell = async {
            let _ = self.say(word).await;
            let _ = self.stream.shutdown().await;
            while let Ok(true) = self.fill().await {}
        };
        let _ = tokio::time::timeout(FAREWELL, farewell).await;
    }

    /// Says that nothing more will be sent; answers can still come.
    pub(super) async fn half_close(&mut self) -> Result<(), Fault> {
        self.stream.shutdown().await.map_err(|error| format!("half-close: {error}"))
    }

    /// Reads once. `false`: the other side has ended.
    pub(super) async fn fill(&mut self) -> Result<bool, Fault> {
        if self.left == 0 {
            return Err(format!("an answer of more than {} KiB", MAX_ANSWER >> 10));
        }
        let before = self.held.len();
        let once = &mut (&mut self.stream).take(self.left.min(16 << 10) as u64);
        let came = once.read_buf(&mut self.held).await.map_err(|error| format!("read: {error}"))?;
        debug_assert_eq!(self.held.len(), before + came);
        self.left -= came;
        Ok(came > 0)
    }

    /// What came and was not taken yet.
    pub(super) fn held(&self) -> &[u8] {
        &self.held
    }

    /// All that may come has come: whether there is more is not known.
    pub(super) fn is_spent(&self) -> bool {
        self.left == 0
    }

    /// The next line, without `\n`; `None` at the end. A last line needs no `\n`.
    pub(super) async fn next_line(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        loop {
            if let Some(end) = self.held.iter().take(MAX_LINE + 1).position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.held.drain(..=end).collect();
                line.pop();
                return Ok(Some(line));
            }
            if self.held.len() > MAX_LINE {
                return Err(format!("a line of more than {} KiB", MAX_LINE >> 10));
            }
            if !self.fill().await? {
                let rest = std::mem::take(&mut self.held);
                return Ok((!rest.is_empty()).then_some(rest));
            }
        }
    }

    /// The next line as text, without its end; there must be one.
    pub(super) async fn line(&mut self) -> Result<String, Fault> {
        let line = self.next_line().await?.ok_or_else(closed)?;
        Ok(String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(&line)).into_owned())
    }

    /// The next so many bytes.
    pub(super) async fn exactly(&mut self, len: usize) -> Result<Vec<u8>, Fault> {
        while self.held.len() < len {
            if !self.fill().await? {
                return Err(closed());
            }
        }
        Ok(self.held.drain(..len).collect())
    }
}

/// The fault of a conversation that was ended too early.
pub(super) fn closed() -> Fault {
    "the connection was closed".into()
}

/// What a server said, fit for a detail: no control characters, at most 160 characters.
pub(super) fn quoted(said: &str) -> String {
    const MAX: usize = 160;
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut text: String = said.trim().chars().take(MAX).map(clean).collect();
    if said.trim().chars().nth(MAX).is_some() {
        text.push('…');
    }
    text
}

/// Refuses what would end a line of the protocol, or the text in it.
pub(super) fn in_one_line<'a>(what: &str, text: &'a str) -> Result<&'a str, Fault> {
    if text.contains(['\r', '\n', '\0']) {
        return Err(format!("{what} holds a line end or a NUL, which cannot be said"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::small_server::run;

    fn talk(came: &'static [u8]) -> Talk {
        Talk::over(tokio::io::join(came, tokio::io::sink()))
    }

    #[test]
    fn lines_end_where_they_should() {
        run(async {
            let mut talk = talk(b"one\r\ntwo\n\nlast");
            assert_eq!(talk.line().await.unwrap(), "one");
            assert_eq!(talk.next_line().await.unwrap().unwrap(), b"two");
            assert_eq!(talk.line().await.unwrap(), "");
            assert_eq!(talk.next_line().await.unwrap().unwrap(), b"last");
            assert_eq!(talk.next_line().await.unwrap(), None);
            assert_eq!(talk.line().await.unwrap_err(), "the connection was closed");
        });
    }

    #[test]
    fn a_line_has_an_end_and_an_answer_too() {
        let line = |len: usize| Vec::leak([vec![b'x'; len], b"\nrest".to_vec()].concat());
        run(async {
            assert_eq!(talk(line(MAX_LINE)).line().await.unwrap().len(), MAX_LINE);
            assert_eq!(talk(line(MAX_LINE + 1)).line().await.unwrap_err(), "a line of more than 8 KiB");
            let mut whole = talk(Vec::leak(vec![0; MAX_ANSWER]));
            assert_eq!(whole.exactly(MAX_ANSWER).await.unwrap().len(), MAX_ANSWER);
            assert_eq!(whole.fill().await.unwrap_err(), "an answer of more than 1024 KiB");
            assert_eq!(talk(b"abc").exactly(4).await.unwrap_err(), "the connection was closed");
        });
    }

    #[test]
    fn what_is_told_fits_in_a_line() {
        assert_eq!(quoted(" a\r\nb\x1b[0m "), "a  b [0m");
        assert_eq!(quoted(&"é".repeat(161)), format!("{}…", "é".repeat(160)));
        assert_eq!(quoted(&"é".repeat(160)), "é".repeat(160));
        assert!(in_one_line("the name", "a b").is_ok());
        assert!(in_one_line("the name", "a\nb").unwrap_err().starts_with("the name holds"));
    }
}
