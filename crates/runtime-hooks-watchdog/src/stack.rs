//! The stack of a thread, as it is read on any platform.

/// What a thread does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    /// It computes.
    Computes,
    /// It waits in the system.
    Waits,
}

/// A stack, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Captured {
    pub(crate) doing: Option<Doing>,
    /// Return addresses, the innermost first.
    pub(crate) addresses: Vec<usize>,
    pub(crate) failure: Option<String>,
}

impl Captured {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    pub(crate) fn new(doing: Doing, addresses: Vec<usize>) -> Self {
        Self { doing: Some(doing), addresses, failure: None }
    }

    pub(crate) fn failed(reason: &str) -> Self {
        Self { doing: None, addresses: Vec::new(), failure: Some(reason.to_owned()) }
    }
}
