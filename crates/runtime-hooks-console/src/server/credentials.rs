//! The parts of a request that identify its client: the requested host, and the token or session.

use axum::extract::Request;
use axum::http::Method;
use axum::http::header::{self, HeaderMap, HeaderValue};

/// The token of `/?token=TOKEN`: browsers send it to `/` and nowhere else.
pub(super) fn query_token(request: &Request) -> Option<String> {
    let is_page = request.uri().path() == "/" && request.method() == Method::GET;
    let query = request.uri().query().filter(|_| is_page)?;
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    parameters.find(|(name, _)| name == "token").map(|(_, token)| token.into_owned())
}

/// The token of `Authorization: Bearer TOKEN`; the scheme is case-insensitive.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, token) = value.split_at(value.iter().position(|byte| *byte == b' ')?);
    scheme.eq_ignore_ascii_case(b"bearer").then(|| token.trim_ascii())
}

/// The values of all cookies of this name.
pub(super) fn cookies<'h>(headers: &'h HeaderMap, name: &'h str) -> impl Iterator<Item = &'h [u8]> {
    let values = headers.get_all(header::COOKIE).into_iter().map(HeaderValue::as_bytes);
    let each = values.flat_map(|cookies| cookies.split(|byte| *byte == b';'));
    each.filter_map(|cookie| cookie.trim_ascii().strip_prefix(name.as_bytes())?.strip_prefix(b"="))
}

/// A host without its port.
pub(super) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        // A colon inside an IPv6 address is not before a port.
        Some((name, port)) if !port.contains(']') && port.bytes().all(|b| b.is_ascii_digit()) => {
            name
        }
        _ => host,
    }
}
