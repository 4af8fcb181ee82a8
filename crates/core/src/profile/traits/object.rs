//! Definitions are JSON objects with known keys: a misspelt key is an error that shows it, never a condition left out.

use serde_json::{Map, Value};

use crate::kernel::{Error, Result};

pub struct Object<'a> {
    what: &'static str,
    members: &'a Map<String, Value>,
}

impl<'a> Object<'a> {
    pub fn read(what: &'static str, value: &'a Value, keys: &[&str]) -> Result<Object<'a>> {
        let members = members(what, value)?;
        match members.keys().find(|key| !keys.contains(&key.as_str())) {
            Some(key) => Err(unknown(&format!("key \"{}\" of {what}", shown_text(key)), keys)),
            None => Ok(Object { what, members }),
        }
    }

    pub fn get(&self, key: &str) -> Option<&'a Value> {
        self.members.get(key)
    }

    pub fn need(&self, key: &str, example: &str) -> Result<&'a Value> {
        self.get(key).ok_or_else(|| {
            Error::invalid(format!("{key} of {} is missing", self.what)).hint(format!("Write {example}."))
        })
    }
}

pub fn members<'a>(what: &str, value: &'a Value) -> Result<&'a Map<String, Value>> {
    value.as_object().ok_or_else(|| wrong(what, value, "a JSON object"))
}

pub fn text<'a>(what: &str, value: &'a Value) -> Result<&'a str> {
    value.as_str().filter(|text| !text.trim().is_empty()).ok_or_else(|| wrong(what, value, "a string"))
}

/// A list of at least one.
pub fn list<'a>(what: &str, value: &'a Value) -> Result<&'a [Value]> {
    let items = value.as_array().filter(|items| !items.is_empty());
    items.map(Vec::as_slice).ok_or_else(|| wrong(what, value, "a list that is not empty"))
}

pub fn wrong(what: &str, value: &Value, wanted: &str) -> Error {
    Error::invalid(format!("{what} is {}", shown(value))).hint(format!("{what} must be {wanted}."))
}

pub fn unknown(what: &str, known: &[&str]) -> Error {
    Error::invalid(format!("{what} is unknown")).hint(format!("Use {}.", known.join(", ")))
}

pub fn shown(value: &Value) -> String {
    shown_text(&value.to_string())
}

pub fn shown_text(text: &str) -> String {
    text.chars().take(60).collect()
}
