//! Looks up a runtime by its name, for configuration files.

use std::error::Error;
use std::{fmt, io};

use runtime_hooks_core::{AnyRuntime, Dependency};

/// The names that [`runtime_by_name`] accepts: one per compiled-in backend.
pub const RUNTIMES: &[&str] = &[
    #[cfg(feature = "tokio")]
    "tokio",
    #[cfg(feature = "smol")]
    "smol",
    #[cfg(feature = "async-std")]
    "async-std",
];

/// All that there are, each behind the feature of its name.
const BACKENDS: &[&str] = &["tokio", "smol", "async-std"];

/// The runtimes that the compiled-in backends instrument, with their versions.
///
/// ```
/// for dependency in runtime_hooks::instrumentation_dependencies() {
///     println!("{dependency}"); // tokio >=1.51, <2
/// }
/// ```
pub fn instrumentation_dependencies() -> impl Iterator<Item = Dependency> {
    let backends: Vec<&[Dependency]> = vec![
        #[cfg(feature = "tokio")]
        runtime_hooks_tokio::DEPENDENCIES,
        #[cfg(feature = "smol")]
        runtime_hooks_smol::DEPENDENCIES,
        #[cfg(feature = "async-std")]
        runtime_hooks_async_std::DEPENDENCIES,
    ];
    backends.into_iter().flatten().copied()
}

/// The runtime with this name, for programs that read the name from their configuration.
///
/// `tokio` is the runtime that the call is made on, else a multi-thread runtime that is started once per process.
///
/// # Errors
///
/// If no backend with this name is compiled in, or if its runtime cannot be started.
///
/// ```
/// let error = runtime_hooks::runtime_by_name("threads").unwrap_err();
/// assert!(error.to_string().starts_with("unknown async runtime \"threads\""));
/// ```
pub fn runtime_by_name(name: impl AsRef<str>) -> Result<AnyRuntime, RuntimeError> {
    match name.as_ref() {
        #[cfg(feature = "tokio")]
        "tokio" => tokio().map_err(|source| RuntimeError(Kind::Start("tokio", source))),
        #[cfg(feature = "smol")]
        "smol" => Ok(AnyRuntime::new(runtime_hooks_smol::Smol)),
        #[cfg(feature = "async-std")]
        "async-std" => Ok(AnyRuntime::new(runtime_hooks_async_std::AsyncStd)),
        unknown => Err(RuntimeError(Kind::Unknown(unknown.to_owned()))),
    }
}

#[cfg(feature = "tokio")]
fn tokio() -> io::Result<AnyRuntime> {
    use std::sync::Mutex;

    use runtime_hooks_core::support::{Process, lock};
    use runtime_hooks_tokio::{Tokio, TokioRuntime};

    static OWN: Mutex<Option<(Process, TokioRuntime)>> = Mutex::new(None);
    if let Ok(current) = Tokio::try_current() {
        return Ok(AnyRuntime::new(current));
    }
    let Some(mut own) = lock(&OWN) else {
        return Err(io::Error::other(
            "another thread was starting it when this process was forked",
        ));
    };
    // A parent's runtime is leaked: dropping it would wait for threads that a fork does not have.
    std::mem::forget(own.take_if(|(process, _)| !process.is_current()));
    let (_, runtime) = match &mut *own {
        Some(started) => started,
        None => own.insert((Process::current(), TokioRuntime::multi_thread()?)),
    };
    let tokio: Tokio = runtime.handle().clone();
    Ok(AnyRuntime::new(tokio))
}

/// The error of [`runtime_by_name`].
#[derive(Debug)]
pub struct RuntimeError(Kind);

#[derive(Debug)]
enum Kind {
    Unknown(String),
    #[cfg_attr(not(feature = "tokio"), expect(dead_code, reason = "only tokio can fail to start"))]
    Start(&'static str, io::Error),
}

impl RuntimeError {
    /// Whether no backend with this name is compiled in.
    pub fn is_unknown(&self) -> bool {
        matches!(self.0, Kind::Unknown(_))
    }
}

impl fmt::Display for RuntimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Unknown(name) if BACKENDS.contains(&name.as_str()) => write!(
                f,
                "unknown async runtime {name:?}: enable the feature `{name}` of runtime-hooks in Cargo.toml"
            ),
            Kind::Unknown(name) if RUNTIMES.is_empty() => write!(
                f,
                "unknown async runtime {name:?}: none is compiled in \
                 (features of runtime-hooks: tokio, smol, async-std)"
            ),
            Kind::Unknown(name) => {
                write!(f, "unknown async runtime {name:?}: compiled in are {}", RUNTIMES.join(", "))
            }
            Kind::Start(name, source) => write!(f, "cannot start the {name} runtime: {source}"),
        }
    }
}

impl Error for RuntimeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Kind::Unknown(_) => None,
            Kind::Start(_, source) => Some(source),
        }
    }
}
