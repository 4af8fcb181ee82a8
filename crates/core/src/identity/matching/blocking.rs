//! Which pairs are worth comparing: those that share a key. Several keys, so that a slip in one value is no loss.

use super::records::{Attribute, Records};
use std::collections::HashMap;
use xxhash_rust::xxh3::xxh3_64;

/// What a key is made of, and how many characters of it; 0: all.
type Part = (Attribute, usize);

/// Each rule is enough by itself; none uses every attribute, so that the others can be learned within its pairs.
const RULES: &[&[Part]] = &[
    &[(Attribute::Email, 0)],
    &[(Attribute::Phone, 0)],
    &[(Attribute::NationalId, 0)],
    &[(Attribute::FirstName, 0), (Attribute::LastName, 0)],
    &[(Attribute::LastName, 4), (Attribute::PostalCode, 0)],
    &[(Attribute::FirstName, 4), (Attribute::PostalCode, 0)],
    &[(Attribute::BirthDate, 0)],
    &[(Attribute::Street, 0)],
    &[(Attribute::LastName, 0), (Attribute::City, 4)],
    &[(Attribute::FirstName, 0), (Attribute::BirthDate, 4)],
    &[(Attribute::LastName, 0), (Attribute::BirthDate, 4)],
    &[(Attribute::Email, 6)],
];

/// A block of more records is a value that tells nothing; its pairs are found by other rules or not at all. It bounds the
/// work: below it, a record is compared with so many others by each rule.
const MAX_BLOCK: usize = 200;

pub struct Block {
    /// Attributes whose agreement the rule takes for granted.
    pub uses: Vec<Attribute>,
    pub pairs: Vec<(u32, u32)>,
}

pub fn blocks(records: &Records) -> Vec<Block> {
    RULES.iter().map(|rule| block(records, rule)).collect()
}

fn block(records: &Records, rule: &[Part]) -> Block {
    let mut groups: HashMap<u64, Vec<u32>> = HashMap::new();
    for record in 0..records.len() as u32 {
        if let Some(key) = key(records, record, rule) {
            groups.entry(key).or_default().push(record);
        }
    }
    let mut pairs = Vec::new();
    for group in groups.values().filter(|g| g.len() <= MAX_BLOCK) {
        for (place, &left) in group.iter().enumerate() {
            pairs.extend(group[place + 1..].iter().map(|&right| (left, right)));
        }
    }
    // The map's order is another one in each run; what follows must not depend on it.
    pairs.sort_unstable();
    Block { uses: rule.iter().map(|part| part.0).collect(), pairs }
}

fn key(records: &Records, record: u32, rule: &[Part]) -> Option<u64> {
    let mut key = String::new();
    for &(attribute, length) in rule {
        let text = records.column(attribute).text(record)?;
        let end = text.char_indices().nth(length).map_or(text.len(), |(at, _)| at);
        key.push_str(if length == 0 { text } else { &text[..end] });
        key.push('\u{1f}');
    }
    Some(xxh3_64(key.as_bytes()))
}
