//! The properties of e-commerce events: ids, amounts and products, checked and exact. Everything else stays untouched.

use crate::kernel::json::{self, Elements, Value};
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
        let fields = Fields::of(properties)?;
        let sent = fields.products()?;
        let mut products = Vec::with_capacity(sent.len());
        for product in sent {
            let product = product?;
            let object = json::object("product", product)?;
            let object = object.ok_or_else(|| json::wrong_type("product", product, "an object"))?;
            products.push(Fields::of(object)?.product()?);
        }
        Ok(Commerce {
            order_id: fields.id(Field::OrderId)?,
            coupon: fields.id(Field::Coupon)?,
            currency: fields.currency()?,
            total: fields.amount(Field::Total)?,
            revenue: fields.amount(Field::Revenue)?,
            subtotal: fields.amount(Field::Subtotal)?,
            shipping: fields.amount(Field::Shipping)?,
            tax: fields.amount(Field::Tax)?,
            discount: fields.amount(Field::Discount)?,
            product: fields.product()?,
            products,
        })
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
    Shipping,
    Tax,
    Discount,
    ProductId,
    Category,
    Brand,
    Price,
    Quantity,
    Products,
}

impl Field {
    const COUNT: usize = Field::Products as usize + 1;

    const fn name(self) -> &'static str {
        match self {
            Field::OrderId => "order_id",
            Field::Coupon => "coupon",
            Field::Currency => "currency",
            Field::Total => "total",
            Field::Revenue => "revenue",
            Field::Subtotal => "subtotal",
            Field::Shipping => "shipping",
            Field::Tax => "tax",
            Field::Discount => "discount",
            Field::ProductId => "product_id",
            Field::Category => "category",
            Field::Brand => "brand",
            Field::Price => "price",
            Field::Quantity => "quantity",
            Field::Products => "products",
        }
    }

    fn of(key: &str) -> Option<Field> {
        Some(match key {
            "order_id" | "orderId" => Field::OrderId,
            "coupon" | "coupon_id" | "couponId" => Field::Coupon,
            "currency" => Field::Currency,
            "total" => Field::Total,
            "revenue" => Field::Revenue,
            "subtotal" => Field::Subtotal,
            "shipping" => Field::Shipping,
            "tax" => Field::Tax,
            "discount" => Field::Discount,
            "product_id" | "productId" => Field::ProductId,
            "category" => Field::Category,
            "brand" => Field::Brand,
            "price" => Field::Price,
            "quantity" => Field::Quantity,
            "products" => Field::Products,
            _ => return None,
        })
    }
}

/// What was sent for each field, unread.
struct Fields<'a>([Option<Value<'a>>; Field::COUNT]);

impl<'a> Fields<'a> {
    /// The last value of a key counts, as in jsonb.
    fn of(object: Value<'a>) -> Result<Self> {
        let mut fields = Fields([None; Field::COUNT]);
        for member in object.members()? {
            let (key, value) = member?;
            if let Some(field) = Field::of(&key) {
                fields.0[field as usize] = Some(value);
            }
        }
        Ok(fields)
    }

    fn products(&self) -> Result<Elements<'a>> {
        self.get(Field::Products).map_or(Ok(Elements::default()), |value| json::array("products", value))
    }

    fn get(&self, field: Field) -> Option<Value<'a>> {
        self.0[field as usize]
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
        if let Some(amount) = value.decimal().and_then(money::exact_amount) {
            return Ok(Some(amount));
        }
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
