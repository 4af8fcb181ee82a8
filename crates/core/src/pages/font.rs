//! The one font of banners, Noto Sans (SIL Open Font License), and how wide text is in it.

use std::sync::OnceLock;

use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider};

pub const FAMILY: &str = "Noto Sans";

/// Share of the size above and below the base line that letters reach, marks on capitals included.
pub const ASCENT: f64 = 0.98;
pub const DESCENT: f64 = 0.27;

/// What a character that the font lacks is taken for: as wide as high, like the ideographs of whatever font shows it.
const UNKNOWN_WIDTH: f64 = 1.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    Regular,
    Bold,
}

impl Weight {
    pub const fn bytes(self) -> &'static [u8] {
        match self {
            Weight::Regular => notosans::REGULAR_TTF,
            Weight::Bold => notosans::BOLD_TTF,
        }
    }

    /// As CSS has it.
    pub const fn number(self) -> u16 {
        match self {
            Weight::Regular => 400,
            Weight::Bold => 700,
        }
    }
}

struct Face {
    glyphs: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units: f64,
}

fn face(weight: Weight) -> Option<&'static Face> {
    static FACES: [OnceLock<Option<Face>>; 2] = [const { OnceLock::new() }; 2];
    let read = || {
        let font = FontRef::new(weight.bytes()).ok()?;
        let metrics = font.glyph_metrics(Size::unscaled(), LocationRef::default());
        let units = f64::from(font.metrics(Size::unscaled(), LocationRef::default()).units_per_em);
        Some(Face { glyphs: font.charmap(), metrics, units })
    };
    FACES[weight as usize].get_or_init(read).as_ref()
}

/// The width of a line of text in pixels at a size in pixels: the sum of its advances, without kerning.
pub fn width(text: &str, weight: Weight, size: f64) -> f64 {
    text.chars().map(|c| advance(c, weight)).sum::<f64>() * size
}

fn advance(c: char, weight: Weight) -> f64 {
    let known = face(weight).and_then(|face| {
        let glyph = face.glyphs.map(c)?;
        Some(f64::from(face.metrics.advance_width(glyph)?) / face.units)
    });
    known.unwrap_or(UNKNOWN_WIDTH)
}

/// The first character that the font cannot draw.
pub fn unknown(text: &str) -> Option<char> {
    let is_known = |c: char| face(Weight::Regular).is_some_and(|face| face.glyphs.map(c).is_some());
    text.chars().find(|c| !is_known(*c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_font() {
        // hmtx of Noto Sans: space 260, i 258, W 930 of 1000 units
        assert!((width(" ", Weight::Regular, 1000.0) - 260.0).abs() < 1.0);
        assert!((width("iW", Weight::Regular, 10.0) - (2.58 + 9.30)).abs() < 0.1);
        assert!(width("Lamp", Weight::Bold, 16.0) > width("Lamp", Weight::Regular, 16.0));
    }

    #[test]
    fn scripts_of_europe_are_known() {
        assert_eq!(unknown("Größe Ελληνικά Кириллица łódź ¿ñ? €£¥ …’"), None);
        assert_eq!(unknown("a 日"), Some('日'));
    }
}
