//! Health checks against servers on loopback: real ones where the host has them, and some that misbehave on purpose.
//! Nothing needs root; what only root can show says so when it is left out.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

mod load;
mod misbehaving;
mod namespace;
mod patrol;
mod probes;
mod real_servers;
mod scripts;
mod servers;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;
use ulvs::health::{Outcome, Target, ask};
use ulvs::lvs::{Check, Endpoint, HttpProbe, HttpUrl, Origin, Probe, Protocol, ServiceKey, Timing};
use ulvs::program::{Process, Runner};

/// Long enough for a busy machine; nothing that goes well waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

fn check(probe: Probe) -> Check {
    Check {
        probe,
        addr: None,
        port: None,
        from: Origin::default(),
        timing: Timing {
            interval: Duration::from_millis(100),
            retry_interval: None,
            timeout: PATIENCE,
            falls: 1,
            rises: 1,
            first_counts: false,
            warmup: Duration::ZERO,
        },
        begins_down: false,
        tells_all: false,
        through_vip: false,
    }
}

fn within(millis: u64, probe: Probe) -> Check {
    let mut check = check(probe);
    check.timing.timeout = Duration::from_millis(millis);
    check
}

fn target(at: SocketAddr) -> Target {
    Target {
        at,
        origin: Origin::default(),
        server: Endpoint::new(at.ip(), at.port()),
        service: ServiceKey::Tuple {
            protocol: Protocol::Tcp,
            virt: Endpoint::new("192.0.2.1".parse().unwrap(), 80),
        },
        via: None,
    }
}

/// Runs scripts as `ulvs run` has them run.
fn runner() -> Runner {
    static RUNNER: OnceLock<Runner> = OnceLock::new();
    let begin = || {
        let program = Path::new(env!("CARGO_BIN_EXE_ulvs"));
        Process::start(program, "ulvs", &["programs".to_owned()]).unwrap().runner().unwrap()
    };
    RUNNER.get_or_init(begin).clone()
}

fn asked(check: &Check, target: &Target) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(ask(check, target, &runner()))
}

/// Asks with patience.
fn of(probe: Probe, at: SocketAddr) -> Outcome {
    asked(&check(probe), &target(at))
}

/// It must be up; what it says.
fn up(probe: Probe, at: SocketAddr) -> String {
    let outcome = of(probe, at);
    assert!(outcome.is_up, "{}", outcome.detail);
    outcome.detail
}

/// It must be down; what it says.
fn down(probe: Probe, at: SocketAddr) -> String {
    let outcome = of(probe, at);
    assert!(!outcome.is_up, "{}", outcome.detail);
    outcome.detail
}

fn url(path: &str) -> HttpUrl {
    HttpUrl { path: path.to_owned(), ..HttpUrl::default() }
}

fn http(url: HttpUrl) -> HttpProbe {
    HttpProbe { urls: vec![url], user_agent: "KeepAliveClient".to_owned(), ..HttpProbe::default() }
}

/// Waits for something that must come.
fn until(what: &str, mut is_there: impl FnMut() -> bool) {
    let end = std::time::Instant::now() + PATIENCE;
    while !is_there() {
        assert!(std::time::Instant::now() < end, "{what} does not come");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
