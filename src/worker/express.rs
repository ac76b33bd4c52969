//! The fast way beside the rings: opens AF_XDP sockets, hooks the programs, and keeps them to what is claimed.

use crate::control::effect::ClaimPlan;
use crate::frame::xdp::Express;
use crate::lvs::{Endpoint, PortId, Protocol};
use crate::ring::xdp::{
    self, Direction, Facts, Hook, HookMode, Steering, Target, Wanted, XdpError, longest_frame,
};

/// Length of an Ethernet header with a tag: an MTU does not count it.
const LINK_HEADER: u32 = 18;
/// Lengths of chunks that there can be: half a page, and a page.
const CHUNKS: [usize; 2] = [2048, 4096];

/// AF_XDP for a director's interfaces.
#[derive(Debug)]
pub struct ExpressWay {
    steering: Steering,
    chunk_len: usize,
    /// By interface: the hooked program with what is known of the link, or why there is none.
    ports: Vec<Result<Open, String>>,
}

#[derive(Debug)]
struct Open {
    hook: Hook,
    ifindex: u32,
    /// Queues that have a socket, of those that the link has.
    queues: (u32, u32),
}

impl ExpressWay {
    /// How frames come where there is no fast way.
    pub const NONE: &str = "AF_PACKET";

    /// Loads the programs for so many interfaces with MTUs up to `mtu` bytes. It needs CAP_BPF, so it comes before
    /// privileges are given up.
    ///
    /// # Errors
    /// [`XdpError`]: the kernel cannot, or may not, have them.
    pub fn load(ports: u8, mtu: u32) -> Result<Self, XdpError> {
        let fits = |chunk_len: &usize| frame_len(mtu) <= longest_frame(*chunk_len);
        let [half, whole] = CHUNKS;
        let chunk_len = if fits(&half) { half } else { whole };
        Ok(Self {
            steering: Steering::load(ports, longest_frame(chunk_len))?,
            chunk_len,
            ports: (0..ports).map(|_| Err("not yet open".to_owned())).collect(),
        })
    }

    /// Opens an interface: a socket for each worker that has a queue of its own (worker `n` queue `n`). Where that cannot
    /// be, it says why and there are none: everything comes by the packet rings.
    pub fn open(&mut self, port: PortId, ifindex: u32, workers: usize) -> Vec<Option<Express>> {
        if port.index() >= self.ports.len() {
            return (0..workers).map(|_| None).collect(); // the door to the host: no frame there hurries
        }
        self.close(port);
        let (opened, sockets) = match self.try_open(port.0, ifindex, workers) {
            Ok((open, sockets)) => (Ok(open), sockets),
            Err(error) => {
                tracing::warn!(ifindex, "no AF_XDP, by AF_PACKET alone: {error}");
                (Err(error.to_string()), Vec::new())
            }
        };
        if let Some(place) = self.ports.get_mut(port.index()) {
            *place = opened;
        }
        if self.ports.get(port.index()).is_some_and(Result::is_ok) {
            tracing::info!(ifindex, "{}", self.describe(port));
        }
        let mut sockets = sockets.into_iter();
        (0..workers).map(|_| sockets.next()).collect()
    }

    fn try_open(&mut self, port: u8, ifindex: u32, workers: usize) -> Result<(Open, Vec<Express>), XdpError> {
        let facts = facts(ifindex)?;
        let most = longest_frame(self.chunk_len);
        if frame_len(facts.mtu) > most {
            return Err(XdpError::TooLong { mtu: facts.mtu, most });
        }
        let asked = |source| XdpError::Attach { ifindex, source };
        self.steering.set_mac(port, facts.mac).map_err(asked)?;
        let served = facts.queues.min(u32::try_from(workers).unwrap_or(u32::MAX));
        let mut sockets = Vec::new();
        // Sockets on a queue need a running program in native mode on some drivers, so the hook comes first; until a
        // socket is connected, the program passes everything.
        let hook = self.steering.hook(port, ifindex)?;
        for queue in 0..served {
            let socket = xdp::open(ifindex, queue, self.chunk_len)?;
            self.steering.connect(port, queue, &socket.0).map_err(asked)?;
            sockets.push(socket);
        }
        Ok((Open { hook, ifindex, queues: (served, facts.queues) }, sockets))
    }

    /// The interface is gone.
    pub(super) fn close(&mut self, port: PortId) {
        if let Some(place) = self.ports.get_mut(port.index()) {
            *place = Err("closed".to_owned());
        }
    }

    /// Leads to the sockets what is claimed, as far as the program can tell it. Links may have changed, too.
    pub fn follow(&mut self, plan: &ClaimPlan) {
        for (port, open) in
            (0..).zip(&self.ports).filter_map(|(port, open)| Some((port, open.as_ref().ok()?)))
        {
            let known = facts(open.ifindex).and_then(|facts: Facts| {
                let asked = |source| XdpError::Attach { ifindex: open.ifindex, source };
                self.steering.set_mac(port, facts.mac).map_err(asked)
            });
            if let Err(error) = known {
                tracing::debug!(%error, "the program keeps the MAC address that it knows");
            }
        }
        if let Err(error) = self.steering.follow(&wanted(plan)) {
            tracing::warn!(%error, "a part of what is claimed comes by AF_PACKET: the program's maps do not take it");
        }
    }

    /// By which way frames come, in words.
    pub fn describe(&self, port: PortId) -> String {
        match self.ports.get(port.index()) {
            None => Self::NONE.to_owned(),
            Some(Err(why)) => format!("{} ({why})", Self::NONE),
            Some(Ok(Open { hook, queues: (served, all), .. })) => {
                let mode = match hook.mode {
                    HookMode::Native => "native",
                    HookMode::Generic => "generic",
                };
                if served == all {
                    format!("AF_XDP {mode}")
                } else {
                    format!(
                        "AF_XDP {mode}, {served} of {all} queues: a worker serves one; the rest by AF_PACKET"
                    )
                }
            }
        }
    }
}

fn facts(ifindex: u32) -> Result<Facts, XdpError> {
    xdp::facts(ifindex).map_err(|source| XdpError::Attach { ifindex, source })
}

fn frame_len(mtu: u32) -> usize {
    usize::try_from(mtu.saturating_add(LINK_HEADER)).unwrap_or(usize::MAX)
}

/// What of a claim the program can tell by itself: TCP and UDP to VIPs, to services on the host's own addresses, and from
/// NAT real servers. What is claimed by marks, or for FTP's data alone, comes by the packet rings.
fn wanted(plan: &ClaimPlan) -> Wanted {
    if plan.devices.is_empty() {
        return Wanted::default();
    }
    let target = |direction| {
        move |(protocol, endpoint): &(Protocol, Endpoint)| {
            let known = matches!(protocol, Protocol::Tcp | Protocol::Udp);
            known.then_some(Target {
                direction,
                addr: endpoint.addr,
                protocol: protocol.number(),
                port: endpoint.port,
            })
        }
    };
    let services = plan.services.iter().filter_map(target(Direction::To));
    let replies = plan.nat_sources.iter().filter_map(target(Direction::From));
    Wanted {
        vips: plan.addresses.clone(),
        targets: services.chain(replies).collect(),
        host: plan.host_addresses.clone(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn of_a_claim_what_the_program_can_tell() {
        let end = |addr: &str, port| Endpoint::new(addr.parse().unwrap(), port);
        let plan = ClaimPlan {
            devices: ["eth0".to_owned()].into(),
            addresses: ["10.0.0.100".parse().unwrap()].into(),
            services: [(Protocol::Tcp, end("10.0.0.1", 80)), (Protocol::Sctp, end("10.0.0.1", 7))].into(),
            nat_sources: [(Protocol::Udp, end("10.0.0.11", 0))].into(),
            host_addresses: ["10.0.0.1".parse().unwrap()].into(),
            ..ClaimPlan::default()
        };
        let wanted_now = wanted(&plan);
        let target = |direction, addr: &str, protocol, port| Target {
            direction,
            addr: addr.parse().unwrap(),
            protocol,
            port,
        };
        let expected =
            [target(Direction::To, "10.0.0.1", 6, 80), target(Direction::From, "10.0.0.11", 17, 0)];
        assert_eq!(wanted_now.targets, expected.into());
        assert_eq!((wanted_now.vips, wanted_now.host), (plan.addresses.clone(), plan.host_addresses.clone()));
        assert_eq!(wanted(&ClaimPlan { devices: Default::default(), ..plan }), Wanted::default());
    }

    #[test]
    fn mtus_and_chunks() {
        assert!(frame_len(1774) <= longest_frame(2048) && frame_len(1775) > longest_frame(2048));
        assert!(frame_len(3822) <= longest_frame(4096) && frame_len(3823) > longest_frame(4096));
        assert_eq!(frame_len(u32::MAX), u32::MAX as usize);
    }
}
