//! A real server that fails in every way that a health check can meet, on many ports at once.

use crate::programs;
use anyhow::{Context, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use testnet::host::Host;

/// What it says while all is well, and the digest of that.
pub const PAGE: &str = "all is well\n";
pub const DIGEST: &str = "2670f929ce8c93af815ba0ae8fd591ff";
/// What checks ask for; any other path tells who answers, whatever else is wrong.
pub const PATH: &str = "/page";
/// How long whoever asks may be silent.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it looks whether its manner has changed.
const BREATH: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };

/// How it behaves.
#[derive(Clone, Debug)]
pub struct Manner {
    /// It listens.
    pub listens: bool,
    /// Other words than those of [`PAGE`].
    pub wrong_words: bool,
    /// Status 503.
    pub wrong_status: bool,
    /// The first so many answers to each who asks have wrong words.
    pub wrong_first: u32,
    /// How long it thinks.
    pub delay: Duration,
    /// The page comes in so many pieces, each a `delay` after the other.
    pub pieces: usize,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            listens: true,
            wrong_words: false,
            wrong_status: false,
            wrong_first: 0,
            delay: Duration::ZERO,
            pieces: 1,
        }
    }
}

#[derive(Default)]
struct State {
    manner: Manner,
    /// By port and who asked: connections and answers since the manner changed.
    asked: HashMap<(u16, IpAddr), (u32, u32)>,
    /// What it listens on is as the manner says.
    is_settled: bool,
}

/// Ends when dropped.
pub struct Backend {
    name: String,
    state: Arc<Mutex<State>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Backend {
    pub fn start(host: &Host, ports: Vec<u16>) -> Result<Self> {
        let (state, stop) = (Arc::<Mutex<State>>::default(), Arc::<AtomicBool>::default());
        let (theirs, until, name) = (Arc::clone(&state), Arc::clone(&stop), host.name().to_owned());
        let namespace = host.namespace().try_clone()?;
        let thread = std::thread::spawn(move || {
            if namespace.enter().is_ok() {
                serve_all(&ports, &theirs, &name, &until);
            }
        });
        let backend = Self { name: host.name().to_owned(), state, stop, thread: Some(thread) };
        backend.behave(Manner::default())?;
        Ok(backend)
    }

    /// Behaves so from now on; returns when it does.
    pub fn behave(&self, manner: Manner) -> Result<()> {
        {
            let mut state = lock(&self.state);
            state.manner = manner;
            state.asked.clear();
            state.is_settled = false;
        }
        for _ in 0..500 {
            if lock(&self.state).is_settled {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        anyhow::bail!("{} cannot listen", self.name)
    }

    /// Connections to a port from this address since it behaves so.
    pub fn connections(&self, port: u16, from: IpAddr) -> u32 {
        lock(&self.state).asked.get(&(port, from)).map_or(0, |(connections, _)| *connections)
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The host's packets to these addresses get lost, all of them, or arrive again.
pub fn silence(host: &Host, to: &[IpAddr], is_silent: bool) -> Result<()> {
    for addr in to {
        let word = if is_silent { "add" } else { "del" };
        programs::run(host, "ip", &["route", word, "blackhole", &addr.to_string()], PATIENCE)
            .with_context(|| host.name().to_owned())?;
    }
    Ok(())
}

fn serve_all(ports: &[u16], state: &Arc<Mutex<State>>, name: &str, stop: &AtomicBool) {
    let mut listeners: Vec<(u16, TcpListener)> = Vec::new();
    while !stop.load(Relaxed) {
        let listens = lock(state).manner.listens;
        if !listens {
            listeners.clear();
        } else if listeners.is_empty() {
            listeners = ports.iter().filter_map(|port| Some((*port, listen(*port)?))).collect();
        }
        {
            let mut state = lock(state);
            if state.manner.listens == listens {
                state.is_settled = listeners.len() == if listens { ports.len() } else { 0 };
            }
        }
        let mut ready: Vec<_> =
            listeners.iter().map(|(_, listener)| PollFd::new(listener, PollFlags::IN)).collect();
        let _ = poll(&mut ready, Some(&BREATH));
        for (port, listener) in &listeners {
            while let Ok((stream, from)) = listener.accept() {
                let (state, port, name) = (Arc::clone(state), *port, name.to_owned());
                let (manner, answers) = {
                    let mut state = lock(&state);
                    let manner = state.manner.clone();
                    let asked = state.asked.entry((port, from.ip())).or_default();
                    asked.0 += 1;
                    (manner, asked.1)
                };
                std::thread::spawn(move || {
                    let is_wrong = manner.wrong_words || answers < manner.wrong_first;
                    // Whoever goes away in the middle is no news.
                    if let Ok(true) = answer(&stream, &manner, is_wrong, &name)
                        && let Some(asked) = lock(&state).asked.get_mut(&(port, from.ip()))
                    {
                        asked.1 += 1;
                    }
                });
            }
        }
    }
}

fn listen(port: u16) -> Option<TcpListener> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))).ok()?;
    listener.set_nonblocking(true).ok()?;
    Some(listener)
}

/// True if it was a check that got an answer.
fn answer(mut stream: &TcpStream, manner: &Manner, is_wrong: bool, name: &str) -> std::io::Result<bool> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut head = BufReader::new(stream.take(8 << 10));
    let mut request = String::new();
    head.read_line(&mut request)?;
    let mut line = String::new();
    while head.read_line(&mut line)? > 2 {
        line.clear();
    }
    let Some(path) = request.split(' ').nth(1) else { return Ok(false) };
    let is_check = path == PATH;
    let words = if is_check && is_wrong { "out of order\n" } else { PAGE };
    let status = if is_check && manner.wrong_status { "503 Service Unavailable" } else { "200 OK" };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nX-Real-Server: {name}\r\n\
         Connection: close\r\n\r\n",
        words.len()
    );
    if !is_check {
        stream.write_all((head + words).as_bytes())?;
        return Ok(false);
    }
    stream.set_nodelay(true)?;
    let whole = head + words;
    for piece in whole.as_bytes().chunks(whole.len().div_ceil(manner.pieces.max(1))) {
        std::thread::sleep(manner.delay);
        stream.write_all(piece)?;
    }
    Ok(true)
}
