//! Rows of our tables as Postgres holds them, column by column in the table's order: read from a result in one pass, and
//! written as one parameter, an array of the table's row type, so that one statement stores all rows of a batch.
//!
//! pgrx looks each column up by its name and walks over those before it: of a table with 35 columns that took longer than
//! what the rows were read for.

use std::ffi::CStr;

use pg_journey_core::kernel::money::Decimal;
use pg_journey_core::kernel::numeric;
use pg_journey_core::kernel::time::Micros;
use pg_journey_core::kernel::{Code, Error};
use pgrx::datum::DatumWithOid;
use pgrx::itemptr::item_pointer_get_block_number_no_check;
use pgrx::pg_sys::{self, Datum, Oid};
use uuid::Uuid;

use crate::arrays;
use crate::error::{OrRaise, raise};
use crate::statement::{core_micros, postgres_micros};

/// The rows of the statement that has just run.
pub struct Rows<'conn> {
    table: Option<&'conn pg_sys::SPITupleTable>,
    types: Vec<Oid>,
    values: Vec<Datum>,
    nulls: Vec<bool>,
    done: usize,
}

impl<'conn> Rows<'conn> {
    /// # Safety
    /// `table` is null, or a result that lives as long as the connection.
    pub unsafe fn of(table: *const pg_sys::SPITupleTable) -> Rows<'conn> {
        // SAFETY: as the caller promises; a result has a descriptor.
        let table = unsafe { table.as_ref() };
        let types = table.map_or_else(Vec::new, |table| unsafe { types(table.tupdesc) });
        let (values, nulls) = (vec![Datum::from(0usize); types.len()], vec![true; types.len()]);
        Rows { table, types, values, nulls, done: 0 }
    }

    pub fn len(&self) -> usize {
        self.table.map_or(0, |table| table.numvals as usize)
    }

    /// The next row; the one before ends here.
    pub fn next(&mut self) -> Option<Row<'_>> {
        let table = self.table.filter(|table| self.done < table.numvals as usize)?;
        // SAFETY: the result has `numvals` tuples of this descriptor, and the buffers hold as many columns as that.
        unsafe {
            let tuple = *table.vals.add(self.done);
            pg_sys::heap_deform_tuple(
                tuple,
                table.tupdesc,
                self.values.as_mut_ptr(),
                self.nulls.as_mut_ptr(),
            );
        }
        self.done += 1;
        Some(Row { types: &self.types, values: &self.values, nulls: &self.nulls, next: 0 })
    }
}

/// # Safety
/// The descriptor is one.
unsafe fn types(descriptor: pg_sys::TupleDesc) -> Vec<Oid> {
    // SAFETY: as the caller promises.
    unsafe { (1..=(*descriptor).natts).map(|n| pg_sys::SPI_gettypeid(descriptor, n)).collect() }
}

/// One row, read from its first column to its last. What is null is the default of its type, or `None`.
pub struct Row<'r> {
    types: &'r [Oid],
    values: &'r [Datum],
    nulls: &'r [bool],
    next: usize,
}

impl<'r> Row<'r> {
    /// The next column, which has this type.
    fn column(&mut self, kind: Oid) -> Option<Datum> {
        let at = self.next;
        self.next += 1;
        match self.types.get(at) {
            Some(found) if *found == kind => (!self.nulls[at]).then(|| self.values[at]),
            _ => raise(unexpected(format!("column {} of a query is not of type {kind:?}", at + 1))),
        }
    }

    pub fn number(&mut self) -> i64 {
        self.column(pg_sys::INT8OID).map_or(0, |datum| datum.value() as i64)
    }

    pub fn boolean(&mut self) -> bool {
        self.optional_boolean().unwrap_or(false)
    }

    pub fn optional_boolean(&mut self) -> Option<bool> {
        self.column(pg_sys::BOOLOID).map(|datum| datum.value() as u8 != 0)
    }

    pub fn optional_float(&mut self) -> Option<f64> {
        self.column(pg_sys::FLOAT8OID).map(|datum| f64::from_bits(datum.value() as u64))
    }

    pub fn time(&mut self) -> Option<Micros> {
        self.column(pg_sys::TIMESTAMPTZOID).map(|datum| core_micros(datum.value() as i64))
    }

    pub fn uuid(&mut self) -> Option<Uuid> {
        // SAFETY: a uuid is sixteen bytes.
        self.column(pg_sys::UUIDOID).map(|datum| Uuid::from_bytes(unsafe { *datum.cast_mut_ptr() }))
    }

    /// Of a `ctid`, the page that the row is on.
    pub fn page(&mut self) -> u32 {
        // SAFETY: a tid, which lives as long as the row.
        let page = |datum: Datum| unsafe { item_pointer_get_block_number_no_check(*datum.cast_mut_ptr()) };
        self.column(pg_sys::TIDOID).map_or(0, page)
    }

    pub fn text(&mut self) -> Option<&'r str> {
        let datum = self.column(pg_sys::TEXTOID)?;
        // SAFETY: a text, which lives as long as the row.
        Some(utf8(unsafe { content(datum) }))
    }

    pub fn decimal(&mut self) -> Decimal {
        // SAFETY: a numeric, which lives as long as the row.
        self.column(pg_sys::NUMERICOID)
            .map_or(Decimal::ZERO, |datum| numeric::decimal(unsafe { content(datum) }).or_raise())
    }

    /// A jsonb value without its length word.
    pub fn jsonb(&mut self) -> Option<&'r [u8]> {
        // SAFETY: a jsonb, which lives as long as the row.
        self.column(pg_sys::JSONBOID).map(|datum| unsafe { content(datum) })
    }

    pub fn texts(&mut self) -> Vec<String> {
        self.array(pg_sys::TEXTARRAYOID, |items| items.varlenas().map(|item| utf8(item).to_owned()).collect())
    }

    pub fn decimals(&mut self) -> Vec<Decimal> {
        let decimal = |item| numeric::decimal(item).or_raise();
        self.array(pg_sys::NUMERICARRAYOID, |items| items.varlenas().map(decimal).collect())
    }

    pub fn numbers(&mut self) -> Vec<i64> {
        self.array(pg_sys::INT8ARRAYOID, |items| items.words().collect())
    }

    pub fn times(&mut self) -> Vec<Micros> {
        self.array(pg_sys::TIMESTAMPTZARRAYOID, |items| items.words().map(core_micros).collect())
    }

    fn array<T>(&mut self, kind: Oid, read: impl FnOnce(arrays::Items<'r>) -> Vec<T>) -> Vec<T> {
        let Some(datum) = self.column(kind) else { return Vec::new() };
        // SAFETY: an array, which lives as long as the row.
        read(arrays::Items::of(unsafe { content(datum) }))
    }
}

/// The content of a variable-length value, which is copied only where it is compressed or stored elsewhere.
///
/// # Safety
/// The datum is such a value, and lives as long as `'r`.
unsafe fn content<'r>(datum: Datum) -> &'r [u8] {
    // SAFETY: as the caller promises; a copy lies in the memory of the connection.
    unsafe { pgrx::varlena_to_byte_slice(pg_sys::pg_detoast_datum_packed(datum.cast_mut_ptr())) }
}

fn utf8(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes)
        .unwrap_or_else(|_| raise(unexpected("the database's encoding is not UTF8".to_owned())))
}

fn unexpected(message: String) -> Error {
    Error::new(Code::DataCorrupted, message).hint("Only pg_journey may change the tables of its schema.")
}

pub fn time<'s>(at: Option<Micros>) -> DatumWithOid<'s> {
    value(at.map(|at| Datum::from(postgres_micros(at))), pg_sys::TIMESTAMPTZOID)
}

pub fn decimal<'s>(number: Option<Decimal>) -> DatumWithOid<'s> {
    value(number.map(|number| varlena(&numeric::bytes(number))), pg_sys::NUMERICOID)
}

pub fn text<'s>(text: Option<&str>) -> DatumWithOid<'s> {
    value(text.map(|text| varlena(text.as_bytes())), pg_sys::TEXTOID)
}

pub fn uuid<'s>(id: Option<Uuid>) -> DatumWithOid<'s> {
    id.map(|id| pgrx::Uuid::from_bytes(id.into_bytes())).into()
}

/// A jsonb value from what it is as bytes.
pub fn jsonb<'s>(bytes: Option<&[u8]>) -> DatumWithOid<'s> {
    value(bytes.map(varlena), pg_sys::JSONBOID)
}

fn value<'s>(datum: Option<Datum>, kind: Oid) -> DatumWithOid<'s> {
    match datum {
        // SAFETY: whoever calls this has made a datum of this type, in the memory of the connection or by value.
        Some(datum) => unsafe { DatumWithOid::new(datum, kind) },
        None => DatumWithOid::null_oid(kind),
    }
}

fn varlena(bytes: &[u8]) -> Datum {
    pgrx::rust_byte_slice_to_bytea(bytes).into_pg().into()
}

/// Rows of a table of the schema journey, to be written by one statement.
pub struct NewRows {
    descriptor: pg_sys::TupleDesc,
    types: Vec<Oid>,
    array: arrays::Writer,
    kind: Oid,
    nulls: Vec<bool>,
    values: Vec<Datum>,
}

impl NewRows {
    pub fn of(table: &CStr, count: usize) -> NewRows {
        // SAFETY: looks names up; what is not there has no type, which is an error. The descriptor is released below.
        unsafe {
            let schema = pg_sys::get_namespace_oid(c"journey".as_ptr(), false);
            let row = pg_sys::get_rel_type_id(pg_sys::get_relname_relid(table.as_ptr(), schema));
            let descriptor = pg_sys::lookup_rowtype_tupdesc_copy(row, -1);
            let columns = (*descriptor).natts as usize;
            NewRows {
                descriptor,
                types: types(descriptor),
                array: arrays::Writer::of_rows(row, count),
                kind: pg_sys::get_array_type(row),
                nulls: Vec::with_capacity(columns),
                values: Vec::with_capacity(columns),
            }
        }
    }

    /// Columns in the order of the table; those that are not given are null.
    pub fn push(&mut self, columns: &[DatumWithOid]) {
        self.check(columns);
        self.values.clear();
        self.nulls.clear();
        for column in columns {
            self.nulls.push(column.datum().is_none());
            self.values.push(column.datum().map_or(Datum::from(0usize), |datum| datum.sans_lifetime()));
        }
        let width = self.types.len();
        self.values.resize(width, Datum::from(0usize));
        self.nulls.resize(width, true);
        // SAFETY: values of the types that the descriptor names, which was checked; a tuple begins with its length word.
        unsafe {
            let tuple =
                pg_sys::heap_form_tuple(self.descriptor, self.values.as_mut_ptr(), self.nulls.as_mut_ptr());
            let bytes = std::slice::from_raw_parts((*tuple).t_data.cast::<u8>(), (*tuple).t_len as usize);
            self.array.push_row(bytes);
            pg_sys::heap_freetuple(tuple);
        }
    }

    fn check(&self, columns: &[DatumWithOid]) {
        let given = columns.iter().map(DatumWithOid::oid);
        if columns.len() > self.types.len() || given.zip(&self.types).any(|(given, kind)| given != *kind) {
            raise(unexpected("a table of the schema journey has other columns than expected".to_owned()));
        }
    }

    pub fn finish<'s>(self) -> DatumWithOid<'s> {
        self.array.finish(self.kind)
    }
}
