//! How many connections stay open, and which one is closed for a new one: pure rules, which take `now`.

use std::collections::BTreeMap;
use std::time::Instant;

use super::request_state::{IO_TIMEOUT, RequestState};

/// Connections without an authorized request. The oldest is closed for a new one.
pub(super) const MAX_UNAUTHORIZED: usize = 64;
/// Connections with an authorized request. One that is idle or slow is closed for a new one.
pub(super) const MAX_AUTHORIZED: usize = 64;

/// The state of all connections, by id. Ids are never reused and grow with time.
#[derive(Debug, Default)]
pub(super) struct ConnectionLimiter {
    connections: BTreeMap<u64, State>,
    next_id: u64,
}

#[derive(Debug)]
struct State {
    is_authorized: bool,
    /// When its last request ended, or when it was opened.
    idle_since: Instant,
    requests: BTreeMap<u64, RequestState>,
}

impl State {
    fn is_idle(&self) -> bool {
        self.requests.is_empty()
    }

    fn deadline(&self) -> Option<Instant> {
        if self.is_idle() {
            return Some(self.idle_since + IO_TIMEOUT);
        }
        self.requests.values().filter_map(RequestState::deadline).min()
    }
}

impl ConnectionLimiter {
    /// Adds a connection. Returns its id, and the id of the connection that must be closed for it.
    pub(super) fn open(&mut self, now: Instant) -> (u64, Option<u64>) {
        let evicted = (self.count(false) >= MAX_UNAUTHORIZED).then(|| self.evict_unauthorized());
        let id = self.new_id();
        let state = State { is_authorized: false, idle_since: now, requests: BTreeMap::new() };
        self.connections.insert(id, state);
        (id, evicted.flatten())
    }

    /// A request of this connection is authorized. Returns the id of the connection that must be closed for it, or an error
    /// if all authorized connections are being served.
    pub(super) fn authorize(&mut self, id: u64, now: Instant) -> Result<Option<u64>, LimitReached> {
        let Some(state) = self.connections.get(&id) else { return Err(LimitReached) };
        if state.is_authorized {
            return Ok(None);
        }
        let is_full = self.count(true) >= MAX_AUTHORIZED;
        let evicted = if is_full { Some(self.evict_authorized(now)?) } else { None };
        if let Some(state) = self.connections.get_mut(&id) {
            state.is_authorized = true;
        }
        Ok(evicted)
    }

    /// The headers of a request have arrived; `is_whole` if it has no body. Returns the request's id.
    pub(super) fn begin(&mut self, id: u64, is_whole: bool, now: Instant) -> u64 {
        let request = self.new_id();
        if let Some(state) = self.connections.get_mut(&id) {
            state.requests.insert(request, RequestState::new(is_whole, now));
        }
        request
    }

    /// The state of a request, if its connection is still open.
    pub(super) fn request(&mut self, id: u64, request: u64) -> Option<&mut RequestState> {
        self.connections.get_mut(&id)?.requests.get_mut(&request)
    }

    /// The request is answered, or its client has disconnected.
    pub(super) fn end(&mut self, id: u64, request: u64, now: Instant) {
        if let Some(state) = self.connections.get_mut(&id) {
            state.requests.remove(&request);
            state.idle_since = now;
        }
    }

    /// The connection is closed.
    pub(super) fn close(&mut self, id: u64) {
        self.connections.remove(&id);
    }

    /// When the connection must be closed; `None` while its client waits for an event.
    pub(super) fn deadline(&self, id: u64) -> Option<Instant> {
        self.connections.get(&id)?.deadline()
    }

    /// Removes the connection whose client has been slow for longest, and returns its id.
    pub(super) fn evict_slow(&mut self, now: Instant) -> Option<u64> {
        let authorized = self.connections.iter().filter(|(_, state)| state.is_authorized);
        let slow = authorized.filter_map(|(id, state)| {
            let slow = state.requests.values().filter_map(|request| request.slow_since(now));
            Some((slow.min()?, *id))
        });
        let (_, id) = slow.min()?;
        Some(self.remove(id))
    }

    /// Removes the oldest one, preferably one without a request.
    fn evict_unauthorized(&mut self) -> Option<u64> {
        let unauthorized = || self.connections.iter().filter(|(_, state)| !state.is_authorized);
        let oldest = unauthorized().find(|(_, state)| state.is_idle());
        let id = *oldest.or_else(|| unauthorized().next())?.0;
        Some(self.remove(id))
    }

    fn evict_authorized(&mut self, now: Instant) -> Result<u64, LimitReached> {
        let authorized = self.connections.iter().filter(|(_, state)| state.is_authorized);
        let idle = authorized.filter(|(_, state)| state.is_idle());
        let longest = idle.min_by_key(|(_, state)| state.idle_since).map(|(id, _)| *id);
        if let Some(id) = longest {
            return Ok(self.remove(id));
        }
        self.evict_slow(now).ok_or(LimitReached)
    }

    fn remove(&mut self, id: u64) -> u64 {
        self.connections.remove(&id);
        id
    }

    fn count(&self, is_authorized: bool) -> usize {
        self.connections.values().filter(|state| state.is_authorized == is_authorized).count()
    }

    fn new_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }
}

/// All authorized connections are being served.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LimitReached;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::server::request_state::{ANSWER_TIMEOUT, SLOW};

    const SECOND: Duration = Duration::from_secs(1);

    fn authorized(limiter: &mut ConnectionLimiter, now: Instant) -> (u64, u64) {
        let (id, _) = limiter.open(now);
        let request = limiter.begin(id, true, now);
        assert_eq!(limiter.authorize(id, now), Ok(None));
        (id, request)
    }

    #[test]
    fn the_oldest_without_a_request_is_closed_for_a_new_connection() {
        let (mut limiter, start) = (ConnectionLimiter::default(), Instant::now());
        let ids: Vec<u64> = (0..MAX_UNAUTHORIZED).map(|_| limiter.open(start).0).collect();
        let answered = limiter.begin(ids[0], true, start);
        assert_eq!(limiter.open(start).1, Some(ids[1]));
        limiter.end(ids[0], answered, start);
        assert_eq!(limiter.open(start).1, Some(ids[0]));
        // If all have one, the oldest is: a new connection is never refused.
        for id in limiter.connections.keys().copied().collect::<Vec<_>>() {
            limiter.begin(id, true, start);
        }
        assert_eq!(limiter.open(start).1, Some(ids[2]));
        assert_eq!(limiter.count(false), MAX_UNAUTHORIZED);
    }

    #[test]
    fn authorized_connections_have_a_limit_of_their_own() {
        let (mut limiter, start) = (ConnectionLimiter::default(), Instant::now());
        let (first, request) = authorized(&mut limiter, start);
        for _ in 0..MAX_UNAUTHORIZED * 3 {
            assert_ne!(limiter.open(start).1, Some(first));
        }
        for _ in 1..MAX_AUTHORIZED {
            authorized(&mut limiter, start);
        }
        let (further, _) = limiter.open(start);
        assert_eq!(limiter.authorize(further, start), Err(LimitReached));
        // A client that reads nothing is closed after a second, an idle one at once.
        limiter.request(first, request).unwrap().sending(start);
        assert_eq!(limiter.authorize(further, start + SECOND / 2), Err(LimitReached));
        assert_eq!(limiter.authorize(further, start + SECOND), Ok(Some(first)));
        limiter.begin(further, true, start);
        let (next, _) = limiter.open(start);
        let second = *limiter.connections.iter().find(|(_, state)| state.is_authorized).unwrap().0;
        let request = *limiter.connections[&second].requests.keys().next().unwrap();
        limiter.end(second, request, start);
        assert_eq!(limiter.authorize(next, start), Ok(Some(second)));
        assert_eq!(limiter.count(true), MAX_AUTHORIZED);
    }

    #[test]
    fn a_client_that_reads_its_answer_slowly_is_closed() {
        let (mut limiter, start) = (ConnectionLimiter::default(), Instant::now());
        let (slow, request) = authorized(&mut limiter, start);
        let (events, event) = authorized(&mut limiter, start);
        let (other, _) = limiter.open(start);
        let refused = limiter.begin(other, true, start);
        limiter.request(other, refused).unwrap().sending(start);
        limiter.request(slow, request).unwrap().end_by(start + ANSWER_TIMEOUT);
        limiter.request(events, event).unwrap().waiting();
        // It reads a chunk every half second.
        for half in 1..10 {
            let now = start + SECOND * half / 2;
            limiter.request(slow, request).unwrap().sending(now);
            assert_eq!(limiter.evict_slow(now), None);
        }
        limiter.request(slow, request).unwrap().sending(start + SLOW);
        assert_eq!(limiter.evict_slow(start + SLOW), Some(slow));
        assert_eq!(limiter.evict_slow(start + SLOW), None);
        assert_eq!(limiter.connections.len(), 2);
    }

    #[test]
    fn each_phase_has_its_deadline_and_waiting_for_events_has_none() {
        let (mut limiter, start) = (ConnectionLimiter::default(), Instant::now());
        let (id, _) = limiter.open(start);
        assert_eq!(limiter.deadline(id), Some(start + IO_TIMEOUT));
        let events = limiter.begin(id, true, start + SECOND);
        assert_eq!(limiter.deadline(id), Some(start + SECOND + ANSWER_TIMEOUT));
        limiter.request(id, events).unwrap().sending(start + 2 * SECOND);
        assert_eq!(limiter.deadline(id), Some(start + 2 * SECOND + IO_TIMEOUT));
        limiter.request(id, events).unwrap().waiting();
        assert_eq!(limiter.deadline(id), None);

        let document = limiter.begin(id, true, start);
        limiter.request(id, document).unwrap().end_by(start + ANSWER_TIMEOUT);
        limiter.request(id, document).unwrap().sending(start + 15 * SECOND);
        limiter.request(id, document).unwrap().waiting();
        assert_eq!(limiter.deadline(id), Some(start + 15 * SECOND + IO_TIMEOUT));
        limiter.request(id, document).unwrap().sending(start + 25 * SECOND);
        assert_eq!(limiter.deadline(id), Some(start + ANSWER_TIMEOUT));
        limiter.end(id, document, start + 26 * SECOND);
        assert_eq!(limiter.deadline(id), None);
        limiter.end(id, events, start + 27 * SECOND);
        assert_eq!(limiter.deadline(id), Some(start + 27 * SECOND + IO_TIMEOUT));
        limiter.begin(id, false, start + 28 * SECOND);
        assert_eq!(limiter.deadline(id), Some(start + 28 * SECOND + IO_TIMEOUT));
        limiter.close(id);
        assert_eq!(limiter.deadline(id), None);
    }
}
