//! Patterns that select tasks by name.

/// Selects tasks by name: comma-separated patterns, in which `*` stands for any text.
///
/// A pattern matches the whole name (`Client.get`), the method alone (`get`), or the path of the function
/// (`my_app::net::Client::get`). The path of a trait's method matches with and without the `<` at its start.
///
/// ```
/// use runtime_hooks_recorder::NamePatterns;
///
/// let patterns = NamePatterns::new("main, fetch_*, my_app::net::*");
/// assert!(patterns.matches(Some("main"), None));
/// assert!(patterns.matches(Some("Client.fetch_all"), None));
/// assert!(patterns.matches(Some("get"), Some("my_app::net::get")));
/// assert!(!patterns.matches(Some("get"), Some("my_app::db::get")));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamePatterns(Vec<String>);

impl NamePatterns {
    /// Reads patterns, separated by commas. Spaces around a pattern do not count, and empty patterns are left out.
    pub fn new(patterns: &str) -> Self {
        let each = patterns.split(',').map(str::trim).filter(|pattern| !pattern.is_empty());
        Self(each.map(str::to_owned).collect())
    }

    /// Whether there are none: then nothing matches.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of them matches a task with this name and function.
    pub fn matches(&self, name: Option<&str>, function: Option<&str>) -> bool {
        if self.0.iter().any(|pattern| pattern == "*") {
            return true;
        }
        let method = name.and_then(|name| name.rsplit_once('.')).map(|(_, method)| method);
        let of_trait = function.and_then(|path| path.strip_prefix('<'));
        let texts = [name, method, function, of_trait];
        texts.iter().flatten().any(|text| self.0.iter().any(|pattern| matches(pattern, text)))
    }
}

/// Whether the text is the pattern, in which each `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        // The first occurrence leaves most for the parts behind it.
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(end)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, expected) in [
            ("fetch", "fetch", true),
            ("fetch", "fetcher", false),
            ("*", "", true),
            ("fetch_*", "fetch_", true),
            ("fetch_*", "fetch", false),
            ("*::get", "app::net::get", true),
            ("app::*::get", "app::net::get", true),
            ("a*a", "a", false),
            ("a*b*c", "abc", true),
            ("a*bc*c", "abc", false),
            ("**", "x", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn the_name_the_method_and_the_function_match() {
        let all = NamePatterns::new(" get , app::store,, ");
        assert_eq!(all, NamePatterns::new("get,app::store"));
        assert!(all.matches(Some("get"), None) && all.matches(Some("Client.get"), None));
        assert!(
            all.matches(None, Some("app::store")) && all.matches(Some("x"), Some("app::store"))
        );
        assert!(!all.matches(Some("store"), None) && !all.matches(None, None));
        assert!(NamePatterns::new("*").matches(None, None));
        let of_trait = Some("<app::Client as app::Get>::get");
        assert!(NamePatterns::new("app::*").matches(Some("x"), of_trait));
        assert!(NamePatterns::new("<app::*").matches(Some("x"), of_trait));
        assert!(NamePatterns::new(" ,").is_empty());
    }

    proptest! {
        #[test]
        fn a_text_matches_every_pattern_that_has_stars_in_place_of_its_parts(
            parts in prop::collection::vec(("[ab:]{0,3}", any::<bool>()), 0..8)
        ) {
            let text: String = parts.iter().map(|(part, _)| part.as_str()).collect();
            let starred = parts.iter().map(|(part, is_star)| if *is_star { "*" } else { part });
            let pattern: String = starred.collect();
            prop_assert!(matches(&pattern, &text), "{pattern} {text}");
        }
    }
}
