use super::*;

#[test]
fn a_panic_is_a_failure() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let outcome = runtime.block_on(caught(async {
        tokio::task::yield_now().await;
        panic!("on purpose")
    }));
    assert_eq!(outcome, Outcome::down("the probe panicked"));
    assert_eq!(runtime.block_on(caught(async { Outcome::up("x") })), Outcome::up("x"));
}

/// Thousands of checks wait at the same time.
#[test]
fn a_check_that_waits_is_small() {
    let patrol = Patrol::begin(&[], Bounds { probes: 1, scripts: 1 }, Runner::none(), |_| {}).unwrap();
    let vip = crate::lvs::Endpoint::new("192.0.2.1".parse().unwrap(), 80);
    let beat = Beat {
        id: 1,
        check: Check {
            probe: Probe::Tcp,
            addr: None,
            port: None,
            from: crate::lvs::Origin::default(),
            timing: crate::lvs::Timing {
                interval: Duration::from_secs(1),
                retry_interval: None,
                timeout: Duration::from_secs(1),
                falls: 1,
                rises: 1,
                first_counts: false,
                warmup: Duration::ZERO,
            },
            begins_down: false,
            tells_all: false,
            through_vip: false,
        },
        target: Target {
            at: "192.0.2.1:80".parse().unwrap(),
            origin: crate::lvs::Origin::default(),
            server: vip,
            service: crate::lvs::ServiceKey::Fwmark { family: crate::lvs::Family::V4, mark: 1 },
            via: None,
        },
        enabled: true,
        begins_up: None,
    };
    let round = std::mem::size_of_val(&go_round(beat, Arc::clone(&patrol.shared)));
    assert!(round <= 4096, "{round} bytes");
}
