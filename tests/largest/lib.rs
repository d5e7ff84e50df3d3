//! Stack use of calls with large futures: see `main.rs`, which is a test without a harness.
