//! Whose table it is. A claim outlives its director on purpose (clients then see silence, not resets), so every table
//! carries a note by which a later director knows whether the one that made it still lives.

use std::path::Path;

/// A process, known for certain: its id is not enough, since ids are used again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Process id.
    pub pid: u32,
    /// When it started, in clock ticks since boot.
    started: u64,
    /// The namespace in which the id means anything.
    namespace: String,
}

impl Owner {
    /// This process.
    pub fn me() -> Self {
        let pid = std::process::id();
        Self { pid, started: started(pid).unwrap_or(0), namespace: namespace() }
    }

    /// The note, as `nft list` shows it in `comment "…"`.
    pub fn to_comment(&self) -> String {
        format!("ulvs pid {} started {} in {}", self.pid, self.started, self.namespace)
    }

    /// Reads the note; `None` if it is none of ours.
    pub fn from_comment(comment: &str) -> Option<Self> {
        let words: Vec<_> = comment.split(' ').collect();
        let ["ulvs", "pid", pid, "started", started, "in", namespace] = words[..] else { return None };
        let (pid, started, namespace) = (pid.parse().ok()?, started.parse().ok()?, namespace.to_owned());
        Some(Self { pid, started, namespace })
    }

    /// True only if it is known to run. A process of another pid namespace cannot be seen: it counts as gone.
    pub fn is_alive(&self) -> bool {
        self.namespace == namespace() && started(self.pid) == Some(self.started)
    }
}

/// Field 22 of `/proc/PID/stat`. The second field is a name in parentheses that may contain anything.
fn started(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat[stat.rfind(')')? + 1..].split_whitespace();
    let state = fields.next()?;
    // A zombie holds nothing any more.
    if state == "Z" || state == "X" { None } else { fields.nth(18)?.parse().ok() }
}

/// `pid:[4026531836]`
fn namespace() -> String {
    let link = std::fs::read_link(Path::new("/proc/self/ns/pid")).unwrap_or_default();
    link.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_comes_back() {
        let me = Owner::me();
        assert_eq!(Owner::from_comment(&me.to_comment()), Some(me.clone()));
        assert!(me.is_alive());
        assert!(!Owner { started: me.started + 1, ..me.clone() }.is_alive(), "the id was used again");
        assert!(!Owner { pid: u32::MAX, ..me }.is_alive());
    }

    #[test]
    fn other_notes_are_not_ours() {
        for comment in ["", "ulvs", "ulvs pid", "ulvs pid x started 1 in pid:[1]", "by hand"] {
            assert_eq!(Owner::from_comment(comment), None, "{comment}");
        }
    }
}
