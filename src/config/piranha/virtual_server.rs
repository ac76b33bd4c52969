//! Virtual servers as a file has them.

use super::block::{Block, Head};
use crate::lvs::Protocol;
use std::net::Ipv4Addr;
use std::ops::Range;

/// A value and where it stands.
pub(super) type At<T> = (T, Range<usize>);

/// `virtual NAME { … }`, or `failover`.
#[derive(Debug)]
pub(super) struct Virtual<'t> {
    pub name: &'t str,
    pub name_at: Range<usize>,
    /// Where the block begins.
    pub start: usize,
    pub is_failover: bool,
    pub is_active: bool,
    /// Something in it is wrong, and told.
    pub is_broken: bool,
    pub address: Option<At<Ipv4Addr>>,
    /// The interface of that.
    pub device: Option<&'t str>,
    pub vip_nmask: Option<Ipv4Addr>,
    pub fwmark: Option<At<i64>>,
    pub protocol: Protocol,
    pub port: At<i64>,
    pub scheduler: &'t str,
    pub persistent: Option<At<i64>>,
    pub pmask: Option<At<Ipv4Addr>>,
    pub timeout: At<i64>,
    pub reentry: At<i64>,
    pub send: Option<At<&'t str>>,
    pub expect: Option<At<&'t str>>,
    pub send_program: Option<At<&'t str>>,
    pub load_monitor: Option<At<&'t str>>,
    pub is_regex: bool,
    pub quiesces: bool,
    pub sorry: Option<At<Ipv4Addr>>,
    /// The active ones.
    pub servers: Vec<Server<'t>>,
}

impl<'t> Virtual<'t> {
    pub fn new(head: Head<'t>, block: &Block<'t>, servers: Vec<Server<'t>>) -> Self {
        let name_at = head.name_at.clone();
        let number = |key, otherwise| block.number(key).unwrap_or((otherwise, name_at.clone()));
        let is_udp = block.text("protocol").is_some_and(|(protocol, _)| protocol == "udp");
        Self {
            name: head.name,
            start: head.word.at.start,
            is_failover: head.word.is("failover"),
            is_active: block.is_on("active"),
            is_broken: block.is_broken,
            address: block.address("address"),
            device: block.device("address"),
            vip_nmask: block.address("vip_nmask").map(|(mask, _)| mask),
            fwmark: block.number("fwmark").filter(|(mark, _)| *mark != 0),
            protocol: if is_udp { Protocol::Udp } else { Protocol::Tcp },
            port: number("port", 80),
            scheduler: block.text("scheduler").map_or("wlc", |(name, _)| name),
            persistent: block.number("persistent").filter(|(seconds, _)| *seconds > 0),
            pmask: block.address("pmask"),
            timeout: number("timeout", 10),
            reentry: number("reentry", 180),
            send: block.text("send"),
            expect: block.text("expect"),
            send_program: block.text("send_program"),
            load_monitor: block.text("load_monitor").filter(|(name, _)| !name.is_empty() && *name != "none"),
            is_regex: block.is_on("use_regex"),
            quiesces: block.is_on("quiesce_server"),
            sorry: block.address("sorry_server").filter(|(addr, _)| !addr.is_unspecified()),
            servers,
            name_at,
        }
    }
}

/// `server NAME { … }`, if it is active.
#[derive(Debug)]
pub(super) struct Server<'t> {
    pub name: &'t str,
    pub name_at: Range<usize>,
    pub address: Option<At<Ipv4Addr>>,
    pub port: At<i64>,
    pub weight: At<i64>,
}

impl<'t> Server<'t> {
    /// `port`: that of the virtual server, as far as it has been read.
    pub fn new(head: Head<'t>, block: &Block<'t>, port: i64) -> Self {
        let name_at = head.name_at;
        Self {
            name: head.name,
            address: block.address("address"),
            port: block.number("port").unwrap_or((port, name_at.clone())),
            weight: block.number("weight").unwrap_or((1, name_at.clone())),
            name_at,
        }
    }
}
