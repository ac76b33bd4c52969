//! The keys of virtual servers, real servers and checkers.

use super::schema::Value::{Address, Any, Bool, Network, Nothing, Number, OneOf, Script, Seconds, Text};
use super::schema::{Block, Key, block, foreign, key, missing, needless};

/// Seconds of a timer: keepalived keeps microseconds in 32 bits.
const MAX_TIMER: f64 = 4_294.967_295;
/// Seconds of `delay_loop`: 64 bits.
const MAX_DELAY: f64 = 18_446_744_073_709.55;
/// A weight.
pub(super) const MAX_WEIGHT: i64 = i32::MAX as i64;
const MAX_U32: i64 = u32::MAX as i64;

const SNMP: &str = "there is no SNMP agent here";

/// An IPv4 or IPv6 address, a range, or a mark.
pub(super) static GROUP: Block = Block::free("virtual_server_group", Network);

pub(super) static VIRTUAL_SERVER: Block = Block::new(
    "virtual_server",
    &[
        key("lb_algo", Text),
        key("lvs_sched", Text),
        key("lb_kind", Text),
        key("lvs_method", Text),
        key("protocol", Text),
        key("hashed", Nothing),
        key("flag-1", Nothing),
        key("flag-2", Nothing),
        key("flag-3", Nothing),
        key("sh-port", Nothing),
        key("sh-fallback", Nothing),
        key("mh-port", Nothing),
        key("mh-fallback", Nothing),
        key("ops", Nothing),
        key("persistence_engine", Text),
        key("persistence_timeout", Any),
        key("persistence_granularity", Text),
        key("ip_family", OneOf(&["inet", "inet6"])),
        key("ha_suspend", Nothing),
        key("alpha", Bool),
        key("omega", Bool),
        key("quorum", Number(1, MAX_U32)),
        key("hysteresis", Number(0, MAX_U32)),
        key("quorum_up", Script),
        key("quorum_down", Script),
        key("sorry_server", Address),
        key("sorry_server_inhibit", Bool),
        key("sorry_server_lvs_method", Text),
        key("weight", Number(0, MAX_WEIGHT)),
        key("inhibit_on_failure", Bool),
        key("smtp_alert", Bool),
        key("virtualhost", Text),
        key("delay_loop", Seconds(0.000_001, MAX_DELAY)),
        key("retry", Number(0, MAX_U32)),
        key("delay_before_retry", Seconds(0.0, MAX_TIMER)),
        key("connect_timeout", Seconds(0.000_001, MAX_TIMER)),
        key("warmup", Seconds(0.0, MAX_TIMER)),
        block("real_server", Address, &REAL_SERVER),
        needless("snmp_name", Text, SNMP),
        foreign("nat_mask", Any, "it is of old versions, and never did anything"),
    ],
);

pub(super) static REAL_SERVER: Block = Block::new(
    "real_server",
    &[
        key("weight", Number(0, MAX_WEIGHT)),
        key("lvs_method", Text),
        key("uthreshold", Number(0, MAX_U32)),
        key("lthreshold", Number(0, MAX_U32)),
        key("inhibit_on_failure", Bool),
        key("notify_up", Script),
        key("notify_down", Script),
        key("alpha", Bool),
        key("smtp_alert", Bool),
        key("virtualhost", Text),
        key("delay_loop", Seconds(0.000_001, MAX_DELAY)),
        key("retry", Number(0, MAX_U32)),
        key("delay_before_retry", Seconds(0.0, MAX_TIMER)),
        key("connect_timeout", Seconds(0.000_001, MAX_TIMER)),
        key("warmup", Seconds(0.0, MAX_TIMER)),
        block("TCP_CHECK", Any, &TCP),
        block("HTTP_GET", Any, &HTTP),
        block("SSL_GET", Any, &HTTP),
        block("SMTP_CHECK", Any, &SMTP),
        block("DNS_CHECK", Any, &DNS),
        block("MISC_CHECK", Any, &MISC),
        block("UDP_CHECK", Any, &UDP),
        block("PING_CHECK", Any, &PING),
        block("FILE_CHECK", Any, &FILE),
        block("BFD_CHECK", Any, &BFD),
        needless("snmp_name", Text, SNMP),
    ],
);

/// What all checkers have that connect, with those of one kind behind it.
macro_rules! connecting {
    ($name:literal $(, $key:expr)*) => {
        Block::new(
            $name,
            &[
                $($key,)*
                key("connect_ip", Address),
                key("connect_port", Number(1, 65535)),
                key("bindto", Address),
                key("bind_port", Number(1, 65535)),
                key("bind_if", Text),
                key("connect_timeout", Seconds(0.000_001, MAX_TIMER)),
                key("fwmark", Number(0, MAX_U32)),
                ALPHA,
                RETRY,
                key("delay_before_retry", Seconds(0.0, MAX_TIMER)),
                key("warmup", Seconds(0.0, MAX_TIMER)),
                key("delay_loop", Seconds(0.000_001, MAX_DELAY)),
                LOG_ALL,
            ],
        )
    };
}

const ALPHA: Key = key("alpha", Bool);
const RETRY: Key = key("retry", Number(0, MAX_U32));
const LOG_ALL: Key = key("log_all_failures", Bool);
/// Of HTTP_GET alone; many write it elsewhere, too.
const NO_TRIES: Key = foreign(
    "nb_get_retry",
    Any,
    "keepalived knows it in HTTP_GET and SSL_GET alone: elsewhere it is `retry`",
);

pub(super) static TCP: Block = connecting!("TCP_CHECK", NO_TRIES);
pub(super) static PING: Block = connecting!("PING_CHECK", NO_TRIES);
pub(super) static DNS: Block = connecting!(
    "DNS_CHECK",
    NO_TRIES,
    key("type", OneOf(&["A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA"])),
    key("name", Text)
);
pub(super) static SMTP: Block =
    connecting!("SMTP_CHECK", NO_TRIES, key("helo_name", Text), block("host", Any, &SMTP_HOST));
pub(super) static UDP: Block = connecting!(
    "UDP_CHECK",
    NO_TRIES,
    key("payload", Text),
    key("require_reply", Any),
    key("min_reply_length", Number(0, 65535)),
    key("max_reply_length", Number(0, 65535))
);
pub(super) static HTTP: Block = connecting!(
    "HTTP_GET",
    foreign("nb_get_retry", Number(0, MAX_U32), "it is called `retry` now, and does the same"),
    key("virtualhost", Text),
    key("http_protocol", Text),
    key("enable_sni", Bool),
    key("sni_name", Text),
    needless(
        "fast_recovery",
        Bool,
        "all urls of a checker are always asked for one after the other, without a pause"
    ),
    needless("tls_compliant", Bool, "a peer that ends TLS without saying so is always forgiven"),
    block("url", Any, &URL)
);

/// A host of an SMTP_CHECK: of old versions.
static SMTP_HOST: Block = Block::new(
    "host",
    &[
        key("connect_ip", Address),
        key("connect_port", Number(1, 65535)),
        key("bindto", Address),
        key("bind_port", Number(1, 65535)),
        key("bind_if", Text),
        key("connect_timeout", Seconds(0.000_001, MAX_TIMER)),
        key("fwmark", Number(0, MAX_U32)),
    ],
);

pub(super) static URL: Block = Block::new(
    "url",
    &[
        key("path", Text),
        key("digest", Text),
        key("status_code", Text),
        key("virtualhost", Text),
        key("regex", Text),
        key("regex_no_match", Bool),
        key("regex_options", Text),
        key("regex_min_offset", Number(0, MAX_U32)),
        key("regex_max_offset", Number(0, MAX_U32)),
        needless("regex_stack", Any, "patterns are matched without a stack of their own"),
    ],
);

pub(super) static MISC: Block = Block::new(
    "MISC_CHECK",
    &[
        key("misc_path", Script),
        key("misc_timeout", Number(0, MAX_U32)),
        key("misc_dynamic", Bool),
        key("user", Text),
        NO_TRIES,
        ALPHA,
        RETRY,
        key("delay_before_retry", Seconds(0.0, MAX_TIMER)),
        key("warmup", Seconds(0.0, MAX_TIMER)),
        key("delay_loop", Seconds(0.000_001, MAX_DELAY)),
        LOG_ALL,
    ],
);

pub(super) static FILE: Block = Block::new(
    "FILE_CHECK",
    &[
        key("track_file", Text),
        key("weight", Number(-MAX_WEIGHT, MAX_WEIGHT)),
        foreign(
            "dynamic",
            Nothing,
            "keepalived's manual names it, but no version knows it; `weight` does the same",
        ),
    ],
);

pub(super) static BFD: Block = Block::new(
    "BFD_CHECK",
    &[
        missing(
            "name",
            Text,
            "BFD is not spoken here: the real server counts as up as far as this check goes",
        ),
        ALPHA,
    ],
);
