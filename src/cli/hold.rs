//! `ulvs drain`, `ulvs maint` and `ulvs ready`: an operator's decisions about real servers.

use super::{FAILED, INVALID, OK, PARTIAL, REFUSED, client_status, complain, say};
use crate::api::client::{Client, ClientError};
use crate::control::command::{Deadline, HoldKind, Reply, Request, ServiceState, Then};
use crate::lvs::{Endpoint, ServiceKey};
use clap::Args;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

/// How often connections are counted while they are waited for.
const LOOK: Duration = Duration::from_millis(500);

/// How long connections are waited for, in seconds, unless somebody says otherwise.
const PATIENCE: u32 = 900;
/// How much longer than to a deadline, in seconds: the director looks once a second, and a connection that is reset ends
/// with its next packet.
const GRACE: u32 = 10;

/// Which real servers.
#[derive(Debug, Args)]
struct Which {
    /// Real servers: RIP or RIP:port in all services, or SERVICE/RIP:port in one, where SERVICE is VIP:port or `fwm N`
    #[arg(required = true, value_name = "SERVER")]
    servers: Vec<String>,
}

/// What `ulvs drain` takes.
#[derive(Debug, Args)]
pub(super) struct DrainArgs {
    #[command(flatten)]
    which: Which,
    /// A deadline for the connections that they have, in seconds from now: up to 31 days
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=31 * 86_400))]
    timeout: Option<u32>,
    /// What becomes of connections that there are at the deadline: they are left, or reset towards both sides
    #[arg(long, value_enum, value_name = "WHAT", requires = "timeout", default_value = "leave")]
    then: Rest,
    /// Wait until they have no connections left, until the deadline at most (without one: 900 seconds); exit status 5 if
    /// there are connections then
    #[arg(long)]
    wait: bool,
}

/// What becomes of connections that there are at the deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Rest {
    /// They go on.
    Leave,
    /// They are reset.
    Reset,
}

/// What `ulvs maint` takes.
#[derive(Debug, Args)]
pub(super) struct MaintArgs {
    #[command(flatten)]
    which: Which,
    /// Wait until they have no connections left
    #[arg(long)]
    wait: bool,
    /// Wait so long at most, in seconds; exit status 5 if there are connections then
    #[arg(long, value_name = "SECONDS", requires = "wait", default_value_t = PATIENCE)]
    timeout: u32,
}

/// What `ulvs ready` takes.
#[derive(Debug, Args)]
pub(super) struct ReadyArgs {
    #[command(flatten)]
    which: Which,
}

/// A decision, as it was asked for.
struct Wish {
    verb: &'static str,
    servers: Vec<String>,
    kind: Option<HoldKind>,
    deadline: Option<Deadline>,
    /// How long to wait at most, in seconds, and what to call that.
    wait: Option<(u32, u32)>,
}

/// Drains; returns the exit status.
pub(super) fn drain(args: DrainArgs, socket: &Path) -> u8 {
    let DrainArgs { which, timeout, then, wait } = args;
    let then = if then == Rest::Reset { Then::Reset } else { Then::Leave };
    let grace = if then == Then::Reset { GRACE } else { 0 };
    let seconds = timeout.unwrap_or(PATIENCE);
    let deadline = timeout.map(|seconds| Deadline { seconds, then });
    let wait = wait.then(|| (seconds + grace, seconds));
    hold(Wish { verb: "drain", servers: which.servers, kind: Some(HoldKind::Drain), deadline, wait }, socket)
}

/// Takes out of the table; returns the exit status.
pub(super) fn maint(args: MaintArgs, socket: &Path) -> u8 {
    let MaintArgs { which, wait, timeout } = args;
    let wait = wait.then_some((timeout, timeout));
    let kind = Some(HoldKind::Maint);
    hold(Wish { verb: "maint", servers: which.servers, kind, deadline: None, wait }, socket)
}

/// Ends what either began; returns the exit status.
pub(super) fn ready(args: ReadyArgs, socket: &Path) -> u8 {
    let ReadyArgs { which } = args;
    hold(Wish { verb: "ready", servers: which.servers, kind: None, deadline: None, wait: None }, socket)
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
fn hold(wish: Wish, socket: &Path) -> u8 {
    let verb = wish.verb;
    let mut selectors = Vec::new();
    for text in &wish.servers {
        match Selector::parse(text) {
            Ok(selector) => selectors.push((text, selector)),
            Err(message) => {
                complain(&format!("ulvs {verb}: {message}\n"));
                return INVALID;
            }
        }
    }
    let result = Client::connect(socket).and_then(|mut client| decide(&wish, &selectors, &mut client));
    result.unwrap_or_else(|error| {
        complain(&format!("ulvs {verb}: {error}\n"));
        client_status(&error)
    })
}

#[expect(clippy::disallowed_methods, reason = "a deadline for whoever waits")]
fn decide(wish: &Wish, selectors: &[(&String, Selector)], client: &mut Client) -> Result<u8, ClientError> {
    let Wish { verb, kind, deadline, wait, .. } = *wish;
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
    match client.ask(&Request::Hold { servers: chosen.clone(), hold: kind, by: who(), deadline })? {
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
    let Some((patience, seconds)) = wait else { return Ok(OK) };
    let begun = Instant::now();
    loop {
        let left = connections(client, &chosen)?;
        if left == 0 {
            say("no connections left\n");
            return Ok(OK);
        }
        if begun.elapsed() >= Duration::from_secs(patience.into()) {
            complain(&format!("ulvs {verb}: {left} connections left after {seconds} seconds\n"));
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

/// Connections of these real servers, also of those that are out of the table.
fn connections(client: &mut Client, chosen: &[(ServiceKey, Endpoint)]) -> Result<u64, ClientError> {
    let Reply::Farms(farms) = client.ask(&Request::Farms)? else { return Ok(0) };
    let servers = farms.iter().flat_map(|farm| &farm.servers);
    let all = servers.flat_map(|server| server.connections.iter().map(|own| (server.server, own)));
    let ours = all.filter(|(server, own)| chosen.contains(&(own.service, *server)));
    Ok(ours.map(|(_, own)| u64::from(own.active) + u64::from(own.inactive)).sum())
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
