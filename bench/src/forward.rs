//! Whoever forwards, on the director's host: one at a time.

use crate::bed::{Bed, Dam, VIP, VIP_SINK, hold_back};
use crate::director::{Control, InlineDirector};
use crate::ipvs::Ipvs;
use crate::nft::Nft;
use crate::observe::Worker;
use crate::process::UlvsRun;
use crate::programs::Proxy;
use crate::reflector::{self, Reflector};
use crate::scenario::Way;
use anyhow::Result;
use ulvs::ring::{Fanout, FanoutMode, RingConfig, RxRing};
use ulvs::worker::Profile;

/// Forwarding within the calling thread: turn by turn, as its caller wishes.
pub enum Inline {
    /// Nothing to do: dropped at the ingress.
    Load {
        /// Held to be dropped.
        _dam: Box<Dam>,
    },
    /// Nothing to do: the kernel forwards within the sender's system call.
    Kernel,
    /// Nor here: it translates besides.
    Nft(Nft),
    /// The bare reflector.
    Reflector(Box<Reflector>),
    /// The director.
    Director(Box<InlineDirector>),
}

/// Forwarding by somebody else, until dropped.
pub enum Apart {
    /// The kernel: in the sender's soft interrupts.
    Kernel,
    /// It translates besides.
    Nft(Nft),
    /// The bare reflector on a thread of its own.
    Reflector(reflector::Running),
    /// The director as it runs in production: `ulvs run`.
    Director(UlvsRun),
    /// A proxy.
    Proxy(Proxy),
    /// The kernel's IPVS in a user-mode Linux.
    Ipvs {
        /// Held to be dropped.
        _kernel: Box<Ipvs>,
    },
}

impl Inline {
    /// Sets it up.
    ///
    /// # Errors
    /// No rings, no claim, or the director does not start.
    pub fn open(bed: &Bed, way: Way) -> Result<Self> {
        Ok(match (way, way.method()) {
            (_, Some(method)) => {
                let control = Control::start(bed, method, 1)?;
                Self::Director(Box::new(InlineDirector::open(bed, control)?))
            }
            (Way::Reflector, _) => Self::Reflector(Box::new(Reflector::open(bed)?)),
            (Way::Kernel, _) => Self::Kernel,
            (Way::Dnat | Way::Masquerade, _) => Self::Nft(Nft::start(bed, way == Way::Masquerade)?),
            _ => Self::Load {
                _dam: Box::new(bed.director()?.run(|| hold_back(&["eth0"], &[VIP, VIP_SINK], &[]))??),
            },
        })
    }

    /// Forgets what it knows of flows, where a table might otherwise be full before the figures are taken.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn forget(&mut self) -> Result<()> {
        if let Self::Nft(nft) = self { nft.forget() } else { Ok(()) }
    }

    /// Connections that it knows, if it is the director.
    pub fn connections(&self) -> Option<u64> {
        if let Self::Director(director) = self { Some(director.connections()) } else { None }
    }

    /// Forwards what is there now; 0 when nothing was.
    pub fn turn(&mut self) -> usize {
        match self {
            Self::Load { .. } | Self::Kernel | Self::Nft(_) => 0,
            Self::Reflector(reflector) => reflector.turn(),
            Self::Director(director) => director.turn(),
        }
    }
}

impl Apart {
    /// Starts it on one CPU, the director by this profile. `None` where nothing is forwarded.
    ///
    /// # Errors
    /// No thread, no rings, or `ulvs run` does not start.
    pub fn start(bed: &Bed, way: Way, cpu: usize, profile: Profile) -> Result<Option<Self>> {
        Ok(match (way, way.method()) {
            (_, Some(method)) => {
                let profile = ["--profile", profile.name()];
                Some(Self::Director(UlvsRun::start_on(bed, method, &[cpu], &profile)?))
            }
            (Way::Reflector, _) => Some(Self::Reflector(Reflector::open(bed)?.start(cpu)?)),
            (Way::Kernel, _) => Some(Self::Kernel),
            (Way::Dnat | Way::Masquerade, _) => Some(Self::Nft(Nft::start(bed, way == Way::Masquerade)?)),
            (Way::Haproxy | Way::Nginx, _) => Some(Self::Proxy(Proxy::start(bed, way, cpu)?)),
            (Way::Ipvs, _) => Some(Self::Ipvs { _kernel: Box::new(Ipvs::start(bed, cpu)?) }),
            _ => None,
        })
    }

    /// As [`Inline::forget`].
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn forget(&mut self) -> Result<()> {
        if let Self::Nft(nft) = self { nft.forget() } else { Ok(()) }
    }

    /// Whose CPU time the forwarding is. `None`: the load's own, in its soft interrupts.
    pub fn worker(&self) -> Option<Worker> {
        match self {
            Self::Kernel | Self::Nft(_) | Self::Ipvs { .. } => None,
            Self::Proxy(proxy) => Some(Worker::Process(proxy.pid())),
            Self::Reflector(running) => Some(Worker::Thread(running.tid())),
            Self::Director(process) => Some(Worker::Process(process.pid())),
        }
    }
}

/// For each of so many workers a ring on each of the director's interfaces, in the order of their ports, made and shared
/// as a crew's are.
///
/// # Errors
/// A ring was refused.
pub fn open_rings(bed: &Bed, workers: usize) -> Result<Vec<Vec<Option<RxRing>>>> {
    let ports = bed.director_ports()?;
    bed.director()?.run(|| {
        let mut rings: Vec<Vec<_>> = (0..workers).map(|_| Vec::new()).collect();
        for ((_, ifindex), group) in ports.iter().zip(1..) {
            let fanout = (workers > 1).then_some(Fanout { group, mode: FanoutMode::default() });
            for mine in &mut rings {
                mine.push(Some(RxRing::open(*ifindex, &RingConfig::default(), fanout)?));
            }
        }
        Ok(rings)
    })?
}
