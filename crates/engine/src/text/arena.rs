//! The attention state (keys and values) of a text model: one slot a text, all slots of a layer side by side.
//!
//! Slots are mapped at full context length but take memory only where something was written. Slots `0..active` hold
//! the texts being written, so that a batch is a view of the first slots; the last slot is where prompts are read in.
//! Texts that begin alike share the memory of their beginning, page by page: it is there once, in the processor's caches
//! too.

use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::ptr::NonNull;

use pg_journey_core::kernel::{Code, Error, Result};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap, mmap_anonymous, munmap};

use crate::log_line;

/// The dimensions of the attention state.
#[derive(Debug, Clone, Copy)]
pub struct Dimensions {
    /// Keys and values count separately: twice the number of layers.
    pub planes: usize,
    pub slots: usize,
    pub heads: usize,
    pub positions: usize,
    pub head_size: usize,
}

impl Dimensions {
    fn head(&self) -> usize {
        self.positions * self.head_size
    }

    fn slot(&self) -> usize {
        self.heads * self.head()
    }

    fn plane(&self) -> usize {
        self.slots * self.slot()
    }

    /// None where they cannot be addressed; where they can, no product of some of them overflows either.
    fn bytes(&self) -> Option<usize> {
        [self.planes, self.slots, self.heads, self.positions, self.head_size]
            .into_iter()
            .try_fold(size_of::<f32>(), |product, size| {
                product.checked_mul(size).filter(|product| *product > 0)
            })
            .filter(|bytes| isize::try_from(*bytes).is_ok())
    }

    /// What one position of one text takes.
    pub fn position_bytes(&self) -> usize {
        self.planes * self.heads * self.head_size * size_of::<f32>()
    }
}

/// The beginning of a slot, to be put into others.
pub struct Kept {
    pub positions: usize,
    /// The whole pages of each head, `paged` bytes one after the other.
    pages: File,
    paged: usize,
    /// What follows them in each head, packed.
    rest: Vec<f32>,
}

pub struct Arena {
    base: NonNull<f32>,
    bytes: usize,
    dimensions: Dimensions,
    /// How many positions of each slot were written since its memory was last given back.
    touched: Vec<usize>,
}

// SAFETY: the arena owns its mapping; it has no interior sharing.
unsafe impl Send for Arena {}

impl Arena {
    pub fn new(dimensions: Dimensions) -> Result<Self> {
        let bytes = dimensions.bytes().ok_or_else(|| {
            Error::new(
                Code::OutOfMemory,
                format!("attention state of {dimensions:?} is larger than any address space"),
            )
            .hint("Correct \"architecture\" and \"context_length\" in the model's manifest.")
        })?;
        let failed = |e: rustix::io::Errno| {
            Error::new(
                Code::OutOfMemory,
                format!("{} MB of address space for attention state cannot be had: {e}", bytes >> 20),
            )
            .hint("Lower pg_journey.engine_max_batch.")
        };
        // SAFETY: a new mapping.
        let base = unsafe { map_nothing(std::ptr::null_mut(), bytes, MapFlags::empty()) }.map_err(failed)?;
        let base = NonNull::new(base.cast()).ok_or_else(|| failed(rustix::io::Errno::NOMEM))?;
        Ok(Arena { base, bytes, dimensions, touched: vec![0; dimensions.slots] })
    }

    pub fn dimensions(&self) -> Dimensions {
        self.dimensions
    }

    /// Where the planes of `slot` and the slots after it begin; shaped [slots, heads, positions, head size].
    pub fn plane(&mut self, plane: usize, slot: usize) -> *mut f32 {
        self.at(plane, slot, 0)
    }

    fn at(&self, plane: usize, slot: usize, head: usize) -> *mut f32 {
        let d = &self.dimensions;
        assert!(plane < d.planes && slot < d.slots && head < d.heads);
        // SAFETY: within the mapping, by the line above.
        unsafe { self.base.as_ptr().add(plane * d.plane() + slot * d.slot() + head * d.head()) }
    }

    /// Notes that a run writes the first `positions` of a slot.
    pub fn touch(&mut self, slot: usize, positions: usize) {
        self.touched[slot] = self.touched[slot].max(positions);
    }

    /// Copies some positions of a slot over another's.
    pub fn copy(&mut self, from: usize, to: usize, positions: Range<usize>) {
        assert!(from != to && positions.end <= self.dimensions.positions);
        self.touch(to, positions.end);
        let (start, length) =
            (positions.start * self.dimensions.head_size, positions.len() * self.dimensions.head_size);
        self.each_head(|arena, plane, head| {
            let (source, target) = (arena.at(plane, from, head), arena.at(plane, to, head));
            // SAFETY: two different slots never overlap, and both hold the positions.
            unsafe { source.add(start).copy_to_nonoverlapping(target.add(start), length) };
        });
    }

    /// The first `positions` of a slot.
    pub fn keep(&self, slot: usize, positions: usize) -> io::Result<Kept> {
        assert!(positions <= self.dimensions.positions);
        let length = positions * self.dimensions.head_size;
        let paged = self.whole_pages(length * size_of::<f32>());
        let pages = File::from(memfd_create(c"pg_journey attention state", MemfdFlags::CLOEXEC)?);
        let mut rest = Vec::new();
        let mut end = 0;
        let mut written = Ok(());
        self.each_head(|arena, plane, head| {
            // SAFETY: the slot holds `positions`, and nothing writes while `self` is borrowed.
            let floats = unsafe { std::slice::from_raw_parts(arena.at(plane, slot, head), length) };
            let (whole, behind) = floats.split_at(paged / size_of::<f32>());
            // SAFETY: floats are bytes, too.
            let whole = unsafe { std::slice::from_raw_parts(whole.as_ptr().cast::<u8>(), paged) };
            if written.is_ok() {
                written = pages.write_all_at(whole, end);
            }
            end += paged as u64;
            rest.extend_from_slice(behind);
        });
        written.map(|()| Kept { positions, pages, paged, rest })
    }

    /// Begins a slot with what was kept of another. What is written to it later is its own.
    pub fn put(&mut self, slot: usize, kept: &Kept) {
        self.touch(slot, kept.positions);
        let behind = kept.positions * self.dimensions.head_size - kept.paged / size_of::<f32>();
        let (mut offset, mut rest) = (0, kept.rest.chunks_exact(behind.max(1)));
        self.each_head(|arena, plane, head| {
            let start = arena.at(plane, slot, head);
            // SAFETY: the head holds the kept positions, and `self` is borrowed mutably.
            unsafe {
                map_or_read(start.cast(), kept, offset);
                if let Some(rest) = rest.next() {
                    start.add(kept.paged / size_of::<f32>()).copy_from_nonoverlapping(rest.as_ptr(), behind);
                }
            }
            offset += kept.paged as u64;
        });
    }

    /// How many of the first bytes of a head can be mapped.
    fn whole_pages(&self, bytes: usize) -> usize {
        let page = rustix::param::page_size();
        let aligned = (self.dimensions.head() * size_of::<f32>()).is_multiple_of(page);
        if aligned { bytes / page * page } else { 0 }
    }

    fn each_head(&self, mut work: impl FnMut(&Self, usize, usize)) {
        for plane in 0..self.dimensions.planes {
            for head in 0..self.dimensions.heads {
                work(self, plane, head);
            }
        }
    }

    /// Memory that the slots take, at most: beginnings that several of them share are counted for each.
    pub fn held_bytes(&self) -> usize {
        self.touched.iter().sum::<usize>() * self.dimensions.position_bytes()
    }

    /// Gives the memory of slots from `first` on back to the system. What they held reads as zero.
    pub fn release_from(&mut self, first: usize) {
        let d = self.dimensions;
        if self.touched[first..].iter().all(|touched| *touched == 0) {
            return;
        }
        let bytes = (d.slots - first) * d.slot() * size_of::<f32>();
        for plane in 0..d.planes {
            release(self.at(plane, first, 0).cast(), bytes);
        }
        self.touched[first..].fill(0);
    }
}

/// Gives back the whole pages within a range; zeroes nothing else.
fn release(start: *mut u8, bytes: usize) {
    let page = rustix::param::page_size();
    let begin = start.align_offset(page);
    let length = bytes.saturating_sub(begin) / page * page;
    if length > 0 {
        // SAFETY: within the mapping of the arena that calls, which is borrowed mutably there.
        if let Err(e) = unsafe { map_nothing(start.add(begin).cast(), length, MapFlags::FIXED) } {
            log_line!("{length} bytes of attention state are not given back: {e}");
        }
    }
}

/// New memory, which takes room only where something is written, in place of what is there if that is `FIXED`.
///
/// # Safety
/// With `FIXED`, nothing else may use the range.
unsafe fn map_nothing(start: *mut c_void, bytes: usize, fixed: MapFlags) -> rustix::io::Result<*mut c_void> {
    let flags = MapFlags::PRIVATE | MapFlags::NORESERVE | fixed;
    // SAFETY: as this function's own contract; zero bytes are valid floats.
    unsafe {
        let base = mmap_anonymous(start, bytes, ProtFlags::READ | ProtFlags::WRITE, flags)?;
        // A huge page behind every head would take megabytes for a text of ten words.
        let _ = madvise(base, bytes, Advice::LinuxNoHugepage);
        Ok(base)
    }
}

/// Puts the kept pages from `offset` on in the place of those at `start`: shared until something is written to them, or
/// read where the system has no room for more mappings.
///
/// # Safety
/// Nothing else may use the range, which must be as long as the pages of a head and start at a page.
unsafe fn map_or_read(start: *mut c_void, kept: &Kept, offset: u64) {
    if kept.paged == 0 {
        return;
    }
    let flags = MapFlags::PRIVATE | MapFlags::NORESERVE | MapFlags::FIXED;
    // SAFETY: as this function's own contract.
    unsafe {
        if mmap(start, kept.paged, ProtFlags::READ | ProtFlags::WRITE, flags, &kept.pages, offset).is_err() {
            let target = std::slice::from_raw_parts_mut(start.cast::<u8>(), kept.paged);
            if let Err(e) = kept.pages.read_exact_at(target, offset) {
                log_line!("kept attention state cannot be read: {e}");
            }
        }
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: the mapping is this arena's own.
        let _ = unsafe { munmap(self.base.as_ptr().cast(), self.bytes) };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SMALL: Dimensions = Dimensions { planes: 4, slots: 5, heads: 3, positions: 64, head_size: 8 };

    /// Where a head begins at a page, so that beginnings are shared.
    const PAGED: Dimensions = Dimensions { positions: 4096, ..SMALL };

    fn fill(arena: &mut Arena, slot: usize, positions: usize, mark: f32) -> Vec<f32> {
        let length = positions * arena.dimensions.head_size;
        arena.touch(slot, positions);
        let mut next = 0;
        arena.each_head(|arena, plane, head| {
            for i in 0..length {
                // SAFETY: the head holds the positions.
                unsafe { *arena.at(plane, slot, head).add(i) = mark * 1e6 + next as f32 };
                next += 1;
            }
        });
        content(arena, slot, positions)
    }

    fn content(arena: &Arena, slot: usize, positions: usize) -> Vec<f32> {
        let length = positions * arena.dimensions.head_size;
        let mut packed = Vec::new();
        arena.each_head(|arena, plane, head| {
            // SAFETY: the head holds the positions.
            packed.extend_from_slice(unsafe {
                std::slice::from_raw_parts(arena.at(plane, slot, head), length)
            });
        });
        packed
    }

    #[test]
    fn a_slot_gives_back_what_was_put_in_and_copies_keep_it() {
        let mut arena = Arena::new(SMALL).unwrap();
        let first = fill(&mut arena, 0, 10, 1.0);
        let last = fill(&mut arena, 4, 64, 2.0);
        arena.copy(4, 1, 0..20);
        arena.copy(4, 1, 20..64);
        assert_eq!(content(&arena, 1, 64), last);
        assert_eq!(content(&arena, 0, 10), first, "a neighbour is left alone");
        assert!(content(&arena, 2, 64).iter().all(|value| *value == 0.0));
    }

    #[test]
    fn a_shared_beginning_is_each_slots_own_once_it_writes() {
        let mut arena = Arena::new(PAGED).unwrap();
        let kept = {
            fill(&mut arena, 4, 1000, 1.0);
            arena.keep(4, 1000).unwrap()
        };
        assert!(kept.paged > 0 && !kept.rest.is_empty());
        let beginning = content(&arena, 4, 1000);
        (0..3).for_each(|slot| arena.put(slot, &kept));
        let changed = fill(&mut arena, 1, 500, 3.0);
        arena.copy(1, 2, 0..500);
        assert_eq!(content(&arena, 0, 1000), beginning);
        assert_eq!(content(&arena, 1, 500), changed);
        assert_eq!(content(&arena, 2, 500), changed);
        arena.release_from(1);
        assert_eq!(content(&arena, 0, 1000), beginning);
        assert!(content(&arena, 1, 1000).iter().all(|value| *value == 0.0));
        arena.put(1, &kept);
        drop(kept);
        assert_eq!(content(&arena, 1, 1000), beginning, "slots outlive what was kept");
    }

    #[test]
    fn released_slots_count_nothing_and_leave_the_others_alone() {
        let mut arena = Arena::new(PAGED).unwrap();
        let kept = fill(&mut arena, 0, 100, 1.0);
        let held = arena.held_bytes();
        fill(&mut arena, 3, 200, 2.0);
        assert!(arena.held_bytes() > held);
        arena.release_from(1);
        assert_eq!(arena.held_bytes(), held);
        assert_eq!(content(&arena, 0, 100), kept);
    }

    #[test]
    fn dimensions_that_wrap_around_are_refused() {
        // 2^62 floats, whose 2^64 bytes wrap around to none.
        let wrapping =
            Dimensions { planes: 4, slots: 1, heads: 1 << 20, positions: 1 << 20, head_size: 1 << 20 };
        let addressable = Dimensions { planes: 1 << 21, heads: 1 << 20, ..SMALL };
        for dimensions in [wrapping, Dimensions { heads: 0, ..SMALL }] {
            assert_eq!(
                Arena::new(dimensions).err().map(|e| e.code),
                Some(Code::OutOfMemory),
                "{dimensions:?}"
            );
        }
        assert_eq!(addressable.bytes(), Some(addressable.planes * addressable.plane() * 4));
    }

    proptest! {
        #[test]
        fn keeping_and_putting_is_the_identity(
            positions in 1usize..=64, times in 1usize..=20, paged: bool, from in 0usize..5, to in 0usize..5,
        ) {
            let (dimensions, positions) = if paged { (PAGED, positions * times) } else { (SMALL, positions) };
            let mut arena = Arena::new(dimensions).unwrap();
            let packed = fill(&mut arena, from, positions, 3.0);
            let kept = arena.keep(from, positions).unwrap();
            prop_assert_eq!(kept.positions, positions);
            arena.put(to, &kept);
            prop_assert_eq!(content(&arena, to, positions), packed);
        }
    }
}
