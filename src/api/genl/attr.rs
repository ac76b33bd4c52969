//! Netlink messages and attributes as bytes (`netlink(7)`, RFC 3549 §2.2): numbers in host byte order, everything padded
//! to four bytes.

/// Bytes of a message's header: length, type, flags, sequence number, port.
pub(super) const HEADER_LEN: usize = 16;
/// Bytes of a generic message's own header: command, version, two reserved.
pub(super) const GENERIC_LEN: usize = 4;
/// The upper two bits of an attribute's type say how it is to be read; the rest is its number.
const TYPE_MASK: u16 = 0x3fff;
/// This attribute holds attributes. Clients may say so; the kernel's IPVS does not.
#[cfg(test)]
pub(super) const NESTED: u16 = 0x8000;

/// A message's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Family, or one of netlink's own types.
    pub kind: u16,
    /// `NLM_F_…`.
    pub flags: u16,
    /// The client's number for it.
    pub sequence: u32,
    /// The client's port.
    pub port: u32,
}

/// Reads the header that the bytes begin with, and the length in bytes that it gives its message.
pub(super) fn header(bytes: &[u8]) -> Option<(Header, usize)> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (kind, rest) = rest.split_first_chunk::<2>()?;
    let (flags, rest) = rest.split_first_chunk::<2>()?;
    let (sequence, rest) = rest.split_first_chunk::<4>()?;
    let (port, _) = rest.split_first_chunk::<4>()?;
    let header = Header {
        kind: u16::from_ne_bytes(*kind),
        flags: u16::from_ne_bytes(*flags),
        sequence: u32::from_ne_bytes(*sequence),
        port: u32::from_ne_bytes(*port),
    };
    Some((header, usize::try_from(u32::from_ne_bytes(*length)).unwrap_or(usize::MAX)))
}

/// The next multiple of four.
pub(super) const fn aligned(len: usize) -> usize {
    len.saturating_add(3) & !3
}

/// The attributes of a message or of a nested attribute. The last of several with one number counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attributes<'m> {
    bytes: &'m [u8],
}

impl<'m> Attributes<'m> {
    /// Takes the bytes apart. What is too short for an attribute at the end is left over, as it is by the kernel.
    pub(super) const fn new(bytes: &'m [u8]) -> Self {
        Self { bytes }
    }

    /// The value with this number, however long.
    pub(super) fn find(self, number: u16) -> Option<&'m [u8]> {
        let mut rest = self.bytes;
        let mut found = None;
        while let Some((length, kind, after)) = attribute_header(rest) {
            // A length that is less than its own header's, or more than there is, ends it.
            let Some(value_len) = usize::from(length).checked_sub(4) else { break };
            let Some(value) = after.get(..value_len) else { break };
            if kind & TYPE_MASK == number {
                found = Some(value);
            }
            rest = rest.get(aligned(usize::from(length))..).unwrap_or(&[]);
        }
        found
    }

    /// The attributes within the one with this number.
    pub(super) fn nested(self, number: u16) -> Option<Self> {
        self.find(number).map(Self::new)
    }

    /// The first bytes of the value with this number: `Ok(None)` if it is not there.
    ///
    /// # Errors
    /// [`TooShort`].
    pub(super) fn array<const N: usize>(self, number: u16) -> Result<Option<[u8; N]>, TooShort> {
        match self.find(number) {
            None => Ok(None),
            Some(value) => value.first_chunk::<N>().copied().map(Some).ok_or(TooShort),
        }
    }

    /// A number of 32 bits.
    ///
    /// # Errors
    /// [`TooShort`].
    pub(super) fn u32(self, number: u16) -> Result<Option<u32>, TooShort> {
        Ok(self.array(number)?.map(u32::from_ne_bytes))
    }

    /// A number of 16 bits.
    ///
    /// # Errors
    /// [`TooShort`].
    pub(super) fn u16(self, number: u16) -> Result<Option<u16>, TooShort> {
        Ok(self.array(number)?.map(u16::from_ne_bytes))
    }

    /// A number of 16 bits in network byte order.
    ///
    /// # Errors
    /// [`TooShort`].
    pub(super) fn be16(self, number: u16) -> Result<Option<u16>, TooShort> {
        Ok(self.array(number)?.map(u16::from_be_bytes))
    }

    /// A number of 8 bits.
    ///
    /// # Errors
    /// [`TooShort`].
    pub(super) fn u8(self, number: u16) -> Result<Option<u8>, TooShort> {
        Ok(self.array::<1>(number)?.map(|[byte]| byte))
    }

    /// A text, up to its end or to its first zero byte. Bytes that are no UTF-8 make no name that we know.
    pub(super) fn text(self, number: u16) -> Option<String> {
        let value = self.find(number)?;
        let text = value.split(|byte| *byte == 0).next().unwrap_or(&[]);
        Some(String::from_utf8_lossy(text).into_owned())
    }
}

/// A value is shorter than its number needs (ERANGE).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooShort;

fn attribute_header(bytes: &[u8]) -> Option<(u16, u16, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    let (kind, after) = rest.split_first_chunk::<2>()?;
    Some((u16::from_ne_bytes(*length), u16::from_ne_bytes(*kind), after))
}

/// A message in the making.
#[derive(Debug)]
pub(super) struct Message {
    bytes: Vec<u8>,
}

impl Message {
    /// Begins a message with this header.
    pub(super) fn new(header: Header) -> Self {
        let mut bytes = vec![0; 4];
        bytes.extend(header.kind.to_ne_bytes());
        bytes.extend(header.flags.to_ne_bytes());
        bytes.extend(header.sequence.to_ne_bytes());
        bytes.extend(header.port.to_ne_bytes());
        Self { bytes }
    }

    /// Begins a message of a generic family.
    pub(super) fn generic(header: Header, command: u8, version: u8) -> Self {
        let mut message = Self::new(header);
        message.bytes.extend([command, version, 0, 0]);
        message
    }

    /// Appends bytes as they are.
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    /// Appends an attribute. A value of more than 65531 bytes does not fit into one and is cut.
    pub(super) fn put(&mut self, number: u16, value: &[u8]) {
        let value = value.get(..usize::from(u16::MAX) - 4).unwrap_or(value);
        let length = u16::try_from(value.len() + 4).unwrap_or(u16::MAX);
        self.bytes.extend(length.to_ne_bytes());
        self.bytes.extend(number.to_ne_bytes());
        self.bytes.extend(value);
        self.bytes.resize(aligned(self.bytes.len()), 0);
    }

    /// Appends a text with its final zero byte.
    pub(super) fn put_text(&mut self, number: u16, text: &str) {
        let mut value = text.as_bytes().to_vec();
        value.push(0);
        self.put(number, &value);
    }

    /// Appends an attribute that holds what `fill` appends.
    pub(super) fn nest(&mut self, number: u16, fill: impl FnOnce(&mut Self)) {
        let start = self.bytes.len();
        self.put(number, &[]);
        fill(self);
        let length = u16::try_from(self.bytes.len() - start).unwrap_or(u16::MAX);
        if let Some(place) = self.bytes.get_mut(start..start + 2) {
            place.copy_from_slice(&length.to_ne_bytes());
        }
    }

    /// The message with its length in place.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let length = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        if let Some(place) = self.bytes.get_mut(..4) {
            place.copy_from_slice(&length.to_ne_bytes());
        }
        self.bytes.resize(aligned(self.bytes.len()), 0);
        self.bytes
    }
}
