//! Runs the conformance suite on tokio, in both flavors.

use runtime_hooks_conformance::{Harness, conformance};
use runtime_hooks_tokio::{Tokio, TokioRuntime};
use tokio::runtime::{Builder, Runtime};

fn owned(runtime: std::io::Result<Runtime>) -> TokioRuntime {
    TokioRuntime::from(runtime.expect("a runtime"))
}

struct MultiThread(TokioRuntime);

impl Harness for MultiThread {
    type Runtime = Tokio;

    fn start() -> Self {
        Self(owned(Builder::new_multi_thread().worker_threads(2).enable_all().build()))
    }

    fn runtime(&self) -> Tokio {
        self.0.handle().clone()
    }

    fn shut_down(self) -> bool {
        drop(self.0);
        true
    }
}

struct CurrentThread(TokioRuntime);

impl Harness for CurrentThread {
    type Runtime = Tokio;

    fn start() -> Self {
        Self(owned(Builder::new_current_thread().enable_all().build()))
    }

    fn runtime(&self) -> Tokio {
        self.0.handle().clone()
    }

    fn shut_down(self) -> bool {
        drop(self.0);
        true
    }
}

mod tokio_multi_thread {
    use super::*;

    conformance!(MultiThread);
}

mod tokio_current_thread {
    use super::*;

    conformance!(CurrentThread);
}
