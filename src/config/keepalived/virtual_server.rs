//! `virtual_server`, and what is said of how packets get to real servers.

use super::draft::{Common, Head, Virtual, Way};
use super::global::{head, port_at};
use super::keys_lvs::VIRTUAL_SERVER;
use super::line::Statement;
use super::reader::Reader;
use super::value::parse_number;
use crate::lvs::{ForwardingMethod, Protocol, SchedulerFlags, Tunnel, TunnelChecksum};

/// So many virtual servers, real servers and checks may a text have altogether.
const MAX_COUNT: usize = 400_000;

/// The schedulers that keepalived knows.
const SCHEDULERS: &[&str] =
    &["rr", "wrr", "lc", "wlc", "lblc", "sh", "mh", "dh", "fo", "ovf", "lblcr", "sed", "nq", "twos"];

/// How long persistence lasts if nothing is said: seconds.
const PERSISTENCE: u32 = 360;

impl Virtual {
    fn new(head: Head, at: super::remark::At) -> Self {
        Self {
            head,
            at,
            common: Common::default(),
            protocol: None,
            protocol_at: at,
            scheduler: None,
            flags: SchedulerFlags::default(),
            way: None,
            one_packet: None,
            engine: None,
            persistence: None,
            granularity: None,
            family: None,
            only_with_vip: false,
            omega: false,
            quorum: 1,
            hysteresis: 0,
            quorum_up: None,
            quorum_down: None,
            sorry: None,
            sorry_inhibit: false,
            sorry_way: None,
            weight: None,
            inhibit: false,
            mails: None,
            servers: Vec::new(),
        }
    }
}

/// Takes a statement that virtual servers, real servers and checkers share. False if it is none.
pub(super) fn common_key(common: &mut Common, statement: &Statement) -> bool {
    match statement.keyword() {
        "delay_loop" => common.delay_loop = statement.seconds(),
        "retry" => common.retry = statement.count(),
        "delay_before_retry" => common.retry_delay = statement.seconds(),
        "connect_timeout" => common.connect_timeout = statement.seconds(),
        "warmup" => common.warmup = statement.seconds(),
        "alpha" => common.alpha = Some(statement.switch()),
        "virtualhost" => common.virtualhost = Some(statement.text()),
        _ => return false,
    }
    true
}

impl Reader<'_, '_> {
    /// Counts one more of what takes memory. False, told, if there are too many.
    pub fn count(&mut self, statement: &Statement) -> bool {
        self.draft.count += 1;
        if self.draft.count == MAX_COUNT + 1 {
            let message = format!("more than {MAX_COUNT} virtual servers, real servers and checks");
            self.remarks.error(statement.at(), message);
        }
        self.draft.count <= MAX_COUNT
    }

    pub fn virtual_server(&mut self, statement: &Statement) {
        if !self.count(statement) {
            return self.skip();
        }
        let head = match head(statement) {
            Ok(head) => head,
            Err(message) => {
                self.bad_value(statement, message, "the virtual server is left out");
                return self.skip();
            }
        };
        if statement.words.len() > 3 {
            self.remarks.note(statement.from(3), "the rest of the line means nothing");
        }
        if statement.text().contains(['/', '-']) && matches!(head, Head::Address(..)) {
            let help = "write a virtual_server_group, and virtual_server group NAME";
            self.bad_value(statement, "only the first address of this range is served", help);
        }
        let mut virt = Virtual::new(head, statement.from(0));
        while let Some((key, statement)) = self.entry(&VIRTUAL_SERVER) {
            if common_key(&mut virt.common, &statement) || self.scheduling(&mut virt, &statement) {
                continue;
            }
            match key.map_or("", |key| key.name) {
                "real_server" => self.real_server(&mut virt, &statement),
                "weight" => virt.weight = statement.number().and_then(|weight| i32::try_from(weight).ok()),
                "ha_suspend" => virt.only_with_vip = true,
                "omega" => virt.omega = statement.switch(),
                "quorum" => virt.quorum = statement.count().unwrap_or(1),
                "hysteresis" => virt.hysteresis = statement.count().unwrap_or(0),
                "quorum_up" => virt.quorum_up = self.script(&statement),
                "quorum_down" => virt.quorum_down = self.script(&statement),
                "sorry_server" => self.sorry_server(&mut virt, &statement),
                "sorry_server_inhibit" => virt.sorry_inhibit = statement.switch(),
                "sorry_server_lvs_method" => virt.sorry_way = self.way(&statement).or(virt.sorry_way),
                "inhibit_on_failure" => virt.inhibit = statement.switch(),
                _ => virt.mails = Some(statement.switch()),
            }
        }
        self.draft.virtuals.push(virt);
    }

    /// What IPVS's service has. False if it is nothing of that.
    fn scheduling(&mut self, virt: &mut Virtual, statement: &Statement) -> bool {
        let word = statement.text();
        match statement.keyword() {
            "lb_algo" | "lvs_sched" => {
                if SCHEDULERS.contains(&word.as_str()) {
                    virt.scheduler = Some(word);
                } else {
                    let help = format!("one of {}; wlc is used", SCHEDULERS.join(", "));
                    self.bad_value(statement, format!("there is no scheduler `{word}`"), &help);
                }
            }
            "lb_kind" | "lvs_method" => virt.way = self.way(statement).or(virt.way),
            "protocol" => {
                virt.protocol_at = statement.from(0);
                match word.to_ascii_uppercase().as_str() {
                    "TCP" => virt.protocol = Some(Protocol::Tcp),
                    "UDP" => virt.protocol = Some(Protocol::Udp),
                    "SCTP" => virt.protocol = Some(Protocol::Sctp),
                    _ => {
                        let message = format!("there is no protocol `{word}`");
                        self.bad_value(statement, message, "write TCP, UDP or SCTP; the line is left out");
                    }
                }
            }
            "hashed" | "sh-port" | "sh-fallback" | "mh-port" | "mh-fallback" | "flag-1" | "flag-2"
            | "flag-3" => {
                self.scheduler_flag(virt, statement);
            }
            "ops" => virt.one_packet = Some(statement.at()),
            "persistence_engine" => {
                if word == "sip" {
                    virt.engine = Some(word);
                } else {
                    let message = format!("there is no persistence engine `{word}`");
                    self.bad_value(statement, message, "sip is the only one; the line is left out");
                }
            }
            "persistence_timeout" => self.persistence(virt, statement),
            "persistence_granularity" => virt.granularity = Some((word, statement.from(1))),
            "ip_family" => virt.family = Some(word == "inet6"),
            _ => return false,
        }
        true
    }

    fn scheduler_flag(&mut self, virt: &mut Virtual, statement: &Statement) {
        let flag = statement.keyword();
        let owner = match flag {
            "hashed" => Some("sh"),
            _ => flag.split_once('-').map(|(owner, _)| owner).filter(|owner| *owner != "flag"),
        };
        let scheduler = virt.scheduler.as_deref();
        if let Some(owner) = owner.filter(|owner| scheduler != Some(owner)) {
            let message = format!("`{flag}` is for the scheduler {owner} alone, which must be named above");
            self.remarks.warning(statement.at(), message).strict().help("it is left out");
            return;
        }
        match flag {
            "flag-1" | "sh-fallback" | "mh-fallback" => virt.flags.first = true,
            "flag-3" => virt.flags.third = true,
            // IPVS's own mark of a service that is in its table, which every service is.
            "hashed" => {
                self.remarks.note(statement.at(), "`hashed` has no effect: IPVS sets it itself");
            }
            _ => virt.flags.second = true,
        }
    }

    fn persistence(&mut self, virt: &mut Virtual, statement: &Statement) {
        let Some(word) = statement.word(1) else {
            virt.persistence = Some(PERSISTENCE);
            return;
        };
        let number = parse_number(&word.text).and_then(|seconds| u32::try_from(seconds).ok());
        match number.filter(|seconds| (1..=2_678_400).contains(seconds)) {
            Some(seconds) => virt.persistence = Some(seconds),
            None => {
                let message = format!("`{}` is out of range: 1 to 2678400 seconds", word.text);
                self.bad_value(statement, message, "there is no persistence, as with keepalived");
            }
        }
    }

    fn sorry_server(&mut self, virt: &mut Virtual, statement: &Statement) {
        let Some(addr) = statement.word(1).and_then(|word| word.text.parse().ok()) else { return };
        match port_at(statement, 2) {
            Ok(port) => virt.sorry = Some((addr, port, statement.from(1))),
            Err(message) => self.bad_value(statement, message, "the sorry server is left out"),
        }
    }

    /// `NAT`, `DR`, or `TUN` with a type.
    pub fn way(&mut self, statement: &Statement) -> Option<Way> {
        let mut words = statement.words.iter().skip(1).map(|word| word.text.as_str());
        let method = match words.next().unwrap_or_default() {
            "NAT" => return Some(Way::NAT),
            "DR" => ForwardingMethod::DirectRoute,
            "TUN" => ForwardingMethod::Tunnel,
            other => {
                let message = format!("there is no forwarding method `{other}`");
                let help = "write NAT, DR or TUN; the line is left out, which means NAT if there is no other";
                self.bad_value(statement, message, help);
                return None;
            }
        };
        if method == ForwardingMethod::DirectRoute {
            return Some(Way { method, tunnel: Tunnel::Ipip });
        }
        let words: Vec<&str> = words.collect();
        match tunnel(&words) {
            Ok(tunnel) => Some(Way { method, tunnel }),
            Err(message) => {
                let help = "write TUN, TUN type ipip, TUN type gre [nocsum|csum] or TUN type gue port N \
                            [nocsum|csum|remcsum]; the line is left out";
                self.bad_value(statement, message, help);
                None
            }
        }
    }
}

/// What is behind `TUN`.
fn tunnel(words: &[&str]) -> Result<Tunnel, String> {
    let (mut kind, mut port, mut checksum) = ("ipip", None, None);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "type" => kind = words.next().ok_or("`type` needs a value")?,
            "port" => {
                let number =
                    words.next().and_then(|word| parse_number(word)).and_then(|n| u16::try_from(n).ok());
                port = Some(number.filter(|port| *port > 0).ok_or("a port is a number from 1 to 65535")?);
            }
            "nocsum" => checksum = Some(TunnelChecksum::None),
            "csum" => checksum = Some(TunnelChecksum::Full),
            "remcsum" => checksum = Some(TunnelChecksum::Remote),
            other => return Err(format!("`{other}` means nothing for a tunnel")),
        }
    }
    let sum = checksum.unwrap_or_default();
    match (kind, port) {
        ("gue", Some(port)) => Ok(Tunnel::Gue { port, checksum: sum }),
        ("gue", None) => Err("a gue tunnel needs a port".to_owned()),
        ("ipip" | "gre", Some(_)) => Err(format!("a tunnel of type {kind} has no port")),
        ("ipip", None) if checksum.is_some() => Err("a tunnel of type ipip has no checksum".to_owned()),
        ("ipip", None) => Ok(Tunnel::Ipip),
        ("gre", None) if sum == TunnelChecksum::Remote => Err("a gre tunnel has no remcsum".to_owned()),
        ("gre", None) => Ok(Tunnel::Gre { checksum: sum }),
        _ => Err(format!("there is no tunnel of type `{kind}`")),
    }
}
