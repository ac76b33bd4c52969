//! The path of a frame, frame by frame: what goes in, what comes out, the verdict, and which counters moved.
//!
//! Each row names what it shows, gives one frame and says what must come of it. Frames that leave are written as the
//! recordings of Linux 6.1's IPVS write them, so that rows can be laid beside those (`describe`). Nothing here needs
//! privileges, a network or a clock.

#![allow(clippy::unwrap_used, reason = "tests")]

mod about;
mod closed;
mod describe;
mod direct_route;
mod door;
mod fragments;
mod ftp;
mod hashed;
mod lab;
mod link;
mod make;
mod malformed;
mod mark;
mod nat;
mod offload;
mod one_packet;
mod pass;
mod persistence;
mod portless;
mod refuse;
mod reset;
mod schedule;
mod sip;
mod tunable;
mod tunnel;
mod tunnel_errors;
mod tunnel_types;
