//! Reading JSON in place: values stay slices of the message until somebody needs them, numbers stay text and so exact.

use super::{Code, Error, Result};
use serde::de::{Deserialize, Deserializer, Visitor};
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

/// Turns a parse error into ours.
pub fn invalid(error: serde_json::Error) -> Error {
    Error::new(Code::InvalidJson, format!("invalid JSON: {error}")).hint("Send one JSON object.")
}

/// A string, or a number as its text: ids come as both. `null` is nothing; what else there may be has the wrong type.
pub fn scalar<'a>(what: &str, raw: &'a RawValue) -> Result<Option<Cow<'a, str>>> {
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b'n') => Ok(None),
        Some(b'"') => Ok(Some(serde_json::from_str::<Text>(text).map_err(invalid)?.0)),
        Some(b'-' | b'0'..=b'9') => Ok(Some(Cow::Borrowed(text))),
        _ => Err(wrong_type(what, text, "a string or a number")),
    }
}

/// A string; `null` is nothing.
pub fn string<'a>(what: &str, raw: &'a RawValue) -> Result<Option<Cow<'a, str>>> {
    match raw.get().as_bytes().first() {
        Some(b'"' | b'n') => scalar(what, raw),
        _ => Err(wrong_type(what, raw.get(), "a string")),
    }
}

/// An object; `null` is nothing.
pub fn object<'a>(what: &str, raw: &'a RawValue) -> Result<Option<&'a str>> {
    match raw.get().as_bytes().first() {
        Some(b'n') => Ok(None),
        Some(b'{') => Ok(Some(raw.get())),
        _ => Err(wrong_type(what, raw.get(), "an object")),
    }
}

pub fn wrong_type(what: &str, text: &str, wanted: &str) -> Error {
    let shown: String = text.chars().take(60).collect();
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
                    return Err(Error::new(
                        Code::ProgramLimitExceeded,
                        format!("more than {MAX_DEPTH} levels of JSON"),
                    )
                    .hint("Flatten the message."));
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
        let shown: String = rest.chars().take(40).collect();
        return Err(Error::new(Code::NumericValueOutOfRange, format!("number {shown} is out of range"))
            .hint("Send it as a string if it is no measure."));
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
