//! An intent as lvs.conf.

use super::ConfigureLvs;
use super::service::PERSISTENT_SECONDS;
use crate::config::dialect::Written;
use crate::config::proof::prove;
use crate::control::command::Intent;
use crate::lvs::{
    Endpoint, ForwardingMethod, Protocol, RealServerSpec, SchedulerFlags, ServiceKey, ServiceSpec,
    Thresholds, Tunnel,
};
use std::fmt::Write as _;
use std::net::IpAddr;

/// Writes an intent as configure-lvs's lvs.conf.
pub fn write(intent: &Intent) -> Written {
    let mut writer = Writer::default();
    let all = || intent.services.values().flat_map(|(_, servers)| servers.iter());
    let is_local = |server: &&RealServerSpec| server.endpoint.addr.is_loopback();
    let method = all().filter(|server| !is_local(server)).find_map(|server| word_of(server.method));
    let (method, kind) = method.unwrap_or((ForwardingMethod::DirectRoute, "VS_DR"));
    let vip = intent.services.keys().find_map(|key| match key {
        ServiceKey::Tuple { virt: Endpoint { addr: IpAddr::V4(addr), .. }, protocol }
            if *protocol != Protocol::Sctp =>
        {
            Some(*addr)
        }
        _ => None,
    });
    let is_off = !intent.services.is_empty() && all().next().is_none();
    // Writing to a String does not fail.
    let _ = writeln!(writer.text, "LVS_TYPE={kind}\nINITIAL_STATE={}", if is_off { "off" } else { "on" });
    if let Some(vip) = vip {
        let _ = writeln!(writer.text, "VIP=eth0:110 {vip} 255.255.255.255 {vip}");
        writer.unsaid("the VIP's interface: eth0:110 stands in its place");
    }
    for (spec, servers) in intent.services.values() {
        writer.service(spec, servers, vip.map(IpAddr::V4), method);
    }
    writer.rest(intent);
    let mut written = Written { text: writer.text, unsaid: writer.unsaid };
    prove(&ConfigureLvs, intent, &mut written);
    written
}

#[derive(Default)]
struct Writer {
    text: String,
    unsaid: Vec<String>,
}

impl Writer {
    fn unsaid(&mut self, line: impl Into<String>) {
        self.unsaid.push(line.into());
    }

    fn service(
        &mut self,
        spec: &ServiceSpec,
        servers: &[RealServerSpec],
        vip: Option<IpAddr>,
        method: ForwardingMethod,
    ) {
        let (protocol, virt) = match spec.key {
            ServiceKey::Tuple { protocol, virt } => (protocol, virt),
            ServiceKey::Fwmark { mark, .. } => {
                return self.unsaid(format!("FWM {mark}: there are no services by mark"));
            }
        };
        let name = format!("{} {virt}", protocol.listing());
        let letter = match protocol {
            Protocol::Tcp => "t",
            Protocol::Udp => "u",
            Protocol::Sctp => return self.unsaid(format!("{name}: there is no SCTP")),
        };
        if Some(virt.addr) != vip {
            return self.unsaid(format!("{name}: there is one VIP, of IPv4"));
        }
        if spec.scheduler_flags != SchedulerFlags::default() || spec.one_packet || spec.engine.is_some() {
            self.unsaid(format!(
                "{name}: flags of the scheduler, one-packet scheduling, or a persistence engine"
            ));
        }
        let mut line = format!("SERVICE={letter} {} {}", virt.port, spec.scheduler);
        if let Some(persistence) = spec.persistence {
            line.push_str(" ppc");
            if persistence.timeout_seconds != PERSISTENT_SECONDS {
                let _ = write!(line, " -t {}", persistence.timeout_seconds);
            }
            if !persistence.mask.is_whole() {
                self.unsaid(format!("{name}: the persistence mask"));
            }
        }
        for server in servers {
            let Endpoint { addr, port } = server.endpoint;
            let is_local = addr.is_loopback() && server.method == ForwardingMethod::DirectRoute;
            if !addr.is_ipv4() || addr.is_loopback() != is_local || !is_local && server.method != method {
                self.unsaid(format!("{name}: the real server {addr}: one method is for all, and IPv4"));
                continue;
            }
            if server.thresholds != Thresholds::default() || server.tunnel != Tunnel::Ipip {
                self.unsaid(format!("{name}: thresholds, or the encapsulation, of {addr}"));
            }
            let _ = write!(line, " {addr}");
            if port != virt.port {
                let _ = write!(line, ":{port}");
            }
            if server.weight != 1 {
                let _ = write!(line, ",{}", server.weight);
            }
        }
        self.text.push_str(&line);
        self.text.push('\n');
    }

    fn rest(&mut self, intent: &Intent) {
        if !intent.farms.is_empty() {
            self.unsaid(
                "checks, and what becomes of real servers that are down: that is mon's, in a file of its own",
            );
        }
        if intent.timeouts.is_some() {
            self.unsaid("timeouts");
        }
        if intent.marks.as_ref().is_some_and(|marks| !marks.is_empty()) {
            self.unsaid("the mark rules");
        }
        for name in intent.tunables.keys() {
            self.unsaid(format!("the tunable {name}"));
        }
        for one in &intent.vrrp.instances {
            self.unsaid(format!("the virtual router {}", one.name));
        }
        if intent.sync.is_some() {
            self.unsaid("synchronisation of connections");
        }
        if let Some(pulse) = &intent.vrrp.pulse {
            self.unsaid(pulse.describe());
        }
        if intent.upkeep != crate::lvs::Upkeep::default() {
            self.unsaid(
                "what is run at the beginning, at the end, and when files change; where changes are told",
            );
        }
    }
}

/// `LVS_TYPE`'s word.
const fn word_of(method: ForwardingMethod) -> Option<(ForwardingMethod, &'static str)> {
    match method {
        ForwardingMethod::Nat => Some((method, "VS_NAT")),
        ForwardingMethod::DirectRoute => Some((method, "VS_DR")),
        ForwardingMethod::Tunnel => Some((method, "VS_TUN")),
        ForwardingMethod::Local | ForwardingMethod::Bypass => None,
    }
}
