use crate::servers::{closed, datagrams, dialogue, replies, request, serve};
use crate::{asked, check, down, http, is_root, target, until, up, url, within};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use ulvs::health::Weight;
use ulvs::lvs::{BodyPattern, DnsProbe, HttpProbe, HttpUrl, Origin, Pattern, Probe, UdpProbe};

fn pattern(regex: &str) -> Pattern {
    Pattern { regex: regex.to_owned() }
}

#[test]
fn tcp() {
    let at = serve(drop);
    assert_eq!(up(Probe::Tcp, at), "connected");
    assert!(down(Probe::Tcp, closed()).contains("refused"));
}

/// With nobody to accept and no room left, a connection never comes about.
#[test]
fn tcp_in_time_or_not_at_all() {
    use socket2::{Domain, Socket, Type};
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener.bind(&"127.0.0.1:0".parse::<SocketAddr>().unwrap().into()).unwrap();
    listener.listen(0).unwrap();
    let at = listener.local_addr().unwrap().as_socket().unwrap();
    let first = std::net::TcpStream::connect(at).unwrap();
    let outcome = asked(&within(300, Probe::Tcp), &target(at));
    assert_eq!((outcome.is_up, outcome.detail.as_str()), (false, "no answer within 300ms"));
    drop(first);
}

#[test]
fn a_check_comes_from_where_it_shall() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&seen);
    let at = serve(move |mut stream| {
        notes.lock().unwrap().push(stream.peer_addr().unwrap());
        request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        // It does not close, so that the old connection would be the check's to remember.
        let _ = stream.read(&mut [0]);
    });
    let port = closed().port();
    let mut target = target(at);
    target.origin =
        Origin { addr: Some("127.0.0.9".parse().unwrap()), port: Some(port), ..Origin::default() };
    // Twice: a port that an old connection holds would be in use.
    for round in 1..=2 {
        let outcome = asked(&check(Probe::Http(http(url("/")))), &target);
        assert!(outcome.is_up, "{}", outcome.detail);
        until("the connection", || seen.lock().unwrap().len() == round);
    }
    let from = SocketAddr::new("127.0.0.9".parse().unwrap(), port);
    assert_eq!(*seen.lock().unwrap(), [from, from]);
    // Time for the server to hear that it is over, and to close: nothing is left to be remembered.
    std::thread::sleep(std::time::Duration::from_millis(300));
    let old = format!(":{port:04X} ");
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    let time_wait = |line: &&str| line.contains(&old) && line.split_whitespace().nth(3) == Some("06");
    assert_eq!(table.lines().filter(time_wait).count(), 0, "the host remembers an old connection");
    let fault = |origin| {
        let outcome = asked(&check(Probe::Tcp), &ulvs::health::Target { origin, ..target.clone() });
        assert!(!outcome.is_up);
        outcome.detail
    };
    let nowhere = fault(Origin { interface: Some("nosuch0".into()), ..Origin::default() });
    assert!(nowhere.starts_with("connection: interface nosuch0: "), "{nowhere}");
    let stranger = fault(Origin { addr: Some("192.0.2.77".parse().unwrap()), ..Origin::default() });
    assert!(stranger.starts_with("connection: source 192.0.2.77:0: "), "{stranger}");
    target.origin = Origin { mark: Some(7), interface: Some("lo".into()), ..Origin::default() };
    let marked = asked(&check(Probe::Tcp), &target);
    assert!(marked.is_up || marked.detail.starts_with("connection: mark 7: "), "{}", marked.detail);
}

#[test]
fn http_sends_exactly_this() {
    let seen = Arc::new(Mutex::new(String::new()));
    let notes = Arc::clone(&seen);
    let at = serve(move |mut stream| {
        *notes.lock().unwrap() = request(&mut stream);
        stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n").unwrap();
    });
    assert_eq!(up(Probe::Http(http(url("/x"))), at), "status 200, 0 bytes");
    let expected = format!("GET /x HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: {at}\r\n\r\n");
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[test]
fn http_statuses() {
    let at = replies(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone");
    let with = |status: &[(u16, u16)]| Probe::Http(http(HttpUrl { status: status.to_vec(), ..url("/") }));
    assert_eq!(down(with(&[]), at), "status 404, not 200..=299");
    assert_eq!(down(with(&[(200, 200), (301, 303)]), at), "status 404, not 200 301..=303");
    assert_eq!(up(with(&[(200, 200), (400, 404)]), at), "status 404, 4 bytes");
}

#[test]
fn http_bodies() {
    let at = replies(b"HTTP/1.1 200 OK\r\n\r\nhello");
    let digest = |digest: &str| Probe::Http(http(HttpUrl { digest: Some(digest.to_owned()), ..url("/") }));
    up(digest("5D41402ABC4B2A76B9719D911017C592"), at);
    assert_eq!(
        down(digest("00000000000000000000000000000000"), at),
        "MD5 5d41402abc4b2a76b9719d911017c592, not 00000000000000000000000000000000"
    );
    let body = |regex: &str, absent| {
        let body = BodyPattern { pattern: pattern(regex), absent, ..BodyPattern::default() };
        Probe::Http(http(HttpUrl { body: Some(body), ..url("/") }))
    };
    up(body("^h.*o$", false), at);
    up(body("bye", true), at);
    assert_eq!(down(body("bye", false), at), "no match for /bye/");
    assert!(down(body("(", false), at).starts_with("/(/ is not a regular expression"));
}

/// A text of a megabyte is searched beside the threads that ask.
#[test]
fn http_long_bodies() {
    let at = serve(|mut stream| {
        request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        let _ = stream.write_all(&vec![b'x'; (1 << 20) - 3]);
        let _ = stream.write_all(b"end beyond");
    });
    let body = |regex: &str| {
        let body = BodyPattern { pattern: pattern(regex), ..BodyPattern::default() };
        Probe::Http(http(HttpUrl { body: Some(body), ..url("/") }))
    };
    assert_eq!(up(body("end"), at), "status 200, 1048583 bytes");
    assert_eq!(down(body("beyond"), at), "no match for /beyond/ in the first 1 MiB");
}

#[test]
fn http_several_urls_and_redirects() {
    let at = serve(|mut stream| {
        let request = request(&mut stream);
        let reply = match request.split(' ').nth(1).unwrap() {
            "/good" => "HTTP/1.0 200 OK\r\n\r\n",
            "/moved" => "HTTP/1.0 302 Found\r\nLocation: http://www.example/good\r\n\r\n",
            "/circle" => "HTTP/1.0 302 Found\r\nLocation: /circle\r\n\r\n",
            _ => "HTTP/1.0 500 No\r\n\r\n",
        };
        stream.write_all(reply.as_bytes()).unwrap();
    });
    let all = |urls: &[&str], redirects| {
        let urls = urls.iter().map(|path| url(path)).collect();
        Probe::Http(HttpProbe { urls, redirects, ..http(url("/")) })
    };
    assert_eq!(up(all(&["/good", "/good"], 0), at), "/good: status 200, 0 bytes");
    assert_eq!(down(all(&["/good", "/bad", "/good"], 0), at), "/bad: status 500, not 200..=299");
    assert_eq!(down(all(&[], 0), at), "no url");
    assert_eq!(down(all(&["/moved"], 0), at), "status 302, not 200..=299");
    up(all(&["/moved"], 1), at);
    assert_eq!(down(all(&["/circle"], 5), at), "status 302, not 200..=299");
    let moved = HttpUrl { status: vec![(302, 302)], ..url("/moved") };
    let asked_for = Probe::Http(HttpProbe { redirects: 5, ..http(moved) });
    assert_eq!(up(asked_for, at), "status 302, 0 bytes");
}

#[test]
fn smtp() {
    let probe = || Probe::Smtp { helo: "lvs.example".into() };
    let polite = dialogue(&["220-mail\r\n220 mail ready\r\n", "250 hello\r\n", "221 bye\r\n"]);
    assert_eq!(up(probe(), polite), "220 mail ready");
    let curt = dialogue(&["220 mail\r\n", "250 hello\r\n"]);
    up(probe(), curt);
    assert_eq!(down(probe(), dialogue(&["554 no\r\n"])), "banner: 554 no, not 220");
    assert_eq!(down(probe(), dialogue(&["220 mail\r\n", "550 who?\r\n"])), "HELO: 550 who?, not 250");
    assert_eq!(down(probe(), dialogue(&[])), "banner: closed without a reply");
}

#[test]
fn smtp_says_exactly_this() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&seen);
    let at = serve(move |mut stream| {
        stream.write_all(b"220 x\r\n250 x\r\n221 x\r\n").unwrap();
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said);
        *notes.lock().unwrap() = said;
    });
    up(Probe::Smtp { helo: "lvs.example".into() }, at);
    until("the farewell", || !seen.lock().unwrap().is_empty());
    assert_eq!(*seen.lock().unwrap(), b"HELO lvs.example\r\nQUIT\r\n");
}

/// An answer with one A record, 192.0.2.7.
fn a_record(question: &[u8]) -> Vec<u8> {
    let mut reply = question.to_vec();
    reply[2] = 0x84;
    reply[7] = 1;
    reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
    reply
}

fn dns(tcp: bool, expect: Option<&str>) -> Probe {
    let (name, kind) = ("www.example".to_owned(), "A".to_owned());
    Probe::Dns(DnsProbe { name, kind, tcp, expect: expect.map(pattern) })
}

#[test]
fn dns_over_udp() {
    let at = datagrams(|question| {
        let (mut id, mut name) = (a_record(question), a_record(question));
        id[0] ^= 1;
        name[13] = b'x';
        // Garbage, somebody else's answers, one's own question: all passed over.
        vec![vec![1, 2, 3], id, name, question.to_vec(), a_record(question)]
    });
    assert_eq!(up(dns(false, None), at), "1 answers");
    assert_eq!(up(dns(false, Some(r"^192\.0\.2\.")), at), "192.0.2.7");
    assert_eq!(down(dns(false, Some("10")), at), "none of 1 answers matches /10/");
    let refuses = datagrams(|question| {
        let mut reply = question.to_vec();
        reply[2..4].copy_from_slice(&[0x80, 5]);
        vec![reply]
    });
    assert_eq!(down(dns(false, None), refuses), "RCODE 5 (REFUSED)");
    assert!(down(dns(false, None), closed()).contains("refused"));
}

/// Who knows the id, but not how to answer from the server's address and port, is not heard.
#[test]
fn dns_answers_come_from_who_was_asked() {
    let asked_one = UdpSocket::bind("127.0.0.1:0").unwrap();
    let at = asked_one.local_addr().unwrap();
    std::thread::spawn(move || {
        let other = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut bytes = [0; 512];
        let (length, from) = asked_one.recv_from(&mut bytes).unwrap();
        other.send_to(&a_record(&bytes[..length]), from).unwrap();
        // It stays, and stays silent.
        let _ = asked_one.recv_from(&mut bytes);
    });
    let outcome = asked(&within(500, dns(false, None)), &target(at));
    assert_eq!((outcome.is_up, outcome.detail.as_str()), (false, "no answer within 500ms"));
}

#[test]
fn dns_over_tcp() {
    let at = serve(|mut stream| {
        let mut length = [0; 2];
        stream.read_exact(&mut length).unwrap();
        let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut question).unwrap();
        let reply = a_record(&question);
        stream.write_all(&(reply.len() as u16).to_be_bytes()).unwrap();
        stream.write_all(&reply).unwrap();
    });
    assert_eq!(up(dns(true, Some("7$")), at), "192.0.2.7");
    assert!(down(dns(true, None), serve(drop)).starts_with("answer: "));
}

#[test]
fn udp() {
    let needs = |reply: &[(u8, u8)], min_reply, max_reply| {
        let payload = Some(b"ping".to_vec());
        Probe::Udp(UdpProbe { payload, needs_reply: true, reply: reply.to_vec(), min_reply, max_reply })
    };
    let echo = datagrams(|bytes| vec![bytes.to_vec()]);
    assert_eq!(up(needs(&[(b'p', 0xff), (b'I', 0xdf)], 4, 4), echo), "a reply of 4 bytes");
    assert_eq!(down(needs(&[(b'q', 0xff)], 0, 0), echo), "a reply of 4 bytes that does not match");
    assert_eq!(down(needs(&[], 5, 0), echo), "a reply of 4 bytes, fewer than 5");
    assert_eq!(down(needs(&[], 0, 3), echo), "a reply of 4 bytes, more than 3");
    assert!(down(needs(&[], 0, 0), closed()).contains("refused"), "an ICMP error");
    let any = || Probe::Udp(UdpProbe::default());
    assert!(down(any(), closed()).contains("refused"));
    assert_eq!(up(any(), echo), "a reply of 32 bytes");
    let silent = datagrams(|_| Vec::new());
    let waits = |probe| asked(&within(200, probe), &target(silent));
    assert_eq!(waits(any()).detail, "no ICMP error");
    assert!(waits(any()).is_up);
    assert!(!waits(needs(&[], 0, 0)).is_up);
}

#[test]
fn ping() {
    for addr in ["127.0.0.1:0", "[::1]:0"] {
        let outcome = asked(&check(Probe::Ping { tries: 3 }), &target(addr.parse().unwrap()));
        if !is_root() && outcome.detail.starts_with("ICMP socket: ") {
            println!("not shown: this host does not let its users ping");
            return;
        }
        let is_off = addr.starts_with('[') && !std::path::Path::new("/proc/net/if_inet6").exists();
        assert!(outcome.is_up || is_off, "{addr}: {}", outcome.detail);
        if outcome.is_up {
            assert_eq!(outcome.detail, "echo reply to request 1 of 3");
        }
    }
    // A class of addresses that nobody has.
    assert!(!asked(&within(300, Probe::Ping { tries: 3 }), &target("240.0.0.1:0".parse().unwrap())).is_up);
}

#[test]
fn files() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("value");
    let ask = |weight| {
        let probe = Probe::File { path: path.clone(), weight };
        let outcome = asked(&check(probe), &target(closed()));
        (outcome.is_up, outcome.weight)
    };
    assert_eq!(ask(None), (true, None), "what is not there is 0");
    for (text, plain, weighed) in [
        ("", true, (true, Some(Weight::More(0)))),
        ("0\n", true, (true, Some(Weight::More(0)))),
        (" 7 8", false, (true, Some(Weight::More(-14)))),
        ("-3\n", false, (true, Some(Weight::More(6)))),
        ("2147483647", false, (true, Some(Weight::More(i32::MIN)))),
        ("seven", false, (false, None)),
        ("99999999999", false, (false, None)),
    ] {
        fs::write(&path, text).unwrap();
        assert_eq!(ask(None), (plain, None), "{text:?}");
        assert_eq!(ask(Some(-2)), weighed, "{text:?}");
    }
    let probe = |path: &std::path::Path| Probe::File { path: path.to_owned(), weight: None };
    assert_eq!(down(probe(dir.path()), closed()), "not a plain file");
    // A FIFO that nobody writes to would make a plain reader wait for ever.
    let fifo = dir.path().join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    assert_eq!(down(probe(&fifo), closed()), "not a plain file");
}

#[test]
fn fixed() {
    up(Probe::Fixed { up: true }, closed());
    down(Probe::Fixed { up: false }, closed());
}
