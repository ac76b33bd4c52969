/// How many ICMP errors a host sends, as `net.ipv4.icmp_*` and `net.ipv6.icmp.ratelimit` say. Defaults are Linux's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IcmpLimits {
    /// To one IPv4 host in the long run one per so many milliseconds, after six at once; 0: no limit
    /// (`icmp_ratelimit`).
    pub v4_interval_ms: u32,
    /// Bit n: ICMPv4 type n is limited (`icmp_ratemask`); by default unreachable, source quench, time exceeded and
    /// parameter problem.
    pub v4_types: u32,
    /// The same for IPv6 hosts behind a route for a single address (`net.ipv6.icmp.ratelimit`).
    pub v6_interval_ms: u32,
    /// To all hosts together, per second (`icmp_msgs_per_sec`).
    pub per_second: u32,
    /// To all hosts together, at once (`icmp_msgs_burst`).
    pub burst: u32,
}

impl IcmpLimits {
    /// Is this type of ICMPv4 limited?
    pub const fn limits_v4(&self, kind: u8) -> bool {
        kind < 32 && self.v4_types >> kind & 1 != 0
    }
}

impl Default for IcmpLimits {
    fn default() -> Self {
        Self { v4_interval_ms: 1000, v4_types: 0x1818, v6_interval_ms: 1000, per_second: 1000, burst: 50 }
    }
}
