//! `async_std::prelude`, with the recorded [`FutureExt`].

#[doc(no_inline)]
pub use async_std::prelude::*;

pub use super::future::FutureExt;
