//! RADIUS (RFC 2865): is a password accepted?

use super::secrets::{hmac_md5, md5, random, xor};
use super::talk::{Fault, quoted};
use super::{Outcome, Target, datagram};
use crate::lvs::Login;

const ACCESS_REQUEST: u8 = 1;
const ACCESS_ACCEPT: u8 = 2;
const ACCESS_REJECT: u8 = 3;
const ACCESS_CHALLENGE: u8 = 11;

const USER_NAME: u8 = 1;
const USER_PASSWORD: u8 = 2;
const REPLY_MESSAGE: u8 = 18;
const NAS_IDENTIFIER: u8 = 32;
const MESSAGE_AUTHENTICATOR: u8 = 80;

/// Code, identifier, length, authenticator.
const HEADER: usize = 20;
const MAX_PASSWORD: usize = 128;
const MAX_NAME: usize = 253;

/// Asks whether the password is accepted.
pub(super) async fn ask(login: &Login, secret: &str, target: &Target) -> Outcome {
    dialogue(login, secret, target).await.map_or_else(Outcome::down, Outcome::up)
}

async fn dialogue(login: &Login, secret: &str, target: &Target) -> Result<String, Fault> {
    let [id, authenticator @ ..] = random::<17>()?;
    let question = request(login, secret.as_bytes(), id, &authenticator)?;
    let socket = datagram::connect(target).await?;
    datagram::ask(&socket, &question, |bytes| judge(bytes, &question, secret.as_bytes())).await
}

/// An Access-Request. It begins with its Message-Authenticator, as servers want that do not trust others (RFC 3579, 3.2).
fn request(login: &Login, secret: &[u8], id: u8, authenticator: &[u8; 16]) -> Result<Vec<u8>, Fault> {
    if login.name.is_empty() || login.name.len() > MAX_NAME || login.password.len() > MAX_PASSWORD {
        return Err(format!("a name has 1 to {MAX_NAME} bytes, a password at most {MAX_PASSWORD}"));
    }
    let mut packet = [&[ACCESS_REQUEST, id, 0, 0], &authenticator[..]].concat();
    let mut add = |kind: u8, value: &[u8]| {
        packet.extend([kind, value.len() as u8 + 2]);
        packet.extend(value);
    };
    add(MESSAGE_AUTHENTICATOR, &[0; 16]);
    add(USER_NAME, login.name.as_bytes());
    add(USER_PASSWORD, &hidden(login.password.as_bytes(), secret, authenticator));
    add(NAS_IDENTIFIER, b"ulvs");
    let len = (packet.len() as u16).to_be_bytes();
    packet[2..4].copy_from_slice(&len);
    let signature = hmac_md5(secret, &[&packet]);
    packet[HEADER + 2..HEADER + 18].copy_from_slice(&signature);
    Ok(packet)
}

/// A password, hidden as RFC 2865, section 5.2, has it.
fn hidden(password: &[u8], secret: &[u8], authenticator: &[u8; 16]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut before = authenticator.to_vec();
    let mut padded = password.to_vec();
    padded.resize(password.len().max(1).next_multiple_of(16), 0);
    for block in padded.chunks(16) {
        before = xor(block, &md5(&[secret, &before]));
        out.extend(&before);
    }
    out
}

/// `None`: not an answer to this question.
fn judge(bytes: &[u8], question: &[u8], secret: &[u8]) -> Option<Result<String, Fault>> {
    if bytes.len() < HEADER || bytes[1] != question[1] {
        return None;
    }
    Some(verdict(bytes, &question[4..HEADER], secret))
}

fn verdict(bytes: &[u8], authenticator: &[u8], secret: &[u8]) -> Result<String, Fault> {
    let len = usize::from(u16::from_be_bytes([bytes[2], bytes[3]]));
    // What is behind the length is padding.
    let Some(packet) = bytes.get(..len).filter(|_| len >= HEADER) else {
        return Err("an answer with a wrong length".into());
    };
    let attributes = attributes(&packet[HEADER..]).ok_or("an answer with garbled attributes")?;
    let head = &packet[..4];
    if md5(&[head, authenticator, &packet[HEADER..], secret]) != packet[4..HEADER] {
        return Err("the answer is not authentic: is the secret the same?".into());
    }
    for (at, kind, value) in &attributes {
        if *kind == MESSAGE_AUTHENTICATOR {
            let mut unsigned = packet[HEADER..].to_vec();
            unsigned[at + 2..at + 2 + value.len()].fill(0);
            if hmac_md5(secret, &[head, authenticator, &unsigned]) != *value {
                return Err("the answer's Message-Authenticator is wrong".into());
            }
        }
    }
    let said = attributes.iter().filter(|(_, kind, _)| *kind == REPLY_MESSAGE);
    let said: Vec<u8> = said.flat_map(|(_, _, value)| value.iter().copied()).collect();
    let with = |word: &str| quoted(&format!("{word} {}", String::from_utf8_lossy(&said)));
    match packet[0] {
        ACCESS_ACCEPT => Ok(with("accepted")),
        ACCESS_REJECT => Err(with("rejected")),
        ACCESS_CHALLENGE => Err(with("challenged: the password is not enough")),
        code => Err(format!("an answer of another kind ({code})")),
    }
}

/// Where each attribute begins, its kind and its value.
fn attributes(bytes: &[u8]) -> Option<Vec<(usize, u8, &[u8])>> {
    let mut at = 0;
    let mut all = Vec::new();
    while let [kind, len, ..] = bytes[at..] {
        let value = bytes.get(at + 2..at + usize::from(len)).filter(|_| len > 2)?;
        all.push((at, kind, value));
        at += usize::from(len);
    }
    (at == bytes.len()).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::secrets::hex;
    use crate::health::small_server::{run, target};
    use proptest::prelude::*;
    use std::net::Ipv4Addr;
    use std::time::Duration;
    use tokio::net::UdpSocket;

    const SECRET: &[u8] = b"xyzzy5461";

    fn login() -> Login {
        Login { name: "nemo".into(), password: "arctangent".into() }
    }

    /// An answer to a question, with a Message-Authenticator if wanted.
    fn answer(code: u8, question: &[u8], secret: &[u8], words: &str, is_signed: bool) -> Vec<u8> {
        let mut rest = Vec::new();
        if is_signed {
            rest.extend([MESSAGE_AUTHENTICATOR, 18]);
            rest.extend([0; 16]);
        }
        if !words.is_empty() {
            rest.extend([REPLY_MESSAGE, words.len() as u8 + 2]);
            rest.extend(words.bytes());
        }
        let head = [code, question[1], 0, (HEADER + rest.len()) as u8];
        let authenticator = &question[4..HEADER];
        if is_signed {
            let signature = hmac_md5(secret, &[&head, authenticator, &rest]);
            rest[2..18].copy_from_slice(&signature);
        }
        let sum = md5(&[&head, authenticator, &rest, secret]);
        [&head[..], &sum, &rest].concat()
    }

    #[test]
    fn passwords_are_hidden_as_the_rfc_has_it() {
        // RFC 2865, section 7.1.
        let authenticator = *b"\x0f\x40\x3f\x94\x73\x97\x80\x57\xbd\x83\xd5\xcb\x98\xf4\x22\x7a";
        let hidden = hidden(b"arctangent", SECRET, &authenticator);
        assert_eq!(hex(&hidden), "0dbe708d93d413ce3196e43f782a0aee");
        assert_eq!(super::hidden(b"", SECRET, &authenticator).len(), 16);
        assert_eq!(super::hidden(&[b'x'; 17], SECRET, &authenticator).len(), 32);
    }

    #[test]
    fn a_question_is_well_formed() {
        let question = request(&login(), SECRET, 7, &[1; 16]).unwrap();
        assert_eq!(question[..4], [1, 7, 0, question.len() as u8]);
        let kinds: Vec<u8> =
            attributes(&question[HEADER..]).unwrap().iter().map(|(_, kind, _)| *kind).collect();
        assert_eq!(kinds, [MESSAGE_AUTHENTICATOR, USER_NAME, USER_PASSWORD, NAS_IDENTIFIER]);
        let long = Login { password: "x".repeat(129), ..login() };
        assert!(request(&long, SECRET, 7, &[1; 16]).is_err());
    }

    #[test]
    fn answers_are_judged() {
        let question = request(&login(), SECRET, 7, &[1; 16]).unwrap();
        let judged = |bytes: &[u8]| judge(bytes, &question, SECRET);
        for is_signed in [false, true] {
            let accepted = answer(2, &question, SECRET, "", is_signed);
            assert_eq!(judged(&accepted), Some(Ok("accepted".into())));
            let padded = [&accepted[..], b"padding"].concat();
            assert_eq!(judged(&padded), Some(Ok("accepted".into())));
        }
        let rejected = answer(3, &question, SECRET, "no\nway", false);
        assert_eq!(judged(&rejected), Some(Err("rejected no way".into())));
        let challenged = judged(&answer(11, &question, SECRET, "", false)).unwrap().unwrap_err();
        assert!(challenged.starts_with("challenged"), "{challenged}");
        let wrong = judged(&answer(2, &question, b"other", "", false)).unwrap().unwrap_err();
        assert_eq!(wrong, "the answer is not authentic: is the secret the same?");
        // The sum is right and the signature is not.
        let mut forged = answer(2, &question, SECRET, "", true);
        forged[HEADER + 5] ^= 1;
        let sum = md5(&[&forged[..4], &question[4..HEADER], &forged[HEADER..], SECRET]);
        forged[4..HEADER].copy_from_slice(&sum);
        assert_eq!(judged(&forged), Some(Err("the answer's Message-Authenticator is wrong".into())));
        let other = request(&login(), SECRET, 8, &[1; 16]).unwrap();
        assert_eq!(judged(&answer(2, &other, SECRET, "", false)), None);
        assert_eq!(judged(b"short"), None);
        let mut cut = answer(3, &question, SECRET, "words", false);
        cut.truncate(HEADER + 3);
        assert!(judged(&cut).unwrap().unwrap_err().contains("length"));
        assert!(judged(&question).unwrap().is_err(), "an echo");
    }

    proptest! {
        #[test]
        fn garbage_is_no_acceptance(mut bytes in prop::collection::vec(any::<u8>(), 2..64)) {
            let question = request(&login(), SECRET, 7, &[1; 16]).unwrap();
            bytes[1] = 7;
            prop_assert!(!matches!(judge(&bytes, &question, SECRET), Some(Ok(_))));
        }
    }

    #[test]
    fn is_asked_again_until_there_is_an_answer() {
        run(async {
            let server = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let at = target(server.local_addr().unwrap());
            let serve = tokio::spawn(async move {
                let mut bytes = [0; 4096];
                let (len, _) = server.recv_from(&mut bytes).await.unwrap();
                let first = bytes[..len].to_vec();
                let (len, client) = server.recv_from(&mut bytes).await.unwrap();
                assert_eq!(bytes[..len], first, "the same question, or it would count as another");
                let other = request(&login(), SECRET, first[1].wrapping_add(1), &[1; 16]).unwrap();
                server.send_to(&answer(3, &other, SECRET, "", false), client).await.unwrap();
                server.send_to(b"garbage", client).await.unwrap();
                server.send_to(&answer(2, &first, SECRET, "", true), client).await.unwrap();
            });
            let outcome = ask(&login(), "xyzzy5461", &at).await;
            serve.await.unwrap();
            assert_eq!(outcome, Outcome::up("accepted"));
            // The server is gone: the host says so.
            let outcome = ask(&login(), "xyzzy5461", &at).await;
            assert!(!outcome.is_up && outcome.detail.contains("refused"), "{outcome:?}");
        });
    }

    #[test]
    fn silence_is_waited_for() {
        run(async {
            let server = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let at = target(server.local_addr().unwrap());
            let tried = tokio::time::timeout(Duration::from_millis(30), ask(&login(), "x", &at)).await;
            assert!(tried.is_err());
        });
    }
}
