//! FTP's control connection (RFC 959 §4.1.2, RFC 2428): where the data connection will be.
//!
//! ```text
//! client   PORT 172,16,0,5,200,1        EPRT |1|172.16.0.5|51201|     the server connects to there, from its port - 1
//!          PASV                         EPSV, EPSV 1, EPSV 2          the server says where the client may connect to
//! server   227 … (10,9,0,11,19,137)     229 … (|||5001|)              there: told as if it were the VIP
//! ```
//!
//! As the kernel's helper reads it (`ipvs.md` §4.9): a segment is looked at by itself, without memory of the one before.
//! PORT, EPRT and the replies must begin it; PASV and EPSV may stand anywhere in it. Small letters are as good as
//! capitals. What is cut at the segment's end is not understood, but for the last delimiter of EPRT and of 229.

use crate::conn::Passive;
use crate::lvs::{Endpoint, Family};
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Bytes of a segment that are looked at: no line of FTP is longer.
pub const MAX_LINE: usize = 4096;

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// PORT, EPRT: the server is to connect to there.
    Active(Endpoint),
    /// PASV, EPSV: the server is to say where it listens.
    Passive(Passive),
}

/// Reads a client's segment on a connection of this family.
pub fn read_command(text: &[u8], family: Family) -> Option<Command> {
    let text = text.get(..MAX_LINE.min(text.len()))?;
    let active = match family {
        Family::V4 => after_word(text, b"PORT").and_then(numbers).map(|(there, _)| there),
        Family::V6 => None,
    };
    let active = active.or_else(|| {
        let (there, _) = extended(after_word(text, b"EPRT")?)?;
        (there.family == Some(family)).then_some(())?;
        Some(Endpoint::new(there.addr?, there.port))
    });
    if let Some(there) = active {
        return Some(Command::Active(there));
    }
    (0..text.len()).find_map(|at| passive(text.get(at..)?, family)).flatten().map(Command::Passive)
}

/// Does a text begin with PASV or EPSV, and is it one to be answered? `Some(None)`: none is asked for after all
/// (`EPSV ALL`, another family), and the search is over.
fn passive(text: &[u8], family: Family) -> Option<Option<Passive>> {
    if begins_with(text, b"PASV\r\n") {
        return Some((family == Family::V4).then_some(Passive::Numbers));
    }
    if begins_with(text, b"EPSV\r") {
        return Some(Some(Passive::Extended));
    }
    if !begins_with(text, b"EPSV ") {
        return None;
    }
    let own = match family {
        Family::V4 => b"EPSV 1\r",
        Family::V6 => b"EPSV 2\r",
    };
    Some(begins_with(text, own).then_some(Passive::Extended))
}

/// What a server's reply announces, and where in the text it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The address; `None`: that of the control connection.
    pub addr: Option<IpAddr>,
    /// The port.
    pub port: u16,
    /// Where address and port begin in the text.
    pub at: usize,
    /// How many bytes they are.
    pub len: usize,
}

/// Reads a server's segment as the reply that was asked for.
pub fn read_reply(text: &[u8], asked: Passive) -> Option<Announcement> {
    let text = text.get(..MAX_LINE.min(text.len()))?;
    let line = text.split(|byte| matches!(byte, b'\r' | b'\n')).next()?;
    match asked {
        Passive::Nothing => None,
        Passive::Numbers => {
            let rest = line.strip_prefix(b"227 ")?;
            let start = rest.iter().position(|byte| *byte == b'(' || byte.is_ascii_digit())?;
            let skip = usize::from(rest.get(start) == Some(&b'('));
            let at = 4 + start + skip;
            // What ends the last number may be the line's end, but must have come.
            let (there, len) = numbers(text.get(at..)?)?;
            Some(Announcement { addr: Some(there.addr), port: there.port, at, len })
        }
        Passive::Extended => {
            let rest = line.strip_prefix(b"229 ")?;
            let at = 4 + rest.iter().position(|byte| *byte == b'(')? + 1;
            let (there, len) = extended(line.get(at..)?)?;
            Some(Announcement { addr: there.addr, port: there.port, at, len })
        }
    }
}

/// Address and port as a reply says them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    bytes: [u8; Self::MAX_LEN],
    len: usize,
}

impl Words {
    /// Longest: `255,255,255,255,255,255`.
    pub const MAX_LEN: usize = 23;

    /// The reply's words for this endpoint. `None`: there are none (no numbers for an IPv6 address).
    pub fn of(kind: Passive, there: Endpoint) -> Option<Self> {
        let mut words = Self { bytes: [0; Self::MAX_LEN], len: 0 };
        let [high, low] = there.port.to_be_bytes();
        match (kind, there.addr) {
            (Passive::Numbers, IpAddr::V4(addr)) => {
                let [a, b, c, d] = addr.octets();
                write!(words, "{a},{b},{c},{d},{high},{low}").ok()?;
            }
            (Passive::Extended, _) => write!(words, "|||{}|", there.port).ok()?,
            _ => return None,
        }
        Some(words)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl std::fmt::Write for Words {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.len + text.len();
        let place = self.bytes.get_mut(self.len..end).ok_or(std::fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

fn begins_with(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// What follows a word and the white space behind it.
fn after_word<'t>(text: &'t [u8], word: &[u8]) -> Option<&'t [u8]> {
    let rest = begins_with(text, word).then(|| text.get(word.len()..)).flatten()?;
    let start = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t'))?;
    if start == 0 { None } else { rest.get(start..) }
}

/// Six numbers with commas between and something that is no digit behind; and how many bytes they are.
fn numbers(text: &[u8]) -> Option<(Endpoint, usize)> {
    let mut octets = [0; 6];
    let mut at = 0;
    for (number, octet) in octets.iter_mut().enumerate() {
        if number > 0 {
            (text.get(at) == Some(&b',')).then_some(())?;
            at += 1;
        }
        let (value, len) = decimal(text.get(at..)?, 255)?;
        *octet = u8::try_from(value).ok()?;
        at += len;
    }
    text.get(at)?;
    let [a, b, c, d, high, low] = octets;
    Some((Endpoint::new(Ipv4Addr::new(a, b, c, d).into(), u16::from_be_bytes([high, low])), at))
}

/// A decimal number of at most `max`, zeros before it or not; and how many bytes it has.
fn decimal(text: &[u8], max: u32) -> Option<(u32, usize)> {
    let len = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let digits = text.get(..len).filter(|digits| !digits.is_empty())?;
    let value = digits.iter().try_fold(0u32, |value, digit| {
        let value = value * 10 + u32::from(digit - b'0');
        (value <= max).then_some(value)
    })?;
    Some((value, len))
}

/// What RFC 2428 writes between delimiters.
struct Extended {
    family: Option<Family>,
    addr: Option<IpAddr>,
    port: u16,
}

/// `|family|address|port|`, the first two of which may be missing; the delimiter is any printable character. And how many
/// bytes it has.
fn extended(text: &[u8]) -> Option<(Extended, usize)> {
    let delimiter = *text.first().filter(|byte| (33..=126).contains(*byte) && !byte.is_ascii_digit())?;
    let mut fields = text.get(1..)?.split(|byte| *byte == delimiter);
    let (family_text, addr_text, port_text) = (fields.next()?, fields.next()?, fields.next()?);
    // There is a delimiter behind the port.
    fields.next()?;
    let family = match family_text {
        b"" => None,
        b"1" => Some(Family::V4),
        b"2" => Some(Family::V6),
        _ => return None,
    };
    let addr = match addr_text {
        b"" => None,
        text => {
            let text = std::str::from_utf8(text).ok()?;
            Some(match family? {
                Family::V4 => text.parse::<Ipv4Addr>().ok()?.into(),
                Family::V6 => text.parse::<Ipv6Addr>().ok()?.into(),
            })
        }
    };
    let (port, len) = decimal(port_text, u32::from(u16::MAX))?;
    (len == port_text.len()).then_some(())?;
    let whole = 4 + family_text.len() + addr_text.len() + port_text.len();
    Some((Extended { family, addr, port: u16::try_from(port).ok()? }, whole))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn endpoint(text: &str) -> Endpoint {
        let socket: std::net::SocketAddr = text.parse().unwrap();
        Endpoint::new(socket.ip(), socket.port())
    }

    fn active(text: &str) -> Option<String> {
        match read_command(text.as_bytes(), Family::V4)? {
            Command::Active(there) => Some(there.to_string()),
            Command::Passive(_) => None,
        }
    }

    /// As the kernel answered: see tests/conformance/ftp.
    #[test]
    fn active_commands() {
        for text in [
            "PORT 172,16,0,5,200,1\r\n",
            "port 172,16,0,5,200,1\n",
            "PORT  172,16,0,5,200,1 x\r\n",
            "PORT\t172,16,0,5,200,1x",
            "PORT 0172,16,0,5,200,01\r\n",
            "EPRT |1|172.16.0.5|51201|\r\n",
            "eprt  !1!172.16.0.5!51201!",
            "EPRT |1|172.16.0.5|51201|x",
        ] {
            assert_eq!(active(text).as_deref(), Some("172.16.0.5:51201"), "{text:?}");
        }
        for text in [
            "PORT 172,16,0,5,200,1",
            "PORT 172,16,0,5,200\r\n",
            "PORT 172,16,0,5,200,256\r\n",
            "PORT 172,16,0,5,99999999999,1\r\n",
            "PORT172,16,0,5,200,1\r\n",
            "PORT",
            "PORT ",
            "TYPE I\r\nPORT 172,16,0,5,200,1\r\n",
            "EPRT |1|172.16.0.5|51201\r\n",
            "EPRT |1|172.16.0.5|70000|\r\n",
            "EPRT |2|fd00::5|51201|\r\n",
            "EPRT |1|fd00::5|51201|\r\n",
            "EPRT |3|172.16.0.5|51201|\r\n",
            "EPRT |1||51201|\r\n",
            "EPRT |1|172.16.0.5| 51201|\r\n",
        ] {
            assert_eq!(active(text), None, "{text:?}");
        }
        let v6 = read_command(b"EPRT |2|2001:db8::5|51201|\r\n", Family::V6);
        assert_eq!(v6, Some(Command::Active(endpoint("[2001:db8::5]:51201"))));
        assert_eq!(read_command(b"PORT 172,16,0,5,200,1\r\n", Family::V6), None);
    }

    #[test]
    fn passive_commands() {
        let read = |text: &str, family| match read_command(text.as_bytes(), family) {
            Some(Command::Passive(kind)) => Some(kind),
            _ => None,
        };
        for text in ["PASV\r\n", "pasv\r\n", "TYPE I\r\nPASV\r\n", "RETR PASV\r\n"] {
            assert_eq!(read(text, Family::V4), Some(Passive::Numbers), "{text:?}");
            assert_eq!(read(text, Family::V6), None, "{text:?}");
        }
        for text in ["EPSV\r\n", "epsv\r\n", "EPSV 1\r\n", "xEPSV\r\n"] {
            assert_eq!(read(text, Family::V4), Some(Passive::Extended), "{text:?}");
        }
        for text in ["PASV\n", "PASV \r\n", "PA", "EPSV ALL\r\n", "EPSV 2\r\n", "EPSV  1\r\n", "EPSV\n", ""] {
            assert_eq!(read(text, Family::V4), None, "{text:?}");
        }
        assert_eq!(read("EPSV 2\r\n", Family::V6), Some(Passive::Extended));
        assert_eq!(read("EPSV 1\r\n", Family::V6), None);
        assert_eq!(read(&format!("{}PASV\r\n", "x".repeat(MAX_LINE)), Family::V4), None, "too far");
    }

    #[test]
    fn replies() {
        let read = |text: &str, kind| {
            let found = read_reply(text.as_bytes(), kind)?;
            let there = found.addr.map(|addr| Endpoint::new(addr, found.port).to_string());
            let words = text[found.at..found.at + found.len].to_owned();
            Some((there.unwrap_or_else(|| found.port.to_string()), words))
        };
        for text in [
            "227 Entering Passive Mode (10,9,0,11,19,137).\r\n",
            "227 Entering Passive Mode 10,9,0,11,19,137\r\n",
            "227 =10,9,0,11,19,137 and more",
            "227 ok(10,9,0,11,19,137)",
            "227 10,9,0,11,19,137,5\r\n",
        ] {
            let wanted = Some(("10.9.0.11:5001".to_owned(), "10,9,0,11,19,137".to_owned()));
            assert_eq!(read(text, Passive::Numbers), wanted, "{text:?}");
            assert_eq!(read(text, Passive::Extended), None, "{text:?}");
            assert_eq!(read(text, Passive::Nothing), None, "{text:?}");
        }
        for text in [
            "227 Mode 7 is 10,9,0,11,19,137\r\n",
            "227 (x) (10,9,0,11,19,137)\r\n",
            "227 (10, 9, 0, 11, 19, 137)\r\n",
            "227 (10,9,0,11,19,137",
            "227 (10,9,0,11,300,1)\r\n",
            "227-ok (10,9,0,11,19,137)\r\n",
            "227 ok\r\n228 (10,9,0,11,19,137)\r\n",
            "227 ",
            "200 ok\r\n227 (10,9,0,11,19,137)\r\n",
        ] {
            assert_eq!(read(text, Passive::Numbers), None, "{text:?}");
        }
        let extended = |text| read(text, Passive::Extended);
        assert_eq!(extended("229 ok (|||5001|)\r\n"), Some(("5001".into(), "|||5001|".into())));
        assert_eq!(extended("229 ok 1 (|||05001|"), Some(("5001".into(), "|||05001|".into())));
        assert_eq!(extended("229 ok (!!!5001!)\r\n"), Some(("5001".into(), "!!!5001!".into())));
        let with_address = Some(("10.9.0.11:5001".into(), "|1|10.9.0.11|5001|".into()));
        assert_eq!(extended("229 ok (|1|10.9.0.11|5001|)\r\n"), with_address);
        for text in ["229 ok |||5001|\r\n", "229 (x) (|||5001|)\r\n", "229 (|||70000|)\r\n", "229 (|||)\r\n"]
        {
            assert_eq!(extended(text), None, "{text:?}");
        }
    }

    #[test]
    fn words() {
        let text = |kind, there: &str| {
            Words::of(kind, endpoint(there))
                .map(|words| String::from_utf8(words.as_bytes().to_vec()).unwrap())
        };
        assert_eq!(text(Passive::Numbers, "10.9.0.100:5001").as_deref(), Some("10,9,0,100,19,137"));
        let longest = text(Passive::Numbers, "255.255.255.255:65535").unwrap();
        assert_eq!(longest.len(), Words::MAX_LEN);
        assert_eq!(text(Passive::Extended, "[fd00::1]:5001").as_deref(), Some("|||5001|"));
        assert_eq!(text(Passive::Numbers, "[fd00::1]:5001"), None);
    }

    proptest! {
        /// Whatever comes: no panic, and what is found lies in the text and reads the same again.
        #[test]
        fn hostile_texts(start in "(227 |229 |PORT |EPRT |EPSV |PASV|)", rest in "[0-9(),|. !A-Z\r\n]{0,60}", noise: Vec<u8>) {
            let mut text = start.into_bytes();
            text.extend(rest.bytes());
            text.extend(&noise);
            for family in [Family::V4, Family::V6] {
                let _ = read_command(&text, family);
                let _ = read_command(&noise, family);
            }
            for kind in [Passive::Numbers, Passive::Extended] {
                if let Some(found) = read_reply(&text, kind) {
                    let (head, tail) = (&text[..found.at], &text[found.at + found.len..]);
                    let vip: IpAddr = "198.51.100.100".parse().unwrap();
                    let words = Words::of(kind, Endpoint::new(vip, found.port)).unwrap();
                    prop_assert!(words.as_bytes().len() <= found.len + 12, "room for growth");
                    let again = [head, words.as_bytes(), tail].concat();
                    let read = read_reply(&again, kind).unwrap();
                    prop_assert_eq!((read.port, read.at, read.len), (found.port, found.at, words.as_bytes().len()));
                }
                let _ = read_reply(&noise, kind);
            }
        }
    }
}
