//! The code of this process, and whether functions can have called each other.

use std::collections::BTreeMap;
use std::sync::Arc;

use framehop::x86_64::UnwinderX86_64;

use super::functions::Functions;

use super::mapping::Mapping;
use super::memory::Memory;

pub(super) type Unwinder = UnwinderX86_64<Arc<[u8]>>;

/// All code that is mapped.
#[derive(Clone, Copy)]
pub(super) struct Code<'m> {
    pub(super) unwinder: &'m Unwinder,
    pub(super) mapped: &'m BTreeMap<Mapping, Option<Functions>>,
    pub(super) memory: &'m Memory,
}

/// The most bytes of a call.
const CALL: usize = 7;

impl Code<'_> {
    /// Whether this address is in a file with code.
    pub(super) fn contains(&self, address: u64) -> bool {
        self.mapped.keys().any(|mapping| (mapping.start..mapping.end).contains(&address))
    }

    /// How many of these return addresses do not follow a call, and how many follow a call of another function than the one
    /// that the frame inside is in. That also occurs where that function has ended with a call.
    pub(super) fn doubts(&self, addresses: &[usize]) -> (usize, usize) {
        let (mut no_calls, mut others) = (0, 0);
        for pair in addresses.windows(2) {
            let [inner, outer] = [pair[0] as u64, pair[1] as u64];
            match self.call_before(outer) {
                None => no_calls += 1,
                Some(Call::Indirect | Call::At(_)) => {}
                Some(Call::Of(called)) => {
                    let starts = self.start_of(called).zip(self.start_of(inner - 1));
                    others += usize::from(starts.is_some_and(|(called, inner)| called != inner));
                }
            }
        }
        (no_calls, others)
    }

    fn start_of(&self, address: u64) -> Option<u64> {
        let mut of = self
            .mapped
            .iter()
            .filter(|(mapping, _)| (mapping.start..mapping.end).contains(&address));
        of.find_map(|(_, functions)| functions.as_ref()?.start_of(address))
    }

    fn call_before(&self, address: u64) -> Option<Call> {
        let mut before = [0; CALL];
        self.memory.read(address.checked_sub(CALL as u64)?, &mut before).ok()?;
        let call = call(before, address)?;
        let Call::At(place) = call else { return Some(call) };
        let mut called = [0; 8];
        let is_read = self.memory.read(place, &mut called).is_ok();
        Some(if is_read { Call::Of(u64::from_le_bytes(called)) } else { Call::Indirect })
    }
}

/// An instruction that calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    /// The function at this address.
    Of(u64),
    /// The function whose address is at this one, as of another file.
    At(u64),
    /// By an address in a register, or in memory that a register tells.
    Indirect,
}

/// The call that ends right before an address.
fn call(before: [u8; CALL], address: u64) -> Option<Call> {
    if let [_, _, 0xe8, distance @ ..] = before {
        let distance = i64::from(i32::from_le_bytes(distance));
        return Some(Call::Of(address.wrapping_add_signed(distance)));
    }
    if let [_, 0xff, 0x15, distance @ ..] = before {
        let distance = i64::from(i32::from_le_bytes(distance));
        return Some(Call::At(address.wrapping_add_signed(distance)));
    }
    // The length of an indirect call is known by its second byte; a prefix can precede it.
    let is_call = |length: usize| {
        let at = CALL - length;
        before[at] == 0xff
            && before[at + 1] >> 3 & 0b111 == 2
            && length_of(before[at + 1]) == length
    };
    [2, 3, 4, 6, 7].into_iter().any(is_call).then_some(Call::Indirect)
}

/// The length of an indirect call with this second byte.
const fn length_of(operand: u8) -> usize {
    let (mode, register) = (operand >> 6, operand & 0b111);
    let has_index = mode != 3 && register == 4;
    let displacement = match (mode, register) {
        (0, 5) | (2, _) => 4,
        (1, _) => 1,
        _ => 0,
    };
    2 + has_index as usize + displacement
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_known_by_the_bytes_before_the_return_address() {
        for (bytes, expected) in [
            // call 0x0ff0
            ([0, 0, 0xe8, 0xf0, 0xff, 0xff, 0xff], Some(Call::Of(0x0ff0))),
            // call rax; call r11
            ([0, 0, 0, 0, 0, 0xff, 0xd0], Some(Call::Indirect)),
            ([0, 0, 0, 0, 0x41, 0xff, 0xd3], Some(Call::Indirect)),
            // call [rip - 1]
            ([0, 0xff, 0x15, 0xff, 0xff, 0xff, 0xff], Some(Call::At(0xfff))),
            // call [rax + 0x18]; call [rsp + 8]; call [rax + rbx * 8 + 1]
            ([0, 0, 0, 0, 0xff, 0x50, 0x18], Some(Call::Indirect)),
            ([0, 0, 0, 0xff, 0x54, 0x24, 8], Some(Call::Indirect)),
            ([0xff, 0x94, 0xd8, 1, 0, 0, 0], Some(Call::Indirect)),
            // jmp rax; push [rax]; mov
            ([0, 0, 0, 0, 0, 0xff, 0xe0], None),
            ([0, 0, 0, 0, 0, 0xff, 0x30], None),
            ([0x48, 0x89, 0xe5, 0x48, 0x83, 0xec, 0x10], None),
        ] {
            assert_eq!(call(bytes, 0x1000), expected, "{bytes:x?}");
        }
    }
}
