//! The findings of a console as an OpenTelemetry metric.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;
use runtime_hooks_console::Console;
use runtime_hooks_core::Instrumentor;
use runtime_hooks_core::catalog::{attribute, lint_count};
use runtime_hooks_core::support::lock;

/// The console whose lints are exported. Callbacks cannot be unregistered, so those of other consoles observe
/// nothing.
static EXPORTED: Mutex<Option<Arc<Console>>> = Mutex::new(None);

/// Exports the lints of this console from now on, instead of another's.
pub(crate) fn export(console: Console, provider: &dyn MeterProvider) {
    let console = Arc::new(console);
    if let Some(mut exported) = lock(&EXPORTED) {
        *exported = Some(Arc::clone(&console));
    }
    let settings = Instrumentor::global().export_settings();
    if settings.python {
        return;
    }
    let name = format!("{}.{}", settings.namespace(), lint_count::NAME);
    runtime_hooks_otel::meter(provider)
        .u64_observable_counter(name)
        .with_unit(lint_count::UNIT)
        .with_description(lint_count::HELP)
        .with_callback(move |instrument| {
            if !current().is_some_and(|current| Arc::ptr_eq(&current, &console)) {
                return;
            }
            // Of series that are exported as one, the one to which it has applied for longest.
            let mut longest = HashMap::new();
            for found in console.lint_seconds() {
                let of = longest.entry((settings.key_of(&found.key), found.lint)).or_insert(0);
                *of = found.seconds.max(*of);
            }
            for ((key, lint), seconds) in longest {
                let mut attributes = runtime_hooks_otel::attributes_of(&key);
                attributes.push(KeyValue::new(attribute::LINT, lint.as_str()));
                instrument.observe(seconds, &attributes);
            }
        })
        .build();
}

/// Exports to another provider, if a console's lints are exported.
pub(crate) fn reconnect(provider: &dyn MeterProvider) {
    if let Some(console) = current() {
        export(Console::clone(&console), provider);
    }
}

fn current() -> Option<Arc<Console>> {
    lock(&EXPORTED)?.clone()
}
