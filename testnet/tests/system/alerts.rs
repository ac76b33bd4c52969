//! What follows a change: scripts, pipes, mail, logs and files of results, in the order and in the words of keepalived and
//! of ldirectord; and what becomes of scripts when the director goes.

use crate::rig::{Rig, Setup};
use crate::{Case, case};
use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use testnet::actor::http_server::HttpServer;
use testnet::host::Host;
use testnet::plan::{Family, Plan};
use ulvs::lvs::ForwardingMethod::{DirectRoute, Nat};

/// How long something may take that is not timed here.
const PATIENCE: Duration = Duration::from_secs(20);
/// Mail servers listen here.
const SMTP: u16 = 25;

pub fn cases() -> Vec<Case> {
    vec![
        case("alerts_keepalived", &["ip"], keepalived),
        case("alerts_ldirectord", &["ip"], ldirectord),
        case("alerts_syslog", &["ip"], syslog),
        case("alerts_killed", &["ip"], killed),
    ]
}

/// A place where everybody may write, and a script that notes who runs it with which arguments.
fn place() -> Result<(tempfile::TempDir, PathBuf)> {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::Builder::new().prefix("ulvs-alerts-").tempdir()?;
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777))?;
    let (notes, script) = (dir.path().join("notes"), dir.path().join("note"));
    fs::write(&notes, "")?;
    fs::set_permissions(&notes, fs::Permissions::from_mode(0o666))?;
    // The first is slow: the next one waits for it, or the order would be another one.
    let text = format!(
        "#!/bin/sh\ncase $1 in *down*) sleep 0.3;; esac\necho \"$(id -u):$(id -g) $*\" >> {}\n",
        notes.display()
    );
    fs::write(&script, text)?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    Ok((dir, script))
}

fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap_or_default().lines().map(str::to_owned).collect()
}

fn until<T>(what: &str, look: impl Fn() -> T, holds: impl Fn(&T) -> bool) -> Result<T>
where
    T: std::fmt::Debug,
{
    let begun = Instant::now();
    loop {
        let seen = look();
        if holds(&seen) {
            return Ok(seen);
        }
        ensure!(begun.elapsed() < PATIENCE, "never: {what}: {seen:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A mail server: what it was given, as `FROM -> TO: subject`.
struct Sink(Arc<Mutex<Vec<String>>>);

impl Sink {
    fn start(host: &Host) -> Result<Self> {
        let listener = host.run(|| TcpListener::bind(("127.0.0.1", SMTP)))?.context("the mail server")?;
        let letters = Arc::new(Mutex::new(Vec::new()));
        let sink = Self(Arc::clone(&letters));
        // It ends with the test's process, and its host's network before.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if let Some(letter) = receive(&stream)
                    && let Ok(mut letters) = letters.lock()
                {
                    letters.push(letter);
                }
            }
        });
        Ok(sink)
    }

    fn letters(&self) -> Vec<String> {
        self.0.lock().map(|letters| letters.clone()).unwrap_or_default()
    }
}

fn receive(stream: &TcpStream) -> Option<String> {
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let say = |mut stream: &TcpStream, line: &str| stream.write_all(line.as_bytes()).ok();
    say(stream, "220 sink\r\n")?;
    let (mut from, mut to, mut subject, mut is_text) = (String::new(), Vec::new(), String::new(), false);
    let mut letter = None;
    for line in BufReader::new(stream).lines() {
        let Ok(line) = line else { break };
        if is_text {
            if let Some(text) = line.strip_prefix("Subject: ") {
                subject = text.to_owned();
            }
            if line == "." {
                is_text = false;
                letter = Some(format!("{from} -> {}: {subject}", to.join(" ")));
                say(stream, "250 taken\r\n")?;
            }
            continue;
        }
        if let Some(text) = line.strip_prefix("MAIL FROM:") {
            from = text.to_owned();
        } else if let Some(text) = line.strip_prefix("RCPT TO:") {
            to.push(text.to_owned());
        }
        is_text = line == "DATA";
        say(stream, if is_text { "354 go on\r\n" } else { "250 fine\r\n" })?;
        if line == "QUIT" {
            break;
        }
    }
    letter
}

/// Reads a pipe, as somebody else's program would.
struct PipeReader {
    cat: Child,
    out: PathBuf,
}

impl PipeReader {
    fn start(pipe: &Path, out: PathBuf) -> Result<Self> {
        let mut cat = Command::new("cat");
        cat.arg(pipe).stdin(Stdio::null()).stdout(fs::File::create(&out)?);
        Ok(Self { cat: cat.spawn()?, out })
    }
}

impl Drop for PipeReader {
    fn drop(&mut self) {
        let _ = self.cat.kill();
        let _ = self.cat.wait();
    }
}

/// Two users besides root, where this test may be them.
fn may_be_others() -> bool {
    fs::read_to_string("/proc/self/uid_map").is_ok_and(|map| map.split_whitespace().nth(2) != Some("1"))
}

fn web(rig: &Rig, name: &str) -> Result<HttpServer> {
    let any = SocketAddr::from(([0, 0, 0, 0], rig.plan.real_port));
    HttpServer::start(rig.lab.host(name)?, any)
}

/// Which real servers have weight.
fn eligible(rig: &Rig) -> BTreeSet<String> {
    let table = rig.ipvsadm("-Ln").unwrap_or_default();
    let rows = table.lines().filter(|line| line.starts_with("  -> ") && !line.contains("RemoteAddress"));
    let rows = rows.map(|line| line.split_whitespace().collect::<Vec<_>>());
    let with_weight = rows.filter(|words| words.get(3).is_some_and(|weight| *weight != "0"));
    with_weight.filter_map(|words| Some(words.get(1)?.rsplit_once(':')?.0.to_owned())).collect()
}

fn wait_for(rig: &Rig, rips: &[&str]) -> Result<()> {
    let wanted: BTreeSet<String> = rips.iter().map(ToString::to_string).collect();
    until(&format!("{rips:?} serve"), || eligible(rig), |seen| *seen == wanted).map(drop)
}

fn keepalived() -> Result<String> {
    let setup = Setup { workers: 1, ..Setup::new(DirectRoute, Family::V4) };
    let plan = setup.plan();
    let (dir, note) = place()?;
    let at = |name: &str| dir.path().join(name);
    let (vip, port) = (plan.service.ip(), plan.service.port());
    let rips = plan.servers.iter().map(|server| server.rip.to_string()).collect::<Vec<_>>();
    let (user, ids) = if may_be_others() { ("nobody daemon", "65534:1") } else { ("root", "0:0") };
    let note = note.display();
    let servers: String = rips
        .iter()
        .map(|rip| {
            format!(
                "  real_server {rip} {} {{\n    weight 1\n    notify_up \"{note} up {rip}\"\n    notify_down \"{note} down '{rip} x'\" {user}\n    \
                 TCP_CHECK {{\n      connect_timeout 2\n      retry 0\n    }}\n  }}\n",
                plan.real_port
            )
        })
        .collect();
    let config = format!(
        "global_defs {{\n  notification_email {{\n    ann@example.org\n    bob@example.org\n  }}\n  notification_email_from lb@example.org\n  \
         smtp_server 127.0.0.1\n  router_id LB1\n  smtp_alert true\n  script_user root\n  lvs_notify_fifo {}\n  \
         startup_script \"{note} startup\"\n  shutdown_script \"{note} shutdown\"\n}}\n\
         virtual_server {vip} {port} {{\n  delay_loop 1\n  lb_algo rr\n  lb_kind DR\n  protocol TCP\n  omega\n  quorum 2\n  \
         quorum_up \"{note} quorum_up\"\n  quorum_down \"{note} quorum_down\"\n{servers}}}\n",
        at("pipe").display()
    );
    let (mut webs, mut sink) = (Vec::new(), None);
    let any = SocketAddr::from(([0, 0, 0, 0], plan.real_port));
    let mut rig = Rig::start_with(Setup { rules: Some(config), ..setup }, |lab| {
        sink = Some(Sink::start(lab.host(testnet::plan::DIRECTOR)?)?);
        for server in &plan.servers {
            webs.push(HttpServer::start(lab.host(&server.name)?, any)?);
        }
        Ok(())
    })?;
    let sink = sink.context("no mail server")?;
    wait_for(&rig, &[&rips[0], &rips[1]])?;
    ensure!(lines(&at("notes")) == ["0:0 startup"], "before anything else: {:?}", lines(&at("notes")));
    let reader = PipeReader::start(&at("pipe"), at("read"))?;

    drop(webs.remove(0));
    wait_for(&rig, &[&rips[1]])?;
    let _back = web(&rig, "rs1")?;
    wait_for(&rig, &[&rips[0], &rips[1]])?;
    let (first, vs, p) = (&rips[0], format!("[{vip}]:tcp:{port}"), plan.real_port);
    let mut scripts = vec![
        "0:0 startup".to_owned(),
        format!("{ids} down {first} x"),
        "0:0 quorum_down".to_owned(),
        format!("0:0 up {first}"),
        "0:0 quorum_up".to_owned(),
    ];
    until("scripts", || lines(&at("notes")), |seen| *seen == scripts)?;
    let mut piped = vec![
        format!("RS [{first}]:tcp:{p} {vs} DOWN"),
        format!("VS {vs} DOWN"),
        format!("RS [{first}]:tcp:{p} {vs} UP"),
        format!("VS {vs} UP"),
    ];
    until("lines in the pipe", || lines(&reader.out), |seen| *seen == piped)?;
    let letter =
        |text: &str| format!("<lb@example.org> -> <ann@example.org> <bob@example.org>: [LB1] {text}");
    let letters = [
        letter(&format!("Realserver [{first}]:tcp:{p} of virtual server {vs} - DOWN")),
        letter(&format!("Virtualserver {vs} - DOWN")),
        letter(&format!("Realserver [{first}]:tcp:{p} of virtual server {vs} - UP")),
        letter(&format!("Virtualserver {vs} - UP")),
    ];
    until("mail", || sink.letters(), |seen| *seen == letters)?;

    // omega: at the end all that is up goes down, and the last word has the shutdown script.
    rig.stop()?;
    scripts.extend([
        format!("{ids} down {} x", rips[0]),
        format!("{ids} down {} x", rips[1]),
        "0:0 quorum_down".to_owned(),
        "0:0 shutdown".to_owned(),
    ]);
    ensure!(lines(&at("notes")) == scripts, "{:?}", lines(&at("notes")));
    piped.extend([
        format!("RS [{}]:tcp:{p} {vs} DOWN", rips[0]),
        format!("RS [{}]:tcp:{p} {vs} DOWN", rips[1]),
        format!("VS {vs} DOWN"),
    ]);
    until("the pipe's last lines", || lines(&reader.out), |seen| *seen == piped)?;
    ensure!(!at("pipe").exists(), "the pipe that the director made is still there");
    ensure!(sink.letters() == letters, "mail at the end: {:?}", sink.letters());
    let as_whom = if ids == "0:0" { "root alone (a user namespace)" } else { "root and nobody" };
    Ok(format!(
        "{} scripts as {as_whom}, {} lines by the pipe, {} letters",
        scripts.len(),
        piped.len(),
        letters.len()
    ))
}

/// ldirectord.cf with all that tells; `log` is its logfile.
fn ldirectord_cf(plan: &Plan, note: &Path, log: &str, monitor: &Path) -> String {
    let reals: String = plan
        .servers
        .iter()
        .map(|server| format!("\treal={}:{} masq 1\n", server.rip, plan.real_port))
        .collect();
    format!(
        "checktimeout=2\ncheckinterval=1\nautoreload=no\nquiescent=no\nlogfile=\"{log}\"\nemailalert=\"ann@example.org\"\n\
         emailalertfrom=ld@example.org\nemailalertfreq=2\nsmtp=127.0.0.1\nfallback=127.0.0.1:80\n\nvirtual={}\n{reals}\t\
         fallbackcommand=\"{} fallback\"\n\tservice=http\n\tscheduler=rr\n\tprotocol=tcp\n\tchecktype=connect\n\tservicename=web\n\t\
         monitorfile=\"{}\"\n",
        plan.service,
        note.display(),
        monitor.display()
    )
}

fn ldirectord() -> Result<String> {
    let setup = Setup { workers: 1, servers: 1, ..Setup::new(Nat, Family::V4) };
    let plan = setup.plan();
    let (dir, note) = place()?;
    let at = |name: &str| dir.path().join(name);
    let (vip, rip) = (plan.service, format!("{}:{}", plan.servers[0].rip, plan.real_port));
    let config = ldirectord_cf(&plan, &note, &at("log").display().to_string(), &at("results"));
    let (mut one, mut sink) = (None, None);
    let any = SocketAddr::from(([0, 0, 0, 0], plan.real_port));
    let mut rig = Rig::start_with(Setup { rules: Some(config), ..setup }, |lab| {
        sink = Some(Sink::start(lab.host(testnet::plan::DIRECTOR)?)?);
        one = Some(HttpServer::start(lab.host(&plan.servers[0].name)?, any)?);
        Ok(())
    })?;
    let sink = sink.context("no mail server")?;
    let address = plan.servers[0].rip.to_string();
    wait_for(&rig, &[&address])?;
    drop(one);
    wait_for(&rig, &["127.0.0.1"])?;
    let letter = |text: &str| format!("<ld@example.org> -> <ann@example.org>: [web] {text}");
    let reminder = letter(&format!("Inaccessible real server: {rip} ({vip})"));
    until(
        "two reminders",
        || sink.letters(),
        |seen| seen.iter().filter(|letter| **letter == reminder).count() >= 2,
    )?;
    let _one = web(&rig, "rs1")?;
    wait_for(&rig, &[&address])?;
    let added = format!("Added real server: {rip} ({vip}) (Weight set to 1)");
    let (deleted, purged) =
        (format!("Deleted real server: {rip} ({vip})"), format!("Purged real server (stop): {rip} ({vip})"));
    let all = |with_end: bool| {
        let mut all = vec![letter(&added), letter(&deleted), letter(&added)];
        all.extend(with_end.then(|| letter(&purged)));
        all
    };
    let other = |letters: &Vec<String>| {
        letters.iter().filter(|letter| **letter != reminder).cloned().collect::<Vec<_>>()
    };
    until("mail", || sink.letters(), |seen| other(seen) == all(false))?;
    let reminders = sink.letters().len() - 3;
    std::thread::sleep(Duration::from_millis(2500));
    ensure!(sink.letters().len() == 3 + reminders, "it is up: {:?}", sink.letters());
    rig.stop()?;
    until("the last mail", || sink.letters(), |seen| other(seen) == all(true))?;

    let scripts = ["start", "stop", "start", "stop"].map(|verb| format!("0:0 fallback {verb} {vip} tcp"));
    ensure!(lines(&at("notes")) == scripts, "{:?}", lines(&at("notes")));
    let log = lines(&at("log"));
    let texts: Vec<&str> =
        log.iter().filter_map(|line| line.split_once("] ").map(|(_, text)| text)).collect();
    let mail = |text: &str| format!("emailalert: {text}");
    let (fallback, no_fallback) = (
        format!("Added fallback server: 127.0.0.1:80 ({vip}) (Weight set to 1)"),
        format!("Deleted fallback server: 127.0.0.1:80 ({vip})"),
    );
    let soft = format!("Soft failure real server: {rip}");
    let reminded = format!("emailalert: Inaccessible real server: {rip} ({vip})");
    let rest: Vec<&str> =
        texts.iter().copied().filter(|text| !text.starts_with(&soft) && *text != reminded).collect();
    let wanted = [
        fallback.clone(),
        added.clone(),
        mail(&added),
        no_fallback.clone(),
        deleted.clone(),
        mail(&deleted),
        fallback,
        added.clone(),
        mail(&added),
        no_fallback,
        purged.clone(),
        mail(&purged),
    ];
    ensure!(rest == wanted, "the log: {rest:#?}");
    // `[Mon Mar  5 20:33:05 2018|rules|PID] …`: the configuration's file is called `rules` here.
    let head = log[0].split_once("] ").map_or("", |(head, _)| head);
    let parts: Vec<&str> = head.split('|').collect();
    ensure!(
        parts.len() == 3
            && parts[0].len() == 25
            && parts[1] == "rules"
            && parts[2] == rig.director.pid().to_string(),
        "{head}"
    );
    let results = lines(&at("results"));
    let what = format!("connect tcp {} {}", plan.servers[0].rip, plan.real_port);
    let states: Vec<&str> = results
        .iter()
        .filter_map(|line| line.split_once(&format!("[{}] {what} [", rig.director.pid()))?.1.split_once(']'))
        .map(|(state, _)| state)
        .collect();
    let mut runs = states.clone();
    runs.dedup();
    ensure!(states.len() == results.len() && runs == ["up", "down", "up"], "{results:#?}");
    Ok(format!(
        "4 scripts, {} letters of which {reminders} remind, {} lines in the log, {} results",
        sink.letters().len(),
        log.len(),
        results.len()
    ))
}

/// With a syslog of our own where the machine has none. Other programs that are there meanwhile may write to it, too.
fn syslog() -> Result<String> {
    let setup = Setup { workers: 1, servers: 1, ..Setup::new(Nat, Family::V4) };
    let plan = setup.plan();
    let (dir, note) = place()?;
    let at = |name: &str| dir.path().join(name);
    let socket = Path::new("/dev/log");
    if socket.exists() {
        return Ok("LEFT OUT: this machine has a syslog; its socket is not to be taken".to_owned());
    }
    struct Gone<'p>(&'p Path);
    impl Drop for Gone<'_> {
        fn drop(&mut self) {
            let _ = fs::remove_file(self.0);
        }
    }
    let syslog = match UnixDatagram::bind(socket) {
        Ok(syslog) => syslog,
        Err(error) => return Ok(format!("LEFT OUT: {}: {error}", socket.display())),
    };
    let _gone = Gone(socket);
    syslog.set_read_timeout(Some(PATIENCE))?;
    let config = ldirectord_cf(&plan, &note, "local0", &at("results"));
    let any = SocketAddr::from(([0, 0, 0, 0], plan.real_port));
    let mut one = None;
    let mut rig = Rig::start_with(Setup { rules: Some(config), ..setup }, |lab| {
        one = Some(HttpServer::start(lab.host(&plan.servers[0].name)?, any)?);
        Ok(())
    })?;
    wait_for(&rig, &[&plan.servers[0].rip.to_string()])?;
    rig.stop()?;
    let mut told = Vec::new();
    let wanted =
        format!("Purged real server (stop): {}:{} ({})", plan.servers[0].rip, plan.real_port, plan.service);
    // local0 and informational: 16 * 8 + 6.
    let tag = format!(" ldirectord[{}]: ", rig.director.pid());
    while !told.iter().any(|line: &String| line.ends_with(&wanted)) {
        let mut bytes = [0; 2048];
        let read = syslog.recv(&mut bytes).context("no more comes from the director")?;
        let line = String::from_utf8_lossy(&bytes[..read]).into_owned();
        if line.contains(&tag) {
            ensure!(line.starts_with("<134>"), "{line}");
            told.push(line);
        }
    }
    Ok(format!("{} lines, the last: {}", told.len(), told.last().map_or("", String::as_str)))
}

/// The director is killed while scripts run that do not listen to TERM: nothing of them is left, nor of the process that ran
/// them.
fn killed() -> Result<String> {
    let setup = Setup { workers: 1, servers: 1, ..Setup::new(Nat, Family::V4) };
    let plan = setup.plan();
    let (dir, _) = place()?;
    let pids = dir.path().join("pids");
    let line = format!(
        "trap '' TERM; (trap '' TERM; sleep 1000) & echo $PPID $$ $! > {0}.new; mv {0}.new {0}; sleep 1000; sleep 1000",
        pids.display()
    );
    let script = dir.path().join("deaf");
    fs::write(&script, format!("#!/bin/sh\n{line}\n"))?;
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    let config = format!(
        "virtual_server {} {} {{\n  delay_loop 600\n  lb_algo rr\n  lb_kind NAT\n  protocol TCP\n  real_server {} {} {{\n    \
         MISC_CHECK {{\n      misc_path {}\n      misc_timeout 600\n      warmup 0\n    }}\n  }}\n}}\n",
        plan.service.ip(),
        plan.service.port(),
        plan.servers[0].rip,
        plan.real_port,
        script.display()
    );
    let mut rig = Rig::start(Setup { rules: Some(config), ..setup })?;
    let told =
        until("the script", || fs::read_to_string(&pids).unwrap_or_default(), |told| !told.is_empty())?;
    let all: Vec<&str> = told.split_whitespace().collect();
    ensure!(all.len() == 3 && all.iter().all(|pid| alive(pid)), "{told}");
    ensure!(all[0] != rig.director.pid().to_string(), "the script is the director's own child");
    rig.director.signal(rustix::process::Signal::KILL)?;
    rig.director.wait(Duration::from_secs(5))?;
    let begun = Instant::now();
    until("their end", || all.iter().filter(|pid| alive(pid)).count(), |left| *left == 0)?;
    Ok(format!(
        "{} processes gone {:.1} s after the director was killed",
        all.len(),
        begun.elapsed().as_secs_f32()
    ))
}

/// It is there, and no zombie.
fn alive(pid: &str) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    !stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['Z', 'X']))
}
