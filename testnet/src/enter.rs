//! How people get into a lab that stays up.

use crate::director::Director;
use crate::lab::Lab;
use crate::plan::CLIENT;
use crate::sandbox::Privilege;
use crate::state::State;
use anyhow::{Context, Result};
use std::fmt::Write;
use std::net::SocketAddr;

/// A lab that stays up.
pub struct Place<'a> {
    /// The network.
    pub lab: &'a Lab,
    /// A director.
    pub director: &'a Director,
    /// The host that it runs on.
    pub host: &'a str,
    /// Whether hosts have files of their own.
    pub has_mounts: bool,
}

impl Place<'_> {
    /// How to enter its hosts, ask its service and look at its director.
    ///
    /// # Errors
    /// There is no client, or no such host.
    pub fn how_to_enter(&self, service: SocketAddr, state: &State, privilege: Privilege) -> Result<String> {
        let user = match privilege {
            Privilege::Root => "",
            Privilege::UserNamespace => " -U --preserve-credentials",
        };
        let spaces = if self.has_mounts { "-n -m" } else { "-n" };
        let mut text = String::from("The lab stays up. To enter a host:\n\n");
        for host in self.lab.hosts() {
            writeln!(text, "  {:<9} nsenter -t {}{user} {spaces}", host.name(), host.tid())?;
        }
        let client = self.lab.host(CLIENT).context("the client")?.tid();
        let director = self.lab.host(self.host).context("the director")?.tid();
        let hosts = &self.lab.topology().hosts;
        let interface =
            hosts.iter().find(|host| host.name == self.host).and_then(|host| host.interfaces.first());
        let interface = interface.map_or("eth0", |interface| &interface.name);
        writeln!(
            text,
            "\n  export PATH={}/bin:$PATH ULVS_SOCKET={}",
            state.path().display(),
            self.director.socket().display()
        )?;
        writeln!(text, "  nsenter -t {client}{user} -n curl http://{service}/")?;
        match privilege {
            Privilege::Root => writeln!(text, "  nsenter -t {director} -n tcpdump -eni {interface}")?,
            // tcpdump gives up its groups before it begins, which an ordinary user's namespace forbids.
            Privilege::UserNamespace => {
                writeln!(
                    text,
                    "  nsenter -t {director}{user} -n tshark -i {interface}    (tcpdump needs a lab run by root)"
                )?;
            }
        }
        writeln!(text, "  nsenter -t {director}{user} -n ipvsadm -Ln")?;
        let log = self.director.socket().with_file_name("ulvs.log");
        writeln!(text, "\nThe director's log: {}. To end it all: cargo lab down", log.display())?;
        Ok(text)
    }
}
