//! Addresses: of services, and by name.

use super::line::{Word, is_blank};
use super::remarks::{Remarks, or_here};
use crate::config::ipvsadm::inet_aton;
use crate::config::names::Names;
use crate::lvs::{Family, Protocol};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a `virtual` line names.
#[derive(Clone, Copy, Debug)]
pub(super) enum Address<'s> {
    /// Host and port, still as names or numbers.
    Tuple(Word<'s>, Word<'s>),
    /// A firewall mark, still as digits.
    Mark(Word<'s>),
}

impl<'s> Address<'s> {
    /// Reads what stands behind `virtual=` or `virtual6=`.
    pub fn read(value: Word<'s>, family: Family, remarks: &mut Remarks<'_>) -> Option<Self> {
        let value = value.without_comment();
        let (host, behind) = host(value);
        let port = behind.text.strip_prefix(':').map(|_| behind.from(1).split_while(is_port_char));
        if let Some((port, rest)) = port
            && !port.text.is_empty()
            && !host.text.is_empty()
        {
            if host.text.starts_with('[') && family == Family::V4 {
                let message = "an IPv6 address in an IPv4 service";
                remarks.error(host.span(), message).help("write virtual6=, with real6= and fallback6=");
                return None;
            }
            ignored(rest, remarks);
            return Some(Self::Tuple(host, port));
        }
        let (mark, rest) = value.split_while(|c| c.is_ascii_digit());
        if mark.text.is_empty() {
            let help = match family {
                Family::V4 => "ADDRESS:PORT, HOST:PORT, or the number of a firewall mark: 10.0.0.1:80, 10",
                Family::V6 => {
                    "[ADDRESS]:PORT, HOST:PORT, or the number of a firewall mark: [2001:db8::1]:80, 10"
                }
            };
            remarks.error(or_here(value), "no address of a virtual service").help(help);
            return None;
        }
        if !rest.text.is_empty() && !rest.text.starts_with(is_blank) {
            let message =
                format!("no port: this is the service of firewall mark {mark}, as ldirectord takes it");
            let help = if value.text.parse::<Ipv4Addr>().is_ok() {
                format!("write virtual={value}:80 for that port, or virtual={mark} if the mark is meant")
            } else {
                format!("write virtual={mark} if the mark is meant")
            };
            remarks.warning(value.span(), message).help(help);
        } else {
            ignored(rest, remarks);
        }
        Some(Self::Mark(mark))
    }
}

fn ignored(rest: Word<'_>, remarks: &mut Remarks<'_>) {
    if !rest.trim().text.is_empty() {
        remarks.warning(rest.trim().span(), "this is ignored, as ldirectord does");
    }
}

/// The longest beginning that can be a host: a name, an IPv4 address, an IPv6 address in brackets.
fn host(value: Word<'_>) -> (Word<'_>, Word<'_>) {
    if value.text.starts_with('[') {
        let len = value.text.find(']').map_or(0, |at| at + 1);
        return (value.to(len), value.from(len));
    }
    value.split_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '+' | '-'))
}

const fn is_port_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// The number of a port, for one of these protocols.
pub(super) fn port(text: &str, protocols: &[Protocol], names: &Names) -> Option<u16> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    protocols.iter().find_map(|protocol| names.port_of(text, *protocol))
}

/// Addresses by name. Each name is asked for once; after so many that have none, the resolver is left alone, for each
/// of them may take seconds.
pub(super) struct Hosts<'n> {
    names: &'n Names,
    known: HashMap<(String, Family), Option<IpAddr>>,
    failures: usize,
}

/// So many names without an address.
const MAX_FAILURES: usize = 32;

impl<'n> Hosts<'n> {
    /// Knows none yet.
    pub fn new(names: &'n Names) -> Self {
        Self { names, known: HashMap::new(), failures: 0 }
    }

    /// The address of a host, or why there is none.
    pub fn address(&mut self, word: Word<'_>, family: Family) -> Result<IpAddr, String> {
        let host = word.text;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let numeric = match family {
            // As the C library reads numbers.
            Family::V4 => inet_aton(bare).map(IpAddr::V4),
            Family::V6 => bare.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        };
        if let Some(addr) = numeric {
            return Ok(addr);
        }
        let version = if family == Family::V4 { "IPv4" } else { "IPv6" };
        if bare.parse::<IpAddr>().is_ok() {
            return Err(format!("`{word}` is no {version} address"));
        }
        let key = (bare.to_owned(), family);
        if let Some(known) = self.known.get(&key) {
            return known.ok_or_else(|| format!("`{word}` has no {version} address"));
        }
        if self.failures >= MAX_FAILURES {
            return Err(format!("`{word}` is not looked up: {MAX_FAILURES} names before it have no address"));
        }
        let found = match family {
            Family::V4 => self.names.address_of(bare).map(IpAddr::V4),
            Family::V6 => self.names.address6_of(bare).map(IpAddr::V6),
        };
        self.failures += usize::from(found.is_none());
        self.known.insert(key, found);
        found.ok_or_else(|| format!("`{word}` has no {version} address"))
    }
}
