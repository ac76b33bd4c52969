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
}

/// Every topic with its name.
pub const TOPICS: [(&str, Topic); 14] = [
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

/// A service that was made up.
#[derive(Clone, Debug)]
struct Service {
    /// `-t 10.9.0.100:80`, as ipvsadm names it.
    name: String,
    protocol: &'static str,
    /// `10.9.0.100:80`, where its packets go to.
    virt: String,
    is_v6: bool,
    scheduler: String,
    servers: Vec<Server>,
}

#[derive(Clone, Debug)]
struct Server {
    number: usize,
    /// `10.9.0.11:8080`, as ipvsadm names it.
    name: String,
    /// Where its replies come from.
    port: u16,
    method: &'static str,
}

/// The end of the lines that make a VIP the director's for good.
pub const ALWAYS: &str = ":9 -s rr";

/// How the names of made-up scenarios begin.
pub const NAME: &str = "seed-";

/// One session.
pub struct Session {
    dice: Dice,
    topics: BTreeSet<Topic>,
    services: Vec<Service>,
    /// How each service reaches each real server: for good, for another method is a deliberate difference while old
    /// connections live (`cached-way`).
    methods: BTreeMap<(usize, usize), &'static str>,
    lines: Vec<String>,
}

/// The text of the scenario that belongs to a seed.
pub fn session(seed: u64, steps: usize, topics: &BTreeSet<Topic>) -> String {
    let mut session = Session {
        dice: Dice::new(seed),
        topics: topics.clone(),
        services: Vec::new(),
        methods: BTreeMap::new(),
        lines: Vec::new(),
    };
    session.begin();
    for number in 1..=steps {
        session.step();
        if number % 8 == 0 {
            session.look();
        }
    }
    session.look();
    session.lines.push("$ ipvsadm -Ln --stats".to_owned());
    let mut text = format!("## {NAME}{seed}\nMade up from seed {seed}.\n\n");
    for line in session.lines {
        text += &line;
        text.push('\n');
    }
    text
}

impl Session {
    /// True if this topic is in, and the dice want it.
    fn wants(&mut self, topic: Topic, percent: usize) -> bool {
        self.topics.contains(&topic) && self.dice.often(percent)
    }

    fn say(&mut self, line: String) {
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
        for number in 0..1 + self.dice.below(3) {
            self.service(number);
        }
    }

    fn service(&mut self, number: usize) {
        let is_v6 = self.wants(Topic::Ipv6, 30);
        let protocol = if self.wants(Topic::Udp, 30) {
            "udp"
        } else if self.wants(Topic::Sctp, 20) {
            "sctp"
        } else {
            "tcp"
        };
        let vip = if is_v6 { "[fd00:9::100]" } else { self.dice.word("10.9.0.100 10.9.0.100 10.9.0.101") };
        let port = 80 + number;
        let virt = format!("{vip}:{port}");
        let name = if !is_v6 && self.wants(Topic::Fwmark, 20) {
            let mark = 10 + number;
            self.say(format!("$ mark add --dst {vip} --proto {protocol} --dports {port} --set-mark {mark}"));
            format!("-f {mark}")
        } else {
            let option = match protocol {
                "udp" => "-u",
                "sctp" => "--sctp-service",
                _ => "-t",
            };
            format!("{option} {virt}")
        };
        let scheduler = self.scheduler();
        let mut flags = String::new();
        if self.wants(Topic::Persistence, 25) {
            flags = if is_v6 { " -p 60".to_owned() } else { persistence(&mut self.dice) };
        }
        if protocol == "udp" && self.wants(Topic::OnePacket, 25) {
            flags += " -o";
        }
        self.say(format!("$ ipvsadm -A {name} -s {scheduler}{flags}"));
        self.services.push(Service { name, protocol, virt, is_v6, scheduler, servers: Vec::new() });
        for _ in 0..1 + self.dice.below(4) {
            self.add_server(number);
        }
    }

    fn scheduler(&mut self) -> String {
        let words = if self.topics.contains(&Topic::Schedulers) {
            "rr wrr lc wlc sed nq dh sh mh fo ovf lblc lblcr"
        } else {
            "rr wrr lc wlc"
        };
        self.dice.word(words).to_owned()
    }

    fn method(&mut self) -> &'static str {
        if self.wants(Topic::Tunnel, 33) {
            return "-i";
        }
        if self.dice.often(50) { "-m" } else { "-g" }
    }

    /// Adds a real server that the service does not have (or, seldom, has).
    fn add_server(&mut self, at: usize) {
        let Some(service) = self.services.get(at).cloned() else { return };
        let number = 1 + self.dice.below(6);
        let method = match self.methods.get(&(at, number)) {
            Some(method) => method,
            None => self.method(),
        };
        self.methods.insert((at, number), method);
        let vport: u16 = service.virt.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(80);
        let port = if method == "-m" && self.dice.often(60) { 8080 } else { vport };
        let addr = if service.is_v6 {
            format!("[fd00:9::{:x}]", 10 + number)
        } else {
            format!("10.9.0.{}", 10 + number)
        };
        let name = if service.name.starts_with("-f") { addr } else { format!("{addr}:{port}") };
        let port = if service.name.starts_with("-f") { vport } else { port };
        let mut line = format!("$ ipvsadm -a {} -r {name} {method} -w {}", service.name, self.dice.below(5));
        if method == "-i" && self.wants(Topic::Encapsulation, 40) {
            line += encapsulation(&mut self.dice);
        }
        if self.wants(Topic::Thresholds, 25) {
            let upper = 1 + self.dice.below(5);
            line += &format!(" -x {upper} -y {}", self.dice.below(upper));
        }
        self.say(line);
        if let Some(service) = self.services.get_mut(at)
            && service.servers.iter().all(|server| server.name != name)
        {
            service.servers.push(Server { number, name, port, method });
        }
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
        match self.dice.below(100) {
            0..55 => self.request(&service),
            55..80 => self.reply(&service),
            80..92 if self.topics.contains(&Topic::Icmp) => self.error(&service),
            92..95 => {
                let (client, vip) =
                    (self.client(&service), service.virt.rsplit_once(':').map_or("", |(vip, _)| vip));
                self.say(format!("> gw tcp {client} > {vip}:9999 S"));
            }
            _ => self.request(&service),
        }
    }

    /// One of few clients, so that they come again.
    fn client(&mut self, service: &Service) -> String {
        let port = 40_000 + self.dice.below(3);
        let number = 1 + self.dice.below(4);
        if service.is_v6 {
            format!("[2001:db8::{number}]:{port}")
        } else {
            format!("172.16.0.{number}:{port}")
        }
    }

    fn request(&mut self, service: &Service) {
        let client = self.client(service);
        let what = self.segment(service.protocol, true);
        let odd = self.oddity(service, true);
        let line = format!("> gw {} {client} > {}{what}{odd}", service.protocol, service.virt);
        self.say(line);
    }

    fn reply(&mut self, service: &Service) {
        let Some(server) = self.dice.one(&service.servers).cloned() else { return };
        let client = self.client(service);
        let addr = if service.is_v6 {
            format!("[fd00:9::{:x}]", 10 + server.number)
        } else {
            format!("10.9.0.{}", 10 + server.number)
        };
        // With direct routing and tunnelling replies do not come this way; then it is a stranger's packet.
        if server.method != "-m" && self.dice.often(80) {
            return self.request(service);
        }
        let what = self.segment(service.protocol, false);
        let odd = self.oddity(service, false);
        let line = format!(
            "> rs{} {} {addr}:{} > {client}{what}{odd}",
            server.number, service.protocol, server.port
        );
        self.say(line);
    }

    /// The words that are the transport's own.
    fn segment(&mut self, protocol: &str, is_request: bool) -> String {
        let data = match self.dice.below(6) {
            0 => format!(" data={}", 1 + self.dice.below(100)),
            1 => format!(" data={}", 1300 + self.dice.below(140)),
            _ => String::new(),
        };
        match protocol {
            "tcp" => {
                let flags = if is_request {
                    self.dice.word("S S S A A PA FA FA R RA SA - SE")
                } else {
                    self.dice.word("SA SA A PA FA FA R RA S")
                };
                let data = if flags.contains('S') { "" } else { &data };
                let (seq, ack) = (1000 + self.dice.below(3), 5000 + self.dice.below(3));
                let ack = if flags.contains('A') { format!(" ack={ack}") } else { String::new() };
                format!(" {flags} seq={seq}{ack}{data}")
            }
            "sctp" => {
                let words = "INIT INIT INIT-ACK COOKIE-ECHO COOKIE-ACK DATA SACK HEARTBEAT ABORT SHUTDOWN \
                             SHUTDOWN-ACK SHUTDOWN-COMPLETE ERROR";
                let words: Vec<_> = words.split_whitespace().collect();
                format!(" {}", self.dice.one(&words).unwrap_or(&"DATA"))
            }
            _ => format!("{data}{}", if self.dice.often(10) { " nosum" } else { "" }),
        }
    }

    /// Fields that are seldom used.
    fn oddity(&mut self, service: &Service, is_request: bool) -> String {
        if self.topics.contains(&Topic::Fragments) && self.dice.often(8) {
            let order = self.dice.word("1,2,3 2,1,3 3,2,1");
            return format!(" nodf data=1200 fragment=576 order={order}");
        }
        match self.dice.below(40) {
            // Of a reply without a connection it is the host who says that it goes no further.
            0 if is_request => " ttl=1".to_owned(),
            1 => " ttl=2".to_owned(),
            2 => " badsum".to_owned(),
            3 => " tos=184".to_owned(),
            4 if !service.is_v6 => " nodf".to_owned(),
            5 if !service.is_v6 => " badipsum".to_owned(),
            // TCP's flags behind extension headers are a deliberate difference.
            6 if service.is_v6 && service.protocol != "tcp" => " ext=dest".to_owned(),
            7 if !service.is_v6 => " ipopts=01010100".to_owned(),
            8 => " cut=30".to_owned(),
            _ => String::new(),
        }
    }

    /// An ICMP error: of a real server or a router before it about a request, to a client; or of a router about a reply
    /// (or about anything), to a VIP. What goes elsewhere is a deliberate difference, and so is what ICMPv6 says about
    /// requests to NAT servers.
    fn error(&mut self, service: &Service) {
        let Some(server) = self.dice.one(&service.servers).cloned() else { return };
        let client = self.client(service);
        let (addr, _) = client.rsplit_once(':').unwrap_or_default();
        let (vip, _) = service.virt.rsplit_once(':').unwrap_or_default();
        let bare = |addr: &str| addr.trim_matches(['[', ']']).to_owned();
        let rip = if service.is_v6 {
            format!("fd00:9::{:x}", 10 + server.number)
        } else {
            format!("10.9.0.{}", 10 + server.number)
        };
        let to_client = self.dice.often(50) && !(service.is_v6 && server.method == "-m");
        let packet = match (to_client, server.method) {
            (true, "-m") if service.is_v6 => format!("{client} > [{rip}]:{}", server.port),
            (true, "-m") => format!("{client} > {rip}:{}", server.port),
            (true, _) => format!("{client} > {}", service.virt),
            (false, _) => format!("{} > {client}", service.virt),
        };
        let segment = self.segment(service.protocol, to_client);
        // ICMPv6 quotes all, which must fit.
        let segment = segment.split_once(" data=").map_or(segment.as_str(), |(header, _)| header);
        let exact = format!("({} {packet}{segment})", service.protocol);
        let is_recent = !to_client && !service.is_v6 && self.dice.often(50);
        let quoted = if is_recent { self.dice.word("recent sent recent").to_owned() } else { exact };
        // There must be something to quote.
        if is_recent && !self.lines.iter().any(|line| line.starts_with("> ")) {
            return;
        }
        let what = if service.is_v6 {
            let kind = self.dice.word("1/4 2/0 3/0 4/0");
            if kind == "2/0" { format!("{kind} mtu=1300") } else { kind.to_owned() }
        } else {
            let kind = self.dice.word("3/3 3/4 3/1 11/0 12/0 4/0 5/1");
            let mtu = if kind == "3/4" { " mtu=1300" } else { "" };
            format!("{kind}{mtu} quote={}", self.dice.word("28 28 28 20 60 576"))
        };
        let router = if service.is_v6 { "2001:db8::99" } else { "192.0.2.1" };
        let line = if to_client {
            let from = if self.dice.often(70) { &rip } else { router };
            format!("> rs{} icmp {from} > {} {what} quoting {quoted}", server.number, bare(addr))
        } else {
            format!("> gw icmp {router} > {} {what} quoting {quoted}", bare(vip))
        };
        self.say(line);
    }

    fn edit(&mut self) {
        let at = self.dice.below(self.services.len());
        let Some(service) = self.services.get(at).cloned() else { return };
        let server = self.dice.one(&service.servers).cloned();
        match (self.dice.below(10), server) {
            (0..4, Some(server)) => {
                let weight = self.dice.below(5);
                self.say(format!(
                    "$ ipvsadm -e {} -r {} {} -w {weight}",
                    service.name, server.name, server.method
                ));
            }
            (4..6, Some(server)) => {
                self.say(format!("$ ipvsadm -d {} -r {}", service.name, server.name));
                if let Some(service) = self.services.get_mut(at) {
                    service.servers.retain(|other| other.name != server.name);
                }
            }
            (6, _) => {
                let scheduler =
                    if self.dice.often(50) { self.scheduler() } else { service.scheduler.clone() };
                self.say(format!("$ ipvsadm -E {} -s {scheduler}", service.name));
            }
            (7, _) => self.say("$ ipvsadm -Z".to_owned()),
            _ => self.add_server(at),
        }
    }

    fn sysctl(&mut self) {
        let words = "conn_reuse_mode=0 conn_reuse_mode=1 conn_reuse_mode=3 expire_nodest_conn=1 \
                     expire_nodest_conn=0 expire_quiescent_template=1 sloppy_tcp=1 sloppy_tcp=0 sloppy_sctp=1 \
                     nat_icmp_send=1 pmtu_disc=0 pmtu_disc=1 cache_bypass=1 \
                     secure_tcp=3 secure_tcp=0";
        let words: Vec<_> = words.split_whitespace().collect();
        if let Some(word) = self.dice.one(&words) {
            self.say(format!("$ sysctl {word}"));
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
