//! The peer that everybody means: the kernel's IPVS. The machine's own kernel may have none, and the figures shall not
//! depend on it: a user-mode Linux on the director's host takes the frames of its two interfaces by raw packet sockets.

use crate::bed::{
    Bed, CIP, CIP_DIRECT, CLIENT_MAC, Dam, INNER_MAC, OUTER_MAC, RIP, SERVER_MAC, VIP, VIP_DIRECT, VIP_SINK,
    hold_back,
};
use crate::programs::with_cpu;
use crate::scenario::HTTP_PORT;
use anyhow::{Context, Result, ensure};
use std::time::Duration;
use testnet::conformance::kernel::{Image, Uml, ready};

/// How long a command may take in it.
const PATIENCE: Duration = Duration::from_secs(20);
/// How the kernel and its file system are made ready.
pub const HOW: &str = "IPVS in user-mode Linux is not made ready (on Debian, as root: cargo run --release -p testnet -- \
                       conformance check schedulers/rr)";

/// A kernel that directs web requests; dropping it ends it.
pub struct Ipvs {
    _uml: Uml,
    /// Held to be dropped.
    _dam: Dam,
}

impl Ipvs {
    /// What it boots, if that is there.
    pub fn image() -> Option<Image> {
        ready()
    }

    /// Boots it, on one CPU, with the web service by direct routing.
    ///
    /// # Errors
    /// It is not made ready, does not boot, or refuses something, with what it said.
    pub fn start(bed: &Bed, cpu: usize) -> Result<Self> {
        let image = ready().context(HOW)?;
        let dam =
            bed.director()?.run(|| hold_back(&["eth0", "eth1"], &[VIP, VIP_DIRECT, VIP_SINK], &[]))??;
        let mut uml =
            with_cpu(bed.director()?, cpu, || Uml::start(bed.director()?, &image, &["eth0", "eth1"]))?;
        let service = format!("{VIP_DIRECT}:{HTTP_PORT}");
        let commands = [
            "ethtool -K vec0 gro off; ethtool -K vec1 gro off; true".to_owned(),
            format!("$IP link set vec0 address {INNER_MAC} && $IP link set vec1 address {OUTER_MAC}"),
            "for i in all default; do echo 0 >/proc/sys/net/ipv4/conf/$i/rp_filter; \
             echo 0 >/proc/sys/net/ipv4/conf/$i/send_redirects; done; echo 1 >/proc/sys/net/ipv4/ip_forward"
                .to_owned(),
            "$IP link set vec0 up && $IP link set vec1 up".to_owned(),
            format!("$IP addr add 10.1.0.1/24 dev vec0 && $IP addr add {VIP_DIRECT}/32 dev vec0"),
            "$IP addr add 10.2.0.1/24 dev vec1".to_owned(),
            format!("$IP route add {CIP_DIRECT}/32 dev vec0"),
            format!("$IP neigh replace {CIP} lladdr {CLIENT_MAC} dev vec0 nud permanent"),
            format!("$IP neigh replace {CIP_DIRECT} lladdr {CLIENT_MAC} dev vec0 nud permanent"),
            format!("$IP neigh replace {RIP} lladdr {SERVER_MAC} dev vec1 nud permanent"),
            format!("ipvsadm -A -t {service} -s rr && ipvsadm -a -t {service} -r {RIP}:{HTTP_PORT} -g"),
        ];
        for command in commands {
            let (status, said) = uml.shell(&command, PATIENCE)?;
            ensure!(status == 0, "in user-mode Linux: {command}: {said}");
        }
        Ok(Self { _uml: uml, _dam: dam })
    }
}
