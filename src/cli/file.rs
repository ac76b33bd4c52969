//! Configuration files: `ulvs check`, `ulvs diff`, `ulvs apply`, and what `ulvs run` reads.

use super::{FAILED, INVALID, OK, PARTIAL, REFUSED, client_status, complain, render, say};
use crate::api::client::Client;
use crate::config::{
    Context, Diagnostics, Files, Footprint, Format, Names, Noting, Severity, Source, Written, read_all,
};
use crate::control::command::{Intent, Reply, Request};
use crate::control::{acceptable, undone};
use clap::Args;
use std::path::{Path, PathBuf};

/// Files, and how they are read.
#[derive(Debug, Args)]
pub(super) struct FileArgs {
    /// The files; several make one configuration
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Their format [default: told by each file's content]
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    format: Option<Format>,
}

/// How files are checked.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    files: FileArgs,
    /// Judge as the program whose file it is would: what it complains about is an error
    #[arg(long)]
    strict: bool,
    /// Print JSON
    #[arg(short = 'j', long)]
    json: bool,
}

/// A format by its name.
pub(super) fn format(name: &str) -> Result<Format, String> {
    Format::by_name(name).ok_or_else(|| {
        let known: Vec<_> = Format::ALL.iter().map(|format| format.name()).collect();
        format!("no such format; there are {}", known.join(", "))
    })
}

/// What was read.
pub(super) struct Read {
    /// The configuration; only to be used if `out` has no errors.
    intent: Intent,
    /// Each file's format.
    formats: Vec<Format>,
    out: Diagnostics,
    /// What has no place in a file.
    other: Vec<String>,
    /// What it was read from: these files, and those that they name.
    from: Footprint,
}

fn read(files: &[PathBuf], format: Option<Format>) -> Read {
    let (mut out, mut other) = (Diagnostics::default(), Vec::new());
    let disk = Noting::default();
    let sources = files.iter().filter_map(|path| match disk.load(path) {
        Ok(source) => Some(source),
        Err(error) => {
            other.push(error.to_string());
            None
        }
    });
    let sources: Vec<Source> = sources.collect();
    let names = Names::system();
    let (intent, formats) = read_all(&sources, format, &Context::of_host(&names).with_files(&disk), &mut out);
    if !out.has_errors()
        && other.is_empty()
        && let Err(error) = acceptable(&intent)
    {
        let names: Vec<_> = files.iter().map(|path| path.display().to_string()).collect();
        other.push(format!("{}: {error}", names.join(", ")));
    }
    Read { intent, formats, out, other, from: disk.into_footprint() }
}

/// Reads files; prints what is to be said of them. `None` if they must not be used.
pub(super) fn load(files: &[PathBuf], format: Option<Format>) -> Option<Intent> {
    load_noting(files, format).0
}

/// The same, with what was read.
pub(super) fn load_noting(files: &[PathBuf], format: Option<Format>) -> (Option<Intent>, Footprint) {
    let Read { intent, out, other, from, .. } = read(files, format);
    complain(&render::diagnostics(&out, false));
    let errors = out.errors() + other.len();
    for message in &other {
        complain(&format!("{message}\n"));
    }
    if errors > 0 {
        complain(&format!("{}; nothing of it is used\n", counted(errors, "error")));
        return (None, from);
    }
    tell_undone(&intent);
    (Some(intent), from)
}

/// Says what is not done of a configuration.
fn tell_undone(intent: &Intent) {
    for line in undone(intent) {
        complain(&format!("warning: not done by this version: {line}\n"));
    }
}

/// Prints whether files are valid; returns the exit status.
pub(super) fn check(args: &CheckArgs) -> u8 {
    let Read { intent, formats, out, other, .. } = read(&args.files.files, args.files.format);
    let is_error = |severity, is_strict| severity == Severity::Error || (args.strict && is_strict);
    let Counts { errors, warnings, notes } = Counts::of(&out, other.len(), args.strict);
    if args.json {
        let remarks = out.iter().map(|remark| {
            let severity =
                if is_error(remark.severity, remark.is_strict) { Severity::Error } else { remark.severity };
            serde_json::json!({
                "file": remark.file, "line": remark.line, "column": remark.column, "severity": severity.to_string(),
                "strict": remark.is_strict, "message": remark.message, "help": remark.help, "text": remark.text,
            })
        });
        let other = other.iter().map(|message| serde_json::json!({"severity": "error", "message": message}));
        let value = serde_json::json!({
            "schema": 1,
            "valid": errors == 0,
            "formats": formats.iter().map(|format| format.name()).collect::<Vec<_>>(),
            "services": intent.services.len(),
            "servers": servers(&intent),
            "omitted": out.omitted(),
            "undone": undone(&intent),
            "errors": errors,
            "warnings": warnings,
            "notes": notes,
            "remarks": remarks.chain(other).collect::<Vec<_>>(),
        });
        say(&format!("{value}\n"));
        return if errors == 0 { OK } else { INVALID };
    }
    complain(&render::diagnostics(&out, args.strict));
    for message in &other {
        complain(&format!("{message}\n"));
    }
    let names: Vec<_> = args.files.files.iter().map(|path| path.display().to_string()).collect();
    let names = names.join(", ");
    let others = [(warnings, "warning"), (notes, "note")].into_iter().filter(|(number, _)| *number > 0);
    let others: Vec<_> = others.map(|(number, noun)| counted(number, noun)).collect();
    let others = (!others.is_empty()).then(|| others.join(", "));
    if errors > 0 {
        let errors = counted(errors, "error");
        let others = others.map(|others| format!(", {others}")).unwrap_or_default();
        complain(&format!("{names}: {errors}{others}; nothing of it is used\n"));
        return INVALID;
    }
    tell_undone(&intent);
    let mut kinds: Vec<_> = formats.iter().map(|format| format.name()).collect();
    kinds.dedup();
    let (services, servers) =
        (counted(intent.services.len(), "service"), counted(servers(&intent), "real server"));
    let checks: usize =
        intent.farms.iter().flat_map(|farm| &farm.servers).map(|server| server.checks.len()).sum();
    let checks = if checks > 0 { format!(", {}", counted(checks, "check")) } else { String::new() };
    let others = others.map(|others| format!("; {others}")).unwrap_or_default();
    say(&format!("{names}: valid ({}): {services}, {servers}{checks}{others}\n", kinds.join(", ")));
    OK
}

/// How many remarks there are of each kind.
struct Counts {
    errors: usize,
    warnings: usize,
    notes: usize,
}

impl Counts {
    /// `other`: errors that have no place in a file. `strict`: what the original program complains about is an error.
    fn of(out: &Diagnostics, other: usize, strict: bool) -> Self {
        let strictly = |severity| {
            out.iter().filter(|remark| strict && remark.is_strict && remark.severity == severity).count()
        };
        let (warnings, notes) = (strictly(Severity::Warning), strictly(Severity::Note));
        Self {
            errors: out.errors() + other + warnings + notes,
            warnings: out.warnings() - warnings,
            notes: out.notes() - notes,
        }
    }
}

fn servers(intent: &Intent) -> usize {
    intent.services.values().map(|(_, servers)| servers.len()).sum()
}

/// `1 service`, `2 services`.
fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Prints what files would change; returns the exit status: 0 nothing, 1 something.
pub(super) fn diff(args: &FileArgs, socket: &Path) -> u8 {
    let Some(intent) = load(&args.files, args.format) else { return INVALID };
    match changes("diff", &Request::Diff(intent), socket) {
        Ok(0) => OK,
        Ok(_) => FAILED,
        // Not 1: that would mean "differs".
        Err(status) => status.max(INVALID),
    }
}

/// Makes the running configuration that of the files, or says what would change; returns the exit status.
pub(super) fn apply(args: &FileArgs, dry_run: bool, socket: &Path) -> u8 {
    let Some(intent) = load(&args.files, args.format) else { return INVALID };
    let request = if dry_run { Request::Diff(intent) } else { Request::Replace(intent) };
    changes("apply", &request, socket).map_or_else(|status| status, |_| OK)
}

/// What is written down, and how.
#[derive(Debug, Args)]
pub(super) struct ConvertArgs {
    /// The files; several make one configuration. None: what the director's table holds
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Their format [default: told by each file's content]
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    format: Option<Format>,
    /// The format to write
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    to: Format,
}

/// Prints a configuration in another format, and on standard error what that cannot say; returns the exit status: 5 if there
/// is something.
pub(super) fn convert(args: &ConvertArgs, socket: &Path) -> u8 {
    let intent = if args.files.is_empty() {
        match running(socket) {
            Ok(intent) => intent,
            Err(status) => return status,
        }
    } else {
        match load(&args.files, args.format) {
            Some(intent) => intent,
            None => return INVALID,
        }
    };
    let Written { text, unsaid } = args.to.write(&intent);
    say(&text);
    for line in &unsaid {
        complain(&format!("{} cannot say: {line}\n", args.to));
    }
    if unsaid.is_empty() { OK } else { PARTIAL }
}

/// What the director's table holds.
fn running(socket: &Path) -> Result<Intent, u8> {
    match Client::connect(socket).and_then(|mut client| client.ask(&Request::Running)) {
        Ok(Reply::Running(intent)) => Ok(*intent),
        Ok(Reply::Refused(error)) => {
            complain(&format!("ulvs convert: refused: {error}\n"));
            Err(REFUSED)
        }
        Ok(_) => {
            complain("ulvs convert: the director answered another question; are both of the same version?\n");
            Err(FAILED)
        }
        Err(error) => {
            complain(&format!("ulvs convert: {error}\n"));
            Err(client_status(&error))
        }
    }
}

/// Has the director read its files anew; returns the exit status.
pub(super) fn reload(socket: &Path) -> u8 {
    changes("reload", &Request::Reload, socket).map_or_else(|status| status, |_| OK)
}

/// Asks for changes and prints them; returns how many there were.
fn changes(verb: &str, request: &Request, socket: &Path) -> Result<usize, u8> {
    match Client::connect(socket).and_then(|mut client| client.ask(request)) {
        Ok(Reply::Changes(changes)) => {
            for change in &changes {
                say(&format!("{change}\n"));
            }
            Ok(changes.len())
        }
        Ok(Reply::Refused(error)) => {
            complain(&format!("ulvs {verb}: refused: {error}\n"));
            Err(REFUSED)
        }
        Ok(_) => {
            complain(&format!(
                "ulvs {verb}: the director answered another question; are both of the same version?\n"
            ));
            Err(FAILED)
        }
        Err(error) => {
            complain(&format!("ulvs {verb}: {error}\n"));
            Err(client_status(&error))
        }
    }
}
