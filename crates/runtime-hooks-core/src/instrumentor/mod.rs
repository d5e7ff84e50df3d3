//! Switches instrumentation on and off, and configures it.

mod config;
mod variables;
mod env;
#[cfg(all(test, not(loom)))]
mod env_tests;
mod tracing;
#[expect(clippy::module_inception, reason = "`Instrumentor` is the main type of this module")]
mod instrumentor;
#[cfg(all(test, loom))]
mod loom_models;
mod export_config;
mod problems;
#[cfg(not(loom))]
mod runtimes;
mod submit;

pub use self::config::Config;
pub use self::env::ConfigProblem;
pub use self::instrumentor::{Installed, Instrumentor};

// For `support`.
pub use self::variables::VARIABLES;
