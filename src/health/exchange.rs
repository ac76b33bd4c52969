//! nanny's exchange: something is sent, what comes is compared.

use super::ere;
use super::talk::{Fault, Talk, quoted};
use super::{Outcome, Target, dial};
use crate::lvs::ExchangeProbe;
use fancy_regex::Regex;

/// A regular expression is tried on so many bytes at most.
const MAX_REGEX_TEXT: usize = 254;

/// Sends what is to be sent, and compares what comes.
pub(super) async fn ask(probe: &ExchangeProbe, target: &Target) -> Outcome {
    dialogue(probe, target).await.map_or_else(Outcome::down, Outcome::up)
}

async fn dialogue(probe: &ExchangeProbe, target: &Target) -> Result<String, Fault> {
    let regex = match probe.regex && !probe.expect.is_empty() {
        true => Some(ere::regex(&probe.expect)?),
        false => None,
    };
    let mut talk = match probe.udp {
        false => Talk::connect(target).await?,
        true => Talk::over(dial::datagrams(target.at, target).await.map_err(|error| error.to_string())?),
    };
    if !probe.send.is_empty() {
        talk.say(&probe.send).await?;
    }
    match regex {
        _ if probe.expect.is_empty() => Ok("connected".into()),
        Some(regex) => search(&mut talk, &regex).await,
        None => compare(&mut talk, &probe.expect).await,
    }
}

/// What comes begins as expected; `*` is any byte.
async fn compare(talk: &mut Talk, expect: &[u8]) -> Result<String, Fault> {
    // A byte that is wrong decides at once, however much would come behind it.
    loop {
        let came = talk.held();
        let same = |(came, expect): (&u8, &u8)| *expect == b'*' || came == expect;
        if !came.iter().zip(expect).all(same) {
            return Err(format!(
                "unexpected: {}",
                quoted(&String::from_utf8_lossy(&came[..came.len().min(64)]))
            ));
        }
        if came.len() >= expect.len() {
            return Ok("answered as expected".into());
        }
        if !talk.fill().await? {
            return Err(format!("closed after {} of {} bytes", talk.held().len(), expect.len()));
        }
    }
}

/// Something in the first 254 bytes matches.
async fn search(talk: &mut Talk, regex: &Regex) -> Result<String, Fault> {
    loop {
        let came = talk.held().len().min(MAX_REGEX_TEXT);
        let text = ere::text(&talk.held()[..came]);
        if came > 0
            && regex.is_match(&text).map_err(|error| format!("the pattern cannot be tried: {error}"))?
        {
            return Ok("answered as expected".into());
        }
        if came == MAX_REGEX_TEXT || !talk.fill().await? {
            return Err(format!("nothing in {came} bytes matches"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::small_server::{Step, played, say, torment};

    fn asked(send: &str, expect: &str, regex: bool, steps: Vec<Step>) -> (Outcome, Vec<String>) {
        let probe = ExchangeProbe { send: send.into(), expect: expect.into(), regex, udp: false };
        played(steps, async |at: &Target| ask(&probe, at).await)
    }

    #[test]
    fn beginnings_are_compared_and_a_star_is_any_byte() {
        let steps = || vec![Step::Hear, say("HT"), say("TP/1.1 200 OK\r\n"), Step::Hold];
        let (outcome, heard) = asked("GET / HTTP/1.0\r\n", "HTTP/*.* 2**", false, steps());
        assert_eq!(outcome, Outcome::up("answered as expected"));
        assert_eq!(heard, ["GET / HTTP/1.0"]);
        let (outcome, _) = asked("GET / HTTP/1.0\r\n", "HTTP/*.* 3", false, steps());
        assert_eq!(outcome, Outcome::down("unexpected: HTTP/1.1 2".replace('2', "200 OK")));
        let (outcome, _) = asked("", "HTTP", false, vec![say("HT")]);
        assert_eq!(outcome, Outcome::down("closed after 2 of 4 bytes"));
    }

    #[test]
    fn nothing_expected_is_a_connection() {
        assert_eq!(asked("", "", false, vec![]).0, Outcome::up("connected"));
        assert_eq!(asked("", "", true, vec![]).0, Outcome::up("connected"));
    }

    #[test]
    fn expressions_see_the_first_254_bytes() {
        let long = |dots: usize| vec![say(&format!("{}END", ".".repeat(dots))), Step::Hold];
        assert!(asked("", "END", true, long(251)).0.is_up);
        assert_eq!(asked("", "END", true, long(252)).0, Outcome::down("nothing in 254 bytes matches"));
        assert_eq!(asked("", "^(a|b)+$", true, vec![say("abc")]).0.detail, "nothing in 3 bytes matches");
        assert!(asked("", "(", true, vec![]).0.detail.starts_with("the pattern is wrong"));
    }

    #[test]
    fn is_not_led_astray() {
        for regex in [true, false] {
            let probe = &ExchangeProbe { send: vec![], expect: b"never".to_vec(), regex, udp: false };
            torment(async |at: &Target| ask(probe, at).await);
        }
    }
}
