//! A server that says something at once and keeps the connection: the stand-in for telnet's login and for sshd.

use super::{BREATH, Worker, wait_readable};
use crate::host::Host;
use anyhow::{Context, Result};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;

/// Greets everybody who connects, and answers each piece of text with the greeting again, as a shell its prompt.
pub struct Greeter {
    _worker: Worker,
}

impl Greeter {
    /// Listens on a host.
    ///
    /// # Errors
    /// The address is in use or not the host's.
    pub fn start(host: &Host, listen: SocketAddr, greeting: &str) -> Result<Self> {
        let listener = host
            .run(|| TcpListener::bind(listen))?
            .with_context(|| format!("server on {}: {listen}", host.name()))?;
        listener.set_nonblocking(true)?;
        let greeting = greeting.to_owned();
        let worker = Worker::start(format!("greeter-{}", host.name()), move |stop| {
            let mut guests: Vec<TcpStream> = Vec::new();
            while !stop.is_set() {
                let ready = wait_readable(&[listener.as_fd()])[0];
                while let Some((guest, _)) = ready.then(|| listener.accept().ok()).flatten() {
                    if greet(&guest, &greeting) {
                        guests.push(guest);
                    }
                }
                guests.retain_mut(|guest| is_there(guest, &greeting));
            }
        })?;
        Ok(Self { _worker: worker })
    }
}

/// False if the guest has gone already.
fn greet(mut guest: &TcpStream, greeting: &str) -> bool {
    guest.set_nonblocking(false).is_ok()
        && guest.set_write_timeout(Some(BREATH)).is_ok()
        && guest.write_all(greeting.as_bytes()).is_ok()
}

/// Answers what came; false if the guest has gone.
fn is_there(guest: &mut TcpStream, greeting: &str) -> bool {
    let mut text = [0; 512];
    let _ = guest.set_nonblocking(true);
    match guest.read(&mut text) {
        Ok(0) => false,
        Ok(_) => greet(guest, greeting),
        Err(error) => error.kind() == ErrorKind::WouldBlock,
    }
}
