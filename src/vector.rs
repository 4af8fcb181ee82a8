//! The datum boundary of pgvector's `vector`: the one place that knows its layout.
//!
//! Works for arguments, returns, sets, SPI parameters and, as `Vec<Vector>` or `Vec<Option<Vector>>`, for `vector[]`.
//! On disk (pgvector `src/vector.h`): varlena header, `int16` dimensions, `int16` unused, then that many `float4`.

use std::cell::Cell;

use pg_journey_core::kernel::{Code, Error, Result};
use pgrx::callconv::{Arg, ArgAbi, BoxRet, FcInfo};
use pgrx::datum::{Datum, UnboxDatum};
use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::error::OrRaise;
use crate::query;

/// pgvector's VECTOR_MAX_DIM.
const MAX_DIMENSIONS: usize = 16_000;
/// Bytes before the first value: varlena header, dimensions, unused.
const HEADER: usize = 8;

/// A `vector` that is known to be storable: 1 to 16,000 finite values.
#[derive(Debug, Clone, PartialEq)]
pub struct Vector(pgvector::Vector);

impl_sql_translatable!(Vector, "vector");

impl Vector {
    pub fn new(values: Vec<f32>) -> Result<Vector> {
        if values.is_empty() || values.len() > MAX_DIMENSIONS {
            let message = format!("a vector cannot have {} dimensions", values.len());
            return Err(Error::invalid(message).hint("A vector has 1 to 16000 dimensions."));
        }
        if let Some(value) = values.iter().find(|v| !v.is_finite()) {
            return Err(Error::invalid(format!("a vector cannot hold {value}")));
        }
        Ok(Vector(values.into()))
    }

    pub fn as_slice(&self) -> &[f32] {
        self.0.as_slice()
    }
}

impl From<Vector> for Vec<f32> {
    fn from(vector: Vector) -> Self {
        vector.0.into()
    }
}

impl IntoDatum for Vector {
    fn into_datum(self) -> Option<pg_sys::Datum> {
        let values = self.as_slice();
        let bytes = HEADER + size_of_val(values);
        // SAFETY: palloc0 returns `bytes` zeroed, aligned bytes; the writes below stay inside them.
        unsafe {
            let target = pg_sys::palloc0(bytes).cast::<u8>();
            pgrx::set_varsize_4b(target.cast(), bytes as i32);
            target.add(4).cast::<i16>().write(values.len() as i16);
            target.add(HEADER).cast::<f32>().copy_from_nonoverlapping(values.as_ptr(), values.len());
            Some(target.into())
        }
    }

    fn type_oid() -> pg_sys::Oid {
        type_oid()
    }
}

impl FromDatum for Vector {
    unsafe fn from_polymorphic_datum(
        datum: pg_sys::Datum,
        is_null: bool,
        _type_oid: pg_sys::Oid,
    ) -> Option<Self> {
        // SAFETY: the caller promises a datum of type vector; detoasting gives an aligned, uncompressed copy or the original.
        (!is_null).then(|| unsafe {
            let original = datum.cast_mut_ptr::<pg_sys::varlena>();
            let plain = pg_sys::pg_detoast_datum(original);
            let bytes = plain.cast::<u8>();
            let dimensions = bytes.add(4).cast::<i16>().read() as usize;
            let values = std::slice::from_raw_parts(bytes.add(HEADER).cast::<f32>(), dimensions).to_vec();
            if plain != original {
                pg_sys::pfree(plain.cast());
            }
            Vector(values.into())
        })
    }
}

// SAFETY: the value is copied out of the datum, so it does not depend on the datum's lifetime.
unsafe impl UnboxDatum for Vector {
    type As<'src> = Vector;

    unsafe fn unbox<'src>(datum: Datum<'src>) -> Vector
    where
        Self: 'src,
    {
        unsafe { Vector::from_datum(datum.sans_lifetime(), false) }
            .ok_or_else(|| Error::invalid("a vector must not be null"))
            .or_raise()
    }
}

// SAFETY: as in FromDatum.
unsafe impl<'fcx> ArgAbi<'fcx> for Vector {
    unsafe fn unbox_arg_unchecked(arg: Arg<'_, 'fcx>) -> Self {
        unsafe { arg.unbox_arg_using_from_datum() }
            .ok_or_else(|| Error::invalid("a vector must not be null"))
            .or_raise()
    }
}

// SAFETY: the datum is returned to the function it was made for.
unsafe impl BoxRet for Vector {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> Datum<'fcx> {
        match self.into_datum() {
            Some(datum) => unsafe { fcinfo.return_raw_datum(datum) },
            None => fcinfo.return_null(),
        }
    }
}

/// The oid of the type wherever the extension `vector` was installed; kept for the session while the type exists.
fn type_oid() -> pg_sys::Oid {
    thread_local! {
        static OID: Cell<pg_sys::Oid> = const { Cell::new(pg_sys::InvalidOid) };
    }
    let known = OID.get();
    // SAFETY: a catalog cache lookup by oid.
    if known != pg_sys::InvalidOid && unsafe { pg_sys::get_typisdefined(known) } {
        return known;
    }
    let found = query::one::<pg_sys::Oid>(include_str!("../sql/queries/vector_type.sql"), &[]);
    let missing = || {
        Error::new(Code::UndefinedObject, "the extension \"vector\" is not installed in this database")
            .hint("CREATE EXTENSION vector;")
    };
    let oid = found.ok_or_else(missing).or_raise();
    OID.set(oid);
    oid
}
