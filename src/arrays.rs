//! Arrays as parameters, written in one pass, and read where they lie. pgrx's own way copies each element twice; with sixteen
//! columns of ten thousand events that was a tenth of the time of a load.
//!
//! Layout (Postgres' `utils/array.h`): length word, dimensions, offset of the data (0: no nulls), element type, size, lower
//! bound, the bitmap of what is not null, the elements. A variable-length element is a length word and its bytes.

use pg_journey_core::kernel::money::Decimal;
use pg_journey_core::kernel::numeric;
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

pub fn numerics<'s>(items: impl ExactSizeIterator<Item = Decimal>) -> DatumWithOid<'s> {
    let items: Vec<Vec<u8>> = items.map(numeric::bytes).collect();
    varlena(pg_sys::NUMERICOID, pg_sys::NUMERICARRAYOID, items.iter().map(|item| Some(item.as_slice())))
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

pub struct Writer {
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

    /// For `count` rows of this row type.
    pub fn of_rows(element: pg_sys::Oid, count: usize) -> Writer {
        const USUAL: usize = 512;
        Writer::new(element, count, count * USUAL)
    }

    /// A tuple that begins with its length word.
    pub fn push_row(&mut self, tuple: &[u8]) {
        self.begin(true);
        self.buffer.extend_from_slice(tuple);
        self.buffer.resize(self.buffer.len().next_multiple_of(ALIGN), 0);
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
    pub fn finish<'s>(mut self, array: pg_sys::Oid) -> DatumWithOid<'s> {
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

/// The elements of an array of one dimension without nulls.
pub struct Items<'r> {
    count: usize,
    data: &'r [u8],
}

impl<'r> Items<'r> {
    /// From an array without its length word; one of no elements, or with nulls, has none.
    pub fn of(array: &'r [u8]) -> Items<'r> {
        let word = |at: usize| {
            let bytes = array.get(at * WORD..(at + 1) * WORD).and_then(|bytes| bytes.try_into().ok());
            bytes.map_or(0, i32::from_ne_bytes)
        };
        let [dimensions, offset, count] = [word(0), word(1), word(3)];
        let data = if dimensions == 1 && offset == 0 { array.get(HEADER - WORD..) } else { None };
        Items { count: data.map_or(0, |_| count.max(0) as usize), data: data.unwrap_or_default() }
    }

    /// Elements of eight bytes.
    pub fn words(self) -> impl Iterator<Item = i64> {
        let (words, _) = self.data.as_chunks();
        words.iter().take(self.count).map(|word| i64::from_ne_bytes(*word))
    }

    /// Elements of variable length, without their length words.
    pub fn varlenas(self) -> impl Iterator<Item = &'r [u8]> {
        let mut rest = self.data;
        (0..self.count).map_while(move |_| {
            let size = length_of(rest.first_chunk()?);
            let item = rest.get(WORD..size)?;
            rest = rest.get(size.next_multiple_of(WORD)..).unwrap_or_default();
            Some(item)
        })
    }
}

/// `VARSIZE_4B`, the inverse of `length_word`.
fn length_of(word: &[u8; WORD]) -> usize {
    let word = u32::from_ne_bytes(*word);
    if cfg!(target_endian = "little") { word as usize >> 2 } else { word as usize & 0x3FFF_FFFF }
}

/// `SET_VARSIZE_4B`: the two lowest bits tell the header's kind, which end of the word they are at is the machine's.
fn length_word(size: usize) -> [u8; WORD] {
    let word = if cfg!(target_endian = "little") { (size as u32) << 2 } else { size as u32 };
    word.to_ne_bytes()
}
