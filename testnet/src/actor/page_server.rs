//! A web server for files: what the how-tos have `httpd` for, where no web server is installed.

use super::{Worker, wait_readable};
use crate::host::Host;
use anyhow::{Context, Result};
use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Longest request head in bytes.
const MAX_HEAD: u64 = 8 << 10;
/// How long a client may be silent.
const PATIENCE: Duration = Duration::from_secs(60);
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Serves the files of a directory by HTTP, one request per connection, and writes a log in httpd's format. `/` is
/// `index.html`.
pub struct PageServer {
    _workers: Vec<Worker>,
}

struct Site {
    pages: PathBuf,
    log: PathBuf,
}

impl PageServer {
    /// Listens on a host.
    ///
    /// # Errors
    /// An address is in use or not the host's.
    pub fn start(host: &Host, listen: &[SocketAddr], pages: &Path, log: &Path) -> Result<Self> {
        let site = Arc::new(Site { pages: pages.to_owned(), log: log.to_owned() });
        let mut workers = Vec::new();
        for address in listen {
            let listener = host
                .run(|| TcpListener::bind(address))?
                .with_context(|| format!("web server on {}: {address}", host.name()))?;
            listener.set_nonblocking(true)?;
            let site = Arc::clone(&site);
            workers.push(Worker::start(format!("pages-{}", host.name()), move |stop| {
                while !stop.is_set() {
                    if !wait_readable(&[listener.as_fd()])[0] {
                        continue;
                    }
                    while let Ok((stream, peer)) = listener.accept() {
                        let site = Arc::clone(&site);
                        // A failed spawn closes the connection; a client that went away is no news.
                        let _ = std::thread::Builder::new()
                            .name("pages-connection".to_owned())
                            .spawn(move || drop(serve(&stream, peer, &site)));
                    }
                }
            })?);
        }
        Ok(Self { _workers: workers })
    }
}

fn serve(mut stream: &TcpStream, peer: SocketAddr, site: &Site) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut head = BufReader::new(stream.take(MAX_HEAD));
    let (mut request, mut line, mut agent) = (String::new(), String::new(), "-".to_owned());
    head.read_line(&mut request)?;
    while head.read_line(&mut line)? > 2 {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("user-agent")
        {
            value.trim().clone_into(&mut agent);
        }
        line.clear();
    }
    let request = request.trim_end();
    let page = request.strip_prefix("GET /").and_then(|rest| rest.split(' ').next());
    let (status, body) = match page.and_then(|page| read(&site.pages, page)) {
        Some(body) => ("200 OK", body),
        None if page.is_some() => ("404 Not Found", b"not found\n".to_vec()),
        None => ("400 Bad Request", b"only GET is spoken here\n".to_vec()),
    };
    let length = body.len();
    let mut whole =
        format!("HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")
            .into_bytes();
    whole.extend_from_slice(&body);
    stream.write_all(&whole)?;
    let code = status.split(' ').next().unwrap_or_default();
    let line = format!("{} - - [{}] \"{request}\" {code} {length} \"-\" \"{agent}\"\n", peer.ip(), stamp());
    // In one piece: several connections write here.
    OpenOptions::new().create(true).append(true).open(&site.log)?.write_all(line.as_bytes())
}

fn read(pages: &Path, page: &str) -> Option<Vec<u8>> {
    let page = Path::new(if page.is_empty() { "index.html" } else { page });
    let is_below = page.components().all(|part| matches!(part, Component::Normal(_)));
    if is_below { fs::read(pages.join(page)).ok() } else { None }
}

/// The time as httpd writes it, in UTC.
fn stamp() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{day:02}/{}/{year}:{hour:02}:{minute:02}:{second:02} +0000", MONTHS[month])
}

/// Year, month (January is 0) and day of the month of a day since 1970.
fn date(mut days: u64) -> (u64, usize, u64) {
    let is_leap =
        |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while days >= lengths[month] {
        days -= lengths[month];
        month += 1;
    }
    (year, month, days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_dates() {
        assert_eq!(date(0), (1970, 0, 1));
        assert_eq!(date(11_016), (2000, 1, 29));
        assert_eq!(date(17_595), (2018, 2, 5));
        assert_eq!(date(20_453), (2025, 11, 31));
    }
}
