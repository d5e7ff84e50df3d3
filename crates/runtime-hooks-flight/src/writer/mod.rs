//! Writes records by itself: after a panic, a slow poll, a signal, or when a condition of the program holds.

// From the bottom up: each module uses only those above it.
mod requests;
mod shared;
mod panic_hook;
mod abort;
mod thread;
mod handle;
mod builder;
mod env;

pub use self::builder::FlightWriterBuilder;
pub use self::env::InvalidFlightSetting;
pub use self::handle::FlightWriter;
