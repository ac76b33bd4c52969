//! Looks at folders of maintenance (ldirectord's `maintenancedir`), on a thread of its own: a folder may be on another
//! machine that does not answer, and a name's address may be far away.

use crate::config::Names;
use crate::control::happening::MaintenanceFile;
use crossbeam_channel::{Receiver, Sender, after, never, select, unbounded};
use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Files of one folder that are looked at, at most.
const MAX_FILES: usize = 10_000;

/// The folders, and how often each is to be looked at.
type Folders = Vec<(PathBuf, Duration)>;

/// Looks at folders until it is dropped.
pub(super) struct Lookout {
    /// The thread ends when this does; nobody waits for it, since it may hang on a folder for ever.
    sender: Sender<Folders>,
}

impl Lookout {
    /// Looks at nothing yet. `tell` is called with each folder's files when they are not the same as before.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub(super) fn start(tell: impl Fn(PathBuf, Vec<MaintenanceFile>) + Send + 'static) -> io::Result<Self> {
        let (sender, receiver) = unbounded();
        let thread = std::thread::Builder::new().name("maintenance".to_owned());
        thread.spawn(move || serve(&receiver, tell))?;
        Ok(Self { sender })
    }

    /// These folders, and no others.
    pub(super) fn set(&self, folders: Folders) {
        // The thread lives as long as this.
        let _ = self.sender.send(folders);
    }
}

fn serve(orders: &Receiver<Folders>, tell: impl Fn(PathBuf, Vec<MaintenanceFile>)) {
    let mut folders = Folders::new();
    let mut known: BTreeMap<PathBuf, Sight> = BTreeMap::new();
    loop {
        let quickest = folders.iter().map(|(_, every)| *every).min();
        select! {
            recv(orders) -> order => match order {
                Ok(order) => {
                    folders = order;
                    known.retain(|folder, _| folders.iter().any(|(own, _)| own == folder));
                }
                Err(_) => return,
            },
            recv(quickest.map_or_else(never, after)) -> _ => {}
        }
        for (folder, _) in &folders {
            let sight = known.entry(folder.clone()).or_default();
            if sight.look(folder, addresses) {
                tell(folder.clone(), sight.files.clone());
            }
        }
    }
}

/// What was found in a folder.
#[derive(Debug, Default)]
pub(super) struct Sight {
    pub(super) files: Vec<MaintenanceFile>,
    /// It was looked at.
    is_known: bool,
    /// It could not be read.
    has_failed: bool,
}

impl Sight {
    /// Looks; is it another sight than before? A folder that is not there has no files. One that cannot be read has those
    /// that it had: a real server that is in maintenance does not come back because a disk fails.
    pub(super) fn look(&mut self, folder: &Path, addresses: impl Fn(&str) -> Vec<IpAddr>) -> bool {
        let listed = match list(folder) {
            Ok(listed) => listed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                if !std::mem::replace(&mut self.has_failed, true) {
                    tracing::warn!("{}: maintenance stays as it is: {error}", folder.display());
                }
                return false;
            }
        };
        self.has_failed = false;
        let files = listed.into_iter().map(|name| {
            // What is resolved stays so for as long as the file is there.
            let known = self.files.iter().find(|file| file.name == name && !file.addrs.is_empty());
            known.cloned().unwrap_or_else(|| read(name, &addresses))
        });
        let files: Vec<_> = files.collect();
        let is_new = !self.is_known || files != self.files;
        (self.files, self.is_known) = (files, true);
        is_new
    }
}

/// Names of a folder's files, in order.
fn list(folder: &Path) -> io::Result<Vec<String>> {
    let entries = std::fs::read_dir(folder)?.take(MAX_FILES);
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

/// What a file's name names: `IP:port`, `IP`, `[IPv6]:port`, `host:port`, `host`.
fn read(name: String, addresses: impl Fn(&str) -> Vec<IpAddr>) -> MaintenanceFile {
    let bare = |host: &str| host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let (host, port) = match name.parse::<IpAddr>() {
        Ok(addr) => (addr.to_string(), None),
        Err(_) => match name.rsplit_once(':') {
            Some((host, port)) if port.parse::<u16>().is_ok() => (bare(host), port.parse().ok()),
            _ => (bare(&name), None),
        },
    };
    let addrs = match host.parse() {
        Ok(addr) => vec![addr],
        Err(_) if is_host_name(&host) => addresses(&host),
        Err(_) => Vec::new(),
    };
    MaintenanceFile { name, host, addrs, port }
}

/// A host's addresses, by `/etc/hosts` or the resolver.
pub(super) fn addresses(host: &str) -> Vec<IpAddr> {
    addresses_in(&Names::system(), host)
}

fn addresses_in(names: &Names, host: &str) -> Vec<IpAddr> {
    let v4 = names.address_of(host).map(IpAddr::V4);
    v4.into_iter().chain(names.address6_of(host).map(IpAddr::V6)).collect()
}

/// Nobody is asked for the address of an editor's backup.
fn is_host_name(host: &str) -> bool {
    host.starts_with(|first: char| first.is_ascii_alphanumeric())
        && host.chars().all(|each| each.is_ascii_alphanumeric() || each == '-' || each == '.')
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::lvs::{Endpoint, FarmServer, Protocol, ServiceKey};

    #[test]
    fn real_servers_as_files_are_named() {
        let hosts = "10.9.0.11 rs1.example.org rs1\nfd00::11 rs1\n10.9.0.12 rs2\n";
        let names = Names::from_text("", hosts);
        let services =
            [ServiceKey::Tuple { protocol: Protocol::Tcp, virt: Endpoint::new([10, 9, 0, 100].into(), 80) }];
        let fits = |file: &str, addr: &str, port| {
            let server = FarmServer::unwatched(Endpoint::new(addr.parse().unwrap(), port));
            read(file.to_owned(), |host| addresses_in(&names, host)).names(&server, &services)
        };
        for file in [
            "10.9.0.11:8080",
            "10.9.0.11",
            "rs1",
            "rs1:8080",
            "rs1.example.org",
            "rs1.example.org:8080",
            "RS1",
        ] {
            assert!(fits(file, "10.9.0.11", 8080), "{file}");
            assert!(!fits(file, "10.9.0.12", 8080), "{file}");
        }
        for file in ["10.9.0.11:80", "rs1:80", "rs2", "rs1~", ".rs1.swp", "rs1:http", "", ":8080"] {
            assert!(!fits(file, "10.9.0.11", 8080), "{file}");
        }
        for file in ["fd00::11", "[fd00::11]:8080", "[fd00::11]", "rs1"] {
            assert!(fits(file, "fd00::11", 8080), "{file}");
        }
        // Without a port of its own it has its service's.
        assert!(fits("10.9.0.11:80", "10.9.0.11", 0) && !fits("10.9.0.11:81", "10.9.0.11", 0));
        let mut named = FarmServer::unwatched(Endpoint::new([10, 9, 0, 13].into(), 80));
        named.name = Some("blade".to_owned());
        let unknown = |_: &str| Vec::new();
        assert!(read("blade".to_owned(), unknown).names(&named, &services));
        assert!(!read("blade:81".to_owned(), unknown).names(&named, &services));
    }

    #[test]
    fn a_folder_is_told_of_when_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("maintenance");
        let mut sight = Sight::default();
        let looks = |sight: &mut Sight| {
            let is_new = sight.look(&path, |_| Vec::new());
            (is_new, sight.files.iter().map(|file| file.name.clone()).collect::<Vec<_>>())
        };
        assert_eq!(looks(&mut sight), (true, vec![]), "it is not there");
        assert_eq!(looks(&mut sight), (false, vec![]));
        std::fs::create_dir(&path).unwrap();
        std::fs::write(path.join("10.9.0.11"), "").unwrap();
        assert_eq!(looks(&mut sight), (true, vec!["10.9.0.11".to_owned()]));
        assert!(!looks(&mut sight).0);
        // No folder any more, but something else: what is known stays.
        std::fs::remove_dir_all(&path).unwrap();
        std::fs::write(&path, "").unwrap();
        assert_eq!(looks(&mut sight), (false, vec!["10.9.0.11".to_owned()]));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(looks(&mut sight), (true, vec![]));
    }
}
