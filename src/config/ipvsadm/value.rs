//! The values of ipvsadm's options: numbers, addresses, masks, flags.

use super::error::UsageError;
use crate::config::names::Names;
use crate::lvs::{ClientMask, Endpoint, Protocol, SchedulerFlags};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::RangeInclusive;

/// A decimal number as C's strtol takes it (leading blanks and a sign are fine, anything behind it is not), if it lies
/// in the range.
pub fn number(text: &str, range: RangeInclusive<i64>) -> Option<i64> {
    let trimmed = text.trim_start_matches([' ', '\t', '\n', '\u{b}', '\u{c}', '\r']);
    let digits = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    trimmed.parse().ok().filter(|value| range.contains(value))
}

/// [`number`] for unsigned ranges.
pub fn unsigned(text: &str, range: RangeInclusive<u32>) -> Option<u32> {
    number(text, i64::from(*range.start())..=i64::from(*range.end()))
        .and_then(|value| u32::try_from(value).ok())
}

/// The number that a text begins with (C's atoi); 0 if it begins with none.
pub fn leading_number(text: &str) -> u32 {
    let text = text.trim_start();
    let digits: String =
        text.strip_prefix('+').unwrap_or(text).chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

/// An IPv4 address in any of the notations of inet_aton: one to four parts, decimal, octal or hexadecimal. What follows
/// behind a blank does not matter.
pub fn inet_aton(text: &str) -> Option<Ipv4Addr> {
    let text = text.split([' ', '\t', '\n', '\u{b}', '\u{c}', '\r']).next()?;
    let parts = text.split('.').map(part).collect::<Option<Vec<u32>>>()?;
    let (last, bytes) = parts.split_last()?;
    if bytes.len() > 3 || bytes.iter().any(|byte| *byte > 0xff) {
        return None;
    }
    let shift = 8 * u32::try_from(bytes.len()).ok()?;
    if shift > 0 && u64::from(*last) > (u64::from(u32::MAX) >> shift) {
        return None;
    }
    let head = bytes.iter().zip([24u32, 16, 8]).fold(0u32, |all, (byte, at)| all | (byte << at));
    Some(Ipv4Addr::from(head | last))
}

fn part(text: &str) -> Option<u32> {
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u32::from_str_radix(hex, 16).ok().filter(|_| !hex.starts_with('+'));
    }
    if text.len() > 1 && text.starts_with('0') {
        return u32::from_str_radix(&text[1..], 8).ok().filter(|_| !text[1..].starts_with('+'));
    }
    text.parse().ok()
}

/// An address as ipvsadm takes it: `host[:port]`, `[v6]:port`, or a bare IPv6 address. The port is `None` if none was
/// given. Names of ports are those of `protocol` (TCP for firewall marks).
pub fn address(text: &str, protocol: Option<Protocol>, names: &Names) -> Option<(IpAddr, Option<u16>)> {
    let protocol = protocol.unwrap_or(Protocol::Tcp);
    if let Some(bracketed) = text.strip_prefix('[') {
        let (host, port) = bracketed.split_once("]:")?;
        if let Ok(addr) = host.parse::<Ipv6Addr>() {
            return Some((IpAddr::V6(addr), Some(port_number(port, protocol, names)?)));
        }
        // Whatever else stands in brackets is taken without its port.
        let addr = host_address(host, names)?;
        return Some((IpAddr::V4(addr), None));
    }
    if let Ok(addr) = text.parse::<Ipv6Addr>() {
        return Some((IpAddr::V6(addr), None));
    }
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port_number(port, protocol, names)?)),
        None if text.bytes().all(|byte| byte.is_ascii_digit()) => return None,
        None => (text, None),
    };
    Some((IpAddr::V4(host_address(host, names)?), port))
}

fn host_address(host: &str, names: &Names) -> Option<Ipv4Addr> {
    if host.is_empty() {
        return None;
    }
    inet_aton(host).or_else(|| names.address_of(host))
}

fn port_number(text: &str, protocol: Protocol, names: &Names) -> Option<u16> {
    match number(text, 0..=65535) {
        Some(port) => u16::try_from(port).ok(),
        None => names.port_of(text, protocol),
    }
}

/// Reads what -M says for a service of that family: any dotted IPv4 mask (as inet_aton takes it), an IPv6 prefix length.
///
/// # Errors
/// [`UsageError::Mask`], [`UsageError::PrefixLength`].
pub fn client_mask(text: &str, ipv6: bool) -> Result<ClientMask, UsageError> {
    if !ipv6 {
        return inet_aton(text).map(ClientMask::V4).ok_or(UsageError::Mask);
    }
    match u8::try_from(leading_number(text)) {
        Ok(bits @ 1..=128) => Ok(ClientMask::V6(bits)),
        _ => Err(UsageError::PrefixLength),
    }
}

/// The flags of `-b`, for this scheduler.
///
/// # Errors
/// [`UsageError::SchedulerFlag`], [`UsageError::ForeignSchedulerFlag`].
pub fn scheduler_flags(text: &str, scheduler: &str) -> Result<SchedulerFlags, UsageError> {
    let mut flags = SchedulerFlags::default();
    for word in text.split(',').filter(|word| !word.is_empty()) {
        let owner = match word {
            "flag-1" | "sh-fallback" | "mh-fallback" => {
                flags.first = true;
                word
            }
            "flag-2" | "sh-port" | "mh-port" => {
                flags.second = true;
                word
            }
            "flag-3" => {
                flags.third = true;
                word
            }
            _ => return Err(UsageError::SchedulerFlag(word.to_owned())),
        };
        if let Some((of @ ("sh" | "mh"), _)) = owner.split_once('-')
            && of != scheduler
        {
            return Err(UsageError::ForeignSchedulerFlag(word.to_owned()));
        }
    }
    Ok(flags)
}

/// Puts an address and a port together.
pub fn endpoint((addr, port): (IpAddr, Option<u16>), without_port: u16) -> Endpoint {
    Endpoint::new(addr, port.unwrap_or(without_port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_strtol() {
        for (text, value) in [("80", Some(80)), ("+80", Some(80)), (" 80", Some(80)), ("00080", Some(80))] {
            assert_eq!(number(text, 0..=65535), value, "{text:?}");
        }
        for text in ["", "80 ", "80x", "0x50", "-1", "65536", "+", "99999999999999999999"] {
            assert_eq!(number(text, 0..=65535), None, "{text:?}");
        }
    }

    #[test]
    fn addresses_are_those_of_inet_aton() {
        let known = [
            ("10.0.0.1", "10.0.0.1"),
            ("1234", "0.0.4.210"),
            ("10.1", "10.0.0.1"),
            ("0x0a000001", "10.0.0.1"),
            ("010.0.0.1", "8.0.0.1"),
            ("255.255", "255.0.0.255"),
            ("10.0.0.1 x", "10.0.0.1"),
        ];
        for (text, addr) in known {
            assert_eq!(inet_aton(text), addr.parse().ok(), "{text}");
        }
        for text in ["", "1.2.3.4.5", "256.0.0.1", "1.2.3.256", "a", "1..2", "4294967296", "-1", "+1"] {
            assert_eq!(inet_aton(text), None, "{text:?}");
        }
    }

    #[test]
    fn masks() {
        let v4 = |mask: [u8; 4]| Ok(ClientMask::V4(mask.into()));
        assert_eq!(client_mask("255.255.255.0", false), v4([255, 255, 255, 0]));
        assert_eq!(client_mask("0.0.0.0", false), v4([0, 0, 0, 0]));
        assert_eq!(client_mask("24", false), v4([0, 0, 0, 24]));
        assert_eq!(client_mask("255.0.255.0", false), v4([255, 0, 255, 0]));
        assert_eq!(client_mask("foo", false), Err(UsageError::Mask));
        assert_eq!(client_mask("64", true), Ok(ClientMask::V6(64)));
        assert_eq!(client_mask("6x", true), Ok(ClientMask::V6(6)));
        assert_eq!(client_mask("0", true), Err(UsageError::PrefixLength));
        assert_eq!(client_mask("129", true), Err(UsageError::PrefixLength));
    }
}
