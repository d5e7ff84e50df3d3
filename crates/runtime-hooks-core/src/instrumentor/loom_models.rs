//! Loom models of switching on, off and changing settings concurrently.

use loom::sync::Arc;
use loom::thread;
use runtime_hooks_recorder::internals::recorder_id;
use runtime_hooks_recorder::{ManualClock, Recorder};

use super::{Config, Installed, Instrumentor};
use crate::settings::{Method, PackedState};

fn config() -> Config {
    let recorder = Recorder::builder().clock(ManualClock::new().clock()).build();
    Config::new().recorder(recorder)
}

#[test]
fn the_environment_does_not_override_an_uninstallation() {
    loom::model(|| {
        let instrumentor = Arc::new(Instrumentor::starting_as(PackedState::UNDECIDED));
        let asking = Arc::clone(&instrumentor);
        let asking = thread::spawn(move || {
            let mut config = config();
            config.is_wanted_at_start = true;
            asking.decide_with(config);
        });
        instrumentor.uninstall();
        asking.join().unwrap();
        assert!(!instrumentor.is_installed());
    });
}

#[test]
fn one_of_two_concurrent_installations_takes_effect() {
    loom::model(|| {
        let instrumentor = Arc::new(Instrumentor::new());
        let other = Arc::clone(&instrumentor);
        let other = thread::spawn(move || other.install(config()));
        let did = [instrumentor.install(config()), other.join().unwrap()];
        assert_eq!(did.iter().filter(|did| **did == Installed::Now).count(), 1);
        assert_eq!(instrumentor.word().recorder(), recorder_id(&instrumentor.recorder()));
    });
}

#[test]
fn a_change_during_an_uninstallation_does_not_switch_on() {
    loom::model(|| {
        let instrumentor = Arc::new(Instrumentor::new());
        let _ = instrumentor.install(config());
        let changing = Arc::clone(&instrumentor);
        let changing = thread::spawn(move || changing.disable(Method::Spawn));
        assert!(instrumentor.uninstall());
        changing.join().unwrap();
        assert!(!instrumentor.is_installed());
    });
}
