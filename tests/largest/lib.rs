//! What calls take with large futures: see `main.rs`, which is a test without a harness.
