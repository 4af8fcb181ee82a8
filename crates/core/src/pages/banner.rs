//! A banner: a picture, a headline, what is offered and a button, laid out for a size and written as SVG.
//!
//! [`draw`] decides where everything goes and in which colours, [`Drawing::svg`] writes it down. All text is fitted by the
//! font's own advances and carries its width, so that it keeps to its box in a browser that has another font.

use rust_decimal::Decimal;
use serde::Deserialize;
use xxhash_rust::xxh3::xxh3_64;

use super::colour::{Colour, Palette};
use super::fit::{self, LEADING, SMALLEST};
use super::font::{self, ASCENT, FAMILY, Weight};
use super::markup::{escape, language};
use super::picture::Picture;
use super::size::Size;
use crate::generation::{facts, money};

/// What a banner shows, as `_journey_banner_content()` gathers it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Content {
    /// The text that was written for the customer.
    pub headline: String,
    pub name: Option<String>,
    pub brand: Option<String>,
    pub price: Option<Decimal>,
    pub compare_at_price: Option<Decimal>,
    pub currency: Option<String>,
    /// What the button says.
    pub call: String,
    pub locale: Option<String>,
    /// Of the brand.
    pub background: Option<String>,
    pub accent: Option<String>,
    /// Of the product.
    pub colour: Option<String>,
    /// Of a picture that is linked.
    pub image_url: Option<String>,
}

impl Content {
    /// Price and, where the product is truly reduced, the price before, as they are written.
    pub fn prices(&self) -> Option<(String, Option<String>)> {
        let currency = self.currency.as_deref()?;
        let price = money::round(self.price?, currency);
        let old = self.compare_at_price.map(|old| money::round(old, currency)).filter(|old| *old > price);
        Some((money::spell(price, currency), old.map(|old| money::spell(old, currency))))
    }

    fn palette(&self) -> Palette {
        let read = |colour: &Option<String>| colour.as_deref().and_then(Colour::read);
        Palette::new(read(&self.background), read(&self.accent), read(&self.colour))
    }

    /// The same content with names as a text may say them: a seller's feed may call a product an instruction or a link.
    pub fn sayable(mut self) -> Self {
        for name in [&mut self.name, &mut self.brand] {
            *name = name.as_deref().and_then(facts::sayable);
        }
        self
    }

    /// All words of the banner, and every amount among them: what guardrails judge besides the headline itself.
    pub fn words(&self) -> (String, Vec<Decimal>) {
        let amounts = self.currency.as_deref().map(|currency| {
            let amounts = [self.price, self.compare_at_price].into_iter().flatten();
            amounts.map(|amount| money::round(amount, currency)).collect()
        });
        let brand = self.brand.as_deref().unwrap_or_default();
        (format!("{}\n{brand}\n{}", self.headline, self.description()), amounts.unwrap_or_default())
    }

    /// What a screen reader says after the headline.
    fn description(&self) -> String {
        let price = self.prices().map(|(price, old)| match old {
            Some(old) => format!("{price} instead of {old}"),
            None => price,
        });
        let parts = [self.name.clone(), price, Some(self.call.clone())];
        parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(". ")
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Rect {
    fn inset(self, by: f64) -> Rect {
        Rect { x: self.x + by, y: self.y + by, width: self.width - 2.0 * by, height: self.height - 2.0 * by }
    }

    /// A strip of the left, and the rest.
    fn split_left(self, width: f64) -> (Rect, Rect) {
        let rest = Rect { x: self.x + width, width: self.width - width, ..self };
        (Rect { width, ..self }, rest)
    }

    /// A strip of the top, and the rest.
    fn split_top(self, height: f64) -> (Rect, Rect) {
        let rest = Rect { y: self.y + height, height: self.height - height, ..self };
        (Rect { height, ..self }, rest)
    }
}

/// Lines of text in a box.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    pub area: Rect,
    pub lines: Vec<String>,
    pub weight: Weight,
    pub size: f64,
    pub ink: Colour,
    pub on: Colour,
    pub is_struck: bool,
    pub is_centred: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Drawing<'a> {
    pub size: Size,
    pub palette: Palette,
    /// Where the picture goes, and it.
    pub panel: Option<(Rect, Shown<'a>)>,
    pub button: Option<Rect>,
    pub texts: Vec<Text>,
    title: String,
    description: String,
    language: String,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Shown<'a> {
    Embedded(Picture<'a>),
    Linked(String),
}

/// How the parts lie to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Picture, words and button in a row.
    Row,
    /// The picture beside the words.
    Beside,
    /// The picture above the words.
    Above,
}

impl Shape {
    fn of(size: Size) -> Self {
        match f64::from(size.width) / f64::from(size.height) {
            wide if wide >= 2.4 => Shape::Row,
            wide if wide >= 1.4 => Shape::Beside,
            _ => Shape::Above,
        }
    }
}

/// Lays a banner out.
pub fn draw<'a>(content: &Content, picture: Option<Picture<'a>>, size: Size) -> Drawing<'a> {
    let linked = || content.image_url.clone().map(Shown::Linked);
    let shown = picture.map(Shown::Embedded).or_else(linked);
    let palette = content.palette();
    let whole = Rect { x: 0.0, y: 0.0, width: size.width.into(), height: size.height.into() };
    let (panel, rest) = if shown.is_some() { panel(size, whole) } else { (whole.split_left(0.0).0, whole) };
    let mut drawing = Drawing {
        size,
        palette,
        panel: shown.map(|shown| (panel, shown)),
        button: None,
        texts: Vec::new(),
        title: content.headline.clone(),
        description: content.description(),
        language: language(content.locale.as_deref()).to_owned(),
    };
    let margin = (whole.width.min(whole.height) * 0.08).clamp(5.0, 48.0);
    let column = match Shape::of(size) {
        Shape::Row => drawing.button_right(content, rest.inset(margin), margin),
        _ => drawing.button_below(content, rest.inset(margin), margin),
    };
    drawing.words(content, column);
    if drawing.button.is_some() {
        // The button is read last.
        drawing.texts.rotate_left(1);
    }
    drawing
}

fn panel(size: Size, whole: Rect) -> (Rect, Rect) {
    match Shape::of(size) {
        Shape::Row => whole.split_left((whole.height * 1.25).min(whole.width * 0.3)),
        Shape::Beside => whole.split_left(whole.width * 0.45),
        Shape::Above => whole.split_top((whole.height * 0.4).min(whole.width)),
    }
}

impl Drawing<'_> {
    /// The button at the right end of a row; gives the column that is left.
    fn button_right(&mut self, content: &Content, room: Rect, margin: f64) -> Rect {
        let size = (room.height * 0.2).clamp(SMALLEST, 24.0);
        let Some((width, height)) = button_size(&content.call, size, (room.width * 0.4, room.height)) else {
            return room;
        };
        let x = room.x + room.width - width;
        let y = room.y + (room.height - height) / 2.0;
        self.button(content, Rect { x, y, width, height }, size);
        Rect { width: room.width - width - margin, ..room }
    }

    /// The button below a column; gives what is left of it.
    fn button_below(&mut self, content: &Content, room: Rect, margin: f64) -> Rect {
        let size = (f64::from(self.size.width.min(self.size.height)) * 0.052).clamp(11.0, 28.0);
        let Some((width, height)) = button_size(&content.call, size, (room.width, room.height * 0.35)) else {
            return room;
        };
        let y = room.y + room.height - height;
        self.button(content, Rect { x: room.x, y, width, height }, size);
        Rect { height: room.height - height - margin * 0.7, ..room }
    }

    fn button(&mut self, content: &Content, area: Rect, size: f64) {
        self.button = Some(area);
        let height = size * LEADING;
        let text = Rect { y: area.y + (area.height - height) / 2.0, height, ..area };
        let line = vec![content.call.clone()];
        let palette = self.palette;
        self.text(text, line, Weight::Bold, size, (palette.on_accent, palette.accent));
        if let Some(text) = self.texts.last_mut() {
            text.is_centred = true;
        }
    }

    /// Brand, headline, name and price below each other, in the middle of their column.
    fn words(&mut self, content: &Content, column: Rect) {
        let short = f64::from(self.size.width.min(self.size.height));
        let is_row = Shape::of(self.size) == Shape::Row;
        let price_size =
            if is_row { column.height * 0.27 } else { (short * 0.085).min(column.height * 0.24) }
                .clamp(12.0, 54.0);
        let prices = content.prices().and_then(|prices| Prices::fit(prices, column.width, price_size));
        let price_height = prices.as_ref().map_or(0.0, |p| p.size * LEADING);
        let small = (price_size * 0.66).clamp(SMALLEST, 24.0);
        let small_height = small * LEADING;

        // What is small only where there is room for the rest.
        let has_room = column.height - price_height > 4.0 * small_height + 24.0;
        let one_line = |text: &Option<String>| {
            let text = text.as_deref().filter(|text| has_room && !says(&content.headline, text))?;
            fit::fit(text, Weight::Regular, (column.width, small_height + 0.1), small)
        };
        let (brand, name) = (one_line(&content.brand), one_line(&content.name));
        let taken =
            price_height + [&brand, &name].iter().filter_map(|l| Some(l.as_ref()?.height())).sum::<f64>();
        let gap = if has_room { small * 0.4 } else { 0.0 };
        let gaps = gap * 3.0;
        let largest = if is_row { column.height * 0.42 } else { short * 0.14 }.clamp(12.0, 88.0);
        let room = (column.width, column.height - taken - gaps);
        let headline = fit::fit(&content.headline, Weight::Bold, room, largest);

        let used = taken + gaps + headline.as_ref().map_or(0.0, fit::Lines::height);
        let mut y = column.y + (column.height - used).max(0.0) / 2.0;
        let Palette { ink, quiet, background, .. } = self.palette;
        let stack =
            [(brand, Weight::Regular, quiet), (headline, Weight::Bold, ink), (name, Weight::Regular, ink)];
        for (lines, weight, colour) in stack {
            let Some(lines) = lines.filter(|l| !l.lines.is_empty()) else { continue };
            let height = lines.height();
            let area = Rect { y, height, ..column };
            self.text(area, lines.lines, weight, lines.size, (colour, background));
            y += height + gap;
        }
        if let Some(prices) = prices {
            self.prices(prices, Rect { y, height: price_height, ..column });
        }
    }

    fn prices(&mut self, prices: Prices, area: Rect) {
        let Palette { ink, quiet, background, .. } = self.palette;
        let (now, rest) = area.split_left(prices.now_width);
        self.text(now, vec![prices.now], Weight::Bold, prices.size, (ink, background));
        let Some(old) = prices.old else { return };
        let size = prices.size * OLD;
        // On one base line.
        let (x, y) = (rest.x + prices.size * 0.4, rest.y + (prices.size - size) * ASCENT);
        let area = Rect { x, y, width: font::width(&old, Weight::Regular, size), height: size * LEADING };
        self.text(area, vec![old], Weight::Regular, size, (quiet, background));
        if let Some(text) = self.texts.last_mut() {
            text.is_struck = true;
        }
    }

    fn text(
        &mut self,
        area: Rect,
        lines: Vec<String>,
        weight: Weight,
        size: f64,
        (ink, on): (Colour, Colour),
    ) {
        let text = Text { area, lines, weight, size, ink, on, is_struck: false, is_centred: false };
        self.texts.push(text);
    }
}

/// The size of the price before, by that of the price.
const OLD: f64 = 0.76;

/// Both prices in one line; the one before is left out where there is no room for it, and neither is ever cut.
struct Prices {
    now: String,
    now_width: f64,
    old: Option<String>,
    size: f64,
}

impl Prices {
    fn fit((now, old): (String, Option<String>), width: f64, largest: f64) -> Option<Self> {
        let now_width = |size| font::width(&now, Weight::Bold, size) + 0.01;
        let old_width = |size| {
            old.as_ref().map_or(0.0, |old| font::width(old, Weight::Regular, size * OLD) + size * 0.41)
        };
        let sizes = || (0..16).map(|step| largest * 0.94f64.powi(step)).filter(|size| *size >= SMALLEST);
        // The old price in letters that can be read, too.
        let both = sizes()
            .filter(|size| size * OLD >= SMALLEST * 0.9)
            .find(|size| now_width(*size) + old_width(*size) <= width);
        let size = both.or_else(|| sizes().find(|size| now_width(*size) <= width))?;
        let now_width = now_width(size);
        Some(Prices { now, now_width, old: old.filter(|_| both.is_some()), size })
    }
}

fn button_size(call: &str, size: f64, most: (f64, f64)) -> Option<(f64, f64)> {
    let width = font::width(call, Weight::Bold, size) + size * 1.8;
    let height = (size * 2.3).min(most.1);
    (!call.is_empty() && width <= most.0 && height >= size * LEADING).then_some((width, height))
}

/// Whether the headline names it already.
fn says(headline: &str, name: &str) -> bool {
    headline.to_lowercase().contains(&name.to_lowercase())
}

impl Drawing<'_> {
    /// The banner as a document that needs nothing but a linked picture.
    pub fn svg(&self) -> String {
        let Size { width, height } = self.size;
        let words = format!("{}{}", self.title, self.description);
        let id = format!("banner-{:x}", xxh3_64(words.as_bytes()));
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" xml:lang=\"{}\"><title id=\"{id}-title\">{}</title>\
             <desc id=\"{id}-desc\">{}</desc><rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>",
            self.language,
            escape(&self.title),
            escape(&self.description),
            self.palette.background.hex(),
        );
        if let Some((area, shown)) = &self.panel {
            svg += &picture(*area, shown);
        }
        if let Some(area) = self.button {
            let radius = rounded(area.height * 0.18);
            svg += &format!("<rect {} rx=\"{radius}\" fill=\"{}\"/>", place(area), self.palette.accent.hex());
        }
        svg += &format!("<g font-family=\"'{FAMILY}','Helvetica Neue',Arial,sans-serif\">");
        self.texts.iter().for_each(|text| svg += &lines(text));
        svg += "</g></svg>";
        svg
    }
}

/// On white, as pictures of products mostly are. One that has about the form of its panel fills it, another is shown whole.
fn picture(area: Rect, shown: &Shown) -> String {
    let (href, fills) = match shown {
        Shown::Embedded(picture) => {
            let form = (picture.width as f64 / picture.height as f64) / (area.width / area.height);
            (picture.data_uri(), (0.7..=1.4).contains(&form))
        }
        Shown::Linked(url) => (escape(url), false),
    };
    let fit = if fills { "slice" } else { "meet" };
    format!(
        "<svg {0}><rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\
         <image width=\"100%\" height=\"100%\" preserveAspectRatio=\"xMidYMid {fit}\" href=\"{href}\"/></svg>",
        place(area)
    )
}

fn lines(text: &Text) -> String {
    let mut svg = String::new();
    for (number, line) in text.lines.iter().enumerate() {
        let width = font::width(line, text.weight, text.size);
        let x = if text.is_centred { text.area.x + (text.area.width - width) / 2.0 } else { text.area.x };
        let y = text.area.y + text.size * (ASCENT + LEADING * number as f64);
        let struck = if text.is_struck { " text-decoration=\"line-through\"" } else { "" };
        svg += &format!(
            "<text x=\"{}\" y=\"{}\" font-size=\"{}\" font-weight=\"{}\" fill=\"{}\" textLength=\"{}\" \
             lengthAdjust=\"spacingAndGlyphs\"{struck}>{}</text>",
            rounded(x),
            rounded(y),
            rounded(text.size),
            text.weight.number(),
            text.ink.hex(),
            rounded(width),
            escape(line),
        );
    }
    svg
}

fn place(area: Rect) -> String {
    let Rect { x, y, width, height } = area;
    format!(
        "x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
        rounded(x),
        rounded(y),
        rounded(width),
        rounded(height)
    )
}

/// No screen shows more than hundredths of a pixel.
fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

#[cfg(test)]
#[path = "banner_tests.rs"]
mod tests;
