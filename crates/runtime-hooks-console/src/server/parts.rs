//! A document that is too large to be held: it is written part by part, as those who asked take it.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;

use super::responder::Chunks;

/// What writes it.
pub(crate) trait Parts: fmt::Debug + Send + Sync {
    /// Writes the part of this number; whether there is a next one.
    fn write(&self, number: usize, into: &mut Chunks) -> Result<bool, fmt::Error>;
}

/// Written at least as far as its first part.
#[derive(Debug)]
pub(super) struct Written {
    parts: Box<dyn Parts>,
    /// The part that was written last: those who asked at the same time are often as far as each other.
    last: Mutex<(usize, Part)>,
}

#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) chunks: Vec<Bytes>,
    pub(super) has_next: bool,
}

impl Written {
    pub(super) fn new(parts: impl Parts + 'static) -> Result<Self, fmt::Error> {
        let first = Part::of(&parts, 0)?;
        Ok(Self { parts: Box::new(parts), last: Mutex::new((0, first)) })
    }

    pub(super) fn part(&self, number: usize) -> Result<Part, fmt::Error> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.0 != number {
            *last = (number, Part::of(&*self.parts, number)?);
        }
        Ok(last.1.clone())
    }
}

impl Part {
    fn of(parts: &dyn Parts, number: usize) -> Result<Self, fmt::Error> {
        let mut chunks = Chunks::default();
        let has_next = parts.write(number, &mut chunks)?;
        Ok(Self { chunks: chunks.finish(), has_next })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[derive(Debug, Default)]
    struct Three(Arc<AtomicUsize>);

    impl Parts for Three {
        fn write(&self, number: usize, into: &mut Chunks) -> Result<bool, fmt::Error> {
            self.0.fetch_add(1, Ordering::Relaxed);
            write!(into, "part {number}")?;
            Ok(number < 2)
        }
    }

    #[test]
    fn a_part_is_written_once_for_all_who_are_as_far_and_again_for_who_is_behind() {
        let parts = Three::default();
        let count = Arc::clone(&parts.0);
        let written = Written::new(parts).unwrap();
        let read = |number| {
            let part = written.part(number).unwrap();
            (String::from_utf8(part.chunks.concat()).unwrap(), part.has_next)
        };
        for (number, has_next, written) in [(0, true, 1), (1, true, 2), (2, false, 3), (0, true, 4)]
        {
            for _ in 0..2 {
                assert_eq!(read(number), (format!("part {number}"), has_next));
                assert_eq!(count.load(Ordering::Relaxed), written);
            }
        }
    }
}
