//! The frames of scenarios, read from text: `gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=64`.

use super::rig;
use anyhow::{Context, Result, anyhow, bail, ensure};
use std::net::IpAddr;
use ulvs::lvs::Mac;

/// A frame to send: who sends it, to whom, and what is in it.
#[derive(Clone, Debug)]
pub struct FrameSpec {
    /// The sender's MAC address.
    pub from: Mac,
    /// The recipient's; the director's unless said otherwise.
    pub to: Mac,
    /// What it carries.
    pub body: Body,
}

/// What a frame carries.
#[derive(Clone, Debug)]
pub enum Body {
    /// An IP packet.
    Ip(Box<Packet>),
    /// An ARP packet.
    Arp {
        /// 1: request, 2: reply.
        operation: u16,
        /// Sender's address.
        sender: IpAddr,
        /// Target's address.
        target: IpAddr,
    },
    /// A neighbour solicitation.
    Solicitation {
        /// Who is asked for.
        target: IpAddr,
        /// Who asks.
        sender: IpAddr,
    },
    /// Everything behind the MAC addresses.
    Raw(Vec<u8>),
}

/// Whether a checksum is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sum {
    /// Right.
    Right,
    /// One bit is wrong.
    Wrong,
    /// Zero (UDP: none).
    Zero,
}

/// An IP packet.
#[derive(Clone, Debug)]
pub struct Packet {
    /// Source.
    pub source: IpAddr,
    /// Destination.
    pub destination: IpAddr,
    /// Source port, where there are ports.
    pub sport: u16,
    /// Destination port.
    pub dport: u16,
    /// TTL or hop limit.
    pub ttl: u8,
    /// Type of service or traffic class.
    pub tos: u8,
    /// IPv6 flow label.
    pub flow: u32,
    /// Identification.
    pub id: u16,
    /// Don't fragment.
    pub df: bool,
    /// More fragments; with `offset` makes a lone fragment of this packet.
    pub more: bool,
    /// Fragment offset in bytes; `Some` (also 0) makes a fragment of an IPv6 packet.
    pub offset: Option<u16>,
    /// IPv4 options, padded by the writer.
    pub options: Vec<u8>,
    /// IPv6 extension headers: protocol number and body from the third byte on (padded by the builder).
    pub extensions: Vec<(u8, Vec<u8>)>,
    /// The IPv4 header's checksum.
    pub header_sum: Sum,
    /// The transport's checksum.
    pub sum: Sum,
    /// The length in the IP header, if it lies.
    pub len: Option<u16>,
    /// The header length in words in the IPv4 header, if it lies.
    pub words: Option<u8>,
    /// The frame is cut after so many bytes of the packet.
    pub cut: Option<usize>,
    /// Sent in fragments of at most so many bytes of packet.
    pub fragment: Option<usize>,
    /// Order of the fragments, counted from 1; empty: as they come.
    pub order: Vec<usize>,
    /// Payload of the transport.
    pub data: Vec<u8>,
    /// The transport.
    pub transport: Transport,
}

/// The transport of a packet.
#[derive(Clone, Debug)]
pub enum Transport {
    /// TCP.
    Tcp {
        /// The flags' byte.
        flags: u8,
        /// Sequence number.
        seq: u32,
        /// Acknowledgement number.
        ack: u32,
        /// Window.
        window: u16,
        /// Urgent pointer.
        urgent: u16,
        /// Options, padded by the builder.
        options: Vec<u8>,
        /// The header length in words, if it lies.
        words: Option<u8>,
    },
    /// UDP.
    Udp {
        /// The length field, if it lies.
        len: Option<u16>,
    },
    /// SCTP.
    Sctp {
        /// Verification tag.
        tag: u32,
        /// Chunks: type, flags and value.
        chunks: Vec<(u8, u8, Vec<u8>)>,
    },
    /// ICMP or ICMPv6, by the addresses' family.
    Icmp {
        /// Type.
        kind: u8,
        /// Code.
        code: u8,
        /// The four bytes behind the checksum.
        rest: [u8; 4],
        /// What an error quotes.
        quoted: Option<Quoted>,
    },
    /// Another protocol.
    Other(u8),
    /// A packet in a packet.
    Tunnel(Tunnel, Box<Packet>),
}

/// How a packet is wrapped in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tunnel {
    /// Bare.
    Ipip,
    /// Generic routing encapsulation.
    Gre {
        /// With a checksum.
        sum: bool,
    },
    /// Generic UDP encapsulation, version 0 with the inner protocol's number.
    Gue,
}

/// What an ICMP error quotes.
#[derive(Clone, Debug)]
pub struct Quoted {
    /// Which packet.
    pub packet: Quotable,
    /// Its first so many bytes; `None`: header and eight bytes (IPv6: all).
    pub len: Option<usize>,
}

/// A packet that can be quoted.
#[derive(Clone, Debug)]
pub enum Quotable {
    /// The last that the director emitted.
    Last,
    /// The last that was sent to it.
    Sent,
    /// The last that the director emitted, or if there is none, that was sent to it.
    Recent,
    /// This one.
    Given(Box<Packet>),
}

/// Flags in the order of their bits.
pub const TCP_FLAGS: &str = "FSRPAUEC";
/// Chunk types of SCTP with names.
pub const CHUNKS: [(&str, u8); 13] = [
    ("DATA", 0),
    ("INIT", 1),
    ("INIT-ACK", 2),
    ("SACK", 3),
    ("HEARTBEAT", 4),
    ("HEARTBEAT-ACK", 5),
    ("ABORT", 6),
    ("SHUTDOWN", 7),
    ("SHUTDOWN-ACK", 8),
    ("ERROR", 9),
    ("COOKIE-ECHO", 10),
    ("COOKIE-ACK", 11),
    ("SHUTDOWN-COMPLETE", 14),
];

impl FrameSpec {
    /// Reads `ROLE …`.
    ///
    /// # Errors
    /// What is not understood.
    pub fn parse(text: &str) -> Result<Self> {
        let words = words(text)?;
        let (role, mut rest) = words.split_first().context("who sends it?")?;
        let from = rig::role_mac(role).with_context(|| format!("no such role: {role}"))?;
        let mut to = rig::DIRECTOR;
        if let Some((first, behind)) = rest.split_first()
            && let Some(role) = first.strip_prefix("to=")
        {
            to = rig::role_mac(role).with_context(|| format!("no such role: {role}"))?;
            rest = behind;
        }
        let body = match rest {
            ["arp", "who-has", target, "tell", sender] => {
                Body::Arp { operation: 1, sender: sender.parse()?, target: target.parse()? }
            }
            ["arp", sender, "is-at", target] => {
                Body::Arp { operation: 2, sender: sender.parse()?, target: target.parse()? }
            }
            ["nd", "who-has", target, "tell", sender] => {
                Body::Solicitation { target: target.parse()?, sender: sender.parse()? }
            }
            ["raw", hex] => Body::Raw(bytes_of(hex)?),
            _ => Body::Ip(Box::new(packet(rest)?)),
        };
        Ok(Self { from, to, body })
    }
}

/// Words, where text in quotes and what is in parentheses is one word.
fn words(text: &str) -> Result<Vec<&str>> {
    let mut found = Vec::new();
    let (mut start, mut depth, mut quoted) = (None, 0_usize, false);
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if c.is_whitespace() && depth == 0 && !quoted {
            if let Some(start) = start.take() {
                found.push(text.get(start..at).unwrap_or_default());
            }
            continue;
        }
        start.get_or_insert(at);
        match c {
            '"' if !escaped => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.checked_sub(1).context("a ) without (")?,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    ensure!(depth == 0 && !quoted, "a ( or a \" is not closed");
    if let Some(start) = start {
        found.push(text.get(start..).unwrap_or_default());
    }
    Ok(found)
}

/// A packet in parentheses.
fn nested(word: &str) -> Result<Box<Packet>> {
    let inside = word.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let inside = inside.with_context(|| format!("a packet in parentheses, not {word}"))?;
    Ok(Box::new(packet(&words(inside)?)?))
}

fn packet(words: &[&str]) -> Result<Packet> {
    let [kind, source, ">", destination, fields @ ..] = words else {
        bail!("PROTOCOL SOURCE > DESTINATION …");
    };
    let has_ports = matches!(*kind, "tcp" | "udp" | "sctp" | "gue");
    let (source, sport) = endpoint(source, has_ports)?;
    let (destination, dport) = endpoint(destination, has_ports)?;
    ensure!(source.is_ipv4() == destination.is_ipv4(), "one packet, two families");
    let transport = match *kind {
        "tcp" => Transport::Tcp {
            flags: 0,
            seq: 1000,
            ack: 0,
            window: 8192,
            urgent: 0,
            options: Vec::new(),
            words: None,
        },
        "udp" => Transport::Udp { len: None },
        "sctp" => Transport::Sctp { tag: 1, chunks: Vec::new() },
        "icmp" => Transport::Icmp { kind: 0, code: 0, rest: [0; 4], quoted: None },
        "ip" => Transport::Other(253),
        "ipip" | "gre" | "gue" => {
            let (inner, tunnel) = (fields.last().context("what is in the tunnel?")?, *kind);
            let tunnel = match tunnel {
                "ipip" => Tunnel::Ipip,
                "gue" => Tunnel::Gue,
                _ => Tunnel::Gre { sum: false },
            };
            Transport::Tunnel(tunnel, nested(inner)?)
        }
        other => bail!("no such protocol: {other}"),
    };
    let mut packet = Packet {
        source,
        destination,
        sport,
        dport,
        ttl: 64,
        tos: 0,
        flow: 0,
        id: 77,
        df: *kind == "tcp",
        more: false,
        offset: None,
        options: Vec::new(),
        extensions: Vec::new(),
        header_sum: Sum::Right,
        sum: Sum::Right,
        len: None,
        words: None,
        cut: None,
        fragment: None,
        order: Vec::new(),
        data: Vec::new(),
        transport,
    };
    let mut fields = fields.iter();
    while let Some(field) = fields.next() {
        if *field == "quoting" {
            let what = fields.next().context("quoting what?")?;
            packet.quote(what)?;
        } else if !(field.starts_with('(') && matches!(packet.transport, Transport::Tunnel(..))) {
            packet.field(field).with_context(|| format!("not understood: {field}"))?;
        }
    }
    Ok(packet)
}

/// `10.9.0.100:80`, `[fd00:9::100]:80`, or without a port.
fn endpoint(text: &str, has_port: bool) -> Result<(IpAddr, u16)> {
    if !has_port {
        let addr = text.trim_start_matches('[').trim_end_matches(']');
        return Ok((addr.parse().with_context(|| format!("no address: {text}"))?, 0));
    }
    let (addr, port) = text.rsplit_once(':').with_context(|| format!("no port: {text}"))?;
    let addr = addr.trim_start_matches('[').trim_end_matches(']');
    let addr = addr.parse().with_context(|| format!("no address: {text}"))?;
    Ok((addr, port.parse().with_context(|| format!("no port: {text}"))?))
}

impl Packet {
    fn quote(&mut self, what: &str) -> Result<()> {
        let Transport::Icmp { quoted, .. } = &mut self.transport else { bail!("only ICMP quotes") };
        let packet = match what {
            "last" => Quotable::Last,
            "sent" => Quotable::Sent,
            "recent" => Quotable::Recent,
            given => Quotable::Given(nested(given)?),
        };
        let len = quoted.take().and_then(|before| before.len);
        *quoted = Some(Quoted { packet, len });
        Ok(())
    }

    fn field(&mut self, field: &str) -> Result<()> {
        if let Some((name, value)) = field.split_once('=') {
            if self.transport_value(name, value)? {
                return Ok(());
            }
            return self.value(name, value);
        }
        match field {
            "df" => self.df = true,
            "nodf" => self.df = false,
            "badsum" => self.sum = Sum::Wrong,
            "nosum" => self.sum = Sum::Zero,
            "badipsum" => self.header_sum = Sum::Wrong,
            _ => self.transport_word(field)?,
        }
        Ok(())
    }

    /// A word that only this transport knows.
    fn transport_word(&mut self, word: &str) -> Result<()> {
        match &mut self.transport {
            Transport::Tcp { flags, .. } => *flags |= tcp_flags(word)?,
            Transport::Sctp { chunks, .. } => chunks.push(chunk(word)?),
            Transport::Icmp { kind, code, .. } => {
                let (one, other) = word.split_once('/').context("TYPE/CODE")?;
                (*kind, *code) = (one.parse()?, other.parse()?);
            }
            Transport::Tunnel(Tunnel::Gre { sum }, _) if word == "sum" => *sum = true,
            _ => bail!("unknown word"),
        }
        Ok(())
    }

    /// A value that only this transport knows; false if it does not.
    fn transport_value(&mut self, name: &str, value: &str) -> Result<bool> {
        match (&mut self.transport, name) {
            (Transport::Tcp { seq, .. }, "seq") => *seq = value.parse()?,
            (Transport::Tcp { ack, .. }, "ack") => *ack = value.parse()?,
            (Transport::Tcp { window, .. }, "win") => *window = value.parse()?,
            (Transport::Tcp { urgent, .. }, "urg") => *urgent = value.parse()?,
            (Transport::Tcp { options, .. }, "opts") => *options = tcp_options(value)?,
            (Transport::Tcp { words, .. }, "doff") => *words = Some(value.parse()?),
            (Transport::Udp { len }, "ulen") => *len = Some(value.parse()?),
            (Transport::Sctp { tag, .. }, "tag") => *tag = value.parse()?,
            (Transport::Icmp { rest, .. }, "echo") => {
                let (id, seq) = value.split_once('/').context("ID/SEQ")?;
                let (id, seq): (u16, u16) = (id.parse()?, seq.parse()?);
                *rest = (u32::from(id) << 16 | u32::from(seq)).to_be_bytes();
            }
            (Transport::Icmp { rest, .. }, "mtu") => *rest = value.parse::<u32>()?.to_be_bytes(),
            (Transport::Icmp { rest, .. }, "rest") => {
                *rest = bytes_of(value)?.try_into().map_err(|_| anyhow!("four bytes"))?;
            }
            (Transport::Icmp { quoted, .. }, "quote") => {
                let len = Some(if value == "all" { usize::MAX } else { value.parse()? });
                match quoted {
                    Some(quoted) => quoted.len = len,
                    None => *quoted = Some(Quoted { packet: Quotable::Last, len }),
                }
            }
            (Transport::Other(number), "proto") => *number = value.parse()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn value(&mut self, name: &str, value: &str) -> Result<()> {
        match name {
            "ttl" | "hlim" => self.ttl = value.parse()?,
            "tos" | "tc" => self.tos = value.parse()?,
            "flow" => self.flow = value.parse()?,
            "id" => self.id = value.parse()?,
            "frag" => {
                self.more = value.ends_with('+');
                self.offset = Some(value.trim_end_matches('+').parse()?);
            }
            "ipopts" => self.options = bytes_of(value)?,
            "ext" => self.extensions = value.split(',').map(extension).collect::<Result<_>>()?,
            "len" => self.len = Some(value.parse()?),
            "ihl" => self.words = Some(value.parse()?),
            "cut" => self.cut = Some(value.parse()?),
            "fragment" => self.fragment = Some(value.parse()?),
            "order" => {
                self.order = value.split(',').map(str::parse).collect::<Result<_, _>>()?;
            }
            "data" => self.data = data(value)?,
            "hex" => self.data = bytes_of(value)?,
            _ => bail!("unknown field"),
        }
        Ok(())
    }
}

fn tcp_flags(word: &str) -> Result<u8> {
    if word == "-" {
        return Ok(0);
    }
    let mut flags = 0;
    for c in word.chars() {
        flags |= 1 << TCP_FLAGS.find(c).with_context(|| format!("no flag {c}; there are {TCP_FLAGS}"))?;
    }
    Ok(flags)
}

/// `INIT` or `INIT(flags hex value)` is not needed: a chunk by name has a plausible value; `chunk:TYPE:FLAGS:HEX` any.
fn chunk(word: &str) -> Result<(u8, u8, Vec<u8>)> {
    if let Some(rest) = word.strip_prefix("chunk:") {
        let mut parts = rest.splitn(3, ':');
        let mut next = || parts.next().context("chunk:TYPE:FLAGS:HEX");
        return Ok((next()?.parse()?, next()?.parse()?, bytes_of(next()?)?));
    }
    let found = CHUNKS.iter().find(|(name, _)| *name == word);
    let (_, kind) = found.with_context(|| format!("no chunk {word}"))?;
    let value = match kind {
        0 => [&[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0][..], b"data"].concat(),
        1 | 2 => vec![0, 0, 0, 9, 0, 0, 0x10, 0, 0, 1, 0, 1, 0, 0, 0, 1],
        3 => vec![0, 0, 0, 1, 0, 0, 0x10, 0, 0, 0, 0, 0],
        7 => vec![0, 0, 0, 1],
        10 => b"cookie!!".to_vec(),
        _ => Vec::new(),
    };
    Ok((*kind, 0, value))
}

/// `mss:1460,sackok,ts:1:0,nop,ws:7`, or `hex:…`.
fn tcp_options(text: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for option in text.split(',') {
        let mut parts = option.split(':');
        let name = parts.next().unwrap_or_default();
        let mut number = || -> Result<u32> { Ok(parts.next().context("a value")?.parse()?) };
        match name {
            "eol" => bytes.push(0),
            "nop" => bytes.push(1),
            "mss" => {
                bytes.extend([2, 4]);
                bytes.extend(u16::try_from(number()?)?.to_be_bytes());
            }
            "ws" => bytes.extend([3, 3, u8::try_from(number()?)?]),
            "sackok" => bytes.extend([4, 2]),
            "ts" => {
                bytes.extend([8, 10]);
                bytes.extend(number()?.to_be_bytes());
                bytes.extend(number()?.to_be_bytes());
            }
            "hex" => bytes.extend(bytes_of(parts.next().context("bytes")?)?),
            _ => bail!("no TCP option {name}"),
        }
    }
    Ok(bytes)
}

/// `hop`, `dest`, `route` (type 2, no segments left), `route0` (type 0, one left), or `NUMBER:HEX`.
fn extension(text: &str) -> Result<(u8, Vec<u8>)> {
    Ok(match text {
        "hop" => (0, vec![1, 4, 0, 0, 0, 0]),
        "dest" => (60, vec![1, 4, 0, 0, 0, 0]),
        "route" => (43, [&[2, 0, 0, 0, 0, 0][..], &[0; 16]].concat()),
        "route0" => (43, [&[0, 1, 0, 0, 0, 0][..], &[0; 16]].concat()),
        _ => {
            let (number, hex) = text.split_once(':').context("hop, dest, route, route0 or NUMBER:HEX")?;
            (number.parse()?, bytes_of(hex)?)
        }
    })
}

/// `"text"` with \r \n \t \\ \" \xHH, or a number: so many bytes that count up.
fn data(text: &str) -> Result<Vec<u8>> {
    if let Ok(len) = text.parse::<usize>() {
        ensure!(len <= 65_000, "too long");
        return Ok(filler(len));
    }
    let inside = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let mut chars = inside.context("text in quotes, or a length")?.chars();
    let mut bytes = Vec::new();
    while let Some(c) = chars.next() {
        if c != '\\' {
            bytes.extend(c.to_string().as_bytes());
            continue;
        }
        bytes.push(match chars.next().context("an escape at the end")? {
            'r' => b'\r',
            'n' => b'\n',
            't' => b'\t',
            '0' => 0,
            'x' => {
                let digits: String = chars.by_ref().take(2).collect();
                u8::from_str_radix(&digits, 16)?
            }
            other => u8::try_from(other)?,
        });
    }
    Ok(bytes)
}

/// Bytes that differ from place to place, so that nothing can be exchanged unseen.
pub fn filler(len: usize) -> Vec<u8> {
    #[expect(clippy::cast_possible_truncation, reason = "a pattern of 251 bytes")]
    (0..len).map(|at| (at % 251) as u8).collect()
}

/// Bytes from hexadecimal digits; `.` and `_` may stand between them.
///
/// # Errors
/// Other characters, or half a byte.
pub fn bytes_of(hex: &str) -> Result<Vec<u8>> {
    let digits: Vec<u32> = hex
        .chars()
        .filter(|c| !matches!(c, '.' | '_'))
        .map(|c| c.to_digit(16).with_context(|| format!("no hexadecimal digit: {c}")))
        .collect::<Result<_>>()?;
    ensure!(digits.len().is_multiple_of(2), "half a byte");
    let byte = |pair: &[u32]| pair.iter().fold(0_u32, |byte, digit| byte << 4 | digit);
    Ok(digits.chunks(2).map(|pair| u8::try_from(byte(pair)).unwrap_or(0)).collect())
}
