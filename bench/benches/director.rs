//! The director's share of a packet, without rings and kernel: `cargo bench -p bench --bench director`.
//!
//! One frame of 60 bytes through [`Director::handle`](ulvs::director::Director::handle), copied fresh each time since it is
//! rewritten in place (the price of the copy alone is measured too), into a sink that forgets it. `known`: a connection's
//! later packet, among few and among many connections, one at a time and in sweeps of 64 with a look ahead, as workers take
//! them; `new`: a packet that opens one.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark may panic; criterion's macros have no docs"
)]

mod rig;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rig::{Bench, Bytes, METHODS, SWEEP, packet};
use std::hint::black_box;
use std::time::{Duration, Instant};
use ulvs::director::Verdict;

/// Connections after which the table is made anew.
const FULL: u64 = 1 << 19;

fn known(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("known");
    group.throughput(Throughput::Elements(1));
    for flows in [64, 100_000, 1_000_000] {
        let packets: Vec<Bytes> = (0..flows).map(packet).collect();
        for (name, method) in METHODS {
            let mut bench = Bench::new(method);
            for packet in &packets {
                assert!(matches!(bench.handle(packet), Verdict::Forwarded(_)));
            }
            let mut one = packets.iter().cycle();
            group.bench_function(BenchmarkId::new(name, flows), |bencher| {
                bencher.iter(|| bench.handle(one.next().unwrap()));
            });
            let mut sweeps = packets.chunks_exact(SWEEP).cycle();
            group.bench_function(BenchmarkId::new(format!("{name}-sweep"), flows), |bencher| {
                bencher.iter_custom(|count| {
                    let started = Instant::now();
                    for _ in 0..count.div_ceil(SWEEP as u64) {
                        bench.sweep(sweeps.next().unwrap());
                    }
                    started.elapsed()
                });
            });
        }
        let mut packets = packets.iter().cycle();
        group.bench_function(BenchmarkId::new("copy", flows), |bencher| {
            bencher.iter(|| black_box(*packets.next().unwrap()));
        });
    }
    group.finish();
}

fn new(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("new");
    group.throughput(Throughput::Elements(1));
    for (name, method) in METHODS {
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|mut left| {
                let mut took = Duration::ZERO;
                while left > 0 {
                    let count = left.min(FULL);
                    left -= count;
                    let mut bench = Bench::new(method);
                    let packets: Vec<Bytes> = (0..u32::try_from(count).unwrap()).map(packet).collect();
                    let started = Instant::now();
                    for packet in &packets {
                        black_box(bench.handle(packet));
                    }
                    took += started.elapsed();
                }
                took
            });
        });
    }
    group.finish();
}

criterion_group!(benches, known, new);
criterion_main!(benches);
