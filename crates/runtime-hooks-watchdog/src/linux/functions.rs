//! Where the functions of a file begin, as its unwind table has it.

use std::sync::Arc;

use framehop::ExplicitModuleSectionInfo;
use gimli::{BaseAddresses, EhFrame, EhFrameHdr, EndianSlice, LittleEndian, UnwindSection};

/// The unwind table of a file.
#[derive(Clone, Debug)]
pub(super) struct Functions {
    /// What has to be added to the addresses in the file.
    bias: u64,
    bases: BaseAddresses,
    frames: Arc<[u8]>,
    index: Arc<[u8]>,
}

impl Functions {
    /// Of a file that is mapped at `start`. `None` if it has no index.
    pub(super) fn new(sections: &ExplicitModuleSectionInfo<Arc<[u8]>>, start: u64) -> Option<Self> {
        let bases = BaseAddresses::default()
            .set_eh_frame(sections.eh_frame_svma.as_ref()?.start)
            .set_eh_frame_hdr(sections.eh_frame_hdr_svma.as_ref()?.start)
            .set_text(sections.text_svma.as_ref().map_or(0, |text| text.start))
            .set_got(sections.got_svma.as_ref().map_or(0, |got| got.start));
        Some(Self {
            bias: start.wrapping_sub(sections.base_svma),
            bases,
            frames: sections.eh_frame.clone()?,
            index: sections.eh_frame_hdr.clone()?,
        })
    }

    /// The address at which the function begins that has this address.
    pub(super) fn start_of(&self, address: u64) -> Option<u64> {
        let address = address.wrapping_sub(self.bias);
        let index = EhFrameHdr::new(&self.index, LittleEndian);
        let index = index.parse(&self.bases, 8).ok()?;
        let frames = EhFrame::new(&self.frames, LittleEndian);
        let cie = EhFrame::<EndianSlice<'_, LittleEndian>>::cie_from_offset;
        let function = index.table()?.fde_for_address(&frames, &self.bases, address, cie).ok()?;
        Some(function.initial_address().wrapping_add(self.bias))
    }
}
