//! The environment starts a console in a program whose code does not mention one.

use std::io::{BufRead, BufReader, Read, Write, stdin};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

const CONSOLE: &str = "OTEL_RUST_ASYNCIO_CONSOLE";

/// Runs this test binary again, as that program.
fn program(console: &str) -> Child {
    let mut program = Command::new(std::env::current_exe().unwrap());
    program.args(["--ignored", "--exact", "the_program", "--nocapture"]).env(CONSOLE, console);
    program.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
#[ignore = "run by the tests below in a separate process"]
fn the_program() {
    runtime_hooks::instrument();
    runtime_hooks::instrument();
    // Runs until the parent closes standard input.
    let _ = stdin().read_to_end(&mut Vec::new());
}

#[test]
fn a_variable_starts_a_console() {
    let mut program = program("127.0.0.1:0");
    let mut stderr = BufReader::new(program.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    let url =
        line.strip_prefix("runtime-hooks: console at http://").unwrap_or_else(|| panic!("{line}"));
    let mut console = TcpStream::connect(url.trim().trim_end_matches('/')).unwrap();
    write!(console, "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    console.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("ok\n"), "{answer}");
    drop(program.stdin.take());
    assert!(program.wait().unwrap().success());
    // The URL is printed once, although `instrument` is called several times.
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
}

#[test]
fn an_invalid_setting_is_reported_and_stops_nothing() {
    for (value, problem) in [
        (
            "6680",
            "runtime-hooks: OTEL_RUST_ASYNCIO_CONSOLE=\"6680\": expected an address like 127.0.0.1:6680, true or false\n",
        ),
        (
            "0.0.0.0:0",
            "runtime-hooks: the console at 0.0.0.0:0 would be open to other machines: set a token, or allow it with OTEL_RUST_ASYNCIO_CONSOLE_OPEN=true or `ConsoleBuilder::open_to_everyone`\n",
        ),
        ("false", ""),
    ] {
        let mut program = program(value);
        drop(program.stdin.take());
        let output = program.wait_with_output().unwrap();
        assert!(output.status.success());
        assert_eq!(String::from_utf8(output.stderr).unwrap(), problem);
    }
}
