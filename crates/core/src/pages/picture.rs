//! Pictures that shops keep in their tables: recognised by their first bytes and measured, not decoded.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use imagesize::ImageType;

use crate::kernel::{Code, Error, Result};

/// A picture of a few kilobytes may decode into gigabytes: what is larger than this is refused unread.
const MOST_PIXELS: usize = 16_000_000;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Picture<'a> {
    pub bytes: &'a [u8],
    /// `image/png`
    pub media_type: &'static str,
    /// Pixels.
    pub width: usize,
    pub height: usize,
}

impl<'a> Picture<'a> {
    /// # Errors
    /// `22023` for bytes that are no PNG, JPEG, GIF or WebP picture, `54000` for one of too many pixels.
    pub fn read(bytes: &'a [u8]) -> Result<Self> {
        let media_type = match imagesize::image_type(bytes) {
            Ok(ImageType::Png) => "image/png",
            Ok(ImageType::Jpeg) => "image/jpeg",
            Ok(ImageType::Gif) => "image/gif",
            Ok(ImageType::Webp) => "image/webp",
            _ => return Err(unknown(bytes)),
        };
        let size = imagesize::blob_size(bytes).map_err(|_| unknown(bytes))?;
        if size.width.saturating_mul(size.height) > MOST_PIXELS || size.width == 0 || size.height == 0 {
            let message = format!("a picture of {} x {} pixels", size.width, size.height);
            return Err(Error::new(Code::ProgramLimitExceeded, message).hint(format!(
                "Pictures of up to {MOST_PIXELS} pixels are shown; keep one of the size you need."
            )));
        }
        Ok(Picture { bytes, media_type, width: size.width, height: size.height })
    }

    /// The picture inside a document.
    pub fn data_uri(&self) -> String {
        format!("data:{};base64,{}", self.media_type, STANDARD.encode(self.bytes))
    }
}

fn unknown(bytes: &[u8]) -> Error {
    let begin: String = bytes.iter().take(8).map(|b| format!("{b:02x}")).collect();
    Error::invalid(format!("bytes that begin with \\x{begin} are no picture"))
        .hint("Keep PNG, JPEG, GIF or WebP in journey.product_images.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_told_by_their_bytes() {
        let gif = b"GIF89a\x03\x00\x02\x00\x80\x00\x00";
        let picture = Picture::read(gif).unwrap();
        assert_eq!((picture.media_type, picture.width, picture.height), ("image/gif", 3, 2));
        assert!(picture.data_uri().starts_with("data:image/gif;base64,R0lGODlhAwACA"));
    }

    #[test]
    fn what_is_no_picture_or_too_large_is_refused() {
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>";
        assert_eq!(Picture::read(svg).unwrap_err().code.sqlstate(), "22023");
        assert_eq!(Picture::read(b"").unwrap_err().message, "bytes that begin with \\x are no picture");
        let huge = b"GIF89a\xff\xff\xff\xff\x80\x00\x00";
        assert_eq!(Picture::read(huge).unwrap_err().code.sqlstate(), "54000");
    }
}
