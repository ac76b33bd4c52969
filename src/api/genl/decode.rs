//! Attributes → LVS words. What the kernel refuses is refused, with the kernel's errno.

use super::attr::{Attributes, TooShort};
use super::names::{daemon, dest, flag, service};
use crate::lvs::{
    ClientMask, Endpoint, Family, ForwardingMethod, Persistence, Protocol, RealServerSpec, SchedulerFlags,
    SchedulerName, ServiceKey, ServiceSpec, SyncDaemon, SyncRole, Thresholds, Tunnel, TunnelChecksum,
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A Linux errno.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Errno(pub i32);

/// Something that must be there is not, or has a value that it must not have.
pub(super) const INVALID: Errno = Errno(libc::EINVAL);

impl From<TooShort> for Errno {
    fn from(_: TooShort) -> Self {
        Self(libc::ERANGE)
    }
}

/// Bytes of a name of a scheduler or of an interface at most.
const NAME_LEN: usize = 15;
/// Bytes of a persistence engine's name at most.
const ENGINE_LEN: usize = 16;

fn family(number: u16) -> Result<Family, Errno> {
    match i32::from(number) {
        libc::AF_INET => Ok(Family::V4),
        libc::AF_INET6 => Ok(Family::V6),
        _ => Err(Errno(libc::EAFNOSUPPORT)),
    }
}

/// An IPv4 address stands in the first four bytes, and only those must be there.
fn address(family: Family, of: Attributes<'_>, number: u16) -> Result<Option<IpAddr>, Errno> {
    Ok(match family {
        Family::V4 => of.array::<4>(number)?.map(|bytes| IpAddr::V4(Ipv4Addr::from(bytes))),
        Family::V6 => of.array::<16>(number)?.map(|bytes| IpAddr::V6(Ipv6Addr::from(bytes))),
    })
}

/// A text of at most so many bytes.
fn name(of: Attributes<'_>, number: u16, longest: usize) -> Result<Option<String>, Errno> {
    match of.text(number) {
        Some(text) if text.len() > longest => Err(Errno(libc::ERANGE)),
        other => Ok(other),
    }
}

/// The identity of a service: the family and a mark, or protocol, address and port.
///
/// # Errors
/// EINVAL if it is incomplete, EAFNOSUPPORT, EPROTONOSUPPORT.
pub(super) fn service_key(of: Attributes<'_>) -> Result<ServiceKey, Errno> {
    let family = family(of.u16(service::AF)?.ok_or(INVALID)?)?;
    if let Some(mark) = of.u32(service::FWMARK)? {
        // 0 is no mark: such a service would match nothing.
        return if mark == 0 { Err(INVALID) } else { Ok(ServiceKey::Fwmark { family, mark }) };
    }
    let protocol = of.u16(service::PROTOCOL)?.ok_or(INVALID)?;
    let addr = address(family, of, service::ADDR)?.ok_or(INVALID)?;
    let port = of.be16(service::PORT)?.ok_or(INVALID)?;
    let protocol = u8::try_from(protocol).ok().and_then(Protocol::from_number);
    let protocol = protocol.ok_or(Errno(libc::EPROTONOSUPPORT))?;
    Ok(ServiceKey::Tuple { protocol, virt: Endpoint::new(addr, port) })
}

/// A service in full. `old`: its flags as they are, for those bits that the client leaves alone.
///
/// # Errors
/// Those of [`service_key`]; EINVAL, ERANGE.
pub(super) fn service_spec(of: Attributes<'_>, old: u32) -> Result<ServiceSpec, Errno> {
    let key = service_key(of)?;
    let scheduler = name(of, service::SCHEDULER, NAME_LEN)?.ok_or(INVALID)?;
    let flags = service_flags(of)?;
    let timeout_seconds = of.u32(service::TIMEOUT)?.ok_or(INVALID)?;
    let netmask = of.array::<4>(service::NETMASK)?.ok_or(INVALID)?;
    let engine = name(of, service::ENGINE, ENGINE_LEN)?.filter(|name| !name.is_empty());
    let bits = (old & !flags.mask) | (flags.bits & flags.mask);
    let has = |bit: u32| bits & bit != 0;
    let persistence = if has(flag::PERSISTENT) {
        Some(Persistence { timeout_seconds, mask: client_mask(key.family(), netmask)? })
    } else {
        None
    };
    Ok(ServiceSpec {
        key,
        scheduler: SchedulerName::new(&scheduler).map_err(|_| Errno(libc::ERANGE))?,
        scheduler_flags: SchedulerFlags {
            first: has(flag::FIRST),
            second: has(flag::SECOND),
            third: has(flag::THIRD),
        },
        persistence,
        engine,
        one_packet: has(flag::ONE_PACKET),
    })
}

/// The flags that a client wants, and which of them it speaks of.
pub(super) struct Flags {
    bits: u32,
    mask: u32,
}

impl Flags {
    /// Leaves bits as they are, so that these must be known.
    pub(super) const fn keeps_any(&self) -> bool {
        const SETTABLE: u32 = flag::PERSISTENT | flag::ONE_PACKET | flag::FIRST | flag::SECOND | flag::THIRD;
        self.mask & SETTABLE != SETTABLE
    }
}

/// The flags of a service in full.
///
/// # Errors
/// EINVAL if there are none, ERANGE.
pub(super) fn service_flags(of: Attributes<'_>) -> Result<Flags, Errno> {
    let [a, b, c, d, e, f, g, h] = of.array::<8>(service::FLAGS)?.ok_or(INVALID)?;
    Ok(Flags { bits: u32::from_ne_bytes([a, b, c, d]), mask: u32::from_ne_bytes([e, f, g, h]) })
}

/// A mask in network byte order, or for IPv6 the prefix's length in host byte order.
fn client_mask(family: Family, netmask: [u8; 4]) -> Result<ClientMask, Errno> {
    match family {
        Family::V4 => Ok(ClientMask::V4(Ipv4Addr::from(netmask))),
        Family::V6 => match u8::try_from(u32::from_ne_bytes(netmask)) {
            Ok(bits @ 1..=128) => Ok(ClientMask::V6(bits)),
            _ => Err(INVALID),
        },
    }
}

/// The identity of a real server of a service of this family.
///
/// # Errors
/// EINVAL if it is incomplete, EAFNOSUPPORT, ERANGE.
pub(super) fn server_endpoint(of: Attributes<'_>, service: Family) -> Result<Endpoint, Errno> {
    let family = match of.u16(dest::AF)? {
        None | Some(0) => service,
        Some(number) => family(number)?,
    };
    let addr = address(family, of, dest::ADDR)?.ok_or(INVALID)?;
    Ok(Endpoint::new(addr, of.be16(dest::PORT)?.ok_or(INVALID)?))
}

/// A real server in full.
///
/// # Errors
/// Those of [`server_endpoint`].
pub(super) fn server_spec(of: Attributes<'_>, service: Family) -> Result<RealServerSpec, Errno> {
    let endpoint = server_endpoint(of, service)?;
    let method = of.u32(dest::METHOD)?.ok_or(INVALID)?;
    let weight = of.u32(dest::WEIGHT)?.ok_or(INVALID)?.cast_signed();
    let upper = of.u32(dest::UPPER)?.ok_or(INVALID)?;
    let lower = of.u32(dest::LOWER)?.ok_or(INVALID)?;
    if upper > i32::MAX.unsigned_abs() {
        return Err(INVALID);
    }
    Ok(RealServerSpec {
        endpoint,
        method: method_of(method)?,
        weight,
        thresholds: Thresholds { upper, lower },
        tunnel: tunnel(of)?,
    })
}

/// The low three bits say the method; a client may send what it was once told, with more bits.
const fn method_of(bits: u32) -> Result<ForwardingMethod, Errno> {
    match bits & 7 {
        0 => Ok(ForwardingMethod::Nat),
        1 => Ok(ForwardingMethod::Local),
        2 => Ok(ForwardingMethod::Tunnel),
        3 => Ok(ForwardingMethod::DirectRoute),
        // Bypass is a method of connections, not of real servers.
        _ => Err(INVALID),
    }
}

fn tunnel(of: Attributes<'_>) -> Result<Tunnel, Errno> {
    let checksum = match of.u16(dest::TUNNEL_FLAGS)?.unwrap_or(0) {
        0 => TunnelChecksum::None,
        1 => TunnelChecksum::Full,
        2 => TunnelChecksum::Remote,
        _ => return Err(INVALID),
    };
    match of.u8(dest::TUNNEL_TYPE)?.unwrap_or(0) {
        0 => Ok(Tunnel::Ipip),
        1 => match of.be16(dest::TUNNEL_PORT)? {
            None | Some(0) => Err(INVALID),
            Some(port) => Ok(Tunnel::Gue { port, checksum }),
        },
        2 => Ok(Tunnel::Gre { checksum }),
        _ => Err(INVALID),
    }
}

/// Which sync daemon.
///
/// # Errors
/// EINVAL, ERANGE.
pub(super) fn daemon_role(of: Attributes<'_>) -> Result<SyncRole, Errno> {
    match of.u32(daemon::STATE)? {
        Some(1) => Ok(SyncRole::Master),
        Some(2) => Ok(SyncRole::Backup),
        _ => Err(INVALID),
    }
}

/// A sync daemon in full. Zeros stand for what the client leaves to the director.
///
/// # Errors
/// EINVAL, ERANGE.
pub(super) fn daemon_spec(of: Attributes<'_>) -> Result<SyncDaemon, Errno> {
    let group = match of.array::<4>(daemon::GROUP)? {
        Some(bytes) => Some(IpAddr::V4(Ipv4Addr::from(bytes))),
        None => of.array::<16>(daemon::GROUP6)?.map(|bytes| IpAddr::V6(Ipv6Addr::from(bytes))),
    };
    if group.is_some_and(|group| !group.is_multicast()) {
        return Err(INVALID);
    }
    let id = of.u32(daemon::SYNC_ID)?.ok_or(INVALID)?;
    Ok(SyncDaemon {
        role: daemon_role(of)?,
        interface: name(of, daemon::INTERFACE, NAME_LEN)?.ok_or(INVALID)?,
        sync_id: u8::try_from(id).map_err(|_| INVALID)?,
        max_len: of.u16(daemon::MAX_LEN)?.filter(|len| *len != 0),
        group,
        port: of.u16(daemon::PORT)?.filter(|port| *port != 0),
        ttl: of.u8(daemon::TTL)?.filter(|ttl| *ttl != 0),
    })
}
