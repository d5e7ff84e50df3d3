//! What is known of a task's span before it starts: made once per call site and thread.

use std::borrow::Cow;
use std::collections::HashSet;
use std::panic::Location;
use std::sync::{Arc, Mutex};

use opentelemetry::trace::SpanBuilder;
use opentelemetry::{KeyValue, StringValue};
use runtime_hooks_core::Submission;
use runtime_hooks_recorder::Kind;
use runtime_hooks_recorder::catalog::attribute;
use runtime_hooks_recorder::internals::lock;

const AT_START: usize = 6;
/// The attributes that are added at the end: there is room for them from the start.
const AT_END: usize = 5;

/// The name and the attributes of a span at its start.
pub(super) struct Template {
    span_name: Cow<'static, str>,
    name: Option<StringValue>,
    function: Option<StringValue>,
    kind: &'static str,
    runtime: &'static str,
    location: &'static Location<'static>,
}

impl Template {
    pub(super) fn of<'s>(submission: &'s Submission<'_>) -> &'s Self {
        submission.per_call_site(|| Self {
            span_name: match interned(submission, &name(submission)) {
                Text::Static(name) => name.into(),
                Text::Shared(name) => name.as_ref().to_owned().into(),
            },
            name: submission.name().map(|name| interned(submission, name).into()),
            function: submission.function().map(|path| interned(submission, path).into()),
            kind: submission.kind().as_str(),
            runtime: submission.runtime(),
            location: submission.location(),
        })
    }

    pub(super) fn builder(&self) -> SpanBuilder {
        let mut attributes = Vec::with_capacity(AT_START + AT_END);
        let text =
            |key, text: &Option<StringValue>| text.clone().map(|text| KeyValue::new(key, text));
        attributes.extend(text(attribute::NAME, &self.name));
        attributes.extend(text(attribute::FUNCTION, &self.function));
        attributes.push(KeyValue::new(attribute::TYPE, self.kind));
        attributes.push(KeyValue::new(attribute::RUNTIME, self.runtime));
        attributes.push(KeyValue::new(attribute::FILE, self.location.file()));
        attributes.push(KeyValue::new(attribute::LINE, i64::from(self.location.line())));
        SpanBuilder::from_name(self.span_name.clone()).with_attributes(attributes)
    }
}

/// The name that Python's instrumentation gives it.
fn name(submission: &Submission<'_>) -> String {
    match (submission.kind(), submission.name()) {
        (Kind::Coroutine, Some(name)) => ["asyncio coro-", name].concat(),
        (Kind::Blocking, Some(name)) => ["asyncio to_thread-", name].concat(),
        _ => "asyncio future".to_owned(),
    }
}

/// A text that is copied with each span.
enum Text {
    Static(&'static str),
    Shared(Arc<str>),
}

impl From<Text> for StringValue {
    fn from(text: Text) -> Self {
        match text {
            Text::Static(text) => text.into(),
            Text::Shared(text) => text.into(),
        }
    }
}

/// A static copy of a text of a call site that is found again. A program has a limited number of these, which are part of
/// its code, so the copies are never freed. A text that is computed at run time is shared instead.
fn interned(submission: &Submission<'_>, text: &str) -> Text {
    static TEXTS: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    if !submission.is_cached() {
        return Text::Shared(text.into());
    }
    let known = |texts: &HashSet<&'static str>| texts.get(text).copied();
    match lock(&TEXTS).map(|texts| texts.as_ref().and_then(known)) {
        Some(Some(known)) => Text::Static(known),
        Some(None) => {
            // Leaked without the lock: an allocator of the program may submit a task. If two threads do it at once, the
            // copy of one is not used again.
            let copy: &'static str = Box::leak(text.into());
            if let Some(mut texts) = lock(&TEXTS) {
                texts.get_or_insert_default().insert(copy);
            }
            Text::Static(copy)
        }
        // A forked child whose parent held the lock.
        None => Text::Shared(text.into()),
    }
}
