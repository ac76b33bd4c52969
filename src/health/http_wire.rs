//! HTTP/1 as far as a check needs it, with every byte that is sent in view, and a bound on every byte that comes.

use super::base64;
use crate::lvs::{HttpMethod, HttpProbe, HttpUrl, HttpVersion, Login};
use md5::{Digest, Md5};
use std::fmt::Write as _;
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Bytes of an answer's head, or of its trailer: status line and all headers.
const HEAD_LIMIT: usize = 64 << 10;
/// Bytes of a body that are kept for a pattern.
pub(super) const KEPT_LIMIT: usize = 1 << 20;
/// Bytes of a body that are read at all.
const BODY_LIMIT: u64 = 64 << 20;
/// Bytes of the line that tells a chunk's size.
const CHUNK_LINE_LIMIT: usize = 256;
/// Answers of the kind `100 Continue` that may come before the answer.
const INTERIM_LIMIT: usize = 8;

/// The request, in keepalived's order.
///
/// # Errors
/// Something in it would end a line.
pub(super) fn request(probe: &HttpProbe, url: &HttpUrl, path: &str, host: &str) -> Result<String, String> {
    let method = match url.method {
        HttpMethod::Get => "GET",
        HttpMethod::Head => "HEAD",
    };
    let version = match probe.version {
        HttpVersion::V1_0 => "HTTP/1.0",
        HttpVersion::V1_1 => "HTTP/1.1",
    };
    let path = if path.is_empty() { "/" } else { path };
    let mut lines = vec![format!("{method} {path} {version}")];
    if !probe.user_agent.is_empty() {
        lines.push(format!("User-Agent: {}", probe.user_agent));
    }
    if probe.says_close {
        lines.push("Connection: close".to_owned());
    }
    if let Some(login) = &probe.login {
        lines.push(format!("Authorization: Basic {}", basic(login)));
    }
    lines.push(format!("Host: {host}"));
    if lines.iter().any(|line| line.contains(['\r', '\n', '\0'])) {
        return Err("a line end in the request".to_owned());
    }
    Ok(lines.join("\r\n") + "\r\n\r\n")
}

fn basic(login: &Login) -> String {
    base64::encode(format!("{}:{}", login.name, login.password).as_bytes())
}

/// An answer.
pub(super) struct Answer {
    pub status: u16,
    pub location: Option<String>,
    /// Its beginning: see [`KEPT_LIMIT`].
    pub body: Vec<u8>,
    /// Bytes of the whole body.
    pub length: u64,
    /// MD5 of the whole body, in hex; empty if nobody asked for it.
    pub digest: String,
}

/// What is wanted of a body, beside its length.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub text: bool,
    pub digest: bool,
}

/// Sends a request and reads the answer.
///
/// # Errors
/// What is wrong with the answer or the connection, in words.
pub(super) async fn exchange<S>(
    stream: S,
    request: &str,
    method: HttpMethod,
    wanted: Wanted,
) -> Result<Answer, String>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut reader = Reader { stream, bytes: Vec::new(), taken: 0 };
    reader.stream.write_all(request.as_bytes()).await.map_err(|error| format!("sending: {error}"))?;
    reader.stream.flush().await.map_err(|error| format!("sending: {error}"))?;
    let mut interim = 0;
    let head = loop {
        let head = reader.head().await?;
        if head.status >= 200 || head.status == 101 {
            break head;
        }
        interim += 1;
        if interim > INTERIM_LIMIT {
            return Err("one interim answer after the other".to_owned());
        }
    };
    let mut body =
        Body { kept: Vec::new(), length: 0, md5: wanted.digest.then(Md5::new), keeps: wanted.text };
    let has_none = method == HttpMethod::Head || matches!(head.status, 204 | 304);
    if !has_none {
        reader.body(&head, &mut body).await?;
    }
    let digest = body.md5.map(|md5| {
        md5.finalize().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    });
    Ok(Answer {
        status: head.status,
        location: head.location,
        body: body.kept,
        length: body.length,
        digest: digest.unwrap_or_default(),
    })
}

struct Head {
    status: u16,
    location: Option<String>,
    length: Option<u64>,
    is_chunked: bool,
}

struct Body {
    kept: Vec<u8>,
    length: u64,
    md5: Option<Md5>,
    keeps: bool,
}

impl Body {
    fn take(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.length += bytes.len() as u64;
        if self.length > BODY_LIMIT {
            return Err(format!("a body of more than {} MiB", BODY_LIMIT >> 20));
        }
        if let Some(md5) = &mut self.md5 {
            md5.update(bytes);
        }
        if self.keeps {
            let room = KEPT_LIMIT - self.kept.len();
            self.kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
        Ok(())
    }
}

struct Reader<S> {
    stream: S,
    /// Read, and not consumed from `taken` on.
    bytes: Vec<u8>,
    taken: usize,
}

impl<S: AsyncRead + Unpin> Reader<S> {
    fn rest(&self) -> &[u8] {
        &self.bytes[self.taken..]
    }

    /// Reads on; false: nothing more will come.
    async fn fill(&mut self) -> Result<bool, String> {
        const STEP: usize = 16 << 10;
        self.bytes.drain(..self.taken);
        self.taken = 0;
        self.bytes.reserve(STEP);
        match (&mut self.stream).take(STEP as u64).read_buf(&mut self.bytes).await {
            Ok(count) => Ok(count > 0),
            // TLS without a farewell: many servers end so.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(format!("reading: {error}")),
        }
    }

    /// A line without its end, of at most `limit` bytes; `None`: the end came first.
    async fn line(&mut self, limit: usize) -> Result<Option<Vec<u8>>, String> {
        let mut looked = 0;
        loop {
            if let Some(at) = self.rest()[looked..].iter().position(|byte| *byte == b'\n') {
                let mut line = self.rest()[..looked + at].to_vec();
                self.taken += looked + at + 1;
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(Some(line));
            }
            looked = self.rest().len();
            if looked > limit {
                return Err(format!("a line of more than {limit} bytes"));
            }
            if !self.fill().await? {
                return Ok(None);
            }
        }
    }

    async fn head(&mut self) -> Result<Head, String> {
        let Some(first) = self.line(HEAD_LIMIT).await? else {
            return Err(if self.rest().is_empty() { "an empty reply" } else { "not HTTP" }.to_owned());
        };
        let status = status(&first).ok_or("not HTTP")?;
        let mut head = Head { status, location: None, length: None, is_chunked: false };
        let mut left = HEAD_LIMIT;
        loop {
            let line = self.line(left).await?.ok_or("ended within its headers")?;
            if line.is_empty() {
                return Ok(head);
            }
            left =
                left.checked_sub(line.len() + 2).ok_or(format!("more than {HEAD_LIMIT} bytes of headers"))?;
            let line = String::from_utf8_lossy(&line);
            let Some((name, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                head.length = Some(value.parse().map_err(|_| "a Content-Length that is no number")?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                head.is_chunked = value.to_ascii_lowercase().ends_with("chunked");
            } else if name.eq_ignore_ascii_case("location") {
                head.location = Some(value.to_owned());
            }
        }
    }

    async fn body(&mut self, head: &Head, body: &mut Body) -> Result<(), String> {
        if head.is_chunked {
            return self.chunks(body).await;
        }
        match head.length {
            Some(length) if length > BODY_LIMIT => {
                Err(format!("a body of more than {} MiB", BODY_LIMIT >> 20))
            }
            Some(length) => self.pass_on(length, body).await,
            None => loop {
                body.take(&self.bytes[self.taken..])?;
                self.taken = self.bytes.len();
                if !self.fill().await? {
                    return Ok(());
                }
            },
        }
    }

    /// So many bytes.
    async fn pass_on(&mut self, length: u64, body: &mut Body) -> Result<(), String> {
        let mut left = length;
        while left > 0 {
            let step = usize::try_from(left).unwrap_or(usize::MAX).min(self.rest().len());
            body.take(&self.bytes[self.taken..self.taken + step])?;
            self.taken += step;
            left -= step as u64;
            if left > 0 && !self.fill().await? {
                return Err(format!("ended {left} bytes before the end of its body"));
            }
        }
        Ok(())
    }

    async fn chunks(&mut self, body: &mut Body) -> Result<(), String> {
        const CUT: &str = "ended within a chunk";
        loop {
            let line = self.line(CHUNK_LINE_LIMIT).await?.ok_or(CUT)?;
            let line = String::from_utf8_lossy(&line);
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = u64::from_str_radix(size, 16).map_err(|_| "a chunk without a size")?;
            if size == 0 {
                break;
            }
            self.pass_on(size, body)
                .await
                .map_err(|error| if error.starts_with("ended") { CUT.into() } else { error })?;
            if !self.line(CHUNK_LINE_LIMIT).await?.ok_or(CUT)?.is_empty() {
                return Err("a chunk longer than its size".to_owned());
            }
        }
        let mut left = HEAD_LIMIT;
        while let Some(line) = self.line(left).await?.filter(|line| !line.is_empty()) {
            left = left.checked_sub(line.len() + 2).ok_or("an endless trailer")?;
        }
        Ok(())
    }
}

/// `HTTP/1.1 200 OK`.
fn status(line: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(line.get(..line.len().min(32))?).ok().or_else(|| {
        // The reason behind the number may be in any encoding.
        std::str::from_utf8(line.get(..12)?).ok()
    })?;
    let mut words = line.strip_prefix("HTTP/")?.split(' ').skip(1).filter(|word| !word.is_empty());
    let number = words.next()?;
    (number.len() == 3).then(|| number.parse().ok())?.filter(|status| *status >= 100)
}

#[cfg(test)]
#[path = "http_wire_tests.rs"]
mod tests;
