//! Names of tasks: given by the program, or derived from a type and a call site.

mod site_info;
mod parse;
mod patterns;
mod place;
#[cfg(all(test, not(loom)))]
mod real_types;
mod site;
mod visible;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

pub use self::patterns::NamePatterns;
pub use self::visible::visible;

// For `internals`.
pub use self::site::{Role, Site};
pub use self::site_info::SiteInfo;

pub(crate) use self::place::library;
pub(crate) use self::site::{MixState, SiteKey};

/// A name given by the program. It takes precedence over the derived name, and does not change when code moves.
///
/// Create it from a `&'static str`, a `String`, a `&String`, a `Cow<'static, str>` or an `Arc<str>`. A `&'static str`
/// costs nothing at the call site; any other text is looked up by content.
///
/// Each distinct name is a series. Name the kind of work, not the single request: names past the series cap are
/// counted as `_OTHER`. Any text is valid, also an empty one. Text beyond [`MAX_BYTES`](Self::MAX_BYTES) is cut off.
///
/// ```
/// use runtime_hooks_recorder::Name;
///
/// const FETCH: Name = Name::new("fetch");
/// assert_eq!(FETCH.as_str(), "fetch");
/// let shard = format!("shard-{}", 3);
/// assert_eq!(Name::from(&shard).as_str(), "shard-3");
/// assert_eq!(Name::from(shard).as_str(), "shard-3");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Name(Text);

#[derive(Clone)]
pub(crate) enum Text {
    Static(&'static str),
    Shared(Arc<str>),
}

impl Name {
    /// The maximum length in bytes of UTF-8. A character that does not fit is left out as a whole.
    pub const MAX_BYTES: usize = 4_096;

    /// Creates a name from a static text.
    pub const fn new(name: &'static str) -> Self {
        Self(Text::Static(cut(name)))
    }

    /// The text of the name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(crate) fn text(&self) -> &Text {
        &self.0
    }
}

pub(crate) const fn cut(name: &str) -> &str {
    let mut end = Name::MAX_BYTES;
    if name.len() <= end {
        return name;
    }
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.split_at(end).0
}

impl Text {
    fn as_str(&self) -> &str {
        match self {
            Self::Static(text) => text,
            Self::Shared(text) => text,
        }
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl std::hash::Hash for Text {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl From<&'static str> for Name {
    fn from(name: &'static str) -> Self {
        Self::new(name)
    }
}

impl From<String> for Name {
    fn from(name: String) -> Self {
        Self(Text::Shared(cut(&name).into()))
    }
}

impl From<&String> for Name {
    fn from(name: &String) -> Self {
        Self(Text::Shared(cut(name).into()))
    }
}

impl From<Cow<'static, str>> for Name {
    fn from(name: Cow<'static, str>) -> Self {
        match name {
            Cow::Borrowed(name) => name.into(),
            Cow::Owned(name) => name.into(),
        }
    }
}

impl From<Arc<str>> for Name {
    fn from(name: Arc<str>) -> Self {
        if name.len() > Self::MAX_BYTES {
            return Self(Text::Shared(cut(&name).into()));
        }
        Self(Text::Shared(name))
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
