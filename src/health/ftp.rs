//! FTP: logs in and fetches a file in passive mode.

use super::talk::{Fault, MAX_ANSWER, Talk, in_one_line, quoted};
use super::{Outcome, Target, search};
use crate::lvs::{Login, Origin, Pattern};
use std::net::SocketAddr;

/// Lines of one reply.
const MAX_REPLY_LINES: usize = 200;

/// Logs in, fetches the file, and compares what it holds.
pub(super) async fn ask(login: &Login, file: &str, expect: &Pattern, target: &Target) -> Outcome {
    dialogue(login, file, expect, target).await.map_or_else(Outcome::down, Outcome::up)
}

async fn dialogue(login: &Login, file: &str, expect: &Pattern, target: &Target) -> Result<String, Fault> {
    let name = in_one_line("the name", &login.name)?;
    let password = in_one_line("the password", &login.password)?;
    let file = in_one_line("the file's name", file)?;
    let mut talk = Talk::connect(target).await?;
    let mut greeting = reply(&mut talk).await?;
    // 120: ready in so many minutes; the greeting follows.
    while greeting.code == 120 {
        greeting = reply(&mut talk).await?;
    }
    greeting.wants(200..300, "the greeting")?;
    let user = command(&mut talk, &format!("USER {name}")).await?;
    user.wants(200..400, "USER")?;
    if user.code >= 300 {
        // 332, an account besides, is no login that could be made here.
        command(&mut talk, &format!("PASS {password}")).await?.wants(200..300, "PASS")?;
    }
    command(&mut talk, "TYPE I").await?.wants(200..300, "TYPE I")?;
    let port = passive(&mut talk, target.at).await?;
    let data = Target {
        at: SocketAddr::new(target.at.ip(), port),
        // A fixed source port is the control connection's.
        origin: Origin { port: None, ..target.origin.clone() },
        ..target.clone()
    };
    let mut data = Talk::connect(&data).await.map_err(|fault| format!("data connection: {fault}"))?;
    command(&mut talk, &format!("RETR {file}")).await?.wants(100..200, "RETR")?;
    let is_whole = fetch(&mut data).await.map_err(|fault| format!("data connection: {fault}"))?;
    let content = String::from_utf8_lossy(data.held()).into_owned();
    drop(data);
    if is_whole {
        reply(&mut talk).await?.wants(200..300, "the end of the file")?;
    }
    talk.part(b"QUIT\r\n").await;
    match (search::matches(expect, &content)?, is_whole) {
        (true, true) => Ok(format!("{} bytes", content.len())),
        (true, false) => Ok(format!("the first {} KiB match", MAX_ANSWER >> 10)),
        (false, true) => Err("the file does not match".into()),
        (false, false) => Err(format!("the first {} KiB of the file do not match", MAX_ANSWER >> 10)),
    }
}

/// All of the file, or so much as may be held. `true`: all.
async fn fetch(data: &mut Talk) -> Result<bool, Fault> {
    while data.held().len() < MAX_ANSWER {
        if !data.fill().await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The port for the file. Where it listens is only believed as to the port: the address is the real server's.
async fn passive(talk: &mut Talk, at: SocketAddr) -> Result<u16, Fault> {
    if at.is_ipv4() {
        let pasv = command(talk, "PASV").await?;
        if pasv.code == 227 {
            let port = pasv_port(&pasv.text);
            return port.ok_or_else(|| format!("PASV names no port: {}", quoted(&pasv.text)));
        }
    }
    let epsv = command(talk, "EPSV").await?;
    epsv.wants(229..230, "passive mode")?;
    epsv_port(&epsv.text).ok_or_else(|| format!("EPSV names no port: {}", quoted(&epsv.text)))
}

/// `227 Entering Passive Mode (10,0,0,1,19,137)`: the brackets are not everybody's.
fn pasv_port(text: &str) -> Option<u16> {
    let is_list = |c: char| c.is_ascii_digit() || c == ',';
    let list = text.split(|c| !is_list(c)).find(|list| list.contains(','))?;
    let numbers: Vec<u8> = list.split(',').map(str::parse).collect::<Result<_, _>>().ok()?;
    match numbers[..] {
        [_, _, _, _, high, low] => Some(u16::from_be_bytes([high, low])).filter(|port| *port != 0),
        _ => None,
    }
}

/// `229 Extended Passive Mode (|||5001|)`, with any sign for `|`.
fn epsv_port(text: &str) -> Option<u16> {
    let inside = text.split_once('(')?.1;
    let sign = inside.chars().next()?;
    let mut fields = inside.split(sign);
    let port = fields.nth(3)?.parse().ok()?;
    fields.next()?;
    Some(port).filter(|port| *port != 0)
}

/// A reply: its code, and its last line.
struct Reply {
    code: u16,
    text: String,
}

impl Reply {
    fn wants(&self, codes: std::ops::Range<u16>, what: &str) -> Result<(), Fault> {
        match codes.contains(&self.code) {
            true => Ok(()),
            false => Err(format!("{what}: {}", quoted(&self.text))),
        }
    }
}

async fn command(talk: &mut Talk, command: &str) -> Result<Reply, Fault> {
    talk.say(format!("{command}\r\n").as_bytes()).await?;
    reply(talk).await
}

/// One reply, of one line or of several.
async fn reply(talk: &mut Talk) -> Result<Reply, Fault> {
    let first = talk.line().await?;
    let digits = first.get(..3).filter(|code| code.bytes().all(|byte| byte.is_ascii_digit()));
    let Some(code) = digits.and_then(|code| code.parse().ok()) else {
        return Err(format!("no reply of FTP: {}", quoted(&first)));
    };
    let mut text = first.clone();
    if first.as_bytes().get(3) == Some(&b'-') {
        let end = format!("{} ", &first[..3]);
        let mut lines = 1;
        while !text.starts_with(&end) {
            lines += 1;
            if lines > MAX_REPLY_LINES {
                return Err(format!("a reply of more than {MAX_REPLY_LINES} lines"));
            }
            text = talk.line().await?;
        }
    }
    Ok(Reply { code, text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::small_server::{SmallServer, Step, run, say, target, torment};

    fn login() -> Login {
        Login { name: "anonymous".into(), password: "ulvs@".into() }
    }

    /// What is found, and what the control connection heard; `passive` is the reply with the port as `PORT`, in the form of
    /// PASV as `HI,LO`.
    fn fetched(passive: &str, file: Step, end: &str, expect: &str) -> (Outcome, Vec<String>) {
        run(async {
            let data = SmallServer::start(vec![vec![file]]).await;
            let port = data.at.port();
            let passive = passive
                .replace("PORT", &port.to_string())
                .replace("HI,LO", &format!("{},{}", port >> 8, port & 255));
            let mut steps = vec![say("220-Hello\r\n220x\r\n 220 x\r\n220 ready\r\n")];
            for text in ["331 password\r\n", "230 in\r\n", "200 binary\r\n"] {
                steps.extend([Step::Hear, say(text)]);
            }
            for text in passive.split_inclusive('\n') {
                steps.extend([Step::Hear, say(text)]);
            }
            steps.extend([Step::Hear, say("150 here it comes\r\n"), say(end), Step::Hear]);
            let control = SmallServer::start(vec![steps]).await;
            let pattern = Pattern { regex: expect.into() };
            let outcome = ask(&login(), "/pub/health.txt", &pattern, &target(control.at)).await;
            (outcome, control.heard())
        })
    }

    #[test]
    fn a_file_is_fetched_and_compared() {
        let pasv = "227 Entering Passive Mode (192,0,2,1,HI,LO).\r\n";
        let (outcome, _) = fetched(pasv, say("all is well\n"), "226 done\r\n", "is w[f-z]ll$");
        assert_eq!(outcome, Outcome::down("the file does not match"));
        let (outcome, heard) = fetched(pasv, say("all is well\n"), "226 done\r\n", "is w[a-f]ll$");
        // The address of PASV is a lie; the file came all the same.
        assert_eq!(outcome, Outcome::up("12 bytes"));
        let dialogue = ["USER anonymous", "PASS ulvs@", "TYPE I", "PASV", "RETR /pub/health.txt"];
        assert_eq!(heard[..5], dialogue);
    }

    #[test]
    fn epsv_where_pasv_is_refused() {
        let passive = "502 no\r\n229 Entering Extended Passive Mode (|||PORT|)\r\n";
        let (outcome, heard) = fetched(passive, say("x"), "226 done\r\n", "");
        assert_eq!(outcome, Outcome::up("1 bytes"));
        assert_eq!(heard[3..5], ["PASV", "EPSV"]);
        let (outcome, _) = fetched("502 no\r\n500 neither\r\n", say("x"), "", "");
        assert_eq!(outcome, Outcome::down("passive mode: 500 neither"));
        let (outcome, _) = fetched("227 (1,2,3)\r\n", say("x"), "", "");
        assert_eq!(outcome, Outcome::down("PASV names no port: 227 (1,2,3)"));
    }

    #[test]
    fn a_file_has_an_end() {
        let passive = "502 no\r\n229 (|||PORT|)\r\n";
        let (outcome, _) = fetched(passive, say("half of"), "426 broken\r\n", "");
        assert_eq!(outcome, Outcome::down("the end of the file: 426 broken"));
        let (outcome, _) = fetched(passive, Step::Endless(b"0123456789abcdef"), "", "9abc");
        assert_eq!(outcome, Outcome::up("the first 1024 KiB match"));
        let (outcome, _) = fetched(passive, Step::Endless(b"0123456789abcdef"), "", "xyz");
        assert_eq!(outcome, Outcome::down("the first 1024 KiB of the file do not match"));
    }

    #[test]
    fn refusals_are_told() {
        run(async {
            let steps =
                vec![say("220 ready\r\n"), Step::Hear, say("331 \r\n"), Step::Hear, say("530 no\r\n")];
            let server = SmallServer::start(vec![steps, vec![say("421 too many\r\n")]]).await;
            let at = target(server.at);
            let any = Pattern::default();
            assert_eq!(ask(&login(), "f", &any, &at).await, Outcome::down("PASS: 530 no"));
            assert_eq!(ask(&login(), "f", &any, &at).await, Outcome::down("the greeting: 421 too many"));
            let outcome = ask(&login(), "f\r\nDELE g", &any, &at).await;
            assert!(outcome.detail.starts_with("the file's name holds a line end"), "{outcome:?}");
        });
    }

    #[test]
    fn ipv6_has_no_pasv() {
        run(async {
            let mut talk = Talk::over(tokio::io::join(&b"229 ok (|||5001|)\r\n"[..], tokio::io::sink()));
            // The one reply is that to the one command.
            assert_eq!(passive(&mut talk, "[::1]:21".parse().unwrap()).await, Ok(5001));
        });
    }

    #[test]
    fn ports_are_read() {
        assert_eq!(pasv_port("227 Entering Passive Mode 10,0,0,1,19,137"), Some(5001));
        assert_eq!(pasv_port("227 ok (10,0,0,1,19,256)"), None);
        assert_eq!(pasv_port("227 ok (10,0,0,1,0,0)"), None);
        assert_eq!(pasv_port("227 ok"), None);
        assert_eq!(epsv_port("229 ok (!!!5001!)"), Some(5001));
        assert_eq!(epsv_port("229 ok (|||70000|)"), None);
        assert_eq!(epsv_port("229 ok (|||5001)"), None);
        assert_eq!(epsv_port("229 ok"), None);
    }

    #[test]
    fn is_not_led_astray() {
        torment(async |at: &Target| ask(&login(), "f", &Pattern::default(), at).await);
    }
}
