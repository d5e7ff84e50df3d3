//! Whether a number grows without a break: the lowest value of each interval is above that of the interval before.

/// Values in an interval.
const INTERVAL: u32 = 20;
/// Intervals that are compared: two minutes, at one value a second.
const INTERVALS: usize = 6;
/// The smallest growth that counts: a handful more is no leak.
const MIN_GROWTH: u64 = 20;

/// Distinguishes a leak from a load that rises and falls. Push the number of active tasks once a second.
///
/// ```
/// use runtime_hooks_lints::Growth;
///
/// let mut growth = Growth::default();
/// (0..120).for_each(|active| growth.push(active));
/// assert_eq!(growth.unbroken(), Some(100));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Growth {
    /// The lowest value of each of the last intervals.
    lows: Vec<u64>,
    /// The lowest value of the interval that has begun, and how many values it has.
    low: Option<u64>,
    values: u32,
}

impl Growth {
    /// Adds the value of another second.
    pub fn push(&mut self, value: u64) {
        let low = self.low.map_or(value, |low| low.min(value));
        self.low = Some(low);
        self.values += 1;
        if self.values == INTERVAL {
            if self.lows.len() == INTERVALS {
                self.lows.remove(0);
            }
            self.lows.push(low);
            (self.low, self.values) = (None, 0);
        }
    }

    /// By how much the lowest value has grown in two minutes; `None` unless it grew in each interval of 20 seconds, and by
    /// 20 or more in all.
    pub fn unbroken(&self) -> Option<u64> {
        let is_rising = self.lows.len() == INTERVALS && self.lows.is_sorted_by(|a, b| a < b);
        let growth = self.lows.last()? - self.lows.first()?.min(self.lows.last()?);
        (is_rising && growth >= MIN_GROWTH).then_some(growth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(values: impl IntoIterator<Item = u64>) -> Option<u64> {
        let mut growth = Growth::default();
        values.into_iter().for_each(|value| growth.push(value));
        growth.unbroken()
    }

    #[test]
    fn a_number_that_rises_for_two_minutes_grows_without_a_break() {
        assert_eq!(after(0..119), None);
        assert_eq!(after(0..120), Some(100));
        assert_eq!(after((0..500).map(|tick| tick * 3)), Some(300));
        // It rises and falls every few seconds, and is higher each time.
        assert_eq!(after((0..120).map(|tick| tick + 40 * (tick % 5))), Some(100));
    }

    #[test]
    fn a_number_that_falls_stays_or_hardly_rises_does_not_grow() {
        assert_eq!(after([7; 200]), None);
        assert_eq!(after((0..200).map(|tick| tick % 50)), None);
        assert_eq!(after((0..200).map(|tick| 1_000 - tick)), None);
        assert_eq!(after((0..120).map(|tick| tick / 10)), None);
        // The load rises and stays.
        assert_eq!(after((0..200).map(|tick| tick.min(60))), None);
    }
}
