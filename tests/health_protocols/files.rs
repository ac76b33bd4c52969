//! FTP: vsftpd.

use crate::daemon::{Daemon, command, create_dir, folder, free_port, programs, write};
use crate::{down, login, pattern, up};
use ulvs::lvs::{ExchangeProbe, Probe};

#[test]
fn vsftpd() {
    let Some([vsftpd]) = programs("vsftpd", ["vsftpd"]) else { return };
    let folder = folder();
    let port = free_port();
    let files = create_dir(folder.path().join("files"));
    let whole = write(files.join("health.txt"), "all is well\n");
    write(files.join("large"), vec![b'x'; 3 << 20]);
    let configuration = format!(
        "listen=YES\nlisten_address=127.0.0.1\nlisten_port={port}\nbackground=NO\nanonymous_enable=YES\n\
         local_enable=NO\nanon_root={}\nanon_world_readable_only=NO\nrun_as_launching_user=YES\nseccomp_sandbox=NO\n\
         isolate=NO\nisolate_network=NO\nxferlog_enable=NO\npasv_promiscuous=NO\nftp_username={}\n",
        files.display(),
        crate::daemon::user().0,
    );
    let configuration = write(folder.path().join("vsftpd.conf"), configuration);
    let mut command = command(&vsftpd, folder.path());
    command.arg(configuration);
    let _daemon = Daemon::start(command, folder.path()).listens(port);

    let probe = |name: &str, file: &str, expect: &str| Probe::Ftp {
        login: login(name, "ulvs@director.test"),
        file: file.into(),
        expect: pattern(expect),
    };
    assert_eq!(up(probe("anonymous", "health.txt", "^all is w.ll\n$"), port), "12 bytes");
    assert_eq!(up(probe("ftp", whole.to_str().unwrap(), ""), port), "12 bytes");
    assert_eq!(up(probe("anonymous", "large", "x{1000}"), port), "the first 1024 KiB match");
    assert_eq!(down(probe("anonymous", "health.txt", "ill"), port), "the file does not match");
    assert!(down(probe("anonymous", "none.txt", ""), port).starts_with("RETR: 550 "));
    assert!(down(probe("somebody", "health.txt", ""), port).starts_with("USER: 530 "));

    // The probes that know no protocol, of the same server.
    let lines = |expect: &str| Probe::Lines { send: "NOOP\r\nQUIT\r\n".into(), expect: pattern(expect) };
    assert_eq!(up(lines("^530 Please login"), port), "line 2 matches");
    assert_eq!(down(lines("^200 "), port), "none of 3 lines matches");
    let exchange = |expect: &str, regex| {
        Probe::Exchange(ExchangeProbe { send: b"QUIT\r\n".to_vec(), expect: expect.into(), regex })
    };
    assert_eq!(up(exchange("220 (vsFTPd *.*.*)\r\n221", false), port), "answered as expected");
    assert!(down(exchange("220 (vsFTPd)", false), port).starts_with("unexpected: 220 (vsFTPd "));
    assert_eq!(up(exchange("^220 \\(vsFTPd [0-9.]+\\).*221", true), port), "answered as expected");
    assert!(down(exchange("^221", true), port).ends_with(" bytes matches"));
}
