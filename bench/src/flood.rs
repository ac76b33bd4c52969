//! An established stream beside a flood of SYNs, which comes in on both CPUs: one alone makes fewer than three times as many
//! as the director forwards.

use crate::bed::{Bed, CIP};
use crate::frames::{ALL, Frames, Shape};
use crate::observe::Counters;
use crate::scenario::{ECHO_PORT, Way};
use crate::{observe, sys};
use anyhow::{Context, Result, anyhow, ensure};
use rustix::net::sockopt::set_socket_recv_buffer_size;
use std::net::{SocketAddrV4, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Time between two packets of the stream.
const APART: Duration = Duration::from_micros(500);
/// What has not arrived after this is lost.
const LOST: Duration = Duration::from_millis(100);
/// Bytes that the stream's end may leave unread.
const BUFFER: usize = 4 << 20;

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct Flood {
    /// Packets of the stream that were lost, 0 to 1.
    pub loss: f64,
    /// Packets of the flood that were offered, of those that the director took.
    pub factor: f64,
}

/// Measures for `time`. To be called on a pinned thread, while a director forwards on the CPU `there`. Half of that goes to
/// the other part of the flood, a burst at a time, as it would to a network card's interrupts; without the privilege for
/// it, less.
///
/// # Errors
/// Load cannot be made, or the stream does not even begin.
pub fn measure(bed: &Bed, way: Way, there: usize, time: Duration) -> Result<Flood> {
    let end = bed.server()?.run(|| -> Result<UdpSocket> {
        let socket = UdpSocket::bind(SocketAddrV4::new(way.served_at(), ECHO_PORT))?;
        set_socket_recv_buffer_size(&socket, BUFFER)?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    })??;
    let stream = bed.client()?.run(|| -> Result<UdpSocket> {
        let socket = UdpSocket::bind(SocketAddrV4::new(CIP, 0))?;
        socket.connect(SocketAddrV4::new(way.service(), ECHO_PORT))?;
        Ok(socket)
    })??;
    stream.send(b"begin").context("the stream")?;
    std::thread::sleep(LOST);
    ensure!(drain(&end) == 1, "the stream does not arrive, even alone");
    let mut counters = Counters::open(bed.server()?, "eth0")?;
    // No flow comes twice, nor from both.
    let mut flood = Frames::between(bed, way.sink(), Shape::Syn, ALL / 2..ALL / 4 * 3)?;
    let mut other = Frames::between(bed, way.sink(), Shape::Syn, ALL / 4 * 3..ALL)?;
    let before = counters.received()?;
    let is_over = AtomicBool::new(false);
    let (mut offered, mut sent, mut arrived) = (0u64, 0u64, 0u64);
    std::thread::scope(|scope| -> Result<()> {
        let other = std::thread::Builder::new().name("flood".to_owned()).spawn_scoped(scope, || {
            observe::pin(there);
            let _ = sys::go_first(); // the report says how much of a flood it was
            let (begun, mut offered) = (Instant::now(), 0);
            while !is_over.load(Relaxed) && begun.elapsed() < 2 * time {
                let burst = Instant::now();
                offered += other.burst()?;
                std::thread::sleep(burst.elapsed());
            }
            Ok::<_, anyhow::Error>(offered)
        })?;
        let mut here = || -> Result<()> {
            let (begun, mut due) = (Instant::now(), Instant::now());
            while begun.elapsed() < time {
                offered += flood.burst()?;
                if Instant::now() >= due {
                    due += APART;
                    sent += u64::from(stream.send(b"stream").is_ok());
                    arrived += drain(&end);
                }
            }
            Ok(())
        };
        let outcome = here();
        is_over.store(true, Relaxed);
        let there = other.join().unwrap_or_else(|_| Err(anyhow!("the other half of the flood panicked")));
        outcome?;
        offered += there?;
        Ok(())
    })?;
    std::thread::sleep(LOST);
    arrived += drain(&end);
    let taken = (counters.received()? - before).saturating_sub(arrived);
    Ok(Flood {
        loss: 1.0 - (arrived as f64 / sent.max(1) as f64).min(1.0),
        factor: offered as f64 / taken.max(1) as f64,
    })
}

/// How many packets are there.
fn drain(socket: &UdpSocket) -> u64 {
    let mut buffer = [0; 64];
    let mut packets = 0;
    while socket.recv(&mut buffer).is_ok() {
        packets += 1;
    }
    packets
}
