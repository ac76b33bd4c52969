//! Sources and sinks over the AF_PACKET ring.
