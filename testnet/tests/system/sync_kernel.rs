//! Connection synchronisation with the kernel's own daemon (user-mode Linux), both ways, in both families, and in the
//! format of old kernels: connections appear at the other director as they are at the first, and go on there. Wireshark
//! reads what is said without complaint.

use crate::programs::command;
use crate::rig::Setup;
use crate::sync::{
    ALL, FIRST_MAC, OTHER, OTHER_MAC, PATIENCE, Pair, Traffic, are_whole, services, sticks, wait_until_equal,
};
use crate::{Case, case};
use anyhow::{Context, Result, ensure};
use rustix::process::Signal;
use std::collections::BTreeMap;
use std::time::Duration;
use testnet::capture::{Capture, write_pcaps};
use testnet::conformance::kernel::{Uml, ready};
use testnet::plan::{DIRECTOR, Family, ROUTER};
use ulvs::lvs::ForwardingMethod::DirectRoute;

const NO_KERNEL: &str = "LEFT OUT: no kernel is made ready (testnet conformance record makes it)";

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, family, version) in
        [("v4", Family::V4, 1), ("v6", Family::V6, 1), ("v4_old_format", Family::V4, 0)]
    {
        let programs: &[_] = &["ip", "tshark"];
        cases.push(case(format!("sync_to_kernel_{name}"), programs, move || to_kernel(family, version)));
        cases.push(case(format!("sync_from_kernel_{name}"), programs, move || from_kernel(family, version)));
    }
    cases
}

fn pair(family: Family) -> Result<Pair> {
    Pair::start(&Setup { workers: 2, ..Setup::new(DirectRoute, family) }, false)
}

/// A kernel in the other director's place, by direct routing.
fn kernel_beside(pair: &Pair) -> Result<Option<Uml>> {
    let Some(image) = ready() else { return Ok(None) };
    let mut uml = Uml::start(pair.lab.host(OTHER)?, &image, &["eth0"])?;
    let vip = pair.plan.service.ip();
    let (own, vip, router) = if vip.is_ipv4() {
        ("10.2.0.3/24".to_owned(), format!("{vip}/32"), "10.2.0.1")
    } else {
        ("fd00:2::3/64 nodad".to_owned(), format!("{vip}/128 nodad preferred_lft 0"), "fd00:2::1")
    };
    inside(
        &mut uml,
        &format!(
            "for i in all default vec0; do echo 0 >/proc/sys/net/ipv4/conf/$i/rp_filter; \
             echo 0 >/proc/sys/net/ipv6/conf/$i/accept_dad; done; echo 2 >/proc/sys/net/ipv4/conf/all/arp_announce; \
             $IP link set lo up && $IP link set vec0 address {OTHER_MAC} up && $IP addr add {own} dev vec0 && \
             $IP addr add {vip} dev lo && $IP route add default via {router} && ethtool -K vec0 gro off && \
             echo 1 >/proc/sys/net/ipv6/conf/all/forwarding"
        ),
    )?;
    for line in services(&pair.plan) {
        inside(&mut uml, &format!("ipvsadm {line}"))?;
    }
    Ok(Some(uml))
}

fn inside(uml: &mut Uml, command: &str) -> Result<String> {
    let (status, said) = uml.shell(command, Duration::from_secs(30))?;
    ensure!(status == 0, "in the kernel: {command}: {status}: {said}");
    Ok(said)
}

/// The kernel's daemon, as [`Pair::start_daemon`] starts ours.
fn start_inside(uml: &mut Uml, pair: &Pair, role: &str) -> Result<()> {
    let group = if pair.plan.cip.is_ipv4() { "224.0.0.81" } else { "ff02::81" };
    let line =
        format!("ipvsadm --start-daemon {role} --mcast-interface vec0 --syncid 7 --mcast-group {group}");
    inside(uml, &line).map(drop)
}

/// Real servers with what they count (`ipvsadm -Ln`), in no order: both list services by hash values of their own.
fn loads(listing: &str) -> Vec<&str> {
    let mut lines: Vec<_> = listing.lines().filter(|line| line.starts_with("  ->")).collect();
    lines.sort_unstable();
    lines
}

/// How many connections are said to be heard of.
fn heard_of(proc: &str) -> usize {
    proc.matches(" SYNC ").count()
}

fn to_kernel(family: Family, version: u8) -> Result<String> {
    let mut pair = pair(family)?;
    let Some(mut uml) = kernel_beside(&pair)? else { return Ok(NO_KERNEL.to_owned()) };
    let film = Capture::start(&pair.lab)?;
    start_inside(&mut uml, &pair, "backup")?;
    pair.sysctl(DIRECTOR, &format!("sync_version={version}"))?;
    pair.start_daemon(DIRECTOR, "master")?;
    let traffic = Traffic::start(&pair)?;
    let list = || pair.ipvsadm(DIRECTOR, "-Lcn");
    let (_, lives) = wait_until_equal(list, || inside(&mut uml, "ipvsadm -Lcn"), ALL)?;
    are_whole(&lives, if version == 0 { 180 } else { 600 })?;
    let (ours, theirs) = (pair.ipvsadm(DIRECTOR, "-Ln")?, inside(&mut uml, "ipvsadm -Ln")?);
    ensure!(loads(&ours) == loads(&theirs), "{ours}\n{theirs}");
    ensure!(heard_of(&inside(&mut uml, "cat /proc/net/ip_vs_conn_sync")?) == ALL);
    let told = sync_counters(&pair)?;
    for (name, count) in told.iter().filter(|(name, _)| name.contains("_lost{")) {
        ensure!(*count == 0, "{name}: {count}");
    }

    pair.first.signal(Signal::KILL)?;
    pair.first.wait(PATIENCE)?;
    let (messages, records) = read_by_wireshark(&pair, &film, version)?;
    let counted = (told["sync_messages_sent"], told["sync_records_sent"]);
    // What was told after the counters were read is on the film, too.
    ensure!((messages, records) >= counted, "{messages} with {records}; counted: {counted:?}");
    pair.move_over()?;
    traffic.goes_on(pair.plan.service.ip())?;
    sticks(&pair, || inside(&mut uml, "ipvsadm -Lcn"))?;
    Ok(format!("{ALL} connections of ours are the kernel's, and go on there: {records} records"))
}

fn from_kernel(family: Family, version: u8) -> Result<String> {
    let pair = pair(family)?;
    let Some(mut uml) = kernel_beside(&pair)? else { return Ok(NO_KERNEL.to_owned()) };
    let film = Capture::start(&pair.lab)?;
    pair.start_daemon(DIRECTOR, "backup")?;
    inside(&mut uml, &format!("echo {version} >/proc/sys/net/ipv4/vs/sync_version"))?;
    start_inside(&mut uml, &pair, "master")?;
    pair.move_over()?;
    let traffic = Traffic::start(&pair)?;
    let list = || pair.ipvsadm(DIRECTOR, "-Lcn");
    let (_, lives) = wait_until_equal(|| inside(&mut uml, "ipvsadm -Lcn"), list, ALL)?;
    are_whole(&lives, if version == 0 { 180 } else { 600 })?;
    let (ours, theirs) = (pair.ipvsadm(DIRECTOR, "-Ln")?, inside(&mut uml, "ipvsadm -Ln")?);
    ensure!(loads(&ours) == loads(&theirs), "{ours}\n{theirs}");
    let proc =
        pair.director(DIRECTOR)?.output(pair.lab.host(DIRECTOR)?, "ulvs", &["proc", "ip_vs_conn_sync"])?;
    ensure!(heard_of(&String::from_utf8_lossy(&proc.stdout)) == ALL);
    // From here on it says nothing more.
    inside(&mut uml, "ipvsadm --stop-daemon master")?;
    drop(uml);
    let (messages, records) = read_by_wireshark(&pair, &film, version)?;
    let told = sync_counters(&pair)?;
    let expected = BTreeMap::from([
        ("sync_connections_opened".to_owned(), ALL as u64),
        ("sync_connections_updated".to_owned(), records - ALL as u64),
        ("sync_messages_received".to_owned(), messages),
        ("sync_records_received".to_owned(), records),
    ]);
    let met: BTreeMap<_, _> = told.into_iter().filter(|(_, count)| *count > 0).collect();
    ensure!(met == expected, "{met:#?}; on the wire: {messages} messages with {records} records");
    pair.lead_to(FIRST_MAC)?;
    traffic.goes_on(pair.plan.service.ip())?;
    sticks(&pair, || pair.ipvsadm(DIRECTOR, "-Lcn"))?;
    Ok(format!("{ALL} connections of the kernel's are ours, and go on here: {records} records"))
}

fn sync_counters(pair: &Pair) -> Result<BTreeMap<String, u64>> {
    let all = pair.counters(DIRECTOR)?;
    Ok(all.into_iter().filter(|(name, _)| name.starts_with("sync_")).collect())
}

/// Messages and records on the film, as Wireshark reads them; it finds nothing amiss.
fn read_by_wireshark(pair: &Pair, film: &Capture, version: u8) -> Result<(u64, u64)> {
    let (frames, missed) = film.frames();
    ensure!(missed == 0, "the film ended too early");
    // A group's frames come everywhere; the router sees each once.
    let at_router: Vec<_> = frames.into_iter().filter(|crossing| crossing.to.host == ROUTER).collect();
    let folder = pair.directory.path().join("film");
    std::fs::create_dir_all(&folder)?;
    write_pcaps(&folder, &at_router, |name| pair.lab.topology().is_switch(name))?;
    let read = |filter: &str, fields: &[&str]| {
        let mut tshark = command("tshark");
        tshark.arg("-r").arg(folder.join(format!("{ROUTER}.pcap"))).args(["-Y", filter, "-T", "fields"]);
        for field in fields {
            tshark.args(["-e", field]);
        }
        let output = tshark.output().context("tshark")?;
        ensure!(output.status.success(), "tshark: {}", String::from_utf8_lossy(&output.stderr));
        anyhow::Ok(String::from_utf8(output.stdout)?)
    };
    // Words among directors of ulvs are no messages (version 0 without records, to a kernel).
    let messages = read(
        "udp.port == 8848 && !(ipvs.conncount == 0)",
        &["ipvs.version", "ipvs.syncid", "ipvs.conncount"],
    )?;
    let mut records = 0;
    for line in messages.lines() {
        let words: Vec<_> = line.split('\t').collect();
        let right = if version == 0 { "" } else { "1" };
        ensure!(words.len() == 3 && words[..2] == [right, "7"], "a message: {line}");
        records += words[2].parse::<u64>()?;
    }
    let amiss =
        read("udp.port == 8848 && (_ws.malformed || _ws.expert)", &["frame.number", "_ws.expert.message"])?;
    ensure!(amiss.is_empty(), "{amiss}");
    Ok((messages.lines().count() as u64, records))
}
