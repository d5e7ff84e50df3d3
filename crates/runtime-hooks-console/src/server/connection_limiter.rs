//! Which connections stay, and for how long: pure rules, which take `now`.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Connections of which no request was authorized yet; a further one takes the place of the oldest.
pub(super) const MAX_UNAUTHORIZED: usize = 64;
/// Connections with an authorized request; a further one takes the place of one that is idle or stalled.
pub(super) const MAX_AUTHORIZED: usize = 64;
/// A connection without a request, and a client that takes nothing of its answer, are closed after this time.
pub(super) const IO_TIMEOUT: Duration = Duration::from_secs(10);
/// An answer must be complete after this time, unless it is a stream of events.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// Where all places are taken, a client gives way that takes nothing for this time,
const STALLED: Duration = Duration::from_secs(1);
/// or has not taken all of its answer after this time.
const SLOW: Duration = Duration::from_secs(5);

/// All connections. Ids are never reused and grow with time.
#[derive(Debug, Default)]
pub(super) struct ConnectionLimiter {
    places: BTreeMap<u64, Entry>,
    next_id: u64,
}

#[derive(Debug)]
struct Entry {
    is_authorized: bool,
    /// Since when there has been no request.
    idle_since: Instant,
    requests: BTreeMap<u64, Request>,
}

#[derive(Debug)]
struct Request {
    phase: Phase,
    /// By when all of its answer must be sent.
    end: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// The rest of the request has not come yet.
    Receiving(Instant),
    /// The answer is being made.
    Making(Instant),
    /// A part of the answer waits for the client to take it.
    Offered(Instant),
    /// The client waits for the next event.
    Waiting,
}

impl Request {
    fn deadline(&self) -> Option<Instant> {
        let due = match self.phase {
            Phase::Making(since) => Some(since + ANSWER_TIMEOUT),
            Phase::Receiving(since) | Phase::Offered(since) => Some(since + IO_TIMEOUT),
            Phase::Waiting => None,
        };
        due.into_iter().chain(self.end).min()
    }

    /// Since when its client keeps others waiting, if it is for long enough.
    fn slow_since(&self, now: Instant) -> Option<Instant> {
        let (Phase::Receiving(since) | Phase::Offered(since)) = self.phase else { return None };
        let is_stalled = since + STALLED <= now;
        // Events have no end, and are no document that could be sent for long.
        let answered = self.end.and_then(|end| end.checked_sub(ANSWER_TIMEOUT));
        let slow = answered.filter(|answered| *answered + SLOW <= now);
        slow.or(is_stalled.then_some(since))
    }
}

impl Entry {
    fn is_idle(&self) -> bool {
        self.requests.is_empty()
    }

    fn deadline(&self) -> Option<Instant> {
        if self.is_idle() {
            return Some(self.idle_since + IO_TIMEOUT);
        }
        self.requests.values().filter_map(Request::deadline).min()
    }
}

impl ConnectionLimiter {
    /// A new connection, and which one must be closed for it.
    pub(super) fn open(&mut self, now: Instant) -> (u64, Option<u64>) {
        let evicted = (self.count(false) >= MAX_UNAUTHORIZED).then(|| self.evict_unauthorized());
        let id = self.new_id();
        let place = Entry { is_authorized: false, idle_since: now, requests: BTreeMap::new() };
        self.places.insert(id, place);
        (id, evicted.flatten())
    }

    /// A request of this connection may see what it asks for. Says which connection must be closed for it; an error if
    /// all places are taken by clients that are being served.
    pub(super) fn authorize(&mut self, id: u64, now: Instant) -> Result<Option<u64>, LimitReached> {
        let Some(place) = self.places.get(&id) else { return Err(LimitReached) };
        if place.is_authorized {
            return Ok(None);
        }
        let is_full = self.count(true) >= MAX_AUTHORIZED;
        let evicted = if is_full { Some(self.evict_authorized(now)?) } else { None };
        if let Some(place) = self.places.get_mut(&id) {
            place.is_authorized = true;
        }
        Ok(evicted)
    }

    /// The head of a request has arrived; `is_whole` if it has no body.
    pub(super) fn begin(&mut self, id: u64, is_whole: bool, now: Instant) -> u64 {
        let request = self.new_id();
        let phase = if is_whole { Phase::Making(now) } else { Phase::Receiving(now) };
        if let Some(place) = self.places.get_mut(&id) {
            place.requests.insert(request, Request { phase, end: None });
        }
        request
    }

    /// All of the answer must be sent by then.
    pub(super) fn end_by(&mut self, id: u64, request: u64, end: Instant) {
        if let Some(request) = self.request(id, request) {
            request.end = Some(end);
        }
    }

    /// A part of the answer can be taken.
    pub(super) fn offered(&mut self, id: u64, request: u64, now: Instant) {
        if let Some(request) = self.request(id, request) {
            request.phase = Phase::Offered(now);
        }
    }

    /// All that there is was taken, and more will come. Of an answer that has an end all is there: it only waits for its
    /// turn.
    pub(super) fn waiting(&mut self, id: u64, request: u64) {
        if let Some(request) = self.request(id, request).filter(|request| request.end.is_none()) {
            request.phase = Phase::Waiting;
        }
    }

    /// The request is answered, or its client is gone.
    pub(super) fn end(&mut self, id: u64, request: u64, now: Instant) {
        if let Some(place) = self.places.get_mut(&id) {
            place.requests.remove(&request);
            place.idle_since = now;
        }
    }

    /// The connection is closed.
    pub(super) fn close(&mut self, id: u64) {
        self.places.remove(&id);
    }

    /// When the connection must be closed; `None` while its client rightly waits.
    pub(super) fn deadline(&self, id: u64) -> Option<Instant> {
        self.places.get(&id)?.deadline()
    }

    /// Frees the place of a client that has an answer, and takes nothing of it, or takes it slowly.
    pub(super) fn evict_slow(&mut self, now: Instant) -> Option<u64> {
        let authorized = self.places.iter().filter(|(_, place)| place.is_authorized);
        let slow = authorized.filter_map(|(id, place)| {
            let slow = place.requests.values().filter_map(|request| request.slow_since(now));
            Some((slow.min()?, *id))
        });
        let (_, id) = slow.min()?;
        Some(self.remove(id))
    }

    /// The oldest, first among those without a request.
    fn evict_unauthorized(&mut self) -> Option<u64> {
        let unauthorized = || self.places.iter().filter(|(_, place)| !place.is_authorized);
        let oldest = unauthorized().find(|(_, place)| place.is_idle());
        let id = *oldest.or_else(|| unauthorized().next())?.0;
        Some(self.remove(id))
    }

    fn evict_authorized(&mut self, now: Instant) -> Result<u64, LimitReached> {
        let authorized = self.places.iter().filter(|(_, place)| place.is_authorized);
        let idle = authorized.filter(|(_, place)| place.is_idle());
        let longest = idle.min_by_key(|(_, place)| place.idle_since).map(|(id, _)| *id);
        if let Some(id) = longest {
            return Ok(self.remove(id));
        }
        self.evict_slow(now).ok_or(LimitReached)
    }

    fn remove(&mut self, id: u64) -> u64 {
        self.places.remove(&id);
        id
    }

    fn count(&self, is_authorized: bool) -> usize {
        self.places.values().filter(|place| place.is_authorized == is_authorized).count()
    }

    fn request(&mut self, id: u64, request: u64) -> Option<&mut Request> {
        self.places.get_mut(&id)?.requests.get_mut(&request)
    }

    fn new_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }
}

/// All places are taken by clients that are being served.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LimitReached;

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn authorized(places: &mut ConnectionLimiter, now: Instant) -> (u64, u64) {
        let (id, _) = places.open(now);
        let request = places.begin(id, true, now);
        assert_eq!(places.authorize(id, now), Ok(None));
        (id, request)
    }

    #[test]
    fn a_newcomer_takes_the_place_of_the_oldest_without_a_request() {
        let (mut places, start) = (ConnectionLimiter::default(), Instant::now());
        let ids: Vec<u64> = (0..MAX_UNAUTHORIZED).map(|_| places.open(start).0).collect();
        let answered = places.begin(ids[0], true, start);
        assert_eq!(places.open(start).1, Some(ids[1]));
        places.end(ids[0], answered, start);
        assert_eq!(places.open(start).1, Some(ids[0]));
        // Where all have one, the oldest: a newcomer is never turned away.
        for id in places.places.keys().copied().collect::<Vec<_>>() {
            places.begin(id, true, start);
        }
        assert_eq!(places.open(start).1, Some(ids[2]));
        assert_eq!(places.count(false), MAX_UNAUTHORIZED);
    }

    #[test]
    fn authorized_connections_have_places_of_their_own() {
        let (mut places, start) = (ConnectionLimiter::default(), Instant::now());
        let (first, request) = authorized(&mut places, start);
        for _ in 0..MAX_UNAUTHORIZED * 3 {
            assert_ne!(places.open(start).1, Some(first));
        }
        for _ in 1..MAX_AUTHORIZED {
            authorized(&mut places, start);
        }
        let (further, _) = places.open(start);
        assert_eq!(places.authorize(further, start), Err(LimitReached));
        // A client that takes nothing gives way after a second, an idle one at once.
        places.offered(first, request, start);
        assert_eq!(places.authorize(further, start + SECOND / 2), Err(LimitReached));
        assert_eq!(places.authorize(further, start + SECOND), Ok(Some(first)));
        places.begin(further, true, start);
        let (next, _) = places.open(start);
        let second = *places.places.iter().find(|(_, place)| place.is_authorized).unwrap().0;
        let request = *places.places[&second].requests.keys().next().unwrap();
        places.end(second, request, start);
        assert_eq!(places.authorize(next, start), Ok(Some(second)));
        assert_eq!(places.count(true), MAX_AUTHORIZED);
    }

    #[test]
    fn a_client_gives_way_that_takes_its_answer_slowly() {
        let (mut places, start) = (ConnectionLimiter::default(), Instant::now());
        let (slow, request) = authorized(&mut places, start);
        let (events, event) = authorized(&mut places, start);
        let (other, _) = places.open(start);
        let refused = places.begin(other, true, start);
        places.offered(other, refused, start);
        places.end_by(slow, request, start + ANSWER_TIMEOUT);
        places.waiting(events, event);
        // It takes a chunk every half second.
        for half in 1..10 {
            let now = start + SECOND * half / 2;
            places.offered(slow, request, now);
            assert_eq!(places.evict_slow(now), None);
        }
        places.offered(slow, request, start + SLOW);
        assert_eq!(places.evict_slow(start + SLOW), Some(slow));
        assert_eq!(places.evict_slow(start + SLOW), None);
        assert_eq!(places.places.len(), 2);
    }

    #[test]
    fn each_phase_has_its_deadline_and_waiting_for_events_has_none() {
        let (mut places, start) = (ConnectionLimiter::default(), Instant::now());
        let (id, _) = places.open(start);
        assert_eq!(places.deadline(id), Some(start + IO_TIMEOUT));
        let events = places.begin(id, true, start + SECOND);
        assert_eq!(places.deadline(id), Some(start + SECOND + ANSWER_TIMEOUT));
        places.offered(id, events, start + 2 * SECOND);
        assert_eq!(places.deadline(id), Some(start + 2 * SECOND + IO_TIMEOUT));
        places.waiting(id, events);
        assert_eq!(places.deadline(id), None);

        let document = places.begin(id, true, start);
        places.end_by(id, document, start + ANSWER_TIMEOUT);
        places.offered(id, document, start + 15 * SECOND);
        places.waiting(id, document);
        assert_eq!(places.deadline(id), Some(start + 15 * SECOND + IO_TIMEOUT));
        places.offered(id, document, start + 25 * SECOND);
        assert_eq!(places.deadline(id), Some(start + ANSWER_TIMEOUT));
        places.end(id, document, start + 26 * SECOND);
        assert_eq!(places.deadline(id), None);
        places.end(id, events, start + 27 * SECOND);
        assert_eq!(places.deadline(id), Some(start + 27 * SECOND + IO_TIMEOUT));
        places.begin(id, false, start + 28 * SECOND);
        assert_eq!(places.deadline(id), Some(start + 28 * SECOND + IO_TIMEOUT));
        places.close(id);
        assert_eq!(places.deadline(id), None);
    }
}
