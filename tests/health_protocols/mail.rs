//! POP3 and IMAP: dovecot.

use crate::daemon::{Daemon, certificate, command, create_dir, folder, free_port, programs, user, write};
use crate::{asked, down, login, up};
use std::net::Ipv4Addr;
use ulvs::lvs::{Login, Probe};

fn pop(tls: bool, login: Option<Login>) -> Probe {
    Probe::Pop { tls, login }
}

fn imap(tls: bool, login: Option<Login>) -> Probe {
    Probe::Imap { tls, login }
}

#[test]
fn dovecot() {
    let Some([dovecot]) = programs("dovecot", ["dovecot"]) else { return };
    if !std::path::Path::new("/usr/lib/dovecot/pop3").exists()
        || !std::path::Path::new("/usr/lib/dovecot/imap").exists()
    {
        return crate::daemon::left_out("dovecot", "its POP3 and IMAP are not installed");
    }
    let folder = folder();
    let path = folder.path();
    let ports @ [imap_port, imaps_port, pop_port, pops_port] = std::array::from_fn(|_| free_port());
    let (certificate, key) = certificate(path);
    let run = create_dir(path.join("run"));
    create_dir(path.join("home"));
    let (name, group) = user();
    let configuration = format!(
        "base_dir = {run}\nstate_dir = {run}\nlog_path = /dev/stderr\nprotocols = imap pop3\nlisten = 127.0.0.1\n\
         default_internal_user = {name}\ndefault_internal_group = {group}\ndefault_login_user = {name}\n\
         first_valid_uid = 1\nmail_location = maildir:{home}/mail\nssl = yes\nssl_cert = <{certificate}\n\
         ssl_key = <{key}\ndisable_plaintext_auth = yes\nauth_failure_delay = 0\n\
         passdb {{\n driver = passwd-file\n args = {users}\n}}\n\
         userdb {{\n driver = static\n args = uid={name} gid={group} home={home}\n}}\n\
         service imap-login {{\n chroot =\n inet_listener imap {{\n port = {imap_port}\n }}\n\
         inet_listener imaps {{\n port = {imaps_port}\n ssl = yes\n }}\n}}\n\
         service pop3-login {{\n chroot =\n inet_listener pop3 {{\n port = {pop_port}\n }}\n\
         inet_listener pop3s {{\n port = {pops_port}\n ssl = yes\n }}\n}}\n\
         service anvil {{\n chroot =\n}}\nservice old-stats {{\n chroot =\n}}\n",
        run = run.display(),
        home = path.join("home").display(),
        users = write(path.join("users"), "probe:{PLAIN}pass \"word\\\n").display(),
        certificate = certificate.display(),
        key = key.display(),
    );
    let configuration = write(path.join("dovecot.conf"), configuration);
    let mut command = command(&dovecot, path);
    command.arg("-F").arg("-c").arg(configuration);
    let mut daemon = Daemon::start(command, path);
    for port in ports {
        daemon = daemon.listens(port);
    }

    let right = || Some(login("probe", "pass \"word\\"));
    let wrong = || Some(login("probe", "wrong"));
    for tls in [false, true] {
        let (imap_port, pop_port) = if tls { (imaps_port, pops_port) } else { (imap_port, pop_port) };
        assert!(up(pop(tls, None), pop_port).starts_with("+OK Dovecot"));
        assert!(up(imap(tls, None), imap_port).starts_with("* OK [CAPABILITY IMAP4rev1 "));
        // Who comes from the server's own address is trusted in clear too.
        assert_eq!(up(pop(tls, right()), pop_port), "logged in");
        assert_eq!(up(imap(tls, right()), imap_port), "logged in");
        assert!(down(pop(tls, wrong()), pop_port).starts_with("PASS: -ERR [AUTH]"));
        assert!(down(imap(tls, wrong()), imap_port).starts_with("LOGIN: NO [AUTHENTICATIONFAILED]"));
    }
    // Who comes from another is not, and is told why.
    let other = Some(Ipv4Addr::new(127, 0, 0, 2).into());
    for probe in [pop(false, right()), imap(false, right())] {
        let port = if matches!(probe, Probe::Pop { .. }) { pop_port } else { imap_port };
        let outcome = asked(probe, port, other);
        assert!(!outcome.is_up && outcome.detail.contains("STARTTLS"), "{outcome:?}");
    }
    for (probe, port) in [(pop(true, right()), pops_port), (imap(true, right()), imaps_port)] {
        assert_eq!(asked(probe, port, other).detail, "logged in");
    }
    // TLS where the server begins in clear.
    assert!(down(imap(true, None), imap_port).contains("is not TLS"));
    drop(daemon);
    assert!(down(pop(false, None), pop_port).contains("refused"));
}
