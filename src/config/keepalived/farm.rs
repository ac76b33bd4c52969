//! Farms: what watches real servers, and what follows.

use super::draft::{Checker, Common, Draft, MailDraft, Real, Virtual, Way};
use super::remark::At;
use super::specs::rport;
use crate::control::acceptable_server;
use crate::control::command::Intent;
use crate::lvs::{
    Check, Endpoint, Farm, FarmScripts, FarmServer, Mail, MailTopic, Probe, Quorum, RealServerSpec, Script,
    ServiceKey, ServiceSpec, Sorry, Thresholds, Timing, WhenDown, Words,
};
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// `delay_loop` if nobody says it.
pub(super) const DELAY_LOOP: Duration = Duration::from_secs(60);
/// `connect_timeout` if nobody says it.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a file with a number is looked at. keepalived is told of changes by the system.
pub(super) const FILE_INTERVAL: Duration = Duration::from_secs(1);
/// `smtp_connect_timeout` if nobody says it.
pub(super) const MAIL_TIMEOUT: Duration = Duration::from_secs(30);

/// A service with its real servers, each with its number among the virtual server's.
pub(super) struct Served {
    pub key: ServiceKey,
    pub spec: ServiceSpec,
    pub specs: Vec<(usize, RealServerSpec)>,
}

/// Who runs scripts: user and group.
type User = (Option<String>, Option<String>);

/// Makes farms.
pub(super) struct FarmMaker {
    pub farms: Vec<Farm>,
    /// The first script that no user is named for.
    pub without_user: Option<At>,
    names: HashSet<String>,
    by_service: HashMap<ServiceKey, usize>,
    /// The real servers of farms that more were added to.
    merged: HashMap<usize, HashSet<Endpoint>>,
    mail: Option<Mail>,
    mails_servers: bool,
    mails_quorum: bool,
    tells_all: bool,
    user: Option<User>,
}

impl FarmMaker {
    pub fn new(draft: &Draft) -> Self {
        let alerts = draft.mail.checkers.or(draft.mail.all);
        Self {
            farms: Vec::new(),
            without_user: None,
            names: HashSet::new(),
            by_service: HashMap::new(),
            merged: HashMap::new(),
            mail: mail(&draft.mail),
            mails_servers: alerts.unwrap_or(true),
            mails_quorum: alerts.unwrap_or(false),
            tells_all: draft.tells_all,
            user: draft.script_user.clone().map(|(user, group)| (Some(user), group)),
        }
    }

    /// `script_user`.
    pub const fn user(&self) -> Option<&User> {
        self.user.as_ref()
    }

    /// A farm for these services, whose real servers are the same.
    pub fn make(&mut self, name: &str, virt: &Virtual, served: &[Served], way: Way, is_split: bool) {
        let Some(first) = served.first() else { return };
        let servers = first.specs.iter().filter_map(|(number, spec)| {
            let real = virt.servers.get(*number)?;
            Some(self.server(virt, real, spec.endpoint))
        });
        let servers = servers.collect();
        let name = self.name(name, first.key, is_split);
        let sorry = virt.sorry.and_then(|(addr, port, _)| {
            let way = virt.sorry_way.unwrap_or(way);
            let (port, _) = rport(first.key, port, way)?;
            let endpoint = Endpoint::new(addr, port);
            let server = RealServerSpec {
                endpoint,
                method: way.method,
                weight: 1,
                thresholds: Thresholds::default(),
                tunnel: way.tunnel,
            };
            let is_possible = acceptable_server(&first.key, &server).is_ok();
            is_possible.then_some(Sorry { server, replaces: true, quiesces: virt.sorry_inhibit })
        });
        let script = |script: &Option<Script>, this: &mut Self| {
            script.clone().map(|script| this.run_as(script, virt.at))
        };
        let scripts = FarmScripts {
            quorum_up: script(&virt.quorum_up, self),
            quorum_down: script(&virt.quorum_down, self),
            fallback: None,
            at_end: virt.omega,
        };
        let mails_quorum = virt.mails.unwrap_or(self.mails_quorum);
        let mail = self.mail.clone().map(|mut mail| {
            if mails_quorum {
                mail.about.insert(MailTopic::Quorum);
            }
            mail
        });
        for one in served {
            self.by_service.insert(one.key, self.farms.len());
        }
        self.farms.push(Farm {
            name,
            services: served.iter().map(|one| one.key).collect(),
            servers,
            sorry,
            quorum: Quorum { weight: virt.quorum, hysteresis: virt.hysteresis },
            scripts,
            mail,
            only_with_vip: virt.only_with_vip,
            readds: false,
            stays: false,
            words: Words::Keepalived,
            maintenance: None,
            monitor: None,
            comment: None,
        });
    }

    /// Adds the real servers of a service that is there already. False if its farm has other services besides.
    pub fn merge(&mut self, virt: &Virtual, one: &Served, intent: &mut Intent) -> bool {
        let Some(index) = self.by_service.get(&one.key).copied() else { return false };
        if self.farms.get(index).is_none_or(|farm| farm.services.len() != 1) {
            return false;
        }
        let Some((_, specs)) = intent.services.get_mut(&one.key) else { return false };
        let known = || specs.iter().map(|spec| spec.endpoint).collect();
        let mut there = self.merged.remove(&index).unwrap_or_else(known);
        for (number, spec) in &one.specs {
            let Some(real) = virt.servers.get(*number).filter(|_| there.insert(spec.endpoint)) else {
                continue;
            };
            let server = self.server(virt, real, spec.endpoint);
            specs.push(*spec);
            if let Some(farm) = self.farms.get_mut(index) {
                farm.servers.push(server);
            }
        }
        self.merged.insert(index, there);
        true
    }

    /// keepalived's name; with what tells it apart if there is one of that name already.
    fn name(&mut self, name: &str, key: ServiceKey, is_split: bool) -> String {
        let suffix = match key {
            ServiceKey::Tuple { protocol, virt } => {
                format!("{}:{}", protocol.listing().to_ascii_lowercase(), virt.port)
            }
            ServiceKey::Fwmark { mark, .. } => format!("fwm:{mark}"),
        };
        let wanted = if is_split { format!("{name}:{suffix}") } else { name.to_owned() };
        let others = [wanted.clone(), format!("{name}:{suffix}")].into_iter();
        let numbered = (2_u32..).map(|number| format!("{wanted}.{number}"));
        let name = others.chain(numbered).find(|name| !self.names.contains(name)).unwrap_or(wanted);
        self.names.insert(name.clone());
        name
    }

    fn server(&mut self, virt: &Virtual, real: &Real, endpoint: Endpoint) -> FarmServer {
        let common = real.common.within(&virt.common);
        let is_inhibited = real.inhibit.unwrap_or(virt.inhibit);
        let checks = real.checks.iter().map(|checker| self.check(checker, &common, real, endpoint)).collect();
        let mut script = |script: &Option<Script>| script.clone().map(|script| self.run_as(script, real.at));
        let (notify_up, notify_down) = (script(&real.notify_up), script(&real.notify_down));
        FarmServer {
            endpoint,
            name: None,
            checks,
            when_down: if is_inhibited { WhenDown::Quiesce } else { WhenDown::Remove },
            slow_start: None,
            notify_up,
            notify_down,
            mails: self.mail.is_some() && real.mails.unwrap_or(self.mails_servers),
        }
    }

    fn file_check(probe: Probe) -> Check {
        Check {
            probe,
            addr: None,
            port: None,
            from: crate::lvs::Origin::default(),
            timing: Timing {
                interval: FILE_INTERVAL,
                retry_interval: None,
                timeout: CONNECT_TIMEOUT,
                falls: 1,
                rises: 1,
                first_counts: true,
                warmup: Duration::ZERO,
            },
            begins_down: false,
            tells_all: false,
            through_vip: false,
        }
    }

    fn check(&mut self, checker: &Checker, outer: &Common, real: &Real, endpoint: Endpoint) -> Check {
        if matches!(checker.probe, Probe::File { .. }) {
            return Self::file_check(checker.probe.clone());
        }
        let common = checker.common.within(outer);
        let interval = common.delay_loop.unwrap_or(DELAY_LOOP);
        let is_script = matches!(checker.probe, Probe::Script(_));
        let timeout = match checker.timeout {
            Some(timeout) => timeout,
            None if is_script => interval,
            None => common.connect_timeout.unwrap_or(CONNECT_TIMEOUT),
        };
        let mut probe = checker.probe.clone();
        match &mut probe {
            Probe::Http(http) => {
                for url in &mut http.urls {
                    url.host = url.host.take().or_else(|| common.virtualhost.clone());
                }
                let host = http.urls.first().and_then(|url| url.host.clone());
                if let Some(tls) =
                    http.tls.as_mut().filter(|tls| checker.says_name && tls.server_name.is_none())
                {
                    tls.server_name = host;
                }
            }
            Probe::Script(probe) => probe.script = self.run_as(probe.script.clone(), real.at),
            _ => {}
        }
        let retry_interval = common.retry_delay.or(checker.retry_delay).unwrap_or(interval);
        // Where only the service's port is right, as with a group of several ports, the text's is still the one to ask.
        let port = checker.port.or(real.port.filter(|port| *port != endpoint.port && !is_script));
        Check {
            probe,
            addr: checker.addr,
            port,
            from: checker.from.clone(),
            timing: Timing {
                interval,
                retry_interval: Some(retry_interval.max(Duration::from_millis(1))),
                timeout,
                falls: common.retry.unwrap_or(checker.retry).saturating_add(1),
                rises: 1,
                first_counts: true,
                warmup: common.warmup.unwrap_or(interval),
            },
            begins_down: common.alpha.unwrap_or(false),
            tells_all: checker.tells_all.unwrap_or(self.tells_all),
            through_vip: false,
        }
    }

    /// A script, with its user.
    pub fn run_as(&mut self, mut script: Script, at: At) -> Script {
        if script.user.is_none() {
            match &self.user {
                Some((user, group)) => (script.user, script.group) = (user.clone(), group.clone()),
                None => drop(self.without_user.get_or_insert(at)),
            }
        }
        script
    }
}

/// Mail, if there is somebody to write to and a server to do it.
fn mail(draft: &MailDraft) -> Option<Mail> {
    let server = draft.server.clone()?;
    if draft.to.is_empty() || draft.is_off {
        return None;
    }
    let subject = if draft.router_id.is_empty() { String::new() } else { format!("[{}]", draft.router_id) };
    let about = [
        MailTopic::Server,
        MailTopic::Starting,
        MailTopic::Running,
        MailTopic::Stopping,
        MailTopic::Reloading,
    ];
    Some(Mail {
        to: draft.to.clone(),
        from: draft.from.clone(),
        server,
        helo: draft.helo.clone(),
        timeout: draft.timeout.unwrap_or(MAIL_TIMEOUT),
        subject,
        about: about.into_iter().collect(),
        reminder: None,
    })
}
