//! Files that other people published, and what is said of them (`docs/dialects/corpus.md`); and what is said of these and of
//! our own test files when they are damaged.
//!
//! The published files are no part of this project: where `../shared/corpus` is not there, only our own are read.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod bad;
mod damage;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use ulvs::config::{Context, Diagnostics, Format, Names, Source};
use ulvs::control::command::Intent;

/// The languages that other programs have, by the names of their folders.
pub(crate) const KINDS: [Format; 4] =
    [Format::Keepalived, Format::Ldirectord, Format::Piranha, Format::ConfigureLvs];

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The names that some of the files use.
pub(crate) fn names() -> Names {
    let services = "ssh 22/tcp\ntelnet 23/tcp\ndomain 53/udp\nhttp 80/tcp www\nnfs 2049/udp\n";
    let hosts = "192.0.2.10 director lvs\n10.1.1.8 real-server1 realserver1\n10.1.1.9 real-server2 realserver2\n\
                 10.1.1.7 real-server3\n";
    Names::from_text(services, hosts)
}

pub(crate) fn read(format: Format, source: &Source) -> (Intent, Diagnostics) {
    let names = names();
    let mut out = Diagnostics::default();
    let intent = format.dialect().read(source, &Context::of_names(&names), &mut out);
    out.sort();
    (intent, out)
}

/// The files of a folder, in order; none if there is no such folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| {
        path.extension().is_some_and(|kind| ["cf", "conf", "toml"].iter().any(|known| *known == kind))
    });
    paths.sort();
    paths
}

/// The folder of published files, if it is here.
pub(crate) fn corpus() -> Option<PathBuf> {
    let folder = root().join("../shared/corpus");
    if !folder.is_dir() {
        eprintln!("LEFT OUT: published files: there is no {}", folder.display());
        return None;
    }
    Some(folder)
}
