//! Pages: what a customer sees besides plain text.
//!
//! In: texts of the generation stage, rows of the catalog and what a profile knows of a customer. Out: banners as SVG and
//! PNG, pages as a layout and as HTML. Nothing here writes words about a product: what is shown is given, chosen, fitted,
//! coloured and escaped.

pub mod banner;
pub mod colour;
pub mod fit;
pub mod font;
pub mod html;
pub mod layout;
pub mod markup;
pub mod picture;
pub mod png;
pub mod size;
