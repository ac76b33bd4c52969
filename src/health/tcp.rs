use super::{Outcome, Target, dial};
use socket2::SockRef;

/// Connects, and takes its leave in good order: a server whose `accept` finds a connection that is gone already may well
/// complain. Only where the source port is given must the next try not find it in use.
pub(super) async fn ask(target: &Target) -> Outcome {
    match dial::tcp(target.at, target).await {
        Ok(stream) => {
            if target.origin.port.is_none() {
                let _ = SockRef::from(&stream).set_linger(None);
            }
            Outcome::up("connected")
        }
        Err(error) => Outcome::down(format!("connection: {error}")),
    }
}
