//! MySQL and MariaDB: logs in (protocol 4.1) and asks for rows.

use super::mysql_login::{Greeting, Login};
use super::talk::{Fault, Talk, quoted};
use super::{Outcome, Target, dial, secure};
use crate::lvs::SqlProbe;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// The longest greeting.
const MAX_GREETING: usize = 4 << 10;
const COM_QUIT: u8 = 1;
const COM_QUERY: u8 = 3;

/// Logs in and asks for rows.
pub(super) async fn ask(probe: &SqlProbe, target: &Target) -> Outcome {
    dialogue(probe, target).await.map_or_else(Outcome::down, Outcome::up)
}

async fn dialogue(probe: &SqlProbe, target: &Target) -> Result<String, Fault> {
    let texts = [&probe.login.name, &probe.login.password, &probe.database];
    if texts.into_iter().any(|text| text.contains('\0')) {
        return Err("a NUL cannot be said".into());
    }
    let (mut packets, greeting) = connect(&probe.database, target).await?;
    login(&mut packets, probe, &greeting).await?;
    packets.say_first(&[&[COM_QUERY], probe.query.as_bytes()].concat()).await?;
    let rows = rows(&mut packets).await?;
    packets.next = 0;
    packets.talk.part(&packet(0, &[COM_QUIT])).await;
    if rows == 0 { Err("no rows".into()) } else { Ok(format!("rows: {rows}")) }
}

/// Over TLS where the server speaks it; in clear where it does not, or only versions of old. No password is ever said in
/// clear.
async fn connect(database: &str, target: &Target) -> Result<(Packets, Greeting), Fault> {
    let (stream, greeting) = greeted(target).await?;
    if !greeting.speaks_tls() {
        return Ok((Packets { talk: Talk::over(stream), next: 1, is_secret: false }, greeting));
    }
    let wish = packet(1, &greeting.opening(database, true));
    let secret = async {
        let mut stream = stream;
        tokio::io::AsyncWriteExt::write_all(&mut stream, &wish)
            .await
            .map_err(|error| format!("write: {error}"))?;
        secure::handshake(stream, target).await
    };
    if let Ok(talk) = secret.await {
        return Ok((Packets { talk, next: 2, is_secret: true }, greeting));
    }
    let (stream, greeting) = greeted(target).await?;
    Ok((Packets { talk: Talk::over(stream), next: 1, is_secret: false }, greeting))
}

/// Connects and reads the greeting, and nothing behind it: TLS may begin there.
async fn greeted(target: &Target) -> Result<(TcpStream, Greeting), Fault> {
    let mut stream = dial::tcp(target.at, target).await.map_err(|error| format!("connection: {error}"))?;
    let fault = |error| format!("read: {error}");
    let mut head = [0; 4];
    stream.read_exact(&mut head).await.map_err(fault)?;
    let len = length(&head);
    if len == 0 || len > MAX_GREETING {
        return Err(garbled());
    }
    let mut bytes = vec![0; len];
    stream.read_exact(&mut bytes).await.map_err(fault)?;
    if bytes[0] == 0xff {
        return Err(error(&bytes));
    }
    let greeting = Greeting::parse(&bytes).ok_or_else(|| match bytes[0] {
        10 => garbled(),
        version => format!("a greeting of version {version}, not 10"),
    })?;
    Ok((stream, greeting))
}

async fn login(packets: &mut Packets, probe: &SqlProbe, greeting: &Greeting) -> Result<(), Fault> {
    let mut login = Login::new(&probe.login, greeting, packets.is_secret);
    packets.say(&login.response(&probe.database)).await?;
    loop {
        let answer = packets.answer().await?;
        match answer.split_first() {
            Some((0, _)) => return Ok(()),
            Some((0xfe, rest)) => {
                let said = login.switched(rest)?;
                packets.say(&said).await?;
            }
            Some((1, rest)) => {
                if let Some(said) = login.more(rest)? {
                    packets.say(&said).await?;
                }
            }
            _ => return Err(garbled()),
        }
    }
}

/// How many rows come. That more come than are read does not matter.
async fn rows(packets: &mut Packets) -> Result<u64, Fault> {
    match packets.answer().await?.first() {
        Some(0) => return Err("the query gives no rows, only that it was done".into()),
        Some(0xfb) => return Err("the query wants a file of the director's".into()),
        Some(0xfe) | None => return Err(garbled()),
        Some(_) => {}
    }
    // The columns, and what ends them.
    while !is_end(&packets.answer().await?) {}
    let mut rows = 0;
    loop {
        match packets.answer().await {
            Ok(answer) if is_end(&answer) => return Ok(rows),
            Ok(_) => rows += 1,
            Err(_) if rows > 0 && packets.talk.is_spent() => return Ok(rows),
            Err(fault) => return Err(fault),
        }
    }
}

/// Of columns, or of rows.
fn is_end(answer: &[u8]) -> bool {
    answer.first() == Some(&0xfe) && answer.len() < 9
}

/// Packets over a conversation.
struct Packets {
    talk: Talk,
    /// The number of the next packet, whoever sends it.
    next: u8,
    is_secret: bool,
}

impl Packets {
    async fn say(&mut self, content: &[u8]) -> Result<(), Fault> {
        if content.len() >= 0xff_ffff {
            return Err("more than 16 MiB cannot be said".into());
        }
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        self.talk.say(&packet(number, content)).await
    }

    /// The first of a new exchange.
    async fn say_first(&mut self, content: &[u8]) -> Result<(), Fault> {
        self.next = 0;
        self.say(content).await
    }

    /// The next packet; an error of the server's is a fault.
    async fn answer(&mut self) -> Result<Vec<u8>, Fault> {
        let head = self.talk.exactly(4).await?;
        if head[3] != self.next {
            return Err("a packet out of order".into());
        }
        self.next = self.next.wrapping_add(1);
        let content = self.talk.exactly(length(&head)).await?;
        if content.first() == Some(&0xff) { Err(error(&content)) } else { Ok(content) }
    }
}

fn packet(number: u8, content: &[u8]) -> Vec<u8> {
    let len = (content.len() as u32).to_le_bytes();
    [&[len[0], len[1], len[2], number], content].concat()
}

fn length(head: &[u8]) -> usize {
    u32::from_le_bytes([head[0], head[1], head[2], 0]) as usize
}

/// An error's number and words; the state's name, which begins with `#`, is left out.
fn error(content: &[u8]) -> Fault {
    let [_, low, high, rest @ ..] = content else { return garbled() };
    let words = match rest {
        [b'#', rest @ ..] => rest.get(5..).unwrap_or_default(),
        _ => rest,
    };
    quoted(&format!("error {}: {}", u16::from_le_bytes([*low, *high]), String::from_utf8_lossy(words)))
}

fn garbled() -> Fault {
    "no packet of MySQL".into()
}

#[cfg(test)]
#[path = "mysql_tests.rs"]
mod tests;
