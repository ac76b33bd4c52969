//! The bare reflector: the director's rings, waits and sends, and nothing of the director. The floor below every figure
//! of the director.

use crate::bed::{
    Bed, CLIENT_MAC, Dam, INNER_MAC, OUTER_MAC, SERVER_MAC, VIP, VIP_DIRECT, VIP_SINK, hold_back,
};
use crate::forward::open_rings;
use crate::observe;
use crate::scenario::{BULK_PORT, ECHO_PORT, HTTP_PORT};
use anyhow::{Context, Result};
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use ulvs::frame::packet::{PacketIo, TxSet};
use ulvs::frame::{Frame, FrameSink};
use ulvs::lvs::{Endpoint, Mac, PortId, Protocol};
use ulvs::ring::RxRing;
use ulvs::worker::Wake;

/// As the worker's.
const SWEEP: usize = 64;
const INNER: PortId = PortId(0);
const OUTER: PortId = PortId(1);

/// A reflector on the director's host. The host's stack is kept off its traffic just as the director does.
pub struct Reflector {
    io: PacketIo,
    /// Held to be dropped.
    _dam: Arc<Dam>,
}

impl Reflector {
    /// Opens it.
    ///
    /// # Errors
    /// No rings, or no claim.
    pub fn open(bed: &Bed) -> Result<Self> {
        let rings = open_rings(bed, 1)?.pop().context("rings for the reflector")?;
        Ok(Self::new(Arc::new(Self::dam(bed)?), rings))
    }

    /// One of several that share a dam, with these rings.
    pub fn new(dam: Arc<Dam>, rings: Vec<Option<RxRing>>) -> Self {
        Self { io: PacketIo::new(rings), _dam: dam }
    }

    /// What keeps the host's stack off.
    ///
    /// # Errors
    /// No claim.
    pub fn dam(bed: &Bed) -> Result<Dam> {
        let replies = [(Protocol::Udp, ECHO_PORT), (Protocol::Tcp, BULK_PORT), (Protocol::Tcp, HTTP_PORT)]
            .map(|(protocol, port)| (protocol, Endpoint::new(IpAddr::V4(VIP), port)));
        bed.director()?.run(|| hold_back(&["eth0", "eth1"], &[VIP, VIP_DIRECT, VIP_SINK], &replies))?
    }

    /// Takes and sends on what is there now; returns how many frames.
    pub fn turn(&mut self) -> usize {
        [INNER, OUTER].into_iter().map(|port| self.sweep(port)).sum()
    }

    fn sweep(&mut self, port: PortId) -> usize {
        let (out, from, to) =
            if port == INNER { (OUTER, OUTER_MAC, SERVER_MAC) } else { (INNER, INNER_MAC, CLIENT_MAC) };
        self.io.turn(port, SWEEP, |frame, sink| reflect(frame, sink, out, from, to)).frames
    }

    /// Gives the work to a pinned thread until the handle is dropped.
    ///
    /// # Errors
    /// No thread or eventfd.
    pub fn start(mut self, cpu: usize) -> Result<Running> {
        let (stop, wake) = (Arc::new(AtomicBool::new(false)), Wake::new()?);
        let (stopped, woken) = (Arc::clone(&stop), wake.clone());
        let (born, tid) = std::sync::mpsc::sync_channel(1);
        let thread = std::thread::Builder::new().name("reflector".to_owned()).spawn(move || {
            observe::pin(cpu);
            // The one that waits for it is the one that started this thread.
            let _ = born.send(rustix::thread::gettid().as_raw_nonzero().get());
            while !stopped.load(Ordering::Relaxed) {
                let ready = self.io.wait(woken.as_fd(), Duration::from_millis(500));
                for port in ready.frames.iter() {
                    self.sweep(port);
                }
            }
            self
        })?;
        Ok(Running { stop, wake, tid: tid.recv()?, thread: Some(thread) })
    }
}

/// The whole of the reflector's work on a frame. Only to and from the client: nothing else lives on these cables.
fn reflect<'f>(frame: Frame<'f>, sink: &mut TxSet<'_, 'f>, out: PortId, from: Mac, to: Mac) {
    let Frame { bytes, meta } = frame;
    let Some((macs, _)) = bytes.split_first_chunk_mut::<12>() else { return };
    macs[..6].copy_from_slice(&to.0);
    macs[6..].copy_from_slice(&from.0);
    // A full sink loses the frame, which the loss shows.
    let _ = sink.emit(out, &meta.vnet, &[], bytes);
}

/// A reflector at work.
pub struct Running {
    stop: Arc<AtomicBool>,
    wake: Wake,
    tid: i32,
    thread: Option<JoinHandle<Reflector>>,
}

impl Running {
    /// Its thread's id.
    pub fn tid(&self) -> i32 {
        self.tid
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.wake.ring();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
