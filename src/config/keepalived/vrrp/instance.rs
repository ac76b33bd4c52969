//! `vrrp_instance` and `vrrp_sync_group`.

use super::super::keys_vrrp::{
    ADDRESSES, AUTHENTICATION, INSTANCE, NAMES, PEERS, PRIORITY, ROUTES, SYNC_GROUP, TRACKED,
};
use super::super::line::Statement;
use super::super::reader::Reader;
use super::super::value::check;
use super::draft::{Auth, Group, Instance, Kind, Look, Scripts};
use super::parts;
use std::net::IpAddr;

/// So many things may one block look at.
const MAX_LOOKS: usize = 256;

impl Reader<'_, '_> {
    pub(in super::super) fn vrrp_instance(&mut self, head: &Statement) {
        let mut one = Instance { name: head.text(), at: head.from(0), ..Instance::default() };
        while let Some((key, statement)) = self.entry(&INSTANCE) {
            let at = statement.from(0);
            let byte = || statement.number().and_then(|number| u8::try_from(number).ok());
            let address = || statement.text().parse::<IpAddr>().ok().map(|addr| (addr, at));
            match key.map_or("", |key| key.name) {
                "state" => one.begins_master = statement.text() == "MASTER",
                "interface" => one.interface = Some(statement.text()),
                "version" => one.version = statement.count().map(|version| (version, at)),
                "virtual_router_id" => one.vrid = byte().map(|vrid| (vrid, at)),
                "priority" => {
                    let is_possible = check(PRIORITY, 1, &statement, &mut self.remarks);
                    one.priority = Some(byte().filter(|_| is_possible).unwrap_or(100));
                }
                "advert_int" => one.interval = statement.seconds().map(|time| (time, at)),
                "authentication" => one.auth = Some(self.authentication(&statement)),
                "virtual_ipaddress" => {
                    while let Some((_, line)) = self.entry(&ADDRESSES) {
                        let address = self.virtual_address(&line).map(|address| (address, line.from(0)));
                        one.addresses.extend(address);
                    }
                }
                "virtual_ipaddress_excluded" => {
                    while let Some((_, line)) = self.entry(&ADDRESSES) {
                        one.unadvertised.extend(self.virtual_address(&line));
                    }
                }
                "no_virtual_ipaddress" => one.has_none = true,
                "virtual_routes" => {
                    while let Some((_, line)) = self.entry(&ROUTES) {
                        one.routes.extend(self.virtual_route(&line));
                    }
                }
                "unicast_peer" => {
                    let peers = one.peers.get_or_insert_default();
                    while let Some((_, line)) = self.entry(&PEERS) {
                        peers.extend(self.unicast_peer(&line).map(|peer| (peer, line.from(0))));
                    }
                }
                "unicast_src_ip" | "mcast_src_ip" => one.source = address(),
                "mcast_dst_ip" => one.group = address(),
                "unicast_ttl" => one.ttl = byte(),
                "check_unicast_src" => one.checks_source = Some(statement.switch()),
                "use_vmac" => one.vmac = Some(self.vmac(&statement)),
                "vmac_xmit_base" => one.sends_below = true,
                "native_ipv6" => one.is_native6 = true,
                "dont_track_primary" => one.ignores_interface = true,
                name @ ("track_interface" | "track_script" | "track_file" | "track_process") => {
                    self.looks(name, &mut one.looks);
                }
                "down_timer_adverts" => one.patience = statement.count(),
                "lower_prio_no_advert" => one.is_calm = Some(statement.switch()),
                "higher_prio_send_advert" => one.answers_higher = Some(statement.switch()),
                "nopreempt" => one.nopreempt = Some(at),
                "preempt" => one.nopreempt = None,
                "preempt_delay" => one.preempt_delay = statement.seconds().map(|time| (time, at)),
                "skip_check_adv_addr" => one.skips_addresses = Some(statement.switch()),
                "strict_mode" => one.is_strict = Some(statement.switch()),
                "smtp_alert" => one.mails = Some(statement.switch()),
                name if name.starts_with("garp_") => one.paces.set(name, statement.count()),
                name => self.follow(name, &statement, &mut one.scripts),
            }
        }
        self.draft.vrrp.instances.push(one);
    }

    pub(in super::super) fn sync_group(&mut self, head: &Statement) {
        let mut group = Group { name: head.text(), at: head.from(0), ..Group::default() };
        while let Some((key, statement)) = self.entry(&SYNC_GROUP) {
            match key.map_or("", |key| key.name) {
                "group" => {
                    while let Some((_, line)) = self.entry(&NAMES) {
                        group.members.extend(line.words.into_iter().map(|word| (word.text, word.at)));
                    }
                }
                name @ ("track_interface" | "track_script" | "track_file" | "track_process") => {
                    self.looks(name, &mut group.looks);
                }
                "smtp_alert" => group.mails = Some(statement.switch()),
                "sync_group_tracking_weight" => group.weighs = true,
                name => self.follow(name, &statement, &mut group.scripts),
            }
        }
        self.draft.vrrp.groups.push(group);
    }

    fn authentication(&mut self, head: &Statement) -> Auth {
        let mut auth = Auth { at: head.from(0), ..Auth::default() };
        while let Some((key, statement)) = self.entry(&AUTHENTICATION) {
            match (key.map_or("", |key| key.name), statement.text().as_str()) {
                ("auth_type", "PASS") => auth.is_header = Some(false),
                ("auth_type", "AH") => auth.is_header = Some(true),
                ("auth_type", "HMAC") => {
                    let message = "auth_type HMAC is not spoken here: there is no authentication";
                    self.remarks.warning(statement.from(1), message);
                }
                ("auth_type", _) => {}
                (_, password) => {
                    if password.len() > 8 {
                        let message = "only the first 8 characters of a password count";
                        self.remarks.warning(statement.from(1), message).strict();
                    }
                    auth.password = Some(password.to_owned());
                }
            }
        }
        auth
    }

    /// The lines of a block of things that are looked at.
    fn looks(&mut self, block: &str, looks: &mut Vec<Look>) {
        let kind = match block {
            "track_interface" => Kind::Interface,
            "track_script" => Kind::Script,
            "track_file" => Kind::File,
            _ => Kind::Process,
        };
        while let Some((_, line)) = self.entry(&TRACKED) {
            let (name, at) = (line.keyword().to_owned(), line.from(0));
            let mut look = Look { kind, name, weight: None, is_reverse: false, at };
            let mut words = line.words.iter().skip(1);
            while let Some(word) = words.next() {
                match word.text.as_str() {
                    "weight" => {
                        let number = words.next().and_then(|word| word.text.parse::<i16>().ok());
                        look.weight = number.filter(|weight| (-254..=254).contains(weight));
                        if look.weight.is_none() {
                            let message = "a weight is a number from -254 to 254";
                            self.remarks.warning(at, message).strict().help("it is left out");
                        }
                    }
                    "reverse" => look.is_reverse = true,
                    "noreverse" | "no_reverse" => look.is_reverse = false,
                    other => {
                        let message = format!("`{other}` is neither weight nor reverse");
                        self.remarks.warning(word.at, message).strict().help("it is left out");
                    }
                }
            }
            if looks.len() >= MAX_LOOKS {
                self.remarks.error(at, format!("a block may look at {MAX_LOOKS} things, and no more"));
            } else if looks.iter().any(|known| known.kind == kind && known.name == look.name) {
                let message = format!("`{}` is there already: this one is left out", look.name);
                self.remarks.warning(at, message).strict();
            } else {
                looks.push(look);
            }
        }
    }

    /// A script that follows a change, or whether changes of the priority count as such.
    fn follow(&mut self, name: &str, statement: &Statement, scripts: &mut Scripts) {
        let field = match name {
            "notify_priority_changes" => {
                scripts.tells_priority = Some(statement.switch());
                return;
            }
            "notify_master" => &mut scripts.master,
            "notify_backup" => &mut scripts.backup,
            "notify_fault" => &mut scripts.fault,
            "notify_stop" => &mut scripts.stop,
            "notify_master_rx_lower_pri" => &mut scripts.lower_heard,
            _ => &mut scripts.any,
        };
        if field.is_some() {
            let message = format!("`{name}` is there already: keepalived takes the first");
            self.remarks.warning(statement.from(0), message).strict();
        } else {
            *field = self.script(statement).map(|script| (script, statement.from(0)));
        }
    }

    /// `use_vmac [NAME [MAC]]`.
    fn vmac(&mut self, statement: &Statement) -> (Option<String>, Option<crate::lvs::Mac>) {
        let (mut name, mut mac) = (None, None);
        for word in statement.words.iter().skip(1) {
            match parts::mac(&word.text) {
                Some(known) => mac = Some(known),
                None if name.is_none() && word.text.len() < 16 => name = Some(word.text.clone()),
                None => {
                    let message = format!("`{}` is neither a name of an interface nor a MAC", word.text);
                    self.remarks.warning(word.at, message).strict().help("it is left out");
                }
            }
        }
        (name, mac)
    }
}
