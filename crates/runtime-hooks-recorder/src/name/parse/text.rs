//! The name of a type, split at its brackets.

use std::ops::Range;

pub(super) const CLOSURE: &str = "{{closure}}";

/// A name of a type with its brackets matched, so that no part of it is read twice.
pub(super) struct Text<'t> {
    pub(super) whole: &'t str,
    /// By the position of an opening bracket: that of its closing bracket.
    pub(super) closing: Vec<usize>,
    /// The positions of `{{closure}}`.
    closures: Vec<usize>,
    /// The positions of `dyn `.
    erased: Vec<usize>,
}

impl<'t> Text<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let (mut closing, mut open, mut before) = (vec![text.len(); text.len()], Vec::new(), b' ');
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                b'<' | b'(' | b'[' => open.push(at),
                // The `>` of `->` is not a bracket.
                b'>' if before == b'-' => {}
                b'>' | b')' | b']' => {
                    if let Some(open) = open.pop() {
                        closing[open] = at;
                    }
                }
                _ => {}
            }
            before = byte;
        }
        let positions = |of| text.match_indices(of).map(|(at, _)| at).collect();
        Self { whole: text, closing, closures: positions(CLOSURE), erased: positions("dyn ") }
    }

    /// Whether a part of the text has a closure in it.
    pub(super) fn has_closure(&self, of: &Range<usize>) -> bool {
        any_in(&self.closures, of)
    }

    /// Whether a part of the text has a `dyn` type in it.
    pub(super) fn is_erased(&self, of: &Range<usize>) -> bool {
        any_in(&self.erased, of)
    }

    pub(super) fn without_references(&self, of: Range<usize>) -> Range<usize> {
        let mut rest = self.whole[of.clone()].trim_start();
        while let Some(inner) = rest.strip_prefix('&').or(rest.strip_prefix("mut ")) {
            rest = inner;
        }
        of.end - rest.len()..of.end
    }

    /// The generic arguments of the outermost type, which ends with them.
    pub(super) fn arguments(&self, of: Range<usize>) -> Vec<Range<usize>> {
        match self.whole[of.clone()].find('<').map(|at| of.start + at) {
            Some(open) if self.closing[open] + 1 == of.end => self.split(open + 1..of.end - 1, ","),
            _ => Vec::new(),
        }
    }

    /// Splits outside of brackets.
    pub(super) fn split(&self, of: Range<usize>, separator: &str) -> Vec<Range<usize>> {
        let bytes = self.whole.as_bytes();
        let (mut parts, mut start, mut at) = (Vec::new(), of.start, of.start);
        while at < of.end {
            if matches!(bytes[at], b'<' | b'(' | b'[') {
                at = self.closing[at].min(of.end - 1) + 1;
            } else if bytes[at..of.end].starts_with(separator.as_bytes()) {
                parts.push(start..at);
                at += separator.len();
                start = at;
            } else {
                at += 1;
            }
        }
        parts.push(start..of.end);
        parts
    }
}

/// Whether one of these positions, which are sorted, is in a part of the text.
fn any_in(positions: &[usize], of: &Range<usize>) -> bool {
    let next = positions.partition_point(|at| *at < of.start);
    positions.get(next).is_some_and(|at| *at < of.end)
}
