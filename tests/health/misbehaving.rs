//! Servers that want to keep a check busy. Each has a bound: time, bytes that it got rid of, or both.

use crate::servers::{request, serve};
use crate::{PATIENCE, asked, http, target, url, within};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use ulvs::lvs::{BodyPattern, DnsProbe, HttpProbe, HttpUrl, Pattern, Probe, Tls};

const MIB: u64 = 1 << 20;

fn plain() -> Probe {
    let body = BodyPattern { pattern: Pattern { regex: "never".into() }, ..BodyPattern::default() };
    Probe::Http(http(HttpUrl { body: Some(body), digest: Some(String::new()), ..url("/") }))
}

fn tls() -> Probe {
    Probe::Http(HttpProbe { tls: Some(Tls::default()), ..http(url("/")) })
}

fn talkers() -> [(&'static str, Probe); 4] {
    let dns = DnsProbe { name: ".".into(), kind: "SOA".into(), tcp: true, expect: None };
    [
        ("http", plain()),
        ("https", tls()),
        ("smtp", Probe::Smtp { helo: "x".into() }),
        ("dns", Probe::Dns(dns)),
    ]
}

/// It is down within the check's time, and much sooner than a server that never ends.
fn fails_within(millis: u64, name: &str, probe: Probe, at: SocketAddr) -> String {
    let began = Instant::now();
    let outcome = asked(&within(millis, probe), &target(at));
    assert!(!outcome.is_up, "{name}: {}", outcome.detail);
    assert!(began.elapsed() < PATIENCE, "{name} took {:?}", began.elapsed());
    outcome.detail
}

#[test]
fn nothing_at_all() {
    let at = serve(|_stream| thread::sleep(PATIENCE));
    for (name, probe) in talkers() {
        assert_eq!(fails_within(300, name, probe, at), "no answer within 300ms", "{name}");
    }
}

#[test]
fn one_byte_at_a_time() {
    let at = serve(|mut stream| {
        // Each byte is a good beginning: of a status line, a banner, a length.
        for byte in b"HTTP/1.0 200 OK\r\nA: and so on and on and on and on and on".iter().cycle() {
            if stream.write_all(&[*byte]).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
    });
    assert_eq!(fails_within(1000, "http", plain(), at), "no answer within 1s");
    for (name, probe) in talkers() {
        fails_within(1000, name, probe, at);
    }
}

/// Sends these bytes for ever; how many it got rid of.
fn endless(first: &'static [u8], then: &'static [u8]) -> (SocketAddr, Arc<AtomicU64>) {
    let sent = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&sent);
    let at = serve(move |mut stream| {
        let _ = stream.write_all(first);
        let block = then.repeat((64 << 10) / then.len());
        // A check that would read on without end finds one here, and fails the test by the count.
        while count.load(Ordering::Relaxed) < 1024 * MIB {
            match stream.write(&block) {
                Ok(length) => count.fetch_add(length as u64, Ordering::Relaxed),
                Err(_) => return,
            };
        }
    });
    (at, sent)
}

#[test]
fn endless_headers() {
    let (at, sent) = endless(b"HTTP/1.0 200 OK\r\n", b"Header: and another one\r\n");
    assert_eq!(fails_within(30_000, "http", plain(), at), "more than 65536 bytes of headers");
    assert!(sent.load(Ordering::Relaxed) < 16 * MIB, "what fits into sockets' buffers");
    let (at, _) = endless(b"HTTP/1.0 200 OK\r\nA: ", b"x");
    assert_eq!(fails_within(30_000, "http", plain(), at), "a line of more than 65536 bytes");
    let (at, _) = endless(b"220-", b"x");
    let smtp = || Probe::Smtp { helo: "x".into() };
    assert_eq!(fails_within(30_000, "smtp", smtp(), at), "banner: a reply of more than 16384 bytes");
    let (at, _) = endless(b"", b"220-x\r\n");
    assert_eq!(fails_within(30_000, "smtp", smtp(), at), "banner: a reply of more than 16384 bytes");
}

#[test]
fn a_gigabyte() {
    let announced = b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n";
    let (at, sent) = endless(announced, b"x");
    assert_eq!(fails_within(30_000, "announced", plain(), at), "a body of more than 64 MiB");
    assert!(sent.load(Ordering::Relaxed) < 16 * MIB, "refused before it came");
    for (name, first) in [
        ("to the end", &b"HTTP/1.0 200 OK\r\n\r\n"[..]),
        ("chunked", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40000000\r\n"),
    ] {
        let (at, sent) = endless(first, b"x");
        let before = resident();
        let fault = fails_within(25_000, name, plain(), at);
        assert!(["a body of more than 64 MiB", "no answer within 25s"].contains(&fault.as_str()), "{fault}");
        assert!(sent.load(Ordering::Relaxed) < (64 + 16) * MIB, "{name}: {}", sent.load(Ordering::Relaxed));
        let grown = resident().saturating_sub(before);
        assert!(grown < 48 * MIB, "{name}: a body of 64 MiB is not kept, but {} MiB are", grown / MIB);
    }
}

/// Bytes of memory that this process has.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * rustix::param::page_size() as u64
}

#[test]
fn resets() {
    let reset = |stream: TcpStream| {
        let stream = socket2::Socket::from(stream);
        stream.set_linger(Some(Duration::ZERO)).unwrap();
    };
    let at = serve(reset);
    for (name, probe) in talkers() {
        fails_within(30_000, name, probe, at);
    }
    let midway = serve(move |mut stream| {
        request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nhalf of");
        // It has arrived before the reset takes back what has not.
        thread::sleep(Duration::from_millis(200));
        reset(stream);
    });
    assert!(fails_within(30_000, "midway", plain(), midway).starts_with("reading: "));
}

#[test]
fn closes_at_once() {
    let at = serve(|mut stream| {
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let faults = talkers().map(|(name, probe)| fails_within(30_000, name, probe, at));
    assert_eq!(faults[0], "an empty reply");
    assert!(faults[1].starts_with("TLS: "), "{}", faults[1]);
    assert_eq!(faults[2], "banner: closed without a reply");
}

#[test]
fn tls_garbage() {
    for garbage in [
        &b"HTTP/1.0 400 Bad Request\r\n\r\n"[..],
        b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc garbage",
        b"\x15\x03\x03\x00\x02\x02\x28",
        &[0xff; 4096],
        &[0x16; 1 << 17],
    ] {
        let at = serve(move |mut stream| {
            let _ = stream.write_all(garbage);
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let fault = fails_within(30_000, "garbage", tls(), at);
        assert!(fault.starts_with("TLS: "), "{fault}");
    }
    let (at, _) = endless(b"", b"\x16\x03\x03\x00\x04\x02\x00\x00\x00");
    assert!(fails_within(30_000, "empty messages", tls(), at).starts_with("TLS: "));
}
