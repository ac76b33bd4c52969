//! Health checks against real servers of databases, mail, directories, news, calls and files, on loopback, each started as
//! an ordinary user in a folder of its own, and ended with its test. What the host does not have is said loudly.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

mod daemon;
mod directory;
mod files;
mod mail;
mod news;
mod radius;
mod sip;
mod sql;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;
use ulvs::health::{Outcome, Target, ask};
use ulvs::lvs::{Check, Endpoint, Login, Origin, Pattern, Probe, Protocol, ServiceKey, Timing};

/// Long enough for a busy machine; nothing that goes well waits for it.
const PATIENCE: Duration = Duration::from_secs(60);

fn asked(probe: Probe, port: u16, from: Option<IpAddr>) -> Outcome {
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let origin = Origin { addr: from, ..Origin::default() };
    let timing = Timing {
        interval: PATIENCE,
        retry_interval: None,
        timeout: PATIENCE,
        falls: 1,
        rises: 1,
        first_counts: false,
        warmup: Duration::ZERO,
    };
    let check = Check {
        probe,
        addr: None,
        port: None,
        from: origin.clone(),
        timing,
        begins_down: false,
        tells_all: false,
        through_vip: false,
    };
    let server = Endpoint::new(at.ip(), port);
    let service = ServiceKey::Tuple { protocol: Protocol::Tcp, virt: server };
    let target = Target { at, origin, server, service, via: None };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(ask(&check, &target, &ulvs::program::Runner::none()))
}

/// It must be up; what it says.
fn up(probe: Probe, port: u16) -> String {
    let outcome = asked(probe.clone(), port, None);
    assert!(outcome.is_up, "{probe:?}: {}", outcome.detail);
    outcome.detail
}

/// It must be down; what it says.
fn down(probe: Probe, port: u16) -> String {
    let outcome = asked(probe.clone(), port, None);
    assert!(!outcome.is_up, "{probe:?}: {}", outcome.detail);
    outcome.detail
}

fn login(name: &str, password: &str) -> Login {
    Login { name: name.into(), password: password.into() }
}

fn pattern(regex: &str) -> Pattern {
    Pattern { regex: regex.into() }
}
