//! The properties of e-commerce events: ids, amounts and products, checked and exact. Everything else stays untouched.
//!
//! Segment's names come first; those of Google Analytics 4 (`transaction_id`, `value`, `items[].item_id` …) and of
//! Snowplow's e-commerce tracking (`discount_code`, `refund_amount`, a nested `transaction` …) stand in where they are
//! missing.

use crate::kernel::json::{self, Value};
use crate::kernel::money::{self, Decimal};
use crate::kernel::{Error, Result};
use std::borrow::Cow;

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
    pub fn read(properties: Value<'a>) -> Result<Self> {
        let fields = Fields::of(properties, true)?;
        let mut products = Vec::with_capacity(fields.products.len());
        for product in &fields.products {
            let object = json::object("product", *product)?;
            let object = object.ok_or_else(|| json::wrong_type("product", *product, "an object"))?;
            products.push(Fields::of(object, false)?.product()?);
        }
        let (total, revenue, subtotal) =
            (fields.amount(Field::Total)?, fields.amount(Field::Revenue)?, fields.amount(Field::Subtotal)?);
        let value = fields.amount(Field::Value)?.filter(|_| total.or(subtotal).is_none());
        let product = fields.product()?;
        // An event about one product may send it as the only one of its list.
        let product = match products.as_slice() {
            [only] if product.is_unnamed() => only.clone(),
            _ => product,
        };
        Ok(Commerce {
            order_id: fields.id(Field::OrderId)?,
            coupon: fields.id(Field::Coupon)?,
            currency: fields.currency()?,
            total,
            revenue: revenue.or(value),
            subtotal,
            shipping: fields.amount(Field::Shipping)?,
            tax: fields.amount(Field::Tax)?,
            discount: fields.amount(Field::Discount)?,
            product,
            products,
        })
    }
}

impl Product<'_> {
    fn is_unnamed(&self) -> bool {
        self.product_id.is_none() && self.category.is_none() && self.brand.is_none()
    }
}

#[derive(Debug, Clone, Copy)]
enum Field {
    OrderId,
    Coupon,
    Currency,
    Total,
    Revenue,
    Subtotal,
    /// Google's name for what the event is worth, without shipping and tax.
    Value,
    Shipping,
    Tax,
    Discount,
    ProductId,
    Category,
    Brand,
    Price,
    Quantity,
}

impl Field {
    const COUNT: usize = Field::Quantity as usize + 1;

    const fn name(self) -> &'static str {
        match self {
            Field::OrderId => "order_id",
            Field::Coupon => "coupon",
            Field::Currency => "currency",
            Field::Total => "total",
            Field::Revenue => "revenue",
            Field::Subtotal => "subtotal",
            Field::Value => "value",
            Field::Shipping => "shipping",
            Field::Tax => "tax",
            Field::Discount => "discount",
            Field::ProductId => "product_id",
            Field::Category => "category",
            Field::Brand => "brand",
            Field::Price => "price",
            Field::Quantity => "quantity",
        }
    }

    /// The field a key fills, and how many better names it has.
    fn of(key: &str) -> Option<(Field, u8)> {
        Some(match key {
            "order_id" | "orderId" => (Field::OrderId, 0),
            "transaction_id" | "transactionId" => (Field::OrderId, 1),
            "coupon" => (Field::Coupon, 0),
            "coupon_id" | "couponId" => (Field::Coupon, 1),
            "discount_code" | "discountCode" => (Field::Coupon, 2),
            "currency" => (Field::Currency, 0),
            "total" => (Field::Total, 0),
            "refund_amount" | "refundAmount" => (Field::Total, 1),
            "revenue" => (Field::Revenue, 0),
            "subtotal" => (Field::Subtotal, 0),
            "value" => (Field::Value, 0),
            "shipping" => (Field::Shipping, 0),
            "tax" => (Field::Tax, 0),
            "discount" => (Field::Discount, 0),
            "discount_amount" | "discountAmount" => (Field::Discount, 1),
            "product_id" | "productId" => (Field::ProductId, 0),
            "item_id" | "itemId" => (Field::ProductId, 1),
            "sku" => (Field::ProductId, 2),
            "id" => (Field::ProductId, 3),
            "category" => (Field::Category, 0),
            "item_category" | "itemCategory" => (Field::Category, 1),
            "brand" => (Field::Brand, 0),
            "item_brand" | "itemBrand" => (Field::Brand, 1),
            "price" => (Field::Price, 0),
            "quantity" => (Field::Quantity, 0),
            _ => return None,
        })
    }
}

/// Ranks of what lies in a nested object: after every name outside.
const NESTED: u8 = 100;

#[derive(Default)]
struct Fields<'a> {
    found: [Option<(u8, Value<'a>)>; Field::COUNT],
    products: Vec<Value<'a>>,
    /// The rank of the name that the products came under.
    products_rank: Option<u8>,
}

impl<'a> Fields<'a> {
    /// `is_event`: not a line of one, so with products, and maybe with Google's or Snowplow's object around all.
    fn of(object: Value<'a>, is_event: bool) -> Result<Self> {
        let mut fields = Fields::default();
        fields.fill(object, 0, is_event)?;
        Ok(fields)
    }

    fn fill(&mut self, object: Value<'a>, rank: u8, is_event: bool) -> Result<()> {
        for member in object.members()? {
            let (key, value) = member?;
            match Field::of(&key) {
                Some((field, better)) => self.put(field, rank + better, value),
                None if is_event => self.fill_event(&key, rank, value)?,
                None => {}
            }
        }
        Ok(())
    }

    fn fill_event(&mut self, key: &str, rank: u8, value: Value<'a>) -> Result<()> {
        match key {
            "products" => self.put_products(rank, json::array("products", value)?),
            "items" => {
                // Another shop's `items` may be how many there are.
                if let Ok(items) = json::array("items", value) {
                    self.put_products(rank + 1, items);
                }
            }
            "ecommerce" | "transaction" | "refund" | "product" if rank == 0 => {
                if let Ok(Some(nested)) = json::object(key, value) {
                    self.fill(nested, NESTED, true)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The better name counts, of the same name the last, as in jsonb; what says nothing leaves the field to the others.
    fn put(&mut self, field: Field, rank: u8, value: Value<'a>) {
        let slot = &mut self.found[field as usize];
        if !value.is_null() && slot.is_none_or(|(best, _)| rank <= best) {
            *slot = Some((rank, value));
        }
    }

    fn put_products(&mut self, rank: u8, products: Vec<Value<'a>>) {
        if self.products_rank.is_none_or(|best| rank <= best) {
            self.products_rank = Some(rank);
            self.products = products;
        }
    }

    fn get(&self, field: Field) -> Option<Value<'a>> {
        self.found[field as usize].map(|(_, value)| value)
    }

    fn id(&self, field: Field) -> Result<Option<Cow<'a, str>>> {
        let Some(value) = self.get(field) else { return Ok(None) };
        Ok(json::scalar(field.name(), value)?.filter(|text| !text.trim().is_empty()))
    }

    fn named(&self, field: Field) -> Result<Option<Cow<'a, str>>> {
        let Some(text) = self.id(field)? else { return Ok(None) };
        if text.len() > MAX_NAME_BYTES || text.chars().any(char::is_control) {
            let shown: String = text.chars().take(40).map(|c| if c.is_control() { '?' } else { c }).collect();
            return Err(Error::invalid(format!("{} \"{shown}\" is no name", field.name()))
                .hint(format!("Names have up to {MAX_NAME_BYTES} bytes and no control characters.")));
        }
        Ok(Some(text))
    }

    fn amount(&self, field: Field) -> Result<Option<Decimal>> {
        let Some(value) = self.get(field) else { return Ok(None) };
        let text = json::scalar(field.name(), value)?;
        text.map(|text| money::amount_not_negative(field.name(), &text)).transpose()
    }

    fn currency(&self) -> Result<Option<&'static str>> {
        let Some(value) = self.get(Field::Currency) else { return Ok(None) };
        json::string("currency", value)?.map(|text| money::currency(&text)).transpose()
    }

    fn product(&self) -> Result<Product<'a>> {
        Ok(Product {
            product_id: self.id(Field::ProductId)?,
            category: self.named(Field::Category)?,
            brand: self.named(Field::Brand)?,
            price: self.amount(Field::Price)?,
            quantity: self.amount(Field::Quantity)?,
        })
    }
}
