//! Checks that go through the VIP. Whoever knows the director lends a [`Passage`]: a flow that is admitted there goes to one
//! real server, wherever its packets are bound.

use super::Target;
use crate::lvs::{Origin, Protocol, RealServerSpec};
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a way may take to be opened: a configuration has just come.
const OPENING: Duration = Duration::from_secs(1);

/// How long a packet may take from the host's stack through the director, once what is asked has answered.
const CARRIAGE: Duration = Duration::from_millis(500);

/// How often either is looked for.
const LOOK: Duration = Duration::from_millis(10);

/// The way through the director.
pub trait Passage: Send + Sync {
    /// Does the host lead packets with the mark to the director?
    fn is_open(&self) -> bool;
    /// The mark of packets that are led there.
    fn mark(&self) -> u32;
    /// Leads a flow from here to there to this real server, until what is returned is dropped.
    fn admit(
        &self,
        protocol: Protocol,
        from: SocketAddr,
        to: SocketAddr,
        server: &RealServerSpec,
    ) -> Box<dyn Carriage>;
}

/// A flow on its way.
pub trait Carriage: Send + Sync {
    /// Has a packet of it gone to the real server?
    fn has_carried(&self) -> bool;
}

/// Through the VIP to this real server.
#[derive(Clone)]
pub struct Via {
    /// The real server.
    pub server: RealServerSpec,
    /// Who knows the way.
    pub passage: Arc<dyn Passage>,
    /// The flows of one try.
    flows: Arc<Mutex<Vec<Box<dyn Carriage>>>>,
}

impl Via {
    /// For any number of tries.
    pub fn new(server: RealServerSpec, passage: Arc<dyn Passage>) -> Self {
        Self { server, passage, flows: Arc::default() }
    }

    /// For one try: its flows end with it.
    #[must_use]
    pub(super) fn for_one_try(&self) -> Self {
        Self::new(self.server, Arc::clone(&self.passage))
    }

    /// Where from: by the mark to the director, from an address that the real server can answer to.
    ///
    /// # Errors
    /// There is no such way.
    pub(super) async fn origin(&self, at: SocketAddr, origin: &Origin) -> io::Result<Origin> {
        let refused = |why: String| Err(io::Error::new(io::ErrorKind::AddrNotAvailable, why));
        let mut waited = Duration::ZERO;
        while !self.passage.is_open() {
            if waited > OPENING {
                return refused("the host does not lead checks to the director; its log says why".to_owned());
            }
            tokio::time::sleep(LOOK).await;
            waited += LOOK;
        }
        let toward_vip = source_toward(at.ip())?;
        if toward_vip == at.ip() {
            return refused(format!("{} is an address of this host, which asks itself", at.ip()));
        }
        let rip = self.server.endpoint.addr;
        let toward_server = source_toward(rip)?;
        if toward_server == rip {
            return refused(format!("the real server {rip} is on this host"));
        }
        let addr = match origin.addr {
            Some(addr) => addr,
            // A tunnel may lead over the other version of IP.
            None if toward_server.is_ipv4() == at.is_ipv4() => toward_server,
            None => toward_vip,
        };
        Ok(Origin { addr: Some(addr), mark: Some(self.passage.mark()), ..origin.clone() })
    }

    /// Has the director lead a flow.
    pub(super) fn admit(&self, protocol: Protocol, from: SocketAddr, to: SocketAddr) {
        let flow = self.passage.admit(protocol, from, to, &self.server);
        self.flows.lock().unwrap_or_else(PoisonError::into_inner).push(flow);
    }

    /// Did all flows go by way of the director? An answer that came without has been somebody else's.
    pub(super) async fn have_carried(&self) -> bool {
        let have = || {
            let flows = self.flows.lock().unwrap_or_else(PoisonError::into_inner);
            flows.iter().all(|flow| flow.has_carried())
        };
        let mut waited = Duration::ZERO;
        while !have() {
            if waited > CARRIAGE {
                return false;
            }
            tokio::time::sleep(LOOK).await;
            waited += LOOK;
        }
        true
    }
}

/// The address that the host would ask from. Nothing is sent.
fn source_toward(to: IpAddr) -> io::Result<IpAddr> {
    let any = match to {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0))?;
    socket.connect(SocketAddr::new(to, 9))?;
    Ok(socket.local_addr()?.ip())
}

impl PartialEq for Via {
    fn eq(&self, other: &Self) -> bool {
        self.server == other.server
    }
}

impl Eq for Via {}

impl fmt::Debug for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Via").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Target {
    /// As it is for one try.
    pub(super) fn for_one_try(&self) -> Self {
        Self { via: self.via.as_ref().map(Via::for_one_try), ..self.clone() }
    }
}

#[cfg(test)]
#[path = "through_tests.rs"]
mod tests;
