//! What a helper changes in a TCP segment besides addresses and ports: a few words of its text, and, where the text has
//! become longer or shorter, the numbers of the sequence ever after.
//!
//! ```text
//! in the ring   | Ethernet | IP | TCP | 227 Entering Passive Mode (10,9,0,11,19,137).  |
//! out    head   | Ethernet | IP |
//!        body        | TCP | 227 Entering Passive Mode (10,9,0,100,19,137). |
//! ```
//!
//! The frame has no room behind it, but before it: the IP header leaves as a copy, and what stands between its place and
//! the words moves up by as many bytes as they grow. An IP header has 20 bytes, and no words grow by more than twelve.

use super::Packet;
use crate::conn::SequenceShift;
use crate::lvs::Family;
use crate::wire::checksum::{Change, Sum};
use crate::wire::ip::{self, IpHead};
use crate::wire::transport::ChecksumState;

/// Longest words that are put in.
const MAX_WORDS: usize = 23;

/// Longest IP header, with IPv6 extensions, of a packet whose text can be changed.
const MAX_HEADER: usize = 128;

/// What changes in a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Edit {
    /// Shift of the sender's own numbers.
    pub own: SequenceShift,
    /// Shift of the other side's, which the sender acknowledges as it was told them.
    pub others: SequenceShift,
    /// New words for the text.
    pub words: Option<NewWords>,
}

/// Words to put in place of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewWords {
    /// Where, in bytes from the IP header's start.
    at: usize,
    /// How many bytes they replace.
    len: usize,
    words: [u8; MAX_WORDS],
    words_len: usize,
}

impl NewWords {
    /// `words` in place of the `len` bytes at `at` of what follows the TCP header. `None`: that cannot be done with this
    /// packet.
    pub fn new(packet: &Packet<'_>, at: usize, len: usize, words: &[u8]) -> Option<Self> {
        let at = packet.headers_len().checked_add(at)?;
        let fits = at.checked_add(len)? <= packet.head.packet_len.min(packet.bytes.len());
        let grows = words.len().saturating_sub(len);
        let header_len = packet.head.header_len;
        let room = header_len <= MAX_HEADER && grows <= header_len && header_len <= at;
        let longest = usize::from(u16::MAX) - grows;
        let mut copy = [0; MAX_WORDS];
        copy.get_mut(..words.len())?.copy_from_slice(words);
        (fits && room && packet.head.packet_len <= longest).then_some(Self {
            at,
            len,
            words: copy,
            words_len: words.len(),
        })
    }

    /// By how many bytes the text grows; negative: shrinks.
    pub fn growth(&self) -> i32 {
        i32::try_from(self.words_len).unwrap_or(0) - i32::try_from(self.len).unwrap_or(0)
    }
}

impl Edit {
    /// Nothing changes.
    pub fn is_none(&self) -> bool {
        self.own.is_none() && self.others.is_none() && self.words.is_none()
    }

    /// The packet's length after the change, for one of so many bytes now.
    pub(super) fn len_after(&self, len: usize) -> usize {
        let growth = self.words.map_or(0, |words| words.growth());
        len.saturating_add_signed(isize::try_from(growth).unwrap_or(0))
    }

    /// Moves sequence and acknowledgement numbers, also of selective acknowledgements (RFC 2018), and updates the
    /// checksum.
    pub(super) fn renumber(&self, segment: &mut [u8], state: ChecksumState) {
        if self.own.is_none() && self.others.is_none() {
            return;
        }
        let header_len = segment.get(12).map_or(0, |byte| usize::from(byte >> 4) * 4).max(20);
        let Some(header) = segment.get_mut(..header_len) else { return };
        let mut before = [0; 60];
        let Some(before) = before.get_mut(..header_len) else { return };
        before.copy_from_slice(header);
        change_number(header.get_mut(4..8), |number| self.own.told(number));
        if header.get(13).is_some_and(|flags| flags & 0x10 != 0) {
            change_number(header.get_mut(8..12), |number| self.others.meant(number));
            for_each_sack_edge(header.get_mut(20..).unwrap_or_default(), |edge| {
                change_number(Some(edge), |number| self.others.meant(number));
            });
        }
        if state == ChecksumState::Complete {
            let mut change = Change::default();
            for (old, new) in before.chunks_exact(2).zip(header.chunks_exact(2)) {
                if old != new {
                    change = change.word(word(old), word(new));
                }
            }
            if let Some([high, low]) = header.get_mut(16..18) {
                [*high, *low] = change.apply(u16::from_be_bytes([*high, *low])).to_be_bytes();
            }
        }
    }
}

impl NewWords {
    /// Puts the words in. The answer is a copy of the IP header, how long it is, and where in `bytes` begins what is to
    /// follow it; lengths and checksums are those of the packet as it leaves.
    pub(super) fn put(
        &self,
        bytes: &mut [u8],
        head: &IpHead,
        state: ChecksumState,
    ) -> Option<([u8; MAX_HEADER], usize, usize)> {
        let old_start = head.header_len;
        let start = (old_start + self.len).checked_sub(self.words_len)?;
        let place = (self.at + self.len).checked_sub(self.words_len)?;
        let mut header = [0; MAX_HEADER];
        let copy = header.get_mut(..old_start)?;
        copy.copy_from_slice(bytes.get(..old_start)?);
        if self.at < old_start || self.at + self.len > bytes.len() {
            return None;
        }
        bytes.copy_within(old_start..self.at, start);
        bytes.get_mut(place..place + self.words_len)?.copy_from_slice(self.words.get(..self.words_len)?);

        let segment = bytes.get_mut(start..)?;
        set_length(copy, head.family(), segment.len());
        let sum = Sum::default().pseudo_header(head.source, head.destination, head.protocol, segment.len());
        let field = segment.get_mut(16..18)?;
        match state {
            ChecksumState::Partial => field.copy_from_slice(&sum.partial().to_be_bytes()),
            ChecksumState::Complete => {
                field.fill(0);
                let sum = sum.bytes(segment).finish();
                segment.get_mut(16..18)?.copy_from_slice(&sum.to_be_bytes());
            }
        }
        Some((header, old_start, start))
    }
}

/// Writes the length of an IP packet into its header.
fn set_length(header: &mut [u8], family: Family, segment_len: usize) {
    match family {
        Family::V4 => {
            let total = u16::try_from(header.len() + segment_len).unwrap_or(u16::MAX);
            if let Some(place) = header.get_mut(2..4) {
                place.copy_from_slice(&total.to_be_bytes());
            }
            ip::sum_v4_header(header);
        }
        Family::V6 => {
            let payload = (header.len() + segment_len).saturating_sub(40);
            if let Some(place) = header.get_mut(4..6) {
                place.copy_from_slice(&u16::try_from(payload).unwrap_or(u16::MAX).to_be_bytes());
            }
        }
    }
}

fn word(bytes: &[u8]) -> u16 {
    bytes.first_chunk().map_or(0, |pair| u16::from_be_bytes(*pair))
}

fn change_number(place: Option<&mut [u8]>, change: impl Fn(u32) -> u32) {
    if let Some([a, b, c, d]) = place {
        [*a, *b, *c, *d] = change(u32::from_be_bytes([*a, *b, *c, *d])).to_be_bytes();
    }
}

/// Shows the four bytes of every edge of every SACK block among these TCP options.
fn for_each_sack_edge(mut options: &mut [u8], mut each: impl FnMut(&mut [u8])) {
    const SACK: u8 = 5;
    while let [kind, rest @ ..] = options {
        options = match *kind {
            0 => return,
            1 => rest,
            kind => {
                let len = rest.first().map_or(0, |len| usize::from(*len)).saturating_sub(1);
                if len == 0 || len > rest.len() {
                    return;
                }
                let (option, behind) = rest.split_at_mut(len);
                if kind == SACK {
                    option.get_mut(1..).unwrap_or_default().chunks_exact_mut(4).for_each(&mut each);
                }
                behind
            }
        };
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use crate::frame::VnetHeader;
    use crate::lvs::Protocol;
    use crate::wire::transport;
    use etherparse::{PacketBuilder, TcpOptionElement};
    use proptest::prelude::*;

    fn segment(v6: bool, options: &[TcpOptionElement], text: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let tcp = if v6 {
            let (from, to) = ([0xfd; 16], [0x20; 16]);
            PacketBuilder::ipv6(from, to, 64).tcp(21, 40001, 5001, 1024)
        } else {
            PacketBuilder::ipv4([10, 9, 0, 11], [172, 16, 0, 5], 64).tcp(21, 40001, 5001, 1024)
        };
        tcp.ack(7007).options(options).unwrap().write(&mut bytes, text).unwrap();
        bytes
    }

    fn read(bytes: &[u8], v6: bool) -> IpHead {
        if v6 { ip::read_v6(bytes).unwrap() } else { ip::read_v4(bytes).unwrap() }
    }

    proptest! {
        /// Whatever is replaced by whatever fits: the packet that leaves is a right one, and says what it should.
        #[test]
        fn new_words(v6: bool, options: bool, text: Vec<u8>, at in 0..300usize, len in 0..300usize, words in proptest::collection::vec(any::<u8>(), 0..30)) {
            let options = if options { &[TcpOptionElement::Timestamp(1, 2)][..] } else { &[] };
            let mut bytes = segment(v6, options, &text);
            let head = read(&bytes, v6);
            let packet = Packet { bytes: &mut bytes, head, vnet: VnetHeader::default(), ..Packet::empty() };
            let new = NewWords::new(&packet, at, len, &words);
            let fits = at + len <= text.len() && words.len() <= MAX_WORDS && words.len() <= len + 20;
            prop_assert!(!fits || new.is_some(), "it fits");
            let Some(new) = new else { return Ok(()) };
            let (header, header_len, start) = new.put(packet.bytes, &head, ChecksumState::Complete).unwrap();
            let whole = [&header[..header_len], &bytes[start..]].concat();
            let left = read(&whole, v6);
            prop_assert_eq!(left.packet_len, whole.len());
            prop_assert!(transport::checksum_is_right(&left, Protocol::Tcp, &whole[header_len..]));
            let said = [&text[..at], &words, &text[at + len..]].concat();
            prop_assert!(whole.ends_with(&said) && whole.len() == head.packet_len - text.len() + said.len());
        }

        #[test]
        fn hostile_options(mut options: Vec<u8>) {
            for_each_sack_edge(&mut options, |edge| edge.fill(0));
        }
    }

    #[test]
    fn numbers_move_and_the_checksum_follows() {
        let mut own = SequenceShift::default();
        own.grow(5000, 9);
        let mut others = SequenceShift::default();
        others.grow(7000, 4);
        let edit = Edit { own, others, words: None };
        let sack =
            [TcpOptionElement::Noop, TcpOptionElement::SelectiveAcknowledgement((7010, 7020), [None; 3])];
        let mut bytes = segment(false, &sack, b"text");
        edit.renumber(&mut bytes[20..], ChecksumState::Complete);
        let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        assert_eq!([number(24), number(28), number(43), number(47)], [5010, 7003, 7006, 7016]);
        let head = read(&bytes, false);
        assert!(transport::checksum_is_right(&head, Protocol::Tcp, &bytes[20..]));
        for cut in 0..36 {
            edit.renumber(&mut bytes[20..20 + cut], ChecksumState::Complete);
        }
    }
}
