//! One set of aggregates: a part of what was recorded, by series.

use super::series::SeriesAggregate;
use crate::recorder::series_id::SeriesId;

/// Aggregates by series; `None` for a series of which nothing was folded into this set.
#[derive(Debug, Default)]
pub(crate) struct Set(Vec<Option<Box<SeriesAggregate>>>);

impl Set {
    #[inline]
    pub(crate) fn get_mut(&mut self, series: SeriesId) -> Option<&mut SeriesAggregate> {
        self.0.get_mut(series.index())?.as_deref_mut()
    }

    /// The aggregate of a series, created if there is none. `None` for [`SeriesId::LOST`].
    #[inline]
    pub(crate) fn entry(&mut self, series: SeriesId) -> Option<&mut SeriesAggregate> {
        let index = series.index();
        if !matches!(self.0.get(index), Some(Some(_))) {
            self.create(series)?;
        }
        self.0[index].as_deref_mut()
    }

    #[cold]
    fn create(&mut self, series: SeriesId) -> Option<()> {
        if series == SeriesId::LOST {
            return None;
        }
        let index = series.index();
        if self.0.len() <= index {
            self.0.resize_with(index + 1, || None);
        }
        self.0[index] = Some(Box::default());
        Some(())
    }
}
