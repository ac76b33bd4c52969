//! Sends frames by a packet socket, and asks for the Ethernet address of a next hop.

use crate::load::BURST;
use anyhow::{Context, Result, ensure};
use std::net::Ipv4Addr;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};
use ulvs::host::links::Links;
use ulvs::lvs::Mac;
use ulvs::ring::{Gather, RingConfig, RxRing, VNET_LEN};

/// Bytes of its receive ring: next to nothing comes.
const RING: usize = 128 << 10;
/// How long a next hop may take to answer, and how often it is asked.
const PATIENCE: Duration = Duration::from_secs(3);
const AGAIN: Duration = Duration::from_millis(200);

/// A sender on one interface.
pub struct Sender {
    ring: RxRing,
    gather: Gather,
    mac: Mac,
}

impl Sender {
    /// Opens it in the calling thread's network namespace.
    ///
    /// # Errors
    /// No such interface, or no packet socket.
    pub fn open(interface: &str) -> Result<Self> {
        let link = Links::open()?.find(interface)?;
        ensure!(link.ethernet && link.running, "{interface}: no Ethernet link, or it is down");
        let config = RingConfig { ring_len: RING, ..RingConfig::default() };
        let ring = RxRing::open(link.ifindex, &config, None)
            .with_context(|| format!("a packet socket on {interface}"))?;
        Ok(Self { ring, gather: Gather::new(BURST), mac: link.mac })
    }

    /// The interface's address.
    pub fn mac(&self) -> Mac {
        self.mac
    }

    /// Sends frames; returns how many the kernel took.
    pub fn send<'f>(&mut self, frames: impl Iterator<Item = &'f [u8]>) -> u64 {
        let mut list = self.gather.list();
        for frame in frames {
            // More than a burst is never made.
            let _ = list.push(0, &[0; VNET_LEN], &[], frame);
        }
        list.flush(self.ring.socket().as_fd()).sent as u64
    }

    /// Asks who has this address, in nobody's name (RFC 5227), so that nobody remembers who asked; the answer is that one's
    /// Ethernet address.
    ///
    /// # Errors
    /// Nobody answers.
    pub fn resolve(&mut self, addr: Ipv4Addr) -> Result<Mac> {
        let question = arp_request(self.mac, addr);
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            self.send(std::iter::once(&question[..]));
            let asked = Instant::now();
            while asked.elapsed() < AGAIN {
                let mut sweep = self.ring.sweep(BURST);
                if let Some(mac) = sweep.frames().find_map(|frame| arp_reply(frame.bytes, addr)) {
                    return Ok(mac);
                }
                drop(sweep);
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        anyhow::bail!("the next hop {addr} does not answer (ARP)")
    }

    /// Forgets what came in meanwhile, so that the ring does not overflow.
    pub fn discard(&mut self) {
        drop(self.ring.sweep(BURST));
    }
}

fn arp_request(mac: Mac, addr: Ipv4Addr) -> Vec<u8> {
    let mut frame = Vec::with_capacity(60);
    frame.extend(Mac::BROADCAST.0);
    frame.extend(mac.0);
    frame.extend([8, 6, 0, 1, 8, 0, 6, 4, 0, 1]);
    frame.extend(mac.0);
    frame.extend([0; 4 + 6]);
    frame.extend(addr.octets());
    frame.resize(60, 0);
    frame
}

/// Whose address it is, if the frame says so.
fn arp_reply(frame: &[u8], addr: Ipv4Addr) -> Option<Mac> {
    let is_reply = frame.get(12..14)? == [8, 6] && frame.get(20..22)? == [0, 2];
    let is_his = frame.get(28..32)? == addr.octets();
    (is_reply && is_his).then_some(Mac(*frame.get(22..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_told_from_a_question() {
        let (one, other) = (Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2));
        let mut frame = arp_request(Mac([2; 6]), other);
        frame[28..32].copy_from_slice(&one.octets());
        assert_eq!(arp_reply(&frame, one), None);
        frame[21] = 2;
        assert_eq!(arp_reply(&frame, one), Some(Mac([2; 6])));
        assert_eq!(arp_reply(&frame, other), None);
        assert_eq!(arp_reply(&frame[..30], one), None);
    }
}
