//! Hosts that speak FTP or SIP through the director: what helpers read. A client hears what really came out, and answers
//! that; so who speaks orderly must be understood.

use super::bytes::Bytes;
use super::packet::{End, Given, TCP, Talk, UDP, around, framed, in_fragments, partial, repair, virt};
use super::rig::{GATEWAY, LINK, server_addr, server_mac};
use std::net::IpAddr;
use ulvs::frame::memory::Emitted;

/// Clients who speak FTP have ports above.
pub const FIRST_PORT: u16 = 41000;

/// What is said in one dialogue, at most.
const TURNS: usize = 24;

const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const PUSH: u8 = 8;
const ACK: u8 = 0x10;

/// A TCP segment with all that matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Segment {
    flags: u8,
    sequence: u32,
    ack: u32,
    options: Vec<u8>,
    text: Vec<u8>,
}

impl Segment {
    fn bytes(&self, from: End, to: End) -> Vec<u8> {
        let mut out = [from.port.to_be_bytes(), to.port.to_be_bytes()].concat();
        out.extend(self.sequence.to_be_bytes());
        out.extend(self.ack.to_be_bytes());
        let len = 20 + self.options.len();
        out.extend([(len / 4 * 16) as u8, self.flags, 0x20, 0, 0, 0, 0, 0]);
        out.extend(&self.options);
        out.extend(&self.text);
        out
    }

    /// How far the sequence goes on.
    fn len(&self) -> u32 {
        u32::from(self.flags & (SYN | FIN) != 0) + self.text.len() as u32
    }
}

/// The TCP segment in a frame that came out, whole and without IPv6 extension headers, and its two ends.
fn heard(emitted: &Emitted) -> Option<(End, End, Segment)> {
    let packet = emitted.bytes.get(14..)?;
    let (from, to, inner): (IpAddr, IpAddr, &[u8]) = match emitted.bytes.get(12..14)? {
        [8, 0] if packet.get(9) == Some(&TCP) && packet[6] & 0x3f == 0 && packet[7] == 0 => {
            let octets = |at: usize| <[u8; 4]>::try_from(&packet[at..at + 4]).ok();
            let len = usize::from(u16::from_be_bytes([packet[2], packet[3]]));
            (octets(12)?.into(), octets(16)?.into(), packet.get(usize::from(packet[0] & 15) * 4..len)?)
        }
        [0x86, 0xdd] if packet.get(6) == Some(&TCP) => {
            let octets = |at: usize| <[u8; 16]>::try_from(&packet[at..at + 16]).ok();
            let len = 40 + usize::from(u16::from_be_bytes([packet[4], packet[5]]));
            (octets(8)?.into(), octets(24)?.into(), packet.get(40..len)?)
        }
        _ => return None,
    };
    let number = |at: usize| Some(u32::from_be_bytes(inner.get(at..at + 4)?.try_into().ok()?));
    let ports = number(0)?.to_be_bytes();
    let head = usize::from(inner.get(12)? >> 4) * 4;
    let segment = Segment {
        flags: *inner.get(13)?,
        sequence: number(4)?,
        ack: number(8)?,
        options: inner.get(20..head)?.to_vec(),
        text: inner.get(head..)?.to_vec(),
    };
    let from = End { addr: from, port: u16::from_be_bytes([ports[0], ports[1]]) };
    Some((from, End { addr: to, port: u16::from_be_bytes([ports[2], ports[3]]) }, segment))
}

/// Two who speak FTP.
struct Dialogue<'s> {
    send: &'s mut dyn FnMut(&Given) -> Vec<Emitted>,
    client: End,
    virt: End,
    real: End,
    /// The next octet of each by its own count: the client's, the real server's.
    next: [u32; 2],
    /// The next octet of the other that each has not heard yet.
    wanted: [u32; 2],
    /// Everything came out that went in, in order; so it must be understood.
    is_orderly: bool,
    /// The port that was announced last.
    announced: u16,
    said: Vec<(bool, Segment)>,
}

/// A client and a real server speak FTP, from the client's port `port`. `send` takes a frame through the director.
///
/// # Panics
/// What one of them said does not come to the other as it must.
pub fn ftp(bytes: &mut Bytes<'_>, port: u16, send: &mut dyn FnMut(&Given) -> Vec<Emitted>) {
    let how = bytes.byte();
    let v6 = how & 1 != 0;
    let n = how >> 5 & 3;
    let addr = if v6 {
        [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1 + u16::from(n)].into()
    } else {
        [172, 50, 7 + u8::from(n == 3) * 93, 1 + n * 60].into()
    };
    // One more than all ports are: who speaks from the same port again goes on where others were.
    let client = End { addr, port: if how & 0x80 != 0 { FIRST_PORT } else { port } };
    let virt = End { addr: virt(v6, how >> 1 & 3), port: if how & 8 != 0 { 8000 } else { 21 } };
    let mut first = || bytes.pick(&[1000, u32::MAX - 50, i32::MAX as u32 - 50, 0, 1]);
    let next = [first(), first()];
    let real = End { addr: server_addr(2, v6), port: 21 };
    let mut dialogue = Dialogue {
        send,
        client,
        virt,
        real,
        next,
        wanted: [0; 2],
        is_orderly: how & 0x80 == 0,
        announced: 0,
        said: Vec::new(),
    };
    dialogue.shake_hands();
    for _ in 0..TURNS {
        if bytes.is_empty() {
            break;
        }
        dialogue.turn(bytes);
    }
}

impl Dialogue<'_> {
    fn shake_hands(&mut self) {
        let syn = self.segment(true, SYN, b"");
        // The one who got it is the real server.
        if let Some((to, _)) = self.say(true, syn)
            && to != self.virt
            && to != self.client
        {
            self.real = to;
        } else {
            self.is_orderly = false;
        }
        self.wanted[1] = self.next[0];
        let answer = self.segment(false, SYN | ACK, b"");
        self.wanted[0] = self.next[1].wrapping_add(1);
        let _ = self.say(false, answer);
        let ack = self.segment(true, ACK, b"");
        let _ = self.say(true, ack);
    }

    fn segment(&self, by_client: bool, flags: u8, text: &[u8]) -> Segment {
        let me = usize::from(!by_client);
        let ack = if flags & ACK != 0 { self.wanted[me] } else { 0 };
        Segment { flags, sequence: self.next[me], ack, options: Vec::new(), text: text.to_vec() }
    }

    const fn ends(&self, by_client: bool) -> (End, End) {
        if by_client { (self.client, self.virt) } else { (self.real, self.client) }
    }

    /// The next segment of one of them: where it went, and what came there.
    fn say(&mut self, by_client: bool, segment: Segment) -> Option<(End, Segment)> {
        let came = self.repeat(by_client, &segment);
        let (me, other) = if by_client { (0, 1) } else { (1, 0) };
        self.next[me] = self.next[me].wrapping_add(segment.len());
        match &came {
            Some((_, came)) if self.is_orderly => {
                if came.flags & SYN == 0 {
                    assert_eq!(came.sequence, self.wanted[other], "a gap before {:?}", text_of(came));
                    // Each has acknowledged all that it has heard, so the other hears that all it said came.
                    assert_eq!(came.ack, self.next[other], "acknowledged by {:?}", text_of(came));
                }
                self.wanted[other] = came.sequence.wrapping_add(came.len());
            }
            _ => {
                self.is_orderly = false;
                self.wanted[other] = self.next[me];
            }
        }
        self.said.push((by_client, segment));
        came
    }

    /// A segment as it is.
    fn repeat(&mut self, by_client: bool, segment: &Segment) -> Option<(End, Segment)> {
        let (from, to) = self.ends(by_client);
        let came = self.carry(from, to, segment);
        let [only] = &came[..] else { return None };
        let (_, to, came) = heard(only)?;
        // Not what the director itself says to it.
        (came.flags == segment.flags && (by_client || to == self.client)).then_some((to, came))
    }

    fn carry(&mut self, from: End, to: End, segment: &Segment) -> Vec<Emitted> {
        let packet = around(&mut Bytes(&[]), from.addr, to.addr, TCP, &segment.bytes(from, to), None);
        let mut given = framed(&talk(from, to, TCP), &packet);
        repair(&mut given.bytes);
        (self.send)(&given)
    }

    fn turn(&mut self, bytes: &mut Bytes<'_>) {
        let how = bytes.byte();
        let by_client = how & 0x80 != 0;
        match how & 15 {
            0..=5 => {
                let text = self.line(bytes, by_client);
                self.tell(bytes, by_client, &text);
            }
            6 => self.tell(bytes, by_client, b""),
            7 => self.tell_again(bytes),
            8 | 9 => self.open_data(bytes),
            10 => {
                let text = bytes.take(usize::from(how >> 4 & 7) * 4);
                self.tell(bytes, by_client, text);
            }
            11 => {
                let flags = bytes.pick(&[FIN | ACK, RST, RST | ACK, SYN, SYN | ACK, 0, ACK]);
                self.is_orderly = false;
                let segment = self.segment(by_client, flags, b"");
                let _ = self.say(by_client, segment);
            }
            12 => {
                // Lines that follow in one segment, or are cut in two.
                let mut text = self.line(bytes, by_client);
                text.extend(self.line(bytes, by_client));
                let (one, two) = text.split_at(bytes.below(text.len() + 1));
                self.tell(bytes, by_client, one);
                self.tell(bytes, by_client, two);
            }
            _ => self.tell_oddly(bytes, by_client),
        }
    }

    /// Some text, well.
    fn tell(&mut self, bytes: &mut Bytes<'_>, by_client: bool, text: &[u8]) {
        let mut segment = self.segment(by_client, ACK | PUSH, text);
        if bytes.rarely(4) {
            let edge = |ack: u32| ack.wrapping_add(u32::from(bytes.byte())).to_be_bytes();
            let edges = [segment.ack, segment.ack.wrapping_add(7)].map(edge).concat();
            segment.options = [&[1, 1, 5, 10], &edges[..]].concat();
        }
        let came = self.say(by_client, segment.clone());
        // At once again, it is the same.
        if self.is_orderly && bytes.rarely(4) {
            assert_eq!(self.repeat(by_client, &segment), came, "said twice");
        }
    }

    /// Something that was said before.
    fn tell_again(&mut self, bytes: &mut Bytes<'_>) {
        let number = bytes.below(self.said.len());
        let Some((by_client, mut segment)) = self.said.get(number).cloned() else { return };
        let skipped = bytes.below(segment.text.len() + 1).min(usize::from(bytes.byte()));
        segment.text.drain(..skipped);
        segment.sequence = segment.sequence.wrapping_add(skipped as u32);
        // What was said long ago may come with a number of old, and what was cut may be understood otherwise.
        self.is_orderly = false;
        let _ = self.repeat(by_client, &segment);
    }

    /// Some text with numbers, checksums, headers or pieces that are odd.
    fn tell_oddly(&mut self, bytes: &mut Bytes<'_>, by_client: bool) {
        self.is_orderly = false;
        let text = self.line(bytes, by_client);
        let mut segment = self.segment(by_client, ACK | PUSH, &text);
        let (from, to) = self.ends(by_client);
        let talk = talk(from, to, TCP);
        let how = bytes.byte();
        if how & 0x40 != 0 {
            segment.sequence = segment.sequence.wrapping_add(bytes.pick(&[1, 100, 1 << 31, u32::MAX - 20]));
        }
        if how & 0x20 != 0 {
            let len = (1 + bytes.below(10)) * 4;
            segment.options = bytes.take(len).to_vec();
            segment.options.resize(len, 1);
        }
        if how & 0x10 != 0 {
            // As long as its way bears, or longer.
            segment.text.resize(1400 + bytes.below(80), b'x');
        }
        let inner = segment.bytes(from, to);
        let packet = around(bytes, from.addr, to.addr, TCP, &inner, None);
        let mut given = framed(&talk, &packet);
        repair(&mut given.bytes);
        match how & 7 {
            0 | 1 => {
                for piece in in_fragments(bytes, &talk, &inner) {
                    let _ = (self.send)(&piece);
                }
                return;
            }
            2 => partial(&mut given, TCP),
            3 => {
                partial(&mut given, TCP);
                let vnet = &mut given.meta.vnet;
                vnet.gso_type = if from.addr.is_ipv4() { 1 } else { 4 };
                vnet.gso_size = bytes.pick(&[1400, 100, 8, 1, 0]);
                vnet.hdr_len = vnet.csum_start + 20;
            }
            4 => {
                let at = given.bytes.len().saturating_sub(1 + usize::from(bytes.byte()));
                given.bytes[at] ^= 1 + (bytes.byte() & 0x7f);
            }
            5 => {
                let end = given.bytes.len() - bytes.below(40);
                given.bytes.truncate(end);
                given.meta.wire_len = end as u32;
            }
            _ => {}
        }
        let _ = (self.send)(&given);
    }

    /// A line that helpers read, more or less.
    fn line(&mut self, bytes: &mut Bytes<'_>, by_client: bool) -> Vec<u8> {
        let how = bytes.byte();
        let me = if by_client { self.client.addr } else { self.real.addr };
        let addr = match how >> 4 & 7 {
            0..=4 => me,
            5 => self.virt.addr,
            6 => self.client.addr,
            _ => server_addr(how & 7, how & 8 != 0),
        };
        let port = match bytes.byte() {
            port @ 0..=199 => 5000 + u16::from(port & 15),
            200..=219 => bytes.word(),
            220 => 1023,
            221 => 1024,
            _ => 50000 + u16::from(bytes.byte()),
        };
        self.announced = port;
        let end = bytes.pick(&["\r\n", "\r\n", "\r\n", "\n", "", "\r\nx", ")\r\n", ".\r\n"]);
        let [high, low] = port.to_be_bytes();
        let numbers = match (addr, how & 8 != 0) {
            (IpAddr::V4(addr), false) => {
                let [a, b, c, d] = addr.octets();
                format!("{a},{b},{c},{d},{high},{low}")
            }
            (IpAddr::V4(addr), true) => {
                let [a, b, c, d] = addr.octets();
                format!("{a:03},{b:03},{c:04},{d},{high:03},{low:03}")
            }
            (IpAddr::V6(_), _) => format!("1,2,3,4,{high},{low}"),
        };
        let mark = bytes.pick(&['|', '|', '|', '!', ',', '9']);
        let family = if addr.is_ipv4() { 1 } else { 2 };
        let whole = format!("{mark}{family}{mark}{addr}{mark}{port}{mark}");
        let line = match (by_client, how & 7) {
            (true, 0 | 1) => format!("PORT {numbers}"),
            (true, 2 | 3) => format!("EPRT {whole}"),
            (true, 4) => "PASV".to_owned(),
            (true, 5) => "EPSV".to_owned(),
            (true, 6) => format!("EPSV {family}"),
            (true, _) => "RETR a-file".to_owned(),
            (false, 0..=2) => format!("227 Entering Passive Mode ({numbers})"),
            (false, 3 | 4) => format!("229 Entering Extended Passive Mode ({mark}{mark}{mark}{port}{mark})"),
            (false, 5) => format!("229 ({whole})"),
            (false, 6) => format!("227 {numbers}"),
            (false, _) => format!("229 ({mark}{mark}{mark}{port:09}{mark})"),
        };
        [line.as_bytes(), end.as_bytes()].concat()
    }

    /// A data connection of the port that was announced last, or of another.
    fn open_data(&mut self, bytes: &mut Bytes<'_>) {
        let how = bytes.byte();
        let port = if how & 0x40 != 0 { self.announced ^ 1 } else { self.announced };
        let below = |port: u16| if how & 0x20 != 0 { 20 } else { port.wrapping_sub(1) };
        let (one, two, by_client) = if how & 1 != 0 {
            let client = End { addr: self.client.addr, port };
            let real = End { addr: self.real.addr, port: below(self.real.port) };
            (real, client, false)
        } else {
            let client = End { addr: self.client.addr, port: self.client.port ^ 0x1000 };
            (client, End { addr: self.virt.addr, port }, true)
        };
        // Whoever answers, answers as whom the other called.
        let (mut there, mut back) = (two, one);
        let mut data = Segment { flags: SYN, sequence: 1, ack: 0, options: Vec::new(), text: Vec::new() };
        for flags in [SYN, ACK, ACK | PUSH, FIN | ACK, ACK].into_iter().take(bytes.below(6)) {
            data.flags = flags;
            let came = self.carry(one, two, &data);
            if let [only] = &came[..]
                && let Some((from, to, _)) = heard(only)
            {
                (there, back) = (to, from);
            } else if by_client {
                there = End { addr: self.real.addr, ..two };
            }
            data.sequence = data.sequence.wrapping_add(data.len());
            data.flags |= ACK;
            if how & 2 == 0 {
                let _ = self.carry(there, back, &data);
            }
        }
    }
}

fn text_of(segment: &Segment) -> String {
    String::from_utf8_lossy(&segment.text).into_owned()
}

/// From the side of the network where they are.
fn talk(from: End, to: End, protocol: u8) -> Talk {
    let number = (1..=6).find(|number| {
        let number = *number;
        from.addr == server_addr(number, false) || from.addr == server_addr(number, true)
    });
    Talk { from, to, mac: number.map_or(GATEWAY, server_mac), port: LINK, protocol }
}

/// Pieces of which SIP's messages are made.
const WORDS: [&[u8]; 24] = [
    b"\r\n",
    b"\r\n",
    b"Call-ID",
    b":",
    b" ",
    b"a@b",
    b"i",
    b"\n",
    b"\r",
    b"\t",
    b"call-id",
    b"I",
    b"one",
    b"@",
    b"x.y",
    b"INVITE sip:b SIP/2.0",
    b"Via: SIP/2.0/UDP",
    b"a b",
    b";",
    b"\r\n ",
    b"CALL-ID: c\r\n",
    b"\r\n\r\n",
    b"[::1]",
    b"",
];

/// SIP's messages of several clients to one service, and their answers.
pub fn sip(bytes: &mut Bytes<'_>) -> Vec<Given> {
    let how = bytes.byte();
    let v6 = how & 1 != 0;
    let mut out = Vec::new();
    for _ in 0..=how >> 1 & 7 {
        let who = bytes.byte();
        let n = who & 3;
        let addr: IpAddr = if v6 {
            [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1 + u16::from(n)].into()
        } else {
            [172, 50, 7, 1 + n].into()
        };
        let client = End { addr, port: 5060 + u16::from(who >> 2 & 3) };
        let virt = End { addr: virt(v6, 1), port: 5060 };
        let real = End { addr: server_addr(2 + n, v6), port: 5060 + u16::from(v6) };
        let (from, to) = if who & 0x40 != 0 { (real, client) } else { (client, virt) };
        let mut text: Vec<u8> = if who & 0x20 != 0 { Vec::new() } else { b"INVITE x\r\nCall-ID: ".to_vec() };
        for _ in 0..bytes.below(16) {
            match bytes.byte() {
                byte @ 0..=239 => text.extend(WORDS[usize::from(byte) % WORDS.len()]),
                // About as long as one may be.
                byte => text.extend(vec![b'z'; 240 + usize::from(byte & 31)]),
            }
        }
        if who & 0x10 == 0 {
            text.extend(b"\r\n");
        }
        let mut inner = [from.port.to_be_bytes(), to.port.to_be_bytes()].concat();
        inner.extend(u16::try_from(8 + text.len()).unwrap_or(0).to_be_bytes());
        inner.extend([0, 0]);
        inner.extend(text);
        let talk = talk(from, to, UDP);
        if who & 0x80 != 0 {
            out.extend(in_fragments(bytes, &talk, &inner));
            continue;
        }
        let packet = around(bytes, from.addr, to.addr, UDP, &inner, None);
        let mut given = framed(&talk, &packet);
        repair(&mut given.bytes);
        out.push(given);
    }
    out
}
