//! keepalived.conf: what is made of it, what is said of it, and that nothing breaks it.
//!
//! `tests/dialects/keepalived/*.conf` are files of the shapes that real ones have; beside each is what is read of it. If
//! keepalived is installed, its own verdict is asked for.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use ulvs::config::keepalived::write;
use ulvs::config::{Context, Diagnostics, Dialect, Format, Keepalived, Names, Severity, Source};
use ulvs::control::acceptable;
use ulvs::control::command::Intent;
use ulvs::lvs::{Probe, Script};

/// The files of this kind that others have, where they are on this machine; and what keepalived said of them.
const CORPUS: &str = "../shared/corpus";

fn read(source: &Source) -> (Intent, Diagnostics) {
    let names = Names::from_text("", "");
    let environment = BTreeMap::from([("PLACE".to_owned(), "lab".to_owned())]);
    let context = Context { config_id: "director".to_owned(), environment, ..Context::of_names(&names) };
    let mut out = Diagnostics::default();
    let intent = Keepalived.read(source, &context, &mut out);
    out.sort();
    (intent, out)
}

fn read_text(text: &str) -> (Intent, Diagnostics) {
    read(&Source::from_text("f.conf", text))
}

/// The `.conf` files of a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "conf"));
    files.sort();
    files
}

fn fixtures() -> Vec<PathBuf> {
    let files = files(Path::new("tests/dialects/keepalived"));
    assert!(files.len() > 9, "{files:?}");
    files
}

fn corpus() -> Vec<PathBuf> {
    let files = files(&Path::new(CORPUS).join("keepalived"));
    if files.is_empty() {
        eprintln!("LEFT OUT: real keepalived files: there is no {CORPUS}/keepalived here");
    }
    files
}

/// Remarks as people see them.
fn shown(out: &Diagnostics) -> String {
    let mut text = String::new();
    for remark in out {
        let strict = if remark.is_strict { " (strict)" } else { "" };
        writeln!(text, "{remark}{strict}").unwrap();
        writeln!(text, "  {}", remark.text.trim_end()).unwrap();
        let before = remark.text.get(..remark.caret.start).unwrap().chars().count();
        let marked = remark.text.get(remark.caret.clone()).unwrap().chars().count().max(1);
        writeln!(text, "  {}{}", " ".repeat(before), "^".repeat(marked)).unwrap();
        if let Some(help) = &remark.help {
            writeln!(text, "  = {help}").unwrap();
        }
    }
    text
}

/// All that an intent says, a line for each thing.
fn told(intent: &Intent) -> String {
    let json = |value: serde_json::Value| serde_json::to_string(&value).unwrap();
    let mut text = String::new();
    for (spec, servers) in intent.services.values() {
        writeln!(text, "service {}", json(serde_json::to_value(spec).unwrap())).unwrap();
        for server in servers {
            writeln!(text, "    server {}", json(serde_json::to_value(server).unwrap())).unwrap();
        }
    }
    for farm in &intent.farms {
        let mut value = serde_json::to_value(farm).unwrap();
        let fields = value.as_object_mut().unwrap();
        let servers = fields.remove("servers").unwrap();
        let mail = fields.remove("mail").unwrap();
        writeln!(text, "farm {}", json(value)).unwrap();
        writeln!(text, "    mail {}", json(mail)).unwrap();
        for mut server in servers.as_array().unwrap().clone() {
            let checks = server.as_object_mut().unwrap().remove("checks").unwrap();
            writeln!(text, "    server {}", json(server)).unwrap();
            for check in checks.as_array().unwrap() {
                writeln!(text, "        check {}", json(check.clone())).unwrap();
            }
        }
    }
    for (kind, list) in [
        ("router", serde_json::to_value(&intent.vrrp.instances).unwrap()),
        ("group", serde_json::to_value(&intent.vrrp.groups).unwrap()),
        ("watched", serde_json::to_value(&intent.vrrp.watched).unwrap()),
    ] {
        for one in list.as_array().unwrap() {
            writeln!(text, "{kind} {}", json(one.clone())).unwrap();
        }
    }
    if !intent.vrrp.fifos.is_empty() {
        writeln!(text, "fifos {}", json(serde_json::to_value(&intent.vrrp.fifos).unwrap())).unwrap();
    }
    writeln!(text, "timeouts {}", json(serde_json::to_value(intent.timeouts).unwrap())).unwrap();
    writeln!(text, "upkeep {}", json(serde_json::to_value(&intent.upkeep).unwrap())).unwrap();
    text
}

#[test]
fn files_mean_what_is_written_beside_them() {
    for path in fixtures() {
        let source = Source::load(&path).unwrap();
        let (intent, out) = read(&source);
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = format!("{}\n{}", shown(&out), told(&intent));
        insta::with_settings!({
            snapshot_path => "dialects/keepalived",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!(name.as_str(), text);
        });
        assert_eq!(out.has_errors(), name.ends_with("errors"), "{name}: an error where keepalived goes on");
        assert_eq!(out.omitted(), 0);
        if !out.has_errors() {
            assert_eq!(acceptable(&intent), Ok(()), "{name}");
        }
        for router in &intent.vrrp.instances {
            assert!(out.router(&router.name).is_some(), "{name}: where is {}?", router.name);
        }
        assert_eq!(Format::detect(&source), Format::Keepalived, "{name}");
        for key in intent.services.keys() {
            assert!(out.place_of(key).is_some(), "{name}: where is {key:?}?");
        }
    }
}

#[test]
fn what_is_written_reads_the_same() {
    for path in fixtures().into_iter().chain(corpus()) {
        let (intent, _) = read(&Source::load(&path).unwrap());
        let written = write(&intent);
        assert_eq!(written.unsaid, Vec::<String>::new(), "{}", path.display());
        let (again, out) = read_text(&written.text);
        let remarks: Vec<_> =
            out.iter().filter(|remark| remark.severity > Severity::Note || remark.is_strict).collect();
        // A check that always fails is said to do so, also where we wrote it.
        let remarks: Vec<_> =
            remarks.iter().filter(|remark| !remark.message.contains("always fails")).collect();
        assert!(remarks.is_empty(), "{}: {remarks:?}\n{}", path.display(), written.text);
        assert_eq!(told(&again), told(&intent), "{}:\n{}", path.display(), written.text);
        assert_eq!(again, intent);
        assert_eq!(write(&again), written);
    }
}

/// Reads, and looks at no more than that it ends and is bounded.
fn survives(name: &str, text: &str) {
    let (intent, out) = read(&Source::from_text(name, text));
    assert!(out.iter().count() <= Diagnostics::LIMIT);
    if !out.has_errors() {
        assert_eq!(acceptable(&intent), Ok(()), "{name}:\n{text}");
        write(&intent);
    }
}

/// What may get into a file.
const GARBAGE: [&str; 11] =
    ["{", "}", "\"", "\u{fffd}\u{1}", "$", "${", "~SEQ(", "@", "include", "a b c {", "\\"];

#[test]
fn nothing_breaks_it() {
    for path in fixtures() {
        let name = path.display().to_string();
        let source = Source::load(&path).unwrap();
        let text = source.text();
        // Where a file of its own length takes long (65,536 services), not at every byte.
        let step = if name.contains("errors") { 7 } else { 1 };
        for (at, _) in text.char_indices().step_by(step) {
            survives(&name, &text[..at]);
        }
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            let with = |other: &[&str]| [&lines[..number], other, &lines[number + 1..]].concat().join("\n");
            survives(&name, &with(&[]));
            survives(&name, &with(&[line, line]));
            let garbage = GARBAGE[number % GARBAGE.len()];
            survives(&name, &with(&[garbage]));
            survives(&name, &with(&[&format!("{line} {garbage}")]));
        }
    }
}

/// Bytes of a text that is as bad as can be. A quarter of a MiB tells what is not linear, also where tests are slow.
const LEN: usize = 1 << 18;

#[test]
fn what_never_ends_is_bounded() {
    let many = |text: &str, bytes: usize| text.repeat(bytes / text.len());
    let laughs: String = (0..60).map(|n| format!("$A{}=${{A{n}}}${{A{n}}}\n", n + 1)).collect();
    let empty: String = (0..60).map(|n| format!("$B{}=${{B{n}}}${{B{n}}}\n", n + 1)).collect();
    let nested: String = (0..100).map(|n| format!("~SEQ(V{n},1,9) ")).collect();
    for (what, text) in [
        ("closing braces", many("}", LEN)),
        ("opening braces", many("{", LEN)),
        ("braces on lines", many("{\n", LEN)),
        ("unknown blocks", many("a {\n", LEN)),
        ("words of a line", many("a ", LEN)),
        ("unknown keywords", many("a\n", LEN)),
        ("variables without an end", many("${", LEN)),
        ("definitions", many("$A=b\n", LEN)),
        ("a definition that goes on", format!("$A={}", many("\\\n$b", LEN))),
        ("a value of many lines", format!("$A={}\n$A", many("x\\\n$y", LEN))),
        ("doubling", format!("$A0=xxxxxxxxxxxxxxxx\n{laughs}${{A60}}")),
        ("doubling of nothing", format!("$B0=\n{empty}${{B60}}")),
        ("rings", "$A=$B c\n$B=$A c\n$A".to_owned()),
        ("templates in templates", format!("{nested} x")),
        ("a long template", "~SEQ(A,1,4294967295) x".to_owned()),
        ("a long template of nothing", "~SEQ(A,-4294967295,4294967295)".to_owned()),
        ("virtual servers", many("virtual_server 10.0.0.1 80 {\n}\n", LEN)),
        (
            "real servers",
            format!("virtual_server 10.0.0.1 80 {{\n{}", many("real_server 10.0.0.2 80 {}\n", LEN)),
        ),
        ("members", format!("virtual_server_group g {{\n{}", many("10.0.0.0/16 80\n", LEN))),
        ("quotes", many("\"", LEN)),
        ("conditions", many("@", LEN)),
        ("lines of a value", many("x $A$A", LEN)),
        (
            "one virtual server again and again",
            many("virtual_server 10.0.0.1 80 {\nreal_server 10.0.0.2 80 {\n}\n}\n", LEN),
        ),
        (
            "one group again and again",
            format!(
                "virtual_server_group g {{\n{}}}\n{}",
                many("10.0.0.1 80\n", LEN),
                many("virtual_server group g {\nreal_server 10.0.0.2 80 {\n}\n}\n", LEN)
            ),
        ),
    ] {
        eprintln!("{what}");
        survives("f.conf", &text);
        survives("f.conf", &format!("virtual_server 10.0.0.1 80 {{\n{text}"));
    }
    let (_, out) = read_text("~SEQ(A,1,4294967295) x");
    assert_eq!(out.errors(), 1);
    let (_, out) = read_text(&format!("$A0=xxxxxxxxxxxxxxxx\n{laughs}${{A60}}"));
    assert_eq!(out.errors(), 1);
    assert!(shown(&out).contains("longer than 64 KiB"), "{}", shown(&out));
}

#[test]
fn includes_are_bounded_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let path = folder.path().join("main.conf");
    let told = |text: &str| {
        let (intent, out) = read(&Source::from_text(path.display().to_string(), text));
        let remarks: Vec<String> =
            out.iter().map(|remark| format!("{} {}", remark.severity, remark.message)).collect();
        (intent.services.len(), remarks.join("\n").replace(&folder.path().display().to_string(), "DIR"))
    };
    put("nul.conf", b"a\0b");
    put("ring-a.conf", b"include ring-b.conf\n");
    put("ring-b.conf", b"include ring-a.conf\n");
    put("twice-0.conf", b"virtual_server_group g {\n10.0.0.1 80\n}\n");
    for n in 1..30 {
        put(
            &format!("twice-{n}.conf"),
            format!("include twice-{0}.conf\ninclude twice-{0}.conf\n", n - 1).as_bytes(),
        );
    }
    for n in 0..40 {
        put(&format!("deep-{n}.conf"), format!("include deep-{}.conf\n", n + 1).as_bytes());
    }
    for n in 1..=100 {
        let text = format!(
            "virtual_server 10.1.0.{n} 80 {{\nlb_kind NAT\nlb_algo rr\nprotocol TCP\ninclude real.inc\n}}\n"
        );
        put(&format!("many-{n}.conf"), text.as_bytes());
    }
    put("real.inc", b"real_server 10.0.0.2 80 {\n}\n");
    let fifo = folder.path().join("fifo.conf");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &fifo,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();

    assert_eq!(
        told("include nul.conf"),
        (0, "error cannot be included: DIR/nul.conf:1: a NUL byte; this is no text".into())
    );
    assert_eq!(
        told("include fifo.conf"),
        (0, "warning not included: DIR/fifo.conf: not a regular file".into())
    );
    assert_eq!(told("include ."), (0, "warning not included: DIR/.: not a regular file".into()));
    assert_eq!(
        told("include none.conf"),
        (
            0,
            "warning not included: DIR/none.conf: cannot open: No such file or directory (os error 2)".into()
        )
    );
    assert_eq!(told("include no*.conf"), (0, "note no file matches `DIR/no*.conf`".into()));
    assert_eq!(told("include ring-a.conf"), (0, "error DIR/ring-a.conf includes itself".into()));
    assert_eq!(told("include main.conf"), (0, "error DIR/main.conf includes itself".into()));
    assert_eq!(told("include deep-0.conf"), (0, "error files include each other more than 32 deep".into()));
    assert_eq!(
        told("include many-*.conf"),
        (100, String::new()),
        "many files beside each other are not deep"
    );
    let (_, remarks) = told("include twice-29.conf");
    assert!(remarks.contains("error more than 10000 files are included"), "{remarks}");
}

/// Lines that keepalived complains of, of what it said (`(FILE: Line N) …`, `(Line N) …`) of the main file.
fn complained(said: &str) -> BTreeMap<usize, String> {
    let mut lines = BTreeMap::new();
    for line in said.lines() {
        let Some((_, rest)) = line.split_once("Line ") else { continue };
        let Some((number, text)) = rest.split_once(')') else { continue };
        if let Ok(number) = number.parse() {
            lines.entry(number).or_insert_with(|| text.trim().to_owned());
        }
    }
    lines
}

/// Complaints about the host, not the text; and what follows from an unknown block, which is told once here.
const OTHERWISE: &[&str] = &[
    "doesn't exist",
    "Invalid smtp server",
    "with no interface specified",
    "Please use global lvs_sync_daemon",
    "Unexpected '{' - ignoring",
    "Unknown keyword '}'",
    "Extra '}' found",
];

#[test]
fn real_files_are_complained_of_where_keepalived_complains() {
    let expected = std::fs::read_to_string(Path::new(CORPUS).join("expected/keepalived-2.2.7.txt"));
    let Ok(expected) = expected else {
        eprintln!("LEFT OUT: what keepalived said of real files: there is no {CORPUS}/expected here");
        return;
    };
    let mut said: BTreeMap<String, String> = BTreeMap::new();
    let mut file = String::new();
    for line in expected.lines() {
        match line.strip_prefix("## ") {
            Some(name) => file = name.to_owned(),
            None => said.entry(file.clone()).or_default().push_str(&format!("{line}\n")),
        }
    }
    let mut table = String::new();
    let mut wrong = Vec::new();
    for path in corpus() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let said = said.get(&format!("keepalived/{name}")).unwrap();
        let (intent, out) = read(&Source::load(&path).unwrap());
        let servers: usize = intent.services.values().map(|(_, servers)| servers.len()).sum();
        let weight: i32 =
            intent.services.values().flat_map(|(_, servers)| servers).map(|server| server.weight).sum();
        let checks: usize =
            intent.farms.iter().flat_map(|farm| &farm.servers).map(|server| server.checks.len()).sum();
        writeln!(table, "{name}: {} {servers} {weight} {checks}", intent.services.len()).unwrap();
        assert!(!out.has_errors(), "{name}: {}", shown(&out));
        // Within a block that is left out nothing more is said.
        let skipped: BTreeSet<usize> = skipped_lines(&path, &out);
        let ours: BTreeSet<usize> =
            out.iter().filter(|remark| remark.is_strict).map(|remark| remark.line).collect();
        for (line, text) in complained(said) {
            let is_other = OTHERWISE.iter().any(|other| text.contains(other));
            if !ours.contains(&line) && !is_other && !skipped.contains(&line) {
                wrong.push(format!("{name}:{line}: keepalived says: {text}"));
            }
        }
        let theirs = complained(said);
        for remark in out.iter().filter(|remark| remark.is_strict) {
            // What keepalived says at the end of a text has no line.
            let has_no_line = [
                ("no scheduler", "irtual server"),
                ("no forwarding", "irtual server"),
                ("a protocol means nothing", "irtual server"),
                ("nopreempt does not go with state MASTER", "nopreempt will not work"),
                ("state MASTER does not go with auth_type AH", "incompatible with AH"),
                ("strict mode: only who owns", "State MASTER must match"),
                ("strict mode has no authentication", "does not support authentication"),
                // keepalived ends at an interface that the host has not, before it looks at groups.
                ("the group `VG1` has less than two", "Non-existent interface"),
            ];
            let is_said =
                |(start, theirs): &(&str, &str)| remark.message.starts_with(start) && said.contains(theirs);
            let is_known = theirs.contains_key(&remark.line) || has_no_line.iter().any(is_said);
            if !is_known {
                wrong.push(format!("{name}:{}: only we say: {}", remark.line, remark.message));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(table, CORPUS_TABLE);
}

/// Lines of blocks that were told of as a whole.
fn skipped_lines(path: &Path, out: &Diagnostics) -> BTreeSet<usize> {
    let source = Source::load(path).unwrap();
    let text = source.text();
    let mut skipped = BTreeSet::new();
    for remark in out.iter().filter(|remark| remark.message.starts_with("unknown block")) {
        let mut depth = 0;
        for (number, line) in text.lines().enumerate().skip(remark.line - 1) {
            skipped.insert(number + 1);
            depth += line.matches('{').count();
            depth -= line.matches('}').count();
            if depth == 0 {
                break;
            }
        }
        // keepalived takes the block's end for that of the block around it, and does not know what follows.
        if remark.message.contains(" in ") {
            skipped.extend(remark.line..=text.lines().count());
        }
    }
    skipped
}

/// Each real file: virtual services, real servers in them, the sum of their weights, checks.
const CORPUS_TABLE: &str = "\
jckeep-http-wrr-sorry.conf: 1 2 7 2
mxsteve-dr-persistent.conf: 1 2 2 2
octavia-udp-source-ip.conf: 1 2 26 2
proxyos-fnat-extension.conf: 3 6 6 6
sample-HTTP_GET.port.conf: 1 1 1 1
sample-IPv6.conf: 1 1 1 1
sample-SMTP_CHECK.conf: 1 3 3 7
sample-SSL_GET.conf: 2 2 2 2
sample-UDP_CHECK.conf: 1 1 1 1
sample-conditional_conf.conf: 0 0 0 0
sample-fwmark.conf: 1 2 2 2
sample-inhibit.conf: 1 1 1 1
sample-misc_check.conf: 1 1 1 1
sample-quorum.conf: 1 10 10 10
sample-sample.conf: 1 1 1 1
sample-status_code.conf: 1 1 1 1
sample-track_interface.conf: 0 0 0 0
sample-virtual_server_group.conf: 13 26 26 2
sample-virtualhost.conf: 1 1 1 1
sample-vrrp.conf: 0 0 0 0
sample-vrrp.localcheck.conf: 0 0 0 0
sample-vrrp.lvs_syncd.conf: 1 1 1 1
sample-vrrp.scripts.conf: 0 0 0 0
sample-vrrp.sync.conf: 0 0 0 0
shidg-noport-badchecks.conf: 1 2 2 3
snemarch-dns-udp-quorum0.conf: 1 2 2 2
tgentimc-mysql-dr.conf: 1 1 3 1
upstream-etc-default.conf: 3 5 5 5
";

/// keepalived's own verdict: its exit status and what it said. `None` if it is not there.
fn verdict(path: &Path) -> Option<(i32, String)> {
    let path = std::fs::canonicalize(path).unwrap();
    let child = Command::new("keepalived")
        .args(["-t", "-l", "-i", "director", "-f"])
        .arg(path)
        .stdin(Stdio::null())
        .output();
    let Ok(output) = child else {
        eprintln!("LEFT OUT: keepalived's own verdict: it is not installed");
        return None;
    };
    Some((output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned()))
}

/// Keys of versions behind 2.2, what depends on the host, and what we let pass.
const NEWER: &[&str] = &[
    "sni_name",
    "not configured",
    "script uid/gid",
    "uid/gid for",
    "Invalid smtp server",
    "Error setting global script",
    "startup script",
    "shutdown script",
    "deprecated",
];

#[test]
fn keepalived_says_the_same() {
    let mut wrong = Vec::new();
    for path in fixtures() {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        // It does not end of itself at what never ends, it crashes at quotes without an end, and knows no environment.
        if matches!(name.as_str(), "errors" | "language" | "braces") {
            continue;
        }
        let Some((status, said)) = verdict(&path) else { return };
        let (_, out) = read(&Source::load(&path).unwrap());
        let strict: BTreeSet<usize> =
            out.iter().filter(|remark| remark.is_strict).map(|remark| remark.line).collect();
        if status == 0 {
            assert!(strict.is_empty(), "{name}: keepalived has nothing to say\n{}", shown(&out));
        }
        let skipped = skipped_lines(&path, &out);
        for (line, text) in complained(&said) {
            let is_other = OTHERWISE.iter().chain(NEWER).any(|other| text.contains(other));
            // It has read the `{` already when it says so.
            let is_next = text.contains("skipping real server") && strict.contains(&(line - 1));
            if !strict.contains(&line) && !is_other && !is_next && !skipped.contains(&line) {
                wrong.push(format!("{name}:{line}: keepalived says: {text}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// As whom scripts run: who is named, else `script_user`, else `keepalived_script` if there is such a user, else nobody in
/// particular.
#[test]
fn who_runs_scripts() {
    let users = |script_user: &str, there_is: Option<&str>| {
        let text = format!(
            "global_defs {{\n{script_user}\nstartup_script /bin/start\n}}\nvirtual_server 192.0.2.1 80 {{\nprotocol TCP\n\
             quorum_up /bin/quorum\nreal_server 10.0.0.1 80 {{\nnotify_up /bin/up ann\nMISC_CHECK {{\nmisc_path /bin/ask\n}}\n}}\n}}\n"
        );
        let names = Names::from_text("", "");
        let script_user = there_is.map(str::to_owned);
        let context = Context { script_user, ..Context::of_names(&names) };
        let mut out = Diagnostics::default();
        let intent = Keepalived.read(&Source::from_text("k.conf", &text), &context, &mut out);
        let farm = &intent.farms[0];
        let Probe::Script(ask) = &farm.servers[0].checks[0].probe else { panic!("no script") };
        let of = |script: &Option<Script>| script.as_ref().unwrap().user.clone().unwrap_or_default();
        let notes = out.iter().filter(|remark| remark.message.contains("no user is named")).count();
        let asks = ask.script.user.clone().unwrap_or_default();
        (of(&intent.upkeep.startup), of(&farm.scripts.quorum_up), of(&farm.servers[0].notify_up), asks, notes)
    };
    let all =
        |user: &str, notes| (user.to_owned(), user.to_owned(), "ann".to_owned(), user.to_owned(), notes);
    assert_eq!(users("", None), all("", 1));
    assert_eq!(users("", Some("keepalived_script")), all("keepalived_script", 0));
    assert_eq!(users("script_user bob", Some("keepalived_script")), all("bob", 0));
}

/// keepalived finds out when it checks.
#[test]
fn patterns_that_are_none_are_told() {
    let text = |regex: &str| {
        format!(
            "virtual_server 10.0.0.1 80 {{\nlb_algo rr\nlb_kind NAT\nprotocol TCP\nreal_server 10.0.0.2 80 {{\n\
             HTTP_GET {{\nurl {{\npath /\nregex \"{regex}\"\n}}\n}}\n}}\n}}\n"
        )
    };
    let (_, out) = read_text(&text("up$"));
    assert_eq!(shown(&out), "");
    let (_, out) = read_text(&text("a(b"));
    let said = shown(&out);
    assert!(said.starts_with("f.conf:9:7: warning: no regular expression: "), "{said}");
    assert!(said.contains("the check always fails"), "{said}");
}
