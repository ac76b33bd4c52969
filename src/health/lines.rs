//! ldirectord's `simpletcp`: something is sent, and some line of the answer matches.

use super::talk::{Fault, Talk};
use super::{Outcome, Target, search};
use crate::lvs::Pattern;

/// Sends, says that nothing more will come, and reads lines until one matches.
pub(super) async fn ask(send: &str, expect: &Pattern, target: &Target) -> Outcome {
    dialogue(send, expect, target).await.map_or_else(Outcome::down, Outcome::up)
}

async fn dialogue(send: &str, expect: &Pattern, target: &Target) -> Result<String, Fault> {
    let mut talk = Talk::connect(target).await?;
    talk.say(send.as_bytes()).await?;
    talk.half_close().await?;
    let mut number = 0;
    while let Some(line) = talk.next_line().await? {
        number += 1;
        if search::matches(expect, &String::from_utf8_lossy(&line))? {
            return Ok(format!("line {number} matches"));
        }
    }
    Err(match number {
        0 => "no line came".into(),
        1 => "the one line does not match".into(),
        _ => format!("none of {number} lines matches"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::small_server::{Step, played, say, torment};

    fn asked(regex: &str, answer: &str) -> (Outcome, Vec<String>) {
        let pattern = Pattern { regex: regex.into() };
        played(vec![Step::HearAll, say(answer)], async |at: &Target| ask("status\nall\n", &pattern, at).await)
    }

    #[test]
    fn one_line_that_matches_is_enough() {
        let (outcome, heard) = asked("^OK", "busy\nOK 3\nend\n");
        assert_eq!(outcome, Outcome::up("line 2 matches"));
        assert_eq!(heard, ["status\nall\n"], "all was sent, and its end was seen");
        assert_eq!(asked("^OK$", "OK").0, Outcome::up("line 1 matches"), "a last line without its end");
        assert_eq!(asked("", "x\n").0, Outcome::up("line 1 matches"));
    }

    #[test]
    fn none_is_not() {
        assert_eq!(asked("^OK", "not OK\n").0, Outcome::down("the one line does not match"));
        assert_eq!(asked("OK", "a\nb\n").0, Outcome::down("none of 2 lines matches"));
        assert_eq!(asked("", "").0, Outcome::down("no line came"));
        assert!(asked("(", "x").0.detail.contains("is not a regular expression"));
    }

    #[test]
    fn is_not_led_astray() {
        let pattern = &Pattern { regex: "^never$".into() };
        torment(async |at: &Target| ask("", pattern, at).await);
    }
}
