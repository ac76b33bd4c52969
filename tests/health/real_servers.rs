//! Programs that people run, where the host has them; what is not there is said.

use crate::{PATIENCE, asked, check, down, http, target, until, up, url};
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;
use ulvs::lvs::{BodyPattern, HttpMethod, HttpProbe, HttpUrl, HttpVersion, Login, Pattern, Probe, Tls};

/// Ends with the test.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn is_installed(program: &str) -> bool {
    let found = std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).chain(["/usr/sbin".into()]).any(|dir| dir.join(program).exists())
    });
    if !found {
        println!("not shown: {program} is not installed");
    }
    found
}

fn start(program: &str, arguments: &[&str], dir: &Path, ports: &[u16]) -> Program {
    let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default());
    let child = Command::new(program)
        .args(arguments)
        .current_dir(dir)
        .env("PATH", path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(dir.join("stderr")).unwrap())
        .spawn()
        .unwrap();
    let mut program = Program(child);
    for port in ports {
        until("its port", || {
            if let Ok(Some(status)) = program.0.try_wait() {
                let said = fs::read_to_string(dir.join("stderr")).unwrap_or_default();
                panic!("it has ended with {status}: {said}");
            }
            TcpStream::connect(("127.0.0.1", *port)).is_ok()
        });
    }
    program
}

fn free_port() -> u16 {
    crate::servers::closed().port()
}

/// A certificate for `rs1.example` that lasts 30 days, by itself.
fn certificate(dir: &Path, name: &str) {
    let arguments = format!(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN={name} \
         -addext subjectAltName=DNS:{name} -addext basicConstraints=critical,CA:FALSE -keyout {name}.key -out {name}.pem"
    );
    let made = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(dir)
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(made.success());
}

fn at(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn nginx(dir: &TempDir) -> (Program, u16, u16) {
    let (port, secure) = (free_port(), free_port());
    let path = dir.path();
    fs::create_dir(path.join("www")).unwrap();
    fs::write(path.join("www/index.html"), "Still alive\n").unwrap();
    fs::write(path.join("users"), "lvs:{PLAIN}secret\n").unwrap();
    let user = if crate::is_root() { "user root;" } else { "" };
    let config = format!(
        "{user} worker_processes 1; daemon off; pid nginx.pid; error_log error.log; events {{ }}
         http {{
            access_log off; client_body_temp_path t; proxy_temp_path t; fastcgi_temp_path t;
            uwsgi_temp_path t; scgi_temp_path t; root {root};
            server {{
                listen 127.0.0.1:{port} default_server;
                location = /says {{ return 200 \"$request_method $server_protocol $http_host $http_user_agent\"; }}
                location = /old {{ return 301 /says; }}
                location = /secure {{ return 302 https://rs1.example:{secure}/says; }}
                location /closed/ {{ auth_basic x; auth_basic_user_file users; alias {root}/; }}
                location /chunks/ {{ ssi on; alias {root}/; }}
            }}
            server {{ listen 127.0.0.1:{port}; server_name other.example; return 200 other; }}
            server {{
                listen 127.0.0.1:{secure} ssl;
                ssl_certificate rs1.example.pem; ssl_certificate_key rs1.example.key;
                location = /says {{ return 200 \"name=$ssl_server_name $ssl_protocol\"; }}
            }}
         }}",
        root = path.join("www").display(),
    );
    fs::write(path.join("nginx.conf"), config).unwrap();
    let prefix = path.display().to_string();
    let program =
        start("nginx", &["-p", &prefix, "-c", "nginx.conf", "-e", "error.log"], path, &[port, secure]);
    (program, port, secure)
}

/// Less a moment.
fn expires_in_30_days(detail: &str) -> bool {
    [29, 30].iter().any(|days| detail.ends_with(&format!(", the certificate expires in {days} days")))
}

fn says(regex: &str, path: &str) -> HttpUrl {
    let pattern = Pattern { regex: regex.to_owned() };
    HttpUrl { body: Some(BodyPattern { pattern, ..BodyPattern::default() }), ..url(path) }
}

#[test]
fn nginx_with_and_without_tls() {
    if !is_installed("nginx") || !is_installed("openssl") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    certificate(dir.path(), "rs1.example");
    certificate(dir.path(), "stranger.example");
    let (_nginx, port, secure) = nginx(&dir);

    assert_eq!(up(Probe::Http(http(says("Still alive", "/"))), at(port)), "status 200, 12 bytes");
    let digest = HttpUrl { digest: Some("0".repeat(32)), ..url("/") };
    let other = down(Probe::Http(http(digest)), at(port));
    let sum = Command::new("openssl")
        .args(["md5", "-r", "www/index.html"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    let sum = String::from_utf8(sum.stdout).unwrap()[..32].to_owned();
    assert!(other.starts_with(&format!("MD5 {sum}, not ")), "{other}");
    up(Probe::Http(http(HttpUrl { digest: Some(sum), ..url("/") })), at(port));

    let said = format!("^GET HTTP/1.0 127.0.0.1:{port} KeepAliveClient$");
    up(Probe::Http(http(says(&said, "/says"))), at(port));
    // 1.1 without `close`: nginx keeps the connection, and the length says where the body ends.
    let newer = HttpProbe { version: HttpVersion::V1_1, ..http(says("^GET HTTP/1.1", "/says")) };
    up(Probe::Http(newer), at(port));
    let chunks =
        HttpProbe { version: HttpVersion::V1_1, ..http(says("^Still alive\n$", "/chunks/index.html")) };
    up(Probe::Http(chunks), at(port));
    let head = HttpUrl { method: HttpMethod::Head, ..url("/") };
    assert_eq!(up(Probe::Http(http(head)), at(port)), "status 200, 0 bytes");
    let host = HttpUrl { host: Some("other.example".into()), ..says("^other$", "/") };
    up(Probe::Http(http(host)), at(port));
    assert_eq!(down(Probe::Http(http(url("/none"))), at(port)), "status 404, not 200..=299");
    assert_eq!(down(Probe::Http(http(url("/old"))), at(port)), "status 301, not 200..=299");
    up(Probe::Http(HttpProbe { redirects: 1, ..http(says("^GET", "/old")) }), at(port));
    assert_eq!(down(Probe::Http(http(url("/closed/"))), at(port)), "status 401, not 200..=299");
    let login = Some(Login { name: "lvs".into(), password: "secret".into() });
    up(Probe::Http(HttpProbe { login, ..http(says("alive", "/closed/index.html")) }), at(port));

    // TLS: with a name and without; certificates are not looked at, but their end is told.
    let with =
        |tls: Tls, regex: &str| Probe::Http(HttpProbe { tls: Some(tls), ..http(says(regex, "/says")) });
    let named = |name: &str| Tls { server_name: Some(name.to_owned()), authorities: None };
    let detail = up(with(named("any.example"), "^name=any.example TLSv1.[23]$"), at(secure));
    assert!(expires_in_30_days(&detail), "{detail}");
    up(with(Tls::default(), "^name= TLSv1"), at(secure));
    let followed = HttpProbe { redirects: 1, ..http(says("^name=rs1.example", "/secure")) };
    up(Probe::Http(followed), at(port));
    // With authorities the certificate must be theirs, and for that name.
    let by = |name: &str, file: &str| Tls { authorities: Some(dir.path().join(file)), ..named(name) };
    up(with(by("rs1.example", "rs1.example.pem"), "^name=rs1"), at(secure));
    for (name, file) in [
        ("other.example", "rs1.example.pem"),
        ("rs1.example", "stranger.example.pem"),
        ("rs1.example", "nginx.conf"),
    ] {
        let fault = down(with(by(name, file), ""), at(secure));
        assert!(fault.starts_with("TLS: "), "{name} {file}: {fault}");
    }
    let fault = down(with(by("rs1.example", "none.pem"), ""), at(secure));
    assert!(fault.starts_with("TLS: authorities: "), "{fault}");
    assert!(down(Probe::Http(http(url("/"))), at(secure)).starts_with("status 400"));
    assert!(down(with(named("x"), ""), at(port)).starts_with("TLS: "), "no TLS there");
}

/// An older server, on one version of TLS only, that ends its answers without a farewell.
#[test]
fn openssl_s_server() {
    if !is_installed("openssl") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    certificate(dir.path(), "rs1.example");
    for version in ["-tls1_2", "-tls1_3"] {
        let port = free_port();
        let listen = port.to_string();
        let arguments = [
            "s_server",
            "-accept",
            &listen,
            "-www",
            "-cert",
            "rs1.example.pem",
            "-key",
            "rs1.example.key",
            version,
        ];
        let _server = start("openssl", &arguments, dir.path(), &[port]);
        let probe = HttpProbe { tls: Some(Tls::default()), ..http(says("Ciphers common|s_server", "/")) };
        let detail = up(Probe::Http(probe), at(port));
        assert!(expires_in_30_days(&detail), "{version}: {detail}");
    }
}

#[test]
fn python_http_server() {
    if !is_installed("python3") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("index.html"), "x".repeat(3_000_000)).unwrap();
    let port = free_port();
    let arguments = ["-m", "http.server", &port.to_string(), "--bind", "127.0.0.1"];
    let _server = start("python3", &arguments, dir.path(), &[port]);
    let mut patient = check(Probe::Http(http(url("/"))));
    patient.timing.timeout = PATIENCE;
    let outcome = asked(&patient, &target(at(port)));
    assert_eq!(outcome.detail, "status 200, 3000000 bytes");
    assert!(down(Probe::Http(http(url("/none"))), at(port)).starts_with("status 404"));
}
