//! What the two services share: neither spawns anything in here.

pub mod propagation;
pub mod shop;
pub mod telemetry;
