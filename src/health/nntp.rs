//! NNTP: a greeting.

use super::talk::{Fault, Talk, quoted};
use super::{Outcome, Target};

/// The greeting begins with 2: 200, posting is allowed, or 201, it is not.
pub(super) async fn ask(target: &Target) -> Outcome {
    greeting(target).await.map_or_else(Outcome::down, Outcome::up)
}

async fn greeting(target: &Target) -> Result<String, Fault> {
    let mut talk = Talk::connect(target).await?;
    let greeting = talk.line().await?;
    if !greeting.starts_with('2') {
        return Err(format!("the greeting is not 2..: {}", quoted(&greeting)));
    }
    talk.part(b"QUIT\r\n").await;
    Ok(quoted(&greeting))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::small_server::{Step, played, say, torment};

    #[test]
    fn greetings_of_two_hundred_are_well() {
        let (outcome, heard) =
            played(vec![say("201 news.test ready, no posting\r\n"), Step::HearAll], async |at: &Target| {
                ask(at).await
            });
        assert_eq!(outcome, Outcome::up("201 news.test ready, no posting"));
        assert_eq!(heard, ["QUIT\r\n"]);
    }

    #[test]
    fn others_are_not() {
        let (outcome, _) = played(vec![say("400 full\r\n")], async |at: &Target| ask(at).await);
        assert_eq!(outcome, Outcome::down("the greeting is not 2..: 400 full"));
    }

    #[test]
    fn is_not_led_astray() {
        torment(async |at: &Target| ask(at).await);
    }
}
