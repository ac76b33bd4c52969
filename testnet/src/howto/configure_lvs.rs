//! howto-1: configure-lvs.

use super::client::alternate;
use super::course::Course;
use super::site::{Machine, Site};
use crate::plan::{CLIENT, DIRECTOR};
use anyhow::Result;
use std::time::Duration;

const AT_ONCE: Duration = Duration::from_secs(5);
const SERVERS: [&str; 2] = ["rs1", "rs2"];

/// The document's rc.local of the real servers.
const RC_LOCAL: &str = "\
echo 1 > /proc/sys/net/ipv4/conf/all/hidden
ifconfig dummy0 up
ifconfig dummy0 192.168.0.101 netmask 255.255.255.0 broadcast 192.168.0.0 up
echo 1 > /proc/sys/net/ipv4/conf/dummy0/hidden
echo 1 > /proc/sys/net/ipv4/ip_forward
";

/// And of the director.
const DIRECTORS_RC_LOCAL: &str = "\
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/ipv4/ip_always_defrag
echo 10 > /proc/sys/net/ipv4/vs/debug_level
";

const HOSTS: &str =
    "127.0.0.1 localhost\n192.168.0.1 vs1\n192.168.0.3 rs1\n192.168.0.4 rs2\n192.168.0.200 client\n";
/// As Red Hat 6.2 has them: port 80 is called www.
const SERVICES: &str = "telnet 23/tcp\nwww 80/tcp http\n";

const WITH_TELNET: &str = "\
IP Virtual Server version 1.0.6 (size=4096)
Prot LocalAddress:Port Scheduler Flags
-> RemoteAddress:Port             Forward Weight ActiveConn InActConn
TCP  192.168.0.101:telnet rr
-> rs2:telnet                     Route   1      1          0
-> rs1:telnet                     Route   1      1          0
TCP  192.168.0.101:www rr
-> rs2:www                        Route   1      0          0
-> rs1:www                        Route   1      0          0
";

/// The document's listing after nine pages. Its telnet windows were closed long before; here they are remembered as
/// inactive for two minutes.
const WITH_WWW: &str = "\
TCP  192.168.0.101:telnet rr
-> rs2:telnet                     Route   1      0          1
-> rs1:telnet                     Route   1      0          1
TCP  192.168.0.101:www rr
-> rs2:www                        Route   1      0          5
-> rs1:www                        Route   1      0          4
";

pub(super) fn site() -> Result<Site> {
    let machine = |host, name, addresses| Machine { host, name, interface: "eth0", addresses, gateway: None };
    let machines = [
        machine(CLIENT, "client", &["192.168.0.200/24"]),
        machine(DIRECTOR, "vs1", &["192.168.0.1/24"]),
        machine("rs1", "rs1", &["192.168.0.3/24"]),
        machine("rs2", "rs2", &["192.168.0.4/24"]),
    ];
    let mut site = Site::new("192.168.0.101", false, &machines)?;
    for server in SERVERS {
        site.dummy(server, "dummy0");
    }
    Ok(site)
}

pub(super) fn follow(course: &mut Course<'_>) -> Result<()> {
    course.headline("The real servers: the VIP on dummy0, silent about it");
    for host in [CLIENT, DIRECTOR, "rs1", "rs2"] {
        course.quiet_file(host, "/etc/hosts", HOSTS)?;
        course.quiet_file(host, "/etc/services", SERVICES)?;
    }
    for (number, server) in (1..).zip(SERVERS) {
        course.quiet_file(server, "/etc/rc.d/rc.local", RC_LOCAL)?;
        if number == 1 {
            course.must(server, "cat /etc/rc.d/rc.local")?;
        }
        course.shell(server, "sh /etc/rc.d/rc.local")?;
        course.must(
            server,
            "cd /proc/sys/net/ipv4/conf/all && echo 1 > arp_ignore && echo 2 > arp_announce   # what `hidden` is today",
        )?;
        course.start_web(server, &[80])?;
        let page = format!("<HTML>\n<BODY>\n我是real server #{number}\n</BODY>\n</HTML>\n");
        course.quiet_file(server, "/var/www/html/test.html", &page)?;
        course.greeter(server, 23, &format!("[guest@{server} guest]$ "))?;
    }
    course.why(
        "Every real server has the VIP, or it would not take packets to it; and none may say so when the segment asks \
         who\nhas it. `hidden` was a patch's switch for that. Linux has had arp_ignore and arp_announce in its place \
         since 2.4.26.",
    );

    course.headline("The director: lvs_dr.conf as it is");
    course.file(DIRECTOR, "/etc/lvs/lvs_dr.conf", include_str!("files/lvs_dr.conf"))?;
    course.quiet_file(DIRECTOR, "/etc/rc.d/rc.local", DIRECTORS_RC_LOCAL)?;
    course.shell(DIRECTOR, "sh /etc/rc.d/rc.local")?;
    course.why("(These two switches are of the patch for Linux 2.2; the director needs none of the three.)");
    course.shell(DIRECTOR, "ulvs check /etc/lvs/lvs_dr.conf")?;
    course.start_director(DIRECTOR, "/etc/lvs/rc.lvs_dr", Some("/etc/lvs/lvs_dr.conf"))?;

    course.headline("telnet, twice");
    let mut windows = Vec::new();
    let mut prompts = Vec::new();
    for _ in 0..2 {
        course.prompt(CLIENT, "telnet 192.168.0.101");
        match course.telnet(CLIENT, course.vip(23)) {
            Ok((window, prompt)) => {
                course.say(&format!("{prompt}\n"));
                windows.push(window);
                prompts.push(prompt.trim().to_owned());
            }
            Err(error) => course.say(&format!("{error:#}\n")),
        }
    }
    let seen = alternate(&prompts, ["[guest@rs1 guest]$", "[guest@rs2 guest]$"]);
    course.promise("telnet: one window is on rs1, the next on rs2", seen);
    let seen = course.listing(DIRECTOR, "ipvsadm", WITH_TELNET, AT_ONCE)?;
    course.promise("ipvsadm: both services by name, one active telnet on each real server", seen);
    course.why(
        "ActiveConn counts connections that are established. A window that is closed becomes InActConn.",
    );
    drop(windows);

    course.headline("www");
    let vip = course.vip(80);
    let command = "while true; do lynx -dump http://192.168.0.101/test.html; sleep 1; done";
    let pages = course.gets(CLIENT, command, vip, "/test.html", 9)?;
    let seen = alternate(&pages, ["我是real server #1", "我是real server #2"]);
    course.promise("www: the pages of both real servers in turn", seen);
    let seen = course.listing(DIRECTOR, "ipvsadm", WITH_WWW, AT_ONCE)?;
    course.promise(
        "ipvsadm: of nine pages 5 are in rs2's InActConn and 4 in that of rs1, and no telnet is active",
        seen,
    );
    let seen = course.vip_is_directors(CLIENT, DIRECTOR)?;
    course.promise("the segment hears of the VIP from the director alone", seen);
    course.hop_by_hop()
}
