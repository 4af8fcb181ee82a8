//! Escaping: the only way text comes into markup.

/// For the content and the quoted attributes of XML and HTML alike. Characters that XML cannot hold are left out.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// A language of BCP 47 such as `en-GB`, as long as nothing else could be meant; else `en`.
pub fn language(text: Option<&str>) -> &str {
    let is_tag = |tag: &&str| {
        tag.len() <= 35
            && tag
                .split('-')
                .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
    };
    text.filter(is_tag).unwrap_or("en")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn markup_becomes_text() {
        assert_eq!(escape("</title><script>\"&'\u{0}\u{b}"), "&lt;/title&gt;&lt;script&gt;&quot;&amp;&#39;");
        assert_eq!(language(Some("de-AT")), "de-AT");
        assert_eq!(language(Some("en\" onload=\"")), "en");
    }

    proptest! {
        #[test]
        fn a_parser_reads_back_what_was_escaped(text in any::<String>()) {
            let document = format!("<a b=\"{0}\">{0}</a>", escape(&text));
            let parsed = roxmltree::Document::parse(&document).unwrap();
            let root = parsed.root_element();
            let readable: String = text.chars()
                .map(|c| if matches!(c, '\t' | '\n' | '\r') { ' ' } else { c })
                .filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}'))
                .collect();
            prop_assert_eq!(root.text().unwrap_or_default(), &readable);
            prop_assert_eq!(root.attribute("b").unwrap_or_default(), &readable);
            prop_assert_eq!(root.children().filter(roxmltree::Node::is_element).count(), 0);
        }
    }
}
