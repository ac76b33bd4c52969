//! howto-2: keepalived.

use super::client::shares;
use super::course::Course;
use super::site::{Machine, Site};
use crate::plan::{CLIENT, DIRECTOR};
use anyhow::Result;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const AT_ONCE: Duration = Duration::from_secs(5);
/// delay_loop 6, one more try 3 seconds later, and a little.
const DOWN: Duration = Duration::from_secs(6 + 3 + 10);
/// delay_loop 6, and a little.
const UP: Duration = Duration::from_secs(6 + 10);
/// The document's 5 seconds for an established connection, and a little.
const FORGOTTEN: Duration = Duration::from_secs(5 + 10);

/// Three intervals and the skew, and a little.
const MASTER: Duration = Duration::from_secs(4 + 10);

const CONF: &str = "/etc/keepalived/keepalived.conf";
const BACKUP: &str = "backup";
/// So many connections are left open.
const OPEN: usize = 8;

const MASTERS: &str = "\
TCP 192.168.4.10:http wlc persistent 60
-> 192.168.4.8:http Route 3 0 0
-> 192.168.4.7:http Route 3 0 0
";
const BACKUPS: &str = "\
TCP 192.168.4.10:http wlc persistent 60
-> 192.168.4.8:http Route 6 0 0
-> 192.168.4.7:http Route 4 0 0
";

pub(super) fn site() -> Result<Site> {
    let machine =
        |host, name, interface, addresses| Machine { host, name, interface, addresses, gateway: None };
    let machines = [
        machine(CLIENT, "client", "eth0", &["192.168.4.100/24"]),
        machine("client2", "client2", "eth0", &["192.168.4.101/24"]),
        machine(DIRECTOR, "lvs-master", "eth1", &["192.168.4.5/24"]),
        machine(BACKUP, "lvs-backup", "eth2", &["192.168.4.6/24"]),
        machine("rs1", "web1", "eth2", &["192.168.4.7/24"]),
        machine("rs2", "web2", "eth2", &["192.168.4.8/24"]),
    ];
    Site::new("192.168.4.10", false, &machines)
}

pub(super) fn follow(course: &mut Course<'_>) -> Result<()> {
    course.headline("The real servers: vip.sh");
    for (server, name) in [("rs1", "web1"), ("rs2", "web2")] {
        course.quiet_file(server, "/etc/rc.d/init.d/functions", "")?;
        course.quiet_file(server, "/home/vip.sh", include_str!("files/vip.sh"))?;
        course.start_web(server, &[80])?;
        course.must(server, &format!("echo \"{name}\" > /var/www/html/index.html"))?;
        if server == "rs1" {
            course.must(server, "cat vip.sh")?;
        }
        course.must(server, "sh vip.sh start")?;
    }
    let shown = course.must("rs1", "ifconfig")?;
    let seen = if shown.contains("lo:0") && shown.contains("inet addr:192.168.4.10  Mask:255.255.255.255") {
        Ok(())
    } else {
        Err(shown)
    };
    course.promise("after vip.sh start, ifconfig shows the VIP on lo:0", seen);

    course.headline("The master: keepalived.conf as it is");
    course.file(DIRECTOR, CONF, include_str!("files/keepalived.master.conf"))?;
    let (said, valid) = course.shell(DIRECTOR, &format!("ulvs check {CONF}"))?;
    let typo = said.contains("keepalived.conf:9:1") && said.contains("smtp_server127.0.0.1");
    course.promise(
        "the file is taken in spite of its slip of the pen, which is told with its line (smtp_server127.0.0.1)",
        if typo && valid { Ok(()) } else { Err(said) },
    );
    course.start_director(DIRECTOR, "service keepalived start", Some(CONF))?;
    let seen = course.listing(DIRECTOR, "ipvsadm", MASTERS, AT_ONCE)?;
    course.promise("ipvsadm: the service with wlc and persistence, both real servers with weight 3", seen);
    let seen = course.wait_for_log(DIRECTOR, &["(VI_1) Entering MASTER STATE"], MASTER)?;
    course.promise("it is master when it has heard nobody for three intervals, and has the VIP", seen);
    course.why("So says VRRP: who is alone waits, too.");

    persistence(course)?;
    checks(course)?;
    timeouts(course)?;

    fail_over(course)
}

/// The backup, with its own file, takes the VIP when the master ends, and gives it back.
fn fail_over(course: &mut Course<'_>) -> Result<()> {
    course.headline("The backup, and the end of the master");
    course.quiet_file(BACKUP, CONF, include_str!("files/keepalived.backup.conf"))?;
    course.start_director(BACKUP, "service keepalived start", Some(CONF))?;
    let seen = course.wait_for_log(BACKUP, &["(VI_1) Entering BACKUP STATE"], AT_ONCE)?;
    course.promise("the backup is in reserve", seen);
    let seen = course.listing(BACKUP, "ipvsadm", BACKUPS, AT_ONCE)?;
    course.promise("ipvsadm on the backup: weights 6 and 4", seen);
    course.stop_director(DIRECTOR, "service keepalived stop")?;
    let seen = course.wait_for_log(BACKUP, &["(VI_1) Entering MASTER STATE"], MASTER)?;
    course.promise("the master's farewell makes the backup master", seen);
    served(course, "the VIP is served by the backup")?;
    course.start_director(DIRECTOR, "service keepalived start", Some(CONF))?;
    let seen = course.wait_for_log(
        BACKUP,
        &[
            "(VI_1) Entering MASTER STATE",
            "with higher priority 100, ours 99",
            "(VI_1) Entering BACKUP STATE",
        ],
        MASTER,
    )?;
    course.promise("a master that returns takes the VIP back: its priority is higher", seen);
    served(course, "the VIP is served by the master again")
}

fn served(course: &mut Course<'_>, promise: &'static str) -> Result<()> {
    let pages = course.gets(CLIENT, "curl 192.168.4.10", course.vip(80), "/", 2)?;
    let seen = if pages.iter().all(|page| page.starts_with("web")) { Ok(()) } else { Err(pages.join(", ")) };
    course.promise(promise, seen);
    Ok(())
}

fn persistence(course: &mut Course<'_>) -> Result<()> {
    course.headline("Persistence");
    let vip = course.vip(80);
    let first = course.gets(CLIENT, "curl 192.168.4.10", vip, "/", 6)?;
    let second = course.gets("client2", "curl 192.168.4.10", vip, "/", 6)?;
    let pages = (first[0].clone(), second[0].clone());
    let each = shares(&first, &[(&pages.0, 6)]).and(shares(&second, &[(&pages.1, 6)]));
    course.promise("persistent 60: all requests of a client go to one real server", each);
    let both = ["web1", "web2"].iter().all(|name| pages.0 == *name || pages.1 == *name);
    let seen = if both { Ok(()) } else { Err(format!("{} and {}", pages.0, pages.1)) };
    course.promise("wlc: another client goes to the real server with fewer connections", seen);
    let listing = course.must(DIRECTOR, "ipvsadm -lnc")?;
    let templates = listing.lines().filter(|line| line.contains(":0 ")).count();
    let seen = if templates == 2 { Ok(()) } else { Err(format!("{templates} templates")) };
    course.promise("ipvsadm -lnc: a template for each client, besides its connections", seen);
    course.why(
        "A template (port 0) remembers where a client went; each new connection of that client starts its 60 seconds \
         anew.",
    );
    let seen = course.vip_is_directors(CLIENT, DIRECTOR)?;
    course.promise("the segment hears of the VIP from the director alone", seen);
    course.hop_by_hop()
}

/// What the document's TCP_CHECK is for, which it does not show.
fn checks(course: &mut Course<'_>) -> Result<()> {
    course.headline("TCP_CHECK: a real server that dies");
    course
        .why("delay_loop 6, nb_get_retry 3, delay_before_retry 3: it is given up after at most 15 seconds.");
    course.stop_web("rs1");
    let alone = "TCP 192.168.4.10:80 wlc persistent 60\n-> 192.168.4.8:80 Route 3 * *\n";
    let seen = course.listing(DIRECTOR, "ipvsadm -ln", alone, DOWN)?;
    course.promise("a real server whose port is closed leaves the table", seen);
    let pages = course.gets("client2", "curl 192.168.4.10", course.vip(80), "/", 2)?;
    course.promise("its clients are served by the other one", shares(&pages, &[("web2", 2)]));
    course.start_web("rs1", &[80])?;
    let both = format!("{alone}-> 192.168.4.7:80 Route 3 * *\n");
    let seen = course.listing(DIRECTOR, "ipvsadm -ln", &both, UP)?;
    course.promise("and comes back with its weight", seen);
    let lines = [
        "Removing service [192.168.4.7]:tcp:80 from VS [192.168.4.10]:tcp:80",
        "Adding service [192.168.4.7]:tcp:80 to VS [192.168.4.10]:tcp:80",
    ];
    let seen = course.log_has(DIRECTOR, "tail /var/log/messages", &lines)?;
    course.promise("the log says so in keepalived's words", seen);
    Ok(())
}

fn timeouts(course: &mut Course<'_>) -> Result<()> {
    course.headline("ActiveConn, and ipvsadm --set");
    let shown = course.must(DIRECTOR, "ipvsadm -L --timeout")?;
    let seen = if shown.contains(": 900 120 300") { Ok(()) } else { Err(shown.trim().to_owned()) };
    course.promise("ipvsadm -L --timeout: 900 120 300", seen);
    let vip = course.vip(80);
    course.prompt(CLIENT, &format!("(opens {OPEN} connections, and says nothing on them)"));
    let opened: Vec<TcpStream> = (0..OPEN)
        .filter_map(|_| {
            course.host(CLIENT).ok()?.run(|| TcpStream::connect_timeout(&vip, AT_ONCE)).ok()?.ok()
        })
        .collect();
    let seen = course.wait_until(AT_ONCE, || active(course, OPEN))?;
    course.must(DIRECTOR, "ipvsadm -ln")?;
    course.promise("ActiveConn counts the open connections, whether anything is said on them or not", seen);

    course.must(DIRECTOR, "ipvsadm --set 5 10 300")?;
    let shown = course.must(DIRECTOR, "ipvsadm -L --timeout")?;
    let seen = if shown.contains(": 5 10 300") { Ok(()) } else { Err(shown.trim().to_owned()) };
    course.promise("ipvsadm --set 5 10 300 is taken", seen);
    course.prompt(CLIENT, "(says a word on each of them, and falls silent)");
    let _: Vec<_> = opened.iter().map(|mut stream| stream.write(b"GET ")).collect();
    let seen = course.wait_until(FORGOTTEN, || active(course, 0))?;
    course.must(DIRECTOR, "ipvsadm -ln")?;
    course.promise("ActiveConn falls to 0 when nothing was said for 5 seconds", seen);
    course.why(
        "The director remembers an established connection for 900 seconds after its last packet: that is why \
         ActiveConn may\nbe much more than what the real servers count. With --set 5 each packet starts 5 seconds \
         instead; what was\nremembered before keeps its old time until its next packet. The price:",
    );
    course.prompt(CLIENT, "(says another word)");
    let ends = opened.into_iter().map(ending).collect::<Vec<_>>();
    course.say(&format!(
        "  of {} connections {} were reset\n",
        ends.len(),
        ends.iter().filter(|end| **end).count()
    ));
    let seen =
        if ends.len() == OPEN && ends.iter().all(|end| *end) { Ok(()) } else { Err(format!("{ends:?}")) };
    course.promise("who pauses for longer than that has lost the connection", seen);
    course.must(DIRECTOR, "ipvsadm --set 900 120 300")?;
    Ok(())
}

/// So many connections are active, over both real servers.
fn active(course: &Course<'_>, wanted: usize) -> Result<Result<(), String>> {
    let (listing, _) = course.run(DIRECTOR, "ipvsadm -ln")?;
    let column = |line: &str| line.split_whitespace().nth(4)?.parse::<usize>().ok();
    let seen: usize = listing.lines().filter(|line| line.contains("Route")).filter_map(column).sum();
    Ok(if seen == wanted { Ok(()) } else { Err(format!("{seen} are active")) })
}

/// Says another word; whether the connection was reset.
fn ending(mut stream: TcpStream) -> bool {
    let _ = stream.set_read_timeout(Some(AT_ONCE));
    let _ = stream.write(b"/ ");
    let answer = stream.read(&mut [0; 64]);
    answer.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset)
}
