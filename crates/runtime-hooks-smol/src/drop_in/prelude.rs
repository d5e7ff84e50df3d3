//! `smol::prelude`, with the recorded [`FutureExt`](super::future::FutureExt).

#[doc(no_inline)]
pub use smol::{
    future::Future,
    io::{AsyncBufRead, AsyncBufReadExt as _},
    io::{AsyncRead, AsyncReadExt as _},
    io::{AsyncSeek, AsyncSeekExt as _},
    io::{AsyncWrite, AsyncWriteExt as _},
    stream::{Stream, StreamExt as _},
};

pub use super::future::FutureExt as _;
