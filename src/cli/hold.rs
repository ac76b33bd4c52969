//! `ulvs drain`, `ulvs maint` and `ulvs ready`: an operator's decisions about real servers.

use super::{FAILED, INVALID, OK, PARTIAL, REFUSED, client_status, complain, say};
use crate::api::client::{Client, ClientError};
use crate::control::command::{HoldKind, Reply, Request, ServiceState};
use crate::lvs::{Endpoint, ServiceKey};
use clap::Args;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

/// How often connections are counted while they are waited for.
const LOOK: Duration = Duration::from_millis(500);

/// Which real servers.
#[derive(Debug, Args)]
pub(super) struct HoldArgs {
    /// Real servers: RIP or RIP:port in all services, or SERVICE/RIP:port in one, where SERVICE is VIP:port or `fwm N`
    #[arg(required = true, value_name = "SERVER")]
    servers: Vec<String>,
    /// Wait until they have no connections left
    #[arg(long)]
    wait: bool,
    /// Wait so long at most, in seconds; exit status 5 if there are connections then
    #[arg(long, value_name = "SECONDS", requires = "wait", default_value_t = 900)]
    timeout: u32,
}

/// A real server as somebody wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Selector {
    service: Option<ServiceOf>,
    addr: IpAddr,
    port: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ServiceOf {
    Virt(SocketAddr),
    Mark(u32),
}

impl Selector {
    fn parse(text: &str) -> Result<Self, String> {
        let bad = || {
            format!(
                "`{text}` is no real server: write 10.0.0.11, 10.0.0.11:80, 10.0.0.1:80/10.0.0.11:80 or \"fwm 3/10.0.0.11\""
            )
        };
        let (service, server) = match text.rsplit_once('/') {
            None => (None, text),
            Some((service, server)) => {
                let service = match service.trim().strip_prefix("fwm") {
                    Some(mark) => ServiceOf::Mark(mark.trim().parse().map_err(|_| bad())?),
                    None => ServiceOf::Virt(service.parse().map_err(|_| bad())?),
                };
                (Some(service), server)
            }
        };
        if let Ok(both) = server.parse::<SocketAddr>() {
            return Ok(Self { service, addr: both.ip(), port: Some(both.port()) });
        }
        let bare = server.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(server);
        Ok(Self { service, addr: bare.parse().map_err(|_| bad())?, port: None })
    }

    fn fits(&self, key: &ServiceKey, server: Endpoint) -> bool {
        let of_service = match (self.service, key) {
            (None, _) => true,
            (Some(ServiceOf::Virt(own)), ServiceKey::Tuple { virt, .. }) => {
                (own.ip(), own.port()) == (virt.addr, virt.port)
            }
            (Some(ServiceOf::Mark(own)), ServiceKey::Fwmark { mark, .. }) => own == *mark,
            _ => false,
        };
        of_service && server.addr == self.addr && self.port.is_none_or(|port| port == server.port)
    }
}

/// Decides; returns the exit status.
pub(super) fn hold(verb: &str, args: &HoldArgs, kind: Option<HoldKind>, socket: &Path) -> u8 {
    let mut selectors = Vec::new();
    for text in &args.servers {
        match Selector::parse(text) {
            Ok(selector) => selectors.push((text, selector)),
            Err(message) => {
                complain(&format!("ulvs {verb}: {message}\n"));
                return INVALID;
            }
        }
    }
    let result =
        Client::connect(socket).and_then(|mut client| decide(verb, args, kind, &selectors, &mut client));
    result.unwrap_or_else(|error| {
        complain(&format!("ulvs {verb}: {error}\n"));
        client_status(&error)
    })
}

#[expect(clippy::disallowed_methods, reason = "a deadline for whoever waits")]
fn decide(
    verb: &str,
    args: &HoldArgs,
    kind: Option<HoldKind>,
    selectors: &[(&String, Selector)],
    client: &mut Client,
) -> Result<u8, ClientError> {
    let known = everyone(client)?;
    let mut chosen: Vec<(ServiceKey, Endpoint)> = Vec::new();
    for (text, selector) in selectors {
        let fitting: Vec<_> =
            known.iter().filter(|(key, server)| selector.fits(key, *server)).copied().collect();
        if fitting.is_empty() {
            complain(&format!("ulvs {verb}: no service has the real server {text}\n"));
            return Ok(REFUSED);
        }
        chosen.extend(fitting);
    }
    chosen.sort_unstable();
    chosen.dedup();
    match client.ask(&Request::Hold { servers: chosen.clone(), hold: kind, by: who() })? {
        Reply::Done => {}
        Reply::Refused(error) => {
            complain(&format!("ulvs {verb}: refused: {error}\n"));
            return Ok(REFUSED);
        }
        _ => {
            complain(&format!(
                "ulvs {verb}: the director answered another question; are both of the same version?\n"
            ));
            return Ok(FAILED);
        }
    }
    for (key, server) in &chosen {
        say(&format!("{} -> {server}: {verb}\n", key.describe()));
    }
    if !args.wait || kind.is_none() {
        return Ok(OK);
    }
    let begun = Instant::now();
    loop {
        let left = connections(client, &chosen)?;
        if left == 0 {
            say("no connections left\n");
            return Ok(OK);
        }
        if begun.elapsed() >= Duration::from_secs(args.timeout.into()) {
            complain(&format!("ulvs {verb}: {left} connections left after {} seconds\n", args.timeout));
            return Ok(PARTIAL);
        }
        std::thread::sleep(LOOK);
    }
}

/// All real servers, those included that are not in the table now.
fn everyone(client: &mut Client) -> Result<Vec<(ServiceKey, Endpoint)>, ClientError> {
    let mut all = Vec::new();
    if let Reply::Services(services) = client.ask(&Request::Services(None))? {
        for ServiceState { spec, servers, .. } in services {
            all.extend(servers.iter().map(|server| (spec.key, server.spec.endpoint)));
        }
    }
    if let Reply::Farms(farms) = client.ask(&Request::Farms)? {
        for farm in farms {
            for key in farm.services {
                all.extend(farm.servers.iter().map(|server| (key, server.server)));
            }
        }
    }
    Ok(all)
}

/// Connections of these real servers.
fn connections(client: &mut Client, chosen: &[(ServiceKey, Endpoint)]) -> Result<u64, ClientError> {
    let Reply::Services(services) = client.ask(&Request::Services(None))? else { return Ok(0) };
    let of = |service: &ServiceState| -> u64 {
        let key = service.spec.key;
        let ours = service.servers.iter().filter(|server| chosen.contains(&(key, server.spec.endpoint)));
        ours.map(|server| u64::from(server.active) + u64::from(server.inactive)).sum()
    };
    Ok(services.iter().map(of).sum())
}

/// Who decides: the user that sudo was called by, or whose process this is.
fn who() -> String {
    if let Ok(name) = std::env::var("SUDO_USER")
        && !name.is_empty()
    {
        return name;
    }
    let uid = rustix::process::getuid().as_raw().to_string();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let own = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let name =
        own.filter(|fields| fields.get(2) == Some(&uid.as_str())).find_map(|fields| fields.first().copied());
    name.map_or_else(|| format!("uid {uid}"), str::to_owned)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::lvs::{Family, Protocol};

    #[test]
    fn real_servers_as_people_write_them() {
        let key = |port| ServiceKey::Tuple {
            protocol: Protocol::Tcp,
            virt: Endpoint::new("10.0.0.1".parse().unwrap(), port),
        };
        let server = |port| Endpoint::new("10.0.0.11".parse().unwrap(), port);
        let mark = ServiceKey::Fwmark { family: Family::V4, mark: 3 };
        for (text, fits) in [
            ("10.0.0.11", [true, true, true, true]),
            ("10.0.0.11:80", [true, true, false, true]),
            ("10.0.0.1:80/10.0.0.11:80", [true, false, false, false]),
            ("10.0.0.1:81/10.0.0.11", [false, true, false, false]),
            ("fwm 3/10.0.0.11", [false, false, false, true]),
            ("10.0.0.12", [false; 4]),
        ] {
            let selector = Selector::parse(text).unwrap();
            let cases =
                [(key(80), server(80)), (key(81), server(80)), (key(443), server(443)), (mark, server(80))];
            let found = cases.map(|(key, server)| selector.fits(&key, server));
            let expected = if text == "10.0.0.1:81/10.0.0.11" { [false, true, false, false] } else { fits };
            assert_eq!(found, expected, "{text}");
        }
        assert_eq!(Selector::parse("[2001:db8::1]:80").unwrap().port, Some(80));
        assert_eq!(Selector::parse("2001:db8::1").unwrap().port, None);
        for text in ["", "x", "10.0.0.1:80/", "/10.0.0.1", "fwm x/10.0.0.1", "10.0.0.1/10.0.0.2"] {
            assert!(Selector::parse(text).is_err(), "{text}");
        }
    }
}
