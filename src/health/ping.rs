use super::{Outcome, Target, dial, dice};
use std::net::IpAddr;
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

/// Bytes behind the header: no two pings have the same.
const TOKEN_BYTES: usize = 16;

/// Sends `tries` echo requests, evenly within `limit`; any answer to any of them is enough.
pub(super) async fn ask(tries: u32, limit: Duration, target: &Target) -> Outcome {
    match ping(tries.max(1), limit, target).await {
        Ok(detail) => Outcome::up(detail),
        Err(fault) => Outcome::down(fault),
    }
}

async fn ping(tries: u32, limit: Duration, target: &Target) -> Result<String, String> {
    let addr = target.at.ip();
    let (socket, is_raw) =
        dial::icmp(addr, &target.origin).await.map_err(|error| format!("ICMP socket: {error}"))?;
    let echo = Echo::new(addr, is_raw);
    let began = Instant::now();
    let mut fault = None;
    for number in 1..=tries {
        let request = echo.request(u16::try_from(number).unwrap_or(u16::MAX));
        if let Err(error) = socket.send(&request).await {
            fault = Some(format!("sending: {error}"));
        }
        let until = began + limit.mul_f64(f64::from(number) / f64::from(tries));
        match timeout_at(until, answer(&socket, &echo)).await {
            Ok(Ok(())) => return Ok(format!("echo reply to request {number} of {tries}")),
            Ok(Err(error)) => {
                fault = Some(error);
                tokio::time::sleep_until(until).await;
            }
            Err(_) => {}
        }
    }
    Err(fault.unwrap_or_else(|| format!("no echo reply to {tries} requests within {limit:?}")))
}

async fn answer(socket: &UdpSocket, echo: &Echo) -> Result<(), String> {
    let mut packet = [0; 1500];
    loop {
        let length = socket.recv(&mut packet).await.map_err(|error| format!("answer: {error}"))?;
        if echo.is_answered_by(&packet[..length]) {
            return Ok(());
        }
    }
}

struct Echo {
    is_v4: bool,
    is_raw: bool,
    /// A socket that is not raw has its own from the kernel, which then also sorts the answers.
    id: u16,
    token: [u8; TOKEN_BYTES],
}

impl Echo {
    fn new(addr: IpAddr, is_raw: bool) -> Self {
        let token = (u128::from(dice::roll()) << 64 | u128::from(dice::roll())).to_be_bytes();
        Self { is_v4: addr.is_ipv4(), is_raw, id: dice::roll() as u16, token }
    }

    fn request(&self, number: u16) -> [u8; 8 + TOKEN_BYTES] {
        let mut packet = [0; 8 + TOKEN_BYTES];
        packet[0] = if self.is_v4 { 8 } else { 128 };
        packet[4..6].copy_from_slice(&self.id.to_be_bytes());
        packet[6..8].copy_from_slice(&number.to_be_bytes());
        packet[8..].copy_from_slice(&self.token);
        // That of ICMPv6 the kernel fills in: it covers addresses that only the kernel knows.
        if self.is_v4 {
            let sum = checksum(&packet);
            packet[2..4].copy_from_slice(&sum.to_be_bytes());
        }
        packet
    }

    fn is_answered_by(&self, packet: &[u8]) -> bool {
        // Raw IPv4 sockets alone give the IP header too.
        let packet = if self.is_v4 && self.is_raw {
            let words = packet.first().map_or(0, |first| usize::from(first & 0x0f));
            packet.get(words * 4..).unwrap_or_default()
        } else {
            packet
        };
        let kind = if self.is_v4 { 0 } else { 129 };
        packet.len() >= 8 + TOKEN_BYTES
            && packet[0] == kind
            && (!self.is_raw || packet[4..6] == self.id.to_be_bytes())
            && packet[8..8 + TOKEN_BYTES] == self.token
    }
}

fn checksum(bytes: &[u8]) -> u16 {
    let sum: u32 =
        bytes.chunks(2).map(|two| u32::from(two[0]) << 8 | two.get(1).map_or(0, |b| u32::from(*b))).sum();
    let sum = (sum >> 16) + (sum & 0xffff);
    !((sum >> 16) + sum) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_and_answers() {
        for (addr, is_raw) in [("10.0.0.1", true), ("10.0.0.1", false), ("::1", true), ("::1", false)] {
            let echo = Echo::new(addr.parse().unwrap(), is_raw);
            let request = echo.request(3);
            assert_eq!(request[6..8], [0, 3]);
            let mut reply = request.to_vec();
            reply[0] = if echo.is_v4 { 0 } else { 129 };
            let ip = if echo.is_v4 && is_raw { [&[0x46_u8][..], &[0; 23]].concat() } else { Vec::new() };
            let packet = |reply: &[u8]| [&ip[..], reply].concat();
            assert!(echo.is_answered_by(&packet(&reply)), "{addr} {is_raw}");
            assert!(!echo.is_answered_by(&packet(&request)), "one's own request, on loopback");
            assert!(!echo.is_answered_by(&packet(&reply[..reply.len() - 1])));
            assert!(!echo.is_answered_by(&[]));
            let mut other = reply.clone();
            other[20] ^= 1;
            assert!(!echo.is_answered_by(&packet(&other)), "somebody else's");
            let mut other = reply;
            other[4] ^= 1;
            assert_eq!(
                echo.is_answered_by(&packet(&other)),
                !is_raw,
                "the kernel changes the id of its own sockets"
            );
        }
    }

    #[test]
    fn checksums() {
        let echo = Echo::new("10.0.0.1".parse().unwrap(), true);
        assert_eq!(checksum(&echo.request(1)), 0);
        assert_eq!(checksum(&[8, 0, 0, 0, 0, 1, 0, 1]), 0xf7fd);
    }
}
