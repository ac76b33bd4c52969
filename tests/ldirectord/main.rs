//! ldirectord's files, read as ldirectord reads them.
//!
//! The files are in `tests/dialects/ldirectord`, what becomes of each beside it. Where ldirectord itself is installed, it
//! reads them, too, and must say the same.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod original;
mod show;
mod snippets;

use original::{as_original, method, original, plain};
use show::{rendered, summary};
use snippets::snippets;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use ulvs::config::{
    Context, Diagnostics, Dialect, Files, Format, Ldirectord, Names, Source, SourceError, write_ldirectord,
};
use ulvs::control::command::Intent;
use ulvs::lvs::{
    Probe, Protocol, Script, ScriptLine, ServiceKey, ServiceSpec, SlowStart, Timeouts, Tunnel, TunnelChecksum,
};

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

#[test]
fn files_and_what_becomes_of_them() {
    for (name, text) in fixtures() {
        let (intent, out) = read(&name, &text);
        let shown = format!("{}\n{}", rendered(&out), summary(&intent));
        insta::with_settings!({ snapshot_path => "../dialects/ldirectord", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name.trim_end_matches(".cf"), shown);
        });
        assert_eq!(Format::detect(&Source::from_text("some.conf", text)).name(), "ldirectord", "{name}");
    }
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

/// Lines of the small files in any order, dropped, doubled, with a byte changed: where ldirectord goes on there is no error,
/// and what it refuses is one, strictly.
#[test]
fn shuffled_files_as_ldirectord_reads_them() {
    const BYTES: &[u8] = b" \t#\"=:->[]0aA,.%\\";
    let mut state = 7_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let all: Vec<String> = snippets().iter().flat_map(|text| text.lines().map(str::to_owned)).collect();
    let folder = tempfile::tempdir().unwrap();
    let mut texts: Vec<String> = Vec::new();
    for _ in 0..2_000 {
        let mut text = String::from("virtual=10.0.0.1:80\n\treal=10.0.0.2:80 gate\n");
        for _ in 0..random(4) {
            let mut line = all[random(all.len())].clone();
            if random(3) == 0 && line.is_ascii() && !line.is_empty() {
                let at = random(line.len());
                let byte = char::from(BYTES[random(BYTES.len())]);
                line.replace_range(at..at + random(2), &byte.to_string());
            }
            text += &(line + "\n");
        }
        // Files must not be written where the test does not say, and nothing must be looked up.
        if !["/tmp", "/bin", "monitorfile", "nosuch", "localhost"].iter().any(|word| text.contains(word)) {
            texts.push(text);
        }
    }
    let files: Vec<PathBuf> =
        (0..texts.len()).map(|number| folder.path().join(format!("{number}.cf"))).collect();
    for (file, text) in files.iter().zip(&texts) {
        fs::write(file, text).unwrap();
    }
    let Some(said) = original(&files) else { return };
    let mut different = Vec::new();
    for ((is_fine, _), text) in said.iter().zip(&texts) {
        let (_, out) = read("f.cf", text);
        let strict =
            out.iter().filter(|remark| remark.is_strict && !remark.message.contains("deprecated")).count();
        if *is_fine == (strict > 0) {
            let verdict = if *is_fine { "takes" } else { "refuses" };
            different.push(format!("{text}--- ldirectord {verdict} it; here:\n{}", rendered(&out)));
        }
    }
    let taken = said.iter().filter(|(is_fine, _)| *is_fine).count();
    assert!(
        different.is_empty(),
        "{} of {}:\n{}",
        different.len(),
        texts.len(),
        different.join("\n======\n")
    );
    println!("{} files, {taken} of them taken by ldirectord", texts.len());
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

/// What other languages say and this one cannot is listed, and what is written stands.
#[test]
fn what_cannot_be_said() {
    let text = "virtual=10.0.0.1:80\n\treal=10.0.0.2:80 ipip\n\tfallback=127.0.0.1:80\n\
                virtual=10.0.0.1:81\n\treal=10.0.0.2:81 gate\n\tchecktype=ping\n\
                virtual=10.0.0.1:82\n\treal=10.0.0.2:82 gate\n";
    let (mut intent, _) = read("f.cf", text);
    intent.timeouts = Some(Timeouts::default());
    intent.upkeep.startup = Some(Script::new(ScriptLine::Words(vec!["/bin/true".to_owned()])));
    let [web, ping, _] = intent.farms.as_mut_slice() else { panic!("three farms") };
    web.quorum.weight = 2;
    web.sorry.as_mut().unwrap().replaces = true;
    web.servers[0].slow_start = Some(SlowStart { divisor: 10, step: Duration::from_secs(9) });
    let Probe::Http(http) = &mut web.servers[0].checks[0].probe else { panic!("HTTP") };
    http.urls[0].status = vec![(200, 200)];
    web.servers[0].checks[0].timing.interval = Duration::from_millis(2500);
    ping.servers[0].checks[0].probe = Probe::File { path: "/run/up".into(), weight: None };
    ping.servers[0].checks[0].timing.rises = 2;
    ping.servers[0].notify_up = Some(Script::new(ScriptLine::Shell("true".to_owned())));
    let tunnel = &mut intent.services.values_mut().next().unwrap().1[0].tunnel;
    *tunnel = Tunnel::Gre { checksum: TunnelChecksum::None };
    let last = *intent.services.keys().last().unwrap();
    let ServiceKey::Tuple { virt, .. } = last else { panic!("no mark here") };
    let (spec, servers) = intent.services.remove(&last).unwrap();
    let stream = ServiceKey::Tuple { protocol: Protocol::Sctp, virt };
    intent.services.insert(stream, (ServiceSpec { key: stream, ..spec }, servers));
    intent.farms[2].services = vec![stream];
    let written = write_ldirectord(&intent);
    let shown = format!("{}\n{}", written.text, written.unsaid.join("\n"));
    insta::with_settings!({ snapshot_path => "../dialects/ldirectord", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("unsaid", shown);
    });
    let (_, out) = read("again.cf", &written.text);
    assert_eq!(rendered(&out), "");
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

/// ldirectord finds out when it checks; here the file's author does, with the place.
#[test]
fn patterns_that_are_none_are_told_with_their_place() {
    let told = |text: &str| {
        let (_, out) = read("f.cf", text);
        assert!(!out.has_errors(), "ldirectord goes on: {}", rendered(&out));
        let of_patterns = out.iter().filter(|remark| remark.message.contains("regular expression"));
        of_patterns
            .map(|remark| {
                let marked = remark.text.get(remark.caret.clone()).unwrap();
                format!("{}:{} {}: {marked}", remark.line, remark.column, remark.severity)
            })
            .collect::<Vec<_>>()
    };
    let service = |lines: &str| {
        format!("virtual=10.0.0.1:80\n\treal=10.0.0.2:80 gate\n\treal=10.0.0.3:80 gate\n{lines}\n\n")
    };
    let none: [&str; 0] = [];
    assert_eq!(told(&service("\tservice=http\n\treceive=\"^OK$\"")), none);
    assert_eq!(
        told(&service("\tservice=http\n\treceive=\"a)b\"")),
        ["5:12 warning: )"],
        "once for both servers"
    );
    assert_eq!(told(&service("\tservice=http\n\treceive=\"a(b\"")).len(), 1);
    assert_eq!(told(&service("\tservice=smtp\n\treceive=\"a(b\"")), none, "nothing is compared");
    assert_eq!(told(&service("\tchecktype=connect\n\treceive=\"a(b\"")), none, "nothing is asked");
    let own = "virtual=10.0.0.1:80\n\treal=10.0.0.2:80 gate 1 \"/a\", \"a)b\"\n\tservice=http\n\n";
    assert_eq!(told(own), ["2:34 warning: )"]);
}
