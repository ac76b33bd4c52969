//! How each IP version's packets are laid out for nf_tables, and the steps that look at them.

use super::ruleset::Expression;
use crate::lvs::{Endpoint, Family, MarkProtocol, MarkRule, Ports, Protocol};
use ipnet::IpNet;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Numbers of types that nft(8) shows sets by.
pub(super) const TYPE_IPV4_ADDR: u32 = 7;
pub(super) const TYPE_IPV6_ADDR: u32 = 8;
pub(super) const TYPE_INET_PROTO: u32 = 12;
pub(super) const TYPE_INET_SERVICE: u32 = 13;
pub(super) const TYPE_ICMP_TYPE: u32 = 14;
pub(super) const TYPE_BITS: u32 = 6;

pub(super) const META_PROTOCOL: u32 = 1;
pub(super) const META_L4PROTO: u32 = 16;
pub(super) const META_MARK: u32 = 3;
pub(super) const META_IIFNAME: u32 = 6;
pub(super) const TYPE_MARK: u32 = 19;
/// IFNAMSIZ.
pub(super) const NAME_LEN: usize = 16;
pub(super) const NETWORK: u32 = 1;
pub(super) const TRANSPORT: u32 = 2;
/// The first 16-byte register, and the 4-byte registers: the first of these is the head of that.
pub(super) const REG: u32 = 1;
pub(super) const REG32: u32 = 8;

pub(super) const ETH_P_IP: u16 = 0x0800;
pub(super) const ETH_P_ARP: u16 = 0x0806;
pub(super) const ETH_P_IPV6: u16 = 0x86dd;
pub(super) const ICMP: u8 = 1;
pub(super) const ICMPV6: u8 = 58;
/// IPv6's fragment header.
pub(super) const FRAGMENT: u8 = 44;
pub(super) const NEIGHBOUR_SOLICITATION: u8 = 135;
/// ESP and AH.
pub(super) const IPSEC: [u8; 2] = [50, 51];
pub(super) const ISAKMP: u16 = 500;
/// Destination unreachable, source quench, redirect, time exceeded, parameter problem.
pub(super) const ICMP_ERRORS: [u8; 5] = [3, 4, 5, 11, 12];

pub(super) const CMP_EQ: u32 = 0;
pub(super) const CMP_NEQ: u32 = 1;
pub(super) const CMP_LTE: u32 = 3;
pub(super) const CMP_GTE: u32 = 5;

/// Where an IP version keeps what, and what its sets are called.
pub(super) struct Layout {
    pub(super) family: Family,
    pub(super) ethertype: u16,
    pub(super) icmp: u8,
    pub(super) addr_type: u32,
    pub(super) addr_len: u32,
    pub(super) from_offset: u32,
    pub(super) addresses: &'static str,
    pub(super) services: &'static str,
    pub(super) all_ports: &'static str,
    pub(super) ftp: &'static str,
    pub(super) nat_sources: &'static str,
    pub(super) nat_all_ports: &'static str,
    pub(super) nat_servers: &'static str,
    pub(super) host_addresses: &'static str,
    pub(super) marks: &'static str,
    pub(super) mark_host_addresses: &'static str,
}

pub(super) const V4: Layout = Layout {
    family: Family::V4,
    ethertype: ETH_P_IP,
    icmp: ICMP,
    addr_type: TYPE_IPV4_ADDR,
    addr_len: 4,
    from_offset: 12,
    addresses: "addresses4",
    services: "services4",
    all_ports: "services4_all_ports",
    ftp: "ftp4",
    nat_sources: "nat_sources4",
    nat_all_ports: "nat_sources4_all_ports",
    nat_servers: "nat_servers4",
    host_addresses: "host_addresses4",
    marks: "marks4",
    mark_host_addresses: "mark_host_addresses4",
};

pub(super) const V6: Layout = Layout {
    family: Family::V6,
    ethertype: ETH_P_IPV6,
    icmp: ICMPV6,
    addr_type: TYPE_IPV6_ADDR,
    addr_len: 16,
    from_offset: 8,
    addresses: "addresses6",
    services: "services6",
    all_ports: "services6_all_ports",
    ftp: "ftp6",
    nat_sources: "nat_sources6",
    nat_all_ports: "nat_sources6_all_ports",
    nat_servers: "nat_servers6",
    host_addresses: "host_addresses6",
    marks: "marks6",
    mark_host_addresses: "mark_host_addresses6",
};

impl Layout {
    pub(super) fn is_ip(&self) -> Vec<Expression> {
        is_frame(self.ethertype)
    }

    pub(super) fn from(&self) -> Expression {
        payload(NETWORK, self.from_offset, self.addr_len)
    }

    pub(super) fn to(&self) -> Expression {
        payload(NETWORK, self.from_offset + self.addr_len, self.addr_len)
    }

    /// IPv4: offset and flags are neither nothing nor DF alone. IPv6: a fragment header comes first.
    pub(super) fn is_fragment(&self) -> Vec<Expression> {
        let not = |bytes: [u8; 2]| Expression::Compare { how: CMP_NEQ, with: bytes.to_vec() };
        match self.family {
            Family::V4 => vec![payload(NETWORK, 6, 2), not([0, 0]), not([0x40, 0])],
            Family::V6 => vec![payload(NETWORK, 6, 1), equals(&[FRAGMENT])],
        }
    }

    /// To a single host, as far as the first byte tells.
    pub(super) fn to_one(&self) -> Vec<Expression> {
        let last = match self.family {
            Family::V4 => 223,
            Family::V6 => 0xfe,
        };
        let first_byte = payload(NETWORK, self.from_offset + self.addr_len, 1);
        vec![first_byte, Expression::Compare { how: CMP_LTE, with: vec![last] }]
    }

    /// Loads address . protocol [. port] side by side: each in 4-byte registers behind the one before.
    pub(super) fn endpoint(&self, addr: Expression, port_offset: Option<u32>) -> Vec<Expression> {
        let protocol = REG32 + self.addr_len / 4;
        let mut loads = vec![addr, Expression::Meta { key: META_L4PROTO, to: protocol }];
        loads.extend(port_offset.map(|offset| Expression::Payload {
            base: TRANSPORT,
            offset,
            len: 2,
            to: protocol + 1,
        }));
        loads
    }

    /// Loads an address and goes on if it is in this network.
    pub(super) fn is_in(&self, addr: Expression, net: IpNet) -> Vec<Expression> {
        if net.prefix_len() == 0 {
            return Vec::new();
        }
        let mut steps = vec![addr];
        if net.prefix_len() < net.max_prefix_len() {
            let mask = crate::host::links::octets(net.netmask());
            steps.push(Expression::Bitwise { xor: vec![0; mask.len()], mask });
        }
        steps.push(equals(&crate::host::links::octets(net.network())));
        steps
    }

    /// The nf_tables rules that do what one mark rule does: one for each pair of its ranges of ports, none of which
    /// overlap, and for each protocol that has none, so that at most one of them matches a packet.
    pub(super) fn mark(&self, rule: &MarkRule) -> Vec<Vec<Expression>> {
        let mut begin = self.is_ip();
        begin.extend(self.is_in(self.to(), rule.destination));
        begin.extend(rule.source.iter().flat_map(|source| self.is_in(self.from(), *source)));
        if let Some(name) = &rule.interface {
            let mut bytes = name.trim_end_matches('+').as_bytes().to_vec();
            if !name.ends_with('+') {
                bytes.resize(NAME_LEN, 0);
            }
            if !bytes.is_empty() {
                begin.extend([Expression::Meta { key: META_IIFNAME, to: REG }, equals(&bytes)]);
            }
        }
        let flip = [
            Expression::Meta { key: META_MARK, to: REG },
            Expression::Bitwise {
                mask: (!rule.set.mask).to_ne_bytes().to_vec(),
                xor: rule.set.value.to_ne_bytes().to_vec(),
            },
            Expression::SetMeta { key: META_MARK },
        ];
        let mut all = Vec::new();
        let begin = match rule.protocol {
            // Does nothing: no service is looked up for ICMP.
            Some(MarkProtocol::Icmp) => return Vec::new(),
            Some(MarkProtocol::Transport(protocol)) => {
                let has_isakmp = rule.sports.contains(ISAKMP) && rule.dports.contains(ISAKMP);
                if protocol == Protocol::Udp && has_isakmp && !rule.marks_network() {
                    // AH and ESP to an address of the host go where ISAKMP goes, whatever their own mark.
                    let of = |number| [begin.as_slice(), &is_protocol(number), &flip].concat();
                    all.extend(IPSEC.map(of));
                }
                [begin, is_protocol(protocol.number())].concat()
            }
            None => begin,
        };
        for sport in ranges(&rule.sports, 0) {
            for dport in ranges(&rule.dports, 2) {
                all.push([begin.as_slice(), &sport, &dport, &flip].concat());
            }
        }
        all
    }

    pub(super) const fn protocol_type(&self) -> u32 {
        self.addr_type << TYPE_BITS | TYPE_INET_PROTO
    }

    pub(super) const fn endpoint_type(&self) -> u32 {
        self.protocol_type() << TYPE_BITS | TYPE_INET_SERVICE
    }
}

/// For each range of ports, the steps that go on if the port there is in it; for any port, none.
pub(super) fn ranges(ports: &Ports, offset: u32) -> Vec<Vec<Expression>> {
    if ports.is_any() {
        return vec![Vec::new()];
    }
    let bound = |how, port: u16| Expression::Compare { how, with: port.to_be_bytes().to_vec() };
    let steps = |&(first, last): &(u16, u16)| {
        vec![payload(TRANSPORT, offset, 2), bound(CMP_GTE, first), bound(CMP_LTE, last)]
    };
    ports.ranges().iter().map(steps).collect()
}

pub(super) fn is_frame(ethertype: u16) -> Vec<Expression> {
    vec![Expression::Meta { key: META_PROTOCOL, to: REG }, equals(&ethertype.to_be_bytes())]
}

/// Is it this protocol?
pub(super) fn is_protocol(protocol: u8) -> Vec<Expression> {
    vec![Expression::Meta { key: META_L4PROTO, to: REG }, equals(&[protocol])]
}

pub(super) const fn payload(base: u32, offset: u32, len: u32) -> Expression {
    Expression::Payload { base, offset, len, to: REG }
}

pub(super) fn equals(bytes: &[u8]) -> Expression {
    Expression::Compare { how: CMP_EQ, with: bytes.to_vec() }
}

pub(super) const fn found(set: &'static str) -> Expression {
    Expression::Lookup { set, absent: false }
}

/// Keys of the addresses of one family.
pub(super) fn addresses(addresses: &BTreeSet<IpAddr>, family: Family) -> BTreeSet<Vec<u8>> {
    let of_family = addresses.iter().filter(|&&addr| Family::of(addr) == family);
    of_family.map(|&addr| crate::host::links::octets(addr)).collect()
}

/// Keys of the endpoints of one family: those with a port, and those that mean every port (port 0).
pub(super) fn endpoints(
    endpoints: &BTreeSet<(Protocol, Endpoint)>,
    family: Family,
) -> (BTreeSet<Vec<u8>>, BTreeSet<Vec<u8>>) {
    let (mut exact, mut any) = (BTreeSet::new(), BTreeSet::new());
    for (protocol, endpoint) in endpoints.iter().filter(|(_, endpoint)| endpoint.family() == family) {
        let mut key = crate::host::links::octets(endpoint.addr);
        if *protocol == Protocol::Udp && matches!(endpoint.port, 0 | ISAKMP) {
            // AH and ESP have no ports: they follow the ISAKMP connection.
            any.extend(IPSEC.map(|number| [&key[..], &[number, 0, 0, 0]].concat()));
        }
        key.extend_from_slice(&[protocol.number(), 0, 0, 0]);
        if endpoint.port == 0 {
            any.insert(key);
        } else {
            key.extend_from_slice(&endpoint.port.to_be_bytes());
            key.extend_from_slice(&[0, 0]);
            exact.insert(key);
        }
    }
    (exact, any)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(text: &str, port: u16) -> Endpoint {
        Endpoint::new(text.parse().expect("address"), port)
    }

    #[test]
    fn keys_are_padded_to_four_bytes() {
        let services = BTreeSet::from([
            (Protocol::Tcp, endpoint("10.0.0.2", 80)),
            (Protocol::Udp, endpoint("10.0.0.2", 0)),
            (Protocol::Tcp, endpoint("fd00::2", 443)),
        ]);
        let (exact, any) = endpoints(&services, Family::V4);
        assert_eq!(exact, BTreeSet::from([vec![10, 0, 0, 2, 6, 0, 0, 0, 0, 80, 0, 0]]));
        let with_ipsec = [17, 50, 51].map(|number| vec![10, 0, 0, 2, number, 0, 0, 0]);
        assert_eq!(any, BTreeSet::from(with_ipsec.clone()), "all ports of UDP: ISAKMP's too");
        let isakmp = BTreeSet::from([(Protocol::Udp, endpoint("10.0.0.2", 500))]);
        let (exact, any) = endpoints(&isakmp, Family::V4);
        assert_eq!(exact.len(), 1);
        assert_eq!(any, BTreeSet::from_iter(with_ipsec.into_iter().skip(1)), "AH and ESP go with it");
        let (exact, _) = endpoints(&services, Family::V6);
        assert_eq!(exact.iter().map(Vec::len).collect::<Vec<_>>(), [24]);
    }
}
