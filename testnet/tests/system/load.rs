//! Load of our own, where a real program cannot be watched closely enough: requests one after the other, connections
//! that live long, and a witness who counts resets.

use anyhow::{Context, Result};
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use testnet::actor::http_client;
use testnet::host::Host;
use testnet::packet::Packet;
use testnet::sys;

/// Threads inside a host that end when this is dropped.
pub struct Crowd {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Crowd {
    fn new() -> Self {
        Self { stop: Arc::default(), threads: Vec::new() }
    }

    fn add(&mut self, host: &Host, work: impl FnOnce(&AtomicBool) + Send + 'static) -> Result<()> {
        let (namespace, stop) = (host.namespace().try_clone()?, Arc::clone(&self.stop));
        self.threads.push(std::thread::spawn(move || {
            if namespace.enter().is_ok() {
                work(&stop);
            }
        }));
        Ok(())
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// What became of the requests.
#[derive(Debug, Default)]
pub struct Tally {
    pub done: AtomicU64,
    pub failed: AtomicU64,
    pub first_failure: Mutex<Option<String>>,
}

/// Clients that make one request after the other, each on a connection of its own.
pub struct Requests {
    crowd: Crowd,
    pub tally: Arc<Tally>,
}

impl Requests {
    /// `clients` threads; `pause` after each request; each wait lasts `patience` at most.
    pub fn start(
        host: &Host,
        target: SocketAddr,
        clients: usize,
        pause: Duration,
        patience: Duration,
    ) -> Result<Self> {
        let (mut crowd, tally) = (Crowd::new(), Arc::<Tally>::default());
        for _ in 0..clients {
            let tally = Arc::clone(&tally);
            crowd.add(host, move |stop| {
                while !stop.load(Relaxed) {
                    match http_client::get_here(target, "/", patience) {
                        Ok(response) if response.status == 200 => drop(tally.done.fetch_add(1, Relaxed)),
                        other => {
                            tally.failed.fetch_add(1, Relaxed);
                            let mut first =
                                tally.first_failure.lock().unwrap_or_else(PoisonError::into_inner);
                            first.get_or_insert_with(|| format!("{other:?}"));
                        }
                    }
                    std::thread::sleep(pause);
                }
            })?;
        }
        Ok(Self { crowd, tally })
    }

    /// Ends them: requests done and failed, and the first failure.
    pub fn finish(self) -> (u64, u64, String) {
        drop(self.crowd);
        let first = self.tally.first_failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (self.tally.done.load(Relaxed), self.tally.failed.load(Relaxed), first.unwrap_or_default())
    }
}

/// Sends back what it gets, on any number of connections.
pub struct Echo {
    _crowd: Crowd,
}

impl Echo {
    pub fn start(host: &Host, listen: SocketAddr) -> Result<Self> {
        let listener = host.run(|| TcpListener::bind(listen))?.context("an echo server")?;
        listener.set_nonblocking(true)?;
        let mut crowd = Crowd::new();
        crowd.add(host, move |stop| {
            let mut streams: Vec<TcpStream> = Vec::new();
            let mut buffer = [0; 4096];
            while !stop.load(Relaxed) {
                while let Ok((stream, _)) = listener.accept() {
                    if stream.set_nonblocking(true).is_ok() {
                        streams.push(stream);
                    }
                }
                streams.retain_mut(|stream| match stream.read(&mut buffer) {
                    Ok(0) => false,
                    Ok(len) => stream.write_all(&buffer[..len]).is_ok(),
                    Err(error) => error.kind() == ErrorKind::WouldBlock,
                });
                std::thread::sleep(Duration::from_millis(2));
            }
        })?;
        Ok(Self { _crowd: crowd })
    }
}

/// Connections that live long: each says something every 50 ms and waits for the echo.
pub struct Drips {
    _crowd: Crowd,
    flows: Vec<Arc<Flow>>,
}

/// One long connection.
#[derive(Debug)]
struct Flow {
    echoes: AtomicU64,
    error: Mutex<Option<String>>,
}

impl Drips {
    pub fn start(host: &Host, target: SocketAddr, flows: usize) -> Result<Self> {
        let (mut crowd, mut all) = (Crowd::new(), Vec::new());
        for _ in 0..flows {
            let flow = Arc::new(Flow { echoes: AtomicU64::new(0), error: Mutex::default() });
            all.push(Arc::clone(&flow));
            crowd.add(host, move |stop| {
                if let Err(error) = drip(target, stop, &flow) {
                    *flow.error.lock().unwrap_or_else(PoisonError::into_inner) = Some(format!("{error:#}"));
                }
            })?;
        }
        Ok(Self { _crowd: crowd, flows: all })
    }

    /// Echoes heard by each.
    pub fn echoes(&self) -> Vec<u64> {
        self.flows.iter().map(|flow| flow.echoes.load(Relaxed)).collect()
    }

    /// Errors so far.
    pub fn errors(&self) -> Vec<String> {
        self.flows
            .iter()
            .filter_map(|flow| flow.error.lock().unwrap_or_else(PoisonError::into_inner).clone())
            .collect()
    }

    /// Waits until every flow has made progress from here on; how long that took, or who did not.
    pub fn wait_for_progress(&self, patience: Duration) -> Result<Duration> {
        let (before, begun) = (self.echoes(), Instant::now());
        loop {
            let stuck = self.echoes().iter().zip(&before).filter(|(now, before)| now <= before).count();
            if stuck == 0 {
                return Ok(begun.elapsed());
            }
            anyhow::ensure!(
                begun.elapsed() < patience,
                "{stuck} of {} flows made no progress within {patience:?}; errors: {:?}",
                before.len(),
                self.errors()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn drip(target: SocketAddr, stop: &AtomicBool, flow: &Flow) -> Result<()> {
    let mut stream = TcpStream::connect_timeout(&target, Duration::from_secs(5)).context("connecting")?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_millis(200)))?;
    let mut word = [0; 8];
    while !stop.load(Relaxed) {
        stream.write_all(b"12345678").context("writing")?;
        let mut got = 0;
        while got < word.len() && !stop.load(Relaxed) {
            match stream.read(&mut word[got..]) {
                Ok(0) => anyhow::bail!("the other end closed it"),
                Ok(len) => got += len,
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) => return Err(error).context("reading"),
            }
        }
        if got == word.len() {
            flow.echoes.fetch_add(1, Relaxed);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// Counts the frames of one source that arrive at an interface, and the resets among them.
pub struct Witness {
    _crowd: Crowd,
    seen: Arc<AtomicU64>,
    resets: Arc<Mutex<Vec<String>>>,
}

impl Witness {
    pub fn start(host: &Host, interface: &str, from: IpAddr) -> Result<Self> {
        let socket = host.run(|| sys::packet_socket(interface))??;
        let (seen, resets) = (Arc::<AtomicU64>::default(), Arc::<Mutex<Vec<String>>>::default());
        let (theirs, theirs_too) = (Arc::clone(&seen), Arc::clone(&resets));
        let mut crowd = Crowd::new();
        crowd.add(host, move |stop| {
            let mut buffer = [0; 256];
            while !stop.load(Relaxed) {
                while let Ok(Some(received)) = sys::receive(socket.as_fd(), &mut buffer) {
                    let Some(packet) = Packet::read(&buffer[..received.stored]) else { continue };
                    if received.is_outgoing || packet.ip.from != from {
                        continue;
                    }
                    theirs.fetch_add(1, Relaxed);
                    if packet.tcp.flags & 4 != 0 {
                        let (ports, seq) = ((packet.tcp.from, packet.tcp.to), packet.tcp.seq);
                        let line =
                            format!("{ports:?} {} seq {seq} ttl {}", packet.tcp.flag_names(), packet.ip.ttl);
                        theirs_too.lock().unwrap_or_else(PoisonError::into_inner).push(line);
                    }
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        })?;
        Ok(Self { _crowd: crowd, seen, resets })
    }

    /// TCP frames seen so far.
    pub fn seen(&self) -> u64 {
        self.seen.load(Relaxed)
    }

    /// The resets seen so far.
    pub fn resets(&self) -> Vec<String> {
        std::thread::sleep(Duration::from_millis(50));
        self.resets.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
