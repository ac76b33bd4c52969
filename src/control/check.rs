//! What IPVS would refuse, and what this version does not do yet. Never accepted and ignored: refused with a text.

use super::ControlError;
use super::command::Intent;
use super::world::World;
use crate::lvs::{
    Family, ForwardingMethod, RealServerSpec, SYSCTL_PREFIX, ServiceKey, ServiceSpec, Timeouts, Tunable,
    TunableError, Tunnel, bare_name,
};
use crate::sched;
use std::net::IpAddr;

/// The persistence engine that there is.
pub(super) const ENGINE: &str = "sip";

/// Would a director accept this, as far as that does not depend on its host?
///
/// # Errors
/// The first thing that it would refuse, and why.
pub fn acceptable(wanted: &Intent) -> Result<(), ControlError> {
    validate(wanted, &World::default())
}

/// Would these services be accepted? Says which is not and why; nothing changes.
pub(super) fn validate(wanted: &Intent, world: &World) -> Result<(), ControlError> {
    for (key, (spec, servers)) in &wanted.services {
        let name = describe(key);
        check_service(spec).map_err(|error| ControlError::Invalid(format!("{name}: {error}")))?;
        for server in servers {
            check_server(spec, server, world).map_err(|error| {
                ControlError::Invalid(format!("{name}, real server {}: {error}", server.endpoint))
            })?;
        }
    }
    if let Some(Timeouts { tcp, tcp_fin, udp }) = wanted.timeouts {
        [tcp, tcp_fin, udp].into_iter().try_for_each(check_timeout)?;
    }
    wanted.tunables.iter().try_for_each(|(name, value)| check_tunable(name, *value).map(drop))
}

/// A tunable that may be set so.
pub(super) fn check_tunable(name: &str, value: i64) -> Result<&'static Tunable, ControlError> {
    let checked = Tunable::find(name).and_then(|tunable| tunable.check(value).map(|()| tunable));
    checked.map_err(|error| {
        let text = format!("{SYSCTL_PREFIX}{}: {error}", bare_name(name));
        match error {
            TunableError::Meaningless(_) => ControlError::NotSupported(text),
            _ => ControlError::Invalid(text),
        }
    })
}

/// A timeout in seconds that `--set` may set.
pub(super) fn check_timeout(seconds: u32) -> Result<(), ControlError> {
    if (1..=2_678_400).contains(&seconds) {
        Ok(())
    } else {
        Err(ControlError::Invalid(format!("timeout {seconds} is not between 1 and 2678400 seconds")))
    }
}

/// A service that may be added, or be what one is edited to.
pub(super) fn check_service(spec: &ServiceSpec) -> Result<(), ControlError> {
    let not_yet =
        |what: &str| Err(ControlError::NotSupported(format!("{what} not supported by this version of ulvs")));
    match spec.key {
        ServiceKey::Fwmark { .. } => return not_yet("Services by firewall mark (-f) are"),
        ServiceKey::Tuple { virt, .. } => {
            if virt.addr.is_unspecified() || virt.addr.is_multicast() || virt.addr.is_loopback() {
                return Err(ControlError::Invalid(format!("{} cannot be a VIP", virt.addr)));
            }
        }
    }
    if let Some(persistence) = &spec.persistence {
        if persistence.mask.family() != spec.key.family() {
            return Err(ControlError::Invalid("the persistence mask is of the other address family".into()));
        }
        // IPVS has one engine.
        if persistence.engine.as_deref().is_some_and(|engine| engine != ENGINE) {
            return Err(ControlError::NoSuchScheduler);
        }
        check_timeout(persistence.timeout_seconds)?;
    }
    if sched::find(spec.scheduler.as_str()).is_none() {
        return Err(ControlError::NoSuchScheduler);
    }
    Ok(())
}

/// A real server that may be added to this service, or be what one is edited to.
pub(super) fn check_server(
    service: &ServiceSpec,
    spec: &RealServerSpec,
    world: &World,
) -> Result<(), ControlError> {
    let not_yet =
        |what: &str| Err(ControlError::NotSupported(format!("{what} not supported by this version of ulvs")));
    let rip = spec.endpoint.addr;
    if spec.weight < 0 || (spec.thresholds.lower > spec.thresholds.upper) {
        return Err(ControlError::OutOfRange);
    }
    if spec.tunnel != Tunnel::Ipip {
        return not_yet("Tunnel types other than ipip are");
    }
    let is_possible = match rip {
        IpAddr::V4(addr) => !addr.is_unspecified() && !addr.is_multicast() && !addr.is_broadcast(),
        IpAddr::V6(addr) => {
            let elsewhere = addr.is_unicast_link_local() && !world.is_host_address(rip);
            !addr.is_unspecified() && !addr.is_multicast() && !elsewhere
        }
    };
    if !is_possible {
        return Err(ControlError::Invalid(format!("{rip} cannot be a real server")));
    }
    if rip.is_ipv4() != (service.key.family() == Family::V4) {
        if spec.method == ForwardingMethod::Tunnel {
            return not_yet("Tunnels between address families are");
        }
        return Err(ControlError::Invalid(
            "address family of the real server differs from the service's".into(),
        ));
    }
    Ok(())
}

fn describe(key: &ServiceKey) -> String {
    match key {
        ServiceKey::Tuple { protocol, virt } => format!("service {} {virt}", protocol.listing()),
        ServiceKey::Fwmark { mark, .. } => format!("service FWM {mark}"),
    }
}
