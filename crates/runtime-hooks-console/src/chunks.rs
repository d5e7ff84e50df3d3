//! Bytes in chunks: a document is written, held and sent without one large allocation.

use std::fmt;

use axum::body::Bytes;

/// The size of a chunk: what a connection gets at a time.
const CHUNK_SIZE: usize = 64 << 10;

/// A buffer of chunks, for text and for protobuf.
#[derive(Debug, Default)]
pub(crate) struct Chunks {
    full: Vec<Bytes>,
    next: Vec<u8>,
}

impl Chunks {
    pub(crate) fn write_bytes(&mut self, mut bytes: &[u8]) {
        while self.next.len() + bytes.len() > CHUNK_SIZE {
            let (now, later) = bytes.split_at(CHUNK_SIZE - self.next.len());
            self.next.extend_from_slice(now);
            bytes = later;
            let full = std::mem::replace(&mut self.next, Vec::with_capacity(CHUNK_SIZE));
            self.full.push(full.into());
        }
        self.next.extend_from_slice(bytes);
    }

    pub(crate) fn finish(mut self) -> Vec<Bytes> {
        self.full.push(self.next.into());
        self.full
    }
}

impl fmt::Write for Chunks {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write_bytes(text.as_bytes());
        Ok(())
    }
}

/// Splits a document that is held already. Copies nothing.
pub(crate) fn split(mut document: Bytes) -> Vec<Bytes> {
    let mut chunks = Vec::with_capacity(document.len() / CHUNK_SIZE + 1);
    while document.len() > CHUNK_SIZE {
        chunks.push(document.split_to(CHUNK_SIZE));
    }
    chunks.push(document);
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_what_was_written() {
        let written: Vec<u8> = (0..200_000_u32).map(|byte| (byte % 251) as u8).collect();
        for part in [1_000, CHUNK_SIZE, CHUNK_SIZE + 1, 200_000] {
            let mut chunks = Chunks::default();
            written.chunks(part).for_each(|part| chunks.write_bytes(part));
            let chunks = chunks.finish();
            assert_eq!(
                chunks.iter().map(Bytes::len).collect::<Vec<_>>(),
                [CHUNK_SIZE, CHUNK_SIZE, CHUNK_SIZE, 3_392]
            );
            assert_eq!(chunks.concat(), written);
        }
        assert_eq!(split(Bytes::from(written.clone())).concat(), written);
        assert_eq!(split(Bytes::new()).concat(), b"");
    }
}
