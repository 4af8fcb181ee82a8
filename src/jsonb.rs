//! jsonb as the bytes that Postgres stores: what came in as jsonb goes into its table as it is, without a way through text.

use pgrx::pg_sys;
use pgrx::prelude::*;

/// The content of a jsonb value, without its length word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jsonb(Vec<u8>);

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
