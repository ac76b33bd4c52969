//! Sends one message by SMTP (RFC 5321), without TLS or login, as keepalived and ldirectord do.

use super::date::rfc2822;
use crate::lvs::Mail;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// Longest line of an answer.
const MAX_LINE: u64 = 2048;
/// Lines of one answer at most.
const MAX_LINES: usize = 100;

/// Sends it; the whole must be done within the mail's timeout.
///
/// # Errors
/// What went wrong, with the server's own words if there are any.
pub fn send(mail: &Mail, host: &str, subject: &str, body: &str, unix_seconds: u64) -> Result<(), String> {
    let (name, port) = &mail.server;
    #[expect(clippy::disallowed_methods, reason = "a deadline for a mail server")]
    let until = Instant::now() + mail.timeout;
    let found = (name.as_str(), *port).to_socket_addrs().map_err(|error| format!("{name}: {error}"))?;
    let mut last = format!("{name}: no address");
    for at in found {
        match Dialogue::open(at, until) {
            Ok(mut dialogue) => return dialogue.deliver(mail, host, subject, body, unix_seconds),
            Err(error) => last = format!("{at}: {error}"),
        }
    }
    Err(last)
}

struct Dialogue {
    stream: BufReader<TcpStream>,
    until: Instant,
}

impl Dialogue {
    fn open(at: SocketAddr, until: Instant) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&at, left(until)?)?;
        Ok(Self { stream: BufReader::new(stream), until })
    }

    fn deliver(
        &mut self,
        mail: &Mail,
        host: &str,
        subject: &str,
        body: &str,
        unix_seconds: u64,
    ) -> Result<(), String> {
        let from = if mail.from.is_empty() { format!("ulvs@{host}") } else { clean(&mail.from) };
        let helo = if mail.helo.is_empty() { host.to_owned() } else { clean(&mail.helo) };
        self.expect(220, "the greeting")?;
        self.say(&format!("HELO {helo}"), 250)?;
        self.say(&format!("MAIL FROM:<{}>", address(&from)), 250)?;
        for to in &mail.to {
            self.say(&format!("RCPT TO:<{}>", address(&clean(to))), 250)?;
        }
        self.say("DATA", 354)?;
        let to: Vec<_> = mail.to.iter().map(|to| clean(to)).collect();
        let (to, subject, date) = (to.join(", "), clean(subject), rfc2822(unix_seconds));
        let mut text = format!(
            "Date: {date}\r\nFrom: {from}\r\nTo: {to}\r\nSubject: {subject}\r\nX-Mailer: ulvs\r\n\
             MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        );
        for line in body.lines() {
            // A line that begins with a dot gets another (RFC 5321 section 4.5.2).
            if line.starts_with('.') {
                text.push('.');
            }
            text.push_str(line);
            text.push_str("\r\n");
        }
        text.push('.');
        self.say(&text, 250)?;
        // It is delivered whatever the server says to this.
        let _ = self.say("QUIT", 221);
        Ok(())
    }

    fn say(&mut self, line: &str, code: u16) -> Result<(), String> {
        let what = line.split([' ', ':', '\r']).next().unwrap_or_default().to_owned();
        let what = if line.contains('\n') { "the message".to_owned() } else { what };
        let sent = (|| {
            let stream = self.stream.get_mut();
            stream.set_write_timeout(Some(left(self.until)?))?;
            stream.write_all(line.as_bytes())?;
            stream.write_all(b"\r\n")
        })();
        sent.map_err(|error: io::Error| format!("{what}: {error}"))?;
        self.expect(code, &what)
    }

    fn expect(&mut self, code: u16, what: &str) -> Result<(), String> {
        for _ in 0..MAX_LINES {
            let line = self.line().map_err(|error| format!("{what}: {error}"))?;
            let number = line.get(..3).and_then(|digits| digits.parse::<u16>().ok());
            match (number, line.as_bytes().get(3)) {
                (Some(_), Some(b'-')) => {}
                (Some(number), _) if number == code => return Ok(()),
                _ => return Err(format!("{what}: {}", line.trim_end())),
            }
        }
        Err(format!("{what}: more than {MAX_LINES} lines"))
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            // Each read anew: a server that sends a byte now and then must not hold anybody up.
            self.stream.get_mut().set_read_timeout(Some(left(self.until)?))?;
            let seen = line.len() as u64;
            if seen >= MAX_LINE {
                return Err(io::Error::other("a line without end"));
            }
            let available = self.stream.fill_buf()?;
            if available.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let take = available.iter().position(|byte| *byte == b'\n').map_or(available.len(), |at| at + 1);
            let take = take.min((MAX_LINE - seen) as usize) as u64;
            self.stream.by_ref().take(take).read_to_end(&mut line)?;
        }
        Ok(String::from_utf8_lossy(&line).into_owned())
    }
}

fn left(until: Instant) -> io::Result<Duration> {
    #[expect(clippy::disallowed_methods, reason = "a deadline for a mail server")]
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// No line ends: what comes from configuration or a server's answer must not become a header or a command.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// `ann@example.org` of `Ann <ann@example.org>`.
fn address(text: &str) -> &str {
    text.rsplit_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map_or(text, |(address, _)| address)
        .trim()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::net::TcpListener;

    fn mail(port: u16, seconds: u64) -> Mail {
        Mail {
            to: vec!["Ann <ann@example.org>".into(), "bob@example.org\r\nRCPT TO:<eve@example.org>".into()],
            from: String::new(),
            server: ("127.0.0.1".into(), port),
            helo: String::new(),
            timeout: Duration::from_secs(seconds),
            subject: String::new(),
            about: BTreeSet::new(),
            reminder: None,
        }
    }

    /// A server that gives these answers, one to each line (one to a whole message); returns what it heard.
    fn server(answers: &'static [&'static str]) -> (u16, std::thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let thread = std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut heard = String::new();
            let mut reader = BufReader::new(&stream);
            for (number, answer) in answers.iter().enumerate() {
                if number > 0 {
                    let is_data = heard.ends_with("DATA\r\n");
                    loop {
                        let mut line = String::new();
                        if reader.read_line(&mut line).unwrap() == 0 {
                            return heard;
                        }
                        heard += &line;
                        if !is_data || line == ".\r\n" {
                            break;
                        }
                    }
                }
                (&stream).write_all(answer.as_bytes()).unwrap();
            }
            heard
        });
        (port, thread)
    }

    #[test]
    fn a_message_as_a_server_hears_it() {
        let answers = &[
            "220-hello\r\n220 there\r\n",
            "250 a\r\n",
            "250 b\r\n",
            "250 c\r\n",
            "250 d\r\n",
            "354 go\r\n",
            "250 e\r\n",
            "221 f\r\n",
        ];
        let (port, heard) = server(answers);
        send(&mail(port, 30), "lb1", "down\r\nBcc: eve@example.org", "one\n.two\n", 1_700_000_000).unwrap();
        insta::assert_snapshot!(heard.join().unwrap().replace('\r', ""));
    }

    #[test]
    fn a_server_that_refuses_is_quoted() {
        let (port, heard) = server(&["220 hello\r\n", "250 a\r\n", "550 who are you\r\n"]);
        let told = send(&mail(port, 30), "lb1", "s", "b", 0).unwrap_err();
        assert_eq!(told, "MAIL: 550 who are you");
        heard.join().unwrap();
        let (port, heard) = server(&["\u{0}\u{1}\r\n"]);
        assert!(send(&mail(port, 30), "lb1", "s", "b", 0).unwrap_err().starts_with("the greeting: "));
        heard.join().unwrap();
    }

    #[test]
    fn a_server_that_says_nothing_holds_nobody_up() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let told = send(&mail(port, 1), "lb1", "s", "b", 0).unwrap_err();
        assert!(told.starts_with("the greeting: "), "{told}");
        let (port, heard) = server(&["220-x\r\n220-x\r\n220-x\r\n"]);
        assert!(send(&mail(port, 30), "lb1", "s", "b", 0).is_err(), "an answer without an end");
        heard.join().unwrap();
    }
}
