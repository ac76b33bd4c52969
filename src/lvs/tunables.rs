use serde::{Deserialize, Serialize};

/// A defence that IPVS keeps at one of four levels (`drop_entry`, `drop_packet`, `secure_tcp`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum DefenceLevel {
    /// 0: off.
    #[default]
    Off,
    /// 1: automatic, memory is not low now.
    Ready,
    /// 2: automatic, memory is low now: on.
    Engaged,
    /// 3: always on.
    Always,
}

impl DefenceLevel {
    /// Is the defence at work?
    pub const fn is_on(self) -> bool {
        matches!(self, Self::Engaged | Self::Always)
    }

    /// Does it follow the free memory?
    pub const fn is_automatic(self) -> bool {
        matches!(self, Self::Ready | Self::Engaged)
    }

    /// The level after a look at the free memory: automatic ones engage while it is low.
    #[must_use]
    pub const fn judged(self, memory_is_low: bool) -> Self {
        match (self, memory_is_low) {
            (Self::Ready | Self::Engaged, true) => Self::Engaged,
            (Self::Ready | Self::Engaged, false) => Self::Ready,
            (Self::Off | Self::Always, _) => self,
        }
    }

    /// 0 to 3.
    pub const fn number(self) -> i64 {
        self as i64
    }

    /// From 0 to 3; `None` for other numbers.
    pub const fn from_number(number: i64) -> Option<Self> {
        Some(match number {
            0 => Self::Off,
            1 => Self::Ready,
            2 => Self::Engaged,
            3 => Self::Always,
            _ => return None,
        })
    }
}

/// A tunable that is off at 0 and on at every other number. It keeps the number, as the kernel's do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Switch(i32);

impl Switch {
    /// 0.
    pub const OFF: Self = Self(0);
    /// 1.
    pub const ON: Self = Self(1);

    /// From any number that it may be set to.
    pub const fn from_number(number: i32) -> Self {
        Self(number)
    }

    /// What it was set to.
    pub const fn number(self) -> i32 {
        self.0
    }

    /// Is it on?
    pub const fn is_on(self) -> bool {
        self.0 != 0
    }
}

impl From<bool> for Switch {
    fn from(is_on: bool) -> Self {
        if is_on { Self::ON } else { Self::OFF }
    }
}

/// What `/proc/sys/net/ipv4/vs` sets in the kernel, as far as it has a meaning here. Defaults are the kernel's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tunables {
    /// Free memory in pages below which automatic defences engage; default 1024.
    pub amemthresh: i32,
    /// Every so-many-th new connection's packet is dropped where `drop_packet` is 3; default 10.
    pub am_droprate: i32,
    /// Random early deletion of half-open connections.
    pub drop_entry: DefenceLevel,
    /// Random refusal of new connections.
    pub drop_packet: DefenceLevel,
    /// The TCP state table that believes only what both sides said.
    pub secure_tcp: DefenceLevel,
    /// Without a server, packets of a firewall mark's service go on to where they were bound.
    pub cache_bypass: Switch,
    /// Connections of a deleted real server end at once, not by their timeout.
    pub expire_nodest_conn: Switch,
    /// Templates to a real server of weight 0 count no more.
    pub expire_quiescent_template: Switch,
    /// Any TCP segment but a reset may open a connection.
    pub sloppy_tcp: Switch,
    /// Any SCTP packet but an abort may open a connection.
    pub sloppy_sctp: Switch,
    /// A NAT real server that speaks without a connection gets port unreachable.
    pub nat_icmp_send: Switch,
    /// Tunnels honour and carry the DF bit; default on.
    pub pmtu_disc: Switch,
    /// Bits: any: a SYN on a connection in TIME_WAIT or CLOSE opens anew; 2: in FIN_WAIT too, where no reply is seen;
    /// default 1.
    pub conn_reuse_mode: i32,
    /// ICMP errors without a connection may be scheduled.
    pub schedule_icmp: Switch,
    /// Rates are estimated (and listed counters follow); default on.
    pub run_estimation: Switch,
    /// Seconds after which lblc forgets an idle destination; default 86400.
    pub lblc_expiration: u32,
    /// Seconds after which lblcr forgets an idle destination, or shrinks its set; default 86400.
    pub lblcr_expiration: u32,
    /// Ours, not the kernel's: a reset shortens a connection's life only if its sequence number may be the client's
    /// (RFC 5961); default on. Off: as the kernel does.
    pub reset_guard: Switch,
    /// Ours: clients on the director's own host reach its VIPs (those that are on no interface) through the director;
    /// default off. It adds routing rules to the host.
    pub local_clients: Switch,
    /// Ours: FTP's data connections are expected as the control connection announces them (NAT, port 21); default on, as in
    /// a kernel that has loaded `ip_vs_ftp`.
    pub ftp_helper: Switch,
    /// Ours: while the connection table is full, and for a while after, flows without a place in it are forwarded by a hash
    /// (direct routing, tunnelling); default off. Off: they are dropped, as the kernel does.
    pub hash_when_full: Switch,
    /// Ours: the same for what comes above so many new connections per second and worker; default 0, no limit.
    pub hash_above_rate: u32,
    /// Ours: IPv6 packets with a type 0 routing header are dropped (RFC 5095); default on. Off: as the kernel does.
    pub drop_routing_zero: Switch,
    /// A connection is told to other directors with its packet of this number, below `sync_period`; default 3.
    pub sync_threshold: u32,
    /// And with each so-many-th after it; 0: not again; default 50.
    pub sync_period: u32,
    /// Seconds within which a connection's life is not told again; 0: packets decide alone; default 0.
    pub sync_refresh_period: u32,
    /// How often it is told again within that time: 0 to 3; default 0.
    pub sync_retries: u32,
    /// The format of what is told: 0 or 1; default 1.
    pub sync_version: u32,
    /// Sockets that it is told by, a power of two up to 64, each with a port of its own; default 1.
    pub sync_ports: u32,
    /// Messages that may wait for a full socket; default 4096.
    pub sync_qlen_max: u32,
    /// Bytes of the sockets' buffers; 0: the system's choice; default 0.
    pub sync_sock_size: u32,
    /// Connections of persistent services are not told of, only their templates.
    pub sync_persist_mode: Switch,
    /// Ours: peers must be on the interface's own networks, and nobody moves a connection whose packets come here; default
    /// on. Off: as the kernel does.
    pub sync_strict: Switch,
}

impl Default for Tunables {
    fn default() -> Self {
        Self {
            amemthresh: 1024,
            am_droprate: 10,
            drop_entry: DefenceLevel::Off,
            drop_packet: DefenceLevel::Off,
            secure_tcp: DefenceLevel::Off,
            cache_bypass: Switch::OFF,
            expire_nodest_conn: Switch::OFF,
            expire_quiescent_template: Switch::OFF,
            sloppy_tcp: Switch::OFF,
            sloppy_sctp: Switch::OFF,
            nat_icmp_send: Switch::OFF,
            pmtu_disc: Switch::ON,
            conn_reuse_mode: 1,
            schedule_icmp: Switch::OFF,
            run_estimation: Switch::ON,
            lblc_expiration: 86_400,
            lblcr_expiration: 86_400,
            reset_guard: Switch::ON,
            local_clients: Switch::OFF,
            ftp_helper: Switch::ON,
            hash_when_full: Switch::OFF,
            hash_above_rate: 0,
            drop_routing_zero: Switch::ON,
            sync_threshold: 3,
            sync_period: 50,
            sync_refresh_period: 0,
            sync_retries: 0,
            sync_version: 1,
            sync_ports: 1,
            sync_qlen_max: 4096,
            sync_sock_size: 0,
            sync_persist_mode: Switch::OFF,
            sync_strict: Switch::ON,
        }
    }
}

impl Tunables {
    /// May flows be forwarded without a connection?
    pub const fn hashes(&self) -> bool {
        self.hash_when_full.is_on() || self.hash_above_rate > 0
    }
}
