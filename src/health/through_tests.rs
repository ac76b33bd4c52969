use super::*;
use crate::health::small_server::run;
use crate::lvs::{Endpoint, ForwardingMethod};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

#[derive(Default)]
struct Fake {
    is_open: AtomicBool,
    carries: Arc<AtomicBool>,
}

impl Passage for Fake {
    fn is_open(&self) -> bool {
        self.is_open.load(Relaxed)
    }

    fn mark(&self) -> u32 {
        7
    }

    fn admit(&self, _: Protocol, _: SocketAddr, _: SocketAddr, _: &RealServerSpec) -> Box<dyn Carriage> {
        Box::new(Flow(Arc::clone(&self.carries)))
    }
}

struct Flow(Arc<AtomicBool>);

impl Carriage for Flow {
    fn has_carried(&self) -> bool {
        self.0.load(Relaxed)
    }
}

fn via(server: &str, fake: Arc<dyn Passage>) -> Via {
    let spec = RealServerSpec::new(Endpoint::new(server.parse().unwrap(), 80));
    Via::new(RealServerSpec { method: ForwardingMethod::DirectRoute, ..spec }, fake)
}

fn refusal(vip: &str, server: &str, is_open: bool) -> String {
    let fake = Arc::new(Fake { is_open: AtomicBool::new(is_open), ..Fake::default() });
    let at = SocketAddr::new(vip.parse().unwrap(), 80);
    run(via(server, fake).origin(at, &Origin::default())).unwrap_err().to_string()
}

#[test]
fn what_cannot_be_asked_says_so() {
    assert_eq!(
        refusal("127.0.0.1", "127.0.0.2", false),
        "the host does not lead checks to the director; its log says why"
    );
    assert_eq!(
        refusal("127.0.0.1", "127.0.0.2", true),
        "127.0.0.1 is an address of this host, which asks itself"
    );
}

#[test]
fn an_answer_counts_only_if_the_director_carried_the_question() {
    let fake = Arc::new(Fake::default());
    let all = via("10.0.0.1", Arc::<Fake>::clone(&fake));
    let one = all.for_one_try();
    assert_eq!(all, one);
    let at: SocketAddr = "192.0.2.1:80".parse().unwrap();
    one.admit(Protocol::Tcp, at, at);
    assert!(!run(one.have_carried()));
    assert!(run(all.have_carried()), "another try's flows are none of it");
    fake.carries.store(true, Relaxed);
    assert!(run(one.have_carried()));
}
