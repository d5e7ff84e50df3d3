//! The lifecycle of a task as a pure state machine: all rules of what is recorded when.
//!
//! Its input are ticks and it reads no clock, so each rule is a row of the table test below.

use runtime_hooks_recorder::internals::{OutcomeId, Step};

/// The phase of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Recording is off.
    Off,
    /// Ended and recorded.
    Ended,
    /// Not recorded, but an elapsed deadline may be about to drop it: see
    /// [`next_drop_is_elapsed`](super::next_drop_is_elapsed).
    Unrecorded,
    /// Submitted to the runtime, and runnable.
    Submitted = 4,
    /// Being polled.
    Running,
    /// Waiting for a wake.
    Idle,
}

/// An event of a task.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    /// A poll starts. `woke` is the tick at which the task became runnable, if that is known.
    Start { woke: Option<u64> },
    /// The poll that started at `since` has ended, the task has not.
    Pause { since: u64 },
    /// The poll has ended the task: it returned (`FINISHED`, or the classifier's outcome) or panicked.
    Return { since: u64, outcome: OutcomeId },
    /// Dropped.
    Drop,
    /// Dropped before the first poll, with an outcome that says so.
    DropUnrun { outcome: OutcomeId },
    /// Its deadline has elapsed. It is not polled again.
    Elapse,
}

/// The next phase, and what to add, for `event` at tick `now`. `submitted` is called only if it is needed.
#[inline(always)]
#[expect(clippy::inline_always, reason = "removes the unused fields of the `Step`")]
pub(crate) fn step(
    phase: Phase,
    submitted: impl Fn() -> u64,
    event: Event,
    now: u64,
) -> (Phase, Step) {
    let nothing = Step::default();
    let end = |outcome| Some((outcome, (submitted(), now)));
    match (phase, event) {
        (Phase::Submitted, Event::Start { .. }) => {
            (Phase::Running, Step { schedule: Some((submitted(), now)), ..nothing })
        }
        // A poll without a wake, for example because another future of a `join` was woken, has no schedule delay.
        (Phase::Idle, Event::Start { woke }) => {
            (Phase::Running, Step { schedule: woke.map(|woke| (woke, now)), ..nothing })
        }
        (Phase::Running, Event::Pause { since }) => {
            (Phase::Idle, Step { poll: Some((since, now)), ..nothing })
        }
        (Phase::Running, Event::Return { since, outcome }) => {
            (Phase::Ended, Step { poll: Some((since, now)), ended: end(outcome), ..nothing })
        }
        (Phase::Submitted | Phase::Idle, Event::Drop) => {
            (Phase::Ended, Step { ended: end(OutcomeId::CANCELLED), ..nothing })
        }
        (Phase::Submitted, Event::DropUnrun { outcome }) => {
            (Phase::Ended, Step { ended: end(outcome), ..nothing })
        }
        (Phase::Submitted | Phase::Idle, Event::Elapse) => {
            (Phase::Ended, Step { ended: end(OutcomeId::TIMEOUT), ..nothing })
        }
        // Ended or not recorded: nothing is added any more. Other combinations cannot occur.
        (phase, _) => (phase, nothing),
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const DONE: OutcomeId = OutcomeId::FINISHED;
    const NOTHING: Step = Step { schedule: None, poll: None, ended: None };

    #[test]
    fn each_rule_gives_the_expected_phase_and_step() {
        let start = |woke| Event::Start { woke };
        let pause = Event::Pause { since: 15 };
        let done = |outcome| Event::Return { since: 15, outcome };
        let scheduled = |from| Step { schedule: Some((from, 20)), ..NOTHING };
        let polled = Step { poll: Some((15, 20)), ..NOTHING };
        let ended = |outcome| Step { ended: Some((outcome, (10, 20))), ..NOTHING };
        // Submitted at 10, the event is at 20.
        let table = [
            (Phase::Submitted, start(None), Phase::Running, scheduled(10)),
            (Phase::Submitted, start(Some(12)), Phase::Running, scheduled(10)),
            (Phase::Submitted, Event::Drop, Phase::Ended, ended(OutcomeId::CANCELLED)),
            (Phase::Submitted, Event::DropUnrun { outcome: DONE }, Phase::Ended, ended(DONE)),
            (Phase::Submitted, Event::Elapse, Phase::Ended, ended(OutcomeId::TIMEOUT)),
            (Phase::Running, pause, Phase::Idle, polled),
            (Phase::Running, done(DONE), Phase::Ended, Step { poll: polled.poll, ..ended(DONE) }),
            (
                Phase::Running,
                done(OutcomeId::PANIC),
                Phase::Ended,
                Step { poll: polled.poll, ..ended(OutcomeId::PANIC) },
            ),
            (Phase::Idle, start(Some(17)), Phase::Running, scheduled(17)),
            (Phase::Idle, start(None), Phase::Running, NOTHING),
            (Phase::Idle, Event::Drop, Phase::Ended, ended(OutcomeId::CANCELLED)),
            (Phase::Idle, Event::Elapse, Phase::Ended, ended(OutcomeId::TIMEOUT)),
            (Phase::Ended, Event::Drop, Phase::Ended, NOTHING),
            (Phase::Ended, Event::Elapse, Phase::Ended, NOTHING),
            (Phase::Ended, start(Some(17)), Phase::Ended, NOTHING),
            (Phase::Ended, pause, Phase::Ended, NOTHING),
            (Phase::Ended, done(DONE), Phase::Ended, NOTHING),
            (Phase::Unrecorded, start(None), Phase::Unrecorded, NOTHING),
            (Phase::Unrecorded, Event::Drop, Phase::Unrecorded, NOTHING),
            (Phase::Unrecorded, Event::Elapse, Phase::Unrecorded, NOTHING),
            (Phase::Off, start(None), Phase::Off, NOTHING),
            (Phase::Off, pause, Phase::Off, NOTHING),
            (Phase::Off, done(DONE), Phase::Off, NOTHING),
            (Phase::Off, Event::Drop, Phase::Off, NOTHING),
        ];
        for (phase, event, next, adds) in table {
            assert_eq!(step(phase, || 10, event, 20), (next, adds), "{phase:?} {event:?}");
        }
    }
}
