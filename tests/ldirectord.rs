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
