//! Bulk transfer: one TCP connection through the director as fast as it goes.

use crate::bed::{Bed, CIP, CIP_DIRECT};
use crate::scenario::{BULK_PORT, Reply, Way};
use anyhow::{Context, Result};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddrV4, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use testnet::actor::connect_from;

/// Time before counting begins: slow start is over.
const WARM_UP: Duration = Duration::from_millis(200);
/// Bytes per system call.
const CHUNK: usize = 128 << 10;
/// A connection that takes this long is not coming, and a transfer that stands still so long is broken.
const PATIENCE: Duration = Duration::from_secs(2);

/// Gigabits of payload per second that arrive in `time`, after a warm-up. Sender and receiver run where the kernel puts
/// them, as programs do: pinned, kernel routing would have all its work on the sender's core.
///
/// # Errors
/// No connection comes about, or it breaks.
pub fn measure(bed: &Bed, (way, reply): (Way, Reply), time: Duration) -> Result<f64> {
    let listener = bed
        .server()?
        .run(|| TcpListener::bind(SocketAddrV4::new(way.served_at(), BULK_PORT)))?
        .context("the bulk service")?;
    let from = if reply == Reply::Direct { CIP_DIRECT } else { CIP };
    let to = SocketAddrV4::new(way.service(), BULK_PORT);
    let sender = bed
        .client()?
        .run(|| connect_from(SocketAddrV4::new(from, 0).into(), to.into(), PATIENCE))?
        .with_context(|| format!("connecting to {to}"))?;
    let (receiver, _) = listener.accept()?;
    receiver.set_read_timeout(Some(PATIENCE))?;
    let (arrived, over) = (AtomicU64::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| send(sender, &over));
        let receiving = scope.spawn(|| receive(receiver, &arrived));
        std::thread::sleep(WARM_UP);
        let (started, before) = (Instant::now(), arrived.load(Relaxed));
        std::thread::sleep(time);
        let (bytes, elapsed) = (arrived.load(Relaxed) - before, started.elapsed());
        over.store(true, Relaxed);
        for side in [sending, receiving] {
            side.join()
                .unwrap_or_else(|_| Err(std::io::Error::other("panicked")))
                .context("bulk transfer")?;
        }
        Ok(bytes as f64 * 8.0 / elapsed.as_nanos() as f64)
    })
}

fn send(mut stream: TcpStream, over: &AtomicBool) -> std::io::Result<()> {
    let chunk = vec![0x5a; CHUNK];
    while !over.load(Relaxed) {
        match stream.write(&chunk) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(()) // dropping it is the end of the stream
}

fn receive(mut stream: TcpStream, arrived: &AtomicU64) -> std::io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(len) => drop(arrived.fetch_add(len as u64, Relaxed)),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
