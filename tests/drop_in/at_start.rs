//! The environment alone switches the drop-ins on, without a change to the program.

use std::process::Command;

use runtime_hooks_core::Instrumentor;

async fn fetch() {}

const CHILD: &str = "RUNTIME_HOOKS_TEST_CHILD";

#[test]
fn a_variable_switches_instrumentation_on_at_the_first_call() {
    if std::env::var_os(CHILD).is_some() {
        let tokio = tokio::runtime::Runtime::new().unwrap();
        tokio.block_on(tokio.spawn(fetch())).unwrap();
        smol::block_on(smol::spawn(fetch()));
        async_std::task::block_on(async_std::task::spawn(fetch()));
        let snapshot = Instrumentor::global().recorder().snapshot();
        let fetches = snapshot.series.iter().filter(|series| series.key.name() == Some("fetch"));
        println!("spawned: {}", fetches.map(|series| series.spawned).sum::<u64>());
        return;
    }
    for (value, spawned) in
        [(Some("true"), 3), (Some("1"), 3), (Some("false"), 0), (Some("perhaps"), 0), (None, 0)]
    {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args([
            "--exact",
            "a_variable_switches_instrumentation_on_at_the_first_call",
            "--nocapture",
        ]);
        child.env(CHILD, "").env_remove("OTEL_RUST_ASYNCIO_INSTRUMENT");
        child.envs(value.map(|value| ("OTEL_RUST_ASYNCIO_INSTRUMENT", value)));
        let output = String::from_utf8(child.output().unwrap().stdout).unwrap();
        assert!(output.contains(&format!("spawned: {spawned}")), "{value:?}: {output}");
    }
}
