//! Foreign vocabularies: an event of Google Analytics 4 or Snowplow becomes Segment's, its properties included, so that
//! whatever reads events knows one set of names. What the rows of `journey.event_map` say is done here, nothing else.

use crate::kernel::Result;
use crate::kernel::jsonb::{self, Container, Value};
use std::collections::{BTreeMap, HashMap};

/// Foreign event names and what they stand for.
pub type NameMap = HashMap<String, Mapping>;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    pub event: String,
    /// New names of properties, of the event's own and of its products'. `None` puts what is inside in its place: the
    /// members of an object, of an array those of its only element; an array of several becomes `products`.
    pub properties: BTreeMap<String, Option<String>>,
}

impl From<&str> for Mapping {
    fn from(event: &str) -> Self {
        Mapping { event: event.to_owned(), properties: BTreeMap::new() }
    }
}

type Members<'a> = Vec<(&'a str, Value<'a>)>;

/// The message with its properties renamed; nothing, where its event has no such mapping.
pub fn mapped(message: &[u8], names: &NameMap) -> Result<Option<Vec<u8>>> {
    if names.is_empty() {
        return Ok(None);
    }
    let Value::Object(message) = Value::of(message)? else { return Ok(None) };
    let mapping = sent_event(message.bytes).and_then(|event| names.get(event));
    let mapping = mapping.filter(|mapping| !mapping.properties.is_empty());
    let (Some(mapping), Some(Value::Object(properties))) = (mapping, message.member("properties")?) else {
        return Ok(None);
    };
    let renamed = mapping.renamed(properties)?;
    let members = members(message)?.into_iter().filter(|(key, _)| *key != "properties");
    Ok(Some(jsonb::object(members.chain([("properties", Value::of(&renamed)?)]))))
}

/// The name of the event as its sender calls it.
pub fn sent_event(message: &[u8]) -> Option<&str> {
    let Value::Object(message) = Value::of(message).ok()? else { return None };
    match message.member("event").ok()?? {
        Value::String(event) => Some(event),
        _ => None,
    }
}

impl Mapping {
    fn renamed(&self, properties: Container) -> Result<Vec<u8>> {
        let mut members = members(properties)?;
        for (key, _) in self.properties.iter().filter(|(_, new)| new.is_none()) {
            unfold(&mut members, key)?;
        }
        let mut members = self.rename(members);
        let lines = match members.iter().find(|(key, _)| *key == "products") {
            Some((_, Value::Array(products))) => Some(self.lines(*products)?),
            _ => None,
        };
        if let Some(lines) = &lines {
            members.retain(|(key, _)| *key != "products");
            members.push(("products", Value::of(lines)?));
        }
        Ok(jsonb::object(members))
    }

    fn lines(&self, products: Container) -> Result<Vec<u8>> {
        let lines = products.elements()?.map(|line| match line? {
            Value::Object(line) => Ok(jsonb::object(self.rename(members(line)?))),
            other => Ok(jsonb::root(other)),
        });
        let lines: Vec<Vec<u8>> = lines.collect::<Result<_>>()?;
        let values: Vec<Value> = lines.iter().map(|line| Value::of(line)).collect::<Result<_>>()?;
        Ok(jsonb::array(values.into_iter()))
    }

    /// What has the new name already keeps it; the other stays as it was sent.
    fn rename<'a>(&'a self, members: Members<'a>) -> Members<'a> {
        let mut renamed = members;
        for (old, new) in &self.properties {
            let Some(new) = new else { continue };
            let is_free = !renamed.iter().any(|(key, _)| key == new);
            if let Some(member) = renamed.iter_mut().find(|(key, _)| is_free && key == old) {
                member.0 = new;
            }
        }
        renamed
    }
}

/// Puts what is inside a member in its place.
fn unfold<'a>(members: &mut Members<'a>, key: &str) -> Result<()> {
    let Some(place) = members.iter().position(|(own, _)| *own == key) else { return Ok(()) };
    let inside = match members[place].1 {
        Value::Object(object) => object,
        Value::Array(array) => {
            let elements: Vec<Value> = array.elements()?.collect::<Result<_>>()?;
            match elements.as_slice() {
                [Value::Object(only)] => *only,
                [Value::Object(_), ..] => {
                    members[place].0 = "products";
                    return Ok(());
                }
                _ => return Ok(()),
            }
        }
        _ => return Ok(()),
    };
    members.remove(place);
    for (key, value) in self::members(inside)? {
        if !members.iter().any(|(own, _)| *own == key) {
            members.push((key, value));
        }
    }
    Ok(())
}

fn members(object: Container<'_>) -> Result<Members<'_>> {
    object.members()?.collect()
}

#[cfg(test)]
#[path = "map_tests.rs"]
mod tests;
