//! What IPVS would refuse, and what this version does not do yet. Never accepted and ignored: refused with a text.

use super::ControlError;
use super::command::Intent;
use super::through;
use super::world::World;
use crate::lvs::{
    Endpoint, Family, Farm, FarmServer, ForwardingMethod, MarkProtocol, MarkRule, RealServerSpec,
    SYSCTL_PREFIX, ServiceKey, ServiceSpec, Timeouts, Tunable, TunableError, Tunnel, bare_name,
};
use crate::sched;
use crate::service::Marks;
use std::collections::{HashMap, HashSet};
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

/// Would a director accept this service, without its real servers?
///
/// # Errors
/// Why not.
pub fn acceptable_service(spec: &ServiceSpec) -> Result<(), ControlError> {
    check_service(spec)
}

/// Would a director accept this real server of this service, as far as that does not depend on its host?
///
/// # Errors
/// Why not.
pub fn acceptable_server(service: &ServiceKey, spec: &RealServerSpec) -> Result<(), ControlError> {
    check_server(service, spec, &World::default())
}

/// Would these services be accepted? Says which is not and why; nothing changes.
pub(super) fn validate(wanted: &Intent, world: &World) -> Result<(), ControlError> {
    for (key, (spec, servers)) in &wanted.services {
        let name = describe(key);
        check_service(spec).map_err(|error| ControlError::Invalid(format!("{name}: {error}")))?;
        for server in servers {
            check_server(key, server, world).map_err(|error| {
                ControlError::Invalid(format!("{name}, real server {}: {error}", server.endpoint))
            })?;
        }
    }
    if let Some(marks) = &wanted.marks {
        check_marks(marks)?;
    }
    if let Some(Timeouts { tcp, tcp_fin, udp }) = wanted.timeouts {
        [tcp, tcp_fin, udp].into_iter().try_for_each(check_timeout)?;
    }
    let mut farms_of: HashMap<ServiceKey, usize> = HashMap::new();
    for farm in &wanted.farms {
        let keys: HashSet<ServiceKey> = farm.services.iter().copied().collect();
        keys.into_iter().for_each(|key| *farms_of.entry(key).or_default() += 1);
    }
    super::check_vrrp::check_vrrp(&wanted.vrrp)?;
    super::sync::check_sync(wanted)?;
    wanted.vrrp.pulse.iter().try_for_each(super::check_pulse::acceptable_pulse)?;
    wanted.farms.iter().try_for_each(|farm| check_farm(farm, wanted, &farms_of, world))?;
    wanted.tunables.iter().try_for_each(|(name, value)| check_tunable(name, *value).map(drop))
}

/// A farm whose services and real servers are there. `farms_of`: how many farms each service is in.
fn check_farm(
    farm: &Farm,
    wanted: &Intent,
    farms_of: &HashMap<ServiceKey, usize>,
    world: &World,
) -> Result<(), ControlError> {
    let invalid = |why: String| Err(ControlError::Invalid(format!("{}: {why}", farm.name)));
    for key in &farm.services {
        let Some((_, servers)) = wanted.services.get(key) else {
            return invalid(format!("{} is not defined", describe(key)));
        };
        if farms_of.get(key) != Some(&1) {
            return invalid(format!("{} belongs to several farms", describe(key)));
        }
        let known: HashSet<Endpoint> = servers.iter().map(|spec| spec.endpoint).collect();
        let unknown = |server: &&FarmServer| !known.contains(&server.endpoint);
        if let Some(server) = farm.servers.iter().find(unknown) {
            return invalid(format!("{} has no real server {}", describe(key), server.endpoint));
        }
        if let Some(sorry) = &farm.sorry {
            check_server(key, &sorry.server, &World::default())?;
        }
    }
    for server in &farm.servers {
        let refusal = |check| through::refusal(wanted, farm, server, check, world);
        if let Some(why) = server.checks.iter().find_map(refusal) {
            return invalid(format!("real server {}: {why}", server.endpoint));
        }
    }
    if farm.services.is_empty() {
        return invalid("no services".to_owned());
    }
    if farm.quorum.weight == 0 || farm.quorum.hysteresis >= farm.quorum.weight {
        return invalid("the quorum must be above 0, and above its hysteresis".to_owned());
    }
    Ok(())
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

/// Mark rules that may stand together.
pub(super) fn check_marks(rules: &[MarkRule]) -> Result<(), ControlError> {
    let invalid = |number: usize, why: &str| {
        Err(ControlError::Invalid(format!("mark rule {number} ({}): {why}", describe_rule(rules, number))))
    };
    if rules.len() > MAX_MARKS {
        return Err(ControlError::Invalid(format!("more than {MAX_MARKS} mark rules")));
    }
    for (rule, number) in rules.iter().zip(1..) {
        let has_ports = !rule.dports.is_any() || !rule.sports.is_any();
        if has_ports && !matches!(rule.protocol, Some(MarkProtocol::Transport(_))) {
            return invalid(number, "ports need --proto tcp, udp or sctp");
        }
        if rule.source.is_some_and(|source| source.addr().is_ipv4() != rule.destination.addr().is_ipv4()) {
            return invalid(number, "source and destination are of different address families");
        }
        if rule.destination != rule.destination.trunc()
            || rule.source.is_some_and(|source| source != source.trunc())
        {
            return invalid(number, "an address has bits behind its prefix");
        }
        let addr = rule.destination.addr();
        if rule.is_single() && (addr.is_unspecified() || addr.is_multicast() || addr.is_loopback()) {
            return invalid(number, "its destination cannot be a VIP");
        }
        if rule.interface.as_ref().is_some_and(|name| !is_interface_name(name)) {
            return invalid(number, "no name of an interface: 1 to 15 bytes without blanks and slashes");
        }
    }
    match Marks::compile(rules, &[]) {
        Ok(_) => Ok(()),
        Err(error) => Err(ControlError::Invalid(error.to_string())),
    }
}

fn describe_rule(rules: &[MarkRule], number: usize) -> String {
    number.checked_sub(1).and_then(|place| rules.get(place)).map_or_else(String::new, ToString::to_string)
}

/// Most mark rules.
const MAX_MARKS: usize = 8192;

/// As Linux allows it, or with `+` for every name that begins so.
fn is_interface_name(name: &str) -> bool {
    (1..=15).contains(&name.len()) && !name.contains(|c: char| c.is_whitespace() || c == '/' || c == '\0')
}

/// A service that may be added, or be what one is edited to.
pub(super) fn check_service(spec: &ServiceSpec) -> Result<(), ControlError> {
    match spec.key {
        ServiceKey::Fwmark { mark: 0, .. } => {
            return Err(ControlError::Invalid("mark 0 means no mark".into()));
        }
        ServiceKey::Fwmark { .. } => {}
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
        check_timeout(persistence.timeout_seconds)?;
    }
    // IPVS has one engine.
    if spec.engine.as_deref().is_some_and(|engine| engine != ENGINE) {
        return Err(ControlError::NoSuchScheduler);
    }
    if sched::find(spec.scheduler.as_str()).is_none() {
        return Err(ControlError::NoSuchScheduler);
    }
    Ok(())
}

/// A real server that may be added to this service, or be what one is edited to.
pub(super) fn check_server(
    service: &ServiceKey,
    spec: &RealServerSpec,
    world: &World,
) -> Result<(), ControlError> {
    let rip = spec.endpoint.addr;
    if spec.weight < 0 || (spec.thresholds.lower > spec.thresholds.upper) {
        return Err(ControlError::OutOfRange);
    }
    if spec.method == ForwardingMethod::Tunnel && matches!(spec.tunnel, Tunnel::Gue { port: 0, .. }) {
        return Err(ControlError::Invalid("a GUE tunnel needs a port".into()));
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
    if rip.is_ipv4() != (service.family() == Family::V4) && spec.method != ForwardingMethod::Tunnel {
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
