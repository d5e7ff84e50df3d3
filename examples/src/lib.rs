//! The examples of runtime-hooks: `cargo run --example quickstart`.
