//! # ulvs: the Linux Virtual Server in user space
//!
//! A packet-level layer-4 director: it owns virtual IP addresses (VIPs) and forwards each connection to one of several
//! real servers by direct routing, NAT or IP-in-IP tunnelling, with no help from the kernel's IPVS.
//!
//! ## The rooms, bottom up
//!
//! | floor | room | duty |
//! |---|---|---|
//! | 0 | [`lvs`], [`time`] | the words |
//! | 1 | [`wire`] | bytes ↔ headers |
//! | 1 | [`ring`] | memory shared with the kernel (an unsafe room) |
//! | 1 | [`memory`] | memory that never moves (the other one) |
//! | 2 | [`service`], [`frame`] | runtime tables; the doors to the NIC |
//! | 3 | [`conn`], [`sched`], [`defrag`] | remembers flows; chooses; puts fragments together |
//! | 4 | [`forward`], [`helper`] | rewrites; reads what applications say |
//! | 5 | [`director`] | decides the order |
//! | 6 | [`worker`], [`control`] | one pinned thread; what is wanted |
//! | 7 | [`config`], [`program`], [`health`], [`host`] | reads files; runs programs; asks real servers; asks Linux |
//! | 7 | [`vrrp`], [`pulse`], [`sync`] | which of several directors has the addresses, by two protocols; what they tell each other of connections |
//! | 8 | [`alert`], [`api`], [`cli`] | tell and talk to people |
//! | 8 | [`standby`] | virtual routers and the pair at work |
//!
//! Imports go down only; `tests/layering.rs` holds the table. There are two paths: that of a frame
//! (`docs/path-of-a-frame.md`, [`director::Director::handle`]) and that of a configuration
//! (`docs/path-of-a-configuration.md`, [`control`]). The words are explained in `docs/glossary.md`.

// Time is an argument; see clippy.toml.
#![warn(clippy::disallowed_methods)]

pub mod alert;
pub mod api;
pub mod cli;
pub mod config;
pub mod conn;
pub mod control;
pub mod defrag;
pub mod director;
pub mod forward;
pub mod frame;
pub mod health;
pub mod helper;
pub mod host;
pub mod lvs;
pub mod memory;
pub mod program;
pub mod pulse;
pub mod ring;
pub mod sched;
pub mod service;
pub mod standby;
pub mod sync;
pub mod time;
pub mod vrrp;
pub mod wire;
pub mod worker;
