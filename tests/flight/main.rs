//! Flight records that are written by themselves.

mod messages;

use std::borrow::Cow;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use runtime_hooks::{
    Config, Field, FlightFormat, FlightWriter, FlightWriterBuilder, Instrumentor, RUNTIMES,
    Recorder, RuntimeHooksExt, Severity, TaskDump, runtime_by_name,
};
use runtime_hooks_core::running::{Watch, threads};

use self::messages::Messages;

/// The panic hook, the signal and the sink of diagnostics belong to the process.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A folder that does not exist yet.
fn folder(in_folder: &tempfile::TempDir) -> PathBuf {
    in_folder.path().join("records")
}

fn writer(path: &Path) -> FlightWriterBuilder {
    FlightWriter::builder(path).interval(Duration::ZERO)
}

fn panics(message: &'static str) {
    catch_unwind(AssertUnwindSafe(|| panic!("{message}"))).unwrap_err();
}

fn files(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

fn contains(content: &[u8], text: &str) -> bool {
    content.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn a_task_that_panics_leaves_a_record_on_every_runtime() {
    let (_alone, messages, made) = (alone(), Messages::new(), tempfile::tempdir().unwrap());
    let path = folder(&made);
    let writer = writer(&path).start().unwrap();
    for name in RUNTIMES {
        let runtime = runtime_by_name(name).unwrap();
        runtime.block_on(async {
            runtime.named("innocent").spawn(async {}).await.unwrap();
            let guilty = runtime.named("guilty").spawn(async { panic!("as intended") });
            guilty.await.unwrap_err();
        });
        let (severity, message) = messages.next_of(&path);
        assert_eq!(severity, Severity::Info, "{message}");
        let file = message.strip_prefix("flight record (panic) in ").expect("the path");
        let content = fs::read(file).unwrap();
        assert!(contains(&content, "innocent") && !contains(&content, "as intended"), "{name}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(Path::new(file)), mode(&path)), (0o600, 0o700));
        }
    }
    assert!(writer.stop());
}

#[test]
fn a_hundred_thousand_panics_in_a_row_leave_one_record() {
    let (_alone, messages, made) = (alone(), Messages::new(), tempfile::tempdir().unwrap());
    let path = folder(&made);
    let printing = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let writer = FlightWriter::builder(&path).interval(Duration::from_secs(3_600));
    let writer = writer.start().unwrap();
    (0..100_000).for_each(|_| panics("again"));
    messages.next_of(&path);
    assert!(writer.stop());
    assert_eq!(files(&path), 1);
    std::panic::set_hook(printing);
}

#[test]
fn a_folder_that_cannot_be_written_is_one_message_until_it_can() {
    let (_alone, messages, made) = (alone(), Messages::new(), tempfile::tempdir().unwrap());
    let path = folder(&made);
    let writer = writer(&path).start().unwrap();
    // A file in its place: nobody can write there, not even an administrator.
    fs::remove_dir(&path).unwrap();
    fs::write(&path, b"").unwrap();
    (0..3).for_each(|_| panics("into a file"));
    let (severity, message) = messages.next_of(&path);
    assert_eq!(severity, Severity::Error);
    assert!(message.starts_with("no flight record (panic): cannot make the folder"), "{message}");
    assert!(writer.write().is_err());
    fs::remove_file(&path).unwrap();
    panics("into a folder");
    let (severity, message) = messages.next_of(&path);
    assert_eq!(severity, Severity::Info, "{message}");
    assert!(writer.stop());
}

#[test]
fn nothing_is_written_after_a_stop() {
    let (_alone, messages, made) = (alone(), Messages::new(), tempfile::tempdir().unwrap());
    let path = folder(&made);
    let writer = writer(&path).start().unwrap();
    assert!(writer.stop() && writer.stop());
    panics("too late");
    assert_eq!((files(&path), messages.all_of(&path).len()), (0, 0));
}

fn without_ann(field: Field, text: &str) -> Cow<'_, str> {
    if field == Field::Name { text.replace("Ann", "someone").into() } else { text.into() }
}

#[test]
fn a_record_that_a_panic_asked_for_is_written_before_a_stop_ends_the_thread() {
    let (_alone, made) = (alone(), tempfile::tempdir().unwrap());
    let path = folder(&made);
    for _ in 0..10 {
        let writer = writer(&path).start().unwrap();
        panics("right before the end");
        assert!(writer.stop());
    }
    assert_eq!(files(&path), 10);
}

#[test]
fn a_panic_has_one_record_however_often_the_hook_is_in_the_chain() {
    let (_alone, made) = (alone(), tempfile::tempdir().unwrap());
    let path = folder(&made);
    for _ in 0..3 {
        // A hook of the program on top: the next writer adds its own again.
        let (below, written) = (std::panic::take_hook(), path.clone());
        std::panic::set_hook(Box::new(move |info| {
            let is_written =
                || fs::read_dir(&written).is_ok_and(|mut files| files.next().is_some());
            // What was asked for above has its record before the next hook asks.
            while std::thread::current().name() == Some("panics") && !is_written() {
                std::thread::yield_now();
            }
            below(info);
        }));
        let other = made.path().join("other");
        assert!(FlightWriter::builder(other).start().unwrap().stop());
    }
    let writer = writer(&path).start().unwrap();
    let thread = std::thread::Builder::new().name("panics".to_owned());
    thread.spawn(|| panics("once")).unwrap().join().unwrap();
    assert!(writer.stop());
    assert_eq!(files(&path), 1);
}

#[test]
fn a_panic_of_a_redaction_asks_for_no_other_record() {
    let (_alone, messages, made) = (alone(), Messages::new(), tempfile::tempdir().unwrap());
    let path = folder(&made);
    runtime_hooks::instrument();
    let runtime = runtime_by_name("smol").unwrap();
    runtime.block_on(runtime.named("a task").spawn(async {})).unwrap();
    let writer = writer(&path).redact(|_, _| panic!("a hostile redaction")).start().unwrap();
    panics("once");
    messages.next_of(&path);
    assert!(writer.stop());
    assert_eq!(files(&path), 1);
}

#[test]
fn a_panic_has_its_record_although_slow_polls_just_had_theirs() {
    let (_alone, messages, made) = (alone(), Messages::new(), tempfile::tempdir().unwrap());
    let path = folder(&made);
    let writer = FlightWriter::builder(&path).when("always", || true).start().unwrap();
    assert!(messages.next_of(&path).1.starts_with("flight record (always)"));
    panics("right after it");
    assert!(messages.next_of(&path).1.starts_with("flight record (panic)"));
    assert!(writer.stop());
}

#[test]
fn a_stall_that_a_watchdog_counts_has_its_record() {
    let (_alone, messages, made) = (alone(), Messages::new(), tempfile::tempdir().unwrap());
    let path = folder(&made);
    let recorder = Recorder::new();
    let runtime = runtime_by_name("smol").unwrap();
    let instrumentor = Instrumentor::installed(Config::new().recorder(recorder.clone()));
    let runtime = runtime.with_instrumentor(instrumentor);
    let writer = FlightWriter::builder(&path).recorder(recorder.clone()).on_stall(true);
    let writer = writer.start().unwrap();
    let _watch = Watch::start();
    let counted = runtime.named("holds").instrument(async {
        threads().for_each(|thread| thread.outer.count_stall(&recorder));
    });
    runtime.block_on(counted);
    assert!(messages.next_of(&path).1.starts_with("flight record (stall)"));
    assert!(writer.stop());
}

#[test]
fn a_record_has_a_task_dump_beside_it() {
    let (_alone, made) = (alone(), tempfile::tempdir().unwrap());
    let instrumentor = Instrumentor::installed(Config::new().recorder(Recorder::new()).live(true));
    let runtime = runtime_by_name("tokio").unwrap().with_instrumentor(Arc::clone(&instrumentor));
    let (send, receive) = tokio::sync::oneshot::channel::<()>();
    let waits = runtime.named("waits").spawn(receive);
    let recorder = instrumentor.recorder();
    let text = move || Some(TaskDump::of(&recorder).to_string());
    let writer = writer(&folder(&made)).on_panic(false).beside(text).start().unwrap();
    let record = writer.write().unwrap();
    let text = fs::read_to_string(record.with_extension("txt")).unwrap();
    assert!(text.contains("1 task: waits"), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(record.with_extension("txt")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(writer.stop());
    send.send(()).unwrap();
    runtime.block_on(waits).unwrap().unwrap();
}

#[test]
fn a_redaction_removes_a_name_from_every_format() {
    let (_alone, made) = (alone(), tempfile::tempdir().unwrap());
    runtime_hooks::instrument();
    let runtime = runtime_by_name("smol").unwrap();
    runtime.block_on(runtime.named("order of Ann").spawn(async {})).unwrap();
    for format in [FlightFormat::Perfetto, FlightFormat::Firefox] {
        let writer = writer(&folder(&made)).redact(without_ann).format(format).start().unwrap();
        let file = writer.write().unwrap();
        assert_eq!(file.extension().unwrap(), format.extension());
        let content = fs::read(file).unwrap();
        assert!(contains(&content, "order of someone") && !contains(&content, "Ann"));
        assert!(writer.stop());
    }
}

#[test]
fn a_condition_is_a_reason_when_it_begins_to_hold() {
    let (_alone, messages, made) = (alone(), Messages::new(), tempfile::tempdir().unwrap());
    let path = folder(&made);
    let holds = Arc::new(AtomicBool::new(true));
    let condition = {
        let holds = Arc::clone(&holds);
        move || holds.load(Ordering::Relaxed)
    };
    let writer = writer(&path).on_panic(false).when("p99 > 1 s", condition).start().unwrap();
    let (_, message) = messages.next_of(&path);
    assert!(message.starts_with("flight record (p99___1_s) in "), "{message}");
    panics("is no reason here");
    assert!(writer.stop());
    assert_eq!(files(&path), 1);
}

#[cfg(unix)]
#[test]
fn a_signal_asks_for_a_record() {
    let (_alone, messages, made) = (alone(), Messages::new(), tempfile::tempdir().unwrap());
    let path = folder(&made);
    let writer = FlightWriter::builder(&path).on_signal(true).start().unwrap();
    for _ in 0..2 {
        let id = std::process::id().to_string();
        let kill = std::process::Command::new("kill").args(["-USR2", &id]).status().unwrap();
        assert!(kill.success());
        // At once, whatever the interval is.
        let (_, message) = messages.next_of(&path);
        assert!(message.starts_with("flight record (signal) in "), "{message}");
    }
    assert!(writer.stop());
    assert_eq!(files(&path), 2);
}
