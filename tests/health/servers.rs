//! Servers of a few lines. Their threads end with the test's process.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;

/// Serves each connection on a thread of its own.
pub fn serve(with: impl Fn(TcpStream) + Send + Sync + Clone + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let with = with.clone();
            thread::spawn(move || with(stream));
        }
    });
    at
}

/// Reads up to an empty line: a request.
pub fn request(stream: &mut TcpStream) -> String {
    let (mut text, mut byte) = (Vec::new(), [0]);
    while !text.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        text.push(byte[0]);
    }
    String::from_utf8(text).unwrap()
}

/// Reads a request, says this, and hangs up.
pub fn replies(reply: &'static [u8]) -> SocketAddr {
    serve(move |mut stream| {
        request(&mut stream);
        let _ = stream.write_all(reply);
    })
}

/// Says the first line at once and the next ones to a line each; then hangs up.
pub fn dialogue(lines: &'static [&'static str]) -> SocketAddr {
    serve(move |mut stream| {
        for line in lines {
            if stream.write_all(line.as_bytes()).is_err() {
                return;
            }
            let mut byte = [0];
            while matches!(stream.read(&mut byte), Ok(1)) && byte[0] != b'\n' {}
        }
    })
}

/// Answers each datagram with some.
pub fn datagrams(with: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let at = socket.local_addr().unwrap();
    thread::spawn(move || {
        let mut bytes = [0; 2048];
        while let Ok((length, from)) = socket.recv_from(&mut bytes) {
            for reply in with(&bytes[..length]) {
                let _ = socket.send_to(&reply, from);
            }
        }
    });
    at
}

/// A port where nobody listens, for TCP and UDP.
pub fn closed() -> SocketAddr {
    let (tcp, udp) = loop {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()) {
            break (tcp, udp);
        }
    };
    let at = tcp.local_addr().unwrap();
    drop((tcp, udp));
    at
}
