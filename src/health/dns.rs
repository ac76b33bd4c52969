use super::dns_wire::{Answer, answer, question, rcode_name};
use super::{Outcome, Target, dial, dice, search};
use crate::lvs::DnsProbe;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Asks one question.
pub(super) async fn ask(probe: &DnsProbe, target: &Target) -> Outcome {
    let question = match question(dice::roll() as u16, &probe.name, &probe.kind) {
        Ok(question) => question,
        Err(fault) => return Outcome::down(fault),
    };
    let answered =
        if probe.tcp { over_tcp(&question, target).await } else { over_udp(&question, target).await };
    match answered.and_then(|answer| judge(probe, &answer)) {
        Ok(detail) => Outcome::up(detail),
        Err(fault) => Outcome::down(fault),
    }
}

/// Other people's answers, which anybody can send, are passed over; the socket is connected, so that they must at
/// least pretend to come from the server.
async fn over_udp(question: &[u8], target: &Target) -> Result<Answer, String> {
    let socket = dial::udp(target.at, target).await.map_err(|error| format!("socket: {error}"))?;
    socket.send(question).await.map_err(|error| format!("sending: {error}"))?;
    let mut bytes = vec![0; 1 << 16];
    loop {
        let length = socket.recv(&mut bytes).await.map_err(|error| format!("answer: {error}"))?;
        if let Some(answer) = answer(question, &bytes[..length]) {
            return Ok(answer);
        }
    }
}

async fn over_tcp(question: &[u8], target: &Target) -> Result<Answer, String> {
    let mut stream = dial::tcp(target.at, target).await.map_err(|error| format!("connection: {error}"))?;
    let length = u16::try_from(question.len()).map_err(|error| error.to_string())?;
    let sent = [&length.to_be_bytes()[..], question].concat();
    stream.write_all(&sent).await.map_err(|error| format!("sending: {error}"))?;
    let length = stream.read_u16().await.map_err(|error| format!("answer: {error}"))?;
    let mut bytes = vec![0; usize::from(length)];
    stream.read_exact(&mut bytes).await.map_err(|error| format!("answer: {error}"))?;
    answer(question, &bytes).ok_or_else(|| "an answer to something else".to_owned())
}

fn judge(probe: &DnsProbe, answer: &Answer) -> Result<String, String> {
    if answer.rcode != 0 {
        return Err(format!("RCODE {} ({})", answer.rcode, rcode_name(answer.rcode)));
    }
    let Some(expect) = &probe.expect else { return Ok(format!("{} answers", answer.texts.len())) };
    for text in &answer.texts {
        if search::matches(expect, text)? {
            return Ok(text.clone());
        }
    }
    let cut = if answer.is_cut { ", and the answer is cut" } else { "" };
    Err(format!("none of {} answers matches /{}/{cut}", answer.texts.len(), expect.regex))
}
