//! The catalogue of keys: what the reader knows, by the table that it stands in.

/// Tables of a file.
pub(super) const TOP: &[&str] = &[
    "timeouts",
    "sysctl",
    "upkeep",
    "defaults",
    "check",
    "mail",
    "service",
    "vrrp",
    "vrrp_group",
    "watched",
    "sync",
    "mark",
    "keep_marks",
];

/// Keys of `[timeouts]`.
pub(super) const TIMEOUTS: &[&str] = &["tcp", "tcp_fin", "udp"];

/// Keys of `[upkeep]`.
pub(super) const UPKEEP: &[&str] =
    &["autoreload", "watch_only", "callback", "startup", "shutdown", "fifos", "vrrp_fifos", "log"];

/// Keys of `[sync]`.
pub(super) const SYNC: &[&str] =
    &["interface", "follows", "daemons", "id", "max_len", "group", "port", "ttl"];

/// Keys of a service alone.
pub(super) const SERVICE: &[&str] = &["address", "name", "comment", "with", "one_packet", "server"];

/// Keys of a service, or of all services in `[defaults]`: what IPVS is told.
pub(super) const SERVICE_SHARED: &[&str] =
    &["scheduler", "scheduler_flags", "persistence", "persistence_mask", "persistence_engine"];

/// Keys of a service, or of all services in `[defaults]`: what becomes of it when real servers fail.
pub(super) const FARM_SHARED: &[&str] = &[
    "sorry",
    "quorum",
    "hysteresis",
    "quorum_up",
    "quorum_down",
    "fallback_script",
    "scripts_at_end",
    "mail",
    "only_with_vip",
    "readds",
    "stays",
    "words",
    "maintenance",
    "monitor",
];

/// Keys of a real server alone.
pub(super) const SERVER: &[&str] = &["address", "name"];

/// Keys of a real server, or of all of a service, or of all in `[defaults]`: what IPVS is told.
pub(super) const SERVER_SHARED: &[&str] =
    &["method", "weight", "upper_threshold", "lower_threshold", "tunnel"];

/// Keys of a real server, or of all of a service, or of all in `[defaults]`: what watches it.
pub(super) const WATCH_SHARED: &[&str] =
    &["check", "when_down", "slow_start", "notify_up", "notify_down", "mails"];

/// Keys of a tunnel.
pub(super) const TUNNEL: &[&str] = &["type", "port", "checksum"];

/// Keys of a sorry server, besides those of [`SERVER_SHARED`].
pub(super) const SORRY: &[&str] = &["address", "replaces", "quiesces"];

/// Keys of a slow start.
pub(super) const SLOW_START: &[&str] = &["divisor", "step"];

/// Keys of a mail.
pub(super) const MAIL: &[&str] = &["to", "from", "server", "helo", "timeout", "subject", "about", "reminder"];

/// Keys of a script.
pub(super) const SCRIPT: &[&str] = &["run", "user", "group", "timeout"];

/// Keys of where changes are logged.
pub(super) const LOG: &[&str] = &["file", "syslog"];

/// Keys of every check.
pub(super) const CHECK: &[&str] = &[
    "type",
    "like",
    "address",
    "port",
    "from",
    "interval",
    "retry_interval",
    "timeout",
    "falls",
    "rises",
    "first_counts",
    "warmup",
    "begins_down",
    "tells_all",
    "through_vip",
    "connects",
    "connect_timeout",
];

/// Keys of where a check comes from.
pub(super) const FROM: &[&str] = &["address", "port", "interface", "mark"];

/// Keys of one URL; also those of the check, for all its URLs.
pub(super) const URL: &[&str] = &["method", "path", "host", "status", "digest", "body"];

/// Keys of what a body must match.
pub(super) const BODY: &[&str] = &["pattern", "absent", "min_offset", "max_offset"];

/// Keys of a login.
pub(super) const LOGIN: &[&str] = &["name", "password"];

/// Keys of bytes that are no text.
pub(super) const BYTES: &[&str] = &["hex", "mask"];

/// Keys of a check over HTTP, besides those of its URLs.
const HTTP: &[&str] = &["url", "version", "says_close", "user_agent", "redirects", "login"];

/// Keys of a check over TLS.
const TLS: &[&str] = &["server_name", "authorities"];

/// What can be asked: the type, and the keys that only this type has.
pub(super) const TYPES: &[(&str, &[&[&str]])] = &[
    ("up", &[]),
    ("down", &[]),
    ("tcp", &[]),
    ("http", &[URL, HTTP]),
    ("https", &[URL, HTTP, TLS]),
    ("smtp", &[&["helo"]]),
    ("dns", &[&["name", "record", "over_tcp", "expect"]]),
    ("ping", &[&["tries"]]),
    ("udp", &[&["send", "needs_reply", "reply", "min_reply", "max_reply"]]),
    ("script", &[&["run", "answer", "expect"]]),
    ("file", &[&["file", "factor"]]),
    ("exchange", &[&["send", "expect", "regex", "udp"]]),
    ("lines", &[&["send", "expect"]]),
    ("ftp", &[&["login", "file", "expect"]]),
    ("pop", &[&["login"]]),
    ("pops", &[&["login"]]),
    ("imap", &[&["login"]]),
    ("imaps", &[&["login"]]),
    ("nntp", &[]),
    ("ldap", &[&["login", "base", "expect"]]),
    ("ldaps", &[&["login", "base", "expect"]]),
    ("mysql", &[&["login", "database", "query"]]),
    ("pgsql", &[&["login", "database", "query"]]),
    ("radius", &[&["login", "secret"]]),
    ("sip", &[&["caller", "over_tcp"]]),
];

/// The keys that only checks of this type have.
pub(super) fn of_type(name: &str) -> Option<&'static [&'static [&'static str]]> {
    TYPES.iter().find(|(known, _)| *known == name).map(|(_, keys)| *keys)
}

/// Keys of a mark rule.
pub(super) const MARK: &[&str] = &["dst", "src", "proto", "dports", "sports", "iif", "set_mark", "set_xmark"];

/// Keys of a virtual router.
pub(super) const VRRP: &[&str] = &[
    "name",
    "id",
    "interface",
    "family",
    "version",
    "priority",
    "interval",
    "begins",
    "preempts",
    "preempt_delay",
    "auth",
    "addresses",
    "unadvertised",
    "routes",
    "source",
    "group",
    "peers",
    "ttl",
    "check_source",
    "vmac",
    "track",
    "ignores_interface",
    "announce",
    "calm",
    "answers_higher",
    "patience",
    "skips_addresses",
    "notify",
    "mails",
    "words",
];

/// Keys of a group of virtual routers.
pub(super) const VRRP_GROUP: &[&str] = &["name", "members", "track", "weighs", "notify", "mails", "words"];

/// Keys of how advertisements are authenticated.
pub(super) const VRRP_AUTH: &[&str] = &["password", "header"];

/// Keys of a virtual address.
pub(super) const VIRTUAL_ADDRESS: &[&str] =
    &["address", "on_interface", "device", "label", "broadcast", "scope"];

/// Keys of a route that goes with a master.
pub(super) const VIRTUAL_ROUTE: &[&str] = &["to", "via", "device", "source", "metric", "table"];

/// Keys of a peer of a virtual router.
pub(super) const VRRP_PEER: &[&str] = &["address", "min_ttl", "max_ttl"];

/// Keys of a MAC of a virtual router's own.
pub(super) const VMAC: &[&str] = &["interface", "mac", "sends_below"];

/// Keys of what a virtual router looks at.
pub(super) const TRACK: &[&str] = &["name", "interface", "weight", "reverse"];

/// Keys of how neighbours learn where addresses are.
pub(super) const ANNOUNCE: &[&str] =
    &["repeat", "delay", "refresh", "refresh_repeat", "lower_repeat", "lower_delay", "pause"];

/// Keys of scripts that follow a change of a virtual router.
pub(super) const NOTIFY: &[&str] =
    &["master", "backup", "fault", "stop", "any", "lower_heard", "tells_priority"];

/// Keys of everything that virtual routers look at.
pub(super) const WATCHED: &[&str] = &["name", "weight"];

/// Keys of a script that they look at.
pub(super) const WATCHED_SCRIPT: &[&str] = &["script", "interval", "rises", "falls", "begins_failed"];

/// Keys of a file that they look at.
pub(super) const WATCHED_FILE: &[&str] = &["file"];

/// Keys of a process that they look at.
pub(super) const WATCHED_PROCESS: &[&str] =
    &["process", "parameters", "whole_line", "least", "most", "fork_delay", "end_delay"];
