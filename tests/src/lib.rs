//! Tests that need several crates: see the files beside `src`.
