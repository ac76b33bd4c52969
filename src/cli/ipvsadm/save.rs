//! `ipvsadm -S`: the table as a list of rules.

use super::naming::{Naming, flag_names};
use super::order;
use crate::control::command::{ServerState, ServiceState};
use crate::lvs::{Family, ForwardingMethod, Protocol, ServiceKey, ServiceSpec, Tunnel, TunnelChecksum};
use std::fmt::Write;

/// The rules, sorted as the listing is.
pub fn rules(mut services: Vec<ServiceState>, naming: Naming<'_>) -> String {
    let mut out = String::new();
    order::sort_services(&mut services);
    for mut service in services {
        let name = service_option(service.spec.key, naming);
        let _ = writeln!(out, "-A {name} {}", service_rule(&service.spec));
        order::sort_servers(&mut service.servers);
        for server in &service.servers {
            let _ = writeln!(out, "-a {name} -r {}", server_rule(server, service.spec.key, naming));
        }
    }
    out
}

fn service_option(key: ServiceKey, naming: Naming<'_>) -> String {
    let name = naming.service(key, usize::MAX);
    match key {
        ServiceKey::Tuple { protocol: Protocol::Tcp, .. } => format!("-t {name}"),
        ServiceKey::Tuple { protocol: Protocol::Udp, .. } => format!("-u {name}"),
        ServiceKey::Tuple { protocol: Protocol::Sctp, .. } => format!("--sctp-service {name}"),
        ServiceKey::Fwmark { family: Family::V4, mark } => format!("-f {}", mark.cast_signed()),
        ServiceKey::Fwmark { family: Family::V6, mark } => format!("-f {} -6", mark.cast_signed()),
    }
}

fn service_rule(spec: &ServiceSpec) -> String {
    let mut rule = format!("-s {}", spec.scheduler);
    if let Some(persistence) = &spec.persistence {
        let _ = write!(rule, " -p {}", persistence.timeout_seconds);
        if !persistence.mask.is_whole() {
            let _ = write!(rule, " -M {}", persistence.mask);
        }
    }
    // Unlike a listing, which tells of it only with persistence.
    if let Some(engine) = &spec.engine {
        let _ = write!(rule, " --pe {engine}");
    }
    if spec.one_packet {
        rule += " -o";
    }
    let flags = flag_names(spec.scheduler_flags, spec.scheduler.as_str());
    if !flags.is_empty() {
        let _ = write!(rule, " -b {flags}");
    }
    rule
}

fn server_rule(server: &ServerState, key: ServiceKey, naming: Naming<'_>) -> String {
    let spec = &server.spec;
    let name = naming.server(spec.endpoint, key, usize::MAX);
    let method = match spec.method {
        ForwardingMethod::Nat => "-m",
        ForwardingMethod::Tunnel => "-i",
        ForwardingMethod::DirectRoute | ForwardingMethod::Local | ForwardingMethod::Bypass => "-g",
    };
    let mut rule = format!("{name} {method} -w {}", spec.weight);
    if spec.method == ForwardingMethod::Tunnel {
        let checksum = |checksum| match checksum {
            TunnelChecksum::None => "--tun-nocsum",
            TunnelChecksum::Full => "--tun-csum",
            TunnelChecksum::Remote => "--tun-remcsum",
        };
        let _ = match spec.tunnel {
            Tunnel::Ipip => write!(rule, " --tun-type ipip"),
            Tunnel::Gue { port, checksum: how } => {
                write!(rule, " --tun-type gue --tun-port {port} {}", checksum(how))
            }
            Tunnel::Gre { checksum: how } => write!(rule, " --tun-type gre {}", checksum(how)),
        };
    }
    rule
}
