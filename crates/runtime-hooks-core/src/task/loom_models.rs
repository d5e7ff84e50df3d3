//! Loom models of a task's wakes during its polls: each stamp is read once, and none is lost.

use std::sync::Arc;
use std::task::Waker;

use futures_util::task::ArcWake as _;
use loom::thread;
use runtime_hooks_recorder::ManualClock;

use super::origin::Origin;
use super::tag::Tag;
use super::waker::WakerNode;

fn node() -> Arc<WakerNode> {
    let clock = ManualClock::stepping(std::time::Duration::from_nanos(1)).clock();
    WakerNode::forwarding(Waker::noop().clone(), Some(Box::new(clock)), (Tag::OFF, Origin::NONE))
}

#[test]
fn a_wake_during_the_start_of_a_poll_counts_for_this_poll_or_the_next() {
    loom::model(|| {
        let node = node();
        let woken = Arc::clone(&node);
        let waker = thread::spawn(move || WakerNode::wake_by_ref(&woken));
        let this = node.take_runnable_since();
        waker.join().unwrap();
        let next = node.take_runnable_since();
        assert!(this.is_some() ^ next.is_some(), "{this:?} and {next:?}");
    });
}

#[test]
fn one_of_several_concurrent_wakes_is_the_first() {
    loom::model(|| {
        let node = node();
        let other = Arc::clone(&node);
        let other = thread::spawn(move || other.stamp());
        let stamps = [node.stamp(), other.join().unwrap()];
        let first: Vec<_> = stamps.into_iter().flatten().collect();
        assert_eq!(first.len(), 1);
        assert_eq!(node.take_runnable_since(), Some(first[0]));
    });
}
