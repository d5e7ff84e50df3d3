//! How far a request is, and until when its client may take the next step: pure rules.

use std::time::{Duration, Instant};

/// A connection is closed after this time without a request, or while its client reads nothing of an answer.
pub(super) const IO_TIMEOUT: Duration = Duration::from_secs(10);
/// An answer must be complete after this time, unless it is a stream of events.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// A client that reads nothing for this time may be closed for another one,
const STALLED: Duration = Duration::from_secs(1);
/// and so may a client that has not read all of its answer after this time.
pub(super) const SLOW: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct RequestState {
    phase: Phase,
    /// By when all of the answer must be sent.
    end: Option<Instant>,
}

/// What the request waits for, and since when.
#[derive(Clone, Copy, Debug)]
enum Phase {
    /// The client sends the rest of the request.
    Receiving(Instant),
    /// The answer is computed.
    Computing(Instant),
    /// The client reads a part of the answer.
    Sending(Instant),
    /// The next event happens.
    Waiting,
}

impl RequestState {
    /// The headers have arrived; `is_whole` if there is no body.
    pub(super) fn new(is_whole: bool, now: Instant) -> Self {
        let phase = if is_whole { Phase::Computing(now) } else { Phase::Receiving(now) };
        Self { phase, end: None }
    }

    /// All of the answer must be sent by then.
    pub(super) fn end_by(&mut self, end: Instant) {
        self.end = Some(end);
    }

    /// The client can read a part of the answer.
    pub(super) fn sending(&mut self, now: Instant) {
        self.phase = Phase::Sending(now);
    }

    /// The client has read all that there is, and more will come. An answer with an end is computed already: its next part
    /// only waits for its turn.
    pub(super) fn waiting(&mut self) {
        if self.end.is_none() {
            self.phase = Phase::Waiting;
        }
    }

    /// When the connection must be closed; `None` while the client waits for an event.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let due = match self.phase {
            Phase::Computing(since) => Some(since + ANSWER_TIMEOUT),
            Phase::Receiving(since) | Phase::Sending(since) => Some(since + IO_TIMEOUT),
            Phase::Waiting => None,
        };
        due.into_iter().chain(self.end).min()
    }

    /// Since when the client has been slow; `None` if it is not.
    pub(super) fn slow_since(&self, now: Instant) -> Option<Instant> {
        let (Phase::Receiving(since) | Phase::Sending(since)) = self.phase else { return None };
        let is_stalled = since + STALLED <= now;
        // A stream of events has no end, so it cannot be late.
        let answered = self.end.and_then(|end| end.checked_sub(ANSWER_TIMEOUT));
        let slow = answered.filter(|answered| *answered + SLOW <= now);
        slow.or(is_stalled.then_some(since))
    }
}
