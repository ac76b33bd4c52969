//! Conversations that are secret from the start, where the check wants that. Whose certificate it is nobody asks.

use super::talk::{Fault, Talk};
use super::{Target, dial, tls};
use crate::lvs::Tls;
use tokio::net::TcpStream;

/// What is added to the refusal of a login in clear by a server that would change over to TLS.
pub(super) const ONLY_AFTER_STARTTLS: &str =
    " (it offers STARTTLS, which is not made here: ask for TLS from the start, at the port for that)";

/// Connects; with `tls`, shakes hands.
pub(super) async fn connect(tls: bool, target: &Target) -> Result<Talk, Fault> {
    if !tls {
        return Talk::connect(target).await;
    }
    let stream = dial::tcp(target.at, target).await.map_err(|error| format!("connection: {error}"))?;
    handshake(stream, target).await
}

/// Shakes hands over a connection.
pub(super) async fn handshake(stream: TcpStream, target: &Target) -> Result<Talk, Fault> {
    match tls::over(stream, &Tls::default(), target.at.ip()).await {
        Ok(secured) => Ok(Talk::over(secured.stream)),
        Err(error) if error.to_string().contains("InvalidContentType") => {
            Err("TLS: the server's answer is not TLS: does it begin in clear at this port?".into())
        }
        Err(error) => Err(format!("TLS: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::Outcome;
    use crate::health::small_server::{played, say};

    #[test]
    fn a_greeting_in_clear_is_told() {
        let (outcome, _) = played(vec![say("* OK ready, and in clear\r\n")], async |at: &Target| {
            connect(true, at).await.map_or_else(Outcome::down, |_| Outcome::up(""))
        });
        assert!(outcome.detail.contains("is not TLS"), "{outcome:?}");
    }
}
