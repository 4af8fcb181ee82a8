//! Pages: banners and pages, made from what SQL gathered; the texts on them come from the generation stage.

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::pages::banner::{self, Content};
use pg_journey_core::pages::html::Page;
use pg_journey_core::pages::layout::{self, Request};
use pg_journey_core::pages::picture::Picture;
use pg_journey_core::pages::png;
use pg_journey_core::pages::size::Size;
use pgrx::datum::JsonB;
use pgrx::prelude::*;
use serde_json::json;

use crate::error::OrRaise;
use crate::models;

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

extension_sql_file!(
    "../sql/functions/pages_layout.sql",
    name = "pages_layout",
    requires = ["pages", _journey_page_layout, _journey_page_html, _journey_data_uri, _journey_closeness]
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

/// Which blocks in which order, and which products in each, for what SQL gathered.
#[pg_extern(immutable, strict, parallel_safe)]
fn _journey_page_layout(request: JsonB) -> JsonB {
    let request: Request =
        serde_json::from_value(request.0).map_err(|e| not_understood("a page", &e)).or_raise();
    JsonB(json!(layout::lay_out(&request)))
}

#[pg_extern(immutable, strict, parallel_safe)]
fn _journey_page_html(layout: JsonB) -> String {
    let page: Page = serde_json::from_value(layout.0).map_err(|e| not_understood("a page", &e)).or_raise();
    page.html()
}

/// A picture as a data URI.
#[pg_extern(immutable, strict, parallel_safe)]
fn _journey_data_uri(picture: &[u8]) -> String {
    Picture::read(picture).or_raise().data_uri()
}

/// The cosine of each text's meaning with that of the first argument.
#[pg_extern(stable, strict, parallel_safe, cost = 1000000)]
fn _journey_closeness(taste: &str, texts: Vec<String>) -> Vec<f64> {
    let all = std::iter::once(taste.to_owned()).chain(texts).collect();
    let vectors = models::embed_by("embedding", all).or_raise();
    let Some((taste, others)) = vectors.split_first() else { return Vec::new() };
    // Vectors of length 1.
    let cosine = |other: &Vec<f32>| taste.iter().zip(other).map(|(a, b)| f64::from(a * b)).sum();
    others.iter().map(cosine).collect()
}

fn not_understood(what: &str, e: &serde_json::Error) -> Error {
    Error::new(Code::DataCorrupted, format!("{what} is not understood: {e}"))
        .hint("Mend the blocks of journey.pages; its comments say what they hold.")
}
