//! Virtual routers that can be, as far as that does not depend on the host.

use super::ControlError;
use crate::lvs::{
    Family, Mac, Place, Role, Track, Tracked, VirtualAddress, Vrrp, VrrpAuth, VrrpInstance, VrrpPeers,
    VrrpVersion, Watched, WatchedKind,
};
use std::collections::HashSet;
use std::net::IpAddr;
use std::time::Duration;

/// Longest name of an interface, in bytes.
const MAX_INTERFACE: usize = 15;
/// Addresses that an advertisement has room for.
const MAX_ADDRESSES: usize = 255;
/// Longest delay before a master of lower priority is replaced.
const MAX_DELAY: Duration = Duration::from_secs(1000);

/// Would a director accept this virtual router, without what it looks at?
///
/// # Errors
/// Why not.
pub fn acceptable_instance(instance: &VrrpInstance) -> Result<(), ControlError> {
    let invalid = |why: &str| Err(ControlError::Invalid(format!("virtual router {}: {why}", instance.name)));
    if instance.name.is_empty() {
        return Err(ControlError::Invalid("a virtual router needs a name".into()));
    }
    if instance.vrid == 0 || instance.priority == 0 {
        return invalid("number and priority are 1 to 255");
    }
    if !is_interface(&instance.interface) {
        return invalid("the name of an interface has 1 to 15 bytes, without blanks and /");
    }
    if instance.begins == Role::Fault {
        return invalid("it begins as master or as backup");
    }
    let interval = instance.interval;
    let is_possible = match instance.version {
        VrrpVersion::V2 => interval.subsec_nanos() == 0 && (1..=255).contains(&interval.as_secs()),
        VrrpVersion::V3 => {
            interval.subsec_nanos().is_multiple_of(10_000_000)
                && (10..=40_950).contains(&interval.as_millis())
        }
    };
    if !is_possible {
        return invalid(
            "the interval is 1 to 255 whole seconds (version 2), or 0.01 to 40.95 seconds in hundredths (version 3)",
        );
    }
    if instance.version == VrrpVersion::V2 && instance.family == Family::V6 {
        return invalid("IPv6 needs version 3");
    }
    if instance.version == VrrpVersion::V3 && instance.auth != VrrpAuth::None {
        return invalid("version 3 has no authentication");
    }
    if instance.preempt_delay > MAX_DELAY {
        return invalid("the delay before it takes over is at most 1000 seconds");
    }
    if !(1..=100).contains(&instance.patience) {
        return invalid("a master counts as gone after 1 to 100 intervals");
    }
    if instance.addresses.len() > MAX_ADDRESSES {
        return invalid("an advertisement has room for 255 addresses");
    }
    if instance.addresses.iter().any(|address| Family::of(address.addr) != instance.family) {
        return invalid("advertised addresses are of one family");
    }
    let all = instance.addresses.iter().chain(&instance.unadvertised);
    if let Some(why) = all.clone().find_map(refused) {
        return invalid(&why);
    }
    let mut seen = HashSet::new();
    if let Some(twice) = all.map(|address| address.addr).find(|addr| !seen.insert(*addr)) {
        return invalid(&format!("the address {twice} is there twice"));
    }
    for route in &instance.routes {
        let others = [route.via, route.source];
        if route.prefix > Family::of(route.to).bits()
            || others.into_iter().flatten().any(|other| Family::of(other) != Family::of(route.to))
        {
            return invalid(&format!("the route to {} cannot be", route.to));
        }
    }
    if instance.source.is_some_and(|source| Family::of(source) != instance.family) {
        return invalid("the source address is of the other family");
    }
    if let Some(vmac) = &instance.vmac {
        if !is_interface(&vmac.interface) || vmac.interface == instance.interface {
            return invalid("the interface with its own MAC needs a name of its own");
        }
        if vmac.mac.is_some_and(Mac::is_group) {
            return invalid("its MAC is one of a group");
        }
    }
    match &instance.peers {
        VrrpPeers::Multicast { group } if !group.is_multicast() || Family::of(*group) != instance.family => {
            invalid("advertisements go to a group of their own family")
        }
        VrrpPeers::Unicast { peers, .. } if peers.is_empty() => invalid("there is no peer"),
        VrrpPeers::Unicast { peers, .. } => {
            let fits = |peer: &crate::lvs::VrrpPeer| {
                Family::of(peer.addr) == instance.family && peer.min_ttl <= peer.max_ttl
            };
            if peers.iter().all(fits) {
                Ok(())
            } else {
                invalid("a peer is of the other family, or has no TTL")
            }
        }
        VrrpPeers::Multicast { .. } => Ok(()),
    }
}

/// Why this cannot be a virtual address.
fn refused(address: &VirtualAddress) -> Option<String> {
    let addr = address.addr;
    if addr.is_unspecified() || addr.is_multicast() || addr.is_loopback() {
        return Some(format!("{addr} cannot be a VIP"));
    }
    if address.prefix > Family::of(addr).bits() {
        return Some(format!("{addr} has a prefix that is too long"));
    }
    let Place::OnInterface { device, broadcast, .. } = &address.place else { return None };
    if device.as_ref().is_some_and(|device| !is_interface(device)) {
        return Some(format!("{addr}: the name of an interface has 1 to 15 bytes, without blanks and /"));
    }
    let is_odd = broadcast.is_some_and(|broadcast| !broadcast.is_ipv4() || !matches!(addr, IpAddr::V4(_)));
    is_odd.then(|| format!("{addr}: only IPv4 has a broadcast address"))
}

/// What can be an interface's name.
pub(super) fn is_interface(name: &str) -> bool {
    (1..=MAX_INTERFACE).contains(&name.len())
        && !name.contains(|char: char| char == '/' || char.is_whitespace() || char.is_control())
}

/// All virtual routers of a configuration.
///
/// # Errors
/// The first thing that cannot be, and why.
pub(super) fn check_vrrp(vrrp: &Vrrp) -> Result<(), ControlError> {
    let invalid = |why: String| Err(ControlError::Invalid(why));
    let mut watched = HashSet::new();
    for thing in &vrrp.watched {
        if !watched.insert(thing.name.as_str()) {
            return invalid(format!("{} is watched twice", thing.name));
        }
        check_watched(thing)?;
    }
    let (mut names, mut routers) = (HashSet::new(), HashSet::new());
    for instance in &vrrp.instances {
        acceptable_instance(instance)?;
        if !names.insert(instance.name.as_str()) {
            return invalid(format!("there are two virtual routers {}", instance.name));
        }
        if !routers.insert((instance.vrid, instance.interface.as_str(), instance.family)) {
            return invalid(format!(
                "there are two virtual routers {} on {}",
                instance.vrid, instance.interface
            ));
        }
        check_tracks(&instance.name, &instance.tracks, &watched)?;
    }
    let (mut groups, mut members) = (HashSet::new(), HashSet::new());
    for group in &vrrp.groups {
        if !groups.insert(group.name.as_str()) || group.members.len() < 2 {
            return invalid(format!("group {}: it is there twice, or has less than two members", group.name));
        }
        for member in &group.members {
            if !names.contains(member.as_str()) || !members.insert(member.as_str()) {
                let name = &group.name;
                return invalid(format!(
                    "group {name}: {member} is no virtual router, or in a group already"
                ));
            }
        }
        check_tracks(&group.name, &group.tracks, &watched)?;
    }
    Ok(())
}

fn check_watched(thing: &Watched) -> Result<(), ControlError> {
    let invalid = |why: &str| Err(ControlError::Invalid(format!("{}, which is watched: {why}", thing.name)));
    if thing.name.is_empty() || !(-254..=254).contains(&thing.weight) {
        return invalid("it needs a name, and a weight of -254 to 254");
    }
    match &thing.kind {
        WatchedKind::Script { interval, rises, falls, .. } => {
            if interval.is_zero() || *rises == 0 || *falls == 0 {
                return invalid("interval, rises and falls are more than 0");
            }
        }
        WatchedKind::File { path } => {
            if path.as_os_str().is_empty() {
                return invalid("it needs a path");
            }
        }
        WatchedKind::Process { name, least, most, .. } => {
            if name.is_empty() || *least == 0 || most.is_some_and(|most| most < *least) {
                return invalid("it needs a name, at least one process, and no fewer at most");
            }
        }
    }
    Ok(())
}

fn check_tracks(whose: &str, tracks: &[Track], watched: &HashSet<&str>) -> Result<(), ControlError> {
    let invalid = |why: String| Err(ControlError::Invalid(format!("{whose}: {why}")));
    for track in tracks {
        if track.weight.is_some_and(|weight| !(-254..=254).contains(&weight)) {
            return invalid("a weight is -254 to 254".to_owned());
        }
        match &track.what {
            // One that cannot be is one that never runs.
            Tracked::Interface(name) if name.is_empty() => {
                return invalid(format!("`{name}` cannot be an interface"));
            }
            Tracked::Named(name) if !watched.contains(name.as_str()) => {
                return invalid(format!("nothing of the name `{name}` is watched"));
            }
            _ => {}
        }
    }
    Ok(())
}
