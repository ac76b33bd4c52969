//! ldirectord's files, read as ldirectord reads them.
//!
//! The files are in `tests/dialects/ldirectord`, what becomes of each beside it. Where ldirectord itself is installed, it
//! reads them, too, and must say the same.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use ulvs::config::{
    Context, Diagnostics, Dialect, Files, Format, Ldirectord, Names, Severity, Source, SourceError,
    write_ldirectord,
};
use ulvs::control::command::Intent;
use ulvs::lvs::{Check, Farm, ForwardingMethod, ServiceKey, WhenDown};

const SERVICES: &str = "http 80/tcp www\ndomain 53/udp\ndomain 53/tcp\nssh 22/tcp\n";
const HOSTS: &str = "127.0.0.1 localhost\n::1 localhost\n10.0.0.100 vip.lab\n2001:db8::100 vip6.lab\n10.0.0.1 rs1\n\
                     10.0.0.3 rs3\n10.0.0.4 rs4\n2001:db8::6 rs6.lab\n10.0.0.9 www.lab\n";

/// Files of a test.
struct Shelf(BTreeMap<PathBuf, String>);

impl Files for Shelf {
    fn load(&self, path: &Path) -> Result<Source, SourceError> {
        let name = path.display().to_string();
        match self.0.get(path) {
            Some(text) => Ok(Source::from_text(name, text.as_str())),
            None => Err(SourceError::Io {
                name,
                operation: "open",
                error: io::Error::from(io::ErrorKind::NotFound),
            }),
        }
    }

    fn matching(&self, pattern: &str) -> Vec<PathBuf> {
        self.0.keys().filter(|path| path.starts_with(pattern)).cloned().collect()
    }
}

fn shelf() -> Shelf {
    let other = "autoreload=yes\nlogfile=\"local1\"\nvirtual=10.0.0.1:80\n    real=10.0.0.9:80 gate\n\
                 virtual=10.0.0.1:83\n    real=10.0.0.9:83 gate\nexecute=whole.cf\n";
    Shelf(
        [("/etc/ha.d/other.cf", other), ("/etc/ha.d/maintenance/10.0.0.1", ""), ("whole.cf", "")]
            .map(|(path, text)| (path.into(), text.to_owned()))
            .into(),
    )
}

fn read(name: &str, text: &str) -> (Intent, Diagnostics) {
    let names = Names::from_text(SERVICES, HOSTS);
    let files = shelf();
    let context = Context { files: &files, config_id: "lab".to_owned(), ..Context::of_names(&names) };
    let mut out = Diagnostics::default();
    let intent = Ldirectord.read(&Source::from_text(name, text), &context, &mut out);
    out.sort();
    (intent, out)
}

fn fixtures() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dialects/ldirectord");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "cf"))
        .map(|path| {
            (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap())
        })
        .collect();
    files.sort();
    assert!(files.len() >= 7, "{files:?}");
    files
}

/// Remarks as they are shown.
fn rendered(out: &Diagnostics) -> String {
    let mut text = String::new();
    for remark in out {
        let strict = if remark.is_strict && remark.severity != Severity::Error { " (strict)" } else { "" };
        let before = remark.text.get(..remark.caret.start).unwrap();
        let blanks: String = before.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let marked = remark.text.get(remark.caret.clone()).unwrap().chars().count().max(1);
        writeln!(text, "{remark}{strict}\n  | {}\n  | {blanks}{}", remark.text, "^".repeat(marked)).unwrap();
        if let Some(help) = &remark.help {
            writeln!(text, "  = {help}").unwrap();
        }
    }
    text
}

fn named(key: &ServiceKey) -> String {
    match key {
        ServiceKey::Tuple { protocol, virt } => format!("{} {virt}", protocol.listing()),
        ServiceKey::Fwmark { family, mark } => format!("FWM {mark} {family:?}"),
    }
}

fn check(check: &Check) -> String {
    let timing = &check.timing;
    let mut text = format!(
        "every {:?}, {:?}, falls {}{}",
        timing.interval,
        timing.timeout,
        timing.falls,
        if check.begins_down && timing.first_counts && timing.rises == 1 { "" } else { " ODD" }
    );
    if let Some(addr) = check.addr {
        write!(text, ", at {addr}").unwrap();
    }
    if let Some(port) = check.port {
        write!(text, ", port {port}").unwrap();
    }
    write!(text, ": {}", serde_json::to_string(&check.probe).unwrap()).unwrap();
    text
}

fn farm(farm: &Farm) -> String {
    let mut text =
        format!("farm {}: services {:?}\n", farm.name, farm.services.iter().map(named).collect::<Vec<_>>());
    for server in &farm.servers {
        let when_down = if server.when_down == WhenDown::Quiesce { "quiesce" } else { "remove" };
        let checks: Vec<_> = server.checks.iter().map(check).collect();
        writeln!(text, "  {} {when_down}: {}", server.endpoint, checks.join("; ")).unwrap();
    }
    let mut line = |what: &str, value: String| writeln!(text, "  {what}: {value}").unwrap();
    if let Some(sorry) = &farm.sorry {
        line("fallback", format!("{} {}", sorry.server.endpoint, sorry.server.method.listing()));
    }
    if let Some(script) = &farm.scripts.fallback {
        line("fallback script", format!("{:?}", script.line));
    }
    if let Some(mail) = &farm.mail {
        line("mail", serde_json::to_string(mail).unwrap());
    }
    if farm.readds || farm.stays {
        line("readds, stays", format!("{} {}", farm.readds, farm.stays));
    }
    for (what, value) in [
        ("maintenance", farm.maintenance.as_ref().map(|path| path.display().to_string())),
        ("monitor", farm.monitor.as_ref().map(|path| path.display().to_string())),
        ("comment", farm.comment.clone()),
    ] {
        if let Some(value) = value {
            line(what, value);
        }
    }
    text
}

fn summary(intent: &Intent) -> String {
    let mut text = format!("upkeep {}\n", serde_json::to_string(&intent.upkeep).unwrap());
    for (key, (spec, servers)) in &intent.services {
        write!(text, "{} {}", named(key), spec.scheduler).unwrap();
        let flags = spec.scheduler_flags;
        if flags.first || flags.second || flags.third {
            write!(text, " flags {} {} {}", flags.first, flags.second, flags.third).unwrap();
        }
        if let Some(persistence) = &spec.persistence {
            write!(text, " persistent {} mask {}", persistence.timeout_seconds, persistence.mask).unwrap();
        }
        writeln!(text, "{}", if spec.one_packet { " ops" } else { "" }).unwrap();
        for server in servers {
            let (method, limits) = (server.method.listing(), server.thresholds);
            write!(text, "  -> {} {method} {}", server.endpoint, server.weight).unwrap();
            writeln!(text, " {}/{}", limits.upper, limits.lower).unwrap();
        }
    }
    text + &intent.farms.iter().map(farm).collect::<String>()
}

#[test]
fn files_and_what_becomes_of_them() {
    for (name, text) in fixtures() {
        let (intent, out) = read(&name, &text);
        let shown = format!("{}\n{}", rendered(&out), summary(&intent));
        insta::with_settings!({ snapshot_path => "dialects/ldirectord", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name.trim_end_matches(".cf"), shown);
        });
        assert_eq!(Format::detect(&Source::from_text("some.conf", text)).name(), "ldirectord", "{name}");
    }
}

/// What ldirectord says of some files: per file whether it takes it, and a line for each thing in it.
fn original(files: &[PathBuf]) -> Option<Vec<(bool, Vec<String>)>> {
    const PROGRAM: &str = "/usr/sbin/ldirectord";
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dialects/ldirectord/original.pl");
    let mut command = Command::new("perl");
    let ran = command.env("PERLIO", "perlio").arg(script).arg(PROGRAM).args(files).output();
    let Some(output) = ran.ok().filter(|output| output.status.success() && Path::new(PROGRAM).exists())
    else {
        eprintln!(
            "LEFT OUT: ldirectord with its Perl modules is not on this machine; nothing was compared with it"
        );
        return None;
    };
    let text = String::from_utf8(output.stdout).unwrap();
    let mut all = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("FILE ") {
            Some(head) => all.push((head.contains(" fine "), Vec::new())),
            None => all.last_mut().unwrap().1.push(line.trim().to_owned()),
        }
    }
    assert_eq!(all.len(), files.len(), "{text}");
    Some(all)
}

/// The same lines of what we made of it.
fn as_original(intent: &Intent) -> Vec<String> {
    let mut lines = Vec::new();
    for farm in &intent.farms {
        let key = farm.services[0];
        let (spec, servers) = &intent.services[&key];
        let mut line = "virtual ".to_owned()
            + &match key {
                ServiceKey::Tuple { protocol, virt } if protocol.listing() == "UDP" => format!("-u {virt} "),
                ServiceKey::Tuple { virt, .. } => format!("-t {virt} "),
                ServiceKey::Fwmark { family: ulvs::lvs::Family::V6, mark } => format!("-f {mark} -6 "),
                ServiceKey::Fwmark { mark, .. } => format!("-f {mark} "),
            };
        line += if spec.one_packet { "-o " } else { "" };
        write!(line, "-s {} ", spec.scheduler).unwrap();
        if let Some(persistence) = &spec.persistence {
            write!(line, "-p {} ", persistence.timeout_seconds).unwrap();
            if !persistence.mask.is_whole() {
                write!(line, "-M {} ", persistence.mask).unwrap();
            }
        }
        lines.push(line);
        for (server, watched) in servers.iter().zip(&farm.servers) {
            assert_eq!(server.endpoint, watched.endpoint);
            lines.push(format!(
                "real {} {} {} {} {}",
                server.endpoint.addr,
                method(server.method),
                server.weight,
                server.thresholds.upper,
                server.thresholds.lower
            ));
            let check = &watched.checks[0];
            let timeout = match check.probe {
                ulvs::lvs::Probe::Fixed { .. } => "-".to_owned(),
                _ => check.timing.timeout.as_secs().to_string(),
            };
            let port = check.port.unwrap_or(server.endpoint.port);
            lines.push(format!("check {port} {timeout} {}", check.timing.falls));
        }
        if let Some(sorry) = &farm.sorry {
            lines.push(format!("fallback {} {}", sorry.server.endpoint.addr, method(sorry.server.method)));
        }
    }
    lines
}

fn method(method: ForwardingMethod) -> &'static str {
    match method {
        ForwardingMethod::Nat => "masq",
        ForwardingMethod::Tunnel => "ipip",
        _ => "gate",
    }
}

/// The original's lines in the shape of [`as_original`].
fn plain(lines: &[String], ours: &[String]) -> Vec<String> {
    let mut plain = Vec::new();
    let (mut kind, mut service, mut timing) = (String::new(), String::new(), Vec::new());
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        match words[0] {
            "virtual" => {
                let (flags, rest) = line.split_once('|').unwrap();
                let rest: Vec<String> = rest.split_whitespace().map(str::to_owned).collect();
                (kind, service, timing) = (rest[0].clone(), rest[2].clone(), rest[3..].to_vec());
                // Flags of the scheduler are compared elsewhere.
                let flags = flags.split(" -b ").next().unwrap().trim_end().to_owned() + " ";
                plain.push(flags);
            }
            "real" => {
                let (addr, _) = words[1].rsplit_once(':').unwrap();
                let addr = addr.trim_matches(['[', ']']);
                plain.push(format!("real {addr} {} {} {} {}", words[2], words[3], words[4], words[5]));
                let is_talk = kind == "negotiate" || kind == "combined";
                let short = timing[0].parse::<u64>().unwrap().min(timing[1].parse().unwrap()).to_string();
                let timeout = match (is_talk, service.as_str()) {
                    (true, "none") => "-".to_owned(),
                    (true, "ldap" | "ldaps" | "radius") => short,
                    (true, _) => timing[1].clone(),
                    (false, _) if kind == "on" || kind == "off" => "-".to_owned(),
                    (false, _) => timing[0].clone(),
                };
                // Checks without a port, and those that never are up.
                let own = ours.get(plain.len()).cloned().unwrap_or_default();
                let own: Vec<&str> = own.split(' ').collect();
                let port = if is_talk && service != "none" || kind == "connect" { words[6] } else { own[1] };
                plain.push(format!("check {port} {timeout} {}", timing[2]));
            }
            _ => {
                let (addr, _) = words[1].rsplit_once(':').unwrap();
                plain.push(format!("fallback {} {}", addr.trim_matches(['[', ']']), words[2]));
            }
        }
    }
    plain
}

/// Where ldirectord goes on, so do we, with the same services; what it refuses is an error, or strictly one.
#[test]
fn as_ldirectord_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    let texts = snippets();
    let files: Vec<PathBuf> =
        (0..texts.len()).map(|number| folder.path().join(format!("{number}.cf"))).collect();
    for (file, text) in files.iter().zip(&texts) {
        fs::write(file, text).unwrap();
    }
    let Some(said) = original(&files) else { return };
    let mut different = Vec::new();
    for ((is_fine, lines), text) in said.iter().zip(&texts) {
        let (intent, out) = read("f.cf", text);
        let strict = out.iter().filter(|remark| remark.is_strict).count();
        let ours = as_original(&intent);
        let is_same = if *is_fine {
            !out.has_errors() && strict == 0 && plain(lines, &ours) == ours
        } else {
            strict > 0
        };
        if !is_same {
            let theirs = if *is_fine { plain(lines, &ours).join("\n") } else { "refused".to_owned() };
            different.push(format!(
                "{text}--- ldirectord:\n{theirs}\n--- here:\n{}\n{}",
                ours.join("\n"),
                rendered(&out)
            ));
        }
    }
    assert!(
        different.is_empty(),
        "{} of {}:\n{}",
        different.len(),
        texts.len(),
        different.join("\n======\n")
    );
    println!("{} files as ldirectord reads them", texts.len());
}

/// Small files, each about one thing.
fn snippets() -> Vec<String> {
    const GLOBALS: &[&str] = &[
        "",
        "checktimeout=3",
        "checktimeout = 3",
        "checktimeout=0",
        "checktimeout=",
        "checktimeout=x",
        "checktimeout=7 # x",
        "negotiatetimeout=4",
        "checkinterval=3",
        "checkinterval=0",
        "failurecount=3",
        "failurecount=none",
        "fallback=127.0.0.1:80",
        "fallback=127.0.0.1:80 masq",
        "fallback=127.0.0.1",
        "fallback=127.0.0.1:80 nat",
        "fallback=",
        "fallback=127.0.0.1:99999",
        "fallback6=[::1]:80",
        "fallback6=[::1]",
        "fallback=[::1]:80",
        "fallback=10.0.0.9:80   ipip  ",
        "fallbackcommand=/bin/x",
        "fallbackcommand=",
        "autoreload=yes",
        "autoreload=no",
        "autoreload=Yes",
        "autoreload=yes ",
        "autoreload=",
        "callback=\"/bin/x\"",
        "callback=/bin/x",
        "execute=other",
        "fork=yes",
        "fork=1",
        "supervised=yes",
        "supervised=maybe",
        "supervisedx",
        "quiescent=yes",
        "quiescent=no # x",
        "quiescent=0",
        "readdquiescent=no",
        "readdquiescent=n",
        "emailalert=a@b",
        "emailalert=\"a@b\"",
        "emailalert=",
        "emailalertfreq=60",
        "emailalertfreq=x",
        "emailalertstatus=all",
        "emailalertstatus=none",
        "emailalertstatus=none,all",
        "emailalertstatus=starting,running",
        "emailalertstatus=starting , running",
        "emailalertstatus=bad",
        "emailalertfrom=a@b",
        "emailalertfrom=",
        "cleanstop=no",
        "cleanstop=never",
        "smtp=mail.lab",
        "smtp=[x",
        "smtp=",
        "timeout=3",
        "connecttimeout=3",
        "unknown=3",
        "nothing",
        " checktimeout=3",
        "real=10.0.0.1:80 gate",
        "[x]",
        "# x",
        "  # x",
        "   ",
        "checktimeout",
        "checktimeout 3",
        "logfile=\"local0\"",
        "logfile=/tmp/x",
        "emailalertfreq=10s",
        "checkinterval=500ms",
        "=3",
        "x = ",
    ];
    const LINES: &[&str] = &[
        "",
        "checktimeout=3",
        "checktimeout=0",
        "checktimeout=x",
        "negotiatetimeout=9",
        "failurecount=4",
        "failurecount=0",
        "real=10.0.0.2:81 masq 3",
        "real=10.0.0.2 gate",
        "real=10.0.0.2",
        "real=10.0.0.2 ",
        "real=10.0.0.2:81",
        "real=10.0.0.2:81 nat",
        "real=10.0.0.2:80 gate 0",
        "real=10.0.0.2:80 gate 7 ",
        "real=10.0.0.2:80 gate x",
        "real=10.0.0.2:80 gate 1 x",
        "real=10.0.0.2:80 gate -w 3",
        "real=10.0.0.2:80 gate 2 \"a\", \"b\"",
        "real=10.0.0.2:80 gate \"a\",\"b\"",
        "real=10.0.0.2:80 gate \"a\" \"b\"",
        "real=10.0.0.2:80 gate 1 \"a\"",
        "real=10.0.0.2:80 gate 1 \"a b\"  ,  \"b\"",
        "real=10.0.0.2:80 gate 1 \"a, b\", \"c\" l:1 u:5",
        "real=10.0.0.2:80 gate l:1 u:5",
        "real=10.0.0.2:80 gate 4 u:5",
        "real=10.0.0.2:80 gate 4 u:5x",
        "real=10.0.0.2:80 gate 4 l:1 u:5 z",
        "real=10.0.0.2->10.0.0.5:80 gate 2",
        "real=10.0.0.2->10.0.0.5 masq",
        "real=10.0.0.5->10.0.0.2:80 gate",
        "real=10.0.0.2->10.0.0.2:80 gate",
        "real=",
        "real=10.0.0.2:99999 gate",
        "real=10.0.0.2:0 gate",
        "real=[::1]:80 gate",
        "real6=[::1]:80 gate",
        "real=300.1.1.1:80 gate",
        "real=10.0.0.2:80 gate 1 # x",
        "real=10.0.0.2:80 gate # 1",
        "real = 10.0.0.2:80  gate   6",
        "real=10.0.0.2:80\tgate\t6",
        "real=10.0.0.2:80 Gate",
        "real=10.0.0.2:80 gate1",
        "real=10.0.0.2:80 gate 1.5",
        "real=10.0.0.2 : 80 gate",
        "real=-> gate",
        "real=10.0.0.2-> gate",
        "real=10.0.0.2-10.0.0.5:80 gate",
        "real=10.0.0.2: gate",
        "real=\"10.0.0.2:80\" gate",
        "request=\"x\"",
        "request=\"\"",
        "request=x",
        "request=\"x",
        "request=\"x\" # y",
        "request=\"x#y\"",
        "receive=\"x\"",
        "receive=\"\"",
        "receive=\"a\"b\"",
        "checktype=connect",
        "checktype=negotiate",
        "checktype=ping",
        "checktype=external",
        "checktype=external-perl\n    checkcommand=/bin/x\n    #",
        "checktype=on",
        "checktype=off",
        "checktype=5",
        "checktype=0",
        "checktype=-1",
        "checktype=foo",
        "checktype=",
        "checktype=\"connect\"",
        "checktype=connect x",
        "checkcommand=/bin/x",
        "checkcommand=\"/bin/x\"",
        "checkcommand=",
        "checkport=81",
        "checkport=0",
        "checkport=65536",
        "checkport=http",
        "login=\"x\"",
        "login=x",
        "passwd=\"x\"",
        "database=\"x\"",
        "secret=\"x\"",
        "scheduler=rr",
        "scheduler=rr # x",
        "scheduler=RR",
        "scheduler=",
        "persistent=60",
        "persistent=60s",
        "persistent=x",
        "persistent=60\n    netmask=255.255.255.0",
        "netmask=24",
        "persistent=60\n    netmask=255.255.255.0 ",
        "protocol=tcp",
        "protocol=udp",
        "protocol=icmp",
        "protocol=fwm",
        "protocol=",
        "protocol=\"tcp\"",
        "ops=yes",
        "ops=yes ",
        "ops=maybe",
        "protocol=udp\n    ops=yes",
        "service=http",
        "service=https",
        "service=http_proxy\n    request=\"http://x/\"",
        "service=ssh",
        "service=\"http\"",
        "service=",
        "service=simpletcp",
        "service=ftp\n    receive=\"x\"",
        "service=none",
        "service=smtp",
        "service=nntp",
        "service=imaps",
        "service=ldap",
        "service=ldap\n    checktimeout=2\n    negotiatetimeout=9",
        "service=radius\n    login=\"a\"\n    secret=\"b\"",
        "service=mysql\n    login=\"a\"\n    request=\"select 1\"",
        "service=sip",
        "httpmethod=GET",
        "httpmethod=head",
        "httpmethod=POST",
        "httpmethod=",
        "virtualhost=www",
        "virtualhost=\"www\"",
        "virtualhost=",
        "fallback=127.0.0.1:80 gate",
        "fallback=127.0.0.1",
        "fallback=127.0.0.1:http",
        "fallback6=[::1]:80",
        "fallback=",
        "fallback=127.0.0.1:80 foo",
        "fallbackcommand=/bin/x",
        "fallbackcommand=\"/bin/x y\"",
        "fallbackcommand=",
        "quiescent=yes",
        "quiescent=yes # x",
        "quiescent=on",
        "emailalert=a@b",
        "emailalertfreq=5",
        "emailalertfreq=",
        "emailalertstatus=running",
        "emailalertstatus=walking",
        "emailalertfrom=a@b",
        "cleanstop=no",
        "cleanstop=0",
        "smtp=mail",
        "smtp=",
        "servicename=x y",
        "servicename=",
        "comment=x # y",
        "autoreload=yes",
        "readdquiescent=yes",
        "unknown=1",
        "nothing",
        "load=\"cpu\"",
        "load=cpu",
        "connecttimeout=1",
        "timeout=1",
        "     ",
        "#x",
        "real",
        "real 10.0.0.2:80 gate",
        "quiescent=\"yes\"",
        "schedflags=",
    ];
    const HEADS: &[&str] = &[
        "virtual=10.0.0.1:80",
        "virtual = 10.0.0.1:80",
        "virtual=10.0.0.1:80 # x",
        "virtual=10.0.0.1:443",
        "virtual=10.0.0.1:25",
        "virtual=10.0.0.1:53",
        "virtual=10.0.0.1:http",
        "virtual=10.0.0.1:99999",
        "virtual=10.0.0.1:nosuch",
        "virtual=10",
        "virtual=10.0.0.1",
        "virtual=",
        "virtual=x",
        "virtual=[2001:db8::1]:80",
        "virtual=300.1.1.1:80",
        "virtual=10.0.0.1:7777",
        "virtual10.0.0.1:80",
        "virtual =10.0.0.1:80 x",
        " virtual=10.0.0.1:80",
    ];
    let mut all: Vec<String> = GLOBALS
        .iter()
        .map(|line| format!("{line}\nvirtual=10.0.0.1:80\n    real=10.0.0.9:80 gate 2\n    receive=\"x\"\n"))
        .collect();
    all.extend(LINES.iter().map(|line| {
        format!("virtual=10.0.0.1:80\n    real=10.0.0.9:80 gate 2\n    {line}\n\nvirtual=10.0.0.8:25\n\treal=10.0.0.9:25 masq\n")
    }));
    all.extend(HEADS.iter().map(|head| {
        format!("{head}\n    real=10.0.0.9:80 masq 2\n    checkport=80\n    checktype=connect\n    checktimeout=8\n    negotiatetimeout=9\n")
    }));
    for text in [
        "virtual=10.0.0.1:80\n  real=10.0.0.9:80 gate\n",
        "virtual=10.0.0.1:80\n   \treal=10.0.0.9:80 gate\n",
        "virtual=10.0.0.1:80\nreal=10.0.0.9:80 gate\n",
        "virtual=10.0.0.1:80\n\n    real=10.0.0.9:80 gate\n",
        "virtual=10.0.0.1:80\n# x\n    real=10.0.0.9:80 gate\n#y\n",
        "virtual=10.0.0.1:80\n    \n    real=10.0.0.9:80 gate\n",
        "virtual=10.0.0.1:80\n\treal=10.0.0.9:80 gate\nquiescent=yes\nvirtual=10.0.0.2:80\n",
        "virtual=10.0.0.1:80\n\treal=10.0.0.9:80 gate\nvirtual=10.0.0.1:80\n",
        "virtual=10.0.0.1:80\n\treal=10.0.0.9:80 gate\n\tprotocol=udp\nvirtual=10.0.0.1:80\n\treal=10.0.0.9:80 gate\n",
        "virtual6=[2001:db8::1]:80\n\treal6=[2001:db8::2]:80 gate\n\tfallback6=[::1]:80\n\tpersistent=5\n\tnetmask=64\n",
        "virtual6=[2001:db8::1]:80\n\treal=[2001:db8::2]:80 gate\n",
        "virtual6=[2001:db8::1]:80\n\treal6=[2001:db8::2]->[2001:db8::4]:80 gate\n",
        "virtual6=[2001:db8::1]:80\n\tnetmask=255.255.255.0\n",
        "virtual6=10\n\treal6=[2001:db8::2] gate\n\tservice=https\n",
        "virtual6=[2001:db8::zz]:80\n",
        "virtual6=10.0.0.1:80\n",
        "virtual=10\n\treal=10.0.0.2 gate\n\tprotocol=tcp\n",
        "virtual=10\n\treal=10.0.0.2 gate 3\n\tprotocol=fwm\n\tservice=http\n\tpersistent=600\n",
        "virtual=10\n\treal=10.0.0.2:80 masq 3\n\tfallback=127.0.0.1:80 gate\n",
        "virtual=10.0.0.1:80\r\n\treal=10.0.0.9:80 gate\r\n",
        "virtual=10.0.0.1:80\r\n\treal=10.0.0.9:80 gate\r\n\tquiescent=yes\r\n",
        "checktimeout=2\nvirtual=10.0.0.1:80\n\treal=10.0.0.9:80 gate\n",
        "negotiatetimeout=2\nvirtual=10.0.0.1:80\n\treal=10.0.0.9:80 gate\n\tchecktype=connect\n",
        "negotiatetimeout=2\nchecktimeout=3\nvirtual=10.0.0.1:80\n\treal=10.0.0.9:80 gate\n\tchecktimeout=4\n",
        "virtual=10.0.0.1:389\n\treal=10.0.0.9:389 gate\n\tchecktimeout=4\n",
    ] {
        all.push(text.to_owned());
    }
    all
}

/// Real files, which are not a part of this project, and what ldirectord made of them.
#[test]
fn real_files() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let Ok(expected) = fs::read_to_string(corpus.join("expected/ldirectord-4.12.txt")) else {
        eprintln!("LEFT OUT: no folder ../shared/corpus; no real file was read");
        return;
    };
    let mut table = String::new();
    for part in expected.split("## ").skip(1) {
        let (name, verdict) = part.split_once('\n').unwrap();
        let text = fs::read_to_string(corpus.join("ldirectord").join(name.trim())).unwrap();
        let (intent, out) = read(name, &text);
        let strict: Vec<usize> =
            out.iter().filter(|remark| remark.is_strict).map(|remark| remark.line).collect();
        if let Some(rest) = verdict.split(" at line ").nth(1) {
            let line: usize = rest.split(':').next().unwrap().parse().unwrap();
            assert_eq!(strict.first(), Some(&line), "{name}:\n{}", rendered(&out));
            writeln!(table, "{name}: refused in line {line}; here: {} errors", out.errors()).unwrap();
            continue;
        }
        assert!(strict.is_empty() && !out.has_errors(), "{name}:\n{}", rendered(&out));
        let mut theirs: Vec<String> = Vec::new();
        for line in verdict.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["ipvsadm", "-A", "-t", address, "-s", scheduler] => {
                    theirs.push(format!("{address} {scheduler}"))
                }
                ["real", address, forward, weight, ..] => {
                    let (forward, weight) =
                        (forward.trim_start_matches("fwd="), weight.trim_start_matches("w="));
                    theirs.push(format!("{address} {forward} {weight}"));
                }
                _ => {}
            }
        }
        let mut ours = Vec::new();
        for farm in &intent.farms {
            let (spec, servers) = &intent.services[&farm.services[0]];
            let ServiceKey::Tuple { virt, .. } = spec.key else { panic!("{name}: a mark") };
            ours.push(format!("{virt} {}", spec.scheduler));
            ours.extend(servers.iter().map(|s| format!("{} {} {}", s.endpoint, method(s.method), s.weight)));
        }
        assert_eq!(ours, theirs, "{name}");
        let (services, servers) = (intent.farms.len(), ours.len() - intent.farms.len());
        writeln!(table, "{name}: taken; here: {services} services, {servers} real servers").unwrap();
    }
    println!("{table}");
    assert_eq!(table.lines().count(), 7, "{table}");
}

/// What is written of a file means the same, and ldirectord takes it.
#[test]
fn round_trips() {
    let mut texts = fixtures();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/ldirectord");
    match fs::read_dir(&corpus) {
        Ok(entries) => texts.extend(entries.map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap())
        })),
        Err(_) => eprintln!("LEFT OUT: no folder ../shared/corpus; no real file was written"),
    }
    texts.extend(snippets().into_iter().map(|text| ("f.cf".to_owned(), text)));
    let (mut written_files, mut written) = (0, Vec::new());
    for (name, text) in texts {
        let (intent, out) = read(&name, &text);
        if out.has_errors() {
            continue;
        }
        let result = write_ldirectord(&intent);
        let (again, out) = read("again.cf", &result.text);
        assert_eq!(
            rendered(&out).matches("error").count(),
            0,
            "{name}:\n{}\n{}",
            result.text,
            rendered(&out)
        );
        if name == "whole.cf" {
            // It has a part with other globals than its own.
            let unsaid = "maintenancedir differs between services: one value counts for all";
            assert_eq!(result.unsaid, [unsaid, "virtual=10.0.0.1:83: read back it is not wholly the same"]);
            continue;
        }
        assert_eq!(summary(&again), summary(&intent), "{name}:\n{text}---\n{}", result.text);
        assert_eq!(again, intent, "{name}:\n{}", result.text);
        if result.unsaid.is_empty() {
            written.push(result.text);
        } else {
            let only_hashes = result.unsaid.iter().all(|line| line.contains("`#`"));
            assert!(only_hashes, "{name}: {:?}\n{}", result.unsaid, result.text);
        }
        written_files += 1;
    }
    println!("{written_files} files written and read again");
    assert!(written_files > 100);
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> =
        (0..written.len()).map(|number| folder.path().join(format!("{number}.cf"))).collect();
    for (file, text) in files.iter().zip(&written) {
        fs::write(file, text.replace("monitorfile=/", "#").replace("logfile=\"/", "#")).unwrap();
    }
    let Some(said) = original(&files) else { return };
    for ((is_fine, _), text) in said.iter().zip(&written) {
        assert!(is_fine, "ldirectord refuses what was written:\n{text}");
    }
    println!("{} of them taken by ldirectord", said.len());
}

/// Whatever is done to a file: no panic, every remark is about a place in it, and it takes no time.
#[test]
fn damaged_files() {
    let mut read_files = 0;
    let mut look = |text: &str| {
        let (_, out) = read("f.cf", text);
        let lines = text.matches('\n').count() + 1;
        for remark in &out {
            assert!(remark.line <= lines && remark.text.get(remark.caret.clone()).is_some(), "{remark}");
        }
        read_files += 1;
    };
    for (_, text) in fixtures() {
        for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            look(&text[..at]);
        }
        let lines: Vec<&str> = text.lines().collect();
        for number in 0..lines.len() {
            for change in [
                &[][..],
                &[lines[number]; 2],
                &["\u{fffd}=\u{e4}\"#->::["],
                &["    real=\"\"->[]:# \"\", \"\" l:u:"],
            ] {
                let changed: Vec<&str> =
                    lines[..number].iter().chain(change).chain(&lines[number + 1..]).copied().collect();
                look(&(changed.join("\n") + "\n"));
            }
            look(&text.replace(lines[number], &lines[number].replace('=', " ")));
            look(&text.replace(lines[number], &lines[number].replace(['"', '.'], "\t")));
        }
    }
    println!("{read_files} damaged files");
    assert!(read_files > 5_000);
}

/// As long as files can be, of the kinds that could take time: each is read in one go.
#[test]
fn long_files() {
    const LEN: usize = 1 << 18;
    let virtuals = |lines: &str| format!("virtual=10.0.0.1:80\n{lines}");
    for (unit, is_block) in [
        ("virtual=10.0.0.1:80\n", false),
        ("virtual=nosuch:80\n", false),
        ("x", false),
        ("x=", false),
        ("\"", true),
        (" ", true),
        (" \"", true),
        ("\" ", true),
        ("#", true),
        ("\tfoo\n", true),
        ("\treal=nosuch gate\n", true),
        ("\treal=10.0.0.0->10.0.255.255 gate\n", true),
        ("emailalertstatus=", false),
        ("a,", false),
        ("[x]\ny\n", false),
        ("execute=x\n", false),
    ] {
        let many = unit.repeat(LEN / unit.len());
        for text in [
            many.clone(),
            virtuals(&many),
            virtuals(&format!("\treal={many} gate")),
            virtuals(&format!("\treal=10.0.0.2 gate {many}")),
            virtuals(&format!("\trequest=\"{many}\"")),
        ] {
            if is_block || !text.contains("\treal") {
                let (_, out) = read("f.cf", &text);
                assert!(out.iter().count() <= Diagnostics::LIMIT);
            }
        }
    }
}
