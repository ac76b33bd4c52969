//! What runs on the machines of a document: directors, web servers, those who greet.

use super::course::Course;
use super::web::Web;
use crate::actor::greeter::Greeter;
use crate::director::Director;
use anyhow::{Context, Result, ensure};
use std::net::Ipv4Addr;
use std::os::unix::fs::symlink;
use std::time::Duration;

/// How long a director may take to end.
const STOP: Duration = Duration::from_secs(5);

impl Course<'_> {
    /// Starts a director on a host, where the document says `command`.
    ///
    /// # Errors
    /// It does not start; with its log.
    pub fn start_director(&mut self, host: &str, command: &str, config: Option<&str>) -> Result<()> {
        let interface = self.site.interface(host)?.to_owned();
        let further = config.map_or_else(Vec::new, |path| vec!["--config", path]);
        self.prompt(host, command);
        self.say(&format!("  here: ulvs run --interface {interface} {}\n", further.join(" ")));
        let directory = self.state.path().join("directors").join(host);
        let bin = directory.join("bin");
        if !bin.exists() {
            std::fs::create_dir_all(&directory)?;
            symlink(self.state.path().join("bin"), &bin)?;
        }
        let mut director = Director::spawn(self.host(host)?, &directory, &[&interface], &further)?;
        director.wait_ready(self.host(host)?)?;
        self.directors.insert(host.to_owned(), director);
        Ok(())
    }

    /// Ends the director on a host, where the document says `command`.
    ///
    /// # Errors
    /// It does not end well.
    pub fn stop_director(&mut self, host: &str, command: &str) -> Result<()> {
        self.prompt(host, command);
        self.say("  here: the director is ended (SIGTERM)\n");
        let mut director = self.directors.remove(host).with_context(|| format!("no director on {host}"))?;
        director.signal(rustix::process::Signal::TERM)?;
        let status = director.wait(STOP)?;
        ensure!(status.success(), "the director ended with {status}. Its log:\n{}", director.log_tail());
        Ok(())
    }

    /// Starts the web server of a host on these ports, and says so.
    ///
    /// # Errors
    /// It does not start.
    pub fn start_web(&mut self, host: &str, ports: &[u16]) -> Result<()> {
        let listen: Vec<_> = ports.iter().map(|port| (Ipv4Addr::UNSPECIFIED, *port).into()).collect();
        let web = Web::start(self.host(host)?, self.root(host)?, &listen, self.wish.own_servers)?;
        self.prompt(host, "service httpd start");
        let kind = match web {
            Web::Nginx(_) => "nginx",
            Web::Own { .. } => "the lab's own web server",
        };
        self.say(&format!("  here: {kind}\n"));
        self.webs.insert(host.to_owned(), web);
        Ok(())
    }

    /// Stops the web server of a host.
    pub fn stop_web(&mut self, host: &str) {
        self.prompt(host, "service httpd stop");
        self.webs.remove(host);
    }

    /// Starts a server that greets on a port of a host.
    ///
    /// # Errors
    /// The port is taken.
    pub fn greeter(&mut self, host: &str, port: u16, greeting: &str) -> Result<()> {
        let listen = (Ipv4Addr::UNSPECIFIED, port).into();
        let greeter = Greeter::start(self.host(host)?, listen, greeting)?;
        self.greeters.push(greeter);
        Ok(())
    }

    /// Ends all servers that greet.
    pub fn end_greeters(&mut self) {
        self.greeters.clear();
    }
}
