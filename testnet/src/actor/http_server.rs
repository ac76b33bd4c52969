//! A real server's HTTP service: tells its own name, or streams bytes.

use super::{Worker, wait_readable};
use crate::host::Host;
use anyhow::{Context, Result};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Connections served at a time; more wait in the listening queue or are closed.
const MAX_CONNECTIONS: usize = 256;
/// Longest request head in bytes.
const MAX_HEAD: u64 = 8 << 10;
/// Largest `/bytes/N`.
const MAX_BYTES: u64 = 16 << 30;
/// How long a client may be silent.
const PATIENCE: Duration = Duration::from_secs(10);

/// An HTTP/1.1 server, one request per connection:
///
/// * `GET /bytes/N` answers with N bytes (at most 16 GiB);
/// * any other path answers with a line that names the server and says whom it saw.
///
/// Each answer has the header `X-Real-Server: NAME`.
pub struct HttpServer {
    local: SocketAddr,
    _worker: Worker,
}

impl HttpServer {
    /// Listens on a host. The name is the host's.
    ///
    /// # Errors
    /// The address is in use or not the host's.
    pub fn start(host: &Host, listen: SocketAddr) -> Result<Self> {
        let listener = host
            .run(|| TcpListener::bind(listen))?
            .with_context(|| format!("HTTP server on {}: {listen}", host.name()))?;
        listener.set_nonblocking(true)?;
        let local = listener.local_addr()?;
        let name: Arc<str> = host.name().into();
        let worker = Worker::start(format!("http-{name}"), move |stop| {
            let busy = Arc::new(AtomicUsize::new(0));
            while !stop.is_set() {
                if !wait_readable(&[listener.as_fd()])[0] {
                    continue;
                }
                while let Ok((stream, _)) = listener.accept() {
                    receive(stream, &name, &busy);
                }
            }
        })?;
        Ok(Self { local, _worker: worker })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }
}

/// Counts one connection for as long as it lives.
struct Seat(Arc<AtomicUsize>);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn receive(stream: TcpStream, name: &Arc<str>, busy: &Arc<AtomicUsize>) {
    if busy.fetch_add(1, Ordering::Relaxed) >= MAX_CONNECTIONS {
        busy.fetch_sub(1, Ordering::Relaxed);
        return;
    }
    let (seat, name) = (Seat(Arc::clone(busy)), Arc::clone(name));
    // A failed spawn drops the closure: the seat is free again and the connection closed.
    let _ = std::thread::Builder::new().name("http-connection".to_owned()).spawn(move || {
        let _seat = seat;
        let _ = serve(&stream, &name); // a client that went away is no news
    });
}

fn serve(stream: &TcpStream, name: &str) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut head = BufReader::new(stream.take(MAX_HEAD));
    let mut request = String::new();
    head.read_line(&mut request)?;
    let mut line = String::new();
    while head.read_line(&mut line)? > 2 {
        line.clear();
    }
    let path = request.strip_prefix("GET ").and_then(|rest| rest.split(' ').next());
    let Some(path) = path else {
        return answer(stream, name, "400 Bad Request", b"only GET is spoken here\n");
    };
    if let Some(count) = path.strip_prefix("/bytes/") {
        return match count.parse() {
            Ok(count) if count <= MAX_BYTES => stream_bytes(stream, name, count),
            _ => answer(stream, name, "400 Bad Request", b"/bytes/N, N at most 16 GiB\n"),
        };
    }
    let (peer, local) = (stream.peer_addr()?, stream.local_addr()?);
    let body = format!("{name} answers: I saw {peer} come to {local}\n");
    answer(stream, name, "200 OK", body.as_bytes())
}

fn answer(mut stream: &TcpStream, name: &str, status: &str, body: &[u8]) -> io::Result<()> {
    let mut whole = head(name, status, body.len() as u64).into_bytes();
    whole.extend_from_slice(body);
    stream.write_all(&whole) // in one piece: a short answer is one frame
}

fn stream_bytes(mut stream: &TcpStream, name: &str, count: u64) -> io::Result<()> {
    stream.write_all(head(name, "200 OK", count).as_bytes())?;
    io::copy(&mut io::repeat(b'.').take(count), &mut stream).map(|_| ())
}

fn head(name: &str, status: &str, length: u64) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\
         X-Real-Server: {name}\r\nConnection: close\r\n\r\n"
    )
}
