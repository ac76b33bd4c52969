//! Firewall marks, compiled: what a packet's mark is, without a walk over the rules.
//!
//! ```text
//! destination (longest prefix) → protocol → destination port (interval)
//!              → source (longest prefix) → source port (interval) → interface → mark
//! ```
//!
//! At every step the rules that can still match are narrowed down, in their order; at the end they are composed to one
//! number. A destination's own cell holds the rules of all prefixes around it as well, so the longest prefix alone
//! decides, and several rules of different prefixes that match one packet still act in the order in which they stand.
//! A lookup costs one hash probe per *length* of prefix and one binary search per set of ports, however many rules
//! there are.

use super::{Flow, masked};
use crate::lvs::{MarkProtocol, MarkRule, PortId, Protocol};
use ahash::AHashMap;
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Most leaves of a compiled set: some dozen megabytes. Only sets in which hundreds of port ranges, each with a source
/// of its own, overlap come near.
const MAX_LEAVES: usize = 1 << 18;

/// The rules overlap so much that their compiled form would be too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rules' port ranges, sources and destinations overlap too much: split them, or use fewer")]
pub struct TooManyCombinations;

/// All mark rules of a director, compiled.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    v4: Prefixes<Option<Cell>>,
    v6: Prefixes<Option<Cell>>,
    /// Some rule with a prefix shorter than an address sets a mark.
    has_networks: bool,
    named: BTreeMap<IpAddr, BTreeSet<u32>>,
}

/// The rules around one destination.
#[derive(Clone, Debug)]
struct Cell {
    /// TCP, UDP, SCTP.
    by_protocol: [Intervals<Prefixes<Intervals<Leaf>>>; 3],
    /// Protocols without ports: rules for every protocol.
    portless: Prefixes<Leaf>,
    /// A rule for a whole network around it sets a mark.
    is_in_network: bool,
}

impl Marks {
    /// Compiles rules. `interfaces`: names of the director's interfaces by [`PortId`]; a rule for another one matches
    /// nothing.
    ///
    /// # Errors
    /// The result would be too large.
    pub fn compile(rules: &[MarkRule], interfaces: &[String]) -> Result<Self, TooManyCombinations> {
        let mut build = Build { interfaces, leaves: 0, named: BTreeMap::new() };
        let rules: Vec<&MarkRule> =
            rules.iter().filter(|rule| rule.protocol != Some(MarkProtocol::Icmp)).collect();
        let (v4, v6): (Vec<_>, Vec<_>) = rules.iter().partition(|rule| rule.destination.addr().is_ipv4());
        let (v4, v6) = (build.destinations(&v4)?, build.destinations(&v6)?);
        let has_networks = rules.iter().any(|rule| rule.marks_network());
        Ok(Self { v4, v6, has_networks, named: build.named })
    }

    /// The mark of a packet of this flow that came by this interface; 0: none.
    pub fn of(&self, flow: &Flow, port: PortId) -> u32 {
        self.walk(flow, port, || {})
    }

    /// The mark of a packet without ports, as AH and ESP are; 0: none.
    pub fn of_portless(&self, source: IpAddr, destination: IpAddr, port: PortId) -> u32 {
        let prefixes = if destination.is_ipv4() { &self.v4 } else { &self.v6 };
        let cell = prefixes.find(destination, &mut || {}).as_ref();
        cell.map_or(0, |cell| cell.portless.find(source, &mut || {}).mark(port, &mut || {}))
    }

    /// Are there rules that mark packets to whole networks?
    pub const fn has_networks(&self) -> bool {
        self.has_networks
    }

    /// Is this address in a network whose packets are marked?
    pub fn is_in_network(&self, addr: IpAddr) -> bool {
        let prefixes = if addr.is_ipv4() { &self.v4 } else { &self.v6 };
        self.has_networks && prefixes.find(addr, &mut || {}).as_ref().is_some_and(|cell| cell.is_in_network)
    }

    /// Addresses that rules name one by one, with the marks that packets to them may get.
    pub fn named(&self) -> impl Iterator<Item = (IpAddr, &BTreeSet<u32>)> {
        self.named.iter().map(|(addr, marks)| (*addr, marks))
    }

    /// The lookup; `step` is called for each probe and each comparison.
    fn walk(&self, flow: &Flow, port: PortId, mut step: impl FnMut()) -> u32 {
        let prefixes = if flow.virt.addr.is_ipv4() { &self.v4 } else { &self.v6 };
        let Some(cell) = prefixes.find(flow.virt.addr, &mut step) else { return 0 };
        let [tcp, udp, sctp] = &cell.by_protocol;
        let by_port = match flow.protocol {
            Protocol::Tcp => tcp,
            Protocol::Udp => udp,
            Protocol::Sctp => sctp,
        };
        let by_source = by_port.find(flow.virt.port, &mut step);
        let leaf = by_source.and_then(|by_source| {
            by_source.find(flow.client.addr, &mut step).find(flow.client.port, &mut step)
        });
        leaf.map_or(0, |leaf| leaf.mark(port, &mut step))
    }
}

/// Values by longest prefix.
#[derive(Clone, Debug, Default)]
struct Prefixes<T> {
    /// By length, longest first; none of length 0, which is `otherwise`.
    levels: Vec<(u8, AHashMap<IpAddr, T>)>,
    otherwise: T,
}

impl<T> Prefixes<T> {
    fn find(&self, addr: IpAddr, step: &mut impl FnMut()) -> &T {
        for (length, level) in &self.levels {
            step();
            if let Some(found) = level.get(&masked(addr, *length)) {
                return found;
            }
        }
        &self.otherwise
    }
}

/// Values by port: interval number n begins at `starts[n]` and ends before the next. The first begins at 0.
#[derive(Clone, Debug, Default)]
struct Intervals<T> {
    starts: Vec<u16>,
    values: Vec<T>,
}

impl<T> Intervals<T> {
    fn find(&self, port: u16, step: &mut impl FnMut()) -> Option<&T> {
        let behind = self.starts.partition_point(|start| {
            step();
            *start <= port
        });
        self.values.get(behind.checked_sub(1)?)
    }
}

/// What is left when all but the interface is known.
#[derive(Clone, Debug, Default)]
struct Leaf {
    otherwise: u32,
    by_interface: Vec<(PortId, u32)>,
}

impl Leaf {
    fn mark(&self, port: PortId, step: &mut impl FnMut()) -> u32 {
        let own = self.by_interface.iter().find(|(own, _)| {
            step();
            *own == port
        });
        own.map_or(self.otherwise, |(_, mark)| *mark)
    }
}

struct Build<'b> {
    interfaces: &'b [String],
    leaves: usize,
    named: BTreeMap<IpAddr, BTreeSet<u32>>,
}

impl Build<'_> {
    fn destinations(&mut self, rules: &[&MarkRule]) -> Result<Prefixes<Option<Cell>>, TooManyCombinations> {
        prefixes(
            rules,
            |rule| Some(rule.destination),
            |rules| {
                if rules.is_empty() { Ok(None) } else { self.cell(rules).map(Some) }
            },
        )
    }

    fn cell(&mut self, rules: &[&MarkRule]) -> Result<Cell, TooManyCombinations> {
        let mut of = |protocol| {
            let of_protocol =
                |rule: &&&MarkRule| rule.protocol.is_none_or(|own| own == MarkProtocol::Transport(protocol));
            let rules: Vec<&MarkRule> = rules.iter().filter(of_protocol).copied().collect();
            intervals(&rules, |rule| rule.dports.ranges(), &mut |rules| self.sources(rules))
        };
        let by_protocol = [of(Protocol::Tcp)?, of(Protocol::Udp)?, of(Protocol::Sctp)?];
        let of_all: Vec<&MarkRule> = rules.iter().filter(|rule| is_for_all(rule)).copied().collect();
        let portless = prefixes(&of_all, |rule| rule.source, |rules| self.leaf(rules))?;
        Ok(Cell { by_protocol, portless, is_in_network: rules.iter().any(|rule| rule.marks_network()) })
    }

    fn sources(&mut self, rules: &[&MarkRule]) -> Result<Prefixes<Intervals<Leaf>>, TooManyCombinations> {
        prefixes(
            rules,
            |rule| rule.source,
            |rules| intervals(rules, |rule| rule.sports.ranges(), &mut |rules| self.leaf(rules)),
        )
    }

    fn leaf(&mut self, rules: &[&MarkRule]) -> Result<Leaf, TooManyCombinations> {
        self.leaves += 1;
        if self.leaves > MAX_LEAVES {
            return Err(TooManyCombinations);
        }
        let mark = |interface: Option<&str>| {
            let matching = rules.iter().filter(|rule| match interface {
                Some(interface) => rule.is_by(interface),
                None => rule.interface.is_none(),
            });
            matching.fold(0, |mark, rule| rule.set.applied_to(mark))
        };
        let mut leaf = Leaf { otherwise: mark(None), by_interface: Vec::new() };
        if rules.iter().any(|rule| rule.interface.is_some()) {
            let ports =
                self.interfaces.iter().zip(0..).map(|(name, number)| (PortId(number), mark(Some(name))));
            leaf.by_interface = ports.filter(|(_, mark)| *mark != leaf.otherwise).collect();
        }
        for rule in rules.iter().filter(|rule| rule.is_single() && rule.set.value != 0) {
            let marks = leaf.by_interface.iter().map(|(_, mark)| *mark).chain([leaf.otherwise]);
            let named = self.named.entry(rule.destination.addr()).or_default();
            named.extend(marks.filter(|mark| *mark != 0));
        }
        Ok(leaf)
    }
}

/// Does a rule match packets without ports?
const fn is_for_all(rule: &MarkRule) -> bool {
    rule.protocol.is_none() && rule.dports.is_any() && rule.sports.is_any()
}

/// Rules by one of their prefixes (`None`: every address). The value of a prefix is made of its own rules and of those
/// of all prefixes around it, in their order.
fn prefixes<'r, T>(
    rules: &[&'r MarkRule],
    prefix: impl Fn(&MarkRule) -> Option<IpNet>,
    mut make: impl FnMut(&[&'r MarkRule]) -> Result<T, TooManyCombinations>,
) -> Result<Prefixes<T>, TooManyCombinations> {
    let mut own: BTreeMap<(u8, IpAddr), Vec<usize>> = BTreeMap::new();
    let mut everywhere = Vec::new();
    for (number, rule) in rules.iter().enumerate() {
        match prefix(rule).filter(|net| net.prefix_len() > 0) {
            Some(net) => own.entry((net.prefix_len(), net.network())).or_default().push(number),
            None => everywhere.push(number),
        }
    }
    let lengths: BTreeSet<u8> = own.keys().map(|(length, _)| *length).collect();
    let pick = |mut numbers: Vec<usize>| -> Vec<&'r MarkRule> {
        numbers.sort_unstable();
        numbers.into_iter().filter_map(|number| rules.get(number).copied()).collect()
    };
    let mut levels = Vec::with_capacity(lengths.len());
    for &length in lengths.iter().rev() {
        let mut level = AHashMap::default();
        for (_, addr) in own.range((length, LOWEST)..).map(|(key, _)| *key).take_while(|key| key.0 == length)
        {
            let around =
                lengths.range(..=length).filter_map(|&shorter| own.get(&(shorter, masked(addr, shorter))));
            let numbers = around.flatten().chain(&everywhere).copied().collect();
            level.insert(addr, make(&pick(numbers))?);
        }
        levels.push((length, level));
    }
    Ok(Prefixes { levels, otherwise: make(&pick(everywhere))? })
}

/// The least address of all, in the order of [`IpAddr`].
const LOWEST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);

/// Rules by one of their sets of ports.
fn intervals<'r, T>(
    rules: &[&'r MarkRule],
    ranges: impl Fn(&MarkRule) -> &[(u16, u16)],
    make: &mut impl FnMut(&[&'r MarkRule]) -> Result<T, TooManyCombinations>,
) -> Result<Intervals<T>, TooManyCombinations> {
    let mut starts = BTreeSet::from([0]);
    for (first, last) in rules.iter().flat_map(|rule| ranges(rule)) {
        starts.insert(*first);
        starts.extend(last.checked_add(1));
    }
    let mut values = Vec::with_capacity(starts.len());
    for start in &starts {
        let fits = |rule: &&&MarkRule| {
            let ranges = ranges(rule);
            ranges.is_empty() || ranges.iter().any(|(first, last)| (first..=last).contains(&start))
        };
        let rules: Vec<&MarkRule> = rules.iter().filter(fits).copied().collect();
        values.push(make(&rules)?);
    }
    Ok(Intervals { starts: starts.into_iter().collect(), values })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lvs::{Endpoint, Ports, SetMark};
    use proptest::prelude::*;

    /// What iptables does: every rule, one after the other.
    fn scan(rules: &[MarkRule], interfaces: &[String], flow: &Flow, port: PortId) -> u32 {
        let name = interfaces.get(port.index()).map_or("", String::as_str);
        rules.iter().fold(0, |mark, rule| {
            let matches = rule.destination.contains(&flow.virt.addr)
                && rule.source.is_none_or(|source| source.contains(&flow.client.addr))
                && rule.protocol.is_none_or(|own| own == MarkProtocol::Transport(flow.protocol))
                && rule.dports.contains(flow.virt.port)
                && rule.sports.contains(flow.client.port)
                && rule.is_by(name);
            if matches { rule.set.applied_to(mark) } else { mark }
        })
    }

    fn interfaces() -> Vec<String> {
        vec!["eth0".to_owned(), "eth1".to_owned(), "lan0".to_owned()]
    }

    /// Addresses and ports from small worlds, so that prefixes nest and ranges overlap.
    fn addr(v6: bool) -> BoxedStrategy<IpAddr> {
        (0..4_u8, 0..4_u8, 0..4_u8)
            .prop_map(move |(a, b, c)| {
                if v6 {
                    IpAddr::from([0xfd, 0, 0, 0, 0, a << 6, 0, 0, 0, 0, 0, 0, b, 0, 0, c])
                } else {
                    IpAddr::from([10, a << 6, b, c])
                }
            })
            .boxed()
    }

    fn net(v6: bool) -> BoxedStrategy<IpNet> {
        let lengths = if v6 { vec![0, 8, 42, 104, 127, 128, 128] } else { vec![0, 8, 10, 24, 31, 32, 32] };
        (addr(v6), proptest::sample::select(lengths))
            .prop_map(|(addr, length)| IpNet::new(addr, length).unwrap().trunc())
            .boxed()
    }

    fn ports() -> impl Strategy<Value = Ports> {
        let port = || prop_oneof![0..6_u16, 65530..=65535_u16];
        proptest::collection::vec((port(), port()), 0..3).prop_map(|ranges| {
            Ports::from(ranges.into_iter().map(|(a, b)| (a.min(b), a.max(b))).collect::<Vec<_>>())
        })
    }

    fn protocol() -> impl Strategy<Value = Protocol> {
        proptest::sample::select(vec![Protocol::Tcp, Protocol::Udp, Protocol::Sctp])
    }

    fn rule() -> impl Strategy<Value = MarkRule> {
        let interface =
            proptest::sample::select(vec![None, None, None, Some("eth0"), Some("eth+"), Some("tun0")]);
        let protocol = prop_oneof![
            protocol().prop_map(|protocol| Some(MarkProtocol::Transport(protocol))),
            Just(Some(MarkProtocol::Icmp)),
            Just(None)
        ];
        any::<bool>().prop_flat_map(move |v6| {
            let source = prop_oneof![Just(None), net(v6).prop_map(Some)];
            (net(v6), source, protocol.clone(), ports(), ports(), interface.clone(), 0..8_u32, 0..8_u32)
                .prop_map(|(destination, source, protocol, dports, sports, interface, value, mask)| {
                    MarkRule {
                        destination,
                        source,
                        protocol,
                        dports,
                        sports,
                        interface: interface.map(str::to_owned),
                        set: SetMark { value, mask: if mask == 0 { u32::MAX } else { mask } },
                    }
                })
        })
    }

    fn packet() -> impl Strategy<Value = (Flow, PortId)> {
        let port = || prop_oneof![0..8_u16, 65528..=65535_u16];
        any::<bool>().prop_flat_map(move |v6| {
            (protocol(), addr(v6), port(), addr(v6), port(), 0..4_u8).prop_map(
                |(protocol, client, cport, virt, vport, interface)| {
                    let flow = Flow {
                        protocol,
                        client: Endpoint::new(client, cport),
                        virt: Endpoint::new(virt, vport),
                    };
                    (flow, PortId(interface))
                },
            )
        })
    }

    proptest! {
        #[test]
        fn the_compiled_rules_say_what_the_scan_says(
            rules in proptest::collection::vec(rule(), 0..24),
            packets in proptest::collection::vec(packet(), 64),
        ) {
            let marks = Marks::compile(&rules, &interfaces()).unwrap();
            for (flow, port) in packets {
                let scanned = scan(&rules, &interfaces(), &flow, port);
                prop_assert_eq!(marks.of(&flow, port), scanned, "{:?} by {:?}", flow, port);
                let of_all: Vec<_> = rules.iter().filter(|rule| is_for_all(rule)).cloned().collect();
                let portless = scan(&of_all, &interfaces(), &flow, port);
                prop_assert_eq!(marks.of_portless(flow.client.addr, flow.virt.addr, port), portless);
                if scanned != 0 {
                    let is_named = marks.named().any(|(addr, marks)| addr == flow.virt.addr && marks.contains(&scanned));
                    prop_assert!(is_named || marks.has_networks());
                }
            }
        }
    }

    fn plain(destination: &str, dports: &[(u16, u16)], value: u32) -> MarkRule {
        MarkRule {
            destination: destination.parse().unwrap(),
            source: None,
            protocol: Some(MarkProtocol::Transport(Protocol::Tcp)),
            dports: dports.to_vec().into(),
            sports: Ports::default(),
            interface: None,
            set: SetMark::or(value, u32::MAX),
        }
    }

    fn steps(marks: &Marks, client: &str, virt: &str) -> (u32, usize) {
        let endpoint = |text: &str| {
            let socket: std::net::SocketAddr = text.parse().unwrap();
            Endpoint::new(socket.ip(), socket.port())
        };
        let flow = Flow { protocol: Protocol::Tcp, client: endpoint(client), virt: endpoint(virt) };
        let mut steps = 0;
        let mark = marks.walk(&flow, PortId(0), || steps += 1);
        (mark, steps)
    }

    /// Counted, not timed: 4,096 rules cost what 16 cost, but for the deeper binary search of ports.
    #[test]
    fn the_cost_does_not_grow_with_the_rules() {
        let addr = |n: u32| IpAddr::from((0x0a00_0000 + n).to_be_bytes());
        let by_address = |count: u32| {
            let rules = (0..count).map(|n| plain(&format!("{}/32", addr(n)), &[(80, 80), (443, 443)], n + 1));
            Marks::compile(&rules.collect::<Vec<_>>(), &[]).unwrap()
        };
        let last =
            |count: u32| steps(&by_address(count), "172.16.0.5:4000", &format!("{}:80", addr(count - 1)));
        let (few, many) = (last(16), last(4096));
        assert_eq!((few.0, many.0), (16, 4096));
        assert_eq!(few.1, many.1, "by address");

        let by_source = |count: u32| {
            let rules = (0..count).map(|n| MarkRule {
                source: Some(IpNet::from(addr(n))),
                ..plain("10.9.0.100/32", &[(80, 80)], n + 1)
            });
            Marks::compile(&rules.collect::<Vec<_>>(), &[]).unwrap()
        };
        let last =
            |count: u32| steps(&by_source(count), &format!("{}:4000", addr(count - 1)), "10.9.0.100:80");
        let (few, many) = (last(16), last(4096));
        assert_eq!((few.0, many.0), (16, 4096));
        assert_eq!(few.1, many.1, "by source");

        let by_port = |count: u16| {
            let rules = (0..count).map(|n| plain("10.9.0.100/32", &[(2 * n, 2 * n)], u32::from(n) + 1));
            Marks::compile(&rules.collect::<Vec<_>>(), &[]).unwrap()
        };
        let last = |count: u16| {
            steps(&by_port(count), "172.16.0.5:4000", &format!("10.9.0.100:{}", 2 * (count - 1)))
        };
        let (few, many) = (last(16), last(4096));
        assert_eq!((few.0, many.0), (16, 4096));
        assert!(many.1 <= few.1 + 9, "by port: {} and {} steps", few.1, many.1);
        assert_eq!(
            steps(&by_port(4096), "172.16.0.5:4000", "10.9.0.101:80"),
            (0, 1),
            "another address: one probe"
        );
    }

    #[test]
    fn an_exception_names_no_destination() {
        let rules = [
            plain("10.9.0.0/24", &[(80, 80)], 1),
            plain("10.9.0.50/32", &[(80, 80)], 0),
            plain("10.9.0.100/32", &[(443, 443)], 2),
        ];
        let marks = Marks::compile(&rules, &[]).unwrap();
        let named: Vec<_> = marks.named().collect();
        assert_eq!(named, [("10.9.0.100".parse().unwrap(), &BTreeSet::from([2]))]);
        assert_eq!(steps(&marks, "172.16.0.5:4000", "10.9.0.100:80").0, 1, "the network's");
        assert_eq!(steps(&marks, "172.16.0.5:4000", "10.9.0.50:80").0, 0, "the exception");
    }

    #[test]
    fn what_would_be_too_large_is_refused() {
        let rules: Vec<_> = (0..700_u16)
            .map(|n| MarkRule {
                source: Some(IpNet::from(IpAddr::from((0x0a00_0000 + u32::from(n)).to_be_bytes()))),
                ..plain("10.9.0.100/32", &[(n, 60000 - n)], 1)
            })
            .collect();
        assert!(matches!(Marks::compile(&rules, &[]), Err(TooManyCombinations)));
    }
}
