//! DNS messages as far as a check needs them: one question, and the text of the answers.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Types by name. Others are written `TYPE123`.
const KINDS: &[(&str, u16)] = &[
    ("A", 1),
    ("NS", 2),
    ("CNAME", 5),
    ("SOA", 6),
    ("PTR", 12),
    ("HINFO", 13),
    ("MX", 15),
    ("TXT", 16),
    ("RP", 17),
    ("AFSDB", 18),
    ("SIG", 24),
    ("KEY", 25),
    ("AAAA", 28),
    ("LOC", 29),
    ("SRV", 33),
    ("NAPTR", 35),
    ("KX", 36),
    ("CERT", 37),
    ("DNAME", 39),
    ("DS", 43),
    ("SSHFP", 44),
    ("IPSECKEY", 45),
    ("RRSIG", 46),
    ("NSEC", 47),
    ("DNSKEY", 48),
    ("DHCID", 49),
    ("NSEC3", 50),
    ("NSEC3PARAM", 51),
    ("TLSA", 52),
    ("HIP", 55),
    ("CDS", 59),
    ("CDNSKEY", 60),
    ("OPENPGPKEY", 61),
    ("SVCB", 64),
    ("HTTPS", 65),
    ("SPF", 99),
    ("ANY", 255),
    ("CAA", 257),
];

/// Answers that are read at most.
const ANSWERS: usize = 256;
/// Pointers that are followed within one name.
const JUMPS: usize = 32;

/// A question for the wire.
///
/// # Errors
/// The type is unknown, or the name cannot be written.
pub(super) fn question(id: u16, name: &str, kind: &str) -> Result<Vec<u8>, String> {
    let number = KINDS.iter().find(|(known, _)| kind.eq_ignore_ascii_case(known)).map(|(_, number)| *number);
    let number = number
        .or_else(|| kind.strip_prefix("TYPE")?.parse().ok())
        .ok_or_else(|| format!("`{kind}` is not a record type"))?;
    let mut bytes = vec![0; 12];
    bytes[..2].copy_from_slice(&id.to_be_bytes());
    // Recursion desired: resolvers are checked too, and servers of a zone do not mind.
    bytes[2] = 1;
    bytes[5] = 1;
    for label in name.trim_end_matches('.').split('.').filter(|_| name != ".") {
        let length = u8::try_from(label.len()).ok().filter(|length| (1..=63).contains(length));
        bytes.push(length.ok_or_else(|| format!("`{name}` is not a name"))?);
        bytes.extend(label.bytes());
    }
    bytes.push(0);
    if bytes.len() - 12 > 255 {
        return Err(format!("`{name}` is too long"));
    }
    bytes.extend(number.to_be_bytes());
    bytes.extend([0, 1]);
    Ok(bytes)
}

/// What an answer says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub rcode: u8,
    pub is_cut: bool,
    /// The data of each record of the answer section, as text.
    pub texts: Vec<String>,
}

/// Reads an answer to `question`; `None`: it is none, or the answer to something else.
pub(super) fn answer(question: &[u8], bytes: &[u8]) -> Option<Answer> {
    let flags = bytes.get(2..4)?;
    if bytes.get(..2)? != &question[..2] || flags[0] & 0x80 == 0 {
        return None;
    }
    let (asked, answers) = (number(bytes, 4)?, number(bytes, 6)?);
    let mut at = 12;
    if asked > 0 {
        // Servers may change the case of the name.
        let repeated = bytes.get(12..question.len())?;
        if asked > 1 || !repeated.eq_ignore_ascii_case(&question[12..]) {
            return None;
        }
        at = question.len();
    }
    let mut texts = Vec::new();
    for _ in 0..usize::from(answers).min(ANSWERS) {
        // What is broken from here on is left out: the server has answered.
        let Some((text, next)) = record(bytes, at) else { break };
        texts.push(text);
        at = next;
    }
    Some(Answer { rcode: flags[1] & 0x0f, is_cut: flags[0] & 2 != 0, texts })
}

/// The name of a result code.
pub(super) fn rcode_name(rcode: u8) -> &'static str {
    match rcode {
        0 => "NOERROR",
        1 => "FORMERR",
        2 => "SERVFAIL",
        3 => "NXDOMAIN",
        4 => "NOTIMP",
        5 => "REFUSED",
        _ => "an error",
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn record(bytes: &[u8], at: usize) -> Option<(String, usize)> {
    let (_, at) = name(bytes, at)?;
    let (kind, length) = (number(bytes, at)?, usize::from(number(bytes, at + 8)?));
    let (data, end) = (at + 10, at + 10 + length);
    let plain = bytes.get(data..end)?;
    Some((text(bytes, kind, data, plain).unwrap_or_else(|| hex(plain)), end))
}

/// The data of a record; names without their last dot.
fn text(bytes: &[u8], kind: u16, at: usize, plain: &[u8]) -> Option<String> {
    let name_at = |at| name(bytes, at).map(|(text, _)| text);
    Some(match kind {
        1 => Ipv4Addr::from(<[u8; 4]>::try_from(plain).ok()?).to_string(),
        28 => Ipv6Addr::from(<[u8; 16]>::try_from(plain).ok()?).to_string(),
        2 | 5 | 12 | 39 => name_at(at)?,
        15 => format!("{} {}", number(bytes, at)?, name_at(at + 2)?),
        33 => {
            let (priority, weight, port) =
                (number(bytes, at)?, number(bytes, at + 2)?, number(bytes, at + 4)?);
            format!("{priority} {weight} {port} {}", name_at(at + 6)?)
        }
        6 => {
            let (primary, at) = name(bytes, at)?;
            let (mail, at) = name(bytes, at)?;
            let numbers: Option<Vec<String>> =
                (0..5).map(|place| long(bytes, at + 4 * place).map(|number| number.to_string())).collect();
            format!("{primary} {mail} {}", numbers?.join(" "))
        }
        16 | 99 => {
            let (mut rest, mut all) = (plain, Vec::new());
            while let Some((length, tail)) = rest.split_first() {
                let (part, tail) = tail.split_at_checked(usize::from(*length))?;
                all.extend_from_slice(part);
                rest = tail;
            }
            String::from_utf8_lossy(&all).into_owned()
        }
        _ => return None,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A name, and where it ends in the place that it began at.
fn name(bytes: &[u8], mut at: usize) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut end = None;
    for _ in 0..JUMPS {
        loop {
            let length = *bytes.get(at)?;
            match length {
                0 => {
                    let text = if text.is_empty() { ".".to_owned() } else { text };
                    return Some((text, end.unwrap_or(at + 1)));
                }
                1..=63 => {
                    let label = bytes.get(at + 1..at + 1 + usize::from(length))?;
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text += &String::from_utf8_lossy(label);
                    if text.len() > 1024 {
                        return None;
                    }
                    at += 1 + usize::from(length);
                }
                0xc0.. => {
                    end = end.or(Some(at + 2));
                    at = usize::from(number(bytes, at)? & 0x3fff);
                    break;
                }
                _ => return None,
            }
        }
    }
    None
}

#[cfg(test)]
#[path = "dns_wire_tests.rs"]
mod tests;
