//! A panic that ends the process leaves a record: its main thread waits for it. Without a harness, whose tests do not run
//! on the main thread.

use std::process::Command;

use runtime_hooks::{RUNTIMES, RuntimeHooksExt, runtime_by_name};

const RUNTIME: &str = "FLIGHT_TEST_RUNTIME";

fn main() {
    if let Ok(runtime) = std::env::var(RUNTIME) {
        return program(&runtime);
    }
    for runtime in RUNTIMES {
        let made = tempfile::tempdir().unwrap();
        let folder = made.path().join("records");
        let program = Command::new(std::env::current_exe().unwrap())
            .env(RUNTIME, runtime)
            .env("OTEL_RUST_ASYNCIO_FLIGHT_DIR", &folder)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&program.stderr);
        assert_eq!(program.status.code(), Some(101), "{stderr}");
        assert!(stderr.contains("runtime-hooks: flight record (panic) in "), "{stderr}");
        let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(Result::unwrap).collect();
        assert_eq!(files.len(), 1, "{runtime}");
        let name = files[0].file_name().into_string().unwrap();
        assert!(name.ends_with("-panic.pftrace"), "{name}");
        let content = std::fs::read(files[0].path()).unwrap();
        let name: &[u8] = b"last_seen";
        assert!(content.windows(name.len()).any(|window| window == name), "{runtime}");
    }
    println!("a panic of the main thread leaves a record on {}", RUNTIMES.join(", "));
}

fn program(runtime: &str) {
    runtime_hooks::instrument();
    let runtime = runtime_by_name(runtime).unwrap();
    runtime.block_on(async {
        runtime.named("last_seen").spawn(async {}).await.unwrap();
        panic!("on the main thread");
    });
}
