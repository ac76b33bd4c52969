//! Real servers of one service: their ports, families and weights, as keepalived sets them right.

use super::draft::{Real, Virtual, Way};
use super::reader::Reader;
use super::remark::At;
use crate::control::acceptable_server;
use crate::lvs::{ClientMask, Endpoint, Family, ForwardingMethod, RealServerSpec, ServiceKey};
use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr};

impl Reader<'_, '_> {
    /// The real servers of one service, each with its number among the virtual server's.
    pub fn specs(
        &mut self,
        virt: &Virtual,
        key: ServiceKey,
        way: Way,
        told: &mut HashSet<&'static str>,
    ) -> Vec<(usize, RealServerSpec)> {
        let mut specs = Vec::new();
        let mut seen = HashSet::new();
        let is_first = told.insert("real servers");
        let mut tell = |at: At, message: String| {
            if is_first {
                self.remarks.warning(at, message).strict();
            }
        };
        for (number, real) in virt.servers.iter().enumerate() {
            let way = real.way.unwrap_or(way);
            let Some(addr) = real.addr else { continue };
            let Some(port) = rport(key, real.port, way) else {
                tell(real.at, "only NAT can change the port: the virtual server's is used".to_owned());
                continue;
            };
            let endpoint = Endpoint::new(addr, port.0);
            if port.1 {
                tell(real.at, "only NAT can change the port: the virtual server's is used".to_owned());
            }
            if endpoint.family() != key.family() && way.method != ForwardingMethod::Tunnel {
                tell(
                    real.at,
                    "a real server of the other address family must be tunnelled: it is left out".to_owned(),
                );
                continue;
            }
            if !seen.insert(endpoint) {
                tell(real.at, format!("the real server {endpoint} is there already: this one is left out"));
                continue;
            }
            let weight = real.weight.or(virt.weight).unwrap_or(1);
            let thresholds = real.thresholds;
            let Way { method, tunnel } = way;
            let spec = RealServerSpec { endpoint, method, weight, thresholds, tunnel };
            // IPVS refuses it, and keepalived goes on without it.
            if let Err(refusal) = acceptable_server(&key, &spec) {
                tell(real.at, format!("{refusal}: it is left out"));
                continue;
            }
            specs.push((number, spec));
        }
        if let Some((addr, port, at)) = virt.sorry {
            let way = virt.sorry_way.unwrap_or(way);
            if Family::of(addr) != key.family() && way.method != ForwardingMethod::Tunnel {
                tell(
                    at,
                    "a sorry server of the other address family must be tunnelled: it is left out".to_owned(),
                );
            } else if rport(key, port, way).is_some_and(|(_, differs)| differs) {
                tell(at, "only NAT can change the port: the virtual server's is used".to_owned());
            } else {
                let spec =
                    RealServerSpec { method: way.method, ..RealServerSpec::new(Endpoint::new(addr, 0)) };
                if let Err(refusal) = acceptable_server(&key, &spec) {
                    tell(at, format!("{refusal}: there is no sorry server"));
                }
            }
        }
        specs
    }
}

/// The rport of a real server in this service, and whether it is another one than the text says.
pub(super) fn rport(key: ServiceKey, said: Option<u16>, way: Way) -> Option<(u16, bool)> {
    let vport = match key {
        ServiceKey::Tuple { virt, .. } => virt.port,
        ServiceKey::Fwmark { .. } => 0,
    };
    Some(match said {
        Some(port) if way.method == ForwardingMethod::Nat => (port, false),
        Some(port) => (vport, port != vport),
        None => (vport, false),
    })
}

/// A netmask, or for IPv6 a prefix length.
pub(super) fn client_mask(text: &str, family: Family) -> Option<ClientMask> {
    match family {
        Family::V4 => text.parse::<Ipv4Addr>().ok().map(ClientMask::V4),
        Family::V6 => text.parse::<u8>().ok().filter(|bits| (1..=128).contains(bits)).map(ClientMask::V6),
    }
}

/// The family of a mark's packets: as it is said, or as the real servers are that are not tunnelled, or as all are.
pub(super) fn mark_family(virt: &Virtual, said: Option<bool>, way: Way) -> Family {
    let of = |is_v6: bool| if is_v6 { Family::V6 } else { Family::V4 };
    if let Some(is_v6) = said.or(virt.family) {
        return of(is_v6);
    }
    let is_direct = |real: &&Real| real.way.unwrap_or(way).method != ForwardingMethod::Tunnel;
    let v6 = |real: &Real| real.addr.is_some_and(|addr: IpAddr| addr.is_ipv6());
    if let Some(real) = virt.servers.iter().find(is_direct) {
        return of(v6(real));
    }
    if let Some((text, _)) = &virt.granularity {
        return of(text.parse::<Ipv4Addr>().is_err());
    }
    of(virt.servers.iter().all(v6))
}
