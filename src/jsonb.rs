//! jsonb as the bytes that Postgres stores: what came in as jsonb goes into its table as it is, without a way through text.

use std::borrow::Cow;

use pg_journey_core::kernel::json::Value;
use pg_journey_core::kernel::jsonb;
use pgrx::callconv::{Arg, ArgAbi};
use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::error::raise;

/// The content of a jsonb value, without its length word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jsonb(pub Vec<u8>);

impl_sql_translatable!(Jsonb, "jsonb");

impl Jsonb {
    /// From text that `kernel::json::check_storable` and the parser have accepted.
    pub fn parse(text: &str) -> Option<Jsonb> {
        let text = std::ffi::CString::new(text).ok()?;
        // SAFETY: jsonb_in takes one C string, and reports what it cannot read as an ERROR.
        unsafe {
            let datum =
                pgrx::direct_function_call_as_datum(pg_sys::jsonb_in, &[text.as_c_str().into_datum()])?;
            Jsonb::from_datum(datum, false)
        }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As Postgres prints it.
    pub fn text(&self) -> String {
        // SAFETY: jsonb_out takes one jsonb and returns a C string.
        let text = unsafe {
            pgrx::direct_function_call::<std::ffi::CString>(pg_sys::jsonb_out, &[self.clone().into_datum()])
        };
        text.map(|t| t.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

/// A value of a message as the content of a jsonb: its own bytes where it was jsonb already.
pub fn bytes_of(value: Value<'_>) -> Option<Cow<'_, [u8]>> {
    match value {
        Value::Binary(jsonb::Value::Object(container) | jsonb::Value::Array(container)) => {
            Some(Cow::Borrowed(container.bytes))
        }
        Value::Binary(scalar) => Some(Cow::Owned(jsonb::root(scalar))),
        Value::Text(raw) => Jsonb::parse(raw.get()).map(|jsonb| Cow::Owned(jsonb.0)),
    }
}

/// An object with these members.
pub fn object(members: &[(Cow<str>, Value)]) -> Option<Vec<u8>> {
    let bytes: Vec<Cow<[u8]>> = members.iter().map(|(_, value)| bytes_of(*value)).collect::<Option<_>>()?;
    let values = bytes.iter().map(|bytes| jsonb::Value::of(bytes)).collect::<Result<Vec<_>, _>>();
    let values = values.unwrap_or_else(|error| raise(error));
    Some(jsonb::object(members.iter().map(|(key, _)| &**key).zip(values)))
}

// SAFETY: the value is copied out of the datum, so it does not depend on the datum's lifetime.
unsafe impl<'fcx> ArgAbi<'fcx> for Jsonb {
    unsafe fn unbox_arg_unchecked(arg: Arg<'_, 'fcx>) -> Self {
        // A null argument is an Option's business.
        unsafe { arg.unbox_arg_using_from_datum() }.unwrap_or(Jsonb(Vec::new()))
    }
}

impl FromDatum for Jsonb {
    unsafe fn from_polymorphic_datum(datum: pg_sys::Datum, is_null: bool, _: pg_sys::Oid) -> Option<Self> {
        if is_null {
            return None;
        }
        // SAFETY: the datum is a jsonb, a variable-length value that may be packed, compressed or stored elsewhere.
        unsafe {
            let value = pg_sys::pg_detoast_datum_packed(datum.cast_mut_ptr());
            Some(Jsonb(pgrx::varlena_to_byte_slice(value).to_vec()))
        }
    }
}

impl IntoDatum for Jsonb {
    fn into_datum(self) -> Option<pg_sys::Datum> {
        let mut value = pgrx::StringInfo::with_capacity(self.0.len() as i32 + 4);
        value.push_bytes(&[0; 4]);
        value.push_bytes(&self.0);
        let memory = value.into_char_ptr().cast::<pg_sys::varlena>().cast_mut();
        // SAFETY: the memory is Postgres' and begins with room for the length word.
        unsafe { pgrx::set_varsize_4b(memory, self.0.len() as i32 + 4) };
        Some(pg_sys::Datum::from(memory))
    }

    fn type_oid() -> pg_sys::Oid {
        pg_sys::JSONBOID
    }
}
