//! Names in OpenTelemetry's registry of semantic conventions, as the crate of that registry has them.

use opentelemetry_semantic_conventions::attribute as registry;
use runtime_hooks_recorder::catalog::attribute;

#[test]
fn the_names_of_attributes_are_those_of_the_registry() {
    let names = [
        (attribute::FUNCTION, registry::CODE_FUNCTION_NAME),
        (attribute::FILE, registry::CODE_FILE_PATH),
        (attribute::LINE, registry::CODE_LINE_NUMBER),
        (attribute::ERROR_TYPE, registry::ERROR_TYPE),
        (attribute::EXCEPTION_TYPE, registry::EXCEPTION_TYPE),
        (attribute::EXCEPTION_MESSAGE, registry::EXCEPTION_MESSAGE),
        (attribute::EXCEPTION_STACKTRACE, registry::EXCEPTION_STACKTRACE),
    ];
    for (ours, theirs) in names {
        assert_eq!(ours, theirs);
    }
}

/// The others are those of Python's instrumentation, or start with `async.`, which the registry does not use.
#[test]
fn every_other_attribute_is_pythons_or_ours() {
    let of_python = ["type", "name", "state"];
    let others = attribute::ATTRIBUTES.iter().map(|(name, _)| *name);
    let others = others.filter(|name| !name.starts_with("code.") && *name != attribute::ERROR_TYPE);
    let unknown = others.filter(|name| !of_python.contains(name) && !name.starts_with("async."));
    assert_eq!(unknown.collect::<Vec<_>>(), ["lint"]);
}
