//! Calls user code and catches its panics.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls `call`. The error is the message of its panic.
///
/// With `panic = "abort"` nothing is caught: the program aborts, as with any other panic.
pub fn catch<R>(call: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(call)).map_err(take_message)
}

/// The message of a caught panic; drops the payload.
#[cold]
#[inline(never)]
pub(crate) fn take_message(payload: Box<dyn Any + Send>) -> String {
    let message = message(&*payload).unwrap_or("no message").to_owned();
    discard(payload);
    message
}

/// The text of a panic; `None` if its payload is something else.
pub(crate) fn message(payload: &(dyn Any + Send)) -> Option<&str> {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}

/// Drops a payload. If its destructor panics, the payload of that panic is leaked.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(second);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(catch(|| 7), Ok(7));
        assert_eq!(catch(|| panic!("a literal")), Err::<(), _>("a literal".to_owned()));
        assert_eq!(catch(|| panic!("number {}", 5)), Err::<(), _>("number 5".to_owned()));
        assert_eq!(catch(|| std::panic::panic_any(7_u8)), Err::<(), _>("no message".to_owned()));
    }

    #[test]
    fn a_payload_that_panics_when_dropped_ends_here_too() {
        struct PanicsOnDrop;
        impl Drop for PanicsOnDrop {
            fn drop(&mut self) {
                panic!("in a payload's destructor");
            }
        }
        let caught = catch(|| std::panic::panic_any(PanicsOnDrop));
        assert_eq!(caught, Err::<(), _>("no message".to_owned()));
    }
}
