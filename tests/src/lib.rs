//! Tests that need several crates: see the files beside `src`. The code blocks of the README are
//! tests too.

/// The README, whose code is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// As the README.
#[cfg(doctest)]
#[doc = include_str!("../../docs/coming-from-tokio-tools.md")]
pub struct ComingFromTokioTools;

/// As the README.
#[cfg(doctest)]
#[doc = include_str!("../../docs/console.md")]
pub struct Console;

/// As the README.
#[cfg(doctest)]
#[doc = include_str!("../../docs/traces.md")]
pub struct Traces;

/// As the README.
#[cfg(doctest)]
#[doc = include_str!("../../docs/threads.md")]
pub struct Threads;
