//! The files that the kernel's IPVS has below `/proc/net`, to the byte (`ipvs.md` §8.2, compared with Linux 6.1): for
//! `ulvs proc`, and for programs that read them through the preload library.

use crate::control::command::{ConnectionState, HelperState, Reply, Request, ServiceState, Totals};
use crate::lvs::{ClientMask, Rates, ServiceKey, Stats};
use std::fmt::Write;
use std::net::IpAddr;

/// Ticks per second in which `ip_vs` gives persistence timeouts. The kernel prints its own `HZ`, which differs from one
/// to the next; this is the one that programs are told (`sysconf(_SC_CLK_TCK)`).
const TICKS_PER_SECOND: u32 = 100;

/// One of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    /// `ip_vs`: services and real servers.
    Services,
    /// `ip_vs_conn`: the connection table.
    Connections,
    /// `ip_vs_conn_sync`: the connection table with where each came from.
    Synced,
    /// `ip_vs_stats`: what all services together have counted, and the rates.
    Stats,
    /// `ip_vs_stats_percpu`: the same by CPU.
    StatsByCpu,
    /// `ip_vs_app`: application helpers.
    Applications,
}

impl File {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Services, Self::Connections, Self::Synced, Self::Stats, Self::StatsByCpu, Self::Applications];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Services => "ip_vs",
            Self::Connections => "ip_vs_conn",
            Self::Synced => "ip_vs_conn_sync",
            Self::Stats => "ip_vs_stats",
            Self::StatsByCpu => "ip_vs_stats_percpu",
            Self::Applications => "ip_vs_app",
        }
    }

    /// The one with this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|file| file.name() == name)
    }

    /// What must be asked of the director for it.
    pub const fn request(self) -> Request {
        match self {
            Self::Services => Request::Services(None),
            Self::Connections | Self::Synced => Request::Connections,
            Self::Stats | Self::StatsByCpu => Request::Totals,
            Self::Applications => Request::Helpers,
        }
    }

    /// Its text, made of the director's reply; `None` if that answers something else.
    pub fn text(self, reply: &Reply) -> Option<String> {
        match (self, reply) {
            (Self::Services, Reply::Services(list)) => Some(services(list)),
            (Self::Connections, Reply::Connections(list)) => Some(connections(list)),
            (Self::Synced, Reply::Connections(list)) => Some(synced(list)),
            (Self::Stats, Reply::Totals(totals)) => Some(stats(totals)),
            (Self::StatsByCpu, Reply::Totals(totals)) => Some(stats_by_cpu(totals)),
            (Self::Applications, Reply::Helpers(list)) => Some(applications(list)),
            _ => None,
        }
    }
}

/// `0A090064`, or eight groups of four digits.
fn address(addr: IpAddr) -> String {
    match addr {
        IpAddr::V4(addr) => format!("{:08X}", u32::from(addr)),
        IpAddr::V6(addr) => addr.segments().map(|group| format!("{group:04x}")).join(":"),
    }
}

/// As [`address`], an IPv6 address in brackets.
fn bracketed(addr: IpAddr) -> String {
    match addr {
        IpAddr::V4(_) => address(addr),
        IpAddr::V6(_) => format!("[{}]", address(addr)),
    }
}

fn services(list: &[ServiceState]) -> String {
    let mut out = String::from(
        "IP Virtual Server version 1.2.1 (size=4096)\n\
         Prot LocalAddress:Port Scheduler Flags\n  \
         -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n",
    );
    for service in list {
        let spec = &service.spec;
        let ops = if spec.one_packet { "ops " } else { "" };
        let _ = match spec.key {
            ServiceKey::Fwmark { mark, .. } => write!(out, "FWM  {mark:08X} {} {ops}", spec.scheduler),
            ServiceKey::Tuple { protocol, virt } => {
                let (name, addr) = (protocol.listing(), bracketed(virt.addr));
                let _ = write!(out, "{name}  {addr}:{:04X} {} ", virt.port, spec.scheduler);
                // Only IPv4 services tell of one-packet scheduling.
                if virt.addr.is_ipv4() { write!(out, "{ops} ") } else { Ok(()) }
            }
        };
        if let Some(persistence) = &spec.persistence {
            let ticks = u64::from(persistence.timeout_seconds) * u64::from(TICKS_PER_SECOND);
            let _ = write!(out, "persistent {ticks} {:08X}", mask_number(persistence.mask));
        }
        out.push('\n');
        for server in &service.servers {
            let spec = &server.spec;
            let _ = writeln!(
                out,
                "  -> {}:{:04X}      {:<7} {:<6} {:<10} {:<10}",
                bracketed(spec.endpoint.addr),
                spec.endpoint.port,
                spec.method.listing(),
                spec.weight,
                server.active,
                server.inactive,
            );
        }
    }
    out
}

/// The kernel turns the bytes of an IPv6 prefix's length around, too.
fn mask_number(mask: ClientMask) -> u32 {
    match mask {
        ClientMask::V4(mask) => u32::from(mask),
        ClientMask::V6(bits) => u32::from_be_bytes(u32::from(bits).to_ne_bytes()),
    }
}

/// Everything of a connection but what follows its state.
fn connection(conn: &ConnectionState) -> String {
    let side = |endpoint: crate::lvs::Endpoint| format!("{} {:04X}", address(endpoint.addr), endpoint.port);
    let (client, virt, real) = (side(conn.client), side(conn.virt), side(conn.real));
    format!(
        "{:<3} {client} {virt} {real} {:<11}",
        conn.protocol.map_or("IP", |protocol| protocol.listing()),
        conn.state
    )
}

fn connections(list: &[ConnectionState]) -> String {
    let mut out =
        String::from("Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n");
    for conn in list {
        let _ = write!(out, "{} {:>7}", connection(conn), conn.expires_seconds);
        if let Some((engine, data)) = &conn.engine {
            let _ = write!(out, " {engine} {data}");
        }
        out.push('\n');
    }
    out
}

fn synced(list: &[ConnectionState]) -> String {
    let mut out = String::from("Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Origin Expires\n");
    for conn in list {
        // Connections of other directors are not taken over by this version.
        let _ = writeln!(
            out,
            "{} {:<6} {:>7}",
            connection(conn),
            if conn.is_heard_of { "SYNC" } else { "LOCAL" },
            conn.expires_seconds
        );
    }
    out
}

fn numbers(Stats { conns, in_pkts, out_pkts, in_bytes, out_bytes }: Stats) -> String {
    format!("{conns:8X} {in_pkts:8X} {out_pkts:8X} {in_bytes:16X} {out_bytes:16X}\n")
}

fn rate_numbers(Rates { conns, in_pkts, out_pkts, in_bytes, out_bytes }: Rates) -> String {
    numbers(Stats { conns, in_pkts, out_pkts, in_bytes, out_bytes })
}

fn applications(list: &[HelperState]) -> String {
    let mut out = String::from("prot port    usecnt name\n");
    for HelperState { name, protocol, port, connections } in list {
        let _ = writeln!(out, "{:<3}  {port:<7} {connections:<6} {name:<17}", protocol.listing());
    }
    out
}

fn stats(totals: &Totals) -> String {
    format!(
        "   Total Incoming Outgoing         Incoming         Outgoing\n   \
         Conns  Packets  Packets            Bytes            Bytes\n\
         {}\n \
         Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s\n\
         {}",
        numbers(totals.stats),
        rate_numbers(totals.rates)
    )
}

/// Workers count in one place, whichever CPU they are on: one row, and its sum.
fn stats_by_cpu(totals: &Totals) -> String {
    let row = numbers(totals.stats);
    format!(
        "       Total Incoming Outgoing         Incoming         Outgoing\n\
         CPU    Conns  Packets  Packets            Bytes            Bytes\n  \
         0 {row}  ~ {row}\n     \
         Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s\n    {}",
        rate_numbers(totals.rates)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::command::ServerState;
    use crate::lvs::{
        Endpoint, Family, ForwardingMethod, Persistence, Protocol, RealServerSpec, SchedulerName, ServiceSpec,
    };

    fn endpoint(text: &str) -> Endpoint {
        let both: std::net::SocketAddr = text.parse().unwrap();
        Endpoint::new(both.ip(), both.port())
    }

    fn service(key: ServiceKey, scheduler: &str) -> ServiceState {
        let spec = ServiceSpec { scheduler: SchedulerName::new(scheduler).unwrap(), ..ServiceSpec::new(key) };
        ServiceState { spec, stats: Stats::default(), rates: Rates::default(), servers: Vec::new() }
    }

    fn tuple(protocol: Protocol, text: &str) -> ServiceKey {
        ServiceKey::Tuple { protocol, virt: endpoint(text) }
    }

    fn server(text: &str, method: ForwardingMethod, weight: i32, active: u32) -> ServerState {
        ServerState {
            spec: RealServerSpec { method, weight, ..RealServerSpec::new(endpoint(text)) },
            active,
            inactive: 0,
            persistent: 0,
            stats: Stats::default(),
            rates: Rates::default(),
        }
    }

    fn persistent(timeout_seconds: u32, mask: ClientMask) -> Option<Persistence> {
        Some(Persistence { timeout_seconds, mask })
    }

    /// As Linux 6.1 (HZ=100) wrote them.
    #[test]
    fn services_as_the_kernel_writes_them() {
        let mut list = vec![
            service(tuple(Protocol::Tcp, "[fd00:9::100]:81"), "rr"),
            service(tuple(Protocol::Tcp, "[fd00:9::100]:80"), "rr"),
            service(tuple(Protocol::Udp, "10.9.0.100:53"), "rr"),
            service(tuple(Protocol::Tcp, "10.9.0.100:80"), "wlc"),
            service(tuple(Protocol::Tcp, "10.9.0.100:81"), "mh"),
            service(ServiceKey::Fwmark { family: Family::V4, mark: 7 }, "sh"),
            service(ServiceKey::Fwmark { family: Family::V6, mark: 8 }, "wrr"),
        ];
        list[0].spec.persistence = persistent(60, ClientMask::V6(64));
        list[1].servers.push(server("[fd00:9::b]:80", ForwardingMethod::DirectRoute, 1, 0));
        list[2].spec.one_packet = true;
        list[3].spec.persistence = persistent(300, ClientMask::V4([255, 255, 255, 0].into()));
        list[3].servers.push(server("10.9.0.13:80", ForwardingMethod::DirectRoute, 100_000, 3));
        list[3].servers.push(server("10.9.0.12:80", ForwardingMethod::Tunnel, 1, 0));
        list[6].spec.persistence = persistent(360, ClientMask::V6(128));
        let expected = "\
IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  [fd00:0009:0000:0000:0000:0000:0000:0100]:0051 rr persistent 6000 40000000
TCP  [fd00:0009:0000:0000:0000:0000:0000:0100]:0050 rr ~
  -> [fd00:0009:0000:0000:0000:0000:0000:000b]:0050      Route   1      0          0         ~
UDP  0A090064:0035 rr ops  ~
TCP  0A090064:0050 wlc  persistent 30000 FFFFFF00
  -> 0A09000D:0050      Route   100000 3          0         ~
  -> 0A09000C:0050      Tunnel  1      0          0         ~
TCP  0A090064:0051 mh  ~
FWM  00000007 sh ~
FWM  00000008 wrr persistent 36000 80000000
"
        .replace('~', "");
        assert_eq!(File::Services.text(&Reply::Services(list)).unwrap(), expected);
    }

    #[test]
    fn connections_as_the_kernel_writes_them() {
        let conn = |protocol, state: &str, expires_seconds, client, virt, real| ConnectionState {
            protocol: Some(protocol),
            expires_seconds,
            state: state.to_owned(),
            client: endpoint(client),
            virt: endpoint(virt),
            real: endpoint(real),
            engine: None,
            is_heard_of: false,
        };
        let call = ConnectionState {
            engine: Some(("sip".into(), "one@pc33".into())),
            ..conn(Protocol::Udp, "NONE", 59, "172.16.0.5:0", "10.9.0.100:5060", "10.9.0.12:5060")
        };
        let calls = File::Connections.text(&Reply::Connections(vec![call])).unwrap();
        assert_eq!(
            calls.lines().nth(1).unwrap(),
            "UDP AC100005 0000 0A090064 13C4 0A09000C 13C4 NONE             59 sip one@pc33"
        );
        let list = Reply::Connections(vec![
            conn(Protocol::Tcp, "SYN_RECV", 57, "10.1.0.7:4001", "10.9.0.100:80", "10.9.0.13:80"),
            conn(Protocol::Udp, "UDP", 299, "[2001:db8::1]:5353", "[2001:db8::80]:53", "[2001:db8::a0a0]:53"),
        ]);
        assert_eq!(
            File::Connections.text(&list).unwrap(),
            "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n\
             TCP 0A010007 0FA1 0A090064 0050 0A09000D 0050 SYN_RECV         57\n\
             UDP 2001:0db8:0000:0000:0000:0000:0000:0001 14E9 2001:0db8:0000:0000:0000:0000:0000:0080 0035 \
             2001:0db8:0000:0000:0000:0000:0000:a0a0 0035 UDP             299\n"
        );
        let second = File::Synced.text(&list).unwrap();
        assert_eq!(
            second.lines().nth(1).unwrap(),
            "TCP 0A010007 0FA1 0A090064 0050 0A09000D 0050 SYN_RECV    LOCAL       57"
        );
        assert_eq!(File::Stats.text(&list), None);
    }

    #[test]
    fn counters_as_the_kernel_writes_them() {
        let stats = Stats { conns: 4, in_pkts: 0x63, out_pkts: 0, in_bytes: 0x95, out_bytes: 1 << 40 };
        let rates = Rates { in_bytes: 0x13, ..Rates::default() };
        let reply = Reply::Totals(Totals { stats, rates });
        assert_eq!(
            File::Stats.text(&reply).unwrap(),
            "   Total Incoming Outgoing         Incoming         Outgoing
   Conns  Packets  Packets            Bytes            Bytes
       4       63        0               95      10000000000

 Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s
       0        0        0               13                0
"
        );
        assert_eq!(
            File::StatsByCpu.text(&reply).unwrap(),
            "       Total Incoming Outgoing         Incoming         Outgoing
CPU    Conns  Packets  Packets            Bytes            Bytes
  0        4       63        0               95      10000000000
  ~        4       63        0               95      10000000000

     Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s
           0        0        0               13                0
"
        );
    }

    /// Linux 6.1 with ip_vs_ftp loaded, of three control connections; and without.
    #[test]
    fn helpers_as_the_kernel_writes_them() {
        let name = "ftp".to_owned();
        let ftp = HelperState { name, protocol: Protocol::Tcp, port: 21, connections: 3 };
        let text = |list| File::Applications.text(&Reply::Helpers(list)).unwrap();
        assert_eq!(text(vec![ftp]), "prot port    usecnt name\nTCP  21      3      ftp              \n");
        assert_eq!(text(Vec::new()), "prot port    usecnt name\n");
    }

    #[test]
    fn every_file_has_its_name() {
        for file in File::ALL {
            assert_eq!(File::by_name(file.name()), Some(file));
        }
        assert_eq!(File::by_name("ip_vs_status"), None);
    }
}
