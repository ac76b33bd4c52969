//! Real programs through a director with `--io af-xdp`: their frames take that way, all others the packet ring; and where
//! AF_XDP cannot be had, everything does, and the director says why.

use crate::programs::{command, output, start_web};
use crate::rig::{Rig, Setup};
use crate::{Case, case};
use anyhow::{Context, Result, ensure};
use std::time::Duration;
use testnet::lab::Lab;
use testnet::plan::{DIRECTOR, Family};
use ulvs::host::links::{LinkChange, Links};
use ulvs::lvs::ForwardingMethod::{DirectRoute, Nat, Tunnel};

const SIZE: usize = 8 << 20;
const REQUESTS: usize = 300;
/// More than a chunk takes, as on a network of jumbo frames.
const JUMBO: u32 = 9000;

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (method, family, workers) in [
        (DirectRoute, Family::V4, 1),
        (DirectRoute, Family::V6, 2),
        (Nat, Family::V4, 2),
        (Nat, Family::V6, 1),
        (Tunnel, Family::V4, 1),
    ] {
        let setup = Setup { workers, ..with_af_xdp(Setup::new(method, family)) };
        cases.push(case(format!("af_xdp_{}", setup.name()), &["nginx", "curl"], move || curl(&setup)));
    }
    let setup = with_af_xdp(Setup::new(Nat, Family::V4));
    cases.push(case("af_xdp_without", &["nginx", "curl"], move || without(&setup)));
    cases
}

fn with_af_xdp(mut setup: Setup) -> Setup {
    if std::env::var_os("ULVS_IO").is_none() {
        setup.options = vec!["--io".to_owned(), "af-xdp".to_owned()];
    }
    setup
}

/// By which ways the interfaces' frames come.
fn ways(rig: &Rig) -> Result<Vec<String>> {
    let status = rig.status()?;
    let interfaces = status["interfaces"].as_array().context("interfaces")?;
    Ok(interfaces.iter().map(|one| one["io"].as_str().unwrap_or_default().to_owned()).collect())
}

fn curl(setup: &Setup) -> Result<String> {
    let mut rig = Rig::start(setup.clone())?;
    let ways = ways(&rig)?;
    if rig.director.log().contains("CAP_BPF") {
        ensure!(!crate::programs::are_required(), "no privilege for AF_XDP");
        return Ok("LEFT OUT: loading an XDP program needs root".to_owned());
    }
    ensure!(ways.iter().all(|way| way.starts_with("AF_XDP")), "{ways:?}");
    let before = traffic(&rig)?;
    let counters = rig.counters()?;
    let by_af_xdp = counters.get("frames_received_by_af_xdp").copied().unwrap_or(0);
    let all = counters.get("frames_received").copied().unwrap_or(0);
    // ARP, neighbour discovery and the like come by the ring.
    ensure!(by_af_xdp * 10 > all * 9 && by_af_xdp < all, "{by_af_xdp} of {all} frames by AF_XDP");
    let account = rig.account()?;
    account.check()?;
    ensure!(account.bad_slots == 0 && account.dropped == 0, "{account:?}");
    rig.stop()?;
    Ok(format!("{before}; {}; {by_af_xdp} of {all} frames; {account}", ways.join(", ")))
}

/// A long download, and many short connections.
fn traffic(rig: &Rig) -> Result<String> {
    let web = start_web(rig, rig.directory.path(), &[])?;
    let wanted: Vec<u8> = (0..SIZE).map(|at| (at % 251) as u8).collect();
    std::fs::write(rig.directory.path().join("large"), &wanted)?;
    rig.add_service("-t", 80, rig.plan.real_port, usize::from(rig.setup.servers))?;
    rig.wait_for_service(Duration::from_secs(3))?;
    let mut curl = command("curl");
    curl.args(["-s", "-f", "--max-time", "30", &format!("http://{}/files/large", rig.plan.service)]);
    let got = output(rig.client()?, curl, Duration::from_secs(40))?;
    ensure!(got.status.success() && got.stdout == wanted, "the download differs: {}", got.status);
    let mut curl = command("curl");
    curl.args(["-s", "-Z", "--parallel-max", "16", "--max-time", "20", "-H", "Connection: close"]);
    curl.args(["-o", "/dev/null", "-w", "%{http_code}\n"]);
    curl.arg(format!("http://{}/?[1-{REQUESTS}]", rig.plan.service));
    let told = output(rig.client()?, curl, Duration::from_secs(40))?;
    let good = String::from_utf8_lossy(&told.stdout).lines().filter(|line| *line == "200").count();
    ensure!(good == REQUESTS, "{good} of {REQUESTS} requests succeeded");
    drop(web);
    Ok(format!("{} MiB, {REQUESTS} connections", SIZE >> 20))
}

/// Frames too long for AF_XDP: nothing of it is used, and that is said.
fn without(setup: &Setup) -> Result<String> {
    let enlarge = |lab: &Lab| -> Result<()> {
        lab.host(DIRECTOR)?.run(|| -> Result<()> {
            let mut links = Links::open()?;
            for link in links.list()?.into_iter().filter(|link| link.ethernet) {
                links.change(link.ifindex, &LinkChange { mtu: Some(JUMBO), ..LinkChange::default() })?;
            }
            Ok(())
        })?
    };
    let mut rig = Rig::start_with(setup.clone(), enlarge)?;
    let ways = ways(&rig)?;
    ensure!(ways.iter().all(|way| way.starts_with("AF_PACKET (")), "{ways:?}");
    let log = rig.director.log();
    ensure!(log.contains("no AF_XDP, by AF_PACKET alone"), "the log does not say so:\n{log}");
    let told = traffic(&rig)?;
    let by_af_xdp = rig.counters()?.get("frames_received_by_af_xdp").copied();
    ensure!(by_af_xdp == Some(0), "{by_af_xdp:?} frames by AF_XDP");
    rig.stop()?;
    Ok(format!("{told}; {}", ways.join(", ")))
}
