//! Makes up sessions: a configuration, then packets and edits, as the text of a scenario.
//!
//! A session keeps to what is defined: every VIP always has a service (on port 9, without real servers), so that it is
//! the director's on both sides; no time goes by but what commands take; nothing is asked of which the kernel's answer is
//! random. What it does with connections need not make sense: segments without a connection, replies that nobody waits
//! for and errors about anything are what the director must stand as well.

use super::dice::Dice;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

/// What a session may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// IPv6 services.
    Ipv6,
    /// UDP services.
    Udp,
    /// SCTP services.
    Sctp,
    /// Tunnelling.
    Tunnel,
    /// GRE and GUE.
    Encapsulation,
    /// All schedulers (else rr, wrr, lc, wlc).
    Schedulers,
    /// Persistence.
    Persistence,
    /// Services by firewall mark.
    Fwmark,
    /// One-packet scheduling.
    OnePacket,
    /// Thresholds.
    Thresholds,
    /// Fragments.
    Fragments,
    /// ICMP errors.
    Icmp,
    /// Sysctls.
    Sysctl,
    /// Edits while connections live.
    Edits,
    /// Services of port 0, which have all ports.
    AllPorts,
    /// Services of port 21, and what FTP says there.
    Ftp,
    /// Calls, with the engine `sip`.
    Sip,
    /// ISAKMP, with AH and ESP.
    Ipsec,
    /// Ways to the clients that carry less.
    Mtu,
}

/// Every topic with its name.
pub const TOPICS: [(&str, Topic); 19] = [
    ("ipv6", Topic::Ipv6),
    ("udp", Topic::Udp),
    ("sctp", Topic::Sctp),
    ("tunnel", Topic::Tunnel),
    ("encapsulation", Topic::Encapsulation),
    ("schedulers", Topic::Schedulers),
    ("persistence", Topic::Persistence),
    ("fwmark", Topic::Fwmark),
    ("one-packet", Topic::OnePacket),
    ("thresholds", Topic::Thresholds),
    ("fragments", Topic::Fragments),
    ("icmp", Topic::Icmp),
    ("sysctl", Topic::Sysctl),
    ("edits", Topic::Edits),
    ("all-ports", Topic::AllPorts),
    ("ftp", Topic::Ftp),
    ("sip", Topic::Sip),
    ("ipsec", Topic::Ipsec),
    ("mtu", Topic::Mtu),
];

impl FromStr for Topic {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = TOPICS.iter().find(|(name, _)| *name == text);
        found.map(|(_, topic)| *topic).ok_or_else(|| {
            let names: Vec<_> = TOPICS.iter().map(|(name, _)| *name).collect();
            format!("there are {}", names.join(", "))
        })
    }
}

/// What a service's packets are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Whatever comes.
    Plain,
    /// Port 0.
    AllPorts,
    Ftp,
    Sip,
    Isakmp,
}

/// A service that was made up.
#[derive(Clone, Debug)]
pub(super) struct Service {
    /// `-t 10.9.0.100:80`, as ipvsadm names it.
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) protocol: &'static str,
    /// As in an endpoint, with brackets if it needs them.
    pub(super) vip: &'static str,
    /// Where its packets go to; the first one is its own.
    pub(super) ports: &'static [u16],
    pub(super) is_v6: bool,
    pub(super) scheduler: String,
    /// Its options besides the scheduler.
    pub(super) flags: String,
    pub(super) servers: Vec<Server>,
}

#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) number: usize,
    /// `10.9.0.11:8080`, as ipvsadm names it.
    pub(super) name: String,
    /// Where its replies come from; 0: from where they were asked.
    pub(super) port: u16,
    pub(super) method: &'static str,
}

impl Server {
    /// Its address as in an endpoint.
    pub(super) fn addr(&self, is_v6: bool) -> String {
        let number = 10 + self.number;
        if is_v6 { format!("[fd00:9::{number:x}]") } else { format!("10.9.0.{number}") }
    }
}

/// The end of the lines that make a VIP the director's for good.
pub const ALWAYS: &str = ":9 -s rr";

/// How the names of made-up scenarios begin.
pub const NAME: &str = "seed-";

/// One session.
pub struct Session {
    pub(super) dice: Dice,
    pub(super) topics: BTreeSet<Topic>,
    pub(super) services: Vec<Service>,
    /// How each service reaches each real server: for good, for another method is a deliberate difference while old
    /// connections live (`cached-way`).
    methods: BTreeMap<(usize, usize), &'static str>,
    pub(super) lines: Vec<String>,
    /// FTP's control connections so far.
    pub(super) dialogues: usize,
    /// The way to the clients carries less than the others.
    pub(super) is_narrow: bool,
    /// Real servers that were deleted, and whether one of them came back: what it then counts depends on the moment
    /// (`counters-of-this-moment`).
    pub(super) deleted: BTreeSet<(String, String)>,
    pub(super) has_returned: bool,
}

/// The text of the scenario that belongs to a seed.
pub fn session(seed: u64, steps: usize, topics: &BTreeSet<Topic>) -> String {
    let mut session = Session {
        dice: Dice::new(seed),
        topics: topics.clone(),
        services: Vec::new(),
        methods: BTreeMap::new(),
        lines: Vec::new(),
        dialogues: 0,
        is_narrow: false,
        deleted: BTreeSet::new(),
        has_returned: false,
    };
    session.begin();
    for number in 1..=steps {
        session.step();
        if number % 8 == 0 {
            session.look();
        }
    }
    session.look();
    if !session.has_returned {
        session.say("$ ipvsadm -Ln --stats".to_owned());
    }
    let mut text = format!("## {NAME}{seed}\nMade up from seed {seed}.\n\n");
    for line in session.lines {
        text += &line;
        text.push('\n');
    }
    text
}

impl Session {
    /// True if this topic is in, and the dice want it.
    pub(super) fn wants(&mut self, topic: Topic, percent: usize) -> bool {
        self.topics.contains(&topic) && self.dice.often(percent)
    }

    pub(super) fn say(&mut self, line: String) {
        self.lines.push(line);
    }

    /// What both directors show of their state.
    fn look(&mut self) {
        self.say("conns".to_owned());
        self.say("$ ipvsadm -Ln".to_owned());
    }

    fn begin(&mut self) {
        for vip in ["10.9.0.100", "10.9.0.101", "[fd00:9::100]"] {
            self.say(format!("$ ipvsadm -A -t {vip}{ALWAYS}"));
        }
        if self.wants(Topic::Sysctl, 50) {
            self.sysctl();
        }
        self.is_narrow = self.wants(Topic::Mtu, 20);
        if self.is_narrow {
            let way = ["172.16.0.0/16 via 10.9.0.1 mtu 1000", "2001:db8::/32 via fd00:9::1 mtu 1300"];
            if let Some(way) = self.dice.one(&way) {
                self.say(format!("route {way}"));
            }
        }
        for number in 0..1 + self.dice.below(3) {
            self.service(number);
        }
    }

    fn kind(&mut self) -> Kind {
        let kinds = [
            (Topic::AllPorts, Kind::AllPorts),
            (Topic::Ftp, Kind::Ftp),
            (Topic::Sip, Kind::Sip),
            (Topic::Ipsec, Kind::Isakmp),
        ];
        for (topic, kind) in kinds {
            if self.wants(topic, 10) && self.services.iter().all(|service| service.kind != kind) {
                return kind;
            }
        }
        Kind::Plain
    }

    fn service(&mut self, number: usize) {
        let kind = self.kind();
        // Over IPv6, FTP by NAT is a deliberate difference.
        let is_v6 = kind != Kind::Ftp && self.wants(Topic::Ipv6, 30);
        let protocol = match kind {
            Kind::Sip | Kind::Isakmp => "udp",
            Kind::Ftp => "tcp",
            _ if self.wants(Topic::Udp, 30) => "udp",
            _ if kind == Kind::Plain && self.wants(Topic::Sctp, 20) => "sctp",
            _ => "tcp",
        };
        let vip = match is_v6 {
            true => "[fd00:9::100]",
            false => {
                self.dice.one(&["10.9.0.100", "10.9.0.100", "10.9.0.101"]).copied().unwrap_or("10.9.0.100")
            }
        };
        let ports: &'static [u16] = match (kind, number) {
            (Kind::AllPorts, _) => &[0, 7000, 7001, 443],
            (Kind::Ftp, _) => &[21],
            (Kind::Sip, _) => &[5060],
            (Kind::Isakmp, _) => &[500],
            (Kind::Plain, 0) => &[80],
            (Kind::Plain, 1) => &[81],
            (Kind::Plain, _) => &[82],
        };
        let port = ports.first().copied().unwrap_or(80);
        let name = if kind == Kind::Plain && !is_v6 && self.wants(Topic::Fwmark, 20) {
            let mark = 10 + number;
            self.say(format!("$ mark add --dst {vip} --proto {protocol} --dports {port} --set-mark {mark}"));
            format!("-f {mark}")
        } else {
            let option = match protocol {
                "udp" => "-u",
                "sctp" => "--sctp-service",
                _ => "-t",
            };
            format!("{option} {vip}:{port}")
        };
        let scheduler = self.scheduler();
        let flags = self.service_flags(kind, protocol, is_v6);
        self.say(format!("$ ipvsadm -A {name} -s {scheduler}{flags}"));
        let servers = Vec::new();
        self.services.push(Service { name, kind, protocol, vip, ports, is_v6, scheduler, flags, servers });
        for _ in 0..1 + self.dice.below(4) {
            self.add_server(number);
        }
    }

    /// A service's options besides its scheduler.
    pub(super) fn service_flags(&mut self, kind: Kind, protocol: &str, is_v6: bool) -> String {
        let must_persist = kind == Kind::AllPorts;
        let mut flags = String::new();
        if kind == Kind::Sip {
            flags = " -p 60 --pe sip".to_owned();
        } else if must_persist || self.wants(Topic::Persistence, 25) {
            flags = if is_v6 { " -p 60".to_owned() } else { persistence(&mut self.dice) };
        }
        if protocol == "udp" && kind != Kind::Sip && self.wants(Topic::OnePacket, 25) {
            flags += " -o";
        }
        flags
    }

    /// A scheduler, sometimes with its flags.
    pub(super) fn scheduler(&mut self) -> String {
        if !self.topics.contains(&Topic::Schedulers) {
            return self.dice.word("rr wrr lc wlc").to_owned();
        }
        let name = self.dice.word("rr wrr lc wlc sed nq dh sh mh fo ovf lblc lblcr").to_owned();
        match name.as_str() {
            "sh" | "mh" if self.dice.often(40) => {
                let flags = self.dice.word("fallback port both");
                let all = format!("{name}-fallback,{name}-port");
                let flags = if flags == "both" { all } else { format!("{name}-{flags}") };
                format!("{name} -b {flags}")
            }
            _ => name,
        }
    }

    fn method(&mut self) -> &'static str {
        if self.wants(Topic::Tunnel, 33) {
            return "-i";
        }
        if self.dice.often(50) { "-m" } else { "-g" }
    }

    /// Adds a real server that the service does not have (or, seldom, has).
    pub(super) fn add_server(&mut self, at: usize) {
        let Some(service) = self.services.get(at).cloned() else { return };
        // FTP is spoken with one real server: where it is another one that answers, netfilter's tracking shows.
        let first = self.methods.keys().find(|(of, _)| *of == at && service.kind == Kind::Ftp);
        let number = first.map_or_else(|| 1 + self.dice.below(6), |(_, number)| *number);
        let method = match self.methods.get(&(at, number)) {
            Some(method) => method,
            None => self.method(),
        };
        self.methods.insert((at, number), method);
        let vport = service.ports.first().copied().unwrap_or(80);
        let may_move = service.kind == Kind::Plain;
        let port = if may_move && method == "-m" && self.dice.often(60) { 8080 } else { vport };
        let addr = Server { number, name: String::new(), port, method }.addr(service.is_v6);
        let name = if service.name.starts_with("-f") { addr } else { format!("{addr}:{port}") };
        let port = if service.name.starts_with("-f") { vport } else { port };
        let mut line = format!("$ ipvsadm -a {} -r {name} {method} -w {}", service.name, self.dice.below(5));
        if method == "-i" && self.wants(Topic::Encapsulation, 40) {
            line += encapsulation(&mut self.dice);
        }
        line += &self.thresholds();
        self.say(line);
        self.has_returned |= self.deleted.contains(&(service.name.clone(), name.clone()));
        if let Some(service) = self.services.get_mut(at)
            && service.servers.iter().all(|server| server.name != name)
        {
            service.servers.push(Server { number, name, port, method });
        }
    }

    /// Sometimes, thresholds.
    pub(super) fn thresholds(&mut self) -> String {
        if !self.wants(Topic::Thresholds, 25) {
            return String::new();
        }
        let upper = 1 + self.dice.below(5);
        format!(" -x {upper} -y {}", self.dice.below(upper))
    }

    fn step(&mut self) {
        if self.topics.contains(&Topic::Edits) && self.dice.often(15) {
            return self.edit();
        }
        if self.wants(Topic::Sysctl, 4) {
            return self.sysctl();
        }
        let at = self.dice.below(self.services.len());
        let Some(service) = self.services.get(at).cloned() else { return };
        if service.kind == Kind::Ftp {
            return self.ftp_dialogue(&service);
        }
        if service.kind == Kind::Isakmp && self.dice.often(40) {
            return self.portless(&service);
        }
        match self.dice.below(100) {
            0..55 => self.request(&service),
            55..80 => self.reply(&service),
            80..92 if self.topics.contains(&Topic::Icmp) => self.error(&service),
            92..95 => {
                let client = self.client(&service);
                self.say(format!("> gw tcp {client} > {}:9999 S", service.vip));
            }
            _ => self.request(&service),
        }
    }
}

fn persistence(dice: &mut Dice) -> String {
    match dice.below(3) {
        0 => " -p 60".to_owned(),
        1 => " -p 300 -M 255.255.255.0".to_owned(),
        _ => " -p".to_owned(),
    }
}

fn encapsulation(dice: &mut Dice) -> &'static str {
    let choices = [
        " --tun-type gre",
        " --tun-type gre --tun-csum",
        " --tun-type gue --tun-port 6080",
        " --tun-type gue --tun-port 6080 --tun-csum",
        " --tun-type gue --tun-port 6080 --tun-remcsum",
    ];
    choices.get(dice.below(choices.len())).copied().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::{pattern, script, spec};

    #[test]
    fn sessions_can_be_read() {
        let topics = TOPICS.iter().map(|(_, topic)| *topic).collect();
        for seed in 0..200 {
            let text = session(seed, 60, &topics);
            assert_eq!(text, session(seed, 60, &topics), "the same for the same seed");
            let file =
                script::File::parse(&text).unwrap_or_else(|error| panic!("seed {seed}: {error:#}\n{text}"));
            for step in file.scenarios[0].steps() {
                if let script::Action::Send(line) = &step.action {
                    let line = pattern::expand(line, 0).unwrap();
                    spec::FrameSpec::parse(&line)
                        .unwrap_or_else(|error| panic!("seed {seed}: {line}: {error:#}"));
                }
            }
        }
    }
}
