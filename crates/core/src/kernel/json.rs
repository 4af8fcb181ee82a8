//! Reading JSON in place, as text or as jsonb: values stay slices of the message until somebody needs them, numbers stay exact.

use super::money::Decimal;
use super::{Code, Error, Result, jsonb};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Deep enough for any message; Postgres itself refuses some thousand levels by an error that would stop a whole batch.
const MAX_DEPTH: usize = 64;

/// A longer number is no measure of anything, and jsonb refuses numbers of some hundred thousand digits.
const MAX_NUMBER: usize = 400;

/// A key or string, borrowed from the message where it holds no escapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<'a>(pub Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> std::result::Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> std::result::Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

/// A value as it stands, to be written into other JSON.
pub fn raw(text: &str) -> Option<Box<RawValue>> {
    RawValue::from_string(text.to_owned()).ok()
}

/// Turns a parse error into ours.
pub fn invalid(error: serde_json::Error) -> Error {
    Error::new(Code::InvalidJson, format!("invalid JSON: {error}")).hint("Send one JSON object.")
}

/// One value: JSON text, or jsonb as Postgres stores it.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    Text(&'a RawValue),
    Binary(jsonb::Value<'a>),
}

/// What begins a value, as its first character in JSON does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Null,
    Bool,
    Number,
    String,
    Object,
    Array,
}

impl<'a> Value<'a> {
    pub fn of_text(text: &'a str) -> Result<Value<'a>> {
        Ok(Value::Text(serde_json::from_str(text).map_err(invalid)?))
    }

    fn shape(self) -> Shape {
        match self {
            Value::Text(raw) => match raw.get().as_bytes().first() {
                Some(b'n') => Shape::Null,
                Some(b'"') => Shape::String,
                Some(b'-' | b'0'..=b'9') => Shape::Number,
                Some(b'{') => Shape::Object,
                Some(b'[') => Shape::Array,
                _ => Shape::Bool,
            },
            Value::Binary(value) => match value {
                jsonb::Value::Null => Shape::Null,
                jsonb::Value::Bool(_) => Shape::Bool,
                jsonb::Value::Number(_) => Shape::Number,
                jsonb::Value::String(_) => Shape::String,
                jsonb::Value::Object(_) => Shape::Object,
                jsonb::Value::Array(_) => Shape::Array,
            },
        }
    }

    pub fn is_null(self) -> bool {
        self.shape() == Shape::Null
    }

    /// As JSON without white space between its tokens, so that equal values are equal text.
    pub fn compact(self) -> Result<String> {
        match self {
            Value::Text(raw) => Ok(compact(raw.get())),
            Value::Binary(value) => {
                let mut out = String::new();
                value.write(&mut out)?;
                Ok(out)
            }
        }
    }

    /// The members of an object, in the order they come in.
    pub fn members(self) -> Result<Members<'a>> {
        Ok(match self {
            Value::Text(raw) => Members::Text(members_of_text(raw.get())?.into_iter()),
            Value::Binary(jsonb::Value::Object(object)) => Members::Binary(object.members()?),
            Value::Binary(_) => Members::Text(Vec::new().into_iter()),
        })
    }

    /// A number that is exactly a decimal one, without a way through text.
    pub fn decimal(self) -> Option<Decimal> {
        match self {
            Value::Binary(jsonb::Value::Number(number)) => jsonb::decimal(number).ok(),
            _ => None,
        }
    }

    /// The last member of this name, as in jsonb; nothing, where the value is no object.
    pub fn member(self, wanted: &str) -> Option<Value<'a>> {
        let members = if self.shape() == Shape::Object { self.members().ok()? } else { return None };
        members.flatten().filter(|(key, _)| key == wanted).last().map(|(_, value)| value)
    }

    pub fn elements(self) -> Result<Elements<'a>> {
        Ok(match self {
            Value::Text(raw) => {
                let raws: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(invalid)?;
                Elements::Text(raws.into_iter())
            }
            Value::Binary(jsonb::Value::Array(array)) => Elements::Binary(array.elements()?),
            Value::Binary(_) => Elements::default(),
        })
    }

    /// A string without escapes; hints such as a library's name need no more.
    pub fn word(self) -> Option<&'a str> {
        match self {
            Value::Text(raw) => raw.get().strip_prefix('"')?.strip_suffix('"'),
            Value::Binary(jsonb::Value::String(text)) => Some(text),
            Value::Binary(_) => None,
        }
    }
}

/// The elements of an array.
pub enum Elements<'a> {
    Text(std::vec::IntoIter<&'a RawValue>),
    Binary(jsonb::Elements<'a>),
}

impl Default for Elements<'_> {
    fn default() -> Self {
        Elements::Text(Vec::new().into_iter())
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<Value<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Elements::Text(elements) => elements.next().map(|raw| Ok(Value::Text(raw))),
            Elements::Binary(elements) => Some(elements.next()?.map(Value::Binary)),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Elements::Text(elements) => elements.size_hint(),
            Elements::Binary(elements) => elements.size_hint(),
        }
    }
}

impl ExactSizeIterator for Elements<'_> {}

pub enum Members<'a> {
    Text(std::vec::IntoIter<(Text<'a>, &'a RawValue)>),
    Binary(jsonb::Members<'a>),
}

impl<'a> Iterator for Members<'a> {
    type Item = Result<(Cow<'a, str>, Value<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Members::Text(members) => members.next().map(|(key, raw)| Ok((key.0, Value::Text(raw)))),
            Members::Binary(members) => {
                let member = members.next()?;
                Some(member.map(|(key, value)| (Cow::Borrowed(key), Value::Binary(value))))
            }
        }
    }
}

fn members_of_text(text: &str) -> Result<Vec<(Text<'_>, &RawValue)>> {
    struct Pairs<'a>(Vec<(Text<'a>, &'a RawValue)>);
    impl<'de> Deserialize<'de> for Pairs<'de> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
            struct PairVisitor;
            impl<'de> Visitor<'de> for PairVisitor {
                type Value = Pairs<'de>;
                fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                    f.write_str("an object")
                }
                fn visit_map<M: MapAccess<'de>>(
                    self,
                    mut map: M,
                ) -> std::result::Result<Self::Value, M::Error> {
                    let mut pairs = Vec::new();
                    while let Some(pair) = map.next_entry()? {
                        pairs.push(pair);
                    }
                    Ok(Pairs(pairs))
                }
            }
            deserializer.deserialize_map(PairVisitor)
        }
    }
    Ok(serde_json::from_str::<Pairs>(text).map_err(invalid)?.0)
}

/// A string, or a number as its text: ids come as both. `null` is nothing; what else there may be has the wrong type.
pub fn scalar<'a>(what: &str, value: Value<'a>) -> Result<Option<Cow<'a, str>>> {
    match (value.shape(), value) {
        (Shape::Null, _) => Ok(None),
        (Shape::String, Value::Text(raw)) => {
            Ok(Some(serde_json::from_str::<Text>(raw.get()).map_err(invalid)?.0))
        }
        (Shape::Number, Value::Text(raw)) => Ok(Some(Cow::Borrowed(raw.get()))),
        (_, Value::Binary(jsonb::Value::String(text))) => Ok(Some(Cow::Borrowed(text))),
        (Shape::Number, Value::Binary(_)) => {
            let text = value.compact()?;
            if text.len() > MAX_NUMBER { Err(long_number(&text)) } else { Ok(Some(Cow::Owned(text))) }
        }
        _ => Err(wrong_type(what, value, "a string or a number")),
    }
}

/// A string; `null` is nothing.
pub fn string<'a>(what: &str, value: Value<'a>) -> Result<Option<Cow<'a, str>>> {
    match value.shape() {
        Shape::String | Shape::Null => scalar(what, value),
        _ => Err(wrong_type(what, value, "a string")),
    }
}

/// An object; `null` is nothing.
pub fn object<'a>(what: &str, value: Value<'a>) -> Result<Option<Value<'a>>> {
    match value.shape() {
        Shape::Null => Ok(None),
        Shape::Object => Ok(Some(value)),
        _ => Err(wrong_type(what, value, "an object")),
    }
}

/// The elements of an array; `null` is none.
pub fn array<'a>(what: &str, value: Value<'a>) -> Result<Elements<'a>> {
    match value.shape() {
        Shape::Null => Ok(Elements::default()),
        Shape::Array => value.elements(),
        _ => Err(wrong_type(what, value, "an array")),
    }
}

/// What Postgres accepted as jsonb is read without a limit of its own but this one.
pub fn check_depth(value: jsonb::Value) -> Result<()> {
    if value.is_within(MAX_DEPTH)? { Ok(()) } else { Err(too_deep()) }
}

fn too_deep() -> Error {
    Error::new(Code::ProgramLimitExceeded, format!("more than {MAX_DEPTH} levels of JSON"))
        .hint("Flatten the message.")
}

fn long_number(text: &str) -> Error {
    let shown: String = text.chars().take(40).collect();
    Error::new(Code::NumericValueOutOfRange, format!("number {shown} is out of range"))
        .hint("Send it as a string if it is no measure.")
}

/// `firstName` → `first_name`: keys come in both spellings and are one.
pub fn snake_case(key: Cow<str>) -> Cow<str> {
    if !key.bytes().any(|b| b.is_ascii_uppercase()) {
        return key;
    }
    let mut out = String::with_capacity(key.len() + 4);
    for c in key.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out.into()
}

pub fn wrong_type(what: &str, value: Value, wanted: &str) -> Error {
    let shown: String = value.compact().unwrap_or_default().chars().take(60).collect();
    Error::invalid(format!("{what} is {shown}")).hint(format!("{what} must be {wanted}."))
}

/// Refuses what Postgres' jsonb would refuse though it is JSON: NUL, half surrogate pairs, extreme nesting and numbers.
/// Expects well-formed JSON; anything else is found by the parser.
pub fn check_storable(json: &str) -> Result<()> {
    let bytes = json.as_bytes();
    let (mut i, mut depth) = (0, 0usize);
    while i < bytes.len() {
        match bytes[i] {
            b'"' => i = check_string(bytes, i + 1)?,
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(too_deep());
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'-' | b'0'..=b'9' => i = check_number(json, i)?,
            _ => {}
        }
        i += 1;
    }
    Ok(())
}

/// Returns the position of the closing quote.
fn check_string(bytes: &[u8], mut i: usize) -> Result<usize> {
    while i < bytes.len() && bytes[i] != b'"' {
        if bytes[i] != b'\\' {
            i += 1;
        } else if bytes.get(i + 1) == Some(&b'u') {
            i = check_escape(bytes, i)?;
        } else {
            i += 2;
        }
    }
    Ok(i)
}

/// Checks one `\uXXXX`, or the two of a surrogate pair, and returns the position after it.
fn check_escape(bytes: &[u8], at: usize) -> Result<usize> {
    let unit = |at: usize| {
        let digits = bytes.get(at..at + 6).filter(|d| d.starts_with(b"\\u"))?;
        u16::from_str_radix(std::str::from_utf8(&digits[2..]).ok()?, 16).ok()
    };
    match unit(at) {
        Some(0) => Err(Error::new(Code::InvalidTextRepresentation, "\\u0000 cannot be stored as text")
            .hint("Remove the NUL character.")),
        Some(0xD800..=0xDBFF) if matches!(unit(at + 6), Some(0xDC00..=0xDFFF)) => Ok(at + 12),
        Some(0xD800..=0xDFFF) => {
            Err(Error::new(Code::InvalidTextRepresentation, "half of a surrogate pair is no character")
                .hint("Send the character itself in UTF-8, or both halves."))
        }
        _ => Ok(at + 6),
    }
}

/// Returns the position of the number's last character.
fn check_number(json: &str, start: usize) -> Result<usize> {
    let rest = &json[start..];
    let length =
        rest.find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E')).unwrap_or(rest.len());
    let exponent = rest[..length].find(['e', 'E']).map_or(0, |e| length - e - 1);
    if length > MAX_NUMBER || exponent > 4 {
        return Err(long_number(rest));
    }
    Ok(start + length.max(1) - 1)
}

/// The same JSON without white space between its tokens, so that equal values are equal text.
pub fn compact(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let (mut quoted, mut escaped) = (false, false);
    for c in json.chars() {
        if quoted || !c.is_ascii_whitespace() {
            out.push(c);
        }
        if escaped {
            escaped = false;
        } else if quoted && c == '\\' {
            escaped = true;
        } else if c == '"' {
            quoted = !quoted;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_jsonb_refuses_is_refused() {
        let deep = "[".repeat(1_000_000);
        for (bad, state) in [
            (r#"{"a":"\u0000"}"#, "22P02"),
            (r#"["\ud800"]"#, "22P02"),
            (r#"["\udc00\ud800"]"#, "22P02"),
            (r#"["\ud83dx"]"#, "22P02"),
            ("[1e999999]", "22003"),
            (deep.as_str(), "54000"),
        ] {
            assert_eq!(check_storable(bad).unwrap_err().code.sqlstate(), state);
        }
        for good in [r#"{"a":"\\u0000","b":[1,-2.5e10],"c":"\ud83d\ude00"}"#, "[]", "0", r#""\"""#, "\"\\"] {
            check_storable(good).unwrap();
        }
    }

    #[test]
    fn compact_keeps_strings_as_they_are() {
        assert_eq!(compact("{ \"a b\" : [1, \"x \\\" y\"] }"), "{\"a b\":[1,\"x \\\" y\"]}");
    }
}
