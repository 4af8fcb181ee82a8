//! Banners as PNG, drawn by resvg. What it draws is our own drawing, and all it may read is inside: the fonts are given,
//! links are not followed, pictures are none but those that [`Picture`](super::picture::Picture) has let in.

use std::sync::{Arc, OnceLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::{Database, Source};
use resvg::usvg::{ImageHrefResolver, ImageKind, Options, Tree};

use super::banner::Drawing;
use super::font::{self, FAMILY, Weight};
use crate::kernel::{Code, Error, Result};

/// The drawing as PNG of its size, 8 bits a channel; without a picture that is linked.
///
/// # Errors
/// `0A000` for a character that the font lacks.
pub fn render(drawing: &Drawing) -> Result<Vec<u8>> {
    let shown = drawing.texts.iter().flat_map(|text| &text.lines);
    if let Some(unknown) = shown.filter_map(|line| font::unknown(line)).next() {
        let message = format!("the font {FAMILY} cannot draw \"{unknown}\"");
        return Err(Error::new(Code::FeatureNotSupported, message)
            .hint("It has the scripts of Europe; journey_banner() gives an SVG that browsers draw with fonts of theirs."));
    }
    let tree = Tree::from_str(&drawing.svg(), &options()).map_err(|e| broken(&e))?;
    let (width, height) = (u32::from(drawing.size.width), u32::from(drawing.size.height));
    let mut pixels = Pixmap::new(width, height).ok_or_else(|| broken(&"no room for its pixels"))?;
    resvg::render(&tree, Transform::identity(), &mut pixels.as_mut());
    pixels.encode_png().map_err(|e| broken(&e))
}

fn broken(why: &dyn std::fmt::Display) -> Error {
    Error::new(Code::SystemError, format!("the banner cannot be drawn: {why}"))
}

fn options() -> Options<'static> {
    let embedded = |media_type: &str, data: Arc<Vec<u8>>, _: &Options| match media_type {
        "image/png" => Some(ImageKind::PNG(data)),
        "image/jpeg" => Some(ImageKind::JPEG(data)),
        "image/gif" => Some(ImageKind::GIF(data)),
        "image/webp" => Some(ImageKind::WEBP(data)),
        _ => None,
    };
    Options {
        fontdb: fonts(),
        font_family: FAMILY.to_owned(),
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(embedded),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    }
}

fn fonts() -> Arc<Database> {
    static FONTS: OnceLock<Arc<Database>> = OnceLock::new();
    let load = || {
        let mut fonts = Database::new();
        for weight in [Weight::Regular, Weight::Bold] {
            fonts.load_font_source(Source::Binary(Arc::new(weight.bytes())));
        }
        Arc::new(fonts)
    };
    FONTS.get_or_init(load).clone()
}
