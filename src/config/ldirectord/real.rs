//! A `real` line: `ADDRESS[->ADDRESS][:PORT] METHOD [WEIGHT] ["REQUEST", "RECEIVE"] [l:N] [u:N]`.

use super::address::{Hosts, port};
use super::common::{is_port, method_of};
use super::line::{Directive, Word, is_blank};
use super::remarks::{Remarks, is_empty, or_here};
use super::service::with_slash;
use crate::config::ipvsadm::inet_aton;
use crate::lvs::{Family, ForwardingMethod, Protocol, Thresholds};
use std::net::IpAddr;

/// What a `real` line says: one server, or several that differ in their address.
#[derive(Clone, Debug)]
pub(super) struct Real {
    /// Their addresses.
    pub addrs: Vec<IpAddr>,
    /// As it is written; 0: not.
    pub port: u16,
    /// How packets reach them.
    pub method: ForwardingMethod,
    /// Weight of each.
    pub weight: i32,
    /// Request and what must come, instead of the service's.
    pub asks: Option<(String, String)>,
    /// Limits of each.
    pub thresholds: Thresholds,
}

/// How it is written.
const HELP: &str =
    "real=ADDRESS[->ADDRESS][:PORT] gate|masq|ipip [WEIGHT] [\"REQUEST\", \"RECEIVE\"] [l:N] [u:N]";

/// What lines are read with.
pub(super) struct RealReader<'r, 'n> {
    /// Of the service's addresses.
    pub family: Family,
    /// Whose names ports have.
    pub protocols: &'static [Protocol],
    /// Addresses of names.
    pub hosts: &'r mut Hosts<'n>,
    /// Names of ports.
    pub names: &'n crate::config::names::Names,
    /// Addresses that ranges may still have.
    pub room: &'r mut usize,
}

impl RealReader<'_, '_> {
    /// Reads one.
    pub fn read(&mut self, directive: &Directive<'_>, remarks: &mut Remarks<'_>) -> Option<Real> {
        let mut value = directive.value.trim();
        let is_cut = value.text.matches('"').count() % 2 == 1 && directive.whole != directive.value;
        if is_cut {
            remarks.hash_note(directive);
            value = directive.whole.trim();
        }
        let (target, rest) = value.split_while(|c| !is_blank(c));
        if target.text.is_empty() {
            remarks.error(or_here(target), "a real server expected").help(HELP);
            return None;
        }
        let target = self.target(target, remarks);
        let flags = flags(rest, remarks);
        let ((first, last, port), mut real) = (target?, flags?);
        real.port = port;
        real.addrs = self.addresses(first, last, remarks)?;
        Some(real)
    }

    /// Reads `first[->last][:port]`. ldirectord takes the first part of a word that looks so; if that is an address as
    /// people write them, it counts, otherwise the real server is left out.
    fn target<'w>(
        &self,
        word: Word<'w>,
        remarks: &mut Remarks<'_>,
    ) -> Option<(Word<'w>, Option<Word<'w>>, u16)> {
        let (first, last, port_word) = match split(word) {
            Some(whole) => whole,
            None => self.part_of(word, remarks)?,
        };
        let port = match port_word {
            Some(word) => self.port(word, remarks)?,
            None => 0,
        };
        Some((first, last, port))
    }

    /// The part of a word that ldirectord takes.
    fn part_of<'w>(&self, word: Word<'w>, remarks: &mut Remarks<'_>) -> Option<Target<'w>> {
        let doubled = word.text.find("::").filter(|_| !word.text.starts_with('['));
        if let Some(at) = doubled
            && is_port(word.from(at + 2).text)
            && let Some((host, None, None)) = split(word.to(at))
        {
            let number = word.from(at + 2);
            let message = format!(
                "two colons: this is read as {host}:{number}; ldirectord takes {number} for an address"
            );
            remarks.warning(word.from(at).span(), message).help("write one colon");
            return Some((host, None, Some(number)));
        }
        let mut starts = word.text.match_indices(|c| !is_host_char(c)).take(MAX_PARTS);
        let found = starts.find_map(|(at, junk)| {
            let part = word.from(at + junk.len());
            split(part).map(|whole| (part, whole))
        });
        let Some((part, whole)) = found else {
            remarks.error(or_here(word), "no address of a real server").help(HELP);
            return None;
        };
        let is_address = |word: Word<'_>| word.text.parse::<IpAddr>().is_ok() || word.text.starts_with('[');
        if is_address(whole.0) {
            let junk = word.to(part.at - word.at);
            remarks.warning(junk.span(), format!("`{junk}` is dropped, as ldirectord does")).help(HELP);
            return Some(whole);
        }
        if inet_aton(whole.0.text).is_some() {
            let message = format!("no address: the real server is left out; ldirectord takes {part} for one");
            remarks.warning(word.span(), message).help(HELP);
        } else {
            remarks.error(or_here(word), "no address of a real server").help(HELP);
        }
        None
    }

    fn port(&self, word: Word<'_>, remarks: &mut Remarks<'_>) -> Option<u16> {
        let Some(number) = port(word.text, self.protocols, self.names) else {
            let is_number = word.text.bytes().all(|byte| byte.is_ascii_digit());
            let message = if is_number {
                "a port from 0 to 65535 expected".to_owned()
            } else {
                format!("there is no port `{word}` in /etc/services")
            };
            remarks.error(word.span(), message);
            return None;
        };
        if !word.text.bytes().all(|byte| byte.is_ascii_digit()) {
            let message = "ldirectord does not find names of ports here";
            remarks.refused_note(word.span(), message).help(format!("write {number}"));
        }
        Some(number)
    }

    fn addresses(
        &mut self,
        first: Word<'_>,
        last: Option<Word<'_>>,
        remarks: &mut Remarks<'_>,
    ) -> Option<Vec<IpAddr>> {
        let start = resolve(self.hosts, first, self.family, remarks);
        let Some(last) = last else { return start.map(|addr| vec![addr]) };
        let end = resolve(self.hosts, last, self.family, remarks);
        let span = first.at..last.span().end;
        let (IpAddr::V4(start), IpAddr::V4(end)) = (start?, end?) else {
            remarks.error(span, "ranges are for IPv4 only").help("write a line for each address");
            return None;
        };
        let (from, to) = (start.to_bits(), end.to_bits());
        if from > to {
            let message = format!("the range ends before it begins: {start} is behind {end}");
            remarks.error(span, message).help(format!("write {end}->{start}"));
            return None;
        }
        let count = (to - from) as usize + 1;
        if count > *self.room {
            let message = format!("{count} real servers: too many");
            remarks
                .error(span, message)
                .help(format!("all ranges of a file together: at most {MAX_IN_RANGES}"));
            return None;
        }
        *self.room -= count;
        Some((from..=to).map(|bits| IpAddr::V4(bits.into())).collect())
    }
}

/// So many places of a word are looked at for an address.
const MAX_PARTS: usize = 8;

/// First address, last address, port.
type Target<'w> = (Word<'w>, Option<Word<'w>>, Option<Word<'w>>);

/// Splits `first[->last][:port]`; `None`: it is nothing of the kind.
fn split(word: Word<'_>) -> Option<Target<'_>> {
    let (first, rest) = match word.text.find("->") {
        Some(at) => (Some(word.to(at)), word.from(at + 2)),
        None => (None, word),
    };
    let (host, behind) = if rest.text.starts_with('[') {
        let len = rest.text.find(']').map_or(0, |at| at + 1);
        (rest.to(len), rest.from(len))
    } else {
        rest.split_while(is_host_char)
    };
    let is_host = |word: Word<'_>| {
        let bracketed = word.text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        !word.text.is_empty() && (bracketed.is_some() || word.text.chars().all(is_host_char))
    };
    let port = match behind.text {
        "" => None,
        text => Some(behind.from(1)).filter(|port| text.starts_with(':') && is_port(port.text)).map(Some)?,
    };
    if !is_host(host) || first.is_some_and(|first| !is_host(first)) {
        return None;
    }
    Some(match first {
        Some(first) => (first, Some(host), port),
        None => (host, None, port),
    })
}

/// So many addresses may all ranges have.
pub(super) const MAX_IN_RANGES: usize = 65_536;

const fn is_host_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')
}

/// The address of a host; says why there is none.
pub(super) fn resolve(
    hosts: &mut Hosts<'_>,
    host: Word<'_>,
    family: Family,
    remarks: &mut Remarks<'_>,
) -> Option<IpAddr> {
    match hosts.address(host, family) {
        Ok(addr) => {
            let is_odd = family == Family::V4 && host.text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            if is_odd && host.text.parse::<IpAddr>().is_err() {
                let message = format!("this is {addr}: an old way to write addresses");
                remarks.warning(host.span(), message).help(format!("write {addr}"));
            }
            Some(addr)
        }
        Err(message) => {
            remarks.error(or_here(host), message);
            None
        }
    }
}

/// Reads what stands behind the address, as far as ldirectord does: each part is looked for behind the one before, and
/// what lies between is dropped.
fn flags(rest: Word<'_>, remarks: &mut Remarks<'_>) -> Option<Real> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let start = rest.text.find(is_word).unwrap_or(rest.text.len());
    let (method, mut rest) = rest.from(start).split_while(is_word);
    if method.text.is_empty() {
        let message = "no forwarding method";
        remarks
            .error(or_here(method), message)
            .help("add gate (direct routing), masq (NAT) or ipip (tunnel)");
        return None;
    }
    let method = method_of(method, remarks)?;
    let mut weight = 1;
    if let Some((before, number, behind)) = number_behind_blank(rest, "") {
        dropped(before, remarks);
        weight = number.text.parse().unwrap_or_else(|_| {
            remarks.warning(number.span(), format!("too large a weight: {} is taken", i32::MAX));
            i32::MAX
        });
        rest = behind;
    }
    let mut asks = None;
    if let Some((before, request, receive, behind)) = strings(rest) {
        dropped(before, remarks);
        let text = |word: Word<'_>| word.text.replace('\t', "    ");
        asks = Some((with_slash(text(request)), text(receive)));
        rest = behind;
    }
    let mut limits = [0, 0];
    for (limit, prefix) in limits.iter_mut().zip(["l:", "u:"]) {
        if let Some((before, number, behind)) = number_behind_blank(rest, prefix) {
            dropped(before, remarks);
            *limit = number.text.parse().unwrap_or(u32::MAX);
            rest = behind;
        }
    }
    if !is_empty(rest.text) {
        let rest = rest.trim();
        remarks.error(rest.span(), format!("`{rest}` does not belong here")).help(HELP);
        return None;
    }
    let [lower, upper] = limits;
    Some(Real { addrs: Vec::new(), port: 0, method, weight, asks, thresholds: Thresholds { upper, lower } })
}

fn dropped(before: Word<'_>, remarks: &mut Remarks<'_>) {
    let before = before.trim();
    if !before.text.is_empty() {
        let message = format!("`{before}` is dropped, as ldirectord does");
        remarks.warning(before.span(), message).help(format!("the order is: {HELP}"));
    }
}

/// The first number with that prefix behind a blank: what stands before it, the number, what stands behind it.
fn number_behind_blank<'w>(text: Word<'w>, prefix: &str) -> Option<(Word<'w>, Word<'w>, Word<'w>)> {
    let mut from = 0;
    loop {
        let blank = from + text.from(from).text.find(is_blank)?;
        let word = text.from(blank).trim_start();
        from = word.at - text.at;
        if let Some(rest) = word.text.strip_prefix(prefix)
            && rest.starts_with(|c: char| c.is_ascii_digit())
        {
            let (number, behind) = word.from(prefix.len()).split_while(|c| c.is_ascii_digit());
            return Some((text.to(blank), number, behind));
        }
        if word.text.is_empty() {
            return None;
        }
    }
}

/// `"request", "receive"`: what stands before, both, what stands behind. Of several quotes the last that will do.
fn strings(text: Word<'_>) -> Option<(Word<'_>, Word<'_>, Word<'_>, Word<'_>)> {
    let mut quotes = text.text.match_indices('"').map(|(at, _)| at);
    let open = quotes.find(|at| text.to(*at).text.ends_with(is_blank))?;
    let inside = text.from(open + 1);
    let last = inside.text.rfind('"')?;
    for (end, _) in inside.text.rmatch_indices('"') {
        let separator = inside.from(end + 1);
        if !separator.text.starts_with([',', ' ', '\t']) {
            continue;
        }
        let second = separator.from(1).trim_start();
        let begin = second.at - inside.at + 1;
        if second.text.starts_with('"') && last >= begin {
            let receive = inside.from(begin).to(last - begin);
            return Some((text.to(open), inside.to(end), receive, inside.from(last + 1)));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(&str, Option<&str>, Option<&str>)> {
        split(Word { text, at: 0 })
            .map(|(a, b, port)| (a.text, b.map(|b| b.text), port.map(|port| port.text)))
    }

    #[test]
    fn targets() {
        assert_eq!(parts("10.0.0.1"), Some(("10.0.0.1", None, None)));
        assert_eq!(parts("10.0.0.1->10.0.0.5:80"), Some(("10.0.0.1", Some("10.0.0.5"), Some("80"))));
        assert_eq!(parts("sql-1->sql-3:mysql"), Some(("sql-1", Some("sql-3"), Some("mysql"))));
        assert_eq!(parts("[2001:db8::1]:80"), Some(("[2001:db8::1]", None, Some("80"))));
        for text in [
            "",
            ":80",
            "->",
            "10.0.0.1->",
            "->10.0.0.1",
            "10.0.0.1:",
            "10.0.0.1::80",
            "[::1",
            "a,b",
            "[::1]80",
        ] {
            assert_eq!(parts(text), None, "{text}");
        }
    }

    #[test]
    fn strings_end_at_the_last_quote_that_will_do() {
        let both =
            |text| strings(Word { text, at: 0 }).map(|(_, a, b, behind)| (a.text, b.text, behind.text));
        assert_eq!(both(" \"a\", \"b\" l:1"), Some(("a", "b", " l:1")));
        assert_eq!(both(" \"a\"\t\"b\""), Some(("a", "b", "")));
        assert_eq!(both(" \"a\", \"b\", \"c\""), Some(("a\", \"b", "c", "")));
        for text in ["", " \"", " \"a\"", " \"a\"\"b\"", " \"a\" , \"b\"", "\"a\", \"b\""] {
            assert_eq!(both(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_stand_behind_blanks() {
        let number = |text, prefix| {
            let found = number_behind_blank(Word { text, at: 0 }, prefix);
            found.map(|(before, number, behind)| (before.text, number.text, behind.text))
        };
        assert_eq!(number(" -w 12x", ""), Some((" -w", "12", "x")));
        assert_eq!(number("3 4", ""), Some(("3", "4", "")));
        assert_eq!(number(" u:5 l:6", "l:"), Some((" u:5", "6", "")));
        assert_eq!(number(" l:", "l:"), None);
        assert_eq!(number("", ""), None);
    }
}
