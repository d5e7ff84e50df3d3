//! SIGQUIT writes a task dump to standard error. The test starts itself again as the process that gets the signal.
#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use runtime_hooks::{RuntimeHooksExt, runtime_by_name};

const IS_CHILD: &str = "DUMP_ON_QUIT_CHILD";

#[test]
fn sigquit_writes_a_dump_and_the_process_goes_on() {
    if std::env::var_os(IS_CHILD).is_some() {
        return wait_for_a_line();
    }
    let this = std::env::current_exe().unwrap();
    let mut child = Command::new(this)
        .args(["--exact", "sigquit_writes_a_dump_and_the_process_goes_on", "--nocapture"])
        .env(IS_CHILD, "true")
        .env("OTEL_RUST_ASYNCIO_DUMP_ON", "sigquit")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.ends_with("waiting")));
    let errors = BufReader::new(child.stderr.take().unwrap());
    let mut errors = errors.lines().map(Result::unwrap);
    for _ in 0..2 {
        let sent = Command::new("kill").args(["-QUIT", &child.id().to_string()]).status();
        assert!(sent.unwrap().success());
        // After the rest of the dump before.
        assert!(errors.any(|line| line == "runtime-hooks: task dump"));
        let dump: Vec<_> = errors.by_ref().take_while(|line| !line.contains("waits for")).collect();
        let group = dump.iter().find(|line| line.starts_with("1 task: ")).unwrap();
        assert!(group.starts_with("1 task: waits_for_a_line (spawned at "), "{dump:?}");
    }
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

/// Ends at the end of standard input.
fn wait_for_a_line() {
    let hooks = runtime_hooks::instrument();
    let runtime = runtime_by_name("tokio").unwrap();
    let (send, receive) = tokio::sync::oneshot::channel();
    let waits = runtime.named("waits_for_a_line").spawn(receive);
    println!("waiting");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    send.send(()).unwrap();
    runtime.block_on(waits).unwrap().unwrap();
    hooks.shutdown().unwrap();
}
