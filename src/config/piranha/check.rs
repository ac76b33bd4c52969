//! nanny's checks.

use super::reader::Reader;
use super::virtual_server::Virtual;
use crate::lvs::{
    Check, ExchangeProbe, Origin, Probe, Protocol, Script, ScriptKind, ScriptLine, ScriptProbe, Timing,
};
use std::net::Ipv4Addr;
use std::ops::Range;
use std::time::Duration;

/// What nanny sends to port 80 where nothing else is said, and what it expects.
pub(super) const HTTP: (&[u8], &[u8]) = (b"GET / HTTP/1.0\r\n\r\n", b"HTTP");

/// So many bytes nanny compares, or matches.
const MAX_EXPECT: usize = 254;

/// nanny adjusts weights so often.
pub(super) const ADJUST: Duration = Duration::from_secs(20);

/// nanny's own `reentry`, where 0 is given: seconds.
const DEFAULT_REENTRY: i64 = 180;

/// When nanny asks, and what counts.
pub(super) fn timing(timeout: i64, reentry: i64) -> Timing {
    let timeout = timeout.max(1).unsigned_abs();
    let reentry = if reentry == 0 { DEFAULT_REENTRY } else { reentry.max(0) }.unsigned_abs();
    let interval = Duration::from_secs(timeout);
    Timing {
        interval,
        retry_interval: None,
        timeout: interval,
        falls: 1,
        rises: u32::try_from(reentry.div_ceil(timeout)).unwrap_or(u32::MAX).max(1),
        first_counts: true,
        warmup: Duration::ZERO,
    }
}

/// A check of this kind.
pub(super) const fn check(probe: Probe, timing: Timing) -> Check {
    let from = Origin { addr: None, port: None, interface: None, mark: None };
    let (addr, port) = (None, None);
    Check { probe, addr, port, from, timing, begins_down: true, tells_all: false, through_vip: false }
}

/// The check that reads a real server's load.
pub(super) fn load_check(command: &str, rip: Ipv4Addr, timing: Timing) -> Check {
    let mut words = vec![command.to_owned(), rip.to_string()];
    if ["ssh", "rsh"].contains(&command) {
        words.push("uptime".to_owned());
    }
    let script = Script::new(ScriptLine::Words(words));
    let interval = timing.interval.max(ADJUST);
    let probe = Probe::Script(ScriptProbe { script, kind: ScriptKind::Load });
    Check { begins_down: false, ..check(probe, Timing { interval, rises: 1, ..timing }) }
}

impl Reader<'_, '_> {
    /// What nanny asks the real servers of a virtual server.
    pub fn probe(&mut self, of: &Virtual<'_>) -> Probe {
        if let Some((program, at)) = of.send_program.clone()
            && let Some(probe) = self.program(of, program, at)
        {
            return probe;
        }
        let is_udp = of.protocol == Protocol::Udp;
        let is_default = of.send.is_none() && of.expect.is_none();
        let mut exchange = ExchangeProbe { regex: of.is_regex, udp: is_udp, ..ExchangeProbe::default() };
        if is_default && of.port.0 == 80 {
            (exchange.send, exchange.expect) = (HTTP.0.to_vec(), HTTP.1.to_vec());
        } else {
            exchange.send = self.decoded(&of.send);
            exchange.expect = self.decoded(&of.expect);
        }
        if exchange.expect.len() > MAX_EXPECT && !exchange.regex {
            exchange.expect.truncate(MAX_EXPECT);
            let at = of.expect.as_ref().map_or(of.name_at.clone(), |(_, at)| at.clone());
            self.note(at, format!("only the first {MAX_EXPECT} bytes count"));
        }
        if exchange.expect.is_empty() {
            exchange.regex = false;
            if is_udp {
                let message = format!(
                    "`{}` expects no answer: nanny never counts a UDP server as up then; here it is up as long as no \
                     ICMP error comes",
                    of.name
                );
                self.warning(of.name_at.clone(), message).help("`expect = \"*\"` takes any answer");
            } else if exchange.send.is_empty() {
                return Probe::Tcp;
            }
        }
        Probe::Exchange(exchange)
    }

    fn program(&mut self, of: &Virtual<'_>, program: &str, at: Range<usize>) -> Option<Probe> {
        let words: Vec<String> =
            program.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        if words.is_empty() {
            self.warning(at, "`send_program` names no program: it counts as not given");
            return None;
        }
        if let Some((_, send_at)) = of.send.clone().filter(|(text, _)| !text.is_empty()) {
            self.note(send_at, "`send` does nothing beside `send_program`");
        }
        if of.is_regex {
            self.note(at.clone(), "`use_regex` does nothing beside `send_program`: the output must be equal");
        }
        if of.expect.is_none() {
            let message = "`send_program` without `expect`: nanny never counts such a server as up; here the program must \
                           print nothing";
            self.warning(at.clone(), message).help("`expect = \"OK\"`, if that is what it prints");
        }
        let expect = self.decoded(&of.expect);
        let expect = String::from_utf8_lossy(&expect).into_owned();
        let script = Script::new(ScriptLine::Words(words));
        Some(Probe::Script(ScriptProbe { script, kind: ScriptKind::Output { expect } }))
    }

    /// A text with its escapes put in.
    fn decoded(&mut self, text: &Option<(&str, Range<usize>)>) -> Vec<u8> {
        let Some((text, at)) = text else { return Vec::new() };
        let (bytes, odd) = decode(text);
        if let Some(odd) = odd {
            let message = format!("`\\{odd}` is no escape: nanny hangs on it; here it stays as it is");
            self.note(at.clone(), message).strict().help(format!("write `\\\\{odd}`"));
        }
        bytes
    }
}

/// Puts in nanny's escapes; also the first letter behind a backslash that makes none.
fn decode(text: &str) -> (Vec<u8>, Option<char>) {
    let mut bytes = Vec::with_capacity(text.len());
    let mut odd = None;
    let mut rest = text.chars();
    let mut buffer = [0; 4];
    while let Some(c) = rest.next() {
        let mut ahead = rest.clone();
        let escaped = match (c, ahead.next()) {
            ('\\', Some('n')) => Some('\n'),
            ('\\', Some('r')) => Some('\r'),
            ('\\', Some('t')) => Some('\t'),
            ('\\', Some(same @ ('\\' | '\'' | '"'))) => Some(same),
            ('\\', Some(other)) => {
                odd = odd.or(Some(other));
                None
            }
            _ => None,
        };
        if escaped.is_some() {
            rest = ahead;
        }
        bytes.extend_from_slice(escaped.unwrap_or(c).encode_utf8(&mut buffer).as_bytes());
    }
    (bytes, odd)
}

/// A text in quotes that is read as these bytes; `None`: it cannot be said.
pub(super) fn encode(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut inner = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => inner.push_str("\\n"),
            '\r' => inner.push_str("\\r"),
            '\t' => inner.push_str("\\t"),
            '\\' => inner.push_str("\\\\"),
            c if c.is_control() => return None,
            c => inner.push(c),
        }
    }
    quoted(&inner)
}

/// A text in quotes, as it is; `None`: it has both kinds of quotes.
pub(super) fn quoted(text: &str) -> Option<String> {
    if text.contains(['\n', '\r']) {
        return None;
    }
    ['"', '\''].into_iter().find(|quote| !text.contains(*quote)).map(|quote| format!("{quote}{text}{quote}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_nannys() {
        for (text, bytes, odd) in [
            (r"GET / HTTP/1.0\r\n\r\n", &b"GET / HTTP/1.0\r\n\r\n"[..], None),
            (r"a\tb\\c\'d", b"a\tb\\c'd", None),
            (r"\\n", b"\\n", None),
            (r"\d+\.", b"\\d+\\.", Some('d')),
            ("\\", b"\\", None),
            ("é", "é".as_bytes(), None),
        ] {
            assert_eq!(decode(text), (bytes.to_vec(), odd), "{text}");
        }
    }

    #[test]
    fn what_is_encoded_is_decoded_alike() {
        for text in ["", "HTTP", "GET / HTTP/1.0\r\n\r\n", "a\\n\"b\" c", "it's", "tab\there", "\\"] {
            let written = encode(text.as_bytes()).unwrap();
            let inner = &written[1..written.len() - 1];
            assert_eq!(decode(inner).0, text.as_bytes(), "{text}");
        }
        assert_eq!(encode(b"both ' and \""), None);
        assert_eq!(encode(b"\xff"), None);
        assert_eq!(encode(b"\x01"), None);
    }

    #[test]
    fn a_server_returns_after_as_many_successes_as_fill_the_reentry_time() {
        for (timeout, reentry, rises) in
            [(6, 15, 3), (5, 10, 2), (10, 180, 18), (2, 5, 3), (10, 0, 18), (6, 1, 1), (6, -3, 1)]
        {
            let timing = timing(timeout, reentry);
            assert_eq!((timing.rises, timing.falls), (rises, 1), "{timeout} {reentry}");
            assert_eq!(timing.interval, Duration::from_secs(timeout.unsigned_abs()));
            assert_eq!(timing.timeout, timing.interval);
        }
    }
}
