//! The attention state (keys and values) of a text model: one slot a text, all slots of a layer side by side.
//!
//! Slots are mapped at full context length but take memory only where something was written. Slots `0..active` hold
//! the texts being written, so that a batch is a view of the first slots; the last slot is where prompts are read in.

use std::ptr::NonNull;

use pg_journey_core::kernel::{Code, Error, Result};
use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous, munmap};

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
        // SAFETY: a new anonymous mapping; zero bytes are valid floats.
        let base = unsafe {
            let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
            let protection = ProtFlags::READ | ProtFlags::WRITE;
            let base = mmap_anonymous(std::ptr::null_mut(), bytes, protection, flags).map_err(failed)?;
            // A huge page behind every head would take megabytes for a text of ten words.
            let _ = madvise(base, bytes, Advice::LinuxNoHugepage);
            base
        };
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

    /// Copies the first `positions` of a slot over another.
    pub fn copy(&mut self, from: usize, to: usize, positions: usize) {
        assert!(from != to && positions <= self.dimensions.positions);
        self.touch(to, positions);
        self.each_head(|arena, plane, head| {
            let (source, target) = (arena.at(plane, from, head), arena.at(plane, to, head));
            // SAFETY: two different slots never overlap, and both hold `positions`.
            unsafe { source.copy_to_nonoverlapping(target, positions * arena.dimensions.head_size) };
        });
    }

    /// The first `positions` of a slot, packed.
    pub fn save(&self, slot: usize, positions: usize) -> Vec<f32> {
        assert!(positions <= self.dimensions.positions);
        let length = positions * self.dimensions.head_size;
        let mut packed = Vec::with_capacity(length * self.dimensions.heads * self.dimensions.planes);
        self.each_head(|arena, plane, head| {
            // SAFETY: the slot holds `positions`, and nothing writes while `self` is borrowed.
            packed.extend_from_slice(unsafe {
                std::slice::from_raw_parts(arena.at(plane, slot, head), length)
            });
        });
        packed
    }

    /// Puts back what [`Arena::save`] packed.
    pub fn restore(&mut self, slot: usize, packed: &[f32]) {
        let d = self.dimensions;
        let length = packed.len() / (d.planes * d.heads);
        assert!(length <= d.head() && length * d.planes * d.heads == packed.len());
        self.touch(slot, length / d.head_size);
        let mut chunks = packed.chunks_exact(length.max(1));
        self.each_head(|arena, plane, head| {
            let Some(chunk) = chunks.next() else { return };
            // SAFETY: a head holds at least `length` floats, by the assertion.
            unsafe { arena.at(plane, slot, head).copy_from_nonoverlapping(chunk.as_ptr(), length) };
        });
    }

    fn each_head(&self, mut work: impl FnMut(&Self, usize, usize)) {
        for plane in 0..self.dimensions.planes {
            for head in 0..self.dimensions.heads {
                work(self, plane, head);
            }
        }
    }

    /// Memory that the slots take.
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
        let _ = unsafe { madvise(start.add(begin).cast(), length, Advice::LinuxDontNeed) };
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

    fn fill(arena: &mut Arena, slot: usize, positions: usize, mark: f32) -> Vec<f32> {
        let heads = SMALL.planes * SMALL.heads;
        let packed: Vec<f32> =
            (0..heads * positions * SMALL.head_size).map(|i| mark * 10_000.0 + i as f32).collect();
        arena.restore(slot, &packed);
        packed
    }

    #[test]
    fn a_slot_gives_back_what_was_put_in_and_copies_keep_it() {
        let mut arena = Arena::new(SMALL).unwrap();
        let first = fill(&mut arena, 0, 10, 1.0);
        let last = fill(&mut arena, 4, 64, 2.0);
        assert_eq!(arena.save(0, 10), first);
        arena.copy(4, 1, 64);
        assert_eq!(arena.save(1, 64), last);
        assert_eq!(arena.save(0, 10), first, "a neighbour is left alone");
        assert!(arena.save(2, 64).iter().all(|value| *value == 0.0));
    }

    #[test]
    fn released_slots_count_nothing_and_leave_the_others_alone() {
        let mut arena = Arena::new(Dimensions { positions: 4096, ..SMALL }).unwrap();
        let kept = fill(&mut arena, 0, 100, 1.0);
        let held = arena.held_bytes();
        fill(&mut arena, 3, 200, 2.0);
        assert!(arena.held_bytes() > held);
        arena.release_from(1);
        assert_eq!(arena.held_bytes(), held);
        assert_eq!(arena.save(0, 100), kept);
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
        fn saving_and_restoring_is_the_identity(positions in 1usize..=64, from in 0usize..5, to in 0usize..5) {
            let mut arena = Arena::new(SMALL).unwrap();
            let packed = fill(&mut arena, from, positions, 3.0);
            let saved = arena.save(from, positions);
            prop_assert_eq!(&saved, &packed);
            arena.restore(to, &saved);
            prop_assert_eq!(arena.save(to, positions), packed);
        }
    }
}
