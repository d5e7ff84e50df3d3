//! Switching instrumentation on and off, and its configuration.

mod config;
mod env;
#[cfg(all(test, not(loom)))]
mod env_tests;
#[expect(clippy::module_inception, reason = "the type has the name of the module")]
mod instrumentor;
#[cfg(all(test, loom))]
mod loom_models;
mod problems;
mod submit;

pub use self::config::Config;
pub use self::env::ConfigProblem;
pub use self::instrumentor::{Installed, Instrumentor};
