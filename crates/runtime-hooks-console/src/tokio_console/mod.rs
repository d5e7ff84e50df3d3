//! tokio-console's protocol, on the console's own port: the published `tokio-console` shows tasks of every runtime.
//!
//! A client gets the list of live tasks, and each second what has changed in it. The histograms of a task are those of its
//! series.

mod histogram;
mod convert;
mod diff;
mod pause;
mod ticks;
mod updates;
mod details;
mod service;

pub(crate) use self::pause::Pause;
pub(crate) use self::service::{PATH, service};
