//! What a task waits for, in words.

use crate::function_name::shown_name;
use crate::symbol::Symbol;

/// A module, words of which a function must have one (none: any), and what is waited for.
type Row = (&'static str, &'static [&'static str], &'static str);

/// By module. The first row that fits counts. The last of a module says less: the name of the function may be lost.
const WAITS: &[Row] = &[
    ("tokio::sync::mpsc", &["closed"], "channel close"),
    ("tokio::sync::mpsc", &["send", "reserve"], "channel send"),
    ("tokio::sync::mpsc", &["recv", "receiver"], "channel recv"),
    ("tokio::sync::mpsc", &[], "channel"),
    ("tokio::sync::oneshot", &["closed"], "channel close"),
    ("tokio::sync::oneshot", &["recv", "receiver"], "oneshot recv"),
    ("tokio::sync::oneshot", &[], "oneshot"),
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
    ("tokio::io::blocking", &[], "file operation"),
    ("tokio::io::util::mem", &["read"], "pipe read"),
    ("tokio::io::util::mem", &["write"], "pipe write"),
    ("tokio::runtime::io", &[], "socket"),
    ("tokio_util::sync::cancellation_token", &[], "cancellation"),
    ("tokio_util::task::task_tracker", &[], "task tracker"),
    ("tokio_util::time::delay_queue", &[], "delay queue"),
    ("async_channel", &["closed"], "channel close"),
    ("async_channel", &["send"], "channel send"),
    ("async_channel", &["recv", "receiver"], "channel recv"),
    ("async_channel", &[], "channel"),
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
    ("futures_channel::mpsc", &["next", "receiver"], "channel recv"),
    ("futures_channel::mpsc", &[], "channel"),
    ("futures_channel::oneshot", &["cancel"], "channel close"),
    ("futures_channel::oneshot", &["recv", "receiver"], "oneshot recv"),
    ("futures_channel::oneshot", &[], "oneshot"),
    ("futures_util::stream::futures_unordered", &[], "one of several futures"),
    ("futures_util::future::future::shared", &[], "shared future"),
    ("async_task", &[], "join of a task"),
    ("async_std::task::join_handle", &[], "join of a task"),
    ("async_executor", &[], "tasks of an executor"),
    ("async_process", &[], "child process"),
    ("async_signal", &[], "signal"),
    ("async_io", &["timer", "poll_next"], "sleep"),
    ("async_std::task::sleep", &[], "sleep"),
    ("async_std::stream::interval", &[], "interval tick"),
    ("async_std::task::yield_now", &[], "yield"),
    ("async_std::net", &["accept"], "socket accept"),
    ("async_std::net", &["connect"], "socket connect"),
    ("async_std::net", &["read", "recv", "peek"], "socket read"),
    ("async_std::net", &["write", "send"], "socket write"),
    ("async_std::net", &[], "socket"),
    ("futures_lite::future::YieldNow", &[], "yield"),
    ("futures_lite::future", &["yield_now"], "yield"),
    ("async_net", &["accept"], "socket accept"),
    ("async_net", &["connect"], "socket connect"),
    ("async_net", &["read", "recv", "peek"], "socket read"),
    ("async_net", &["write", "send"], "socket write"),
    ("async_net", &[], "socket"),
    ("async_io", &["readable", "read"], "socket read"),
    ("async_io", &["writable", "write"], "socket write"),
    ("async_io", &[], "socket"),
    ("blocking", &[], "blocking closure"),
    ("event_listener", &[], "event"),
    ("hyper", &[], "http connection"),
    ("runtime_hooks_core::asyncio::as_completed", &[], "one of several futures"),
    ("runtime_hooks_core::asyncio::gather", &[], "several futures"),
    ("runtime_hooks_core::asyncio::interval", &[], "interval tick"),
    ("runtime_hooks_core::asyncio::task_group::group", &[], "end of a task group"),
    ("runtime_hooks_core::asyncio::task_group::member", &[], "join of a task"),
    ("runtime_hooks_core::asyncio::wait", &[], "several tasks"),
    ("runtime_hooks_core::join", &[], "join of a task"),
];

/// As [`WAITS`], for what is read or written through any type. It counts if nothing else is known.
const ANY_IO: &[Row] = &[("tokio::io", &[], "i/o")];

/// What a sleep in a module is. Before [`WAITS`].
const SLEEPS: &[Row] = &[
    // Its other poll is that of the future that has the deadline.
    ("tokio::time::timeout", &["closure", "poll_delay"], "timeout"),
    ("tokio_stream::stream_ext::timeout", &[], "timeout"),
    ("tokio_stream::stream_ext::timeout_repeating", &[], "timeout"),
    ("async_std::future::timeout", &[], "timeout"),
    ("async_std::future::future::timeout", &[], "timeout"),
    ("async_std::io::timeout", &[], "timeout"),
    ("async_std::stream::stream::timeout", &[], "timeout"),
    ("runtime_hooks_core::asyncio::as_completed", &[], "timeout"),
    ("runtime_hooks_core::asyncio::wait", &[], "timeout"),
    ("runtime_hooks_core::timeout", &[], "timeout"),
];

/// What the leaf of a trace waits for. `symbols` are those of the libraries that the program called there, the innermost
/// first: of several that are known, the outermost is what the program asked for. A leaf that yields does not wait.
pub(crate) fn wait_of(symbols: &[&Symbol]) -> Option<&'static str> {
    let alone = |symbol: &&Symbol| look_up(WAITS, symbol, &[*symbol]);
    let innermost = symbols.iter().find_map(alone);
    if innermost.is_some_and(yields) {
        return innermost;
    }
    let is_sleep = symbols.iter().any(|symbol| alone(symbol) == Some("sleep"));
    let sleeps = if is_sleep { SLEEPS } else { &[] };
    let outermost = |tables: &[&[Row]]| {
        let look_up =
            |symbol: &&Symbol| tables.iter().find_map(|rows| look_up(rows, symbol, symbols));
        symbols.iter().rev().find_map(look_up)
    };
    outermost(&[sleeps, WAITS]).or_else(|| outermost(&[ANY_IO]))
}

/// Whether what is waited for is only the next turn of the task.
pub(crate) fn yields(wait: &str) -> bool {
    wait.starts_with("yield")
}

/// What a module waits for, which is that of a symbol. The outermost of its functions among `symbols` whose name has a
/// word tells which row it is: a name can be lost where a function is inlined.
fn look_up(rows: &[Row], symbol: &Symbol, symbols: &[&Symbol]) -> Option<&'static str> {
    let (module, ..) = rows.iter().find(|(module, ..)| is_in(symbol, module))?;
    let rows = || rows.iter().filter(|(of, ..)| of == module);
    let by_word = |symbol: &&&Symbol| {
        let name = shown_name(symbol);
        let has_word = |word: &&str| has(&name, word) || has(&symbol.name, word);
        rows().find(|(_, words, _)| words.iter().any(has_word))
    };
    let mut called = symbols.iter().rev().filter(|symbol| is_in(symbol, module));
    let row = called.find_map(|symbol| by_word(&symbol));
    row.or_else(|| rows().find(|(_, words, _)| words.is_empty())).map(|(.., wait)| *wait)
}

fn is_in(symbol: &Symbol, module: &str) -> bool {
    let name = shown_name(symbol);
    let path = name.trim_start_matches(['<', '&']).trim_start_matches("mut ");
    let rest = path.strip_prefix(module);
    rest.is_some_and(|rest| rest.starts_with([':', '<']) || rest.is_empty())
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
            wait_of(&symbols.iter().collect::<Vec<_>>())
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
        let reactor = "async_io::reactor::Reactor::insert_timer";
        assert_eq!(wait(&[reactor, "async_io::async"]), Some("sleep"));
        assert_eq!(wait(&["async_io::async"]), Some("socket"));
        assert_eq!(wait(&["tokio::sync::mpsc::bounded::async"]), Some("channel"));
        assert_eq!(wait(&["app::leaf"]), None);
        let sleep = "<tokio::time::sleep::Sleep as core::future::future::Future>::poll";
        let timeout = "<tokio::time::timeout::Timeout<T> as core::future::future::Future>::poll";
        assert_eq!(
            wait(&[sleep, &format!("{timeout}::{{{{closure}}}}"), timeout]),
            Some("timeout")
        );
        assert_eq!(wait(&[sleep, timeout]), Some("sleep"));
        assert_eq!(wait(&[recv, timeout]), Some("channel recv"));
        let ours = "<runtime_hooks_core::asyncio::wait::Wait<M,S> as core::future::Future>::poll";
        assert_eq!(wait(&[sleep, ours]), Some("timeout"));
        assert_eq!(wait(&[ours]), Some("several tasks"));
        assert_eq!(
            wait(&[sleep, "async_std::io::timeout::timeout", "async_std::task::sleep::sleep"]),
            Some("sleep")
        );
        assert_eq!(
            wait(&["tokio::task::coop::register_waker", recv]),
            Some("yield to other tasks (coop budget)")
        );
        let read_int =
            "<tokio::io::util::read_int::ReadU8<R> as core::future::future::Future>::poll";
        let read =
            "<tokio::net::tcp::stream::TcpStream as tokio::io::async_read::AsyncRead>::poll_read";
        assert_eq!(wait(&[read_int]), Some("i/o"));
        assert_eq!(wait(&[read, read_int]), Some("socket read"));
        assert_eq!(wait(&["blocking_pool::run"]), None);
    }
}
