//! The panic hook of the process. There is one, above the program's hook, and it is removed when no instrumentor is on.

use std::panic::{self, PanicHookInfo};
use std::sync::atomic::{AtomicU32, Ordering};

use runtime_hooks::{
    AsyncStd, Config, Instrumentor, RuntimeHooks, RuntimeHooksExt, Smol, TokioRuntime,
};

use crate::{assert_passed, in_a_child};

/// Switches an instrumentor on when it is dropped.
struct SwitchesOn;

impl Drop for SwitchesOn {
    fn drop(&mut self) {
        let _ = Instrumentor::global().install(Config::new());
    }
}

/// The number of calls of the program's hooks.
static BELOW: AtomicU32 = AtomicU32::new(0);
static ABOVE: AtomicU32 = AtomicU32::new(0);

fn below(_: &PanicHookInfo<'_>) {
    BELOW.fetch_add(1, Ordering::Relaxed);
}

fn calls() -> [u32; 2] {
    [BELOW.load(Ordering::Relaxed), ABOVE.load(Ordering::Relaxed)]
}

/// Panics in a task of each runtime, and returns how many panics were kept.
fn panics(instrumentor: &Instrumentor) -> usize {
    fn one<R: RuntimeHooks>(runtime: &R) {
        let task = runtime.named("panics").spawn(async { panic!("in a task") });
        runtime.raw_block_on(task).unwrap_err();
    }
    let before = instrumentor.recorder().panics().len();
    one(TokioRuntime::multi_thread().unwrap().handle());
    one(&Smol);
    one(&AsyncStd);
    instrumentor.recorder().panics().len() - before
}

/// The address of the current hook.
fn hook() -> usize {
    let hook = panic::take_hook();
    let address = std::ptr::from_ref(&*hook).cast::<()>().addr();
    panic::set_hook(hook);
    address
}

#[test]
fn there_is_one_hook_above_the_programs_and_none_when_all_is_off() {
    let ended = in_a_child("panic_hook::switches_on_and_off").output().unwrap();
    assert_passed("the panic hook", &ended);
}

#[test]
#[ignore = "run by the test above in a separate process"]
fn switches_on_and_off() {
    panic::set_hook(Box::new(below));
    let original = hook();
    let global = Instrumentor::global();

    // Our hook calls the one below, which is restored when ours is removed.
    let _ = global.install(Config::new());
    assert_ne!(hook(), original);
    let ours = hook();
    assert_eq!((panics(global), calls()), (3, [3, 0]));
    let second = Instrumentor::installed(Config::new());
    assert_eq!(hook(), ours);
    assert!(global.uninstall());
    assert_eq!(hook(), ours);
    drop(second);
    assert_eq!(hook(), original);

    // A hook that the program sets above ours stays in place, and ours keeps nothing while everything is off.
    let _ = global.install(Config::new());
    let next = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        ABOVE.fetch_add(1, Ordering::Relaxed);
        next(info);
    }));
    let above = hook();
    assert_eq!((panics(global), calls()), (3, [6, 3]));
    global.uninstall();
    assert_eq!(hook(), above);
    assert_eq!((panics(global), calls()), (0, [9, 6]));

    // Our hook is in the chain already, so it is not set again.
    let _ = global.install(Config::new());
    assert_eq!(hook(), above);
    assert_eq!((panics(global), calls()), (3, [12, 9]));

    // A program that replaces all hooks removes ours until the next installation.
    panic::set_hook(Box::new(below));
    let original = hook();
    assert_eq!((panics(global), calls()), (0, [15, 9]));
    global.uninstall();
    assert_eq!(hook(), original);
    let _ = global.install(Config::new());
    assert_ne!(hook(), original);
    assert_eq!((panics(global), calls()), (3, [18, 9]));
    global.uninstall();
    assert_eq!(hook(), original);

    // No hook can be set while a thread panics, so the next installation sets it.
    let panicked = panic::catch_unwind(|| {
        let _switches_on = SwitchesOn;
        panic!("while it is dropped");
    });
    assert!(panicked.is_err() && global.is_installed());
    assert_eq!(hook(), original);
    global.uninstall();
    let _ = global.install(Config::new());
    assert_eq!((panics(global), calls()), (3, [22, 9]));
    global.uninstall();
    assert_eq!(hook(), original);
}
