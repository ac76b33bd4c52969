//! An Ethernet switch in user space, for kernels without `bridge`: learns who is where, floods what it does not know.
//!
//! Frames cross with their virtio header, so super-frames and unfinished checksums stay what they are, as in a bridge.

use super::{Worker, wait_readable};
use crate::host::Host;
use crate::sys;
use anyhow::{Context, Result};
use rustix::net::{RecvFlags, SendFlags};
use std::collections::HashMap;
use std::os::fd::{AsFd, OwnedFd};
use ulvs::frame::VnetHeader;
use ulvs::lvs::Mac;

/// Largest frame with its virtio header.
const FRAME_LEN: usize = VnetHeader::LEN + 14 + 65535;
/// Ethernet addresses remembered; when there are more, all are learnt anew.
const MAX_MACS: usize = 1024;
/// Frames taken from one port before the next has its turn.
const TURN: usize = 64;

/// A running switch.
pub struct Switch {
    _worker: Worker,
}

impl Switch {
    /// Starts to switch between these interfaces of a host, which must be up.
    ///
    /// # Errors
    /// No such interface, or no CAP_NET_RAW there.
    pub fn start(host: &Host, ports: &[&str]) -> Result<Self> {
        let sockets = host
            .run(|| ports.iter().map(|port| sys::switch_socket(port)).collect::<std::io::Result<Vec<_>>>())?
            .with_context(|| format!("switch {}", host.name()))?;
        let worker = Worker::start(format!("switch-{}", host.name()), move |stop| {
            let mut places = Places::default();
            let mut buffer = vec![0; FRAME_LEN];
            while !stop.is_set() {
                let fds: Vec<_> = sockets.iter().map(|socket| socket.as_fd()).collect();
                for (from, _) in wait_readable(&fds).iter().enumerate().filter(|(_, readable)| **readable) {
                    for _ in 0..TURN {
                        let taken = rustix::net::recv(&sockets[from], &mut buffer[..], RecvFlags::DONTWAIT);
                        let Ok((len, _)) = taken else { break };
                        pass_on(&sockets, &mut places, from, &buffer[..len]);
                    }
                }
            }
        })?;
        Ok(Self { _worker: worker })
    }
}

fn pass_on(sockets: &[OwnedFd], places: &mut Places, from: usize, frame: &[u8]) {
    let known = places.learn(frame.get(VnetHeader::LEN..).unwrap_or_default(), from);
    for (to, socket) in sockets.iter().enumerate() {
        if to != from && known.is_none_or(|port| port == to) {
            // A full queue loses frames, as in any switch.
            let _ = rustix::net::send(socket, frame, SendFlags::empty());
        }
    }
}

/// Which Ethernet address was last seen at which port.
#[derive(Default)]
struct Places(HashMap<Mac, usize>);

impl Places {
    /// Learns a frame's source; the port of its destination, if it is known.
    fn learn(&mut self, frame: &[u8], port: usize) -> Option<usize> {
        let mac = |at: usize| Some(Mac(frame.get(at..at + 6)?.try_into().ok()?));
        let (to, from) = (mac(0)?, mac(6)?);
        if self.0.len() >= MAX_MACS && !self.0.contains_key(&from) {
            self.0.clear();
        }
        if !from.is_group() {
            self.0.insert(from, port);
        }
        if to.is_group() { None } else { self.0.get(&to).copied() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(to: u8, from: u8) -> Vec<u8> {
        vec![to, 0, 0, 0, 0, 1, from, 0, 0, 0, 0, 1, 8, 0]
    }

    #[test]
    fn learns_sources_and_floods_the_rest() {
        let mut places = Places::default();
        assert_eq!(places.learn(&frame(4, 2), 0), None, "unknown: flood");
        assert_eq!(places.learn(&frame(2, 4), 1), Some(0));
        assert_eq!(places.learn(&frame(4, 2), 0), Some(1));
        assert_eq!(places.learn(&frame(0xff, 2), 2), None, "group: flood; and it has moved");
        assert_eq!(places.learn(&frame(2, 4), 1), Some(2));
        assert_eq!(places.learn(&[1, 2, 3], 0), None);
    }
}
