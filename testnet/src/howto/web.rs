//! The web server of a host: nginx where it is installed, else the lab's own.

use super::furnish::Root;
use crate::actor::page_server::PageServer;
use crate::director::end;
use crate::host::Host;
use crate::program;
use anyhow::{Context, Result, bail};
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where its pages are.
pub const PAGES: &str = "/var/www/html";
/// Where its log is.
pub const LOG: &str = "/var/log/httpd/access_log";

/// How long it may take to listen.
const START: Duration = Duration::from_secs(10);
/// How long it may take to end.
const STOP: Duration = Duration::from_secs(3);

/// A running web server; dropping it ends it.
pub enum Web {
    /// nginx, in one process.
    Nginx(Child),
    /// The lab's own.
    Own {
        /// The thread.
        _server: PageServer,
    },
}

impl Web {
    /// Starts it: the host's [`PAGES`], at these addresses.
    ///
    /// # Errors
    /// It does not listen within ten seconds; with what it said.
    pub fn start(host: &Host, root: &Root, listen: &[SocketAddr], is_own: bool) -> Result<Self> {
        let Some(nginx) = program::find("nginx").filter(|_| !is_own) else {
            let (pages, log) = (root.at(Path::new(PAGES)), root.at(Path::new(LOG)));
            return Ok(Self::Own { _server: PageServer::start(host, listen, &pages, &log)? });
        };
        let addresses: String = listen.iter().map(|address| format!("listen {address};\n")).collect();
        let temp: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path /var/log/httpd/{kind};\n"))
            .concat();
        // One process, which stays who it is: in a user namespace there is nobody else to be.
        let text = format!(
            "user root; daemon off; master_process off; pid /var/log/httpd/pid; error_log /var/log/httpd/error_log;\n\
             events {{ }}\nhttp {{\n{temp}access_log {LOG} combined; types {{}} default_type text/html;\n\
             server {{ {addresses} root {PAGES}; }} }}\n"
        );
        root.write("/etc/httpd/nginx.conf", &text)?;
        let mut command = Command::new(nginx);
        command.args([
            "-p",
            "/var/log/httpd",
            "-c",
            "/etc/httpd/nginx.conf",
            "-e",
            "/var/log/httpd/error_log",
        ]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut web = Self::Nginx(host.spawn(command)?);
        let deadline = Instant::now() + START;
        for address in listen {
            while host.run(|| TcpStream::connect_timeout(address, STOP))?.is_err() {
                if Instant::now() > deadline || !web.runs()? {
                    let said = fs::read_to_string(root.at(Path::new("/var/log/httpd/error_log")));
                    bail!("nginx on {}: {}", host.name(), said.unwrap_or_default().trim());
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        Ok(web)
    }

    fn runs(&mut self) -> Result<bool> {
        match self {
            Self::Nginx(child) => Ok(child.try_wait().context("nginx")?.is_none()),
            Self::Own { .. } => Ok(true),
        }
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        if let Self::Nginx(child) = self {
            end(child, STOP);
        }
    }
}
