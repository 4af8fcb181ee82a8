//! Lays a page out for one customer: which blocks in which order, and which products in each, every choice with its reasons.
//!
//! A product is shown once. What it scores is in [`score`]; when a block moves is in [`order`].

use std::collections::HashMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use crate::generation::{facts, money};

/// What `_journey_page_gather()` gathers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Request {
    pub page: String,
    pub title: String,
    /// Only products of it are shown.
    pub category: Option<String>,
    pub blocks: Vec<Block>,
    /// NULL for a customer that nobody knows, or who does not want to be known.
    pub customer: Option<Customer>,
    /// In stock, each once.
    pub products: Vec<Product>,
}

/// A template of a block, as journey.pages keeps it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    pub block: Part,
    #[serde(default)]
    pub heading: Option<String>,
    /// The heading for a customer whose affinities it follows.
    #[serde(default)]
    pub personal_heading: Option<String>,
    /// The kind of its text.
    #[serde(default)]
    pub kind: Option<String>,
    /// How many products it shows.
    #[serde(default)]
    pub max: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// One product and a text about it.
    Hero,
    /// Products that suit the customer.
    Grid,
    /// A text.
    Copy,
    /// Products that are reduced.
    Offer,
    /// What buyers think of the products of the page.
    Proof,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Customer {
    pub orders: Option<u64>,
    /// Favourite first.
    pub favourite_categories: Option<Vec<String>>,
    pub favourite_brands: Option<Vec<String>>,
    /// 0 to 1.
    pub price_sensitivity: Option<f64>,
    /// Products in the cart.
    pub cart: Option<Vec<String>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Product {
    pub product_id: String,
    pub name: String,
    pub brand: Option<String>,
    pub category: Option<String>,
    pub price: Option<Decimal>,
    pub compare_at_price: Option<Decimal>,
    pub currency: Option<String>,
    /// Where it stands among what is bought most, from 1.
    pub popularity: Option<u32>,
    /// Average, of 5.
    pub rating: Option<Decimal>,
    pub reviews: u64,
    pub url: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Layout {
    pub page: String,
    pub title: String,
    pub is_personal: bool,
    pub blocks: Vec<Laid>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Laid {
    pub block: Part,
    pub heading: Option<String>,
    pub kind: Option<String>,
    /// What its text is about.
    pub product_id: Option<String>,
    pub items: Vec<Item>,
    /// Why the block is here, and in this place.
    pub reasons: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Item {
    pub product_id: String,
    pub name: String,
    pub brand: Option<String>,
    pub category: Option<String>,
    /// As it is written.
    pub price: Option<String>,
    pub compare_at_price: Option<String>,
    pub amounts: Vec<Decimal>,
    pub rating: Option<Decimal>,
    pub reviews: Option<u64>,
    pub url: Option<String>,
    pub reasons: Vec<String>,
}

/// From here on prices decide, and offers come first; up to [`CALM`] they come last.
const KEEN: f64 = 0.5;
const CALM: f64 = 0.2;
/// Of fewer reviews nothing is said, and of worse ones neither.
const LEAST_REVIEWS: u64 = 3;
const LEAST_RATING: i64 = 4;
const MOST_ITEMS: usize = 24;

/// # Panics
/// Never: a page without products has the blocks that need none.
pub fn lay_out(request: &Request) -> Layout {
    let customer = request.customer.as_ref();
    let mut products = ranked(request);
    let mut blocks: Vec<Laid> = Vec::new();
    for (template, mut reasons) in order(&request.blocks, customer) {
        let most = template.max.unwrap_or(1).min(MOST_ITEMS);
        let items = match template.block {
            Part::Hero => take(&mut products, 1, most.max(1), |_| true),
            Part::Grid => take(&mut products, most, per_category(request, most), |_| true),
            Part::Offer => take(&mut products, most, most, |item| item.compare_at_price.is_some()),
            Part::Proof => proof(&blocks, most),
            Part::Copy => Vec::new(),
        };
        if items.is_empty() && template.block != Part::Copy {
            continue;
        }
        if customer.is_none() && matches!(template.block, Part::Hero | Part::Grid) {
            reasons.push("the customer is unknown: what many buy".into());
        }
        let heading = template.personal_heading.as_ref().filter(|_| customer.is_some());
        let first = items.first().or_else(|| blocks.iter().find_map(|block| block.items.first()));
        blocks.push(Laid {
            block: template.block,
            heading: heading.or(template.heading.as_ref()).cloned(),
            kind: template.kind.clone(),
            product_id: first.map(|item| item.product_id.clone()).filter(|_| template.kind.is_some()),
            items,
            reasons,
        });
    }
    // A text that stands before all products is about the first of them, not about whatever else.
    let first = blocks.iter().find_map(|block| block.items.first()).map(|item| item.product_id.clone());
    for block in blocks.iter_mut().filter(|block| block.kind.is_some() && block.product_id.is_none()) {
        block.product_id.clone_from(&first);
    }
    Layout {
        page: request.page.clone(),
        title: request.title.clone(),
        is_personal: customer.is_some(),
        blocks,
    }
}

/// The blocks in their order for the customer, each with why it moved.
fn order<'a>(blocks: &'a [Block], customer: Option<&Customer>) -> Vec<(&'a Block, Vec<String>)> {
    let sensitivity = customer.and_then(|c| c.price_sensitivity);
    let is_new = customer.is_none_or(|c| c.orders.unwrap_or(0) == 0);
    let mut placed: Vec<_> = blocks
        .iter()
        .enumerate()
        .map(|(place, block)| {
            let place = place as f64;
            let (place, reasons) = match (block.block, sensitivity) {
                (Part::Offer, Some(s)) if s >= KEEN => (0.5, vec![format!("early: prices decide ({s:.2})")]),
                (Part::Offer, Some(s)) if s <= CALM => {
                    (1e3, vec![format!("late: prices hardly matter ({s:.2})")])
                }
                (Part::Proof, _) if is_new => {
                    (place, vec!["a customer without orders looks for proof".into()])
                }
                _ => (place, Vec::new()),
            };
            (place, block, reasons)
        })
        .collect();
    placed.sort_by(|a, b| a.0.total_cmp(&b.0));
    placed.into_iter().map(|(_, block, reasons)| (block, reasons)).collect()
}

/// A shop window is not of one kind, except where the page is.
fn per_category(request: &Request, most: usize) -> usize {
    if request.category.is_some() { most } else { most.div_ceil(2) }
}

/// All products by their score, best first.
fn ranked(request: &Request) -> Vec<Item> {
    let wanted = |product: &&Product| request.category.is_none() || product.category == request.category;
    let mut scored: Vec<_> = request
        .products
        .iter()
        .filter(wanted)
        .filter_map(|product| {
            let (score, reasons) = score(product, request.customer.as_ref());
            Some((score, item(product, reasons)?))
        })
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.product_id.cmp(&b.1.product_id)));
    scored.into_iter().map(|(_, item)| item).collect()
}

fn item(product: &Product, reasons: Vec<String>) -> Option<Item> {
    let prices = product.prices();
    Some(Item {
        product_id: product.product_id.clone(),
        name: facts::sayable(&product.name)?,
        brand: product.brand.as_deref().and_then(facts::sayable),
        category: product.category.clone(),
        price: prices.first().map(|(spelled, _)| spelled.clone()),
        compare_at_price: prices.get(1).map(|(spelled, _)| spelled.clone()),
        amounts: prices.iter().map(|(_, amount)| *amount).collect(),
        rating: product.rating.filter(|rating| *rating <= Decimal::from(5)),
        reviews: Some(product.reviews).filter(|reviews| *reviews > 0),
        url: product.url.clone(),
        reasons,
    })
}

impl Product {
    /// The price, and the one before where the product is truly reduced.
    fn prices(&self) -> Vec<(String, Decimal)> {
        let Some((currency, price)) = self.currency.as_deref().zip(self.price) else { return Vec::new() };
        let price = money::round(price, currency);
        let old = self.compare_at_price.map(|old| money::round(old, currency)).filter(|old| *old > price);
        [Some(price), old]
            .into_iter()
            .flatten()
            .map(|amount| (money::spell(amount, currency), amount))
            .collect()
    }

    /// Share of the price before, 0 to 1.
    fn saving(&self) -> f64 {
        match self.prices()[..] {
            [(_, price), (_, old)] if !old.is_zero() => ((old - price) / old).to_f64().unwrap_or(0.0),
            _ => 0.0,
        }
    }
}

/// The cart counts 100, more than two favourites together; favourite categories 50, 42, 34 … and brands 30, 25, 20 … by their rank; a reduced price up to 40
/// times the saving for a customer whom prices decide; being bought by many up to 10.
fn score(product: &Product, customer: Option<&Customer>) -> (f64, Vec<String>) {
    let mut sum = product.popularity.map_or(0.0, |place| 10.0 / f64::from(place.max(1)).sqrt());
    let mut reasons = Vec::new();
    if let Some(customer) = customer {
        let rank = |favourites: &Option<Vec<String>>, of: &Option<String>| {
            favourites.as_ref()?.iter().position(|f| Some(f) == of.as_ref()).map(|place| place as f64)
        };
        if customer.cart.iter().flatten().any(|id| *id == product.product_id) {
            sum += 100.0;
            reasons.push("in the cart".to_owned());
        }
        if let Some(place) = rank(&customer.favourite_categories, &product.category) {
            sum += 50.0 - 8.0 * place;
            reasons.push(format!("favourite category {}", product.category.as_deref().unwrap_or_default()));
        }
        if let Some(place) = rank(&customer.favourite_brands, &product.brand) {
            sum += 30.0 - 5.0 * place;
            reasons.push(format!("favourite brand {}", product.brand.as_deref().unwrap_or_default()));
        }
        let (saving, sensitivity) = (product.saving(), customer.price_sensitivity.unwrap_or(0.0));
        if saving > 0.0 && sensitivity >= KEEN {
            sum += 40.0 * saving * sensitivity;
            reasons.push(format!("reduced by {:.0} %, and prices decide", saving * 100.0));
        }
    }
    if let Some(place) = product.popularity {
        reasons.push(format!("number {place} of what is bought most"));
    }
    (sum, reasons)
}

/// The best that are left, at most so many of a category.
fn take(from: &mut Vec<Item>, most: usize, of_category: usize, suits: impl Fn(&Item) -> bool) -> Vec<Item> {
    let mut seen: HashMap<Option<String>, usize> = HashMap::new();
    let mut taken = Vec::new();
    let mut left = Vec::new();
    for item in from.drain(..) {
        let count = seen.entry(item.category.clone()).or_default();
        if taken.len() < most && *count < of_category && suits(&item) {
            *count += 1;
            taken.push(item);
        } else {
            left.push(item);
        }
    }
    *from = left;
    taken
}

/// Products of the page that enough buyers have rated well.
fn proof(blocks: &[Laid], most: usize) -> Vec<Item> {
    let is_praised = |item: &&Item| {
        item.rating.is_some_and(|rating| rating >= Decimal::from(LEAST_RATING))
            && item.reviews.is_some_and(|reviews| reviews >= LEAST_REVIEWS)
    };
    let shown = blocks.iter().flat_map(|block| &block.items);
    shown.filter(is_praised).take(most).cloned().collect()
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
