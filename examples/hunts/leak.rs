//! A chat: memory grows, slowly. Everybody who leaves is told so, but their session waits for one more message.

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
            // The room keeps those who have left.
            room.push(messages);
        }
    }
}

/// Until nobody can write to it any more.
async fn session(messages: Receiver<String>) {
    while messages.recv().await.is_ok() {}
}
