//! Two directors on one network, with the same real servers.

use super::backend::{self, Backend};
use super::failures::{Fault, Step};
use super::farm::{SORRY, WEIGHTS, port};
use super::record::{Change, changes};
use crate::rig::{Rig, SECOND, SECOND_DIP, SECOND_VIP, Setup, lay_out};
use anyhow::{Context, Result};
use std::net::IpAddr;
use std::path::PathBuf;
use testnet::director::Director;
use testnet::plan::Family;
use ulvs::lvs::ForwardingMethod::DirectRoute;

/// Dropped in this order: the second director first, the network last.
pub struct Pair {
    second: Option<Director>,
    pub backends: Vec<Backend>,
    /// With the first director, whose table somebody else looks after.
    pub rig: Rig,
}

impl Pair {
    /// With this many services' ports on each real server. The second director is still to be started.
    pub fn start(services: usize) -> Result<Self> {
        let mut setup =
            Setup { workers: 1, servers: 4, has_second: true, ..Setup::new(DirectRoute, Family::V4) };
        setup.options.extend(["--log-level".to_owned(), "debug".to_owned()]);
        let rig = Rig::start(setup)?;
        let ports: Vec<u16> = (0..services).map(port).collect();
        let backends = rig.plan.servers.iter();
        let backends: Result<_> =
            backends.map(|server| Backend::start(rig.lab.host(&server.name)?, ports.clone())).collect();
        let pair = Self { second: None, backends: backends?, rig };
        for server in 0..WEIGHTS.len() {
            pair.write_code(server, 0)?;
        }
        Ok(pair)
    }

    /// Starts the second director with this file.
    pub fn start_second(&mut self, config: &str) -> Result<()> {
        let directory = self.rig.directory.path().join("second");
        std::fs::create_dir(&directory)?;
        lay_out(&directory)?;
        let path = directory.join("config");
        std::fs::write(&path, config)?;
        let host = self.rig.lab.host(SECOND)?;
        let path = path.display().to_string();
        let options = ["--workers", "1", "--log-level", "debug", "--config", &path];
        let mut second = Director::spawn(host, &directory, &["eth0"], &options)?;
        second.wait_ready(host)?;
        self.second = Some(second);
        Ok(())
    }

    /// The second director.
    pub fn second(&self) -> Result<&Director> {
        self.second.as_ref().context("the second director")
    }

    /// The VIPs of both.
    pub fn vips(&self) -> [IpAddr; 2] {
        [self.rig.plan.service.ip(), SECOND_VIP.into()]
    }

    /// The addresses that both ask from.
    pub fn dips(&self) -> [IpAddr; 2] {
        [self.rig.plan.dip, SECOND_DIP.into()]
    }

    /// The RIPs of the real servers, and of the one behind them.
    pub fn rips(&self) -> Vec<IpAddr> {
        self.rig.plan.servers.iter().map(|server| server.rip).collect()
    }

    /// Where scripts look for what they are to end with; the RIP is appended.
    pub fn codes(&self) -> PathBuf {
        self.rig.directory.path().join("code.")
    }

    fn write_code(&self, server: usize, code: u8) -> Result<()> {
        let path = format!("{}{}", self.codes().display(), self.rips()[server]);
        std::fs::write(format!("{path}.new"), code.to_string())?;
        Ok(std::fs::rename(format!("{path}.new"), path)?)
    }

    /// Lets something happen to a real server; `was_silent`: its host was, before.
    pub fn let_happen(&self, step: &Step, was_silent: bool) -> Result<()> {
        let is_silent = step.fault == Some(Fault::Silent);
        if is_silent != was_silent {
            let host = self.rig.lab.host(&self.rig.plan.servers[step.server].name)?;
            backend::silence(host, &self.dips(), is_silent)?;
        }
        self.backends[step.server].behave(step.manner.clone())?;
        self.write_code(step.server, step.code)
    }

    /// What became of both tables so far.
    pub fn records(&self) -> Result<[Vec<Change>; 2]> {
        let name_of = |addr: IpAddr| {
            let server = self.rig.plan.servers.iter().find(|server| server.rip == addr);
            server.map_or_else(|| addr.to_string(), |server| server.name.clone())
        };
        debug_assert!(self.rig.plan.servers.iter().any(|server| server.name == SORRY));
        Ok([changes(&self.rig.director.log(), &name_of), changes(&self.second()?.log(), &name_of)])
    }
}

/// A script that anybody may run.
pub fn make_executable(path: &std::path::Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))?)
}
