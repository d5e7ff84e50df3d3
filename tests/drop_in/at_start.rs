//! The environment alone switches a drop-in on: no line of the program does.

use std::process::Command;

use runtime_hooks_core::Instrumentor;

async fn fetch() {}

const CHILD: &str = "RUNTIME_HOOKS_TEST_CHILD";

#[test]
fn the_environment_switches_it_on_at_the_first_call() {
    if std::env::var_os(CHILD).is_some() {
        smol::block_on(smol::spawn(fetch()));
        let snapshot = Instrumentor::global().recorder().snapshot();
        println!("spawned: {}", snapshot.find("fetch").map_or(0, |series| series.spawned));
        return;
    }
    for (value, spawned) in
        [(Some("true"), 1), (Some("1"), 1), (Some("false"), 0), (Some("perhaps"), 0), (None, 0)]
    {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "the_environment_switches_it_on_at_the_first_call", "--nocapture"]);
        child.env(CHILD, "").env_remove("OTEL_RUST_ASYNCIO_INSTRUMENT");
        child.envs(value.map(|value| ("OTEL_RUST_ASYNCIO_INSTRUMENT", value)));
        let output = String::from_utf8(child.output().unwrap().stdout).unwrap();
        assert!(output.contains(&format!("spawned: {spawned}")), "{value:?}: {output}");
    }
}
