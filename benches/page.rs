//! Writes `docs/performance.md`, its plots and the table of the README from the results of the other benches.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    runtime_hooks_benches::report::page::write()
}
