//! The peer that people have without installing anything: the kernel's own address translation, set up by `nft`.

use crate::bed::{Bed, RIP, RIP_SINK, VIP, VIP_SINK};
use anyhow::{Context, Result, ensure};
use std::process::{Command, Stdio};
use testnet::program;
use ulvs::host::netlink::{Message, NETFILTER, Netlink};

/// The program that sets it up.
pub const PROGRAM: &str = "nft";
const TABLE: &str = "ulvs-bench";

/// `nfnetlink`: subsystems, and the message types used.
const CONNTRACK_DELETE: u16 = 1 << 8 | 2;
const NFTABLES_DELETE_TABLE: u16 = 10 << 8 | 2;
const BATCH_BEGIN: u16 = 16;
const BATCH_END: u16 = 17;
const TABLE_NAME: u16 = 1;
const FAMILY_IPV4: u8 = 2;

/// Destination NAT at the director's host, of the VIPs to the server, until dropped.
pub struct Nft(Netlink);

impl Nft {
    /// Sets it up; with `masquerade` the director's address takes the client's place too.
    ///
    /// # Errors
    /// `nft` is missing or refuses, with what it said.
    pub fn start(bed: &Bed, masquerade: bool) -> Result<Self> {
        let director = bed.director()?;
        let netlink = director.run(|| Netlink::open(NETFILTER, 0))??;
        let masquerade = if masquerade {
            "chain leave { type nat hook postrouting priority srcnat; oifname \"eth1\" masquerade; }"
        } else {
            ""
        };
        let rules = format!(
            "table ip {TABLE} {{\n\
             chain enter {{ type nat hook prerouting priority dstnat; iifname \"eth0\" \
             dnat to ip daddr map {{ {VIP_SINK} : {RIP_SINK}, {VIP} : {RIP} }}; }}\n{masquerade}\n}}\n"
        );
        let mut nft = Command::new(program::find(PROGRAM).context("nft is not installed")?);
        nft.arg(&rules).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let said = director.spawn(nft)?.wait_with_output()?;
        ensure!(said.status.success(), "nft: {}", String::from_utf8_lossy(&said.stderr));
        Ok(Self(netlink))
    }

    /// Ends every tracked connection, so that the table never is full.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn forget(&mut self) -> Result<()> {
        let all = Message::new(CONNTRACK_DELETE, 0).body(&[0; 4]);
        self.0.request(all).context("emptying the kernel's connection tracking")
    }
}

impl Drop for Nft {
    fn drop(&mut self) {
        let nftables = NFTABLES_DELETE_TABLE.to_be_bytes()[0];
        let edge = |kind| Message::new(kind, 0).body(&[0, 0, 0, nftables]);
        let acknowledged = libc::NLM_F_ACK as u16;
        let table = Message::new(NFTABLES_DELETE_TABLE, acknowledged).body(&[FAMILY_IPV4, 0, 0, 0]);
        // What cannot be taken away goes with the namespace.
        let _ = self.0.batch(vec![edge(BATCH_BEGIN), table.text(TABLE_NAME, TABLE), edge(BATCH_END)]);
        let _ = self.forget();
    }
}
