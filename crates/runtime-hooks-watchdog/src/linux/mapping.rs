//! The files that are mapped into this process.

use std::collections::BTreeMap;

/// A file that is mapped: its path, and the first and the last address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mapping {
    pub(super) path: String,
    pub(super) start: u64,
    pub(super) end: u64,
}

/// The path of the code that the system itself maps.
pub(super) const VDSO: &str = "[vdso]";

/// The files that are mapped, from the text of `/proc/self/maps`.
pub(super) fn mappings(maps: &str) -> Vec<Mapping> {
    let mut found = BTreeMap::<&str, (u64, u64, bool)>::new();
    for line in maps.lines() {
        let mut fields = line.splitn(6, ' ');
        let (Some(range), Some(flags)) = (fields.next(), fields.next()) else { continue };
        let path = fields.nth(3).map_or("", str::trim);
        let is_file = path.starts_with('/') || path == VDSO;
        let bounds = range
            .split_once('-')
            .map(|(start, end)| (u64::from_str_radix(start, 16), u64::from_str_radix(end, 16)));
        let (true, Some((Ok(start), Ok(end)))) = (is_file, bounds) else { continue };
        let mapping = found.entry(path).or_insert((start, end, false));
        *mapping = (mapping.0.min(start), mapping.1.max(end), mapping.2 | flags.contains('x'));
    }
    let with_code = found.into_iter().filter(|(_, (.., has_code))| *has_code);
    with_code.map(|(path, (start, end, _))| Mapping { path: path.to_owned(), start, end }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_with_code_are_found_with_their_bounds() {
        let maps = "\
5500-5600 r--p 00000000 fe:00 12 /usr/bin/my app
5600-5700 r-xp 00100000 fe:00 12 /usr/bin/my app
5700-5800 rw-p 00000000 00:00 0
6000-6100 r--p 00000000 fe:00 13 /usr/lib/data
7000-7100 r-xp 00000000 00:00 0 [vdso]
7100-7200 r-xp 00000000 00:00 0 [vsyscall]
";
        let mapping = |path: &str, start, end| Mapping { path: path.to_owned(), start, end };
        let expected = [mapping("/usr/bin/my app", 0x5500, 0x5700), mapping(VDSO, 0x7000, 0x7100)];
        assert_eq!(mappings(maps), expected);
    }
}
