//! Pages: what a customer sees besides plain text.
//!
//! In: texts of the generation stage and rows of the catalog. Out: banners as SVG and PNG. Nothing here writes words about
//! a product: what is shown is given, fitted, coloured and escaped.

pub mod banner;
pub mod colour;
pub mod fit;
pub mod font;
pub mod markup;
pub mod picture;
pub mod png;
pub mod size;
