//! From dated payments to what the models count: repeat purchases, recency, age and value.
//!
//! As in the papers, purchases are counted by distinct days, the first one starts the clock and is no repeat, and value is the
//! mean of the repeat purchases. Refunds are netted from the latest purchases before them; a purchase that went back altogether
//! was none.

use crate::kernel::{Code, Error, Result};

/// What a customer paid and got back on one day, counted from any day zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Day {
    pub day: i32,
    pub paid: f64,
    pub refunded: f64,
    /// Whether anything was bought, which may have cost nothing.
    pub is_purchase: bool,
}

impl Day {
    /// A row of a list of payments: a negative amount is a refund.
    pub fn of_amount(day: i32, amount: f64) -> Result<Day> {
        if !amount.is_finite() {
            let message = format!("an amount is {amount}");
            return Err(Error::new(Code::NumericValueOutOfRange, message)
                .hint("Leave such rows out of the source, or correct them."));
        }
        let (paid, refunded) = (amount.max(0.0), (-amount).max(0.0));
        Ok(Day { day, paid, refunded, is_purchase: amount >= 0.0 })
    }
}

/// A customer as the models see it. Times are in days.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Summary {
    /// Purchases after the first: x of the papers.
    pub repeats: u32,
    /// From the first purchase to the last: t_x.
    pub recency: f64,
    /// From the first purchase to the end of what was seen: T.
    pub age: f64,
    /// Mean of the repeat purchases; none where there are none, or where they come to nothing.
    pub value: Option<f64>,
    /// All that was paid and not given back.
    pub historic: f64,
}

/// Of days in their order, those up to `until`; none without a purchase that was kept.
pub fn summary(days: &[Day], until: i32) -> Option<Summary> {
    let purchases = kept(days.iter().take_while(|day| day.day <= until));
    let (first, last) = (purchases.first()?, purchases.last()?);
    let repeats = purchases.len() as u32 - 1;
    let after_first: f64 = purchases[1..].iter().map(|(_, net)| net).sum();
    let value = after_first / f64::from(repeats.max(1));
    Some(Summary {
        repeats,
        recency: f64::from(last.0 - first.0),
        age: f64::from(until - first.0),
        value: (repeats > 0 && value > 0.0).then_some(value),
        historic: first.1 + after_first,
    })
}

/// What was paid and kept in `after < day <= until`, and on how many days, of a refund only what belongs to these days.
pub fn spent(days: &[Day], after: i32, until: i32) -> (u32, f64) {
    let purchases = kept(days.iter().filter(|day| day.day > after && day.day <= until));
    (purchases.len() as u32, purchases.iter().map(|(_, net)| net).sum())
}

/// Day and net value of every purchase that did not go back.
fn kept<'a>(days: impl Iterator<Item = &'a Day>) -> Vec<(i32, f64)> {
    let mut purchases: Vec<(i32, f64)> = Vec::new();
    for day in days {
        if day.is_purchase {
            match purchases.last_mut() {
                Some(last) if last.0 == day.day => last.1 += day.paid,
                _ => purchases.push((day.day, day.paid)),
            }
        }
        let mut refund = day.refunded;
        while refund > 0.0
            && let Some(last) = purchases.last_mut()
        {
            // An amount that went back altogether leaves a rest by rounding only.
            if last.1 - refund > 1e-9 * last.1 {
                last.1 -= refund;
                break;
            }
            refund -= last.1;
            purchases.pop();
        }
    }
    purchases
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(amounts: &[(i32, f64)]) -> Vec<Day> {
        amounts.iter().map(|(day, amount)| Day::of_amount(*day, *amount).unwrap()).collect()
    }

    #[test]
    fn days_count_once_and_the_first_is_no_repeat() {
        let days = days(&[(10, 5.0), (10, 7.0), (20, 4.0), (20, 2.0), (40, 10.0), (99, 1.0)]);
        let found = summary(&days, 50).unwrap();
        assert_eq!((found.repeats, found.recency, found.age), (2, 30.0, 40.0));
        assert_eq!((found.value, found.historic), (Some(8.0), 28.0));
        assert_eq!(spent(&days, 50, 99), (1, 1.0));
        assert_eq!(summary(&days, 9), None);
    }

    #[test]
    fn a_refund_takes_from_the_latest_purchases() {
        let partly = summary(&days(&[(0, 10.0), (5, 20.0), (9, -4.0)]), 20).unwrap();
        assert_eq!((partly.repeats, partly.value, partly.historic), (1, Some(16.0), 26.0));
        let all = summary(&days(&[(0, 10.0), (5, 20.0), (9, -20.0)]), 20).unwrap();
        assert_eq!((all.repeats, all.recency, all.historic), (0, 0.0, 10.0));
        let over = summary(&days(&[(0, 10.0), (5, 20.0), (9, -24.0), (12, 3.0)]), 20).unwrap();
        assert_eq!((over.repeats, over.recency, over.historic), (1, 12.0, 9.0));
        assert_eq!(summary(&days(&[(0, 10.0), (5, -10.0)]), 20), None);
        assert_eq!(summary(&days(&[(0, -10.0)]), 20), None);
    }

    #[test]
    fn what_was_free_was_bought_all_the_same() {
        let found = summary(&days(&[(0, 0.0), (5, 0.0)]), 20).unwrap();
        assert_eq!((found.repeats, found.value, found.historic), (1, None, 0.0));
    }

    #[test]
    fn amounts_that_are_none_are_refused() {
        let error = Day::of_amount(0, f64::NAN).unwrap_err();
        assert_eq!((error.code, error.message.as_str()), (Code::NumericValueOutOfRange, "an amount is NaN"));
    }
}
