//! Code that both services share. It spawns no tasks.

pub mod propagation;
pub mod shop;
pub mod telemetry;
