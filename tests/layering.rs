//! Imports go down only: the table of rooms, and who may use whom.
//!
//! Reads every path that begins with `crate::` in `src`, but for test modules and comments, and fails on one that the
//! table does not allow. It also holds two bans: `unsafe` outside the rooms that need it, and `tokio` outside the one that
//! waits for many servers at once.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each room and what it may import. `control::{…}` names the parts of a room that may be seen from above or aside.
const TABLE: &[(&str, &[&str])] = &[
    // Floor 0: words.
    ("lvs", &[]),
    ("time", &[]),
    // Floor 1: matter. They do not know each other.
    ("wire", &["lvs", "time"]),
    ("ring", &["lvs", "time"]),
    ("memory", &[]),
    // Floor 2: tables, and the doors to the NIC.
    ("service", &["lvs", "time", "wire"]),
    ("frame", &["lvs", "time", "wire", "ring"]),
    // Floor 3: parts. They do not know each other, nor frames.
    ("conn", &["lvs", "time", "wire", "memory", "service"]),
    ("sched", &["lvs", "time", "wire", "service"]),
    ("defrag", &["lvs", "time", "wire"]),
    // Floor 4: craft.
    ("forward", &["lvs", "time", "wire", "service", "frame", "conn", "defrag"]),
    ("helper", &["lvs", "time", "wire", "service", "conn"]),
    // Floor 5: mind.
    (
        "director",
        &["lvs", "time", "wire", "service", "frame", "conn", "sched", "defrag", "forward", "helper"],
    ),
    // Floor 6: body. Workers write on the control room's boards; it does not know them.
    (
        "control",
        &["lvs", "time", "wire", "service", "frame", "conn", "sched", "defrag", "forward", "director"],
    ),
    (
        "worker",
        &[
            "lvs", "time", "wire", "ring", "service", "frame", "conn", "sched", "defrag", "forward",
            "director", "control",
        ],
    ),
    // Floor 7: senses. Of the control room they know the words only.
    ("config", &["lvs", "wire", CONTROL_WORDS]),
    ("program", &["lvs"]),
    ("health", &["lvs", "program"]),
    ("vrrp", &["lvs", "wire"]),
    ("pulse", &["lvs"]),
    ("host", &["lvs", "wire", CONTROL_WORDS]),
    ("sync", &["lvs", "time", "wire", "conn", "service"]),
    // Floor 8: faces.
    ("alert", &["lvs", CONTROL_WORDS, "program"]),
    ("api", &["lvs", CONTROL_WORDS]),
    ("cli", &["lvs", CONTROL_WORDS, "config", "program", "api"]),
    ("standby", &["lvs", "wire", "ring", CONTROL_WORDS, "program", "host", "vrrp", "pulse"]),
];

/// What everybody above may know of the control room.
const CONTROL_WORDS: &str = "control::{command,effect,error,happening,ControlError,acceptable,acceptable_instance,acceptable_pulse,acceptable_server,acceptable_service,undone}";

/// Floor 9: where the rooms are put together; they may know everything.
const DOORS: &[&str] = &["main.rs", "lib.rs", "cli/assemble/"];

/// Who may contain `unsafe`: a room, or a file.
const UNSAFE: &[&str] = &["ring/", "memory/", "host/netns.rs", "host/privilege.rs", "host/offload.rs"];

/// Who may use `tokio`.
const TOKIO: &str = "health/";

struct Source {
    /// Below `src`.
    path: String,
    /// Without comments, string contents and test modules; lines are kept.
    code: String,
}

impl Source {
    fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// How far below the crate's root its module is: 1 for a room's own file.
    fn depth(&self) -> usize {
        let steps = self.path.split('/').count();
        if self.path.ends_with("/mod.rs") { steps - 1 } else { steps }
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let texts: BTreeMap<PathBuf, String> =
        files.into_iter().map(|path| (path.clone(), strip(&fs::read_to_string(&path).unwrap()))).collect();
    let test_files: BTreeSet<PathBuf> =
        texts.iter().flat_map(|(path, text)| test_modules(path, text)).collect();
    texts
        .into_iter()
        .filter(|(path, _)| !test_files.contains(path))
        .map(|(path, text)| Source {
            path: path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned(),
            code: without_test_modules(&text),
        })
        .collect()
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Blanks comments and the insides of strings and characters, keeping every line where it is.
fn strip(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let blank = |out: &mut String, skipped: &str| {
        out.extend(skipped.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
    };
    while let Some(c) = rest.chars().next() {
        let taken = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if c == '"' {
            string(rest)
        } else if let Some(raw) = raw_string(rest).filter(|_| !out.ends_with(is_word)) {
            raw
        } else if c == '\'' {
            character(rest)
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        blank(&mut out, &rest[..taken]);
        rest = &rest[taken..];
    }
    out
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if text[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().unwrap().len_utf8();
        }
    }
    text.len()
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// `r"…"`, `r#"…"#`, `br"…"`: how long it is.
fn raw_string(text: &str) -> Option<usize> {
    let start = text.strip_prefix('b').unwrap_or(text).strip_prefix('r')?;
    let hashes = start.len() - start.trim_start_matches('#').len();
    let body = start[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let end = body.find(&close).map_or(body.len(), |at| at + close.len());
    Some(text.len() - body.len() + end)
}

/// A character literal, or the tick of a lifetime.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => text.get(3..).and_then(|rest| rest.find('\'')).map_or(1, |at| at + 4),
        Some(_) => match chars.next() {
            Some((at, '\'')) => at + 1,
            _ => 1,
        },
        None => 1,
    }
}

/// Where each `#[cfg(test)]` item begins, and the text from its keyword on.
fn test_items(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices("#[cfg(test)]").map(|(at, attribute)| {
        let mut rest = text[at + attribute.len()..].trim_start();
        while rest.starts_with("#[") {
            rest = rest[rest.find(']').map_or(rest.len(), |at| at + 1)..].trim_start();
        }
        (at, rest)
    })
}

/// The files of `#[cfg(test)] mod name;`.
fn test_modules(path: &Path, text: &str) -> Vec<PathBuf> {
    let dir = match path.file_name().and_then(|name| name.to_str()) {
        Some("mod.rs" | "lib.rs" | "main.rs") => path.parent().unwrap().to_owned(),
        _ => path.with_extension(""),
    };
    test_items(text)
        .filter_map(|(_, item)| {
            let name = item.trim_start_matches("pub ").strip_prefix("mod ")?;
            let (name, rest) = name.split_at(name.find(|c| !is_word(c))?);
            rest.trim_start().starts_with(';').then(|| dir.join(format!("{name}.rs")))
        })
        .collect()
}

/// Blanks every `#[cfg(test)]` item: up to its `;`, or to the brace that closes it.
fn without_test_modules(text: &str) -> String {
    let mut out = text.as_bytes().to_vec();
    for (start, item) in test_items(text) {
        let offset = item.as_ptr() as usize - text.as_ptr() as usize;
        let (mut depth, mut end) = (0, text.len());
        for (at, byte) in item.bytes().enumerate() {
            match byte {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                _ => {}
            }
            if depth == 0 && matches!(byte, b'}' | b';') {
                end = offset + at + 1;
                break;
            }
        }
        for byte in &mut out[start..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    String::from_utf8(out).unwrap()
}

/// Every `crate::a::b` in the code, and every path that climbs there by `super`, braces unfolded: (line, room, what of
/// it).
fn imports(source: &Source) -> Vec<(usize, String, Option<String>)> {
    let code = &source.code;
    let mut all = Vec::new();
    let climb = "super::".repeat(source.depth());
    let by_super = code.match_indices(climb.as_str()).filter(|(at, _)| !code[..*at].ends_with("::"));
    for (at, prefix) in code.match_indices("crate::").chain(by_super) {
        if code[..at].ends_with(is_word) || code[at + prefix.len()..].starts_with("super::") {
            continue;
        }
        let line = code[..at].matches('\n').count() + 1;
        for path in unfold(&code[at + prefix.len()..]) {
            let mut steps = path.split("::");
            let room = steps.next().unwrap_or_default().to_owned();
            // From a module inside a file, as many `super` lead only to the file's parent.
            if prefix != "crate::" && TABLE.iter().all(|(name, _)| *name != room) {
                continue;
            }
            all.push((line, room, steps.next().map(str::to_owned)));
        }
    }
    all
}

/// `a::{b, c::d}` as `a::b`, `a::c::d`; stops where the path ends.
fn unfold(text: &str) -> Vec<String> {
    let end = text.find(|c: char| !is_word(c) && c != ':').unwrap_or(text.len());
    let head = text[..end].trim_end_matches("::");
    if !text[end..].starts_with('{') || !text[..end].is_empty() && !text[..end].ends_with("::") {
        return vec![head.to_owned()];
    }
    let join = |inner: &str| if head.is_empty() { inner.to_owned() } else { format!("{head}::{inner}") };
    let (mut depth, mut all, mut start) = (0, Vec::new(), end + 1);
    for (at, c) in text[end..].char_indices().map(|(at, c)| (at + end, c)) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || depth == 1 && c == ',' {
            let inner = text[start..at].trim();
            if !inner.is_empty() {
                all.extend(unfold(inner).iter().map(|inner| join(inner)));
            }
            start = at + 1;
        }
        if depth == 0 {
            break;
        }
    }
    all
}

fn is_allowed(allowed: &[&str], room: &str, part: Option<&str>) -> bool {
    allowed.iter().any(|entry| match entry.split_once("::") {
        None => *entry == room,
        Some((of, parts)) => {
            of == room
                && part.is_some_and(|part| parts.trim_matches(['{', '}']).split(',').any(|p| p == part))
        }
    })
}

fn climbs(source: &Source) -> Vec<String> {
    if DOORS.iter().any(|door| source.path.starts_with(door)) {
        return Vec::new();
    }
    let room = source.room();
    let Some((_, allowed)) = TABLE.iter().find(|(name, _)| *name == room) else {
        return vec![format!("src/{}: the room `{room}` is not in the table", source.path)];
    };
    imports(source)
        .into_iter()
        .filter(|(_, of, part)| of != room && !is_allowed(allowed, of, part.as_deref()))
        .map(|(line, of, part)| {
            let part = part.map(|part| format!("::{part}")).unwrap_or_default();
            format!("src/{}:{line}: `{room}` may not import `{of}{part}`", source.path)
        })
        .collect()
}

#[test]
fn imports_go_down() {
    let sources = sources();
    let rooms: BTreeSet<&str> = sources.iter().map(Source::room).collect();
    for (room, _) in TABLE {
        assert!(rooms.contains(room), "the table knows a room that is not there: {room}");
    }
    assert!(sources.iter().map(|source| imports(source).len()).sum::<usize>() > 100, "imports are found");
    let climbs: Vec<String> = sources.iter().flat_map(climbs).collect();
    assert!(climbs.is_empty(), "imports that climb:\n{}", climbs.join("\n"));
}

/// A room may only import rooms that stand above it in the table: no circles.
#[test]
fn the_table_has_no_circles() {
    for (place, (room, allowed)) in TABLE.iter().enumerate() {
        for entry in *allowed {
            let of = entry.split("::").next().unwrap();
            let below = TABLE[..place].iter().any(|(lower, _)| *lower == of);
            assert!(below, "{room} may import {of}, which is not below it");
        }
    }
}

fn has_word(code: &str, word: &str) -> Option<usize> {
    code.match_indices(word)
        .find(|(at, _)| !code[..*at].ends_with(is_word) && !code[at + word.len()..].starts_with(is_word))
        .map(|(at, _)| code[..at].matches('\n').count() + 1)
}

#[test]
fn unsafe_has_its_rooms_and_tokio_one() {
    for source in sources() {
        let may = UNSAFE.iter().any(|place| source.path.starts_with(place));
        if let Some(line) = has_word(&source.code, "unsafe").filter(|_| !may) {
            panic!("src/{}:{line}: unsafe belongs into src/ring and three files of src/host", source.path);
        }
        if let Some(line) = has_word(&source.code, "tokio").filter(|_| !source.path.starts_with(TOKIO)) {
            panic!("src/{}:{line}: tokio belongs into src/{TOKIO}", source.path);
        }
    }
}

/// The reader reads what it should: or nothing above would mean anything.
#[test]
fn the_reader_can_read() {
    let source =
        |path: &str, text: &str| Source { path: path.into(), code: without_test_modules(&strip(text)) };
    let bad = |path: &str, text: &str| climbs(&source(path, text));
    assert_eq!(bad("conn/x.rs", "use crate::service::Flow;\n"), [""; 0]);
    assert_eq!(
        bad("conn/x.rs", "\nuse crate::{lvs::Mac,\n sched::{self, Entry}};"),
        [
            "src/conn/x.rs:2: `conn` may not import `sched::self`",
            "src/conn/x.rs:2: `conn` may not import `sched::Entry`"
        ]
    );
    assert_eq!(
        bad("wire/x.rs", "let _ = (crate::ring::PAGE);"),
        ["src/wire/x.rs:1: `wire` may not import `ring::PAGE`"]
    );
    assert_eq!(bad("api/x.rs", "use crate::control::{command::Request, ControlError};"), [""; 0]);
    assert_eq!(
        bad("api/x.rs", "use crate::control::Keeper;"),
        ["src/api/x.rs:1: `api` may not import `control::Keeper`"]
    );
    assert_eq!(bad("api/x.rs", "use crate::control;"), ["src/api/x.rs:1: `api` may not import `control`"]);
    let climb = ["src/conn/x.rs:1: `conn` may not import `sched::find`"];
    assert_eq!(bad("conn/x.rs", "use super::super::sched::find;"), climb);
    assert_eq!(bad("conn/mod.rs", "use super::sched::{find};").len(), 1);
    assert_eq!(bad("conn/x.rs", "use super::entry::Conn;"), [""; 0]);
    assert_eq!(bad("cellar/x.rs", ""), ["src/cellar/x.rs: the room `cellar` is not in the table"]);
    for hidden in [
        "// use crate::worker::Crew;",
        "/* a /* nested */ crate::worker::Crew */",
        "const A: &str = \"crate::worker \\\" crate::worker\";",
        "const A: &str = r#\"crate::worker \" crate::worker\"#;",
        "#[cfg(test)]\nmod tests { use crate::worker::Crew; fn f() {} }",
        "#[cfg(test)]\n#[allow(clippy::unwrap_used, reason = \"tests\")]\nmod tests { use crate::worker::Crew; }",
    ] {
        assert_eq!(bad("wire/x.rs", hidden), [""; 0], "{hidden}");
    }
    let after = "fn f<'a>(c: char) -> bool { c == '\"' || c == '\\'' }\n#[cfg(test)]\nmod tests { }\nuse crate::worker::Crew;";
    assert_eq!(bad("wire/x.rs", after), ["src/wire/x.rs:4: `wire` may not import `worker::Crew`"]);
    assert_eq!(has_word("#![allow(unsafe_code)]\nunsafe { }", "unsafe"), Some(2));
    let modules =
        test_modules(Path::new("src/conn/mod.rs"), "#[cfg(test)]\n#[allow(x)]\nmod tests;\nmod wheel;");
    assert_eq!(modules, [PathBuf::from("src/conn/tests.rs")]);
}
