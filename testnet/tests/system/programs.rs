//! Outside programs: nginx, sshd and ssh, curl, wrk, iperf3, nft.

use crate::rig::Rig;
use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, getpgid, kill_process_group};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use testnet::host::Host;
use testnet::program::find;
pub use testnet::program::package;

/// True if a missing program is a failure.
pub fn are_required() -> bool {
    crate::is_set("ULVS_REQUIRE_PROGRAMS")
}

/// The first program that is not installed.
pub fn missing(programs: &'static [&'static str]) -> Option<&'static str> {
    programs.iter().copied().find(|program| find(program).is_none())
}

/// A command for a program, wherever it is.
pub fn command(program: &str) -> Command {
    Command::new(find(program).unwrap_or_else(|| program.into()))
}

/// sshd wants `/run/sshd`: give this process's mounts a `/run` of their own, so that the machine's is left alone.
pub fn prepare_run_directory() {
    use rustix::mount::{MountFlags, mount};
    if Path::new("/run/sshd").is_dir() {
        return;
    }
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    if mount("tmpfs", "/run", "tmpfs", flags, None).is_ok() {
        let _ = fs::create_dir("/run/sshd");
    }
}

/// The networks of these tests have no resolver, whichever the machine has: a name that is in no file is unknown at once,
/// not after a minute of asking somebody who is not there.
pub fn prepare_resolver() {
    let _ = rustix::mount::mount_bind("/dev/null", "/etc/resolv.conf");
}

/// A process that is ended when this is dropped: with its children, if it began as a group of its own.
pub struct Daemon(pub Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let own = Pid::from_child(&self.0);
        if getpgid(Some(own)).is_ok_and(|group| group == own) {
            let _ = kill_process_group(own, Signal::KILL);
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a program on a host to its end, which comes after `patience` at the latest.
pub fn output(host: &Host, mut command: Command, patience: Duration) -> Result<Output> {
    let program = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = host.spawn(command)?;
    let pid = rustix::process::Pid::from_child(&child);
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let read = |from: Option<Box<dyn std::io::Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut from) = from {
                let _ = from.read_to_end(&mut bytes);
            }
            bytes
        })
    };
    let out = read(stdout.map(|s| Box::new(s) as _));
    let err = read(stderr.map(|s| Box::new(s) as _));
    let deadline = Instant::now() + patience;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if Instant::now() > deadline {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            let _ = child.wait();
            bail!("{program} did not end within {patience:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let (stdout, stderr) = (out.join().unwrap_or_default(), err.join().unwrap_or_default());
    Ok(Output { status, stdout, stderr })
}

/// As [`output`], of a program that must succeed; its standard output.
pub fn run(host: &Host, program: &str, args: &[&str], patience: Duration) -> Result<String> {
    let mut command = command(program);
    command.args(args);
    let output = output(host, command, patience)?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(
        output.status.success(),
        "{program} {}: {}: {}{}",
        args.join(" "),
        output.status,
        stdout,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(stdout)
}

/// One nginx process with a prefix directory of its own.
pub struct Nginx {
    prefix: PathBuf,
    _process: Daemon,
}

impl Nginx {
    /// Starts it on these ports: `/` says `name`, `/files/` is `files`, `/up/` takes PUT.
    pub fn start(host: &Host, prefix: PathBuf, name: &str, ports: &[u16], files: &Path) -> Result<Self> {
        let families = host.run(|| std::net::TcpListener::bind("[::1]:0").is_ok())?;
        let addresses = if families { &["", "[::]:"][..] } else { &[""][..] };
        let listen: String = addresses
            .iter()
            .flat_map(|address| {
                ports.iter().map(move |port| format!("listen {address}{port} backlog=4096;\n"))
            })
            .collect();
        let here = if host.run(|| std::net::TcpListener::bind("127.0.0.1:0").is_ok())? {
            "127.0.0.1"
        } else {
            "::1"
        };
        let here: IpAddr = here.parse()?;
        let heard: Vec<_> = ports.iter().map(|port| SocketAddr::new(here, *port)).collect();
        Self::listening(host, prefix, name, &listen, &heard, files)
    }

    /// The same on one address alone.
    pub fn start_at(host: &Host, prefix: PathBuf, name: &str, at: SocketAddr, files: &Path) -> Result<Self> {
        Self::listening(host, prefix, name, &format!("listen {at};\n"), &[at], files)
    }

    fn listening(
        host: &Host,
        prefix: PathBuf,
        name: &str,
        listen: &str,
        heard: &[SocketAddr],
        files: &Path,
    ) -> Result<Self> {
        fs::create_dir_all(prefix.join("www/up"))?;
        let temp: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {kind};\n"))
            .concat();
        let text = format!(
            "user root; daemon off; master_process off; pid nginx.pid; error_log error.log;\n\
             worker_rlimit_nofile 8192;\n\
             events {{ worker_connections 4096; }}\n\
             http {{\n{temp}\
             log_format short '$request_method $status $remote_port $uri'; access_log access.log short;\n\
             sendfile on; keepalive_requests 100000000; client_max_body_size 0; types {{}}\n\
             server {{ {listen}\
             add_header X-Real-Server {name};\n\
             location = / {{ return 200 \"{name}\\n\"; }}\n\
             location /files/ {{ alias {files}/; }}\n\
             location = /test.html {{ root {prefix}/www; }}\n\
             location /up/ {{ root {prefix}/www; dav_methods PUT; }}\n\
             }} }}\n",
            files = files.display(),
            prefix = prefix.display(),
        );
        let conf = prefix.join("nginx.conf");
        fs::write(&conf, text)?;
        let mut command = command("nginx");
        command.arg("-p").arg(&prefix).arg("-c").arg(&conf).arg("-e").arg(prefix.join("error.log"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = Daemon(host.spawn(command)?);
        let nginx = Self { prefix, _process: process };
        for at in heard {
            wait_for_port(host, *at).with_context(|| format!("nginx: {}", nginx.errors()))?;
        }
        Ok(nginx)
    }

    /// Requests answered with success so far.
    pub fn requests(&self) -> usize {
        let log = fs::read_to_string(self.prefix.join("access.log")).unwrap_or_default();
        log.lines()
            .filter(|line| line.split(' ').nth(1).is_some_and(|status| status.starts_with('2')))
            .count()
    }

    /// The clients' ports that it saw.
    pub fn client_ports(&self) -> BTreeSet<u16> {
        let log = fs::read_to_string(self.prefix.join("access.log")).unwrap_or_default();
        log.lines().filter_map(|line| line.split(' ').nth(2)?.parse().ok()).collect()
    }

    /// What it complained about.
    pub fn errors(&self) -> String {
        fs::read_to_string(self.prefix.join("error.log")).unwrap_or_default()
    }

    /// Writes `/test.html`, the page that how-tos have their health checkers ask for.
    pub fn write_test_page(&self, text: &str) -> Result<()> {
        // Never half of it.
        let new = self.prefix.join("test.html.new");
        fs::write(&new, text)?;
        Ok(fs::rename(new, self.prefix.join("www/test.html"))?)
    }

    /// A file that was put there.
    pub fn uploaded(&self, name: &str) -> PathBuf {
        self.prefix.join("www/up").join(name)
    }
}

/// Starts nginx on every real server of a rig; `further` ports are served as the plan's is.
pub fn start_web(rig: &Rig, files: &Path, further: &[u16]) -> Result<Vec<Nginx>> {
    let ports = [&[rig.plan.real_port][..], further].concat();
    let start = |server: &testnet::plan::ServerPlan| {
        let prefix = rig.directory.path().join(&server.name);
        Nginx::start(rig.lab.host(&server.name)?, prefix, &server.name, &ports, files)
    };
    rig.plan.servers.iter().map(start).collect()
}

/// Waits until something listens.
pub fn wait_for_port(host: &Host, target: SocketAddr) -> Result<()> {
    host.run(|| {
        for _ in 0..500 {
            if std::net::TcpStream::connect_timeout(&target, Duration::from_millis(200)).is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        bail!("nothing listens on {target}")
    })?
}

/// An ssh session whose remote end says something ten times a second.
pub struct SshSession {
    client: Option<Daemon>,
    reader: Option<JoinHandle<()>>,
    heard: Arc<Mutex<Vec<Instant>>>,
    _server: Daemon,
}

impl SshSession {
    /// Starts sshd on `server`, and a session from `client` to `address`.
    pub fn start(directory: &Path, server: &Host, client: &Host, address: IpAddr) -> Result<Self> {
        let directory = directory.join("ssh");
        fs::create_dir_all(&directory)?;
        for name in ["host_key", "user_key"] {
            let path = directory.join(name);
            let path = path.to_str().context("a path")?;
            run(
                server,
                "ssh-keygen",
                &["-q", "-t", "ed25519", "-N", "", "-f", path],
                Duration::from_secs(10),
            )?;
        }
        let at = |name: &str| directory.join(name).display().to_string();
        let config = format!(
            "Port 22\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nUsePAM no\nStrictModes no\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n\
             AllowTcpForwarding no\nPrintMotd no\nUseDNS no\n",
            at("host_key"),
            at("user_key.pub"),
        );
        fs::write(directory.join("sshd_config"), config)?;
        let mut sshd = command("sshd");
        sshd.args(["-D", "-e", "-f", &at("sshd_config")]);
        sshd.stdin(Stdio::null()).stdout(Stdio::null()).stderr(fs::File::create(directory.join("sshd.log"))?);
        let sshd = Daemon(server.spawn(sshd)?);
        wait_for_port(client, SocketAddr::new(address, 22))?;

        let mut ssh = command("ssh");
        ssh.args(["-F", "none", "-T", "-i", &at("user_key"), "-o", "BatchMode=yes", "-l", "root"]);
        ssh.args(["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]);
        ssh.args(["-o", "LogLevel=ERROR", &address.to_string(), "while echo tick; do sleep 0.1; done"]);
        ssh.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(fs::File::create(directory.join("ssh.log"))?);
        let mut client = Daemon(client.spawn(ssh)?);
        let heard = Arc::new(Mutex::new(vec![Instant::now()]));
        let theirs = Arc::clone(&heard);
        let stdout = client.0.stdout.take().context("its output")?;
        let reader = std::thread::spawn(move || {
            for _line in BufReader::new(stdout).lines().map_while(Result::ok) {
                theirs.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
            }
        });
        let session = Self { client: Some(client), reader: Some(reader), heard, _server: sshd };
        for _ in 0..300 {
            if session.heard().len() > 2 {
                return Ok(session);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let logs = ["sshd.log", "ssh.log"].map(|log| fs::read_to_string(at(log)).unwrap_or_default());
        bail!("the ssh session says nothing: {}", logs.concat())
    }

    fn heard(&self) -> Vec<Instant> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Fails unless the session is alive and never was silent for long; says how it fared.
    pub fn finish(mut self) -> Result<String> {
        let client = self.client.as_mut().context("the client")?;
        ensure!(client.0.try_wait()?.is_none(), "the ssh session has ended");
        let mut heard = self.heard();
        let lines = heard.len();
        heard.push(Instant::now());
        let gap = heard.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default();
        let whole = heard[heard.len() - 1] - heard[0];
        ensure!(gap < Duration::from_secs(5), "the ssh session was silent for {gap:?}");
        Ok(format!(
            "ssh to the director's own address: alive for {:.1} s, {lines} lines, longest gap {} ms",
            whole.as_secs_f32(),
            gap.as_millis()
        ))
    }
}

impl Drop for SshSession {
    fn drop(&mut self) {
        self.client = None;
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

/// True if sshd can be had: it changes users, which a user namespace with one user forbids.
pub fn may_have_sshd() -> bool {
    let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    map.split_whitespace().nth(2).and_then(|count| count.parse::<u64>().ok()).is_some_and(|count| count > 1)
}
