//! A page that was laid out, as HTML that stands alone: landmarks, one h1, no script, and nothing to fetch but linked pictures.

use serde::Deserialize;

use super::colour::{Colour, Palette};
use super::layout::Part;
use super::markup::{escape, language};

/// What `journey_page()` gives, with where pictures are found.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Page {
    pub title: String,
    pub locale: Option<String>,
    pub background: Option<String>,
    pub accent: Option<String>,
    /// What links to products say.
    pub call: Option<String>,
    pub blocks: Vec<Block>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Block {
    pub block: Part,
    pub heading: Option<String>,
    #[serde(default)]
    pub text: Option<String>,
    #[serde(default)]
    pub items: Vec<Item>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Item {
    pub name: String,
    pub brand: Option<String>,
    pub price: Option<String>,
    pub compare_at_price: Option<String>,
    pub rating: Option<String>,
    pub reviews: Option<u64>,
    pub url: Option<String>,
    pub image: Option<Image>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Image {
    /// A link, or the picture itself as a data URI.
    pub src: Option<String>,
    pub alt: String,
}

/// Scripts, frames and fetches of any other kind are refused by the browser, too.
const POLICY: &str = "default-src 'none'; img-src https: http: data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const STYLE: &str = "\
*{box-sizing:border-box}\
body{margin:0;background:var(--paper);color:var(--ink);font:1.0625rem/1.5 'Noto Sans',system-ui,'Helvetica Neue',Arial,sans-serif}\
main,header{max-width:72rem;margin:0 auto;padding:0 1.25rem}\
h1{font-size:clamp(1.6rem,1.2rem + 2vw,2.5rem);line-height:1.2;margin:1.5rem 0}\
h2{font-size:clamp(1.25rem,1.1rem + .8vw,1.6rem);line-height:1.25;margin:0 0 1rem}\
h3{font-size:1.0625rem;line-height:1.35;margin:0;overflow-wrap:anywhere}\
section{margin:0 0 2.75rem}\
p{margin:0;overflow-wrap:anywhere}\
.text{font-size:1.125rem;max-width:44rem;margin:0 0 1rem}\
.items{display:grid;gap:1rem;grid-template-columns:repeat(auto-fill,minmax(min(9.5rem,100%),1fr));list-style:none;margin:0;padding:0}\
.item{background:#fff;color:#1c1b1a;border-radius:.6rem;overflow:hidden;display:flex;flex-direction:column;border:1px solid rgba(0,0,0,.12);height:100%}\
.item img{display:block;width:100%;height:auto;aspect-ratio:4/3;object-fit:contain;background:#fff}\
.words{padding:1rem;display:flex;flex-direction:column;gap:.35rem}\
.quiet{color:#595755;font-size:.9375rem}\
.price{font-weight:700}\
.price s{font-weight:400;color:#595755;margin-left:.5rem}\
.call{display:inline-block;margin-top:.5rem;padding:.65rem .8rem;border-radius:.4rem;background:var(--accent);color:var(--on-accent);font-weight:700;text-decoration:none;align-self:flex-start}\
a{color:inherit}\
a:focus-visible{outline:3px solid var(--ink);outline-offset:3px}\
.skip{position:absolute;left:-99rem;top:0;background:#fff;color:#1c1b1a;padding:.6rem 1rem}\
.skip:focus{left:.5rem;top:.5rem}\
.hero .item{height:auto}\
.hero .items{grid-template-columns:1fr}\
.hero h3{font-size:1.35rem}\
.hero .price{font-size:1.35rem}\
@media (min-width:44rem){.call{padding:.65rem 1.25rem}.items{gap:1.25rem;grid-template-columns:repeat(auto-fill,minmax(13.5rem,1fr))}.hero .item{flex-direction:row}.hero .items{grid-template-columns:1fr}.hero .item img{width:50%;min-height:20rem}.hero .words{padding:2.25rem;justify-content:center;flex:1}}\
.offer .item{border:2px solid var(--accent)}\
.visually-hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}";

impl Page {
    /// HTML 5, in UTF-8.
    pub fn html(&self) -> String {
        let read = |colour: &Option<String>| colour.as_deref().and_then(Colour::read);
        let palette = Palette::new(read(&self.background), read(&self.accent), None);
        let title = escape(&self.title);
        let blocks: String =
            self.blocks.iter().enumerate().map(|(place, block)| self.block(place, block)).collect();
        format!(
            "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n<title>{title}</title>\n\
             <style>:root{{--paper:{};--ink:{};--accent:{};--on-accent:{}}}{STYLE}</style>\n</head>\n<body>\n\
             <a class=\"skip\" href=\"#main\">{}</a>\n<header><h1>{title}</h1></header>\n\
             <main id=\"main\" tabindex=\"-1\">\n{blocks}</main>\n</body>\n</html>\n",
            language(self.locale.as_deref()),
            palette.background.hex(),
            palette.ink.hex(),
            palette.accent.hex(),
            palette.on_accent.hex(),
            "Skip to content",
        )
    }

    fn block(&self, place: usize, block: &Block) -> String {
        let (label, heading) = match block.heading.as_deref().filter(|heading| !heading.is_empty()) {
            Some(heading) => {
                let id = format!("block-{place}");
                (format!(" aria-labelledby=\"{id}\""), format!("<h2 id=\"{id}\">{}</h2>\n", escape(heading)))
            }
            None => (String::new(), String::new()),
        };
        // Each line of a text of several parts is a paragraph.
        let lines = block.text.iter().flat_map(|text| text.lines());
        let text: String = lines.map(|line| format!("<p class=\"text\">{}</p>\n", escape(line))).collect();
        // The name of a product is one level below whatever is above it.
        let level = if heading.is_empty() { 2 } else { 3 };
        let items: String = block.items.iter().map(|item| self.item(item, block.block, level)).collect();
        let items = if items.is_empty() { items } else { format!("<ul class=\"items\">\n{items}</ul>\n") };
        let class = match block.block {
            Part::Hero => "hero",
            Part::Grid => "grid",
            Part::Copy => "copy",
            Part::Offer => "offer",
            Part::Proof => "proof",
        };
        format!("<section class=\"{class}\"{label}>\n{heading}{}{items}</section>\n", text)
    }

    fn item(&self, item: &Item, part: Part, level: u8) -> String {
        let name = escape(&item.name);
        let image = item.image.as_ref().filter(|_| part != Part::Proof).and_then(|image| {
            let src = escape(image.src.as_deref()?);
            // A picture inside the page is there already.
            let lazy = if part == Part::Hero || src.starts_with("data:") { "" } else { " loading=\"lazy\"" };
            Some(format!(
                "<img src=\"{src}\" alt=\"{}\" width=\"400\" height=\"300\"{lazy}>",
                escape(&image.alt)
            ))
        });
        let brand = item.brand.as_deref().map(|brand| format!("<p class=\"quiet\">{}</p>", escape(brand)));
        let rating = item.rating.as_ref().zip(item.reviews).map(|(rating, reviews)| {
            format!("<p class=\"quiet\">Rated {} of 5 in {reviews} reviews</p>", escape(rating))
        });
        let call = item.url.as_deref().zip(self.call.as_deref()).filter(|_| part != Part::Proof).map(
            |(url, call)| {
                let hidden = format!("<span class=\"visually-hidden\">: {name}</span>");
                format!("<a class=\"call\" href=\"{}\">{}{hidden}</a>", escape(url), escape(call))
            },
        );
        let price = item
            .price
            .as_deref()
            .filter(|_| part != Part::Proof)
            .map(|price| price_line(price, item.compare_at_price.as_deref()));
        format!(
            "<li><article class=\"item\">{}<div class=\"words\"><h{level}>{name}</h{level}>{}{}{}{}</div></article></li>\n",
            image.unwrap_or_default(),
            brand.unwrap_or_default(),
            price.unwrap_or_default(),
            rating.unwrap_or_default(),
            call.unwrap_or_default(),
        )
    }
}

/// Most screen readers do not tell that a price is struck through.
fn price_line(price: &str, old: Option<&str>) -> String {
    let old =
        old.map(|old| format!(" <s><span class=\"visually-hidden\">instead of </span>{}</s>", escape(old)));
    format!("<p class=\"price\">{}{}</p>", escape(price), old.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn page(title: &str, heading: Option<&str>, words: &str) -> Page {
        let item = Item {
            name: words.into(),
            brand: Some(words.into()),
            price: Some("$39".into()),
            compare_at_price: Some("$49".into()),
            rating: Some("4.5".into()),
            reviews: Some(12),
            url: Some(format!("https://shop.example/{words}")),
            image: Some(Image { src: Some(format!("https://shop.example/{words}.jpg")), alt: words.into() }),
        };
        let parts = [Part::Hero, Part::Offer, Part::Grid, Part::Copy, Part::Proof];
        let block = |block| Block {
            block,
            heading: heading.map(str::to_owned),
            text: Some(words.into()),
            items: if block == Part::Copy { vec![] } else { vec![item.clone()] },
        };
        Page {
            title: title.into(),
            call: Some("Shop now".into()),
            blocks: parts.map(block).into(),
            ..Page::default()
        }
    }

    /// The body by an XML parser, which HTML written with care satisfies, too.
    fn body(html: &str) -> String {
        let (from, to) = (html.find("<body>").unwrap(), html.find("</html>").unwrap());
        let void = regex::Regex::new(r"(<img [^>]*)>").unwrap();
        void.replace_all(&html[from..to], "$1/>").into_owned()
    }

    #[test]
    fn a_page_has_landmarks_one_h1_and_no_script() {
        let html = page("Home", Some("For you"), "Willow Desk Lamp").html();
        let body = body(&html);
        let document = roxmltree::Document::parse(&body).unwrap();
        let count = |name: &str| document.descendants().filter(|n| n.has_tag_name(name)).count();
        assert_eq!((count("h1"), count("main"), count("header"), count("script")), (1, 1, 1, 0));
        assert_eq!(
            document.descendants().filter(|n| n.has_tag_name("img") && n.attribute("alt").is_none()).count(),
            0
        );
        assert!(html.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
        assert!(html.contains("Rated 4.5 of 5 in 12 reviews"));
    }

    #[test]
    fn headings_skip_no_level() {
        let tag = regex::Regex::new(r"<h([1-6])").unwrap();
        for heading in [Some("For you"), None] {
            let html = page("Home", heading, "Lamp").html();
            let levels: Vec<u32> = tag.captures_iter(&html).map(|c| c[1].parse().unwrap()).collect();
            assert_eq!(levels[0], 1);
            assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_words_they_stay_words(title in any::<String>(), words in any::<String>(), heading in proptest::option::of(any::<String>())) {
            let html = page(&title, heading.as_deref(), &words).html();
            let body = body(&html);
            let document = roxmltree::Document::parse(&body).unwrap();
            let allowed = ["body", "a", "header", "h1", "main", "section", "h2", "h3", "p", "ul", "li", "article", "img", "div", "s", "span"];
            for node in document.descendants().filter(roxmltree::Node::is_element) {
                prop_assert!(allowed.contains(&node.tag_name().name()));
                prop_assert!(node.attributes().all(|a| !a.name().starts_with("on")));
            }
        }
    }
}
