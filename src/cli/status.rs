//! `ulvs status`.

use super::{FAILED, OK, REFUSED, client_status, complain, say};
use crate::api::client::Client;
use crate::control::command::{
    DeadlineStatus, FarmServerStatus, FarmStatus, IntakeStatus, Reply, Request, RouterStatus,
    ServerCondition, ServerConnections, ServiceState, Status, Then, WeightReason,
};
use crate::lvs::ServiceKey;
use clap::Args;
use std::fmt::Write;
use std::path::Path;

/// Version of the JSON that `-j` prints; raised when a field changes its meaning or goes.
const SCHEMA: u32 = 1;

/// How it is shown.
#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    /// How to print it
    #[arg(short, long, value_enum, value_name = "FORM", default_value = "table")]
    output: Form,
    /// Print JSON: as `-o json`
    #[arg(short = 'j', long, conflicts_with = "output")]
    json: bool,
}

/// A form of what is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// Tables for people.
    Table,
    /// One JSON object.
    Json,
}

/// Asks the director and prints what it says; returns the exit status.
pub(super) fn status(args: &StatusArgs, socket: &Path) -> u8 {
    let json = args.json || args.output == Form::Json;
    let asked = Client::connect(socket).and_then(|mut client| {
        let status = client.ask(&Request::Status)?;
        let farms = match client.ask(&Request::Farms)? {
            Reply::Farms(farms) => farms,
            _ => Vec::new(),
        };
        let services = match client.ask(&Request::Services(None))? {
            Reply::Services(services) => services,
            _ => Vec::new(),
        };
        let routers = match client.ask(&Request::Routers)? {
            Reply::Routers(routers) => routers,
            _ => Vec::new(),
        };
        Ok((status, farms, services, routers))
    });
    let (reply, farms, services, routers) = match asked {
        Ok(all) => all,
        Err(error) => {
            complain(&format!("ulvs status: {error}\n"));
            return client_status(&error);
        }
    };
    match reply {
        Reply::Status(status) if json => match as_json(&status, &farms, &services, &routers) {
            Ok(text) => {
                say(&format!("{text}\n"));
                OK
            }
            Err(error) => {
                complain(&format!("ulvs status: {error}\n"));
                FAILED
            }
        },
        Reply::Status(status) => {
            say(&as_table(&status));
            say(&routers_table(&routers));
            say(&farms_table(&farms));
            OK
        }
        Reply::Refused(error) => {
            complain(&format!("ulvs status: refused: {error}\n"));
            REFUSED
        }
        _ => {
            complain("ulvs status: the director answered another question; are both of the same version?\n");
            FAILED
        }
    }
}

/// One object; counters as an object of name → value, in the catalogue's order of names.
fn as_json(
    status: &Status,
    farms: &[FarmStatus],
    services: &[ServiceState],
    routers: &[RouterStatus],
) -> serde_json::Result<String> {
    let mut value = serde_json::to_value(status)?;
    if let Some(object) = value.as_object_mut() {
        object.insert("schema".to_owned(), SCHEMA.into());
        let counters = status.counters.iter().map(|(name, count)| (name.clone(), (*count).into()));
        object.insert("counters".to_owned(), serde_json::Value::Object(counters.collect()));
        if let Some([p50, p99, p999, max]) = status.latency_ns {
            let latency = serde_json::json!({"p50": p50, "p99": p99, "p99_9": p999, "max": max});
            object.insert("latency_ns".to_owned(), latency);
        }
        object.insert("farms".to_owned(), serde_json::to_value(farms)?);
        object.insert("services".to_owned(), serde_json::to_value(services)?);
        object.insert("virtual_routers".to_owned(), serde_json::to_value(routers)?);
        for (row, router) in object["virtual_routers"].as_array_mut().into_iter().flatten().zip(routers) {
            let counters = router.counters.iter().map(|(name, count)| (name.clone(), (*count).into()));
            row["counters"] = serde_json::Value::Object(counters.collect());
        }
    }
    serde_json::to_string(&value)
}

fn as_table(status: &Status) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "ulvs {}, process {}, up {}, configuration {}, snapshot {}",
        status.version,
        status.pid,
        span(status.uptime_seconds),
        status.config.as_deref().unwrap_or("from the command line"),
        status.epoch
    );
    let _ = writeln!(
        out,
        "\n{:<16} {:>7} {:<17} {:>5} {:<5} {:<14} CLAIM",
        "INTERFACE", "INDEX", "MAC", "MTU", "STATE", "IO"
    );
    for link in &status.interfaces {
        let state = if link.running { "up" } else { "down" };
        let _ = writeln!(
            out,
            "{:<16} {:>7} {:<17} {:>5} {state:<5} {:<14} {}",
            link.name, link.ifindex, link.mac, link.mtu, link.io, link.claim
        );
    }
    let IntakeStatus { profile, fanout, filter, shedding, .. } = &status.intake;
    let _ = writeln!(out, "\nprofile       {profile}\nfan-out       {fanout}");
    let _ = writeln!(out, "filter        {filter}\nshedding      {shedding}");
    let _ = writeln!(
        out,
        "\n{:<6} {:>4} {:>14} {:>14} {:>14} {:>6}",
        "WORKER", "CPU", "TURNS", "FRAMES", "FORWARDED", "PANICS"
    );
    for (number, worker) in status.workers.iter().enumerate() {
        let cpu = worker.cpu.map_or_else(|| "-".to_owned(), |cpu| cpu.to_string());
        let _ = writeln!(
            out,
            "{number:<6} {cpu:>4} {:>14} {:>14} {:>14} {:>6}",
            worker.turns, worker.frames, worker.forwarded, worker.panics
        );
    }
    let vips: Vec<_> = status.claimed_vips.iter().map(ToString::to_string).collect();
    let vips = if vips.is_empty() { "none".to_owned() } else { vips.join(" ") };
    let _ = writeln!(out, "\nclaimed VIPs  {vips}\nconnections   {}", status.connections);
    if !status.marks.is_empty() {
        let _ = writeln!(out, "mark rules    {} (ulvs mark list)", status.marks.len());
    }
    if let Some([p50, p99, p999, max]) = status.latency_ns {
        let _ = writeln!(out, "latency (ns)  p50 {p50}, p99 {p99}, p99.9 {p999}, max {max}");
    }
    let counted: Vec<_> = status.counters.iter().filter(|(_, count)| *count > 0).collect();
    if !counted.is_empty() {
        let _ = writeln!(out, "\n{:>14} COUNTER (those at 0 are left out)", "VALUE");
    }
    for (name, count) in counted {
        let _ = writeln!(out, "{count:>14} {name}");
    }
    out
}

/// Each virtual router: what it is, and why.
fn routers_table(routers: &[RouterStatus]) -> String {
    let mut out = String::new();
    if routers.is_empty() {
        return out;
    }
    let _ = writeln!(
        out,
        "\n{:<16} {:<10} {:>4} {:<7} {:>11} {:<24} WHY",
        "VIRTUAL ROUTER", "INTERFACE", "VRID", "ROLE", "PRIORITY", "MASTER"
    );
    for router in routers {
        let RouterStatus { name, interface, vrid, role, priority, configured_priority, .. } = router;
        // A pair has neither number nor priority.
        let vrid = if *vrid == 0 { "-".to_owned() } else { vrid.to_string() };
        let shown = match priority == configured_priority {
            true if *priority == 0 => "-".to_owned(),
            true => priority.to_string(),
            false => format!("{priority} of {configured_priority}"),
        };
        let master = match router.master {
            None => "-".to_owned(),
            Some((addr, 0)) => addr.to_string(),
            Some((addr, of)) => format!("{addr} ({of})"),
        };
        let (role, why) = (role.to_string(), router.reasons.join("; "));
        let _ =
            writeln!(out, "{name:<16} {interface:<10} {vrid:>4} {role:<7} {shown:>11} {master:<24} {why}");
    }
    out
}

/// Each farm with its real servers, and why they are as they are.
fn farms_table(farms: &[FarmStatus]) -> String {
    let mut out = String::new();
    for farm in farms {
        let quorum = match farm.has_quorum {
            true => format!("weight {} is up", farm.weight_up),
            false => {
                format!("quorum lost: weight {} is up, {} is needed", farm.weight_up, farm.quorum.weight)
            }
        };
        let _ = write!(out, "\n{}: {quorum}", farm.name);
        if let Some(sorry) = farm.sorry.filter(|_| farm.sorry_serves) {
            let _ = write!(out, "; the sorry server {sorry} serves");
        }
        let services: Vec<_> = farm.services.iter().map(ServiceKey::describe).collect();
        if services.first() != Some(&farm.name) {
            let _ = write!(out, " ({})", services.join(", "));
        }
        let _ = writeln!(out, "\n  {:<25} {:<10} {:>11}  WHY", "SERVER", "STATE", "WEIGHT");
        for server in &farm.servers {
            let weight = match server.weight {
                None => format!("- of {}", server.configured_weight),
                Some(weight) if weight != server.configured_weight => {
                    format!("{weight} of {}", server.configured_weight)
                }
                Some(weight) => weight.to_string(),
            };
            let state = condition(server.condition);
            let _ = writeln!(out, "  {:<25} {state:<10} {weight:>11}  {}", server.name, why(server));
        }
    }
    out
}

const fn condition(condition: ServerCondition) -> &'static str {
    match condition {
        ServerCondition::Up => "up",
        ServerCondition::Checking => "checking",
        ServerCondition::SlowStart => "slow-start",
        ServerCondition::Down => "down",
        ServerCondition::Drain => "drain",
        ServerCondition::Maint => "maint",
    }
}

fn why(server: &FarmServerStatus) -> String {
    let mut parts = Vec::new();
    if let Some(hold) = &server.hold {
        parts.push(format!("by {}", hold.by));
        parts.push(held(server, hold.deadline.as_ref()));
    }
    parts.extend(server.maintenance.as_ref().map(|file| format!("maintenance file {file}")));
    for reason in &server.reasons {
        match reason {
            WeightReason::SorryServer => parts.push("the sorry server serves".to_owned()),
            WeightReason::CheckWeight => parts.push(format!("checks want {}", server.checked_weight)),
            WeightReason::ByHand => parts.push("changed by hand".to_owned()),
            // Said by the state, or by what stands beside it.
            WeightReason::Operator
            | WeightReason::MaintenanceFile
            | WeightReason::Down
            | WeightReason::SlowStart => {}
        }
    }
    parts.extend(server.checks.iter().map(|check| match &check.last {
        None => format!("{}: not tried yet", check.probe),
        Some(last) if last.failed => format!(
            "{}: {} ({} s ago, {} in a row)",
            check.probe, last.detail, last.seconds_ago, last.failures
        ),
        Some(last) => format!("{}: {} ({} s ago)", check.probe, last.detail, last.seconds_ago),
    }));
    parts.join("; ")
}

/// What a real server that an operator holds still has, and until when.
fn held(server: &FarmServerStatus, deadline: Option<&DeadlineStatus>) -> String {
    let count = |own: &ServerConnections| u64::from(own.active) + u64::from(own.inactive);
    let left: u64 = server.connections.iter().map(count).sum();
    let left = if left == 1 { "1 connection left".to_owned() } else { format!("{left} connections left") };
    match deadline {
        None => left,
        Some(deadline) => {
            let then = if deadline.then == Then::Reset { ", then reset" } else { "" };
            match deadline.has_passed {
                true if deadline.then == Then::Reset => format!("deadline passed, {left}, being reset"),
                true => format!("deadline passed, {left}"),
                false => format!("{left}, {} s to go{then}", deadline.left_seconds),
            }
        }
    }
}

/// `3d 4h`, `5h 6m`, `7m 8s`, `9s`.
fn span(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    if days > 0 {
        format!("{days}d {}h", hours % 24)
    } else if hours > 0 {
        format!("{hours}h {}m", minutes % 60)
    } else if minutes > 0 {
        format!("{minutes}m {}s", seconds % 60)
    } else {
        format!("{seconds}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::command::{
        CheckStatus, HoldStatus, IntakeStatus, InterfaceStatus, LastTry, WorkerStatus,
    };
    use crate::lvs::{Endpoint, Family, Quorum};

    fn sample() -> Status {
        Status {
            version: "0.1.0".to_owned(),
            pid: 4711,
            uptime_seconds: 3725,
            epoch: 7,
            config: Some("/etc/ulvs.toml".to_owned()),
            interfaces: vec![InterfaceStatus {
                name: "eth0".to_owned(),
                ifindex: 2,
                mac: "02:00:00:00:00:01".to_owned(),
                mtu: 1500,
                running: true,
                io: "AF_XDP native".to_owned(),
                claim: "held".to_owned(),
            }],
            intake: IntakeStatus {
                profile: "latency".to_owned(),
                fanout: "client".to_owned(),
                filter: "on".to_owned(),
                shedding: "on".to_owned(),
                frames_filtered: 5,
                requests_shed: 6,
            },
            workers: vec![
                WorkerStatus { cpu: Some(1), turns: 10, frames: 20, forwarded: 15, panics: 0 },
                WorkerStatus { cpu: None, turns: 0, frames: 0, forwarded: 0, panics: 0 },
            ],
            claimed_vips: vec!["10.9.0.100".parse().unwrap()],
            marks: Vec::new(),
            connections: 3,
            counters: vec![("frames_received".to_owned(), 20), ("frames_dropped".to_owned(), 0)],
            latency_ns: Some([1000, 2000, 3000, 4000]),
        }
    }

    #[test]
    fn a_table_for_people() {
        insta::assert_snapshot!(as_table(&sample()));
    }

    fn farm() -> FarmStatus {
        let server = |last: u8, condition, weight, checks| FarmServerStatus {
            server: Endpoint::new([10, 9, 0, last].into(), 80),
            name: format!("10.9.0.{last}:80"),
            condition,
            is_up: condition != ServerCondition::Down,
            configured_weight: 3,
            checked_weight: 3,
            weight,
            reasons: if last == 12 { vec![WeightReason::Down, WeightReason::ByHand] } else { Vec::new() },
            hold: (last == 13).then(|| HoldStatus {
                by: "ann".to_owned(),
                since_unix_seconds: 1,
                deadline: Some(DeadlineStatus {
                    unix_seconds: 61,
                    left_seconds: 42,
                    has_passed: false,
                    then: Then::Reset,
                }),
            }),
            maintenance: (last == 12).then(|| "rs2".to_owned()),
            connections: vec![ServerConnections {
                service: ServiceKey::Fwmark { family: Family::V4, mark: 3 },
                active: 2,
                inactive: 5,
                persistent: 1,
            }],
            checks,
        };
        let check = |failed: bool| CheckStatus {
            probe: "http".to_owned(),
            is_up: !failed,
            last: Some(LastTry {
                failed,
                detail: if failed { "status 404, not 200..=299" } else { "status 200" }.to_owned(),
                seconds_ago: 2,
                took_seconds: 0.25,
                failures: 3 * u32::from(failed),
                next_in_seconds: 1.0,
            }),
        };
        FarmStatus {
            name: "web".to_owned(),
            services: vec![ServiceKey::Fwmark { family: Family::V4, mark: 3 }],
            weight_up: 3,
            quorum: Quorum { weight: 4, hysteresis: 0 },
            has_quorum: false,
            sorry: Some(Endpoint::new([10, 9, 0, 99].into(), 80)),
            sorry_serves: true,
            servers: vec![
                server(11, ServerCondition::Up, Some(3), vec![check(false)]),
                server(12, ServerCondition::Down, None, vec![check(true)]),
                server(13, ServerCondition::Drain, Some(0), Vec::new()),
            ],
        }
    }

    #[test]
    fn farms_for_people() {
        insta::assert_snapshot!(farms_table(&[farm()]));
    }

    fn router() -> RouterStatus {
        RouterStatus {
            name: "VI_1".to_owned(),
            interface: "eth0".to_owned(),
            vrid: 51,
            role: crate::lvs::Role::Backup,
            since_unix_seconds: 1,
            configured_priority: 100,
            priority: 80,
            reasons: vec!["chk is down".to_owned()],
            master: Some(("10.9.0.3".parse().unwrap(), 99)),
            addresses: vec!["10.9.0.100".parse().unwrap()],
            counters: vec![("advert_rcvd".to_owned(), 7)],
        }
    }

    #[test]
    fn virtual_routers_for_people() {
        assert_eq!(routers_table(&[]), "");
        let table = routers_table(&[router()]);
        let row = table.lines().last().unwrap();
        let words: Vec<_> = row.split_whitespace().collect();
        assert_eq!(words.join(" "), "VI_1 eth0 51 backup 80 of 100 10.9.0.3 (99) chk is down");
    }

    #[test]
    fn json_for_programs() {
        let value: serde_json::Value =
            serde_json::from_str(&as_json(&sample(), &[farm()], &[], &[router()]).unwrap()).unwrap();
        let drained = &value["farms"][0]["servers"][2];
        assert_eq!(drained["hold"]["deadline"]["left_seconds"], 42);
        assert_eq!(value["farms"][0]["servers"][1]["reasons"][0], "down");
        assert_eq!(drained["connections"][0]["inactive"], 5);
        assert_eq!(value["virtual_routers"][0]["counters"]["advert_rcvd"], 7);
        assert_eq!(value["virtual_routers"][0]["role"], "backup");
        assert_eq!(value["schema"], 1);
        assert_eq!(value["counters"]["frames_dropped"], 0);
        assert_eq!(value["latency_ns"]["p99"], 2000);
        assert_eq!(value["interfaces"][0]["mtu"], 1500);
        assert_eq!(
            (&value["intake"]["fanout"], &value["workers"][0]["forwarded"]),
            (&"client".into(), &15.into())
        );
    }
}
