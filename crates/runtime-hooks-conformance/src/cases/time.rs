//! The runtime's own time.

use futures_lite::future::{or, poll_once};
use runtime_hooks_core::{AsyncioExt, RuntimeHooks};

use crate::tools::{ENDLESS, ms};
use crate::{Harness, Stage};

/// A sleep lasts at least its duration.
pub fn a_sleep_lasts_at_least_as_long_as_asked<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async {
        let start = stage.runtime.now();
        stage.runtime.sleep(ms(5)).await;
        assert!(stage.runtime.now() - start >= ms(5));
    });
    assert_eq!(stage.snapshot().series, []);
}

/// A sleep starts at the call and not at the first poll. One that was made 20 ms ago and is first polled now ends before
/// one of 10 ms that is made now.
pub fn a_sleep_starts_at_the_call<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async {
        let early = stage.runtime.sleep(ms(20));
        stage.runtime.sleep(ms(20)).await;
        let late = stage.runtime.sleep(ms(10));
        // If both have ended, the first one is polled first.
        assert!(or(async { (early.await, true).1 }, async { (late.await, false).1 }).await);
    });
    assert_eq!(stage.snapshot().series, []);
}

/// The first tick is immediate, the others follow at the interval's period.
pub fn an_interval_ticks_at_once_and_then_periodically<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async {
        let start = stage.runtime.now();
        let mut interval = stage.runtime.interval(ms(2));
        let first = poll_once(interval.tick()).await.expect("the first comes at once");
        assert!(start <= first && first <= stage.runtime.now());
        let mut last = first;
        for _ in 0..3 {
            let tick = interval.tick().await;
            assert!(tick > last && stage.runtime.now() >= tick);
            assert_eq!((tick - first).as_nanos() % ms(2).as_nanos(), 0);
            last = tick;
        }
    });
    assert_eq!(stage.snapshot().series, []);
}

/// The first tick is immediate. The second one is beyond the clock's range.
pub fn an_interval_beyond_the_clocks_range_ticks_once<H: Harness>() {
    let stage = Stage::<H>::new();
    let runtime = &stage.runtime;
    stage.play(async {
        for endless in ENDLESS {
            let start = runtime.now();
            let mut interval = runtime.interval(endless);
            assert!(interval.tick().await >= start);
            let tick = async {
                interval.tick().await;
                true
            };
            let soon = async {
                runtime.sleep(ms(5)).await;
                false
            };
            assert!(!or(tick, soon).await, "{endless:?}");
        }
    });
    assert_eq!(stage.snapshot().series, []);
}

/// A sleep beyond the clock's range does not panic and does not end.
pub fn a_sleep_beyond_the_clocks_range_never_ends<H: Harness>() {
    let stage = Stage::<H>::new();
    let runtime = &stage.runtime;
    stage.play(async {
        for endless in ENDLESS {
            let sleep = async {
                runtime.sleep(endless).await;
                true
            };
            let soon = async {
                runtime.sleep(ms(5)).await;
                false
            };
            assert!(!or(sleep, soon).await, "{endless:?}");
        }
    });
    assert_eq!(stage.snapshot().series, []);
}
