//! Programs of others that take part: the web server, the proxies, the web client. Each is a child that ends with its
//! handle, with its files in the scratch space, on a CPU of its choice.

use crate::bed::{Bed, RIP, VIP};
use crate::ipvs::{self, Ipvs};
use crate::scenario::{BULK_PORT, HTTP_PORT, Way};
use anyhow::{Context, Result, bail, ensure};
use ipnet::IpNet;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::fs::{self, File};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use testnet::actor::connect_from;
use testnet::director::end;
use testnet::host::Host;
use testnet::program;
use ulvs::host::links::Links;

/// How long a program may take until it listens.
const START: Duration = Duration::from_secs(5);
/// How long it may take to end when asked to.
const STOP: Duration = Duration::from_secs(2);
/// Where Debian keeps nginx's modules, and where other distributions do.
const MODULES: [&str; 3] = ["/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/share/nginx/modules"];
const STREAM_MODULE: &str = "ngx_stream_module.so";

/// What is not installed for this way, and how to install it; `None` if nothing is missing.
pub fn missing(way: Way) -> Option<&'static str> {
    match way {
        Way::Dnat | Way::Masquerade if program::find("nft").is_none() => {
            Some("nft is not installed (apt-get install nftables)")
        }
        Way::Haproxy if program::find("haproxy").is_none() => {
            Some("haproxy is not installed (apt-get install haproxy)")
        }
        Way::Nginx if program::find("nginx").is_none() || stream_module().is_none() => {
            Some("nginx's stream module is not installed (apt-get install nginx-light libnginx-mod-stream)")
        }
        Way::Ipvs if Ipvs::image().is_none() => Some(ipvs::HOW),
        _ => None,
    }
}

/// What is not installed for web requests, and how to install it.
pub fn missing_for_web() -> Option<&'static str> {
    if program::find("wrk").is_none() {
        Some("wrk is not installed (apt-get install wrk)")
    } else if program::find("nginx").is_none() {
        Some("nginx is not installed (apt-get install nginx-light)")
    } else {
        None
    }
}

fn stream_module() -> Option<PathBuf> {
    MODULES.iter().map(|place| Path::new(place).join(STREAM_MODULE)).find(|file| file.is_file())
}

/// A program of somebody else; dropping it ends it.
pub struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    /// Starts it on a host, on one CPU. What it says goes to `/run/NAME.log`.
    fn start(host: &Host, mut command: Command, name: &str, cpu: usize) -> Result<Self> {
        let log = PathBuf::from(format!("/run/{name}.log"));
        let said = File::create(&log).with_context(|| log.display().to_string())?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said);
        Ok(Self { child: spawn_on(host, command, cpu)?, log })
    }

    /// Waits until it listens there, on its own host.
    fn wait_for(&mut self, host: &Host, at: SocketAddrV4) -> Result<()> {
        let deadline = Instant::now() + START;
        let from = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
        while host.run(|| connect_from(from, at.into(), START))?.is_err() {
            let said = || fs::read_to_string(&self.log).unwrap_or_default();
            if let Some(status) = self.child.try_wait()? {
                bail!("it ended at once: {status}: {}", said().trim());
            }
            ensure!(Instant::now() < deadline, "it does not listen at {at}: {}", said().trim());
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        end(&mut self.child, STOP);
    }
}

/// Starts a command on a host, on one CPU from its first instruction on.
///
/// # Errors
/// No such program, or the CPU may not be used.
pub fn spawn_on(host: &Host, command: Command, cpu: usize) -> Result<Child> {
    with_cpu(host, cpu, || host.spawn(command))
}

/// Does something while all that starts on a host starts on one CPU: a child inherits the CPUs of the thread that gives
/// birth to it.
///
/// # Errors
/// Those of what is done, or the CPU may not be used.
pub fn with_cpu<T>(host: &Host, cpu: usize, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let holder = rustix::thread::Pid::from_raw(host.tid());
    let all = sched_getaffinity(holder).context("the CPUs of a host")?;
    let mut one = CpuSet::new();
    one.set(cpu);
    sched_setaffinity(holder, &one).with_context(|| format!("CPU {cpu}"))?;
    let done = work();
    sched_setaffinity(holder, &all).context("the CPUs of a host")?;
    done
}

fn command(name: &str) -> Result<Command> {
    Ok(Command::new(program::find(name).with_context(|| format!("{name} is not installed"))?))
}

/// Starts nginx with this configuration.
fn nginx(host: &Host, name: &str, configuration: &str, cpu: usize) -> Result<Daemon> {
    let prefix = PathBuf::from(format!("/run/{name}"));
    fs::create_dir_all(&prefix).with_context(|| prefix.display().to_string())?;
    let file = prefix.join("nginx.conf");
    // One process: no privilege is given up, which an ordinary user's namespace would refuse.
    let text = format!(
        "user root; daemon off; master_process off; pid nginx.pid; error_log stderr error;\n\
         worker_rlimit_nofile 8192;\n{configuration}\n"
    );
    fs::write(&file, text).with_context(|| file.display().to_string())?;
    let mut command = command("nginx")?;
    command.arg("-p").arg(&prefix).arg("-c").arg(&file).args(["-e", "stderr"]);
    Daemon::start(host, command, name, cpu)
}

/// The web server, on the server's host: a few bytes for every request, at all its addresses.
///
/// # Errors
/// nginx is not installed, or does not start, with what it said.
pub fn web_server(bed: &Bed, cpu: usize) -> Result<Daemon> {
    let temp: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {kind};\n"))
        .concat();
    let configuration = format!(
        "events {{ worker_connections 4096; multi_accept on; }}\n\
         http {{\n{temp} access_log off; keepalive_requests 1000000000; keepalive_timeout 60; types {{}}\n\
         server {{ listen {HTTP_PORT} backlog=4096; location / {{ return 200 \"served\\n\"; }} }} }}"
    );
    let mut nginx = nginx(bed.server()?, "web", &configuration, cpu).context("nginx, the web server")?;
    nginx.wait_for(bed.server()?, SocketAddrV4::new(RIP, HTTP_PORT)).context("nginx, the web server")?;
    Ok(nginx)
}

/// A proxy on the director's host, which has the VIP as long.
pub struct Proxy {
    daemon: Daemon,
    _address: Address,
}

impl Proxy {
    /// Starts the one of this way.
    ///
    /// # Errors
    /// It is not installed, or does not start, with what it said.
    pub fn start(bed: &Bed, way: Way, cpu: usize) -> Result<Self> {
        let host = bed.director()?;
        let address = Address::add(bed)?;
        let mut daemon = if way == Way::Nginx { stream(host, cpu)? } else { haproxy(host, cpu)? };
        daemon.wait_for(host, SocketAddrV4::new(VIP, HTTP_PORT)).with_context(|| way.name())?;
        Ok(Self { daemon, _address: address })
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.daemon.child.id()
    }
}

/// HAProxy with one thread and what its manual calls TCP mode; everything else as it is by default.
fn haproxy(host: &Host, cpu: usize) -> Result<Daemon> {
    let listen: String = [HTTP_PORT, BULK_PORT]
        .map(|port| format!("listen port{port}\n bind {VIP}:{port}\n server real {RIP}:{port}\n"))
        .concat();
    let text = format!(
        "global\n maxconn 4096\n nbthread 1\n\
         defaults\n mode tcp\n timeout connect 5s\n timeout client 30s\n timeout server 30s\n{listen}"
    );
    let file = "/run/haproxy.cfg";
    fs::write(file, text).context(file)?;
    let mut command = command("haproxy")?;
    command.args(["-db", "-f", file]);
    Daemon::start(host, command, "haproxy", cpu)
}

/// nginx's stream module, one process.
fn stream(host: &Host, cpu: usize) -> Result<Daemon> {
    let module = stream_module().context("nginx's stream module is not installed")?;
    let servers: String = [HTTP_PORT, BULK_PORT]
        .map(|port| format!("server {{ listen {VIP}:{port} backlog=4096; proxy_pass {RIP}:{port}; }}\n"))
        .concat();
    let configuration = format!(
        "load_module {};\nevents {{ worker_connections 8192; multi_accept on; }}\nstream {{\n{servers}}}",
        module.display()
    );
    nginx(host, "stream", &configuration, cpu)
}

/// The VIP as an address of the director's host, until dropped.
struct Address {
    index: u32,
    links: Links,
}

impl Address {
    fn add(bed: &Bed) -> Result<Self> {
        let (mut links, index) = bed.director()?.run(|| -> Result<_> {
            let mut links = Links::open()?;
            let index = links.find("lo")?.ifindex;
            Ok((links, index))
        })??;
        links.add_address(index, Self::net())?;
        Ok(Self { index, links })
    }

    fn net() -> IpNet {
        IpNet::new_assert(IpAddr::V4(VIP), 32)
    }
}

impl Drop for Address {
    fn drop(&mut self) {
        // What cannot be taken away goes with the namespace.
        let _ = self.links.delete_address(self.index, Self::net());
    }
}
