//! Clocks that are wrong.

use std::process::Command;
use std::time::Duration;

use runtime_hooks::{Config, Detail, Instrumentor, ManualClock, Recorder, RuntimeHooksExt, Smol};

use crate::counts;

/// Two threads' counters may never have been set to the same time. Durations are then 0 and not negative, and no count is
/// lost.
#[test]
fn a_clock_that_is_behind_on_another_thread_makes_no_time_negative() {
    let time = ManualClock::new();
    let recorder = Recorder::builder().clock(time.clock()).build();
    let config = Config::new().detail(Detail::Full).recorder(recorder.clone());
    let instrumentor = Instrumentor::installed(config);
    let smol = Smol.with_instrumentor(instrumentor.clone());
    time.advance(Duration::from_secs(10));
    let behind = smol.named("behind").instrument(async {
        smol::future::yield_now().await;
    });
    time.rewind(Duration::from_secs(3));
    smol::block_on(behind);
    assert_eq!(counts(&instrumentor, "behind"), (1, 0, [1, 0, 0, 0]));
    let snapshot = recorder.snapshot();
    let series = snapshot.find("behind").unwrap();
    assert_eq!((series.duration().count(), series.duration().sum()), (1, Duration::ZERO));
    assert_eq!((series.schedule.count(), series.schedule.sum()), (2, Duration::ZERO));
    assert_eq!((series.poll.count(), series.poll.sum()), (2, Duration::ZERO));
}

/// A setting replaces the counter, for machines on which it drifts.
#[test]
fn the_counter_can_be_done_without() {
    let own = std::env::current_exe().unwrap();
    for (wish, expected) in [("instant", "Clock(instant)"), ("counter", "Clock(counter)")] {
        let output = Command::new(&own)
            .args(["--exact", "clocks::prints_the_processes_clock", "--ignored", "--nocapture"])
            .env("OTEL_RUST_ASYNCIO_CLOCK", wish)
            .output()
            .unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(stdout.contains(expected), "{wish}: {stdout}");
    }
}

#[test]
#[ignore = "run by the test above in a separate process"]
fn prints_the_processes_clock() {
    println!("{:?}", runtime_hooks::Clock::process());
}
