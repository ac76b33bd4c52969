//! SIP's Call-ID (RFC 3261 §20.8): the persistence engine `sip` sends all datagrams of one call to one real server.
//!
//! As the kernel reads it: the first line is not looked at; then `Call-ID` or its short form `i`, in small letters or
//! capitals, at the start of a line, white space and folded lines around the colon or none; and a `word` or `word@word`
//! up to the line's end. Only the first such line counts, and a line that has no end is none. The body is read as the
//! headers are.

/// Reads the Call-ID of a datagram: 1 to 255 bytes. `None`: it has none, or one that IPVS does not take.
pub fn call_id(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text;
    loop {
        rest = next_line(rest)?;
        let name = [b"call-id".as_slice(), b"i"].into_iter().find_map(|name| after_name(rest, name));
        if let Some(value) = name {
            return whole_id(skip_space(value));
        }
    }
}

/// Most bytes of a Call-ID (IPVS: IP_VS_PEDATA_MAXLEN).
const MAX_LEN: usize = 255;

/// What follows the next line's end.
fn next_line(text: &[u8]) -> Option<&[u8]> {
    let end = text.iter().position(|byte| is_end(*byte))?;
    let rest = text.get(end + 1..)?;
    // CR LF is one end, and so is either alone.
    Some(if text.get(end) == Some(&b'\r') { rest.strip_prefix(b"\n").unwrap_or(rest) } else { rest })
}

const fn is_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// What follows a header's name, white space and the colon.
fn after_name<'t>(line: &'t [u8], name: &[u8]) -> Option<&'t [u8]> {
    let start = line.get(..name.len()).filter(|start| start.eq_ignore_ascii_case(name))?;
    skip_space(line.get(start.len()..)?).strip_prefix(b":")
}

/// Blanks and tabs, and line ends before a line that begins with one of them.
fn skip_space(text: &[u8]) -> &[u8] {
    let rest = skip_blanks(text);
    match rest.first() {
        Some(byte) if is_end(*byte) => match next_line(rest) {
            Some(folded) if matches!(folded.first(), Some(b' ' | b'\t')) => skip_blanks(folded),
            _ => rest,
        },
        _ => rest,
    }
}

fn skip_blanks(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|byte| !matches!(byte, b' ' | b'\t')).unwrap_or(text.len());
    text.get(start..).unwrap_or_default()
}

/// `word` or `word@word`, up to the line's end.
fn whole_id(text: &[u8]) -> Option<&[u8]> {
    let id = text.get(..text.iter().position(|byte| is_end(*byte))?)?;
    let mut words = id.split(|byte| *byte == b'@');
    let is_word = |word: &[u8]| !word.is_empty() && word.iter().copied().all(is_word_byte);
    let is_id =
        words.next().is_some_and(is_word) && words.next().is_none_or(is_word) && words.next().is_none();
    (is_id && id.len() <= MAX_LEN).then_some(id)
}

/// RFC 3261 §25.1, `word`.
const fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.'
                | b'!'
                | b'%'
                | b'*'
                | b'_'
                | b'+'
                | b'`'
                | b'\''
                | b'~'
                | b'('
                | b')'
                | b'<'
                | b'>'
                | b':'
                | b'\\'
                | b'"'
                | b'/'
                | b'['
                | b']'
                | b'?'
                | b'{'
                | b'}'
        )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As the kernel answered: see tests/conformance/persistence/sip.t.
    #[test]
    fn as_the_kernel_reads_it() {
        let read = |text: &str| call_id(text.as_bytes()).map(|id| String::from_utf8(id.to_vec()).unwrap());
        let head = "INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\n";
        for text in [
            "Call-ID: one\r\n",
            "i: one\r\n",
            "I:one\r\n",
            "call-id: one\r\nCall-ID: two\r\n",
            "Call-ID \t: \t one\r\n",
            "Call-ID:\r\n one\r\n",
            "Call-ID\r\n : one\r\n",
            "Call-ID: one\n",
            "Call-ID: one\r",
            "CSeq: 1\r\n\r\nCall-ID: one\r\n",
        ] {
            assert_eq!(read(&format!("{head}{text}")).as_deref(), Some("one"), "{text:?}");
        }
        assert_eq!(read("\r\nCall-ID: one\r\n").as_deref(), Some("one"));
        assert_eq!(read("x\r\nCall-ID: a.b@[::1]\r\n").as_deref(), Some("a.b@[::1]"));
        for text in [
            "",
            "CSeq: 1\r\n",
            "Call-ID: one",
            "Call-ID:\r\n",
            "Call-ID: \r\n",
            "Call-ID: one \r\n",
            "Call-ID: a b\r\nCall-ID: two\r\n",
            "Call-ID: a;b\r\n",
            "Call-ID: a@b@c\r\n",
            "Call-ID: @b\r\n",
            "Call-ID: a@\r\n",
            "Call-IDs: one\r\n",
            "X-Call-ID: one\r\n",
            "Subject: a\r\n Call-ID: one\r\n",
            "Call-ID:\r\n\r\n one\r\n",
        ] {
            assert_eq!(read(&format!("{head}{text}")), None, "{text:?}");
        }
        assert_eq!(read("Call-ID: one\r\n\r\n"), None, "the first line");
        assert_eq!(read(&format!("x\nI:{}\n", "y".repeat(255))).unwrap().len(), 255);
        assert_eq!(read(&format!("x\nI:{}\n", "y".repeat(256))), None);
    }

    proptest! {
        #[test]
        fn hostile_texts(text in "[-iI:Cald@ \t\r\nx]{0,80}", noise: Vec<u8>) {
            let _ = call_id(&noise);
            if let Some(id) = call_id(text.as_bytes()) {
                prop_assert!((1..=MAX_LEN).contains(&id.len()) && !id.contains(&b'\n'));
            }
        }
    }
}
