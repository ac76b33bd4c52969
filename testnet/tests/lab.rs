//! `cargo lab` as people run it: each mode shows what it promises, exits 0 and leaves nothing behind. As root, or as an
//! ordinary user in a user namespace; where neither is allowed the tests say so and pass.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A lab's own place for its state: nothing of other labs on this machine is touched.
struct Place {
    runtime: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { runtime: tempfile::tempdir().expect("a directory") }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_testnet"));
        command.args(args).env("XDG_RUNTIME_DIR", self.runtime.path()).stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("the lab runs")
    }

    /// Names in the state directory.
    fn left(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.runtime.path().join("ulvs-lab"));
        entries
            .into_iter()
            .flatten()
            .map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect()
    }
}

impl Drop for Place {
    /// A kept lab does not outlive its test, however that ends.
    fn drop(&mut self) {
        let _ = self.command(&["down"]).stdout(Stdio::null()).status();
    }
}

/// True if the lab could run; false (said loudly) if this machine forbids it.
fn could_run(output: &Output) -> bool {
    if output.status.code() == Some(2) {
        left_out(&String::from_utf8_lossy(&output.stderr));
        return false;
    }
    true
}

/// Not by a macro of the standard library: the test harness would keep that to itself.
fn left_out(why: &str) {
    let _ = writeln!(std::io::stderr().lock(), "\n*** LEFT OUT: a test of the lab: {}\n", why.trim());
}

fn text(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn keeps_its_promises(args: &[&str]) {
    let place = Place::new();
    let output = place.run(args);
    if could_run(&output) {
        assert!(output.status.success(), "{args:?}: {}\n{}", output.status, text(&output));
        assert!(place.left().is_empty(), "left behind: {:?}", place.left());
    }
}

#[test]
fn direct_routing() {
    keeps_its_promises(&["dr"]);
}

#[test]
fn direct_routing_with_the_vip_on_the_director() {
    keeps_its_promises(&["dr", "--vip-on-host"]);
}

#[test]
fn direct_routing_over_ipv6() {
    keeps_its_promises(&["dr", "--family", "6", "--servers", "2"]);
}

#[test]
fn howto_1_configure_lvs() {
    keeps_its_promises(&["howto-1"]);
}

#[test]
fn howto_2_keepalived() {
    keeps_its_promises(&["howto-2"]);
}

#[test]
fn howto_3_by_hand() {
    keeps_its_promises(&["howto-3"]);
}

#[test]
fn howto_4_piranha() {
    keeps_its_promises(&["howto-4"]);
}

#[test]
fn howto_5_ldirectord() {
    keeps_its_promises(&["howto-5"]);
}

#[test]
fn howto_with_the_labs_own_web_servers() {
    keeps_its_promises(&["howto-3", "--own-servers"]);
}

/// A promise that cannot be broken is none.
#[test]
fn a_howto_with_another_scheduler_shows_something_else() {
    for howto in ["howto-1", "howto-3"] {
        let place = Place::new();
        let output = place.run(&[howto, "--scheduler", "sh"]);
        if could_run(&output) {
            assert_eq!(output.status.code(), Some(1), "{howto}: {}", text(&output));
            let shown = text(&output);
            assert!(shown.contains("  NO   ") && shown.contains(" sh`, expected `"), "{howto}: {shown}");
            assert!(place.left().is_empty(), "left behind: {:?}", place.left());
        }
    }
}

#[test]
fn nat() {
    keeps_its_promises(&["nat"]);
}

#[test]
fn nat_with_the_vip_on_the_director() {
    keeps_its_promises(&["nat", "--vip-on-host"]);
}

#[test]
fn nat_over_ipv6() {
    keeps_its_promises(&["nat", "--family", "6"]);
}

#[test]
fn tunnelling() {
    keeps_its_promises(&["tun"]);
}

#[test]
fn tunnelling_with_the_vip_on_the_director() {
    keeps_its_promises(&["tun", "--vip-on-host"]);
}

#[test]
fn tunnelling_over_ipv6() {
    keeps_its_promises(&["tun", "--family", "6"]);
}

#[test]
fn tunnelling_by_gre() {
    keeps_its_promises(&["tun", "--tun-type", "gre"]);
}

#[test]
fn tunnelling_by_gre_with_checksums() {
    keeps_its_promises(&["tun", "--tun-type", "gre", "--tun-csum", "--servers", "2"]);
}

#[test]
fn tunnelling_by_gre_over_ipv6() {
    keeps_its_promises(&["tun", "--tun-type", "gre", "--family", "6"]);
}

#[test]
fn tunnelling_by_gre_with_checksums_over_ipv6() {
    keeps_its_promises(&["tun", "--tun-type", "gre", "--tun-csum", "--family", "6", "--servers", "2"]);
}

#[test]
fn tunnelling_by_gue() {
    keeps_its_promises(&["tun", "--tun-type", "gue"]);
}

#[test]
fn tunnelling_by_gue_with_checksums() {
    keeps_its_promises(&["tun", "--tun-type", "gue", "--tun-csum", "--servers", "2"]);
}

#[test]
fn tunnelling_by_gue_over_ipv6() {
    keeps_its_promises(&["tun", "--tun-type", "gue", "--family", "6"]);
}

#[test]
fn tunnelling_by_gue_with_checksums_over_ipv6() {
    keeps_its_promises(&["tun", "--tun-type", "gue", "--tun-csum", "--family", "6", "--servers", "2"]);
}

#[test]
fn ip_in_ip_has_no_checksum() {
    let output = Place::new().run(&["tun", "--tun-csum"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("--tun-csum: IP in IP has no checksum"), "{}", text(&output));
}

#[test]
fn other_schedulers_and_captures() {
    let directory = tempfile::tempdir().expect("a directory");
    let pcap = directory.path().join("pcap");
    keeps_its_promises(&["dr", "--scheduler", "wlc", "--requests", "9", "--pcap", &pcap.to_string_lossy()]);
    if pcap.exists() {
        assert!(pcap.join("director.pcap").exists());
    }
}

#[test]
fn a_kept_lab_stays_until_it_is_taken_down() {
    let place = Place::new();
    let output = place.run(&["dr", "--keep"]);
    if !could_run(&output) {
        return;
    }
    assert!(output.status.success(), "{}\n{}", output.status, text(&output));
    assert!(text(&output).contains("nsenter -t "), "{}", text(&output));
    let left = place.left();
    assert_eq!(left.len(), 1, "{left:?}");
    let pid = left[0].strip_prefix("lab-").expect("lab-PID").to_owned();
    assert!(Path::new("/proc").join(&pid).exists(), "process {pid} ended");
    let down = place.run(&["down"]);
    assert!(down.status.success() && text(&down).contains(&pid), "{}", text(&down));
    assert!(place.left().is_empty(), "left behind: {:?}", place.left());
    // Whoever adopts it may not have buried it yet: a zombie is ended too.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_else(|_| ") Z".to_owned());
    assert!(stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('Z')), "{stat}");
}

#[test]
fn ctrl_c_cleans_up() {
    use rustix::process::{Pid, Signal, kill_process};
    let place = Place::new();
    let mut child = place
        .command(&["nat", "--requests", "1000"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the lab runs");
    let deadline = Instant::now() + Duration::from_secs(20);
    while !place
        .left()
        .iter()
        .any(|name| place.runtime.path().join("ulvs-lab").join(name).join("ulvs.sock").exists())
    {
        if let Some(status) = child.try_wait().expect("its status") {
            assert_eq!(status.code(), Some(2), "it ended before it was up");
            left_out("this machine forbids it");
            return;
        }
        assert!(Instant::now() < deadline, "the director did not come up");
        std::thread::sleep(Duration::from_millis(5));
    }
    kill_process(Pid::from_child(&child), Signal::INT).expect("a signal");
    assert_eq!(child.wait().expect("its status").code(), Some(130));
    assert!(place.left().is_empty(), "left behind: {:?}", place.left());
}

#[test]
fn down_without_a_lab_is_no_error() {
    let output = Place::new().run(&["down"]);
    assert!(output.status.success() && text(&output).contains("no lab was kept"), "{}", text(&output));
}

#[test]
fn a_failure_is_said_and_cleaned_up() {
    let place = Place::new();
    let output = place.run(&["dr", "--scheduler", "no-such-one"]);
    if could_run(&output) {
        assert_eq!(output.status.code(), Some(1), "{}", text(&output));
        assert!(place.left().is_empty(), "left behind: {:?}", place.left());
    }
}
