//! Names of hosts and ports, both ways: `/etc/services`, `/etc/hosts`, and the resolver for host names that are not in
//! there. Addresses are turned into names from `/etc/hosts` alone: a listing never waits for DNS.

use crate::lvs::Protocol;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};

/// By name.
type Resolved = Mutex<HashMap<String, Vec<IpAddr>>>;

/// The name databases.
#[derive(Clone, Debug, Default)]
pub struct Names {
    ports: HashMap<(String, Protocol), u16>,
    port_names: HashMap<(u16, Protocol), String>,
    hosts: HashMap<String, Ipv4Addr>,
    hosts6: HashMap<String, Ipv6Addr>,
    host_names: HashMap<IpAddr, String>,
    /// What the resolver said, each name asked once: one that does not answer takes seconds to say so. `None`: it is never
    /// asked.
    resolved: Option<Arc<Resolved>>,
}

impl Names {
    /// Those of this host; a file that cannot be read counts as empty.
    pub fn system() -> Self {
        let read = |path| std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let services = read("/etc/services").unwrap_or_default();
        let hosts = read("/etc/hosts").unwrap_or_default();
        Self { resolved: Some(Arc::default()), ..Self::from_text(&services, &hosts) }
    }

    /// From the text of a services file and a hosts file; the resolver is never asked.
    pub fn from_text(services: &str, hosts: &str) -> Self {
        let mut names = Self::default();
        for words in lines(services) {
            names.add_service(&words);
        }
        for words in lines(hosts) {
            names.add_host(&words);
        }
        names
    }

    fn add_service(&mut self, words: &[&str]) {
        let [name, port, aliases @ ..] = words else { return };
        let Some((port, protocol)) = port.split_once('/') else { return };
        let (Ok(port), Some(protocol)) = (port.parse::<u16>(), protocol_of(protocol)) else { return };
        self.port_names.entry((port, protocol)).or_insert_with(|| (*name).to_owned());
        for name in std::iter::once(name).chain(aliases) {
            self.ports.entry(((*name).to_owned(), protocol)).or_insert(port);
        }
    }

    fn add_host(&mut self, words: &[&str]) {
        let [addr, name, aliases @ ..] = words else { return };
        let Ok(addr) = addr.parse::<IpAddr>() else { return };
        self.host_names.entry(addr).or_insert_with(|| (*name).to_owned());
        for name in std::iter::once(name).chain(aliases).map(|name| name.to_ascii_lowercase()) {
            match addr {
                IpAddr::V4(addr) => drop(self.hosts.entry(name).or_insert(addr)),
                IpAddr::V6(addr) => drop(self.hosts6.entry(name).or_insert(addr)),
            }
        }
    }

    /// The port of that name (or alias) for that protocol.
    pub fn port_of(&self, name: &str, protocol: Protocol) -> Option<u16> {
        self.ports.get(&(name.to_owned(), protocol)).copied()
    }

    /// The name of that port for that protocol.
    pub fn name_of_port(&self, port: u16, protocol: Protocol) -> Option<&str> {
        self.port_names.get(&(port, protocol)).map(String::as_str)
    }

    /// The first IPv4 address of a host. May ask the resolver, and then wait for it.
    pub fn address_of(&self, host: &str) -> Option<Ipv4Addr> {
        if let Some(addr) = self.hosts.get(&host.to_ascii_lowercase()) {
            return Some(*addr);
        }
        self.resolve(host).into_iter().find_map(|found| match found {
            IpAddr::V4(v4) => Some(v4),
            IpAddr::V6(_) => None,
        })
    }

    /// The first IPv6 address of a host. May ask the resolver, and then wait for it.
    pub fn address6_of(&self, host: &str) -> Option<Ipv6Addr> {
        if let Some(addr) = self.hosts6.get(&host.to_ascii_lowercase()) {
            return Some(*addr);
        }
        self.resolve(host).into_iter().find_map(|found| match found {
            IpAddr::V6(v6) => Some(v6),
            IpAddr::V4(_) => None,
        })
    }

    /// What the resolver knows of a host, in its order; nothing if it does not answer.
    fn resolve(&self, host: &str) -> Vec<IpAddr> {
        let Some(resolved) = &self.resolved else { return Vec::new() };
        let mut resolved = resolved.lock().unwrap_or_else(PoisonError::into_inner);
        let ask = || {
            let found = (host, 0).to_socket_addrs().ok().into_iter().flatten();
            found.map(|found| found.ip()).collect()
        };
        resolved.entry(host.to_ascii_lowercase()).or_insert_with(ask).clone()
    }

    /// The name of an address, if `/etc/hosts` has one.
    pub fn name_of(&self, addr: IpAddr) -> Option<&str> {
        self.host_names.get(&addr).map(String::as_str)
    }
}

fn protocol_of(word: &str) -> Option<Protocol> {
    match word {
        "tcp" => Some(Protocol::Tcp),
        "udp" => Some(Protocol::Udp),
        "sctp" => Some(Protocol::Sctp),
        _ => None,
    }
}

fn lines(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines()
        .map(|line| line.split('#').next().unwrap_or("").split_whitespace().collect::<Vec<_>>())
        .filter(|words| !words.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_files_both_ways() {
        let names = Names::from_text(
            "http 80/tcp www # web\nhttp-two 80/tcp\ntftp\t69/udp\nodd 1/ddp\nbad x/tcp\n",
            "10.0.0.1 rs1.lab RS1 # one\n10.0.0.1 second\n::1 ip6-localhost\nnonsense host\n",
        );
        assert_eq!(names.port_of("http", Protocol::Tcp), Some(80));
        assert_eq!(names.port_of("www", Protocol::Tcp), Some(80));
        assert_eq!(names.port_of("http", Protocol::Udp), None);
        assert_eq!(names.name_of_port(80, Protocol::Tcp), Some("http"));
        assert_eq!(names.name_of_port(69, Protocol::Udp), Some("tftp"));
        assert_eq!(names.name_of_port(1, Protocol::Tcp), None);
        assert_eq!(names.address_of("rs1"), Some(Ipv4Addr::new(10, 0, 0, 1)));
        assert_eq!(names.address_of("unknown.lab"), None);
        assert_eq!(names.address6_of("IP6-localhost"), Some(Ipv6Addr::LOCALHOST));
        assert_eq!(names.address6_of("rs1"), None);
        assert_eq!(names.name_of("10.0.0.1".parse().unwrap()), Some("rs1.lab"));
        assert_eq!(names.name_of("10.0.0.2".parse().unwrap()), None);
    }
}
