use super::*;
use proptest::prelude::*;
use tokio::io::duplex;

const ALL: Wanted = Wanted { text: true, digest: true };

/// What comes of a server that reads the request, says this, in pieces of so many bytes, and hangs up.
fn told_in(reply: &[u8], piece: usize, method: HttpMethod) -> Result<Answer, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let reply = reply.to_vec();
    runtime.block_on(async {
        let (client, mut server) = duplex(1 << 16);
        let serving = tokio::spawn(async move {
            let mut request = [0; 3];
            server.read_exact(&mut request).await.unwrap();
            for piece in reply.chunks(piece) {
                if server.write_all(piece).await.is_err() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        });
        let answer = exchange(client, "GET", method, ALL).await;
        serving.await.unwrap();
        answer
    })
}

/// The same, however it is cut: status, length and kept text.
fn told(reply: &str) -> Result<(u16, u64, String), String> {
    let mut answers = [1, 3, 1 << 16].map(|piece| {
        let answer = told_in(reply.as_bytes(), piece, HttpMethod::Get);
        answer.map(|answer| (answer.status, answer.length, String::from_utf8(answer.body).unwrap()))
    });
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    std::mem::replace(&mut answers[0], Err(String::new()))
}

#[test]
fn requests_byte_for_byte() {
    let mut probe = HttpProbe { user_agent: "KeepAliveClient".into(), ..HttpProbe::default() };
    let mut url = HttpUrl::default();
    let text = |probe: &HttpProbe, url: &HttpUrl| request(probe, url, "/a?b", "rs1").unwrap();
    assert_eq!(text(&probe, &url), "GET /a?b HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: rs1\r\n\r\n");
    probe.version = HttpVersion::V1_1;
    probe.says_close = true;
    probe.login = Some(Login { name: "Aladdin".into(), password: "open sesame".into() });
    url.method = HttpMethod::Head;
    assert_eq!(
        text(&probe, &url),
        "HEAD /a?b HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\n\
         Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\nHost: rs1\r\n\r\n"
    );
    assert!(
        request(&HttpProbe::default(), &HttpUrl::default(), "", "x")
            .unwrap()
            .starts_with("GET / HTTP/1.0\r\nHost: x")
    );
    assert_eq!(request(&probe, &url, "/\r\nX: y", "rs1").unwrap_err(), "a line end in the request");
}

#[test]
fn base64_of_every_length() {
    for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
        assert_eq!(base64::encode(bytes.as_bytes()), text);
    }
    assert_eq!(base64::encode(&[0xff, 0xfe, 0xfd]), "//79");
}

#[test]
fn bodies_of_every_kind() {
    let ok = |length, text: &str| Ok((200, length, text.to_owned()));
    assert_eq!(told("HTTP/1.0 200 OK\r\n\r\nhello"), ok(5, "hello"));
    assert_eq!(told("HTTP/1.0 200\nA: b\n\nhello"), ok(5, "hello"));
    assert_eq!(told("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, and more"), ok(5, "hello"));
    assert_eq!(
        told(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nT: r\r\n\r\n"
        ),
        ok(5, "hello")
    );
    assert_eq!(told("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), ok(0, ""));
    assert_eq!(told("HTTP/1.1 204 No\r\nContent-Length: 9\r\n\r\n"), Ok((204, 0, String::new())));
    let head = told_in(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 99, HttpMethod::Head).unwrap();
    assert_eq!((head.status, head.length), (200, 0));
    assert_eq!(
        told_in(b"HTTP/1.0 200 OK\r\n\r\nhello", 2, HttpMethod::Get).unwrap().digest,
        "5d41402abc4b2a76b9719d911017c592"
    );
}

#[test]
fn what_is_wrong_is_said() {
    for (reply, fault) in [
        ("", "an empty reply"),
        ("H", "not HTTP"),
        ("220 mail.example ESMTP\r\n", "not HTTP"),
        ("HTTP/1.1\r\n\r\n", "not HTTP"),
        ("HTTP/1.1 20 OK\r\n\r\n", "not HTTP"),
        ("HTTP/1.1 099 OK\r\n\r\n", "not HTTP"),
        ("HTTP/1.1 200 OK\r\nA: b\r\n", "ended within its headers"),
        ("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", "a Content-Length that is no number"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "ended 4 bytes before the end of its body"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "a body of more than 64 MiB"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "a chunk without a size"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "ended within a chunk"),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n",
            "a chunk longer than its size",
        ),
    ] {
        assert_eq!(told(reply), Err(fault.to_owned()), "{reply:?}");
    }
    let interim = "HTTP/1.1 100 Continue\r\n\r\n".repeat(9);
    assert_eq!(told(&interim), Err("one interim answer after the other".to_owned()));
}

#[test]
fn heads_have_a_bound() {
    let many = format!("HTTP/1.1 200 OK\r\n{}", "A: bcdefgh\r\n".repeat(10_000));
    assert_eq!(
        told_in(many.as_bytes(), 999, HttpMethod::Get).err().unwrap(),
        "more than 65536 bytes of headers"
    );
    let long = format!("HTTP/1.1 200 OK\r\nA: {}", "x".repeat(200_000));
    assert_eq!(
        told_in(long.as_bytes(), 999, HttpMethod::Get).err().unwrap(),
        "a line of more than 65536 bytes"
    );
    let chunk = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}", "0".repeat(100_000));
    assert_eq!(
        told_in(chunk.as_bytes(), 999, HttpMethod::Get).err().unwrap(),
        "a line of more than 256 bytes"
    );
}

#[test]
fn of_a_long_body_the_beginning_is_kept() {
    let body = "x".repeat(KEPT_LIMIT + 10);
    let answer =
        told_in(format!("HTTP/1.0 200 OK\r\n\r\n{body}").as_bytes(), 1 << 14, HttpMethod::Get).unwrap();
    assert_eq!((answer.body.len(), answer.length), (KEPT_LIMIT, KEPT_LIMIT as u64 + 10));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_bytes_end(tail in prop::collection::vec(any::<u8>(), 0..300), chunked: bool, piece in 1_usize..50) {
        let head = if chunked { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" } else { "HTTP/1.1 " };
        let _ = told_in(&[head.as_bytes(), &tail].concat(), piece, HttpMethod::Get);
    }
}
