//! The checkers of a real server.

use super::draft::{Checker, Common, Real};
use super::global::weight_of;
use super::keys_lvs::{BFD, DNS, FILE, MISC, PING, SMTP, TCP, UDP};
use super::line::Statement;
use super::reader::Reader;
use super::schema::Block;
use super::value::{parse_hex, parse_number};
use super::virtual_server::common_key;
use crate::lvs::{DnsProbe, Probe, Script, ScriptKind, ScriptProbe, UdpProbe};
use std::path::PathBuf;
use std::time::Duration;

/// What SMTP_CHECK says if nothing is said.
const HELO: &str = "smtpchecker.keepalived.org";
/// Most bytes of a UDP reply if nothing is said.
const MAX_REPLY: u16 = 255;

impl Checker {
    /// keepalived's defaults: tried once again, one second later.
    pub fn new(probe: Probe) -> Self {
        Self {
            probe,
            common: Common::default(),
            addr: None,
            port: None,
            from: crate::lvs::Origin::default(),
            tells_all: None,
            retry: 1,
            retry_delay: Some(Duration::from_secs(1)),
            timeout: None,
            says_name: false,
        }
    }

    /// Takes a statement that all checkers share that connect. False if it is none.
    pub fn takes(&mut self, statement: &Statement) -> bool {
        let addr = || statement.word(1).and_then(|word| word.text.parse().ok());
        let port = |word: usize| {
            let word = statement.word(word)?;
            u16::try_from(parse_number(&word.text)?).ok().filter(|port| *port > 0)
        };
        match statement.keyword() {
            "connect_ip" => {
                self.addr = addr();
                self.port = port(2).or(self.port);
            }
            "connect_port" => self.port = port(1),
            "bindto" => {
                self.from.addr = addr();
                self.from.port = port(2).or(self.from.port);
            }
            "bind_port" => self.from.port = port(1),
            "bind_if" => self.from.interface = Some(statement.text()),
            "fwmark" => self.from.mark = statement.count().filter(|mark| *mark > 0),
            "log_all_failures" => self.tells_all = Some(statement.switch()),
            _ => return common_key(&mut self.common, statement),
        }
        true
    }
}

impl Reader<'_, '_> {
    pub fn checker(&mut self, real: &mut Real, head: &Statement) {
        if !self.count(head) {
            return self.skip();
        }
        match head.keyword() {
            "TCP_CHECK" => self.plain(real, Probe::Tcp, &TCP),
            // keepalived sends one request and waits; `retry` is there for the packet that is lost.
            "PING_CHECK" => self.plain(real, Probe::Ping { tries: 1 }, &PING),
            "HTTP_GET" => self.http(real, head, false),
            "SSL_GET" => self.http(real, head, true),
            "SMTP_CHECK" => self.smtp(real),
            "DNS_CHECK" => self.dns(real),
            "MISC_CHECK" => self.misc(real, head),
            "UDP_CHECK" => self.udp(real),
            "FILE_CHECK" => self.file(real, head),
            // BFD_CHECK: its name is told of.
            _ => while self.entry(&BFD).is_some() {},
        }
    }

    fn plain(&mut self, real: &mut Real, probe: Probe, block: &'static Block) {
        let mut checker = Checker::new(probe);
        while let Some((_, statement)) = self.entry(block) {
            checker.takes(&statement);
        }
        real.checks.push(checker);
    }

    fn smtp(&mut self, real: &mut Real) {
        let mut checker = Checker::new(Probe::Tcp);
        let mut helo = HELO.to_owned();
        let mut hosts = Vec::new();
        while let Some((key, statement)) = self.entry(&SMTP) {
            match (key.map_or("", |key| key.name), key.and_then(|key| key.body)) {
                ("host", Some(body)) => {
                    let mut host = Checker::new(Probe::Tcp);
                    while let Some((_, statement)) = self.entry(body) {
                        host.takes(&statement);
                    }
                    hosts.push((host, statement));
                }
                ("helo_name", _) => helo = statement.text(),
                _ => drop(checker.takes(&statement)),
            }
        }
        checker.probe = Probe::Smtp { helo };
        if hosts.is_empty() {
            return real.checks.push(checker);
        }
        // Each host of old is a check of its own, with what is said for all.
        for (host, statement) in hosts {
            if !self.count(&statement) {
                return;
            }
            let common = host.common.within(&checker.common);
            let from =
                if host.from == crate::lvs::Origin::default() { checker.from.clone() } else { host.from };
            real.checks.push(Checker {
                probe: checker.probe.clone(),
                addr: host.addr.or(checker.addr),
                port: host.port.or(checker.port),
                from,
                common,
                ..Checker::new(Probe::Tcp)
            });
        }
    }

    fn dns(&mut self, real: &mut Real) {
        let mut probe = DnsProbe { name: ".".to_owned(), kind: "SOA".to_owned(), tcp: false, expect: None };
        let mut checker = Checker { retry: 3, retry_delay: None, ..Checker::new(Probe::Tcp) };
        while let Some((key, statement)) = self.entry(&DNS) {
            match key.map_or("", |key| key.name) {
                "type" => probe.kind = statement.text(),
                "name" => probe.name = statement.text(),
                _ => drop(checker.takes(&statement)),
            }
        }
        checker.probe = Probe::Dns(probe);
        real.checks.push(checker);
    }

    fn udp(&mut self, real: &mut Real) {
        let mut probe = UdpProbe { max_reply: MAX_REPLY, ..UdpProbe::default() };
        let mut checker = Checker::new(Probe::Tcp);
        let mut lengths_at = None;
        while let Some((key, statement)) = self.entry(&UDP) {
            let words = statement.words.get(1..).unwrap_or_default();
            let length = || statement.count().and_then(|length| u16::try_from(length).ok()).unwrap_or(0);
            match key.map_or("", |key| key.name) {
                "payload" => match parse_hex(words, false) {
                    Some(bytes) => probe.payload = Some(bytes.iter().map(|(byte, _)| *byte).collect()),
                    None => {
                        self.bad_value(&statement, "this is no text of hex digits", "random bytes are sent")
                    }
                },
                "require_reply" => {
                    probe.needs_reply = true;
                    match parse_hex(words, true) {
                        Some(bytes) => probe.reply = bytes,
                        None => self.bad_value(
                            &statement,
                            "this is no text of hex digits and X",
                            "any reply is taken",
                        ),
                    }
                }
                "min_reply_length" => {
                    probe.min_reply = length();
                    lengths_at = Some(statement.from(0));
                }
                "max_reply_length" => {
                    probe.max_reply = length();
                    lengths_at = Some(statement.from(0));
                }
                _ => drop(checker.takes(&statement)),
            }
        }
        if let Some(at) = lengths_at.filter(|_| probe.min_reply > probe.max_reply && probe.max_reply > 0) {
            let message = format!(
                "no reply has at least {} and at most {} bytes: this check always fails",
                probe.min_reply, probe.max_reply
            );
            self.remarks.warning(at, message).strict();
        }
        checker.probe = Probe::Udp(probe);
        real.checks.push(checker);
    }

    fn misc(&mut self, real: &mut Real, head: &Statement) {
        let mut checker = Checker { retry: 0, ..Checker::new(Probe::Tcp) };
        let mut script: Option<Script> = None;
        let (mut weight, mut user, mut group) = (false, None, None);
        while let Some((key, statement)) = self.entry(&MISC) {
            match key.map_or("", |key| key.name) {
                "misc_path" => {
                    script = self.script(&statement);
                    if script.as_ref().is_some_and(|script| script.user.is_some()) {
                        let help = "a program with arguments needs quotes: \"/path/program argument\"";
                        let at = statement.from(2);
                        self.remarks.warning(at, "the rest of the line means nothing").help(help);
                    }
                }
                "misc_timeout" => {
                    let seconds = statement.count().filter(|seconds| *seconds > 0);
                    checker.timeout = seconds.map(|seconds| Duration::from_secs(seconds.into()));
                }
                "misc_dynamic" => weight = statement.switch(),
                "user" => {
                    user = Some(statement.text());
                    group = statement.word(2).map(|word| word.text.clone());
                }
                _ => drop(checker.takes(&statement)),
            }
        }
        let Some(script) = script else {
            let message = "this check has no misc_path: it is left out";
            self.remarks.warning(head.from(0), message).strict();
            return;
        };
        let script = Script { user, group, ..script };
        checker.probe = Probe::Script(ScriptProbe { script, kind: ScriptKind::Misc { weight } });
        real.checks.push(checker);
    }

    fn file(&mut self, real: &mut Real, head: &Statement) {
        let (mut name, mut weight) = (None, None);
        while let Some((key, statement)) = self.entry(&FILE) {
            match key.map_or("", |key| key.name) {
                "track_file" => name = Some(statement),
                _ => weight = Some(weight_of(&statement)),
            }
        }
        let Some(name) = name else {
            let message = "this check has no track_file: it is left out";
            self.remarks.warning(head.from(0), message).strict();
            return;
        };
        let Some(file) = self.draft.track_files.get(&name.text()) else {
            let message = format!("there is no track_file `{}` above: the check is left out", name.text());
            self.remarks.warning(name.from(1), message).strict();
            return;
        };
        let weight = weight.unwrap_or(file.weight);
        let weight = i32::try_from(weight).ok().filter(|weight| *weight != 0);
        let path: PathBuf = file.path.clone();
        real.checks.push(Checker::new(Probe::File { path, weight }));
    }
}
