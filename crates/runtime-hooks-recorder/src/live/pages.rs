//! A list that grows page by page. Its elements never move and are found in three steps.

use once_cell::race::OnceBox;

/// The number of elements in a page.
pub(super) const PAGE: u32 = 128;
/// The last list ends the range of indices.
const LISTS: usize = (u32::BITS - PAGE.ilog2()) as usize;

/// One element for each index, created with its page when an index of the page is used first.
///
/// Pages have equal size: a new index initialises at most one page, and the list of 8 bytes per page when the pages
/// double.
#[derive(Debug)]
pub struct Pages<T> {
    /// List `k` has 2^k pages.
    lists: [OnceBox<List<T>>; LISTS],
}

type List<T> = Box<[OnceBox<Page<T>>]>;
type Page<T> = Box<[T]>;

impl<T: Default> Pages<T> {
    /// No page.
    pub const fn new() -> Self {
        Self { lists: [const { OnceBox::new() }; LISTS] }
    }

    /// The element with this index.
    #[inline]
    pub fn get(&self, index: u32) -> &T {
        // The first list has one page.
        let page = index / PAGE + 1;
        let list = page.ilog2();
        let page = &self.list(list)[(page - (1 << list)) as usize];
        &page.get_or_init(|| Box::new(new_page()))[(index % PAGE) as usize]
    }

    #[inline]
    fn list(&self, list: u32) -> &List<T> {
        let allocate = || Box::new((0..1_u32 << list).map(|_| OnceBox::new()).collect());
        self.lists[list as usize].get_or_init(allocate)
    }
}

impl<T: Default> Default for Pages<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cold]
fn new_page<T: Default>() -> Page<T> {
    (0..PAGE).map(|_| T::default()).collect()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::ptr;

    #[test]
    fn every_index_has_an_element_of_its_own() {
        let pages = Pages::<u64>::new();
        let some = [0, 1, 127, 128, 129, 383, 384, 895, 896, 5_000];
        let elements: HashSet<_> =
            some.iter().map(|index| ptr::from_ref(pages.get(*index))).collect();
        assert_eq!(elements.len(), some.len());
        assert_eq!([0, 1, 3].map(|list| pages.list(list).len()), [1, 2, 8]);
        let page_of = |index| ptr::from_ref(pages.get(index)).addr() - index as usize % 128 * 8;
        assert_eq!((page_of(384), page_of(511)), (page_of(400), page_of(400)));
        assert_ne!(page_of(512), page_of(511));
    }

    #[test]
    fn a_new_index_initialises_one_page() {
        let pages = Pages::<u64>::new();
        pages.get(128 * 1_000);
        let lists = pages.lists.iter().filter_map(OnceBox::get).flat_map(|list| list.iter());
        assert_eq!(lists.filter(|page| page.get().is_some()).count(), 1);
    }
}
