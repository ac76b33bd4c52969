//! The parts of the director's path by themselves: `cargo bench -p bench --bench parts`.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark may panic; criterion's macros have no docs"
)]

mod rig;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rig::{Bench, packet};
use rustix::fs::{MemfdFlags, memfd_create};
use std::fs::File;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use ulvs::conn::{ConnConfig, ConnTable, Era, Event, Found, Heir, NewConn, ServerName};
use ulvs::lvs::{
    Endpoint, ForwardingMethod, Protocol, RealServerSpec, SchedulerFlags, ServiceKey, Timeouts, Tunables,
};
use ulvs::sched;
use ulvs::service::{Ask, Flow, Pool, RealServer, ServerId};
use ulvs::time::Tick;
use ulvs::wire::checksum::{Change, Sum};
use ulvs::wire::{ethernet, glance, ip, transport};

/// A frame read as `director::classify` reads it, and the glance that goes before.
fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    let frame = packet(7);
    group.bench_function("glance", |bencher| bencher.iter(|| glance::at(black_box(&frame))));
    group.bench_function("headers", |bencher| {
        bencher.iter(|| {
            let frame = black_box(&frame[..]);
            let ethernet = ethernet::read(frame).unwrap();
            let head = ip::read_v4(&frame[ethernet::LEN..]).unwrap();
            let segment = &frame[ethernet::LEN + head.header_len..];
            (ethernet, head, transport::read(Protocol::Udp, segment).unwrap())
        });
    });
    group.finish();
}

/// A client's connection among 100,000: hash, lock, lookup.
fn lookup(criterion: &mut Criterion) {
    const FLOWS: u32 = 100_000;
    let mut bench = Bench::new(ForwardingMethod::DirectRoute);
    let flow = |number: u32| {
        let seen = glance::at(&packet(number)).unwrap();
        Flow { protocol: seen.protocol, client: seen.source, virt: seen.destination }
    };
    for number in 0..FLOWS {
        black_box(bench.handle(&packet(number)));
    }
    let flows: Vec<Flow> = (0..FLOWS).map(flow).collect();
    let mut group = criterion.benchmark_group("lookup");
    let mut next = flows.iter().cycle();
    group.bench_function("100000", |bencher| {
        bencher.iter(|| {
            let flow = next.next().unwrap();
            bench.conns.shard_of(flow.protocol, &flow.client).find_inbound(flow).unwrap()
        });
    });
    group.finish();
}

/// Every scheduler's choice among 16 real servers of weights 1 to 4, for a new client each time.
fn schedule(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("schedule");
    for entry in sched::CATALOGUE {
        let servers = (0..16).map(|number| {
            let real = Endpoint::new(IpAddr::from([10, 2, 0, number + 1]), 80);
            let spec = RealServerSpec { weight: i32::from(number % 4) + 1, ..RealServerSpec::new(real) };
            Arc::new(RealServer::new(ServerId(number.into()), &spec))
        });
        let pool = Pool::from_newest_first(servers.collect());
        let scheduler = (entry.make)(&pool);
        let tunables = Tunables::default();
        let virt = Endpoint::new(IpAddr::V4(Ipv4Addr::new(10, 1, 0, 100)), 80);
        let mut number = 0_u32;
        group.bench_function(entry.name, |bencher| {
            bencher.iter(|| {
                number = number.wrapping_add(1);
                let client = Endpoint::new(Ipv4Addr::from(0x0b00_0000 | number & 0xffff).into(), 1024);
                let flow = Flow { protocol: Protocol::Tcp, client, virt };
                let ask = Ask {
                    flow: &flow,
                    pool: &pool,
                    flags: SchedulerFlags::default(),
                    swapped: false,
                    tunables: &tunables,
                    now: Tick(1),
                    dice: u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15),
                };
                scheduler.pick(&ask).map(|server| server.id)
            });
        });
    }
    group.finish();
}

/// Sums over a whole payload, and the change of one address.
fn checksum(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("checksum");
    for len in [60, 1460, 65_000] {
        let bytes: Vec<u8> = (0_u8..=255).cycle().take(len).collect();
        group.throughput(Throughput::Bytes(len as u64));
        group.bench_function(BenchmarkId::new("full", len), |bencher| {
            bencher.iter(|| Sum::default().bytes(black_box(&bytes)));
        });
    }
    group.throughput(Throughput::Elements(1));
    let (old, new) = (IpAddr::from([10, 1, 0, 100]), IpAddr::from([10, 2, 0, 2]));
    group.bench_function("address changed", |bencher| {
        bencher.iter(|| Change::default().addr(black_box(old), black_box(new)));
    });
    group.finish();
}

/// A whole packet of a known connection, the only one: what is left is reading and rewriting.
fn rewrite(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rewrite");
    for (name, method) in rig::METHODS {
        let (mut bench, packet) = (Bench::new(method), packet(1));
        group.bench_function(name, |bencher| bencher.iter(|| bench.handle(&packet)));
    }
    group.finish();
}

/// One second of the wheel over 100,000 connections: of which none ends, and all.
fn wheel(criterion: &mut Criterion) {
    const FLOWS: u32 = 100_000;
    let full = || {
        let mut bench = Bench::new(ForwardingMethod::DirectRoute);
        for number in 0..FLOWS {
            black_box(bench.handle(&packet(number)));
        }
        bench
    };
    let turn = |bench: &Bench, now: Tick| {
        let mut ended = 0;
        for shard in 0..bench.conns.shards() {
            while bench.conns.expire_shard(shard, now, &mut |_| ended += 1).behind {}
        }
        ended
    };
    let mut group = criterion.benchmark_group("wheel");
    group.sample_size(20).throughput(Throughput::Elements(FLOWS.into()));
    group.bench_function("none of 100000", |bencher| {
        bencher.iter_batched(full, |bench| (turn(&bench, Tick(15)), bench), BatchSize::PerIteration);
    });
    group.bench_function("all of 100000", |bencher| {
        bencher.iter_batched(full, |bench| (turn(&bench, Tick(5000)), bench), BatchSize::PerIteration);
    });
    group.finish();
}

/// A million connections of a dead director's table, checked and entered anew: the file in memory, and the table made for it.
fn adopt(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("adopt");
    group.sample_size(10);
    let memory = || File::from(memfd_create("table", MemfdFlags::CLOEXEC).unwrap());
    let table =
        |file| ConnTable::in_file(ConnConfig { capacity: 4 << 20, ..ConnConfig::default() }, file).unwrap();
    let (boot, real) = ([0; 16], Endpoint::new(IpAddr::V4(Ipv4Addr::new(10, 2, 0, 1)), 80));
    let virt = Endpoint::new(IpAddr::V4(Ipv4Addr::new(10, 9, 0, 1)), 80);
    for (name, method) in [("dr", ForwardingMethod::DirectRoute), ("nat", ForwardingMethod::Nat)] {
        let file = memory();
        let dead = table(file.try_clone().unwrap());
        let service = ServiceKey::Tuple { protocol: Protocol::Tcp, virt };
        dead.name_servers([Some(ServerName { service, endpoint: real })].into_iter()).unwrap();
        for number in 0..1 << 20_u32 {
            let client = Endpoint::new(
                IpAddr::V4(Ipv4Addr::from(0x0a80_0000 + (number >> 4))),
                1024 + (number & 15) as u16,
            );
            let flow = Flow { protocol: Protocol::Tcp, client, virt };
            let new = NewConn { server: ServerId(0), method, real };
            let event = Event::of_tcp_flags(16);
            let mut shard = dead.shard_of(flow.protocol, &flow.client);
            let _ = shard.begin(&flow, new, event, Tick(0), &Timeouts::default()).unwrap();
        }
        dead.declare(Era { boot, began_millis: 0 }).unwrap();
        drop(dead);
        let heirs = [Some(Heir { server: ServerId(0), real: real.addr, method, vip: Some(virt.addr) })];
        group.bench_function(BenchmarkId::new(name, 1 << 20), |bencher| {
            bencher.iter_custom(|count| {
                let mut spent = Duration::ZERO;
                for _ in 0..count {
                    let started = Instant::now();
                    let next = table(memory());
                    let found = Found::read(file.try_clone().unwrap(), boot, 1000).unwrap();
                    let (adoption, read) =
                        next.adopt(&found, &heirs, Era { boot, began_millis: 1000 }, Tick(0));
                    spent += started.elapsed();
                    read.unwrap();
                    assert_eq!((adoption.adopted, adoption.left_out()), (1 << 20, 0));
                }
                spent
            });
        });
    }
    group.finish();
}

criterion_group!(benches, parse, lookup, schedule, checksum, rewrite, wheel, adopt);
criterion_main!(benches);
