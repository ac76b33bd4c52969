use std::fs::OpenOptions;
use std::io::{self, Read};
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The longest configuration that is read: 16 MiB.
pub const MAX_SOURCE_LEN: usize = 16 << 20;

/// A configuration text with its name and its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    name: String,
    text: String,
    /// Byte offset at which each line begins: four bytes each, for a file may be nothing but line ends.
    lines: Vec<u32>,
    /// The first bytes that were no UTF-8: they are replaced.
    foreign: Option<usize>,
    /// A byte order mark stood before it.
    was_marked: bool,
}

/// The longest excerpt of a line, in bytes.
const MAX_EXCERPT: usize = 240;

/// Why a file cannot be a configuration.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The system refused.
    #[error("{name}: cannot {operation}: {error}")]
    Io {
        /// The file.
        name: String,
        /// `open`, `read`, …
        operation: &'static str,
        /// The system's answer.
        error: io::Error,
    },
    /// A directory, a device, a pipe.
    #[error("{name}: not a regular file")]
    NotRegular {
        /// The file.
        name: String,
    },
    /// More than [`MAX_SOURCE_LEN`] bytes.
    #[error("{name}: longer than 16 MiB")]
    TooLong {
        /// The file.
        name: String,
    },
    /// A NUL byte: no text.
    #[error("{name}:{line}: a NUL byte; this is no text")]
    NotText {
        /// The file.
        name: String,
        /// Its line, from 1.
        line: usize,
    },
    /// Two bytes for each character.
    #[error("{name}: this is UTF-16: save it as UTF-8")]
    Utf16 {
        /// The file.
        name: String,
    },
    /// Carriage returns and no line feed: the whole would be one line.
    #[error("{name}: its lines end in CR alone: save it with line feeds")]
    OldLineEnds {
        /// The file.
        name: String,
    },
}

/// What some editors put before UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

impl Source {
    /// Reads a regular file.
    ///
    /// # Errors
    /// [`SourceError`]; never blocks on a pipe, never reads more than [`MAX_SOURCE_LEN`] bytes.
    pub fn load(path: &Path) -> Result<Self, SourceError> {
        let name = path.display().to_string();
        let io = |operation| {
            let name = name.clone();
            move |error| SourceError::Io { name, operation, error }
        };
        let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path);
        let file = match file {
            // What sockets, and devices without a driver, answer.
            Err(error) if error.raw_os_error() == Some(libc::ENXIO) => {
                return Err(SourceError::NotRegular { name });
            }
            file => file.map_err(io("open"))?,
        };
        if !file.metadata().map_err(io("examine"))?.is_file() {
            return Err(SourceError::NotRegular { name });
        }
        let mut bytes = Vec::new();
        let limit = MAX_SOURCE_LEN as u64 + 1;
        file.take(limit).read_to_end(&mut bytes).map_err(io("read"))?;
        if bytes.len() > MAX_SOURCE_LEN {
            return Err(SourceError::TooLong { name });
        }
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            return Err(SourceError::Utf16 { name });
        }
        if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
            let line = 1 + bytes.iter().take(at).filter(|byte| **byte == b'\n').count();
            return Err(SourceError::NotText { name, line });
        }
        if bytes.contains(&b'\r') && !bytes.contains(&b'\n') {
            return Err(SourceError::OldLineEnds { name });
        }
        let was_marked = bytes.starts_with(MARK);
        if was_marked {
            bytes.drain(..MARK.len());
        }
        // Old files have comments in old encodings; what matters is ASCII in all of them.
        Ok(match String::from_utf8(bytes) {
            Ok(text) => Self { was_marked, ..Self::from_text(name, text) },
            Err(error) => {
                let foreign = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                Self { foreign: Some(foreign), was_marked, ..Self::from_text(name, text) }
            }
        })
    }

    /// A text that is no file (tests, standard input).
    pub fn from_text(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let ends = || text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let mut lines = Vec::with_capacity(1 + ends().count());
        lines.push(0);
        // Nothing that is read is longer than `MAX_SOURCE_LEN`.
        lines.extend(ends().map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX)));
        Self { name: name.into(), text, lines, foreign: None, was_marked: false }
    }

    /// The name that messages give it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the first bytes are that were no UTF-8; each such sequence is U+FFFD in the text.
    pub const fn foreign(&self) -> Option<usize> {
        self.foreign
    }

    /// Did a byte order mark stand before the text? It is no part of it.
    pub const fn was_marked(&self) -> bool {
        self.was_marked
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The lines, each with the byte offset of its beginning; without line ends.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let starts = self.lines.iter().map(|start| *start as usize);
        starts.zip(self.text.lines())
    }

    /// Line and column of a byte, both from 1; the column counts characters. Past the end: the end.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.lines.partition_point(|start| *start as usize <= offset).max(1);
        let start = self.offset_of_line(line);
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count());
        (line, column + 1)
    }

    /// The byte offset at which a line (from 1) begins; past the end: that of the last.
    pub fn offset_of_line(&self, line: usize) -> usize {
        self.lines.get(line.saturating_sub(1)).or(self.lines.last()).map_or(0, |start| *start as usize)
    }

    /// The span of the whole line (without its end) that this byte is in.
    pub fn line_at(&self, offset: usize) -> Range<usize> {
        let (line, _) = self.position(offset);
        let start = self.offset_of_line(line);
        let len = self.text.get(start..).and_then(|rest| rest.lines().next()).map_or(0, str::len);
        start..start + len
    }
}

impl Source {
    /// The line that a span begins in, and the span within it: of a long line the part around the span.
    pub(super) fn excerpt(&self, span: Range<usize>) -> (String, Range<usize>) {
        let line = self.line_at(span.start);
        let start = span.start.clamp(line.start, line.end);
        // A span may go on over further lines; the caret shows its part of the first.
        let end = span.end.clamp(start, line.end).min(start + MAX_EXCERPT / 2);
        let (mut from, mut to) = (line.start, line.end);
        if line.len() > MAX_EXCERPT {
            from = start.saturating_sub(MAX_EXCERPT / 2).max(line.start);
            to = (from + MAX_EXCERPT).min(line.end);
        }
        let down = |mut at: usize| {
            while !self.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let (from, to, start, end) = (down(from), down(to), down(start), down(end));
        (self.text.get(from..to).unwrap_or("").to_owned(), start - from..end.max(start) - from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let source = Source::from_text("f", "ab\ncäd\n\nx");
        assert_eq!(source.position(0), (1, 1));
        assert_eq!(source.position(2), (1, 3), "the line end belongs to its line");
        assert_eq!(source.position(6), (2, 3), "ä is one column");
        assert_eq!(source.position(5), (2, 2), "inside ä");
        assert_eq!(source.position(8), (3, 1));
        assert_eq!(source.position(99), (4, 2));
        assert_eq!(source.line_at(4), 3..7);
        assert_eq!(source.lines().collect::<Vec<_>>(), [(0, "ab"), (3, "cäd"), (8, ""), (9, "x")]);
    }

    #[test]
    fn excerpts_are_short() {
        let source = Source::from_text("f", format!("a\n{}x{}\n", "é".repeat(500), "b".repeat(500)));
        let (text, caret) = source.excerpt(1002..1003);
        assert!(text.len() <= MAX_EXCERPT + 1, "{}", text.len());
        assert_eq!(text.get(caret), Some("x"));
        let (text, caret) = source.excerpt(0..5000);
        assert_eq!((text.as_str(), caret), ("a", 0..1));
        let (_, caret) = source.excerpt(9999..99999);
        assert_eq!(caret, 0..0);
    }

    #[test]
    fn only_regular_texts_of_bounded_length() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        assert!(matches!(Source::load(&path), Err(SourceError::Io { operation: "open", .. })));
        assert!(matches!(Source::load(folder.path()), Err(SourceError::NotRegular { .. })));
        assert!(matches!(Source::load(Path::new("/dev/zero")), Err(SourceError::NotRegular { .. })));
        std::fs::write(&path, b"a\nb\xff\n").unwrap();
        let foreign = Source::load(&path).unwrap();
        assert_eq!((foreign.text(), foreign.foreign()), ("a\nb\u{fffd}\n", Some(3)));
        std::fs::write(&path, b"a\n\n\0").unwrap();
        assert!(matches!(Source::load(&path), Err(SourceError::NotText { line: 3, .. })));
        std::fs::write(&path, b"\xff\xfea\0\n\0").unwrap();
        assert!(matches!(Source::load(&path), Err(SourceError::Utf16 { .. })));
        std::fs::write(&path, b"a\rb\r").unwrap();
        assert!(matches!(Source::load(&path), Err(SourceError::OldLineEnds { .. })));
        std::fs::write(&path, b"\xef\xbb\xbfa\r\n").unwrap();
        let marked = Source::load(&path).unwrap();
        assert_eq!((marked.text(), marked.was_marked()), ("a\r\n", true));
        std::fs::write(&path, vec![b'#'; MAX_SOURCE_LEN + 1]).unwrap();
        assert!(matches!(Source::load(&path), Err(SourceError::TooLong { .. })));
        std::fs::write(&path, b"fine\n").unwrap();
        assert_eq!(Source::load(&path).unwrap().text(), "fine\n");
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert!(matches!(Source::load(&socket), Err(SourceError::NotRegular { .. })));
        let fifo = folder.path().join("fifo");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &fifo,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        assert!(matches!(Source::load(&fifo), Err(SourceError::NotRegular { .. })), "must not block");
    }
}
