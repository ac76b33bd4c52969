//! Builds what user-mode Linux gets preloaded (`preload/xstate.rs`), to be embedded: a program that is one file can boot a
//! kernel from anywhere. Only x86-64 has such a kernel.

use std::path::PathBuf;
use std::process::Command;

const SOURCE: &str = "preload/xstate.rs";

fn main() {
    println!("cargo::rerun-if-changed={SOURCE}");
    println!("cargo::rerun-if-changed=build.rs");
    let var = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"));
    let library = PathBuf::from(var("OUT_DIR")).join("xstate.so");
    if var("CARGO_CFG_TARGET_ARCH") != "x86_64" || var("CARGO_CFG_TARGET_OS") != "linux" {
        std::fs::write(&library, "").expect("cargo's own directory");
        return;
    }
    let mut command = Command::new(var("RUSTC"));
    command
        .args([
            "--edition=2024",
            "--crate-name=xstate",
            "--crate-type=cdylib",
            "-Cpanic=abort",
            "-Copt-level=2",
        ])
        .args(["-Cstrip=symbols", "--target", &var("TARGET"), "-o"])
        .arg(&library)
        .arg(SOURCE);
    let status = command.status().expect("rustc runs");
    assert!(status.success(), "{SOURCE} does not compile: {command:?}");
}
