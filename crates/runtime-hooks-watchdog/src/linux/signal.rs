//! Registers and stack of a thread that computes, by a signal whose handler copies them.
//!
//! The handler does not unwind, allocate or lock: it copies three registers and a part of the stack, which the system reads
//! for it. A signal handler needs `unsafe`: in this file only.
#![allow(unsafe_code, reason = "a signal handler, see the module's comment")]

use std::cell::UnsafeCell;
use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io;
use std::mem::{self, MaybeUninit};
use std::os::fd::AsRawFd;
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use libc::{c_int, c_void, siginfo_t};

use super::unwind::{Registers, StackCopy};

/// The signals that do nothing by default, so that none is lost that others send.
const SIGNALS: &[(&str, c_int)] = &[("SIGURG", libc::SIGURG), ("SIGWINCH", libc::SIGWINCH)];

/// The most that is copied of a stack.
const MAX_COPY: usize = 64 << 10;
/// How long to wait for an answer. A thread that blocks the signal gives none.
const LIMIT: Duration = Duration::from_millis(100);
/// How often to look for it.
const CHECK: Duration = Duration::from_micros(50);

/// What a thread is asked for, one at a time.
struct Request {
    state: AtomicU8,
    thread: AtomicI32,
    /// The address above which nothing is copied.
    top: AtomicU64,
    instruction: AtomicU64,
    stack_pointer: AtomicU64,
    frame_pointer: AtomicU64,
    length: AtomicUsize,
    /// Written by the handler in state `ANSWERS`, read by the asking thread in state `ANSWERED`.
    bytes: UnsafeCell<[u8; MAX_COPY]>,
    /// `/proc/self/mem`.
    memory: AtomicI32,
    /// The handler before ours, and its flags.
    older: AtomicUsize,
    older_flags: AtomicI32,
}

// SAFETY: `bytes` is accessed by one thread at a time, as its comment says; all other fields are atomics.
unsafe impl Sync for Request {}

const IDLE: u8 = 0;
const ASKED: u8 = 1;
const ANSWERS: u8 = 2;
const ANSWERED: u8 = 3;

static REQUEST: Request = Request {
    state: AtomicU8::new(IDLE),
    thread: AtomicI32::new(0),
    top: AtomicU64::new(0),
    instruction: AtomicU64::new(0),
    stack_pointer: AtomicU64::new(0),
    frame_pointer: AtomicU64::new(0),
    length: AtomicUsize::new(0),
    bytes: UnsafeCell::new([0; MAX_COPY]),
    memory: AtomicI32::new(-1),
    older: AtomicUsize::new(libc::SIG_DFL),
    older_flags: AtomicI32::new(0),
};

/// The signal whose handler is ours, and how many have it. Held while a thread is asked.
static INSTALLED: Mutex<(c_int, usize)> = Mutex::new((0, 0));

/// Our handler of a signal, until it is dropped.
#[derive(Debug)]
pub(crate) struct Signal(c_int);

/// The handler of a signal cannot be installed.
#[derive(Debug)]
pub(crate) enum SignalError {
    /// Its name.
    Unknown(String),
    /// The name of the one that is used.
    Other(&'static str),
    System(io::Error),
}

impl fmt::Display for SignalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => {
                write!(f, "{name:?} is not a signal for this: use SIGURG or SIGWINCH")
            }
            Self::Other(name) => write!(f, "another watchdog uses {name}: use the same signal"),
            Self::System(error) => write!(f, "the system refuses the signal handler: {error}"),
        }
    }
}

impl Error for SignalError {}

impl Signal {
    /// Installs the handler. An older handler still gets the signals that others send.
    pub(crate) fn install(name: &str) -> Result<Self, SignalError> {
        let signal = SIGNALS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let Some(&(_, signal)) = signal else { return Err(SignalError::Unknown(name.to_owned())) };
        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        match *installed {
            (_, 0) => install(signal).map_err(SignalError::System)?,
            (other, _) if other == signal => {}
            (other, _) => {
                let name = SIGNALS.iter().find(|(_, known)| *known == other);
                return Err(SignalError::Other(name.map_or("another signal", |(name, _)| name)));
            }
        }
        *installed = (signal, installed.1 + 1);
        Ok(Self(signal))
    }

    /// The registers of a thread of this process, and its stack below `top`. `None` if it does not answer.
    pub(super) fn sample(
        &self,
        thread: u32,
        top: u64,
    ) -> Result<Option<(Registers, StackCopy)>, String> {
        let _one_at_a_time = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        if REQUEST.state.load(Ordering::Acquire) != IDLE {
            return Err("a signal handler has not returned".to_owned());
        }
        let number = c_int::try_from(thread).unwrap_or(0);
        REQUEST.thread.store(number, Ordering::Relaxed);
        REQUEST.top.store(top, Ordering::Relaxed);
        REQUEST.state.store(ASKED, Ordering::Release);
        if let Err(error) = send(self.0, number) {
            REQUEST.state.store(IDLE, Ordering::Relaxed);
            return Err(format!("the signal cannot be sent: {error}"));
        }
        let is_answered =
            is_answered_within(LIMIT) || !take_back() && is_answered_within(10 * LIMIT);
        Ok(is_answered.then(take_answer))
    }
}

impl Drop for Signal {
    fn drop(&mut self) {
        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        installed.1 -= 1;
        if installed.1 == 0 {
            uninstall(self.0);
        }
    }
}

/// Whether the thread answers in time.
fn is_answered_within(limit: Duration) -> bool {
    let start = Instant::now();
    while REQUEST.state.load(Ordering::Acquire) != ANSWERED {
        if start.elapsed() > limit {
            return false;
        }
        std::thread::sleep(CHECK);
    }
    true
}

/// Whether the handler has not begun, and does nothing any more.
fn take_back() -> bool {
    let state = &REQUEST.state;
    state.compare_exchange(ASKED, IDLE, Ordering::AcqRel, Ordering::Acquire).is_ok()
}

fn take_answer() -> (Registers, StackCopy) {
    let registers = Registers {
        instruction: REQUEST.instruction.load(Ordering::Relaxed),
        stack_pointer: REQUEST.stack_pointer.load(Ordering::Relaxed),
        frame_pointer: REQUEST.frame_pointer.load(Ordering::Relaxed),
    };
    let length = REQUEST.length.load(Ordering::Relaxed).min(MAX_COPY);
    // SAFETY: In state `ANSWERED`, which was loaded with `Acquire`, no handler writes. The caller holds the lock.
    let bytes = unsafe { (&*REQUEST.bytes.get())[..length].to_vec() };
    REQUEST.state.store(IDLE, Ordering::Release);
    (registers, StackCopy { start: registers.stack_pointer, bytes })
}

fn install(signal: c_int) -> io::Result<()> {
    if REQUEST.memory.load(Ordering::Relaxed) < 0 {
        let memory = File::open("/proc/self/mem")?;
        REQUEST.memory.store(memory.as_raw_fd(), Ordering::Relaxed);
        // For the handler, which can run at any time.
        mem::forget(memory);
    }
    let older = action_of(signal)?;
    REQUEST.older.store(older.sa_sigaction, Ordering::Relaxed);
    REQUEST.older_flags.store(older.sa_flags, Ordering::Relaxed);
    // SAFETY: All zero is a valid `sigaction`, and `sigemptyset` initialises the mask that it is given.
    let action = unsafe {
        let mut action: libc::sigaction = MaybeUninit::zeroed().assume_init();
        libc::sigemptyset(&raw mut action.sa_mask);
        action
    };
    let handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = handle;
    let flags = libc::SA_SIGINFO | libc::SA_RESTART;
    let action = libc::sigaction { sa_sigaction: handler as usize, sa_flags: flags, ..action };
    set_action(signal, &action)
}

/// Sets the older handler again, unless the program has set another one.
fn uninstall(signal: c_int) {
    let handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = handle;
    if let Ok(current) = action_of(signal)
        && current.sa_sigaction == handler as usize
    {
        let sa_sigaction = REQUEST.older.load(Ordering::Relaxed);
        let sa_flags = REQUEST.older_flags.load(Ordering::Relaxed);
        let _ = set_action(signal, &libc::sigaction { sa_sigaction, sa_flags, ..current });
    }
}

fn action_of(signal: c_int) -> io::Result<libc::sigaction> {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: The system writes into `action`, which is large enough; zero is valid before that.
    unsafe {
        if libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(action.assume_init())
    }
}

fn set_action(signal: c_int, action: &libc::sigaction) -> io::Result<()> {
    // SAFETY: The handler is ours or was the program's own before; ours does only what a signal handler may, see `handle`.
    match unsafe { libc::sigaction(signal, action, ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

fn send(signal: c_int, thread: c_int) -> io::Result<()> {
    // SAFETY: A system call with numbers alone. A thread that has ended is an error.
    let sent = unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), thread, signal) };
    if sent == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

extern "C" fn handle(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: `errno` belongs to the thread, which must not see that its value changes. `context` is what the system passes
    // to a handler with `SA_SIGINFO`. Both functions call only system calls and an older handler, for which that is its
    // signal; they do not allocate, lock or panic.
    unsafe {
        let errno = libc::__errno_location();
        let before = *errno;
        if !answer(&*context.cast::<libc::ucontext_t>()) {
            call_older(signal, info, context);
        }
        *errno = before;
    }
}

/// Copies registers and stack, if this thread was asked for them.
fn answer(context: &libc::ucontext_t) -> bool {
    // SAFETY: A system call without arguments.
    let thread = unsafe { libc::gettid() };
    let state = &REQUEST.state;
    if state.load(Ordering::Acquire) != ASKED || REQUEST.thread.load(Ordering::Relaxed) != thread {
        return false;
    }
    if state.compare_exchange(ASKED, ANSWERS, Ordering::AcqRel, Ordering::Relaxed).is_err() {
        return false;
    }
    let register = |number: c_int| {
        let number = usize::try_from(number).unwrap_or(0);
        context.uc_mcontext.gregs.get(number).map_or(0, |register| register.cast_unsigned())
    };
    let stack_pointer = register(libc::REG_RSP);
    REQUEST.instruction.store(register(libc::REG_RIP), Ordering::Relaxed);
    REQUEST.stack_pointer.store(stack_pointer, Ordering::Relaxed);
    REQUEST.frame_pointer.store(register(libc::REG_RBP), Ordering::Relaxed);
    let below_top = REQUEST.top.load(Ordering::Relaxed).saturating_sub(stack_pointer);
    let length = usize::try_from(below_top).unwrap_or(0).min(MAX_COPY);
    // SAFETY: The system writes at most `length` bytes into the buffer, which nobody else accesses in state `ANSWERS`. It
    // reads the stack itself: an address that is not mapped is an error.
    let copied = unsafe {
        let memory = REQUEST.memory.load(Ordering::Relaxed);
        libc::pread64(memory, REQUEST.bytes.get().cast(), length, stack_pointer.cast_signed())
    };
    REQUEST.length.store(usize::try_from(copied).unwrap_or(0), Ordering::Relaxed);
    state.store(ANSWERED, Ordering::Release);
    true
}

/// Calls the handler that was there before ours.
///
/// # Safety
///
/// The arguments are those that the system passes to a handler with `SA_SIGINFO`.
unsafe fn call_older(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    let older = REQUEST.older.load(Ordering::Relaxed);
    // By default these signals do nothing.
    if older == libc::SIG_DFL || older == libc::SIG_IGN {
        return;
    }
    // SAFETY: The program has registered this address as a handler with these flags, so it has this type.
    unsafe {
        if REQUEST.older_flags.load(Ordering::Relaxed) & libc::SA_SIGINFO != 0 {
            let older: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = mem::transmute(older);
            older(signal, info, context);
        } else {
            let older: extern "C" fn(c_int) = mem::transmute(older);
            older(signal);
        }
    }
}
