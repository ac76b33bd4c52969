//! A whole LVS network in namespaces: client, router, director, real servers.
//!
//! Bottom up: [`sandbox`] gets to where networks may be built; [`topology`] describes one, [`plan`] draws those of the
//! three forwarding modes; [`host`] is a namespace, [`lab`] a whole network of them; [`actor`] are those who live
//! there; [`capture`] sees every frame; [`packet`] reads it, [`trace`] follows one connection through the network,
//! [`promise`] compares what was seen with what the mode promises, [`narrate`] says it in words; [`lesson`] is one run
//! from beginning to end, [`state`] what a run leaves for other processes to find, [`enter`] how people get in. [`howto`] follows published documents in
//! such networks, [`failover`] has two directors share a VIP, [`ecmp`] three work at once, [`pulse`] leads a pair through what may happen to it. [`conformance`] is another house: it proves that the director behaves as the kernel's IPVS.
//!
//! ```no_run
//! use testnet::{director, lab::Lab, plan::{Family, Plan, Wish}, sandbox};
//! use ulvs::lvs::{ForwardingMethod, Tunnel};
//! # fn main() -> anyhow::Result<()> {
//! // The director is this very program under another name; needed only with `director` and `lesson`.
//! if director::is_called(std::env::args_os().next().as_ref()) {
//!     std::process::exit(i32::from(director::entry(std::env::args_os()) != std::process::ExitCode::SUCCESS));
//! }
//! sandbox::enter()?; // before any thread is started
//! let plan = Plan::new(Wish {
//!     method: ForwardingMethod::DirectRoute, tunnel: Tunnel::Ipip, family: Family::V4, servers: 2, vip_on_host: false,
//! });
//! let lab = Lab::build(plan.topology.clone())?;
//! let socket = lab.host("client")?.run(|| std::net::UdpSocket::bind("0.0.0.0:0"))??;
//! # drop(socket);
//! # Ok(())
//! # } // everything is gone here
//! ```

pub mod actor;
pub mod capture;
pub mod checksum;
pub mod conformance;
pub mod director;
pub mod ecmp;
pub mod enter;
pub mod failover;
pub mod host;
pub mod howto;
pub mod lab;
pub mod lesson;
pub mod narrate;
pub mod packet;
pub mod plan;
pub mod program;
pub mod promise;
pub mod pulse;
pub mod sandbox;
pub mod state;
pub mod sys;
pub mod topology;
pub mod trace;
