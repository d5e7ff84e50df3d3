//! Tests written against a runtime's own crate: see the files beside this one. They are compiled twice,
//! once with the runtime and once with its drop-in in its place, and must pass either way.
