//! Mail on its way: a queue and a thread for each mail server, so that one that is slow holds up nobody else's.

use super::smtp;
use crate::lvs::Mail;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

/// Letters that wait for one server at most.
const WAITING: usize = 256;
/// Servers at most.
const SERVERS: usize = 16;
/// A letter that a server did not take is sent again after these times, and then given up.
const AGAIN: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(60)];

/// One message.
pub(super) struct Letter {
    /// How and to whom.
    pub mail: Mail,
    /// The subject.
    pub subject: String,
    /// The text.
    pub body: String,
    /// When it was written.
    pub unix_seconds: u64,
}

/// Sends letters.
pub(super) struct Post {
    host: Arc<str>,
    servers: HashMap<(String, u16), Sender<Letter>>,
    /// Letters that are neither sent nor given up.
    open: Arc<AtomicUsize>,
    again: [Duration; 2],
    /// While it is there a letter that was not taken waits.
    patience: Option<Sender<()>>,
    hurry: Receiver<()>,
    /// That one was not taken in was said.
    has_complained: bool,
}

impl Post {
    /// Nothing is sent yet. `host`: what this machine is called.
    pub fn new(host: &str) -> Self {
        let (patience, hurry) = bounded(0);
        Self {
            host: host.into(),
            servers: HashMap::new(),
            open: Arc::new(AtomicUsize::new(0)),
            again: AGAIN,
            patience: Some(patience),
            hurry,
            has_complained: false,
        }
    }

    /// Takes in a letter. False: there is no room for it.
    pub fn send(&mut self, letter: Letter) -> bool {
        let server = letter.mail.server.clone();
        let outcome = match self.queue(&server) {
            Some(queue) => {
                self.open.fetch_add(1, SeqCst);
                queue.try_send(letter).map_err(|error| (error, true))
            }
            None => Err((TrySendError::Full(letter), false)),
        };
        match outcome {
            Ok(()) => {
                self.has_complained = false;
                true
            }
            Err((TrySendError::Full(letter) | TrySendError::Disconnected(letter), was_counted)) => {
                if was_counted {
                    self.open.fetch_sub(1, SeqCst);
                }
                if !self.has_complained {
                    tracing::error!(
                        "mail to {}:{} waits already: what comes now is not sent, `{}` is the first",
                        server.0,
                        server.1,
                        letter.subject
                    );
                }
                self.has_complained = true;
                false
            }
        }
    }

    fn queue(&mut self, server: &(String, u16)) -> Option<Sender<Letter>> {
        if let Some(queue) = self.servers.get(server) {
            return Some(queue.clone());
        }
        if self.servers.len() >= SERVERS {
            return None;
        }
        let (queue, letters) = bounded(WAITING);
        let (host, open) = (Arc::clone(&self.host), Arc::clone(&self.open));
        let (again, hurry) = (self.again, self.hurry.clone());
        let work = move || deliver_all(&letters, &host, &open, &again, &hurry);
        std::thread::Builder::new().name("mail".to_owned()).spawn(work).ok()?;
        self.servers.insert(server.clone(), queue.clone());
        Some(queue)
    }

    /// Of the others' servers the threads end when they have sent what they have.
    pub fn keep(&mut self, servers: &BTreeSet<(String, u16)>) {
        self.servers.retain(|server, _| servers.contains(server));
    }

    /// The end is near: what was not taken is sent once more, now.
    pub fn hurry(&mut self) {
        self.patience = None;
    }

    /// Letters that are neither sent nor given up.
    pub fn open(&self) -> usize {
        self.open.load(SeqCst)
    }
}

fn deliver_all(
    letters: &Receiver<Letter>,
    host: &str,
    open: &AtomicUsize,
    again: &[Duration],
    hurry: &Receiver<()>,
) {
    for letter in letters {
        deliver(&letter, host, again, hurry);
        open.fetch_sub(1, SeqCst);
    }
}

fn deliver(letter: &Letter, host: &str, again: &[Duration], hurry: &Receiver<()>) {
    let Letter { mail, subject, body, unix_seconds } = letter;
    let (name, port) = &mail.server;
    let mut pauses = again.iter();
    while let Err(error) = smtp::send(mail, host, subject, body, *unix_seconds) {
        let Some(pause) = pauses.next().filter(|_| !is_final(&error)) else {
            tracing::error!("mail by {name}:{port}: {error}; given up: {subject}");
            return;
        };
        tracing::warn!("mail by {name}:{port}: {error}; tried again in {pause:?}: {subject}");
        if hurry.recv_timeout(*pause) == Err(RecvTimeoutError::Disconnected) {
            pauses = [].iter();
        }
    }
}

/// The server has said that it will not take it another time either (5xx).
fn is_final(error: &str) -> bool {
    let code = error.split_once(": ").map_or("", |(_, answer)| answer).as_bytes();
    matches!(code, [b'5', b'0'..=b'9', b'0'..=b'9', ..])
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    fn letter(port: u16, subject: &str) -> Letter {
        let mail = Mail {
            to: vec!["ann@example.org".into()],
            from: String::new(),
            server: ("127.0.0.1".into(), port),
            helo: String::new(),
            timeout: Duration::from_secs(20),
            subject: String::new(),
            about: BTreeSet::new(),
            reminder: None,
        };
        Letter { mail, subject: subject.to_owned(), body: String::new(), unix_seconds: 0 }
    }

    /// Greets the first so often by 421, and then takes letters; tells of both.
    fn server(refusals: usize) -> (u16, Receiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, told) = bounded(1000);
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let mut stream = stream.unwrap();
                if number < refusals {
                    let _ = tell.send("refused".to_owned());
                    let _ = stream.write_all(b"421 later\r\n");
                    continue;
                }
                let _ = stream.write_all(b"220 x\r\n");
                let mut is_text = false;
                for line in BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok) {
                    if let Some(subject) = line.strip_prefix("Subject: ") {
                        let _ = tell.send(subject.to_owned());
                    }
                    let answer = match line.as_str() {
                        "DATA" => "354 x\r\n",
                        "." => "250 x\r\n",
                        _ if is_text => "",
                        _ => "250 x\r\n",
                    };
                    is_text = line == "DATA" || is_text && line != ".";
                    let _ = stream.write_all(answer.as_bytes());
                }
            }
        });
        (port, told)
    }

    #[test]
    fn what_is_not_taken_is_sent_again_and_order_stays() {
        let mut post = Post { again: [Duration::from_millis(1); 2], ..Post::new("lb1") };
        let (port, told) = server(2);
        assert!(post.send(letter(port, "one")) && post.send(letter(port, "two")));
        let told: Vec<_> = (0..4).map(|_| told.recv_timeout(Duration::from_secs(20)).unwrap()).collect();
        assert_eq!(told, ["refused", "refused", "one", "two"]);
    }

    #[test]
    fn after_three_times_a_letter_is_given_up() {
        let mut post = Post { again: [Duration::from_millis(1); 2], ..Post::new("lb1") };
        let (port, told) = server(3);
        post.send(letter(port, "one"));
        post.send(letter(port, "two"));
        let told: Vec<_> = (0..4).map(|_| told.recv_timeout(Duration::from_secs(20)).unwrap()).collect();
        assert_eq!(told, ["refused", "refused", "refused", "two"]);
        assert!(is_final("MAIL: 550 who are you") && !is_final("MAIL: 451 later") && !is_final("1.2.3.4: 5"));
    }

    #[test]
    fn at_the_end_nothing_waits() {
        let mut post = Post::new("lb1");
        let (port, told) = server(2);
        post.send(letter(port, "one"));
        assert_eq!(told.recv_timeout(Duration::from_secs(20)).unwrap(), "refused");
        // Otherwise ten seconds would pass.
        post.hurry();
        assert_eq!(told.recv_timeout(Duration::from_secs(8)).unwrap(), "refused");
        post.send(letter(port, "two"));
        assert_eq!(told.recv_timeout(Duration::from_secs(8)).unwrap(), "two");
    }

    /// A server that takes connections and says nothing.
    #[test]
    fn there_is_an_end_to_what_waits() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut post = Post::new("lb1");
        let taken = (0..WAITING + 10).filter(|_| post.send(letter(port, "x"))).count();
        // One may be in the thread's hands.
        assert!((WAITING..=WAITING + 1).contains(&taken) && post.open() == taken, "{taken}");
    }
}
