//! Arrays as parameters, written in one pass. pgrx's own way copies each element twice; with sixteen columns of ten
//! thousand events that was a tenth of the time of a load.
//!
//! Layout (Postgres' `utils/array.h`): length word, dimensions, offset of the data (0: no nulls), element type, size, lower
//! bound, the bitmap of what is not null, the elements. A variable-length element is a length word and its bytes.

use pg_journey_core::kernel::time::Micros;
use pgrx::datum::DatumWithOid;
use pgrx::pg_sys;
use uuid::Uuid;

use crate::statement::postgres_micros;

/// `ArrayType` and the two words of its one dimension.
const HEADER: usize = 24;
/// `MAXALIGN`: where the elements begin.
const ALIGN: usize = 8;
/// Length word of an element, and the alignment of `text` and `jsonb`.
const WORD: usize = 4;

pub fn texts<'a, 's>(items: impl ExactSizeIterator<Item = Option<&'a str>> + Clone) -> DatumWithOid<'s> {
    varlena(pg_sys::TEXTOID, pg_sys::TEXTARRAYOID, items.map(|item| item.map(str::as_bytes)))
}

/// Of jsonb values without their length words.
pub fn jsonbs<'a, 's>(items: impl ExactSizeIterator<Item = Option<&'a [u8]>> + Clone) -> DatumWithOid<'s> {
    varlena(pg_sys::JSONBOID, pg_sys::JSONBARRAYOID, items)
}

pub fn bigints<'s>(items: impl ExactSizeIterator<Item = i64>) -> DatumWithOid<'s> {
    fixed(pg_sys::INT8OID, pg_sys::INT8ARRAYOID, items.map(|item| Some(item.to_ne_bytes())))
}

pub fn booleans<'s>(items: impl ExactSizeIterator<Item = bool>) -> DatumWithOid<'s> {
    fixed(pg_sys::BOOLOID, pg_sys::BOOLARRAYOID, items.map(|item| Some([u8::from(item)])))
}

pub fn uuids<'s>(items: impl ExactSizeIterator<Item = Uuid>) -> DatumWithOid<'s> {
    fixed(pg_sys::UUIDOID, pg_sys::UUIDARRAYOID, items.map(|item| Some(item.into_bytes())))
}

pub fn timestamps<'s>(items: impl ExactSizeIterator<Item = Option<Micros>>) -> DatumWithOid<'s> {
    let items = items.map(|item| item.map(|at| postgres_micros(at).to_ne_bytes()));
    fixed(pg_sys::TIMESTAMPTZOID, pg_sys::TIMESTAMPTZARRAYOID, items)
}

fn varlena<'a, 's>(
    element: pg_sys::Oid,
    array: pg_sys::Oid,
    items: impl ExactSizeIterator<Item = Option<&'a [u8]>> + Clone,
) -> DatumWithOid<'s> {
    let bytes = items.clone().flatten().map(|item| WORD + item.len().next_multiple_of(WORD)).sum();
    let mut writer = Writer::new(element, items.len(), bytes);
    for item in items {
        if writer.begin(item.is_some())
            && let Some(item) = item
        {
            writer.buffer.extend_from_slice(&length_word(WORD + item.len()));
            writer.buffer.extend_from_slice(item);
            writer.buffer.resize(writer.buffer.len().next_multiple_of(WORD), 0);
        }
    }
    writer.finish(array)
}

fn fixed<'s, const SIZE: usize>(
    element: pg_sys::Oid,
    array: pg_sys::Oid,
    items: impl ExactSizeIterator<Item = Option<[u8; SIZE]>>,
) -> DatumWithOid<'s> {
    let mut writer = Writer::new(element, items.len(), items.len() * SIZE);
    for item in items {
        if writer.begin(item.is_some())
            && let Some(item) = item
        {
            writer.buffer.extend_from_slice(&item);
        }
    }
    writer.finish(array)
}

struct Writer {
    buffer: Vec<u8>,
    count: usize,
    done: usize,
    has_nulls: bool,
}

impl Writer {
    /// Always with room for a bitmap: whether there are nulls is known at the end only.
    fn new(element: pg_sys::Oid, count: usize, bytes: usize) -> Writer {
        let start = (HEADER + count.div_ceil(8)).next_multiple_of(ALIGN);
        let mut buffer = Vec::with_capacity(start + bytes);
        let dimensions: i32 = if count == 0 { 0 } else { 1 };
        buffer.extend_from_slice(&[0; WORD]);
        buffer.extend_from_slice(&dimensions.to_ne_bytes());
        buffer.extend_from_slice(&(start as i32).to_ne_bytes());
        buffer.extend_from_slice(&element.to_u32().to_ne_bytes());
        buffer.extend_from_slice(&(count as i32).to_ne_bytes());
        buffer.extend_from_slice(&1i32.to_ne_bytes());
        buffer.resize(start, 0);
        Writer { buffer, count, done: 0, has_nulls: false }
    }

    /// Marks the next element; tells whether there is anything to write for it.
    fn begin(&mut self, is_present: bool) -> bool {
        if is_present {
            self.buffer[HEADER + self.done / 8] |= 1 << (self.done % 8);
        } else {
            self.has_nulls = true;
        }
        self.done += 1;
        is_present
    }

    /// Hands the array to Postgres' memory.
    fn finish<'s>(mut self, array: pg_sys::Oid) -> DatumWithOid<'s> {
        if !self.has_nulls {
            let start = (HEADER + self.count.div_ceil(8)).next_multiple_of(ALIGN);
            self.buffer.drain(HEADER..start);
            self.buffer[8..12].copy_from_slice(&0i32.to_ne_bytes());
        }
        if self.count == 0 {
            // An empty array is its first four words.
            self.buffer.truncate(16);
        }
        let size = self.buffer.len();
        self.buffer[..WORD].copy_from_slice(&length_word(size));
        // SAFETY: palloc gives `size` bytes in the current memory context, or does not return; all are written.
        unsafe {
            let memory = pg_sys::palloc(size).cast::<u8>();
            std::ptr::copy_nonoverlapping(self.buffer.as_ptr(), memory, size);
            DatumWithOid::new(pg_sys::Datum::from(memory), array)
        }
    }
}

/// `SET_VARSIZE_4B`: the two lowest bits tell the header's kind, which end of the word they are at is the machine's.
fn length_word(size: usize) -> [u8; WORD] {
    let word = if cfg!(target_endian = "little") { (size as u32) << 2 } else { size as u32 };
    word.to_ne_bytes()
}
