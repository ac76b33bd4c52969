//! IMAP: a greeting, and a login.

use super::talk::{Fault, Talk, quoted};
use super::{Outcome, Target, secure};
use crate::lvs::Login;

/// Untagged lines before an answer.
const MAX_UNTAGGED: usize = 200;

/// Is greeted, and logs in if there is a login.
pub(super) async fn ask(tls: bool, login: Option<&Login>, target: &Target) -> Outcome {
    dialogue(tls, login, target).await.map_or_else(Outcome::down, Outcome::up)
}

async fn dialogue(tls: bool, login: Option<&Login>, target: &Target) -> Result<String, Fault> {
    let mut talk = secure::connect(tls, target).await?;
    let greeting = talk.line().await?;
    let word = greeting.strip_prefix("* ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    if !matches!(word.to_ascii_uppercase().as_str(), "OK" | "PREAUTH") {
        return Err(format!("the greeting: {}", quoted(&greeting)));
    }
    // Known already, whoever asks.
    let Some(login) = login.filter(|_| !word.eq_ignore_ascii_case("PREAUTH")) else {
        talk.part(b"a1 LOGOUT\r\n").await;
        return Ok(quoted(&greeting));
    };
    talk.say(b"a1 CAPABILITY\r\n").await?;
    let (_, able) = tagged(&mut talk, "a1").await?;
    let is_able = |what: &str| able.iter().any(|word| word.eq_ignore_ascii_case(what));
    if is_able("LOGINDISABLED") {
        let hint = if !tls && is_able("STARTTLS") { secure::ONLY_AFTER_STARTTLS } else { "" };
        return Err(format!("the server takes no login here{hint}"));
    }
    talk.say(b"a2 LOGIN ").await?;
    argument(&mut talk, &login.name, " ").await?;
    argument(&mut talk, &login.password, "\r\n").await?;
    let (answer, _) = tagged(&mut talk, "a2").await?;
    if !answer.get(..2).is_some_and(|word| word.eq_ignore_ascii_case("OK")) {
        let hint = if !tls && is_able("STARTTLS") { secure::ONLY_AFTER_STARTTLS } else { "" };
        return Err(format!("LOGIN: {}{hint}", quoted(&answer)));
    }
    talk.part(b"a3 LOGOUT\r\n").await;
    Ok("logged in".into())
}

/// A quoted string where it can be one, otherwise a literal, for which the server must say that it waits.
async fn argument(talk: &mut Talk, text: &str, behind: &str) -> Result<(), Fault> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        let text = text.replace('\\', "\\\\").replace('"', "\\\"");
        return talk.say(format!("\"{text}\"{behind}").as_bytes()).await;
    }
    talk.say(format!("{{{}}}\r\n", text.len()).as_bytes()).await?;
    loop {
        let line = talk.line().await?;
        if line.starts_with('+') {
            break;
        } else if !line.starts_with("* ") {
            return Err(format!("LOGIN: {}", quoted(&line)));
        }
    }
    talk.say(format!("{text}{behind}").as_bytes()).await
}

/// The answer with this tag, without the tag; and the words of the list of what the server can, if one came before.
async fn tagged(talk: &mut Talk, tag: &str) -> Result<(String, Vec<String>), Fault> {
    let mut able = Vec::new();
    for _ in 0..MAX_UNTAGGED {
        let line = talk.line().await?;
        if let Some(answer) = line.strip_prefix(tag).and_then(|rest| rest.strip_prefix(' ')) {
            return Ok((answer.to_owned(), able));
        }
        if let Some(list) = line.strip_prefix("* CAPABILITY ") {
            able = list.split_ascii_whitespace().map(str::to_owned).collect();
        } else if !line.starts_with("* ") {
            return Err(format!("no answer of IMAP: {}", quoted(&line)));
        } else if line.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("* BYE")) {
            return Err(quoted(&line));
        }
    }
    Err(format!("more than {MAX_UNTAGGED} lines before the answer"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::small_server::{Step, played, say, torment};

    fn login(password: &str) -> Login {
        Login { name: "probe".into(), password: password.into() }
    }

    fn logged_in(able: &str, password: &str, answers: &[&str]) -> (Outcome, Vec<String>) {
        let mut steps = vec![say("* OK ready\r\n"), Step::Hear];
        steps.push(say(&format!("* CAPABILITY IMAP4rev1 {able}\r\na1 OK\r\n")));
        for answer in answers {
            steps.extend([Step::Hear, say(answer)]);
        }
        played(steps, async |at: &Target| ask(false, Some(&login(password)), at).await)
    }

    #[test]
    fn a_greeting_is_enough_without_a_login() {
        for (greeting, is_up) in
            [("* OK ready", true), ("* PREAUTH hello", true), ("* BYE full", false), ("+OK", false)]
        {
            let steps = vec![say(greeting), say("\r\n")];
            let (outcome, _) = played(steps, async |at: &Target| ask(false, None, at).await);
            let expected = if is_up { greeting.to_owned() } else { format!("the greeting: {greeting}") };
            assert_eq!((outcome.is_up, outcome.detail), (is_up, expected));
        }
    }

    #[test]
    fn a_login_is_made() {
        let (outcome, heard) = logged_in("", "a\\b\"c", &["* 3 EXISTS\r\na2 OK in\r\n"]);
        assert_eq!(outcome, Outcome::up("logged in"));
        assert_eq!(heard, ["a1 CAPABILITY", r#"a2 LOGIN "probe" "a\\b\"c""#]);
    }

    #[test]
    fn what_cannot_be_quoted_is_a_literal() {
        let (outcome, heard) = logged_in("", "a\r\né", &["+ go\r\n", "", "a2 OK\r\n"]);
        assert_eq!(outcome, Outcome::up("logged in"));
        assert_eq!(heard, ["a1 CAPABILITY", "a2 LOGIN \"probe\" {5}", "a", "é"]);
        let (outcome, _) = logged_in("", "é", &["a2 BAD no\r\n"]);
        assert_eq!(outcome, Outcome::down("LOGIN: a2 BAD no"));
    }

    #[test]
    fn a_refusal_is_told_with_its_likely_reason() {
        assert_eq!(logged_in("", "x", &["a2 NO wrong\r\n"]).0, Outcome::down("LOGIN: NO wrong"));
        let (outcome, heard) = logged_in("STARTTLS LOGINDISABLED", "x", &[]);
        let expected = format!("the server takes no login here{}", secure::ONLY_AFTER_STARTTLS);
        assert_eq!(outcome, Outcome::down(expected));
        assert_eq!(heard, ["a1 CAPABILITY"], "the password was not sent in clear");
        assert_eq!(logged_in("", "x", &["* BYE ended\r\n"]).0, Outcome::down("* BYE ended"));
    }

    #[test]
    fn is_not_led_astray() {
        for tls in [false, true] {
            torment(async |at: &Target| ask(tls, Some(&login("x")), at).await);
        }
    }
}
