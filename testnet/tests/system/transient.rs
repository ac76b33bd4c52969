//! The kernel refuses to send, now and then, as it does when memory is short or a link goes down: what it refuses is
//! counted, nothing else is lost, and the director neither ends nor spins.

use crate::accounting::at_rest;
use crate::load::Requests;
use crate::programs::{Daemon, command, start_web};
use crate::rig::{Rig, Setup};
use crate::{Case, case};
use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use std::process::Stdio;
use std::time::Duration;
use testnet::plan::Family;
use ulvs::lvs::ForwardingMethod::{DirectRoute, Nat};

/// Errors of `sendmmsg` that pass.
const ERRORS: [&str; 5] = ["ENOBUFS", "EAGAIN", "EINTR", "ENOMEM", "ENETDOWN"];

pub fn cases() -> Vec<Case> {
    [(DirectRoute, 2), (Nat, 1)]
        .map(|(method, workers)| {
            let setup = Setup { workers, ..Setup::new(method, Family::V4) };
            case(format!("transient_{}", setup.name()), &["nginx", "strace"], move || refused(&setup))
        })
        .into()
}

fn refused(setup: &Setup) -> Result<String> {
    let mut rig = Rig::start(setup.clone())?;
    let _web = start_web(&rig, rig.directory.path(), &[])?;
    rig.add_service("-t", 80, rig.plan.real_port, 2)?;
    rig.wait_for_service(Duration::from_secs(3))?;
    let (start, begun) = at_rest(&rig)?;
    let mut report = Vec::new();
    for error in ERRORS {
        let (done, failed) = requests_while(&rig, error, "2+3").with_context(|| error.to_owned())?;
        ensure!(done > 0 && failed == 0, "{error}, one of three: {done} requests done, {failed} failed");
        report.push(format!("{error} from every third sendmmsg: {done} requests, 0 failed"));
    }
    for error in ERRORS.into_iter().filter(|error| *error != "EINTR") {
        let before = transmit_failed(&rig)?;
        requests_while(&rig, error, "1+1").with_context(|| error.to_owned())?;
        let counted = transmit_failed(&rig)? - before;
        ensure!(counted > 0, "{error} always: no frame was counted as refused");
        report.push(format!("{error} from every one: {counted} frames counted as refused"));
    }
    // Without the trouble all is well at once.
    rig.wait_for_service(Duration::from_secs(2))?;
    let load = Requests::start(rig.client()?, rig.plan.service, 2, Duration::ZERO, Duration::from_secs(3))?;
    std::thread::sleep(Duration::from_secs(1));
    let (done, failed, failure) = load.finish();
    ensure!(failed == 0, "afterwards {failed} of {} requests failed: {failure}", done + failed);
    let (end, ended) = at_rest(&rig)?;
    ended.check()?;
    let ours = |account: &crate::rig::Account| account.received + account.dropped_by_kernel;
    let (by_kernel, by_us) = (end - start, ours(&ended) - ours(&begun));
    ensure!(by_kernel == by_us, "the kernel counts {by_kernel} frames, the director {by_us}");
    rig.stop()?;
    report.push(format!(
        "afterwards {done} requests, 0 failed; {by_kernel} frames by the kernel = by the director"
    ));
    report.push(format!("accounting: {ended}"));
    Ok(report.join("\n"))
}

fn transmit_failed(rig: &Rig) -> Result<u64> {
    std::thread::sleep(Duration::from_millis(600)); // an idle worker publishes what it counted
    Ok(rig.counters()?.get("frames_dropped{reason=\"transmit_failed\"}").copied().unwrap_or(0))
}

/// Requests while `sendmmsg` fails with this error: from the n-th call on every m-th (`when` is `n+m`).
fn requests_while(rig: &Rig, error: &str, when: &str) -> Result<(u64, u64)> {
    let mut strace = command("strace");
    strace.args(["-f", "-q", "-o", "/dev/null", "-e", "trace=sendmmsg", "-e"]);
    strace
        .arg(format!("inject=sendmmsg:error={error}:when={when}"))
        .args(["-p", &rig.director.pid().to_string()]);
    strace.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut strace = Daemon(rig.host()?.spawn(strace)?);
    std::thread::sleep(Duration::from_millis(300));
    let load = Requests::start(rig.client()?, rig.plan.service, 4, Duration::ZERO, Duration::from_secs(2))?;
    std::thread::sleep(Duration::from_millis(700));
    let (done, failed, _) = load.finish();
    ensure!(strace.0.try_wait()?.is_none(), "strace did not stay attached");
    // It lets go of the director when it is interrupted; killed, it might take it along.
    kill_process(Pid::from_child(&strace.0), Signal::INT)?;
    strace.0.wait()?;
    Ok((done, failed))
}
