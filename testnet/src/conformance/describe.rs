//! One line of text for a frame that the director emitted, in the words that scenarios send frames with.
//!
//! Everything that IPVS decides is in the line. Left out is what no director can promise: the identification of packets
//! that the director makes itself (ICMP, outer headers), and the source port of GUE, which is a hash with a random key.
//! Values that are those of a frame without fields are left out too: TOS 0, flow label 0, window 8192, no data.

use super::rig;
use super::spec::{CHUNKS, TCP_FLAGS, filler};
use crate::checksum::{self, fold, pseudo, sum};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use ulvs::lvs::Mac;

/// Bytes of payload that are shown as text; more are shown as their number and a checksum.
const SHOWN: usize = 40;

/// The line for a frame; `None` for what hosts say of themselves without being asked (router solicitations, group
/// reports, questions for neighbours). `known` are the identifications that were sent to the director: others are its
/// own where it has a choice.
pub fn frame(frame: &[u8], known: &BTreeSet<u16>) -> Option<String> {
    let mac = |at: usize| Some(Mac(frame.get(at..at + 6)?.try_into().ok()?));
    let (to, from) = (mac(0)?, mac(6)?);
    let packet = frame.get(14..)?;
    let body = match word(frame, 12)? {
        0x0806 => arp(packet)?,
        0x0800 if packet.get(9) == Some(&2) => return None,
        0x0800 => ip(packet, &Depth { known, quoted: false }),
        0x86dd if is_own_chatter(packet) => return None,
        0x86dd => ip(packet, &Depth { known, quoted: false }),
        // What switches and link layers say to each other.
        _ => return None,
    };
    let mut line = rig::role_name(to);
    if from != rig::DIRECTOR {
        let _ = write!(line, " from={}", rig::role_name(from));
    }
    Some(format!("{line} {body}"))
}

/// The IP packet in a frame, for quoting it.
pub fn packet_of(frame: &[u8]) -> Option<&[u8]> {
    matches!(word(frame, 12)?, 0x0800 | 0x86dd).then(|| frame.get(14..)).flatten()
}

/// Which real server (`1` to `8`) a forwarded frame went to; `-` for none.
pub fn pick(frames: &[Vec<u8>]) -> String {
    let to = frames.iter().find_map(|frame| {
        let mac = Mac(frame.get(0..6)?.try_into().ok()?);
        let role = rig::role_name(mac);
        Some(role.strip_prefix("rs").map(str::to_owned).unwrap_or(role))
    });
    to.unwrap_or_else(|| "-".to_owned())
}

/// Every IPv4 identification in a frame that is sent to the director.
pub fn identifications(frame: &[u8]) -> Option<u16> {
    (word(frame, 12)? == 0x0800).then(|| word(frame, 18)).flatten()
}

fn is_own_chatter(packet: &[u8]) -> bool {
    match packet.get(6) {
        Some(0) => packet.get(40) == Some(&58) && packet.get(48).is_some_and(|kind| *kind >= 130),
        Some(58) => matches!(packet.get(40), Some(130..=135 | 137 | 143)),
        _ => false,
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn v4(bytes: &[u8], at: usize) -> Option<Ipv4Addr> {
    Some(<[u8; 4]>::try_from(bytes.get(at..at + 4)?).ok()?.into())
}

fn v6(bytes: &[u8], at: usize) -> Option<Ipv6Addr> {
    Some(<[u8; 16]>::try_from(bytes.get(at..at + 16)?).ok()?.into())
}

fn arp(packet: &[u8]) -> Option<String> {
    let (sender, target) = (v4(packet, 14)?, v4(packet, 24)?);
    let mac = Mac(packet.get(8..14)?.try_into().ok()?);
    match word(packet, 6)? {
        // The director asks for a neighbour: everybody's own business.
        1 => None,
        _ => Some(format!("arp {sender} is-at {} to {target}", rig::role_name(mac))),
    }
}

/// In what a packet lies.
struct Depth<'k> {
    known: &'k BTreeSet<u16>,
    /// In an ICMP error: it may be cut, and its transport checksum is not repaired.
    quoted: bool,
}

/// What is known of a packet before its transport is read.
struct Head {
    source: IpAddr,
    destination: IpAddr,
    protocol: u8,
    /// The IP header's fields, as text.
    fields: String,
    id: u16,
    /// A later fragment, or a first one: its transport is not whole.
    offset: Option<u16>,
    more: bool,
    /// Fewer bytes are there than the header says.
    is_cut: bool,
}

fn ip(packet: &[u8], depth: &Depth<'_>) -> String {
    let read = match packet.first().map(|first| first >> 4) {
        Some(4) => head_v4(packet),
        Some(6) => head_v6(packet),
        _ => None,
    };
    match read {
        Some((head, body)) => describe(&head, body, depth),
        None => format!("bytes {}", hex(packet)),
    }
}

fn head_v4(packet: &[u8]) -> Option<(Head, &[u8])> {
    let header_len = usize::from(packet.first()? & 15) * 4;
    let header = packet.get(..header_len)?;
    let (len, field) = (usize::from(word(packet, 2)?), word(packet, 6)?);
    let (ttl, tos) = (packet.get(8)?, packet.get(1)?);
    let mut fields = format!(" ttl={ttl}");
    if *tos != 0 {
        let _ = write!(fields, " tos={tos}");
    }
    if field & 0x4000 != 0 {
        fields += " df";
    }
    if field & 0x8000 != 0 {
        fields += " reserved";
    }
    if header_len > 20 {
        let _ = write!(fields, " ipopts={}", hex(header.get(20..)?));
    }
    if fold(sum(header)) != 0xffff {
        fields += " badipsum";
    }
    let (offset, more) = ((field & 0x1fff) * 8, field & 0x2000 != 0);
    let is_fragment = offset != 0 || more;
    if is_fragment {
        let _ = write!(fields, " frag={offset}{}", if more { "+" } else { "" });
    }
    if packet.len() > len {
        let _ = write!(fields, " trailer={}", packet.len() - len);
    }
    let body = packet.get(header_len..len.min(packet.len())).unwrap_or_default();
    let head = Head {
        source: v4(packet, 12)?.into(),
        destination: v4(packet, 16)?.into(),
        protocol: *packet.get(9)?,
        fields,
        id: word(packet, 4)?,
        offset: is_fragment.then_some(offset),
        more,
        is_cut: len > packet.len(),
    };
    Some((head, body))
}

fn head_v6(packet: &[u8]) -> Option<(Head, &[u8])> {
    let start = long(packet, 0)?;
    let (len, mut next) = (40 + usize::from(word(packet, 4)?), *packet.get(6)?);
    let mut fields = format!(" hlim={}", packet.get(7)?);
    if start >> 20 & 0xff != 0 {
        let _ = write!(fields, " tc={}", start >> 20 & 0xff);
    }
    if start & 0xf_ffff != 0 {
        let _ = write!(fields, " flow={}", start & 0xf_ffff);
    }
    let (mut at, mut offset, mut more, mut id) = (40, None, false, 0);
    loop {
        match next {
            0 | 43 | 60 => {
                let units = usize::from(*packet.get(at + 1)?) + 1;
                let body = packet.get(at + 2..at + units * 8)?;
                let _ = write!(fields, " ext={next}:{}", hex(body));
                (next, at) = (*packet.get(at)?, at + units * 8);
            }
            44 => {
                let field = word(packet, at + 2)?;
                (offset, more) = (Some(field & !7), field & 1 != 0);
                #[expect(clippy::cast_possible_truncation, reason = "scenarios use 16 bits")]
                {
                    id = long(packet, at + 4)? as u16;
                }
                let _ = write!(fields, " frag={}{}", field & !7, if more { "+" } else { "" });
                (next, at) = (*packet.get(at)?, at + 8);
                if field & !7 != 0 {
                    break;
                }
            }
            _ => break,
        }
    }
    if packet.len() > len {
        let _ = write!(fields, " trailer={}", packet.len() - len);
    }
    let head = Head {
        source: v6(packet, 8)?.into(),
        destination: v6(packet, 24)?.into(),
        protocol: next,
        fields,
        id,
        offset,
        more,
        is_cut: len > packet.len(),
    };
    Some((head, packet.get(at..len.min(packet.len())).unwrap_or_default()))
}

fn describe(head: &Head, body: &[u8], depth: &Depth<'_>) -> String {
    let Head { source, destination, .. } = head;
    let is_later = head.offset.is_some_and(|offset| offset != 0);
    let is_whole = !head.is_cut && head.offset.is_none();
    let mut fields = head.fields.clone();
    let is_own = matches!(head.protocol, 1 | 4 | 41 | 47)
        || head.protocol == 17 && rig::DIPS.iter().any(|(dip, _)| dip == source);
    if source.is_ipv4() && (!is_own || depth.known.contains(&head.id)) {
        let _ = write!(fields, " id={}", head.id);
    }
    if is_later {
        let more = if head.more { "" } else { " (last)" };
        return format!(
            "ip {source} > {destination} proto={}{fields}{}{more}",
            head.protocol,
            data(body, depth.quoted)
        );
    }
    let context = Context { head, depth, fields: &fields, is_whole };
    let text = match head.protocol {
        6 => tcp(body, &context),
        17 => udp(body, &context),
        132 => sctp(body, &context),
        1 if source.is_ipv4() => icmp(body, &context),
        58 if source.is_ipv6() => icmp(body, &context),
        4 | 41 => Some(format!("ipip {source} > {destination}{fields} ({})", ip(body, depth))),
        47 => gre(body, &context),
        _ => None,
    };
    text.unwrap_or_else(|| {
        format!("ip {source} > {destination} proto={}{fields}{}", head.protocol, data(body, depth.quoted))
    })
}

/// What the transports need to know of their packet.
struct Context<'c> {
    head: &'c Head,
    depth: &'c Depth<'c>,
    fields: &'c str,
    /// Neither a fragment nor cut.
    is_whole: bool,
}

impl Context<'_> {
    fn ends(&self, body: &[u8]) -> Option<String> {
        let (source, destination) = (self.head.source, self.head.destination);
        let (sport, dport) = (word(body, 0)?, word(body, 2)?);
        let end = |addr: IpAddr, port| std::net::SocketAddr::new(addr, port).to_string();
        Some(format!("{} > {}", end(source, sport), end(destination, dport)))
    }

    fn pseudo(&self, len: usize) -> u32 {
        pseudo(self.head.source, self.head.destination, self.head.protocol, len)
    }

    /// ` badsum` if the checksum can be and is not right.
    fn verdict(&self, whole: u32) -> &'static str {
        if self.is_whole && fold(whole) != 0xffff { " badsum" } else { "" }
    }
}

fn tcp(body: &[u8], context: &Context<'_>) -> Option<String> {
    let ends = context.ends(body)?;
    let seq = long(body, 4)?;
    let Some(header) = body.get(..20) else {
        return Some(format!("tcp {ends} seq={seq}{} (cut)", context.fields));
    };
    let (ack, bits, window, urgent) =
        (long(header, 8)?, header.get(13)?, word(header, 14)?, word(header, 18)?);
    let mut flags: String =
        TCP_FLAGS.chars().enumerate().filter(|(n, _)| bits >> n & 1 == 1).map(|(_, c)| c).collect();
    if flags.is_empty() {
        flags.push('-');
    }
    let mut line = format!("tcp {ends} {flags} seq={seq}");
    if ack != 0 {
        let _ = write!(line, " ack={ack}");
    }
    if window != 8192 {
        let _ = write!(line, " win={window}");
    }
    if urgent != 0 {
        let _ = write!(line, " urg={urgent}");
    }
    let header_len = usize::from(header.get(12)? >> 4) * 4;
    let Some(options) = body.get(20..header_len) else {
        return Some(format!(
            "{line} doff={}{}{}",
            header_len / 4,
            context.fields,
            data(body.get(20..)?, false)
        ));
    };
    if !options.is_empty() {
        let _ = write!(line, " opts={}", tcp_options(options));
    }
    let verdict = context.verdict(context.pseudo(body.len()) + sum(body));
    Some(format!("{line}{}{verdict}{}", context.fields, data(body.get(header_len..)?, context.depth.quoted)))
}

fn tcp_options(mut options: &[u8]) -> String {
    let mut told = Vec::new();
    while let Some(kind) = options.first() {
        let len = match kind {
            0 => {
                told.push("eol".to_owned());
                break;
            }
            1 => 1,
            _ => usize::from(options.get(1).copied().unwrap_or(0)),
        };
        let Some(option) = options.get(..len).filter(|_| len > 0) else {
            told.push(format!("hex:{}", hex(options)));
            break;
        };
        told.push(match (kind, len) {
            (1, _) => "nop".to_owned(),
            (2, 4) => format!("mss:{}", word(option, 2).unwrap_or(0)),
            (3, 3) => format!("ws:{}", option.get(2).copied().unwrap_or(0)),
            (4, 2) => "sackok".to_owned(),
            (8, 10) => {
                format!("ts:{}:{}", long(option, 2).unwrap_or(0), long(option, 6).unwrap_or(0))
            }
            _ => format!("hex:{}", hex(option)),
        });
        options = options.get(len..).unwrap_or_default();
    }
    told.join(",")
}

fn udp(body: &[u8], context: &Context<'_>) -> Option<String> {
    let ends = context.ends(body)?;
    let (len, field) = (usize::from(word(body, 4)?), word(body, 6)?);
    let payload = body.get(8..)?;
    let mut fields = context.fields.to_owned();
    if field == 0 {
        fields += " nosum";
    } else {
        fields += context.verdict(context.pseudo(body.len()) + sum(body));
    }
    if context.is_whole && len != body.len() {
        let _ = write!(fields, " ulen={len}");
    }
    let Head { source, destination, .. } = context.head;
    if rig::DIPS.iter().any(|(dip, _)| dip == source)
        && context.is_whole
        && let Some(inner) = gue(payload, context)
    {
        return Some(format!("gue {source} > {destination} dport={}{fields} {inner}", word(body, 2)?));
    }
    // The first fragment of one that is GUE.
    if rig::DIPS.iter().any(|(dip, _)| dip == source) && context.head.offset.is_some() {
        let shown = data(payload, context.depth.quoted);
        return Some(format!("gue {source} > {destination} dport={}{fields}{shown}", word(body, 2)?));
    }
    Some(format!("udp {ends}{fields}{}", data(payload, context.depth.quoted)))
}

/// GUE version 0, with the private option that remote checksum offload uses shown in full; or version 1 (bare IP).
fn gue(payload: &[u8], context: &Context<'_>) -> Option<String> {
    let first = *payload.first()?;
    if first >> 6 == 1 {
        return Some(format!("bare ({})", ip(payload, context.depth)));
    }
    let header_len = 4 + usize::from(first & 0x1f) * 4;
    let protocol = *payload.get(1)?;
    if first & 0xe0 != 0 || !matches!(protocol, 4 | 41) {
        return None;
    }
    let rest = payload.get(2..header_len)?;
    let told = if rest.iter().all(|byte| *byte == 0) { String::new() } else { format!("gue={} ", hex(rest)) };
    let inner = payload.get(header_len..)?;
    // With remote checksum offload the inner checksum is unfinished.
    let depth = Depth { known: context.depth.known, quoted: context.depth.quoted };
    Some(format!("{told}({})", ip(inner, &depth)))
}

fn gre(body: &[u8], context: &Context<'_>) -> Option<String> {
    let Head { source, destination, .. } = context.head;
    let (flags, kind) = (word(body, 0)?, word(body, 2)?);
    if flags & !0x8000 != 0 || !matches!(kind, 0x0800 | 0x86dd) {
        return None;
    }
    let mut fields = context.fields.to_owned();
    let mut header_len = 4;
    if flags & 0x8000 != 0 {
        fields += " sum";
        fields += context.verdict(sum(body));
        header_len = 8;
    }
    Some(format!("gre {source} > {destination}{fields} ({})", ip(body.get(header_len..)?, context.depth)))
}

fn sctp(body: &[u8], context: &Context<'_>) -> Option<String> {
    let mut line = format!("sctp {}", context.ends(body)?);
    let mut rest = body.get(12..).unwrap_or_default();
    while let Some(kind) = rest.first() {
        let Some(len) = word(rest, 2).map(usize::from).filter(|len| *len >= 4) else { break };
        match CHUNKS.iter().find(|(_, number)| number == kind) {
            Some((name, _)) => line += &format!(" {name}"),
            None => line += &format!(" chunk:{kind}"),
        }
        rest = rest.get(len.div_ceil(4) * 4..).unwrap_or_default();
    }
    if let Some(tag) = long(body, 4) {
        let _ = write!(line, " tag={tag}");
    }
    line += context.fields;
    match long(body, 8) {
        Some(field) if context.is_whole && field != checksum::sctp(body) => line += " badsum",
        None => line += " (cut)",
        _ => {}
    }
    Some(line + &rest_of_sctp(body, context))
}

/// The chunks' values are payload to IPVS: a short checksum of them tells whether they are what was sent.
fn rest_of_sctp(body: &[u8], context: &Context<'_>) -> String {
    match body.get(12..) {
        Some(chunks) if context.is_whole && !chunks.is_empty() => {
            format!(" chunks={}#{:04x}", chunks.len(), fold(sum(chunks)))
        }
        _ => String::new(),
    }
}

fn icmp(body: &[u8], context: &Context<'_>) -> Option<String> {
    let Head { source, destination, .. } = context.head;
    let (kind, code, rest) = (*body.first()?, *body.get(1)?, long(body, 4)?);
    let is_v4 = source.is_ipv4();
    let start = if is_v4 { 0 } else { context.pseudo(body.len()) };
    let verdict = context.verdict(start + sum(body));
    let fields = format!("{}{verdict}", context.fields);
    let line = format!("icmp {source} > {destination} {kind}/{code}");
    let payload = body.get(8..)?;
    let is_echo = if is_v4 { matches!(kind, 0 | 8) } else { matches!(kind, 128 | 129) };
    let is_error = if is_v4 { matches!(kind, 3 | 4 | 5 | 11 | 12) } else { kind < 128 };
    if is_echo {
        let shown = data(payload, context.depth.quoted);
        return Some(format!("{line} echo={}/{}{fields}{shown}", rest >> 16, rest & 0xffff));
    }
    if is_error {
        let has_mtu = if is_v4 { (kind, code) == (3, 4) } else { kind == 2 };
        let extra = match rest {
            0 => String::new(),
            mtu if has_mtu => format!(" mtu={mtu}"),
            other => format!(" rest={other:08x}"),
        };
        let inner = ip(payload, &Depth { known: context.depth.known, quoted: true });
        return Some(format!("{line}{extra}{fields} quote={} quoting ({inner})", payload.len()));
    }
    if !is_v4 && kind == 136 {
        let target = v6(body, 8)?;
        let mac = body.get(26..32).and_then(|mac| Some(Mac(mac.try_into().ok()?)));
        let mac = mac.map_or_else(|| "nobody".to_owned(), rig::role_name);
        return Some(format!("nd {target} is-at {mac} to {destination} flags={:02x}{fields}", rest >> 24));
    }
    Some(format!("{line} rest={rest:08x}{fields}{}", data(payload, context.depth.quoted)))
}

/// ` data=…`: text, the filler's length, or length and checksum.
fn data(bytes: &[u8], is_quoted: bool) -> String {
    if bytes.is_empty() {
        return String::new();
    }
    if bytes.len() > 8 && bytes == filler(bytes.len()) {
        return format!(" data={}", bytes.len());
    }
    let is_text =
        bytes.iter().all(|byte| (0x20..0x7f).contains(byte) || matches!(byte, b'\r' | b'\n' | b'\t'));
    if bytes.len() > SHOWN || !is_text && bytes.len() > 16 {
        return format!(" data={}#{:04x}", bytes.len(), fold(sum(bytes)));
    }
    if is_quoted && !is_text {
        return format!(" hex={}", hex(bytes));
    }
    let mut text = String::from(" data=\"");
    for byte in bytes {
        match byte {
            b'\r' => text += "\\r",
            b'\n' => text += "\\n",
            b'\t' => text += "\\t",
            b'\\' | b'"' => {
                text.push('\\');
                text.push(char::from(*byte));
            }
            0x20..=0x7e => text.push(char::from(*byte)),
            _ => {
                let _ = write!(text, "\\x{byte:02x}");
            }
        }
    }
    text + "\""
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
