//! The aggregates: plain counters and histograms behind a few locks.

mod histogram;
mod series;
mod set;
mod sets;

pub(super) use self::series::{Part, SeriesAggregate};
pub(super) use self::set::Set;
pub(super) use self::sets::{Sets, sets_for};
