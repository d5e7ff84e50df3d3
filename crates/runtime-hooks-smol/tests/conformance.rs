//! Runs the conformance suite on smol's global executor and on a custom one.

use std::sync::Arc;

use runtime_hooks_conformance::{Harness, conformance};
use runtime_hooks_smol::{OnExecutor, Smol};
use smol::Executor;

struct Global;

impl Harness for Global {
    type Runtime = Smol;

    fn start() -> Self {
        Self
    }

    fn runtime(&self) -> Smol {
        Smol
    }

    fn shut_down(self) -> bool {
        false
    }
}

struct Own(OnExecutor<Arc<Executor<'static>>>);

impl Harness for Own {
    type Runtime = OnExecutor<Arc<Executor<'static>>>;

    fn start() -> Self {
        Self(OnExecutor(Arc::new(Executor::new())))
    }

    fn runtime(&self) -> Self::Runtime {
        self.0.clone()
    }

    fn shut_down(self) -> bool {
        drop(self.0);
        true
    }
}

mod smol_global {
    use super::*;

    conformance!(Global);
}

mod smol_own_executor {
    use super::*;

    conformance!(Own);
}
