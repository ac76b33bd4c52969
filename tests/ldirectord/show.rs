//! Intents and remarks as texts.

use std::fmt::Write as _;
use ulvs::config::{Diagnostics, Severity};
use ulvs::control::command::Intent;
use ulvs::lvs::{Check, Farm, ServiceKey, WhenDown};

/// Remarks as they are shown.
pub(crate) fn rendered(out: &Diagnostics) -> String {
    let mut text = String::new();
    for remark in out {
        let strict = if remark.is_strict && remark.severity != Severity::Error { " (strict)" } else { "" };
        let before = remark.text.get(..remark.caret.start).unwrap();
        let blanks: String = before.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let marked = remark.text.get(remark.caret.clone()).unwrap().chars().count().max(1);
        writeln!(text, "{remark}{strict}\n  | {}\n  | {blanks}{}", remark.text, "^".repeat(marked)).unwrap();
        if let Some(help) = &remark.help {
            writeln!(text, "  = {help}").unwrap();
        }
    }
    text
}

fn named(key: &ServiceKey) -> String {
    match key {
        ServiceKey::Tuple { protocol, virt } => format!("{} {virt}", protocol.listing()),
        ServiceKey::Fwmark { family, mark } => format!("FWM {mark} {family:?}"),
    }
}

fn check(check: &Check) -> String {
    let timing = &check.timing;
    let mut text = format!(
        "every {:?}, {:?}, falls {}{}",
        timing.interval,
        timing.timeout,
        timing.falls,
        if check.begins_down && timing.first_counts && timing.rises == 1 { "" } else { " ODD" }
    );
    if let Some(addr) = check.addr {
        write!(text, ", at {addr}").unwrap();
    }
    if let Some(port) = check.port {
        write!(text, ", port {port}").unwrap();
    }
    write!(text, ": {}", serde_json::to_string(&check.probe).unwrap()).unwrap();
    text
}

fn farm(farm: &Farm) -> String {
    let mut text =
        format!("farm {}: services {:?}\n", farm.name, farm.services.iter().map(named).collect::<Vec<_>>());
    for server in &farm.servers {
        let when_down = if server.when_down == WhenDown::Quiesce { "quiesce" } else { "remove" };
        let checks: Vec<_> = server.checks.iter().map(check).collect();
        writeln!(text, "  {} {when_down}: {}", server.endpoint, checks.join("; ")).unwrap();
    }
    let mut line = |what: &str, value: String| writeln!(text, "  {what}: {value}").unwrap();
    if let Some(sorry) = &farm.sorry {
        line("fallback", format!("{} {}", sorry.server.endpoint, sorry.server.method.listing()));
    }
    if let Some(script) = &farm.scripts.fallback {
        line("fallback script", format!("{:?}", script.line));
    }
    if let Some(mail) = &farm.mail {
        line("mail", serde_json::to_string(mail).unwrap());
    }
    if farm.readds || farm.stays {
        line("readds, stays", format!("{} {}", farm.readds, farm.stays));
    }
    for (what, value) in [
        ("maintenance", farm.maintenance.as_ref().map(|path| path.display().to_string())),
        ("monitor", farm.monitor.as_ref().map(|path| path.display().to_string())),
        ("comment", farm.comment.clone()),
    ] {
        if let Some(value) = value {
            line(what, value);
        }
    }
    text
}

pub(crate) fn summary(intent: &Intent) -> String {
    let mut text = format!("upkeep {}\n", serde_json::to_string(&intent.upkeep).unwrap());
    for (key, (spec, servers)) in &intent.services {
        write!(text, "{} {}", named(key), spec.scheduler).unwrap();
        let flags = spec.scheduler_flags;
        if flags.first || flags.second || flags.third {
            write!(text, " flags {} {} {}", flags.first, flags.second, flags.third).unwrap();
        }
        if let Some(persistence) = &spec.persistence {
            write!(text, " persistent {} mask {}", persistence.timeout_seconds, persistence.mask).unwrap();
        }
        writeln!(text, "{}", if spec.one_packet { " ops" } else { "" }).unwrap();
        for server in servers {
            let (method, limits) = (server.method.listing(), server.thresholds);
            write!(text, "  -> {} {method} {}", server.endpoint, server.weight).unwrap();
            writeln!(text, " {}/{}", limits.upper, limits.lower).unwrap();
        }
    }
    text + &intent.farms.iter().map(farm).collect::<String>()
}
