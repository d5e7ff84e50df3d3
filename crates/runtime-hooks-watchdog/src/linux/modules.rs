//! The executable and the libraries of this process, with their unwind tables.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::{self, File};
use std::sync::Arc;

use framehop::{ExplicitModuleSectionInfo, Module, Unwinder as _};
use object::{Object, ObjectSection, ObjectSegment, ReadCache, ReadRef};

use super::code::{Code, Unwinder};
use super::functions::Functions;
use super::mapping::{Mapping, VDSO, mappings};
use super::memory::Memory;

/// Reads the unwind tables of each file once, when its code is mapped.
#[derive(Default)]
pub(super) struct Modules {
    unwinder: Unwinder,
    known: BTreeMap<Mapping, Option<Functions>>,
}

const DELETED: &str = " (deleted)";

impl Modules {
    /// All code that is mapped now.
    pub(super) fn code<'m>(&'m mut self, memory: &'m Memory) -> Code<'m> {
        let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
        let mapped = mappings(&maps);
        for gone in self.known.keys().filter(|mapping| !mapped.contains(mapping)) {
            self.unwinder.remove_module(gone.start);
        }
        self.known.retain(|mapping, _| mapped.contains(mapping));
        for mapping in mapped {
            let Entry::Vacant(entry) = self.known.entry(mapping) else { continue };
            let (mapping, sections) = (entry.key().clone(), sections_of(entry.key(), memory));
            entry.insert(sections.as_ref().and_then(|of| Functions::new(of, mapping.start)));
            if let Some(sections) = sections {
                let Mapping { path, start, end } = mapping;
                self.unwinder.add_module(Module::new(path, start..end, start, sections));
            }
        }
        Code { unwinder: &self.unwinder, mapped: &self.known, memory }
    }
}

type Sections = ExplicitModuleSectionInfo<Arc<[u8]>>;

/// `None` if the file cannot be read or has no unwind table.
fn sections_of(Mapping { path, start, end }: &Mapping, memory: &Memory) -> Option<Sections> {
    if path == VDSO {
        let mut bytes = vec![0; usize::try_from(end - start).ok()?];
        memory.read(*start, &mut bytes).ok()?;
        return sections(&*bytes);
    }
    if !path.ends_with(DELETED) {
        return sections(&ReadCache::new(File::open(path).ok()?));
    }
    // Another file can have its path now. Of the executable, the system keeps it.
    let executable = fs::read_link("/proc/self/exe").ok()?;
    let is_executable = executable.to_str() == Some(path);
    is_executable.then(|| sections(&ReadCache::new(File::open("/proc/self/exe").ok()?)))?
}

/// Only the unwind tables: the code itself is not needed.
fn sections<'d>(data: impl ReadRef<'d>) -> Option<Sections> {
    let file = object::File::parse(data).ok()?;
    let section = |name| {
        let section = file.section_by_name(name)?;
        let address = section.address();
        Some((address..address + section.size(), Arc::from(&*section.uncompressed_data().ok()?)))
    };
    let range = |name| {
        let section = file.section_by_name(name)?;
        Some(section.address()..section.address() + section.size())
    };
    let (frames, index) = (section(".eh_frame")?, section(".eh_frame_hdr"));
    Some(ExplicitModuleSectionInfo {
        base_svma: file.segments().map(|segment| segment.address()).min()? & !0xfff,
        text_svma: range(".text"),
        got_svma: range(".got"),
        eh_frame_svma: Some(frames.0),
        eh_frame: Some(frames.1),
        eh_frame_hdr_svma: index.as_ref().map(|(range, _)| range.clone()),
        eh_frame_hdr: index.map(|(_, data)| data),
        ..ExplicitModuleSectionInfo::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unwind_tables_of_this_process_are_read_once() {
        let (memory, mut modules) = (Memory::open().unwrap(), Modules::default());
        modules.code(&memory);
        let read = |modules: &Modules| {
            let read = modules.known.iter().filter(|(_, functions)| functions.is_some());
            read.map(|(mapping, _)| mapping.path.clone()).collect::<Vec<_>>()
        };
        let known = read(&modules);
        let own = std::env::current_exe().unwrap().to_str().unwrap().to_owned();
        assert!(known.contains(&own) && known.iter().any(|path| path == VDSO), "{known:?}");
        modules.code(&memory);
        assert_eq!(read(&modules), known);
    }
}
