//! What is offered.

use super::super::pcap;
use super::super::reader::{Reader, Value};
use super::super::spec::{
    CLIENT_PORTS, Kind, Load, MOST_CLIENTS, MOST_TRAFFIC, Order, Replay, Target, Traffic,
};
use crate::scenario::SINK_PORT;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use toml::de::DeTable;
use ulvs::lvs::Protocol;

/// The simple mix of the Internet's frame sizes.
const IMIX: [(u16, u32); 3] = [(64, 7), (594, 4), (1518, 1)];
/// Ethernet frames: RFC 2544's smallest and greatest.
const SIZES: std::ops::RangeInclusive<u16> = 64..=1518;
/// Most flows of one kind of traffic at a time.
const MOST_FLOWS: u32 = 1 << 22;
/// Addresses that flows come from, if the file does not say.
const CLIENTS: u32 = 4096;

/// `[[traffic]]`.
pub(super) fn traffic(reader: &mut Reader, value: &Value<'_>) -> Option<Vec<Traffic>> {
    let tables = reader.tables(value, "traffic");
    if tables.len() > MOST_TRAFFIC {
        reader.error(value.span(), format!("at most {MOST_TRAFFIC} kinds of traffic"));
    }
    tables.into_iter().map(|(table, at)| one(reader, table, at)).collect()
}

fn one(reader: &mut Reader, table: &DeTable<'_>, at: Range<usize>) -> Option<Traffic> {
    const KNOWN: [&str; 9] = [
        "protocol",
        "established",
        "frame-sizes",
        "flows",
        "order",
        "new-per-second",
        "port",
        "share",
        "clients",
    ];
    let mut traffic = Traffic {
        kind: Kind::Udp,
        sizes: vec![(64, 1)],
        flows: Some(1000),
        order: Order::Turn,
        new_per_second: None,
        port: SINK_PORT,
        share: 1,
        clients: CLIENTS,
    };
    let (mut protocol, mut established) = (None, None);
    let (mut clients_at, mut flows_at, mut new_at) = (None, None, None);
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "protocol" => {
                protocol = reader.word(value, &[("udp", Protocol::Udp), ("tcp", Protocol::Tcp)]).or(protocol);
                protocol = protocol.or(Some(Protocol::Udp)); // told once is enough
            }
            "established" => established = reader.switch(value).map(|on| (on, key.span())),
            "frame-sizes" => traffic.sizes = sizes(reader, value).unwrap_or_default(),
            "flows" => {
                flows_at = Some(value.span());
                traffic.flows = match value.get_ref().as_str() {
                    Some("new") => None,
                    Some(_) => reader.word(value, &[("new", ())]).map(|()| 1),
                    None => reader.integer(value, 1..=MOST_FLOWS).or(Some(1)),
                };
            }
            "order" => traffic.order = order(reader, value).unwrap_or(Order::Turn),
            "new-per-second" => {
                new_at = Some(value.span());
                traffic.new_per_second = reader.number(value, 0.1..=100_000_000.0);
            }
            "port" => traffic.port = reader.integer(value, 1..=u16::MAX).unwrap_or(1),
            "share" => traffic.share = reader.integer(value, 1..=1000u32).unwrap_or(1),
            "clients" => {
                clients_at = Some(value.span());
                traffic.clients = reader.integer(value, 1..=MOST_CLIENTS).unwrap_or(MOST_CLIENTS);
            }
            _ => reader.unknown(key, &KNOWN),
        }
    }
    let Some(protocol) = protocol else {
        reader.error(at, "`protocol` is missing: \"udp\" or \"tcp\"");
        return None;
    };
    traffic.kind = match (protocol, &established) {
        (Protocol::Tcp, Some((true, _))) => Kind::Established,
        (Protocol::Tcp, _) => Kind::Syn,
        _ => Kind::Udp,
    };
    if let Some((_, at)) = established.filter(|_| protocol != Protocol::Tcp) {
        reader.error(at, "`established` is for tcp only");
    }
    if traffic.kind == Kind::Syn && traffic.sizes.iter().any(|(size, _)| *size != 64) {
        reader.error(at.clone(), "a SYN has no data: its frames have 64 bytes");
    }
    if let (None, Kind::Established, Some(at)) = (traffic.flows, traffic.kind, flows_at) {
        reader.error(at, "a flow of one packet is not established: a number of flows, and `new-per-second`");
    }
    if let (None, Some(at)) = (traffic.flows, new_at) {
        reader.error(at, "every packet begins a flow already (`flows = \"new\"`)");
    }
    let flows = traffic.flows.unwrap_or(1);
    if flows > traffic.clients.saturating_mul(CLIENT_PORTS) {
        let help = format!("one client address has {CLIENT_PORTS} ports");
        let message = format!("{flows} flows are more than {} client addresses have", traffic.clients);
        let message =
            if traffic.clients == 1 { format!("{flows} flows are more than 1 client has") } else { message };
        reader.error_with_help(clients_at.unwrap_or(at), message, help);
    }
    Some(traffic)
}

/// One size, several (each with its weight or alike), or "imix".
fn sizes(reader: &mut Reader, value: &Value<'_>) -> Option<Vec<(u16, u32)>> {
    if value.get_ref().as_str().is_some() {
        return reader.word(value, &[("imix", ())]).map(|()| IMIX.to_vec());
    }
    if value.get_ref().as_integer().is_some() {
        return Some(vec![(reader.integer(value, SIZES)?, 1)]);
    }
    let list = reader.list(value, "a number of bytes, a list of them, or \"imix\"")?;
    if list.is_empty() || list.len() > 16 {
        reader.error(value.span(), "1 to 16 sizes");
    }
    let entries = list.iter().map(|entry| {
        let Some(pair) = entry.get_ref().as_array() else { return Some((reader.integer(entry, SIZES)?, 1)) };
        let [size, weight] = &pair[..] else {
            reader.error(entry.span(), "a size and its weight expected, as in [594, 4]");
            return None;
        };
        Some((reader.integer(size, SIZES)?, reader.integer(weight, 1..=1000u32)?))
    });
    entries.collect()
}

/// "turn", "random", { runs = 64 } or { random = 7 }.
fn order(reader: &mut Reader, value: &Value<'_>) -> Option<Order> {
    const RUN: u32 = 64;
    const SEED: u64 = 1;
    if value.get_ref().as_str().is_some() {
        let words = [("turn", Order::Turn), ("runs", Order::Runs(RUN)), ("random", Order::Random(SEED))];
        return reader.word(value, &words);
    }
    let mut order = None;
    for (key, value) in reader.table(value)? {
        order = match key.get_ref().as_ref() {
            "runs" => reader.integer(value, 1..=65_536u32).map(Order::Runs),
            "random" => reader.integer(value, 0..=u64::from(u32::MAX)).map(Order::Random),
            _ => {
                reader.unknown(key, &["runs", "random"]);
                None
            }
        };
    }
    order
}

/// `[replay]`.
pub(super) fn replay(reader: &mut Reader, value: &Value<'_>, file: &Path) -> Option<Replay> {
    let (mut capture, mut name) = (None, String::new());
    let (mut to, mut port, mut speed, mut loops) = (None, None, None, None);
    let mut has_pcap = false;
    for (key, value) in reader.table(value)? {
        match key.get_ref().as_ref() {
            "pcap" => {
                has_pcap = true;
                name = reader.text(value).unwrap_or_default().to_owned();
                let path = file.parent().unwrap_or(Path::new("")).join(&name);
                match pcap::load(&path) {
                    Ok(found) => capture = Some(Arc::new(found)),
                    Err(error) => reader.error(value.span(), format!("{error:#}")),
                }
            }
            "to" => to = reader.parsed(value, "IPv4 address", |text| text.parse().ok()),
            "port" => port = reader.integer(value, 1..=u16::MAX),
            "speed" => speed = reader.number(value, 0.001..=1_000_000.0),
            "loops" => loops = reader.integer(value, 1..=1_000_000u32),
            _ => reader.unknown(key, &["pcap", "to", "port", "speed", "loops"]),
        }
    }
    if !has_pcap {
        reader.error(value.span(), "`pcap` is missing: which file?");
    }
    Some(Replay { name, capture: capture?, to, port, speed, loops })
}

/// Notes what this load and this target cannot have together.
pub(super) fn fit(reader: &mut Reader, target: &Target, load: &Load, at: Range<usize>) {
    let Load::Mix(mix) = load else { return };
    if let Target::Network(network) = target {
        let ports = super::super::flows::ports_each(mix.len());
        for traffic in mix {
            let room = network.clients.1.min(traffic.clients).saturating_mul(ports);
            if traffic.flows.is_some_and(|flows| flows > room) {
                reader.error(
                    at.clone(),
                    format!("the network's `clients` have room for {room} flows of a kind"),
                );
            }
        }
    }
}
