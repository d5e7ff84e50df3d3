//! What a task waits for, in words.

use crate::function_name::shown_name;
use crate::symbol::Symbol;

/// A module, words of which a function must have one (none: any), and what is waited for.
type Row = (&'static str, &'static [&'static str], &'static str);

/// By module. The first row that fits counts.
const WAITS: &[Row] = &[
    ("tokio::sync::mpsc", &["send", "reserve"], "channel send"),
    ("tokio::sync::mpsc", &["closed"], "channel close"),
    ("tokio::sync::mpsc", &[], "channel recv"),
    ("tokio::sync::oneshot", &["closed"], "channel close"),
    ("tokio::sync::oneshot", &[], "oneshot recv"),
    ("tokio::sync::broadcast", &[], "broadcast recv"),
    ("tokio::sync::watch", &[], "watch change"),
    ("tokio::sync::mutex", &[], "mutex"),
    ("tokio::sync::rwlock", &["read"], "rwlock read"),
    ("tokio::sync::rwlock", &["write"], "rwlock write"),
    ("tokio::sync::rwlock", &[], "rwlock"),
    ("tokio::sync::semaphore", &[], "semaphore"),
    ("tokio::sync::batch_semaphore", &[], "semaphore"),
    ("tokio::sync::notify", &[], "notify"),
    ("tokio::sync::barrier", &[], "barrier"),
    ("tokio::sync::once_cell", &[], "once cell"),
    ("tokio::sync::set_once", &[], "once cell"),
    ("tokio::runtime::task::join", &[], "join of a task"),
    ("tokio::task::join_set", &[], "join of a task set"),
    ("tokio::util::idle_notified_set", &[], "join of a task set"),
    ("tokio::time::interval", &[], "interval tick"),
    ("tokio::time::sleep", &[], "sleep"),
    ("tokio::runtime::time", &[], "sleep"),
    ("tokio::task::yield_now", &[], "yield"),
    ("tokio::task::coop", &[], "yield to other tasks (coop budget)"),
    ("tokio::process", &[], "child process"),
    ("tokio::signal", &[], "signal"),
    ("tokio::fs", &[], "file operation"),
    ("tokio::blocking", &[], "file operation"),
    ("tokio::net", &["accept"], "socket accept"),
    ("tokio::net", &["connect"], "socket connect"),
    ("tokio::net", &["read", "recv", "peek"], "socket read"),
    ("tokio::net", &["write", "send"], "socket write"),
    ("tokio::net", &[], "socket"),
    ("tokio::io::util::mem", &["read"], "pipe read"),
    ("tokio::io::util::mem", &["write"], "pipe write"),
    ("tokio::runtime::io", &[], "socket"),
    ("tokio::io", &[], "i/o"),
    ("tokio_util::sync::cancellation_token", &[], "cancellation"),
    ("tokio_util::task::task_tracker", &[], "task tracker"),
    ("tokio_util::time::delay_queue", &[], "delay queue"),
    ("async_channel", &["send"], "channel send"),
    ("async_channel", &["closed"], "channel close"),
    ("async_channel", &[], "channel recv"),
    ("async_std::channel", &["send"], "channel send"),
    ("async_std::channel", &[], "channel recv"),
    ("async_lock::mutex", &[], "mutex"),
    ("async_lock::rwlock", &["read"], "rwlock read"),
    ("async_lock::rwlock", &["write"], "rwlock write"),
    ("async_lock::rwlock", &[], "rwlock"),
    ("async_lock::semaphore", &[], "semaphore"),
    ("async_lock::barrier", &[], "barrier"),
    ("async_lock::once_cell", &[], "once cell"),
    ("async_std::sync::condvar", &[], "condition variable"),
    ("futures_util::lock", &[], "mutex"),
    ("futures_channel::mpsc", &["send", "ready", "flush"], "channel send"),
    ("futures_channel::mpsc", &[], "channel recv"),
    ("futures_channel::oneshot", &["cancel"], "channel close"),
    ("futures_channel::oneshot", &[], "oneshot recv"),
    ("futures_util::stream::futures_unordered", &[], "one of several futures"),
    ("futures_util::future::future::shared", &[], "shared future"),
    ("async_task", &[], "join of a task"),
    ("async_std::task::join_handle", &[], "join of a task"),
    ("async_executor", &[], "tasks of an executor"),
    ("async_process", &[], "child process"),
    ("async_signal", &[], "signal"),
    ("async_io", &["Timer"], "sleep"),
    ("async_io::Timer", &[], "sleep"),
    ("async_std::task::sleep", &[], "sleep"),
    ("async_std::stream::interval", &[], "interval tick"),
    ("async_net", &["accept"], "socket accept"),
    ("async_net", &["connect"], "socket connect"),
    ("async_net", &["read", "recv", "peek"], "socket read"),
    ("async_net", &["write", "send"], "socket write"),
    ("async_io", &["readable", "read"], "socket read"),
    ("async_io", &["writable", "write"], "socket write"),
    ("async_io", &[], "socket"),
    ("blocking", &[], "blocking closure"),
    ("event_listener", &[], "event"),
    ("hyper", &[], "http connection"),
];

/// What the leaf of a trace waits for. `symbols` are those of the libraries that the program called there, the innermost
/// first: of several that are known, the outermost is what the program asked for.
pub(crate) fn wait_of<'s>(
    symbols: impl DoubleEndedIterator<Item = &'s Symbol>,
) -> Option<&'static str> {
    symbols.rev().find_map(|symbol| wait_of_name(&shown_name(symbol), symbol))
}

fn wait_of_name(name: &str, symbol: &Symbol) -> Option<&'static str> {
    let path = name.trim_start_matches(['<', '&']).replace("mut ", "");
    let row = WAITS.iter().find(|(module, words, _)| {
        let is_in = path
            .strip_prefix(module)
            .is_some_and(|rest| rest.starts_with([':', '<']) || rest.is_empty());
        is_in
            && (words.is_empty()
                || words.iter().any(|word| has(&path, word) || has(&symbol.name, word)))
    });
    row.map(|(.., wait)| *wait)
}

/// Whether a name has a word, whatever the case.
fn has(name: &str, word: &str) -> bool {
    name.to_ascii_lowercase().contains(&word.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outermost_function_that_is_known_tells_what_is_waited_for() {
        let symbol =
            |name: &str| Symbol { name: name.to_owned(), file: None, line: None, column: None };
        let wait = |names: &[&str]| {
            let symbols: Vec<_> = names.iter().map(|name| symbol(name)).collect();
            wait_of(symbols.iter())
        };
        let acquire =
            "<tokio::sync::batch_semaphore::Acquire as core::future::future::Future>::poll";
        assert_eq!(wait(&[acquire]), Some("semaphore"));
        assert_eq!(wait(&[acquire, "tokio::sync::mutex::Mutex<T>::lock"]), Some("mutex"));
        let send = "tokio::sync::mpsc::bounded::Sender<T>::send::{{closure}}";
        assert_eq!(wait(&[acquire, send]), Some("channel send"));
        let recv = "tokio::sync::mpsc::bounded::Receiver<T>::recv::{{closure}}";
        assert_eq!(wait(&[recv, "sqlx::pool::acquire"]), Some("channel recv"));
        assert_eq!(wait(&["<async_io::Timer as core::future::Future>::poll"]), Some("sleep"));
        assert_eq!(wait(&["app::leaf"]), None);
        assert_eq!(wait(&["blocking_pool::run"]), None);
    }
}
