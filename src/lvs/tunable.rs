//! The catalogue of tunables: what `ulvs sysctl`, configuration files and `docs/sysctl.md` share.

use super::tunables::{DefenceLevel, Switch, Tunables};
use std::ops::RangeInclusive;

/// What stands before a tunable's name in sysctl(8)'s world, with dots; slashes are taken as well.
pub const SYSCTL_PREFIX: &str = "net.ipv4.vs.";
const SYSCTL_PREFIX_SLASHES: &str = "net/ipv4/vs/";

/// One row of the catalogue: a number that an operator may set.
#[derive(Clone, Copy, Debug)]
pub struct Tunable {
    /// The kernel's name below `/proc/sys/net/ipv4/vs`, or our own.
    pub name: &'static str,
    /// What it takes.
    pub kind: TunableKind,
    /// What it does, in one line.
    pub meaning: &'static str,
    get: fn(&Tunables) -> i64,
    set: fn(&mut Tunables, i64),
}

/// What a tunable takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TunableKind {
    /// 0: off. Every other number of the kernel's `int`: on.
    Switch,
    /// 0 to 3, see [`DefenceLevel`]. 1 and 2 are one setting: which of the two it is follows the free memory.
    Level,
    /// A number of the kernel's `int`.
    Int,
    /// So many per second, 0 to 2147483647.
    Rate,
    /// Seconds, 0 to 21474836: what the kernel's arithmetic in ticks takes.
    Seconds,
    /// From 0 to this.
    UpTo(u32),
    /// A power of two, 1 to 64.
    Ports,
}

impl TunableKind {
    /// The numbers that it takes.
    pub const fn range(self) -> RangeInclusive<i64> {
        match self {
            Self::Switch | Self::Int => i32::MIN as i64..=i32::MAX as i64,
            Self::Level => 0..=3,
            Self::Rate => 0..=i32::MAX as i64,
            Self::Seconds => 0..=21_474_836,
            Self::UpTo(most) => 0..=most as i64,
            Self::Ports => 1..=64,
        }
    }
}

/// Why a tunable cannot be had, or not be set so. The kernel answers ENOENT and EINVAL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TunableError {
    /// Neither the kernel has it nor we.
    #[error("no such tunable")]
    Unknown,
    /// The kernel has it, but here it would do nothing.
    #[error("not in ulvs: {0}")]
    Meaningless(&'static str),
    /// No number of the kind that the kernel reads.
    #[error("`{0}` is no number")]
    NotANumber(String),
    /// In its range, but nothing between the powers of two is good.
    #[error("{0} is no power of two")]
    NotAPowerOfTwo(i64),
    /// Out of its range.
    #[error("{value} is not between {} and {}", range.start(), range.end())]
    OutOfRange {
        /// The number.
        value: i64,
        /// What it takes.
        range: RangeInclusive<i64>,
    },
}

macro_rules! switch {
    ($field:ident, $meaning:literal) => {
        Tunable {
            name: stringify!($field),
            kind: TunableKind::Switch,
            meaning: $meaning,
            get: |all| i64::from(all.$field.number()),
            set: |all, value| all.$field = i32::try_from(value).map_or(all.$field, Switch::from_number),
        }
    };
}

macro_rules! level {
    ($field:ident, $meaning:literal) => {
        Tunable {
            name: stringify!($field),
            kind: TunableKind::Level,
            meaning: $meaning,
            get: |all| all.$field.number(),
            set: |all, value| all.$field = DefenceLevel::from_number(value).unwrap_or_default(),
        }
    };
}

macro_rules! number {
    ($field:ident, UpTo, $most:literal, $type:ty, $meaning:literal) => {
        Tunable {
            name: stringify!($field),
            kind: TunableKind::UpTo($most),
            meaning: $meaning,
            get: |all| i64::from(all.$field),
            set: |all, value| all.$field = <$type>::try_from(value).unwrap_or(all.$field),
        }
    };
    ($field:ident, $kind:ident, $type:ty, $meaning:literal) => {
        Tunable {
            name: stringify!($field),
            kind: TunableKind::$kind,
            meaning: $meaning,
            get: |all| i64::from(all.$field),
            set: |all, value| all.$field = <$type>::try_from(value).unwrap_or(all.$field),
        }
    };
}

/// Every tunable that does something here, by name.
pub static TUNABLES: [Tunable; 33] = [
    number!(
        am_droprate,
        Int,
        i32,
        "with drop_packet = 3, every so-many-th would-be-new connection is refused"
    ),
    number!(amemthresh, Int, i32, "free memory, in pages, below which defences at level 1 engage"),
    switch!(cache_bypass, "without a real server, a mark's packets go on to where they were bound"),
    number!(conn_reuse_mode, Int, i32, "when a SYN on a dying connection opens a new one"),
    level!(drop_entry, "each second, delete half-open and idle connections at random"),
    level!(drop_packet, "refuse every so-many-th would-be-new connection"),
    switch!(drop_routing_zero, "ours: drop IPv6 packets with a type 0 routing header"),
    switch!(expire_nodest_conn, "connections of deleted or quiesced real servers end at once"),
    switch!(expire_quiescent_template, "persistence ends with its real server's weight 0"),
    switch!(
        ftp_helper,
        "ours: NAT services of port 21 have FTP's data connections follow the control connection"
    ),
    number!(
        hash_above_rate,
        Rate,
        u32,
        "ours: new connections per second and worker above which flows are hashed, not entered; 0: no limit"
    ),
    switch!(hash_when_full, "ours: when the table is full, new flows are hashed, not dropped"),
    number!(lblc_expiration, Seconds, u32, "seconds after which lblc forgets an idle destination"),
    number!(lblcr_expiration, Seconds, u32, "seconds after which lblcr forgets an idle destination"),
    switch!(local_clients, "ours: clients on this host reach the VIPs through the director"),
    switch!(nat_icmp_send, "a NAT real server that speaks without a connection gets port unreachable"),
    switch!(pmtu_disc, "tunnels honour and carry the DF bit"),
    switch!(reset_guard, "ours: a blind reset does not shorten a connection's life"),
    switch!(run_estimation, "rates are estimated and listed counters move"),
    switch!(schedule_icmp, "ICMP errors without a connection are scheduled"),
    level!(secure_tcp, "the TCP state table that trusts no handshake it has not seen"),
    switch!(sloppy_sctp, "any SCTP packet but an abort opens a connection"),
    switch!(sloppy_tcp, "any TCP segment but a reset opens a connection"),
    number!(
        sync_period,
        Rate,
        u32,
        "packets after which a connection is told to other directors again; 0: never"
    ),
    switch!(sync_persist_mode, "of persistent services only templates are told to other directors"),
    number!(sync_ports, Ports, u32, "sockets by which connections are told to other directors"),
    number!(sync_qlen_max, Rate, u32, "messages to other directors that may wait for a full socket"),
    number!(sync_refresh_period, Seconds, u32, "seconds within which a connection's life is not told again"),
    number!(sync_retries, UpTo, 3, u32, "how often it is told again within that time"),
    number!(
        sync_sock_size,
        Rate,
        u32,
        "bytes of the buffers of sockets to other directors; 0: the system's choice"
    ),
    switch!(sync_strict, "ours: believe only directors on the same link, and let none move a connection"),
    number!(sync_threshold, Rate, u32, "the packet with which a connection is first told to other directors"),
    number!(sync_version, UpTo, 1, u32, "format in which connections are told to other directors"),
];

const NO_SERVING: &str = "who has the VIP forwards; a backup may do so too";
const GROWS: &str = "the connection table grows by itself";

/// Tunables of kernels up to 7 that would do nothing here, and why: refused, not accepted and ignored.
pub static MEANINGLESS: [(&str, &str); 10] = [
    ("backup_only", NO_SERVING),
    ("conn_lfactor", GROWS),
    ("conn_max", "see ulvs run --connections"),
    ("conntrack", "netfilter tracks none of the director's packets"),
    ("debug_level", "see the log's level: ulvs run --log-level"),
    ("est_cpulist", "rates are estimated by the keeper's thread"),
    ("est_nice", "rates are estimated by the keeper's thread"),
    ("ignore_tunneled", "what comes in a tunnel to the director's host is always left to the host"),
    ("snat_reroute", "replies of NAT real servers are always routed anew"),
    ("svc_lfactor", "the table of services grows by itself"),
];

impl Tunable {
    /// By name, with or without [`SYSCTL_PREFIX`] (dots or slashes).
    ///
    /// # Errors
    /// [`TunableError::Unknown`], [`TunableError::Meaningless`].
    pub fn find(name: &str) -> Result<&'static Self, TunableError> {
        let name = bare_name(name);
        if let Some(found) = TUNABLES.iter().find(|tunable| tunable.name == name) {
            return Ok(found);
        }
        let meaningless = MEANINGLESS.iter().find(|(other, _)| *other == name);
        Err(meaningless.map_or(TunableError::Unknown, |(_, why)| TunableError::Meaningless(why)))
    }

    /// Its value among these.
    pub fn get(&self, of: &Tunables) -> i64 {
        (self.get)(of)
    }

    /// The kernel's default, or ours.
    pub fn default_value(&self) -> i64 {
        self.get(&Tunables::default())
    }

    /// Sets it.
    ///
    /// # Errors
    /// [`TunableError::OutOfRange`]; nothing is changed.
    pub fn set(&self, of: &mut Tunables, value: i64) -> Result<(), TunableError> {
        self.check(value)?;
        (self.set)(of, value);
        Ok(())
    }

    /// May it be set so?
    ///
    /// # Errors
    /// [`TunableError::OutOfRange`], [`TunableError::NotAPowerOfTwo`].
    pub fn check(&self, value: i64) -> Result<(), TunableError> {
        let range = self.kind.range();
        if !range.contains(&value) {
            return Err(TunableError::OutOfRange { value, range });
        }
        if self.kind == TunableKind::Ports && value.count_ones() != 1 {
            return Err(TunableError::NotAPowerOfTwo(value));
        }
        Ok(())
    }

    /// A number as the kernel reads one from `/proc/sys`: decimal, or octal after 0, or hexadecimal after 0x, maybe
    /// negative, among white space. (The kernel takes the first of several numbers; here that is an error.)
    ///
    /// # Errors
    /// [`TunableError::NotANumber`], [`TunableError::OutOfRange`].
    pub fn parse(&self, text: &str) -> Result<i64, TunableError> {
        let value = number(text.trim()).ok_or_else(|| TunableError::NotANumber(text.trim().to_owned()))?;
        self.check(value)?;
        Ok(value)
    }

    /// Are these two the same setting? Levels 1 and 2 are: which of them it is follows the free memory.
    pub const fn is_same(&self, one: i64, other: i64) -> bool {
        match self.kind {
            TunableKind::Switch => (one == 0) == (other == 0),
            TunableKind::Level => one == other || (one == 1 && other == 2) || (one == 2 && other == 1),
            TunableKind::Int
            | TunableKind::Rate
            | TunableKind::Seconds
            | TunableKind::UpTo(_)
            | TunableKind::Ports => one == other,
        }
    }
}

/// A tunable's name without [`SYSCTL_PREFIX`].
pub fn bare_name(name: &str) -> &str {
    name.strip_prefix(SYSCTL_PREFIX).or_else(|| name.strip_prefix(SYSCTL_PREFIX_SLASHES)).unwrap_or(name)
}

fn number(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let hex = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    let (digits, radix) = match hex {
        Some(hex) => (hex, 16),
        None if digits.len() > 1 && digits.starts_with('0') => (digits, 8),
        None => (digits, 10),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    i64::from_str_radix(digits, radix).ok().map(|number| sign * number)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn find(name: &str) -> &'static Tunable {
        Tunable::find(name).unwrap()
    }

    #[test]
    fn names_are_in_order_and_none_is_in_both_lists() {
        let names: Vec<&str> = TUNABLES.iter().map(|tunable| tunable.name).collect();
        let mut all = names.clone();
        assert!(names.is_sorted(), "{names:?}");
        let others: Vec<&str> = MEANINGLESS.iter().map(|(name, _)| *name).collect();
        assert!(others.is_sorted(), "{others:?}");
        all.extend(others);
        let unique: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(unique.len(), all.len());
    }

    #[test]
    fn names_with_and_without_prefix() {
        for name in ["drop_entry", "net.ipv4.vs.drop_entry", "net/ipv4/vs/drop_entry"] {
            assert_eq!(find(name).name, "drop_entry");
        }
        assert_eq!(Tunable::find("net.ipv4.ip_forward").unwrap_err(), TunableError::Unknown);
        assert_eq!(Tunable::find("").unwrap_err(), TunableError::Unknown);
        assert_eq!(Tunable::find("backup_only").unwrap_err(), TunableError::Meaningless(NO_SERVING));
    }

    #[test]
    fn each_is_set_alone_and_read_back() {
        for tunable in &TUNABLES {
            let mut all = Tunables::default();
            let others = [0, 1, 2].into_iter().filter(|value| tunable.check(*value).is_ok());
            let other = others.into_iter().find(|value| *value != tunable.default_value()).unwrap();
            tunable.set(&mut all, other).unwrap();
            for this in &TUNABLES {
                let wanted = if this.name == tunable.name { other } else { this.default_value() };
                assert_eq!(this.get(&all), wanted, "{} after setting {}", this.name, tunable.name);
            }
            tunable.set(&mut all, tunable.default_value()).unwrap();
            assert_eq!(all, Tunables::default());
        }
    }

    /// As the kernel answered when it was asked.
    #[test]
    fn the_kernels_ranges() {
        let answers: &[(&str, &[&str], &[&str])] = &[
            ("drop_entry", &["0", "1", "2", "3", " 1 ", "0x3"], &["4", "-1", "abc", "", "1x", "+1", "1.5"]),
            ("drop_packet", &["0", "3"], &["4", "-1", "2147483647", "4294967296"]),
            ("secure_tcp", &["0", "3", "03"], &["010", "0x10", "99999999999999999999"]),
            ("conn_reuse_mode", &["0", "3", "-1", "010", "0x10"], &["2147483648", "+1", "", "abc"]),
            ("am_droprate", &["-1", "0", "2147483647"], &["2147483648", "4294967295"]),
            ("lblc_expiration", &["0", "100000", "21474836"], &["21474837", "2147483647"]),
            ("sloppy_tcp", &["0", "1", "7", "-1"], &["2147483648", "yes"]),
        ];
        for (name, good, bad) in answers {
            for text in *good {
                assert!(find(name).parse(text).is_ok(), "{name} {text}");
            }
            for text in *bad {
                assert!(find(name).parse(text).is_err(), "{name} {text}");
            }
        }
        assert_eq!(find("conn_reuse_mode").parse("010"), Ok(8));
        assert_eq!(find("conn_reuse_mode").parse("-0x10"), Ok(-16));
        assert_eq!(find("conn_reuse_mode").parse("--1"), Err(TunableError::NotANumber("--1".into())));
        assert_eq!(find("conn_reuse_mode").parse("1 2"), Err(TunableError::NotANumber("1 2".into())));
    }

    #[test]
    fn refusals_in_words() {
        let text = |result: Result<i64, TunableError>| result.unwrap_err().to_string();
        assert_eq!(text(find("drop_entry").parse("4")), "4 is not between 0 and 3");
        assert_eq!(text(find("drop_entry").parse("on")), "`on` is no number");
        let text = |name| Tunable::find(name).unwrap_err().to_string();
        assert_eq!(text("frob"), "no such tunable");
        assert_eq!(text("conntrack"), "not in ulvs: netfilter tracks none of the director's packets");
    }

    #[test]
    fn same_settings() {
        let level = find("drop_entry");
        assert!(level.is_same(1, 2) && level.is_same(2, 1) && level.is_same(3, 3));
        assert!(!level.is_same(1, 3) && !level.is_same(0, 1));
        assert!(find("sloppy_tcp").is_same(7, 1) && !find("sloppy_tcp").is_same(7, 0));
        assert!(!find("conn_reuse_mode").is_same(7, 1));
    }
}
