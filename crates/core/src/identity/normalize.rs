//! One spelling for values that are written in several.

use crate::kernel::{Error, Result};
use std::borrow::Cow;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Normalizer {
    Trim,
    Lower,
    Email,
    Phone,
}

/// E.164: at most 15 digits with the country code. The shortest numbers in use have seven.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// Country codes whose national numbers keep their zero: Italy and San Marino.
const KEEPS_ZERO: [&str; 2] = ["39", "378"];

impl Normalizer {
    pub fn of(name: &str) -> Result<Normalizer> {
        match name {
            "trim" => Ok(Normalizer::Trim),
            "lower" => Ok(Normalizer::Lower),
            "email" => Ok(Normalizer::Email),
            "phone" => Ok(Normalizer::Phone),
            _ => Err(Error::invalid(format!("normalizer \"{name}\" is unknown"))
                .hint("The normalizers are trim, lower, email and phone.")),
        }
    }

    /// Nothing, where the value has not the form of its kind.
    pub fn apply<'a>(self, value: &'a str, country_code: Option<&str>) -> Option<Cow<'a, str>> {
        let value = value.trim();
        match self {
            Normalizer::Trim => Some(Cow::Borrowed(value)),
            Normalizer::Lower => Some(Cow::Owned(value.to_lowercase())),
            Normalizer::Email => email(value).map(Cow::Owned),
            Normalizer::Phone => phone(value, country_code).map(Cow::Owned),
        }
    }
}

fn email(value: &str) -> Option<String> {
    let (name, domain) = value.rsplit_once('@')?;
    let is_address = !name.is_empty() && domain.contains('.') && !value.contains(char::is_whitespace);
    is_address.then(|| value.to_lowercase())
}

/// `+` and digits. A whole library of numbering plans would cost each session megabytes; this takes the punctuation out,
/// reads 00 as +, drops the zero that is dialled within a country, and checks the length.
fn phone(value: &str, country_code: Option<&str>) -> Option<String> {
    let value = value.strip_prefix("tel:").unwrap_or(value);
    let (is_international, rest) = match value.strip_prefix('+').or_else(|| value.strip_prefix("00")) {
        Some(rest) => (true, rest.replace("(0)", "")),
        None => (false, value.to_owned()),
    };
    if rest.contains(|c: char| !c.is_ascii_digit() && !" -./()\u{a0}".contains(c)) {
        return None;
    }
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    let number = if is_international {
        digits
    } else {
        let code = country_code?;
        let keeps_zero = KEEPS_ZERO.contains(&code);
        let local = if keeps_zero { &*digits } else { digits.strip_prefix('0').unwrap_or(&digits) };
        format!("{code}{local}")
    };
    let is_number = PHONE_DIGITS.contains(&number.len()) && !number.starts_with('0');
    is_number.then(|| format!("+{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_numbers_have_one_spelling() {
        for same in ["+49 171 1234567", "0049171/1234567", "+49 (0)171-1234567", "tel:+491711234567"] {
            assert_eq!(phone(same, None).as_deref(), Some("+491711234567"), "{same}");
        }
        assert_eq!(phone("0171 1234567", Some("49")).as_deref(), Some("+491711234567"));
        assert_eq!(phone("(212) 555-0123", Some("1")).as_deref(), Some("+12125550123"));
        assert_eq!(phone("06 1234567", Some("39")).as_deref(), Some("+39061234567"));
    }

    #[test]
    fn what_is_no_number_names_nobody() {
        for bad in ["", "0171 1234567", "+12", "+1234567890123456", "+49 171 CALL", "+0491711234567", "n/a"] {
            assert_eq!(phone(bad, None), None, "{bad}");
        }
    }

    #[test]
    fn addresses_are_compared_in_lower_case() {
        assert_eq!(email("Ann@Example.ORG").as_deref(), Some("ann@example.org"));
        for bad in ["ann", "@example.org", "ann@localhost", "a nn@example.org"] {
            assert_eq!(email(bad), None, "{bad}");
        }
    }
}
