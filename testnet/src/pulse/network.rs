//! The pair's network and its lvs.cf.

use crate::lab::Lab;
use crate::plan::{DIRECTOR, Family, Plan, Wish};
use crate::topology::{HostSpec, Port};
use anyhow::{Context, Result, bail};
use ipnet::IpNet;
use std::fmt::Write as _;
use std::process::Command;
use ulvs::lvs::{ForwardingMethod, Mac};

/// The backup's host; the primary's is the plan's director.
pub const OTHER: &str = "other";
/// Primary and backup.
pub const NAMES: [&str; 2] = [DIRECTOR, OTHER];
/// Their MACs on the VIP's segment; on the other one the last byte is 1.
pub const MACS: [Mac; 2] = [Mac([2, 0, 0, 0, 3, 0]), Mac([2, 0, 0, 0, 0x43, 0])];
/// `primary`.
pub const PRIMARY: &str = "10.2.0.2";
/// `backup`.
pub const BACKUP: &str = "10.2.0.3";
/// `nat_router`: the real servers' gateway, which is nobody's own address.
pub const NAT_ROUTER: &str = "10.3.0.1";

/// Two directors beside each other, on the segments of the method.
///
/// # Errors
/// The plan of this method has no director.
pub fn plan(method: ForwardingMethod) -> Result<Plan> {
    let wish =
        Wish { method, tunnel: Default::default(), family: Family::V4, servers: 2, vip_on_host: false };
    let mut plan = Plan::new(wish);
    let nat = plan.inner_dip.is_some();
    let first = plan.topology.hosts.iter_mut().find(|host| host.name == DIRECTOR).context("a director")?;
    if nat {
        first.interfaces[1].addresses = vec![IpNet::new("10.3.0.2".parse()?, 24)?];
    }
    let mut other = HostSpec { name: OTHER.to_owned(), ..first.clone() };
    for (number, interface) in other.interfaces.iter_mut().enumerate() {
        interface.mac = if number == 0 { MACS[1] } else { inner(MACS[1]) };
        let addr = if number == 0 { BACKUP } else { "10.3.0.3" };
        interface.addresses = vec![IpNet::new(addr.parse()?, 24)?];
    }
    plan.topology.hosts.push(other);
    let switches = plan.topology.switches.clone();
    plan.topology.plug(Port::new(OTHER, "eth0"), &switches[0]);
    if nat {
        plan.topology.plug(Port::new(OTHER, "eth1"), &switches[1]);
    }
    Ok(plan)
}

/// The MAC on the real servers' segment.
pub(super) const fn inner(mac: Mac) -> Mac {
    let Mac(mut mac) = mac;
    mac[5] = 1;
    Mac(mac)
}

/// What stands outside of blocks, for both; `besides` counts where it says something else.
pub fn lvs_cf(plan: &Plan, besides: &str) -> String {
    let mut text = format!(
        "serial_no = 12\nprimary = {PRIMARY}\nservice = lvs\nbackup_active = 1\nbackup = {BACKUP}\nheartbeat = 1\n\
         heartbeat_port = 539\nkeepalive = 1\ndeadtime = 3\ndebug_level = NONE\n"
    );
    text += match plan.inner_dip {
        Some(_) => "network = nat\nnat_router = 10.3.0.1 eth1:1\nnat_nmask = 255.255.255.0\n",
        None => "network = direct\n",
    };
    text + besides
}

/// The virtual server.
pub fn virtuals(plan: &Plan) -> String {
    let mut text = format!(
        "virtual www {{\n     active = 1\n     address = {} eth0:1\n     vip_nmask = 255.255.255.0\n     port = 80\n     \
         send = \"GET / HTTP/1.0\\r\\n\\r\\n\"\n     expect = \"HTTP\"\n     load_monitor = none\n     scheduler = rr\n     \
         protocol = tcp\n     timeout = 1\n     reentry = 2\n",
        plan.service.ip()
    );
    for server in &plan.servers {
        let _ = write!(
            text,
            "     server {} {{\n         address = {}\n         active = 1\n         port = {}\n         weight = 1\n     }}\n",
            server.name, server.rip, plan.real_port
        );
    }
    text + "}\n"
}

/// Plugs the cable of a host's interface out, or in, at the switch's end.
///
/// # Errors
/// There is no such cable, or `ip` fails.
pub fn plug(lab: &Lab, host: &str, interface: &str, is_in: bool) -> Result<()> {
    let own = Port::new(host, interface);
    let cable = lab.topology().cables.iter().find(|cable| cable.a == own || cable.b == own);
    let cable = cable.with_context(|| format!("no cable at {own}"))?;
    let end = if cable.a == own { &cable.b } else { &cable.a };
    let mut command = Command::new("ip");
    command.args(["link", "set", &end.interface, if is_in { "up" } else { "down" }]);
    let status = lab.host(&end.host)?.spawn(command)?.wait()?;
    if !status.success() {
        bail!("ip link set {end}: {status}");
    }
    Ok(())
}
