use super::{Outcome, Target, dial};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Bytes that a reply may have, over all its lines.
const REPLY_LIMIT: usize = 16 << 10;
/// How long the farewell may take: it says nothing about the server.
const FAREWELL: Duration = Duration::from_millis(500);

/// Banner 220, HELO 250, QUIT.
pub(super) async fn ask(helo: &str, target: &Target) -> Outcome {
    match talk(helo, target).await {
        Ok(banner) => Outcome::up(banner),
        Err(fault) => Outcome::down(fault),
    }
}

async fn talk(helo: &str, target: &Target) -> Result<String, String> {
    if helo.contains(['\r', '\n', '\0']) {
        return Err("a line end in the HELO name".to_owned());
    }
    let stream = dial::tcp(target.at, target).await.map_err(|error| format!("connection: {error}"))?;
    let mut talk = Talk { stream, bytes: Vec::new() };
    let banner = talk.expect("220", "banner").await?;
    talk.say(&format!("HELO {helo}\r\n")).await?;
    talk.expect("250", "HELO").await?;
    // Whether it also says goodbye is its own affair, but it shall not find the connection broken.
    let farewell = async {
        talk.say("QUIT\r\n").await?;
        talk.reply("QUIT").await
    };
    let _ = tokio::time::timeout(FAREWELL, farewell).await;
    Ok(banner)
}

struct Talk {
    stream: TcpStream,
    bytes: Vec<u8>,
}

impl Talk {
    async fn say(&mut self, line: &str) -> Result<(), String> {
        self.stream.write_all(line.as_bytes()).await.map_err(|error| format!("sending: {error}"))
    }

    async fn expect(&mut self, code: &str, to: &str) -> Result<String, String> {
        let reply = self.reply(to).await?;
        if reply.starts_with(code) { Ok(reply) } else { Err(format!("{to}: {reply}, not {code}")) }
    }

    /// The last line of a reply: `250-` goes on, `250 ` ends.
    async fn reply(&mut self, to: &str) -> Result<String, String> {
        let mut seen = 0;
        loop {
            while let Some(end) = self.bytes.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.bytes.drain(..=end).collect();
                seen += line.len();
                if line.get(3) != Some(&b'-') {
                    return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
                }
            }
            if seen + self.bytes.len() > REPLY_LIMIT {
                return Err(format!("{to}: a reply of more than {REPLY_LIMIT} bytes"));
            }
            match self.stream.read_buf(&mut self.bytes).await {
                Ok(0) => return Err(format!("{to}: closed without a reply")),
                Ok(_) => {}
                Err(error) => return Err(format!("{to}: {error}")),
            }
        }
    }
}
