//! NNTP: leafnode, which serves one connection on its standard input, as inetd gives it.

use crate::daemon::{is_root, left_out, programs};
use crate::{down, up};
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use ulvs::lvs::Probe;

/// It wants to run as `news`, on a host whose name is a whole one; that is why root gives it a host of its own.
#[test]
fn leafnode() {
    let Some([leafnode, unshare]) = programs("leafnode", ["leafnode", "unshare"]) else { return };
    if !is_root() {
        return left_out("leafnode", "only root can start it");
    }
    for (host, greeting) in [("news.ulvs.net", "200 Leafnode "), ("news", "503 Leafnode must have ")] {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (leafnode, unshare) = (leafnode.clone(), unshare.clone());
        let serves = std::thread::spawn(move || {
            let stream = OwnedFd::from(listener.accept().unwrap().0);
            let mut command = Command::new(unshare);
            command.args(["--uts", "sh", "-c", "hostname \"$0\" && exec \"$1\"", host]).arg(leafnode);
            command.stdin(stream.try_clone().unwrap()).stdout(stream).stderr(Stdio::null());
            let mut child = command.spawn().unwrap();
            // The descriptors that the command holds are the connection.
            drop(command);
            child.wait().unwrap();
        });
        match greeting.starts_with('2') {
            true => assert!(up(Probe::Nntp, port).starts_with(greeting)),
            false => {
                let told = down(Probe::Nntp, port);
                assert!(told.starts_with(&format!("the greeting is not 2..: {greeting}")), "{told}");
            }
        }
        serves.join().unwrap();
    }
}
