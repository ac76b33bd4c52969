//! Programs that serve, and the folders where they live.

use crate::PATIENCE;
use std::fs::{self, Permissions};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// `nobody` and `nogroup`: who serves if the tests are root's.
const NOBODY: u32 = 65534;

/// Where Debian puts programs that are not in everybody's path.
const PLACES: [&str; 4] = ["/usr/sbin", "/sbin", "/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/17/bin"];

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Who serves: the name, and the group's.
pub fn user() -> (String, String) {
    let told = |what: &str| {
        let output = Command::new("id").arg(what).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    if is_root() { ("nobody".into(), "nogroup".into()) } else { (told("-un"), told("-gn")) }
}

/// The programs' paths; `None`, and a loud word, if one is missing. In CI nothing may be missing.
pub fn programs<const N: usize>(test: &str, names: [&str; N]) -> Option<[PathBuf; N]> {
    let path = std::env::var("PATH").unwrap_or_default();
    let places: Vec<&str> = path.split(':').chain(PLACES).collect();
    let find =
        |name: &&str| places.iter().map(|place| Path::new(place).join(name)).find(|path| path.exists());
    let found: Vec<PathBuf> = names.iter().filter_map(find).collect();
    let all = <[PathBuf; N]>::try_from(found).ok();
    if all.is_none() {
        left_out(test, &format!("not all of {names:?} are installed"));
    }
    all
}

/// Says so where it is seen, also when the test's output is kept back. In CI it is a failure.
pub fn left_out(test: &str, why: &str) {
    let is_required = is_root() && std::env::var_os("CI").is_some();
    assert!(!is_required, "{test}: {why}");
    use std::io::Write;
    let _ = writeln!(std::io::stderr().lock(), "\n*** LEFT OUT: {test}: {why}\n");
}

/// A folder that belongs to who serves.
pub fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    own(folder.path());
    folder
}

/// Gives a path to who serves.
fn own(path: &Path) {
    if is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
}

pub fn write(path: PathBuf, text: impl AsRef<[u8]>) -> PathBuf {
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    own(&path);
    path
}

pub fn create_dir(path: PathBuf) -> PathBuf {
    fs::create_dir(&path).unwrap();
    own(&path);
    path
}

/// A certificate and its key, by itself, of RSA: GnuTLS and OpenSSL of any age take it.
pub fn certificate(folder: &Path) -> (PathBuf, PathBuf) {
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    let made = Command::new("openssl")
        .args("req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=rs1.example -batch".split(' '))
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    own(&certificate);
    own(&key);
    (certificate, key)
}

/// A port that is free for TCP and UDP, out of the range from which the host takes those of its own.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    for _ in 0..1000 {
        let step = NEXT.fetch_add(1, Ordering::Relaxed).wrapping_mul(7);
        let port = 12_000 + (std::process::id() as u16).wrapping_mul(61).wrapping_add(step) % 20_000;
        let at = (Ipv4Addr::LOCALHOST, port);
        if TcpListener::bind(at).is_ok() && UdpSocket::bind(at).is_ok() {
            return port;
        }
    }
    panic!("no port is free");
}

/// A command that runs as who serves, in a folder, and hears nothing.
pub fn command(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env("HOME", folder).env("LC_ALL", "C").env_remove("NOTIFY_SOCKET");
    command.stdin(Stdio::null());
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

/// Runs to the end, which must be a good one. What it says.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let told =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {told}");
    told
}

/// A program that serves; it ends with its test, and those that it has started with it.
pub struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    /// Starts it in a process group of its own. What it says goes to `log` in the folder.
    pub fn start(mut command: Command, folder: &Path) -> Self {
        let log = folder.join("log");
        let file = fs::File::create(&log).unwrap();
        own(&log);
        command.stdout(file.try_clone().unwrap()).stderr(file).process_group(0);
        Self { child: command.spawn().unwrap(), log }
    }

    /// Waits until it listens there.
    pub fn listens(mut self, port: u16) -> Self {
        self.until(|_| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok());
        self
    }

    /// Waits until it has said this.
    pub fn says(mut self, text: &str) -> Self {
        self.until(|log| log.contains(text));
        self
    }

    fn until(&mut self, is_there: impl Fn(&str) -> bool) {
        let end = Instant::now() + PATIENCE;
        loop {
            let log = String::from_utf8_lossy(&fs::read(&self.log).unwrap()).into_owned();
            if is_there(&log) {
                return;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < end, "{ended:?}: {log}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        use rustix::process::{Pid, Signal, kill_process_group};
        let group = Pid::from_child(&self.child);
        // First in peace: databases leave shared memory behind otherwise.
        let _ = kill_process_group(group, Signal::TERM);
        let end = Instant::now() + Duration::from_secs(10);
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = kill_process_group(group, Signal::KILL);
        let _ = self.child.wait();
    }
}
