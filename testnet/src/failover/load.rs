//! What the client does all the time: a long download, many connections that are kept, and ever new ones.

use crate::actor::steady_server::{DOWNLOAD, byte_at};
use crate::actor::{Worker, connect_from};
use crate::host::Host;
use anyhow::{Context, Result};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Connections that are kept.
pub const KEPT: usize = 20;
/// What the download has: longer than the story takes.
pub const LENGTH: u64 = 64 << 20;

/// How long a client waits on a connection before it calls it lost: TCP's own patience is longer than any failover.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a new connection may take. The first repetition of a SYN comes after a second.
const NEW_PATIENCE: Duration = Duration::from_millis(500);
/// Between two requests on a connection, and between two new connections.
const PACE: Duration = Duration::from_millis(50);
/// Ports of the new connections, so that none comes twice.
const PORTS: std::ops::Range<u16> = 20_000..60_000;

/// One of the connections that last.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// Requests answered; for the download, bytes.
    pub answered: u64,
    /// The longest that an answer (of the download: a piece) was waited for.
    pub longest: Duration,
    /// Why it ended.
    pub error: Option<String>,
    /// The download is whole.
    pub is_whole: bool,
}

/// A new connection, from its beginning.
#[derive(Clone, Debug)]
pub struct Fresh {
    /// Since the Unix epoch.
    pub at: Duration,
    /// Who answered, or what went wrong.
    pub outcome: Result<String, String>,
}

#[derive(Default)]
struct Records {
    download: Mutex<Kept>,
    kept: Vec<Mutex<Kept>>,
    fresh: Mutex<Vec<Fresh>>,
}

/// The running load. Dropping it ends it.
pub struct Load {
    records: Arc<Records>,
    _workers: Vec<Worker>,
}

impl Load {
    /// Starts it from a host.
    ///
    /// # Errors
    /// The first connections cannot be made.
    pub fn start(host: &Host, target: SocketAddr) -> Result<Self> {
        let records = Arc::new(Records {
            kept: std::iter::repeat_with(Mutex::default).take(KEPT).collect(),
            ..Records::default()
        });
        let connect =
            || host.run(|| open(target, PATIENCE, 0))?.with_context(|| format!("connecting to {target}"));
        let mut workers = Vec::new();
        let (stream, theirs) = (connect()?, Arc::clone(&records));
        workers.push(Worker::start("download".to_owned(), move |stop| {
            let outcome = fetch(&stream, &theirs.download, &|| stop.is_set());
            settle(&theirs.download, outcome, stop.is_set());
        })?);
        for number in 0..KEPT {
            let (stream, theirs) = (connect()?, Arc::clone(&records));
            workers.push(Worker::start(format!("kept-{number}"), move |stop| {
                let record = &theirs.kept[number];
                let outcome = ask_on(&stream, record, &|| stop.is_set());
                settle(record, outcome, stop.is_set());
            })?);
        }
        let theirs = Arc::clone(&records);
        let namespace = host.namespace().try_clone()?;
        workers.push(Worker::start("fresh".to_owned(), move |stop| {
            // The thread stays in the client's namespace for good.
            let _ = namespace.run(|| {
                for port in PORTS {
                    if stop.is_set() {
                        return;
                    }
                    let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                    let begun = Instant::now();
                    let outcome = ask_once(target, port).map_err(|error| error.to_string());
                    lock(&theirs.fresh).push(Fresh { at, outcome });
                    std::thread::sleep(PACE.saturating_sub(begun.elapsed()));
                }
            });
        })?);
        Ok(Self { records, _workers: workers })
    }

    /// How the download stands.
    pub fn download(&self) -> Kept {
        lock(&self.records.download).clone()
    }

    /// How the connections stand that are kept.
    pub fn kept(&self) -> Vec<Kept> {
        self.records.kept.iter().map(|record| lock(record).clone()).collect()
    }

    /// All new connections so far.
    pub fn fresh(&self) -> Vec<Fresh> {
        lock(&self.records.fresh).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn settle(record: &Mutex<Kept>, outcome: io::Result<()>, is_over: bool) {
    if let Err(error) = outcome
        && !is_over
    {
        lock(record).error = Some(error.to_string());
    }
}

fn open(target: SocketAddr, patience: Duration, port: u16) -> io::Result<TcpStream> {
    let stream = connect_from((Ipv4Addr::UNSPECIFIED, port).into(), target, patience)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Reads the head of an answer; who answered, and how long the body is.
fn head(reader: &mut impl BufRead) -> io::Result<(String, u64)> {
    let (mut name, mut length, mut line) = (String::new(), 0, String::new());
    loop {
        line.clear();
        match reader.read_line(&mut line)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            1 | 2 => return Ok((name, length)),
            _ => {}
        }
        if let Some((key, value)) = line.split_once(':') {
            match key {
                "X-Real-Server" => value.trim().clone_into(&mut name),
                "Content-Length" => length = value.trim().parse().map_err(|_| io::ErrorKind::InvalidData)?,
                _ => {}
            }
        }
    }
}

fn ask(mut stream: &TcpStream, reader: &mut impl BufRead) -> io::Result<String> {
    stream.write_all(b"GET / HTTP/1.1\r\nHost: lab\r\n\r\n")?;
    let (name, length) = head(reader)?;
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body)?;
    if body != format!("{name}\n").as_bytes() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "another answer than was asked for"));
    }
    Ok(name)
}

fn ask_once(target: SocketAddr, port: u16) -> io::Result<String> {
    let stream = open(target, NEW_PATIENCE, port)?;
    ask(&stream, &mut BufReader::new(&stream))
}

fn ask_on(stream: &TcpStream, record: &Mutex<Kept>, is_over: &dyn Fn() -> bool) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut first = None;
    while !is_over() {
        let begun = Instant::now();
        let name = ask(stream, &mut reader)?;
        let waited = begun.elapsed();
        if *first.get_or_insert_with(|| name.clone()) != name {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "another real server answered"));
        }
        let mut record = lock(record);
        record.answered += 1;
        record.longest = record.longest.max(waited);
        drop(record);
        std::thread::sleep(PACE);
    }
    Ok(())
}

fn fetch(mut stream: &TcpStream, record: &Mutex<Kept>, is_over: &dyn Fn() -> bool) -> io::Result<()> {
    stream.write_all(format!("GET {DOWNLOAD}{LENGTH} HTTP/1.1\r\nHost: lab\r\n\r\n").as_bytes())?;
    let mut reader = BufReader::new(stream);
    let (_, length) = head(&mut reader)?;
    let mut buffer = vec![0; 64 << 10];
    let mut at = 0;
    while at < length && !is_over() {
        let begun = Instant::now();
        let read = reader.read(&mut buffer)?;
        let waited = begun.elapsed();
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if buffer[..read].iter().zip(at..).any(|(byte, place)| *byte != byte_at(place)) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "other bytes than were sent"));
        }
        at += read as u64;
        let mut record = lock(record);
        record.answered = at;
        record.longest = record.longest.max(waited);
        record.is_whole = at == length;
    }
    Ok(())
}
