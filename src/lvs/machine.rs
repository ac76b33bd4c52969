use std::collections::BTreeSet;

/// What the machine has, as far as it matters to where workers run.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Machine {
    /// CPUs that the director may use, ascending.
    pub cpus: Vec<usize>,
    /// CPUs that take the receive interrupts of the director's interfaces. `None`: not known of every one of them, as of
    /// veth, which has none.
    pub interrupted: Option<BTreeSet<usize>>,
}
