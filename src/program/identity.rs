//! As whom a script runs.

use std::fs;
use std::path::Path;

/// A user with one group.
#[derive(Debug, PartialEq, Eq)]
pub struct Identity {
    pub name: String,
    pub home: String,
    pub uid: u32,
    pub gid: u32,
}

/// Of a name or a number, as `/etc/passwd` and `/etc/group` have them; `None`: nobody is named.
///
/// # Errors
/// They do not know it, or cannot be read.
pub fn identity(user: Option<&str>, group: Option<&str>) -> Result<Option<Identity>, String> {
    let read = |path: &str| fs::read_to_string(Path::new(path)).map_err(|error| format!("{path}: {error}"));
    if user.is_none() && group.is_none() {
        return Ok(None);
    }
    let own = rustix::process::geteuid().as_raw().to_string();
    find(user.unwrap_or(&own), group, &read("/etc/passwd")?, &read("/etc/group")?).map(Some)
}

fn find(user: &str, group: Option<&str>, passwd: &str, groups: &str) -> Result<Identity, String> {
    let unknown = || format!("there is no user `{user}`");
    let entry = entry(user, passwd).ok_or_else(unknown)?;
    let number = |at: usize| entry.get(at).and_then(|text| text.parse().ok()).ok_or_else(unknown);
    let gid = match group {
        None => number(3)?,
        Some(group) => self::entry(group, groups)
            .and_then(|entry| entry.get(2)?.parse().ok())
            .ok_or_else(|| format!("there is no group `{group}`"))?,
    };
    let home = entry.get(5).filter(|home| !home.is_empty()).unwrap_or(&"/");
    Ok(Identity { name: entry[0].to_owned(), home: (*home).to_owned(), uid: number(2)?, gid })
}

/// The line whose name, or number, it is.
fn entry<'a>(wanted: &str, file: &'a str) -> Option<Vec<&'a str>> {
    let lines = || file.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let by = |place: usize| lines().find(|entry| entry.get(place) == Some(&wanted));
    by(0).or_else(|| by(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str =
        "root:x:0:0:root:/root:/bin/sh\nlvs:x:990:980::/var/lib/lvs:/bin/false\nbare:x:7:8\n";
    const GROUP: &str = "root:x:0:\nlvs:x:980:\nweb:x:33:lvs\n";

    #[test]
    fn names_and_numbers() {
        let found = find("lvs", None, PASSWD, GROUP).unwrap();
        assert_eq!((found.uid, found.gid, found.home.as_str()), (990, 980, "/var/lib/lvs"));
        let found = find("990", Some("web"), PASSWD, GROUP).unwrap();
        assert_eq!((found.name.as_str(), found.uid, found.gid), ("lvs", 990, 33));
        assert_eq!(find("bare", Some("33"), PASSWD, GROUP).unwrap().home, "/");
        assert_eq!(find("nobody", None, PASSWD, GROUP).unwrap_err(), "there is no user `nobody`");
        assert_eq!(find("lvs", Some("x"), PASSWD, GROUP).unwrap_err(), "there is no group `x`");
        assert_eq!(find("", None, "\n::\n", GROUP).unwrap_err(), "there is no user ``");
    }
}
