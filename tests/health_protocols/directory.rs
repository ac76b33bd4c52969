//! LDAP: slapd.

use crate::daemon::{Daemon, certificate, command, create_dir, folder, free_port, programs, run, write};
use crate::{down, login, pattern, up};
use ulvs::lvs::{Login, Probe};

const ENTRIES: &str = "dn: dc=example,dc=org\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n\n\
    dn: cn=health,dc=example,dc=org\nobjectClass: device\ncn: health\n\n\
    dn: cn=probe,dc=example,dc=org\nobjectClass: device\nobjectClass: simpleSecurityObject\ncn: probe\nuserPassword: secret\n";

#[test]
fn slapd() {
    let Some([slapd, slapadd]) = programs("slapd", ["slapd", "slapadd"]) else { return };
    let folder = folder();
    let path = folder.path();
    let (port, secure_port) = (free_port(), free_port());
    let (certificate, key) = certificate(path);
    let configuration = format!(
        "include /etc/ldap/schema/core.schema\ninclude /etc/ldap/schema/cosine.schema\nmodulepath /usr/lib/ldap\n\
         moduleload back_mdb\npidfile {path}/pid\nTLSCertificateFile {certificate}\nTLSCertificateKeyFile {key}\n\
         database mdb\nsuffix dc=example,dc=org\nmaxsize 10485760\ndirectory {data}\n\
         access to dn.base=\"dc=example,dc=org\" by users read\n\
         access to attrs=userPassword by anonymous auth\naccess to * by * read\n",
        path = path.display(),
        certificate = certificate.display(),
        key = key.display(),
        data = create_dir(path.join("data")).display(),
    );
    let configuration = write(path.join("slapd.conf"), configuration);
    let entries = write(path.join("entries.ldif"), ENTRIES);
    run(command(&slapadd, path).arg("-f").arg(&configuration).arg("-l").arg(entries));
    let mut slapd = command(&slapd, path);
    slapd.arg("-f").arg(configuration).args(["-d", "0", "-h"]);
    slapd.arg(format!("ldap://127.0.0.1:{port} ldaps://127.0.0.1:{secure_port}"));
    let _daemon = Daemon::start(slapd, path).listens(port).listens(secure_port);

    let probe = |tls, login: Option<Login>, base: &str, expect: &str| Probe::Ldap {
        tls,
        login,
        base: base.into(),
        expect: pattern(expect),
    };
    let health = "cn=health,dc=example,dc=org";
    let who = |password| Some(login("cn=probe,dc=example,dc=org", password));
    for (tls, port) in [(false, port), (true, secure_port)] {
        assert_eq!(up(probe(tls, None, health, "^cn=health,"), port), format!("found {health}"));
        // Only who is logged in may see this one.
        let root = "dc=example,dc=org";
        assert_eq!(up(probe(tls, who("secret"), root, ""), port), format!("found {root}"));
        assert_eq!(down(probe(tls, None, root, ""), port), "search: result 32 noSuchObject");
        let told = down(probe(tls, None, health, "^cn=other"), port);
        assert_eq!(told, format!("found {health}, which does not match"));
        assert_eq!(down(probe(tls, who("wrong"), health, ""), port), "bind: result 49 invalidCredentials");
        let told = down(probe(tls, None, "cn=none,dc=example,dc=org", ""), port);
        assert_eq!(told, "search: result 32 noSuchObject");
        let told = down(probe(tls, None, "no name", ""), port);
        assert_eq!(told, "search: result 34 invalidDNSyntax invalid DN");
    }
    assert!(down(probe(true, None, health, ""), port).starts_with("TLS: "));
}
