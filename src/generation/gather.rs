//! The rows that a text is about: a customer, a product, a campaign.

use pg_journey_core::generation::facts::{Campaign, Customer, Gathered, Product};
use pg_journey_core::generation::given::{Given, Mention};
use pg_journey_core::generation::theme::{Interest, Theme};
use pg_journey_core::kernel::{Code, Error, Result};
use pgrx::datum::{DatumWithOid, JsonB};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Wanted;
use crate::{identity, query};

/// Gathers for one call; what is the same for all its customers is read once.
pub struct Gatherer<'a> {
    wanted: &'a Wanted,
    campaign: Option<CampaignRow>,
    popular: Option<Option<Product>>,
    given: Option<Given>,
}

#[derive(Deserialize)]
struct ProductRow {
    active: bool,
    /// Active and not out of stock.
    available: bool,
    #[serde(flatten)]
    product: Product,
}

#[derive(Deserialize)]
struct CustomerRow {
    has_declined: bool,
    #[serde(flatten)]
    customer: Customer,
}

/// What `sql/queries/generation_interests.sql` finds.
#[derive(Deserialize)]
struct Taste {
    interests: Option<Vec<Interest>>,
    compared: u64,
    dear_share: Option<f64>,
    theme: Option<Theme>,
}

#[derive(Clone, Deserialize)]
struct CampaignRow {
    product_id: Option<String>,
    starts_at: Option<String>,
    ends_at: Option<String>,
    is_ahead: bool,
    is_over: bool,
    #[serde(flatten)]
    campaign: Campaign,
}

impl<'a> Gatherer<'a> {
    pub fn new(wanted: &'a Wanted) -> Self {
        Gatherer { wanted, campaign: None, popular: None, given: None }
    }

    /// The profile, 0 for a customer that nobody knows, and what is known.
    pub fn gather(&mut self, customer: Option<&str>) -> Result<(i64, Gathered)> {
        let (profile_id, customer) = self.reader(customer)?;
        let campaign = self.campaign()?;
        let given = self.given()?;
        let named = self.wanted.product.clone().or_else(|| campaign.as_ref()?.product_id.clone());
        let product = match (named, &given.product) {
            (_, Some(item)) => Some(item.product()),
            (Some(id), None) => Some(named_product(&id)?),
            // A page of a category is about no product.
            (None, None) if given.category.is_some() => None,
            (None, None) => self.product_for(profile_id, customer.as_ref())?,
        };
        let product = product.map(|p| self.dated(p));
        let campaign = campaign.map(|c| c.campaign);
        Ok((profile_id, Gathered { customer, product, campaign, given, locale: self.wanted.dates() }))
    }

    /// The profile, 0 for a customer that nobody knows, and what texts may know of who reads them.
    pub fn reader(&self, customer: Option<&str>) -> Result<(i64, Option<Customer>)> {
        let profile = customer.and_then(identity::resolve);
        let row = profile.map(|id| self.customer(id)).transpose()?.flatten();
        let profile_id = profile.filter(|_| row.is_some()).unwrap_or(0);
        // Who has declined personalization is written to as to somebody nobody knows.
        let customer = row.filter(|row| !row.has_declined).map(|row| row.customer);
        Ok((profile_id, customer))
    }

    /// The facts that the caller gives, with the products they name read from the catalog once.
    fn given(&mut self) -> Result<Given> {
        if let Some(given) = &self.given {
            return Ok(given.clone());
        }
        let mut given = self.wanted.given.clone();
        for mention in given.mentions() {
            if let Mention::Id(id) = mention {
                *mention = Mention::Found { product: named_product(id)? };
            }
        }
        Ok(self.given.insert(given).clone())
    }

    fn customer(&self, profile_id: i64) -> Result<Option<CustomerRow>> {
        let arguments = [profile_id.into(), self.wanted.at.into()];
        let row: Option<CustomerRow> =
            read(include_str!("../../sql/queries/generation_customer.sql"), &arguments)?;
        let Some(mut row) = row else { return Ok(None) };
        if row.has_declined {
            return Ok(Some(row));
        }
        let taste: Option<Taste> =
            read(include_str!("../../sql/queries/generation_interests.sql"), &arguments)?;
        if let Some(taste) = taste {
            row.customer.interests = taste.interests.unwrap_or_default();
            row.customer.compared = taste.compared;
            row.customer.dear_share = taste.dear_share;
            row.customer.theme = taste.theme;
        }
        Ok(Some(row))
    }

    fn dated(&self, mut product: Product) -> Product {
        product.is_new = product.released_on.as_deref().is_some_and(|day| {
            let arguments = [day.into(), self.wanted.at.into()];
            query::one(include_str!("../../sql/queries/generation_is_new.sql"), &arguments).unwrap_or(false)
        });
        product
    }

    fn campaign(&mut self) -> Result<Option<CampaignRow>> {
        let Some(name) = self.wanted.campaign.as_deref().filter(|_| self.campaign.is_none()) else {
            return Ok(self.campaign.clone());
        };
        let arguments = [name.into(), self.wanted.at.into()];
        let row: Option<CampaignRow> =
            read(include_str!("../../sql/queries/generation_campaign.sql"), &arguments)?;
        let row = row.ok_or_else(|| {
            Error::new(Code::UndefinedObject, format!("there is no campaign \"{name}\""))
                .hint("Add it to journey.campaigns.")
        })?;
        if let Some(why) = row.why_not_running() {
            return Err(Error::new(Code::ObjectNotInPrerequisiteState, format!("campaign \"{name}\" {why}"))
                .hint(
                    "Write its texts while it runs, or change starts_at and ends_at in journey.campaigns.",
                ));
        }
        self.campaign = Some(row);
        Ok(self.campaign.clone())
    }

    /// What the customer may want again, else something from a favourite category, else what is popular.
    fn product_for(&mut self, profile_id: i64, customer: Option<&Customer>) -> Result<Option<Product>> {
        if let Some(customer) = customer {
            let again = include_str!("../../sql/queries/generation_product_again.sql");
            if let Some(product) = read(again, &[profile_id.into()])? {
                return Ok(Some(product));
            }
            let favourites = customer.favourite_categories.clone().unwrap_or_default();
            let of_category = include_str!("../../sql/queries/generation_product_category.sql");
            if let Some(product) = read(of_category, &[profile_id.into(), favourites.into()])? {
                return Ok(Some(product));
            }
        }
        if self.popular.is_none() {
            self.popular = Some(read(include_str!("../../sql/queries/generation_product_popular.sql"), &[])?);
        }
        Ok(self.popular.clone().flatten())
    }
}

impl CampaignRow {
    fn why_not_running(&self) -> Option<String> {
        let time = |time: &Option<String>| time.clone().unwrap_or_default();
        match (self.is_over, self.is_ahead) {
            (true, _) => Some(format!("ended at {}", time(&self.ends_at))),
            (_, true) => Some(format!("starts at {}", time(&self.starts_at))),
            _ => None,
        }
    }
}

/// A text about what cannot be bought disappoints whoever reads it.
fn named_product(id: &str) -> Result<Product> {
    let row: Option<ProductRow> =
        read(include_str!("../../sql/queries/generation_product.sql"), &[id.into()])?;
    let row = row.ok_or_else(|| {
        Error::new(Code::UndefinedObject, format!("there is no product \"{id}\""))
            .hint("Products are rows of journey.products.")
    })?;
    let not_for_sale =
        |why: &str| Error::new(Code::ObjectNotInPrerequisiteState, format!("product \"{id}\" is {why}"));
    match (row.available, row.active) {
        (true, _) => Ok(row.product),
        (_, false) => {
            Err(not_for_sale("not active").hint("Name another product, or set active in journey.products."))
        }
        _ => Err(not_for_sale("out of stock").hint("Name another product, or correct journey.inventory.")),
    }
}

fn read<T: DeserializeOwned>(statement: &'static str, arguments: &[DatumWithOid]) -> Result<Option<T>> {
    let Some(JsonB(row)) = query::one::<JsonB>(statement, arguments) else {
        return Ok(None);
    };
    serde_json::from_value(row).map(Some).map_err(|e| super::broken_row("a row that a text is about", &e))
}
