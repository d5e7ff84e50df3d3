//! Writes `docs/performance.md`, its plots, and the table of the README from what the other benches left.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    runtime_hooks_benches::report::page::write()
}
