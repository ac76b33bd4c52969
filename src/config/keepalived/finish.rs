//! From drafts to services and farms: what is said once for many, what nobody said, and what keepalived sets right.

use super::draft::{Group, Head, Member, Real, Virtual, Way};
use super::farm::{FarmMaker, Served};
use super::global::{from_number, to_number};
use super::reader::Reader;
use super::specs::{client_mask, mark_family};
use crate::control::acceptable_service;
use crate::control::command::Intent;
use crate::lvs::{
    ClientMask, Endpoint, Family, Persistence, Protocol, SchedulerName, ServiceKey, ServiceSpec, Upkeep,
};
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

/// So many services may one virtual server be.
const MAX_SERVICES: usize = 65_536;
/// So many real servers may all services have together, lines of groups counted each time that they are used.
const MAX_ENTRIES: usize = 1_000_000;
/// How long persistence lasts if nothing is said: seconds.
const PERSISTENCE: u32 = 360;
/// How long a startup script may take if nothing is said.
const SCRIPT_TIME: Duration = Duration::from_secs(10);

impl Reader<'_, '_> {
    /// What the text wants.
    pub fn finish(mut self) -> Intent {
        let mut intent = Intent { timeouts: self.draft.timeouts, ..Intent::default() };
        let draft = &mut self.draft;
        let mut startup = draft.startup.take();
        let mut shutdown = draft.shutdown.take();
        for (script, time) in [(&mut startup, draft.startup_timeout), (&mut shutdown, draft.shutdown_timeout)]
        {
            if let Some(script) = script {
                script.timeout = Some(time.unwrap_or(SCRIPT_TIME));
            }
        }
        let fifos = std::mem::take(&mut draft.fifos);
        intent.upkeep = Upkeep { startup, shutdown, fifos, ..Upkeep::default() };
        let mut farms = FarmMaker::new(&self.draft);
        let mut left = MAX_ENTRIES;
        for virt in std::mem::take(&mut self.draft.virtuals) {
            self.finish_virtual(virt, &mut intent, &mut farms, &mut left);
        }
        intent.vrrp = self.finish_vrrp(&mut farms);
        intent.sync = self.finish_sync(&intent.vrrp);
        if let Some(at) = farms.without_user {
            let help = "write script_user in global_defs, or a user behind the script";
            let message = "no user is named for scripts, and there is no user keepalived_script: they run as whoever \
                           starts this program, usually root";
            self.remarks.note(at, message).help(help);
        }
        if let Some(user) = farms.user() {
            for script in [&mut intent.upkeep.startup, &mut intent.upkeep.shutdown].into_iter().flatten() {
                if script.user.is_none() {
                    (script.user, script.group) = user.clone();
                }
            }
        }
        intent.farms = farms.farms;
        intent
    }

    fn finish_virtual(
        &mut self,
        mut virt: Virtual,
        intent: &mut Intent,
        farms: &mut FarmMaker,
        left: &mut usize,
    ) {
        let at = virt.at;
        if *left == 0 {
            return;
        }
        if virt.servers.is_empty() {
            let message = "this virtual server has no real servers: it is left out";
            self.remarks.warning(at, message).strict();
            return;
        }
        let way = virt.way.unwrap_or_else(|| {
            let message = "no forwarding method (lb_kind) is named: NAT is used";
            self.remarks.note(at, message).strict();
            Way::NAT
        });
        let scheduler = virt.scheduler.clone().unwrap_or_else(|| {
            self.remarks.note(at, "no scheduler (lb_algo) is named: wlc is used").strict();
            "wlc".to_owned()
        });
        let Ok(scheduler) = SchedulerName::new(&scheduler) else { return };
        if let Head::Group(name) = &virt.head {
            let lines = self.draft.groups.get(name).map_or(0, |group| group.members.len());
            *left = left.saturating_sub(lines).max(1);
        }
        let Some(keys) = self.keys(&mut virt, way) else { return };
        self.quorum(&mut virt);
        let mut served = Vec::new();
        let mut told = HashSet::new();
        for key in keys {
            if let Err(refusal) = acceptable_service(&ServiceSpec::new(key)) {
                self.remarks.error(at, refusal.to_string());
                continue;
            }
            let specs = self.specs(&virt, key, way, &mut told);
            *left = left.saturating_sub(1 + specs.len());
            if *left == 0 {
                let message = format!("the services of this text have more than {MAX_ENTRIES} real servers");
                self.remarks.error(at, message);
                return;
            }
            let Some(spec) = self.service(&virt, key, &scheduler, &mut told) else { continue };
            served.push(Served { key, spec, specs });
        }
        let name = match &virt.head {
            Head::Group(name) => name.clone(),
            Head::Mark(mark) => format!("FWM {mark}"),
            Head::Address(addr, port) => {
                let protocol = virt.protocol.unwrap_or(Protocol::Udp).listing().to_ascii_lowercase();
                format!("[{addr}]:{protocol}:{}", port.unwrap_or(0))
            }
        };
        self.add(&name, &virt, served, way, intent, farms);
    }

    /// Puts services into the intent, and farms for them: one for those whose real servers are the same.
    fn add(
        &mut self,
        name: &str,
        virt: &Virtual,
        served: Vec<Served>,
        way: Way,
        intent: &mut Intent,
        farms: &mut FarmMaker,
    ) {
        let mut alike: BTreeMap<Vec<Endpoint>, Vec<Served>> = BTreeMap::new();
        for one in served {
            if one.specs.is_empty() {
                let message = "no real server of this virtual server can serve it: it is left out";
                self.remarks.warning(virt.at, message).strict();
                continue;
            }
            if intent.services.contains_key(&one.key) {
                let is_done = farms.merge(virt, &one, intent);
                let message = if is_done {
                    "this virtual server is defined twice: what is said first stays, real servers are added"
                } else {
                    "a service of this virtual server is defined twice: the first one stays"
                };
                self.remarks.warning(virt.at, message);
                continue;
            }
            let source = self.remarks.sources.get(virt.at.file).cloned();
            if let Some(source) = source {
                self.remarks.out.place(one.key, &source, virt.at.start);
            }
            intent
                .services
                .insert(one.key, (one.spec.clone(), one.specs.iter().map(|(_, spec)| *spec).collect()));
            alike.entry(one.specs.iter().map(|(_, spec)| spec.endpoint).collect()).or_default().push(one);
        }
        let is_split = alike.len() > 1;
        let mut all: Vec<Vec<Served>> = alike.into_values().collect();
        all.sort_by_key(|served| served.first().map(|one| one.key));
        for served in all {
            farms.make(name, virt, &served, way, is_split);
        }
    }

    /// The services of a virtual server. `None`, told, if there are none.
    fn keys(&mut self, virt: &mut Virtual, way: Way) -> Option<Vec<ServiceKey>> {
        let at = virt.at;
        let members = match &virt.head {
            Head::Address(addr, port) => {
                vec![(Member::Addresses { first: *addr, last: *addr, port: *port }, at)]
            }
            Head::Mark(mark) => vec![(Member::Mark(*mark, None), at)],
            Head::Group(name) => match self.draft.groups.get(name) {
                Some(Group { members }) => members.clone(),
                None => {
                    let message =
                        format!("there is no virtual_server_group `{name}`: the virtual server is left out");
                    self.remarks.warning(at, message);
                    return None;
                }
            },
        };
        let has_addresses = members.iter().any(|(member, _)| matches!(member, Member::Addresses { .. }));
        let protocol = match virt.protocol {
            Some(protocol) if !has_addresses => {
                let message = "a protocol means nothing for a firewall mark";
                self.remarks.note(virt.protocol_at, message).strict();
                protocol
            }
            Some(protocol) => protocol,
            None => {
                if has_addresses {
                    let help = "write protocol TCP or protocol UDP";
                    self.remarks.warning(at, "no protocol is named: UDP is used").strict().help(help);
                }
                Protocol::Udp
            }
        };
        virt.protocol = Some(protocol);
        let mut keys = Vec::new();
        let mut seen = HashSet::new();
        for (member, member_at) in members {
            let more: Vec<ServiceKey> = match member {
                Member::Mark(mark, family) => {
                    vec![ServiceKey::Fwmark { family: mark_family(virt, family, way), mark }]
                }
                Member::Addresses { first, last, port } => {
                    let (from, to) = (to_number(first), to_number(last));
                    let count =
                        usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX).saturating_add(1);
                    if count > MAX_SERVICES || keys.len() + count > MAX_SERVICES {
                        let message = format!("more than {MAX_SERVICES} services in one virtual server");
                        self.remarks
                            .error(member_at, message)
                            .help("a firewall mark can stand for many addresses");
                        return None;
                    }
                    let key = |number| {
                        let virt = Endpoint::new(from_number(number, first), port.unwrap_or(0));
                        ServiceKey::Tuple { protocol, virt }
                    };
                    (from..=to).map(key).collect()
                }
            };
            for key in more {
                if seen.insert(key) {
                    keys.push(key);
                } else {
                    self.remarks.note(member_at, "this is in the group already");
                }
            }
        }
        Some(keys)
    }

    /// keepalived's way with a quorum that cannot be.
    fn quorum(&mut self, virt: &mut Virtual) {
        let weight = |real: &Real| u64::from(real.weight.or(virt.weight).unwrap_or(1).unsigned_abs());
        let total = virt.servers.iter().map(weight).sum::<u64>();
        let most = u32::try_from(total).unwrap_or(u32::MAX).max(1);
        if virt.quorum > most {
            let message =
                format!("the quorum of {} is more than all real servers weigh: {most} is used", virt.quorum);
            self.remarks.warning(virt.at, message).strict();
            virt.quorum = most;
        }
        if virt.hysteresis >= virt.quorum {
            if virt.hysteresis > 0 {
                let message =
                    format!("the hysteresis must be less than the quorum: {} is used", virt.quorum - 1);
                self.remarks.warning(virt.at, message).strict();
            }
            virt.hysteresis = virt.quorum - 1;
        }
    }

    /// The service itself.
    fn service(
        &mut self,
        virt: &Virtual,
        key: ServiceKey,
        scheduler: &SchedulerName,
        told: &mut HashSet<&'static str>,
    ) -> Option<ServiceSpec> {
        let mut mask = None;
        if let Some((text, at)) = &virt.granularity {
            mask = client_mask(text, key.family());
            if mask.is_none() && told.insert("granularity") {
                let help = match key.family() {
                    Family::V4 => "write a mask such as 255.255.255.0; the line is left out",
                    Family::V6 => "write a prefix length such as 64; the line is left out",
                };
                self.remarks.warning(*at, format!("`{text}` is no granularity")).strict().help(help);
            }
        }
        let mut timeout = virt.persistence.or(mask.map(|_| PERSISTENCE));
        if timeout.is_none() && matches!(key, ServiceKey::Tuple { virt, .. } if virt.port == 0) {
            if told.insert("port 0") {
                let message = "a service without a port needs persistence: 360 seconds are used";
                self.remarks.warning(virt.at, message).strict();
            }
            timeout = Some(PERSISTENCE);
        }
        let mask = mask.unwrap_or(ClientMask::whole(key.family()));
        let is_udp = !matches!(key, ServiceKey::Tuple { protocol: Protocol::Tcp | Protocol::Sctp, .. });
        if let Some(at) = virt.one_packet.filter(|_| !is_udp && told.insert("ops")) {
            self.remarks.warning(at, "`ops` is for UDP alone: it is left out").strict();
        }
        Some(ServiceSpec {
            scheduler: scheduler.clone(),
            scheduler_flags: virt.flags,
            persistence: timeout.map(|timeout_seconds| Persistence { timeout_seconds, mask }),
            engine: virt.engine.clone(),
            one_packet: virt.one_packet.is_some() && is_udp,
            ..ServiceSpec::new(key)
        })
    }
}
