//! The properties of e-commerce events: ids, amounts and products, checked and exact. Everything else stays untouched.

use crate::kernel::json::{self, Text};
use crate::kernel::money::{self, Decimal};
use crate::kernel::{Error, Result};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// A longer name of a category or brand is a mistake in the shop's data.
const MAX_NAME_BYTES: usize = 300;

#[derive(Debug, Default, Clone, PartialEq)]
pub struct Commerce<'a> {
    pub order_id: Option<Cow<'a, str>>,
    pub coupon: Option<Cow<'a, str>>,
    pub currency: Option<&'static str>,
    pub total: Option<Decimal>,
    pub revenue: Option<Decimal>,
    pub subtotal: Option<Decimal>,
    pub shipping: Option<Decimal>,
    pub tax: Option<Decimal>,
    pub discount: Option<Decimal>,
    /// The event's own product, as in Product Viewed.
    pub product: Product<'a>,
    pub products: Vec<Product<'a>>,
}

#[derive(Debug, Default, Clone, PartialEq)]
pub struct Product<'a> {
    pub product_id: Option<Cow<'a, str>>,
    pub category: Option<Cow<'a, str>>,
    pub brand: Option<Cow<'a, str>>,
    pub price: Option<Decimal>,
    pub quantity: Option<Decimal>,
}

impl<'a> Commerce<'a> {
    /// Reads the JSON text of `properties`.
    pub fn read(properties: &'a str) -> Result<Self> {
        let slots: PropertySlots = serde_json::from_str(properties).map_err(json::invalid)?;
        let mut products = Vec::with_capacity(slots.products.len());
        for product in &slots.products {
            products.push(product.read()?);
        }
        Ok(Commerce {
            order_id: id("order_id", slots.order_id)?,
            coupon: id("coupon", slots.coupon)?,
            currency: currency(slots.currency)?,
            total: amount("total", slots.total)?,
            revenue: amount("revenue", slots.revenue)?,
            subtotal: amount("subtotal", slots.subtotal)?,
            shipping: amount("shipping", slots.shipping)?,
            tax: amount("tax", slots.tax)?,
            discount: amount("discount", slots.discount)?,
            product: slots.own.read()?,
            products,
        })
    }
}

/// The last value of a key counts, as in jsonb.
type Slot<'a> = Option<&'a RawValue>;

#[derive(Default)]
struct PropertySlots<'a> {
    order_id: Slot<'a>,
    coupon: Slot<'a>,
    currency: Slot<'a>,
    total: Slot<'a>,
    revenue: Slot<'a>,
    subtotal: Slot<'a>,
    shipping: Slot<'a>,
    tax: Slot<'a>,
    discount: Slot<'a>,
    own: ProductSlots<'a>,
    products: Vec<ProductSlots<'a>>,
}

#[derive(Default)]
struct ProductSlots<'a> {
    product_id: Slot<'a>,
    category: Slot<'a>,
    brand: Slot<'a>,
    price: Slot<'a>,
    quantity: Slot<'a>,
}

impl<'a> ProductSlots<'a> {
    fn slot(&mut self, key: &str) -> Option<&mut Slot<'a>> {
        Some(match key {
            "product_id" | "productId" => &mut self.product_id,
            "category" => &mut self.category,
            "brand" => &mut self.brand,
            "price" => &mut self.price,
            "quantity" => &mut self.quantity,
            _ => return None,
        })
    }

    fn read(&self) -> Result<Product<'a>> {
        Ok(Product {
            product_id: id("product_id", self.product_id)?,
            category: name("category", self.category)?,
            brand: name("brand", self.brand)?,
            price: amount("price", self.price)?,
            quantity: amount("quantity", self.quantity)?,
        })
    }
}

impl<'a> PropertySlots<'a> {
    fn slot(&mut self, key: &str) -> Option<&mut Slot<'a>> {
        Some(match key {
            "order_id" | "orderId" => &mut self.order_id,
            "coupon" | "coupon_id" | "couponId" => &mut self.coupon,
            "currency" => &mut self.currency,
            "total" => &mut self.total,
            "revenue" => &mut self.revenue,
            "subtotal" => &mut self.subtotal,
            "shipping" => &mut self.shipping,
            "tax" => &mut self.tax,
            "discount" => &mut self.discount,
            _ => return self.own.slot(key),
        })
    }
}

fn fill<'a, M: MapAccess<'a>>(slot: Option<&mut Slot<'a>>, map: &mut M) -> std::result::Result<(), M::Error> {
    match slot {
        Some(slot) => *slot = Some(map.next_value()?),
        None => {
            map.next_value::<IgnoredAny>()?;
        }
    }
    Ok(())
}

impl<'de> Deserialize<'de> for PropertySlots<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Slots;
        impl<'de> Visitor<'de> for Slots {
            type Value = PropertySlots<'de>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object of properties")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> std::result::Result<Self::Value, M::Error> {
                let mut slots = PropertySlots::default();
                while let Some(Text(key)) = map.next_key()? {
                    match &*key {
                        "products" => {
                            slots.products = map.next_value::<Option<_>>()?.unwrap_or_default();
                        }
                        _ => fill(slots.slot(&key), &mut map)?,
                    }
                }
                Ok(slots)
            }
        }
        deserializer.deserialize_map(Slots)
    }
}

impl<'de> Deserialize<'de> for ProductSlots<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Slots;
        impl<'de> Visitor<'de> for Slots {
            type Value = ProductSlots<'de>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a product as an object")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> std::result::Result<Self::Value, M::Error> {
                let mut slots = ProductSlots::default();
                while let Some(Text(key)) = map.next_key()? {
                    fill(slots.slot(&key), &mut map)?;
                }
                Ok(slots)
            }
        }
        deserializer.deserialize_map(Slots)
    }
}

fn id<'a>(what: &str, slot: Slot<'a>) -> Result<Option<Cow<'a, str>>> {
    let Some(raw) = slot else { return Ok(None) };
    Ok(json::scalar(what, raw)?.filter(|text| !text.trim().is_empty()))
}

fn name<'a>(what: &str, slot: Slot<'a>) -> Result<Option<Cow<'a, str>>> {
    let Some(text) = id(what, slot)? else { return Ok(None) };
    if text.len() > MAX_NAME_BYTES || text.chars().any(char::is_control) {
        let shown: String = text.chars().take(40).map(|c| if c.is_control() { '?' } else { c }).collect();
        return Err(Error::invalid(format!("{what} \"{shown}\" is no name"))
            .hint(format!("Names have up to {MAX_NAME_BYTES} bytes and no control characters.")));
    }
    Ok(Some(text))
}

fn amount(what: &str, slot: Slot) -> Result<Option<Decimal>> {
    let Some(raw) = slot else { return Ok(None) };
    json::scalar(what, raw)?.map(|text| money::amount_not_negative(what, &text)).transpose()
}

fn currency(slot: Slot) -> Result<Option<&'static str>> {
    let Some(raw) = slot else { return Ok(None) };
    json::string("currency", raw)?.map(|text| money::currency(&text)).transpose()
}
