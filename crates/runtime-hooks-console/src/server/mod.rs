//! The server: one thread moves bytes, another one computes; each client has a bounded part of both.

mod limits;
mod failed_attempts;
mod sessions;
mod credentials;
mod request_state;
mod connection_limiter;
mod connections;
mod access_policy;
mod guard;
mod document;
#[cfg(feature = "dump")]
mod dumper;
mod responder;
mod assets;
mod event_stream;
mod routes;
mod respond;
mod http1;
#[cfg(feature = "tokio-console")]
mod http2;
mod serve;

pub(crate) use self::access_policy::{Access, AccessPolicy};
pub(crate) use self::serve::serve;
