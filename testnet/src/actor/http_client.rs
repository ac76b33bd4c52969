//! The client's side of HTTP: one GET, with a deadline.

use super::connect_from;
use crate::host::Host;
use anyhow::{Context, Result, bail};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// The ports that clients come from: any but the well-known ones.
const PORTS: std::ops::Range<u16> = 10_000..65_000;
/// How many ports in a row may be taken by others.
const TRIES: u32 = 200;

/// Longest body that is kept, in bytes; the rest is counted only.
const KEPT: u64 = 64 << 10;

/// What came back.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The header `X-Real-Server`, empty if there was none.
    pub real_server: String,
    /// The first 64 KiB of the body.
    pub body: Vec<u8>,
    /// Length of the whole body in bytes.
    pub body_len: u64,
    /// The client's end of the connection.
    pub local: SocketAddr,
}

/// A GET from a host to `http://target/path`, on a connection of its own. `patience` bounds each wait (connecting,
/// writing, each read), not the whole.
///
/// # Errors
/// No connection, silence longer than `patience`, or no HTTP.
pub fn get(host: &Host, target: SocketAddr, path: &str, patience: Duration) -> Result<Response> {
    host.run(|| get_here(target, path, patience))?
}

/// A connection from a port that no request of this process had for 55,000 requests. The kernel may choose a port again
/// within seconds, and a director by direct routing, which sees one direction only, keeps an ended connection for two
/// minutes: the next one from its port goes where it went, or nowhere if that real server is gone.
fn connect(target: SocketAddr, patience: Duration) -> io::Result<TcpStream> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let any: IpAddr =
        if target.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let mut tries = 0..TRIES;
    loop {
        // Where a process begins differs from where the one before did.
        let number = NEXT.fetch_add(1, Ordering::Relaxed).wrapping_add(std::process::id().wrapping_mul(7919));
        let port = PORTS.start + (number % PORTS.len() as u32) as u16;
        match connect_from(SocketAddr::new(any, port), target, patience) {
            Err(taken)
                if matches!(taken.kind(), ErrorKind::AddrInUse | ErrorKind::AddrNotAvailable)
                    && tries.next().is_some() => {}
            outcome => return outcome,
        }
    }
}

/// As [`get`], from the network namespace of the calling thread.
///
/// # Errors
/// As [`get`].
pub fn get_here(target: SocketAddr, path: &str, patience: Duration) -> Result<Response> {
    let mut stream = connect(target, patience).with_context(|| format!("connecting to {target}"))?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    let local = stream.local_addr()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {target}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).context("sending the request")?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).context("waiting for the answer")?;
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let Some(status) = status else { bail!("not an HTTP answer: {line:?}") };
    let mut response = Response { status, real_server: String::new(), body: Vec::new(), body_len: 0, local };
    let mut expected = None;
    loop {
        line.clear();
        if reader.read_line(&mut line).context("reading the answer's head")? <= 2 {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        match name.to_ascii_lowercase().as_str() {
            "x-real-server" => value.trim().clone_into(&mut response.real_server),
            "content-length" => expected = value.trim().parse::<u64>().ok(),
            _ => {}
        }
    }
    (&mut reader).take(KEPT).read_to_end(&mut response.body).context("reading the body")?;
    let rest = io::copy(&mut reader, &mut io::sink()).context("reading the body")?;
    response.body_len = response.body.len() as u64 + rest;
    if let Some(expected) = expected.filter(|&expected| expected != response.body_len) {
        bail!("the body ended after {} of {expected} bytes", response.body_len);
    }
    Ok(response)
}
