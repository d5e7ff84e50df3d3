"""Small crates with known faults: `ci/modules` must find each of these, and no other."""

import pathlib
import sys
import tempfile

CIRCLE, UPWARD = "circle", "upward"
# Of each crate: its name, its files, and a part of each expected message.
EXAMPLES = [
    ("no fault: re-exports, tests, comments and strings", {
        "lib.rs": "mod low; mod high { pub mod deep; } pub use high::deep::High; pub use low::Low;",
        "low.rs": '''//! For [`crate::High`].
            pub struct Low; /* crate::High */ // use crate::High;
            const TEXT: &str = "crate::High \\" crate::High"; const RAW: &str = r#"" crate::High "#; const QUOTE: char = '"';
            fn lifetime<'a>(x: &'a str) -> impl Sized + use<'a> { x }
            #[cfg(test)] use crate::High as _;
            #[cfg(all(test, not(loom)))] mod tests { use crate::High; }
            struct Fields { #[cfg(test)] field: crate::High, other: u8 }
            mod low_tests { #[cfg(all(test, loom))] fn x() { crate::High; } }''',
        "high/deep.rs": "use crate::Low; pub struct High(Low);"}, []),
    ("circle by `use`", {
        "lib.rs": "mod a; mod b;", "a.rs": "use crate::b::B; pub struct A;", "b.rs": "use super::a::A; pub struct B;"},
        [CIRCLE, UPWARD]),
    ("circle by re-exports, nested and renamed", {
        "lib.rs": "mod a; mod b; pub use {self::{a::A as First}, b::B};",
        "a.rs": "use std::fmt; #[cfg(unix)] use crate::{self as root}; pub struct A; fn f(_: root::B) {}",
        "b.rs": "pub enum B {} fn f() { crate::First::new() }"}, [CIRCLE, UPWARD]),
    ("circle by globs", {
        "lib.rs": "mod a; mod b;", "a.rs": "use crate::b::*; pub struct A(B);", "b.rs": "use crate::a::*; pub struct B(A);"},
        [CIRCLE, UPWARD]),
    ("circle of three with the parent", {
        "lib.rs": "mod a;", "a/mod.rs": "mod b; mod c; pub use b::B; pub struct A(b::B);",
        "a/b.rs": "use super::c::C; pub struct B(C);", "a/c.rs": "use crate::a; pub struct C(a::A);"}, [CIRCLE]),
    ("no fault: a parent that only re-exports", {
        "lib.rs": "mod a;", "a/mod.rs": "mod b; pub use self::b::B; pub struct A;", "a/b.rs": "pub struct B(super::A);"}, []),
    ("circle by macros", {
        "lib.rs": "#[macro_use] mod a; mod b;", "a.rs": "macro_rules! make { () => { $crate::b::B } }",
        "b.rs": "pub struct B; fn f() { make!() }"}, [CIRCLE, UPWARD]),
    ("upward, in a macro's braces", {
        "lib.rs": "mod a; mod b;", "a.rs": "wrap! { struct A { #[pin] b: crate::b::B } }", "b.rs": "pub(crate) type B = u8;"},
        [UPWARD]),
    ("upward, into the root", {"lib.rs": "mod a; const B: u8 = 1;", "a.rs": "fn f() { crate::B; }"}, [UPWARD]),
    ("upward, from a file elsewhere", {
        "main.rs": '#[path = "x/y.rs"] mod a; mod b;', "x/y.rs": "fn f() { super::b::f() }", "b.rs": "pub fn f() {}"}, [UPWARD]),
]
# Dependencies, and whether each is allowed: from, to, optional.
DEPENDENCIES = [
    ("runtime-hooks-tokio", "runtime-hooks-core", False, True),
    ("runtime-hooks-core", "runtime-hooks-tokio", True, False),
    ("runtime-hooks-otel", "runtime-hooks-console", False, False),
    ("runtime-hooks-conformance", "runtime-hooks-otel", True, True),
    ("runtime-hooks-conformance", "runtime-hooks-otel", False, False),
]


def check(faults_of, dependency_faults) -> None:
    """Ends the program if the faults of an example are not the expected ones."""
    for name, to, optional, is_allowed in DEPENDENCIES:
        dependency = {"name": to, "kind": None, "optional": optional}
        if bool(dependency_faults({"name": name, "publish": None, "dependencies": [dependency]})) == is_allowed:
            sys.exit(f"example of {name} on {to}: expected that it is {'' if is_allowed else 'not '}allowed")
    for name, files, wanted in EXAMPLES:
        with tempfile.TemporaryDirectory() as folder:
            for path, text in files.items():
                file = pathlib.Path(folder) / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            faults = faults_of(pathlib.Path(folder).resolve() / next(iter(files)))
        if len(faults) != len(wanted) or not all(part in fault for part, fault in zip(wanted, faults)):
            sys.exit(f"example `{name}`: expected {wanted}, found {faults}")
