//! PostgreSQL: logs in (protocol 3.0) and asks for rows.

use super::secrets::{hex, md5};
use super::talk::{Fault, Talk, quoted};
use super::{Outcome, Target, dial, scram, secure};
use crate::lvs::SqlProbe;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The question whether the server speaks TLS.
const TLS_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
/// Version 3.0.
const VERSION: [u8; 4] = [0, 3, 0, 0];

/// Logs in and asks for rows.
pub(super) async fn ask(probe: &SqlProbe, target: &Target) -> Outcome {
    dialogue(probe, target).await.map_or_else(Outcome::down, Outcome::up)
}

async fn dialogue(probe: &SqlProbe, target: &Target) -> Result<String, Fault> {
    let texts = [&probe.login.name, &probe.login.password, &probe.database, &probe.query];
    if texts.into_iter().any(|text| text.contains('\0')) {
        return Err("a NUL cannot be said".into());
    }
    let mut talk = connect(target).await?;
    login(&mut talk, probe).await?;
    talk.say(&message(b'Q', &[probe.query.as_bytes(), b"\0"].concat())).await?;
    let rows = rows(&mut talk).await?;
    talk.part(&message(b'X', &[])).await;
    if rows == 0 { Err("no rows".into()) } else { Ok(format!("rows: {rows}")) }
}

/// Over TLS where the server speaks it, as its own clients do; in clear where it does not, or only versions of old.
async fn connect(target: &Target) -> Result<Talk, Fault> {
    let mut stream = dial::tcp(target.at, target).await.map_err(|error| format!("connection: {error}"))?;
    stream.write_all(&TLS_REQUEST).await.map_err(|error| format!("write: {error}"))?;
    match stream.read_u8().await.map_err(|error| format!("read: {error}"))? {
        b'S' => match secure::handshake(stream, target).await {
            Ok(talk) => Ok(talk),
            Err(_) => Talk::connect(target).await,
        },
        b'N' => Ok(Talk::over(stream)),
        _ => Err("no answer of PostgreSQL".into()),
    }
}

async fn login(talk: &mut Talk, probe: &SqlProbe) -> Result<(), Fault> {
    let name = &probe.login.name;
    let database = if probe.database.is_empty() { name } else { &probe.database };
    let mut text = VERSION.to_vec();
    for (key, value) in [("user", name.as_str()), ("database", database), ("application_name", "ulvs")] {
        text.extend([key.as_bytes(), b"\0", value.as_bytes(), b"\0"].concat());
    }
    text.push(0);
    talk.say(&[&(text.len() as u32 + 4).to_be_bytes(), &text[..]].concat()).await?;
    let mut scram = None;
    loop {
        let (kind, content) = answer(talk).await?;
        if kind == b'Z' {
            return Ok(());
        } else if kind != b'R' {
            continue;
        }
        let Some((code, data)) = content.split_first_chunk::<4>() else { return Err(garbled()) };
        match u32::from_be_bytes(*code) {
            0 => {}
            3 => talk.say(&message(b'p', &[probe.login.password.as_bytes(), b"\0"].concat())).await?,
            5 if data.len() == 4 => {
                let inner = hex(&md5(&[probe.login.password.as_bytes(), name.as_bytes()]));
                let outer = hex(&md5(&[inner.as_bytes(), data]));
                talk.say(&message(b'p', format!("md5{outer}\0").as_bytes())).await?;
            }
            10 => {
                if !data.split(|byte| *byte == 0).any(|name| name == scram::NAME.as_bytes()) {
                    return Err("the server takes none of the logins that are made here".into());
                }
                let begun = scram::Scram::begin(&probe.login.password)?;
                let first = begun.first();
                let len = (first.len() as u32).to_be_bytes();
                talk.say(&message(b'p', &[scram::NAME.as_bytes(), b"\0", &len, first.as_bytes()].concat()))
                    .await?;
                scram = Some(begun);
            }
            11 => {
                let scram = scram.as_mut().ok_or_else(garbled)?;
                talk.say(&message(b'p', scram.prove(&String::from_utf8_lossy(data))?.as_bytes())).await?;
            }
            12 => scram.as_ref().ok_or_else(garbled)?.verify(&String::from_utf8_lossy(data))?,
            kind => return Err(format!("the server wants a login of kind {kind}, which is not made here")),
        }
    }
}

/// How many rows come. That more come than are read does not matter.
async fn rows(talk: &mut Talk) -> Result<u64, Fault> {
    let mut rows = 0;
    loop {
        match answer(talk).await {
            Ok((b'D', _)) => rows += 1,
            Ok((b'Z', _)) => return Ok(rows),
            Ok((b'G' | b'H' | b'W', _)) => return Err("the query is a COPY".into()),
            Ok(_) => {}
            Err(_) if rows > 0 && talk.is_spent() => return Ok(rows),
            Err(fault) => return Err(fault),
        }
    }
}

fn message(kind: u8, content: &[u8]) -> Vec<u8> {
    [&[kind], &(content.len() as u32 + 4).to_be_bytes()[..], content].concat()
}

/// The next message; an error of the server's is a fault.
async fn answer(talk: &mut Talk) -> Result<(u8, Vec<u8>), Fault> {
    let head = talk.exactly(5).await?;
    let len = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
    if !head[0].is_ascii_alphabetic() || len < 4 {
        return Err(garbled());
    }
    let content = talk.exactly(len - 4).await?;
    if head[0] == b'E' { Err(error(&content)) } else { Ok((head[0], content)) }
}

/// An error's words, and its code.
fn error(content: &[u8]) -> Fault {
    let field = |wanted: u8| {
        let fields = content.split(|byte| *byte == 0);
        let found = fields.filter_map(<[u8]>::split_first).find(|(kind, _)| **kind == wanted);
        String::from_utf8_lossy(found.map_or(&[][..], |(_, text)| text)).into_owned()
    };
    quoted(&format!("error {}: {}", field(b'C'), field(b'M')))
}

fn garbled() -> Fault {
    "no message of PostgreSQL".into()
}

#[cfg(test)]
#[path = "pgsql_tests.rs"]
mod tests;
