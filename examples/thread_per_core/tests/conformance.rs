//! The conformance suite on a thread-per-core runtime.

use std::num::NonZero;

use runtime_hooks_conformance::{Harness, conformance};
use thread_per_core_example::{CoreThreads, Cores};

struct TwoCores(CoreThreads);

impl Harness for TwoCores {
    type Runtime = Cores;

    fn start() -> Self {
        Self(CoreThreads::start(NonZero::new(2).unwrap()))
    }

    fn runtime(&self) -> Cores {
        self.0.cores().clone()
    }

    fn shut_down(self) -> bool {
        true
    }
}

mod thread_per_core {
    use super::*;

    conformance!(TwoCores);
}
