//! The reference runtime passes the suite, directly and behind `AnyRuntime`.

use std::collections::BTreeSet;

use runtime_hooks_conformance::reference::{Reference, ReferenceRuntime};
use runtime_hooks_conformance::{CASES, Harness, conformance};
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

/// `ci/conformance` reads what this prints, and demands these cases of every runtime.
#[test]
fn every_case_is_listed_once() {
    for (group, case) in CASES {
        println!("case {group}::{case}");
    }
    assert_eq!(CASES.iter().collect::<BTreeSet<_>>().len(), CASES.len());
}
