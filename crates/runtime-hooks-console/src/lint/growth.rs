//! Whether a number grows without end: its lowest value rises, stretch after stretch.

/// How long a stretch is, in ticks.
const STRETCH: u32 = 20;
/// So many stretches make two minutes.
const STRETCHES: usize = 6;
/// As much it must have grown: a handful more is no leak.
const LEAST: u64 = 20;

/// The lowest value of each of the last stretches.
#[derive(Clone, Debug, Default)]
pub(crate) struct Growth {
    lows: Vec<u64>,
    low: Option<u64>,
    ticks: u32,
}

impl Growth {
    /// The value of another tick.
    pub(crate) fn push(&mut self, value: u64) {
        let low = self.low.map_or(value, |low| low.min(value));
        self.low = Some(low);
        self.ticks += 1;
        if self.ticks == STRETCH {
            if self.lows.len() == STRETCHES {
                self.lows.remove(0);
            }
            self.lows.push(low);
            (self.low, self.ticks) = (None, 0);
        }
    }

    /// By how much it has grown in two minutes, if it has in each stretch of them.
    pub(crate) fn without_end(&self) -> Option<u64> {
        let is_rising = self.lows.len() == STRETCHES && self.lows.is_sorted_by(|a, b| a < b);
        let grown = self.lows.last()? - self.lows.first()?.min(self.lows.last()?);
        (is_rising && grown >= LEAST).then_some(grown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(values: impl IntoIterator<Item = u64>) -> Option<u64> {
        let mut growth = Growth::default();
        values.into_iter().for_each(|value| growth.push(value));
        growth.without_end()
    }

    #[test]
    fn what_rises_for_two_minutes_grows_without_end() {
        assert_eq!(after(0..119), None);
        assert_eq!(after(0..120), Some(100));
        assert_eq!(after((0..500).map(|tick| tick * 3)), Some(300));
        // Up and down every few seconds, but ever higher.
        assert_eq!(after((0..120).map(|tick| tick + 40 * (tick % 5))), Some(100));
    }

    #[test]
    fn what_comes_back_or_stays_or_hardly_moves_does_not() {
        assert_eq!(after([7; 200]), None);
        assert_eq!(after((0..200).map(|tick| tick % 50)), None);
        assert_eq!(after((0..200).map(|tick| 1_000 - tick)), None);
        assert_eq!(after((0..120).map(|tick| tick / 10)), None);
        // A load that came and stayed.
        assert_eq!(after((0..200).map(|tick| tick.min(60))), None);
    }
}
