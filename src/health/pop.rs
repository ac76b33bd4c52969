//! POP3: a greeting, and a login.

use super::talk::{Fault, Talk, in_one_line, quoted};
use super::{Outcome, Target, secure};
use crate::lvs::Login;

/// Lines of a list of what a server can.
const MAX_LIST: usize = 100;

/// Is greeted, and logs in if there is a login.
pub(super) async fn ask(tls: bool, login: Option<&Login>, target: &Target) -> Outcome {
    dialogue(tls, login, target).await.map_or_else(Outcome::down, Outcome::up)
}

async fn dialogue(tls: bool, login: Option<&Login>, target: &Target) -> Result<String, Fault> {
    let mut talk = secure::connect(tls, target).await?;
    let greeting = talk.line().await?;
    wants_ok("the greeting", &greeting)?;
    let Some(login) = login else {
        talk.part(b"QUIT\r\n").await;
        return Ok(quoted(&greeting));
    };
    for (word, what, text) in [("USER", "the name", &login.name), ("PASS", "the password", &login.password)] {
        talk.say(format!("{word} {}\r\n", in_one_line(what, text)?).as_bytes()).await?;
        let answer = talk.line().await?;
        if let Err(fault) = wants_ok(word, &answer) {
            let hint = if !tls && offers_tls(&mut talk).await { secure::ONLY_AFTER_STARTTLS } else { "" };
            return Err(format!("{fault}{hint}"));
        }
    }
    talk.part(b"QUIT\r\n").await;
    Ok("logged in".into())
}

fn wants_ok(what: &str, answer: &str) -> Result<(), Fault> {
    let is_ok = answer.split([' ', '\t']).next() == Some("+OK");
    if is_ok { Ok(()) } else { Err(format!("{what}: {}", quoted(answer))) }
}

/// Does it offer STLS? Asked only after a refusal, to tell why.
async fn offers_tls(talk: &mut Talk) -> bool {
    if talk.say(b"CAPA\r\n").await.is_err()
        || !matches!(talk.line().await, Ok(line) if line.starts_with("+OK"))
    {
        return false;
    }
    for _ in 0..MAX_LIST {
        match talk.line().await.as_deref() {
            Ok("STLS") => return true,
            Ok(".") | Err(_) => return false,
            Ok(_) => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::small_server::{Step, played, say, torment};

    fn login() -> Login {
        Login { name: "probe".into(), password: "pass word".into() }
    }

    #[test]
    fn a_greeting_is_enough_without_a_login() {
        let (outcome, _) = played(vec![say("+OK ready\r\n")], async |at: &Target| ask(false, None, at).await);
        assert_eq!(outcome, Outcome::up("+OK ready"));
        let (outcome, _) = played(vec![say("+OKAY\r\n")], async |at: &Target| ask(false, None, at).await);
        assert_eq!(outcome, Outcome::down("the greeting: +OKAY"));
    }

    #[test]
    fn a_login_is_made() {
        let steps = vec![say("+OK\r\n"), Step::Hear, say("+OK\r\n"), Step::Hear, say("+OK 3 messages\r\n")];
        let (outcome, heard) = played(steps, async |at: &Target| ask(false, Some(&login()), at).await);
        assert_eq!(outcome, Outcome::up("logged in"));
        assert_eq!(heard, ["USER probe", "PASS pass word"]);
    }

    #[test]
    fn a_refusal_is_told_with_its_likely_reason() {
        let refused = |list: &str| {
            vec![say("+OK\r\n"), Step::Hear, say("-ERR not in clear\r\n"), Step::Hear, say(list)]
        };
        let (outcome, heard) =
            played(refused("+OK\r\nSTLS\r\n.\r\n"), async |at: &Target| ask(false, Some(&login()), at).await);
        assert_eq!(outcome.detail, format!("USER: -ERR not in clear{}", secure::ONLY_AFTER_STARTTLS));
        assert_eq!(heard, ["USER probe", "CAPA"]);
        for list in ["+OK\r\nTOP\r\n.\r\n", "-ERR\r\n", ""] {
            let (outcome, _) =
                played(refused(list), async |at: &Target| ask(false, Some(&login()), at).await);
            assert_eq!(outcome, Outcome::down("USER: -ERR not in clear"));
        }
    }

    #[test]
    fn is_not_led_astray() {
        for tls in [false, true] {
            torment(async |at: &Target| ask(tls, Some(&login()), at).await);
        }
    }
}
