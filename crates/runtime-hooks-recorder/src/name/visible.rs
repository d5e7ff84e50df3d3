//! Names as they are shown on a terminal and in a log.

use std::borrow::Cow;

/// Escapes invisible characters and characters that change the direction of text: a line break becomes
/// `\n`.
///
/// A name may be any text. Control characters in it would break lines of a table or log or send commands to the
/// terminal, and characters that change the direction of text would reorder the text next to the name.
///
/// ```
/// use runtime_hooks_recorder::visible;
///
/// assert_eq!(visible("fetch"), "fetch");
/// assert_eq!(visible("a\nb\u{1b}[31m\u{202e}"), r"a\nb\u{1b}[31m\u{202e}");
/// ```
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_hidden(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    Cow::Owned(shown)
}

/// Control characters, line and paragraph separators, direction marks and overrides, zero-width characters.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_hidden_character_is_escaped_and_no_other() {
        for (text, shown) in [
            ("\0\t\r\n", r"\u{0}\t\r\n"),
            ("\u{7f}\u{85}\u{9b}", r"\u{7f}\u{85}\u{9b}"),
            ("a\u{200f}b\u{2028}c\u{2067}d\u{feff}", r"a\u{200f}b\u{2028}c\u{2067}d\u{feff}"),
            (
                "\"quoted\" back\\slash <b> e\u{301} 名前 \u{1f980}",
                "\"quoted\" back\\slash <b> e\u{301} 名前 \u{1f980}",
            ),
            ("", ""),
        ] {
            assert_eq!(visible(text), shown);
        }
    }

    proptest! {
        #[test]
        fn escaped_text_has_no_hidden_characters(text in any::<String>()) {
            let shown = visible(&text);
            prop_assert!(!shown.contains(is_hidden));
            prop_assert_eq!(visible(&shown), shown.clone());
            prop_assert!(text.contains(is_hidden) || shown == text);
        }
    }
}
