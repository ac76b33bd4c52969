//! What happens to the real servers, step by step: one thing to one of them at a time.

use super::backend::Manner;
use super::farm::WEIGHTS;
use std::time::Duration;

/// What may be wrong with a real server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nobody listens: connections are refused.
    Closed,
    /// Its packets get lost: nothing comes back.
    Silent,
    /// The page has other words.
    Words,
    /// The page has another status.
    Status,
    /// The page comes long after the check's timeout.
    Slow,
    /// The page comes in pieces: each in good time, but all of them take longer than the timeout.
    Pieces,
    /// The script fails.
    Script,
    /// The script ends with a status that is a weight to some.
    Weight,
}

/// How all real servers are.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub faults: [Option<Fault>; WEIGHTS.len()],
    /// The weight that a script asks for.
    pub weights: [Option<i32>; WEIGHTS.len()],
}

/// What happens to one real server.
#[derive(Clone, Debug)]
pub struct Step {
    pub what: String,
    pub server: usize,
    pub fault: Option<Fault>,
    pub manner: Manner,
    /// What scripts end with.
    pub code: u8,
}

impl Step {
    fn new(server: usize, what: &str, fault: Option<Fault>) -> Self {
        let mut manner = Manner::default();
        match fault {
            Some(Fault::Closed) => manner.listens = false,
            Some(Fault::Words) => manner.wrong_words = true,
            Some(Fault::Status) => manner.wrong_status = true,
            Some(Fault::Slow) => manner.delay = Duration::from_secs(8),
            Some(Fault::Pieces) => (manner.delay, manner.pieces) = (Duration::from_millis(900), 4),
            Some(Fault::Silent | Fault::Script | Fault::Weight) | None => {}
        }
        let code = u8::from(fault == Some(Fault::Script));
        Self { what: format!("rs{}: {what}", server + 1), server, fault, manner, code }
    }

    fn back(server: usize) -> Self {
        Self::new(server, "well again", None)
    }

    /// The weight that its scripts ask for.
    pub fn weight(&self) -> Option<i32> {
        (self.code >= 2).then(|| i32::from(self.code) - 2)
    }
}

/// All that happens. At the end all is well again.
pub fn steps() -> Vec<Step> {
    let fault = |server, what, fault| [Step::new(server, what, Some(fault)), Step::back(server)];
    let mut steps = Vec::new();
    steps.extend(fault(0, "its port is closed", Fault::Closed));
    steps.extend(fault(1, "its page has other words", Fault::Words));
    steps.extend(fault(2, "its page has status 503", Fault::Status));
    steps.extend(fault(2, "its host is silent", Fault::Silent));
    let mut slow = Step::new(0, "its page takes half a second", None);
    slow.manner.delay = Duration::from_millis(500);
    steps.extend([slow, Step::back(0)]);
    steps.extend(fault(0, "its page takes eight seconds", Fault::Slow));
    steps.extend(fault(1, "its page comes in four pieces within four seconds", Fault::Pieces));
    for times in 1..=3 {
        let mut step = Step::new(1, &format!("wrong words {times} times, then the right ones"), None);
        step.manner.wrong_first = times;
        steps.push(step);
    }
    // One after the other until nobody is left; and back in another order.
    steps.extend([2, 0, 1].map(|server| Step::new(server, "its port is closed", Some(Fault::Closed))));
    steps.extend([0, 2, 1].map(Step::back));
    steps.extend([2, 0, 1].map(|server| Step::new(server, "its script fails", Some(Fault::Script))));
    steps.extend([0, 2, 1].map(Step::back));
    for (what, code) in [("its script says weight 10", 12), ("its script says weight 0", 2)] {
        steps.push(Step { code, ..Step::new(1, what, Some(Fault::Weight)) });
    }
    steps.push(Step::back(1));
    steps
}
