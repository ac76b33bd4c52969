//! Cases that mostly wait for somebody's timers run beside the others, each in a process and namespaces of its own.

use crate::{Case, programs};
use std::process::{Child, Command, Stdio};

/// They wait for checks to come round, or for adverts to stay away, and bound nothing but those.
const PATIENT: [&str; 4] =
    ["beside_ldirectord", "beside_keepalived", "vrrp_keepalived_is_first", "vrrp_keepalived_is_second"];

/// The cases that run aside.
pub struct Aside {
    running: Vec<(String, Child)>,
}

/// Begins those cases that run aside, if there are others: this program once more for each, with its name.
pub fn begin(cases: &[Case]) -> Aside {
    let is_aside = |case: &&Case| PATIENT.contains(&case.name.as_str());
    let mut running = Vec::new();
    if cases.len() > 1 {
        for case in cases.iter().filter(is_aside).filter(|case| programs::missing(case.programs).is_none()) {
            let child = Command::new("/proc/self/exe")
                .arg(&case.name)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::inherit())
                .spawn();
            // One that could not be begun runs with the others.
            if let Ok(child) = child {
                running.push((case.name.clone(), child));
            }
        }
    }
    Aside { running }
}

impl Aside {
    /// True if this case runs aside.
    pub fn has(&self, name: &str) -> bool {
        self.running.iter().any(|(running, _)| running == name)
    }

    /// Waits for them and tells what they told; the names of those that failed.
    pub fn end(mut self) -> Vec<String> {
        let mut failed = Vec::new();
        for (name, child) in self.running.drain(..) {
            let output = child.wait_with_output();
            let told =
                output.as_ref().map(|output| String::from_utf8_lossy(&output.stdout)).unwrap_or_default();
            for line in told.lines().filter(|line| !line.starts_with("system tests")) {
                println!("{line}");
            }
            if !output.is_ok_and(|output| output.status.success()) {
                failed.push(name);
            }
        }
        failed
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        for (_, child) in &mut self.running {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
