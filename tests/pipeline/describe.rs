//! One line for a frame, in the words of the recordings.

use crate::make::{DIRECTOR, GATEWAY, fold, pseudo_sum, server_mac, sum};
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use ulvs::frame::VnetHeader;
use ulvs::frame::memory::Emitted;
use ulvs::lvs::Mac;

/// Where GUE tunnels of the tests end.
pub const GUE_PORT: u16 = 6080;

/// `director>rs2 ip …`; an unfinished checksum or a super-frame is noted at the end, a wrong checksum as ` BADSUM`.
pub fn describe(emitted: &Emitted) -> String {
    let bytes = &emitted.bytes;
    let [to, from] = [0, 6].map(|at| name(Mac(bytes[at..at + 6].try_into().unwrap())));
    let mut sums = Sums { partial: emitted.vnet.is_partial(), wrong: false };
    let kind = u16::from_be_bytes([bytes[12], bytes[13]]);
    let packet = &bytes[14..];
    let mut line = format!("{from}>{to} ");
    line += &match kind {
        0x0806 => arp(packet),
        0x0800 | 0x86dd => ip(packet, &mut sums),
        other => format!("type {other:04x}"),
    };
    if sums.wrong {
        line += " BADSUM";
    }
    let vnet = emitted.vnet;
    if vnet.is_partial() {
        let _ = write!(line, " partial={}+{}", vnet.csum_start, vnet.csum_offset);
    }
    if vnet.is_super() {
        let _ = write!(line, " gso={}:{} hdr={}", vnet.gso_type, vnet.gso_size, vnet.hdr_len);
    }
    if !vnet.is_partial() && vnet != VnetHeader::default() {
        let _ = write!(line, " {vnet:?}");
    }
    line
}

fn name(mac: Mac) -> String {
    match mac {
        DIRECTOR => "director".into(),
        GATEWAY => "gw".into(),
        _ => (1..=8).find(|i| server_mac(*i) == mac).map_or_else(|| mac.to_string(), |i| format!("rs{i}")),
    }
}

struct Sums {
    /// The outermost transport checksum is to be the pseudo-header's sum.
    partial: bool,
    wrong: bool,
}

fn word(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn long(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn v4(bytes: &[u8], at: usize) -> Ipv4Addr {
    <[u8; 4]>::try_from(&bytes[at..at + 4]).unwrap().into()
}

fn v6(bytes: &[u8], at: usize) -> Ipv6Addr {
    <[u8; 16]>::try_from(&bytes[at..at + 16]).unwrap().into()
}

fn arp(packet: &[u8]) -> String {
    let sender = Mac(packet[8..14].try_into().unwrap());
    format!("arp op={} {} is-at {}", word(packet, 6), v4(packet, 14), sender)
}

fn ip(packet: &[u8], sums: &mut Sums) -> String {
    if packet[0] >> 4 == 4 { ip4(packet, sums, false) } else { ip6(packet, sums) }
}

fn ip4(packet: &[u8], sums: &mut Sums, quoted: bool) -> String {
    let header = usize::from(packet[0] & 15) * 4;
    let (source, destination) = (v4(packet, 12), v4(packet, 16));
    let field = word(packet, 6);
    let (offset, more) = (field & 0x1fff, field & 0x2000 != 0);
    let len = usize::from(word(packet, 2));
    if fold(sum(&packet[..header])) != 0xffff {
        sums.wrong = true;
    }
    if !quoted && len != packet.len() {
        sums.wrong = true;
    }
    let mut line = format!(
        "ip {source}>{destination} ttl={} tos={} {}",
        packet[8],
        packet[1],
        if field & 0x4000 != 0 { "df" } else { "-" }
    );
    if offset != 0 || more {
        let _ = write!(line, " frag={offset}{}", if more { "+" } else { "" });
    }
    let _ = write!(line, " len={len}");
    let protocol = packet[9];
    if !quoted && !matches!(protocol, 1 | 4 | 41) {
        let _ = write!(line, " id={}", word(packet, 4));
    }
    let body = &packet[header..];
    if offset != 0 || more {
        let _ = write!(line, " data={}", body.len());
        return line;
    }
    line + &payload(protocol, source.into(), destination.into(), body, sums, quoted)
}

fn ip6(packet: &[u8], sums: &mut Sums) -> String {
    let (source, destination) = (v6(packet, 8), v6(packet, 24));
    let class = packet[0] << 4 | packet[1] >> 4;
    let line = format!("ip6 {source}>{destination} hlim={} tc={class} plen={}", packet[7], word(packet, 4));
    let (mut next, mut at) = (packet[6], 40);
    while matches!(next, 0 | 43 | 60) {
        (next, at) = (packet[at], at + 8 + usize::from(packet[at + 1]) * 8);
    }
    if next == 44 {
        let (field, more) = (word(packet, at + 2) & !7, word(packet, at + 2) & 1 != 0);
        let plus = if more { "+" } else { "" };
        return line + &format!(" frag={field}{plus} nh={} data={}", packet[at], packet.len() - at - 8);
    }
    line + &payload(next, source.into(), destination.into(), &packet[at..], sums, false)
}

fn payload(
    protocol: u8,
    source: IpAddr,
    destination: IpAddr,
    body: &[u8],
    sums: &mut Sums,
    quoted: bool,
) -> String {
    let pseudo = pseudo_sum(source, destination, protocol, body.len());
    let mut check = |field: u16, whole: u32| {
        if !quoted {
            let right = if sums.partial { field == fold(pseudo) } else { fold(whole) == 0xffff };
            sums.wrong |= !right;
        }
    };
    match protocol {
        4 | 41 if !quoted => format!(" | {}", ip(body, sums)),
        47 if !quoted => {
            let shim = if body[0] & 0x80 == 0 { 4 } else { 8 };
            if shim == 8 {
                check(0, sum(body));
            }
            format!(" gre {:04x} {:04x} | {}", word(body, 0), word(body, 2), ip(&body[shim..], sums))
        }
        17 if word(body, 2) == GUE_PORT && !quoted => {
            assert!((32_768..60_999).contains(&word(body, 0)), "source port {}", word(body, 0));
            assert_eq!(usize::from(word(body, 4)), body.len(), "UDP length");
            let none = word(body, 6) == 0;
            if !none {
                check(word(body, 6), pseudo + sum(body));
            }
            let shim = 12 + usize::from(body[8] & 0x1f) * 4;
            let words: String = body[8..shim].iter().map(|byte| format!("{byte:02x}")).collect();
            let none = if none { "nosum " } else { "" };
            format!(" gue {none}{words} | {}", ip(&body[shim..], sums))
        }
        6 if quoted && body.len() < 20 => format!(" ports {}>{}", word(body, 0), word(body, 2)),
        6 => {
            check(word(body, 16), pseudo + sum(body));
            let flags: String = "FSRPAUEC"
                .chars()
                .enumerate()
                .filter(|(n, _)| body[13] >> n & 1 == 1)
                .map(|(_, c)| c)
                .collect();
            let header = usize::from(body[12] >> 4) * 4;
            format!(
                " tcp {}>{} {flags} seq={} ack={} data={}",
                word(body, 0),
                word(body, 2),
                long(body, 4),
                long(body, 8),
                data(&body[header.min(body.len())..])
            )
        }
        17 => {
            if word(body, 6) == 0 {
                sums.wrong |= source.is_ipv6();
            } else {
                check(word(body, 6), pseudo + sum(body));
            }
            let none = if word(body, 6) == 0 { " nosum" } else { "" };
            format!(
                " udp {}>{} len={} data={}{none}",
                word(body, 0),
                word(body, 2),
                word(body, 4),
                data(&body[8..])
            )
        }
        1 => {
            check(0, sum(body));
            let (kind, code) = (body[0], body[1]);
            match kind {
                0 | 8 => format!(" icmp type={kind} code={code} id={} seq={}", word(body, 4), word(body, 6)),
                _ => {
                    let mtu = if (kind, code) == (3, 4) {
                        format!(" mtu={}", word(body, 6))
                    } else {
                        String::new()
                    };
                    let mut header = Sums { partial: false, wrong: false };
                    let inner = ip4(&body[8..], &mut header, true);
                    sums.wrong |= header.wrong;
                    format!(" icmp type={kind} code={code}{mtu} [{inner}]")
                }
            }
        }
        58 => {
            check(0, pseudo + sum(body));
            let (kind, code) = (body[0], body[1]);
            match kind {
                1..=4 => {
                    let mtu = if kind == 2 { format!(" mtu={}", long(body, 4)) } else { String::new() };
                    let inner = &body[8..];
                    format!(
                        " icmp6 type={kind} code={code}{mtu} [ip6 {}>{} quoted={}]",
                        v6(inner, 8),
                        v6(inner, 24),
                        inner.len()
                    )
                }
                136 => format!(
                    " advert {} flags={:02x} is-at {}",
                    v6(body, 8),
                    body[4],
                    Mac(body[26..32].try_into().unwrap())
                ),
                _ => format!(" icmp6 type={kind} code={code}"),
            }
        }
        132 if body.len() >= 12 => {
            let mut zeroed = body.to_vec();
            zeroed[8..12].fill(0);
            sums.wrong |= !quoted && body[8..12] != crc32c::crc32c(&zeroed).to_le_bytes();
            format!(" sctp {}>{} data={}", word(body, 0), word(body, 2), body.len() - 12)
        }
        other => format!(" proto={other} data={}", body.len()),
    }
}

/// As Python shows bytes, the first sixty.
fn data(bytes: &[u8]) -> String {
    let mut text = String::from("b'");
    for byte in &bytes[..bytes.len().min(60)] {
        match byte {
            b'\r' => text += "\\r",
            b'\n' => text += "\\n",
            b'\t' => text += "\\t",
            b'\\' => text += "\\\\",
            0x20..=0x7e => text.push(char::from(*byte)),
            _ => {
                let _ = write!(text, "\\x{byte:02x}");
            }
        }
    }
    text + "'"
}
