//! A program that ends by a panic or an abort leaves a record: the thread that ends it waits. Without a harness, whose tests
//! do not run on the main thread.

use std::path::Path;
use std::process::{Command, ExitStatus};

use runtime_hooks::{RUNTIMES, RuntimeHooksExt, runtime_by_name};

const RUNTIME: &str = "FLIGHT_TEST_RUNTIME";
const END: &str = "FLIGHT_TEST_END";

/// How a program ends, the reason in the name of its record, and the reasons that it asks for.
const ENDS: [(&str, &str, &str); 4] = [
    ("panic", "panic", "panic"),
    ("abort", "abort", "abort"),
    ("panic in a panic", "abort", "abort"),
    ("signal from outside", "abort", "abort"),
];

fn main() {
    if let (Ok(runtime), Ok(end)) = (std::env::var(RUNTIME), std::env::var(END)) {
        return program(&runtime, &end);
    }
    for (end, reason, on) in ENDS {
        if reason == "abort" && cfg!(not(unix)) {
            continue;
        }
        for runtime in RUNTIMES {
            let made = tempfile::tempdir().unwrap();
            let folder = made.path().join("records");
            let (status, stderr) = run(runtime, end, on, &folder);
            assert!(has_ended_by(status, reason), "{end}: {status}: {stderr}");
            let message = format!("runtime-hooks: flight record ({reason}) in ");
            assert!(stderr.contains(&message), "{end}: {stderr}");
            has_a_record(&folder, reason);
        }
    }
    // Nothing is caught that was not asked for.
    if cfg!(unix) {
        let made = tempfile::tempdir().unwrap();
        let (status, _) = run("smol", "abort", "panic", made.path());
        assert!(has_ended_by(status, "abort"));
        assert_eq!(std::fs::read_dir(made.path()).unwrap().count(), 0);
    }
    println!("a panic and an abort leave a record on {}", RUNTIMES.join(", "));
}

fn run(runtime: &str, end: &str, on: &str, folder: &Path) -> (ExitStatus, String) {
    let program = Command::new(std::env::current_exe().unwrap())
        .env(RUNTIME, runtime)
        .env(END, end)
        .env("OTEL_RUST_ASYNCIO_FLIGHT_DIR", folder)
        .env("OTEL_RUST_ASYNCIO_FLIGHT_ON", on)
        .output()
        .unwrap();
    (program.status, String::from_utf8_lossy(&program.stderr).into_owned())
}

/// As without a writer.
fn has_ended_by(status: ExitStatus, reason: &str) -> bool {
    #[cfg(unix)]
    if reason == "abort" {
        const SIGABRT: i32 = 6;
        return std::os::unix::process::ExitStatusExt::signal(&status) == Some(SIGABRT);
    }
    reason == "panic" && status.code() == Some(101)
}

/// One file, which has the task.
fn has_a_record(folder: &Path, reason: &str) {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let files: Vec<_> = files.filter(|path| path.extension() != Some("txt".as_ref())).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    assert!(files[0].to_string_lossy().ends_with(&format!("-{reason}.pftrace")), "{files:?}");
    let content = std::fs::read(&files[0]).unwrap();
    let name: &[u8] = b"last_seen";
    assert!(content.windows(name.len()).any(|window| window == name), "{files:?}");
}

fn program(runtime: &str, end: &str) {
    runtime_hooks::instrument();
    let runtime = runtime_by_name(runtime).unwrap();
    runtime.block_on(async {
        runtime.named("last_seen").spawn(async {}).await.unwrap();
        match end {
            "panic" => panic!("on the main thread"),
            "abort" => std::process::abort(),
            "panic in a panic" => {
                let _panics = PanicsWhenDropped;
                panic!("the first");
            }
            _ => {
                let id = std::process::id().to_string();
                Command::new("kill").args(["-ABRT", &id]).status().unwrap();
                std::future::pending::<()>().await;
            }
        }
    });
}

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("the second");
    }
}
