//! A kind of text: its row in journey.kinds.

use serde::{Deserialize, Serialize};

use super::facts::Role;
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
    pub candidates: u16,
    pub max_tokens: u16,
    pub temperature: f32,
    pub top_p: f32,
    pub templates: Vec<Template>,
}

/// One approved sentence, or subject line, of the drafts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// Themes it suits; none: all.
    #[serde(default)]
    pub themes: Vec<Theme>,
    /// Which sentence of the draft it can be, from 1.
    pub slot: u8,
    /// What must be known for it to be true.
    #[serde(default)]
    pub needs: Vec<Need>,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    FirstName,
    Product,
    /// There is no product, or none whose name can be said.
    NoProduct,
    Category,
    Price,
    Saving,
    /// The customer bought the product before.
    BoughtBefore,
    /// It is from a category the customer buys.
    FavouriteCategory,
    Popular,
}
