//! The flight record: what the threads of a program did just before.

mod read;
mod record;
#[cfg(all(test, not(loom)))]
mod tests;

pub use self::record::{
    Flight, FlightEvent, FlightEventKind, FlightLive, FlightTask, FlightThread,
};
