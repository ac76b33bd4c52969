//! The command line of ipvsadm 1.31 as scripts know it: the same options, tables, messages and exit statuses.
//!
//! Exit statuses: 0 done; 1 a listing failed; 2 the command line is wrong, or no director answers; 255 the director
//! refused, or the words are no command.

mod listing;
mod naming;
mod order;
mod save;
mod usage;

use crate::api::client::{Client, ClientError};
use crate::config::Names;
use crate::config::ipvsadm::{AdmRequest, ListFormat, ListOptions, ListWhat, UsageError, parse};
use crate::control::ControlError;
use crate::control::command::{Command, Reply, Request};
use listing::Table;
use naming::Naming;
use std::io::{self, BufRead, Read, Write};
use std::path::Path;

const FAILED_LISTING: u8 = 1;
const NO_DIRECTOR: u8 = 2;
const REFUSED: u8 = 255;
/// Bytes of a line of rules at most; a longer one counts as several. The original has no bound.
const MAX_LINE_LEN: u64 = 1 << 20;
/// `ipvsadm -v`: scripts look for the version in it.
const VERSION: &str = "ipvsadm v1.31 2019/12/24 (compiled with popt and IPVS v1.2.1)";

/// The three programs that ipvsadm consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// `ipvsadm`.
    Ipvsadm,
    /// `ipvsadm-save`.
    Save,
    /// `ipvsadm-restore`.
    Restore,
}

impl Program {
    /// By the name that the program was called by.
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "ipvsadm" => Some(Self::Ipvsadm),
            "ipvsadm-save" => Some(Self::Save),
            "ipvsadm-restore" => Some(Self::Restore),
            _ => None,
        }
    }
}

/// Where the words come from and go to.
#[expect(missing_debug_implementations, reason = "streams have none")]
pub struct Streams<'s> {
    /// Read by -R.
    pub stdin: &'s mut dyn BufRead,
    /// Tables.
    pub stdout: &'s mut dyn Write,
    /// Messages.
    pub stderr: &'s mut dyn Write,
}

/// Runs one of the programs with its arguments (without its name) against the director behind the socket; returns the
/// exit status. Output that nobody reads any more ends it with status 1.
pub fn run(program: Program, args: &[String], streams: Streams<'_>, socket: &Path, names: &Names) -> u8 {
    run_as("ipvsadm", program, args, streams, socket, names)
}

/// As [`run`], called by this name, which is what it calls itself.
pub fn run_as(
    called: &str,
    program: Program,
    args: &[String],
    streams: Streams<'_>,
    socket: &Path,
    names: &Names,
) -> u8 {
    let mut session = Session { called, socket, names, client: None, streams };
    let ended = match program {
        Program::Ipvsadm => session.line(args, Depth::CommandLine),
        Program::Save => session.save_script(args),
        Program::Restore => session.restore_script(),
    };
    let flushed = session.streams.stdout.flush();
    match (ended, flushed) {
        (Ok(End::Went(status) | End::Stopped(status)), Ok(())) => status,
        _ => FAILED_LISTING,
    }
}

/// How a line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// With this status; -R goes on with its next line.
    Went(u8),
    /// With this status, and -R ends with it.
    Stopped(u8),
}

/// Where a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    CommandLine,
    Restored,
}

struct Session<'s, 'i> {
    called: &'s str,
    socket: &'s Path,
    names: &'s Names,
    client: Option<Client>,
    streams: Streams<'i>,
}

impl Session<'_, '_> {
    fn line(&mut self, words: &[String], depth: Depth) -> io::Result<End> {
        let request = match parse(words, self.names) {
            Ok(AdmRequest::Restore) if depth == Depth::Restored => {
                return self.misuse(&UsageError::NoCommand);
            }
            Ok(request) => request,
            Err(misuse) => {
                return self.misuse(&misuse.error);
            }
        };
        match request {
            AdmRequest::Change(command) => self.change(command),
            AdmRequest::List(options) => self.list(options),
            AdmRequest::Save { numeric } => self.save(numeric),
            AdmRequest::Restore => self.restore_stdin(),
            AdmRequest::Help => {
                write!(self.streams.stdout, "{VERSION}\n{}", usage::TEXT)?;
                Ok(End::Stopped(0))
            }
            AdmRequest::Version => {
                writeln!(self.streams.stdout, "{VERSION}")?;
                Ok(End::Stopped(0))
            }
        }
    }

    fn misuse(&mut self, error: &UsageError) -> io::Result<End> {
        let mut text = error.to_string();
        if *error == UsageError::NoCommand {
            text = text.replace("ipvsadm", self.called);
        }
        writeln!(self.streams.stderr, "{text}")?;
        Ok(End::Stopped(error.exit_status()))
    }

    /// Asks the director; `Err` inside if there is none (the message is out).
    fn ask(&mut self, request: &Request) -> io::Result<Result<Reply, End>> {
        match self.try_ask(request) {
            Ok(reply) => Ok(Ok(reply)),
            Err(error) => {
                writeln!(self.streams.stderr, "Can't reach ulvs: {error}")?;
                Ok(Err(End::Stopped(NO_DIRECTOR)))
            }
        }
    }

    fn try_ask(&mut self, request: &Request) -> Result<Reply, ClientError> {
        let client = match &mut self.client {
            Some(client) => client,
            none => none.insert(Client::connect(self.socket)?),
        };
        let reply = client.ask(request);
        if reply.is_err() {
            self.client = None;
        }
        reply
    }

    fn unexpected(&mut self, reply: &Reply) -> io::Result<End> {
        let text = match reply {
            Reply::Refused(error) => refusal(error, Subject::Service),
            _ => "the director gave an answer to another question; are both of the same version?".to_owned(),
        };
        writeln!(self.streams.stderr, "{text}")?;
        Ok(End::Went(FAILED_LISTING))
    }

    fn change(&mut self, command: Command) -> io::Result<End> {
        let subject = Subject::of(&command);
        match self.ask(&Request::Command(command))? {
            Err(end) => Ok(end),
            Ok(Reply::Done | Reply::Changes(_)) => Ok(End::Went(0)),
            Ok(Reply::Refused(error)) => {
                writeln!(self.streams.stderr, "{}", refusal(&error, subject))?;
                Ok(End::Went(REFUSED))
            }
            Ok(other) => self.unexpected(&other),
        }
    }

    fn list(&mut self, options: ListOptions) -> io::Result<End> {
        let request = match options.what {
            ListWhat::Services(key) => Request::Services(key),
            ListWhat::Connections => Request::Connections,
            ListWhat::Timeouts => Request::Timeouts,
            ListWhat::Daemons => Request::Daemons,
        };
        let reply = match self.ask(&request)? {
            Ok(reply) => reply,
            Err(end) => return Ok(end),
        };
        let naming = if options.numeric { Naming::Numeric } else { Naming::Names(self.names) };
        let text = match reply {
            Reply::Services(services) => {
                let ListOptions { format, unsorted, exact, what, .. } = options;
                let banner = what == ListWhat::Services(None);
                Table { naming, format, unsorted, exact, banner }.print(services)
            }
            Reply::Connections(list) => {
                listing::connections(&list, naming, options.format == ListFormat::PersistentConn)
            }
            Reply::Timeouts(timeouts) => listing::timeouts(timeouts),
            Reply::Daemons(daemons) => listing::daemons(&daemons),
            other => return self.unexpected(&other),
        };
        self.streams.stdout.write_all(text.as_bytes())?;
        Ok(End::Went(0))
    }

    fn save(&mut self, numeric: bool) -> io::Result<End> {
        let naming = if numeric { Naming::Numeric } else { Naming::Names(self.names) };
        match self.ask(&Request::Services(None))? {
            Err(end) => Ok(end),
            Ok(Reply::Services(services)) => {
                self.streams.stdout.write_all(save::rules(services, naming).as_bytes())?;
                Ok(End::Went(0))
            }
            Ok(other) => self.unexpected(&other),
        }
    }

    /// -R: each line is carried out as soon as it has been read.
    fn restore_stdin(&mut self) -> io::Result<End> {
        let mut restore = Restore::default();
        while let Some(line) = self.next_line()? {
            self.restore_line(&mut restore, &line)?;
            if matches!(restore.end, End::Stopped(_)) {
                return Ok(restore.end);
            }
        }
        self.send_batch(&mut restore)?;
        Ok(restore.end)
    }

    fn next_line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        let len = (&mut *self.streams.stdin).take(MAX_LINE_LEN).read_until(b'\n', &mut line)?;
        Ok((len > 0).then(|| String::from_utf8_lossy(&line).into_owned()))
    }

    /// One line of rules. What cannot be read ends it all, what the director refuses does not; the status is that of the
    /// last line that was not blank.
    fn restore_line(&mut self, restore: &mut Restore, line: &str) -> io::Result<()> {
        let words: Vec<String> =
            line.split_whitespace().filter(|word| *word != "ipvsadm").map(str::to_owned).collect();
        if words.is_empty() {
            return Ok(());
        }
        if let Ok(AdmRequest::Change(command)) = parse(&words, self.names) {
            restore.batch.push(command);
            if restore.batch.len() < BATCH {
                return Ok(());
            }
            return self.send_batch(restore);
        }
        self.send_batch(restore)?;
        if !matches!(restore.end, End::Stopped(_)) {
            restore.end = self.line(&words, Depth::Restored)?;
        }
        Ok(())
    }

    /// Has the director make the changes that have come together, and tells of each that it refuses.
    fn send_batch(&mut self, restore: &mut Restore) -> io::Result<()> {
        let commands = std::mem::take(&mut restore.batch);
        if commands.is_empty() {
            return Ok(());
        }
        let subjects: Vec<Subject> = commands.iter().map(Subject::of).collect();
        restore.end = match self.ask(&Request::Commands(commands))? {
            Err(end) => end,
            Ok(Reply::Each(outcomes)) => {
                for (outcome, subject) in outcomes.iter().zip(subjects) {
                    if let Some(error) = outcome {
                        writeln!(self.streams.stderr, "{}", refusal(error, subject))?;
                    }
                }
                End::Went(if matches!(outcomes.last(), Some(Some(_))) { REFUSED } else { 0 })
            }
            Ok(Reply::Refused(error)) => {
                writeln!(self.streams.stderr, "{}", refusal(&error, Subject::Service))?;
                End::Went(REFUSED)
            }
            Ok(other) => self.unexpected(&other)?,
        };
        Ok(())
    }

    fn save_script(&mut self, args: &[String]) -> io::Result<End> {
        if args.iter().any(|arg| arg.starts_with('-') && arg != "-n") {
            let usage = "ipvsadm-save: Script to save the IPVS table to stdout.\n   \
                         With the -n option, prints out the table in numeric format.\n";
            self.streams.stderr.write_all(usage.as_bytes())?;
            return Ok(End::Stopped(1));
        }
        self.save(args.iter().any(|arg| arg == "-n"))
    }

    /// Reads everything, then clears the table, then carries out the rules; `#` begins a comment here.
    fn restore_script(&mut self) -> io::Result<End> {
        let mut lines = Vec::new();
        while let Some(line) = self.next_line()? {
            lines.push(line);
        }
        let mut restore = Restore { batch: vec![Command::Flush], ..Restore::default() };
        for line in lines.iter().filter(|line| !line.starts_with('#')) {
            self.restore_line(&mut restore, line)?;
            if matches!(restore.end, End::Stopped(_)) {
                return Ok(restore.end);
            }
        }
        self.send_batch(&mut restore)?;
        Ok(restore.end)
    }
}

/// Changes that -R sends at once: a publication to the workers for each would cost more than the change.
const BATCH: usize = 512;

/// How far -R has come.
#[derive(Debug)]
struct Restore {
    batch: Vec<Command>,
    end: End,
}

impl Default for Restore {
    fn default() -> Self {
        Self { batch: Vec::new(), end: End::Went(0) }
    }
}

/// What a refused command was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    Service,
    Server,
}

impl Subject {
    const fn of(command: &Command) -> Self {
        match command {
            Command::AddServer(..) | Command::EditServer(..) | Command::DeleteServer(..) => Self::Server,
            _ => Self::Service,
        }
    }
}

/// ipvsadm's words for what the kernel (here: the keeper) answers.
fn refusal(error: &ControlError, subject: Subject) -> String {
    let text = match error {
        ControlError::ServiceExists => "Service already exists",
        ControlError::ServerExists => "Destination already exists",
        ControlError::NoSuchService if subject == Subject::Server => "Service not defined",
        ControlError::NoSuchService => "No such service",
        ControlError::NoDaemon => "No daemon is running",
        ControlError::DaemonRuns => "Daemon has already run",
        ControlError::NoInterface => "No such device",
        ControlError::NoSuchServer => "No such destination",
        ControlError::NoSuchMark => "No such mark rule",
        ControlError::NoSuchScheduler => "Scheduler or persistence engine not found",
        ControlError::OutOfRange => "Numerical result out of range",
        ControlError::NotPermitted => "Permission denied (you must be root)",
        ControlError::NotSupported(what) => return what.clone(),
        // Which of them it was, the director's log tells.
        ControlError::Invalid(_) => {
            "Invalid operation.  Possibly wrong module version, address not unicast, ..."
        }
    };
    text.to_owned()
}
