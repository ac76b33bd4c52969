//! A cable between a scenario and the director in this process: its frames come in and go out by the real rings and
//! sockets, over a veth pair in a network namespace of the calling thread's own.

use super::rig;
use anyhow::{Context, Result, bail, ensure};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use ulvs::frame::packet::{PacketIo, TxSet};
use ulvs::frame::{Frame, VnetHeader};
use ulvs::host::links::{LinkChange, Links, VethEnd};
use ulvs::host::netns;
use ulvs::lvs::PortId;
use ulvs::ring::{RingConfig, RxRing};
use ulvs::worker::{ExpressWay, Wake};

const ONE: PortId = PortId(0);
/// Room for the longest frames of scenarios; native XDP on veth takes no more than some 3500.
const MTU: u32 = 3500;
const ETHERNET: usize = 14;
const PATIENCE: Duration = Duration::from_secs(3);

/// How scenarios' frames come to the director.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Io {
    /// From memory: no network, no root.
    #[default]
    Memory,
    /// By packet rings.
    Packet,
    /// By AF_XDP what the program leads there, the rest by packet rings.
    AfXdp,
}

/// Frames that went over cables so far: by AF_XDP, by the ring.
static CARRIED: [AtomicU64; 2] = [AtomicU64::new(0), AtomicU64::new(0)];

/// The cable, with both ends.
pub struct Wire {
    gate: PacketIo,
    director: PacketIo,
    wake: Wake,
    /// What leads frames to AF_XDP, shared with the keeper's outside.
    pub express: Option<Arc<Mutex<ExpressWay>>>,
}

impl Wire {
    /// Lays it, in a new network namespace that the calling thread enters for good.
    ///
    /// # Errors
    /// No privilege, no veth; or no AF_XDP where that is wanted.
    pub fn lay(io: Io) -> Result<Self> {
        netns::unshare_net().context("a network namespace (run as root)")?;
        for whose in ["all", "default"] {
            // Where there is no IPv6 nobody speaks unasked.
            let _ = std::fs::write(format!("/proc/sys/net/ipv6/conf/{whose}/disable_ipv6"), "1");
        }
        let mut links = Links::open()?;
        let end = |name, mac| VethEnd { name, mac: Some(mac), netns: None };
        links.add_veth(&end("vec0", rig::DIRECTOR), &end("gate0", rig::GATEWAY))?;
        let up = LinkChange { up: Some(true), mtu: Some(MTU), ..LinkChange::default() };
        let (here, there) = (links.find("vec0")?.ifindex, links.find("gate0")?.ifindex);
        links.change(here, &up)?;
        links.change(there, &up)?;
        let config = RingConfig { ring_len: 1 << 20, ..RingConfig::default() };
        let open = |ifindex| -> Result<_> {
            Ok(PacketIo::new(vec![Some(RxRing::open(ifindex, &config, None)?)]).coalesce(true))
        };
        let (gate, mut director) = (open(there)?, open(here)?);
        let mut express = None;
        if io == Io::AfXdp {
            let mut way = ExpressWay::load(1, MTU)?;
            let Some(Some(socket)) = way.open(ONE, here, 1).pop() else {
                bail!("no AF_XDP: {}", way.describe(ONE))
            };
            director.add_express(ONE, socket);
            express = Some(Arc::new(Mutex::new(way)));
        }
        wait_running(&mut links)?;
        Ok(Self { gate, director, wake: Wake::new()?, express })
    }

    /// True if a frame of that length can be carried.
    pub fn carries(frame: &[u8]) -> bool {
        (ETHERNET..=ETHERNET + MTU as usize).contains(&frame.len())
    }

    /// Sends one frame to the director's end, shows what arrives there to `each`, and returns what comes back from it.
    ///
    /// # Errors
    /// It did not arrive, or what was sent did not come back, in time.
    pub fn carry(
        &mut self,
        frame: &[u8],
        mut each: impl for<'f> FnMut(Frame<'f>, &mut TxSet<'_, 'f>),
    ) -> Result<Vec<Vec<u8>>> {
        let sent = self.gate.send(ONE, &VnetHeader::default(), frame);
        ensure!(sent.sent == 1, "a frame of {} bytes could not be sent: {sent:?}", frame.len());
        let deadline = Instant::now() + PATIENCE;
        let turn = loop {
            self.director.wait(self.wake.as_fd(), PATIENCE);
            let turn = self.director.turn(ONE, 1, &mut each);
            if turn.frames > 0 {
                break turn;
            }
            ensure!(Instant::now() < deadline, "a frame of {} bytes did not arrive", frame.len());
        };
        if let Some(carried) = CARRIED.get(usize::from(!turn.is_express)) {
            carried.fetch_add(1, Relaxed);
        }
        ensure!(turn.flush.lost() == 0, "the kernel did not send an answer: {:?}", turn.flush);
        let mut back: Vec<Vec<u8>> = Vec::new();
        while back.len() < turn.flush.sent as usize {
            self.gate.wait(self.wake.as_fd(), PATIENCE);
            self.gate.turn(ONE, 64, |frame, _| back.push(frame.bytes.to_vec()));
            ensure!(Instant::now() < deadline, "{} of {} answers came back", back.len(), turn.flush.sent);
        }
        Ok(back)
    }
}

/// How many frames went over cables by AF_XDP, and how many by the ring.
pub fn carried() -> [u64; 2] {
    [CARRIED[0].load(Relaxed), CARRIED[1].load(Relaxed)]
}

/// The kernel tells of carrier a moment after a link is up, sometimes only at the next full second.
fn wait_running(links: &mut Links) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !links.list()?.iter().all(|link| link.running || link.name == "lo") {
        ensure!(Instant::now() < deadline, "a link stays without carrier");
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}
