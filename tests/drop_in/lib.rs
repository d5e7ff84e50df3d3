//! The tests in `../suites`, compiled with the drop-in of each runtime. They also pass with the runtime's own crate: see
//! `../bare`.
