//! A kind of text: its row in journey.kinds.

use serde::{Deserialize, Serialize};

use super::facts::Role;
use super::given::Tone;
use super::theme::Theme;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kind {
    pub kind: String,
    pub min_chars: u16,
    pub max_chars: u16,
    pub max_sentences: u8,
    pub full_sentences: bool,
    /// Facts that the text must name where they are known.
    pub required: Vec<Role>,
    /// What must be known, or nothing is written.
    #[serde(default)]
    pub inputs: Vec<Need>,
    /// Otherwise the draft is the text: sentences that no model improves.
    #[serde(default = "yes")]
    pub rewrite: bool,
    /// A kind that is made of others has no templates of its own.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// What stands between its parts in the text.
    #[serde(default)]
    pub joiner: String,
    pub candidates: u16,
    pub max_tokens: u16,
    pub temperature: f32,
    pub top_p: f32,
    pub templates: Vec<Template>,
}

/// A part of a kind: a kind by itself. Parts of the same name make a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub name: String,
    pub kind: String,
    /// Left out where what it needs is not known.
    #[serde(default)]
    pub optional: bool,
    /// A part before it says the highlight, see [`super::theme::highlight`]: it is not said again.
    #[serde(default)]
    pub after_highlight: bool,
}

const fn yes() -> bool {
    true
}

/// One approved sentence, or subject line, of the drafts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// Themes it suits; none: all.
    #[serde(default)]
    pub themes: Vec<Theme>,
    /// Tones it suits; none: all.
    #[serde(default)]
    pub tones: Vec<Tone>,
    /// Which sentence of the draft it can be, from 1.
    pub slot: u8,
    /// What must be known for it to be true.
    #[serde(default)]
    pub needs: Vec<Need>,
    pub text: String,
}

/// What must be known: a name that drafts may use, or one of the circumstances below.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Need(String);

/// What the templates may use as `{{ name }}`, where it is known.
#[rustfmt::skip]
pub const NAMES: &[&str] = &[
    "first_name", "product", "category", "brand", "price", "compare_at", "saving",
    "offer", "stock", "ship_days", "event", "event_date", "alternative", "alternative_price", "bundle", "bundle_price",
    "material", "colour", "size", "capacity", "weight", "dimensions", "origin", "scent", "flavour", "battery", "feature",
    "description", "refund_amount", "highlight",
];

/// What else can hold: of the product, of the offer, of the ticket.
#[rustfmt::skip]
pub const CIRCUMSTANCES: &[&str] = &[
    "no_product", "no_event", "bought_before", "favourite_category", "popular", "new", "brand_apart", "food", "not_food",
    "offer_percent", "offer_amount", "loyalty", "price_drop", "birthday", "win_back", "welcome",
    "ticket", "delivery", "damaged", "wrong_item", "fit", "billing", "other",
    "resolution", "refund", "replacement", "exchange", "investigating",
];

impl Need {
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Need {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let is_known = NAMES.contains(&name.as_str()) || CIRCUMSTANCES.contains(&name.as_str());
        if is_known { Ok(Need(name)) } else { Err(format!("there is no fact \"{name}\" to need")) }
    }
}
