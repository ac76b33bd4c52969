//! A [`ClaimPlan`] as nf_tables sees it: sets and rules. Pure; the encoding is in [`super::encode`].
//!
//! The number of rules does not depend on how much is claimed: that is in the sets. A rule whose set is empty is left
//! out, for every frame would pay for it.

use super::layout::{
    CMP_GTE, CMP_LTE, ETH_P_ARP, ICMP_ERRORS, ICMPV6, Layout, META_L4PROTO, META_MARK,
    NEIGHBOUR_SOLICITATION, NETWORK, REG, TRANSPORT, TYPE_ICMP_TYPE, TYPE_MARK, V4, V6, addresses, endpoints,
    equals, found, is_frame, is_protocol, payload,
};
use crate::control::effect::ClaimPlan;
use crate::lvs::{Family, MarkRule, Protocol};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// One step of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// Loads what the kernel knows of the packet.
    Meta {
        /// `NFT_META_…`.
        key: u32,
        /// Register.
        to: u32,
    },
    /// Loads bytes of the packet; no match where they are not (fragments without their transport header).
    Payload {
        /// `NFT_PAYLOAD_…_HEADER`.
        base: u32,
        /// Bytes from that header's start.
        offset: u32,
        /// Bytes to load.
        len: u32,
        /// Register.
        to: u32,
    },
    /// Goes on if the first register compares so (`NFT_CMP_…`) with these bytes.
    Compare {
        /// `NFT_CMP_…`.
        how: u32,
        /// The bytes.
        with: Vec<u8>,
    },
    /// Goes on if the first register is in the set (or is not).
    Lookup {
        /// Name of the set.
        set: &'static str,
        /// Go on if it is *not* in there.
        absent: bool,
    },
    /// The first register becomes `(register & mask) ^ xor`.
    Bitwise {
        /// Bits to keep.
        mask: Vec<u8>,
        /// Bits to flip.
        xor: Vec<u8>,
    },
    /// Writes the first register to what the kernel knows of the packet.
    SetMeta {
        /// `NFT_META_…`.
        key: u32,
    },
    /// Counts packets and bytes, for people who list the rules.
    Count,
    /// The end: the frame goes no further than to the packet taps, which have it already.
    Drop,
}

/// A named set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    /// Its name.
    pub name: &'static str,
    /// The type as nft(8) shows it.
    pub key_type: u32,
    /// Bytes of a key: every part padded to four.
    pub key_len: u32,
    /// The keys.
    pub keys: BTreeSet<Vec<u8>>,
}

/// The contents of a claim: the same sets for all devices, the same rules in the chain of each.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Ruleset {
    /// Named sets; those that no rule uses are left out.
    pub sets: Vec<Set>,
    /// Rules in order.
    pub rules: Vec<Vec<Expression>>,
}

impl Ruleset {
    /// What the plan amounts to.
    pub fn from_plan(plan: &ClaimPlan) -> Self {
        let mut ruleset = Self::default();
        for layout in [&V4, &V6] {
            ruleset.claim_addresses(plan, layout);
            ruleset.claim_services(plan, layout);
            ruleset.claim_replies(plan, layout);
            ruleset.claim_marked(plan, layout);
        }
        ruleset
    }

    /// Packets to the claimed addresses, and questions for their MAC address.
    fn claim_addresses(&mut self, plan: &ClaimPlan, layout: &Layout) {
        let keys = addresses(&plan.addresses, layout.family);
        if keys.is_empty() {
            return;
        }
        let set = self.set(layout.addresses, layout.addr_type, layout.addr_len, keys);
        self.rule(vec![layout.is_ip(), vec![layout.to(), found(set)]]);
        match layout.family {
            Family::V4 => self.rule(vec![
                is_frame(ETH_P_ARP),
                // Ethernet and IPv4, addresses of 6 and 4 bytes, a request: the first 8 bytes of the packet.
                vec![payload(NETWORK, 0, 8), equals(&[0, 1, 8, 0, 6, 4, 0, 1])],
                vec![payload(NETWORK, 24, 4), found(set)],
            ]),
            Family::V6 => self.rule(vec![
                layout.is_ip(),
                is_protocol(ICMPV6),
                vec![payload(TRANSPORT, 0, 1), equals(&[NEIGHBOUR_SOLICITATION])],
                vec![payload(TRANSPORT, 8, 16), found(set)],
            ]),
        }
    }

    /// Packets to services on the host's own addresses.
    fn claim_services(&mut self, plan: &ClaimPlan, layout: &Layout) {
        let (exact, any) = endpoints(&plan.services, layout.family);
        if !exact.is_empty() {
            let set = self.set(layout.services, layout.endpoint_type(), layout.addr_len + 8, exact);
            self.rule(vec![layout.is_ip(), layout.endpoint(layout.to(), Some(2)), vec![found(set)]]);
        }
        if !any.is_empty() {
            let set = self.set(layout.all_ports, layout.protocol_type(), layout.addr_len + 4, any);
            self.rule(vec![layout.is_ip(), layout.endpoint(layout.to(), None), vec![found(set)]]);
        }
        let ftp = addresses(&plan.ftp_addresses, layout.family);
        if !ftp.is_empty() {
            let set = self.set(layout.ftp, layout.addr_type, layout.addr_len, ftp);
            let is_tcp = [Expression::Meta { key: META_L4PROTO, to: REG }, equals(&[Protocol::Tcp.number()])];
            let unprivileged = Expression::Compare { how: CMP_GTE, with: 1024_u16.to_be_bytes().to_vec() };
            let to_data_port = vec![payload(TRANSPORT, 2, 2), unprivileged];
            self.rule(vec![layout.is_ip(), vec![layout.to(), found(set)], is_tcp.to_vec(), to_data_port]);
        }
    }

    /// What NAT real servers send to anybody but the host: replies, ICMP errors about requests, and fragments, of whatever: only
    /// a datagram's first has ports.
    fn claim_replies(&mut self, plan: &ClaimPlan, layout: &Layout) {
        let servers: BTreeSet<IpAddr> = plan.nat_sources.iter().map(|(_, server)| server.addr).collect();
        let servers = addresses(&servers, layout.family);
        if servers.is_empty() {
            return;
        }
        let not_to_host = self.not_to_host(plan, layout);
        let (exact, any) = endpoints(&plan.nat_sources, layout.family);
        if !exact.is_empty() {
            let set = self.set(layout.nat_sources, layout.endpoint_type(), layout.addr_len + 8, exact);
            let from = layout.endpoint(layout.from(), Some(0));
            self.rule(vec![layout.is_ip(), from, vec![found(set)], not_to_host.clone()]);
        }
        if !any.is_empty() {
            let set = self.set(layout.nat_all_ports, layout.protocol_type(), layout.addr_len + 4, any);
            let from = layout.endpoint(layout.from(), None);
            self.rule(vec![layout.is_ip(), from, vec![found(set)], not_to_host.clone()]);
        }
        let set = self.set(layout.nat_servers, layout.addr_type, layout.addr_len, servers);
        let is_error = self.is_error(layout);
        let from = vec![layout.from(), found(set)];
        self.rule(vec![
            layout.is_ip(),
            from.clone(),
            is_protocol(layout.icmp),
            is_error,
            not_to_host.clone(),
        ]);
        self.rule(vec![layout.is_ip(), from, layout.is_fragment(), layout.to_one(), not_to_host]);
    }

    /// Packets that get the mark of a service, to the host's own addresses and to networks; and ICMP errors and fragments to
    /// networks, whatever their ports.
    /// Here, where the destination alone does not decide, the kernel follows the rules itself, one by one, on the
    /// packet's own mark: nothing less would claim exactly what the director handles.
    fn claim_marked(&mut self, plan: &ClaimPlan, layout: &Layout) {
        let of_family = |rule: &&MarkRule| rule.family() == layout.family;
        let rules: Vec<&MarkRule> = plan.marks.rules.iter().filter(of_family).collect();
        let marks = plan.marks.services.iter().filter(|(family, _)| *family == layout.family);
        let marks: BTreeSet<Vec<u8>> = marks.map(|(_, mark)| mark.to_ne_bytes().to_vec()).collect();
        if !rules.is_empty() && !marks.is_empty() {
            for rule in &rules {
                let rules = layout.mark(rule);
                self.rules.extend(rules);
            }
            let set = self.set(layout.marks, TYPE_MARK, 4, marks);
            let mark = Expression::Meta { key: META_MARK, to: REG };
            self.rule(vec![layout.is_ip(), vec![mark, found(set)]]);
        }
        let networks: BTreeSet<_> =
            rules.iter().filter(|rule| rule.marks_network()).map(|rule| rule.destination).collect();
        if networks.is_empty() {
            return;
        }
        let host = addresses(&plan.marks.host_addresses, layout.family);
        let host = self.set(layout.mark_host_addresses, layout.addr_type, layout.addr_len, host);
        let not_to_host = vec![layout.to(), Expression::Lookup { set: host, absent: true }];
        for network in networks {
            let to = layout.is_in(layout.to(), network);
            let is_error = self.is_error(layout);
            self.rule(vec![
                layout.is_ip(),
                to.clone(),
                is_protocol(layout.icmp),
                is_error,
                not_to_host.clone(),
            ]);
            self.rule(vec![layout.is_ip(), to, layout.is_fragment(), layout.to_one(), not_to_host.clone()]);
        }
    }

    fn not_to_host(&mut self, plan: &ClaimPlan, layout: &Layout) -> Vec<Expression> {
        let host = addresses(&plan.host_addresses, layout.family);
        let host = self.set(layout.host_addresses, layout.addr_type, layout.addr_len, host);
        vec![layout.to(), Expression::Lookup { set: host, absent: true }]
    }

    /// An ICMP error, of a packet that is known to be ICMP.
    fn is_error(&mut self, layout: &Layout) -> Vec<Expression> {
        match layout.family {
            Family::V4 => {
                let keys = ICMP_ERRORS.iter().map(|&kind| vec![kind]).collect();
                let errors = self.set("icmp_errors", TYPE_ICMP_TYPE, 1, keys);
                vec![payload(TRANSPORT, 0, 1), found(errors)]
            }
            Family::V6 => {
                let between = |how, bound| Expression::Compare { how, with: vec![bound] };
                vec![payload(TRANSPORT, 0, 1), between(CMP_GTE, 1), between(CMP_LTE, 4)]
            }
        }
    }

    /// A set by this name; the same again if there is one.
    fn set(
        &mut self,
        name: &'static str,
        key_type: u32,
        key_len: u32,
        keys: BTreeSet<Vec<u8>>,
    ) -> &'static str {
        if !self.sets.iter().any(|set| set.name == name) {
            self.sets.push(Set { name, key_type, key_len, keys });
        }
        name
    }

    fn rule(&mut self, steps: Vec<Vec<Expression>>) {
        let mut rule = steps.concat();
        rule.extend([Expression::Count, Expression::Drop]);
        self.rules.push(rule);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lvs::{Endpoint, MarkProtocol, Ports};

    fn endpoint(text: &str, port: u16) -> Endpoint {
        Endpoint::new(text.parse().expect("address"), port)
    }

    #[test]
    fn the_parts_of_a_key_lie_in_registers_side_by_side() {
        let registers = |layout: &Layout| {
            let loads = layout.endpoint(layout.to(), Some(2));
            loads
                .iter()
                .filter_map(|load| match load {
                    Expression::Meta { to, .. } | Expression::Payload { to, .. } => Some(*to),
                    _ => None,
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(registers(&V4), [1, 9, 10]);
        assert_eq!(registers(&V6), [1, 12, 13]);
        assert_eq!(V4.endpoint_type(), 0x7_30d, "ipv4_addr . inet_proto . inet_service");
    }

    #[test]
    fn as_many_rules_for_one_address_as_for_a_thousand() {
        let plan = |count: u32| ClaimPlan {
            addresses: (0..count).map(|n| IpAddr::from((0x0a00_0000 + n).to_be_bytes())).collect(),
            ..ClaimPlan::default()
        };
        assert_eq!(Ruleset::from_plan(&plan(0)), Ruleset::default());
        let (one, thousand) = (Ruleset::from_plan(&plan(1)), Ruleset::from_plan(&plan(1000)));
        assert_eq!(one.rules, thousand.rules);
        assert_eq!(thousand.sets[0].keys.len(), 1000);
    }

    fn mark_rule(destination: &str, dports: &[(u16, u16)], interface: Option<&str>) -> MarkRule {
        MarkRule {
            destination: destination.parse().expect("network"),
            source: None,
            protocol: Some(MarkProtocol::Transport(Protocol::Tcp)),
            dports: dports.to_vec().into(),
            sports: Ports::default(),
            interface: interface.map(str::to_owned),
            set: crate::lvs::SetMark::or(0x10, 0xf0),
        }
    }

    #[test]
    fn marks_are_followed_rule_by_rule() {
        let rules = vec![
            mark_rule("10.0.0.2/32", &[(80, 80), (443, 443)], Some("eth0")),
            mark_rule("10.20.0.0/16", &[], Some("eth+")),
        ];
        let services = BTreeSet::from([(Family::V4, 0x10), (Family::V6, 0x10)]);
        let marks = crate::control::effect::MarkClaim { rules, services, ..Default::default() };
        let ruleset = Ruleset::from_plan(&ClaimPlan { marks, ..ClaimPlan::default() });
        // Two ranges, the network, the drop by mark, errors and fragments to the network; none for IPv6, without rules.
        assert_eq!(ruleset.rules.len(), 6);
        let ends: Vec<_> =
            ruleset.rules.iter().map(|rule| rule.last().cloned().expect("not empty")).collect();
        assert_eq!(ends[..3], [0; 3].map(|_| Expression::SetMeta { key: META_MARK }));
        assert_eq!(ends[3..], [0; 3].map(|_| Expression::Drop));
        let names: Vec<_> = ruleset.sets.iter().map(|set| set.name).collect();
        assert_eq!(names, ["marks4", "mark_host_addresses4", "icmp_errors"]);
        let [_, _, network, ..] = &ruleset.rules[..] else { panic!("rules are missing") };
        assert!(network.contains(&Expression::Bitwise { mask: vec![255, 255, 0, 0], xor: vec![0; 4] }));
        assert!(network.contains(&equals(b"eth")), "a name's beginning");
        assert!(ruleset.rules[0].contains(&equals(b"eth0\0\0\0\0\0\0\0\0\0\0\0\0")), "a whole name");
        let flip = Expression::Bitwise {
            mask: (!0xf0_u32).to_ne_bytes().to_vec(),
            xor: 0x10_u32.to_ne_bytes().to_vec(),
        };
        assert!(network.contains(&flip));
    }

    /// AH and ESP to an address of the host are claimed where ISAKMP is; to a network by their own mark alone.
    #[test]
    fn ipsec_is_marked_as_isakmp() {
        let ruled = |destination: &str, protocol, dports: &[(u16, u16)]| {
            let rule = MarkRule { protocol: Some(protocol), ..mark_rule(destination, dports, None) };
            let rules = V4.mark(&rule);
            [6, 17, 50, 51].map(|number| {
                rules
                    .iter()
                    .filter(|rule| {
                        rule.ends_with(&[Expression::SetMeta { key: META_MARK }])
                            && rule.contains(&equals(&[number]))
                    })
                    .count()
            })
        };
        let udp = MarkProtocol::Transport(Protocol::Udp);
        assert_eq!(ruled("10.0.0.2/32", udp, &[(500, 500), (4500, 4500)]), [0, 2, 1, 1]);
        assert_eq!(ruled("10.0.0.2/32", udp, &[]), [0, 1, 1, 1]);
        assert_eq!(ruled("10.0.0.2/32", udp, &[(53, 53)]), [0, 1, 0, 0]);
        assert_eq!(ruled("10.0.0.0/24", udp, &[(500, 500)]), [0, 1, 0, 0]);
        let tcp = MarkProtocol::Transport(Protocol::Tcp);
        assert_eq!(ruled("10.0.0.2/32", tcp, &[(500, 500)]), [1, 0, 0, 0]);
    }

    #[test]
    fn every_rule_uses_sets_that_exist_and_ends_in_drop() {
        let ends = BTreeSet::from([
            (Protocol::Tcp, endpoint("10.0.0.2", 80)),
            (Protocol::Udp, endpoint("10.0.0.2", 0)),
            (Protocol::Sctp, endpoint("fd00::2", 7)),
            (Protocol::Sctp, endpoint("fd00::2", 0)),
        ]);
        let ruleset = Ruleset::from_plan(&ClaimPlan {
            addresses: ["10.0.0.1", "fd00::1"].iter().map(|a| a.parse().expect("address")).collect(),
            services: ends.clone(),
            ftp_addresses: ["10.0.0.2", "fd00::2"].iter().map(|a| a.parse().expect("address")).collect(),
            nat_sources: ends,
            ..ClaimPlan::default()
        });
        assert_eq!(ruleset.rules.len(), 18);
        for rule in &ruleset.rules {
            assert_eq!(rule.last(), Some(&Expression::Drop));
            for expression in rule {
                if let Expression::Lookup { set, .. } = expression {
                    assert_eq!(ruleset.sets.iter().filter(|s| s.name == *set).count(), 1, "{set}");
                }
            }
        }
    }
}
