//! The programs with their maps: what is led to the sockets.

use super::program::{self, Design, FROM, FamilyMaps, HOST, QUEUES, SERVERS, SERVICES, TO, VIP, assemble};
use super::{XdpError, XskReceiver};
use crate::ring::bpf::{Map, MapKind, Program, ProgramKind};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

/// Addresses, and endpoints, that a map holds at most.
const ENTRIES: u32 = 65536;
/// XDP_FLAGS_SKB_MODE, XDP_FLAGS_DRV_MODE.
const GENERIC: u32 = 1 << 1;
const NATIVE: u32 = 1 << 2;

/// Which end of a packet an endpoint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Packets to it.
    To,
    /// Packets from it.
    From,
}

/// An endpoint that is the director's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// Packets to it, or from it.
    pub direction: Direction,
    /// Its address.
    pub addr: IpAddr,
    /// The protocol's number: TCP or UDP. Others come by the packet ring.
    pub protocol: u8,
    /// Its port; 0: all of them.
    pub port: u16,
}

/// What shall be led to the sockets.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Wanted {
    /// Addresses that are the director's as a whole.
    pub vips: BTreeSet<IpAddr>,
    /// Endpoints of addresses that are not.
    pub targets: BTreeSet<Target>,
    /// The host's own addresses: what goes there is the director's only by [`Direction::To`].
    pub host: BTreeSet<IpAddr>,
}

/// By which way the kernel runs the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookMode {
    /// By the driver, before anything else is made of a frame.
    Native,
    /// By the kernel's general code: the driver cannot.
    Generic,
}

/// A program at an interface's entrance; dropping it (or the end of the process) takes it away.
#[derive(Debug)]
pub struct Hook {
    _link: OwnedFd,
    /// How it runs.
    pub mode: HookMode,
}

/// The maps of one address family, and what is in them.
#[derive(Debug)]
struct Family {
    addresses: Map,
    ends: Map,
    has_addresses: BTreeMap<Vec<u8>, u32>,
    has_ends: BTreeSet<Vec<u8>>,
}

/// A program for each interface, and the maps that they share.
#[derive(Debug)]
pub struct Steering {
    programs: Vec<Program>,
    macs: Map,
    sockets: Map,
    v4: Family,
    v6: Family,
}

impl Steering {
    /// Loads a program for each of so many interfaces, whose longest frame is so many bytes. Nothing is hooked yet. This
    /// needs privilege; what follows needs none that the director has not.
    ///
    /// # Errors
    /// [`XdpError::Bpf`].
    pub fn load(ports: u8, longest: usize) -> Result<Self, XdpError> {
        Self::load_with(ports, longest, program::PASS)
    }

    fn load_with(ports: u8, longest: usize, otherwise: i32) -> Result<Self, XdpError> {
        let count = u32::from(ports).max(1);
        let macs = Map::new(MapKind::Array, 4, 8, count, "ulvs_macs")?;
        let sockets = Map::new(MapKind::Sockets, 4, 4, count * QUEUES, "ulvs_sockets")?;
        let (v4, v6) = (Family::new(4)?, Family::new(16)?);
        let design = |port| Design {
            port,
            longest: u16::try_from(longest).unwrap_or(u16::MAX / 2),
            macs: macs.fd(),
            sockets: sockets.fd(),
            v4: v4.maps(),
            v6: v6.maps(),
            otherwise,
        };
        let programs = (0..ports).map(|port| {
            let instructions = assemble(&design(port)).unwrap_or_default();
            Program::load(ProgramKind::Xdp, &instructions, "ulvs_steer")
        });
        let programs = programs.collect::<Result<_, _>>()?;
        Ok(Self { programs, macs, sockets, v4, v6 })
    }

    /// Makes the maps hold exactly this. What does not fit them comes by the packet ring.
    ///
    /// # Errors
    /// The first refusal of the kernel; the rest is done all the same, and the next call tries again.
    pub fn follow(&mut self, wanted: &Wanted) -> io::Result<()> {
        let v4 = self.v4.follow(wanted, |addr| match addr {
            IpAddr::V4(addr) => Some(addr.octets().to_vec()),
            IpAddr::V6(_) => None,
        });
        let v6 = self.v6.follow(wanted, |addr| match addr {
            IpAddr::V4(_) => None,
            IpAddr::V6(addr) => Some(addr.octets().to_vec()),
        });
        v4.and(v6)
    }

    /// Says what an interface's MAC address is: frames to any other pass.
    ///
    /// # Errors
    /// The errno.
    pub fn set_mac(&self, port: u8, mac: [u8; 6]) -> io::Result<()> {
        let [a, b, c, d, e, f] = mac;
        self.macs.set(&u32::from(port).to_ne_bytes(), &[a, b, c, d, e, f, 0, 0])
    }

    /// Leads the frames of an interface's queue (below 64) to a socket, until that is closed.
    ///
    /// # Errors
    /// The errno.
    pub fn connect(&self, port: u8, queue: u32, receiver: &XskReceiver) -> io::Result<()> {
        if queue >= QUEUES {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let place = u32::from(port) * QUEUES + queue;
        self.sockets.set(&place.to_ne_bytes(), &receiver.as_fd().as_raw_fd().to_ne_bytes())
    }

    /// Hooks an interface's program to its link: native if the driver can, else generic.
    ///
    /// # Errors
    /// [`XdpError::Attach`]: neither, with the reason of the second.
    pub fn hook(&self, port: u8, ifindex: u32) -> Result<Hook, XdpError> {
        let program = self
            .programs
            .get(usize::from(port))
            .ok_or_else(|| XdpError::Attach { ifindex, source: io::ErrorKind::InvalidInput.into() })?;
        if let Ok(link) = program.hook(ifindex, NATIVE) {
            return Ok(Hook { _link: link, mode: HookMode::Native });
        }
        let link = program.hook(ifindex, GENERIC).map_err(|source| XdpError::Attach { ifindex, source })?;
        Ok(Hook { _link: link, mode: HookMode::Generic })
    }
}

impl Family {
    fn new(addr_len: usize) -> Result<Self, XdpError> {
        Ok(Self {
            addresses: Map::new(MapKind::Hash, addr_len, 4, ENTRIES, "ulvs_addresses")?,
            ends: Map::new(MapKind::Hash, addr_len + 4, 4, ENTRIES, "ulvs_ends")?,
            has_addresses: BTreeMap::new(),
            has_ends: BTreeSet::new(),
        })
    }

    fn maps(&self) -> FamilyMaps {
        FamilyMaps { addresses: self.addresses.fd(), ends: self.ends.fd() }
    }

    /// `octets`: of an address of this family.
    fn follow(&mut self, wanted: &Wanted, octets: impl Fn(IpAddr) -> Option<Vec<u8>>) -> io::Result<()> {
        let mut addresses = BTreeMap::<Vec<u8>, u32>::new();
        let mut mark = |addr, what| {
            if let Some(key) = octets(addr) {
                *addresses.entry(key).or_default() |= what;
            }
        };
        wanted.vips.iter().for_each(|addr| mark(*addr, VIP));
        wanted.host.iter().for_each(|addr| mark(*addr, HOST));
        let mut ends = BTreeSet::new();
        for target in &wanted.targets {
            let (what, direction) = match target.direction {
                Direction::To => (SERVICES, TO),
                Direction::From => (SERVERS, FROM),
            };
            mark(target.addr, what);
            if let Some(mut key) = octets(target.addr) {
                key.extend([target.protocol, direction]);
                key.extend(target.port.to_be_bytes());
                ends.insert(key);
            }
        }
        let mut outcome = Ok(());
        // The host's own addresses are known before an endpoint is that could take from them.
        for (key, what) in &addresses {
            if self.has_addresses.get(key) != Some(what) {
                match self.addresses.set(key, &what.to_ne_bytes()) {
                    Ok(()) => drop(self.has_addresses.insert(key.clone(), *what)),
                    refused => outcome = outcome.and(refused),
                }
            }
        }
        for key in ends.difference(&self.has_ends.clone()) {
            match self.ends.set(key, &1u32.to_ne_bytes()) {
                Ok(()) => drop(self.has_ends.insert(key.clone())),
                refused => outcome = outcome.and(refused),
            }
        }
        for key in self.has_ends.clone().difference(&ends) {
            match self.ends.remove(key) {
                Ok(()) => drop(self.has_ends.remove(key)),
                refused => outcome = outcome.and(refused),
            }
        }
        for key in self.has_addresses.clone().keys().filter(|key| !addresses.contains_key(*key)) {
            match self.addresses.remove(key) {
                Ok(()) => drop(self.has_addresses.remove(key)),
                refused => outcome = outcome.and(refused),
            }
        }
        outcome
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::ring::BpfError;
    use etherparse::PacketBuilder;

    const MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];
    /// XDP_DROP: what the program is made to say where it would redirect, for there is no socket here.
    const STOLEN: i32 = 1;
    const PASSED: u32 = 2;
    const LONGEST: usize = 1792;

    /// `None`, loudly, where programs may not be loaded: an ordinary user's tests.
    fn steering() -> Option<Steering> {
        match Steering::load_with(2, LONGEST, STOLEN) {
            Ok(steering) => {
                steering.set_mac(1, MAC).unwrap();
                Some(steering)
            }
            Err(XdpError::Bpf(BpfError::NotPermitted { .. })) => {
                eprintln!("LEFT OUT: the XDP program is not tested, for it may not be loaded (run as root)");
                None
            }
            Err(error) => panic!("{error}"),
        }
    }

    fn is_stolen(steering: &Steering, frame: &[u8]) -> bool {
        match steering.programs[1].verdict(frame).unwrap() {
            PASSED => false,
            verdict => {
                assert_eq!(verdict, STOLEN.cast_unsigned());
                true
            }
        }
    }

    fn addr(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn target(direction: Direction, text: &str, protocol: u8, port: u16) -> Target {
        Target { direction, addr: addr(text), protocol, port }
    }

    /// One TCP or UDP packet in a frame to `mac`.
    fn packet(mac: [u8; 6], protocol: u8, from: (&str, u16), to: (&str, u16)) -> Vec<u8> {
        let ethernet = PacketBuilder::ethernet2([2; 6], mac);
        let ip = match (addr(from.0), addr(to.0)) {
            (IpAddr::V4(from), IpAddr::V4(to)) => ethernet.ipv4(from.octets(), to.octets(), 64),
            (IpAddr::V6(from), IpAddr::V6(to)) => ethernet.ipv6(from.octets(), to.octets(), 64),
            _ => panic!("two families"),
        };
        let mut frame = Vec::new();
        if protocol == 6 {
            ip.tcp(from.1, to.1, 1, 100).write(&mut frame, b"data").unwrap();
        } else {
            ip.udp(from.1, to.1).write(&mut frame, b"data").unwrap();
        }
        frame
    }

    const CLIENTS: [&str; 2] = ["192.0.2.9", "2001:db8::9"];
    const VIPS: [&str; 2] = ["10.0.0.100", "fd00::100"];
    const HOSTS: [&str; 2] = ["10.0.0.1", "fd00::1"];
    const SERVERS: [&str; 2] = ["10.0.0.11", "fd00::11"];

    #[test]
    fn everything_to_a_vip_and_nothing_else() {
        let Some(mut steering) = steering() else { return };
        let vips = VIPS.map(addr).into();
        for family in [0, 1] {
            let to_vip = packet(MAC, 17, (CLIENTS[family], 4000), (VIPS[family], 53));
            steering.follow(&Wanted::default()).unwrap();
            assert!(!is_stolen(&steering, &to_vip), "nothing is wanted");
            steering.follow(&Wanted { vips: BTreeSet::clone(&vips), ..Wanted::default() }).unwrap();
            assert!(is_stolen(&steering, &to_vip));
            assert!(is_stolen(&steering, &packet(MAC, 6, (CLIENTS[family], 4000), (VIPS[family], 22))));
            assert!(!is_stolen(&steering, &packet(MAC, 6, (CLIENTS[family], 4000), (HOSTS[family], 22))));
            assert!(!is_stolen(&steering, &packet(MAC, 6, (VIPS[family], 22), (CLIENTS[family], 4000))));
            for mac in [[2, 0, 0, 0, 0, 2], [2, 0, 0, 0, 1, 1], [0xff; 6], [1, 0, 0x5e, 0, 0, 1]] {
                let frame = packet(mac, 17, (CLIENTS[family], 4000), (VIPS[family], 53));
                assert!(!is_stolen(&steering, &frame), "to another's MAC address {mac:?}");
            }
        }
    }

    #[test]
    fn services_on_the_hosts_addresses_by_protocol_and_port() {
        let Some(mut steering) = steering() else { return };
        for family in [0, 1] {
            let (client, host) = (CLIENTS[family], HOSTS[family]);
            steering
                .follow(&Wanted {
                    targets: [target(Direction::To, host, 6, 80), target(Direction::To, host, 17, 0)].into(),
                    host: [addr(host)].into(),
                    ..Wanted::default()
                })
                .unwrap();
            let to = |protocol, port| packet(MAC, protocol, (client, 4000), (host, port));
            assert!(is_stolen(&steering, &to(6, 80)));
            assert!(!is_stolen(&steering, &to(6, 22)), "the host's own");
            assert!(is_stolen(&steering, &to(17, 80)), "all ports of UDP");
            assert!(!is_stolen(&steering, &packet(MAC, 6, (client, 80), (host, 4000))), "its source port");
        }
    }

    #[test]
    fn replies_of_nat_servers_unless_they_go_to_the_host() {
        let Some(mut steering) = steering() else { return };
        for family in [0, 1] {
            let (client, host, server) = (CLIENTS[family], HOSTS[family], SERVERS[family]);
            let mut wanted = Wanted {
                targets: [target(Direction::From, server, 6, 8080)].into(),
                host: [addr(host)].into(),
                ..Wanted::default()
            };
            steering.follow(&wanted).unwrap();
            let reply = packet(MAC, 6, (server, 8080), (client, 4000));
            assert!(is_stolen(&steering, &reply));
            assert!(!is_stolen(&steering, &packet(MAC, 6, (server, 22), (client, 4000))));
            assert!(!is_stolen(&steering, &packet(MAC, 17, (server, 8080), (client, 4000))));
            assert!(!is_stolen(&steering, &packet(MAC, 6, (server, 8080), (host, 4000))), "to the host");
            assert!(!is_stolen(&steering, &packet(MAC, 6, (client, 4000), (server, 8080))), "to the server");
            wanted.targets = [target(Direction::From, server, 17, 0)].into();
            steering.follow(&wanted).unwrap();
            assert!(!is_stolen(&steering, &reply), "no longer");
            assert!(is_stolen(&steering, &packet(MAC, 17, (server, 9), (client, 4000))), "all its ports");
        }
    }

    #[test]
    fn what_needs_more_than_a_look_passes() {
        let Some(mut steering) = steering() else { return };
        steering.follow(&Wanted { vips: VIPS.map(addr).into(), ..Wanted::default() }).unwrap();
        let v4 = packet(MAC, 17, (CLIENTS[0], 4000), (VIPS[0], 53));
        let v6 = packet(MAC, 17, (CLIENTS[1], 4000), (VIPS[1], 53));
        let changed = |frame: &[u8], at: usize, bytes: &[u8]| {
            let mut frame = frame.to_vec();
            frame[at..at + bytes.len()].copy_from_slice(bytes);
            frame
        };
        assert!(is_stolen(&steering, &v4) && is_stolen(&steering, &v6));
        for (what, frame) in [
            ("ARP", changed(&v4, 12, &[8, 6])),
            ("a tag", changed(&v4, 12, &[0x81, 0])),
            ("IPv4 options", changed(&v4, 14, &[0x46])),
            ("IPv6 in an IPv4 frame", changed(&v4, 14, &[0x65])),
            ("the first fragment", changed(&v4, 20, &[0x20, 0])),
            ("a later fragment", changed(&v4, 20, &[0, 1])),
            ("ICMP", changed(&v4, 23, &[1])),
            ("SCTP", changed(&v4, 23, &[132])),
            ("IPv6's fragment header", changed(&v6, 20, &[44])),
            ("ICMPv6", changed(&v6, 20, &[58])),
            ("hop-by-hop options", changed(&v6, 20, &[0])),
        ] {
            assert!(!is_stolen(&steering, &frame), "{what}");
        }
        assert!(is_stolen(&steering, &changed(&v4, 20, &[0x40, 0])), "DF is no fragment");
        for len in 14..38 {
            assert!(!is_stolen(&steering, &v4[..len]), "cut at {len}");
        }
        assert!(is_stolen(&steering, &v4[..38]));
        for len in 38..58 {
            assert!(!is_stolen(&steering, &v6[..len]), "cut at {len}");
        }
        let padded = |len: usize| [&v4[..], &vec![0; len - v4.len()]].concat();
        assert!(is_stolen(&steering, &padded(LONGEST)));
        assert!(!is_stolen(&steering, &padded(LONGEST + 1)), "longer than a chunk");
        assert!(!is_stolen(&steering, &padded(3000)));
    }
}
