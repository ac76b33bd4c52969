//! The keys of VRRP.

use super::schema::Value::{Address, Any, Bool, Network, Nothing, Number, OneOf, Script, Seconds, Text};
use super::schema::{Block, Key, Value, block, foreign, key, missing, needless};

/// Seconds of a timer: keepalived keeps microseconds in 32 bits.
const MAX_TIMER: f64 = 4_294.967_295;
const MAX_U32: i64 = u32::MAX as i64;

/// A name, perhaps with `weight N [reverse]`.
pub(super) static TRACKED: Block = Block::free("track", Text);
pub(super) static NAMES: Block = Block::free("group", Text);
pub(super) static ADDRESSES: Block = Block::free("virtual_ipaddress", Network);
pub(super) static PEERS: Block = Block::free("unicast_peer", Address);
pub(super) static ROUTES: Block = Block::free("virtual_routes", Any);

/// What is none of these is 100, also with `state MASTER`.
pub(super) const PRIORITY: Value = Number(1, 255);
const WEIGHT: Value = Number(-254, 254);

const NO_BFD: &str = "BFD is not spoken here";
const EXTRA: &str = "gratuitous ARP goes out where the addresses are, and nowhere else";
pub(super) const POLLING: &str = "the kernel tells of links that come and go";

pub(super) static AUTHENTICATION: Block = Block::new(
    "authentication",
    &[key("auth_type", OneOf(&["PASS", "AH", "NONE", "HMAC"])), key("auth_pass", Text)],
);

pub(super) static INSTANCE: Block = Block::new(
    "vrrp_instance",
    &[
        key("state", OneOf(&["MASTER", "BACKUP"])),
        key("interface", Text),
        missing("vrf", Text, "an interface is used as it is, also in a VRF"),
        key("version", Number(2, 3)),
        key("virtual_router_id", Number(1, 255)),
        key("priority", Text),
        key("advert_int", Seconds(0.01, 255.0)),
        block("authentication", Any, &AUTHENTICATION),
        block("virtual_ipaddress", Any, &ADDRESSES),
        block("virtual_ipaddress_excluded", Any, &ADDRESSES),
        key("no_virtual_ipaddress", Nothing),
        block("virtual_routes", Any, &ROUTES),
        Key { body: Some(&ROUTES), ..missing("virtual_rules", Any, "rules of routing are not set here") },
        block("unicast_peer", Any, &PEERS),
        key("unicast_src_ip", Address),
        key("unicast_ttl", Number(0, 255)),
        missing("unicast_fault_no_peer", Nothing, "without a peer it speaks to its group"),
        key("check_unicast_src", Any),
        missing("old_unicast_checksum", Any, "checksums of keepalived before 1.3.6 are not sent"),
        key("mcast_src_ip", Address),
        key("mcast_dst_ip", Address),
        missing("track_src_ip", Nothing, "it is not looked at whether the source address is there"),
        key("use_vmac", Any),
        missing("use_vmac_addr", Nothing, "addresses with a `dev` of their own have no MAC of their own"),
        key("vmac_xmit_base", Nothing),
        missing("use_ipvlan", Any, "there are no ipvlans here"),
        key("native_ipv6", Nothing),
        key("dont_track_primary", Nothing),
        block("track_interface", Any, &TRACKED),
        block("track_script", Any, &TRACKED),
        block("track_file", Any, &TRACKED),
        block("track_process", Any, &TRACKED),
        Key { body: Some(&TRACKED), ..missing("track_bfd", Any, NO_BFD) },
        key("garp_master_delay", Number(0, MAX_U32)),
        key("garp_master_repeat", Number(0, MAX_U32)),
        key("garp_master_refresh", Number(0, MAX_U32)),
        key("garp_master_refresh_repeat", Number(0, MAX_U32)),
        key("garp_lower_prio_delay", Number(0, MAX_U32)),
        key("garp_lower_prio_repeat", Number(0, MAX_U32)),
        missing("garp_extra_if", Text, EXTRA),
        key("down_timer_adverts", Number(1, 100)),
        key("lower_prio_no_advert", Bool),
        key("higher_prio_send_advert", Bool),
        missing("owner_ignore_adverts", Bool, "the owner of the addresses listens as others do"),
        missing("timer_expired_backup", Bool, "a backup becomes master when its timer has run out"),
        needless("promote_secondaries", Nothing, "taking away one address takes no other away here"),
        needless("accept", Nothing, "packets to the addresses are always taken"),
        missing("no_accept", Nothing, "packets to the addresses are always taken"),
        key("nopreempt", Nothing),
        key("preempt", Nothing),
        key("preempt_delay", Seconds(0.0, 1000.0)),
        key("skip_check_adv_addr", Bool),
        key("strict_mode", Bool),
        needless("debug", Number(0, 4), "what is logged is the director's own choice"),
        key("notify_master", Script),
        key("notify_backup", Script),
        key("notify_fault", Script),
        key("notify_stop", Script),
        missing(
            "notify_deleted",
            Any,
            "an instance that a reload takes away ends as at the end: `notify_stop`",
        ),
        key("notify", Script),
        key("notify_master_rx_lower_pri", Script),
        key("notify_priority_changes", Bool),
        key("smtp_alert", Bool),
        needless(
            "kernel_rx_buf_size",
            Number(0, MAX_U32),
            "the sockets' buffers are as large as they need to be",
        ),
        needless("linkbeat_use_polling", Any, POLLING),
        foreign("lvs_sync_daemon_interface", Text, "it is old: write `lvs_sync_daemon` in global_defs"),
    ],
);

pub(super) static SYNC_GROUP: Block = Block::new(
    "vrrp_sync_group",
    &[
        block("group", Any, &NAMES),
        block("track_interface", Any, &TRACKED),
        block("track_script", Any, &TRACKED),
        block("track_file", Any, &TRACKED),
        block("track_process", Any, &TRACKED),
        Key { body: Some(&TRACKED), ..missing("track_bfd", Any, NO_BFD) },
        key("notify_master", Script),
        key("notify_backup", Script),
        key("notify_fault", Script),
        key("notify_stop", Script),
        missing(
            "notify_deleted",
            Any,
            "an instance that a reload takes away ends as at the end: `notify_stop`",
        ),
        key("notify", Script),
        key("notify_priority_changes", Bool),
        key("smtp_alert", Bool),
        needless("global_tracking", Nothing, "it is old, and the default"),
        key("sync_group_tracking_weight", Nothing),
    ],
);

pub(super) static SCRIPT: Block = Block::new(
    "vrrp_script",
    &[
        key("script", Script),
        key("interval", Seconds(0.000_001, MAX_TIMER)),
        key("timeout", Seconds(0.000_001, MAX_TIMER)),
        key("weight", WEIGHT),
        key("rise", Number(1, MAX_U32)),
        key("fall", Number(1, MAX_U32)),
        key("user", Text),
        key("init_fail", Nothing),
    ],
);

pub(super) static PROCESS: Block = Block::new(
    "vrrp_track_process",
    &[
        key("process", Text),
        key("param_match", OneOf(&["initial", "partial"])),
        key("weight", WEIGHT),
        key("quorum", Number(1, MAX_U32)),
        key("quorum_max", Number(0, MAX_U32)),
        key("fork_delay", Seconds(0.0, 3600.0)),
        key("terminate_delay", Seconds(0.0, 3600.0)),
        key("delay", Seconds(0.0, 3600.0)),
        key("full_command", Nothing),
    ],
);

pub(super) static TRACK_FILE: Block = Block::new(
    "track_file",
    &[
        key("file", Text),
        key("weight", Number(-(i32::MAX as i64), i32::MAX as i64)),
        needless(
            "init_file",
            Any,
            "the file is to be there before the checks begin: this program writes none",
        ),
    ],
);

pub(super) static BFD_INSTANCE: Block = Block::new(
    "bfd_instance",
    &[
        key("neighbor_ip", Address),
        key("neighbour_ip", Address),
        key("source_ip", Address),
        key("min_rx", Seconds(1.0, 1000.0)),
        key("min_tx", Seconds(1.0, 1000.0)),
        key("idle_tx", Seconds(1.0, 10_000.0)),
        key("multiplier", Number(1, 255)),
        key("passive", Nothing),
        key("ttl", Number(1, 255)),
        key("hoplimit", Number(1, 255)),
        key("max_hops", Number(0, 255)),
        key("weight", WEIGHT),
        key("vrrp", Nothing),
        key("checker", Nothing),
    ],
);

pub(super) static GARP_GROUP: Block = Block::new(
    "garp_group",
    &[
        key("garp_interval", Seconds(0.0, MAX_TIMER)),
        key("gna_interval", Seconds(0.0, MAX_TIMER)),
        key("interface", Text),
        block("interfaces", Any, &NAMES),
    ],
);

pub(super) static TRACK_GROUP: Block = Block::new("track_group", &[block("group", Any, &NAMES)]);
pub(super) static STATIC_ADDRESSES: Block = Block::free("static_ipaddress", Network);
pub(super) static STATIC_ROUTES: Block = Block::free("static_routes", Any);
pub(super) static INTERFACES: Block = Block::free("linkbeat_interfaces", Text);
