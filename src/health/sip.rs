//! SIP (RFC 3261): OPTIONS, answered `SIP/2.0 200`.

use super::secrets::{hex, random};
use super::talk::{Fault, Talk, in_one_line, quoted};
use super::{Outcome, Target, datagram, dial};
use std::net::SocketAddr;

/// Header lines of one answer.
const MAX_HEADERS: usize = 200;
/// Provisional answers before the final one.
const MAX_PROVISIONAL: usize = 20;

/// Asks what the server can.
pub(super) async fn ask(from: &str, tcp: bool, target: &Target) -> Outcome {
    dialogue(from, tcp, target).await.map_or_else(Outcome::down, Outcome::up)
}

async fn dialogue(from: &str, tcp: bool, target: &Target) -> Result<String, Fault> {
    let from = in_one_line("the name", from)?;
    if from.is_empty() || from.contains([' ', '<', '>', '"']) {
        return Err(format!("`{}` is no name@host", quoted(from)));
    }
    let call = hex(&random::<16>()?);
    if tcp {
        return over_tcp(from, &call, target).await;
    }
    let socket = datagram::connect(target).await?;
    let local = socket.local_addr().map_err(|error| format!("socket: {error}"))?;
    datagram::ask(&socket, options(from, &call, "UDP", local).as_bytes(), |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = text.lines();
        let status = lines.next().unwrap_or_default();
        let is_ours = lines.take_while(|line| !line.is_empty()).any(|line| is_call(line, &call));
        if is_ours { judge(status) } else { None }
    })
    .await
}

async fn over_tcp(from: &str, call: &str, target: &Target) -> Result<String, Fault> {
    let stream = dial::tcp(target.at, target).await.map_err(|error| format!("connection: {error}"))?;
    let local = stream.local_addr().map_err(|error| format!("socket: {error}"))?;
    let mut talk = Talk::over(stream);
    talk.say(options(from, call, "TCP", local).as_bytes()).await?;
    for _ in 0..MAX_PROVISIONAL {
        let mut status = talk.line().await?;
        // Empty lines before a message keep connections alive.
        while status.is_empty() {
            status = talk.line().await?;
        }
        if !status.starts_with("SIP/2.0 ") {
            return Err(format!("no answer of SIP: {}", quoted(&status)));
        }
        let is_ours = headers(&mut talk, call).await?;
        if let Some(verdict) = judge(&status).filter(|_| is_ours) {
            return verdict;
        }
    }
    Err(format!("more than {MAX_PROVISIONAL} provisional answers"))
}

/// Reads the rest of an answer. `true`: it is ours.
async fn headers(talk: &mut Talk, call: &str) -> Result<bool, Fault> {
    let (mut is_ours, mut body) = (false, 0);
    for _ in 0..MAX_HEADERS {
        let line = talk.line().await?;
        if line.is_empty() {
            talk.exactly(body).await?;
            return Ok(is_ours);
        }
        is_ours |= is_call(&line, call);
        if let Some(len) = field(&line, "Content-Length", "l") {
            body = len.parse().map_err(|_| format!("a length that is none: {}", quoted(&line)))?;
        }
    }
    Err(format!("more than {MAX_HEADERS} header lines"))
}

/// `None`: provisional.
fn judge(status: &str) -> Option<Result<String, Fault>> {
    let code = status.strip_prefix("SIP/2.0 ").and_then(|rest| rest.get(..3)?.parse::<u16>().ok());
    match code {
        Some(100..200) => None,
        Some(200) => Some(Ok(quoted(status))),
        _ => Some(Err(quoted(status))),
    }
}

fn is_call(line: &str, call: &str) -> bool {
    field(line, "Call-ID", "i") == Some(call)
}

/// The value of a header line, if it has this name, long or short.
fn field<'a>(line: &'a str, name: &str, short: &str) -> Option<&'a str> {
    let (key, value) = line.split_once(':')?;
    let key = key.trim();
    (key.eq_ignore_ascii_case(name) || key.eq_ignore_ascii_case(short)).then(|| value.trim())
}

/// `call` is random; it makes the branch and the tag too, which must be unlike those of other questions.
fn options(from: &str, call: &str, transport: &str, local: SocketAddr) -> String {
    format!(
        "OPTIONS sip:{from} SIP/2.0\r\n\
         Via: SIP/2.0/{transport} {local};rport;branch=z9hG4bK{call}\r\n\
         Max-Forwards: 70\r\n\
         To: <sip:{from}>\r\n\
         From: <sip:{from}>;tag={tag}\r\n\
         Call-ID: {call}\r\n\
         CSeq: 1 OPTIONS\r\n\
         Contact: <sip:{local}>\r\n\
         Accept: application/sdp\r\n\
         User-Agent: ulvs\r\n\
         Content-Length: 0\r\n\r\n",
        tag = &call[..8],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::small_server::{SmallServer, run, target, torment};
    use std::net::Ipv4Addr;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::UdpSocket;

    const FROM: &str = "probe@director.test";

    /// An answer to this question; `CALL` stands for its Call-ID.
    fn answer(question: &str, answer: &str) -> String {
        let call = question.lines().find_map(|line| field(line, "Call-ID", "i")).unwrap();
        answer.replace("CALL", call)
    }

    fn by_udp(answers: &'static [&'static str]) -> Outcome {
        run(async {
            let server = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let at = target(server.local_addr().unwrap());
            tokio::spawn(async move {
                let mut bytes = [0; 4096];
                let (len, client) = server.recv_from(&mut bytes).await.unwrap();
                let question = String::from_utf8_lossy(&bytes[..len]).into_owned();
                assert!(question.starts_with("OPTIONS sip:probe@director.test SIP/2.0\r\n"));
                assert!(question.contains(&format!("Via: SIP/2.0/UDP {client};rport;branch=z9hG4bK")));
                for text in answers {
                    server.send_to(answer(&question, text).as_bytes(), client).await.unwrap();
                }
            });
            ask(FROM, false, &at).await
        })
    }

    fn by_tcp(answers: &'static str) -> Outcome {
        run(async {
            let at = SmallServer::with(move |mut stream| async move {
                let mut bytes = Vec::new();
                while !bytes.ends_with(b"\r\n\r\n") {
                    bytes.push(stream.read_u8().await.unwrap());
                }
                let question = String::from_utf8_lossy(&bytes).into_owned();
                stream.write_all(answer(&question, answers).as_bytes()).await.unwrap();
            })
            .await;
            ask(FROM, true, &target(at)).await
        })
    }

    #[test]
    fn two_hundred_is_well() {
        assert_eq!(by_udp(&["SIP/2.0 200 OK\r\nCall-ID: CALL\r\n\r\n"]), Outcome::up("SIP/2.0 200 OK"));
        let others = [
            "garbage",
            "SIP/2.0 500 x\r\nCall-ID: other\r\n\r\n",
            "SIP/2.0 100 x\r\ni: CALL\r\n\r\n",
            "SIP/2.0 200 OK\r\ni : CALL\r\n\r\n",
        ];
        assert_eq!(by_udp(Box::leak(Box::new(others))), Outcome::up("SIP/2.0 200 OK"));
        assert_eq!(
            by_tcp(
                "\r\nSIP/2.0 100 x\r\ncall-id: CALL\r\nl: 4\r\n\r\nbodySIP/2.0 200 OK\r\nCall-ID:CALL\r\n\r\n"
            ),
            Outcome::up("SIP/2.0 200 OK")
        );
    }

    #[test]
    fn anything_else_is_not() {
        let busy = ["SIP/2.0 503 Service Unavailable\r\nCall-ID: CALL\r\n\r\n"];
        let expected = Outcome::down("SIP/2.0 503 Service Unavailable");
        assert_eq!(by_udp(Box::leak(Box::new(busy))), expected);
        assert_eq!(by_tcp(busy[0]), expected);
        assert_eq!(by_udp(&["SIP/3.0 200 OK\r\nCall-ID: CALL\r\n\r\n"]), Outcome::down("SIP/3.0 200 OK"));
        assert_eq!(by_udp(&["SIP/2.0 202 x\r\nCall-ID: CALL\r\n\r\n"]), Outcome::down("SIP/2.0 202 x"));
        assert_eq!(by_tcp("HTTP/1.1 400 x\r\n\r\n"), Outcome::down("no answer of SIP: HTTP/1.1 400 x"));
        assert!(by_tcp("SIP/2.0 100 x\r\nl: -1\r\n\r\n").detail.starts_with("a length that is none"));
        assert!(by_tcp("SIP/2.0 200 x\r\nl: 99999999999\r\n\r\n").detail.contains("closed"));
    }

    #[test]
    fn names_do_not_make_headers() {
        run(async {
            let at = target("127.0.0.1:1".parse().unwrap());
            for from in ["a\r\nTo: b", "", "a b", "<a>"] {
                assert!(!ask(from, false, &at).await.is_up, "{from}");
            }
        });
    }

    #[test]
    fn is_not_led_astray() {
        torment(async |at: &Target| ask(FROM, true, at).await);
    }
}
