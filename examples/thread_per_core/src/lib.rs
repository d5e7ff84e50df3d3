//! A backend for monoio, a runtime that has one thread per core and never moves a task.
//!
//! Each thread runs its own runtime, with its own queue, timers and I/O. A task stays on the thread where it starts, so it
//! needs neither `Send` nor locks. The example has a backend for each of the two ways to spawn:
//!
//! - [`ThisCore`] is the runtime of the current thread. It implements [`LocalRuntimeHooks`]: tasks, outputs and timers do not
//!   have to be `Send`.
//! - [`Cores`] is a handle of all threads that [`CoreThreads`] started. It implements [`RuntimeHooks`]: any thread can spawn
//!   through it. A task that is `Send` moves once, to its core, before it starts.
//!
//! Both record with the same instrumentor, so one table shows the tasks of all cores.
//!
//! ```
//! use std::num::NonZero;
//! use std::rc::Rc;
//! use runtime_hooks::{LocalRuntimeHooksExt, RuntimeHooksExt};
//! use thread_per_core_example::{CoreThreads, ThisCore};
//!
//! let threads = CoreThreads::start(NonZero::new(2).unwrap());
//! let cores = threads.cores();
//! let sum = cores.block_on(async {
//!     let (answer, sum) = futures_channel::oneshot::channel();
//!     // Goes to the second core, and spawns a task there that is not `Send`.
//!     drop(cores.on(1).spawn(async move {
//!         let number = Rc::new(20);
//!         drop(ThisCore.spawn_local(async move { answer.send(*number + 1) }));
//!     }));
//!     sum.await
//! });
//! assert_eq!(sum, Ok(21));
//! ```
//!
//! # What the backend adds to monoio
//!
//! A backend hands each future to its runtime and does nothing else. For [`Cores`] that is not enough, because monoio offers
//! less than [`RuntimeHooks`] promises:
//!
//! | `RuntimeHooks` promises | monoio has | the backend adds |
//! |---|---|---|
//! | a spawn from any thread | a spawn on the runtime's own thread | a mailbox per core (`cores.rs`) |
//! | handles that join and abort from any thread | handles that join on their own thread | [`joinable`] |
//! | a panic stays inside its task | a panic ends the thread | [`joinable`] |
//! | a sleep that is `Send` | timers of one thread | a task on a core that waits, and a channel (`cores.rs`) |
//! | the end of the runtime cancels its tasks | tasks that wait at the end are leaked | tasks that wait for the end too (`this_core.rs`) |
//! | closures run where they may block | a pool, reached from the runtime's own thread | the pool of the crate `blocking` |
//!
//! With that, [`Cores`] passes every case of the conformance suite: `tests/conformance.rs` leaves none out. The suite cannot
//! run [`ThisCore`], because it takes a [`RuntimeHooks`]: `tests/local.rs` tests it. `src/main.rs` is a program to read: a
//! store with one shard per core.
//!
//! # Limits
//!
//! - **A task that wakes itself starves its core.** monoio runs a task that is woken during its own poll before all others of
//!   the thread. A loop that awaits futures-lite's `yield_now` therefore never lets another task run. No case of the suite
//!   notices, because none has such a loop in a task. To yield on a core, await a new task: `monoio::spawn(async {}).await`.
//! - **Sleeps end after 30 years at most**, because monoio panics on deadlines that are far beyond.
//! - **A sleep of [`Cores`] costs a task.** On a core, [`ThisCore`] has monoio's own timer.
//! - **The threads are not pinned to processors.** `monoio::utils::bind_to_cpu_set` (feature `utils`) does that.
//!
//! # Drivers
//!
//! The example uses monoio's `legacy` driver (epoll, kqueue), which works where `io_uring` is missing or forbidden. To use
//! `io_uring`, enable monoio's feature `iouring`, and replace `LegacyDriver` by `IoUringDriver` in `this_core.rs`.
//!
//! [`LocalRuntimeHooks`]: runtime_hooks::LocalRuntimeHooks
//! [`RuntimeHooks`]: runtime_hooks::RuntimeHooks
//! [`joinable`]: runtime_hooks::joinable

#![forbid(unsafe_code)]

mod this_core;
mod cores;

pub use self::cores::{CoreThreads, Cores, Sleep};
pub use self::this_core::ThisCore;
