//! The kinds of virtual router that there are, side by side in one configuration: what happens to a director happens to all.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// Priorities of the two.
pub const PRIORITIES: [u8; 2] = [150, 100];

/// How adverts are authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    None,
    Pass,
    Header,
}

/// A virtual router, as both directors have it.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    pub name: &'static str,
    pub vrid: u8,
    pub version: u8,
    pub is_v6: bool,
    pub auth: Auth,
    pub is_unicast: bool,
    /// In hundredths of a second.
    pub interval: u16,
    /// More lines of its block.
    pub lines: &'static str,
    /// Its address is on no interface: the director answers for it. Only `ulvs.toml` can say so.
    pub is_claimed: bool,
    /// It is in the group.
    pub is_grouped: bool,
}

/// Version 3, IPv4, five times a second.
pub const PLAIN: Kind = Kind {
    name: "",
    vrid: 0,
    version: 3,
    is_v6: false,
    auth: Auth::None,
    is_unicast: false,
    interval: 20,
    lines: "",
    is_claimed: false,
    is_grouped: false,
};

/// One of each kind that both ulvs and keepalived have.
pub const ALL: [Kind; 8] = [
    Kind { name: "V2", vrid: 51, version: 2, interval: 100, ..PLAIN },
    Kind { name: "V2_PASS", vrid: 52, version: 2, interval: 100, auth: Auth::Pass, ..PLAIN },
    Kind { name: "V2_AH", vrid: 53, version: 2, interval: 100, auth: Auth::Header, ..PLAIN },
    Kind { name: "V3", vrid: 54, ..PLAIN },
    Kind { name: "V3_IPV6", vrid: 55, is_v6: true, ..PLAIN },
    Kind { name: "V3_UNICAST", vrid: 56, is_unicast: true, ..PLAIN },
    Kind { name: "ONE", vrid: 57, is_grouped: true, lines: "track_interface {\neth1\n}\n", ..PLAIN },
    Kind { name: "OTHER", vrid: 58, is_grouped: true, ..PLAIN },
];

/// Whose addresses are on no interface.
pub const CLAIMED: [Kind; 2] = [
    Kind { name: "C4", vrid: 61, interval: 10, is_claimed: true, ..PLAIN },
    Kind { name: "C6", vrid: 62, interval: 10, is_claimed: true, is_v6: true, ..PLAIN },
];

/// Who does not take over at once when it comes back, or not at all.
pub const PATIENT: [Kind; 2] = [
    Kind { name: "NEVER", vrid: 71, lines: "nopreempt\n", ..PLAIN },
    Kind { name: "LATER", vrid: 72, lines: "preempt_delay 2\n", ..PLAIN },
];

impl Kind {
    /// Its address that clients use.
    pub fn vip(&self) -> IpAddr {
        if self.is_v6 {
            IpAddr::V6(Ipv6Addr::new(0xfd00, 0x77, 0, 0, 0, 0, 1, self.vrid.into()))
        } else {
            IpAddr::V4(Ipv4Addr::new(10, 77, 0, 100 + self.vrid))
        }
    }

    pub fn interval(&self) -> Duration {
        Duration::from_millis(u64::from(self.interval) * 10)
    }

    /// What the second waits after a farewell of the first: RFC 3768 §6.1, RFC 9568 §6.1.
    pub fn skew(&self) -> Duration {
        let whole = if self.version == 2 { Duration::from_secs(1) } else { self.interval() };
        whole * (256 - u32::from(PRIORITIES[1])) / 256
    }

    /// What the second waits after the first fell silent.
    pub fn master_down(&self) -> Duration {
        self.interval() * 3 + self.skew()
    }

    /// Its `vrrp_instance`, of the first or the second director.
    fn block(&self, place: usize) -> String {
        let Self { name, vrid, version, interval, lines, .. } = self;
        let auth = match self.auth {
            Auth::None => "",
            Auth::Pass => "authentication {\nauth_type PASS\nauth_pass secret77\n}\n",
            Auth::Header => "authentication {\nauth_type AH\nauth_pass secret77\n}\n",
        };
        let peers = match self.is_unicast {
            true => format!(
                "unicast_src_ip {}\nunicast_peer {{\n{}\n}}\n",
                super::duo::own_v4(place),
                super::duo::own_v4(1 - place)
            ),
            false => String::new(),
        };
        let addresses = match self.vip() {
            IpAddr::V4(vip) => format!("{vip}/24 dev eth0 label eth0:{vrid}"),
            IpAddr::V6(vip) => format!("fe80::77:{vrid}/64\n{vip}/64"),
        };
        let interval = f32::from(*interval) / 100.0;
        format!(
            "vrrp_instance {name} {{\nstate BACKUP\ninterface eth0\nvirtual_router_id {vrid}\nversion {version}\n\
             priority {}\nadvert_int {interval}\n{auth}{peers}virtual_ipaddress {{\n{addresses}\n}}\n{lines}}}\n",
            PRIORITIES[place],
        )
    }
}

/// ulvs.toml with these virtual routers, whose addresses are claimed, of the first or the second director.
pub fn toml(kinds: &[Kind], place: usize) -> String {
    let mut text = String::new();
    for Kind { name, vrid, interval, is_v6, .. } in kinds {
        let vip = Kind::vip(&Kind { vrid: *vrid, is_v6: *is_v6, ..PLAIN });
        let addresses = match vip {
            IpAddr::V4(vip) => format!("\"{vip}/24\""),
            IpAddr::V6(vip) => format!("\"fe80::77:{vrid}/64\", \"{vip}/64\""),
        };
        let [one, two] = [0, 1].map(|server| super::duo::real_server(server, *is_v6));
        let target = if *is_v6 { format!("[{vip}]") } else { vip.to_string() };
        let _ = write!(
            text,
            "[[vrrp]]\nname = \"{name}\"\nid = {vrid}\ninterface = \"eth0\"\npriority = {}\ninterval = \"{}ms\"\n\
             addresses = [{addresses}]\nannounce = {{ delay = \"1s\", lower_delay = \"1s\" }}\n\
             words = \"keepalived\"\n[[service]]\naddress = \"tcp {target}:80\"\nscheduler = \"rr\"\n\
             server = [{{ address = \"{one}\" }}, {{ address = \"{two}\" }}]\n",
            PRIORITIES[place],
            interval * 10,
        );
    }
    text
}

/// keepalived.conf with these virtual routers and a service on each, of the first or the second director.
pub fn config(kinds: &[Kind], place: usize) -> String {
    let mut text = "global_defs {\nrouter_id lab\nscript_user root\nvrrp_garp_master_delay 1\n\
                    vrrp_garp_lower_prio_delay 1\nvrrp_higher_prio_send_advert true\n}\n"
        .to_owned();
    let grouped: Vec<_> = kinds.iter().filter(|kind| kind.is_grouped).map(|kind| kind.name).collect();
    if !grouped.is_empty() {
        let _ = writeln!(text, "vrrp_sync_group ALL {{\ngroup {{\n{}\n}}\n}}", grouped.join("\n"));
    }
    for kind in kinds {
        text += &kind.block(place);
        let vip = kind.vip();
        let _ = writeln!(text, "virtual_server {vip} 80 {{\nlb_algo rr\nlb_kind DR\nprotocol TCP");
        for server in 0..2 {
            let rip = super::duo::real_server(server, kind.is_v6);
            let _ = writeln!(text, "real_server {rip} 80 {{\nweight 1\n}}");
        }
        text += "}\n";
    }
    text
}
