//! Methods that can be disabled.

/// A method whose recording can be disabled: see [`Config::without`](crate::Config::without).
///
/// `OTEL_RUST_ASYNCIO_DISABLED_METHODS` uses the names of the methods: `spawn_blocking`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// `spawn`.
    Spawn,
    /// `spawn_local`.
    SpawnLocal,
    /// `spawn_blocking`.
    SpawnBlocking,
    /// `block_on`.
    BlockOn,
    /// `timeout` and `timeout_at`.
    Timeout,
    /// `instrument` and `instrument_blocking`.
    Instrument,
    /// `ensure_future`.
    EnsureFuture,
    /// `gather` and `try_gather`.
    Gather,
    /// `as_completed` and `as_completed_within`.
    AsCompleted,
    /// `spawn_threadsafe`.
    SpawnThreadsafe,
    /// `task_group`: the members of a `TaskGroup`.
    TaskGroup,
    /// `or` and `race` of smol: the futures that are raced.
    Race,
}

impl Method {
    /// All methods, in the order of the documentation.
    pub const ALL: &'static [Self] = &[
        Self::Spawn,
        Self::SpawnLocal,
        Self::SpawnBlocking,
        Self::BlockOn,
        Self::Timeout,
        Self::Instrument,
        Self::EnsureFuture,
        Self::Gather,
        Self::AsCompleted,
        Self::SpawnThreadsafe,
        Self::TaskGroup,
        Self::Race,
    ];

    /// The name of the method.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spawn => "spawn",
            Self::SpawnLocal => "spawn_local",
            Self::SpawnBlocking => "spawn_blocking",
            Self::BlockOn => "block_on",
            Self::Timeout => "timeout",
            Self::Instrument => "instrument",
            Self::EnsureFuture => "ensure_future",
            Self::Gather => "gather",
            Self::AsCompleted => "as_completed",
            Self::SpawnThreadsafe => "spawn_threadsafe",
            Self::TaskGroup => "task_group",
            Self::Race => "race",
        }
    }

    /// Whether the caller polls the future itself, where it calls or awaits the method.
    pub(crate) const fn is_in_place(self) -> bool {
        use Method::{AsCompleted, BlockOn, Gather, Race, Timeout};
        matches!(self, BlockOn | Timeout | Gather | AsCompleted | Race)
    }

    pub(crate) const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Methods(u16);

impl Methods {
    pub(crate) const ALL: Self = Self((1 << Method::ALL.len()) - 1);

    pub(crate) const fn without(self, method: Method) -> Self {
        Self(self.0 & !method.bit())
    }

    pub(crate) const fn with(self, method: Method) -> Self {
        Self(self.0 | method.bit())
    }

    pub(crate) const fn bits(self) -> u16 {
        self.0
    }
}
