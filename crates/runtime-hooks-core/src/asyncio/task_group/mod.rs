//! Tasks that end together.

mod error;
mod group;
mod handle;
mod member;
mod members;

pub use self::error::GroupError;
pub use self::group::TaskGroup;
pub use self::handle::GroupHandle;
pub use self::member::Member;
