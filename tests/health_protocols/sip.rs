//! SIP: kamailio.

use crate::daemon::{Daemon, command, folder, free_port, programs, write};
use crate::{down, up};
use ulvs::lvs::Probe;

#[test]
fn kamailio() {
    let Some([kamailio]) = programs("kamailio", ["kamailio"]) else { return };
    let folder = folder();
    let path = folder.path();
    let port = free_port();
    let configuration = format!(
        "debug=1\nlog_stderror=yes\nfork=yes\nchildren=1\ntcp_children=1\nlisten=udp:127.0.0.1:{port}\n\
         listen=tcp:127.0.0.1:{port}\nauto_aliases=no\nloadmodule \"sl.so\"\nrequest_route {{\n\
         if ($rU == \"probe\" && method == \"OPTIONS\") {{\n sl_send_reply(\"100\", \"Trying\");\n\
         sl_send_reply(\"200\", \"OK\");\n exit;\n }}\n sl_send_reply(\"404\", \"Nobody\");\n}}\n"
    );
    let configuration = configuration.replace("request_route", "loadmodule \"pv.so\"\nrequest_route");
    let configuration = write(path.join("kamailio.cfg"), configuration);
    let mut server = command(&kamailio, path);
    server
        .arg("-f")
        .arg(configuration)
        .args(["-DD", "-E", "-m", "8", "-M", "4", "-Y"])
        .arg(path)
        .arg("-w")
        .arg(path);
    let daemon = Daemon::start(server, path).listens(port);

    let probe = |from: &str, tcp| Probe::Sip { from: from.into(), tcp };
    for tcp in [false, true] {
        assert_eq!(up(probe("probe@director.test", tcp), port), "SIP/2.0 200 OK");
        assert_eq!(down(probe("other@director.test", tcp), port), "SIP/2.0 404 Nobody");
    }
    drop(daemon);
    for tcp in [false, true] {
        assert!(down(probe("probe@director.test", tcp), port).contains("refused"));
    }
}
