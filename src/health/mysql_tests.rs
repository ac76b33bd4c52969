use super::*;
use crate::health::secrets::{sha1, sha256, xor};
use crate::health::small_server::{SmallServer, run, target, torment};
use crate::lvs::{self, SqlKind};
use proptest::prelude::*;
use std::sync::{Arc, Mutex};
use tokio::io::AsyncWriteExt;

const SCRAMBLE: &[u8; 20] = b"abcdefghijklmnopqrst";
const KEY: &[u8] = include_bytes!("rsa_key.pem");

fn probe(password: &str) -> SqlProbe {
    SqlProbe {
        kind: SqlKind::Mysql,
        login: lvs::Login { name: "probe".into(), password: password.into() },
        database: "health".into(),
        query: "SELECT 1".into(),
    }
}

fn greeting(plugin: &str) -> Vec<u8> {
    let mut out = b"\x0a8.0.1-test\0\x01\0\0\0".to_vec();
    out.extend(&SCRAMBLE[..8]);
    // No TLS.
    out.extend(b"\0\x01\x82\x2d\x02\0\x08\0\x15");
    out.extend([0; 10]);
    out.extend(&SCRAMBLE[8..]);
    out.push(0);
    out.extend(plugin.as_bytes());
    out.push(0);
    out
}

fn switch(plugin: &str) -> Vec<u8> {
    [b"\xfe", plugin.as_bytes(), b"\0", &SCRAMBLE[..], b"\0"].concat()
}

const OK: &[u8] = b"\0\0\0\x02\0\0\0";
const END: &[u8] = b"\xfe\0\0\x02\0";

/// What is found when the server says the first list, then hears a packet, says the second, and so on; and what it heard.
fn asked(password: &str, rounds: &[&[&[u8]]]) -> (Outcome, Vec<Vec<u8>>) {
    run(async {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heard);
        let rounds: Vec<Vec<Vec<u8>>> =
            rounds.iter().map(|round| round.iter().map(|it| it.to_vec()).collect()).collect();
        let at = SmallServer::with(move |mut stream| {
            let (rounds, kept) = (rounds.clone(), Arc::clone(&kept));
            async move {
                let mut number = 0u8;
                for round in rounds {
                    for content in round {
                        stream.write_all(&packet(number, &content)).await.unwrap();
                        number = number.wrapping_add(1);
                    }
                    let mut head = [0; 4];
                    if stream.read_exact(&mut head).await.is_err() {
                        return;
                    }
                    let mut content = vec![0; length(&head)];
                    stream.read_exact(&mut content).await.unwrap();
                    number = head[3].wrapping_add(1);
                    kept.lock().unwrap().push(content);
                }
            }
        })
        .await;
        let outcome = ask(&probe(password), &target(at)).await;
        let heard = heard.lock().unwrap().clone();
        (outcome, heard)
    })
}

/// A result of so many rows.
fn result(rows: usize) -> Vec<&'static [u8]> {
    let mut all: Vec<&[u8]> = vec![b"\x01", b"\x03def", END];
    all.extend(std::iter::repeat_n(&b"\x011"[..], rows));
    all.push(END);
    all
}

/// What stands in the answer to the greeting: the proof, and the plugin's name.
fn proof(response: &[u8]) -> (&[u8], &[u8]) {
    let rest = response[32..].strip_prefix(b"probe\0").unwrap();
    let (proof, rest) = rest[1..].split_at(rest[0].into());
    (proof, rest.strip_prefix(b"health\0").unwrap().strip_suffix(b"\0").unwrap())
}

#[test]
fn a_native_password_is_proved() {
    let (outcome, heard) = asked("secret", &[&[&greeting("mysql_native_password")], &[OK], &result(3), &[]]);
    assert_eq!(outcome, Outcome::up("rows: 3"));
    // The server keeps SHA1(SHA1(password)) and gets SHA1(password) back by it.
    let (proof, plugin) = proof(&heard[0]);
    assert_eq!(plugin, b"mysql_native_password");
    let kept = sha1(&[&sha1(&[b"secret"])]);
    let once = xor(proof, &sha1(&[SCRAMBLE, &kept]));
    assert_eq!(sha1(&[&once]), kept);
    assert_eq!(heard[1], b"\x03SELECT 1");
    assert_eq!(heard[2], b"\x01", "QUIT");
}

#[test]
fn a_cached_password_is_proved() {
    let (outcome, heard) =
        asked("secret", &[&[&greeting("caching_sha2_password")], &[b"\x01\x03", OK], &result(1), &[]]);
    assert_eq!(outcome, Outcome::up("rows: 1"));
    let (proof, plugin) = proof(&heard[0]);
    assert_eq!(plugin, b"caching_sha2_password");
    let kept = sha256(&[&sha256(&[b"secret"])]);
    let once = xor(proof, &sha256(&[&kept, SCRAMBLE]));
    assert_eq!(sha256(&[&once]), kept);
}

#[test]
fn one_that_is_not_cached_is_encrypted() {
    let key = [b"\x01", KEY].concat();
    let rounds: &[&[&[u8]]] =
        &[&[&greeting("caching_sha2_password")], &[b"\x01\x04"], &[&key], &[OK], &result(1), &[]];
    let (outcome, heard) = asked("secret", rounds);
    assert_eq!(outcome, Outcome::up("rows: 1"));
    assert_eq!(heard[1], b"\x02", "the key is asked for");
    assert_eq!(heard[2].len(), 256);
    let (outcome, _) =
        asked("secret", &[&[&greeting("caching_sha2_password")], &[b"\x01\x04"], &[b"\x01no key"]]);
    assert_eq!(outcome, Outcome::down("the server's key: not PEM"));
}

#[test]
fn the_server_may_want_another_way() {
    let native = greeting("mysql_native_password");
    let (outcome, heard) = asked(
        "secret",
        &[&[&native], &[&switch("caching_sha2_password")], &[b"\x01\x03", OK], &result(1), &[]],
    );
    assert_eq!(outcome, Outcome::up("rows: 1"));
    assert_eq!(heard[1].len(), 32);
    let (outcome, heard) =
        asked("", &[&[&native], &[&switch("mysql_native_password")], &[OK], &result(1), &[]]);
    assert_eq!((outcome.is_up, heard[1].len()), (true, 0));
    let other = greeting("auth_gssapi_client");
    let (outcome, heard) = asked("secret", &[&[&other], &[&switch("client_ed25519")]]);
    assert_eq!(outcome, Outcome::down("the user's login is by client_ed25519, which is not made here"));
    assert_eq!(proof(&heard[0]).1, b"mysql_native_password");
    let (outcome, _) = asked("secret", &[&[&native], &[&switch("mysql_clear_password")]]);
    assert!(outcome.detail.contains("only made over TLS"), "{outcome:?}");
    let (outcome, _) = asked("secret", &[&[&native], &[b"\xfe"]]);
    assert!(outcome.detail.contains("before version 4.1"), "{outcome:?}");
    let (outcome, _) = asked("secret", &[&[&native], &[b"\x01\x04"]]);
    assert!(!outcome.is_up, "{outcome:?}");
}

#[test]
fn anything_else_is_not_well() {
    let native = greeting("mysql_native_password");
    let denied = b"\xff\x15\x04#28000Access denied";
    let cases: [(&[&[&[u8]]], &str); 8] = [
        (&[&[b"\xff\x10\x04Too many connections"]], "error 1040: Too many connections"),
        (&[&[b"\x09old"]], "a greeting of version 9, not 10"),
        (&[&[&native[..30]]], "no packet of MySQL"),
        (&[&[&native], &[denied]], "error 1045: Access denied"),
        (&[&[&native], &[OK], &[OK]], "the query gives no rows, only that it was done"),
        (&[&[&native], &[OK], &[b"\xfb/etc/passwd"]], "the query wants a file of the director's"),
        (&[&[&native], &[OK], &result(0), &[]], "no rows"),
        (&[&[&native], &[OK], &[b"\x01", b"\x03def", END, b"\x011", denied]], "error 1045: Access denied"),
    ];
    for (rounds, expected) in cases {
        assert_eq!(asked("secret", rounds).0, Outcome::down(expected));
    }
}

#[test]
fn more_rows_than_are_read_are_rows() {
    let (outcome, _) = asked("secret", &[&[&greeting("")], &[OK], &result(250_000)]);
    assert!(outcome.is_up, "{outcome:?}");
}

proptest! {
    #[test]
    fn garbage_is_no_greeting(bytes in prop::collection::vec(any::<u8>(), 0..100), flips in any::<[u8; 4]>()) {
        let _ = Greeting::parse(&[&[10], &bytes[..]].concat());
        let mut bytes = greeting("caching_sha2_password");
        let at = usize::from(flips[0]) % bytes.len();
        bytes[at] ^= flips[1];
        bytes.truncate(usize::from(flips[2]).max(1));
        let _ = Greeting::parse(&bytes);
        let _ = error(&bytes);
    }
}

#[test]
fn is_not_led_astray() {
    torment(async |at: &Target| ask(&probe("secret"), at).await);
}
