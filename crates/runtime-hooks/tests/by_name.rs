//! Runs the conformance suite on runtimes chosen by name.
#![cfg(all(feature = "tokio", feature = "smol", feature = "async-std"))]

use std::borrow::Cow;

use runtime_hooks::{AnyRuntime, RUNTIMES, runtime_by_name};
use runtime_hooks_conformance::{Harness, conformance};

macro_rules! by_name {
    ($($module:ident $name:literal)*) => {
        $(
            mod $module {
                use super::*;

                struct ByName;

                impl Harness for ByName {
                    type Runtime = AnyRuntime;

                    fn start() -> Self {
                        Self
                    }

                    fn runtime(&self) -> AnyRuntime {
                        runtime_by_name($name).expect("compiled in")
                    }

                    fn shut_down(self) -> bool {
                        false
                    }
                }

                conformance!(ByName);
            }
        )*
    };
}

by_name! {
    any_tokio "tokio"
    any_smol "smol"
    any_async_std "async-std"
}

#[test]
fn the_error_of_an_unknown_name_lists_the_compiled_in_runtimes() {
    assert_eq!(RUNTIMES, ["tokio", "smol", "async-std"]);
    let error = runtime_by_name("glommio").unwrap_err();
    assert!(error.is_unknown());
    assert_eq!(
        error.to_string(),
        "unknown async runtime \"glommio\": compiled in are tokio, smol, async-std"
    );
}

#[test]
fn a_name_can_be_any_string_type() {
    let name = "glommio".to_owned();
    for error in [
        runtime_by_name(&name).unwrap_err(),
        runtime_by_name(Cow::Borrowed("glommio")).unwrap_err(),
        runtime_by_name(name).unwrap_err(),
    ] {
        assert!(error.is_unknown());
    }
}

#[test]
fn every_name_is_the_name_of_its_runtime() {
    use runtime_hooks::RuntimeHooks;
    for name in RUNTIMES {
        assert_eq!(RuntimeHooks::name(&runtime_by_name(name).unwrap()), *name);
    }
}
