//! ulvs.toml: files of every kind, with what becomes of them.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use ulvs::config::{Context, Diagnostics, Dialect, Format, Names, Native, Source, write_native};
use ulvs::control::command::Intent;
use ulvs::lvs::Farm;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn fixtures() -> Vec<PathBuf> {
    let folder = fs::read_dir(root().join("tests/dialects/ulvs")).unwrap();
    let mut files: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    assert_eq!(files.len(), 6);
    files
}

fn read(name: &str, text: &str) -> (Intent, Diagnostics) {
    let mut out = Diagnostics::default();
    let names = Names::default();
    let intent = Native.read(&Source::from_text(name, text), &Context::of_names(&names), &mut out);
    out.sort();
    (intent, out)
}

/// What a file comes to, in lines.
fn summary(intent: &Intent, remarks: &Diagnostics) -> String {
    let mut text = String::new();
    for remark in remarks {
        writeln!(text, "{remark}").unwrap();
        let marked = remark.text.get(remark.caret.clone()).unwrap();
        let help = remark.help.as_deref().map(|help| format!("; help: {help}")).unwrap_or_default();
        writeln!(text, "    at `{marked}`{help}").unwrap();
    }
    if remarks.has_errors() {
        return text;
    }
    for (spec, servers) in intent.services.values() {
        writeln!(text, "{spec:?}").unwrap();
        servers.iter().for_each(|server| writeln!(text, "  {server:?}").unwrap());
    }
    intent.vrrp.watched.iter().for_each(|thing| writeln!(text, "{thing:?}").unwrap());
    intent.vrrp.instances.iter().for_each(|one| writeln!(text, "{one:?}").unwrap());
    intent.vrrp.groups.iter().for_each(|group| writeln!(text, "{group:?}").unwrap());
    if !intent.vrrp.fifos.is_empty() {
        writeln!(text, "{:?}", intent.vrrp.fifos).unwrap();
    }
    for farm in &intent.farms {
        let without = Farm { servers: Vec::new(), ..farm.clone() };
        writeln!(text, "{without:?}").unwrap();
        for server in &farm.servers {
            let (up, down) = (&server.notify_up, &server.notify_down);
            writeln!(
                text,
                "  {} {:?} {:?} {:?} mails {} up {up:?} down {down:?}",
                server.endpoint, server.name, server.when_down, server.slow_start, server.mails
            )
            .unwrap();
            server.checks.iter().for_each(|check| writeln!(text, "    {check:?}").unwrap());
        }
    }
    text
}

#[test]
fn files_are_read_as_they_were() {
    for path in fixtures() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let (intent, remarks) = read(name, &fs::read_to_string(&path).unwrap());
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("dialects/ulvs");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, summary(&intent, &remarks)));
    }
}

#[test]
fn files_that_are_read_are_written_and_read_again() {
    for path in fixtures().into_iter().chain([root().join("docs/ulvs.toml.example")]) {
        let (intent, remarks) = read("f", &fs::read_to_string(&path).unwrap());
        if remarks.has_errors() {
            assert!(path.ends_with("wrong.toml"), "{}", path.display());
            continue;
        }
        let written = write_native(&intent);
        let (back, _) = read("f", &written.text);
        if !path.ends_with("warned.toml") {
            assert_eq!(written.unsaid, Vec::<String>::new(), "{}", path.display());
        }
        assert_eq!(back, intent, "{}\n{}", path.display(), written.text);
    }
}

#[test]
fn what_is_written_looks_as_if_somebody_had_written_it() {
    let (intent, _) = read("f", &fs::read_to_string(root().join("tests/dialects/ulvs/shared.toml")).unwrap());
    insta::assert_snapshot!(write_native(&intent).text);
}

#[test]
fn the_example_is_read_without_remarks() {
    let text = fs::read_to_string(root().join("docs/ulvs.toml.example")).unwrap();
    let (intent, remarks) = read("ulvs.toml.example", &text);
    assert_eq!(summary(&Intent::default(), &remarks), "");
    assert_eq!(Format::detect(&Source::from_text("ulvs.toml.example", &text)), Format::Native);
    assert_eq!((intent.services.len(), intent.farms.len()), (6, 4));
    ulvs::control::acceptable(&intent).unwrap();
    // What the comment offers instead of rules.
    let (rules, _) = text.split_once("[[mark]]").unwrap();
    let (intent, remarks) = read("f", &rules.replace("# keep_marks", "keep_marks"));
    assert_eq!((intent.marks, remarks.iter().count()), (None, 0));
}

#[test]
fn the_files_of_the_docs_are_read_without_remarks() {
    let docs = fs::read_to_string(root().join("docs/configuration.md")).unwrap();
    let files: Vec<_> =
        docs.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(files.len() >= 4, "{}", files.len());
    for text in files {
        let (_, remarks) = read("f.toml", text);
        assert_eq!(summary(&Intent::default(), &remarks), "", "{text}");
    }
}

/// Cut at every byte, with each line left out, doubled, or replaced: told or taken, but always answered.
#[test]
fn no_spoilt_file_does_harm() {
    for path in fixtures() {
        let text = fs::read_to_string(&path).unwrap();
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            read("f", &text[..end]);
        }
        let lines: Vec<&str> = text.lines().collect();
        for at in 0..lines.len() {
            for replaced in
                [&[][..], &[lines[at], lines[at]], &["\u{1}}{][ = \"\u{fffd}' 9e999"], &["[x", "y.z = {"]]
            {
                let spoilt = [&lines[..at], replaced, &lines[at + 1..]].concat().join("\n");
                let (_, remarks) = read("f", &spoilt);
                assert!(remarks.iter().all(|remark| remark.line >= 1));
            }
        }
    }
}

#[test]
fn what_is_said_once_for_many_is_bounded() {
    let mut text = format!("[defaults]\nmaintenance = \"/{}\"\n", "x".repeat(1 << 20));
    for port in 1..=200 {
        write!(text, "[[service]]\naddress = \"tcp 10.0.0.1:{port}\"\n").unwrap();
    }
    let (intent, remarks) = read("f", &text);
    let told: Vec<_> = remarks.iter().map(|remark| remark.message.as_str()).collect();
    assert_eq!(told, ["with this, what is said once for many comes to more than 128 MiB"]);
    let kept: usize =
        intent.farms.iter().filter_map(|farm| farm.maintenance.as_ref()).map(|p| p.as_os_str().len()).sum();
    assert!(kept <= 128 << 20, "{kept}");

    let addresses: Vec<_> = (1..=2000).map(|port| format!("\"tcp 10.0.0.1:{port}\"")).collect();
    let servers: Vec<_> =
        (0..600).map(|n| format!("{{ address = \"10.1.{}.{}:80\" }}", n / 250, n % 250)).collect();
    let text = format!(
        "[[service]]\naddress = [{}]\nserver = [{}]\n[[service]]\naddress = \"tcp 10.0.0.2:80\"\nname = \"x\"\n",
        addresses.join(", "),
        servers.join(", ")
    );
    let (intent, remarks) = read("f", &text);
    let told: Vec<_> = remarks.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["f:1:1: error: with this there are more than 1048576 real servers in all services"]);
    let kept: usize = intent.services.values().map(|(_, servers)| servers.len()).sum();
    assert_eq!(kept, 1_048_200);
}

#[test]
fn deep_nesting_is_refused() {
    for text in [
        format!("a = {}", "[".repeat(100_000)),
        format!("a = {}", "{ a = ".repeat(100_000)),
        format!("{}a = 1", "a.".repeat(100_000)),
        format!("[{}a]", "a.".repeat(100_000)),
        "[[service]]\naddress = \"tcp 10.0.0.1:80\"\n".repeat(20_000),
    ] {
        assert!(read("f", &text).1.has_errors());
    }
}
