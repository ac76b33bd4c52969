//! The director's end.

use super::message::{self, Answer, Wish};
use super::{End, MAX_ORDERED, Order, Process};
use std::collections::HashMap;
use std::io::{self, BufReader};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::process::Child;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long the process may take to take an order.
const ORDER_TIME: Duration = Duration::from_secs(5);
/// How long it may take to end, with what it runs: TERM, two seconds, KILL.
const LAST_TIME: Duration = Duration::from_millis(2500);

/// Has programs run. Cheap to clone; when the last clone goes the process ends, with all that it runs.
#[derive(Clone)]
pub struct Runner {
    shared: Option<Arc<Shared>>,
}

struct Shared {
    stream: Mutex<UnixStream>,
    child: Mutex<Child>,
    ordered: Arc<Ordered>,
}

type Then = Box<dyn FnOnce(End) + Send>;

#[derive(Default)]
struct Ordered(Mutex<Book>);

#[derive(Default)]
struct Book {
    last: u64,
    /// Who wants to know how it ended.
    open: HashMap<u64, Then>,
    /// Why there is no process any more.
    closed: Option<String>,
}

impl Ordered {
    fn book(&self) -> MutexGuard<'_, Book> {
        // Nobody panics while holding it; and what is in it would still be true.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing is run any more: who waits is told.
    fn close(&self, why: &str) {
        let open = {
            let mut book = self.book();
            book.closed.get_or_insert_with(|| why.to_owned());
            std::mem::take(&mut book.open)
        };
        open.into_values().for_each(|then| then(End::NotRun(why.to_owned())));
    }
}

/// A program that was ordered. Dropping it ends the program.
#[must_use]
pub struct Ticket {
    number: u64,
    runner: Runner,
}

impl Runner {
    /// Runs nothing: every order is answered by [`End::NotRun`].
    pub const fn none() -> Self {
        Self { shared: None }
    }

    pub(super) fn begin(process: Process) -> io::Result<Self> {
        let Process { child, stream } = process;
        stream.set_write_timeout(Some(ORDER_TIME))?;
        let ordered = Arc::new(Ordered::default());
        let (answers, book) = (BufReader::new(stream.try_clone()?), Arc::clone(&ordered));
        std::thread::Builder::new().name("programs".to_owned()).spawn(move || hear(answers, &book))?;
        let shared = Shared { stream: Mutex::new(stream), child: Mutex::new(child), ordered };
        Ok(Self { shared: Some(Arc::new(shared)) })
    }

    /// Orders a program. `then` is called once, on another thread or on this one, with how it ended, and must not wait; it is
    /// called also after the ticket has been dropped.
    pub fn start(&self, order: Order, then: impl FnOnce(End) + Send + 'static) -> Ticket {
        let number = self.order(order, Box::new(then));
        Ticket { number, runner: self.clone() }
    }

    /// Has a program run, and waits for its end.
    pub fn run(&self, order: Order) -> End {
        let (tell, told) = crossbeam_channel::bounded(1);
        let _ticket = self.start(order, move |end| drop(tell.send(end)));
        told.recv().unwrap_or(End::Cancelled)
    }

    fn order(&self, order: Order, then: Then) -> u64 {
        let refuse = |then: Then, why: &str| {
            then(End::NotRun(why.to_owned()));
            0
        };
        let Some(shared) = &self.shared else { return refuse(then, "no programs can be run here") };
        let number = {
            let mut book = shared.ordered.book();
            if let Some(why) = book.closed.clone() {
                drop(book);
                return refuse(then, &why);
            }
            if book.open.len() >= MAX_ORDERED {
                drop(book);
                return refuse(then, "too many programs are waiting or running");
            }
            book.last += 1;
            let number = book.last;
            book.open.insert(number, then);
            number
        };
        if let Err(error) = shared.say(&Wish::Run(number, order)) {
            let then = shared.ordered.book().open.remove(&number);
            // Otherwise it has been told already, with the process's end.
            if let Some(then) = then {
                then(End::NotRun(format!("cannot be ordered: {error}")));
            }
        }
        number
    }
}

impl Shared {
    fn say(&self, wish: &Wish) -> io::Result<()> {
        let stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        let said = message::write(&*stream, wish);
        // Half a message is the end of all: nothing behind it would be understood.
        if said.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::InvalidInput) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        said
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let Some(shared) = &self.runner.shared else { return };
        if shared.ordered.book().open.contains_key(&self.number) {
            let _ = shared.say(&Wish::Cancel(self.number));
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let stream = self.stream.get_mut().unwrap_or_else(PoisonError::into_inner);
        // It ends by this; what it still says nobody hears.
        self.ordered.close("the director ends");
        let _ = stream.shutdown(Shutdown::Both);
        let child = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        let until = now() + LAST_TIME;
        // No zombie stays behind. If it takes longer it ends by itself all the same.
        while matches!(child.try_wait(), Ok(None)) && now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Hears answers until there come no more.
fn hear(mut answers: BufReader<UnixStream>, ordered: &Ordered) {
    let why = loop {
        match message::read::<Answer>(&mut answers) {
            Ok(Some(Answer { number, end })) => {
                let then = ordered.book().open.remove(&number);
                if let Some(then) = then {
                    then(end);
                }
            }
            Ok(None) => break "it has ended".to_owned(),
            Err(error) => break error.to_string(),
        }
    };
    if ordered.book().closed.is_none() {
        tracing::error!(
            "the process that runs programs is lost ({why}): no scripts are run until the director is started again"
        );
        ordered.close("the process that runs programs is lost");
    }
}

#[expect(clippy::disallowed_methods, reason = "a deadline for another process")]
fn now() -> Instant {
    Instant::now()
}
