//! Values of keys.

use super::block::{Kind, Value};
use super::reader::{Reader, short};
use super::words::Word;
use crate::config::ipvsadm::inet_aton;
use crate::lvs::Protocol;
use std::net::Ipv4Addr;
use std::ops::Range;

/// Schedulers that Piranha knows.
pub(super) const SCHEDULERS: [&str; 8] = ["lc", "rr", "wlc", "wrr", "lblc", "lblcr", "dh", "sh"];

/// Schedulers that came after it.
const LATER_SCHEDULERS: [&str; 6] = ["sed", "nq", "fo", "ovf", "mh", "twos"];

/// After so many names without an address no more are looked up: each may take seconds.
const MAX_NAMELESS: usize = 64;

impl<'r> Reader<'r, '_> {
    /// The value of a key and where it stands; `None`: it is told what is wrong with it.
    pub fn value(
        &mut self,
        key: &Word<'r>,
        kind: Kind,
        words: &[Word<'r>],
    ) -> Option<(Value<'r>, Range<usize>)> {
        if kind == Kind::List {
            return self.list(key, words);
        }
        let first = words.first();
        // A comment where a value should be: Piranha takes the `#` for it, and the rest for too much. `#` alone is a value.
        let Some(first) = first.filter(|word| !word.is_comment() || !word.text.contains([' ', '\t'])) else {
            let at = first.map_or(key.at.clone(), |word| word.at.clone());
            self.error(at, format!("missing arguments: `{}` has no value", key.text));
            return None;
        };
        let rest = words.get(1..).unwrap_or_default();
        if kind == Kind::HostAndDevice {
            return self.host_and_device(first, rest);
        }
        self.end(rest);
        let value = match kind {
            Kind::Number => Value::Number(self.number(first)?),
            Kind::Switch => Value::Number(self.switch(first)?),
            Kind::Text | Kind::List | Kind::HostAndDevice => Value::Text(first.text),
            Kind::Choice(known) => Value::Text(self.choice(first, known)?),
            Kind::Scheduler => Value::Text(self.scheduler(first)?),
            Kind::Partner | Kind::PartnerOrNone => {
                if kind == Kind::Partner && inet_aton(first.text).is_some_and(|addr| addr.is_unspecified()) {
                    let message = format!("invalid address `{}`: Piranha refuses it here", first.text);
                    self.note(first.at.clone(), message).strict().help("leave the line out");
                }
                // Who is not needed may have no address.
                self.partner_address(first).map_or(Value::Unneeded, Value::Address)
            }
            Kind::Host => Value::Address(self.host(first)?),
            Kind::Address | Kind::Mask => Value::Address(self.dotted(first, kind)?),
            Kind::LenientMask => match inet_aton(first.text) {
                Some(mask) => Value::Address(mask),
                None => {
                    let message =
                        format!("`{}` is no network mask: Piranha passes over it", short(first.text));
                    self.warning(first.at.clone(), message).help("write it as 255.255.255.0");
                    Value::Unneeded
                }
            },
            Kind::Port | Kind::PortNumber => Value::Number(self.port(first, kind)?),
        };
        Some((value, first.at.clone()))
    }

    fn number(&mut self, word: &Word<'_>) -> Option<i64> {
        let number = strtol(word.text);
        if number.is_none() {
            self.error(word.at.clone(), format!("integer expected, found `{}`", short(word.text)));
        }
        number
    }

    fn switch(&mut self, word: &Word<'_>) -> Option<i64> {
        let number = strtol(word.text).filter(|number| [0, 1].contains(number));
        if number.is_none() {
            self.error(word.at.clone(), format!("boolean expected (0 or 1), found `{}`", short(word.text)));
        }
        number
    }

    fn choice(&mut self, word: &Word<'r>, known: &[&str]) -> Option<&'r str> {
        if known.contains(&word.text) {
            return Some(word.text);
        }
        let message = format!("invalid argument `{}`", short(word.text));
        self.error(word.at.clone(), message).help(format!("one of {}", known.join(", ")));
        None
    }

    fn scheduler(&mut self, word: &Word<'r>) -> Option<&'r str> {
        if LATER_SCHEDULERS.contains(&word.text) {
            let message = format!("Piranha does not know the scheduler `{}`", word.text);
            self.note(word.at.clone(), message).strict();
            return Some(word.text);
        }
        self.choice(word, &SCHEDULERS)
    }

    /// A port by number or by TCP's name, whatever the protocol is: so Piranha reads it.
    fn port(&mut self, word: &Word<'_>, kind: Kind) -> Option<i64> {
        if let Some(number) = strtol(word.text) {
            return Some(number);
        }
        let Some(port) = self.names.port_of(word.text, Protocol::Tcp) else {
            let message = format!("invalid argument: there is no TCP port `{}`", short(word.text));
            self.error(word.at.clone(), message).help("write its number, or name it in /etc/services");
            return None;
        };
        if kind == Kind::PortNumber {
            let message = "integer expected: Piranha takes no names of ports in a server";
            self.note(word.at.clone(), message).strict().help(format!("write {port}"));
        }
        Some(i64::from(port))
    }

    fn dotted(&mut self, word: &Word<'_>, kind: Kind) -> Option<Ipv4Addr> {
        let addr = inet_aton(word.text);
        if addr.is_none() {
            let what =
                if kind == Kind::Mask { "network mask, such as 255.255.255.0" } else { "IPv4 address" };
            self.error(word.at.clone(), format!("`{}` is no {what}", short(word.text)));
        }
        addr
    }

    /// A host's address, or that of its name.
    fn host(&mut self, word: &Word<'r>) -> Option<Ipv4Addr> {
        if let Some(addr) = inet_aton(word.text) {
            return Some(addr);
        }
        let is_name = !word.text.is_empty() && !word.text.contains(':');
        if is_name && self.nameless.len() < MAX_NAMELESS && !self.nameless.contains(word.text) {
            if let Some(addr) = self.names.address_of(word.text) {
                return Some(addr);
            }
            self.nameless.insert(word.text);
        }
        let help =
            if is_name { "write its address, or name it in /etc/hosts" } else { "Piranha is for IPv4 alone" };
        self.error(word.at.clone(), format!("invalid host name or IP address `{}`", short(word.text)))
            .help(help);
        None
    }

    /// The same, if there is one.
    fn partner_address(&mut self, word: &Word<'r>) -> Option<Ipv4Addr> {
        let is_name = !word.text.is_empty() && !word.text.contains(':');
        inet_aton(word.text).or_else(|| self.names.address_of(word.text).filter(|_| is_name))
    }

    fn host_and_device(&mut self, host: &Word<'r>, rest: &[Word<'r>]) -> Option<(Value<'r>, Range<usize>)> {
        let device = rest.first().filter(|word| !word.is_comment());
        if device.is_none() {
            self.note(host.at.clone(), "missing arguments: Piranha needs an interface behind the address")
                .strict();
        }
        self.end(rest.get(usize::from(device.is_some())..).unwrap_or_default());
        let addr = self.host(host)?;
        Some((Value::AddressOn(addr, device.map(|word| word.text)), host.at.clone()))
    }

    fn list(&mut self, key: &Word<'r>, words: &[Word<'r>]) -> Option<(Value<'r>, Range<usize>)> {
        let at = words.first().map_or(key.at.clone(), |word| word.at.clone());
        let is_list = words.first().is_some_and(|word| word.is("["));
        if !is_list || !words.iter().any(|word| word.is("]")) {
            self.error(at, "list expected: `[ NAME NAME ]`");
            return None;
        }
        Some((Value::Unneeded, at))
    }
}

/// A number as C's strtol(…, 0) reads it, with nothing behind it; an empty text is 0.
fn strtol(text: &str) -> Option<i64> {
    let text = text.trim_start();
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if text.is_empty() {
        return Some(0);
    }
    let (radix, digits) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => (16, hex),
        None if digits.len() > 1 && digits.starts_with('0') => (8, digits),
        None => (10, digits),
    };
    let is_digit = |c: char| c.is_digit(radix);
    let number = i64::from_str_radix(digits, radix).ok().filter(|_| digits.chars().all(is_digit))?;
    // Piranha keeps it in an int.
    i32::try_from(number).ok().map(|_| if is_negative { -number } else { number })
}

#[cfg(test)]
mod tests {
    use super::strtol;

    #[test]
    fn numbers_are_those_of_strtol() {
        for (text, number) in [
            ("80", Some(80)),
            ("-1", Some(-1)),
            ("+7", Some(7)),
            ("010", Some(8)),
            ("0x1F", Some(31)),
            ("0", Some(0)),
            ("", Some(0)),
            ("-0x10", Some(-16)),
            ("09", None),
            ("1 ", None),
            ("80#", None),
            ("--1", None),
            ("-", None),
            ("http", None),
            ("2147483648", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(strtol(text), number, "{text:?}");
        }
    }
}
