use super::{Outcome, Target, dial};

/// Connects.
pub(super) async fn ask(target: &Target) -> Outcome {
    match dial::tcp(target.at, &target.origin).await {
        Ok(_) => Outcome::up("connected"),
        Err(error) => Outcome::down(format!("connection: {error}")),
    }
}
