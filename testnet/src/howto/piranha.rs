//! howto-4: Piranha.

use super::client::{alternate, shares};
use super::course::Course;
use super::site::{Machine, Site};
use crate::plan::{CLIENT, DIRECTOR};
use anyhow::Result;
use std::io::ErrorKind;
use std::time::Duration;

/// nanny asks every 6 seconds, for at most 6; and a little.
const DOWN: Duration = Duration::from_secs(6 + 6 + 8);
/// Three successes fill the re-entry time of 15 seconds; and a little.
const UP: Duration = Duration::from_secs(3 * 6 + 6 + 8);

/// The deadtime of 18 seconds, and a little.
const DEAD: Duration = Duration::from_secs(18 + 12);
/// A heartbeat, and a little.
const SOON: Duration = Duration::from_secs(6 + 4);

/// The other director.
const BACKUP: &str = "backup";
const CONF: &str = "/etc/sysconfig/ha/lvs.cf";
const NAMES: [&str; 2] = ["desktop52.example.com", "desktop53.example.com"];
const SERVICE: &str = "TCP 192.168.2.253:80 rr\n";
const FIRST: &str = "-> 192.168.2.52:80 Route 1 * *\n";
const SECOND: &str = "-> 192.168.2.53:80 Route 1 * *\n";

pub(super) fn site() -> Result<Site> {
    let machine = |host, name, addresses| Machine { host, name, interface: "eth0", addresses, gateway: None };
    let machines = [
        machine(CLIENT, "client", &["192.168.2.1/24"]),
        machine(DIRECTOR, "server62.example.com", &["192.168.2.162/24"]),
        machine(BACKUP, "server63.example.com", &["192.168.2.163/24"]),
        machine("rs1", NAMES[0], &["192.168.2.52/24"]),
        machine("rs2", NAMES[1], &["192.168.2.53/24"]),
    ];
    Site::new("192.168.2.253", false, &machines)
}

/// The primary's pulse ends, without a farewell; then it is started again, and nothing moves back until the backup's ends.
fn fail_over(course: &mut Course<'_>) -> Result<()> {
    course.headline("2) pulse is stopped on the primary");
    course.stop_director(DIRECTOR, "/etc/init.d/pulse stop")?;
    let seen = course.wait_for_log(BACKUP, &["partner dead: activating lvs"], DEAD)?;
    course.promise("after 18 seconds of silence the backup takes over", seen);
    let vip = course.vip(80);
    let pages = course.gets(CLIENT, "curl 192.168.2.253", vip, "/", 6)?;
    course.promise("the pages of both real servers in turn, by the backup", alternate(&pages, NAMES));
    let seen = course.vip_is_directors(CLIENT, BACKUP)?;
    course.promise("the segment hears of the VIP from the backup alone", seen);

    course.headline("pulse is started on the primary again, and stopped on the backup");
    course.start_director(DIRECTOR, "/etc/init.d/pulse start", Some(CONF))?;
    let shown = course.must(DIRECTOR, "ip -o -4 address show dev eth0")?;
    let seen = if shown.contains("192.168.2.253/24") { Err(shown) } else { Ok(()) };
    course.promise("a primary that returns does not take the VIP back", seen);
    course.stop_director(BACKUP, "/etc/init.d/pulse stop")?;
    let seen = course.wait_for_log(DIRECTOR, &["partner dead: activating lvs"], DEAD)?;
    course.promise("it does when the backup is silent", seen);
    Ok(())
}

pub(super) fn follow(course: &mut Course<'_>) -> Result<()> {
    course.headline("The real servers: the VIP on eth0:1, and arptables");
    for (server, rip) in [("rs1", "192.168.2.52"), ("rs2", "192.168.2.53")] {
        course.must(server, "ifconfig eth0:1 192.168.2.253 netmask 255.255.255.255")?;
        course.must(server, "arptables -A IN -d 192.168.2.253 -j DROP")?;
        course.must(server, &format!("arptables -A OUT -s 192.168.2.253 -j mangle --mangle-ip-s {rip}"))?;
        course.must(server, "service arptables_jf save")?;
        course.must(server, "echo `hostname` > /var/www/html/index.html")?;
        course.start_web(server, &[80])?;
    }
    course.why(
        "Here the VIP is an address of eth0 itself, so arp_ignore=1 would not keep it silent: ARP for it is dropped, and \
         what\nleaves is made to come from the RIP. (The lab's arptables makes the VIP the host's own affair, scope host, \
         with\narp_ignore=3 and arp_announce=2: the same silence without a packet filter.)",
    );

    course.headline("The director: lvs.cf as piranha-gui writes it");
    course.file(DIRECTOR, CONF, include_str!("files/lvs.cf"))?;
    course.shell(DIRECTOR, &format!("ulvs check {CONF}"))?;
    course.start_director(DIRECTOR, "/etc/init.d/pulse start", Some(CONF))?;
    course.headline("The backup: the same lvs.cf, copied by hand");
    course.say(&format!("[root@server62 ~]# scp {CONF} server63:{CONF}\n"));
    course.quiet_file(BACKUP, CONF, include_str!("files/lvs.cf"))?;
    course.start_director(BACKUP, "/etc/init.d/pulse start", Some(CONF))?;
    let seen = course.wait_for_log(
        DIRECTOR,
        &["STARTING PULSE AS MASTER", "backup inactive: activating lvs"],
        SOON,
    )?;
    course.promise("the primary hears that the backup is not active, and becomes it", seen);
    let seen = course.wait_for_log(BACKUP, &["STARTING PULSE AS BACKUP"], SOON)?;
    course.promise("the backup is in reserve", seen);
    let shown = course.must(DIRECTOR, "ip -o -4 address show dev eth0")?;
    let seen =
        if shown.contains("192.168.2.253/24") && shown.contains("eth0:1") { Ok(()) } else { Err(shown) };
    course.promise("the VIP is on the primary's eth0:1", seen);
    let both = format!("{SERVICE}{FIRST}{SECOND}");
    let seen = course.listing(DIRECTOR, "ipvsadm -ln", &both, UP)?;
    course.promise("after pulse's start: the service with rr, and both real servers", seen);
    course.why(
        "pulse started lvsd, lvsd a nanny for each real server; the first good answer counts at once. One program does it \
         here.\nThe table is on the backup, too, and its checks run: when it takes over, it knows whom to send to.",
    );

    course.headline("1) Pages in turn");
    let vip = course.vip(80);
    let pages = course.gets(CLIENT, "curl 192.168.2.253", vip, "/", 6)?;
    course.promise("the pages of both real servers in turn", alternate(&pages, NAMES));
    let seen = course.vip_is_directors(CLIENT, DIRECTOR)?;
    course.promise("the segment hears of the VIP from the director alone", seen);
    course.hop_by_hop()?;

    fail_over(course)?;

    course.headline("3) httpd is stopped on one real server, then on both");
    course.stop_web("rs1");
    let seen = course.listing(DIRECTOR, "ipvsadm -ln", &format!("{SERVICE}{SECOND}"), DOWN)?;
    course.promise("httpd stopped on one: its row goes from the table", seen);
    let pages = course.gets(CLIENT, "curl 192.168.2.253", vip, "/", 4)?;
    course.promise("all requests go to the other", shares(&pages, &[(NAMES[1], 4)]));
    course.stop_web("rs2");
    let seen = course.listing(DIRECTOR, "ipvsadm -ln", SERVICE, DOWN)?;
    course.promise("httpd stopped on both: the service has no row left", seen);
    let refusal = course.refusal(CLIENT, vip)?;
    course.gets(CLIENT, "curl 192.168.2.253", vip, "/", 1)?;
    let seen =
        if refusal == Some(ErrorKind::ConnectionRefused) { Ok(()) } else { Err(format!("{refusal:?}")) };
    course.promise("clients are refused at once while nobody serves", seen);

    course.headline("httpd is started again");
    course.why("timeout 6, reentry 15: a real server that was down needs three good answers in a row.");
    for server in ["rs1", "rs2"] {
        course.start_web(server, &[80])?;
    }
    let first = course.listing(DIRECTOR, "ipvsadm -ln", &both, UP)?;
    course.promise("both are back in the table", first);
    let pages = course.gets(CLIENT, "curl 192.168.2.253", vip, "/", 4)?;
    course.promise("and serve in turn", alternate(&pages, NAMES));
    let lines = [
        "[inactive] shutting down 192.168.2.52:80 due to connection failure",
        "[inactive] shutting down 192.168.2.53:80 due to connection failure",
        "[ active ] making 192.168.2.5",
    ];
    let seen = course.log_has(DIRECTOR, "tail /var/log/messages", &lines)?;
    course.promise("the log says so in nanny's words", seen);
    Ok(())
}
