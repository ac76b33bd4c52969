//! `global_defs`, files with numbers, and groups.

use super::draft::{Group, Head, Member, TrackFile};
use super::keys_global::{GLOBAL, ROOT, SSL};
use super::keys_lvs::GROUP;
use super::keys_vrrp::TRACK_FILE;
use super::line::Statement;
use super::reader::Reader;
use super::value::parse_number;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::time::Duration;

/// Longest timeout: 31 days in seconds.
const MAX_TIMEOUT_SECONDS: i64 = 31 * 24 * 3600;

impl Reader<'_, '_> {
    /// All of the text.
    pub fn root(&mut self) {
        while let Some((key, statement)) = self.entry(&ROOT) {
            match key.map_or("", |key| key.name) {
                "global_defs" => self.global(),
                "virtual_server" => self.virtual_server(&statement),
                "virtual_server_group" => self.group(&statement),
                "SSL" => while self.entry(&SSL).is_some() {},
                "vrrp_instance" => self.vrrp_instance(&statement),
                "vrrp_sync_group" => self.sync_group(&statement),
                "vrrp_script" => self.vrrp_script(&statement),
                "vrrp_track_process" | "track_process" => self.track_process(&statement),
                _ => self.track_file(&statement),
            }
        }
    }

    fn global(&mut self) {
        while let Some((key, statement)) = self.entry(&GLOBAL) {
            let mail = &mut self.draft.mail;
            let seconds = || statement.count().map(|seconds| Duration::from_secs(seconds.into()));
            match key.map_or("", |key| key.name) {
                "notification_email" => self.recipients(key.and_then(|key| key.body)),
                "notification_email_from" => mail.from = statement.text(),
                "smtp_server" => self.smtp_server(&statement),
                "smtp_helo_name" => mail.helo = statement.text(),
                "smtp_connect_timeout" => {
                    mail.timeout = seconds().map(|time| time.max(Duration::from_secs(1)))
                }
                "smtp_alert" => mail.all = Some(statement.switch()),
                "smtp_alert_checker" => mail.checkers = Some(statement.switch()),
                "no_checker_emails" => mail.is_off = true,
                "router_id" => mail.router_id = statement.text(),
                "script_user" => {
                    let group = statement.word(2).map(|word| word.text.clone());
                    self.draft.script_user = Some((statement.text(), group));
                }
                "startup_script" => self.draft.startup = self.script(&statement),
                "startup_script_timeout" => self.draft.startup_timeout = seconds(),
                "shutdown_script" => self.draft.shutdown = self.script(&statement),
                "shutdown_script_timeout" => self.draft.shutdown_timeout = seconds(),
                "lvs_timeouts" => self.timeouts(&statement),
                "lvs_sync_daemon" => self.sync_daemon(&statement),
                "checker_log_all_failures" => self.draft.tells_all = statement.switch(),
                "lvs_notify_fifo" => self.draft.fifos.push(PathBuf::from(statement.text())),
                "notify_fifo" => {
                    self.draft.fifos.push(PathBuf::from(statement.text()));
                    self.draft.vrrp.fifos.push(PathBuf::from(statement.text()));
                }
                name => self.global_vrrp(name, &statement),
            }
        }
    }

    /// What is said of all virtual routers.
    fn global_vrrp(&mut self, name: &str, statement: &Statement) {
        let vrrp = &mut self.draft.vrrp;
        let all = &mut vrrp.global;
        let pause = || statement.seconds().unwrap_or_default();
        let group = || statement.text().parse().ok();
        match name {
            "vrrp_notify_fifo" => vrrp.fifos.push(PathBuf::from(statement.text())),
            "smtp_alert_vrrp" => all.mails = Some(statement.switch()),
            "vrrp_mcast_group4" => all.group4 = group(),
            "vrrp_mcast_group6" => all.group6 = group(),
            "default_interface" => all.interface = Some(statement.text()),
            "vrrp_garp_interval" => all.arp_pause = pause(),
            "vrrp_gna_interval" => all.na_pause = pause(),
            "vrrp_min_garp" => all.is_short = statement.switch(),
            "vrrp_down_timer_adverts" => all.patience = statement.count(),
            "vrrp_lower_prio_no_advert" => all.is_calm = Some(statement.switch()),
            "vrrp_higher_prio_send_advert" => all.answers_higher = statement.switch(),
            "vrrp_version" => all.version = statement.count(),
            "vrrp_check_unicast_src" => all.checks_source = statement.switch(),
            "vrrp_skip_check_adv_addr" => all.skips_addresses = statement.switch(),
            "vrrp_strict" => all.is_strict = statement.switch(),
            "vrrp_notify_priority_changes" => all.tells_priority = statement.switch(),
            // `vrrp_garp_…`.
            _ => all.paces.set(name, statement.count()),
        }
    }

    fn recipients(&mut self, block: Option<&'static super::schema::Block>) {
        let Some(block) = block else { return };
        while let Some((_, statement)) = self.entry(block) {
            self.draft.mail.to.extend(statement.words.into_iter().map(|word| word.text));
        }
    }

    fn smtp_server(&mut self, statement: &Statement) {
        let port = match statement.word(2).map(|word| parse_number(&word.text).map(u16::try_from)) {
            None => 25,
            Some(Some(Ok(port))) if port > 0 => port,
            Some(_) => {
                return self.bad_value(
                    statement,
                    "a port is a number from 1 to 65535",
                    "the line is left out",
                );
            }
        };
        // The name is looked up when there is mail: a name server that is away must not keep the file from being read.
        self.draft.mail.server = Some((statement.text(), port));
    }

    fn timeouts(&mut self, statement: &Statement) {
        let mut timeouts = self.draft.timeouts.unwrap_or_default();
        let mut words = statement.words.iter().skip(1);
        let mut is_set = false;
        while let Some(word) = words.next() {
            let field = match word.text.as_str() {
                "tcp" => &mut timeouts.tcp,
                "tcpfin" => &mut timeouts.tcp_fin,
                "udp" => &mut timeouts.udp,
                other => {
                    let message = format!("`{other}` is none of tcp, tcpfin, udp");
                    self.remarks.warning(word.at, message).strict().help("it is left out");
                    continue;
                }
            };
            let number = words.next().and_then(|word| parse_number(&word.text));
            match number.filter(|number| (0..=MAX_TIMEOUT_SECONDS).contains(number)) {
                // 0 leaves it as it is.
                Some(0) => is_set = true,
                Some(seconds) => {
                    *field = u32::try_from(seconds).unwrap_or(*field);
                    is_set = true;
                }
                None => {
                    let message = format!("`{}` needs seconds: 0 to {MAX_TIMEOUT_SECONDS}", word.text);
                    self.remarks.warning(word.at, message).strict().help("it is left out");
                }
            }
        }
        if is_set {
            self.draft.timeouts = Some(timeouts);
        } else if statement.words.len() == 1 {
            let help = "write tcp, tcpfin or udp with seconds";
            self.remarks.warning(statement.at(), "there is no timeout here").strict().help(help);
        }
    }

    fn track_file(&mut self, head: &Statement) {
        let (mut path, mut weight) = (None, 1);
        while let Some((key, statement)) = self.entry(&TRACK_FILE) {
            match key.map_or("", |key| key.name) {
                "file" => path = Some(PathBuf::from(statement.text())),
                _ => weight = weight_of(&statement),
            }
        }
        match path {
            Some(path) => drop(self.draft.track_files.insert(head.text(), TrackFile { path, weight })),
            None => self.bad_value(
                head,
                "this names no file",
                "write file \"/path\" in its block; it is left out",
            ),
        }
    }

    fn group(&mut self, head: &Statement) {
        let name = head.text();
        let mut group = Group::default();
        while let Some((_, statement)) = self.entry(&GROUP) {
            match member(&statement) {
                Ok(member) => group.members.push((member, statement.from(0))),
                Err(message) => {
                    self.remarks.warning(statement.from(0), message).strict().help("the line is left out");
                }
            }
        }
        if group.members.is_empty() {
            let help = "virtual servers of this group are left out";
            self.remarks.warning(head.from(1), "this group is empty").strict().help(help);
        }
        if self.draft.groups.insert(name, group).is_some() {
            let help = "the last one is used";
            self.remarks.warning(head.from(1), "this group is defined twice").help(help);
        }
    }
}

/// A weight that may be turned round.
pub(super) fn weight_of(statement: &Statement) -> i64 {
    let weight = statement.number().unwrap_or(1);
    let is_turned = statement.word(2).is_some_and(|word| word.text == "reverse");
    if is_turned { -weight } else { weight }
}

/// The port of a line, from 0, at this word.
///
/// # Errors
/// What is wrong with it.
pub(super) fn port_at(statement: &Statement, number: usize) -> Result<Option<u16>, String> {
    let Some(word) = statement.word(number) else { return Ok(None) };
    let port = parse_number(&word.text).and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
    port.map(Some).ok_or_else(|| format!("`{}` is no port: 1 to 65535", word.text))
}

/// What a `virtual_server` line names.
///
/// # Errors
/// What is wrong with it.
pub(super) fn head(statement: &Statement) -> Result<Head, String> {
    let first = statement.text();
    let second = statement.word(2).map(|word| word.text.as_str());
    match (first.as_str(), second) {
        ("fwmark", Some(mark)) => mark_of(mark).map(Head::Mark),
        ("group", Some(name)) => Ok(Head::Group(name.to_owned())),
        ("fwmark" | "group", None) => Err(format!("`{first}` needs a name or a number")),
        _ => {
            // keepalived takes the first address of a range and is silent.
            let bare = first.split(['/', '-']).next().unwrap_or_default();
            let addr = bare.parse().map_err(|_| format!("`{first}` is no IP address"))?;
            let port = port_at(statement, 2)?;
            Ok(Head::Address(addr, port))
        }
    }
}

fn mark_of(text: &str) -> Result<u32, String> {
    let mark = parse_number(text).and_then(|mark| u32::try_from(mark).ok());
    mark.filter(|mark| *mark > 0).ok_or_else(|| format!("`{text}` is no firewall mark: 1 to {}", u32::MAX))
}

/// A line of a group.
fn member(statement: &Statement) -> Result<Member, String> {
    let text = statement.keyword();
    if text == "fwmark" {
        let Some(word) = statement.word(1) else { return Err("`fwmark` needs a number".to_owned()) };
        let family = match statement.word(2).map(|word| word.text.as_str()) {
            None => None,
            Some("inet") => Some(false),
            Some("inet6") => Some(true),
            Some(other) => return Err(format!("`{other}` is neither inet nor inet6")),
        };
        return Ok(Member::Mark(mark_of(&word.text)?, family));
    }
    let (first, last) = range(text)?;
    Ok(Member::Addresses { first, last, port: port_at(statement, 1)? })
}

/// One address, `A-B` with a whole address or its last part, or `A/LEN`.
fn range(text: &str) -> Result<(IpAddr, IpAddr), String> {
    let address = |text: &str| text.parse::<IpAddr>().map_err(|_| format!("`{text}` is no IP address"));
    if let Some((first, len)) = text.split_once('/') {
        let first = address(first)?;
        let bits = if first.is_ipv4() { 32 } else { 128 };
        let len = len.parse::<u32>().ok().filter(|len| *len <= bits);
        let Some(len) = len else { return Err(format!("a prefix has 0 to {bits} bits")) };
        let host = u128::MAX.checked_shr(128 - (bits - len)).unwrap_or(0);
        let number = to_number(first);
        if number & host != 0 {
            return Err(format!("{first} has bits beyond its prefix of {len} bits"));
        }
        return Ok((first, from_number(number | host, first)));
    }
    let Some((first, last)) = text.split_once('-') else {
        let one = address(text)?;
        return Ok((one, one));
    };
    let first = address(first)?;
    let last = match (last.parse::<IpAddr>(), first) {
        (Ok(last), _) if last.is_ipv4() == first.is_ipv4() => last,
        (_, IpAddr::V4(addr)) => {
            let part: u8 =
                last.parse().map_err(|_| format!("`{last}` is no last part of an address: 0 to 255"))?;
            let [a, b, c, _] = addr.octets();
            IpAddr::V4(Ipv4Addr::new(a, b, c, part))
        }
        (_, IpAddr::V6(addr)) => {
            let part = u16::from_str_radix(last, 16)
                .map_err(|_| format!("`{last}` is no last part of an address: 0 to ffff"))?;
            IpAddr::V6(Ipv6Addr::from_bits(addr.to_bits() & !0xffff | u128::from(part)))
        }
    };
    // keepalived wants the end to be greater; a range of one is harmless.
    if to_number(last) < to_number(first) {
        Err(format!("{last} is before {first}"))
    } else {
        Ok((first, last))
    }
}

/// An address as a number.
pub(super) fn to_number(addr: IpAddr) -> u128 {
    match addr {
        IpAddr::V4(addr) => addr.to_bits().into(),
        IpAddr::V6(addr) => addr.to_bits(),
    }
}

/// A number as an address of the other one's family.
pub(super) fn from_number(number: u128, like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(number).unwrap_or(u32::MAX))),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::from_bits(number)),
    }
}
