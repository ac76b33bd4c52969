//! Netlink messages as bytes: a header, a fixed body, attributes (possibly nested), each padded to four bytes.
//!
//! One small codec for rtnetlink and nf_tables. Unknown attributes and longer bodies of newer kernels are passed over,
//! so that one of them never costs us a whole message.

/// Length of `struct nlmsghdr`.
pub const HEADER_LEN: usize = 16;
/// Marks an attribute that holds attributes.
const NESTED: u16 = 0x8000;
/// The bits of an attribute's kind that are its number.
const KIND_MASK: u16 = 0x3fff;

/// A message under construction. Lengths are kept right after every step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    bytes: Vec<u8>,
}

impl Message {
    /// An empty message of this kind (`RTM_…`); `NLM_F_REQUEST` is always added to `flags`.
    pub fn new(kind: u16, flags: u16) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "1")]
        let flags = flags | libc::NLM_F_REQUEST as u16;
        let mut bytes = vec![0; HEADER_LEN];
        bytes[4..6].copy_from_slice(&kind.to_ne_bytes());
        bytes[6..8].copy_from_slice(&flags.to_ne_bytes());
        Self { bytes }.finished()
    }

    /// Appends the fixed part (`struct ifinfomsg` and the like).
    #[must_use]
    pub fn body(mut self, body: &[u8]) -> Self {
        self.bytes.extend_from_slice(body);
        self.finished()
    }

    /// Appends an attribute. Data longer than 65,531 bytes would not fit its length field and is the caller's error;
    /// such an attribute is cut.
    #[must_use]
    pub fn attribute(mut self, kind: u16, data: &[u8]) -> Self {
        let data = &data[..data.len().min(usize::from(u16::MAX) - 4)];
        #[expect(clippy::cast_possible_truncation, reason = "cut to fit just above")]
        let len = data.len() as u16 + 4;
        self.bytes.extend_from_slice(&len.to_ne_bytes());
        self.bytes.extend_from_slice(&kind.to_ne_bytes());
        self.bytes.extend_from_slice(data);
        self.finished()
    }

    /// Appends a 32-bit attribute in host byte order (rtnetlink).
    #[must_use]
    pub fn number(self, kind: u16, value: u32) -> Self {
        self.attribute(kind, &value.to_ne_bytes())
    }

    /// Appends a 32-bit attribute in network byte order (nf_tables).
    #[must_use]
    pub fn number_be(self, kind: u16, value: u32) -> Self {
        self.attribute(kind, &value.to_be_bytes())
    }

    /// Appends a zero-terminated text.
    #[must_use]
    pub fn text(self, kind: u16, text: &str) -> Self {
        let mut data = Vec::with_capacity(text.len() + 1);
        data.extend_from_slice(text.as_bytes());
        data.push(0);
        self.attribute(kind, &data)
    }

    /// Appends an attribute that holds what `fill` appends.
    #[must_use]
    pub fn nest(mut self, kind: u16, fill: impl FnOnce(Self) -> Self) -> Self {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(&[0; 4]);
        let mut filled = fill(self);
        let len = u16::try_from(filled.bytes.len() - at).unwrap_or(u16::MAX);
        filled.bytes[at..at + 2].copy_from_slice(&len.to_ne_bytes());
        filled.bytes[at + 2..at + 4].copy_from_slice(&(kind | NESTED).to_ne_bytes());
        filled.finished()
    }

    /// The message so far.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Adds flags to those that the message has.
    #[must_use]
    pub fn flagged(mut self, flags: u16) -> Self {
        let now = u16::from_ne_bytes([self.bytes[6], self.bytes[7]]);
        self.bytes[6..8].copy_from_slice(&(now | flags).to_ne_bytes());
        self
    }

    /// Stamps the sequence number by which the answer is known.
    #[must_use]
    pub fn numbered(mut self, sequence: u32) -> Self {
        self.bytes[8..12].copy_from_slice(&sequence.to_ne_bytes());
        self
    }

    /// Pads and writes the total length.
    fn finished(mut self) -> Self {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        let len = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        self.bytes[..4].copy_from_slice(&len.to_ne_bytes());
        self
    }
}

/// A message that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// `RTM_…` or `NLMSG_…`.
    pub kind: u16,
    /// `NLM_F_…`.
    pub flags: u16,
    /// The request that it answers; 0 for a notification.
    pub sequence: u32,
    /// Everything behind the header.
    pub body: Vec<u8>,
}

impl Received {
    /// The fixed part, if the message is long enough to have it.
    pub fn fixed<const LEN: usize>(&self) -> Option<[u8; LEN]> {
        self.body.first_chunk().copied()
    }

    /// The attributes behind a fixed part of `fixed` bytes.
    pub fn attributes(&self, fixed: usize) -> Attributes<'_> {
        Attributes(self.body.get(fixed.next_multiple_of(4)..).unwrap_or_default())
    }
}

/// Splits a datagram into its messages. What is truncated or inconsistent ends the list.
pub fn split(mut datagram: &[u8]) -> Vec<Received> {
    let mut messages = Vec::new();
    while let Some(header) = datagram.first_chunk::<HEADER_LEN>() {
        let len = u32::from_ne_bytes([header[0], header[1], header[2], header[3]]) as usize;
        let Some(body) = datagram.get(HEADER_LEN..len) else { break };
        messages.push(Received {
            kind: u16::from_ne_bytes([header[4], header[5]]),
            flags: u16::from_ne_bytes([header[6], header[7]]),
            sequence: u32::from_ne_bytes([header[8], header[9], header[10], header[11]]),
            body: body.to_vec(),
        });
        datagram = datagram.get(len.next_multiple_of(4)..).unwrap_or_default();
    }
    messages
}

/// Attributes one after the other: (kind, data). What is truncated or inconsistent ends the list.
#[derive(Clone, Debug)]
pub struct Attributes<'a>(pub &'a [u8]);

impl<'a> Attributes<'a> {
    /// The data of the first attribute of this kind.
    pub fn get(&self, kind: u16) -> Option<&'a [u8]> {
        self.clone().find(|&(is, _)| is == kind).map(|(_, data)| data)
    }

    /// The attributes inside the first attribute of this kind; none if there is no such attribute.
    pub fn nested(&self, kind: u16) -> Attributes<'a> {
        Attributes(self.get(kind).unwrap_or_default())
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let header = self.0.first_chunk::<4>()?;
        let len = usize::from(u16::from_ne_bytes([header[0], header[1]]));
        let kind = u16::from_ne_bytes([header[2], header[3]]) & KIND_MASK;
        let data = self.0.get(4..len)?;
        self.0 = self.0.get(len.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, data))
    }
}

/// A 32-bit number in host byte order (rtnetlink).
pub fn number(data: &[u8]) -> Option<u32> {
    data.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes))
}

/// A 32-bit number in network byte order (nf_tables).
pub fn number_be(data: &[u8]) -> Option<u32> {
    data.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

/// A zero-terminated text; bytes that are not UTF-8 are replaced.
pub fn text(data: &[u8]) -> String {
    let end = data.iter().position(|&byte| byte == 0).unwrap_or(data.len());
    String::from_utf8_lossy(&data[..end]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_padding_are_kept() {
        let message =
            Message::new(16, 0x400).body(&[1, 2, 3, 4]).text(3, "eth0").nest(18, |m| m.number(1, 7));
        let bytes = message.numbered(9);
        let split = split(bytes.as_bytes());
        assert_eq!(split.len(), 1);
        assert_eq!((split[0].kind, split[0].flags, split[0].sequence), (16, 0x401, 9));
        assert_eq!(split[0].fixed::<4>(), Some([1, 2, 3, 4]));
        let attributes = split[0].attributes(4);
        assert_eq!(attributes.get(3).map(text).as_deref(), Some("eth0"));
        assert_eq!(attributes.nested(18).get(1).and_then(number), Some(7));
        assert_eq!(bytes.as_bytes().len() % 4, 0);
    }

    #[test]
    fn truncated_input_ends_the_list() {
        let whole = Message::new(16, 0).number(1, 2).number(2, 3);
        for cut in 0..whole.as_bytes().len() {
            assert!(split(&whole.as_bytes()[..cut]).is_empty(), "{cut} bytes");
        }
        assert_eq!(Attributes(&[3, 0, 1, 0, 9]).count(), 0, "shorter than its own header");
        assert_eq!(Attributes(&[12, 0, 1, 0, 9, 9, 9, 9]).count(), 0, "longer than what is there");
        assert_eq!(Attributes(&[]).nested(4).count(), 0);
    }
}
