//! A real FTP server (vsftpd) behind NAT, curl in front of it: active and passive, by the words of RFC 959 and of RFC 2428,
//! IPv4 and IPv6, up and down, several transfers per control connection; and what happens without the helper.

use crate::programs::{self, Daemon, command, output};
use crate::rig::{Rig, Setup};
use crate::{Case, case};
use anyhow::{Context, Result, bail, ensure};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use testnet::host::Host;
use testnet::plan::Family;
use ulvs::lvs::ForwardingMethod::Nat;

const FTP: u16 = 21;
const MINUTE: Duration = Duration::from_secs(60);
/// Bytes of a large file: many super-frames.
const LARGE: usize = 24 << 20;
/// Transfers of a small file over one control connection.
const TRANSFERS: usize = 20;

pub fn cases() -> Vec<Case> {
    [(Family::V4, 2, false), (Family::V4, 1, true), (Family::V6, 1, false)]
        .into_iter()
        .map(|(family, workers, vip_on_host)| {
            let setup = Setup { workers, vip_on_host, ..Setup::new(Nat, family) };
            case(format!("ftp_{}", setup.name()), &["vsftpd", "curl"], move || all(&setup))
        })
        .collect()
}

/// Ways of data connections, as curl's options and the words that the server then hears.
fn ways(family: Family) -> &'static [(&'static str, &'static [&'static str])] {
    match family {
        Family::V4 => &[
            ("EPSV", &["--ftp-pasv", "--ftp-skip-pasv-ip"]),
            ("PASV", &["--ftp-pasv", "--disable-epsv", "--no-ftp-skip-pasv-ip"]),
            ("EPRT", &["--ftp-port", "-"]),
            ("PORT", &["--ftp-port", "-", "--disable-eprt"]),
        ],
        Family::V6 => &[("EPSV", &["--ftp-pasv"]), ("EPRT", &["--ftp-port", "-"])],
    }
}

fn all(setup: &Setup) -> Result<String> {
    if !programs::may_have_sshd() {
        ensure!(!programs::are_required(), "vsftpd cannot change users in this user namespace");
        return Ok("LEFT OUT: vsftpd needs root".into());
    }
    let mut rig = Rig::start(setup.clone())?;
    let directory = rig.directory.path().to_owned();
    let mut servers = Vec::new();
    for server in &rig.plan.servers {
        let root = directory.join(&server.name);
        servers.push(Vsftpd::start(rig.lab.host(&server.name)?, &root, SocketAddr::new(server.rip, FTP))?);
    }
    let content: Vec<u8> =
        (0..LARGE).map(|n| (n.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0]).collect();
    for server in &servers {
        std::fs::write(server.files.join("large"), &content)?;
        std::fs::write(server.files.join("small"), &content[..5000])?;
    }
    rig.add_service("-t", FTP, FTP, servers.len())?;
    programs::wait_for_port(rig.client()?, SocketAddr::new(rig.plan.service.ip(), FTP))?;

    let mut report = Vec::new();
    for (word, options) in ways(setup.family) {
        transfers(&rig, &servers, word, options, &content).with_context(|| format!("by {word}"))?;
        report.push(format!(
            "{word}: {LARGE} bytes down and up, {TRANSFERS} files over one control connection"
        ));
    }
    let counters = rig.counters()?;
    let refused = counters.get("data_connections_refused").copied();
    ensure!(refused == Some(0), "data connections were refused: {refused:?}");

    // Without the helper nothing is expected, and a data connection finds nobody.
    let helpers = || -> Result<String> {
        let output = rig.director.output(rig.host()?, "ulvs", &["proc", "ip_vs_app"])?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let told = helpers()?;
    ensure!(
        told.lines().nth(1).is_some_and(|row| row.starts_with("TCP  21 ")),
        "the helper is not told of: {told}"
    );
    rig.director.output(rig.host()?, "ulvs", &["sysctl", "ftp_helper=0"])?;
    let told = helpers()?;
    ensure!(told.lines().count() == 1, "the helper is told of while it is off: {told}");
    let (word, options) = ways(setup.family)[0];
    let mut curl = curl(&rig, options, 3);
    curl.arg(url(&rig, "small")).args(["--output", "/dev/null"]);
    ensure!(!output(rig.client()?, curl, MINUTE)?.status.success(), "{word} works without the helper");
    report.push("without the helper: no data connection".into());

    let account = rig.account()?;
    account.check()?;
    report.push(format!("accounting: {account}"));
    rig.stop()?;
    Ok(report.join("\n"))
}

/// One way of data connections, in every use.
fn transfers(rig: &Rig, servers: &[Vsftpd], word: &str, options: &[&str], content: &[u8]) -> Result<()> {
    let down = rig.directory.path().join(format!("down-{word}"));
    let mut get = curl(rig, options, 60);
    get.arg(url(rig, "large")).arg("--output").arg(&down);
    succeed(rig, get)?;
    ensure!(std::fs::read(&down)? == content, "the download differs");

    let mut put = curl(rig, options, 60);
    put.arg("--upload-file").arg(&down).arg(url(rig, &format!("up/{word}")));
    succeed(rig, put)?;
    let uploads = servers.iter().map(|server| server.files.join("up").join(word));
    let uploads: Vec<PathBuf> = uploads.filter(|path| path.exists()).collect();
    let [upload] = uploads.as_slice() else { bail!("the upload is in {} places", uploads.len()) };
    // The server closes the file after it has told that it has it all.
    let is_whole = || std::fs::read(upload).is_ok_and(|bytes| bytes == content);
    let patience = std::iter::repeat_n(Duration::from_millis(50), 40);
    ensure!(
        is_whole()
            || patience.into_iter().any(|nap| {
                std::thread::sleep(nap);
                is_whole()
            }),
        "the upload differs"
    );

    let several = rig.directory.path().join(format!("several-{word}"));
    let mut get = curl(rig, options, 60);
    get.arg("--verbose");
    for number in 0..TRANSFERS {
        get.arg(url(rig, "small")).arg("--output").arg(format!("{}-{number}", several.display()));
    }
    let told = succeed(rig, get)?;
    for number in 0..TRANSFERS {
        let path = format!("{}-{number}", several.display());
        ensure!(std::fs::read(&path)? == content[..5000], "{path} differs");
        std::fs::remove_file(&path)?;
    }
    let said = told.lines().filter(|line| line.starts_with(&format!("> {word}"))).count();
    ensure!(said == TRANSFERS, "{word} was said {said} times:\n{told}");
    let logins = told.lines().filter(|line| line.starts_with("> USER")).count();
    ensure!(logins == 1, "{logins} control connections");
    std::fs::remove_file(down)?;
    Ok(())
}

fn url(rig: &Rig, file: &str) -> String {
    format!("ftp://{}/{file}", SocketAddr::new(rig.plan.service.ip(), FTP))
}

fn curl(rig: &Rig, options: &[&str], seconds: u32) -> std::process::Command {
    let mut curl = command("curl");
    curl.current_dir(rig.directory.path());
    curl.args(["--silent", "--show-error", "--globoff", "--connect-timeout", "3"]);
    curl.arg("--max-time").arg(seconds.to_string()).args(options);
    curl
}

/// What curl told on its standard error.
fn succeed(rig: &Rig, curl: std::process::Command) -> Result<String> {
    let what = format!("{curl:?}");
    let output = output(rig.client()?, curl, 2 * MINUTE)?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{what}: {}: {told}", output.status);
    Ok(told)
}

/// A server with a directory of its own, whose folder `up` anybody may write to.
struct Vsftpd {
    files: PathBuf,
    _process: Daemon,
}

impl Vsftpd {
    fn start(host: &Host, root: &Path, address: SocketAddr) -> Result<Self> {
        use std::os::unix::fs::PermissionsExt as _;
        let (files, empty) = (root.join("files"), root.join("empty"));
        std::fs::create_dir_all(files.join("up"))?;
        std::fs::create_dir(&empty)?;
        // The directory of a test is for its owner only. The server becomes a user who has a home.
        for above in root.ancestors().take(2) {
            std::fs::set_permissions(above, std::fs::Permissions::from_mode(0o755))?;
        }
        std::fs::set_permissions(files.join("up"), std::fs::Permissions::from_mode(0o777))?;
        let (listen, address_option) = match address {
            SocketAddr::V4(_) => ("listen=YES\nlisten_ipv6=NO", "listen_address"),
            SocketAddr::V6(_) => ("listen=NO\nlisten_ipv6=YES", "listen_address6"),
        };
        let configuration = format!(
            "{listen}\n{address_option}={}\nlisten_port={}\nbackground=NO\nanonymous_enable=YES\nlocal_enable=NO\n\
             no_anon_password=YES\nanon_root={}\nftp_username=daemon\nnopriv_user=nobody\nsecure_chroot_dir={}\n\
             write_enable=YES\nanon_upload_enable=YES\nanon_umask=022\nconnect_from_port_20=YES\nftp_data_port=20\n\
             seccomp_sandbox=NO\nisolate=NO\nisolate_network=NO\nxferlog_enable=NO\n",
            address.ip(),
            address.port(),
            files.display(),
            empty.display(),
        );
        let path = root.join("vsftpd.conf");
        std::fs::write(&path, configuration)?;
        let mut vsftpd = command("vsftpd");
        vsftpd.arg(&path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = Daemon(host.spawn(vsftpd)?);
        programs::wait_for_port(host, address).context("vsftpd")?;
        Ok(Self { files, _process: process })
    }
}
