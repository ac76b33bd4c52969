//! Two directors on a LAN, with a client and two real servers.

use super::PATIENCE;
use super::end::{End, Program};
use super::kind::{Kind, config, toml};
use super::wire::{self, Advert};
use crate::programs::run;
use anyhow::{Context, Result, ensure};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use testnet::actor::http_client;
use testnet::actor::http_server::HttpServer;
use testnet::capture::{Capture, Crossing};
use testnet::host::Host;
use testnet::lab::Lab;
use testnet::topology::{HostSpec, Port, Topology};
use ulvs::lvs::Mac;

/// The directors' hosts: the one of higher priority first.
pub const HOSTS: [&str; 2] = ["first", "second"];
/// The segment.
pub const LAN: &str = "lan";
pub const CLIENT: &str = "client";
const SERVERS: [&str; 2] = ["web1", "web2"];

/// The directors' own addresses.
pub fn own_v4(place: usize) -> Ipv4Addr {
    [Ipv4Addr::new(10, 77, 0, 1), Ipv4Addr::new(10, 77, 0, 2)][place]
}

/// Their MACs.
pub fn own_mac(place: usize) -> Mac {
    Mac([2, 0, 0, 0, 0x77, [1, 2][place]])
}

/// A real server's address.
pub fn real_server(place: usize, is_v6: bool) -> IpAddr {
    let last = [21, 22][place];
    if is_v6 {
        Ipv6Addr::new(0xfd00, 0x77, 0, 0, 0, 0, 0, last).into()
    } else {
        [10, 77, 0, last as u8].into()
    }
}

/// The rig. Dropped in this order: the directors first, the network last.
pub struct Duo {
    pub ends: [End; 2],
    pub capture: Capture,
    _servers: Vec<HttpServer>,
    pub lab: Lab,
    pub directory: TempDir,
    pub kinds: Vec<Kind>,
}

impl Duo {
    /// With these programs, none of which runs yet. A host of keepalived serves HTTP itself: a kernel's IPVS is not there.
    pub fn new(programs: [Program; 2], kinds: &[Kind]) -> Result<Self> {
        let is_claimed = kinds.iter().any(|kind| kind.is_claimed);
        let config_name = if is_claimed { "ulvs.toml" } else { "keepalived.conf" };
        let directory = tempfile::Builder::new().prefix("ulvs-vrrp-").tempdir()?;
        let lab = Lab::build(topology(kinds))?;
        lab.wait_running()?;
        let any = SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), 80);
        let mut servers = Vec::new();
        for name in SERVERS {
            servers.push(HttpServer::start(lab.host(name)?, any)?);
        }
        let capture = Capture::start(&lab)?;
        let end = |place: usize| End::new(programs[place], &directory.path().join(HOSTS[place]), config_name);
        let ends = [end(0)?, end(1)?];
        for (place, end) in ends.iter().enumerate() {
            if end.program == Program::Keepalived {
                servers.push(HttpServer::start(lab.host(HOSTS[place])?, any)?);
            }
        }
        let duo = Self { ends, capture, _servers: servers, lab, directory, kinds: kinds.to_vec() };
        duo.configure(|_, text| text)?;
        Ok(duo)
    }

    /// Their configurations are what the kinds say, after this was done to each.
    pub fn configure(&self, edit: impl Fn(usize, String) -> String) -> Result<()> {
        let is_claimed = self.kinds.iter().any(|kind| kind.is_claimed);
        for (place, end) in self.ends.iter().enumerate() {
            let text = if is_claimed { toml(&self.kinds, place) } else { config(&self.kinds, place) };
            end.configure(&edit(place, text))?;
        }
        Ok(())
    }

    pub fn host(&self, place: usize) -> Result<&Host> {
        self.lab.host(HOSTS[place])
    }

    pub fn start(&mut self, place: usize) -> Result<()> {
        self.ends[place].start(self.lab.host(HOSTS[place])?)
    }

    /// Waits until this holds; what both logged, if it does not come to be.
    pub fn until(&self, what: &str, mut holds: impl FnMut() -> Result<bool>) -> Result<()> {
        let begun = Instant::now();
        while !holds()? {
            ensure!(
                begun.elapsed() < PATIENCE,
                "{what}: not within {PATIENCE:?}\nfirst:{}\nsecond:{}",
                self.ends[0].tail(),
                self.ends[1].tail()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Waits until all virtual routers of this director are that.
    pub fn until_role(&self, place: usize, role: &str) -> Result<()> {
        self.until(&format!("{} is {role}", HOSTS[place]), || {
            let roles = self.ends[place].roles(self.host(place)?)?;
            Ok(self.kinds.iter().all(|kind| roles.get(kind.name).is_some_and(|is| is == role)))
        })
    }

    /// What has crossed the cables since then.
    pub fn frames(&self, since: Duration) -> Vec<Crossing> {
        let mut frames = self.capture.frames().0;
        frames.retain(|frame| frame.at >= since);
        frames
    }

    /// Adverts as they were sent since then.
    pub fn adverts(&self, since: Duration) -> Vec<Advert> {
        wire::sent(&self.frames(since), LAN)
    }

    /// Waits until this director has sent that many adverts of each virtual router since then.
    pub fn until_heard(&self, place: usize, since: Duration, least: usize) -> Result<()> {
        self.until(&format!("{} advertises", HOSTS[place]), || {
            let adverts = self.adverts(since);
            let count = |kind: &Kind| {
                let own = |advert: &&Advert| advert.vrid == kind.vrid && advert.host == HOSTS[place];
                adverts.iter().filter(own).count()
            };
            Ok(self.kinds.iter().all(|kind| count(kind) >= least))
        })
    }

    /// The client gets an answer from every VIP: by a real server, or by the host itself where keepalived runs.
    pub fn all_answer(&self, master: usize) -> Result<()> {
        let expected: &[&str] = match self.ends[master].program {
            Program::Ulvs => &SERVERS,
            Program::Keepalived => &HOSTS[master..=master],
        };
        for kind in &self.kinds {
            let target = SocketAddr::new(kind.vip(), 80);
            let response = http_client::get(self.lab.host(CLIENT)?, target, "/", Duration::from_secs(5))
                .with_context(|| format!("{}: {}{}", kind.name, self.ends[0].tail(), self.ends[1].tail()))?;
            let server = &response.real_server;
            ensure!(expected.contains(&server.as_str()), "{}: {server} answers", kind.name);
        }
        Ok(())
    }

    /// Waits until the client's neighbour table says that this director has every VIP, without asking: who is told does not
    /// ask.
    pub fn until_told(&self, master: usize) -> Result<()> {
        let mac = own_mac(master).to_string();
        self.until(&format!("the client is told of {}", HOSTS[master]), || {
            let table = run(self.lab.host(CLIENT)?, "ip", &["neigh", "show"], PATIENCE)?;
            let leads = |vip: IpAddr| {
                let head = format!("{vip} ");
                table.lines().any(|line| line.starts_with(&head) && line.contains(&mac))
            };
            Ok(self.kinds.iter().all(|kind| leads(kind.vip())))
        })
    }

    /// The addresses are on an interface of this director's host, with their labels, and on no other; claimed ones on none.
    /// Only of directors that run.
    pub fn addresses_are_on(&self, master: usize) -> Result<()> {
        for place in [0, 1] {
            let table = run(self.host(place)?, "ip", &["-o", "addr", "show"], PATIENCE)?;
            for kind in &self.kinds {
                let vip = format!(" {}/", kind.vip());
                let line = table.lines().find(|line| line.contains(&vip));
                let label = format!("eth0:{}", kind.vrid);
                let is_right = match line {
                    Some(line) => {
                        place == master && !kind.is_claimed && (kind.is_v6 || line.contains(&label))
                    }
                    None => place != master || kind.is_claimed,
                };
                ensure!(is_right, "{} of {}: {line:?} on {}", vip, kind.name, HOSTS[place]);
            }
        }
        Ok(())
    }

    /// The bridge lets nothing pass to and from this director, whose link goes on running; or it does again.
    pub fn part(&self, place: usize, is_parted: bool) -> Result<()> {
        let state = if is_parted { "0" } else { "3" };
        let args = ["link", "set", "dev", HOSTS[place], "state", state];
        run(self.lab.host(LAN)?, "bridge", &args, PATIENCE).map(drop)
    }

    /// The other interface of this director, which the group looks at, is up or down.
    pub fn set_other(&self, place: usize, word: &str) -> Result<()> {
        run(self.host(place)?, "ip", &["link", "set", "dev", "eth1", word], PATIENCE).map(drop)
    }

    /// The link of this director is pulled out, or is put in again.
    pub fn pull(&self, place: usize, is_out: bool) -> Result<()> {
        let args = ["link", "set", "dev", HOSTS[place], if is_out { "down" } else { "up" }];
        run(self.lab.host(LAN)?, "ip", &args, PATIENCE).map(drop)
    }
}

fn topology(kinds: &[Kind]) -> Topology {
    let mac = |last| Mac([2, 0, 0, 0, 0x77, last]);
    let host = |name: &str, last: u8| {
        let addresses = [
            IpNet::new_assert([10, 77, 0, last].into(), 24),
            IpNet::new_assert(Ipv6Addr::new(0xfd00, 0x77, 0, 0, 0, 0, 0, last.into()).into(), 64),
        ];
        let mut host = HostSpec::new(name).interface("eth0", mac(last), &addresses);
        for scope in ["all", "default", "eth0"] {
            host = host
                .sysctl(&format!("net/ipv6/conf/{scope}/disable_ipv6"), "0")
                .sysctl(&format!("net/ipv6/conf/{scope}/accept_dad"), "0")
                .sysctl(&format!("net/ipv6/conf/{scope}/dad_transmits"), "0")
                .sysctl(&format!("net/ipv6/conf/{scope}/accept_ra"), "0")
                .sysctl(&format!("net/ipv6/conf/{scope}/router_solicitations"), "0");
        }
        host
    };
    let mut topology = Topology { switches: vec![LAN.to_owned()], ..Topology::default() };
    topology.hosts.extend([host(HOSTS[0], 1), host(HOSTS[1], 2), host(CLIENT, 9)]);
    for (name, last) in SERVERS.into_iter().zip([21, 22]) {
        let mut server = host(name, last);
        for scope in ["all", "eth0"] {
            server = server
                .sysctl(&format!("net/ipv4/conf/{scope}/arp_ignore"), "1")
                .sysctl(&format!("net/ipv4/conf/{scope}/arp_announce"), "2");
        }
        for kind in kinds {
            server = server.on_loopback(IpNet::from(kind.vip()));
        }
        topology.hosts.push(server);
    }
    let names: Vec<_> = topology.hosts.iter().map(|host| host.name.clone()).collect();
    for place in [0, 1] {
        let director = std::mem::take(&mut topology.hosts[place]);
        topology.hosts[place] = director.interface("eth1", mac(0x11 + place as u8), &[]);
        topology.cable(Port::new(HOSTS[place], "eth1"), Port::new(LAN, &format!("{}1", HOSTS[place])));
    }
    for name in names {
        topology.plug(Port::new(&name, "eth0"), LAN);
    }
    topology
}
