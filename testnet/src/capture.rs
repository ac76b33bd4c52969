//! Every frame that crosses a cable, seen at the end where it arrives.
//!
//! One packet socket on each end of each cable, arriving frames only. So each crossing is seen once, with the kernel's
//! time of arrival, and also when its sender goes past the sender's own taps (a director may: PACKET_QDISC_BYPASS), or
//! drops what it has tapped.

use crate::actor::{Worker, wait_readable};
use crate::lab::Lab;
use crate::sys;
use crate::topology::Port;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Bytes kept of each frame.
const SNAP_LEN: usize = 2048;
/// Bytes kept in all; later frames are counted only.
const MAX_BYTES: usize = 64 << 20;

/// A frame that crossed a cable.
#[derive(Clone, Debug)]
pub struct Crossing {
    /// When it arrived, since the Unix epoch, by the kernel.
    pub at: Duration,
    /// Where it came from: the other end of the cable.
    pub from: Port,
    /// Where it arrived.
    pub to: Port,
    /// Its first 2048 bytes.
    pub bytes: Vec<u8>,
    /// Its length on the wire.
    pub wire_len: usize,
}

#[derive(Default)]
struct Film {
    frames: Vec<Crossing>,
    bytes: usize,
    missed: u64,
    paused: bool,
}

/// A running capture of a whole lab.
pub struct Capture {
    film: Arc<Mutex<Film>>,
    _worker: Worker,
}

struct Tap {
    from: Port,
    to: Port,
    socket: OwnedFd,
}

impl Capture {
    /// Starts to look at every cable of the lab.
    ///
    /// # Errors
    /// No CAP_NET_RAW in the lab's namespaces.
    pub fn start(lab: &Lab) -> Result<Self> {
        Self::of_heads(lab, SNAP_LEN)
    }

    /// As [`Capture::start`]; of each frame these first bytes are kept, at most 2048.
    ///
    /// # Errors
    /// As [`Capture::start`].
    pub fn of_heads(lab: &Lab, bytes: usize) -> Result<Self> {
        let mut taps = Vec::new();
        for cable in &lab.topology().cables {
            for (from, to) in [(&cable.a, &cable.b), (&cable.b, &cable.a)] {
                let socket = lab
                    .host(&to.host)?
                    .run(|| sys::packet_socket(&to.interface))?
                    .with_context(|| format!("capture on {to}"))?;
                taps.push(Tap { from: from.clone(), to: to.clone(), socket });
            }
        }
        let film = Arc::new(Mutex::new(Film::default()));
        let theirs = Arc::clone(&film);
        let worker = Worker::start("capture".to_owned(), move |stop| {
            let mut buffer = vec![0; bytes.min(SNAP_LEN)];
            while !stop.is_set() {
                let fds: Vec<_> = taps.iter().map(|tap| tap.socket.as_fd()).collect();
                for (tap, _) in taps.iter().zip(wait_readable(&fds)).filter(|(_, readable)| *readable) {
                    take(tap, &mut buffer, &theirs);
                }
            }
        })?;
        Ok(Self { film, _worker: worker })
    }

    /// What was seen so far in the order of time, and how many frames were too many to keep. Waits a moment first, so
    /// that frames that have arrived have also been taken.
    pub fn frames(&self) -> (Vec<Crossing>, u64) {
        std::thread::sleep(Duration::from_millis(100));
        let film = self.film.lock().unwrap_or_else(PoisonError::into_inner);
        let mut frames = film.frames.clone();
        frames.sort_by_key(|crossing| crossing.at);
        (frames, film.missed)
    }

    /// Forgets what was seen so far, and goes on.
    pub fn clear(&self) {
        *self.film.lock().unwrap_or_else(PoisonError::into_inner) = Film::default();
    }

    /// Forgets what was seen so far and keeps nothing more, until [`Capture::clear`].
    pub fn pause(&self) {
        *self.film.lock().unwrap_or_else(PoisonError::into_inner) = Film { paused: true, ..Film::default() };
    }
}

fn take(tap: &Tap, buffer: &mut [u8], film: &Mutex<Film>) {
    while let Ok(Some(received)) = sys::receive(tap.socket.as_fd(), buffer) {
        if received.is_outgoing {
            continue;
        }
        let mut film = film.lock().unwrap_or_else(PoisonError::into_inner);
        if film.paused || film.bytes >= MAX_BYTES {
            film.missed += 1;
            continue;
        }
        film.bytes += received.stored;
        film.frames.push(Crossing {
            at: received.at,
            from: tap.from.clone(),
            to: tap.to.clone(),
            bytes: buffer[..received.stored].to_vec(),
            wire_len: received.original,
        });
    }
}

/// Writes one file per host, `HOST.pcap`, with what arrived there and what left. Switches have none: theirs would repeat
/// the hosts'.
///
/// # Errors
/// The directory or a file cannot be written.
pub fn write_pcaps(
    directory: &Path,
    frames: &[Crossing],
    is_switch: impl Fn(&str) -> bool,
) -> Result<Vec<String>> {
    std::fs::create_dir_all(directory).with_context(|| format!("creating {}", directory.display()))?;
    let mut by_host: BTreeMap<&str, Vec<&Crossing>> = BTreeMap::new();
    for crossing in frames {
        let ends = [crossing.from.host.as_str(), crossing.to.host.as_str()];
        let one_host = ends[0] == ends[1]; // a cable within a host is seen once
        for host in &ends[usize::from(one_host)..] {
            if !is_switch(host) {
                by_host.entry(host).or_default().push(crossing);
            }
        }
    }
    let mut names = Vec::new();
    for (host, crossings) in by_host {
        let path = directory.join(format!("{host}.pcap"));
        write_pcap(&path, &crossings).with_context(|| format!("writing {}", path.display()))?;
        names.push(path.display().to_string());
    }
    Ok(names)
}

/// The classic pcap format with nanoseconds, Ethernet, in this machine's byte order (readers look at the magic).
fn write_pcap(path: &Path, crossings: &[&Crossing]) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(&0xa1b2_3c4d_u32.to_ne_bytes())?;
    file.write_all(&2_u16.to_ne_bytes())?;
    file.write_all(&4_u16.to_ne_bytes())?;
    for word in [0, 0, SNAP_LEN as u32, 1] {
        file.write_all(&u32::to_ne_bytes(word))?;
    }
    for crossing in crossings {
        let words = [
            crossing.at.as_secs() as u32,
            crossing.at.subsec_nanos(),
            crossing.bytes.len() as u32,
            crossing.wire_len as u32,
        ];
        for word in words {
            file.write_all(&word.to_ne_bytes())?;
        }
        file.write_all(&crossing.bytes)?;
    }
    file.flush()
}
