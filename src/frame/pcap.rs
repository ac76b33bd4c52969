//! Captures: the classic pcap format with nanoseconds.
