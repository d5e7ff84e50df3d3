//! Documents that are too large to be held: each part is written when a client has taken the one before.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;

use crate::chunks::Chunks;

/// Writes a document part by part.
pub(crate) trait PartWriter: fmt::Debug + Send + Sync {
    /// Writes the part with this number, and returns whether there is a next one.
    fn write_part(&self, number: usize, into: &mut Chunks) -> Result<bool, fmt::Error>;
}

/// A document of which the first part is written.
#[derive(Debug)]
pub(crate) struct IncrementalDocument {
    writer: Box<dyn PartWriter>,
    /// The part that was written last. Clients of the same document are often at the same part.
    last: Mutex<(usize, Part)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) chunks: Vec<Bytes>,
    pub(crate) has_next: bool,
}

impl IncrementalDocument {
    pub(crate) fn new(writer: impl PartWriter + 'static) -> Result<Self, fmt::Error> {
        let first = Part::write(&writer, 0)?;
        Ok(Self { writer: Box::new(writer), last: Mutex::new((0, first)) })
    }

    /// The part with this number, written if another one was last.
    pub(crate) fn part(&self, number: usize) -> Result<Part, fmt::Error> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.0 != number {
            *last = (number, Part::write(&*self.writer, number)?);
        }
        Ok(last.1.clone())
    }
}

impl Part {
    fn write(writer: &dyn PartWriter, number: usize) -> Result<Self, fmt::Error> {
        let mut chunks = Chunks::default();
        let has_next = writer.write_part(number, &mut chunks)?;
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

    impl PartWriter for Three {
        fn write_part(&self, number: usize, into: &mut Chunks) -> Result<bool, fmt::Error> {
            self.0.fetch_add(1, Ordering::Relaxed);
            write!(into, "part {number}")?;
            Ok(number < 2)
        }
    }

    #[test]
    fn a_part_is_written_once_for_clients_at_it_and_again_for_those_behind() {
        let writer = Three::default();
        let count = Arc::clone(&writer.0);
        let document = IncrementalDocument::new(writer).unwrap();
        let read = |number| {
            let part = document.part(number).unwrap();
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
