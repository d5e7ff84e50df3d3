//! Walks the stack of the calling thread up to a given address.

/// Whether stacks can be walked on this platform.
pub const HAS_STACK_WALKER: bool =
    cfg!(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")));

/// The most frames of one walk.
pub(super) const MAX_FRAMES: usize = 128;

/// Appends the return addresses of the frames that lie below the address `top`, the innermost first; at most
/// [`MAX_FRAMES`].
#[inline(never)]
pub(super) fn walk(top: usize, into: &mut Vec<usize>) {
    if !HAS_STACK_WALKER {
        return;
    }
    let mut left = MAX_FRAMES;
    backtrace::trace(|frame| {
        // The caller's stack pointer, which lies above all locals of the frame; 0 where it is not known.
        let end = frame.sp().addr();
        into.push(frame.ip().addr());
        left -= 1;
        left > 0 && end < top
    });
}
