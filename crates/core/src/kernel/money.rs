//! Exact amounts and their currencies.

use super::{Code, Error, Result};
pub use rust_decimal::Decimal;
use rust_decimal::RoundingStrategy;

/// Six places hold every price in use and mend what binary floating point leaves behind (1.9899999999999998).
const PLACES: u32 = 6;

/// No order comes near; below it, sums of ten billion amounts with six places stay exact in 96 bits.
const LIMIT: i64 = 1_000_000_000_000;

/// What stands for the currency of a message that names none: ISO 4217's own code for "no currency".
pub const NO_CURRENCY: &str = "XXX";

/// Reads a JSON number, or a string that holds one; `what` names the field in the error.
pub fn amount(what: &str, text: &str) -> Result<Decimal> {
    let text = text.trim();
    let number = if text.contains(['e', 'E']) { Decimal::from_scientific(text) } else { text.parse() };
    let number = number.map_err(|_| {
        Error::invalid(format!("{what} \"{}\" is no number", shown(text)))
            .hint("Send a plain decimal number; NaN and infinities cannot be added up.")
    })?;
    if is_out_of_range(number) {
        return Err(out_of_range(what, text));
    }
    Ok(rounded(number))
}

/// The same of a number that needs no reading; nothing, where `amount_not_negative` has an error to tell.
pub fn exact_amount(number: Decimal) -> Option<Decimal> {
    (!number.is_sign_negative() && !is_out_of_range(number)).then(|| rounded(number))
}

fn is_out_of_range(number: Decimal) -> bool {
    // Most are small whatever their places.
    number.mantissa().unsigned_abs() >= u128::from(LIMIT.unsigned_abs())
        && number.abs() >= Decimal::from(LIMIT)
}

/// Price times quantity, to the places that amounts have.
pub fn line_value(price: Decimal, quantity: Decimal) -> Result<Decimal> {
    let value = price.checked_mul(quantity).filter(|v| *v < Decimal::from(LIMIT));
    value.map(rounded).ok_or_else(|| out_of_range("line value", &format!("{price} × {quantity}")))
}

fn rounded(number: Decimal) -> Decimal {
    if number.scale() <= PLACES {
        return number.normalize();
    }
    number.round_dp_with_strategy(PLACES, RoundingStrategy::MidpointAwayFromZero).normalize()
}

/// Rounded as Postgres rounds, and with that many places.
pub fn to_places(number: Decimal, places: u32) -> Decimal {
    let mut rounded = number.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(places);
    rounded
}

fn out_of_range(what: &str, text: &str) -> Error {
    Error::new(Code::NumericValueOutOfRange, format!("{what} {} is out of range", shown(text)))
        .hint("Amounts and quantities stay below 10^12.")
}

/// The same, refusing what is below zero.
pub fn amount_not_negative(what: &str, text: &str) -> Result<Decimal> {
    let number = amount(what, text)?;
    if number.is_sign_negative() && !number.is_zero() {
        return Err(Error::invalid(format!("{what} {number} is negative"))
            .hint("Send Order Refunded for what goes back, with positive amounts."));
    }
    Ok(number.abs())
}

/// An ISO 4217 code in upper case.
pub fn currency(text: &str) -> Result<&'static str> {
    let known = iso_currency::Currency::from_code(&text.trim().to_ascii_uppercase());
    known.map(|c| c.code()).ok_or_else(|| {
        Error::invalid(format!("currency \"{}\" is unknown", shown(text)))
            .hint("Use an ISO 4217 code, such as USD or EUR.")
    })
}

fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact() {
        assert_eq!(amount("price", "1.10").unwrap().to_string(), "1.1");
        assert_eq!(amount("price", "1.9899999999999998").unwrap().to_string(), "1.99");
        assert_eq!(amount("price", "1e3").unwrap().to_string(), "1000");
        assert_eq!(amount_not_negative("price", "-0.0").unwrap().to_string(), "0");
    }

    #[test]
    fn what_is_no_amount_is_refused_with_its_value() {
        for (bad, state) in [
            ("NaN", "22023"),
            ("Infinity", "22023"),
            ("-inf", "22023"),
            ("", "22023"),
            ("12,50", "22023"),
            ("1e12", "22003"),
            ("99999999999999999999999999999999999", "22023"),
        ] {
            let error = amount("price", bad).unwrap_err();
            assert_eq!(error.code.sqlstate(), state, "{bad}");
            assert!(error.message.starts_with("price"), "{}", error.message);
        }
        assert_eq!(amount_not_negative("quantity", "-3").unwrap_err().message, "quantity -3 is negative");
    }

    #[test]
    fn exact_numbers_are_amounts_without_reading() {
        for text in ["0", "12.50", "1.9899999999999998", "999999999999.999999", "-3", "1000000000000"] {
            assert_eq!(
                exact_amount(text.parse().unwrap()),
                amount_not_negative("price", text).ok(),
                "{text}"
            );
        }
    }

    #[test]
    fn currencies_are_iso_4217() {
        assert_eq!(currency("usd").unwrap(), "USD");
        assert_eq!(currency(NO_CURRENCY).unwrap(), NO_CURRENCY);
        assert!(currency("DOGE").is_err());
        assert!(currency("").is_err());
    }
}
