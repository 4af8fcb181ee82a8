//! How an amount is written.

use rust_decimal::Decimal;

/// `$2.99`, `$3`, `2.99 CHF`.
pub fn spell(amount: Decimal, currency: &str) -> String {
    let plain = plain(amount);
    match sign(currency) {
        Some(sign) => format!("{sign}{plain}"),
        None => format!("{plain} {currency}"),
    }
}

/// Every way a text may write the amount, the code of a currency without a sign of its own left out.
pub fn spellings(amount: Decimal, currency: &str) -> Vec<String> {
    let sign = sign(currency).unwrap_or_default();
    let mut all = vec![format!("{sign}{}", plain(amount))];
    if amount.fract().is_zero() && !is_zero_decimal(currency) {
        all.push(format!("{sign}{}.00", amount.trunc()));
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

/// Two decimals where there are any; a whole amount without.
fn plain(amount: Decimal) -> String {
    if amount.fract().is_zero() { amount.trunc().to_string() } else { format!("{amount:.2}") }
}

/// ISO 4217 currencies without a minor unit are written without decimals.
fn is_zero_decimal(currency: &str) -> bool {
    matches!(currency, "JPY" | "KRW" | "VND" | "CLP" | "ISK")
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
    }
}
