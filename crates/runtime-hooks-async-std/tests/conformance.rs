//! Runs the conformance suite on async-std.

use runtime_hooks_async_std::AsyncStd;
use runtime_hooks_conformance::{Harness, conformance};

struct Global;

impl Harness for Global {
    type Runtime = AsyncStd;

    fn start() -> Self {
        Self
    }

    fn runtime(&self) -> AsyncStd {
        AsyncStd
    }

    fn shut_down(self) -> bool {
        false
    }
}

mod async_std {
    use super::*;

    conformance!(Global);
}
