//! howto-3: direct routing, set up by hand.

use super::client::alternate;
use super::course::Course;
use super::site::{Machine, Site};
use crate::plan::{CLIENT, DIRECTOR};
use anyhow::Result;
use std::time::Duration;

const AT_ONCE: Duration = Duration::from_secs(5);
const SCRIPTS: &str = "/etc/sysconfig/network-scripts";

const LISTING: &str = "\
TCP 192.168.8.200:80 rr
-> 192.168.8.20:80 Route 1 * *
-> 192.168.8.30:80 Route 1 * *
";
/// Six requests; connections, packets and bytes in; of answers the director sees none.
const STATS: &str = "\
TCP 192.168.8.200:80 6 * 0 * 0
-> 192.168.8.20:80 3 * 0 * 0
-> 192.168.8.30:80 3 * 0 * 0
";

pub(super) fn site() -> Result<Site> {
    let machine =
        |host, name, addresses| Machine { host, name, interface: "ens33", addresses, gateway: None };
    let machines = [
        machine(CLIENT, "client", &["192.168.8.100/24"]),
        machine(DIRECTOR, "lvs", &["192.168.8.10/24"]),
        machine("rs1", "node1", &["192.168.8.20/24"]),
        machine("rs2", "node2", &["192.168.8.30/24"]),
    ];
    Site::new("192.168.8.200", true, &machines)
}

pub(super) fn follow(course: &mut Course<'_>) -> Result<()> {
    course.headline("The director: the VIP on ens33:0");
    course.file(DIRECTOR, &format!("{SCRIPTS}/ifcfg-ens33:0"), include_str!("files/ifcfg-ens33-0"))?;
    course.must(DIRECTOR, "ifup ens33:0")?;
    let shown = course.must(DIRECTOR, "ifconfig ens33:0")?;
    let seen = has(&shown, &["inet addr:192.168.8.200", "Mask:255.255.255.0"]);
    course.promise("ifconfig ens33:0 shows the VIP on the director", seen);
    course.start_director(DIRECTOR, "yum install ipvsadm -y", None)?;
    for command in [
        "ipvsadm -A -t 192.168.8.200:80 -s rr",
        "ipvsadm -a -t 192.168.8.200:80 -r 192.168.8.20:80 -g -w 1",
        "ipvsadm -a -t 192.168.8.200:80 -r 192.168.8.30:80 -g -w 1",
    ] {
        course.must(DIRECTOR, command)?;
    }
    let seen = course.listing(DIRECTOR, "ipvsadm -Ln", LISTING, AT_ONCE)?;
    course.promise("ipvsadm -Ln: the service with rr, both real servers with Route and weight 1", seen);
    course.why(
        "-A makes a virtual service, -a gives it a real server; -g is direct routing: the frame gets the real server's \
         MAC\naddress, the packet stays as it is. (What -m and -i do instead: cargo lab nat, cargo lab tun.)",
    );

    course.headline("The real servers: the VIP on lo:0, and silence about it");
    let mut shown = String::new();
    for (server, name) in [("rs1", "node1"), ("rs2", "node2")] {
        if server == "rs1" {
            course.file(server, &format!("{SCRIPTS}/ifcfg-lo:0"), include_str!("files/ifcfg-lo-0"))?;
        } else {
            course.quiet_file(server, &format!("{SCRIPTS}/ifcfg-lo:0"), include_str!("files/ifcfg-lo-0"))?;
        }
        for command in [
            "ifup lo:0",
            "route add -host 192.168.8.200 dev lo:0",
            "echo 1 > /proc/sys/net/ipv4/conf/all/arp_ignore",
            "echo 1 > /proc/sys/net/ipv4/conf/lo/arp_ignore",
            "echo 2 > /proc/sys/net/ipv4/conf/lo/arp_announce",
            "echo 2 > /proc/sys/net/ipv4/conf/all/arp_announce",
        ] {
            course.must(server, command)?;
        }
        shown += &course.must(server, "ifconfig lo:0")?;
        course.start_web(server, &[80])?;
        course.quiet_file(server, "/var/www/html/index.html", &format!("{name}\n"))?;
    }
    let seen = if shown.matches("inet addr:192.168.8.200  Mask:255.255.255.255").count() == 2 {
        Ok(())
    } else {
        Err(shown.trim().to_owned())
    };
    course.promise("both real servers have the VIP on lo:0, with a mask of all ones", seen);
    course.why(
        "arp_ignore=1: answer only for addresses of the interface that was asked; lo never is. arp_announce=2: never \
         ask\nas the VIP. Without them a client may learn a real server's MAC address for the VIP, and pass the director \
         by.",
    );

    course.headline("Requests");
    let pages = course.gets(CLIENT, "curl 192.168.8.200", course.vip(80), "/", 6)?;
    course.promise("the pages of both real servers in turn", alternate(&pages, ["node1", "node2"]));
    let seen = course.listing(DIRECTOR, "ipvsadm -Ln --stats", STATS, AT_ONCE)?;
    course.promise("ipvsadm -Ln --stats: three connections each, and no packet out", seen);
    course.why("OutPkts is 0: answers go from the real servers straight to the client.");
    let seen = course.vip_is_directors(CLIENT, DIRECTOR)?;
    course.promise("the segment hears of the VIP from the director alone", seen);
    course.hop_by_hop()
}

/// All of these are there.
fn has(text: &str, parts: &[&str]) -> Result<(), String> {
    if parts.iter().all(|part| text.contains(part)) { Ok(()) } else { Err(text.trim().to_owned()) }
}
