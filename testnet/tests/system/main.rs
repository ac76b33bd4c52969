//! The director as a whole, with real programs, under attack by its surroundings. Runs with `ULVS_SYSTEM=1`, as root or in a
//! user namespace, where sshd is left out; `ULVS_REQUIRE_PROGRAMS=1` makes a missing outside program a failure,
//! `ULVS_LONG=1` runs the long forms, `ULVS_IO=af-xdp` lets the director use AF_XDP, `ULVS_PROGRAM=PATH` tests that `ulvs` and not the one built in. Its own `main`,
//! because namespaces are entered by a process with one thread.
//!
//! `cargo test --release -p testnet --test system -- crash` runs the cases whose name contains `crash`.

mod accounting;
mod af_xdp;
mod alerts;
mod aside;
mod autoreload;
mod beside;
mod coalesce;
mod control_plane;
mod corpus_roundtrip;
mod crash;
mod drain_reset;
mod floods;
mod ftp;
mod hashed;
mod health;
mod howto;
mod intake;
mod link_chaos;
mod load;
mod operator;
mod originals;
mod programs;
mod pulse;
mod real_programs;
mod reload_load;
mod rig;
mod shedding;
mod survive;
mod sync;
mod sync_kernel;
mod through_vip;
mod transient;
mod vrrp;

use anyhow::Result;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;
use testnet::{director, sandbox};

/// A case: its name, the programs that it cannot do without, what it does. It returns lines for the report.
struct Case {
    name: String,
    programs: &'static [&'static str],
    run: Box<dyn Fn() -> Result<String>>,
}

fn case(
    name: impl Into<String>,
    programs: &'static [&'static str],
    run: impl Fn() -> Result<String> + 'static,
) -> Case {
    Case { name: name.into(), programs, run: Box::new(run) }
}

fn cases() -> Vec<Case> {
    let mut cases = real_programs::cases();
    cases.extend(af_xdp::cases());
    cases.extend(ftp::cases());
    cases.extend(crash::cases());
    cases.extend(link_chaos::cases());
    cases.extend(accounting::cases());
    cases.extend(control_plane::cases());
    cases.extend(operator::cases());
    cases.extend(autoreload::cases());
    cases.extend(health::cases());
    cases.extend(alerts::cases());
    cases.extend(through_vip::cases());
    cases.extend(drain_reset::cases());
    cases.extend(corpus_roundtrip::cases());
    cases.extend(transient::cases());
    cases.extend(floods::cases());
    cases.extend(hashed::cases());
    cases.extend(originals::cases());
    cases.extend(beside::cases());
    cases.extend(reload_load::cases());
    cases.extend(howto::cases());
    cases.extend(coalesce::cases());
    cases.extend(intake::cases());
    cases.extend(shedding::cases());
    cases.extend(survive::cases());
    cases.extend(sync::cases());
    cases.extend(vrrp::cases());
    cases.extend(sync_kernel::cases());
    cases.extend(pulse::cases());
    cases
}

fn main() -> ExitCode {
    // The director is this very program under another name.
    if director::is_called(std::env::args_os().next().as_ref()) {
        return director::entry(std::env::args_os());
    }
    let filters: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let wanted = |case: &Case| filters.is_empty() || filters.iter().any(|f| case.name.contains(f.as_str()));
    if std::env::args().any(|arg| arg == "--list") {
        for case in cases() {
            println!("{}: test", case.name);
        }
        return ExitCode::SUCCESS;
    }
    // Minutes of load are nobody's idea of `cargo test`.
    let is_asked = !filters.is_empty() || is_long() || programs::are_required() || is_set("ULVS_SYSTEM");
    if !is_asked {
        eprintln!(
            "LEFT OUT: the system tests (six minutes); run them by ULVS_SYSTEM=1 cargo test --release -p testnet --test system"
        );
        return ExitCode::SUCCESS;
    }
    match sandbox::enter() {
        Ok(privilege) => println!("system tests, as {privilege:?}"),
        Err(refusal) => {
            eprintln!("SYSTEM TESTS NOT RUN: {refusal}");
            return ExitCode::from(u8::from(programs::are_required()));
        }
    }
    programs::prepare_run_directory();
    programs::prepare_resolver();
    let mut failed = Vec::new();
    let started = Instant::now();
    let cases: Vec<_> = cases().into_iter().filter(wanted).collect();
    let aside = aside::begin(&cases);
    for case in cases.iter().filter(|case| !aside.has(&case.name)) {
        if let Some(missing) = programs::missing(case.programs) {
            eprintln!(
                "LEFT OUT: {} needs {missing}; apt-get install {}",
                case.name,
                programs::package(missing)
            );
            if programs::are_required() {
                failed.push(case.name.clone());
            }
            continue;
        }
        let begun = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| (case.run)()))
            .unwrap_or_else(|_| Err(anyhow::anyhow!("it panicked")));
        let took = begun.elapsed().as_secs_f32();
        match outcome {
            Ok(report) => println!("test {} ... ok ({took:.1} s)\n{}", case.name, indent(&report)),
            Err(error) => {
                println!("test {} ... FAILED ({took:.1} s): {error:#}", case.name);
                failed.push(case.name.clone());
            }
        }
    }
    failed.extend(aside.end());
    println!("system tests took {:.0} s; failed: {failed:?}", started.elapsed().as_secs_f32());
    ExitCode::from(u8::from(!failed.is_empty()))
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

/// True if the long forms are asked for.
fn is_long() -> bool {
    is_set("ULVS_LONG")
}

/// True if this variable of the environment is `1`.
fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| value == "1")
}
