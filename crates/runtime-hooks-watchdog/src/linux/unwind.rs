//! Frames from the copy of a stack.

use std::iter;

use framehop::Unwinder as _;
use framehop::x86_64::{CacheX86_64, UnwindRegsX86_64};

use super::code::{Code, Unwinder};

/// The most frames of one stack.
const MAX_FRAMES: usize = 256;

/// The registers that unwinding starts with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Registers {
    pub(super) instruction: u64,
    pub(super) stack_pointer: u64,
    pub(super) frame_pointer: u64,
}

/// The innermost part of a stack: from its stack pointer on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StackCopy {
    pub(super) start: u64,
    pub(super) bytes: Vec<u8>,
}

/// The frames of a copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Frames {
    /// Return addresses, the innermost first. The first one is after the instruction that runs.
    pub(super) addresses: Vec<usize>,
    /// Whether they lead to the end of the copy.
    pub(super) are_whole: bool,
}

impl StackCopy {
    fn word(&self, address: u64) -> Option<u64> {
        let at = usize::try_from(address.checked_sub(self.start)?).ok()?;
        let bytes = self.bytes.get(at..at.checked_add(8)?)?;
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    }

    fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }

    /// The frames from these registers on.
    pub(super) fn frames(&self, unwinder: &Unwinder, registers: Registers) -> Frames {
        let Registers { instruction, stack_pointer, frame_pointer } = registers;
        let mut cache = CacheX86_64::<_>::new();
        let mut are_whole = false;
        let end = self.end();
        let mut read = |address| {
            let word = self.word(address);
            are_whole |= word.is_none() && (end..end + FRAME).contains(&(address + 8));
            word.ok_or(())
        };
        let start = UnwindRegsX86_64::new(instruction, stack_pointer, frame_pointer);
        let mut frames = unwinder.iter_frames(instruction, start, &mut cache, &mut read);
        let mut addresses = Vec::new();
        while let Ok(Some(frame)) = frames.next()
            && addresses.len() < MAX_FRAMES
        {
            addresses.push(usize::try_from(frame.address_for_lookup() + 1).unwrap_or(0));
        }
        Frames { addresses, are_whole }
    }

    /// The frames of a thread that waits in the system, which does not tell the frame pointer.
    ///
    /// It lies where a function has stored it: below an address to return to. Of all such places, the one is right from which
    /// each function is the one that its caller has called.
    pub(super) fn frames_without_frame_pointer(
        &self,
        code: &Code<'_>,
        instruction: u64,
        stack_pointer: u64,
    ) -> Frames {
        let with = |frame_pointer| {
            let registers = Registers { instruction, stack_pointer, frame_pointer };
            let frames = self.frames(code.unwinder, registers);
            let doubts = (!frames.are_whole, code.doubts(&frames.addresses), frame_pointer);
            (doubts, frames)
        };
        let places = (stack_pointer..self.end().min(stack_pointer + FRAME)).step_by(8);
        let is_return = |place: &u64| self.word(place + 8).is_some_and(|to| code.contains(to));
        let all = iter::once(0).chain(places.filter(is_return)).map(with);
        let best = all.min_by_key(|(doubts, _)| *doubts);
        best.map_or_else(Frames::default, |(_, frames)| frames)
    }
}

/// The largest frame that is expected near either end of a copy.
const FRAME: u64 = 4_096;
