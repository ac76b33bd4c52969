//! A real server whose connections last: it answers request after request on one connection, and has a long download.

use super::{Worker, wait_readable};
use crate::host::Host;
use anyhow::{Context, Result};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// Connections served at a time; others are closed at once.
const MAX_CONNECTIONS: usize = 256;
/// Longest request head in bytes.
const MAX_HEAD: usize = 8 << 10;
/// How long a client may be silent: longer than any failover.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of a download that are sent at a time, and how long it rests in between: 1.6 MB/s.
const PIECE: u64 = 16 << 10;
const REST: Duration = Duration::from_millis(10);

/// The path of the download: `/download/N`, N bytes.
pub const DOWNLOAD: &str = "/download/";

/// An HTTP/1.1 server that keeps connections. `GET /download/N` answers with N bytes ([`byte_at`]) at a modest pace, any
/// other path with the server's name.
pub struct SteadyServer {
    haste: Arc<AtomicBool>,
    _worker: Worker,
}

/// The byte at a place of a download: whoever loses or repeats a piece is found out.
pub const fn byte_at(place: u64) -> u8 {
    // The lowest of the place and of the number of its block.
    (place ^ (place >> 8) ^ (place >> 16)) as u8
}

impl SteadyServer {
    /// Listens on a host. The name is the host's.
    ///
    /// # Errors
    /// The address is in use or not the host's.
    pub fn start(host: &Host, listen: SocketAddr) -> Result<Self> {
        let listener = host
            .run(|| TcpListener::bind(listen))?
            .with_context(|| format!("HTTP server on {}: {listen}", host.name()))?;
        listener.set_nonblocking(true)?;
        let (name, haste) = (Arc::<str>::from(host.name()), Arc::new(AtomicBool::new(false)));
        let theirs = Arc::clone(&haste);
        let worker = Worker::start(format!("steady-{name}"), move |stop| {
            let busy = Arc::new(AtomicUsize::new(0));
            while !stop.is_set() {
                if !wait_readable(&[listener.as_fd()])[0] {
                    continue;
                }
                while let Ok((stream, _)) = listener.accept() {
                    receive(stream, &name, &busy, &theirs);
                }
            }
        })?;
        Ok(Self { haste, _worker: worker })
    }

    /// From now on downloads are sent as fast as they are taken.
    pub fn hurry(&self) {
        self.haste.store(true, Ordering::Relaxed);
    }
}

impl Drop for SteadyServer {
    fn drop(&mut self) {
        self.hurry();
    }
}

fn receive(stream: TcpStream, name: &Arc<str>, busy: &Arc<AtomicUsize>, haste: &Arc<AtomicBool>) {
    if busy.fetch_add(1, Ordering::Relaxed) >= MAX_CONNECTIONS {
        busy.fetch_sub(1, Ordering::Relaxed);
        return;
    }
    let (name, haste, theirs) = (Arc::clone(name), Arc::clone(haste), Arc::clone(busy));
    let serving = std::thread::Builder::new().name("steady-connection".to_owned()).spawn(move || {
        let _ = serve(&stream, &name, &haste); // a client that went away is no news
        theirs.fetch_sub(1, Ordering::Relaxed);
    });
    if serving.is_err() {
        busy.fetch_sub(1, Ordering::Relaxed);
    }
}

fn serve(mut stream: &TcpStream, name: &str, haste: &AtomicBool) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    let mut unread = Vec::new();
    let mut buffer = [0; 2048];
    loop {
        let end = loop {
            if let Some(at) = unread.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break at + 4;
            }
            let read = stream.read(&mut buffer)?;
            if read == 0 || unread.len() > MAX_HEAD {
                return Ok(());
            }
            unread.extend_from_slice(&buffer[..read]);
        };
        let head: Vec<_> = unread.drain(..end).collect();
        let head = String::from_utf8_lossy(&head);
        let path = head.strip_prefix("GET ").and_then(|rest| rest.split(' ').next());
        let path = path.ok_or(ErrorKind::InvalidData)?;
        match path.strip_prefix(DOWNLOAD).map(str::parse) {
            Some(Ok(length)) => download(stream, name, length, haste)?,
            Some(Err(_)) => return Err(ErrorKind::InvalidData.into()),
            None => {
                let body = format!("{name}\n");
                stream.write_all(format!("{}{body}", head_of(name, body.len() as u64)).as_bytes())?;
            }
        }
    }
}

fn download(mut stream: &TcpStream, name: &str, length: u64, haste: &AtomicBool) -> io::Result<()> {
    stream.write_all(head_of(name, length).as_bytes())?;
    let mut at = 0;
    while at < length {
        let end = length.min(at + PIECE);
        let piece: Vec<_> = (at..end).map(byte_at).collect();
        stream.write_all(&piece)?;
        at = end;
        if !haste.load(Ordering::Relaxed) {
            std::thread::sleep(REST);
        }
    }
    Ok(())
}

fn head_of(name: &str, length: u64) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nX-Real-Server: {name}\r\n\r\n"
    )
}
