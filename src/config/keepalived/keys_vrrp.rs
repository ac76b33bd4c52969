//! The keys of VRRP: read, so that mistakes are told; what they ask for is not done yet.

use super::schema::Value::{Address, Any, Bool, Network, Nothing, Number, OneOf, Script, Seconds, Text};
use super::schema::{Block, Value, foreign, key, needless, vrrp, vrrp_block};

/// Seconds of a timer: keepalived keeps microseconds in 32 bits.
const MAX_TIMER: f64 = 4_294.967_295;
const MAX_U32: i64 = u32::MAX as i64;

/// A name, perhaps with `weight N [reverse]`.
static TRACKED: Block = Block::free("track", Text);
static NAMES: Block = Block::free("group", Text);
static ADDRESSES: Block = Block::free("virtual_ipaddress", Network);
static PEERS: Block = Block::free("unicast_peer", Address);
static ROUTES: Block = Block::free("virtual_routes", Any);

const WEIGHT: Value = Number(-254, 254);

static AUTHENTICATION: Block = Block::new(
    "authentication",
    &[vrrp("auth_type", OneOf(&["PASS", "AH", "NONE", "HMAC"])), vrrp("auth_pass", Text)],
);

pub(super) static INSTANCE: Block = Block::new(
    "vrrp_instance",
    &[
        vrrp("state", OneOf(&["MASTER", "BACKUP"])),
        vrrp("interface", Text),
        vrrp("vrf", Text),
        vrrp("version", Number(2, 3)),
        vrrp("virtual_router_id", Number(1, 255)),
        vrrp("priority", Number(1, 255)),
        vrrp("advert_int", Seconds(0.01, 255.0)),
        vrrp_block("authentication", Any, &AUTHENTICATION),
        vrrp_block("virtual_ipaddress", Any, &ADDRESSES),
        vrrp_block("virtual_ipaddress_excluded", Any, &ADDRESSES),
        vrrp("no_virtual_ipaddress", Nothing),
        vrrp_block("virtual_routes", Any, &ROUTES),
        vrrp_block("virtual_rules", Any, &ROUTES),
        vrrp_block("unicast_peer", Any, &PEERS),
        vrrp("unicast_src_ip", Address),
        vrrp("unicast_ttl", Number(0, 255)),
        vrrp("unicast_fault_no_peer", Nothing),
        vrrp("check_unicast_src", Any),
        vrrp("old_unicast_checksum", Any),
        vrrp("mcast_src_ip", Address),
        vrrp("mcast_dst_ip", Address),
        vrrp("track_src_ip", Nothing),
        vrrp("use_vmac", Any),
        vrrp("use_vmac_addr", Nothing),
        vrrp("vmac_xmit_base", Nothing),
        vrrp("use_ipvlan", Any),
        vrrp("native_ipv6", Nothing),
        vrrp("dont_track_primary", Nothing),
        vrrp_block("track_interface", Any, &TRACKED),
        vrrp_block("track_script", Any, &TRACKED),
        vrrp_block("track_file", Any, &TRACKED),
        vrrp_block("track_process", Any, &TRACKED),
        vrrp_block("track_bfd", Any, &TRACKED),
        vrrp("garp_master_delay", Number(0, MAX_U32)),
        vrrp("garp_master_repeat", Number(0, MAX_U32)),
        vrrp("garp_master_refresh", Number(0, MAX_U32)),
        vrrp("garp_master_refresh_repeat", Number(0, MAX_U32)),
        vrrp("garp_lower_prio_delay", Number(0, MAX_U32)),
        vrrp("garp_lower_prio_repeat", Number(0, MAX_U32)),
        vrrp("garp_extra_if", Text),
        vrrp("down_timer_adverts", Number(1, 100)),
        vrrp("lower_prio_no_advert", Bool),
        vrrp("higher_prio_send_advert", Bool),
        vrrp("owner_ignore_adverts", Bool),
        vrrp("timer_expired_backup", Bool),
        vrrp("promote_secondaries", Nothing),
        vrrp("accept", Nothing),
        vrrp("no_accept", Nothing),
        vrrp("nopreempt", Nothing),
        vrrp("preempt", Nothing),
        vrrp("preempt_delay", Seconds(0.0, 1000.0)),
        vrrp("skip_check_adv_addr", Bool),
        vrrp("strict_mode", Bool),
        vrrp("debug", Number(0, 4)),
        vrrp("notify_master", Script),
        vrrp("notify_backup", Script),
        vrrp("notify_fault", Script),
        vrrp("notify_stop", Script),
        vrrp("notify_deleted", Any),
        vrrp("notify", Script),
        vrrp("notify_master_rx_lower_pri", Script),
        vrrp("notify_priority_changes", Bool),
        vrrp("smtp_alert", Bool),
        vrrp("kernel_rx_buf_size", Number(0, MAX_U32)),
        vrrp("linkbeat_use_polling", Any),
        foreign("lvs_sync_daemon_interface", Text, "it is old: write `lvs_sync_daemon` in global_defs"),
    ],
);

pub(super) static SYNC_GROUP: Block = Block::new(
    "vrrp_sync_group",
    &[
        vrrp_block("group", Any, &NAMES),
        vrrp_block("track_interface", Any, &TRACKED),
        vrrp_block("track_script", Any, &TRACKED),
        vrrp_block("track_file", Any, &TRACKED),
        vrrp_block("track_process", Any, &TRACKED),
        vrrp_block("track_bfd", Any, &TRACKED),
        vrrp("notify_master", Script),
        vrrp("notify_backup", Script),
        vrrp("notify_fault", Script),
        vrrp("notify_stop", Script),
        vrrp("notify_deleted", Any),
        vrrp("notify", Script),
        vrrp("notify_priority_changes", Bool),
        vrrp("smtp_alert", Bool),
        vrrp("global_tracking", Nothing),
        vrrp("sync_group_tracking_weight", Nothing),
    ],
);

pub(super) static SCRIPT: Block = Block::new(
    "vrrp_script",
    &[
        vrrp("script", Script),
        vrrp("interval", Seconds(0.000_001, MAX_TIMER)),
        vrrp("timeout", Seconds(0.000_001, MAX_TIMER)),
        vrrp("weight", WEIGHT),
        vrrp("rise", Number(1, MAX_U32)),
        vrrp("fall", Number(1, MAX_U32)),
        vrrp("user", Text),
        vrrp("init_fail", Nothing),
    ],
);

pub(super) static PROCESS: Block = Block::new(
    "vrrp_track_process",
    &[
        vrrp("process", Text),
        vrrp("param_match", OneOf(&["initial", "partial"])),
        vrrp("weight", WEIGHT),
        vrrp("quorum", Number(1, MAX_U32)),
        vrrp("quorum_max", Number(0, MAX_U32)),
        vrrp("fork_delay", Seconds(0.0, 3600.0)),
        vrrp("terminate_delay", Seconds(0.0, 3600.0)),
        vrrp("delay", Seconds(0.0, 3600.0)),
        vrrp("full_command", Nothing),
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
        vrrp("neighbor_ip", Address),
        vrrp("neighbour_ip", Address),
        vrrp("source_ip", Address),
        vrrp("min_rx", Seconds(1.0, 1000.0)),
        vrrp("min_tx", Seconds(1.0, 1000.0)),
        vrrp("idle_tx", Seconds(1.0, 10_000.0)),
        vrrp("multiplier", Number(1, 255)),
        vrrp("passive", Nothing),
        vrrp("ttl", Number(1, 255)),
        vrrp("hoplimit", Number(1, 255)),
        vrrp("max_hops", Number(0, 255)),
        vrrp("weight", WEIGHT),
        vrrp("vrrp", Nothing),
        vrrp("checker", Nothing),
    ],
);

pub(super) static GARP_GROUP: Block = Block::new(
    "garp_group",
    &[
        vrrp("garp_interval", Seconds(0.0, MAX_TIMER)),
        vrrp("gna_interval", Seconds(0.0, MAX_TIMER)),
        vrrp("interface", Text),
        vrrp_block("interfaces", Any, &NAMES),
    ],
);

pub(super) static TRACK_GROUP: Block = Block::new("track_group", &[vrrp_block("group", Any, &NAMES)]);
pub(super) static STATIC_ADDRESSES: Block = Block::free("static_ipaddress", Network);
pub(super) static STATIC_ROUTES: Block = Block::free("static_routes", Any);
pub(super) static INTERFACES: Block = Block::free("linkbeat_interfaces", Text);
