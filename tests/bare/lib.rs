//! The tests in `../suites`, which are written against a runtime's own crate, compiled with that crate. They pass with
//! its drop-in in its place as well: see `../drop_in`.
