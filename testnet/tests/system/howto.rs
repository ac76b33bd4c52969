//! Published how-tos, followed to the letter but for their addresses.

use crate::originals::{Ldirectord, telling, wait_for};
use crate::programs::{Nginx, output};
use crate::rig::{Rig, Setup};
use crate::{Case, case};
use anyhow::{Context, Result, ensure};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;
use testnet::actor::http_client;
use testnet::plan::Family;
use ulvs::lvs::ForwardingMethod::DirectRoute;

/// How long a client waits.
const PATIENCE: Duration = Duration::from_secs(3);

/// The how-to's `/etc/ha.d/ldirectord.cf`.
const FIRST: &str = r#"# Global Directives
checktimeout=3
checkinterval=1
fallback=127.0.0.1:80
#fallback6=[::1]:80
autoreload=yes
logfile="/var/log/ldirectord.log"
logfile="local0"

# Sample for an http virtual service
virtual=10.0.0.100:80
        real=192.168.111.102 gate 1
        real=192.168.111.103 gate 3
#       fallback=127.0.0.1:80 gate
        service=http
        scheduler=wrr
        #persistent=600
        #netmask=255.255.255.255
        protocol=tcp
        checktype=negotiate
        checkport=80
        request="test.html"
        receive="test"
#       virtualhost=www.x.y.z
"#;

/// What it has there later, for the mark 10.
const BY_MARK: &str = r#"# Global Directives
checktimeout=3
checkinterval=1
fallback=127.0.0.1:80
#fallback6=[::1]:80
autoreload=yes
logfile="/var/log/ldirectord.log"
logfile="local0"

# Sample for an http virtual service
virtual=10
        real=192.168.111.102 gate 1
        real=192.168.111.103 gate 3
#       fallback=127.0.0.1:80 gate
        service=http
        scheduler=wrr
        #persistent=600
        #netmask=255.255.255.255
        protocol=fwm
        checktype=negotiate
        checkport=80
        request="test.html"
        receive="test"
#       virtualhost=www.x.y.z
"#;

const MARK: &str = "iptables -t mangle -A PREROUTING -d 10.0.0.100 -p tcp -m multiport --dports 80,443 -j MARK --set-mark 10\n";

pub fn cases() -> Vec<Case> {
    vec![case("howto_ldirectord", &["ldirectord", "nginx"], ldirectord)]
}

/// The how-to's text with the lab's addresses.
fn here(rig: &Rig, text: &str) -> String {
    let log = rig.directory.path().join("ldirectord.log");
    text.replace("10.0.0.100", &rig.plan.service.ip().to_string())
        .replace("192.168.111.102", &rig.plan.servers[0].rip.to_string())
        .replace("192.168.111.103", &rig.plan.servers[1].rip.to_string())
        .replace("/var/log/ldirectord.log", &log.display().to_string())
}

/// Who answers this many new connections to a port of the VIP: how often the first and the second real server, and the
/// page that says sorry.
fn share(rig: &Rig, port: u16, count: usize) -> Result<[usize; 3]> {
    let vip = SocketAddr::new(rig.plan.service.ip(), port);
    let mut shares = [0; 3];
    for _ in 0..count {
        let answer = http_client::get(rig.client()?, vip, "/", PATIENCE)?.real_server;
        let who = ["rs1", "rs2", "sorry"].iter().position(|name| *name == answer);
        shares[who.with_context(|| format!("{answer:?} answered"))?] += 1;
    }
    Ok(shares)
}

/// A VIP that is the director's own, by direct routing, two real servers with weights 1 and 3, a page on the director's
/// host that says sorry; then one service for two ports, by a mark; then persistence. The file is edited while it runs.
fn ldirectord() -> Result<String> {
    let mut rig = Rig::start(Setup { vip_on_host: true, ..Setup::new(DirectRoute, Family::V4) })?;
    let web = |name: &str, host: &str, ports: &[u16]| -> Result<Nginx> {
        let prefix = rig.directory.path().join(name);
        Nginx::start(rig.lab.host(host)?, prefix, name, ports, rig.directory.path())
    };
    let names = [rig.plan.servers[0].name.clone(), rig.plan.servers[1].name.clone()];
    let (first, second) = (web("rs1", &names[0], &[80, 443])?, web("rs2", &names[1], &[80, 443])?);
    let sorry = web("sorry", testnet::plan::DIRECTOR, &[80])?;
    first.write_test_page("test\n")?;
    second.write_test_page("test\n")?;
    let ldirectord = Ldirectord::start(&rig, &here(&rig, FIRST))?;
    let report = follow(&rig, &ldirectord, &first, second, web)
        .map_err(|error| telling(&rig, &error, &ldirectord.log()));
    let ended = ldirectord.end(&rig);
    let mut report = report?;
    ended?;
    drop(sorry);
    rig.stop()?;
    report.push("ended: table empty".to_owned());
    Ok(report.join("\n"))
}

fn follow(
    rig: &Rig,
    ldirectord: &Ldirectord,
    first: &Nginx,
    second: Nginx,
    web: impl Fn(&str, &str, &[u16]) -> Result<Nginx>,
) -> Result<Vec<String>> {
    let row = |number: usize, port: u16, weight: u16| {
        let real = SocketAddr::new(rig.plan.servers[number].rip, port).to_string();
        format!("-> {real:<29}Route   {weight} ")
    };
    let (one, three) = (row(0, 80, 1), row(1, 80, 3));
    let local = format!("-> {:<29}Route   1 ", "127.0.0.1:80");
    let mut report = Vec::new();

    wait_for(rig, &[&one, &three], &[&local])?;
    ensure!(share(rig, 80, 40)? == [10, 30, 0], "weights 1 and 3");
    report.push("both are in the table: 40 requests, 10 and 30".to_owned());

    first.write_test_page("")?;
    wait_for(rig, &[&three], &[&one, &local])?;
    ensure!(share(rig, 80, 8)? == [0, 8, 0], "only the second is left");
    report.push("the first one's test page is emptied: removed, 8 requests to the second".to_owned());

    drop(second);
    wait_for(rig, &[&local], &[&one, &three])?;
    ensure!(share(rig, 80, 8)? == [0, 0, 8], "nobody is left");
    report.push("the second stops: 8 requests to the director's own page, by 127.0.0.1:80".to_owned());

    first.write_test_page("test\n")?;
    let second = web("rs2", &rig.plan.servers[1].name, &[80, 443])?;
    second.write_test_page("test\n")?;
    wait_for(rig, &[&one, &three], &[&local])?;
    ensure!(share(rig, 80, 40)? == [10, 30, 0], "both are back");
    report.push("both are back: 40 requests, 10 and 30".to_owned());

    mark(rig)?;
    ldirectord.write_config(&here(rig, BY_MARK))?;
    let (one, three) = (row(0, 0, 1), row(1, 0, 3));
    wait_for(rig, &["FWM  10 wrr\n", &one, &three], &["TCP ", &local])?;
    ensure!(share(rig, 80, 20)? == [5, 15, 0] && share(rig, 443, 20)? == [5, 15, 0], "by mark");
    let other = SocketAddr::new(rig.plan.service.ip(), 22);
    let refused = rig.client()?.run(|| TcpStream::connect_timeout(&other, PATIENCE))?;
    let refused = refused.err().map(|error| error.kind());
    ensure!(refused == Some(ErrorKind::ConnectionRefused), "port 22, which has no mark: {refused:?}");
    report.push(
        "by mark, the file being edited: ports 80 and 443, 5 and 15 each; port 22 is the director's own"
            .to_owned(),
    );

    ldirectord.write_config(&here(rig, BY_MARK).replace("#persistent=600", "persistent=600"))?;
    wait_for(rig, &["FWM  10 wrr persistent 600\n", &one, &three], &[&local])?;
    let shares = [share(rig, 80, 10)?, share(rig, 443, 10)?];
    ensure!(shares == [[10, 0, 0]; 2] || shares == [[0, 10, 0]; 2], "persistent: {shares:?}");
    report.push("persistent: 20 requests of one client to both ports, one real server".to_owned());
    Ok(report)
}

/// The how-to's iptables line, by `ulvs mark import`.
fn mark(rig: &Rig) -> Result<()> {
    let path = rig.directory.path().join("mark.sh");
    std::fs::write(&path, here(rig, MARK))?;
    let mut import = Command::new(rig.directory.path().join("bin/ulvs"));
    import.args(["mark", "import"]).arg(&path).env("ULVS_SOCKET", rig.director.socket());
    let said = output(rig.host()?, import, PATIENCE)?;
    ensure!(said.status.success(), "ulvs mark import: {}", String::from_utf8_lossy(&said.stderr));
    Ok(())
}
