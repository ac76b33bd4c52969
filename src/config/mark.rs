//! The words of mark rules: addresses, ports, marks. Shared by `ulvs mark`, ulvs.toml and what iptables has.

use super::names::Names;
use crate::lvs::{Family, MarkProtocol, MarkRule, Ports, Protocol, SetMark};
use ipnet::IpNet;
use std::net::IpAddr;

/// A rule in words, each by its option; `None`: not given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Words<'w> {
    /// `--dst`.
    pub destination: Option<&'w str>,
    /// `--src`.
    pub source: Option<&'w str>,
    /// `--proto`.
    pub protocol: Option<&'w str>,
    /// `--dports`.
    pub dports: Option<&'w str>,
    /// `--sports`.
    pub sports: Option<&'w str>,
    /// `--iif`.
    pub interface: Option<&'w str>,
    /// `--set-mark`: sets the bits of the value after clearing those of the mask.
    pub set_mark: Option<&'w str>,
    /// `--set-xmark`: flips them.
    pub set_xmark: Option<&'w str>,
}

/// Which word of a rule is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// `--dst`.
    Destination,
    /// `--src`.
    Source,
    /// `--proto`.
    Protocol,
    /// `--dports`.
    Dports,
    /// `--sports`.
    Sports,
    /// `--set-mark` or `--set-xmark`.
    Mark,
}

impl Words<'_> {
    /// The rule.
    ///
    /// # Errors
    /// Which word is wrong or missing, and why.
    pub fn read(&self, names: &Names) -> Result<MarkRule, (Word, String)> {
        let need = |word, what: &str| (word, format!("a mark rule needs {what}"));
        let text = self.destination.ok_or_else(|| need(Word::Destination, "a destination"))?;
        let destination = net(text).map_err(|why| (Word::Destination, why))?;
        let source = self.source.map(net).transpose().map_err(|why| (Word::Source, why))?;
        let protocol =
            self.protocol.map(protocol).transpose().map_err(|why| (Word::Protocol, why))?.flatten();
        let ports = |text: Option<&str>, word| match (text, protocol) {
            (None, _) => Ok(Ports::default()),
            (Some(text), Some(MarkProtocol::Transport(protocol))) => {
                ports(text, protocol, names).map_err(|why| (word, why))
            }
            (Some(_), _) => Err((word, "ports need a protocol: tcp, udp or sctp".to_owned())),
        };
        let (dports, sports) = (ports(self.dports, Word::Dports)?, ports(self.sports, Word::Sports)?);
        let set = match (self.set_mark, self.set_xmark) {
            (Some(text), None) => mark(text).map(|(value, mask)| SetMark::or(value, mask)),
            (None, Some(text)) => mark(text).map(|(value, mask)| SetMark { value, mask }),
            (Some(_), Some(_)) => Err("a rule sets a mark once".to_owned()),
            (None, None) => return Err(need(Word::Mark, "a mark to set")),
        };
        let set = set.map_err(|why| (Word::Mark, why))?;
        let interface = self.interface.map(str::to_owned);
        let rule = MarkRule { destination, source, protocol, dports, sports, interface, set };
        match rule.source {
            Some(source) if family(source) != rule.family() => {
                Err((Word::Source, "source and destination are of different address families".to_owned()))
            }
            // From everywhere: as if nothing were said.
            Some(source) if source.prefix_len() == 0 => Ok(MarkRule { source: None, ..rule }),
            _ => Ok(rule),
        }
    }
}

/// The family of a network.
pub const fn family(net: IpNet) -> Family {
    match net {
        IpNet::V4(_) => Family::V4,
        IpNet::V6(_) => Family::V6,
    }
}

/// `10.0.0.1`, `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `2001:db8::/32`. Bits behind the prefix are cleared, as iptables
/// does.
///
/// # Errors
/// It is no address, or the mask is no prefix.
pub fn net(text: &str) -> Result<IpNet, String> {
    let (addr, length) = text.split_once('/').map_or((text, None), |(addr, length)| (addr, Some(length)));
    let parsed: IpAddr =
        addr.parse().map_err(|_| format!("`{addr}` is no address (names are not looked up)"))?;
    let whole = IpNet::from(parsed);
    let Some(length) = length else { return Ok(whole) };
    let prefix_len = match (length.parse::<u8>(), length.parse::<IpAddr>()) {
        (Ok(bits), _) => Some(bits),
        (_, Ok(mask)) if mask.is_ipv4() == parsed.is_ipv4() => ipnet::ip_mask_to_prefix(mask).ok(),
        _ => None,
    };
    let net = prefix_len.and_then(|bits| IpNet::new(parsed, bits).ok());
    net.map(|net| net.trunc()).ok_or_else(|| format!("`{length}` is no prefix of `{addr}`"))
}

/// `tcp`, `udp`, `sctp`, `icmp` (with their numbers and `ipv6-icmp`); `all` is `None`.
///
/// # Errors
/// Another protocol.
pub fn protocol(text: &str) -> Result<Option<MarkProtocol>, String> {
    match text.to_ascii_lowercase().as_str() {
        "tcp" | "6" => Ok(Some(MarkProtocol::Transport(Protocol::Tcp))),
        "udp" | "17" => Ok(Some(MarkProtocol::Transport(Protocol::Udp))),
        "sctp" | "132" => Ok(Some(MarkProtocol::Transport(Protocol::Sctp))),
        "icmp" | "1" | "icmpv6" | "ipv6-icmp" | "58" => Ok(Some(MarkProtocol::Icmp)),
        "all" | "any" | "0" => Ok(None),
        _ => Err(format!("`{text}` is not tcp, udp, sctp or icmp: nothing else is balanced")),
    }
}

/// `80`, `80,443`, `1024:65535`, `1024-65535`, `:1023`, `6000:`, and names of services.
///
/// # Errors
/// One of them is no port, or a range runs backwards.
pub fn ports(text: &str, protocol: Protocol, names: &Names) -> Result<Ports, String> {
    let port = |text: &str| {
        text.parse::<u16>()
            .ok()
            .or_else(|| names.port_of(text, protocol))
            .ok_or_else(|| format!("`{text}` is no port of {}", protocol.listing().to_ascii_lowercase()))
    };
    let mut ranges = Vec::new();
    for part in text.split(',') {
        // A name may have a dash in it, a range of numbers too.
        let dash = part.split_once('-').filter(|(first, _)| first.bytes().all(|byte| byte.is_ascii_digit()));
        ranges.push(match part.split_once(':').or(dash) {
            Some((first, last)) => {
                let first = if first.is_empty() { 0 } else { port(first)? };
                let last = if last.is_empty() { u16::MAX } else { port(last)? };
                if first > last {
                    return Err(format!("the range `{part}` runs backwards"));
                }
                (first, last)
            }
            None => port(part).map(|port| (port, port))?,
        });
    }
    Ok(Ports::from(ranges))
}

/// `10`, `0x10`, `0x10/0xff`: value and mask; without a mask, all bits.
///
/// # Errors
/// It is no number of 32 bits.
pub fn mark(text: &str) -> Result<(u32, u32), String> {
    match text.split_once('/') {
        Some((value, mask)) => Ok((number(value)?, number(mask)?)),
        None => Ok((number(text)?, u32::MAX)),
    }
}

/// A number of 32 bits, decimal or, with `0x`, hexadecimal, or, with `0`, octal as iptables reads it.
///
/// # Errors
/// It is none.
pub fn number(text: &str) -> Result<u32, String> {
    let (digits, radix) =
        match (text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")), text.strip_prefix('0')) {
            (Some(hex), _) => (hex, 16),
            (None, Some(octal)) if !octal.is_empty() => (octal, 8),
            _ => (text, 10),
        };
    let plain = !digits.starts_with('+');
    let number = u32::from_str_radix(digits, radix).ok().filter(|_| plain);
    number.ok_or_else(|| format!("`{text}` is no mark: a number from 0 to 4294967295, decimal or 0x…"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: Words<'_>) -> String {
        let names = Names::from_text("http 80/tcp\nftp-data 20/tcp\n", "");
        words.read(&names).map_or_else(|(word, why)| format!("{word:?}: {why}"), |rule| rule.to_string())
    }

    #[test]
    fn rules_are_read_and_shown() {
        let base = Words { destination: Some("10.9.0.100"), set_mark: Some("10"), ..Words::default() };
        assert_eq!(read(base), "--dst 10.9.0.100 --set-mark 10");
        let full = Words {
            destination: Some("2001:db8::1/32"),
            source: Some("2001:db8:1::/48"),
            protocol: Some("TCP"),
            dports: Some("http,443,ftp-data,6000-6010,:5,65000:"),
            sports: Some("1024:65535"),
            interface: Some("eth+"),
            set_mark: None,
            set_xmark: Some("0x1/0xf"),
        };
        assert_eq!(
            read(full),
            "--dst 2001:db8::/32 --src 2001:db8:1::/48 --proto tcp --dports 0:5,20,80,443,6000:6010,65000:65535 \
             --sports 1024:65535 --iif eth+ --set-xmark 0x1/0xf"
        );
        assert_eq!(
            read(Words { set_mark: Some("0x10/0xf0"), ..base }),
            "--dst 10.9.0.100 --set-xmark 0x10/0xf0"
        );
        assert_eq!(
            read(Words { destination: Some("10.1.2.3/255.255.0.0"), ..base }),
            "--dst 10.1.0.0/16 --set-mark 10"
        );
    }

    #[test]
    fn what_is_wrong_is_told() {
        let base = Words { destination: Some("10.9.0.100"), set_mark: Some("10"), ..Words::default() };
        for (words, told) in [
            (Words { destination: None, ..base }, "Destination: a mark rule needs a destination"),
            (
                Words { destination: Some("www"), ..base },
                "Destination: `www` is no address (names are not looked up)",
            ),
            (
                Words { destination: Some("10.0.0.0/255.0.255.0"), ..base },
                "Destination: `255.0.255.0` is no prefix of `10.0.0.0`",
            ),
            (
                Words { source: Some("fd00::1"), ..base },
                "Source: source and destination are of different address families",
            ),
            (Words { dports: Some("80"), ..base }, "Dports: ports need a protocol: tcp, udp or sctp"),
            (
                Words { dports: Some("90:80"), protocol: Some("udp"), ..base },
                "Dports: the range `90:80` runs backwards",
            ),
            (
                Words { sports: Some("http"), protocol: Some("udp"), ..base },
                "Sports: `http` is no port of udp",
            ),
            (
                Words { protocol: Some("gre"), ..base },
                "Protocol: `gre` is not tcp, udp, sctp or icmp: nothing else is balanced",
            ),
            (Words { set_mark: None, ..base }, "Mark: a mark rule needs a mark to set"),
            (
                Words { set_mark: Some("4294967296"), ..base },
                "Mark: `4294967296` is no mark: a number from 0 to 4294967295, decimal or 0x…",
            ),
        ] {
            assert_eq!(read(words), told);
        }
    }
}
