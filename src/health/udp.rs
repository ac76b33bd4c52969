use super::{Outcome, Target, dial, dice};
use crate::lvs::UdpProbe;

/// Bytes of a random payload.
const RANDOM_BYTES: usize = 32;

/// Sends a datagram and waits for what comes: an answer, or an ICMP error. If neither does it waits on, and the caller's
/// timeout ends it: see [`silence`].
pub(super) async fn ask(probe: &UdpProbe, target: &Target) -> Outcome {
    match exchange(probe, target).await {
        Ok(detail) => Outcome::up(detail),
        Err(fault) => Outcome::down(fault),
    }
}

/// What it means that nothing came in time; `None`: that nothing may be said.
pub(super) fn silence(probe: &UdpProbe) -> Option<Outcome> {
    (!probe.needs_reply).then(|| Outcome::up("no ICMP error"))
}

async fn exchange(probe: &UdpProbe, target: &Target) -> Result<String, String> {
    let socket = dial::udp(target.at, target).await.map_err(|error| format!("socket: {error}"))?;
    let payload = probe.payload.clone().unwrap_or_else(random);
    socket.send(&payload).await.map_err(|error| format!("sending: {error}"))?;
    let mut reply = vec![0; 1 << 16];
    let length = socket.recv(&mut reply).await.map_err(|error| format!("answer: {error}"))?;
    let reply = &reply[..length];
    if length < usize::from(probe.min_reply) {
        return Err(format!("a reply of {length} bytes, fewer than {}", probe.min_reply));
    }
    if probe.max_reply > 0 && length > usize::from(probe.max_reply) {
        return Err(format!("a reply of {length} bytes, more than {}", probe.max_reply));
    }
    if !begins(reply, &probe.reply) {
        return Err(format!("a reply of {length} bytes that does not match"));
    }
    Ok(format!("a reply of {length} bytes"))
}

fn begins(reply: &[u8], wanted: &[(u8, u8)]) -> bool {
    reply.len() >= wanted.len()
        && reply.iter().zip(wanted).all(|(byte, (wanted, mask))| byte & mask == wanted & mask)
}

fn random() -> Vec<u8> {
    (0..RANDOM_BYTES / 8).flat_map(|_| dice::roll().to_ne_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_have_masks() {
        let wanted = [(0x12, 0xff), (0x30, 0xf0), (0, 0)];
        assert!(begins(&[0x12, 0x3f, 9], &wanted));
        assert!(begins(&[0x12, 0x30, 0, 7], &wanted));
        assert!(!begins(&[0x12, 0x4f, 9], &wanted));
        assert!(!begins(&[0x12, 0x3f], &wanted), "shorter than the pattern");
        assert!(begins(&[], &[]));
    }

    #[test]
    fn random_payloads_differ() {
        assert_eq!(random().len(), RANDOM_BYTES);
        assert_ne!(random(), random());
    }
}
