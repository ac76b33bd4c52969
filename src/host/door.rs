//! The door between director and its own host: a veth pair by which packets for real servers on this host enter its
//! stack, and by which what those servers (and clients on this host) send reaches the director.
//!
//! ```text
//!   host's stack ── ulvs2h  ═══════  ulvs2d ── packet ring of the director
//!        │            no ARP            its MAC is nobody's goal: the host ignores what it gets there
//!        └─ rules: packets of a local NAT server, to a VIP, or with the mark of health checks take a table that knows
//!           one way: out by ulvs2h
//! ```
//!
//! Nothing of the host's own configuration is changed: link, rules and table are the director's, and go with it. What a
//! dead director left is found by name and table number and removed at the next start.

use super::links::{LinkChange, LinkError, Links, VethEnd, family, octets};
use super::netlink::{Message, Netlink, NetlinkError, ROUTE, number};
use crate::control::effect::{DoorNames, DoorPlan};
use crate::lvs::{Endpoint, Family, Protocol};
use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// `NLM_F_CREATE | NLM_F_EXCL`.
const CREATE: u16 = 0x600;
/// `NLM_F_CREATE | NLM_F_REPLACE`.
const REPLACE: u16 = 0x500;
/// Among a route's metrics: its MTU.
const RTAX_MTU: u16 = 2;
/// Our rules come before the host's own (32766 and 32767), behind the table of local addresses (0).
const PRIORITY: u32 = 100;
/// What a rule does: look the packet up in its table.
const FR_ACT_TO_TBL: u8 = 1;
const FRA_DST: u16 = 1;
const FRA_SRC: u16 = 2;
const FRA_IIFNAME: u16 = 3;
const FRA_PRIORITY: u16 = 6;
const FRA_FWMARK: u16 = 10;
const FRA_TABLE: u16 = 15;
const FRA_FWMASK: u16 = 16;
const FRA_IP_PROTO: u16 = 22;
const FRA_SPORT_RANGE: u16 = 23;
const RTM_NEWRULE: u16 = 32;
const RTM_DELRULE: u16 = 33;
const RTM_GETRULE: u16 = 34;
/// What tells a rule from others.
const SELECTORS: [u16; 9] = [
    FRA_DST,
    FRA_SRC,
    FRA_IIFNAME,
    FRA_PRIORITY,
    FRA_FWMARK,
    FRA_TABLE,
    FRA_FWMASK,
    FRA_IP_PROTO,
    FRA_SPORT_RANGE,
];
/// Bytes of `struct fib_rule_hdr`.
const RULE_HEADER: usize = 12;

const IFLA_AF_SPEC: u16 = 26;
const IFLA_INET_CONF: u16 = 1;
const IFLA_INET6_ADDR_GEN_MODE: u16 = 8;
const IN6_ADDR_GEN_MODE_NONE: u8 = 1;
/// Numbers of `/proc/sys/net/ipv4/conf` entries (`IPV4_DEVCONF_…`).
const CONF_RP_FILTER: u16 = 8;
const CONF_ACCEPT_LOCAL: u16 = 23;
/// Any source that some interface could be left by: clients come in by an interface that does not lead to them.
const RP_FILTER_LOOSE: u32 = 2;
/// The host's end needs some IPv4 address, or Linux takes no packet there whose source it knows by another way, however
/// loose its filter. One of the loopback net is nobody's source and leaves no host.
const NOBODY: Ipv4Addr = Ipv4Addr::new(127, 108, 118, 115);
const IFF_NOARP: u32 = libc::IFF_NOARP.unsigned_abs();
/// MTU of the link in bytes: what came from afar is not to fail here. What is sent is limited by the routes.
const MTU: u32 = 65535;

/// One rule: who is sent through the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rule {
    /// Replies of a real server on this host, by its port (0: all its ports).
    From(Protocol, Endpoint),
    /// What clients on this host send to a VIP.
    To(IpAddr),
    /// What has the mark of health checks through the VIP.
    Marked(Family),
}

/// The door as it stands.
pub struct Door {
    links: Links,
    netlink: Netlink,
    names: DoorNames,
    /// The host's end, while the door is there.
    host_end: Option<u32>,
    /// MTU of its routes; 0: there are none.
    mtu: u32,
    rules: BTreeSet<Rule>,
}

impl Door {
    /// Opens nothing yet, but removes what a dead director left under these names.
    ///
    /// # Errors
    /// The errno of the netlink sockets.
    pub fn new(names: DoorNames) -> io::Result<Self> {
        let mut door = Self {
            links: Links::open()?,
            netlink: Netlink::open(ROUTE, 0)?,
            names,
            host_end: None,
            mtu: 0,
            rules: BTreeSet::new(),
        };
        if !door.names.host.is_empty() {
            door.sweep_out();
        }
        Ok(door)
    }

    /// Makes the door as the plan wants it: open or shut, and for whom.
    ///
    /// # Errors
    /// What the kernel refused. What was there before may be changed in part; the next plan starts from what is.
    pub fn follow(&mut self, plan: &DoorPlan) -> Result<(), LinkError> {
        if !plan.is_open {
            self.shut();
            return Ok(());
        }
        if self.host_end.is_none() {
            let opened = self.open();
            if opened.is_err() {
                self.shut();
            }
            opened?;
        }
        if self.mtu != plan.mtu {
            self.set_routes(plan.mtu)?;
            self.mtu = plan.mtu;
        }
        let wanted: BTreeSet<Rule> = plan
            .servers
            .iter()
            .map(|&(protocol, server)| Rule::From(protocol, server))
            .chain(plan.clients_to.iter().map(|&vip| Rule::To(vip)))
            .chain(plan.checks.iter().map(|&family| Rule::Marked(family)))
            .collect();
        for rule in wanted.difference(&self.rules.clone()) {
            self.change_rule(RTM_NEWRULE, CREATE, *rule)?;
            self.rules.insert(*rule);
        }
        for rule in self.rules.clone().difference(&wanted) {
            self.rules.remove(rule);
            self.change_rule(RTM_DELRULE, 0, *rule)?;
        }
        Ok(())
    }

    /// Takes it away: rules, table and link.
    pub fn shut(&mut self) {
        if self.host_end.take().is_some() || !self.rules.is_empty() {
            self.rules.clear();
            self.mtu = 0;
            self.sweep_out();
        }
    }

    /// Makes link and table.
    fn open(&mut self) -> Result<(), LinkError> {
        let end = |name| VethEnd { name, mac: None, netns: None };
        self.links.add_veth(&end(&self.names.host), &end(&self.names.director))?;
        let host = self.links.find(&self.names.host)?.ifindex;
        let director = self.links.find(&self.names.director)?.ifindex;
        self.host_end = Some(host);
        self.add_nobody(host)?;
        for ifindex in [host, director] {
            self.set(ifindex)?;
            let up = LinkChange { up: Some(true), mtu: Some(MTU), ..LinkChange::default() };
            self.links.change(ifindex, &up)?;
        }
        Ok(())
    }

    fn add_nobody(&mut self, ifindex: u32) -> Result<(), LinkError> {
        let mut body = [0; 8];
        body[0] = family(IpAddr::V4(NOBODY));
        body[1] = 32;
        // Within the host: never chosen as a source.
        body[3] = libc::RT_SCOPE_HOST;
        body[4..8].copy_from_slice(&ifindex.to_ne_bytes());
        let message = Message::new(libc::RTM_NEWADDR, CREATE).body(&body);
        self.ask(message.attribute(libc::IFA_LOCAL, &NOBODY.octets()), "add an address to")
    }

    /// The table's only routes: everything, out by the host's end.
    fn set_routes(&mut self, mtu: u32) -> Result<(), LinkError> {
        for any in [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)] {
            match self.set_route(any, mtu) {
                // A host without IPv6 has nobody to let through.
                Err(_) if any.is_ipv6() => {}
                outcome => outcome?,
            }
        }
        Ok(())
    }

    /// No ARP, no addresses of its own, sources from anywhere.
    fn set(&mut self, ifindex: u32) -> Result<(), LinkError> {
        let header = ifinfo(ifindex, IFF_NOARP, IFF_NOARP);
        let message = Message::new(libc::RTM_SETLINK, 0).body(&header).nest(IFLA_AF_SPEC, |spec| {
            spec.nest(inet(Family::V4), |inet| {
                inet.nest(IFLA_INET_CONF, |conf| {
                    conf.number(CONF_RP_FILTER, RP_FILTER_LOOSE).number(CONF_ACCEPT_LOCAL, 1)
                })
            })
        });
        self.ask(message, "change")?;
        let message = Message::new(libc::RTM_SETLINK, 0).body(&ifinfo(ifindex, 0, 0));
        let message = message.nest(IFLA_AF_SPEC, |spec| {
            spec.nest(inet(Family::V6), |inet| {
                inet.attribute(IFLA_INET6_ADDR_GEN_MODE, &[IN6_ADDR_GEN_MODE_NONE])
            })
        });
        // Without IPv6 there is nothing to prevent.
        let _ = self.ask(message, "change");
        Ok(())
    }

    fn set_route(&mut self, any: IpAddr, mtu: u32) -> Result<(), LinkError> {
        let mut body = [0; 12];
        body[0] = family(any);
        body[5] = libc::RTPROT_STATIC;
        body[6] = if any.is_ipv4() { libc::RT_SCOPE_LINK } else { libc::RT_SCOPE_UNIVERSE };
        body[7] = libc::RTN_UNICAST;
        let message = Message::new(libc::RTM_NEWROUTE, REPLACE)
            .body(&body)
            .number(libc::RTA_TABLE, self.names.table)
            .number(libc::RTA_OIF, self.host_end.unwrap_or(0))
            .nest(libc::RTA_METRICS, |metrics| metrics.number(RTAX_MTU, mtu));
        self.ask(message, "set the route by")
    }

    fn change_rule(&mut self, kind: u16, flags: u16, rule: Rule) -> Result<(), LinkError> {
        let addr = match rule {
            Rule::From(_, server) => server.addr,
            Rule::To(vip) => vip,
            Rule::Marked(Family::V4) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            Rule::Marked(Family::V6) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        let octets = octets(addr);
        let bits = Family::of(addr).bits();
        let mut header = [0; RULE_HEADER];
        header[0] = family(addr);
        header[7] = FR_ACT_TO_TBL;
        // A UDP server that is bound to no address answers from none until the route is chosen: known by its port alone.
        let by_source =
            matches!(rule, Rule::From(protocol, server) if protocol == Protocol::Tcp || server.port == 0);
        match rule {
            Rule::From(..) if by_source => header[2] = bits,
            Rule::From(..) | Rule::Marked(_) => {}
            Rule::To(_) => header[1] = bits,
        }
        let mut message = Message::new(kind, flags)
            .body(&header)
            .number(FRA_PRIORITY, PRIORITY)
            .number(FRA_TABLE, self.names.table)
            .text(FRA_IIFNAME, "lo");
        match rule {
            Rule::From(protocol, server) => {
                if by_source {
                    message = message.attribute(FRA_SRC, &octets);
                }
                message = message.attribute(FRA_IP_PROTO, &[protocol.number()]);
                if server.port != 0 {
                    let range = [server.port.to_ne_bytes(), server.port.to_ne_bytes()].concat();
                    message = message.attribute(FRA_SPORT_RANGE, &range);
                }
            }
            Rule::To(_) => message = message.attribute(FRA_DST, &octets),
            Rule::Marked(_) => {
                message = message.number(FRA_FWMARK, self.names.mark()).number(FRA_FWMASK, u32::MAX);
            }
        }
        self.ask(message, "set a rule for")
    }

    /// Removes rules that name our table, and the link; the table's routes go with it.
    fn sweep_out(&mut self) {
        for family in [libc::AF_INET, libc::AF_INET6] {
            #[expect(clippy::cast_possible_truncation, reason = "2 and 10")]
            let all = [family as u8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            let Ok(rules) = self.netlink.dump(Message::new(RTM_GETRULE, 0).body(&all)) else { continue };
            for rule in rules {
                let attributes = rule.attributes(RULE_HEADER);
                let Some(header) = rule.fixed::<RULE_HEADER>() else { continue };
                if attributes.get(FRA_TABLE).and_then(number) != Some(self.names.table) {
                    continue;
                }
                let mut message = Message::new(RTM_DELRULE, 0).body(&header);
                for (kind, value) in attributes.filter(|(kind, _)| SELECTORS.contains(kind)) {
                    message = message.attribute(kind, value);
                }
                // What cannot be removed leads into a table that is empty from now on.
                let _ = self.netlink.request(message);
            }
        }
        if let Ok(link) = self.links.find(&self.names.host) {
            let _ = self.links.delete(link.ifindex);
        }
    }

    fn ask(&mut self, message: Message, action: &'static str) -> Result<(), LinkError> {
        let object = format!("link {}", self.names.host);
        self.netlink.request(message).map_err(|cause: NetlinkError| LinkError { object, action, cause })
    }
}

fn inet(family: Family) -> u16 {
    #[expect(clippy::cast_possible_truncation, reason = "2 and 10")]
    match family {
        Family::V4 => libc::AF_INET as u16,
        Family::V6 => libc::AF_INET6 as u16,
    }
}

/// `struct ifinfomsg` with these flags changed.
fn ifinfo(ifindex: u32, flags: u32, which: u32) -> [u8; 16] {
    let mut body = [0; 16];
    body[4..8].copy_from_slice(&ifindex.to_ne_bytes());
    body[8..12].copy_from_slice(&flags.to_ne_bytes());
    body[12..16].copy_from_slice(&which.to_ne_bytes());
    body
}
