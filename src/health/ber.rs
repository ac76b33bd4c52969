//! The part of ASN.1's Basic Encoding Rules that LDAP and keys need: definite lengths, tags of one byte.

/// Tags that are used here.
pub(super) mod tag {
    pub const INTEGER: u8 = 0x02;
    pub const OCTET_STRING: u8 = 0x04;
    pub const ENUMERATED: u8 = 0x0a;
    pub const BOOLEAN: u8 = 0x01;
    pub const SEQUENCE: u8 = 0x30;
}

/// One element: tag, length, content.
pub(super) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(len @ 0..0x80) => out.push(len),
        _ => {
            let len = content.len().to_be_bytes();
            let skipped = len.iter().take_while(|byte| **byte == 0).count();
            out.push(0x80 | (len.len() - skipped) as u8);
            out.extend_from_slice(&len[skipped..]);
        }
    }
    out.extend_from_slice(content);
    out
}

/// An integer that is not negative, or an enumerated value.
pub(super) fn number(tag: u8, value: u32) -> Vec<u8> {
    let bytes = [&[0][..], &value.to_be_bytes()].concat();
    // The first byte must not make it negative, and must be needed for that.
    let skipped = bytes.windows(2).take_while(|pair| pair[0] == 0 && pair[1] < 0x80).count();
    element(tag, &bytes[skipped..])
}

/// The header of an element: its tag, and where its content begins and ends. `Ok(None)`: more bytes are needed to tell.
///
/// # Errors
/// It is none of the forms that are read here, or longer than 4 GiB.
pub(super) fn header(bytes: &[u8]) -> Result<Option<(u8, usize, usize)>, &'static str> {
    let [tag, first, rest @ ..] = bytes else { return Ok(None) };
    if tag & 0x1f == 0x1f {
        return Err("a tag of several bytes");
    }
    let count = usize::from(first & 0x7f);
    match *first {
        0..0x80 => Ok(Some((*tag, 2, 2 + count))),
        0x80 => Err("a length without an end"),
        _ if count > 4 => Err("a length of more than 4 bytes"),
        _ => Ok(rest.get(..count).map(|len| {
            let len = len.iter().fold(0usize, |len, byte| len << 8 | usize::from(*byte));
            (*tag, 2 + count, (2 + count).saturating_add(len))
        })),
    }
}

/// Elements one after the other.
pub(super) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// The next element's tag and content.
    pub(super) fn any(&mut self) -> Result<(u8, &'a [u8]), &'static str> {
        const CUT: &str = "an element is cut off";
        let (tag, begin, end) = header(self.0)?.ok_or(CUT)?;
        let content = self.0.get(begin..end).ok_or(CUT)?;
        self.0 = &self.0[end..];
        Ok((tag, content))
    }

    /// The content of the next element, which has this tag.
    pub(super) fn one(&mut self, wanted: u8) -> Result<&'a [u8], &'static str> {
        match self.any()? {
            (tag, content) if tag == wanted => Ok(content),
            _ => Err("an element of another kind"),
        }
    }

    /// The next element: an integer or enumerated value from 0 to 2^31 - 1.
    pub(super) fn number(&mut self, tag: u8) -> Result<u32, &'static str> {
        let content = self.one(tag)?;
        if content.is_empty() || content.len() > 4 || content[0] >= 0x80 {
            return Err("a number that is not from 0 to 2^31 - 1");
        }
        Ok(content.iter().fold(0, |value, byte| value << 8 | u32::from(*byte)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn written_as_the_rules_say() {
        assert_eq!(number(tag::INTEGER, 0), [2, 1, 0]);
        assert_eq!(number(tag::INTEGER, 127), [2, 1, 127]);
        assert_eq!(number(tag::INTEGER, 128), [2, 2, 0, 128]);
        assert_eq!(number(tag::ENUMERATED, 0x7fff_ffff), [10, 4, 0x7f, 0xff, 0xff, 0xff]);
        assert_eq!(number(tag::INTEGER, u32::MAX), [2, 5, 0, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(element(4, &[7; 127])[..3], [4, 127, 7]);
        assert_eq!(element(4, &[7; 128])[..4], [4, 0x81, 128, 7]);
        assert_eq!(element(4, &[7; 256])[..5], [4, 0x82, 1, 0, 7]);
    }

    #[test]
    fn what_is_not_read_is_refused() {
        assert_eq!(header(&[0x30]), Ok(None));
        assert_eq!(header(&[0x30, 0x82, 1]), Ok(None));
        assert_eq!(header(&[0x30, 0x82, 1, 2]), Ok(Some((0x30, 4, 4 + 258))));
        assert!(header(&[0x30, 0x80, 0]).is_err());
        assert!(header(&[0x30, 0x85, 0, 0, 0, 0, 1]).is_err());
        assert!(header(&[0x1f, 0x81, 1]).is_err());
        assert_eq!(Reader(&[4, 3, 1, 2]).any(), Err("an element is cut off"));
        assert!(Reader(&[2, 0]).number(2).is_err());
        assert!(Reader(&[2, 1, 0x80]).number(2).is_err());
        assert!(Reader(&[2, 5, 0, 1, 1, 1, 1]).number(2).is_err());
        assert!(Reader(&[4, 1, 1]).number(2).is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in 0u32..1 << 31, content in prop::collection::vec(any::<u8>(), 0..300)) {
            let bytes = [number(tag::INTEGER, value), element(tag::OCTET_STRING, &content)].concat();
            let mut reader = Reader(&bytes);
            prop_assert_eq!(reader.number(tag::INTEGER), Ok(value));
            prop_assert_eq!(reader.one(tag::OCTET_STRING), Ok(&content[..]));
            prop_assert!(reader.0.is_empty());
        }

        #[test]
        fn garbage_is_refused_or_shrinks(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut reader = Reader(&bytes);
            let mut left = bytes.len();
            while reader.any().is_ok() {
                prop_assert!(reader.0.len() + 2 <= left);
                left = reader.0.len();
            }
        }
    }
}
