//! A sink in memory: what tests, the narrator and the fuzzer send into.

use super::{FrameSink, MAX_HEAD, SinkFull, VnetHeader};
use crate::lvs::PortId;

/// One frame that was sent into memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emitted {
    /// The interface it would have left by.
    pub port: PortId,
    /// Its virtio network header.
    pub vnet: VnetHeader,
    /// The whole frame.
    pub bytes: Vec<u8>,
}

/// A sink that keeps what it is given.
#[derive(Debug, Default)]
pub struct MemorySink {
    /// Frames in the order in which they were sent.
    pub frames: Vec<Emitted>,
}

impl<'f> FrameSink<'f> for MemorySink {
    fn emit(&mut self, port: PortId, vnet: &VnetHeader, head: &[u8], body: &'f [u8]) -> Result<(), SinkFull> {
        if head.len() > MAX_HEAD {
            return Err(SinkFull);
        }
        let mut bytes = Vec::with_capacity(head.len() + body.len());
        bytes.extend_from_slice(head);
        bytes.extend_from_slice(body);
        self.frames.push(Emitted { port, vnet: *vnet, bytes });
        Ok(())
    }
}
