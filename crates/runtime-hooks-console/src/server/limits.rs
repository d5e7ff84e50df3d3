//! Limits that HTTP/1 and HTTP/2 share.

/// The size of a request's line and headers.
pub(super) const MAX_HEADER_BYTES: u16 = 16 << 10;
/// The number of a request's headers, over HTTP/1.
pub(super) const MAX_HEADERS: usize = 64;
