//! Target `genl`: netlink datagrams of programs that know the kernel's IPVS.
//!
//! ```text
//! input: RIG DATAGRAM*       a datagram: LENGTH (2) BYTES, or from 0xfe00 on: one that is made of attributes
//! ```

use super::bytes::Bytes;
use super::rig::Rig;
use ulvs::api::genl::Conversation;
use ulvs::control::command::Request;

/// Datagrams that one input may hold.
const DATAGRAMS: usize = 24;
/// Bytes of a netlink message's header.
const HEADER_LEN: usize = 16;
/// Messages of one datagram that are answered (`api::genl`).
const MAX_MESSAGES: usize = 64;
/// From here on a length says that a message is to be made.
const MADE: u16 = 0xfe00;

/// Runs it.
///
/// # Panics
/// The answers are none.
pub fn run(data: &[u8]) {
    let mut bytes = Bytes(data);
    let how = bytes.byte();
    let mut rig = if how & 1 == 0 { Rig::new() } else { Rig::with_services(usize::from(how >> 1)) };
    for _ in 0..DATAGRAMS {
        if bytes.is_empty() {
            break;
        }
        let datagram = match bytes.word() {
            len if len < MADE => bytes.take(usize::from(len)).to_vec(),
            _ => made(&mut bytes),
        };
        let mut asked = 0;
        let answers = Conversation::new(|request: Request| {
            asked += 1;
            rig.ask(request)
        })
        .answer(&datagram);
        assert!(asked <= 3 * MAX_MESSAGES, "{asked} requests of one datagram");
        let sequences = sequences(&datagram);
        for answer in &answers {
            check(answer, &sequences);
        }
    }
    rig.check_fixpoint();
}

/// Sequence numbers and ports of the messages of a datagram.
fn sequences(datagram: &[u8]) -> Vec<[u8; 8]> {
    let mut rest = datagram;
    let mut all = Vec::new();
    while let Some(header) = rest.first_chunk::<HEADER_LEN>() {
        all.extend(<[u8; 8]>::try_from(&header[8..]));
        let len = u32::from_ne_bytes([header[0], header[1], header[2], header[3]]);
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        if len < HEADER_LEN {
            break;
        }
        rest = rest.get(len.saturating_add(3) & !3..).unwrap_or_default();
    }
    all
}

/// A datagram of answers: messages that are whole, one behind the other, each to one who asked.
fn check(answer: &[u8], sequences: &[[u8; 8]]) {
    let mut rest = answer;
    assert!(!answer.is_empty(), "an answer of no bytes");
    while !rest.is_empty() {
        let header = rest.first_chunk::<HEADER_LEN>().expect("a whole header");
        let len = u32::from_ne_bytes([header[0], header[1], header[2], header[3]]) as usize;
        let kind = u16::from_ne_bytes([header[4], header[5]]);
        let body = rest.get(HEADER_LEN..len).expect("a whole message");
        let to = <[u8; 8]>::try_from(&header[8..]).expect("eight bytes");
        assert!(sequences.contains(&to), "an answer to nobody");
        match kind {
            2 => assert!(body.len() >= 4 + HEADER_LEN, "an error of {} bytes", body.len()),
            3 => assert_eq!(body.len(), 4),
            _ => attributes(body.get(4..).expect("a generic header")),
        }
        rest = rest.get((len + 3) & !3..).unwrap_or_default();
    }
}

fn attributes(mut rest: &[u8]) {
    while !rest.is_empty() {
        let header = rest.first_chunk::<4>().expect("an attribute's header");
        let len = usize::from(u16::from_ne_bytes([header[0], header[1]]));
        assert!(len >= 4 && len <= rest.len(), "an attribute of {len} bytes in {}", rest.len());
        rest = rest.get((len + 3) & !3..).unwrap_or_default();
    }
}

/// A message of one of the families, as a client would fill it in; some numbers and lengths are odd.
fn made(bytes: &mut Bytes<'_>) -> Vec<u8> {
    let kind = bytes.pick(&[0x20_u16, 0x20, 0x20, 0x20, 0x20, 0x10, 0x21, 3]);
    let flags = bytes.pick(&[1_u16, 5, 0x301, 0x305, 0, 0xffff]);
    let command = bytes.byte() % 20;
    let mut body = vec![command, 1, 0, 0];
    match kind {
        0x10 => {
            let name: &[u8] =
                bytes.pick(&[&b"IPVS\0"[..], b"nlctrl\0", b"ULVS\0", b"", b"\xff\xff\0", b"IPVS"]);
            body[0] = 3;
            put(&mut body, 2, name);
            if bytes.rarely(3) {
                put(&mut body, 1, &bytes.word().to_be_bytes());
            }
        }
        0x21 => {
            body[0] = 1;
            let name: &[u8] = bytes.pick(&[&b"ip_vs\0"[..], b"ip_vs_conn\0", b"ip_vs_stats\0", b"\0", b"x"]);
            put(&mut body, 1, name);
        }
        _ => {
            if !bytes.rarely(8) {
                let inner = service(bytes);
                put(&mut body, 1 | nested(bytes), &inner);
            }
            if matches!(command, 5..=7) || bytes.rarely(8) {
                let inner = server(bytes);
                put(&mut body, 2 | nested(bytes), &inner);
            }
            if matches!(command, 9 | 10) {
                let inner = daemon(bytes);
                put(&mut body, 3 | nested(bytes), &inner);
            }
            if command == 12 {
                for number in 4..=6 {
                    put(&mut body, number, &bytes.pick(&[0_u32, 1, 900, u32::MAX]).to_ne_bytes());
                }
            }
        }
    }
    let len = u32::try_from(HEADER_LEN + body.len()).unwrap_or(0);
    let mut out = len.to_ne_bytes().to_vec();
    out.extend(kind.to_ne_bytes());
    out.extend(flags.to_ne_bytes());
    out.extend(u32::from(bytes.byte()).to_ne_bytes());
    out.extend(4711_u32.to_ne_bytes());
    out.extend(body);
    out
}

fn nested(bytes: &mut Bytes<'_>) -> u16 {
    if bytes.rarely(4) { 0x8000 } else { 0 }
}

fn put(to: &mut Vec<u8>, kind: u16, value: &[u8]) {
    to.extend(u16::try_from(4 + value.len()).unwrap_or(4).to_ne_bytes());
    to.extend(kind.to_ne_bytes());
    to.extend(value);
    to.resize(to.len().next_multiple_of(4), 0);
}

/// A value as it is, or of another length.
fn odd(bytes: &mut Bytes<'_>, to: &mut Vec<u8>, kind: u16, value: &[u8]) {
    match bytes.byte() {
        255 => {}
        254 => put(to, kind, &value[..value.len() / 2]),
        253 => put(to, kind, &[value, value].concat()),
        _ => put(to, kind, value),
    }
}

fn address(v6: bool, v4: [u8; 4], last: u8) -> [u8; 16] {
    let mut addr = [0; 16];
    if v6 {
        addr[..4].copy_from_slice(&[0xfd, 0, 0, 9]);
        addr[14] = u8::from(last == 0);
        addr[15] = last;
    } else {
        addr[..4].copy_from_slice(&v4);
    }
    addr
}

fn service(bytes: &mut Bytes<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    let v6 = bytes.rarely(3);
    odd(bytes, &mut out, 1, &(if v6 { 10_u16 } else { 2 }).to_ne_bytes());
    if bytes.rarely(8) {
        odd(bytes, &mut out, 5, &bytes.clone().pick(&[1_u32, 0, u32::MAX]).to_ne_bytes());
    } else {
        let protocol = bytes.pick(&[6_u16, 17, 132, 6, 17, 0, 256 + 6]);
        odd(bytes, &mut out, 2, &protocol.to_ne_bytes());
        odd(bytes, &mut out, 3, &address(v6, [10, 9, 0, 100], 0));
        let port = bytes.pick(&[80_u16, 81, 82, 83, 84, 53, 54, 90, 21, 0, 7]);
        odd(bytes, &mut out, 4, &port.to_be_bytes());
    }
    let name: &[u8] = bytes.pick(&[
        &b"rr\0"[..],
        b"wlc\0",
        b"sh\0",
        b"mh\0",
        b"none\0",
        b"",
        b"\xff",
        b"nq",
        b"sixteen-bytes-xx\0",
    ]);
    odd(bytes, &mut out, 6, name);
    let flags = u32::from(bytes.byte());
    let mask = bytes.pick(&[u32::MAX, 0, 0x3f]);
    odd(bytes, &mut out, 7, &[flags.to_ne_bytes(), mask.to_ne_bytes()].concat());
    odd(bytes, &mut out, 8, &bytes.clone().pick(&[0_u32, 1, 300, u32::MAX]).to_ne_bytes());
    let netmask = bytes.pick(&[u32::MAX, 0x00ff_ffff, 0, 64, 128, 129]);
    odd(bytes, &mut out, 9, &netmask.to_ne_bytes());
    if bytes.rarely(8) {
        odd(bytes, &mut out, 11, b"sip\0");
    }
    out
}

fn server(bytes: &mut Bytes<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    let v6 = bytes.rarely(3);
    let last = 10 + bytes.byte() % 10;
    odd(bytes, &mut out, 11, &(if v6 { 10_u16 } else { 2 }).to_ne_bytes());
    odd(bytes, &mut out, 1, &address(v6, [10, 9, 0, last], last));
    let port = bytes.pick(&[80_u16, 8080, 0, 5354, 9090]);
    odd(bytes, &mut out, 2, &port.to_be_bytes());
    odd(bytes, &mut out, 3, &bytes.clone().pick(&[0_u32, 1, 2, 3, 4, 7, u32::MAX]).to_ne_bytes());
    let weight = bytes.pick(&[1_u32, 0, 100, i32::MAX as u32, u32::MAX]);
    odd(bytes, &mut out, 4, &weight.to_ne_bytes());
    odd(bytes, &mut out, 5, &u32::from(bytes.clone().byte()).to_ne_bytes());
    odd(bytes, &mut out, 6, &u32::from(bytes.clone().byte()).to_ne_bytes());
    if bytes.rarely(4) {
        odd(bytes, &mut out, 13, &[bytes.clone().byte() & 3]);
        odd(bytes, &mut out, 14, &6080_u16.to_be_bytes());
        odd(bytes, &mut out, 15, &u16::from(bytes.clone().byte()).to_ne_bytes());
    }
    out
}

fn daemon(bytes: &mut Bytes<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    odd(bytes, &mut out, 1, &u32::from(bytes.clone().byte() & 3).to_ne_bytes());
    odd(bytes, &mut out, 2, b"eth0\0");
    odd(bytes, &mut out, 3, &u32::from(bytes.clone().byte()).to_ne_bytes());
    odd(bytes, &mut out, 4, &1472_u16.to_ne_bytes());
    odd(bytes, &mut out, 5, &[224, 0, 0, 81]);
    odd(bytes, &mut out, 7, &8848_u16.to_ne_bytes());
    odd(bytes, &mut out, 8, &[1]);
    out
}
