//! The runtime's own time.

use runtime_hooks_core::{RuntimeHooks, RuntimeHooksExt};

use crate::tools::ms;
use crate::{Harness, Stage};

/// At least as long as asked, from the call on.
pub fn sleep_takes_its_time<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async {
        let start = stage.runtime.now();
        stage.runtime.sleep(ms(5)).await;
        assert!(stage.runtime.now() - start >= ms(5));
        let (start, sleep) = (stage.runtime.now(), stage.runtime.sleep(ms(5)));
        stage.runtime.sleep(ms(5)).await;
        sleep.await;
        assert!(stage.runtime.now() - start >= ms(5));
    });
    assert_eq!(stage.snapshot().series, []);
}

/// The first at once, the others in its rhythm.
pub fn intervals_tick<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async {
        let mut interval = stage.runtime.interval(ms(2));
        let first = interval.tick().await;
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
