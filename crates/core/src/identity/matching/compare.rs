//! How far two values agree: levels from the same to quite different, those that are usual in the literature.

use super::records::{Attribute, NONE, Records};
use rapidfuzz::distance::{damerau_levenshtein, jaro_winkler};

/// How values of an attribute are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Name,
    Email,
    Date,
    Code,
    Text,
    Word,
}

impl Kind {
    /// From full agreement to none.
    pub const fn levels(self) -> &'static [&'static str] {
        match self {
            Kind::Name => &["same", "nearly the same", "alike", "different"],
            Kind::Email => &["same", "same name", "nearly the same", "different"],
            Kind::Date => &["same", "one change", "two changes", "different"],
            Kind::Code => &["same", "one change", "different"],
            Kind::Text => &["same", "nearly the same", "alike", "different"],
            Kind::Word => &["same", "different"],
        }
    }
}

/// The level of an attribute that either record lacks.
pub const UNKNOWN: u8 = u8::MAX;

pub const ATTRIBUTES: usize = Attribute::ALL.len();

pub type Levels = [u8; ATTRIBUTES];

pub fn levels(records: &Records, left: u32, right: u32) -> Levels {
    let mut levels = [UNKNOWN; ATTRIBUTES];
    for (level, column) in levels.iter_mut().zip(&records.columns) {
        let (a, b) = (column.values[left as usize], column.values[right as usize]);
        if a == NONE || b == NONE {
            continue;
        }
        *level = if a == b {
            0
        } else {
            differing(column.attribute.kind(), &column.texts[a as usize], &column.texts[b as usize])
        };
    }
    if is_namesakes_address(records, left, right, &levels) {
        levels[Attribute::Email as usize] = UNKNOWN;
    }
    levels
}

/// Namesakes have alike addresses, because addresses are made of names: where the names agree, an address that is only
/// alike adds nothing to them. The same address does, and so do the same digits in it.
fn is_namesakes_address(records: &Records, left: u32, right: u32, levels: &Levels) -> bool {
    let level = |attribute: Attribute| levels[attribute as usize];
    let agree = level(Attribute::FirstName) <= 1 && level(Attribute::LastName) <= 1;
    if !agree || !matches!(level(Attribute::Email), 1 | 2) {
        return false;
    }
    let is_made_of_names = |record| {
        let email = records.column(Attribute::Email).text(record).unwrap_or_default();
        let local = local_part(email);
        let has_own = level(Attribute::Email) == 1 && local.contains(|c: char| c.is_ascii_digit());
        let names = [Attribute::FirstName, Attribute::LastName].map(|a| records.column(a).text(record));
        !has_own
            && names
                .into_iter()
                .flatten()
                .any(|name| local.contains(name.char_indices().nth(4).map_or(name, |(at, _)| &name[..at])))
    };
    is_made_of_names(left) || is_made_of_names(right)
}

/// The level of two values that are not the same.
fn differing(kind: Kind, a: &str, b: &str) -> u8 {
    match kind {
        Kind::Name => by_similarity(a, b, 0.90, 0.78),
        Kind::Text => by_similarity(a, b, 0.92, 0.82),
        Kind::Date => changes(a, b, 2),
        Kind::Code => changes(a, b, 1),
        Kind::Email => email(a, b),
        Kind::Word => 1,
    }
}

fn by_similarity(a: &str, b: &str, near: f64, alike: f64) -> u8 {
    let arguments = jaro_winkler::Args::default().score_cutoff(alike);
    match jaro_winkler::normalized_similarity_with_args(a.chars(), b.chars(), &arguments) {
        Some(similarity) if similarity >= near => 1,
        Some(_) => 2,
        None => 3,
    }
}

/// Insertions, deletions, substitutions and transpositions: what slips of the hand are.
fn changes(a: &str, b: &str, most: usize) -> u8 {
    let arguments = damerau_levenshtein::Args::default().score_cutoff(most);
    let distance = damerau_levenshtein::distance_with_args(a.chars(), b.chars(), &arguments);
    distance.map_or(most as u8 + 1, |changes| changes as u8)
}

fn email(a: &str, b: &str) -> u8 {
    if local_part(a) == local_part(b) {
        return 1;
    }
    if by_similarity(a, b, 0.90, 0.90) == 1 { 2 } else { 3 }
}

fn local_part(address: &str) -> &str {
    address.split('@').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_agree_at_levels() {
        assert_eq!(differing(Kind::Name, "allen", "alen"), 1);
        assert_eq!(differing(Kind::Name, "robert", "rob"), 2);
        assert_eq!(differing(Kind::Name, "robert", "evie"), 3);
        assert_eq!(differing(Kind::Date, "19710624", "19710524"), 1);
        assert_eq!(differing(Kind::Date, "19710624", "19716024"), 1);
        assert_eq!(differing(Kind::Date, "19710624", "19990101"), 3);
        assert_eq!(differing(Kind::Code, "2263", "2236"), 1);
        assert_eq!(differing(Kind::Code, "2263", "3149"), 2);
        assert_eq!(differing(Kind::Email, "ann.kelly@a.org", "ann.kelly@b.net"), 1);
        assert_eq!(differing(Kind::Email, "roberta25@smith.net", "robert255@smith.net"), 2);
        assert_eq!(differing(Kind::Email, "roberta25@smith.net", "evie@dean.org"), 3);
    }
}
