//! The far end of a tunnel (IP in IP, GRE, GUE), without a tunnel device.
//!
//! Kernels without `ipip`, `ip_gre` or `fou` cannot make one, and `/dev/net/tun` is closed to ordinary users in many
//! places. So raw sockets take the tunnels' packets (the kernel has put fragments together by then and, seeing a taker,
//! does not answer "protocol unreachable"), a UDP socket those of GUE, and what was inside enters the host again through
//! a veth pair of its own, as from a wire. The host's routing sees what `tunl0` would have given it.

use super::{Worker, wait_readable};
use crate::checksum::{fold, sum};
use crate::host::Host;
use crate::packet::{self, GUE_PORT};
use crate::sys;
use anyhow::{Context, Result};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, ipproto};
use std::net::{Ipv4Addr, Ipv6Addr, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use ulvs::host::links::{LinkChange, Links};
use ulvs::lvs::Mac;

/// Largest packet that veth carries whole: a super-frame that the sender left undivided stays so.
const VETH_MTU: u32 = 65535;
/// Largest IP packet.
const PACKET_LEN: usize = 65535;

/// Unpacks IPv4 and IPv6 from IPv4 and IPv6 addressed to its host: IP in IP (protocols 4 and 41), GRE (47), and GUE to
/// [`GUE_PORT`].
pub struct Decapsulator {
    unpacked: Arc<AtomicU64>,
    _worker: Worker,
}

impl Decapsulator {
    /// Starts it on a host. `outer` and `inner` are the two ends of a veth pair within that host: what is put in at
    /// `outer` arrives at `inner`.
    ///
    /// # Errors
    /// No such interfaces, or no CAP_NET_RAW there.
    pub fn start(host: &Host, outer: &str, inner: &str) -> Result<Self> {
        let (taps, exit, header) =
            host.run(|| open(outer, inner))?.with_context(|| format!("decapsulator on {}", host.name()))?;
        let unpacked = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&unpacked);
        let worker = Worker::start(format!("decap-{}", host.name()), move |stop| {
            let mut buffer = vec![0; PACKET_LEN + 1];
            while !stop.is_set() {
                let fds: Vec<_> = taps.iter().map(|tap| tap.fd.as_fd()).collect();
                for (tap, _) in taps.iter().zip(wait_readable(&fds)).filter(|(_, readable)| *readable) {
                    while let Ok((len, _)) = rustix::net::recv(&tap.fd, &mut buffer[..], RecvFlags::DONTWAIT)
                    {
                        if let Some(frame) = tap.unpack(&buffer[..len.min(PACKET_LEN)], header) {
                            counter.fetch_add(1, Ordering::Relaxed);
                            // ENOBUFS is loss on the wire: TCP sends again.
                            let _ = rustix::net::send(&exit, &frame, SendFlags::empty());
                        }
                    }
                }
            }
        })?;
        Ok(Self { unpacked, _worker: worker })
    }

    /// How many packets it has unpacked.
    pub fn unpacked(&self) -> u64 {
        self.unpacked.load(Ordering::Relaxed)
    }
}

/// What stands between the outer IP header and the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrapping {
    /// Nothing; the outer header says which version of IP is inside.
    Ipip(u8),
    /// RFC 2784, without key and sequence number.
    Gre,
    /// Variant 0, without private data; the UDP header is gone already.
    Gue,
}

impl Wrapping {
    /// The packet inside; `None` for what is none, or is not as it should be.
    fn unwrap(self, wrapped: &[u8]) -> Option<&[u8]> {
        let (inner, version) = match self {
            Self::Ipip(version) => (wrapped, version),
            Self::Gre => {
                let [flags, gre_version, kind @ ..] = wrapped.first_chunk::<4>()?;
                // A checksum or none; whatever else may be there nobody sends here.
                let len = match flags {
                    0 => 4,
                    0x80 if fold(sum(wrapped)) == 0xffff => 8,
                    _ => return None,
                };
                let version = match (gre_version, u16::from_be_bytes(*kind)) {
                    (0, 0x0800) => 4,
                    (0, 0x86dd) => 6,
                    _ => return None,
                };
                (wrapped.get(len..)?, version)
            }
            Self::Gue => {
                let [0, protocol, 0, 0] = *wrapped.first_chunk::<4>()? else { return None };
                let version = match protocol {
                    packet::IPIP => 4,
                    packet::IPV6 => 6,
                    _ => return None,
                };
                (wrapped.get(4..)?, version)
            }
        };
        (inner.first()? >> 4 == version).then_some(inner)
    }
}

/// A socket that takes one kind of tunnel's packets.
struct Tap {
    fd: OwnedFd,
    /// Linux 6.18 answers "protocol unreachable" when the buffer of every taker is full. This one's never is.
    _bystander: Option<OwnedFd>,
    /// IPv4 raw sockets deliver the outer header as well; IPv6 ones and UDP sockets do not.
    has_outer_header: bool,
    wrapping: Wrapping,
}

impl Tap {
    /// All that packets of this protocol bring; `None` in a kernel without the family.
    fn raw(
        family: AddressFamily,
        protocol: rustix::net::Protocol,
        wrapping: Wrapping,
    ) -> Result<Option<Self>> {
        let raw = || rustix::net::socket_with(family, SocketType::RAW, SocketFlags::CLOEXEC, Some(protocol));
        let fd = match raw() {
            Err(rustix::io::Errno::AFNOSUPPORT) => return Ok(None),
            fd => fd.context("a raw socket")?,
        };
        let bystander = raw()?;
        sys::take_nothing(&bystander)?;
        let has_outer_header = family == AddressFamily::INET;
        Ok(Some(Self { fd, _bystander: Some(bystander), has_outer_header, wrapping }))
    }

    /// Datagrams to [`GUE_PORT`], in either family; a UDP checksum is the kernel's to look at.
    fn gue() -> Result<Vec<Self>> {
        let mut taps = Vec::new();
        let v4 = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, GUE_PORT)).context("a UDP socket for GUE")?;
        let v6 = sys::udp6_socket((Ipv6Addr::UNSPECIFIED, GUE_PORT).into());
        let v6 = match v6 {
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::AFNOSUPPORT.raw_os_error()) => None,
            v6 => Some(v6.context("a UDP socket for GUE over IPv6")?),
        };
        for fd in [Some(v4.into()), v6].into_iter().flatten() {
            taps.push(Self { fd, _bystander: None, has_outer_header: false, wrapping: Wrapping::Gue });
        }
        Ok(taps)
    }

    /// The Ethernet frame for what is inside; `None` for what is not a tunnel packet.
    fn unpack(&self, packet: &[u8], macs: (Mac, Mac)) -> Option<Vec<u8>> {
        let wrapped = if self.has_outer_header {
            packet.get(usize::from(packet.first()? & 0x0f) * 4..)?
        } else {
            packet
        };
        let inner = self.wrapping.unwrap(wrapped)?;
        let ethertype: u16 = if inner.first()? >> 4 == 4 { 0x0800 } else { 0x86dd };
        let mut frame = Vec::with_capacity(14 + inner.len());
        frame.extend_from_slice(&macs.1.0);
        frame.extend_from_slice(&macs.0.0);
        frame.extend_from_slice(&ethertype.to_be_bytes());
        frame.extend_from_slice(inner);
        packet::finish_checksum(&mut frame[14..]);
        Some(frame)
    }
}

fn open(outer: &str, inner: &str) -> Result<(Vec<Tap>, OwnedFd, (Mac, Mac))> {
    let mut links = Links::open()?;
    let (from, to) = (links.find(outer)?, links.find(inner)?);
    for index in [from.ifindex, to.ifindex] {
        links.change(index, &LinkChange { mtu: Some(VETH_MTU), up: Some(true), ..LinkChange::default() })?;
    }
    let mut taps = Tap::gue()?;
    for family in [AddressFamily::INET, AddressFamily::INET6] {
        for (protocol, wrapping) in [
            (ipproto::IPIP, Wrapping::Ipip(4)),
            (ipproto::IPV6, Wrapping::Ipip(6)),
            (ipproto::GRE, Wrapping::Gre),
        ] {
            taps.extend(Tap::raw(family, protocol, wrapping)?);
        }
    }
    Ok((taps, sys::packet_socket(outer)?, (from.mac, to.mac)))
}

#[cfg(test)]
mod tests {
    use super::{Wrapping, fold, sum};

    /// The beginning of an IP packet of this version; an odd number of bytes.
    fn inner(version: u8) -> Vec<u8> {
        let mut packet: Vec<u8> = (0..41).collect();
        packet[0] = version << 4 | 5;
        packet
    }

    fn wrapped(header: &[u8], version: u8) -> Vec<u8> {
        [header, &inner(version)].concat()
    }

    /// A GRE header with the right checksum for what is behind it.
    fn summed(version: u8) -> Vec<u8> {
        let mut packet = wrapped(&[0x80, 0, 8, 0, 0, 0, 0, 0], version);
        let checksum = !fold(sum(&packet));
        packet[4..6].copy_from_slice(&checksum.to_be_bytes());
        packet
    }

    #[test]
    fn what_is_inside_comes_out() {
        for (wrapping, packet, version) in [
            (Wrapping::Ipip(4), inner(4), 4),
            (Wrapping::Ipip(6), inner(6), 6),
            (Wrapping::Gre, wrapped(&[0, 0, 8, 0], 4), 4),
            (Wrapping::Gre, wrapped(&[0, 0, 0x86, 0xdd], 6), 6),
            (Wrapping::Gre, summed(4), 4),
            (Wrapping::Gue, wrapped(&[0, 4, 0, 0], 4), 4),
            (Wrapping::Gue, wrapped(&[0, 41, 0, 0], 6), 6),
        ] {
            assert_eq!(wrapping.unwrap(&packet), Some(&inner(version)[..]), "{wrapping:?} {version}");
        }
    }

    #[test]
    fn what_is_not_right_stays_outside() {
        let mut wrong_sum = summed(4);
        wrong_sum[20] ^= 1;
        for (wrapping, packet) in [
            (Wrapping::Ipip(4), wrapped(&[], 6)),
            (Wrapping::Gre, wrong_sum),
            (Wrapping::Gre, wrapped(&[0, 1, 8, 0], 4)), // version 1
            (Wrapping::Gre, wrapped(&[0x20, 0, 8, 0], 4)), // a key
            (Wrapping::Gre, wrapped(&[0, 0, 0x86, 0xdd], 4)), // says IPv6
            (Wrapping::Gue, wrapped(&[0x20, 4, 0, 0], 4)), // a control message
            (Wrapping::Gue, wrapped(&[1, 4, 0, 0, 0, 0, 0, 0], 4)), // an option
            (Wrapping::Gue, wrapped(&[0, 4, 1, 0], 4)), // private data
            (Wrapping::Gue, wrapped(&[0, 6, 0, 0], 4)), // TCP
        ] {
            assert_eq!(wrapping.unwrap(&packet), None, "{wrapping:?} {packet:?}");
        }
        for wrapping in [Wrapping::Ipip(4), Wrapping::Gre, Wrapping::Gue] {
            for len in 0..4 {
                assert_eq!(wrapping.unwrap(&[0; 4][..len]), None);
            }
        }
    }
}
