//! The reference runtime passes the suite, directly and behind `AnyRuntime`.

use runtime_hooks_conformance::reference::{Reference, ReferenceRuntime};
use runtime_hooks_conformance::{Harness, conformance};
use runtime_hooks_core::AnyRuntime;

#[derive(Debug)]
struct OnReference(ReferenceRuntime);

impl Harness for OnReference {
    type Runtime = Reference;

    fn start() -> Self {
        Self(ReferenceRuntime::new())
    }

    fn runtime(&self) -> Reference {
        self.0.handle()
    }

    fn shut_down(self) -> bool {
        drop(self.0);
        true
    }
}

mod reference {
    use super::*;

    conformance!(OnReference);
}

#[derive(Debug)]
struct OnAny(ReferenceRuntime);

impl Harness for OnAny {
    type Runtime = AnyRuntime;

    fn start() -> Self {
        Self(ReferenceRuntime::new())
    }

    fn runtime(&self) -> AnyRuntime {
        AnyRuntime::new(self.0.handle())
    }

    fn shut_down(self) -> bool {
        drop(self.0);
        true
    }
}

mod any_reference {
    use super::*;

    conformance!(OnAny);
}
