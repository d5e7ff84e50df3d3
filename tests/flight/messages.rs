//! The diagnostics of this process.

use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use runtime_hooks::{Config, Instrumentor, Severity};

static SENDER: Mutex<Option<Sender<(Severity, String)>>> = Mutex::new(None);

/// Receives the diagnostics from now on, instead of standard error.
pub(crate) struct Messages(Receiver<(Severity, String)>);

impl Messages {
    pub(crate) fn new() -> Self {
        let (sender, receiver) = channel();
        *SENDER.lock().unwrap() = Some(sender);
        let config = Config::new().diagnostics(|diagnostic| {
            if let Some(sender) = &*SENDER.lock().unwrap() {
                let _ = sender.send((diagnostic.severity, diagnostic.message.clone()));
            }
        });
        Instrumentor::global().uninstall();
        let _ = Instrumentor::global().install(config);
        Self(receiver)
    }

    /// The next one about this folder. Others are dropped.
    pub(crate) fn next_of(&self, folder: &Path) -> (Severity, String) {
        loop {
            // Longer than anything takes.
            let next = self.0.recv_timeout(Duration::from_secs(60)).expect("a message");
            if next.1.contains(&*folder.to_string_lossy()) {
                return next;
            }
        }
    }

    /// All of those so far that are about this folder.
    pub(crate) fn all_of(&self, folder: &Path) -> Vec<(Severity, String)> {
        let all = self.0.try_iter();
        all.filter(|(_, message)| message.contains(&*folder.to_string_lossy())).collect()
    }
}
