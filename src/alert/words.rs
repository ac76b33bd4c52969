//! Changes in the words of the program whose configuration this is, so that what watches logs goes on matching.

use crate::control::happening::{Cause, Happening, What};
use crate::lvs::{Endpoint, Family, FarmServer, Probe, ServiceKey, WhenDown, Words};
use std::net::IpAddr;

/// The lines that the original program would have logged; in our own words, or where it would have said nothing, none.
pub fn lines(happening: &Happening) -> Vec<String> {
    match happening.farm.words {
        Words::Ulvs => Vec::new(),
        Words::Keepalived => keepalived(happening),
        Words::Ldirectord => ldirectord(happening),
        Words::Piranha => piranha(happening),
    }
}

/// The real server that it is about.
pub fn server_of(happening: &Happening) -> Option<&FarmServer> {
    let endpoint = happening.server?;
    happening.farm.servers.iter().find(|server| server.endpoint == endpoint)
}

/// `[10.0.0.1]:tcp:80`, `FWM 3`: a service as keepalived prints it, or its group's name.
pub fn keepalived_service(happening: &Happening) -> String {
    match happening.farm.services.as_slice() {
        [ServiceKey::Tuple { protocol, virt }] => {
            format!("[{}]:{}:{}", virt.addr, protocol.listing().to_lowercase(), virt.port)
        }
        [ServiceKey::Fwmark { family: Family::V4, mark }] => format!("FWM {mark}"),
        [ServiceKey::Fwmark { family: Family::V6, mark }] => format!("FWM {mark} IPv6"),
        _ => happening.farm.name.clone(),
    }
}

/// A real server as keepalived prints it.
pub fn keepalived_server(happening: &Happening, server: Endpoint) -> String {
    let protocol = match happening.farm.services.first() {
        Some(ServiceKey::Tuple { protocol, .. }) => protocol.listing().to_lowercase(),
        _ => "none".to_owned(),
    };
    format!("[{}]:{protocol}:{}", server.addr, server.port)
}

fn keepalived(happening: &Happening) -> Vec<String> {
    let farm = &happening.farm;
    let vs = keepalived_service(happening);
    let rs = happening.server.map(|server| keepalived_server(happening, server)).unwrap_or_default();
    let quiesces = server_of(happening).is_some_and(|server| server.when_down == WhenDown::Quiesce);
    let sorry =
        farm.sorry.map(|sorry| keepalived_server(happening, sorry.server.endpoint)).unwrap_or_default();
    let (quorum, hysteresis) = (farm.quorum.weight, farm.quorum.hysteresis);
    match &happening.what {
        What::ServerDown { .. } if happening.cause == Cause::Stop => {
            vec![format!("Shutting down service {rs} from VS {vs}")]
        }
        What::ServerDown { .. } => {
            let failed = server_of(happening).and_then(|server| server.checks.first()).map(|check| {
                let retries = check.timing.falls.saturating_sub(1);
                let tail = if retries == 0 { String::new() } else { format!(" after {retries} retries") };
                format!("{} on service {rs} failed{tail}.", keepalived_checker(&check.probe))
            });
            let change = match quiesces {
                true => format!("Disabling service {rs} of VS {vs}"),
                false => format!("Removing service {rs} from VS {vs}"),
            };
            failed.into_iter().chain([change]).collect()
        }
        What::ServerUp { .. } if quiesces => vec![format!("Enabling service {rs} of VS {vs}")],
        What::ServerUp { .. } => vec![format!("Adding service {rs} to VS {vs}")],
        What::Weight { from, to } => {
            vec![format!("Changing weight from {from} to {to} for active service {rs} of VS {vs}")]
        }
        What::QuorumLost { weight } => {
            let least = quorum.saturating_sub(hysteresis);
            vec![format!("Lost quorum {quorum}-{hysteresis}={least} > {weight} for VS {vs}")]
        }
        What::QuorumGained { weight } => {
            let most = u64::from(quorum) + u64::from(hysteresis);
            vec![format!("Gained quorum {quorum}+{hysteresis}={most} <= {weight} for VS {vs}")]
        }
        What::SorryAdded => {
            let mut lines = vec![format!("Adding sorry server {sorry} to VS {vs}")];
            if farm.sorry.is_some_and(|sorry| sorry.replaces) {
                lines.push(format!("Removing alive servers from the pool for VS {vs}"));
            }
            lines
        }
        What::SorryRemoved => {
            let mut lines = vec![format!("Removing sorry server {sorry} from VS {vs}")];
            if farm.sorry.is_some_and(|sorry| sorry.replaces) {
                lines.push(format!("Adding alive servers to the pool for VS {vs}"));
            }
            lines
        }
        What::CheckFailed { .. }
        | What::CheckRecovered { .. }
        | What::Held { .. }
        | What::DeadlinePassed { .. }
        | What::Readded
        | What::Role { .. }
        | What::Priority { .. } => Vec::new(),
    }
}

const fn keepalived_checker(probe: &Probe) -> &'static str {
    match probe {
        Probe::Http(_) => "HTTP_CHECK",
        Probe::Smtp { .. } => "SMTP_CHECK",
        Probe::Dns(_) => "DNS_CHECK",
        Probe::Udp(_) => "UDP_CHECK",
        Probe::Ping { .. } => "PING_CHECK",
        Probe::Script(_) => "MISC_CHECK",
        Probe::File { .. } => "FILE_CHECK",
        _ => "TCP_CHECK",
    }
}

/// `10.0.0.1:80`, or the mark: a service as ldirectord prints it.
pub fn plain_service(key: &ServiceKey) -> String {
    match key {
        ServiceKey::Tuple { virt, .. } => plain(*virt),
        ServiceKey::Fwmark { mark, .. } => mark.to_string(),
    }
}

fn plain(endpoint: Endpoint) -> String {
    match endpoint.addr {
        IpAddr::V4(addr) => format!("{addr}:{}", endpoint.port),
        IpAddr::V6(addr) => format!("[{addr}]:{}", endpoint.port),
    }
}

fn ldirectord(happening: &Happening) -> Vec<String> {
    let farm = &happening.farm;
    let key = farm.services.first();
    let virt = key.map(plain_service).unwrap_or_default();
    let protocol = match key {
        Some(ServiceKey::Tuple { protocol, .. }) => protocol.listing().to_lowercase(),
        _ => "fwm".to_owned(),
    };
    let real = happening.server.map(plain).unwrap_or_default();
    let quiesces = server_of(happening).is_some_and(|server| server.when_down == WhenDown::Quiesce);
    let fallback = farm.sorry.map(|sorry| (plain(sorry.server.endpoint), sorry.server.weight));
    match &happening.what {
        What::CheckFailed { failures, of, .. } => {
            vec![format!("Soft failure real server: {real} ({protocol}:{virt}) failure {failures}/{of}")]
        }
        What::ServerDown { .. } if happening.cause == Cause::Stop => {
            vec![format!("Purged real server (stop): {real} ({virt})")]
        }
        What::ServerDown { .. } if quiesces => {
            vec![format!("Quiescent real server: {real} ({virt}) (Weight set to 0)")]
        }
        What::ServerDown { .. } => vec![format!("Deleted real server: {real} ({virt})")],
        What::ServerUp { weight, .. } => {
            let verb = if quiesces { "Restored" } else { "Added" };
            vec![format!("{verb} real server: {real} ({virt}) (Weight set to {weight})")]
        }
        What::SorryAdded => {
            let line = |(server, weight)| {
                format!("Added fallback server: {server} ({virt}) (Weight set to {weight})")
            };
            fallback.map(line).into_iter().collect()
        }
        What::SorryRemoved => fallback
            .map(|(server, _)| format!("Deleted fallback server: {server} ({virt})"))
            .into_iter()
            .collect(),
        What::CheckRecovered { .. } => {
            vec![format!("Resetting soft failure count: {real} ({protocol}:{virt})")]
        }
        What::Readded => vec![format!("Readd Quiescent real server: {real} ({virt}) (Weight set to 0)")],
        What::Role { .. } | What::Priority { .. } => Vec::new(),
        What::Weight { .. }
        | What::QuorumLost { .. }
        | What::QuorumGained { .. }
        | What::Held { .. }
        | What::DeadlinePassed { .. } => Vec::new(),
    }
}

fn piranha(happening: &Happening) -> Vec<String> {
    let real = happening.server.map(plain).unwrap_or_default();
    match &happening.what {
        What::ServerUp { .. } => vec![format!("[ active ] making {real} available")],
        What::ServerDown { .. } => vec![format!("[inactive] shutting down {real} due to connection failure")],
        What::CheckFailed { .. } => {
            vec![format!("Trouble. Received results are not what we expected from ({real})")]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::control::happening::Cause;
    use crate::lvs::{Farm, Protocol, Quorum, RealServerSpec, Sorry};
    use std::sync::Arc;

    fn told(words: Words, quiesces: bool, what: What) -> Vec<String> {
        told_for(Cause::Check, words, quiesces, what)
    }

    fn told_for(cause: Cause, words: Words, quiesces: bool, what: What) -> Vec<String> {
        let at = |last: u8, port| Endpoint::new([10, 9, 0, last].into(), port);
        let key = ServiceKey::Tuple { protocol: Protocol::Tcp, virt: at(100, 80) };
        let mut farm = Farm::unwatched(key, [at(11, 8080)]);
        farm.words = words;
        farm.quorum = Quorum { weight: 3, hysteresis: 1 };
        farm.sorry = Some(Sorry {
            server: RealServerSpec::new(at(99, 80)),
            replaces: words == Words::Keepalived,
            quiesces: false,
        });
        if quiesces {
            farm.servers[0].when_down = WhenDown::Quiesce;
        }
        let server = match what {
            What::QuorumLost { .. } | What::QuorumGained { .. } | What::SorryAdded | What::SorryRemoved => {
                None
            }
            _ => Some(at(11, 8080)),
        };
        lines(&Happening { number: 1, cause, farm: Arc::new(farm), server, what })
    }

    #[test]
    fn keepalived_s_words() {
        let down = || What::ServerDown { detail: "refused".into() };
        let up = || What::ServerUp { detail: "fine".into(), weight: 2 };
        let told = |quiesces, what| told(Words::Keepalived, quiesces, what).join("\n");
        assert_eq!(told(false, down()), "Removing service [10.9.0.11]:tcp:8080 from VS [10.9.0.100]:tcp:80");
        assert_eq!(told(true, down()), "Disabling service [10.9.0.11]:tcp:8080 of VS [10.9.0.100]:tcp:80");
        assert_eq!(told(false, up()), "Adding service [10.9.0.11]:tcp:8080 to VS [10.9.0.100]:tcp:80");
        assert_eq!(told(true, up()), "Enabling service [10.9.0.11]:tcp:8080 of VS [10.9.0.100]:tcp:80");
        assert_eq!(
            told(false, What::QuorumLost { weight: 1 }),
            "Lost quorum 3-1=2 > 1 for VS [10.9.0.100]:tcp:80"
        );
        assert_eq!(
            told(false, What::QuorumGained { weight: 4 }),
            "Gained quorum 3+1=4 <= 4 for VS [10.9.0.100]:tcp:80"
        );
        assert_eq!(
            told(false, What::SorryAdded),
            "Adding sorry server [10.9.0.99]:tcp:80 to VS [10.9.0.100]:tcp:80\n\
             Removing alive servers from the pool for VS [10.9.0.100]:tcp:80"
        );
        assert_eq!(
            told(false, What::Weight { from: 1, to: 2 }),
            "Changing weight from 1 to 2 for active service [10.9.0.11]:tcp:8080 of VS [10.9.0.100]:tcp:80"
        );
    }

    #[test]
    fn ldirectord_s_words() {
        let told = |quiesces, what| told(Words::Ldirectord, quiesces, what).join("\n");
        let down = || What::ServerDown { detail: "refused".into() };
        let up = || What::ServerUp { detail: "fine".into(), weight: 2 };
        assert_eq!(told(false, down()), "Deleted real server: 10.9.0.11:8080 (10.9.0.100:80)");
        assert_eq!(
            told(true, down()),
            "Quiescent real server: 10.9.0.11:8080 (10.9.0.100:80) (Weight set to 0)"
        );
        assert_eq!(told(false, up()), "Added real server: 10.9.0.11:8080 (10.9.0.100:80) (Weight set to 2)");
        assert_eq!(
            told(true, up()),
            "Restored real server: 10.9.0.11:8080 (10.9.0.100:80) (Weight set to 2)"
        );
        assert_eq!(
            told(false, What::SorryAdded),
            "Added fallback server: 10.9.0.99:80 (10.9.0.100:80) (Weight set to 1)"
        );
        assert_eq!(told(false, What::SorryRemoved), "Deleted fallback server: 10.9.0.99:80 (10.9.0.100:80)");
        let failed = What::CheckFailed { detail: "refused".into(), failures: 1, of: 3 };
        assert_eq!(
            told(false, failed),
            "Soft failure real server: 10.9.0.11:8080 (tcp:10.9.0.100:80) failure 1/3"
        );
        assert_eq!(
            told(true, What::CheckRecovered { failures: 1 }),
            "Resetting soft failure count: 10.9.0.11:8080 (tcp:10.9.0.100:80)"
        );
        assert_eq!(
            told(true, What::Readded),
            "Readd Quiescent real server: 10.9.0.11:8080 (10.9.0.100:80) (Weight set to 0)"
        );
        assert_eq!(told(false, What::QuorumLost { weight: 0 }), "", "it has no such thing");
    }

    #[test]
    fn at_the_end() {
        let told = |words| {
            let what = What::ServerDown { detail: "the director ends".into() };
            told_for(Cause::Stop, words, true, what)
        };
        assert_eq!(told(Words::Ldirectord), ["Purged real server (stop): 10.9.0.11:8080 (10.9.0.100:80)"]);
        let line = "Shutting down service [10.9.0.11]:tcp:8080 from VS [10.9.0.100]:tcp:80";
        assert_eq!(told(Words::Keepalived), [line]);
    }

    #[test]
    fn nanny_s_words() {
        let up = What::ServerUp { detail: "fine".into(), weight: 2 };
        assert_eq!(told(Words::Piranha, false, up), ["[ active ] making 10.9.0.11:8080 available"]);
        let down = What::ServerDown { detail: "refused".into() };
        let line = "[inactive] shutting down 10.9.0.11:8080 due to connection failure";
        assert_eq!(told(Words::Piranha, false, down), [line]);
    }
}
