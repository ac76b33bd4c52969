//! Virtual routers.

use super::Writer;
use super::text::{quoted, seconds};
use crate::lvs::{
    Announces, Family, Notify, Place, Role, Script, Track, Tracked, VirtualAddress, VirtualRoute, Vrrp,
    VrrpAuth, VrrpGroup, VrrpInstance, VrrpPeers, VrrpVersion, Watched, WatchedKind, Words,
};
use std::collections::BTreeMap;
use std::time::Duration;

impl Writer {
    /// What `global_defs` says of all virtual routers.
    pub(super) fn vrrp_global(&mut self, vrrp: &Vrrp) {
        for (keyword, family) in [("vrrp_garp_interval", Family::V4), ("vrrp_gna_interval", Family::V6)] {
            let mut pauses =
                vrrp.instances.iter().filter(|one| one.family == family).map(|one| one.announces.pause);
            let Some(pause) = pauses.next() else { continue };
            if !pause.is_zero() {
                self.timer(keyword, pause);
            }
            if pauses.any(|other| other != pause) {
                self.unsaid("different pauses between gratuitous ARP of virtual routers");
            }
        }
    }

    /// Blocks of things that are looked at, virtual routers, and groups of them.
    pub(super) fn vrrp(&mut self, vrrp: &Vrrp) {
        let mut kinds = BTreeMap::new();
        for thing in &vrrp.watched {
            kinds.insert(thing.name.as_str(), self.watched(thing));
        }
        for instance in &vrrp.instances {
            self.instance(instance, &kinds);
        }
        for group in &vrrp.groups {
            self.vrrp_group(group, &kinds);
        }
    }

    /// The keyword by which virtual routers name it.
    fn watched(&mut self, thing: &Watched) -> &'static str {
        let name = quoted(&thing.name);
        let whose = &thing.name;
        let keyword = match &thing.kind {
            WatchedKind::Script { script, interval, rises, falls, begins_failed } => {
                self.out.open(&format!("vrrp_script {name}"));
                self.script("script", Some(&Script { timeout: None, ..script.clone() }), whose);
                self.timer("interval", *interval);
                match script.timeout {
                    Some(time) if time == *interval => {}
                    Some(time) => self.timer("timeout", time),
                    None => self.unsaid(format!("{whose}: that the script may take as long as it likes")),
                }
                self.out.line(&format!("rise {rises}"));
                self.out.line(&format!("fall {falls}"));
                if *begins_failed {
                    self.out.line("init_fail");
                }
                "track_script"
            }
            WatchedKind::File { path } => {
                self.out.open(&format!("vrrp_track_file {name}"));
                self.out.line(&format!("file {}", quoted(&path.display().to_string())));
                "track_file"
            }
            WatchedKind::Process {
                name: process,
                parameters,
                whole_line,
                least,
                most,
                fork_delay,
                end_delay,
            } => {
                self.out.open(&format!("vrrp_track_process {name}"));
                let words: Vec<String> =
                    std::iter::once(process).chain(parameters).map(|word| quoted(word)).collect();
                self.out.line(&format!("process {}", words.join(" ")));
                if !parameters.is_empty() {
                    self.out.line("param_match initial");
                }
                if *whole_line {
                    self.out.line("full_command");
                }
                self.out.line(&format!("quorum {least}"));
                if let Some(most) = most {
                    self.out.line(&format!("quorum_max {most}"));
                }
                for (keyword, time) in [("fork_delay", fork_delay), ("terminate_delay", end_delay)] {
                    if !time.is_zero() {
                        self.timer(keyword, *time);
                    }
                }
                "track_process"
            }
        };
        self.out.line(&format!("weight {}", thing.weight));
        self.out.close();
        keyword
    }

    fn instance(&mut self, one: &VrrpInstance, kinds: &BTreeMap<&str, &'static str>) {
        let name = &one.name;
        self.out.open(&format!("vrrp_instance {}", quoted(name)));
        self.out.line(if one.begins == Role::Master { "state MASTER" } else { "state BACKUP" });
        self.out.line(&format!("interface {}", quoted(&one.interface)));
        self.out.line(&format!("virtual_router_id {}", one.vrid));
        self.out.line(&format!("priority {}", one.priority));
        self.out.line(if one.version == VrrpVersion::V2 { "version 2" } else { "version 3" });
        self.timer("advert_int", one.interval);
        if one.family == Family::V6 {
            self.out.line("native_ipv6");
        }
        if !one.preempts {
            self.out.line("nopreempt");
        }
        if !one.preempt_delay.is_zero() {
            self.timer("preempt_delay", one.preempt_delay);
        }
        self.auth(one);
        if one.addresses.is_empty() {
            self.out.line("no_virtual_ipaddress");
        }
        self.addresses("virtual_ipaddress", &one.addresses, name);
        self.addresses("virtual_ipaddress_excluded", &one.unadvertised, name);
        if !one.routes.is_empty() {
            self.out.open("virtual_routes");
            one.routes.iter().for_each(|route| self.route(route));
            self.out.close();
        }
        self.peers(one);
        if let Some(vmac) = &one.vmac {
            let mac = vmac.mac.map(|mac| format!(" {mac}")).unwrap_or_default();
            self.out.line(&format!("use_vmac {}{mac}", quoted(&vmac.interface)));
            if vmac.sends_below {
                self.out.line("vmac_xmit_base");
            }
        }
        if one.ignores_interface {
            self.out.line("dont_track_primary");
        }
        self.tracks(&one.tracks, kinds);
        self.announces(&one.announces, name);
        if one.is_calm {
            self.out.line("lower_prio_no_advert");
        }
        if one.answers_higher {
            self.out.line("higher_prio_send_advert");
        }
        if one.patience != 3 {
            self.out.line(&format!("down_timer_adverts {}", one.patience));
        }
        if one.skips_addresses {
            self.out.line("skip_check_adv_addr");
        }
        self.notify(&one.notify, name);
        self.out.line(if one.mails { "smtp_alert on" } else { "smtp_alert off" });
        self.words(one.words, name);
        self.out.close();
    }

    fn vrrp_group(&mut self, group: &VrrpGroup, kinds: &BTreeMap<&str, &'static str>) {
        self.out.open(&format!("vrrp_sync_group {}", quoted(&group.name)));
        self.out.open("group");
        for member in &group.members {
            self.out.line(&quoted(member));
        }
        self.out.close();
        self.tracks(&group.tracks, kinds);
        if group.weighs {
            self.out.line("sync_group_tracking_weight");
        }
        self.notify(&group.notify, &group.name);
        self.out.line(if group.mails { "smtp_alert on" } else { "smtp_alert off" });
        self.words(group.words, &group.name);
        self.out.close();
    }

    fn auth(&mut self, one: &VrrpInstance) {
        let (kind, key) = match one.auth {
            VrrpAuth::None => return,
            VrrpAuth::Password(key) => ("PASS", key),
            VrrpAuth::Header(key) => ("AH", key),
        };
        let end = key.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let key = key.get(..end).unwrap_or_default();
        match std::str::from_utf8(key) {
            Ok(text)
                if !text.is_empty()
                    && !text.contains(|char: char| char.is_control() || "\"$".contains(char)) =>
            {
                self.out.open("authentication");
                self.out.line(&format!("auth_type {kind}"));
                self.out.line(&format!("auth_pass {}", quoted(text)));
                self.out.close();
            }
            _ => self.unsaid(format!("{}: a password that is no text", one.name)),
        }
    }

    fn addresses(&mut self, block: &str, addresses: &[VirtualAddress], whose: &str) {
        if addresses.is_empty() {
            return;
        }
        self.out.open(block);
        for VirtualAddress { addr, prefix, place } in addresses {
            let mut line = format!("{addr}/{prefix}");
            match place {
                Place::Claimed => {
                    self.unsaid(format!(
                        "{whose}: that {addr} is on no interface, but claimed by the director"
                    ));
                }
                Place::OnInterface { device, label, broadcast, scope } => {
                    if let Some(broadcast) = broadcast {
                        line += &format!(" brd {broadcast}");
                    }
                    if let Some(device) = device {
                        line += &format!(" dev {}", quoted(device));
                    }
                    if *scope != 0 {
                        line += &format!(" scope {scope}");
                    }
                    if let Some(label) = label {
                        line += &format!(" label {}", quoted(label));
                    }
                }
            }
            self.out.line(&line);
        }
        self.out.close();
    }

    fn route(&mut self, route: &VirtualRoute) {
        let VirtualRoute { to, prefix, via, device, source, metric, table } = route;
        let mut line = format!("{to}/{prefix}");
        if let Some(via) = via {
            line += &format!(" via {via}");
        }
        if let Some(device) = device {
            line += &format!(" dev {}", quoted(device));
        }
        if let Some(source) = source {
            line += &format!(" src {source}");
        }
        if *metric != 0 {
            line += &format!(" metric {metric}");
        }
        if *table != 254 {
            line += &format!(" table {table}");
        }
        self.out.line(&line);
    }

    fn peers(&mut self, one: &VrrpInstance) {
        let source = match &one.peers {
            VrrpPeers::Multicast { group } => {
                self.out.line(&format!("mcast_dst_ip {group}"));
                "mcast_src_ip"
            }
            VrrpPeers::Unicast { peers, ttl, check_source } => {
                self.out.open("unicast_peer");
                for peer in peers {
                    let mut line = peer.addr.to_string();
                    if (peer.min_ttl, peer.max_ttl) != (0, 255) {
                        line += &format!(" min_ttl {} max_ttl {}", peer.min_ttl, peer.max_ttl);
                    }
                    self.out.line(&line);
                }
                self.out.close();
                self.out.line(&format!("unicast_ttl {ttl}"));
                if *check_source {
                    self.out.line("check_unicast_src");
                }
                "unicast_src_ip"
            }
        };
        if let Some(addr) = one.source {
            self.out.line(&format!("{source} {addr}"));
        }
    }

    /// In a block for each kind; their order among kinds means nothing.
    fn tracks(&mut self, tracks: &[Track], kinds: &BTreeMap<&str, &'static str>) {
        for block in ["track_interface", "track_script", "track_file", "track_process"] {
            let of = tracks.iter().filter_map(|track| {
                let (kind, name) = match &track.what {
                    Tracked::Interface(name) => ("track_interface", name),
                    Tracked::Named(name) => (*kinds.get(name.as_str())?, name),
                };
                let weight = track.weight.map(|weight| format!(" weight {weight}")).unwrap_or_default();
                let reverse = if track.reverse { " reverse" } else { "" };
                (kind == block).then(|| format!("{}{weight}{reverse}", quoted(name)))
            });
            let lines: Vec<String> = of.collect();
            if !lines.is_empty() {
                self.out.open(block);
                lines.iter().for_each(|line| self.out.line(line));
                self.out.close();
            }
        }
    }

    fn announces(&mut self, announces: &Announces, whose: &str) {
        let Announces { repeat, delay, refresh, refresh_repeat, lower_repeat, lower_delay, pause: _ } =
            announces;
        let mut time = |keyword: &str, time: &Duration| {
            if time.subsec_nanos() > 0 || time.as_secs() > u32::MAX.into() {
                self.unsaid(format!("{whose}: {keyword} of {} seconds", seconds(*time)));
            } else {
                self.out.line(&format!("{keyword} {}", time.as_secs()));
            }
        };
        time("garp_master_delay", delay);
        time("garp_master_refresh", refresh);
        time("garp_lower_prio_delay", lower_delay);
        self.out.line(&format!("garp_master_repeat {repeat}"));
        self.out.line(&format!("garp_master_refresh_repeat {refresh_repeat}"));
        self.out.line(&format!("garp_lower_prio_repeat {lower_repeat}"));
    }

    fn notify(&mut self, notify: &Notify, whose: &str) {
        let Notify { master, backup, fault, stop, any, lower_heard, tells_priority } = notify;
        for (keyword, script) in [
            ("notify_master", master),
            ("notify_backup", backup),
            ("notify_fault", fault),
            ("notify_stop", stop),
            ("notify", any),
            ("notify_master_rx_lower_pri", lower_heard),
        ] {
            self.script(keyword, script.as_ref(), whose);
        }
        if *tells_priority {
            self.out.line("notify_priority_changes");
        }
    }

    fn words(&mut self, words: Words, whose: &str) {
        if words != Words::Keepalived {
            self.unsaid(format!("{whose}: in whose words its changes are told"));
        }
    }
}
