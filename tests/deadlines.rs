//! An elapsed deadline of each runtime is recorded as a timeout, also if the runtime is chosen by name.

use std::error::Error;
use std::future::pending;
use std::time::Duration;

use runtime_hooks::{
    AsyncStd, Config, Instrumentor, RuntimeHooks, RuntimeHooksExt, State, TokioRuntime,
    runtime_by_name,
};

/// Runs `late` with the classifier `by_result`, and returns the state in which it ended.
fn state_of<F, T, E>(runtime: &impl RuntimeHooks, late: F) -> State
where
    F: Future<Output = Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: Error + Send + 'static,
{
    let instrumentor = Instrumentor::installed(Config::new());
    let runtime = runtime.with_instrumentor(instrumentor.clone());
    let result = runtime
        .raw_block_on(async { runtime.named("late").by_result().spawn(late).await.unwrap() });
    assert!(result.is_err());
    let (outcome, _) = instrumentor.recorder().snapshot().find("late").unwrap().ended[0];
    assert_eq!(outcome.error_type(), Some(std::any::type_name::<E>()));
    outcome.state()
}

#[test]
fn an_elapsed_deadline_of_tokio_is_a_timeout() {
    let late = || async { tokio::time::timeout(Duration::ZERO, pending::<()>()).await };
    let tokio = TokioRuntime::current_thread().unwrap();
    assert_eq!(state_of(tokio.handle(), late()), State::Timeout);
    assert_eq!(state_of(&runtime_by_name("tokio").unwrap(), late()), State::Timeout);
    let as_io = async move { late().await.map_err(std::io::Error::from) };
    assert_eq!(state_of(tokio.handle(), as_io), State::Timeout);
}

#[test]
fn an_elapsed_deadline_of_async_std_is_a_timeout() {
    let late = || async_std::future::timeout(Duration::ZERO, pending::<()>());
    assert_eq!(state_of(&AsyncStd, late()), State::Timeout);
    assert_eq!(state_of(&runtime_by_name("async-std").unwrap(), late()), State::Timeout);
    let late = async_std::io::timeout(Duration::ZERO, pending::<std::io::Result<()>>());
    assert_eq!(state_of(&AsyncStd, late), State::Timeout);
}

#[test]
fn a_timeout_of_the_operating_system_is_no_elapsed_deadline() {
    let smol = || runtime_by_name("smol").unwrap();
    let ours = async move { smol().timeout(Duration::ZERO, pending::<()>()).await };
    assert_eq!(state_of(&smol(), ours), State::Timeout);
    let unreachable = std::io::Error::from_raw_os_error(110);
    assert_eq!(state_of(&smol(), async { Err::<(), _>(unreachable) }), State::Exception);
}
