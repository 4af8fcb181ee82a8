//! Pages: banners, drawn from what SQL gathered; the texts on them come from the generation stage.

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::pages::banner::{self, Content};
use pg_journey_core::pages::picture::Picture;
use pg_journey_core::pages::png;
use pg_journey_core::pages::size::Size;
use pgrx::datum::JsonB;
use pgrx::prelude::*;
use serde_json::json;

use crate::error::OrRaise;

extension_sql_file!(
    "../sql/functions/pages.sql",
    name = "pages",
    requires = [
        "generation",
        "profile",
        _journey_banner_size,
        _journey_banner_words,
        _journey_banner_svg,
        _journey_banner_png
    ]
);

/// Raises an error where the size is none, before a model is asked.
#[pg_extern(immutable, strict, parallel_safe)]
fn _journey_banner_size(size: &str) -> bool {
    Size::read(size).or_raise();
    true
}

/// The words and amounts of a banner, as guardrails are asked about them.
#[pg_extern(immutable, strict, parallel_safe)]
fn _journey_banner_words(content: JsonB) -> JsonB {
    let (words, amounts) = read(content).or_raise().words();
    JsonB(json!({ "words": words, "amounts": amounts }))
}

#[pg_extern(immutable, parallel_safe, cost = 1000)]
fn _journey_banner_svg(content: JsonB, picture: Option<&[u8]>, size: &str) -> String {
    let content = read(content).or_raise();
    let picture = picture.map(Picture::read).transpose().or_raise();
    banner::draw(&content, picture, Size::read(size).or_raise()).svg()
}

#[pg_extern(immutable, parallel_safe, cost = 100000)]
fn _journey_banner_png(content: JsonB, picture: Option<&[u8]>, size: &str) -> Vec<u8> {
    let content = read(content).or_raise();
    let picture = picture.map(Picture::read).transpose().or_raise();
    png::render(&banner::draw(&content, picture, Size::read(size).or_raise())).or_raise()
}

fn read(JsonB(content): JsonB) -> Result<Content> {
    let content: Content = serde_json::from_value(content).map_err(|e| {
        Error::new(Code::DataCorrupted, format!("the content of a banner is not understood: {e}"))
    })?;
    Ok(content.sayable())
}
