//! The packets of a session: requests, replies, ICMP errors.

use super::invent::{Kind, Service, Session, Topic};

impl Session {
    /// One of few clients, so that they come again.
    pub(super) fn client(&mut self, service: &Service) -> String {
        // ISAKMP is from port 500 to port 500.
        let port = if service.kind == Kind::Isakmp { 500 } else { 40_000 + self.dice.below(3) };
        let number = 1 + self.dice.below(4);
        if service.is_v6 {
            format!("[2001:db8::{number}]:{port}")
        } else {
            format!("172.16.0.{number}:{port}")
        }
    }

    /// One of the ports that a service's packets go to.
    fn port(&mut self, service: &Service) -> u16 {
        let any =
            if service.kind == Kind::AllPorts { 1..service.ports.len() } else { 0..service.ports.len() };
        let ports = service.ports.get(any).unwrap_or_default();
        self.dice.one(ports).copied().unwrap_or(80)
    }

    pub(super) fn request(&mut self, service: &Service) {
        let client = self.client(service);
        let port = self.port(service);
        let what = self.payload(service, true);
        let odd = self.oddity(service, true);
        self.say(format!("> gw {} {client} > {}:{port}{what}{odd}", service.protocol, service.vip));
    }

    pub(super) fn reply(&mut self, service: &Service) {
        let Some(server) = self.dice.one(&service.servers).cloned() else { return };
        let client = self.client(service);
        // With direct routing and tunnelling replies do not come this way; then it is a stranger's packet.
        if server.method != "-m" && self.dice.often(80) {
            return self.request(service);
        }
        let port = if server.port == 0 { self.port(service) } else { server.port };
        let mut what = self.payload(service, false);
        let mut odd = self.oddity(service, false);
        // That a host refuses what is too long is no business of scenarios, and in IPv6 a reply that is too long is a
        // deliberate difference (`df-in-fragments-of-replies`).
        if self.is_narrow && (server.method != "-m" || service.is_v6) {
            what = what.split(" data=").next().unwrap_or_default().to_owned();
            odd.clear();
        }
        let addr = server.addr(service.is_v6);
        self.say(format!("> rs{} {} {addr}:{port} > {client}{what}{odd}", server.number, service.protocol));
    }

    /// A segment, or what a call says.
    fn payload(&mut self, service: &Service, is_request: bool) -> String {
        if service.kind == Kind::Sip && self.dice.often(85) {
            return self.call();
        }
        self.segment(service.protocol, is_request)
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
        // What of a real server with the engine `sip` comes in fragments of IPv6 is one, too.
        let may_split = !(service.is_v6 && service.kind == Kind::Sip);
        if may_split && self.topics.contains(&Topic::Fragments) && self.dice.often(8) {
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
            // The states of TCP and SCTP behind extension headers are a deliberate difference.
            6 if service.is_v6 && service.protocol == "udp" => " ext=dest".to_owned(),
            7 if !service.is_v6 => " ipopts=01010100".to_owned(),
            8 => " cut=30".to_owned(),
            _ => String::new(),
        }
    }

    /// An ICMP error: of a real server or a router before it about a request, to a client; or of a router about a reply
    /// (or about anything), to a VIP. What goes elsewhere is a deliberate difference, and so is what ICMPv6 says about
    /// requests to NAT servers.
    pub(super) fn error(&mut self, service: &Service) {
        let Some(server) = self.dice.one(&service.servers).cloned() else { return };
        let client = self.client(service);
        let (addr, _) = client.rsplit_once(':').unwrap_or_default();
        let port = self.port(service);
        let virt = format!("{}:{port}", service.vip);
        let bare = |addr: &str| addr.trim_matches(['[', ']']).to_owned();
        let rip = bare(&server.addr(service.is_v6));
        let real = if server.port == 0 { port } else { server.port };
        let to_client = self.dice.often(50) && !(service.is_v6 && server.method == "-m");
        let packet = match (to_client, server.method) {
            (true, "-m") if service.is_v6 => format!("{client} > [{rip}]:{real}"),
            (true, "-m") => format!("{client} > {rip}:{real}"),
            (true, _) => format!("{client} > {virt}"),
            (false, _) => format!("{virt} > {client}"),
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
            format!("> gw icmp {router} > {} {what} quoting {quoted}", bare(service.vip))
        };
        self.say(line);
    }
}
