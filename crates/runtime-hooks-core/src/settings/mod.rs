//! The settings that a call reads: methods, detail, names to trace.

mod detail;
mod method;
mod packed_state;
mod trace_names;
mod selector;

pub use self::detail::Detail;
pub use self::method::Method;
pub use self::trace_names::TraceNames;

pub(crate) use self::method::Methods;
pub(crate) use self::packed_state::{Flag, PackedState};
pub(crate) use self::selector::{Selected, Selector};
