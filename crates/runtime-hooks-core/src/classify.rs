//! Classifies outputs: derives from a task's output how the task ended.

use std::any::type_name;
use std::collections::BTreeMap;
use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::{fmt, io};

use runtime_hooks_recorder::internals::{HookGuard, catch, lock};
use runtime_hooks_recorder::{Outcome, State};

use crate::elapsed::Elapsed;

/// Decides in which [`Outcome`] a task ended, from its output.
///
/// By default every task that returns has finished. [`by_result`](crate::RuntimeHooksExt::by_result) distinguishes
/// `Ok` and `Err`. [`with_classifier`](crate::RuntimeHooksExt::with_classifier) takes a custom classifier, which may
/// be a closure or a function that takes a reference to the output. It is called once, right after the task has
/// returned.
///
/// # Panics
///
/// A panic of a classifier is caught and never reaches the task, which is recorded as finished. The first panic of a
/// type is reported as a [diagnostic](crate::Config::diagnostics), the second disables all classifiers of this type.
/// With `panic = "abort"` a panic aborts the program.
///
/// ```
/// # use runtime_hooks_core::{Outcome, RuntimeHooks, RuntimeHooksExt};
/// fn by_status(response: &Response) -> Outcome {
///     if response.status < 500 { Outcome::FINISHED } else { Outcome::exception("server error") }
/// }
/// # struct Response { status: u16 }
/// # async fn fetch() -> Response { Response { status: 200 } }
/// # async fn example<R: RuntimeHooks>(runtime: R) {
/// runtime.with_classifier(by_status).spawn(fetch()).await;
/// # }
/// ```
pub trait Classify<T> {
    /// Whether it is known not to panic, so that no guard is needed.
    #[doc(hidden)]
    const NEVER_PANICS: bool = false;

    /// The outcome of a task with this output.
    fn classify(&self, output: &T) -> Outcome;
}

impl<T, F: Fn(&T) -> Outcome> Classify<T> for F {
    #[inline]
    fn classify(&self, output: &T) -> Outcome {
        self(output)
    }
}

/// The default classifier: every task that returns has finished. It costs nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlwaysFinished;

impl<T> Classify<T> for AlwaysFinished {
    const NEVER_PANICS: bool = true;

    #[inline]
    fn classify(&self, _: &T) -> Outcome {
        Outcome::FINISHED
    }
}

/// The outcome of an output; finished if the classifier panics or is disabled.
#[inline]
pub(crate) fn outcome_of<T, C: Classify<T>>(classify: &C, output: &T) -> Outcome {
    if C::NEVER_PANICS {
        return classify.classify(output);
    }
    // Closures in one function have types of the same name, so the guard is found by address.
    let classifier = (C::classify as fn(&C, &T) -> Outcome as *const ()).addr();
    let guard = || guard_of(classifier, type_name::<C>());
    // Locks only after a classifier in this process has panicked.
    if ANY_PANICKED.load(Ordering::Relaxed) && guard().is_off() {
        return Outcome::FINISHED;
    }
    catch(|| classify.classify(output)).unwrap_or_else(|panic| {
        ANY_PANICKED.store(true, Ordering::Relaxed);
        guard().panicked("classify", &panic);
        Outcome::FINISHED
    })
}

static ANY_PANICKED: AtomicBool = AtomicBool::new(false);

/// The guard of all classifiers that are the same function. It is needed only after a panic.
#[cold]
fn guard_of(classifier: usize, name: &'static str) -> Arc<HookGuard> {
    static GUARDS: Mutex<BTreeMap<usize, Arc<HookGuard>>> = Mutex::new(BTreeMap::new());
    let new = || Arc::new(HookGuard::new(name));
    lock(&GUARDS)
        .map_or_else(new, |mut guards| Arc::clone(guards.entry(classifier).or_insert_with(new)))
}

/// Returns whether an error is an elapsed deadline.
pub type IsElapsed = fn(&(dyn Error + 'static)) -> bool;

/// Records an `Err` as an exception of the error's type, or as a timeout if an elapsed deadline caused it: used by
/// [`by_result`](crate::RuntimeHooksExt::by_result).
#[derive(Clone, Copy)]
pub struct ByResult {
    is_elapsed: IsElapsed,
}

impl ByResult {
    pub(crate) fn new(is_elapsed: IsElapsed) -> Self {
        Self { is_elapsed }
    }
}

impl<T, E: Error + 'static> Classify<Result<T, E>> for ByResult {
    fn classify(&self, output: &Result<T, E>) -> Outcome {
        match output {
            Ok(_) => Outcome::FINISHED,
            Err(error) => match find_elapsed(error, self.is_elapsed) {
                State::Timeout => Outcome::timeout(type_name::<E>()),
                _ => Outcome::exception(type_name::<E>()),
            },
        }
    }
}

impl fmt::Debug for ByResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByResult")
    }
}

/// The state of a task that returned this result: `Finished`, or [`state_of_error`] of the error.
///
/// ```
/// use runtime_hooks_core::{State, state_of};
///
/// assert_eq!(state_of(&"7".parse::<u32>()), State::Finished);
/// assert_eq!(state_of(&"seven".parse::<u32>()), State::Exception);
/// ```
pub fn state_of<T, E: Error + 'static>(result: &Result<T, E>) -> State {
    match result {
        Ok(_) => State::Finished,
        Err(error) => state_of_error(error),
    }
}

/// `Timeout` if the error or one of its first 128 [sources](Error::source) is an elapsed deadline, else `Exception`.
///
/// Elapsed deadlines are [`Elapsed`], and an [`io::Error`] of kind [`TimedOut`](io::ErrorKind::TimedOut) that was
/// created by the program, not by the operating system. [`by_result`](crate::RuntimeHooksExt::by_result) also
/// recognises the runtime's own deadline errors.
pub fn state_of_error(error: &(dyn Error + 'static)) -> State {
    find_elapsed(error, |_| false)
}

/// The maximum number of sources to check: a chain of sources may be circular.
const MAX_SOURCES: usize = 128;

fn find_elapsed(error: &(dyn Error + 'static), is_elapsed: IsElapsed) -> State {
    let mut next = Some(error);
    for _ in 0..=MAX_SOURCES {
        let Some(error) = next else { break };
        if error.is::<Elapsed>() || is_elapsed(error) {
            return State::Timeout;
        }
        next = match error.downcast_ref::<io::Error>() {
            Some(error) if is_timed_out_by_program(error) => return State::Timeout,
            // `source` would skip the error inside: it returns the source of that error.
            Some(error) => error.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    State::Exception
}

/// Whether the program created the timeout. An error of the operating system, such as a peer that does not answer,
/// has an error number.
fn is_timed_out_by_program(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::TimedOut && error.raw_os_error().is_none()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::time::Duration;

    #[derive(Debug)]
    struct Wraps(Box<dyn Error + Send + Sync>);

    impl fmt::Display for Wraps {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("wraps")
        }
    }

    impl Error for Wraps {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&*self.0)
        }
    }

    fn elapsed() -> Elapsed {
        Elapsed::new(Duration::from_millis(1))
    }

    fn wraps(error: impl Error + Send + Sync + 'static) -> Wraps {
        Wraps(Box::new(error))
    }

    #[test]
    fn each_kind_of_error_has_its_state() {
        use io::ErrorKind::{Other, TimedOut};
        let table: [(Box<dyn Error>, State); 12] = [
            (Box::new(elapsed()), State::Timeout),
            (Box::new(wraps(elapsed())), State::Timeout),
            (Box::new(wraps(wraps(wraps(elapsed())))), State::Timeout),
            (Box::new(io::Error::from(TimedOut)), State::Timeout),
            (Box::new(io::Error::new(TimedOut, "too slow")), State::Timeout),
            (Box::new(io::Error::new(Other, elapsed())), State::Timeout),
            (Box::new(io::Error::new(Other, wraps(elapsed()))), State::Timeout),
            (Box::new(wraps(io::Error::new(Other, elapsed()))), State::Timeout),
            (Box::new(wraps(fmt::Error)), State::Exception),
            (Box::new(io::Error::from(Other)), State::Exception),
            (Box::new(io::Error::from_raw_os_error(110)), State::Exception),
            (Box::new(wraps(io::Error::new(Other, fmt::Error))), State::Exception),
        ];
        for (error, state) in table {
            assert_eq!(state_of_error(&*error), state, "{error:?}");
        }
        assert_eq!(state_of::<_, Elapsed>(&Ok(1)), State::Finished);
        assert_eq!(state_of::<(), _>(&Err(elapsed())), State::Timeout);
        assert_eq!(state_of::<(), _>(&Err(fmt::Error)), State::Exception);
    }

    #[test]
    fn a_circular_chain_of_sources_is_an_exception() {
        #[derive(Debug)]
        struct Cycle;
        impl fmt::Display for Cycle {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("cycle")
            }
        }
        impl Error for Cycle {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(self)
            }
        }
        assert_eq!(state_of_error(&Cycle), State::Exception);
        assert_eq!(state_of_error(&wraps(Cycle)), State::Exception);
        let at = |depth| {
            let chain = (0..depth).fold(wraps(elapsed()), |error, _| wraps(error));
            state_of_error(&chain)
        };
        assert_eq!([at(127), at(128)], [State::Timeout, State::Exception]);
    }

    #[test]
    fn a_classifier_that_panics_twice_is_disabled() {
        let asked = std::cell::Cell::new(0);
        let panics = |_: &u8| -> Outcome {
            asked.set(asked.get() + 1);
            panic!("in a classifier")
        };
        for _ in 0..4 {
            assert_eq!(outcome_of(&panics, &7), Outcome::FINISHED);
        }
        assert_eq!(asked.get(), 2);
        let works = |_: &u8| Outcome::exception("own");
        assert_eq!(outcome_of(&works, &7), Outcome::exception("own"));
    }

    #[test]
    fn by_result_records_the_errors_type_and_the_runtimes_timeouts() {
        let of_the_runtime: IsElapsed = |error| error.is::<fmt::Error>();
        let outcome = |error: Wraps| ByResult::new(of_the_runtime).classify(&Err::<(), _>(error));
        let name = type_name::<Wraps>();
        let failed = outcome(wraps(io::Error::other("no")));
        assert_eq!((failed.state(), failed.error_type()), (State::Exception, Some(name)));
        let late = outcome(wraps(fmt::Error));
        assert_eq!((late.state(), late.error_type()), (State::Timeout, Some(name)));
        let fine = ByResult::new(of_the_runtime).classify(&Ok::<_, Wraps>(1));
        assert_eq!(fine, Outcome::FINISHED);
    }
}
