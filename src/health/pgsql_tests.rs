use super::*;
use crate::health::small_server::{SmallServer, run, target, torment};
use crate::lvs::{Login, SqlKind};
use std::sync::{Arc, Mutex};
use tokio::net::TcpStream;

fn probe() -> SqlProbe {
    SqlProbe {
        kind: SqlKind::Pgsql,
        login: Login { name: "probe".into(), password: "secret".into() },
        database: "health".into(),
        query: "SELECT 1".into(),
    }
}

async fn heard(stream: &mut TcpStream, has_kind: bool) -> Vec<u8> {
    let mut head = vec![0; if has_kind { 5 } else { 4 }];
    stream.read_exact(&mut head).await.unwrap();
    let len = u32::from_be_bytes(*head.last_chunk().unwrap());
    let mut rest = vec![0; len as usize - 4];
    stream.read_exact(&mut rest).await.unwrap();
    [head, rest].concat()
}

/// What is found when the start, the password and the query are answered so; and what was said.
fn asked(start: Vec<u8>, password: Option<Vec<u8>>, query: Vec<u8>) -> (Outcome, Vec<Vec<u8>>) {
    run(async {
        let said = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&said);
        let at = SmallServer::with(move |mut stream| {
            let (start, password, query, kept) =
                (start.clone(), password.clone(), query.clone(), Arc::clone(&kept));
            async move {
                assert_eq!(heard(&mut stream, false).await, TLS_REQUEST);
                stream.write_all(b"N").await.unwrap();
                let mut has_kind = false;
                for answer in [Some(start), password, Some(query)].into_iter().flatten() {
                    let message = heard(&mut stream, has_kind).await;
                    kept.lock().unwrap().push(message);
                    has_kind = true;
                    stream.write_all(&answer).await.unwrap();
                }
                let _ = stream.read(&mut [0]).await;
            }
        })
        .await;
        let outcome = ask(&probe(), &target(at)).await;
        let said = said.lock().unwrap().clone();
        (outcome, said)
    })
}

fn ready() -> Vec<u8> {
    [message(b'R', &[0; 4]), message(b'S', b"a\0b\0"), message(b'Z', b"I")].concat()
}

fn row() -> Vec<u8> {
    message(b'D', b"\0\x01\0\0\0\x011")
}

#[test]
fn rows_are_counted() {
    let answer = [message(b'T', b"\0\0"), row(), row(), message(b'C', b"SELECT 2\0"), message(b'Z', b"I")];
    let (outcome, said) = asked(ready(), None, answer.concat());
    assert_eq!(outcome, Outcome::up("rows: 2"));
    let start = b"\0\0\0\x3a\0\x03\0\0user\0probe\0database\0health\0application_name\0ulvs\0\0";
    assert_eq!(said[0].len(), usize::from(start[3]));
    assert_eq!(said[0], start);
    assert_eq!(said[1], b"Q\0\0\0\x0dSELECT 1\0");
    let (outcome, _) = asked(ready(), None, [message(b'I', b""), message(b'Z', b"I")].concat());
    assert_eq!(outcome, Outcome::down("no rows"));
}

#[test]
fn more_rows_than_are_read_are_rows() {
    let (outcome, _) = asked(ready(), None, row().repeat(200_000));
    assert!(outcome.is_up, "{outcome:?}");
}

#[test]
fn errors_are_told() {
    let fatal = message(b'E', b"SFATAL\0C28P01\0Mpassword\nwrong\0\0");
    let (outcome, _) = asked(fatal.clone(), None, vec![]);
    assert_eq!(outcome, Outcome::down("error 28P01: password wrong"));
    let (outcome, _) = asked(ready(), None, [row(), fatal].concat());
    assert_eq!(outcome, Outcome::down("error 28P01: password wrong"), "an error behind a row");
    let (outcome, _) = asked(message(b'R', &[0, 0, 0, 7]), None, vec![]);
    assert_eq!(outcome, Outcome::down("the server wants a login of kind 7, which is not made here"));
    let (outcome, _) = asked(message(b'R', b"\0\0\0\x0aSCRAM-SHA-512\0\0"), None, vec![]);
    assert_eq!(outcome, Outcome::down("the server takes none of the logins that are made here"));
    let (outcome, _) = asked(message(b'R', &[0, 0, 0, 11]), None, vec![]);
    assert_eq!(outcome, Outcome::down("no message of PostgreSQL"));
    let (outcome, _) = asked(ready(), None, message(b'G', b""));
    assert_eq!(outcome, Outcome::down("the query is a COPY"));
}

#[test]
fn passwords_are_said_as_the_server_wants_them() {
    let well = || [row(), message(b'Z', b"I")].concat();
    let (outcome, said) = asked(message(b'R', &[0, 0, 0, 3]), Some(ready()), well());
    assert_eq!((outcome.is_up, &said[1][..]), (true, &b"p\0\0\0\x0bsecret\0"[..]));
    let (outcome, said) = asked(message(b'R', &[0, 0, 0, 5, 1, 2, 3, 4]), Some(ready()), well());
    // By md5sum of the coreutils: md5(md5("secretprobe") as hex, 01 02 03 04).
    assert!(outcome.is_up);
    assert_eq!(said[1], b"p\0\0\0\x28md5549d201a36e0ebb5f0dfdc4a36b362b2\0");
}

#[test]
fn a_nul_is_not_said() {
    run(async {
        let probe = SqlProbe { query: "SELECT\0 1".into(), ..probe() };
        let nowhere = target("127.0.0.1:1".parse().unwrap());
        assert_eq!(ask(&probe, &nowhere).await, Outcome::down("a NUL cannot be said"));
    });
}

#[test]
fn is_not_led_astray() {
    torment(async |at: &Target| ask(&probe(), at).await);
}
