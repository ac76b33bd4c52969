//! Takes frames through a director as a worker does, and looks at everything that it leaves.

use super::judge;
use super::packet::Given;
use ulvs::conn::ConnTable;
use ulvs::defrag::Datagram;
use ulvs::director::{CATALOGUE, Director, DropReason, Memory, Verdict, settle};
use ulvs::frame::Frame;
use ulvs::frame::memory::{Emitted, MemorySink};
use ulvs::service::Snapshot;
use ulvs::time::Tick;

/// Seconds after which nothing lives any more: more than the longest timeout that can be set.
const EVER: u32 = 2_700_000;

/// What a worker has.
#[derive(Debug)]
pub struct Path {
    memory: Memory,
    /// Now.
    pub now: Tick,
}

impl Path {
    /// A worker that has seen nothing, at this time.
    pub fn new(now: Tick) -> Self {
        Self { memory: Memory { dice: 1, next_id: 1, ..Memory::default() }, now }
    }

    /// The snapshot is another: what a worker does then.
    pub fn look(&mut self, view: &Snapshot) {
        let Memory { tally, waiting, .. } = &mut self.memory;
        tally.fit(view);
        waiting.release(&view.network, |_, held| {
            let verdict = held.end(true);
            tally.count(verdict);
        });
    }

    /// One frame, and all that follows from it: what came out for this frame itself.
    pub fn send(&mut self, given: &Given, view: &Snapshot, conns: &ConnTable) -> Vec<Emitted> {
        let mut bytes = given.bytes.clone();
        let mut sink = MemorySink::default();
        self.memory.tally.receive();
        let mut director = Director { now: self.now, view, conns, memory: &mut self.memory };
        let verdict = director.handle(Frame { bytes: &mut bytes, meta: given.meta }, &mut sink);
        self.memory.tally.count(verdict);
        judge::frame(given, verdict, &sink.frames);
        self.follow_joined(view, conns);
        drop(self.memory.waiting.take_wanted());
        sink.frames
    }

    fn follow_joined(&mut self, view: &Snapshot, conns: &ConnTable) {
        for mut datagram in std::mem::take(&mut self.memory.joined) {
            let (frames, whole) = (datagram.frames, datagram.bytes.len());
            let (verdict, out) = self.handle_joined(&mut datagram, view, conns);
            self.memory.tally.count(verdict);
            judge::joined(frames, whole, verdict, &out);
        }
    }

    fn handle_joined(
        &mut self,
        datagram: &mut Datagram,
        view: &Snapshot,
        conns: &ConnTable,
    ) -> (Verdict, Vec<Emitted>) {
        let mut sink = MemorySink::default();
        let mut director = Director { now: self.now, view, conns, memory: &mut self.memory };
        let verdict = director.handle_joined(datagram, &mut sink);
        (verdict, sink.frames)
    }

    /// What is due at this time.
    pub fn let_time_pass(&mut self, now: Tick, view: &Snapshot, conns: &ConnTable) {
        self.now = now;
        let lost = self.memory.waiting.give_up(now) as u64;
        self.memory.tally.count_many(Verdict::Dropped(DropReason::NeighbourUnresolved), lost);
        let joined = &mut self.memory.joined;
        self.memory.defrag.expire(now, |late| joined.push(late));
        self.follow_joined(view, conns);
        for shard in 0..conns.shards() {
            while conns.expire_shard(shard, now, &mut |closed| settle(view, conns, closed)).behind {}
        }
    }

    /// Shows the counters to everybody.
    pub fn publish(&mut self, view: &Snapshot, board: &ulvs::control::WorkerBoard) {
        self.memory.tally.publish(view, &board.tally);
    }

    /// The sums that must come out right after every step.
    ///
    /// # Panics
    /// One does not.
    pub fn check(&self, view: &Snapshot, conns: &ConnTable) {
        let Memory { tally, waiting, defrag, joined, .. } = &self.memory;
        let counted: u64 = CATALOGUE.iter().map(|row| tally.counted(row.verdict)).sum();
        let held = waiting.len() as u64 + defrag.frames();
        assert_eq!(counted + held, tally.received(), "verdicts {counted} and held {held}");
        assert!(joined.is_empty());
        assert_eq!(tally.counted(Verdict::Dropped(DropReason::Panicked)), 0);
        assert!(conns.len() <= conns.capacity(), "{} connections", conns.len());
        let mut bound = 0;
        for server in view.servers.iter().flatten() {
            let (active, total, templates) =
                (server.real.active(), server.real.total(), server.real.persistent());
            assert!(
                0 <= active && active <= total && 0 <= templates,
                "{active} of {total}, {templates} templates"
            );
            bound += usize::try_from(total + templates).unwrap_or(usize::MAX);
        }
        assert_eq!(bound, conns.len(), "what real servers count, and what there is");
    }

    /// The longest time passes, `second` being done meanwhile; then nothing is left.
    ///
    /// # Panics
    /// Something is.
    pub fn end(&mut self, view: &Snapshot, conns: &ConnTable) {
        // A template outlives its connections, and those their own.
        for _ in 0..4 {
            if self.is_empty(conns) {
                break;
            }
            let later = self.now.plus_seconds(EVER);
            self.let_time_pass(later, view, conns);
        }
        self.check(view, conns);
        assert!(conns.is_empty(), "{} connections outlive their time", conns.len());
        assert!(!conns.expects_any_port(), "a connection is expected for ever");
        assert_eq!(self.memory.defrag.frames(), 0, "fragments outlive their time");
        assert_eq!(self.memory.defrag.bytes(), 0, "memory of fragments");
        assert!(self.memory.waiting.is_empty(), "frames wait for ever");
    }

    fn is_empty(&self, conns: &ConnTable) -> bool {
        conns.is_empty() && self.memory.waiting.is_empty() && self.memory.defrag.frames() == 0
    }
}
