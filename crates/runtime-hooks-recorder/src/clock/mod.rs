//! Clocks: the time stamp counter, `Instant`, and time that moves by hand.

mod manual;
mod manual_time;
#[expect(clippy::module_inception, reason = "the type has the name of the module")]
mod clock;

pub use self::clock::Clock;
pub(crate) use self::clock::Scale;
pub use self::manual::ManualClock;

pub(crate) use self::manual_time::saturating_nanos;
