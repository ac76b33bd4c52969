//! Small servers for tests: they say what they are told to say, and keep what they hear.

use super::{Outcome, Target};
use crate::lvs::{Endpoint, Origin, Protocol, ServiceKey};
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What is done next.
#[derive(Clone)]
pub(super) enum Step {
    /// Sends this.
    Say(Vec<u8>),
    /// Reads a line and keeps it.
    Hear,
    /// Reads to the end and keeps it.
    HearAll,
    /// Sends this again and again, until nobody takes it.
    Endless(&'static [u8]),
    /// Waits until the other side ends.
    Hold,
}

pub(super) fn say(text: &str) -> Step {
    Step::Say(text.as_bytes().to_vec())
}

/// A listener on loopback.
pub(super) struct SmallServer {
    pub(super) at: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
}

impl SmallServer {
    /// One connection for each list of steps; then it listens no more.
    pub(super) async fn start(connections: Vec<Vec<Step>>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let server = Self { at: listener.local_addr().unwrap(), heard: Arc::default() };
        let heard = Arc::clone(&server.heard);
        tokio::spawn(async move {
            for steps in connections {
                let stream = listener.accept().await.unwrap().0;
                tokio::spawn(play(stream, steps, Arc::clone(&heard)));
            }
        });
        server
    }

    /// Every connection is given to `play`.
    pub(super) async fn with<F>(play: impl Fn(TcpStream) -> F + Send + Sync + 'static) -> SocketAddr
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let at = listener.local_addr().unwrap();
        tokio::spawn(async move {
            loop {
                tokio::spawn(play(listener.accept().await.unwrap().0));
            }
        });
        at
    }

    /// What was heard until now.
    pub(super) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

async fn play(stream: TcpStream, steps: Vec<Step>, heard: Arc<Mutex<Vec<String>>>) {
    let mut stream = BufReader::new(stream);
    let mut bytes = Vec::new();
    for step in steps {
        bytes.clear();
        // A client that has seen enough goes away: no error here.
        match step {
            Step::Say(text) => drop(stream.write_all(&text).await),
            Step::Hear => {
                let _ = stream.read_until(b'\n', &mut bytes).await;
                heard.lock().unwrap().push(String::from_utf8_lossy(&bytes).trim_end().to_owned());
            }
            Step::HearAll => {
                let _ = stream.read_to_end(&mut bytes).await;
                heard.lock().unwrap().push(String::from_utf8_lossy(&bytes).into_owned());
            }
            Step::Endless(text) => while stream.write_all(text).await.is_ok() {},
            Step::Hold => drop(stream.read_to_end(&mut bytes).await),
        }
    }
}

/// Runs to the end, on this thread. Nothing here takes long; what waits forever fails.
pub(super) fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bounded = async { tokio::time::timeout(Duration::from_secs(60), future).await };
    runtime.block_on(bounded).expect("it waits forever")
}

/// A real server at this address.
pub(super) fn target(at: SocketAddr) -> Target {
    let endpoint = Endpoint { addr: at.ip(), port: at.port() };
    let service = ServiceKey::Tuple { protocol: Protocol::Tcp, virt: endpoint };
    Target { at, origin: Origin::default(), server: endpoint, service, via: None }
}

/// What a probe says of a server that does these steps, and what the server heard.
pub(super) fn played(steps: Vec<Step>, ask: impl AsyncFnOnce(&Target) -> Outcome) -> (Outcome, Vec<String>) {
    run(async {
        let server = SmallServer::start(vec![steps]).await;
        let outcome = ask(&target(server.at)).await;
        (outcome, server.heard())
    })
}

/// What no probe may take for well, or run on with: a server that is silent (the try waits; its caller ends it), one that
/// hangs up, one that is not there, endless bytes, endless lines, garbage.
pub(super) fn torment(ask: impl AsyncFn(&Target) -> Outcome) {
    let garbage: Vec<u8> = (0..4096u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let cases = [
        ("early close", vec![]),
        ("endless bytes", vec![Step::Endless(&[b'x'; 4096])]),
        ("endless zeros", vec![Step::Endless(&[0; 4096])]),
        ("endless lines", vec![Step::Endless(b"x\r\n")]),
        ("garbage", vec![Step::Say(garbage)]),
        ("one byte", vec![say("\x01")]),
    ];
    for (name, steps) in cases {
        let (outcome, _) = played(steps, async |at: &Target| ask(at).await);
        assert!(!outcome.is_up, "{name}: {}", outcome.detail);
        assert!(!outcome.detail.contains(char::is_control), "{name}: {:?}", outcome.detail);
    }
    run(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let at = target(listener.local_addr().unwrap());
        // However slow the machine is: who waits for an answer that never comes is not done.
        let tried = tokio::time::timeout(Duration::from_millis(30), ask(&at)).await;
        assert!(tried.is_err(), "silence: {tried:?}");
        drop(listener);
        let refused = ask(&at).await;
        assert!(!refused.is_up && refused.detail.contains("refused"), "{refused:?}");
    });
}
