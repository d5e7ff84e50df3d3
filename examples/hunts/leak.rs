//! A chat whose memory grows slowly: the session of a user who has left waits for another message.

use std::time::Duration;

use async_channel::{Receiver, Sender, unbounded};
use runtime_hooks::{AnyRuntime, AsyncioExt, RuntimeHooksExt};

pub(crate) async fn serve(runtime: AnyRuntime, fixed: bool) {
    let mut room: Vec<Sender<String>> = Vec::new();
    let mut arrivals = runtime.interval(Duration::from_millis(100));
    loop {
        arrivals.tick().await;
        let (messages, received) = unbounded();
        drop(runtime.spawn(session(received)));
        messages.try_send("welcome".to_owned()).expect("the session listens");
        messages.try_send("goodbye".to_owned()).expect("the session listens");
        if !fixed {
            // The room keeps the senders of users who have left.
            room.push(messages);
        }
    }
}

/// Ends when all senders are dropped.
async fn session(messages: Receiver<String>) {
    while messages.recv().await.is_ok() {}
}
