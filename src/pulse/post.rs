//! Of what comes, what is believed.

use super::{Counters, Fault, Word};
use std::net::{SocketAddr, SocketAddrV4};

/// Who is listened to, and what was counted.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Post {
    /// The partner, by each way.
    partners: Vec<SocketAddrV4>,
    counters: Counters,
}

impl Post {
    /// Nothing is counted yet.
    pub fn new(partners: Vec<SocketAddrV4>) -> Self {
        Self { partners, counters: Counters::default() }
    }

    /// Reads a datagram. What is refused changes nothing but a counter.
    ///
    /// # Errors
    /// Why it does not count.
    pub fn read(&mut self, from: SocketAddr, datagram: &[u8]) -> Result<Word, Fault> {
        match self.judge(from, datagram) {
            Ok(word) => {
                self.counters.heartbeat_rcvd += 1;
                match word {
                    Word::Running => self.counters.running_rcvd += 1,
                    Word::Stopped => self.counters.stopped_rcvd += 1,
                }
                Ok(word)
            }
            Err(fault) => {
                self.counters.count(fault);
                Err(fault)
            }
        }
    }

    fn judge(&self, from: SocketAddr, datagram: &[u8]) -> Result<Word, Fault> {
        match from {
            SocketAddr::V4(own) if self.partners.contains(&own) => Word::read(datagram),
            _ => Err(Fault::Source { from }),
        }
    }

    /// What was counted.
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The same, for what is counted elsewhere.
    pub const fn counters_mut(&mut self) -> &mut Counters {
        &mut self.counters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_partner_counts_and_only_from_its_port() {
        let partner: SocketAddrV4 = "10.2.0.3:539".parse().unwrap();
        let private: SocketAddrV4 = "10.9.0.3:539".parse().unwrap();
        let mut post = Post::new(vec![partner, private]);
        let running = Word::Running.to_bytes();
        assert_eq!(post.read(partner.into(), &running), Ok(Word::Running));
        assert_eq!(post.read(private.into(), &Word::Stopped.to_bytes()), Ok(Word::Stopped));
        for stranger in ["10.2.0.3:540", "10.2.0.4:539", "[::ffff:10.2.0.3]:539"] {
            let from = stranger.parse().unwrap();
            assert_eq!(post.read(from, &running), Err(Fault::Source { from }));
        }
        assert!(post.read(partner.into(), &running[..3]).is_err());
        assert!(post.read(partner.into(), &[0xbd, 0xad, 0xdb, 0xda]).is_err() || cfg!(target_endian = "big"));
        assert!(post.read(partner.into(), &0xbeef_babe_u32.to_ne_bytes()).is_err());
        assert!(post.read(partner.into(), b"beat").is_err());
        let Counters { heartbeat_rcvd, running_rcvd, stopped_rcvd, source_err, length_err, .. } =
            *post.counters();
        assert_eq!((heartbeat_rcvd, running_rcvd, stopped_rcvd, source_err, length_err), (2, 1, 1, 3, 1));
        let Counters { byte_order_err, service_err, word_err, .. } = *post.counters();
        assert_eq!((byte_order_err, service_err, word_err), (1, 1, 1));
        assert_eq!(post.counters().refused(), 7);
    }
}
