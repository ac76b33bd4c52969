//! Round trips: one UDP packet at a time, to an echo on the server and back.

use crate::bed::{Bed, CIP, CIP_DIRECT, RIP};
use crate::observe;
use crate::scenario::{ECHO_PORT, Reply, Size, Way};
use anyhow::{Context, Result};
use hdrhistogram::Histogram;
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, ipproto};
use std::net::{SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A reply later than this is lost.
pub const PATIENCE: Duration = Duration::from_millis(100);
/// How often an idle echo looks whether it shall end.
const LOOK: Duration = Duration::from_millis(20);
/// Round trips before the clock starts.
const WARM_UP: u32 = 50;
/// Longest round trip that is told apart, in nanoseconds.
const LONGEST_NS: u64 = 1_000_000_000;
/// Most that a receive buffer need hold.
const PACKET_LEN: usize = 2048;

/// What came of it.
#[derive(Clone, Debug)]
pub struct RoundTrips {
    /// Nanoseconds of each that came back.
    pub histogram: Histogram<u64>,
    /// How many were begun.
    pub sent: u64,
}

/// Makes round trips until `count` are done or the `time` is over. To be called on a pinned thread, while somebody
/// forwards; the echo is put on CPU `echo_cpu`.
///
/// # Errors
/// A socket could not be had.
pub fn measure(
    bed: &Bed,
    way: (Way, Reply),
    size: Size,
    (count, time): (u64, Duration),
    echo_cpu: usize,
) -> Result<RoundTrips> {
    let mut pinger = Pinger::open(bed, way, size, echo_cpu)?;
    let started = Instant::now();
    pinger.run(|sent| sent < count && started.elapsed() < time)
}

/// Both ends of round trips.
pub struct Pinger {
    client: UdpSocket,
    packet: Vec<u8>,
    _echo: Echo,
}

impl Pinger {
    /// Opens them, and makes some round trips that do not count.
    ///
    /// # Errors
    /// A socket could not be had.
    pub fn open(bed: &Bed, (way, reply): (Way, Reply), size: Size, echo_cpu: usize) -> Result<Self> {
        let echo = Echo::start(bed, way, echo_cpu)?;
        let from = if reply == Reply::Direct { CIP_DIRECT } else { CIP };
        let client = bed.client()?.run(|| -> Result<UdpSocket> {
            let socket = UdpSocket::bind(SocketAddrV4::new(from, 0))?;
            socket.connect(SocketAddrV4::new(way.service(), ECHO_PORT))?;
            socket.set_read_timeout(Some(PATIENCE))?;
            Ok(socket)
        })??;
        let mut packet = vec![0; usize::from(size.payload_len)];
        for number in 0..WARM_UP {
            trip(&client, &mut packet, u64::from(number));
        }
        Ok(Self { client, packet, _echo: echo })
    }

    /// Makes round trips while it shall go on, which is told how many were begun. To be called on a pinned thread.
    ///
    /// # Errors
    /// None that these bounds can have.
    pub fn run(&mut self, mut go_on: impl FnMut(u64) -> bool) -> Result<RoundTrips> {
        let mut trips = RoundTrips { histogram: Histogram::new_with_bounds(1, LONGEST_NS, 3)?, sent: 0 };
        while go_on(trips.sent) {
            trips.sent += 1;
            if let Some(took) = trip(&self.client, &mut self.packet, u64::from(WARM_UP) + trips.sent) {
                trips.histogram.saturating_record(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
            }
        }
        Ok(trips)
    }
}

/// One round trip; `None` if the reply does not come. Replies to earlier ones are passed over.
fn trip(client: &UdpSocket, packet: &mut [u8], number: u64) -> Option<Duration> {
    let number = number.to_ne_bytes();
    packet.first_chunk_mut::<8>()?.copy_from_slice(&number);
    let started = Instant::now();
    client.send(packet).ok()?;
    let mut answer = [0; PACKET_LEN];
    while started.elapsed() < PATIENCE {
        let len = client.recv(&mut answer).ok()?;
        if len == packet.len() && answer.first_chunk() == Some(&number) {
            return Some(started.elapsed());
        }
    }
    None
}

/// The service on the server. Dropping it ends it.
struct Echo {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Where requests come in.
enum Door {
    /// As they are.
    Plain,
    /// In IP-in-IP: a raw socket takes them out. The kernel may have no tunnel device, and a socket costs the same as the
    /// UDP socket of the other modes, so that the modes can be compared.
    Tunnel(OwnedFd),
}

impl Echo {
    fn start(bed: &Bed, way: Way, cpu: usize) -> Result<Self> {
        let (door, socket) = bed.server()?.run(|| -> Result<_> {
            let socket = UdpSocket::bind(SocketAddrV4::new(way.served_at(), ECHO_PORT))?;
            socket.set_read_timeout(Some(LOOK))?;
            Ok((if way == Way::Tun { Door::Tunnel(tunnel_end()?) } else { Door::Plain }, socket))
        })??;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name("echo".to_owned()).spawn(move || {
            observe::pin(cpu);
            let mut buffer = [0; PACKET_LEN];
            while !stopped.load(Ordering::Relaxed) {
                answer(&door, &socket, &mut buffer);
            }
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A socket for IP-in-IP to the server's address.
fn tunnel_end() -> Result<OwnedFd> {
    let socket = rustix::net::socket_with(
        AddressFamily::INET,
        SocketType::RAW,
        SocketFlags::CLOEXEC,
        Some(ipproto::IPIP),
    )
    .context("a raw socket for IP-in-IP")?;
    rustix::net::bind(&socket, &SocketAddrV4::new(RIP, 0))?;
    rustix::net::sockopt::set_socket_timeout(&socket, rustix::net::sockopt::Timeout::Recv, Some(LOOK))?;
    Ok(socket)
}

/// Answers one request, or returns after [`LOOK`]. A reply that cannot be sent is a loss, and seen as one.
fn answer(door: &Door, socket: &UdpSocket, buffer: &mut [u8]) {
    match door {
        Door::Plain => {
            if let Ok((len, client)) = socket.recv_from(buffer) {
                let _ = socket.send_to(&buffer[..len], client);
            }
        }
        Door::Tunnel(raw) => {
            let Ok((len, _)) = rustix::net::recv(raw, &mut *buffer, RecvFlags::empty()) else { return };
            if let Some((client, payload)) = unpack(&buffer[..len]) {
                let _ = socket.send_to(payload, client);
            }
        }
    }
}

/// The sender and the payload of a UDP packet within an IPv4 packet within an IPv4 packet, none with options but
/// perhaps the outer one.
fn unpack(packet: &[u8]) -> Option<(SocketAddr, &[u8])> {
    let outer_len = usize::from(packet.first()? & 0x0f) * 4;
    let inner = packet.get(outer_len..)?;
    let source: [u8; 4] = *inner.get(12..)?.first_chunk()?;
    let port: [u8; 2] = *inner.get(20..)?.first_chunk()?;
    Some(((source, u16::from_be_bytes(port)).into(), inner.get(28..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unpacks_what_is_there_and_nothing_else() {
        let mut packet = vec![0x45; 20];
        packet.extend([0x45, 0, 0, 30, 0, 0, 0, 0, 64, 17, 0, 0, 10, 3, 0, 2, 10, 1, 0, 101]);
        packet.extend([0x9c, 0x40, 0, 7, 0, 10, 0, 0, b'h', b'i']);
        let (client, payload) = unpack(&packet).expect("a whole packet");
        assert_eq!((client.to_string().as_str(), payload), ("10.3.0.2:40000", &b"hi"[..]));
        for len in 0..48 {
            assert_eq!(unpack(&packet[..len]), None, "{len}");
        }
    }
}
