//! RADIUS: FreeRADIUS.

use crate::daemon::{Daemon, command, folder, free_port, programs, write};
use crate::{down, login, up};
use ulvs::lvs::Probe;

#[test]
fn freeradius() {
    let Some([freeradius]) = programs("freeradius", ["freeradius"]) else { return };
    let folder = folder();
    let path = folder.path();
    let port = free_port();
    let configuration = format!(
        "prefix = /usr\nlibdir = /usr/lib/freeradius\nlogdir = {path}\nraddbdir = {path}\nrun_dir = {path}\n\
         name = radiusd\nmax_request_time = 30\n\
         security {{\n allow_core_dumps = no\n max_attributes = 200\n reject_delay = 0\n status_server = yes\n}}\n\
         client director {{\n ipaddr = 127.0.0.1\n secret = testing123\n require_message_authenticator = yes\n}}\n\
         thread pool {{\n start_servers = 1\n max_servers = 2\n min_spare_servers = 1\n max_spare_servers = 1\n}}\n\
         modules {{\n pap {{\n }}\n files {{\n usersfile = {path}/users\n }}\n}}\n\
         server default {{\n listen {{\n type = auth\n ipaddr = 127.0.0.1\n port = {port}\n }}\n\
         authorize {{\n files\n pap\n }}\n authenticate {{\n Auth-Type PAP {{\n pap\n }}\n }}\n}}\n",
        path = path.display(),
    );
    write(path.join("radiusd.conf"), configuration);
    write(path.join("dictionary"), "$INCLUDE /usr/share/freeradius/dictionary\n");
    let long = "a password of more than sixteen bytes, and of more than thirty-two";
    let users = format!(
        "probe Cleartext-Password := \"secret\"\n\tReply-Message = \"Hello\"\nlong Cleartext-Password := \"{long}\"\n"
    );
    write(path.join("users"), users);
    let mut server = command(&freeradius, path);
    server.arg("-d").arg(path).args(["-f", "-l", "stdout", "-xx"]);
    let daemon = Daemon::start(server, path).says("Ready to process requests");

    let probe = |name: &str, password: &str, secret: &str| Probe::Radius {
        login: login(name, password),
        secret: secret.into(),
    };
    assert_eq!(up(probe("probe", "secret", "testing123"), port), "accepted Hello");
    assert_eq!(up(probe("long", long, "testing123"), port), "accepted");
    assert_eq!(down(probe("probe", "wrong", "testing123"), port), "rejected Hello");
    assert_eq!(down(probe("nobody", "secret", "testing123"), port), "rejected");
    drop(daemon);
    assert!(down(probe("probe", "secret", "testing123"), port).contains("refused"));
}
