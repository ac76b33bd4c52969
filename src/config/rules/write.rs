//! The way back: an intent as `ipvsadm -S -n` prints it, as far as rules can say it.

use crate::config::dialect::Written;
use crate::control::command::Intent;
use crate::lvs::{
    Farm, ForwardingMethod, LogTo, Protocol, RealServerSpec, ServiceKey, ServiceSpec, Tunnel, TunnelChecksum,
    Upkeep,
};
use std::fmt::Write as _;

/// The intent's services, real servers and timeouts as rules. What rules have no words for is left unsaid: mark rules,
/// tunables, all health checks and what follows them, the director's own life.
pub fn write(intent: &Intent) -> Written {
    let mut text = String::new();
    let mut unsaid = Vec::new();
    for (key, (spec, servers)) in &intent.services {
        let name = service_option(*key);
        let _ = writeln!(text, "-A {name}{}", service(spec));
        for server in servers {
            let _ = writeln!(text, "-a {name} -r {}", real_server(server));
            if let ServiceKey::Tuple { virt, .. } = key
                && server.method != ForwardingMethod::Nat
                && server.endpoint.port != virt.port
            {
                unsaid.push(format!(
                    "service {name}: the port of the real server {}, which only NAT can change",
                    server.endpoint
                ));
            }
        }
    }
    if let Some(timeouts) = intent.timeouts {
        let _ = writeln!(text, "--set {} {} {}", timeouts.tcp, timeouts.tcp_fin, timeouts.udp);
    }
    unsaid.extend(intent.marks.iter().flatten().map(|rule| format!("mark rule {rule}")));
    unsaid.extend(intent.tunables.iter().map(|(name, value)| format!("tunable {name} = {value}")));
    unsaid.extend(intent.farms.iter().flat_map(farm));
    unsaid.extend(upkeep(&intent.upkeep));
    unsaid.extend(intent.vrrp.instances.iter().map(|one| format!("virtual router {}", one.name)));
    if intent.sync.is_some() {
        unsaid.push("synchronisation of connections".to_owned());
    }
    unsaid.extend(intent.vrrp.pulse.as_ref().map(|pulse| pulse.describe()));
    Written { text, unsaid }
}

fn service_option(key: ServiceKey) -> String {
    match key {
        ServiceKey::Tuple { protocol: Protocol::Tcp, virt } => format!("-t {virt}"),
        ServiceKey::Tuple { protocol: Protocol::Udp, virt } => format!("-u {virt}"),
        ServiceKey::Tuple { protocol: Protocol::Sctp, virt } => format!("--sctp-service {virt}"),
        ServiceKey::Fwmark { family: crate::lvs::Family::V4, mark } => format!("-f {mark}"),
        ServiceKey::Fwmark { family: crate::lvs::Family::V6, mark } => format!("-f {mark} -6"),
    }
}

fn service(spec: &ServiceSpec) -> String {
    let mut rule = format!(" -s {}", spec.scheduler);
    if let Some(persistence) = &spec.persistence {
        let _ = write!(rule, " -p {}", persistence.timeout_seconds);
        if !persistence.mask.is_whole() {
            let _ = write!(rule, " -M {}", persistence.mask);
        }
    }
    if let Some(engine) = &spec.engine {
        let _ = write!(rule, " --pe {engine}");
    }
    if spec.one_packet {
        rule += " -o";
    }
    let names = match spec.scheduler.as_str() {
        "sh" => ["sh-fallback", "sh-port", "flag-3"],
        "mh" => ["mh-fallback", "mh-port", "flag-3"],
        _ => ["flag-1", "flag-2", "flag-3"],
    };
    let flags = spec.scheduler_flags;
    let set = names.into_iter().zip([flags.first, flags.second, flags.third]);
    let set: Vec<_> = set.filter(|(_, on)| *on).map(|(name, _)| name).collect();
    if !set.is_empty() {
        let _ = write!(rule, " -b {}", set.join(","));
    }
    rule
}

fn real_server(server: &RealServerSpec) -> String {
    let method = match server.method {
        ForwardingMethod::Nat => "-m",
        ForwardingMethod::Tunnel => "-i",
        ForwardingMethod::DirectRoute | ForwardingMethod::Local | ForwardingMethod::Bypass => "-g",
    };
    let mut rule = format!("{} {method} -w {}", server.endpoint, server.weight);
    if server.thresholds.upper > 0 {
        let _ = write!(rule, " -x {} -y {}", server.thresholds.upper, server.thresholds.lower);
    }
    let checksum = |how| match how {
        TunnelChecksum::None => "--tun-nocsum",
        TunnelChecksum::Full => "--tun-csum",
        TunnelChecksum::Remote => "--tun-remcsum",
    };
    let _ = match server.tunnel {
        _ if server.method != ForwardingMethod::Tunnel => Ok(()),
        Tunnel::Ipip => Ok(()),
        Tunnel::Gue { port, checksum: how } => {
            write!(rule, " --tun-type gue --tun-port {port} {}", checksum(how))
        }
        Tunnel::Gre { checksum: how } => write!(rule, " --tun-type gre {}", checksum(how)),
    };
    rule
}

/// What is not said of a farm.
fn farm(farm: &Farm) -> Vec<String> {
    let name = &farm.name;
    let checks: usize = farm.servers.iter().map(|server| server.checks.len()).sum();
    let of = |what: &str| format!("{name}: {what}");
    let mut unsaid = Vec::new();
    unsaid.extend((checks > 0).then(|| {
        let s = |count| if count == 1 { "" } else { "s" };
        let servers = farm.servers.len();
        of(&format!("{checks} health check{} of {servers} real server{}", s(checks), s(servers)))
    }));
    unsaid.extend(farm.sorry.map(|sorry| of(&format!("the sorry server {}", sorry.server.endpoint))));
    unsaid.extend((farm.quorum != crate::lvs::Quorum::default()).then(|| of("the quorum")));
    let follows = farm.mail.is_some()
        || farm.scripts != crate::lvs::FarmScripts::default()
        || farm.servers.iter().any(|server| server.notify_up.is_some() || server.notify_down.is_some());
    unsaid.extend(follows.then(|| of("scripts and mail that follow a change")));
    unsaid.extend(farm.comment.as_ref().map(|comment| of(&format!("the comment `{comment}`"))));
    if unsaid.is_empty() {
        unsaid.push(of("what becomes of its real servers when they are down"));
    }
    unsaid
}

fn upkeep(upkeep: &Upkeep) -> Vec<String> {
    let Upkeep { autoreload, watch_only, callback, startup, shutdown, fifos, logs } = upkeep;
    let mut unsaid = Vec::new();
    unsaid.extend((autoreload.is_some() || *watch_only).then(|| "looking at files that change".to_owned()));
    let scripts = [("callback", callback), ("startup", startup), ("shutdown", shutdown)];
    unsaid.extend(
        scripts.into_iter().filter(|(_, said)| said.is_some()).map(|(name, _)| format!("the {name} script")),
    );
    unsaid.extend(fifos.iter().map(|fifo| format!("the pipe {}", fifo.display())));
    unsaid.extend(logs.as_ref().map(|logs| match logs {
        LogTo::File(path) => format!("the log {}", path.display()),
        LogTo::Syslog(facility) => format!("the log to syslog's {facility}"),
    }));
    unsaid
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::arbitrary;
    use crate::config::{Context, Diagnostics, Dialect, Names, Rules, Source};
    use crate::lvs::Endpoint;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn services_servers_and_timeouts_come_back(intent in arbitrary::intent()) {
            let Written { text, unsaid } = write(&intent);
            let mut out = Diagnostics::default();
            let names = Names::default();
            let source = Source::from_text("f.rules", &text);
            let back = Rules.read(&source, &Context::of_names(&names), &mut out);
            prop_assert_eq!(out.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
            let ports = unsaid.iter().filter(|line| line.contains(": the port of")).count();
            let mut services = intent.services.clone();
            let mut moved = 0;
            for (key, (_, servers)) in &mut services {
                let ServiceKey::Tuple { virt, .. } = key else { continue };
                for server in servers.iter_mut().filter(|server| server.method != ForwardingMethod::Nat) {
                    moved += usize::from(server.endpoint.port != virt.port);
                    server.endpoint = Endpoint::new(server.endpoint.addr, virt.port);
                }
            }
            prop_assert_eq!(ports, moved);
            prop_assert_eq!(back.services, services, "{}", text);
            prop_assert_eq!(back.timeouts, intent.timeouts);
            for farm in &intent.farms {
                prop_assert!(unsaid.iter().any(|line| line.starts_with(&farm.name)), "{:?}", farm.name);
            }
            prop_assert!(unsaid.len() >= intent.marks.as_ref().map_or(0, Vec::len) + intent.tunables.len());
        }
    }
}
