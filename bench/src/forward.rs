//! Whoever forwards, on the director's host: one at a time.

use crate::bed::{Bed, VIP, VIP_SINK, claim};
use crate::director::{Control, CrewAtWork, InlineDirector};
use crate::reflector::{self, Reflector};
use crate::scenario::Way;
use anyhow::Result;
use ulvs::host::claim::Claim;
use ulvs::ring::{RingConfig, RxRing};

/// Forwarding within the calling thread: turn by turn, as its caller wishes.
pub enum Inline {
    /// Nothing to do: dropped at the ingress behind this claim.
    Load(Claim),
    /// Nothing to do: the kernel forwards within the sender's system call.
    Kernel,
    /// The bare reflector.
    Reflector(Box<Reflector>),
    /// The director.
    Director(Box<InlineDirector>),
}

/// Forwarding by a thread of its own, until dropped. Held for that alone.
pub enum Threaded {
    /// The kernel has its own.
    Kernel,
    /// The bare reflector.
    Reflector {
        /// Held to be dropped.
        _running: reflector::Running,
    },
    /// The director's worker, and then its control plane.
    Director {
        /// Held to be dropped.
        _crew: CrewAtWork,
        /// Held to be dropped.
        _control: Control,
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
                let control = Control::start(bed, method)?;
                Self::Director(Box::new(InlineDirector::open(bed, control)?))
            }
            (Way::Reflector, _) => Self::Reflector(Box::new(Reflector::open(bed)?)),
            (Way::Kernel, _) => Self::Kernel,
            _ => Self::Load(bed.director()?.run(|| claim(&["eth0"], &[VIP, VIP_SINK], &[]))??),
        })
    }

    /// Forwards what is there now; 0 when nothing was.
    pub fn turn(&mut self) -> usize {
        match self {
            Self::Load(_) | Self::Kernel => 0,
            Self::Reflector(reflector) => reflector.turn(),
            Self::Director(director) => director.turn(),
        }
    }

    /// The same with a worker thread of its own, pinned to `cpu`. `None` where nothing is forwarded.
    ///
    /// # Errors
    /// No thread, or no rings.
    pub fn into_threaded(self, bed: &Bed, cpu: usize) -> Result<Option<Threaded>> {
        Ok(match self {
            Self::Load(mut claim) => {
                claim.withdraw()?;
                None
            }
            Self::Kernel => Some(Threaded::Kernel),
            Self::Reflector(reflector) => Some(Threaded::Reflector { _running: reflector.start(cpu)? }),
            Self::Director(director) => {
                let control = director.into_control();
                Some(Threaded::Director { _crew: control.start_worker(bed, cpu)?, _control: control })
            }
        })
    }
}

/// A ring on each of the director's interfaces, in the order of their ports, made as a worker's are.
///
/// # Errors
/// A ring was refused.
pub fn open_rings(bed: &Bed) -> Result<Vec<Option<RxRing>>> {
    let ports = bed.director_ports()?;
    bed.director()?.run(|| {
        ports
            .iter()
            .map(|(_, ifindex)| Ok(Some(RxRing::open(*ifindex, &RingConfig::default(), None)?)))
            .collect()
    })?
}
