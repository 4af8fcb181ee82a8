//! Postgres' jsonb as the bytes it is stored as (`utils/jsonb.h`), read in place: a message from the inbox needs no way
//! through text.
//!
//! A container is a word with the number of its entries and its kind, one word an entry (type, and length or end), then the
//! entries' data; an object's keys come before its values. Numbers are stored as Postgres' numeric.

use super::money::Decimal;
use super::{Code, Error, Result, numeric};

const COUNT: u32 = 0x0FFF_FFFF;
const SCALAR: u32 = 0x1000_0000;
const OBJECT: u32 = 0x2000_0000;
const ARRAY: u32 = 0x4000_0000;

const LENGTH: u32 = 0x0FFF_FFFF;
const TYPE: u32 = 0x7000_0000;
const STRING: u32 = 0x0000_0000;
const NUMERIC: u32 = 0x1000_0000;
const FALSE: u32 = 0x2000_0000;
const TRUE: u32 = 0x3000_0000;
const NULL: u32 = 0x4000_0000;
const CONTAINER: u32 = 0x5000_0000;
/// The entry tells where it ends rather than how long it is.
const HAS_END: u32 = 0x8000_0000;
/// Every so many entries one tells its end, so that Postgres can jump into long containers.
const STRIDE: usize = 32;

const WORD: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    Null,
    Bool(bool),
    /// A numeric with its length word.
    Number(&'a [u8]),
    String(&'a str),
    Object(Container<'a>),
    Array(Container<'a>),
}

/// An object or array, whose bytes are a jsonb value of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Container<'a> {
    pub bytes: &'a [u8],
    is_object: bool,
}

impl<'a> Value<'a> {
    /// From a jsonb datum without its length word.
    pub fn of(bytes: &'a [u8]) -> Result<Value<'a>> {
        let root = Container::of(bytes)?;
        if word(bytes, 0)? & SCALAR == 0 {
            return Ok(root.value());
        }
        root.elements()?.next().unwrap_or_else(|| Err(corrupted()))
    }

    /// As compact JSON.
    pub fn write(self, out: &mut String) -> Result<()> {
        match self {
            Value::Null => out.push_str("null"),
            Value::Bool(is_true) => out.push_str(if is_true { "true" } else { "false" }),
            Value::Number(bytes) => write_number(bytes, out)?,
            Value::String(text) => out.push_str(&serde_json::Value::from(text).to_string()),
            Value::Array(array) => {
                out.push('[');
                for (i, element) in array.elements()?.enumerate() {
                    separate(i, out);
                    element?.write(out)?;
                }
                out.push(']');
            }
            Value::Object(object) => {
                out.push('{');
                for (i, member) in object.members()?.enumerate() {
                    let (key, value) = member?;
                    separate(i, out);
                    Value::String(key).write(out)?;
                    out.push(':');
                    value.write(out)?;
                }
                out.push('}');
            }
        }
        Ok(())
    }

    /// Whether no more than `levels` containers lie in one another.
    pub fn is_within(self, levels: usize) -> Result<bool> {
        let (Value::Object(container) | Value::Array(container)) = self else { return Ok(true) };
        if levels == 0 {
            return Ok(false);
        }
        let mut entries = container.elements()?;
        while let Some((kind, start, end)) = entries.step() {
            if kind == CONTAINER && !entries.read(kind, start, end)?.is_within(levels - 1)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn separate(place: usize, out: &mut String) {
    if place > 0 {
        out.push(',');
    }
}

impl<'a> Container<'a> {
    fn of(bytes: &'a [u8]) -> Result<Container<'a>> {
        Ok(Container { bytes, is_object: word(bytes, 0)? & OBJECT != 0 })
    }

    fn value(self) -> Value<'a> {
        if self.is_object { Value::Object(self) } else { Value::Array(self) }
    }

    pub fn elements(self) -> Result<Elements<'a>> {
        let entries = Entries::of(self)?;
        Ok(Elements { words: entries.words, data: entries.data, offset: 0 })
    }

    /// Keys and values in Postgres' order: by length, then by bytes.
    pub fn members(self) -> Result<Members<'a>> {
        let Entries { words, data } = Entries::of(self)?;
        let (keys, values) = words.split_at(words.len() / 2);
        Ok(Members {
            keys: Elements { words: keys, data, offset: 0 },
            values: Elements { words: values, data, offset: end_of(keys) },
        })
    }

    /// The member of this name; the other keys are compared, and nothing else is read.
    pub fn member(self, wanted: &str) -> Result<Option<Value<'a>>> {
        let Members { mut keys, mut values } = self.members()?;
        while let Some(((_, from, to), (kind, start, end))) = keys.step().zip(values.step()) {
            if keys.data.get(from..to) == Some(wanted.as_bytes()) {
                return values.read(kind, start, end).map(Some);
            }
        }
        Ok(None)
    }
}

/// The words of a container's entries, and their data.
struct Entries<'a> {
    words: &'a [[u8; WORD]],
    data: &'a [u8],
}

impl<'a> Entries<'a> {
    fn of(container: Container<'a>) -> Result<Entries<'a>> {
        let (words, _) = container.bytes.as_chunks();
        let header = words.first().map(|word| u32::from_ne_bytes(*word)).ok_or_else(corrupted)?;
        let count = (header & COUNT) as usize * if container.is_object { 2 } else { 1 };
        let words = words.get(1..=count).ok_or_else(corrupted)?;
        Ok(Entries { words, data: &container.bytes[WORD * (1 + count)..] })
    }
}

/// Where the data of these entries ends, which are the first ones of their container.
fn end_of(words: &[[u8; WORD]]) -> usize {
    let mut length = 0;
    for word in words.iter().rev() {
        let word = u32::from_ne_bytes(*word);
        length += (word & LENGTH) as usize;
        if word & HAS_END != 0 {
            break;
        }
    }
    length
}

/// Goes over entries, from one data position to the next.
pub struct Elements<'a> {
    words: &'a [[u8; WORD]],
    data: &'a [u8],
    offset: usize,
}

impl<'a> Elements<'a> {
    /// Type, start and end of the next entry's data.
    #[inline]
    fn step(&mut self) -> Option<(u32, usize, usize)> {
        let (word, rest) = self.words.split_first()?;
        let word = u32::from_ne_bytes(*word);
        let (start, length) = (self.offset, (word & LENGTH) as usize);
        self.offset = if word & HAS_END != 0 { length } else { start + length };
        self.words = rest;
        Some((word & TYPE, start, self.offset))
    }

    #[inline]
    fn read(&self, kind: u32, start: usize, end: usize) -> Result<Value<'a>> {
        // Numbers and containers begin at a whole word.
        let start = if matches!(kind, NUMERIC | CONTAINER) { start.next_multiple_of(WORD) } else { start };
        let data = self.data.get(start..end).ok_or_else(corrupted)?;
        Ok(match kind {
            NULL => Value::Null,
            FALSE => Value::Bool(false),
            TRUE => Value::Bool(true),
            NUMERIC => Value::Number(data),
            STRING => Value::String(std::str::from_utf8(data).map_err(|_| corrupted())?),
            CONTAINER => Container::of(data)?.value(),
            _ => return Err(corrupted()),
        })
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<Value<'a>>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (kind, start, end) = self.step()?;
        Some(self.read(kind, start, end))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.words.len(), Some(self.words.len()))
    }
}

impl ExactSizeIterator for Elements<'_> {}

pub struct Members<'a> {
    keys: Elements<'a>,
    values: Elements<'a>,
}

impl<'a> Iterator for Members<'a> {
    type Item = Result<(&'a str, Value<'a>)>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (key, value) = (self.keys.next()?, self.values.next()?);
        Some(match key {
            Ok(Value::String(key)) => value.map(|value| (key, value)),
            Ok(_) => Err(corrupted()),
            Err(error) => Err(error),
        })
    }
}

/// What a [`Value::Number`] is.
pub fn decimal(number: &[u8]) -> Result<Decimal> {
    numeric::decimal(number.get(WORD..).ok_or_else(corrupted)?)
}

/// A numeric with its length word, as Postgres prints it.
fn write_number(bytes: &[u8], out: &mut String) -> Result<()> {
    // NaN and infinities cannot be in jsonb.
    let number = numeric::Parts::of(bytes.get(WORD..).ok_or_else(corrupted)?)?.ok_or_else(corrupted)?;
    let (scale, weight) = (number.scale, number.weight);
    let digit = |place| number.digit(place);
    if number.is_negative {
        out.push('-');
    }
    out.push_str(&digit(if weight < 0 { -1 } else { 0 }).to_string());
    for place in 1..=weight {
        out.push_str(&format!("{:04}", digit(place)));
    }
    if scale > 0 {
        out.push('.');
        let end = out.len() + scale;
        let mut place = weight + 1;
        while out.len() < end {
            // Below the first stored digit there are zeros.
            out.push_str(&format!("{:04}", digit(place)));
            place += 1;
        }
        out.truncate(end);
    }
    Ok(())
}

/// Any value as the bytes of a jsonb value.
pub fn root(value: Value) -> Vec<u8> {
    match value {
        Value::Object(container) | Value::Array(container) => container.bytes.to_vec(),
        scalar => {
            let mut writer = Writer::new(ARRAY | SCALAR, 1, 1);
            writer.add(scalar);
            writer.bytes
        }
    }
}

/// An object with these members, as the bytes of a jsonb value.
pub fn object<'a>(members: impl IntoIterator<Item = (&'a str, Value<'a>)>) -> Vec<u8> {
    let mut members: Vec<(&str, Value)> = members.into_iter().collect();
    members.sort_by_key(|(key, _)| (key.len(), key.as_bytes()));
    let mut writer = Writer::new(OBJECT, members.len(), members.len() * 2);
    members.iter().for_each(|(key, _)| writer.add(Value::String(key)));
    members.iter().for_each(|(_, value)| writer.add(*value));
    writer.bytes
}

/// An array of these elements.
pub fn array<'a>(elements: impl ExactSizeIterator<Item = Value<'a>>) -> Vec<u8> {
    let mut writer = Writer::new(ARRAY, elements.len(), elements.len());
    elements.for_each(|element| writer.add(element));
    writer.bytes
}

struct Writer {
    bytes: Vec<u8>,
    data: usize,
    done: usize,
}

impl Writer {
    fn new(kind: u32, count: usize, entries: usize) -> Writer {
        let mut bytes = (kind | count as u32).to_ne_bytes().to_vec();
        bytes.resize(WORD * (1 + entries), 0);
        Writer { data: bytes.len(), bytes, done: 0 }
    }

    fn add(&mut self, value: Value) {
        let start = self.bytes.len();
        let (kind, data, is_aligned) = match value {
            Value::Null => (NULL, &[][..], false),
            Value::Bool(is_true) => (if is_true { TRUE } else { FALSE }, &[][..], false),
            Value::Number(bytes) => (NUMERIC, bytes, true),
            Value::String(text) => (STRING, text.as_bytes(), false),
            Value::Object(container) | Value::Array(container) => (CONTAINER, container.bytes, true),
        };
        if is_aligned {
            self.bytes.resize(start.next_multiple_of(WORD), 0);
        }
        self.bytes.extend_from_slice(data);
        let end = self.bytes.len();
        let size = if self.done.is_multiple_of(STRIDE) {
            HAS_END | (end - self.data) as u32
        } else {
            (end - start) as u32
        };
        let place = WORD * (1 + self.done);
        self.bytes[place..place + WORD].copy_from_slice(&(kind | size).to_ne_bytes());
        self.done += 1;
    }
}

fn word(bytes: &[u8], at: usize) -> Result<u32> {
    let word = bytes.get(at..at + WORD).ok_or_else(corrupted)?;
    Ok(u32::from_ne_bytes([word[0], word[1], word[2], word[3]]))
}

fn corrupted() -> Error {
    Error::new(Code::DataCorrupted, "a jsonb value is not laid out as expected")
        .hint("The database's encoding must be UTF8.")
}

/// Makes jsonb from JSON as Postgres would, for tests.
#[cfg(test)]
pub mod encode {
    use super::*;
    use serde_json::Value as Json;

    pub fn jsonb(text: &str) -> Vec<u8> {
        let json: Json = serde_json::from_str(text).unwrap();
        match &json {
            Json::Array(_) | Json::Object(_) => container(&json),
            Json::Number(n) => root(Value::Number(&numeric(&n.to_string()))),
            scalar => root(simple(scalar)),
        }
    }

    fn simple(json: &Json) -> Value<'_> {
        match json {
            Json::Bool(b) => Value::Bool(*b),
            Json::String(s) => Value::String(s),
            _ => Value::Null,
        }
    }

    fn container(json: &Json) -> Vec<u8> {
        let owned = |json: &Json| match json {
            Json::Number(n) => numeric(&n.to_string()),
            Json::Array(_) | Json::Object(_) => container(json),
            _ => Vec::new(),
        };
        fn value<'a>(json: &'a Json, bytes: &'a [u8]) -> Value<'a> {
            match json {
                Json::Number(_) => Value::Number(bytes),
                Json::Array(_) | Json::Object(_) => Container::of(bytes).unwrap().value(),
                other => simple(other),
            }
        }
        match json {
            Json::Array(elements) => {
                let all: Vec<Vec<u8>> = elements.iter().map(owned).collect();
                array(elements.iter().zip(&all).map(|(json, bytes)| value(json, bytes)))
            }
            Json::Object(members) => {
                let all: Vec<Vec<u8>> = members.values().map(owned).collect();
                object(
                    members.iter().zip(&all).map(|((key, json), bytes)| (key.as_str(), value(json, bytes))),
                )
            }
            _ => unreachable!(),
        }
    }

    /// Of a plain decimal number.
    pub fn numeric(text: &str) -> Vec<u8> {
        let (sign, text) = text.strip_prefix('-').map_or((0, text), |t| (0x4000u16, t));
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let padded = format!("{}{whole}", "0".repeat(whole.len().next_multiple_of(4) - whole.len()));
        let mut digits: Vec<u16> = Vec::new();
        let mut fill = format!("{padded}{fraction}");
        fill.push_str(&"0".repeat(fill.len().next_multiple_of(4) - fill.len()));
        for four in fill.as_bytes().chunks(4) {
            digits.push(std::str::from_utf8(four).unwrap().parse().unwrap());
        }
        let weight = (padded.len() / 4) as i16 - 1;
        let mut bytes = vec![0; WORD];
        bytes.extend_from_slice(&(sign | fraction.len() as u16).to_ne_bytes());
        bytes.extend_from_slice(&weight.to_ne_bytes());
        digits.iter().for_each(|d| bytes.extend_from_slice(&d.to_ne_bytes()));
        bytes
    }
}

#[cfg(test)]
#[path = "jsonb_tests.rs"]
mod tests;
