//! A question in a datagram, asked again until it is answered.

use super::talk::Fault;
use super::{Target, dial};
use std::time::Duration;
use tokio::net::UdpSocket;

/// The largest answer.
pub(super) const MAX_DATAGRAM: usize = 64 << 10;
/// From the first time it is asked to the second; then twice as long, and so on up to the other.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// Connects, so that ICMP errors are heard and only the target's datagrams.
pub(super) async fn connect(target: &Target) -> Result<UdpSocket, Fault> {
    dial::udp(target.at, target).await.map_err(|error| format!("socket: {error}"))
}

/// Asks until `judge` finds an answer in what comes; `None` from it: this datagram is none, wait on. Never ends without: the
/// caller has a timeout.
pub(super) async fn ask<T>(
    socket: &UdpSocket,
    question: &[u8],
    judge: impl Fn(&[u8]) -> Option<Result<T, Fault>>,
) -> Result<T, Fault> {
    let mut bytes = vec![0; MAX_DATAGRAM];
    let mut pause = FIRST_PAUSE;
    loop {
        socket.send(question).await.map_err(|error| format!("write: {error}"))?;
        let answer = async {
            loop {
                let len = socket.recv(&mut bytes).await.map_err(|error| format!("read: {error}"))?;
                if let Some(answer) = judge(&bytes[..len]) {
                    return answer;
                }
            }
        };
        if let Ok(answer) = tokio::time::timeout(pause, answer).await {
            return answer;
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
