//! The tests in `../suites`, compiled with the crate of each runtime. They also pass with its drop-in: see `../drop_in`.
