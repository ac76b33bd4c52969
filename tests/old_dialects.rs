//! The oldest dialects, Piranha's lvs.cf and configure-lvs's lvs.conf: what files of each kind mean, and what is said of
//! them (snapshots beside the files); what is written is read alike; broken files do no harm; files that people published
//! are read as their programs read them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use ulvs::config::{
    Context, Diagnostics, Format, Names, Severity, Source, Written, write_configure_lvs, write_piranha,
};
use ulvs::control::acceptable;
use ulvs::control::command::Intent;
use ulvs::lvs::{
    Check, ExchangeProbe, Farm, FarmServer, Probe, Pulse, ScriptKind, ScriptLine, ServiceKey, SyncSides,
};

const KINDS: [Format; 2] = [Format::Piranha, Format::ConfigureLvs];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn names() -> Names {
    let services = "telnet 23/tcp\ndomain 53/udp\nhttp 80/tcp www\nnfs 2049/udp\n";
    let hosts = "192.0.2.10 director lvs\n10.1.1.8 rs1 rs1.example real-server1 realserver1\n\
                 10.1.1.9 rs2 real-server2 realserver2\n10.1.1.7 real-server3\n";
    Names::from_text(services, hosts)
}

fn read(format: Format, name: &str, text: &str) -> (Intent, Diagnostics) {
    let names = names();
    let mut out = Diagnostics::default();
    let source = Source::from_text(name, text);
    let intent = format.dialect().read(&source, &Context::of_names(&names), &mut out);
    out.sort();
    (intent, out)
}

fn write(format: Format, intent: &Intent) -> Written {
    if format == Format::Piranha { write_piranha(intent) } else { write_configure_lvs(intent) }
}

/// The files of a folder, by name.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "cf" || extension == "conf"));
    paths.sort();
    paths
}

fn fixtures(format: Format) -> Vec<(String, String)> {
    let paths = files(&root().join("tests/dialects").join(format.name()));
    assert!(paths.len() >= 5, "the files of {format} are gone");
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

/// An intent in few words.
fn summary(intent: &Intent) -> String {
    let mut out = String::new();
    for (spec, servers) in intent.services.values() {
        let persistence =
            spec.persistence.map(|p| format!(" persistent {} mask {}", p.timeout_seconds, p.mask));
        writeln!(out, "{} {}{}", key(&spec.key), spec.scheduler, persistence.unwrap_or_default()).unwrap();
        for server in servers {
            writeln!(out, "  {} {} {}", server.endpoint, server.method.listing(), server.weight).unwrap();
        }
    }
    for farm in &intent.farms {
        farm_summary(&mut out, farm);
    }
    if let Some(timeouts) = intent.timeouts {
        writeln!(out, "timeouts {} {} {}", timeouts.tcp, timeouts.tcp_fin, timeouts.udp).unwrap();
    }
    for (when, script) in [("startup", &intent.upkeep.startup), ("shutdown", &intent.upkeep.shutdown)] {
        if let Some(script) = script {
            writeln!(out, "{when} {:?}", script.line).unwrap();
        }
    }
    if let Some(pulse) = &intent.vrrp.pulse {
        pulse_summary(&mut out, pulse);
    }
    if let Some(sync) = &intent.sync {
        assert_eq!(sync.sides, SyncSides::Follows(Pulse::NAME.to_owned()));
        writeln!(out, "  synchronises on {} as {}", sync.interface, sync.sync_id).unwrap();
    }
    out
}

fn pulse_summary(out: &mut String, pulse: &Pulse) {
    writeln!(out, "pulse of {:?} and {:?}", pulse.primary, pulse.backup).unwrap();
    let (port, keepalive, deadtime) = (pulse.port, pulse.keepalive, pulse.deadtime);
    writeln!(out, "  port {port} each {keepalive:?} dead {deadtime:?} links {}", pulse.monitors_links)
        .unwrap();
    for address in pulse.addresses() {
        writeln!(out, "  {}/{} {:?}", address.addr, address.prefix, address.place).unwrap();
    }
    for (when, script) in [("active", &pulse.active_cmd), ("inactive", &pulse.inactive_cmd)] {
        if let Some(script) = script {
            writeln!(out, "  {when} {:?}", script.line).unwrap();
        }
    }
}

fn key(key: &ServiceKey) -> String {
    match key {
        ServiceKey::Tuple { protocol, virt } => format!("{} {virt}", protocol.listing()),
        ServiceKey::Fwmark { mark, .. } => format!("FWM {mark}"),
    }
}

fn farm_summary(out: &mut String, farm: &Farm) {
    let services: Vec<_> = farm.services.iter().map(key).collect();
    writeln!(out, "farm {} of {} in {:?}'s words", farm.name, services.join(", "), farm.words).unwrap();
    if let Some(sorry) = farm.sorry {
        let (endpoint, method) = (sorry.server.endpoint, sorry.server.method.listing());
        let stays = if sorry.replaces || sorry.quiesces { "instead of" } else { "beside" };
        writeln!(out, "  sorry {endpoint} {method} {} {stays} what is up", sorry.server.weight).unwrap();
    }
    assert_eq!((farm.quorum.weight, farm.quorum.hysteresis), (1, 0));
    assert!(!(farm.only_with_vip || farm.readds || farm.stays), "lvsd deletes its services at the end");
    for server in &farm.servers {
        let FarmServer { endpoint, name, when_down, slow_start, .. } = server;
        let slow =
            slow_start.map(|slow| format!("1/{} each {:?}", slow.divisor, slow.step)).unwrap_or_default();
        writeln!(out, "  {endpoint} {} down: {when_down:?} slow: {slow}", name.as_deref().unwrap_or("-"))
            .unwrap();
        for check in &server.checks {
            writeln!(out, "    {}", check_summary(check)).unwrap();
        }
    }
}

fn check_summary(check: &Check) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).escape_debug().to_string();
    let what = match &check.probe {
        Probe::Exchange(ExchangeProbe { send, expect, regex, udp }) => {
            let protocol = if *udp { "udp" } else { "tcp" };
            let how = if *regex { "matches" } else { "begins" };
            format!("{protocol} send \"{}\" answer {how} \"{}\"", text(send), text(expect))
        }
        Probe::Script(script) => {
            let ScriptLine::Words(words) = &script.script.line else { panic!("a line for a shell") };
            let kind = match &script.kind {
                ScriptKind::Output { expect } => format!("prints \"{}\"", text(expect.as_bytes())),
                other => format!("{other:?}"),
            };
            format!("run {words:?} {kind}")
        }
        other => format!("{other:?}"),
    };
    let t = &check.timing;
    let port = check.port.map(|port| format!(" port {port}")).unwrap_or_default();
    let begins = if check.begins_down { "begins down" } else { "begins up" };
    let first = if t.first_counts { ", first counts" } else { "" };
    let times =
        format!("each {:?} at most {:?} falls {} rises {}{first}", t.interval, t.timeout, t.falls, t.rises);
    format!("{what}{port}; {times}, {begins}")
}

fn remarks(out: &Diagnostics) -> String {
    let mut text = String::new();
    for remark in out {
        writeln!(text, "{remark}{}", if remark.is_strict { " [strict]" } else { "" }).unwrap();
        let said = remark.text.get(remark.caret.clone()).unwrap_or("?");
        writeln!(text, "    at `{said}`").unwrap();
        if let Some(help) = &remark.help {
            writeln!(text, "    help: {help}").unwrap();
        }
    }
    text
}

#[test]
fn files_mean_what_they_say() {
    for format in KINDS {
        for (name, text) in fixtures(format) {
            let (intent, out) = read(format, &name, &text);
            let meaning = if out.has_errors() { "not used\n".to_owned() } else { summary(&intent) };
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path(root().join("tests/dialects").join(format.name()));
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            settings.bind(|| insta::assert_snapshot!(name.as_str(), format!("{meaning}\n{}", remarks(&out))));
        }
    }
}

#[test]
fn files_are_known_by_their_content() {
    for format in KINDS {
        for (name, text) in fixtures(format) {
            // INITIAL_STATE alone, and `virtual web {`, are enough.
            assert_eq!(Format::detect(&Source::from_text("some.file", text.as_str())), format, "{name}");
        }
    }
}

/// A file whose errors are none can be run: the director accepts it.
#[test]
fn what_has_no_errors_is_acceptable() {
    for format in KINDS {
        for (name, text) in fixtures(format) {
            let (intent, out) = read(format, &name, &text);
            if !out.has_errors() {
                acceptable(&intent).unwrap_or_else(|error| panic!("{name}: {error}"));
                for key in intent.services.keys() {
                    assert!(out.place_of(key).is_some(), "{name}: where {key:?} is defined");
                }
                let names: BTreeSet<_> = intent.farms.iter().map(|farm| farm.name.as_str()).collect();
                assert_eq!(names.len(), intent.farms.len(), "{name}: names of farms are unique");
            }
        }
    }
}

fn written_is_read_alike(format: Format, name: &str, text: &str) -> bool {
    let (intent, out) = read(format, name, text);
    if out.has_errors() {
        return false;
    }
    let written = write(format, &intent);
    let (again, out) = read(format, "written", &written.text);
    let told: Vec<_> = out.iter().filter(|remark| remark.severity == Severity::Error).collect();
    assert!(told.is_empty(), "{name}: {told:#?}\n{}", written.text);
    assert_eq!(summary(&again), summary(&intent), "{name}:\n{}", written.text);
    assert!(again == intent, "{name}: what the summary does not show differs:\n{}", written.text);
    true
}

#[test]
fn what_is_written_is_read_alike() {
    for (format, count) in [(Format::Piranha, 6), (Format::ConfigureLvs, 3)] {
        let fixtures = fixtures(format);
        let read = fixtures.iter().filter(|(name, text)| written_is_read_alike(format, name, text)).count();
        assert!(read >= count, "{format}: only {read} files could be compared");
    }
}

/// What other languages cannot say of a pair is said to be left out, and what is written is taken.
#[test]
fn a_pair_is_written_as_far_as_it_can_be() {
    let fixtures = fixtures(Format::Piranha);
    let (_, text) = fixtures.iter().find(|(name, _)| name == "pair-nat.cf").unwrap();
    let (intent, _) = read(Format::Piranha, "pair-nat.cf", text);
    assert!(intent.vrrp.pulse.is_some() && intent.sync.is_some());
    for format in [Format::Native, Format::Keepalived] {
        let written = format.write(&intent);
        for what in
            [intent.vrrp.pulse.as_ref().unwrap().describe().as_str(), "sync daemons that follow pulse's pair"]
        {
            let count = written.unsaid.iter().filter(|line| *line == what).count();
            assert_eq!(count, 1, "{format}: {what}: {:?}", written.unsaid);
        }
        let (again, out) = read(format, "written", &written.text);
        assert!(!out.has_errors(), "{format}: {out:#?}\n{}", written.text);
        assert!(again.sync.is_none() && again.services == intent.services, "{format}");
    }
}

#[test]
fn broken_files_do_no_harm() {
    for format in KINDS {
        for (name, text) in fixtures(format) {
            for cut in (0..=text.len()).filter(|cut| text.is_char_boundary(*cut)) {
                read(format, &name, &text[..cut]);
            }
            let lines: Vec<&str> = text.lines().collect();
            for at in 0..lines.len() {
                for other in [
                    vec![],
                    vec![lines[at], lines[at]],
                    vec!["\u{0}\u{1}\"' = {"],
                    vec!["}"],
                    vec!["virtual x {", "server y {"],
                    vec!["= = ="],
                    vec!["SERVICE=,:# t"],
                ] {
                    let mut changed = lines.clone();
                    changed.splice(at..=at, other);
                    let (intent, out) = read(format, &name, &changed.join("\n"));
                    if !out.has_errors() {
                        acceptable(&intent)
                            .unwrap_or_else(|error| panic!("{name}, line {}: {error}", at + 1));
                        write(format, &intent);
                    }
                }
            }
        }
    }
}

/// Work and memory grow with the text, not with its square: this would not end otherwise.
#[test]
fn long_files_are_read() {
    let mut shared = String::from("network = nat\n");
    let mut many = String::new();
    let mut services =
        String::from("LVS_TYPE=VS_NAT\nINITIAL_STATE=on\nVIP=eth0:1 192.0.2.10 255.255.255.255 192.0.2.10\n");
    for number in 0..20_000_u32 {
        let rip = format!("10.{}.{}.1", number % 200, number % 250);
        let server = format!("server s {{\naddress = {rip}\nactive = 1\n}}\n}}\n");
        write!(shared, "virtual same {{\nfwmark = 7\nport = {}\nactive = 1\n{server}", 1 + number % 60_000)
            .unwrap();
        let vip = format!("192.{}.{}.10 eth0:1", number % 250, number / 250);
        write!(many, "virtual same {{\naddress = {vip}\nactive = 1\n{server}").unwrap();
        writeln!(services, "SERVICE=t 80 rr {rip}:{}", 1 + number).unwrap();
    }
    let (intent, out) = read(Format::Piranha, "shared", &shared);
    assert_eq!((intent.services.len(), intent.farms.len(), out.errors()), (1, 1, 0));
    assert_eq!(intent.farms[0].servers.len(), 1000, "each address once");
    let (intent, out) = read(Format::Piranha, "many", &many);
    assert_eq!((intent.services.len(), intent.farms.len(), out.errors()), (20_000, 20_000, 0));
    acceptable(&intent).unwrap();
    let (intent, out) = read(Format::ConfigureLvs, "services", &services);
    assert_eq!((intent.services.len(), out.errors()), (1, 0));
    assert_eq!(intent.services.values().map(|(_, servers)| servers.len()).sum::<usize>(), 20_000);
    for text in
        ["\"a ".repeat(200_000), "virtual a {\n".repeat(50_000), "x {\n".repeat(50_000), "}\n".repeat(50_000)]
    {
        let (_, out) = read(Format::Piranha, "garbage", &text);
        assert!(out.has_errors());
        assert!(out.iter().all(|remark| remark.message.len() < 1000), "messages are short");
    }
    let lines = ["SERVICE=t 80 rr ", "VIP=", "", "LVS_TYPE="];
    for text in lines.map(|line| format!("{line}{}", "x: ".repeat(1 << 20))) {
        let (_, out) = read(Format::ConfigureLvs, "garbage", &text);
        assert!(out.has_errors());
        assert!(out.iter().count() < 100, "{}", out.iter().count());
    }
}

// Files that people published stand beside the project, where they are there at all.

fn corpus(folder: &str) -> Option<PathBuf> {
    let path = root().join("../shared/corpus").join(folder);
    if !path.is_dir() {
        eprintln!("LEFT OUT: no corpus in {}", path.display());
        return None;
    }
    Some(path)
}

/// `key=value` of a line that says how a program read a file.
fn said<'t>(line: &'t str, key: &str) -> &'t str {
    let value = line.split_once(&format!(" {key}=")).unwrap_or_else(|| panic!("{key} in {line}")).1;
    match value.strip_prefix('[') {
        Some(list) => list.split("] ").next().unwrap().trim_end_matches(']'),
        None => value.split(' ').next().unwrap(),
    }
}

#[test]
fn files_of_other_kinds_are_not_taken_for_these() {
    for folder in ["keepalived", "ldirectord"].into_iter().filter_map(corpus) {
        let mut seen = 0;
        for entry in fs::read_dir(&folder).unwrap() {
            let source = Source::load(&entry.unwrap().path()).unwrap();
            assert!(!KINDS.contains(&Format::detect(&source)), "{}", source.name());
            seen += 1;
        }
        assert!(seen > 5);
    }
}

#[test]
fn published_lvs_cf_files_are_read_as_piranha_read_them() {
    let Some(folder) = corpus("piranha") else { return };
    let expected = fs::read_to_string(folder.parent().unwrap().join("expected/piranha.txt")).unwrap();
    let mut compared = 0;
    for section in expected.split("\n## ").skip(1) {
        let (name, told) = section.split_once('\n').unwrap();
        let source = Source::load(&folder.join(name)).unwrap();
        assert_eq!(Format::detect(&source), Format::Piranha, "{name}");
        let (intent, out) = read(Format::Piranha, name, source.text());
        assert!(!out.has_errors(), "{name}: {}", remarks(&out));
        let strict =
            out.iter().find(|remark| remark.is_strict && !remark.message.contains("no active lvs services"));
        if let Some(line) = told.strip_prefix("ERROR ") {
            // What stopped Piranha does no harm here; a strict check stops at the same line.
            assert_eq!(
                strict.unwrap().line,
                said(&format!(" {line}"), "line").parse::<usize>().unwrap(),
                "{name}"
            );
        } else {
            assert!(strict.is_none(), "{name}: {strict:?}");
            as_piranha_read_it(name, told, &intent);
        }
        assert!(written_is_read_alike(Format::Piranha, name, source.text()));
        compared += 1;
    }
    assert_eq!(compared, files(&folder).len(), "every file is compared");
}

fn as_piranha_read_it(name: &str, told: &str, intent: &Intent) {
    let head = told.lines().next().unwrap();
    let network = said(head, "network");
    as_piranha_read_the_pair(name, head, intent);
    let mut servers = Vec::new();
    let mut services = 0;
    let mut farm: Option<&Farm> = None;
    for line in told.lines().skip(1) {
        if let Some(rest) = line.strip_prefix(" virtual ") {
            assert!(servers.is_empty(), "{name}: servers that are not active are left out: {servers:?}");
            let own = rest.split(' ').next().unwrap();
            farm = intent.farms.iter().find(|farm| farm.name == own);
            // Failover services have no real servers, and are not told apart.
            assert_eq!(farm.is_some(), said(line, "active") == "1" && said(line, "n") != "0", "{name} {own}");
            let Some(farm) = farm else { continue };
            services += 1;
            servers = farm.servers.iter().collect();
            as_piranha_read_the_virtual(line, farm, intent);
        } else if line.starts_with("  server ")
            && said(line, "active") == "1"
            && let Some(farm) = farm
        {
            let server = servers.remove(0);
            let own = line.split_whitespace().nth(1);
            assert_eq!(server.name.as_deref(), own, "{name}");
            let spec =
                intent.services[&farm.services[0]].1.iter().find(|s| s.endpoint == server.endpoint).unwrap();
            let shown = format!(
                "{} {} {}",
                spec.endpoint.addr,
                server.checks[0].port.unwrap_or(spec.endpoint.port),
                spec.weight
            );
            assert_eq!(
                shown,
                format!("{} {} {}", said(line, "addr"), said(line, "port"), said(line, "weight"))
            );
            let method = ["", "Masq", "Route", "Tunnel"][network.parse::<usize>().unwrap()];
            assert_eq!(spec.method.listing(), method, "{name}");
        }
    }
    assert!(servers.is_empty(), "{name}");
    assert_eq!(services, intent.services.len(), "{name}");
}

fn as_piranha_read_the_pair(name: &str, head: &str, intent: &Intent) {
    let Some(pulse) = &intent.vrrp.pulse else {
        return assert_eq!(said(head, "primary"), "0.0.0.0", "{name}");
    };
    assert_eq!(pulse.primary.public.to_string(), said(head, "primary"), "{name}");
    let backup = pulse.backup.map(|backup| backup.public.to_string());
    assert_eq!(backup.is_some(), said(head, "backup_active") == "1", "{name}");
    if let Some(backup) = backup {
        let [port, keepalive, deadtime] = ["port", "keepalive", "deadtime"].map(|key| said(head, key));
        assert_eq!(backup, said(head, "backup"), "{name}");
        assert_eq!(pulse.port.to_string(), port, "{name}");
        assert_eq!(pulse.keepalive.as_secs().to_string(), keepalive, "{name}");
        assert_eq!(pulse.deadtime.as_secs().to_string(), deadtime, "{name}");
    }
    assert_eq!(u8::from(pulse.monitors_links).to_string(), said(head, "monlinks"), "{name}");
}

fn as_piranha_read_the_virtual(line: &str, farm: &Farm, intent: &Intent) {
    let spec = &intent.services[&farm.services[0]].0;
    let protocol = if said(line, "proto") == "17" { "UDP" } else { "TCP" };
    let wanted = match said(line, "fwmark") {
        "0" => format!("{protocol} {}:{}", said(line, "addr"), said(line, "port")),
        mark => format!("FWM {mark}"),
    };
    assert_eq!((key(&spec.key), spec.scheduler.as_str()), (wanted, said(line, "sched")));
    let persistent = spec.persistence.map_or(0, |persistence| persistence.timeout_seconds);
    assert_eq!(persistent.to_string(), said(line, "persistent"), "{line}");
    for server in &farm.servers {
        let timing = server.checks[0].timing;
        let (timeout, reentry): (u64, u64) =
            (said(line, "timeout").parse().unwrap(), said(line, "reentry").parse().unwrap());
        assert_eq!(
            (timing.interval.as_secs(), u64::from(timing.rises)),
            (timeout, reentry.div_ceil(timeout)),
            "{line}"
        );
        assert_eq!(format!("{:?}", server.when_down) == "Quiesce", said(line, "quiesce") == "1");
        let checked = check_summary(&server.checks[0]);
        let (send, program) = (said(line, "send"), said(line, "prog"));
        let text = |text: &str| if text == "-" { "\"\"".to_owned() } else { text.to_owned() };
        if program == "-" {
            assert!(
                checked.contains(&format!(
                    "send {} answer begins {}",
                    text(send),
                    text(said(line, "expect"))
                )),
                "{checked}"
            );
        } else {
            let words: Vec<_> = program.trim_matches('"').split(' ').collect();
            assert!(
                checked.starts_with(&format!("run {words:?} prints {}", text(said(line, "expect")))),
                "{checked}"
            );
        }
    }
    assert_eq!(
        farm.servers.iter().any(|server| server.checks.len() > 1),
        !["-", "none"].contains(&said(line, "lm"))
    );
}

#[test]
fn published_lvs_conf_files_are_read() {
    let Some(folder) = corpus("configure-lvs") else { return };
    let mut compared = 0;
    for (name, meaning) in [
        (
            "howto-dr-names.conf",
            "TCP 192.0.2.10:23 rr: 10.1.1.8:23 Route 1, 10.1.1.9:23 Route 1, 10.1.1.7:23 Route 1",
        ),
        (
            "howto-nat-onenet.conf",
            "TCP 192.0.2.10:23 rr: 10.1.1.8:23 Masq 1, 10.1.1.9:23 Masq 1, 10.1.1.7:23 Masq 1",
        ),
        (
            "howto-nat-weights-ports.conf",
            "TCP 192.168.1.110:23 wlc: 10.1.1.2:23 Masq 1; \
             TCP 192.168.1.110:80 wlc: 10.1.1.2:80 Masq 2, 10.1.1.3:8080 Masq 1, 10.1.1.4:80 Masq 1",
        ),
        ("howto-tun.conf", "TCP 192.168.1.110:23 rr: 10.1.1.8:23 Tunnel 1, 10.1.1.9:23 Tunnel 1"),
        ("howto-nfs-dr-partial.conf", "1: `LVS_TYPE` is missing; 2: no `KEY=VALUE`"),
    ] {
        let source = Source::load(&folder.join(name)).unwrap();
        assert_eq!(Format::detect(&source), Format::ConfigureLvs, "{name}");
        let (intent, out) = read(Format::ConfigureLvs, name, source.text());
        let errors = out.iter().filter(|remark| remark.severity == Severity::Error);
        let shown: Vec<String> = if out.has_errors() {
            errors.map(|remark| format!("{}: {}", remark.line, remark.message)).collect()
        } else {
            let server =
                |s: &ulvs::lvs::RealServerSpec| format!("{} {} {}", s.endpoint, s.method.listing(), s.weight);
            let services = intent.services.values().map(|(spec, servers)| {
                let servers: Vec<_> = servers.iter().map(server).collect();
                format!("{} {}: {}", key(&spec.key), spec.scheduler, servers.join(", "))
            });
            services.collect()
        };
        assert_eq!(shown.join("; "), meaning, "{name}");
        assert_eq!(written_is_read_alike(Format::ConfigureLvs, name, source.text()), !out.has_errors());
        compared += 1;
    }
    assert_eq!(compared, files(&folder).len(), "every file is compared");
}
