//! LVS words → attributes, as the kernel's IPVS writes them.

use super::attr::Message;
use super::names::{daemon, dest, flag, service, top};
use crate::control::command::{ServerState, ServiceState};
use crate::lvs::{
    ClientMask, Family, ForwardingMethod, Rates, ServiceKey, ServiceSpec, Stats, SyncDaemon, SyncRole,
    Tunnel, TunnelChecksum,
};
use std::net::IpAddr;

fn family_number(family: Family) -> [u8; 2] {
    let number = match family {
        Family::V4 => libc::AF_INET,
        Family::V6 => libc::AF_INET6,
    };
    u16::try_from(number).unwrap_or(0).to_ne_bytes()
}

/// 16 bytes; an IPv4 address stands in the first four.
fn address(addr: IpAddr) -> [u8; 16] {
    match addr {
        IpAddr::V6(addr) => addr.octets(),
        IpAddr::V4(addr) => {
            let [a, b, c, d] = addr.octets();
            [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        }
    }
}

/// A service's flags as IPVS counts them.
pub(super) fn flags(spec: &ServiceSpec) -> u32 {
    let bit = |set: bool, bit: u32| if set { bit } else { 0 };
    flag::HASHED
        | bit(spec.persistence.is_some(), flag::PERSISTENT)
        | bit(spec.one_packet, flag::ONE_PACKET)
        | bit(spec.scheduler_flags.first, flag::FIRST)
        | bit(spec.scheduler_flags.second, flag::SECOND)
        | bit(spec.scheduler_flags.third, flag::THIRD)
}

/// SERVICE.
pub(super) fn put_service(message: &mut Message, state: &ServiceState) {
    let spec = &state.spec;
    message.nest(top::SERVICE, |message| {
        message.put(service::AF, &family_number(spec.key.family()));
        match spec.key {
            ServiceKey::Fwmark { mark, .. } => message.put(service::FWMARK, &mark.to_ne_bytes()),
            ServiceKey::Tuple { protocol, virt } => {
                message.put(service::PROTOCOL, &u16::from(protocol.number()).to_ne_bytes());
                message.put(service::ADDR, &address(virt.addr));
                message.put(service::PORT, &virt.port.to_be_bytes());
            }
        }
        message.put_text(service::SCHEDULER, spec.scheduler.as_str());
        let mut both = [0xff; 8];
        if let Some(bits) = both.first_chunk_mut::<4>() {
            *bits = flags(spec).to_ne_bytes();
        }
        message.put(service::FLAGS, &both);
        let timeout = spec.persistence.as_ref().map_or(0, |persistence| persistence.timeout_seconds);
        message.put(service::TIMEOUT, &timeout.to_ne_bytes());
        message.put(service::NETMASK, &netmask(spec));
        if let Some(engine) = &spec.engine {
            message.put_text(service::ENGINE, engine);
        }
        put_stats(message, service::STATS, service::STATS64, &state.stats, &state.rates);
    });
}

/// As [`super::decode`] reads it.
fn netmask(spec: &ServiceSpec) -> [u8; 4] {
    let whole = ClientMask::whole(spec.key.family());
    match spec.persistence.as_ref().map_or(whole, |persistence| persistence.mask) {
        ClientMask::V4(mask) => mask.octets(),
        ClientMask::V6(bits) => u32::from(bits).to_ne_bytes(),
    }
}

/// DEST.
pub(super) fn put_server(message: &mut Message, state: &ServerState) {
    let spec = &state.spec;
    let method: u32 = match spec.method {
        ForwardingMethod::Nat => 0,
        ForwardingMethod::Local => 1,
        ForwardingMethod::Tunnel => 2,
        ForwardingMethod::DirectRoute => 3,
        ForwardingMethod::Bypass => 4,
    };
    message.nest(top::DEST, |message| {
        message.put(dest::ADDR, &address(spec.endpoint.addr));
        message.put(dest::PORT, &spec.endpoint.port.to_be_bytes());
        message.put(dest::METHOD, &method.to_ne_bytes());
        message.put(dest::WEIGHT, &spec.weight.to_ne_bytes());
        message.put(dest::UPPER, &spec.thresholds.upper.to_ne_bytes());
        message.put(dest::LOWER, &spec.thresholds.lower.to_ne_bytes());
        message.put(dest::ACTIVE, &state.active.to_ne_bytes());
        message.put(dest::INACTIVE, &state.inactive.to_ne_bytes());
        message.put(dest::PERSISTENT, &state.persistent.to_ne_bytes());
        message.put(dest::AF, &family_number(spec.endpoint.family()));
        put_tunnel(message, spec.tunnel);
        put_stats(message, dest::STATS, dest::STATS64, &state.stats, &state.rates);
    });
}

fn put_tunnel(message: &mut Message, tunnel: Tunnel) {
    let (kind, port, checksum) = match tunnel {
        Tunnel::Ipip => (0_u8, 0, TunnelChecksum::None),
        Tunnel::Gue { port, checksum } => (1, port, checksum),
        Tunnel::Gre { checksum } => (2, 0, checksum),
    };
    let checksum: u16 = match checksum {
        TunnelChecksum::None => 0,
        TunnelChecksum::Full => 1,
        TunnelChecksum::Remote => 2,
    };
    message.put(dest::TUNNEL_TYPE, &[kind]);
    message.put(dest::TUNNEL_PORT, &port.to_be_bytes());
    message.put(dest::TUNNEL_FLAGS, &checksum.to_ne_bytes());
}

/// STATS, whose numbers are the low 32 bits but for the bytes, and STATS64.
fn put_stats(message: &mut Message, narrow: u16, wide: u16, stats: &Stats, rates: &Rates) {
    let numbers = [
        stats.conns,
        stats.in_pkts,
        stats.out_pkts,
        stats.in_bytes,
        stats.out_bytes,
        rates.conns,
        rates.in_pkts,
        rates.out_pkts,
        rates.in_bytes,
        rates.out_bytes,
    ];
    message.nest(narrow, |message| {
        for (number, value) in (1_u16..).zip(numbers) {
            if matches!(number, 4 | 5) {
                message.put(number, &value.to_ne_bytes());
            } else {
                let low = u32::try_from(value & u64::from(u32::MAX)).unwrap_or(u32::MAX);
                message.put(number, &low.to_ne_bytes());
            }
        }
    });
    message.nest(wide, |message| {
        for (number, value) in (1_u16..).zip(numbers) {
            message.put(number, &value.to_ne_bytes());
        }
    });
}

/// DAEMON.
pub(super) fn put_daemon(message: &mut Message, of: &SyncDaemon) {
    let state: u32 = match of.role {
        SyncRole::Master => 1,
        SyncRole::Backup => 2,
    };
    message.nest(top::DAEMON, |message| {
        message.put(daemon::STATE, &state.to_ne_bytes());
        message.put_text(daemon::INTERFACE, &of.interface);
        message.put(daemon::SYNC_ID, &u32::from(of.sync_id).to_ne_bytes());
        message.put(daemon::MAX_LEN, &of.max_len.unwrap_or(0).to_ne_bytes());
        message.put(daemon::PORT, &of.port.unwrap_or(0).to_ne_bytes());
        message.put(daemon::TTL, &[of.ttl.unwrap_or(0)]);
        match of.group {
            Some(IpAddr::V4(group)) => message.put(daemon::GROUP, &group.octets()),
            Some(IpAddr::V6(group)) => message.put(daemon::GROUP6, &group.octets()),
            None => {}
        }
    });
}
