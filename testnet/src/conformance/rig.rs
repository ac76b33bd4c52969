//! Where every scenario plays: one director on one link, with a gateway and eight real servers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use ulvs::lvs::Mac;

/// The director's MAC address.
pub const DIRECTOR: Mac = Mac([2, 0, 0, 0, 0, 0xfe]);
/// The gateway's: clients and everybody else are behind it.
pub const GATEWAY: Mac = Mac([2, 0, 0, 0, 0, 1]);
/// A host that asks whether the director has done all that it was given (see `kernel`).
pub const WITNESS: Mac = Mac([2, 0, 0, 0, 2, 1]);
/// Address of [`WITNESS`].
pub const WITNESS_ADDR: Ipv4Addr = Ipv4Addr::new(10, 9, 0, 254);
/// The director's own addresses and their prefix lengths.
pub const DIPS: [(IpAddr, u8); 2] = [
    (IpAddr::V4(Ipv4Addr::new(10, 9, 0, 2)), 24),
    (IpAddr::V6(Ipv6Addr::new(0xfd00, 9, 0, 0, 0, 0, 0, 2)), 64),
];
/// The gateway's addresses.
pub const GATEWAYS: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(10, 9, 0, 1)), IpAddr::V6(Ipv6Addr::new(0xfd00, 9, 0, 0, 0, 0, 0, 1))];
/// The virtual addresses. The kernel has them on its interface; the director here claims them with their services.
pub const VIPS: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::new(10, 9, 0, 100)),
    IpAddr::V4(Ipv4Addr::new(10, 9, 0, 101)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 9, 0, 0, 0, 0, 0, 0x100)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 9, 0, 0, 0, 0, 0, 0x101)),
];
/// How many real servers there are.
pub const SERVERS: u8 = 8;

/// MAC address of real server `number` (1 to 8).
pub const fn server_mac(number: u8) -> Mac {
    Mac([2, 0, 0, 0, 1, number])
}

/// Addresses of real server `number`: 10.9.0.11 …, fd00:9::b ….
pub fn server_addrs(number: u8) -> [IpAddr; 2] {
    let last = 10 + number;
    [
        IpAddr::V4(Ipv4Addr::new(10, 9, 0, last)),
        IpAddr::V6(Ipv6Addr::new(0xfd00, 9, 0, 0, 0, 0, 0, u16::from(last))),
    ]
}

/// Everybody whom the director has as a permanent neighbour.
pub fn neighbours() -> Vec<(IpAddr, Mac)> {
    let mut all: Vec<(IpAddr, Mac)> = GATEWAYS.iter().map(|addr| (*addr, GATEWAY)).collect();
    for number in 1..=SERVERS {
        all.extend(server_addrs(number).map(|addr| (addr, server_mac(number))));
    }
    all.push((IpAddr::V4(WITNESS_ADDR), WITNESS));
    all
}

/// MAC address of a role: `gw`, `rs1` … `rs8`, `director`, `all` (broadcast), or an address as text.
pub fn role_mac(role: &str) -> Option<Mac> {
    match role {
        "gw" => Some(GATEWAY),
        "director" => Some(DIRECTOR),
        "all" => Some(Mac([0xff; 6])),
        _ => match role.strip_prefix("rs") {
            Some(number) => {
                number.parse().ok().filter(|number| (1..=SERVERS).contains(number)).map(server_mac)
            }
            None => parse_mac(role),
        },
    }
}

fn parse_mac(text: &str) -> Option<Mac> {
    let mut bytes = [0; 6];
    let mut parts = text.split(':');
    for byte in &mut bytes {
        *byte = u8::from_str_radix(parts.next()?, 16).ok()?;
    }
    parts.next().is_none().then_some(Mac(bytes))
}

/// The role that has this MAC address, or the address as text.
pub fn role_name(mac: Mac) -> String {
    match mac {
        GATEWAY => "gw".to_owned(),
        DIRECTOR => "director".to_owned(),
        Mac([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]) => "all".to_owned(),
        _ => (1..=SERVERS)
            .find(|number| server_mac(*number) == mac)
            .map_or_else(|| mac.to_string(), |number| format!("rs{number}")),
    }
}
