//! A worker whose kernel is played by the test.

use super::*;
use crate::conn::{AHEAD, ConnConfig, ConnTable, NewConn};
use crate::lvs::{Endpoint, ForwardingMethod, Protocol};
use crate::ring::RingConfig;
use crate::ring::fake::{FakeKernel, Slot};
use crate::service::{Flow, ServerId};
use crossbeam_channel::{bounded, unbounded};

const PORT: PortId = PortId(0);

/// A worker with one interface.
struct Stage {
    kernel: FakeKernel,
    worker: Worker,
    board: Arc<Board>,
    /// Held: a worker without it would end.
    _orders: Sender<Order>,
}

impl Stage {
    fn new(huge_pages: bool, events: Sender<Event>) -> Self {
        let config = RingConfig { ring_len: 128 << 10, ..RingConfig::default() };
        let (kernel, ring) = FakeKernel::new(&config, true);
        let conns = ConnTable::new(ConnConfig { huge_pages, ..ConnConfig::default() }).unwrap();
        let board = Arc::new(Board::with_set_time(conns, 1));
        let (orders, received) = unbounded();
        let io = PacketIo::new(vec![Some(ring)]);
        let wake = Wake::new().unwrap();
        let worker = Worker::new(0, board.clone(), io, received, wake, events);
        Self { kernel, worker, board, _orders: orders }
    }

    /// A frame comes, which is nobody's.
    fn sweep(&mut self) {
        assert!(self.kernel.fill(&Slot::with(&[0; 60])));
        let view = self.board.snapshot.load_full();
        self.worker.sweep(PORT, &view, Tick(1), &self.board.workers[0]);
    }

    /// So many connections as use up what memory was taken ahead.
    fn open(&self, net: u8) {
        let real = Endpoint::new([10, 9, 0, 11].into(), 80);
        let new = NewConn { server: ServerId(0), method: ForwardingMethod::DirectRoute, real };
        for port in 0..40_000 {
            let client = Endpoint::new([172, 16, net, 5].into(), port);
            let virt = Endpoint::new([10, 9, 0, 100].into(), 80);
            let flow = Flow { protocol: Protocol::Tcp, client, virt };
            self.board.conns.shard_of(Protocol::Tcp, &client).open(&flow, new, Tick(1)).unwrap();
        }
    }
}

/// Once each time that memory runs short, and not with every sweep until the keeper has heard of it.
#[test]
fn memory_for_connections_is_asked_for_when_it_runs_short() {
    let (sender, events) = unbounded();
    let mut stage = Stage::new(true, sender);
    let asked =
        || events.try_iter().map(|event| assert!(matches!(event, Event::Crowded), "{event:?}")).count();
    stage.sweep();
    assert_eq!(asked(), 0, "at start it is there");
    for net in 0..3 {
        stage.open(net);
        stage.sweep();
        assert_eq!(asked(), 1, "{net}");
        stage.sweep();
        assert_eq!(asked(), 0, "{net}: it was asked for");
        stage.board.conns.make_ready(AHEAD);
        stage.sweep();
        assert_eq!(asked(), 0, "{net}: it is there again");
    }
}

#[test]
fn no_memory_is_asked_for_where_it_is_taken_as_needed_and_a_full_mailbox_is_no_harm() {
    let (sender, events) = unbounded();
    let mut stage = Stage::new(false, sender);
    stage.open(0);
    stage.sweep();
    assert_eq!(events.try_iter().count(), 0);

    let (sender, events) = bounded(1);
    sender.send(Event::Stop).unwrap();
    let mut stage = Stage::new(true, sender);
    stage.open(0);
    stage.sweep();
    assert!(matches!(events.try_iter().collect::<Vec<_>>()[..], [Event::Stop]));
}
