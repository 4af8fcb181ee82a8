//! Colours, and whether what is written in one can be read on another (WCAG 2.2, success criteria 1.4.3 and 1.4.11).

use std::str::FromStr;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour {
    pub red: u8,
    pub green: u8,
    pub blue: u8,
}

/// The least contrast of text, as AA asks.
pub const TEXT: f64 = 4.5;
/// Of large text (24 px, or 18.66 px and bold), and of a button against what is around it.
pub const LARGE: f64 = 3.0;

impl Colour {
    pub const BLACK: Colour = Colour::new(0, 0, 0);
    pub const WHITE: Colour = Colour::new(255, 255, 255);

    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Colour { red, green, blue }
    }

    /// `#1f3a5f`, `rgb(31, 58, 95)` or a name of CSS in any case; nothing for another word or what can be seen through.
    pub fn read(text: &str) -> Option<Self> {
        let colour = svgtypes::Color::from_str(text.trim().to_ascii_lowercase().as_str()).ok()?;
        (colour.alpha == 255).then(|| Colour::new(colour.red, colour.green, colour.blue))
    }

    /// `#1f3a5f`
    pub fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }

    /// This colour with a share of another, 0 to 1.
    pub fn mix(self, other: Colour, share: f64) -> Colour {
        let part = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
        Colour::new(part(self.red, other.red), part(self.green, other.green), part(self.blue, other.blue))
    }

    /// Relative luminance, 0 (black) to 1 (white).
    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }
}

/// 1 (the same) to 21 (black on white).
pub fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (one.luminance(), other.luminance());
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The colour next to `wanted`, on its way to black or white, that has this contrast with `background`. There is one for
/// ratios up to 4.58, which black or white have with whatever colour.
pub fn readable(wanted: Colour, background: Colour, ratio: f64) -> Colour {
    const STEPS: u32 = 32;
    let to_black = contrast(Colour::BLACK, background) >= contrast(Colour::WHITE, background);
    let end = if to_black { Colour::BLACK } else { Colour::WHITE };
    (0..STEPS)
        .map(|step| wanted.mix(end, f64::from(step) / f64::from(STEPS)))
        .find(|colour| contrast(*colour, background) >= ratio)
        .unwrap_or(end)
}

/// The colours of one banner or page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    pub background: Colour,
    /// Of what is read first.
    pub ink: Colour,
    /// Of what is read last.
    pub quiet: Colour,
    /// Of buttons.
    pub accent: Colour,
    /// Of text on them.
    pub on_accent: Colour,
}

const INK: Colour = Colour::new(0x1c, 0x1b, 0x1a);
const ACCENT: Colour = Colour::new(0x1f, 0x3a, 0x5f);
const PAPER: Colour = Colour::new(0xf6, 0xf4, 0xf0);

impl Palette {
    /// The brand's colours where it has any, else a tint of the product's, mended until all that is written can be read.
    pub fn new(background: Option<Colour>, accent: Option<Colour>, product: Option<Colour>) -> Self {
        let tint = product.map(|colour| colour.mix(Colour::WHITE, 0.88));
        let background = background.or(tint).unwrap_or(PAPER);
        let accent = readable(accent.or(product).unwrap_or(ACCENT), background, LARGE);
        let is_dark = contrast(Colour::WHITE, background) > contrast(Colour::BLACK, background);
        let ink = readable(if is_dark { PAPER } else { INK }, background, TEXT);
        Palette {
            background,
            ink,
            quiet: readable(ink.mix(background, 0.35), background, TEXT),
            accent,
            on_accent: readable(Colour::WHITE, accent, TEXT),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn colours() -> impl Strategy<Value = Colour> {
        any::<(u8, u8, u8)>().prop_map(|(r, g, b)| Colour::new(r, g, b))
    }

    #[test]
    fn contrast_is_as_wcag_gives_it() {
        assert!((contrast(Colour::BLACK, Colour::WHITE) - 21.0).abs() < 1e-9);
        // The usual example: #767676 is the lightest grey that can be read on white.
        assert!(contrast(Colour::read("#767676").unwrap(), Colour::WHITE) >= TEXT);
        assert!(contrast(Colour::read("#777777").unwrap(), Colour::WHITE) < TEXT);
    }

    #[test]
    fn colours_are_hex_or_names() {
        assert_eq!(Colour::read("Navy").unwrap().hex(), "#000080");
        assert_eq!(Colour::read("#ABC").unwrap().hex(), "#aabbcc");
        for bad in ["", "Midnight Dream", "url(#x)", "transparent", "rgba(0,0,0,.5)", "\"/><script>"] {
            assert_eq!(Colour::read(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_colours_all_can_be_read(
            background in proptest::option::of(colours()),
            accent in proptest::option::of(colours()),
            product in proptest::option::of(colours()),
        ) {
            let p = Palette::new(background, accent, product);
            prop_assert!(contrast(p.ink, p.background) >= TEXT);
            prop_assert!(contrast(p.quiet, p.background) >= TEXT);
            prop_assert!(contrast(p.on_accent, p.accent) >= TEXT);
            prop_assert!(contrast(p.accent, p.background) >= LARGE);
            prop_assert!(background.is_none_or(|b| b == p.background), "a brand keeps its background");
        }

        #[test]
        fn a_colour_that_can_be_read_stays(wanted in colours(), background in colours()) {
            let mended = readable(wanted, background, TEXT);
            prop_assert!(contrast(mended, background) >= TEXT);
            prop_assert_eq!(mended == wanted, contrast(wanted, background) >= TEXT);
        }
    }
}
