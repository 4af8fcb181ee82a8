//! How an amount is written.

use rust_decimal::{Decimal, RoundingStrategy};

/// To the smallest unit that the currency is paid in, halves up.
pub fn round(amount: Decimal, currency: &str) -> Decimal {
    amount.round_dp_with_strategy(decimals(currency), RoundingStrategy::MidpointAwayFromZero)
}

/// `$2.99`, `$3`, `2.99 CHF`, of an amount that is rounded.
pub fn spell(amount: Decimal, currency: &str) -> String {
    let plain = plain(amount, currency);
    match sign(currency) {
        Some(sign) => format!("{sign}{plain}"),
        None => format!("{plain} {currency}"),
    }
}

/// Every way a text may write the amount, the code of a currency without a sign of its own left out.
pub fn spellings(amount: Decimal, currency: &str) -> Vec<String> {
    let sign = sign(currency).unwrap_or_default();
    let mut all = vec![format!("{sign}{}", plain(amount, currency))];
    let decimals = decimals(currency) as usize;
    if amount.fract().is_zero() && decimals > 0 {
        all.push(format!("{sign}{:.decimals$}", amount.trunc()));
    }
    all
}

pub fn sign(currency: &str) -> Option<&'static str> {
    Some(match currency {
        "USD" => "$",
        "EUR" => "€",
        "GBP" => "£",
        "JPY" => "¥",
        _ => return None,
    })
}

/// All decimals of the currency where there are any; a whole amount without.
fn plain(amount: Decimal, currency: &str) -> String {
    let decimals = if amount.fract().is_zero() { 0 } else { decimals(currency) as usize };
    format!("{amount:.decimals$}")
}

/// Digits after the point, as in ISO 4217.
fn decimals(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND"
        | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn amounts_are_written_with_their_sign_or_code() {
        assert_eq!(spell(amount("2.9"), "USD"), "$2.90");
        assert_eq!(spell(amount("3.00"), "EUR"), "€3");
        assert_eq!(spell(amount("2.99"), "CHF"), "2.99 CHF");
        assert_eq!(spellings(amount("3"), "GBP"), ["£3", "£3.00"]);
        assert_eq!(spellings(amount("300"), "JPY"), ["¥300"]);
        assert_eq!(spell(amount("2.5"), "KWD"), "2.500 KWD");
    }

    #[test]
    fn amounts_are_rounded_to_what_can_be_paid() {
        for (given, currency, rounded) in [
            ("2.999", "USD", "3"),
            ("2.985", "USD", "2.99"),
            ("0.004", "USD", "0"),
            ("299.5", "JPY", "300"),
            ("1.2345", "KWD", "1.235"),
        ] {
            assert_eq!(round(amount(given), currency), amount(rounded), "{given} {currency}");
        }
    }
}
