//! Health checks that go through the VIP: which real servers are asked so, and what cannot be.

use super::command::Intent;
use super::world::World;
use crate::lvs::{Check, Farm, FarmServer, ForwardingMethod, Protocol, RealServerSpec, ServiceKey};
use std::net::IpAddr;

/// A real server that is asked through a VIP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Through {
    /// The VIP.
    pub vip: IpAddr,
    /// The real server, as configured: it need not be in the table.
    pub server: RealServerSpec,
    /// What it is asked by.
    pub protocols: &'static [Protocol],
}

impl Through {
    /// Does it answer by way of the director?
    pub fn is_nat(&self) -> bool {
        self.server.method == ForwardingMethod::Nat
    }
}

/// All of a configuration.
pub(super) fn all(wanted: &Intent) -> Vec<Through> {
    let mut all = Vec::new();
    for farm in &wanted.farms {
        for server in &farm.servers {
            for check in server.checks.iter().filter(|check| check.through_vip) {
                let Some((vip, spec)) = asked(wanted, farm, server) else { continue };
                let through = Through { vip, server: spec, protocols: check.probe.protocols() };
                if !all.contains(&through) {
                    all.push(through);
                }
            }
        }
    }
    all
}

/// The VIP and the real server of its service that such a check asks: those of the farm's first service.
fn asked(wanted: &Intent, farm: &Farm, server: &FarmServer) -> Option<(IpAddr, RealServerSpec)> {
    let key = farm.services.first()?;
    let ServiceKey::Tuple { virt, .. } = key else { return None };
    Some((virt.addr, spec_of(wanted, key, server)?))
}

/// A real server as its service has it.
pub(super) fn spec_of(wanted: &Intent, key: &ServiceKey, server: &FarmServer) -> Option<RealServerSpec> {
    let (_, servers) = wanted.services.get(key)?;
    servers.iter().find(|spec| spec.endpoint == server.endpoint).copied()
}

/// Why a check cannot go through the VIP; `None`: it can.
pub(super) fn refusal(
    wanted: &Intent,
    farm: &Farm,
    server: &FarmServer,
    check: &Check,
    world: &World,
) -> Option<String> {
    if !check.through_vip {
        return None;
    }
    let Some((vip, spec)) = asked(wanted, farm, server) else {
        return Some("a service by firewall mark has no VIP that a check could go through".to_owned());
    };
    let own = |why: &str| Some(why.to_owned());
    if check.addr.is_some() {
        return own("with through_vip the VIP is asked, not an address");
    }
    match check.through_vip_refusal(spec.method) {
        Some(why) => own(why),
        None if world.is_host_address(vip) => {
            Some(format!("no check can go through {vip}: it is an address of this host, which asks itself"))
        }
        None if world.is_host_address(spec.endpoint.addr) || spec.endpoint.addr.is_loopback() => {
            own("no check can go through the VIP to a real server on this host")
        }
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lvs::{DnsProbe, Login, Origin, Pattern, Probe};

    fn check(probe: Probe, from: Origin) -> Check {
        let timing = crate::lvs::Timing {
            interval: std::time::Duration::from_secs(1),
            retry_interval: None,
            timeout: std::time::Duration::from_secs(1),
            falls: 1,
            rises: 1,
            first_counts: true,
            warmup: std::time::Duration::ZERO,
        };
        let (addr, port) = (None, None);
        Check { probe, addr, port, from, timing, begins_down: true, tells_all: false, through_vip: true }
    }

    #[test]
    fn what_cannot_go_through() {
        let (nat, route) = (ForwardingMethod::Nat, ForwardingMethod::DirectRoute);
        let refused = |probe, from, method| check(probe, from).through_vip_refusal(method).is_some();
        let from = Origin::default;
        assert!(!refused(Probe::Tcp, from(), nat) && !refused(Probe::Tcp, from(), route));
        assert!(refused(Probe::Ping { tries: 1 }, from(), route));
        let full = Box::new(Probe::Ping { tries: 1 });
        let combined =
            Probe::Combined { full, connects: 1, connect_timeout: std::time::Duration::from_secs(1) };
        assert!(refused(combined, from(), route));
        assert!(refused(Probe::Fixed { up: true }, from(), route));
        assert!(refused(Probe::Tcp, Origin { mark: Some(1), ..from() }, route));
        assert!(refused(Probe::Tcp, Origin { interface: Some("eth0".to_owned()), ..from() }, route));
        let port = Origin { addr: Some([10, 9, 0, 2].into()), port: Some(5000), ..from() };
        assert!(!refused(Probe::Tcp, port, route));
        let ftp = || Probe::Ftp { login: Login::default(), file: String::new(), expect: Pattern::default() };
        assert!(refused(ftp(), from(), nat) && !refused(ftp(), from(), route));
    }

    #[test]
    fn what_probes_are_made_of() {
        let (tcp, udp) = (Protocol::Tcp, Protocol::Udp);
        let dns =
            |tcp| Probe::Dns(DnsProbe { name: ".".to_owned(), kind: "SOA".to_owned(), tcp, expect: None });
        assert_eq!((dns(true).protocols(), dns(false).protocols()), (&[tcp][..], &[udp][..]));
        let (full, connect_timeout) = (Box::new(dns(false)), std::time::Duration::from_secs(1));
        assert_eq!(Probe::Combined { full, connects: 1, connect_timeout }.protocols(), [tcp, udp]);
        assert!(Probe::Ping { tries: 1 }.protocols().is_empty());
    }
}
