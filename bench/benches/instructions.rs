//! Instructions of the director's share of a packet, counted by Valgrind: `cargo bench -p bench --bench instructions`.
//!
//! They do not depend on the machine's noise, so each has a limit, three percent above what it was; more is an error.
//! Whoever makes the path longer on purpose raises the limit, and says why. It takes Valgrind and the runner:
//! `cargo install gungraun-runner --version 0.20.0`.
//!
//! Each counts 6400 packets: a hundred sweeps of 64.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark may panic; gungraun's macros have no docs")]

mod rig;

use gungraun::{
    Callgrind, EventKind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main,
};
use rig::{Bench, Bytes, SWEEP, packet};
use std::hint::black_box;
use ulvs::director::Verdict;
use ulvs::lvs::ForwardingMethod;
use ulvs::time::Tick;

/// Packets that are counted.
const PACKETS: u32 = 6400;

fn packets() -> Vec<Bytes> {
    (0..PACKETS).map(packet).collect()
}

/// A director that knows no connection, and packets that open one each.
fn strangers(method: ForwardingMethod) -> (Bench, Vec<Bytes>) {
    (Bench::new(method), packets())
}

/// A director that knows the connection of each packet.
fn known(method: ForwardingMethod) -> (Bench, Vec<Bytes>) {
    let (mut bench, packets) = strangers(method);
    for packet in &packets {
        assert!(matches!(bench.handle(packet), Verdict::Forwarded(_)));
    }
    (bench, packets)
}

fn limit(instructions: u64) -> LibraryBenchmarkConfig {
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(Callgrind::default().hard_limits([(EventKind::Ir, instructions)]));
    config
}

#[library_benchmark]
#[bench::dr(args = (ForwardingMethod::DirectRoute), setup = known, config = limit(LIMITS.known_dr))]
#[bench::nat(args = (ForwardingMethod::Nat), setup = known, config = limit(LIMITS.known_nat))]
#[bench::tun(args = (ForwardingMethod::Tunnel), setup = known, config = limit(LIMITS.known_tun))]
#[bench::new_dr(args = (ForwardingMethod::DirectRoute), setup = strangers, config = limit(LIMITS.new_dr))]
#[bench::new_nat(args = (ForwardingMethod::Nat), setup = strangers, config = limit(LIMITS.new_nat))]
fn sweeps((mut bench, packets): (Bench, Vec<Bytes>)) -> (Bench, Vec<Bytes>) {
    for sweep in packets.chunks_exact(SWEEP) {
        bench.sweep(black_box(sweep));
    }
    (bench, packets)
}

// All of them end.
#[library_benchmark]
#[bench::all(args = (ForwardingMethod::DirectRoute), setup = known, config = limit(LIMITS.expiry))]
fn expiry((bench, packets): (Bench, Vec<Bytes>)) -> (Bench, Vec<Bytes>) {
    let mut ended = 0;
    let now = Tick(1).plus_seconds(10_000);
    for shard in 0..bench.conns.shards() {
        while bench.conns.expire_shard(shard, now, &mut |_| ended += 1).behind {}
    }
    assert_eq!(ended, PACKETS);
    (bench, packets)
}

// A turn in which none ends.
#[library_benchmark]
#[bench::none(args = (ForwardingMethod::DirectRoute), setup = known, config = limit(LIMITS.idle_turn))]
fn turn((bench, packets): (Bench, Vec<Bytes>)) -> (Bench, Vec<Bytes>) {
    let now = Tick(1).plus_seconds(1);
    for shard in 0..bench.conns.shards() {
        assert_eq!(bench.conns.expire_shard(shard, now, &mut |_| ()).expired, 0);
    }
    (bench, packets)
}

/// Instructions for all [`PACKETS`]; of the turn, for 256 shards with as many connections.
struct Limits {
    known_dr: u64,
    known_nat: u64,
    known_tun: u64,
    new_dr: u64,
    new_nat: u64,
    expiry: u64,
    idle_turn: u64,
}

/// As measured, and three percent: another processor's `memcpy` counts a little differently.
const LIMITS: Limits = Limits {
    known_dr: 7_735_000,
    known_nat: 8_930_000,
    known_tun: 12_920_000,
    new_dr: 10_970_000,
    new_nat: 12_290_000,
    expiry: 3_530_000,
    idle_turn: 363_000,
};

library_benchmark_group!(name = path, benchmarks = [sweeps, expiry, turn]);
main!(library_benchmark_groups = path);
