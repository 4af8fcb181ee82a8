//! Records as columns of numbered values, normalized once: equal values are equal numbers, and each knows how rare it is.

use super::compare::Kind;
use std::collections::HashMap;

/// What a customer may be recognized by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attribute {
    FirstName,
    LastName,
    Email,
    Phone,
    BirthDate,
    Street,
    City,
    PostalCode,
    State,
    NationalId,
}

impl Attribute {
    pub const ALL: [Attribute; 10] = [
        Attribute::FirstName,
        Attribute::LastName,
        Attribute::Email,
        Attribute::Phone,
        Attribute::BirthDate,
        Attribute::Street,
        Attribute::City,
        Attribute::PostalCode,
        Attribute::State,
        Attribute::NationalId,
    ];

    /// As in reasons and in the traits of a profile.
    pub const fn name(self) -> &'static str {
        match self {
            Attribute::FirstName => "first_name",
            Attribute::LastName => "last_name",
            Attribute::Email => "email",
            Attribute::Phone => "phone",
            Attribute::BirthDate => "birthday",
            Attribute::Street => "street",
            Attribute::City => "city",
            Attribute::PostalCode => "postal_code",
            Attribute::State => "state",
            Attribute::NationalId => "national_id",
        }
    }

    pub(super) const fn kind(self) -> Kind {
        match self {
            Attribute::FirstName | Attribute::LastName => Kind::Name,
            Attribute::Email => Kind::Email,
            Attribute::Phone | Attribute::NationalId | Attribute::PostalCode => Kind::Code,
            Attribute::BirthDate => Kind::Date,
            Attribute::Street | Attribute::City => Kind::Text,
            Attribute::State => Kind::Word,
        }
    }

    fn normalize(self, value: &str) -> String {
        match self {
            Attribute::Phone => last_digits(value, 9),
            Attribute::BirthDate => value.chars().filter(char::is_ascii_digit).take(8).collect(),
            Attribute::PostalCode | Attribute::NationalId => {
                value.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
            }
            Attribute::Email => value.trim().to_lowercase(),
            _ => words(value),
        }
    }
}

/// Country codes and leading zeros are written or left out; the last nine digits are the number.
fn last_digits(value: &str, count: usize) -> String {
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    digits[digits.len().saturating_sub(count)..].to_owned()
}

/// Lower case, letters and digits only, one space between words.
fn words(value: &str) -> String {
    let lower = value.to_lowercase();
    let parts: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|p| !p.is_empty()).collect();
    parts.join(" ")
}

/// A longer value is no name; comparing it would cost its square.
const MAX_CHARS: usize = 100;

/// Value number of what is not known.
pub(super) const NONE: u32 = 0;

/// All values of one attribute.
#[derive(Debug)]
pub(super) struct Column {
    pub attribute: Attribute,
    /// By record; [`NONE`] where nothing is known.
    pub values: Vec<u32>,
    pub texts: Vec<String>,
    /// How many records have the value.
    pub counts: Vec<u32>,
    numbers: HashMap<String, u32>,
}

impl Column {
    fn push(&mut self, value: Option<&str>) {
        let short = value.map(|v| v.chars().take(MAX_CHARS).collect::<String>());
        let text = short.map(|v| self.attribute.normalize(&v)).filter(|v| !v.is_empty());
        let number = text.map_or(NONE, |text| {
            *self.numbers.entry(text).or_insert_with_key(|text| {
                self.texts.push(text.clone());
                self.counts.push(0);
                self.texts.len() as u32 - 1
            })
        });
        self.counts[number as usize] += 1;
        self.values.push(number);
    }

    pub fn text(&self, record: u32) -> Option<&str> {
        let number = self.values[record as usize];
        (number != NONE).then(|| self.texts[number as usize].as_str())
    }

    pub fn known(&self) -> u64 {
        self.values.len() as u64 - u64::from(self.counts[NONE as usize])
    }

    /// How often two random values are the same one.
    pub fn chance(&self) -> f64 {
        let known = self.known() as f64;
        let equal: f64 = self.counts[1..].iter().map(|&c| f64::from(c) * (f64::from(c) - 1.0)).sum();
        if known > 1.0 { equal / (known * (known - 1.0)) } else { 0.0 }
    }
}

#[derive(Debug)]
pub struct Records {
    pub(super) columns: Vec<Column>,
    count: usize,
}

impl Default for Records {
    fn default() -> Self {
        let column = |attribute| Column {
            attribute,
            values: Vec::new(),
            texts: vec![String::new()],
            counts: vec![0],
            numbers: HashMap::new(),
        };
        Records { columns: Attribute::ALL.map(column).into(), count: 0 }
    }
}

impl Records {
    /// Adds one customer; `value` gives what is known of each attribute.
    pub fn push<'v>(&mut self, value: impl Fn(Attribute) -> Option<&'v str>) {
        for column in &mut self.columns {
            column.push(value(column.attribute));
        }
        self.count += 1;
    }

    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn column(&self, attribute: Attribute) -> &Column {
        &self.columns[attribute as usize]
    }
}
