//! The far end of an IP-in-IP tunnel, without a tunnel device.
//!
//! Kernels without `ipip` cannot make one, and `/dev/net/tun` is closed to ordinary users in many places. So a raw
//! socket takes the tunnel's packets (the kernel has put fragments together by then and, seeing a taker, does not
//! answer "protocol unreachable"), and what was inside enters the host again through a veth pair of its own, as from
//! a wire. The host's routing sees what `tunl0` would have given it.

use super::{Worker, wait_readable};
use crate::host::Host;
use crate::packet;
use crate::sys;
use anyhow::{Context, Result};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, ipproto};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use ulvs::host::links::{LinkChange, Links};
use ulvs::lvs::Mac;

/// Largest packet that veth carries whole: a super-frame that the sender left undivided stays so.
const VETH_MTU: u32 = 65535;
/// Largest IP packet.
const PACKET_LEN: usize = 65535;

/// Unpacks IPv4 and IPv6 from IPv4 and IPv6 (protocols 4 and 41) addressed to its host.
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

/// A raw socket for one kind of tunnel.
struct Tap {
    fd: OwnedFd,
    /// Linux 6.18 answers "protocol unreachable" when the buffer of every taker is full. This one's never is.
    _bystander: OwnedFd,
    /// IPv4 raw sockets deliver the outer header as well, IPv6 ones do not.
    has_outer_header: bool,
    inner_is_v4: bool,
}

impl Tap {
    /// The Ethernet frame for what is inside; `None` for what is not a tunnel packet.
    fn unpack(&self, packet: &[u8], macs: (Mac, Mac)) -> Option<Vec<u8>> {
        let inner = if self.has_outer_header {
            packet.get(usize::from(packet.first()? & 0x0f) * 4..)?
        } else {
            packet
        };
        let version = if self.inner_is_v4 { 4 } else { 6 };
        if inner.first()? >> 4 != version {
            return None;
        }
        let ethertype: u16 = if self.inner_is_v4 { 0x0800 } else { 0x86dd };
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
    let mut taps = Vec::new();
    for (family, has_outer_header) in [(AddressFamily::INET, true), (AddressFamily::INET6, false)] {
        for (protocol, inner_is_v4) in [(ipproto::IPIP, true), (ipproto::IPV6, false)] {
            let raw =
                || rustix::net::socket_with(family, SocketType::RAW, SocketFlags::CLOEXEC, Some(protocol));
            match raw() {
                Ok(fd) => {
                    let bystander = raw()?;
                    sys::take_nothing(&bystander)?;
                    taps.push(Tap { fd, _bystander: bystander, has_outer_header, inner_is_v4 });
                }
                Err(rustix::io::Errno::AFNOSUPPORT) => {} // a kernel without IPv6
                Err(error) => return Err(error).context("a raw socket"),
            }
        }
    }
    Ok((taps, sys::packet_socket(outer)?, (from.mac, to.mac)))
}
