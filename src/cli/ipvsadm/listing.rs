//! ipvsadm's tables, byte for byte (trailing blanks included).

use super::naming::{Naming, flag_names, protocol_of};
use super::order;
use crate::config::ipvsadm::ListFormat;
use crate::control::command::{ConnectionState, ServerState, ServiceState};
use crate::lvs::{
    ForwardingMethod, Protocol, Rates, ServiceKey, ServiceSpec, Stats, SyncDaemon, SyncRole, Timeouts,
    Tunnel, TunnelChecksum,
};
use std::fmt::Write;

/// Where the name of an IPv4 service is cut, and the columns of a service with its protocol.
const SERVICE_WIDTH: usize = 33;
/// Where the name of an IPv4 real server is cut, and its columns.
const SERVER_WIDTH: usize = 28;

/// How to print services.
#[derive(Clone, Copy, Debug)]
pub struct Table<'n> {
    /// Names or numbers.
    pub naming: Naming<'n>,
    /// The columns.
    pub format: ListFormat,
    /// --nosort.
    pub unsorted: bool,
    /// --exact.
    pub exact: bool,
    /// The line that says what this is; not printed for a single service.
    pub banner: bool,
}

impl Table<'_> {
    /// The whole table.
    pub fn print(&self, mut services: Vec<ServiceState>) -> String {
        let mut out = String::new();
        if self.banner {
            out += "IP Virtual Server version 1.2.1 (size=4096)\n";
        }
        out += self.title();
        if !self.unsorted {
            order::sort_services(&mut services);
        }
        for mut service in services {
            if !self.unsorted {
                order::sort_servers(&mut service.servers);
            }
            self.service(&mut out, &service);
            for server in &service.servers {
                self.server(&mut out, server, service.spec.key);
            }
        }
        out
    }

    const fn title(&self) -> &'static str {
        match self.format {
            ListFormat::Plain => concat!(
                "Prot LocalAddress:Port Scheduler Flags\n",
                "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n",
            ),
            ListFormat::TunnelInfo => concat!(
                "Prot LocalAddress:Port Scheduler Flags\n",
                "  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn\n",
            ),
            ListFormat::Stats => concat!(
                "Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes\n",
                "  -> RemoteAddress:Port\n",
            ),
            ListFormat::Rate => concat!(
                "Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS\n",
                "  -> RemoteAddress:Port\n",
            ),
            ListFormat::Thresholds => concat!(
                "Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn \n",
                "  -> RemoteAddress:Port\n",
            ),
            ListFormat::PersistentConn => concat!(
                "Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn \n",
                "  -> RemoteAddress:Port\n",
            ),
        }
    }

    fn service(&self, out: &mut String, service: &ServiceState) {
        let key = service.spec.key;
        let protocol = protocol_of(key).map_or("FWM", |protocol| protocol.listing());
        let name = format!("{protocol:<4} {}", self.naming.service(key, SERVICE_WIDTH));
        match self.format {
            ListFormat::Stats => {
                let _ = write!(out, "{name:<SERVICE_WIDTH$}");
                self.numbers(out, &stats_row(service.stats));
            }
            ListFormat::Rate => {
                let _ = write!(out, "{name:<SERVICE_WIDTH$}");
                self.numbers(out, &rates_row(service.rates));
            }
            _ => {
                let _ = writeln!(out, "{name} {}", service_flags(&service.spec));
            }
        }
    }

    fn server(&self, out: &mut String, server: &ServerState, key: ServiceKey) {
        let ServerState { spec, active, inactive, persistent, stats, rates } = server;
        let name = self.naming.server(spec.endpoint, key, SERVER_WIDTH);
        let _ = write!(out, "  -> {name:<SERVER_WIDTH$}");
        let (method, weight) = (spec.method.listing(), spec.weight);
        let _ = match self.format {
            ListFormat::Plain => {
                writeln!(out, " {method:<7} {weight:<6} {active:<10} {inactive:<10}")
            }
            ListFormat::TunnelInfo => {
                let info = tunnel_info(spec.method, spec.tunnel);
                writeln!(out, " {method:<7} {info:<13} {weight:<6} {active:<10} {inactive:<10}")
            }
            ListFormat::Thresholds => {
                let (upper, lower) = (spec.thresholds.upper, spec.thresholds.lower);
                writeln!(out, " {upper:<10} {lower:<10} {active:<10} {inactive:<10}")
            }
            ListFormat::PersistentConn => {
                writeln!(out, " {weight:<9} {persistent:<11} {active:<10} {inactive:<10}")
            }
            ListFormat::Stats => {
                self.numbers(out, &stats_row(*stats));
                Ok(())
            }
            ListFormat::Rate => {
                // In these rows the first three are never scaled.
                let _ = write!(out, " {:>8} {:>8} {:>8}", rates.conns, rates.in_pkts, rates.out_pkts);
                self.numbers(out, &[rates.in_bytes, rates.out_bytes]);
                Ok(())
            }
        };
    }

    /// The numbers, each at least nine columns wide, and the line's end.
    fn numbers(&self, out: &mut String, numbers: &[u64]) {
        for number in numbers {
            let text = if self.exact { number.to_string() } else { scaled(*number) };
            let _ = write!(out, " {text:>8}");
        }
        out.push('\n');
    }
}

const fn stats_row(stats: Stats) -> [u64; 5] {
    [stats.conns, stats.in_pkts, stats.out_pkts, stats.in_bytes, stats.out_bytes]
}

const fn rates_row(rates: Rates) -> [u64; 5] {
    [rates.conns, rates.in_pkts, rates.out_pkts, rates.in_bytes, rates.out_bytes]
}

/// At most eight digits, cut off (not rounded) by powers of 1000.
fn scaled(number: u64) -> String {
    match number {
        0..100_000_000 => number.to_string(),
        100_000_000..1_000_000_000 => format!("{}K", number / 1000),
        1_000_000_000..100_000_000_000 => format!("{}M", number / 1_000_000),
        100_000_000_000..100_000_000_000_000 => format!("{}G", number / 1_000_000_000),
        _ => format!("{}T", number / 1_000_000_000_000),
    }
}

/// Scheduler, flags, persistence, one-packet scheduling.
fn service_flags(spec: &ServiceSpec) -> String {
    let mut text = spec.scheduler.to_string();
    let flags = flag_names(spec.scheduler_flags, spec.scheduler.as_str());
    if !flags.is_empty() {
        let _ = write!(text, " ({flags})");
    }
    if let Some(persistence) = &spec.persistence {
        let _ = write!(text, " persistent {}", persistence.timeout_seconds);
        if !persistence.mask.is_whole() {
            let _ = write!(text, " mask {}", persistence.mask);
        }
        if let Some(engine) = &spec.engine {
            let _ = write!(text, " pe {engine}");
        }
    }
    if spec.one_packet {
        text += " ops";
    }
    text
}

fn tunnel_info(method: ForwardingMethod, tunnel: Tunnel) -> String {
    let mark = |checksum| match checksum {
        TunnelChecksum::None => "-c",
        TunnelChecksum::Full => "+c",
        TunnelChecksum::Remote => "r+c",
    };
    match (method, tunnel) {
        (ForwardingMethod::Tunnel, Tunnel::Ipip) => "ipip".to_owned(),
        (ForwardingMethod::Tunnel, Tunnel::Gue { port, checksum }) => {
            format!("gue:{port}:{}", mark(checksum))
        }
        (ForwardingMethod::Tunnel, Tunnel::Gre { checksum }) => format!("gre:{}", mark(checksum)),
        _ => "n/a".to_owned(),
    }
}

/// -L -c.
pub fn connections(list: &[ConnectionState], naming: Naming<'_>, with_engine_columns: bool) -> String {
    let mut out = String::from("IPVS connection entries\n");
    out += "pro expire state       source             virtual            destination";
    out += if with_engine_columns { "        pe name          pe_data\n" } else { "\n" };
    for conn in list {
        let name = |endpoint| naming.endpoint(endpoint, conn.protocol);
        let expires = format!("{:02}:{:02}", conn.expires_seconds / 60, conn.expires_seconds % 60);
        let _ = write!(
            out,
            "{:<3} {expires:<6} {:<11} {:<18} {:<18} ",
            conn.protocol.map_or("IP", Protocol::listing),
            conn.state,
            name(conn.client),
            name(conn.virt),
        );
        let _ = match &conn.engine {
            // Not the widths of the title line: ipvsadm's own.
            Some((engine, data)) if with_engine_columns => {
                writeln!(out, "{:<16} {engine:<18} {data}", name(conn.real))
            }
            _ => writeln!(out, "{}", name(conn.real)),
        };
    }
    out
}

/// -L --timeout.
pub fn timeouts(Timeouts { tcp, tcp_fin, udp }: Timeouts) -> String {
    format!("Timeout (tcp tcpfin udp): {tcp} {tcp_fin} {udp}\n")
}

/// -L --daemon. What is 0 in the kernel, because nobody said it, is left out.
pub fn daemons(list: &[SyncDaemon]) -> String {
    let mut out = String::new();
    for daemon in list {
        let role = match daemon.role {
            SyncRole::Master => "master",
            SyncRole::Backup => "backup",
        };
        let _ = write!(out, "{role} sync daemon (mcast={}, syncid={}", daemon.interface, daemon.sync_id);
        if let Some(max_len) = daemon.max_len {
            let _ = write!(out, ", maxlen={max_len}");
        }
        if let Some(group) = daemon.group {
            let _ = write!(out, ", group={group}");
        }
        if let Some(port) = daemon.port {
            let _ = write!(out, ", port={port}");
        }
        if let Some(ttl) = daemon.ttl {
            let _ = write!(out, ", ttl={ttl}");
        }
        out += ")\n";
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{SyncDaemon, SyncRole, daemons, scaled};

    #[test]
    fn daemons_of_connection_sync() {
        let bare = SyncDaemon {
            role: SyncRole::Backup,
            interface: "eth1".to_owned(),
            sync_id: 0,
            max_len: None,
            group: None,
            port: None,
            ttl: None,
        };
        let full = SyncDaemon {
            role: SyncRole::Master,
            interface: "eth0".to_owned(),
            sync_id: 7,
            max_len: Some(1472),
            group: "224.0.0.81".parse().ok(),
            port: Some(8848),
            ttl: Some(1),
        };
        assert_eq!(
            daemons(&[full, bare]),
            "master sync daemon (mcast=eth0, syncid=7, maxlen=1472, group=224.0.0.81, port=8848, ttl=1)\n\
             backup sync daemon (mcast=eth1, syncid=0)\n"
        );
    }

    #[test]
    fn numbers_are_cut_off() {
        for (number, text) in [
            (0, "0"),
            (99_999_999, "99999999"),
            (100_000_000, "100000K"),
            (493_824_999, "493824K"),
            (999_999_999, "999999K"),
            (1_000_000_000, "1000M"),
            (99_999_999_999, "99999M"),
            (152_000_000_000, "152G"),
            (99_999_999_999_999, "99999G"),
            (100_000_000_000_000, "100T"),
            (u64::MAX, "18446744T"),
        ] {
            assert_eq!(scaled(number), text);
        }
    }
}
