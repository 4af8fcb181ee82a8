//! How large a banner is.

use crate::kernel::{Code, Error, Result};

/// In pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub width: u16,
    pub height: u16,
}

/// Names of the Interactive Advertising Bureau, and the picture that social networks show for a link.
const NAMED: &[(&str, u16, u16)] = &[
    ("medium_rectangle", 300, 250),
    ("large_rectangle", 336, 280),
    ("leaderboard", 728, 90),
    ("super_leaderboard", 970, 90),
    ("billboard", 970, 250),
    ("half_page", 300, 600),
    ("skyscraper", 120, 600),
    ("wide_skyscraper", 160, 600),
    ("mobile_banner", 300, 50),
    ("mobile_leaderboard", 320, 50),
    ("large_mobile_banner", 320, 100),
    ("square", 250, 250),
    ("social", 1200, 628),
];

/// Below, no word has room; above, no screen shows it.
const WIDTHS: std::ops::RangeInclusive<u16> = 120..=2400;
const HEIGHTS: std::ops::RangeInclusive<u16> = 50..=2400;

impl Size {
    /// `728x90`, or a name.
    ///
    /// # Errors
    /// `22023` for what is neither, `54000` out of range.
    pub fn read(text: &str) -> Result<Size> {
        let wanted = text.trim().to_ascii_lowercase();
        if let Some(&(_, width, height)) = NAMED.iter().find(|(name, ..)| *name == wanted) {
            return Ok(Size { width, height });
        }
        let numbers = wanted.split_once(['x', '×']).map(|(width, height)| (whole(width), whole(height)));
        let Some((Some(width), Some(height))) = numbers else {
            let names: Vec<_> = NAMED.iter().map(|(name, ..)| *name).collect();
            let shown: String = text.chars().take(40).collect();
            return Err(Error::invalid(format!("size is \"{shown}\"")).hint(format!(
                "Give WIDTHxHEIGHT in pixels, such as 728x90, or one of {}.",
                names.join(", ")
            )));
        };
        match (u16::try_from(width), u16::try_from(height)) {
            (Ok(w), Ok(h)) if WIDTHS.contains(&w) && HEIGHTS.contains(&h) => Ok(Size { width: w, height: h }),
            _ => Err(Error::new(Code::ProgramLimitExceeded, format!("size is {width}x{height}")).hint(
                format!(
                    "Banners are {} to {} pixels wide and {} to {} high.",
                    WIDTHS.start(),
                    WIDTHS.end(),
                    HEIGHTS.start(),
                    HEIGHTS.end()
                ),
            )),
        }
    }
}

/// Digits only: `parse` would take a sign.
fn whole(text: &str) -> Option<u64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_names_or_pixels() {
        assert_eq!(Size::read("leaderboard").unwrap(), Size { width: 728, height: 90 });
        assert_eq!(Size::read(" 300X250 ").unwrap(), Size { width: 300, height: 250 });
        assert_eq!(Size::read("300×600").unwrap(), Size { width: 300, height: 600 });
    }

    #[test]
    fn every_name_is_in_range() {
        for (name, ..) in NAMED {
            let Size { width, height } = Size::read(name).unwrap();
            assert_eq!(Size::read(&format!("{width}x{height}")), Size::read(name));
        }
    }

    #[test]
    fn what_is_no_size_is_refused_with_its_value() {
        for (bad, state) in [
            ("", "22023"),
            ("big", "22023"),
            ("300", "22023"),
            ("300x", "22023"),
            ("+300x250", "22023"),
            ("-1x5", "22023"),
            ("99999999999999999999x5", "22023"),
            ("10x10", "54000"),
            ("70000x250", "54000"),
        ] {
            let error = Size::read(bad).unwrap_err();
            assert_eq!(error.code.sqlstate(), state, "{bad}");
            assert!(error.message.starts_with("size is "), "{}", error.message);
        }
    }
}
