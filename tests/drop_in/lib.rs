//! The tests in `../suites`, which are written against a runtime's own crate, compiled with its drop-in in its place. They
//! pass with the crate itself as well: see `../bare`.
