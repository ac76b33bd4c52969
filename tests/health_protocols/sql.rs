//! Databases: MariaDB and PostgreSQL.

use crate::daemon::{Daemon, certificate, command, create_dir, folder, free_port, programs, run, write};
use crate::{down, login, up};
use std::io::Write;
use std::process::Stdio;
use ulvs::lvs::{Probe, SqlKind, SqlProbe};

fn probe(kind: SqlKind, name: &str, password: &str, database: &str, query: &str) -> Probe {
    Probe::Sql(SqlProbe {
        kind,
        login: login(name, password),
        database: database.into(),
        query: query.into(),
    })
}

#[test]
fn mariadb() {
    let Some([install, mariadbd]) = programs("mariadb", ["mariadb-install-db", "mariadbd"]) else { return };
    let folder = folder();
    let path = folder.path();
    let data = create_dir(path.join("data"));
    run(command(&install, path).arg("--no-defaults").arg(format!("--datadir={}", data.display())).args([
        "--skip-test-db",
        "--auth-root-authentication-method=normal",
        "--innodb-log-file-size=4M",
    ]));
    // One statement to a line.
    let users = "CREATE DATABASE health;\nCREATE TABLE health.state (ok INT);\n\
        INSERT INTO health.state VALUES (1), (2), (3);\nCREATE TABLE health.empty (ok INT);\n\
        CREATE USER probe@'%' IDENTIFIED BY 'secret';\nGRANT SELECT ON health.* TO probe@'%';\n\
        CREATE USER blank@'%';\nCREATE USER shielded@'%' IDENTIFIED BY 'secret' REQUIRE SSL;\n\
        CREATE USER odd@'%' IDENTIFIED VIA unix_socket;\n";
    let users = write(path.join("users.sql"), users);
    let (certificate, key) = certificate(path);
    for is_secure in [false, true] {
        let port = free_port();
        let mut server = command(&mariadbd, path);
        server
            .arg("--no-defaults")
            .arg(format!("--datadir={}", data.display()))
            .arg(format!("--socket={}", path.join("socket").display()))
            .arg(format!("--pid-file={}", path.join("pid").display()))
            .args(["--bind-address=127.0.0.1", "--skip-name-resolve", "--innodb-log-file-size=4M"])
            .arg("--innodb-buffer-pool-size=16M")
            .arg(format!("--port={port}"));
        if is_secure {
            server.arg(format!("--ssl-cert={}", certificate.display()));
            server.arg(format!("--ssl-key={}", key.display()));
        } else {
            // Once: the users stay.
            server.arg(format!("--init-file={}", users.display()));
        }
        let _daemon = Daemon::start(server, path).says("ready for connections").listens(port);
        let probe = |name, password, database, query| probe(SqlKind::Mysql, name, password, database, query);
        let rows = "SELECT * FROM state";
        assert_eq!(up(probe("probe", "secret", "health", rows), port), "rows: 3");
        assert_eq!(up(probe("blank", "", "", "SELECT 1"), port), "rows: 1");
        assert!(
            up(probe("probe", "secret", "health", "SELECT REPEAT('x', 999) FROM seq_1_to_9999"), port)
                .starts_with("rows: "),
            "more than is read"
        );
        assert_eq!(down(probe("probe", "secret", "health", "SELECT * FROM empty"), port), "no rows");
        assert!(down(probe("probe", "secret", "health", "SELEC"), port).starts_with("error 1064: "));
        assert!(down(probe("probe", "wrong", "health", rows), port).starts_with("error 1045: Access denied"));
        assert!(down(probe("probe", "secret", "other", rows), port).starts_with("error 1044: Access denied"));
        let told = down(probe("probe", "secret", "health", "SET @a = 1"), port);
        assert_eq!(told, "the query gives no rows, only that it was done");
        let told = down(probe("odd", "secret", "", "SELECT 1"), port);
        assert!(told.starts_with("error ") || told.contains("not made here"), "{told}");
        let shielded = probe("shielded", "secret", "", "SHOW STATUS LIKE 'Ssl_version'");
        match is_secure {
            true => assert_eq!(up(shielded, port), "rows: 1"),
            false => assert!(down(shielded, port).starts_with("error 1045: ")),
        }
    }
}

#[test]
fn postgresql() {
    let Some([initdb, postgres]) = programs("postgresql", ["initdb", "postgres"]) else { return };
    let folder = folder();
    let path = folder.path();
    let data = path.join("data");
    run(command(&initdb, path).arg("-D").arg(&data).args("-U admin -A reject -E UTF8 --no-sync".split(' ')));
    let users = "CREATE DATABASE health;\nSET password_encryption = 'md5';\n\
        CREATE ROLE older LOGIN PASSWORD 'secret';\nSET password_encryption = 'scram-sha-256';\n\
        CREATE ROLE scram LOGIN PASSWORD 'secret';\nCREATE ROLE clear LOGIN PASSWORD 'secret';\n\
        CREATE ROLE open LOGIN;\nCREATE ROLE shielded LOGIN PASSWORD 'secret';\n";
    let mut alone = command(&postgres, path)
        .arg("--single")
        .arg("-D")
        .arg(&data)
        .arg("postgres")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    alone.stdin.take().unwrap().write_all(users.as_bytes()).unwrap();
    assert!(alone.wait().unwrap().success());
    let access = "host all older all md5\nhost all scram all scram-sha-256\nhost all clear all password\n\
        host all open all trust\nhostssl all shielded all scram-sha-256\n";
    write(data.join("pg_hba.conf"), access);
    let (certificate, key) = certificate(path);
    for is_secure in [false, true] {
        let port = free_port();
        let mut server = command(&postgres, path);
        server.arg("-D").arg(&data).arg("-p").arg(port.to_string()).arg("-k").arg(path);
        server.args(["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "shared_buffers=8MB"]);
        if is_secure {
            server.args(["-c", "ssl=on", "-c"]).arg(format!("ssl_cert_file={}", certificate.display()));
            server.arg("-c").arg(format!("ssl_key_file={}", key.display()));
        }
        let _daemon =
            Daemon::start(server, path).says("database system is ready to accept connections").listens(port);
        let probe = |name, password, database, query| probe(SqlKind::Pgsql, name, password, database, query);
        let rows = "SELECT generate_series(1, 3)";
        for name in ["older", "scram", "clear", "open"] {
            assert_eq!(up(probe(name, "secret", "health", rows), port), "rows: 3", "{name}");
            if name != "open" {
                let told = down(probe(name, "wrong", "health", rows), port);
                assert_eq!(told, format!("error 28P01: password authentication failed for user \"{name}\""));
            }
        }
        let many = "SELECT repeat('x', 999) FROM generate_series(1, 9999)";
        assert!(up(probe("open", "", "health", many), port).starts_with("rows: "), "more than is read");
        assert_eq!(down(probe("open", "", "health", "SELECT 1 WHERE false"), port), "no rows");
        let told = down(probe("open", "", "health", "SELEC"), port);
        assert_eq!(told, "error 42601: syntax error at or near \"SELEC\"");
        let told = down(probe("open", "", "health", "SELECT 1 / (2 - n) FROM generate_series(1, 3) n"), port);
        assert_eq!(told, "error 22012: division by zero", "behind a row");
        assert_eq!(down(probe("open", "", "health", "COPY pg_class TO STDOUT"), port), "the query is a COPY");
        let told = down(probe("open", "", "", rows), port);
        assert_eq!(told, "error 3D000: database \"open\" does not exist", "the user's own is meant");
        let shielded = probe(
            "shielded",
            "secret",
            "health",
            "SELECT 1 FROM pg_stat_ssl WHERE ssl AND pid = pg_backend_pid()",
        );
        match is_secure {
            true => assert_eq!(up(shielded, port), "rows: 1"),
            false => assert!(down(shielded, port).starts_with("error 28000: no pg_hba.conf entry")),
        }
    }
}
