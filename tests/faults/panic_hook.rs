//! The panic hook of the process: one, above the program's, and gone when nothing is switched on any more.

use std::panic::{self, PanicHookInfo};
use std::sync::atomic::{AtomicU32, Ordering};

use runtime_hooks::{
    AsyncStd, Config, Instrumentor, RuntimeHooks, RuntimeHooksExt, Smol, TokioRuntime,
};

use crate::{assert_passed, in_a_child};

/// Switches on when it is dropped.
struct SwitchesOn;

impl Drop for SwitchesOn {
    fn drop(&mut self) {
        let _ = Instrumentor::global().install(Config::new());
    }
}

/// How often the program's hooks were called.
static BELOW: AtomicU32 = AtomicU32::new(0);
static ABOVE: AtomicU32 = AtomicU32::new(0);

fn below(_: &PanicHookInfo<'_>) {
    BELOW.fetch_add(1, Ordering::Relaxed);
}

fn calls() -> [u32; 2] {
    [BELOW.load(Ordering::Relaxed), ABOVE.load(Ordering::Relaxed)]
}

/// One panic in a task of each runtime; how many of them were kept.
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

/// Where the hook that is set is in memory.
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
#[ignore = "what the test above runs in a process of its own"]
fn switches_on_and_off() {
    panic::set_hook(Box::new(below));
    let original = hook();
    let global = Instrumentor::global();

    // Ours calls the one below, which is back when ours is gone.
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

    // A hook that the program sets above ours stays where it is, and ours keeps nothing while all is off.
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

    // It is in the chain already, so it is not set again.
    let _ = global.install(Config::new());
    assert_eq!(hook(), above);
    assert_eq!((panics(global), calls()), (3, [12, 9]));

    // A program that replaces all hooks has none of ours, until the next installation.
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

    // While a thread panics no hook can be set: that is left to the next installation.
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
