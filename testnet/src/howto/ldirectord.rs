//! howto-5: ldirectord.

use super::client::shares;
use super::course::Course;
use super::site::{Machine, Site};
use crate::plan::{CLIENT, DIRECTOR, ROUTER};
use anyhow::Result;
use std::io::ErrorKind;
use std::time::Duration;

const AT_ONCE: Duration = Duration::from_secs(5);
/// checkinterval 1, checktimeout 3, and a little.
const CHECKED: Duration = Duration::from_secs(1 + 3 + 16);

const CONF: &str = "/etc/ha.d/ldirectord.cf";
const PAGE: &str = "/var/www/html/test.html";
const SORRY: &str = "Sorror,Server Down!";
const MARK: &str = "iptables -t mangle -A PREROUTING -d 10.0.0.100 -p tcp -m multiport --dports 80,443 -j MARK --set-mark 10";

/// The document's rules for its router.
const FIREWALL: [&str; 3] = [
    "iptables -A FORWARD -p tcp -m multiport --dports 80,443 -j ACCEPT",
    "iptables -I FORWARD -m state --state ESTABLISHED,RELATED -j ACCEPT",
    "iptables -A FORWARD -j REJECT",
];

const BY_SCRIPT: &str = "\
TCP 10.0.0.100:80 wrr
-> 192.168.159.102:80 Route 1 0 0
-> 192.168.159.103:80 Route 1 0 0
";
const LISTING: &str = "\
TCP  10.0.0.100:80 wrr
-> 192.168.111.102:80           Route   1      0          0
-> 192.168.111.103:80           Route   3      0          0
";
const BY_MARK: &str = "\
FWM  10 wrr
-> 192.168.111.102:0            Route   1      0          0
-> 192.168.111.103:0            Route   3      0          0
";

pub(super) fn site() -> Result<Site> {
    let machine =
        |host, name, interface, addresses, gateway| Machine { host, name, interface, addresses, gateway };
    let gateway = Some("192.168.111.1");
    let machines = [
        machine(ROUTER, "router", "eth1", &["192.168.111.1/24", "10.0.0.1/8"], None),
        machine(DIRECTOR, "LVS", "ens34", &["192.168.111.100/24"], gateway),
        machine("rs1", "RS1", "eth0", &["192.168.111.102/24"], gateway),
        machine("rs2", "RS2", "eth0", &["192.168.111.103/24"], gateway),
    ];
    Site::new("10.0.0.100", true, &machines)?.client_behind_router(
        "client",
        "192.168.3.204/24",
        "eth0",
        "192.168.3.1/24",
    )
}

pub(super) fn follow(course: &mut Course<'_>) -> Result<()> {
    course.headline("The real servers: lvs_dr_rs.sh");
    for server in ["rs1", "rs2"] {
        course.start_web(server, &[80, 443])?;
        course.quiet_file(server, "/home/lvs_dr_rs.sh", include_str!("files/lvs_dr_rs.sh"))?;
        if server == "rs1" {
            course.must(server, "cat lvs_dr_rs.sh")?;
        }
        course.must(server, "sh lvs_dr_rs.sh start")?;
    }
    course.why(
        "Its mask makes all of 10.0.0.0/8 local there; 255.255.255.255 would do. (httpd is started by the lab; on port 443 \
         it\nspeaks without TLS, which makes no difference to a director: it looks no further than TCP.)",
    );

    by_script(course)?;
    course.headline("The director: ldirectord.cf as it is");
    course.must(DIRECTOR, &format!("echo {SORRY} > /var/www/html/index.html"))?;
    course.start_web(DIRECTOR, &[80])?;
    course.file(DIRECTOR, CONF, include_str!("files/ldirectord.cf"))?;
    for server in ["rs1", "rs2"] {
        course.must(server, &format!("echo test > {PAGE}"))?;
    }
    course.must(DIRECTOR, "ifconfig ens34:1 10.0.0.100 netmask 255.255.255.255 broadcast 10.0.0.100 up")?;
    course.shell(DIRECTOR, &format!("ulvs check {CONF}"))?;
    course.start_director(DIRECTOR, "systemctl start ldirectord", Some(CONF))?;
    let seen = course.listing(DIRECTOR, "ipvsadm -ln", LISTING, CHECKED)?;
    course.promise(
        "the table is made from the file: wrr, weights 1 and 3, port 80 where the file names none",
        seen,
    );
    let vip = course.vip(80);
    let pages = course.gets(CLIENT, "for i in {1..40}; do curl 10.0.0.100; done", vip, "/", 40)?;
    course.promise("weights 1 and 3: of 40 requests 10 and 30", shares(&pages, &[("RS1", 10), ("RS2", 30)]));
    let seen = course.vip_is_directors(ROUTER, DIRECTOR)?;
    course.promise("the segment hears of the VIP from the director alone", seen);
    course.hop_by_hop()?;

    checks(course)?;
    by_mark(course)
}

fn by_script(course: &mut Course<'_>) -> Result<()> {
    course.headline("Before ldirectord: lvs_dr_vs.sh");
    course.quiet_file(DIRECTOR, "/home/lvs_dr_vs.sh", include_str!("files/lvs_dr_vs.sh"))?;
    course.start_director(DIRECTOR, "yum -y install ipvsadm", None)?;
    course.must(DIRECTOR, "sh lvs_dr_vs.sh start")?;
    let seen = course.listing(DIRECTOR, "ipvsadm -ln", BY_SCRIPT, AT_ONCE)?;
    course.promise("lvs_dr_vs.sh start: -r without a port means the service's port", seen);
    course.must(DIRECTOR, "sh lvs_dr_vs.sh stop")?;
    let seen = course.listing(DIRECTOR, "ipvsadm -ln", "", AT_ONCE)?;
    course.promise("lvs_dr_vs.sh stop: ipvsadm -C empties the table", seen);
    course.stop_director(DIRECTOR, "systemctl stop ipvsadm")?;
    course.why("From here on nobody types ipvsadm: the file says what shall be, and the checks see to it.");
    Ok(())
}

fn checks(course: &mut Course<'_>) -> Result<()> {
    let vip = course.vip(80);
    course.headline("The test page is emptied on RS1");
    course.must("rs1", &format!("> {PAGE}"))?;
    let only = "TCP 10.0.0.100:80 wrr\n-> 192.168.111.103:80 Route 3 * *\n";
    let seen = course.listing(DIRECTOR, "ipvsadm -ln", only, CHECKED)?;
    course.promise("a real server whose test page does not say `test` leaves the table", seen);
    let pages = course.gets(CLIENT, "curl 10.0.0.100", vip, "/", 8)?;
    course.promise("all requests go to the other", shares(&pages, &[("RS2", 8)]));
    course.why(
        "httpd still runs there: checktype=negotiate looks at what it says. Whoever wants to take a real server out for a \
         while\nempties a file.",
    );

    course.headline("httpd is stopped on RS2");
    course.stop_web("rs2");
    let fallback = "TCP 10.0.0.100:80 wrr\n-> 127.0.0.1:80 Route 1 * *\n";
    let seen = course.listing(DIRECTOR, "ipvsadm -ln", fallback, CHECKED)?;
    course.promise("with nobody left, 127.0.0.1:80 serves: the fallback", seen);
    let pages = course.gets(CLIENT, "curl 10.0.0.100", vip, "/", 4)?;
    course.promise("clients see the director's own page", shares(&pages, &[(SORRY, 4)]));

    course.headline("Both recover");
    course.must("rs1", &format!("echo test > {PAGE}"))?;
    course.start_web("rs2", &[80, 443])?;
    let both = LISTING.replace("0          0", "*          *");
    let seen = course.listing(DIRECTOR, "ipvsadm -ln", &both, CHECKED)?;
    course.promise("both come back by themselves, and the fallback goes", seen);
    let pages = course.gets(CLIENT, "curl 10.0.0.100", vip, "/", 40)?;
    course.promise("and share 10 to 30 again", shares(&pages, &[("RS1", 10), ("RS2", 30)]));

    let lines = [
        "Deleted real server: 192.168.111.102:80 (10.0.0.100:80)",
        "Deleted real server: 192.168.111.103:80 (10.0.0.100:80)",
        "Added fallback server: 127.0.0.1:80 (10.0.0.100:80)",
        "Deleted fallback server: 127.0.0.1:80 (10.0.0.100:80)",
    ];
    let seen = course.log_has(DIRECTOR, "tail /var/log/ldirectord.log", &lines)?;
    course.promise("the log says so in ldirectord's words", seen);

    course.headline("RS1's log");
    course.prompt("rs1", "tail -n 3 /var/log/httpd/access_log");
    let log = course.read("rs1", "/var/log/httpd/access_log")?;
    let probes: Vec<_> = log.lines().filter(|line| line.starts_with("192.168.111.100 ")).collect();
    course.say(&format!("{}\n", probes[probes.len().saturating_sub(3)..].join("\n")));
    let good = probes.iter().any(|line| {
        line.contains("\"GET /test.html HTTP/1.") && line.contains("\" 200 5 \"-\" \"libwww-perl/")
    });
    let empty = probes.iter().any(|line| line.contains("\" 200 0 \"-\" \"libwww-perl/"));
    let seen = if good && empty { Ok(()) } else { Err(format!("{} probes", probes.len())) };
    course.promise("the real servers' logs have the director's requests for test.html, as libwww-perl", seen);
    Ok(())
}

fn by_mark(course: &mut Course<'_>) -> Result<()> {
    let vip = course.vip(80);
    course.headline("One service for http and https: a firewall mark");
    course.prompt(DIRECTOR, MARK);
    course.quiet_file(DIRECTOR, "/home/mark.sh", &format!("{MARK}\n"))?;
    course.say("  here, since frames from a packet ring carry no mark of the kernel:\n");
    course.must(DIRECTOR, "ulvs mark import mark.sh")?;
    let first = include_str!("files/ldirectord.cf");
    let marked = first.replace("virtual=10.0.0.100:80", "virtual=10").replace("protocol=tcp", "protocol=fwm");
    course.why("The file is edited while the director runs: virtual=10, protocol=fwm.");
    edit(course, &marked)?;
    let seen = course.listing(DIRECTOR, "ipvsadm -ln", BY_MARK, CHECKED)?;
    course.promise("autoreload=yes: `FWM 10 wrr` takes the other's place without a restart", seen);
    let http = course.gets(CLIENT, "for i in {1..20}; do curl 10.0.0.100; done", vip, "/", 20)?;
    let https = course.gets(
        CLIENT,
        "for i in {1..20}; do curl -k https://10.0.0.100; done",
        course.vip(443),
        "/",
        20,
    )?;
    let share = [("RS1", 5), ("RS2", 15)];
    course.promise(
        "ports 80 and 443 are one service: 5 and 15 of 20 each",
        shares(&http, &share).and(shares(&https, &share)),
    );

    ssh(course)?;

    course.headline("Persistence");
    edit(course, &marked.replace("#persistent=600", "persistent=600"))?;
    let persistent = BY_MARK.replace("wrr", "wrr persistent 600").replace("0          0", "*          *");
    let seen = course.listing(DIRECTOR, "ipvsadm -ln", &persistent, CHECKED)?;
    course.promise("`FWM 10 wrr persistent 600`, again without a restart", seen);
    let mut pages = course.gets(CLIENT, "curl 10.0.0.100", vip, "/", 10)?;
    pages.extend(course.gets(CLIENT, "curl -k https://10.0.0.100", course.vip(443), "/", 10)?);
    let first = pages[0].clone();
    let seen = shares(&pages, &[(&first, 20)]).and(if first.starts_with("RS") { Ok(()) } else { Err(first) });
    course.promise("a client stays with one real server, on both ports", seen);
    let change = "Configuration file '/etc/ha.d/ldirectord.cf' has changed on disk";
    let seen = course.log_has(DIRECTOR, "tail /var/log/ldirectord.log", &[change, change])?;
    course.promise("the log tells of both changes of the file", seen);
    Ok(())
}

/// A port without a mark.
fn ssh(course: &mut Course<'_>) -> Result<()> {
    course.headline("Another port");
    course.greeter(DIRECTOR, 22, "SSH-2.0-LVS\r\n")?;
    let ssh = course.vip(22);
    course.prompt(CLIENT, "ssh 10.0.0.100");
    let greeting =
        course.telnet(CLIENT, ssh).map(|(_, said)| said).unwrap_or_else(|error| format!("{error:#}"));
    course.say(&format!("{}\n", greeting.trim()));
    let seen = if greeting == "SSH-2.0-LVS\r\n" { Ok(()) } else { Err(greeting) };
    course.promise("ssh has no mark: it is not balanced, and ends on the director itself", seen);
    let mut filtered = true;
    for rule in FIREWALL {
        filtered = filtered && course.shell(ROUTER, rule)?.1;
    }
    if !filtered {
        course.why("No iptables here: sshd is stopped on the director instead.");
        course.end_greeters();
    }
    let refusal = course.refusal(CLIENT, ssh)?;
    course.prompt(CLIENT, "ssh 10.0.0.100");
    let kind = refusal.map_or_else(|| "connected".to_owned(), |kind| kind.to_string());
    course.say(&format!("ssh: connect to host 10.0.0.100 port 22: {kind}\n"));
    let seen = if refusal == Some(ErrorKind::ConnectionRefused) { Ok(()) } else { Err(kind) };
    course.promise("ssh is refused: by the router's rules, or where no sshd listens on the director", seen);
    Ok(())
}

/// Edits the file while the director runs, and shows what is new. Nobody tells the director.
fn edit(course: &Course<'_>, text: &str) -> Result<()> {
    let before = course.read(DIRECTOR, CONF)?;
    course.prompt(DIRECTOR, &format!("vim {CONF}"));
    course.quiet_file(DIRECTOR, CONF, text)?;
    for line in course.read(DIRECTOR, CONF)?.lines().filter(|line| !before.lines().any(|old| old == *line)) {
        course.say(&format!("  | {line}\n"));
    }
    Ok(())
}
