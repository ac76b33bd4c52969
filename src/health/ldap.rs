//! LDAP version 3 (RFC 4511): binds, and searches one entry.

use super::ber::{self, Reader, tag};
use super::talk::{Fault, Talk, closed, quoted};
use super::{Outcome, Target, search, secure};
use crate::lvs::{Login, Pattern};

/// The longest message that is read.
const MAX_MESSAGE: usize = 256 << 10;

const BIND_REQUEST: u8 = 0x60;
const BIND_RESPONSE: u8 = 0x61;
const UNBIND_REQUEST: u8 = 0x42;
const SEARCH_REQUEST: u8 = 0x63;
const SEARCH_ENTRY: u8 = 0x64;
const SEARCH_DONE: u8 = 0x65;
const SEARCH_REFERENCE: u8 = 0x73;
const EXTENDED_RESPONSE: u8 = 0x78;
/// The credentials of a simple bind; the filter that an attribute is there.
const SIMPLE: u8 = 0x80;
const PRESENT: u8 = 0x87;

/// Binds, and looks for the one entry that is `base`.
pub(super) async fn ask(
    tls: bool,
    login: Option<&Login>,
    base: &str,
    expect: &Pattern,
    target: &Target,
) -> Outcome {
    dialogue(tls, login, base, expect, target).await.map_or_else(Outcome::down, Outcome::up)
}

async fn dialogue(
    tls: bool,
    login: Option<&Login>,
    base: &str,
    expect: &Pattern,
    target: &Target,
) -> Result<String, Fault> {
    let mut talk = secure::connect(tls, target).await?;
    let login = login.cloned().unwrap_or_default();
    talk.say(&message(1, &bind(&login))).await?;
    let (kind, content) = answer(&mut talk, 1).await?;
    if kind != BIND_RESPONSE {
        return Err(unexpected(kind));
    }
    result("bind", &content)?;
    talk.say(&message(2, &search_one(base))).await?;
    let mut names = Vec::new();
    loop {
        match answer(&mut talk, 2).await? {
            (SEARCH_ENTRY, content) => names.push(entry(&content).map_err(garbled)?),
            (SEARCH_REFERENCE, _) => {}
            (SEARCH_DONE, content) => {
                result("search", &content)?;
                break;
            }
            (kind, _) => return Err(unexpected(kind)),
        }
        // One is wanted: how many more there are need not be known.
        if names.len() > 1 {
            return Err("more than one entry".into());
        }
    }
    let Some(name) = names.pop() else { return Err("no entry".into()) };
    talk.part(&message(3, &[UNBIND_REQUEST, 0])).await;
    match search::matches(expect, &name)? {
        true => Ok(format!("found {}", quoted(&name))),
        false => Err(format!("found {}, which does not match", quoted(&name))),
    }
}

fn message(id: u32, operation: &[u8]) -> Vec<u8> {
    ber::element(tag::SEQUENCE, &[&ber::number(tag::INTEGER, id), operation].concat())
}

fn bind(login: &Login) -> Vec<u8> {
    let content = [
        ber::number(tag::INTEGER, 3),
        ber::element(tag::OCTET_STRING, login.name.as_bytes()),
        ber::element(SIMPLE, login.password.as_bytes()),
    ];
    ber::element(BIND_REQUEST, &content.concat())
}

fn search_one(base: &str) -> Vec<u8> {
    let content = [
        ber::element(tag::OCTET_STRING, base.as_bytes()),
        // Scope: the base itself. Aliases: not followed.
        ber::number(tag::ENUMERATED, 0),
        ber::number(tag::ENUMERATED, 0),
        // No limits of size and time but the server's.
        ber::number(tag::INTEGER, 0),
        ber::number(tag::INTEGER, 0),
        ber::element(tag::BOOLEAN, &[0]),
        ber::element(PRESENT, b"objectClass"),
        // Of its attributes, none (RFC 4511, 4.5.1.8).
        ber::element(tag::SEQUENCE, &ber::element(tag::OCTET_STRING, b"1.1")),
    ];
    ber::element(SEARCH_REQUEST, &content.concat())
}

/// The next answer to this message: what it is, and its content.
async fn answer(talk: &mut Talk, id: u32) -> Result<(u8, Vec<u8>), Fault> {
    let len = loop {
        match ber::header(talk.held()).map_err(garbled)? {
            Some((tag::SEQUENCE, _, end)) if end <= MAX_MESSAGE => break end,
            Some((tag::SEQUENCE, ..)) => {
                return Err(format!("a message of more than {} KiB", MAX_MESSAGE >> 10));
            }
            Some(_) => return Err(garbled("it begins with another element")),
            None if talk.fill().await? => {}
            None => return Err(closed()),
        }
    };
    let bytes = talk.exactly(len).await?;
    let (came, kind, content) = opened(&bytes).map_err(garbled)?;
    // 0: the server tells of its own accord why it ends.
    if came == 0 && kind == EXTENDED_RESPONSE {
        result("the server ends", content)?;
    }
    if came != id { Err(garbled("an answer to another question")) } else { Ok((kind, content.to_vec())) }
}

fn opened(bytes: &[u8]) -> Result<(u32, u8, &[u8]), &'static str> {
    let mut inside = Reader(Reader(bytes).one(tag::SEQUENCE)?);
    let id = inside.number(tag::INTEGER)?;
    let (kind, content) = inside.any()?;
    Ok((id, kind, content))
}

/// The DN of an entry.
fn entry(content: &[u8]) -> Result<String, &'static str> {
    Ok(String::from_utf8_lossy(Reader(content).one(tag::OCTET_STRING)?).into_owned())
}

/// Is it success? Otherwise the fault, with the server's words.
fn result(what: &str, content: &[u8]) -> Result<(), Fault> {
    let mut reader = Reader(content);
    let code = reader.number(tag::ENUMERATED).map_err(garbled)?;
    if code == 0 {
        return Ok(());
    }
    reader.one(tag::OCTET_STRING).map_err(garbled)?;
    let words = String::from_utf8_lossy(reader.one(tag::OCTET_STRING).map_err(garbled)?).into_owned();
    let name = match code {
        1 => "operationsError",
        2 => "protocolError",
        7 => "authMethodNotSupported",
        8 => "strongerAuthRequired",
        10 => "referral",
        13 => "confidentialityRequired",
        32 => "noSuchObject",
        34 => "invalidDNSyntax",
        48 => "inappropriateAuthentication",
        49 => "invalidCredentials",
        50 => "insufficientAccessRights",
        51 => "busy",
        52 => "unavailable",
        53 => "unwillingToPerform",
        _ => "",
    };
    let text = format!("{what}: result {code} {name} {}", quoted(&words));
    Err(text.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
}

fn unexpected(kind: u8) -> Fault {
    format!("an answer of another kind ({kind:#04x})")
}

fn garbled(what: &str) -> Fault {
    format!("no message of LDAP: {what}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::small_server::{SmallServer, run, target, torment};
    use proptest::prelude::*;
    use std::sync::{Arc, Mutex};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const BASE: &str = "cn=health,dc=example,dc=org";

    fn done(kind: u8, code: u32, words: &str) -> Vec<u8> {
        let content = [
            ber::number(tag::ENUMERATED, code),
            ber::element(tag::OCTET_STRING, b""),
            ber::element(tag::OCTET_STRING, words.as_bytes()),
        ];
        ber::element(kind, &content.concat())
    }

    fn found(name: &str) -> Vec<u8> {
        let content = [ber::element(tag::OCTET_STRING, name.as_bytes()), ber::element(tag::SEQUENCE, b"")];
        ber::element(SEARCH_ENTRY, &content.concat())
    }

    /// What is found when the bind and the search are answered so; and the questions.
    fn asked(bound: Vec<u8>, answers: Vec<Vec<u8>>, login: Option<&Login>) -> (Outcome, Vec<Vec<u8>>) {
        run(async {
            let heard = Arc::new(Mutex::new(Vec::new()));
            let kept = Arc::clone(&heard);
            let rounds = vec![vec![message(1, &bound)], answers.iter().map(|it| message(2, it)).collect()];
            let at = SmallServer::with(move |mut stream| {
                let (rounds, kept) = (rounds.clone(), Arc::clone(&kept));
                async move {
                    for round in rounds {
                        let mut head = [0; 2];
                        stream.read_exact(&mut head).await.unwrap();
                        let mut rest = vec![0; head[1].into()];
                        stream.read_exact(&mut rest).await.unwrap();
                        kept.lock().unwrap().push([head.to_vec(), rest].concat());
                        stream.write_all(&round.concat()).await.unwrap();
                    }
                    let _ = stream.read(&mut [0]).await;
                }
            })
            .await;
            let expect = Pattern { regex: "^cn=health,".into() };
            let outcome = ask(false, login, BASE, &expect, &target(at)).await;
            let heard = heard.lock().unwrap().clone();
            (outcome, heard)
        })
    }

    #[test]
    fn one_entry_that_matches_is_well() {
        let login = Login { name: "cn=probe".into(), password: "secret".into() };
        let well = || (done(BIND_RESPONSE, 0, ""), vec![found(BASE), done(SEARCH_DONE, 0, "")]);
        let (outcome, heard) = asked(well().0, well().1, Some(&login));
        assert_eq!(outcome, Outcome::up(format!("found {BASE}")));
        // As RFC 4511 writes them.
        assert_eq!(heard[0], b"\x30\x1a\x02\x01\x01\x60\x15\x02\x01\x03\x04\x08cn=probe\x80\x06secret");
        let question = b"\x30\x45\x02\x01\x02\x63\x40\x04\x1bcn=health,dc=example,dc=org\
            \x0a\x01\x00\x0a\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00\x87\x0bobjectClass\x30\x05\x04\x031.1";
        assert_eq!(heard[1], question);
        let (_, heard) = asked(well().0, well().1, None);
        assert_eq!(heard[0], b"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00");
    }

    #[test]
    fn anything_else_is_not() {
        let bound = || done(BIND_RESPONSE, 0, "");
        let end = || done(SEARCH_DONE, 0, "");
        let cases = [
            (done(BIND_RESPONSE, 49, ""), vec![], "bind: result 49 invalidCredentials"),
            (bound(), vec![done(SEARCH_DONE, 32, "gone")], "search: result 32 noSuchObject gone"),
            (bound(), vec![end()], "no entry"),
            (bound(), vec![ber::element(SEARCH_REFERENCE, b""), end()], "no entry"),
            (bound(), vec![found("a"), found("b")], "more than one entry"),
            (bound(), vec![found("cn=x"), end()], "found cn=x, which does not match"),
            (end(), vec![], "an answer of another kind (0x65)"),
            (bound(), vec![bound()], "an answer of another kind (0x61)"),
            (done(BIND_RESPONSE, 99, "a\nb"), vec![], "bind: result 99 a b"),
        ];
        for (bound, answers, expected) in cases {
            assert_eq!(asked(bound, answers, None).0, Outcome::down(expected));
        }
    }

    #[test]
    fn long_messages_are_refused() {
        let at = |bytes: &'static [u8]| {
            run(async {
                let mut talk = Talk::over(tokio::io::join(bytes, tokio::io::sink()));
                answer(&mut talk, 1).await.unwrap_err()
            })
        };
        assert_eq!(at(b"\x30\x84\x7f\xff\xff\xff"), "a message of more than 256 KiB");
        assert_eq!(at(b"\x30\x84\x00\x00"), "the connection was closed");
        assert_eq!(at(b"\x31\x00"), "no message of LDAP: it begins with another element");
        let ended = Vec::leak(message(0, &done(EXTENDED_RESPONSE, 52, "going down")));
        assert_eq!(at(ended), "the server ends: result 52 unavailable going down");
    }

    proptest! {
        #[test]
        fn garbage_is_no_message(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = opened(&bytes).map(|(_, _, content)| (entry(content), result("x", content)));
        }
    }

    #[test]
    fn is_not_led_astray() {
        for tls in [false, true] {
            torment(async |at: &Target| ask(tls, None, BASE, &Pattern::default(), at).await);
        }
    }
}
