//! Postgres' numeric as the bytes it is stored as (`utils/adt/numeric.c`), without a way through text: a header with sign,
//! scale and weight, then digits in base 10,000.

use super::money::Decimal;
use super::{Code, Error, Result};

const BASE: i128 = 10_000;
/// Decimal places of a digit.
const PLACES: u32 = 4;

const SHORT: u16 = 0x8000;
const SHORT_NEGATIVE: u16 = 0x2000;
const SHORT_SCALE: u16 = 0x1F80;
const SHORT_SCALE_SHIFT: u32 = 7;
const SHORT_WEIGHT: u16 = 0x3F;
const SHORT_WEIGHT_SIGN: u16 = 0x40;
const SIGN: u16 = 0xC000;
const NEGATIVE: u16 = 0x4000;
const LONG_SCALE: u16 = 0x3FFF;

/// A finite numeric taken apart.
pub struct Parts<'a> {
    pub is_negative: bool,
    /// Decimal places to show.
    pub scale: usize,
    /// The power of the base that the first digit stands for.
    pub weight: i32,
    digits: &'a [[u8; 2]],
}

impl<'a> Parts<'a> {
    /// Of a numeric without its length word; nothing, where it is NaN or infinite.
    pub fn of(bytes: &'a [u8]) -> Result<Option<Parts<'a>>> {
        let (header, rest) = bytes.as_chunks().0.split_first().ok_or_else(corrupted)?;
        let header = u16::from_ne_bytes(*header);
        let (is_negative, scale, weight, digits) = match header & SIGN {
            SIGN => return Ok(None),
            SHORT => {
                let weight = i32::from(header & SHORT_WEIGHT) - i32::from(header & SHORT_WEIGHT_SIGN);
                (header & SHORT_NEGATIVE != 0, (header & SHORT_SCALE) >> SHORT_SCALE_SHIFT, weight, rest)
            }
            sign => {
                let (weight, rest) = rest.split_first().ok_or_else(corrupted)?;
                (sign == NEGATIVE, header & LONG_SCALE, i32::from(i16::from_ne_bytes(*weight)), rest)
            }
        };
        Ok(Some(Parts { is_negative, scale: usize::from(scale), weight, digits }))
    }

    /// The digit at a place counted from the first; what is not stored is zero.
    pub fn digit(&self, place: i32) -> u16 {
        usize::try_from(place)
            .ok()
            .and_then(|place| self.digits.get(place))
            .map_or(0, |pair| u16::from_ne_bytes(*pair))
    }
}

/// A numeric without its length word; one that no sum of amounts can be is an error.
pub fn decimal(bytes: &[u8]) -> Result<Decimal> {
    let parts = Parts::of(bytes)?.ok_or_else(corrupted)?;
    if let Some(small) = small(&parts) {
        return Ok(small);
    }
    let mut digits = parts.digits.iter().map(|pair| i128::from(u16::from_ne_bytes(*pair)));
    let sum = digits.try_fold(0i128, |sum, digit| sum.checked_mul(BASE)?.checked_add(digit));
    let mut mantissa = sum.ok_or_else(corrupted)?;
    let mut places = PLACES as i32 * (parts.digits.len() as i32 - 1 - parts.weight);
    while places > 0 && mantissa % 10 == 0 && mantissa != 0 {
        (mantissa, places) = (mantissa / 10, places - 1);
    }
    if mantissa == 0 {
        return Ok(Decimal::ZERO);
    }
    if places < 0 {
        let factor = 10i128.checked_pow(places.unsigned_abs());
        mantissa = factor.and_then(|factor| mantissa.checked_mul(factor)).ok_or_else(corrupted)?;
    }
    let signed = if parts.is_negative { -mantissa } else { mantissa };
    Decimal::try_from_i128_with_scale(signed, places.max(0) as u32).map_err(|_| corrupted())
}

/// Most amounts have a mantissa of 64 bits, which is divided several times as fast as one of 128.
fn small(parts: &Parts) -> Option<Decimal> {
    let mut places = u32::try_from(PLACES as i32 * (parts.digits.len() as i32 - 1 - parts.weight)).ok()?;
    if parts.digits.len() > 4 || places > Decimal::MAX_SCALE {
        return None;
    }
    let mut mantissa = 0i64;
    for pair in parts.digits {
        mantissa = mantissa * BASE as i64 + i64::from(u16::from_ne_bytes(*pair));
    }
    while places > 0 && mantissa % 10 == 0 && mantissa != 0 {
        (mantissa, places) = (mantissa / 10, places - 1);
    }
    let signed = if parts.is_negative { -mantissa } else { mantissa };
    Some(if mantissa == 0 { Decimal::ZERO } else { Decimal::new(signed, places) })
}

/// The same back, as Postgres itself would store it.
pub fn bytes(number: Decimal) -> Vec<u8> {
    let number = number.normalize();
    let scale = number.scale();
    let mut rest = number.mantissa().abs() * 10i128.pow(scale.next_multiple_of(PLACES) - scale);
    let mut weight = -1 - scale.div_ceil(PLACES) as i32;
    let mut digits = Vec::new();
    while rest > 0 {
        // Zeros at the end are not stored.
        if rest % BASE != 0 || !digits.is_empty() {
            digits.push((rest % BASE) as u16);
        }
        (rest, weight) = (rest / BASE, weight + 1);
    }
    let weight = if digits.is_empty() { 0 } else { weight };
    let sign = if number.is_sign_negative() && !digits.is_empty() { SHORT_NEGATIVE } else { 0 };
    // A Decimal has at most 29 digits, which the short form always holds.
    let header = SHORT
        | sign
        | (scale as u16) << SHORT_SCALE_SHIFT
        | (weight as u16 & (SHORT_WEIGHT | SHORT_WEIGHT_SIGN));
    std::iter::once(header).chain(digits.into_iter().rev()).flat_map(u16::to_ne_bytes).collect()
}

fn corrupted() -> Error {
    Error::new(Code::DataCorrupted, "a numeric is not laid out as expected, or no amount")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(words: &[u16]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_ne_bytes()).collect()
    }

    /// What `numeric_send` of Postgres says of these numbers, in the short form.
    #[test]
    fn numbers_are_laid_out_as_postgres_does() {
        for (number, layout) in [
            ("0", &[0x8000][..]),
            ("12.5", &[0x8080, 12, 5000]),
            ("-0.00012", &[0xA2FF, 1, 2000]),
            ("0.00002", &[0x82FE, 2000]),
            ("100000000", &[0x8002, 1]),
            ("-10001", &[0xA001, 1, 1]),
        ] {
            assert_eq!(bytes(number.parse().unwrap()), words(layout), "{number}");
            assert_eq!(decimal(&words(layout)).unwrap().to_string(), number);
        }
    }

    #[test]
    fn the_long_form_is_read_too() {
        assert_eq!(decimal(&words(&[0x4002, 1, 1, 2, 3400])).unwrap().to_string(), "-10002.34");
    }

    #[test]
    fn what_is_no_amount_is_an_error() {
        for bad in [
            &[][..],
            &[0xC000],
            &[0xD000],
            &[0x0000],
            &[0x803F, 1],
            &[0x8000, 9999, 9999, 9999, 9999, 9999, 9999, 9999, 9999, 9999],
        ] {
            assert!(decimal(&words(bad)).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn every_number_comes_back(mantissa in -(1i128 << 95)..(1i128 << 95), scale in 0u32..=28) {
            let number = Decimal::from_i128_with_scale(mantissa, scale);
            prop_assert_eq!(decimal(&bytes(number)).unwrap(), number);
        }

        #[test]
        fn every_usual_amount_comes_back_without_zeros_at_its_end(mantissa in any::<i32>(), scale in 0u32..=6) {
            let number = Decimal::new(mantissa.into(), scale).normalize();
            let back = decimal(&bytes(number)).unwrap();
            prop_assert_eq!((back, back.scale()), (number, number.scale()));
        }
    }
}
