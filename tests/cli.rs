//! The program as people call it: exit statuses and messages of `ulvs check`, `diff`, `status`, and its other names.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall say where")]

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};
use ulvs::api::server::{Peer, bind, serve};
use ulvs::control::command::{Reply, Request};

fn ulvs(socket: &Path, args: &[&str]) -> Output {
    called("ulvs", socket, args)
}

fn called(name: &str, socket: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ulvs"));
    command.arg0(name).args(args).env("ULVS_SOCKET", socket).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn check_tells_valid_from_invalid() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let file = folder.path().join("f.rules");
    let path = file.to_str().unwrap();
    std::fs::write(&file, "# one\n-A -t 10.0.0.1:80\n-a -t 10.0.0.1:80 -r 10.0.0.2 -m\n").unwrap();
    let output = ulvs(&socket, &["check", path]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), format!("{path}: valid (rules): 1 service, 1 real server\n"));
    std::fs::write(&file, "-A -t 10.0.0.1:80\n-a -t 10.0.0.1:80 -r 10.0.0.2 -w x\n-A\n").unwrap();
    let output = ulvs(&socket, &["check", path]);
    assert_eq!(output.status.code(), Some(2));
    let errors = text(&output.stderr);
    assert!(errors.contains(&format!("{path}:2:34: error: illegal weight specified\n")), "{errors}");
    assert!(errors.contains(&format!("{path}:3:1: error: ")), "{errors}");
    assert!(errors.contains("2 errors; nothing of it is used"), "{errors}");
    assert_eq!(ulvs(&socket, &["check", "/dev/zero"]).status.code(), Some(2));
    assert_eq!(ulvs(&socket, &["check", "/no/such/file"]).status.code(), Some(2));
}

#[test]
fn diff_and_status_ask_the_director() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let file = folder.path().join("ulvs.toml");
    std::fs::write(&file, "[[service]]\naddress = \"tcp 10.0.0.1:80\"\n").unwrap();
    let path = file.to_str().unwrap();
    assert_eq!(ulvs(&socket, &["diff", path]).status.code(), Some(3), "nobody there");
    assert_eq!(ulvs(&socket, &["status"]).status.code(), Some(3), "nobody there");
    let keeper = |request: Request, _peer: Peer| match request {
        Request::Diff(intent) if intent.services.is_empty() => Reply::Changes(Vec::new()),
        Request::Diff(_) => Reply::Changes(vec!["add service TCP 10.0.0.1:80".to_owned()]),
        _ => Reply::Done,
    };
    let _server = serve(bind(&socket).unwrap().listener, keeper).unwrap();
    let output = ulvs(&socket, &["diff", path]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "add service TCP 10.0.0.1:80\n");
    std::fs::write(&file, "").unwrap();
    assert_eq!(ulvs(&socket, &["diff", path]).status.code(), Some(0));
    assert_eq!(ulvs(&socket, &["status"]).status.code(), Some(1), "an answer to another question");
}

#[test]
fn its_other_names() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    for (name, args) in
        [("ipvsadm", &["-v"][..]), ("/usr/sbin/ipvsadm", &["-v"]), ("ulvs", &["ipvsadm", "-v"])]
    {
        let output = called(name, &socket, args);
        assert_eq!(output.status.code(), Some(0), "{name}");
        assert!(text(&output.stdout).starts_with("ipvsadm v1.31 "), "{name}");
    }
    assert_eq!(called("ipvsadm-save", &socket, &["-x"]).status.code(), Some(1));
    assert_eq!(called("ipvsadm", &socket, &["-Ln"]).status.code(), Some(2));
    let output = ulvs(&socket, &["ipvsadm", "--set", "--", "-1", "2", "3"]);
    assert_eq!(text(&output.stderr), "invalid timeout value `-1' specified\n");
    let path = socket.to_str().unwrap();
    let output = ulvs(Path::new("/nowhere"), &["--socket", path, "ipvsadm", "-Ln"]);
    assert!(text(&output.stderr).contains(path), "{}", text(&output.stderr));
}

#[test]
fn wrong_usage_is_status_2() {
    let socket = Path::new("/nowhere");
    for args in [
        &[][..],
        &["frobnicate"],
        &["check"],
        &["run"],
        &["run", "--interface", "a/b"],
        &["run", "--interface", "eth0", "--cpus", "x"],
        &["run", "--interface", "eth0", "--workers", "0"],
        &["run", "--interface", "eth0", "--log-level", "loud"],
        &["status", "--yaml"],
    ] {
        assert_eq!(ulvs(socket, args).status.code(), Some(2), "{args:?}");
    }
    assert_eq!(ulvs(socket, &["--help"]).status.code(), Some(0));
    assert_eq!(ulvs(socket, &["--version"]).status.code(), Some(0));
}
