//! The recorder's time: ticks on the hot path, nanoseconds for readers.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use super::manual_time::{ManualTime, saturating_nanos};

/// A source of ticks that is cheap enough to be read at the start and the end of every poll.
///
/// Use [`Clock::process`]: it reads the time stamp counter where the kernel itself trusts it (12 ns a read), else
/// [`std::time::Instant`] (30 ns). Tests use a [`ManualClock`](crate::clock::ManualClock).
///
/// ```
/// use std::time::Duration;
/// use runtime_hooks_recorder::ManualClock;
///
/// let time = ManualClock::new();
/// let clock = time.clock();
/// let start = clock.now();
/// time.advance(Duration::from_millis(5));
/// assert_eq!(clock.nanos_between(start, clock.now()), 5_000_000);
/// ```
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    /// Raw counter ticks. `quanta` calibrates once per operating-system process, in a few milliseconds.
    Counter(quanta::Clock),
    /// Nanoseconds since the clock was created.
    Instant(Instant),
    /// Nanoseconds, advanced by hand.
    Manual(Arc<ManualTime>),
}

impl Source {
    /// Not inlined, so that reading the counter needs no stack frame.
    #[inline(never)]
    fn now_slow(&self) -> u64 {
        match self {
            Self::Counter(counter) => counter.raw(),
            Self::Instant(origin) => saturating_nanos(origin.elapsed()),
            Self::Manual(time) => time.read(),
        }
    }
}

impl Clock {
    /// The clock of this process: the counter if it can be trusted, else `Instant`.
    ///
    /// `OTEL_RUST_ASYNCIO_CLOCK` overrides the choice: `counter` or `instant`. The first use in a process calibrates
    /// the counter, which takes a few milliseconds.
    pub fn process() -> Self {
        Self::process_ref().clone()
    }

    /// As [`process`](Self::process) without a copy, for the hot path.
    #[inline]
    pub(crate) fn process_ref() -> &'static Self {
        static PROCESS: OnceLock<Clock> = OnceLock::new();
        match PROCESS.get() {
            Some(clock) => clock,
            None => PROCESS.get_or_init(Self::best_of_process),
        }
    }

    #[cold]
    fn best_of_process() -> Self {
        let flag = std::env::var("OTEL_RUST_ASYNCIO_CLOCK");
        Self::best(flag.as_deref().unwrap_or_default(), counter_is_trusted)
    }

    fn best(flag: &str, counter_is_trusted: impl FnOnce() -> bool) -> Self {
        let by_counter = match flag.trim() {
            "counter" => true,
            "instant" => false,
            _ => counter_is_trusted(),
        };
        if by_counter { Self(Source::Counter(quanta::Clock::new())) } else { Self::instant() }
    }

    /// A clock that reads [`std::time::Instant`]: always correct, slower than the counter.
    pub fn instant() -> Self {
        Self(Source::Instant(Instant::now()))
    }

    pub(super) fn manual(time: Arc<ManualTime>) -> Self {
        Self(Source::Manual(time))
    }

    /// The current tick. [`nanos_between`](Self::nanos_between) converts ticks to time.
    #[inline]
    pub fn now(&self) -> u64 {
        match &self.0 {
            Source::Counter(counter) => counter.raw(),
            other => other.now_slow(),
        }
    }

    /// Nanoseconds from one tick to a later one; 0 if `to` is not later.
    ///
    /// The counters of two threads may differ by a few ticks, so the difference saturates at 0.
    #[inline]
    pub fn nanos_between(&self, from: u64, to: u64) -> u64 {
        match &self.0 {
            Source::Counter(counter) => counter.delta_as_nanos(from, to),
            Source::Instant(_) | Source::Manual(_) => to.saturating_sub(from),
        }
    }

    /// Converts many durations faster than [`nanos_between`](Self::nanos_between), to the nanosecond up to one second and
    /// to a billionth above.
    pub(crate) fn scale(&self) -> Scale {
        Scale { nanos: self.nanos_between(0, Scale::TICKS) }
    }

    /// Whether this is the process's clock, which the hot path reads without a look-up.
    pub(crate) fn is_process(&self) -> bool {
        match (&self.0, &Self::process_ref().0) {
            (Source::Counter(_), Source::Counter(_)) => true,
            (Source::Instant(a), Source::Instant(b)) => a == b,
            _ => false,
        }
    }
}

/// How long a tick is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    /// The nanoseconds of [`TICKS`](Self::TICKS).
    nanos: u64,
}

impl Scale {
    const BITS: u32 = 32;
    const TICKS: u64 = 1 << Self::BITS;

    /// As [`Clock::nanos_between`].
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "centuries")]
    pub(crate) fn nanos_between(self, from: u64, to: u64) -> u64 {
        let ticks = u128::from(to.saturating_sub(from));
        ((ticks * u128::from(self.nanos)) >> Self::BITS) as u64
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::process()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::Counter(_) => "Clock(counter)",
            Source::Instant(_) => "Clock(instant)",
            Source::Manual(_) => "Clock(manual)",
        })
    }
}

/// Whether the kernel uses the counter: it measures it at boot and rejects it when it drifts.
fn counter_is_trusted() -> bool {
    const CURRENT: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    std::fs::read_to_string(CURRENT)
        .is_ok_and(|source| matches!(source.trim(), "tsc" | "arch_sys_counter"))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use std::time::Duration;

    #[test]
    fn a_difference_is_never_below_zero() {
        for clock in [Clock::process(), Clock::instant(), ManualClock::new().clock()] {
            let now = clock.now();
            assert_eq!(clock.nanos_between(now, now.saturating_sub(1_000)), 0);
            assert_eq!(clock.nanos_between(now, now), 0);
        }
    }

    #[test]
    fn the_process_clock_agrees_with_instant() {
        let clock = Clock::process();
        let (tick, instant) = (clock.now(), Instant::now());
        while instant.elapsed() < Duration::from_millis(20) {
            std::hint::spin_loop();
        }
        let outer = saturating_nanos(instant.elapsed());
        let inner = clock.nanos_between(tick, clock.now());
        assert!(inner >= 19_980_000, "20 ms measured as {inner} ns");
        assert!(inner <= outer + outer / 10 + 10_000_000, "{inner} ns against {outer} ns");
    }

    #[test]
    fn the_setting_overrides_the_choice_of_the_clock() {
        let is_counter =
            |flag, trusted| matches!(Clock::best(flag, || trusted).0, Source::Counter(_));
        assert!(!is_counter("instant", true) && is_counter("counter", false));
        assert!(is_counter("", true) && !is_counter("", false) && !is_counter("sundial", false));
    }

    #[test]
    fn the_scale_of_a_clock_converts_as_the_clock_does() {
        let manual = ManualClock::new().clock();
        for ticks in [0, 1, 999, 1 << 32, u64::MAX] {
            assert_eq!(manual.scale().nanos_between(0, ticks), ticks);
            assert_eq!(manual.scale().nanos_between(7, 7 + ticks.min(1 << 40)), ticks.min(1 << 40));
        }
        assert_eq!(manual.scale().nanos_between(9, 8), 0);
        let clock = Clock::process();
        for ticks in [1, 1_000, 1_000_000, 2_000_000_000, 1 << 45] {
            let exact = clock.nanos_between(0, ticks);
            let scaled = clock.scale().nanos_between(0, ticks);
            assert!(exact.abs_diff(scaled) <= 1 + exact / 1_000_000_000, "{exact} {scaled}");
        }
    }

    #[test]
    fn a_stepping_clock_moves_at_every_reading() {
        let clock = ManualClock::stepping(Duration::from_nanos(7)).clock();
        assert_eq!([clock.now(), clock.now(), clock.now()], [7, 14, 21]);
    }

    #[test]
    fn a_manual_clock_stands_until_moved() {
        let time = ManualClock::new();
        assert_eq!((time.clock().now(), time.clock().now()), (0, 0));
        time.advance(Duration::from_secs(2));
        assert_eq!(time.clock().now(), 2_000_000_000);
        assert_eq!(time.elapsed(), Duration::from_secs(2));
    }
}
