//! `OTEL_RUST_ASYNCIO_REPORT` prints the table when a program exits, without a line of code in the program.

use std::process::{Command, exit};

use fork::{Fork, fork, waitpid};

async fn fetch() {}

async fn fetch_and_exit() {
    fetch().await;
    exit(0);
}

const CHILD: &str = "RUNTIME_HOOKS_TEST_CHILD";
const THIS_TEST: &str = "a_program_prints_its_table_when_it_exits";

/// The child programs, and the start of the rows that each prints: spawned, active and finished tasks.
const PROGRAMS: [(&str, &[&str]); 8] = [
    ("tokio", &["tokio coroutine fetch 1 0 1"]),
    ("smol", &["smol coroutine fetch 1 0 1"]),
    ("async-std", &["async-std coroutine fetch 1 0 1"]),
    ("exit on tokio", &["tokio coroutine fetch_and_exit 1 1 0"]),
    ("exit on smol", &["smol coroutine fetch_and_exit 1 1 0"]),
    ("exit on async-std", &["async-std coroutine fetch_and_exit 1 1 0"]),
    ("fork", &["smol coroutine fetch 1 0 1"]),
    ("locked", &["smol coroutine fetch 1 0 1"]),
];

fn run_child(program: &str) {
    let tokio = || tokio::runtime::Runtime::new().unwrap();
    match program {
        "tokio" => tokio().block_on(async { tokio::spawn(fetch()).await.unwrap() }),
        "smol" => smol::block_on(smol::spawn(fetch())),
        "async-std" => async_std::task::block_on(async_std::task::spawn(fetch())),
        "exit on tokio" => tokio().block_on(async {
            tokio::spawn(fetch_and_exit()).await.unwrap();
        }),
        "exit on smol" => smol::block_on(smol::spawn(fetch_and_exit())),
        "exit on async-std" => {
            async_std::task::block_on(async_std::task::spawn(fetch_and_exit()));
        }
        "fork" => {
            smol::block_on(smol::spawn(fetch()));
            match fork().unwrap() {
                // The parent prints the table, not the child.
                Fork::Child => exit(0),
                Fork::Parent(child) => assert_eq!(waitpid(child).unwrap(), 0),
            }
        }
        "locked" => {
            smol::block_on(smol::spawn(fetch()));
            let (locked, is_locked) = std::sync::mpsc::channel();
            std::thread::spawn(move || {
                let _locked = std::io::stderr().lock();
                locked.send(()).unwrap();
                loop {
                    std::thread::park();
                }
            });
            is_locked.recv().unwrap();
        }
        "installs" => {
            let _ = smol::Instrumentor::global().install(smol::Config::new().report_at_exit(true));
            smol::block_on(smol::spawn(fetch()));
        }
        _ => panic!("unknown program {program}"),
    }
}

/// The rows of tasks whose names start with `fetch`, without their durations, as a program prints them.
fn rows(program: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", THIS_TEST, "--nocapture"]).env(CHILD, program);
    child.env_remove("OTEL_RUST_ASYNCIO_INSTRUMENT").env_remove("OTEL_RUST_ASYNCIO_REPORT");
    let output = child.envs(variables.iter().copied()).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{program}: {stderr}");
    let rows = stderr.lines().map(|line| line.split_whitespace().take(6).collect::<Vec<_>>());
    rows.filter(|row| row.iter().any(|cell| cell.starts_with("fetch")))
        .map(|row| row.join(" "))
        .collect()
}

#[test]
fn a_program_prints_its_table_when_it_exits() {
    if let Ok(program) = std::env::var(CHILD) {
        return run_child(&program);
    }
    for (program, expected) in PROGRAMS {
        assert_eq!(rows(program, &[("OTEL_RUST_ASYNCIO_REPORT", "true")]), expected, "{program}");
    }
}

#[test]
fn a_program_that_asks_for_its_table_in_code_prints_it_too() {
    assert_eq!(rows("installs", &[]), ["smol coroutine fetch 1 0 1"]);
}

#[test]
fn a_program_prints_no_table_unless_the_environment_asks_for_it() {
    for variables in [
        &[][..],
        &[("OTEL_RUST_ASYNCIO_REPORT", "false")],
        &[("OTEL_RUST_ASYNCIO_INSTRUMENT", "true")],
        &[("OTEL_RUST_ASYNCIO_REPORT", "true"), ("OTEL_RUST_ASYNCIO_INSTRUMENT", "false")],
    ] {
        assert_eq!(rows("smol", variables), [""; 0], "{variables:?}");
    }
}
