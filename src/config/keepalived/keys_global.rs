//! The keys outside of all blocks, and those of `global_defs` and `SSL`.

use super::keys_lvs::{GROUP, VIRTUAL_SERVER};
use super::keys_vrrp::{
    BFD_INSTANCE, GARP_GROUP, INSTANCE, INTERFACES, POLLING, PROCESS, SCRIPT, STATIC_ADDRESSES,
    STATIC_ROUTES, SYNC_GROUP, TRACK_FILE, TRACK_GROUP,
};
use super::schema::Value::{Address, Any, Bool, Nothing, Number, Pause, Script, Seconds, Text};
use super::schema::{Block, Key, block, key, missing, needless};

/// Seconds of a timer: keepalived keeps microseconds in 32 bits.
const MAX_TIMER: f64 = 4_294.967_295;
const MAX_U32: i64 = u32::MAX as i64;

const ONE_PROCESS: &str = "there are no such processes here: one program does it all";
const NO_FIREWALL: &str =
    "this program sets no rules of a packet filter: it takes packets before they get there";
const NO_SNMP: &str = "there is no SNMP agent here; counters are in `ulvs status -o json`";
const NO_DBUS: &str = "there is no D-Bus here; changes are told by `ulvs watch`";
const NO_NETLINK: &str = "this program does not use these sockets";
const NO_BUFFER: &str = "the sockets' buffers are as large as they need to be";
const RELOAD: &str = "a reload here always checks the whole text first, and a wrong one changes nothing";
const NAMESPACE: &str = "this program stays in the network namespace that it was started in; start it there with \
                         `ip netns exec`";
const FIFO_SCRIPT: &str = "the program at the other end of a pipe is not started here; start it by itself";
const STATIC: &str =
    "addresses, routes and rules of the host are not set here; leave them to its network configuration";
const DUMPS: &str = "state is not written to files: ask `ulvs status -o json`";

pub(super) static ROOT: Block = Block::new(
    "",
    &[
        block("global_defs", Any, &GLOBAL),
        block("virtual_server", Text, &VIRTUAL_SERVER),
        block("virtual_server_group", Text, &GROUP),
        block("SSL", Any, &SSL),
        block("track_file", Text, &TRACK_FILE),
        block("vrrp_track_file", Text, &TRACK_FILE),
        block("vrrp_instance", Text, &INSTANCE),
        block("vrrp_sync_group", Text, &SYNC_GROUP),
        block("vrrp_script", Text, &SCRIPT),
        block("vrrp_track_process", Text, &PROCESS),
        block("track_process", Text, &PROCESS),
        Key {
            body: Some(&GARP_GROUP),
            ..missing("garp_group", Any, "write vrrp_garp_interval in global_defs")
        },
        Key { body: Some(&TRACK_GROUP), ..missing("track_group", Text, STATIC) },
        Key {
            body: Some(&INTERFACES),
            ..missing("interface_up_down_delays", Any, "interfaces count at once")
        },
        Key { body: Some(&INTERFACES), ..needless("linkbeat_interfaces", Any, POLLING) },
        needless("linkbeat_use_polling", Any, POLLING),
        Key { body: Some(&BFD_INSTANCE), ..missing("bfd_instance", Text, "BFD is not spoken here") },
        Key { body: Some(&STATIC_ADDRESSES), ..missing("static_ipaddress", Any, STATIC) },
        Key { body: Some(&STATIC_ROUTES), ..missing("static_routes", Any, STATIC) },
        Key { body: Some(&STATIC_ROUTES), ..missing("static_rules", Any, STATIC) },
        missing("net_namespace", Text, NAMESPACE),
        missing("net_namespace_ipvs", Any, NAMESPACE),
        needless("namespace_with_ipsets", Any, NO_FIREWALL),
        needless("use_pid_dir", Any, "there are no pid files"),
        needless("instance", Text, "there are no pid files that would need a name of their own"),
        needless("child_wait_time", Number(0, MAX_U32), ONE_PROCESS),
    ],
);

/// Certificates of SSL_GET.
pub(super) static SSL: Block = Block::new(
    "SSL",
    &[
        missing("password", Text, CERTIFICATE),
        missing("certificate", Text, CERTIFICATE),
        missing("key", Text, CERTIFICATE),
        needless("ca", Text, "SSL_GET takes every certificate, here and in keepalived"),
    ],
);
const CERTIFICATE: &str = "SSL_GET does not show a certificate of its own";

static MAIL: Block = Block::free("notification_email", Text);

pub(super) static GLOBAL: Block = Block::new(
    "global_defs",
    &[
        block("notification_email", Any, &MAIL),
        key("notification_email_from", Text),
        key("smtp_server", Text),
        key("smtp_helo_name", Text),
        key("smtp_connect_timeout", Number(0, MAX_U32)),
        key("smtp_alert", Bool),
        key("smtp_alert_checker", Bool),
        key("smtp_alert_vrrp", Bool),
        missing("no_email_faults", Nothing, "mail tells of faults as of other changes"),
        key("no_checker_emails", Any),
        key("router_id", Text),
        key("script_user", Text),
        needless("enable_script_security", Any, "who may change a script is not looked at here"),
        key("startup_script", Script),
        key("startup_script_timeout", Number(1, 1000)),
        key("shutdown_script", Script),
        key("shutdown_script_timeout", Number(1, 1000)),
        key("lvs_timeouts", Any),
        needless("lvs_flush", Any, "the table is always made to be what the file says"),
        needless("lvs_flush_on_stop", Any, "the table ends with this program"),
        needless("lvs_flush_onstop", Any, "the table ends with this program"),
        key("lvs_sync_daemon", Text),
        key("checker_log_all_failures", Any),
        missing("rs_init_notifies", Any, "notify_up and notify_down run at changes alone, not at the start"),
        key("notify_fifo", Text),
        missing("notify_fifo_script", Script, FIFO_SCRIPT),
        key("lvs_notify_fifo", Text),
        missing("lvs_notify_fifo_script", Script, FIFO_SCRIPT),
        key("vrrp_notify_fifo", Text),
        missing("vrrp_notify_fifo_script", Script, FIFO_SCRIPT),
        missing("fifo_write_vrrp_states_on_reload", Any, "pipes are told of changes alone"),
        key("vrrp_mcast_group4", Address),
        key("vrrp_mcast_group6", Address),
        key("default_interface", Text),
        key("vrrp_garp_master_delay", Number(0, MAX_U32)),
        key("vrrp_garp_master_repeat", Number(0, MAX_U32)),
        key("vrrp_garp_master_refresh", Number(0, MAX_U32)),
        key("vrrp_garp_master_refresh_repeat", Number(0, MAX_U32)),
        key("vrrp_garp_lower_prio_delay", Number(0, MAX_U32)),
        key("vrrp_garp_lower_prio_repeat", Number(0, MAX_U32)),
        key("vrrp_garp_interval", Pause(MAX_TIMER)),
        key("vrrp_gna_interval", Pause(MAX_TIMER)),
        key("vrrp_min_garp", Bool),
        missing(
            "vrrp_garp_extra_if",
            Text,
            "gratuitous ARP goes out where the addresses are, and nowhere else",
        ),
        key("vrrp_down_timer_adverts", Number(1, 100)),
        key("vrrp_lower_prio_no_advert", Bool),
        key("vrrp_higher_prio_send_advert", Bool),
        key("vrrp_version", Number(2, 3)),
        missing("v3_checksum_as_v2", Bool, "checksums of version 3 are as RFC 9568 has them"),
        key("vrrp_check_unicast_src", Any),
        key("vrrp_skip_check_adv_addr", Any),
        key("vrrp_strict", Any),
        key("vrrp_notify_priority_changes", Bool),
        missing("vrrp_startup_delay", Seconds(0.0, MAX_TIMER), "virtual routers begin at once"),
        needless("log_unknown_vrids", Any, "advertisements of others are counted, not logged"),
        missing("vmac_prefix", Text, "interfaces of virtual routers are called vrrp.NUMBER"),
        missing("vmac_addr_prefix", Text, "interfaces of virtual routers are called vrrp.NUMBER"),
        needless("dynamic_interfaces", Any, "interfaces may always come and go"),
        needless("vrrp_rx_bufs_policy", Text, NO_BUFFER),
        needless("vrrp_rx_bufs_multiplier", Number(1, MAX_U32), NO_BUFFER),
        needless("disable_local_igmp", Any, NO_FIREWALL),
        needless("nftables", Any, NO_FIREWALL),
        needless("nftables_priority", Text, NO_FIREWALL),
        needless("nftables_counters", Any, NO_FIREWALL),
        needless("nftables_ifindex", Any, NO_FIREWALL),
        needless("nftables_ipvs", Any, NO_FIREWALL),
        needless("nftables_ipvs_priority", Text, NO_FIREWALL),
        needless("nftables_ipvs_start_fwmark", Text, NO_FIREWALL),
        needless("vrrp_iptables", Any, NO_FIREWALL),
        needless("vrrp_ipsets", Any, NO_FIREWALL),
        needless("max_auto_priority", Any, ONE_PROCESS),
        needless("min_auto_priority_delay", Text, ONE_PROCESS),
        needless("vrrp_priority", Number(-20, 19), ONE_PROCESS),
        needless("checker_priority", Number(-20, 19), ONE_PROCESS),
        needless("bfd_priority", Number(-20, 19), ONE_PROCESS),
        needless("vrrp_rt_priority", Text, ONE_PROCESS),
        needless("checker_rt_priority", Text, ONE_PROCESS),
        needless("bfd_rt_priority", Text, ONE_PROCESS),
        needless("vrrp_rlimit_rttime", Text, ONE_PROCESS),
        needless("checker_rlimit_rttime", Text, ONE_PROCESS),
        needless("bfd_rlimit_rttime", Text, ONE_PROCESS),
        needless("vrrp_rlimit_rtime", Text, ONE_PROCESS),
        needless("checker_rlimit_rtime", Text, ONE_PROCESS),
        needless("bfd_rlimit_rtime", Text, ONE_PROCESS),
        needless("vrrp_no_swap", Any, ONE_PROCESS),
        needless("checker_no_swap", Any, ONE_PROCESS),
        needless("bfd_no_swap", Any, ONE_PROCESS),
        needless("vrrp_cpu_affinity", Text, ONE_PROCESS),
        needless("checker_cpu_affinity", Text, ONE_PROCESS),
        needless("bfd_cpu_affinity", Text, ONE_PROCESS),
        needless("process_names", Any, ONE_PROCESS),
        needless("process_name", Text, ONE_PROCESS),
        needless("vrrp_process_name", Text, ONE_PROCESS),
        needless("checker_process_name", Text, ONE_PROCESS),
        needless("lvs_process_name", Text, ONE_PROCESS),
        needless("bfd_process_name", Text, ONE_PROCESS),
        needless("snmp_socket", Any, NO_SNMP),
        needless("enable_snmp_keepalived", Any, NO_SNMP),
        needless("enable_snmp_vrrp", Any, NO_SNMP),
        needless("enable_snmp_checker", Any, NO_SNMP),
        needless("enable_snmp_rfc", Any, NO_SNMP),
        needless("enable_snmp_rfcv2", Any, NO_SNMP),
        needless("enable_snmp_rfcv3", Any, NO_SNMP),
        needless("enable_traps", Any, NO_SNMP),
        needless("enable_dbus", Any, NO_DBUS),
        needless("dbus_service_name", Text, NO_DBUS),
        needless("dbus_no_interface_name", Any, NO_DBUS),
        needless("vrrp_netlink_cmd_rcv_bufs", Text, NO_NETLINK),
        needless("vrrp_netlink_cmd_rcv_bufs_force", Bool, NO_NETLINK),
        needless("vrrp_netlink_monitor_rcv_bufs", Text, NO_NETLINK),
        needless("vrrp_netlink_monitor_rcv_bufs_force", Bool, NO_NETLINK),
        needless("lvs_netlink_cmd_rcv_bufs", Text, NO_NETLINK),
        needless("lvs_netlink_cmd_rcv_bufs_force", Bool, NO_NETLINK),
        needless("lvs_netlink_monitor_rcv_bufs", Text, NO_NETLINK),
        needless("lvs_netlink_monitor_rcv_bufs_force", Bool, NO_NETLINK),
        needless("process_monitor_rcv_bufs", Text, NO_BUFFER),
        needless("process_monitor_rcv_bufs_force", Bool, NO_BUFFER),
        needless("umask", Any, "this program's own umask is used for what it writes"),
        needless("random_seed", Text, "`${_RANDOM}` is the same number whenever a host reads the file"),
        needless("reload_check_config", Any, RELOAD),
        missing(
            "reload_time_file",
            Text,
            "a reload is asked for, not waited for: `ulvs reload` at that time",
        ),
        missing("reload_repeat", Any, "a reload is asked for, not waited for: `ulvs reload` at that time"),
        missing("reload_file", Any, "a reload is asked for, not waited for: `ulvs reload`"),
        needless(
            "config_save_dir",
            Text,
            "nothing is saved before a reload: `ulvs diff` shows what it would do",
        ),
        needless("tmp_config_directory", Text, "the text is read once, and never copied"),
        needless("include_check", Any, "a file that cannot be included is always told"),
        needless("data_use_instance", Bool, DUMPS),
        needless("json_version", Number(1, 2), DUMPS),
        needless("state_dump_file", Text, DUMPS),
        needless("stats_dump_file", Text, DUMPS),
        needless("json_dump_file", Text, DUMPS),
        needless("iproute_etc_dir", Text, "names of routing tables are not needed here"),
        needless("iproute_usr_dir", Text, "names of routing tables are not needed here"),
    ],
);
