//! Thousands of real servers on one host: every address of a network is its own, and one listening socket answers for all.
//! They note when each of them is asked.

use crate::bed::{Bed, RIP};
use crate::observe;
use anyhow::{Context, Result};
use ipnet::IpNet;
use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use ulvs::host::links::Links;
use ulvs::host::netlink::{Message, Netlink, ROUTE};

/// Their network.
const NET: (Ipv4Addr, u8) = (Ipv4Addr::new(10, 8, 0, 0), 16);
/// Their port.
pub const PORT: u16 = 8080;
/// Threads that answer.
const THREADS: usize = 4;
/// Whoever asks and then says nothing for so long is let go.
const PATIENCE: Duration = Duration::from_secs(1);
const ANSWER: &[u8] = b"HTTP/1.0 200 OK\r\nContent-Length: 12\r\n\r\nall is well\n";

/// Real server number `n`, from 0.
pub fn address(number: u32) -> Ipv4Addr {
    Ipv4Addr::from_bits(NET.0.to_bits() + 1 + number)
}

/// When each was asked, in order.
pub type Times = HashMap<Ipv4Addr, Vec<Instant>>;

/// The real servers; they end when this is dropped.
pub struct Asked {
    times: Arc<Mutex<Times>>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Asked {
    /// Starts them on the bed's server, on that CPU.
    ///
    /// # Errors
    /// A route or a socket cannot be had.
    pub fn start(bed: &Bed, cpu: usize) -> Result<Self> {
        let net = IpNet::new_assert(IpAddr::V4(NET.0), NET.1);
        bed.director()?.run(|| -> Result<()> {
            let mut links = Links::open()?;
            let index = links.find("eth1")?.ifindex;
            Ok(links.replace_route(net, Some(IpAddr::V4(RIP)), index)?)
        })??;
        bed.server()?.run(own_network)??;
        let listener = bed
            .server()?
            .run(|| TcpListener::bind(SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, PORT))))??;
        listener.set_nonblocking(true)?;
        let (times, stop) = (Arc::<Mutex<Times>>::default(), Arc::new(AtomicBool::new(false)));
        let mut asked = Self { times, stop, threads: Vec::new() };
        for _ in 0..THREADS {
            let (listener, times) = (listener.try_clone()?, Arc::clone(&asked.times));
            let stop = Arc::clone(&asked.stop);
            let answer = move || {
                observe::pin(cpu);
                while !stop.load(Relaxed) {
                    match listener.accept() {
                        // Whoever goes away early is asked no more.
                        Ok((stream, _)) => drop(answer(&stream, &times)),
                        Err(_) => wait(&listener),
                    }
                }
            };
            asked.threads.push(std::thread::Builder::new().name("asked".to_owned()).spawn(answer)?);
        }
        Ok(asked)
    }

    /// When they were asked since this was called last.
    pub fn take(&self) -> Times {
        std::mem::take(&mut *self.times.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// Until somebody asks, or for a moment.
fn wait(listener: &TcpListener) {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let moment = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
    let _ = poll(&mut [PollFd::new(listener, PollFlags::IN)], Some(&moment));
}

fn answer(mut stream: &TcpStream, times: &Mutex<Times>) -> std::io::Result<()> {
    let came = Instant::now();
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    if let IpAddr::V4(addr) = stream.local_addr()?.ip() {
        times.lock().unwrap_or_else(PoisonError::into_inner).entry(addr).or_default().push(came);
    }
    let mut request = [0; 512];
    let mut length = 0;
    while !request[..length].ends_with(b"\r\n\r\n") {
        match stream.read(&mut request[length..])? {
            0 => return Ok(()),
            count => length += count,
        }
    }
    stream.write_all(ANSWER)
}

/// Every address of the network is this host's own.
fn own_network() -> Result<()> {
    const REPLACE: u16 = (libc::NLM_F_CREATE | libc::NLM_F_REPLACE) as u16;
    let index = Links::open()?.find("lo")?.ifindex;
    let (family, table) = (libc::AF_INET as u8, libc::RT_TABLE_LOCAL);
    let (origin, scope, kind) = (libc::RTPROT_STATIC, libc::RT_SCOPE_HOST, libc::RTN_LOCAL);
    let route = Message::new(libc::RTM_NEWROUTE, REPLACE)
        .body(&[family, NET.1, 0, 0, table, origin, scope, kind, 0, 0, 0, 0])
        .attribute(libc::RTA_DST, &NET.0.octets())
        .number(libc::RTA_OIF, index);
    Netlink::open(ROUTE, 0)?.request(route).context("the real servers' addresses")
}
