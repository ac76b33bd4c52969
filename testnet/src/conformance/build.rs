//! Bytes of the frames that scenarios send.

use super::spec::{Body, FrameSpec, Packet, Quotable, Quoted, Sum, Transport, Tunnel};
use crate::checksum::{self, fold, pseudo, sum};
use anyhow::{Context, Result, bail, ensure};
use std::net::{IpAddr, Ipv6Addr};
use ulvs::lvs::Mac;

/// What ICMP errors may quote: IP packets without their Ethernet header.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// The last that the director emitted.
    pub last: Option<Vec<u8>>,
    /// The last that was sent to it.
    pub sent: Option<Vec<u8>>,
}

/// The frames that a line means: one, or the fragments of its packet.
///
/// # Errors
/// What cannot be built: a packet that is too long, a quotation of what has not been.
pub fn frames(spec: &FrameSpec, past: &Past) -> Result<Vec<Vec<u8>>> {
    match &spec.body {
        Body::Ip(packet) => {
            let kind: u16 = if packet.source.is_ipv4() { 0x0800 } else { 0x86dd };
            let mut pieces = vec![ip(packet, past)?];
            if let Some(most) = packet.fragment {
                pieces = fragments(&pieces.remove(0), most, packet)?;
            }
            if let Some(len) = packet.cut {
                pieces.iter_mut().for_each(|piece| piece.truncate(len));
            }
            Ok(pieces.into_iter().map(|piece| ethernet(spec.to, spec.from, kind, &piece)).collect())
        }
        Body::Arp { operation, sender, target } => {
            let (IpAddr::V4(sender), IpAddr::V4(target)) = (sender, target) else {
                bail!("ARP is for IPv4");
            };
            let mut packet = vec![0, 1, 8, 0, 6, 4];
            packet.extend(operation.to_be_bytes());
            packet.extend(spec.from.0);
            packet.extend(sender.octets());
            packet.extend(if *operation == 1 { [0; 6] } else { spec.to.0 });
            packet.extend(target.octets());
            Ok(vec![ethernet(spec.to, spec.from, 0x0806, &packet)])
        }
        Body::Solicitation { target, sender } => {
            let (IpAddr::V6(target), IpAddr::V6(sender)) = (target, sender) else {
                bail!("neighbour discovery is for IPv6");
            };
            let [.., one, two, three] = target.octets();
            let group = Mac([0x33, 0x33, 0xff, one, two, three]);
            Ok(vec![ethernet(group, spec.from, 0x86dd, &solicitation(*target, *sender, spec.from))])
        }
        Body::Raw(bytes) => {
            let mut frame = [spec.to.0, spec.from.0].concat();
            frame.extend(bytes);
            Ok(vec![frame])
        }
    }
}

/// An Ethernet frame.
pub fn ethernet(to: Mac, from: Mac, kind: u16, packet: &[u8]) -> Vec<u8> {
    let mut frame = [to.0, from.0].concat();
    frame.extend(kind.to_be_bytes());
    frame.extend(packet);
    frame
}

fn solicitation(target: Ipv6Addr, sender: Ipv6Addr, from: Mac) -> Vec<u8> {
    let mut group: Ipv6Addr = "ff02::1:ff00:0".parse().unwrap_or(Ipv6Addr::UNSPECIFIED);
    let mut octets = group.octets();
    octets[13..].copy_from_slice(&target.octets()[13..]);
    group = octets.into();
    let mut message = vec![135, 0, 0, 0, 0, 0, 0, 0];
    message.extend(target.octets());
    if !sender.is_unspecified() {
        message.extend([1, 1]);
        message.extend(from.0);
    }
    let whole = pseudo(sender.into(), group.into(), 58, message.len()) + sum(&message);
    message[2..4].copy_from_slice(&(!fold(whole)).to_be_bytes());
    let mut packet = vec![0x60, 0, 0, 0];
    packet.extend(u16::try_from(message.len()).unwrap_or(0).to_be_bytes());
    packet.extend([58, 255]);
    packet.extend(sender.octets());
    packet.extend(group.octets());
    packet.extend(message);
    packet
}

/// An IP packet.
fn ip(packet: &Packet, past: &Past) -> Result<Vec<u8>> {
    let payload = transport(packet, past)?;
    match (packet.source, packet.destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            ensure!(
                packet.options.len().is_multiple_of(4) && packet.options.len() <= 40,
                "options are words"
            );
            let words = u8::try_from(5 + packet.options.len() / 4)?;
            let len = u16::try_from(usize::from(words) * 4 + payload.len()).context("too long")?;
            let offset = packet.offset.unwrap_or(0);
            ensure!(offset.is_multiple_of(8), "offsets are multiples of 8 bytes");
            let field = (u16::from(packet.df) << 14) | (u16::from(packet.more) << 13) | (offset / 8);
            let mut bytes = vec![0x40 | packet.words.unwrap_or(words) & 15, packet.tos];
            bytes.extend(packet.len.unwrap_or(len).to_be_bytes());
            bytes.extend(packet.id.to_be_bytes());
            bytes.extend(field.to_be_bytes());
            bytes.extend([packet.ttl, protocol(packet), 0, 0]);
            bytes.extend(source.octets());
            bytes.extend(destination.octets());
            bytes.extend(&packet.options);
            let right = !fold(sum(&bytes));
            let checksum = spoilt(right, packet.header_sum);
            bytes[10..12].copy_from_slice(&checksum.to_be_bytes());
            bytes.extend(payload);
            Ok(bytes)
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            let (first, extensions) = extensions(packet);
            let len = u16::try_from(extensions.len() + payload.len()).context("too long")?;
            let start = 6_u32 << 28 | u32::from(packet.tos) << 20 | packet.flow & 0xf_ffff;
            let mut bytes = start.to_be_bytes().to_vec();
            bytes.extend(packet.len.unwrap_or(len).to_be_bytes());
            bytes.extend([first, packet.ttl]);
            bytes.extend(source.octets());
            bytes.extend(destination.octets());
            bytes.extend(extensions);
            bytes.extend(payload);
            Ok(bytes)
        }
        _ => bail!("one packet, two families"),
    }
}

/// The chain of extension headers, and the number of the first.
fn extensions(packet: &Packet) -> (u8, Vec<u8>) {
    let mut chain: Vec<(u8, Vec<u8>)> = packet.extensions.clone();
    if let Some(offset) = packet.offset {
        let field = offset & !7 | u16::from(packet.more);
        let mut body = field.to_be_bytes().to_vec();
        body.extend(u32::from(packet.id).to_be_bytes());
        chain.push((44, body));
    }
    let mut bytes = Vec::new();
    for (at, (kind, body)) in chain.iter().enumerate() {
        let next = chain.get(at + 1).map_or(protocol(packet), |(next, _)| *next);
        let units = (body.len() + 2).div_ceil(8);
        let len = if *kind == 44 { 0 } else { u8::try_from(units - 1).unwrap_or(u8::MAX) };
        let start = bytes.len();
        bytes.extend([next, len]);
        bytes.extend(body);
        bytes.resize(start + units * 8, 0);
    }
    (chain.first().map_or(protocol(packet), |(first, _)| *first), bytes)
}

fn protocol(packet: &Packet) -> u8 {
    match &packet.transport {
        Transport::Tcp { .. } => 6,
        Transport::Udp { .. } | Transport::Tunnel(Tunnel::Gue, _) => 17,
        Transport::Sctp { .. } => 132,
        Transport::Icmp { .. } if packet.source.is_ipv4() => 1,
        Transport::Icmp { .. } => 58,
        Transport::Other(number) => *number,
        Transport::Tunnel(Tunnel::Ipip, inner) => ipip_number(inner),
        Transport::Tunnel(Tunnel::Gre { .. }, _) => 47,
    }
}

fn ipip_number(inner: &Packet) -> u8 {
    if inner.source.is_ipv4() { 4 } else { 41 }
}

fn transport(packet: &Packet, past: &Past) -> Result<Vec<u8>> {
    let ports = [packet.sport.to_be_bytes(), packet.dport.to_be_bytes()].concat();
    let pseudo = |len| pseudo(packet.source, packet.destination, protocol(packet), len);
    match &packet.transport {
        Transport::Tcp { flags, seq, ack, window, urgent, options, words } => {
            let padded = options.len().div_ceil(4) * 4;
            ensure!(padded <= 40, "too many options");
            let mut bytes = ports;
            bytes.extend(seq.to_be_bytes());
            bytes.extend(ack.to_be_bytes());
            bytes.extend([words.unwrap_or(u8::try_from(5 + padded / 4)?) << 4, *flags]);
            bytes.extend(window.to_be_bytes());
            bytes.extend([0, 0]);
            bytes.extend(urgent.to_be_bytes());
            bytes.extend(options);
            bytes.resize(20 + padded, 0);
            bytes.extend(&packet.data);
            let right = !fold(pseudo(bytes.len()) + sum(&bytes));
            bytes[16..18].copy_from_slice(&spoilt(right, packet.sum).to_be_bytes());
            Ok(bytes)
        }
        Transport::Udp { len } => udp(packet, &packet.data, *len),
        Transport::Sctp { tag, chunks } => {
            let mut bytes = ports;
            bytes.extend(tag.to_be_bytes());
            bytes.extend([0; 4]);
            for (kind, flags, value) in chunks {
                bytes.extend([*kind, *flags]);
                bytes.extend(u16::try_from(value.len() + 4)?.to_be_bytes());
                bytes.extend(value);
                bytes.resize(bytes.len().div_ceil(4) * 4, 0);
            }
            bytes.extend(&packet.data);
            let mut right = checksum::sctp(&bytes);
            match packet.sum {
                Sum::Right => {}
                Sum::Wrong => right ^= 1 << 20,
                Sum::Zero => right = 0,
            }
            bytes[8..12].copy_from_slice(&right.to_be_bytes());
            Ok(bytes)
        }
        Transport::Icmp { kind, code, rest, quoted } => {
            let mut bytes = vec![*kind, *code, 0, 0];
            bytes.extend(rest);
            if let Some(quoted) = quoted {
                bytes.extend(quotation(quoted, past)?);
            }
            bytes.extend(&packet.data);
            let start = if packet.source.is_ipv4() { 0 } else { pseudo(bytes.len()) };
            let right = !fold(start + sum(&bytes));
            bytes[2..4].copy_from_slice(&spoilt(right, packet.sum).to_be_bytes());
            Ok(bytes)
        }
        Transport::Other(_) => Ok(packet.data.clone()),
        Transport::Tunnel(Tunnel::Ipip, inner) => ip(inner, past),
        Transport::Tunnel(Tunnel::Gre { sum: with_sum }, inner) => {
            let kind: u16 = if inner.source.is_ipv4() { 0x0800 } else { 0x86dd };
            let mut bytes = vec![if *with_sum { 0x80 } else { 0 }, 0];
            bytes.extend(kind.to_be_bytes());
            if *with_sum {
                bytes.extend([0; 4]);
            }
            bytes.extend(ip(inner, past)?);
            if *with_sum {
                let right = spoilt(!fold(sum(&bytes)), packet.sum);
                bytes[4..6].copy_from_slice(&right.to_be_bytes());
            }
            Ok(bytes)
        }
        Transport::Tunnel(Tunnel::Gue, inner) => {
            let mut bytes = vec![0, ipip_number(inner), 0, 0];
            bytes.extend(ip(inner, past)?);
            udp(packet, &bytes, None)
        }
    }
}

fn udp(packet: &Packet, payload: &[u8], len: Option<u16>) -> Result<Vec<u8>> {
    let right_len = u16::try_from(8 + payload.len()).context("too long")?;
    let mut bytes = [packet.sport.to_be_bytes(), packet.dport.to_be_bytes()].concat();
    bytes.extend(len.unwrap_or(right_len).to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend(payload);
    let whole = pseudo(packet.source, packet.destination, 17, bytes.len()) + sum(&bytes);
    let right = match !fold(whole) {
        0 => 0xffff,
        sum => sum,
    };
    bytes[6..8].copy_from_slice(&spoilt(right, packet.sum).to_be_bytes());
    Ok(bytes)
}

const fn spoilt(right: u16, wanted: Sum) -> u16 {
    match wanted {
        Sum::Right => right,
        Sum::Wrong => right ^ 0x0400,
        Sum::Zero => 0,
    }
}

fn quotation(quoted: &Quoted, past: &Past) -> Result<Vec<u8>> {
    let mut bytes = match &quoted.packet {
        Quotable::Last => past.last.clone().context("the director has emitted nothing yet")?,
        Quotable::Sent => past.sent.clone().context("nothing has been sent yet")?,
        Quotable::Recent => {
            past.last.clone().or_else(|| past.sent.clone()).context("nothing has been yet")?
        }
        Quotable::Given(packet) => ip(packet, past)?,
    };
    let first = bytes.first().copied().unwrap_or(0);
    let usual = if first >> 4 == 4 { usize::from(first & 15) * 4 + 8 } else { bytes.len() };
    bytes.truncate(quoted.len.unwrap_or(usual));
    Ok(bytes)
}

/// The fragments of a packet, each at most `most` bytes long.
fn fragments(whole: &[u8], most: usize, packet: &Packet) -> Result<Vec<Vec<u8>>> {
    let is_v4 = packet.source.is_ipv4();
    let (header_len, extra) =
        if is_v4 { (usize::from(whole.first().copied().unwrap_or(0) & 15) * 4, 0) } else { (40, 8) };
    let room = most.saturating_sub(header_len + extra) / 8 * 8;
    ensure!(room > 0, "fragments of {most} bytes have no room for data");
    let (header, body) = whole.split_at_checked(header_len).context("no packet")?;
    let count = body.len().div_ceil(room);
    let mut pieces = Vec::new();
    for (at, chunk) in body.chunks(room).enumerate() {
        let (offset, more) = (u16::try_from(at * room)?, at + 1 < count);
        let mut piece = header.to_vec();
        if is_v4 {
            piece[2..4].copy_from_slice(&u16::try_from(header_len + chunk.len())?.to_be_bytes());
            piece[6..8].copy_from_slice(&((u16::from(more) << 13) | (offset / 8)).to_be_bytes());
            piece[10..12].fill(0);
            let right = !fold(sum(&piece));
            piece[10..12].copy_from_slice(&right.to_be_bytes());
        } else {
            piece[4..6].copy_from_slice(&u16::try_from(8 + chunk.len())?.to_be_bytes());
            let next = std::mem::replace(&mut piece[6], 44);
            piece.extend([next, 0]);
            piece.extend((offset | u16::from(more)).to_be_bytes());
            piece.extend(u32::from(packet.id).to_be_bytes());
        }
        piece.extend(chunk);
        pieces.push(piece);
    }
    if packet.order.is_empty() {
        return Ok(pieces);
    }
    let piece = |number: &usize| {
        let found = number.checked_sub(1).and_then(|at| pieces.get(at)).cloned();
        found.with_context(|| format!("there are {count} fragments, no number {number}"))
    };
    packet.order.iter().map(piece).collect()
}
