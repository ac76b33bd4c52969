//! The words of the heartbeat: 32 bits in the byte order of the host that sends them.

use super::Fault;

/// What a host says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// It is active.
    Running,
    /// It is alive, and not active.
    Stopped,
}

const RUNNING: u32 = 0xbdad_dbda;
const STOPPED: u32 = 0xadbd_dabd;
/// Those of `service = fos`, which tell of other services.
const OF_FAILOVER: [u32; 5] = [0xbeef_babe, 0xdead_beef, 0xdead_dada, 0xdeaf_babe, 0xdeaf_dada];

impl Word {
    /// The datagram. pulse has it in host order: two hosts of different order do not understand each other.
    pub const fn to_bytes(self) -> [u8; 4] {
        match self {
            Self::Running => RUNNING.to_ne_bytes(),
            Self::Stopped => STOPPED.to_ne_bytes(),
        }
    }

    /// Reads a datagram.
    ///
    /// # Errors
    /// It is none of ours.
    pub fn read(datagram: &[u8]) -> Result<Self, Fault> {
        let Ok(bytes) = <[u8; 4]>::try_from(datagram) else {
            return Err(Fault::Length { is: datagram.len() });
        };
        match u32::from_ne_bytes(bytes) {
            RUNNING => Ok(Self::Running),
            STOPPED => Ok(Self::Stopped),
            word if [RUNNING, STOPPED].contains(&word.swap_bytes()) => Err(Fault::ByteOrder),
            word if OF_FAILOVER.contains(&word) || OF_FAILOVER.contains(&word.swap_bytes()) => {
                Err(Fault::Service { word })
            }
            word => Err(Fault::Word { word }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a capture shows them on a little-endian host, and what reads them there.
    #[test]
    fn words_are_in_host_order() {
        if cfg!(target_endian = "little") {
            assert_eq!(Word::Running.to_bytes(), [0xda, 0xdb, 0xad, 0xbd]);
            assert_eq!(Word::Stopped.to_bytes(), [0xbd, 0xda, 0xbd, 0xad]);
        }
        for word in [Word::Running, Word::Stopped] {
            assert_eq!(Word::read(&word.to_bytes()), Ok(word));
        }
    }

    #[test]
    fn other_words_have_their_faults() {
        for word in [RUNNING, STOPPED] {
            assert_eq!(Word::read(&word.swap_bytes().to_ne_bytes()), Err(Fault::ByteOrder));
        }
        for word in OF_FAILOVER {
            assert_eq!(Word::read(&word.to_ne_bytes()), Err(Fault::Service { word }));
            let word = word.swap_bytes();
            assert_eq!(Word::read(&word.to_ne_bytes()), Err(Fault::Service { word }));
        }
        assert_eq!(Word::read(&[0; 4]), Err(Fault::Word { word: 0 }));
        for len in [0, 1, 3, 5, 64] {
            let mut datagram = RUNNING.to_ne_bytes().repeat(16);
            datagram.truncate(len);
            assert_eq!(Word::read(&datagram), Err(Fault::Length { is: len }));
        }
    }
}
