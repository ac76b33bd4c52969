//! What is no configuration file, given to the program: one clear answer, in bounded time and memory.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A small file of each language that is there, by the name that it is usually given.
const FILES: [(&str, &str); 6] = [
    (
        "keepalived.conf",
        "global_defs {\n router_id x\n}\nvirtual_server 10.0.0.1 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n \
         real_server 10.0.0.2 80 {\n  TCP_CHECK {\n  }\n }\n}\n",
    ),
    (
        "ldirectord.cf",
        "checktimeout=3\nvirtual=10.0.0.1:80\n\treal=10.0.0.2:80 gate\n\tchecktype=connect\n\n",
    ),
    (
        "lvs.cf",
        "serial_no = 1\nservice = lvs\nnetwork = nat\nvirtual web {\n address = 10.0.0.1 eth0:1\n active = 1\n \
         server a {\n address = 10.0.0.2\n active = 1\n }\n}\n",
    ),
    (
        "lvs.conf",
        "LVS_TYPE=VS_NAT\nINITIAL_STATE=on\nVIP=eth0:1 10.0.0.1 255.255.255.255 10.0.0.1\nSERVICE=t 80 rr 10.0.0.2\n",
    ),
    ("ipvsadm.rules", "-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.0.0.2:80 -m\n"),
    ("ulvs.toml", "[[service]]\naddress = \"tcp 10.0.0.1:80\"\nserver = [{ address = \"10.0.0.2\" }]\n"),
];

/// A folder with a file in it.
fn put(folder: &TempDir, name: &str, bytes: &[u8]) -> String {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

/// `ulvs check FILE`, with so many MiB of memory. The program without a file has 70.
fn checked_within(path: &str, mebibytes: usize) -> Output {
    let limited = format!("ulimit -v {}; exec \"$0\" check \"$1\"", mebibytes << 10);
    let begun = Instant::now();
    let mut command = Command::new("sh");
    command.args(["-c", &limited, env!("CARGO_BIN_EXE_ulvs"), path]);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(120), "{path}: {:?}", begun.elapsed());
    assert!(output.status.code().is_some(), "{path}: {output:?}");
    output
}

fn check(path: &str) -> Output {
    checked_within(path, 512)
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn is_refused(path: &str, why: &str) {
    let output = check(path);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{path}: {said}");
    assert!(output.stdout.is_empty(), "{path}");
    assert_eq!(said, format!("{path}: {why}\n{path}: 1 error; nothing of it is used\n"));
}

#[test]
fn what_is_no_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, path("fifo"), rustix::fs::FileType::Fifo, mode, 0).unwrap();
    let _listener = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
    symlink("one", path("two")).unwrap();
    symlink("two", path("one")).unwrap();
    symlink("nowhere", path("dangling")).unwrap();
    for name in ["fifo", "socket"] {
        is_refused(&path(name), "not a regular file");
    }
    for name in [folder.path().to_str().unwrap(), "/dev/zero", "/dev/null"] {
        is_refused(name, "not a regular file");
    }
    is_refused(&path("one"), "cannot open: Too many levels of symbolic links (os error 40)");
    is_refused(&path("dangling"), "cannot open: No such file or directory (os error 2)");
    is_refused(&path("none"), "cannot open: No such file or directory (os error 2)");
    let huge = path("huge.conf");
    fs::File::create(&huge).unwrap().set_len(100 << 20).unwrap();
    is_refused(&huge, "longer than 16 MiB");
}

#[test]
fn a_hundred_mebibytes_are_refused_in_every_language() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in FILES {
        for unit in ["x", "a = b\n", "foo {\n bar\n}\n", "a {\n"] {
            let mut bytes = text.as_bytes().to_vec();
            bytes.extend(unit.repeat((100 << 20) / unit.len()).into_bytes());
            let path = put(&folder, name, &bytes);
            let output = checked_within(&path, 256);
            assert_eq!(output.status.code(), Some(2));
            assert!(
                stderr(&output).starts_with(&format!("{path}: longer than 16 MiB\n")),
                "{}",
                stderr(&output)
            );
        }
    }
}

/// Files that are as bad as can be take memory with their length, and not with its square.
#[test]
fn long_files_take_bounded_memory() {
    const LEN: usize = 1 << 18;
    let folder = tempfile::tempdir().unwrap();
    let mut asked = 0;
    for (name, text) in FILES {
        for unit in
            ["a ", "a\n", "a = b\n", "foo {\n bar\n}\n", "a {\n", "{", "\n", "\tx\n", "[x]\n", "\"", "A=b\n"]
        {
            let path =
                put(&folder, name, &[text.as_bytes(), unit.repeat(LEN / unit.len()).as_bytes()].concat());
            // A quarter of a MiB: the worst, nothing but line ends in TOML, takes 60 bytes for each. The rest is the program's.
            let output = checked_within(&path, 128);
            let status = output.status.code().unwrap();
            assert!([0, 2].contains(&status), "{name} with {unit:?}: {output:?}");
            assert_eq!(output.stdout.is_empty(), status == 2, "{name} with {unit:?}");
            assert!(output.stderr.len() < 1 << 20, "{name} with {unit:?}: {} bytes", output.stderr.len());
            asked += 1;
        }
    }
    println!("{asked} files");
    assert_eq!(asked, 66);
}

#[test]
fn one_line_of_rules_is_not_taken_apart() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("-A -t 10.0.0.1:80 {}\n-A\n", "a ".repeat((16 << 20) / 2 - 64));
    let path = put(&folder, "ipvsadm.rules", text.as_bytes());
    let output = checked_within(&path, 160);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = stderr(&output);
    assert!(
        said.starts_with(&format!("{path}:1:1: error: this line is longer than 64 KiB: no rule is\n")),
        "{said:.200}"
    );
    assert!(
        said.contains(&format!("{path}:2:1: error: ")) && said.contains(": 2 errors; nothing of it is used")
    );
}

#[test]
fn texts_in_other_encodings() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in FILES {
        let good = |bytes: &[u8]| {
            let output = check(&put(&folder, name, bytes));
            let said = String::from_utf8(output.stdout.clone()).unwrap();
            assert_eq!(output.status.code(), Some(0), "{name}: {output:?}");
            assert!(said.contains(": 1 service, 1 real server"), "{name}: {said}");
            stderr(&output)
        };
        let plain = good(text.as_bytes());
        assert_eq!(good(text.trim_end().as_bytes()).lines().count(), plain.lines().count());
        good(text.replace('\n', "\r\n").as_bytes());
        let said = good(&[b"\xef\xbb\xbf", text.as_bytes()].concat());
        let is_told = said.contains(":1:1: note: a byte order mark stands before this");
        assert_eq!(is_told, name != "ulvs.toml", "{name}: {said}");
        let old = [b"# M\xfcller\n", text.as_bytes()].concat();
        if name == "ulvs.toml" {
            let output = check(&put(&folder, name, &old));
            assert_eq!(output.status.code(), Some(2));
            assert!(stderr(&output).contains(":1:4: error: not UTF-8, as TOML must be"));
        } else {
            good(&old);
        }
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        is_refused(
            &put(&folder, name, &wide(&format!("\u{feff}{text}"))),
            "this is UTF-16: save it as UTF-8",
        );
        // Without its mark it is a text with NULs.
        let path = put(&folder, name, &wide(text));
        assert!(stderr(&check(&path)).starts_with(&format!("{path}:1: a NUL byte; this is no text\n")));
        let path = put(&folder, name, text.replace('\n', "\r").as_bytes());
        is_refused(&path, "its lines end in CR alone: save it with line feeds");
        let lines = text.lines().count();
        let path = put(&folder, name, &[text.as_bytes(), b"\0\n"].concat());
        let said = stderr(&check(&path));
        assert!(said.starts_with(&format!("{path}:{}: a NUL byte; this is no text\n", lines + 1)), "{said}");
    }
}

/// Runs the program as somebody who may read what everybody may, and nothing else.
fn check_as_nobody(folder: &TempDir, path: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ulvs"));
    if rustix::process::geteuid().is_root() {
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let program = folder.path().join("ulvs");
        fs::copy(env!("CARGO_BIN_EXE_ulvs"), &program).unwrap();
        command = Command::new(program);
        command.uid(65534).gid(65534);
    }
    command.args(["check", path]).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn files_that_may_not_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let secret = put(&folder, "secret.conf", FILES[0].1.as_bytes());
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
    let output = check_as_nobody(&folder, &secret);
    assert_eq!(output.status.code(), Some(2));
    let why = "cannot open: Permission denied (os error 13)";
    assert!(stderr(&output).starts_with(&format!("{secret}: {why}\n")), "{output:?}");
    // keepalived goes on without such a part; ldirectord's parts are services that somebody relies on.
    let path = put(&folder, "main.conf", format!("include secret.conf\n{}", FILES[0].1).as_bytes());
    let output = check_as_nobody(&folder, &path);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(stderr(&output).contains(&format!("{path}:1:9: warning: not included: {secret}: {why}\n")));
    let path = put(&folder, "ldirectord.cf", format!("execute=secret.conf\n{}", FILES[1].1).as_bytes());
    let output = check_as_nobody(&folder, &path);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(
        stderr(&output).contains(&format!("{path}:1:9: error: {secret}: {why}\n")),
        "{}",
        stderr(&output)
    );
}

#[test]
fn files_that_name_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let there = |name: &str| folder.path().join(name).display().to_string();
    put(&folder, "b.conf", b"include a.conf\n");
    let path = put(&folder, "a.conf", b"global_defs {\n}\ninclude b.conf\n");
    let output = check(&path);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains(&format!("{}:1:9: error: {path} includes itself\n", there("b.conf"))));
    // By another name it is the same file in the end: the depth ends it.
    symlink("loop.conf", there("again.conf")).unwrap();
    let path = put(&folder, "loop.conf", b"global_defs {\n}\ninclude ./again.conf\n");
    let output = check(&path);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(stderr(&output).contains("error: "), "{output:?}");
    let path = put(&folder, "one.cf", b"checktimeout=3\nexecute=two.cf\n");
    put(&folder, "two.cf", b"checktimeout=3\nexecute=one.cf\n");
    let output = check(&path);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(stderr(&output).contains(" is read already"), "{output:?}");
    for (name, kind) in [("pipe", "not a regular file"), ("folder", "not a regular file")] {
        if name == "pipe" {
            let mode = rustix::fs::Mode::from_raw_mode(0o600);
            rustix::fs::mknodat(rustix::fs::CWD, there(name), rustix::fs::FileType::Fifo, mode, 0).unwrap();
        } else {
            fs::create_dir(there(name)).unwrap();
        }
        let path = put(&folder, "names.conf", format!("global_defs {{\n}}\ninclude {name}\n").as_bytes());
        let output = check(&path);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let said = format!("{path}:3:9: warning: not included: {}: {kind}\n", there(name));
        assert!(stderr(&output).contains(&said), "{}", stderr(&output));
    }
}

/// A file that others write and remove while it is read: it is there or not, whole or not, and never is there a panic.
#[test]
fn files_that_come_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let part = folder.path().join("part.conf");
    let main = put(&folder, "main.conf", b"global_defs {\n}\ninclude p*.conf\n");
    let ends = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let text = FILES[0].1.repeat(50);
            while !ends.load(std::sync::atomic::Ordering::Relaxed) {
                fs::write(&part, &text).unwrap();
                fs::write(&part, "").unwrap();
                fs::remove_file(&part).unwrap();
            }
        });
        for _ in 0..60 {
            for path in [main.as_str(), part.to_str().unwrap()] {
                let output = check(path);
                assert!(matches!(output.status.code(), Some(0 | 2)), "{output:?}");
                assert!(!stderr(&output).contains("panicked"), "{output:?}");
            }
        }
        ends.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert!(!Path::new(&part).exists());
}
