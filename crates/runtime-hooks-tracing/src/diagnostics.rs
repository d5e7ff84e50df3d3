//! Writes diagnostics as events.

use runtime_hooks_core::{Diagnostic, Severity};
use tracing::subscriber::NoSubscriber;

/// Writes a diagnostic as an event with target `runtime_hooks`: for [`Config::diagnostics`].
///
/// The level is `INFO`, `WARN` or `ERROR`, the message is the diagnostic's. Without a subscriber on the calling
/// thread the diagnostic goes to standard error, so that diagnostics before the program sets a subscriber are not
/// lost.
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
