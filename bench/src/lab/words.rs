//! Scenarios in words.

use super::spec::{Kind, Load, Peer, Target, Traffic};
use ulvs::lvs::ForwardingMethod;

/// Who forwards, in words.
pub fn director(target: &Target) -> String {
    match target {
        Target::Ulvs(ulvs) => {
            let method = match ulvs.method {
                ForwardingMethod::Nat => "NAT",
                ForwardingMethod::Tunnel => "TUN",
                _ => "DR",
            };
            let (servers, workers) = (ulvs.weights.len(), ulvs.workers);
            let more = |count, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
            let (servers, workers) = (more(servers, "server"), more(usize::from(workers), "worker"));
            format!("ulvs {method}, {}, {servers}, {workers}", ulvs.scheduler)
        }
        Target::Peer(Peer::Kernel) => "kernel routing".to_owned(),
        Target::Peer(Peer::Dnat) => "nft DNAT".to_owned(),
        Target::Peer(Peer::Masquerade) => "nft DNAT+masq.".to_owned(),
        Target::Peer(Peer::Reflector) => "reflector".to_owned(),
        Target::Command(foreign) => {
            let last = foreign.command.last().map_or("", |word| word.lines().next().unwrap_or(""));
            let short: String = last.chars().take(32).collect();
            format!("command: {short}")
        }
        Target::Network(network) => format!("network of {}", network.client.display()),
    }
}

/// What is offered, in words.
pub fn load(load: &Load) -> String {
    let mix = match load {
        Load::Replay(replay) => {
            return replay.name.clone();
        }
        Load::Mix(mix) => mix,
    };
    let one = |traffic: &Traffic| {
        let kind = match traffic.kind {
            Kind::Udp => "UDP",
            Kind::Syn => "SYN",
            Kind::Established => "TCP",
        };
        let sizes: Vec<_> = traffic.sizes.iter().map(|(size, _)| size.to_string()).collect();
        let flows = traffic.flows.map_or_else(|| "each new".to_owned(), |flows| format!("{flows} flows"));
        format!("{kind} {}, {flows}", sizes.join("/"))
    };
    mix.iter().map(one).collect::<Vec<_>>().join(" + ")
}
