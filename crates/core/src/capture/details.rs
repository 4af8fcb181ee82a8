//! What one event tells a profile.

use super::{Action, Commerce, Kind, Product};
use crate::kernel::json::{self, Value};
use crate::kernel::money::{Decimal, NO_CURRENCY, line_value};
use crate::kernel::{Error, Result};
use std::borrow::Cow;

#[derive(Debug, Clone, PartialEq)]
pub enum Details<'a> {
    /// Completed or updated.
    Order {
        id: Option<Cow<'a, str>>,
        facts: OrderFacts<'a>,
    },
    Cancelled {
        id: Cow<'a, str>,
    },
    /// Without an amount, all that the order cost goes back; without a currency, it is the order's.
    Refund {
        id: Option<Cow<'a, str>>,
        currency: Option<&'static str>,
        amount: Option<Decimal>,
    },
    Viewed(Product<'a>),
    Traits(Vec<Trait<'a>>),
    Nothing,
}

#[derive(Debug, Clone, PartialEq)]
pub struct OrderFacts<'a> {
    pub currency: &'static str,
    /// Before discounts, without shipping and tax.
    pub gross: Decimal,
    /// After discounts, without shipping and tax.
    pub revenue: Decimal,
    pub units: Decimal,
    pub coupon: Option<Cow<'a, str>>,
    /// What its products are of, each once, by name.
    pub categories: Vec<Cow<'a, str>>,
    pub brands: Vec<Cow<'a, str>>,
}

/// One trait: its name in snake_case and its value as compact JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trait<'a> {
    pub name: Cow<'a, str>,
    pub value: Cow<'a, str>,
}

impl<'a> Details<'a> {
    /// Reads `properties` (traits, for an identify) of an event of this kind and meaning.
    pub fn read(kind: Kind, action: Action, properties: &'a str) -> Result<Self> {
        Details::of(kind, action, Some(Value::of_text(properties)?))
    }

    pub fn of(kind: Kind, action: Action, properties: Option<Value<'a>>) -> Result<Self> {
        let Some(properties) = properties else { return Details::of_nothing(kind, action) };
        match kind {
            Kind::Identify => Ok(Details::Traits(traits(properties)?)),
            Kind::Track if action.is_commerce() => Details::of_commerce(action, Commerce::read(properties)?),
            _ => Ok(Details::Nothing),
        }
    }

    fn of_nothing(kind: Kind, action: Action) -> Result<Self> {
        match kind {
            Kind::Identify => Ok(Details::Traits(Vec::new())),
            Kind::Track if action.is_commerce() => Details::of_commerce(action, Commerce::default()),
            _ => Ok(Details::Nothing),
        }
    }

    fn of_commerce(action: Action, commerce: Commerce<'a>) -> Result<Self> {
        Ok(match action {
            Action::OrderCompleted | Action::OrderUpdated => {
                let (id, facts) = OrderFacts::of(commerce)?;
                Details::Order { id, facts }
            }
            Action::OrderCancelled => Details::Cancelled { id: required_order(commerce.order_id)? },
            Action::OrderRefunded => {
                let amount = refund(&commerce)?;
                let id = if amount.is_none() {
                    Some(required_order(commerce.order_id)?)
                } else {
                    commerce.order_id
                };
                Details::Refund { id, currency: commerce.currency, amount }
            }
            Action::ProductViewed => Details::Viewed(commerce.product),
            _ => Details::Nothing,
        })
    }
}

impl<'a> OrderFacts<'a> {
    /// Segment's `revenue` and `subtotal` leave out shipping and tax, `total` holds them; lines are the last resort.
    fn of(commerce: Commerce<'a>) -> Result<(Option<Cow<'a, str>>, Self)> {
        let discount = commerce.discount.unwrap_or_default();
        let revenue = match (commerce.revenue.or(commerce.subtotal), commerce.total) {
            (Some(revenue), _) => revenue,
            (None, Some(total)) => {
                (total - commerce.shipping.unwrap_or_default() - commerce.tax.unwrap_or_default())
                    .max(Decimal::ZERO)
            }
            (None, None) => (lines(&commerce.products)? - discount).max(Decimal::ZERO),
        };
        let mut facts = OrderFacts {
            currency: commerce.currency.unwrap_or(NO_CURRENCY),
            gross: revenue + discount,
            revenue,
            units: Decimal::ZERO,
            coupon: commerce.coupon,
            categories: Vec::with_capacity(commerce.products.len()),
            brands: Vec::new(),
        };
        for product in commerce.products {
            facts.units += product.quantity.unwrap_or(Decimal::ONE);
            facts.categories.extend(product.category);
            facts.brands.extend(product.brand);
        }
        for names in [&mut facts.categories, &mut facts.brands] {
            names.sort_unstable();
            names.dedup();
        }
        Ok((commerce.order_id, facts))
    }
}

fn lines(products: &[Product]) -> Result<Decimal> {
    products.iter().try_fold(Decimal::ZERO, |sum, product| {
        let price = product.price.unwrap_or_default();
        Ok(sum + line_value(price, product.quantity.unwrap_or(Decimal::ONE))?)
    })
}

fn refund(commerce: &Commerce) -> Result<Option<Decimal>> {
    let stated = commerce.total.or(commerce.revenue).or(commerce.subtotal);
    if stated.is_some() || commerce.products.iter().all(|p| p.price.is_none()) {
        return Ok(stated);
    }
    lines(&commerce.products).map(Some)
}

fn required_order(id: Option<Cow<str>>) -> Result<Cow<str>> {
    id.ok_or_else(|| Error::invalid("order_id is missing").hint("Say which order by properties.order_id."))
}

fn traits(properties: Value<'_>) -> Result<Vec<Trait<'_>>> {
    let mut traits = Vec::new();
    for member in properties.members()? {
        let (key, value) = member?;
        traits.push(Trait { name: json::snake_case(key), value: value.compact()?.into() });
    }
    Ok(traits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(properties: &str) -> OrderFacts<'_> {
        match Details::read(Kind::Track, Action::OrderCompleted, properties).unwrap() {
            Details::Order { facts, .. } => facts,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_order_is_worth_what_its_best_field_says() {
        let worth = |p| order(p).revenue.to_string();
        assert_eq!(worth(r#"{"revenue":10,"total":15}"#), "10");
        assert_eq!(worth(r#"{"total":"15.50","shipping":3,"tax":2.5}"#), "10.0");
        assert_eq!(worth(r#"{"products":[{"price":2.5,"quantity":3},{"price":1}],"discount":1.5}"#), "7.0");
        assert_eq!(order(r#"{"total":8,"discount":2,"currency":"eur"}"#).gross.to_string(), "10");
    }

    #[test]
    fn bad_properties_are_refused_with_their_value() {
        let error = |p| Details::read(Kind::Track, Action::OrderCompleted, p).unwrap_err().message;
        assert_eq!(error(r#"{"total":"NaN"}"#), "total \"NaN\" is no number");
        assert_eq!(error(r#"{"products":[{"quantity":-2}]}"#), "quantity -2 is negative");
        assert_eq!(error(r#"{"currency":"ZZZ"}"#), "currency \"ZZZ\" is unknown");
        assert_eq!(error(r#"{"order_id":{"a":1}}"#), "order_id is {\"a\":1}");
        assert_eq!(error(r#"{"products":"none"}"#), "products is \"none\"");
        assert_eq!(error(r#"{"products":[null]}"#), "product is null");
        assert!(error(r#"{"products":[{"price":1e9,"quantity":1e9}]}"#).ends_with("out of range"));
    }

    #[test]
    fn traits_have_one_spelling() {
        let Details::Traits(traits) =
            Details::read(Kind::Identify, Action::Other, r#"{"firstName":"Ann","last_name": null}"#).unwrap()
        else {
            panic!("no traits")
        };
        assert_eq!(traits[0], Trait { name: "first_name".into(), value: "\"Ann\"".into() });
        assert_eq!(traits[1], Trait { name: "last_name".into(), value: "null".into() });
    }
}
