//! Many checks at once. By default as many as any machine can do; as a measurement (numbers are printed):
//!
//! `ULVS_HEALTH_CHECKS=5000 ULVS_HEALTH_SECONDS=20 cargo test --release --test health load -- --nocapture`

use crate::{PATIENCE, check, http, target, url};
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use ulvs::health::{Beat, Bounds, Patrol};
use ulvs::lvs::Probe;

fn said(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

/// A web server on all of 127/8, on one thread of its own.
fn web_server() -> u16 {
    let (tell, port) = mpsc::channel();
    let serve = async move |mut stream: tokio::net::TcpStream| {
        let mut request = [0; 512];
        let mut length = 0;
        while !request[..length].ends_with(b"\r\n\r\n") {
            match stream.read(&mut request[length..]).await {
                Ok(count) if count > 0 => length += count,
                _ => return,
            }
        }
        let _ = stream.write_all(b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello").await;
        let _ = stream.read(&mut request).await;
    };
    std::thread::Builder::new()
        .name("server".into())
        .spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let socket = tokio::net::TcpSocket::new_v4().unwrap();
                socket.bind("0.0.0.0:0".parse().unwrap()).unwrap();
                let listener = socket.listen(4096).unwrap();
                tell.send(listener.local_addr().unwrap().port()).unwrap();
                loop {
                    if let Ok((stream, _)) = listener.accept().await {
                        tokio::spawn(serve(stream));
                    }
                }
            })
        })
        .unwrap();
    port.recv().unwrap()
}

/// Processor time of the threads that go by this name.
fn processor_time(name: &str) -> Duration {
    let mut ticks = 0;
    for task in fs::read_dir("/proc/self/task").unwrap().flatten() {
        let stat = fs::read_to_string(task.path().join("stat")).unwrap_or_default();
        let Some((head, rest)) = stat.rsplit_once(") ") else { continue };
        if head.ends_with(&format!("({name}")) {
            let times = rest.split(' ').skip(11).take(2);
            ticks += times.map(|text| text.parse::<u64>().unwrap()).sum::<u64>();
        }
    }
    Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}

fn resident() -> f64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<f64>().unwrap() * rustix::param::page_size() as f64
        / f64::from(1 << 20)
}

#[test]
fn load_of_many_checks() {
    let checks = said("ULVS_HEALTH_CHECKS", 200);
    let seconds = said("ULVS_HEALTH_SECONDS", 3);
    let port = web_server();
    let late = Arc::new(Mutex::new(Vec::new()));
    let (bad, counts) = (Arc::new(AtomicU64::new(0)), Arc::new(Mutex::new(vec![0_u32; checks as usize])));
    let (lates, bads, counter) = (Arc::clone(&late), Arc::clone(&bad), Arc::clone(&counts));
    let tell = move |finding: ulvs::health::Finding| {
        lates.lock().unwrap().push(finding.late_by);
        counter.lock().unwrap()[finding.id as usize] += 1;
        if !finding.outcome.is_up && bads.fetch_add(1, Ordering::Relaxed) < 5 {
            println!("{}", finding.outcome.detail);
        }
    };
    let before = resident();
    let mut patrol = Patrol::begin(&[], Bounds::of_host(), ulvs::program::Runner::none(), tell).unwrap();
    let mut asks = check(Probe::Http(http(url("/"))));
    asks.timing.interval = Duration::from_secs(1);
    asks.timing.warmup = Duration::from_secs(1);
    let beats = (0..checks).map(|id| {
        let addr = Ipv4Addr::from_bits(0x7f01_0001 + id as u32);
        Beat {
            id,
            check: asks.clone(),
            target: target(SocketAddr::new(addr.into(), port)),
            enabled: true,
            begins_up: None,
        }
    });
    patrol.set(beats.collect());
    let end = Instant::now() + PATIENCE;
    while counts.lock().unwrap().contains(&0) {
        assert!(Instant::now() < end, "somebody is never asked");
        std::thread::sleep(Duration::from_millis(50));
    }
    // From here on they go at their own pace.
    late.lock().unwrap().clear();
    let (began, spent, served) = (Instant::now(), processor_time("health"), processor_time("server"));
    std::thread::sleep(Duration::from_secs(seconds));
    let elapsed = began.elapsed().as_secs_f64();
    let share = (processor_time("health") - spent).as_secs_f64() / elapsed * 100.0;
    let server = (processor_time("server") - served).as_secs_f64() / elapsed * 100.0;
    let mut late = std::mem::take(&mut *late.lock().unwrap());
    let grown = resident() - before;
    drop(patrol);
    late.sort_unstable();
    let at = |share: f64| late[((late.len() - 1) as f64 * share) as usize];
    println!(
        "{checks} HTTP checks every second: {:.0}/s, health {share:.0} % of a CPU (the server {server:.0} %), \
         {grown:.0} MiB; late p50 {:.1?} p99 {:.1?} max {:.1?}",
        late.len() as f64 / elapsed,
        at(0.5),
        at(0.99),
        at(1.0)
    );
    assert_eq!(bad.load(Ordering::Relaxed), 0, "every check succeeds");
    assert!(late.len() as u64 >= checks, "each is asked again");
}
