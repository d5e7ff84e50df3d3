//! Diagnostics as events.

use runtime_hooks_core::{Diagnostic, Severity};
use tracing::subscriber::NoSubscriber;

/// Writes a diagnostic as an event of target `runtime_hooks`: for [`Config::diagnostics`].
///
/// Its level is `INFO`, `WARN` or `ERROR`, its message the diagnostic's. Without a subscriber on the calling thread it goes to
/// standard error, so that nothing is lost which is reported before the program has set one.
///
/// ```
/// use runtime_hooks_core::Config;
///
/// let config = Config::from_env().diagnostics(runtime_hooks_tracing::diagnostic_event);
/// # drop(config);
/// ```
///
/// [`Config::diagnostics`]: runtime_hooks_core::Config::diagnostics
pub fn diagnostic_event(diagnostic: &Diagnostic) {
    if tracing::dispatcher::get_default(|subscriber| subscriber.is::<NoSubscriber>()) {
        return diagnostic.write_to_stderr();
    }
    match diagnostic.severity {
        Severity::Info => tracing::info!(target: "runtime_hooks", "{diagnostic}"),
        Severity::Warning => tracing::warn!(target: "runtime_hooks", "{diagnostic}"),
        _ => tracing::error!(target: "runtime_hooks", "{diagnostic}"),
    }
}
