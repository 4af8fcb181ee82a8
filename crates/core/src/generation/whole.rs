//! A text of several parts: how its parts make one text, and how that text comes apart again.
//!
//! Each line of the text is a part, and an outline says which: `{"headline": 0, "sections": [{"heading": 1, "text": 2}]}`.
//! What is read by parts is so always the text that was judged, with its disclosures and in a reviewer's words.

use serde_json::{Map, Value, json};

use super::kind::Kind;

/// One line of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub text: String,
    pub draft: String,
    /// Whole sentences, behind which another can stand; no headline and no button.
    pub is_prose: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Whole {
    pub lines: Vec<Line>,
    pub outline: Value,
}

/// The outline of a text without parts.
pub fn outline_of(kind: &str) -> Value {
    json!({ kind: 0 })
}

impl Whole {
    pub fn of_one(kind: &str, line: Line) -> Self {
        Whole { lines: vec![line], outline: outline_of(kind) }
    }

    /// Parts that run on in one line are one text; parts of the same name are a list.
    pub fn join(kind: &Kind, parts: Vec<(String, Whole)>) -> Self {
        if kind.joiner == " " {
            let lines: Vec<Line> = parts.into_iter().flat_map(|(_, part)| part.lines).collect();
            let run_on = |of: fn(&Line) -> &str| lines.iter().map(of).collect::<Vec<_>>().join(" ");
            let is_prose = lines.last().is_some_and(|line| line.is_prose);
            let line = Line { text: run_on(|l| &l.text), draft: run_on(|l| &l.draft), is_prose };
            return Whole::of_one(&kind.kind, line);
        }
        let (mut lines, mut outline) = (Vec::new(), Map::new());
        for (name, part) in parts {
            let value = shifted(flat(part.outline), lines.len());
            let is_list = kind.parts.iter().filter(|p| p.name == name).count() > 1;
            match outline.get_mut(&name) {
                Some(Value::Array(list)) if is_list => list.push(value),
                _ if is_list => drop(outline.insert(name, json!([value]))),
                _ => drop(outline.insert(name, value)),
            }
            lines.extend(part.lines);
        }
        Whole { lines, outline: Value::Object(outline) }
    }

    pub fn text(&self) -> String {
        joined(self.lines.iter().map(|line| line.text.as_str()))
    }

    pub fn draft(&self) -> String {
        joined(self.lines.iter().map(|line| line.draft.as_str()))
    }

    /// Any text of these lines with `sentences` behind its last line of prose, where who reads it by its parts finds them.
    pub fn disclosed(&self, text: &str, sentences: &[&str]) -> String {
        let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        let at =
            self.lines.iter().rposition(|line| line.is_prose).unwrap_or(self.lines.len().saturating_sub(1));
        if let Some(line) = lines.get_mut(at) {
            *line = followed_by(line, sentences);
        }
        lines.join("\n")
    }
}

/// The text with `sentences` behind it, each after a full stop.
pub fn followed_by(text: &str, sentences: &[&str]) -> String {
    sentences.iter().fold(text.to_owned(), |text, sentence| {
        let stop = if text.ends_with(['.', '!', '?']) { " " } else { ". " };
        format!("{text}{stop}{sentence}")
    })
}

/// How many lines the outline has.
pub fn lines_of(outline: &Value) -> usize {
    match outline {
        Value::Array(items) => items.iter().map(lines_of).sum(),
        Value::Object(object) => object.values().map(lines_of).sum(),
        _ => 1,
    }
}

/// The text by its parts; nothing where it has other lines than the outline.
pub fn content(outline: &Value, text: &str) -> Option<Value> {
    let count = lines_of(outline);
    let lines: Vec<&str> = if count == 1 { vec![text] } else { text.split('\n').collect() };
    let is_whole = lines.len() == count && lines.iter().all(|line| !line.trim().is_empty());
    is_whole.then(|| filled(outline, &lines))
}

fn filled(outline: &Value, lines: &[&str]) -> Value {
    match outline {
        Value::Array(items) => items.iter().map(|item| filled(item, lines)).collect(),
        Value::Object(object) => {
            object.iter().map(|(name, item)| (name.clone(), filled(item, lines))).collect()
        }
        leaf => leaf.as_u64().and_then(|at| lines.get(usize::try_from(at).ok()?)).copied().into(),
    }
}

fn shifted(outline: Value, by: usize) -> Value {
    match outline {
        Value::Array(items) => items.into_iter().map(|item| shifted(item, by)).collect(),
        Value::Object(object) => object.into_iter().map(|(name, item)| (name, shifted(item, by))).collect(),
        leaf => leaf.as_u64().map(|at| at + by as u64).into(),
    }
}

/// A part of one line is that line.
fn flat(outline: Value) -> Value {
    match outline {
        Value::Object(object) if object.len() == 1 => {
            object.into_iter().next().map(|(_, only)| only).unwrap_or_default()
        }
        other => other,
    }
}

/// A part has no lines of its own.
fn joined<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.map(|line| line.replace('\n', " ")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generation::kind::Part;

    fn kind(name: &str, joiner: &str, parts: &[&str]) -> Kind {
        let part = |name: &&str| Part {
            name: (*name).to_owned(),
            kind: "x".into(),
            optional: false,
            after_highlight: false,
        };
        Kind {
            kind: name.into(),
            joiner: joiner.into(),
            parts: parts.iter().map(part).collect(),
            ..serde_json::from_str(
                r#"{"kind": "x", "min_chars": 1, "max_chars": 99, "max_sentences": 9, "full_sentences": false, "required": [],
                    "candidates": 1, "max_tokens": 9, "temperature": 1, "top_p": 1, "templates": []}"#,
            )
            .unwrap()
        }
    }

    fn part(name: &str, text: &str, is_prose: bool) -> (String, Whole) {
        let line = Line { text: text.into(), draft: format!("draft of {text}"), is_prose };
        (name.into(), Whole::of_one("part", line))
    }

    fn page() -> Whole {
        let section = |heading: &str, text: &str| {
            let parts = vec![part("heading", heading, false), part("text", text, true)];
            ("sections".to_owned(), Whole::join(&kind("section", "\n", &["heading", "text"]), parts))
        };
        let body = Whole::join(
            &kind("body", " ", &["a", "b"]),
            vec![part("a", "One.", true), part("b", "Two.", true)],
        );
        let parts = vec![
            part("headline", "Hello", false),
            ("intro".into(), body),
            section("First", "A."),
            section("Second", "B."),
            part("button", "Go", false),
        ];
        Whole::join(&kind("page", "\n", &["headline", "intro", "sections", "sections", "button"]), parts)
    }

    #[test]
    fn a_text_comes_apart_as_it_was_put_together() {
        let page = page();
        assert_eq!(page.text(), "Hello\nOne. Two.\nFirst\nA.\nSecond\nB.\nGo");
        assert_eq!(
            page.draft().split('\n').next().zip(page.draft().lines().nth(1)),
            Some(("draft of Hello", "draft of One. draft of Two."))
        );
        assert_eq!(
            content(&page.outline, &page.text()),
            Some(json!({"headline": "Hello", "intro": "One. Two.", "button": "Go",
                        "sections": [{"heading": "First", "text": "A."}, {"heading": "Second", "text": "B."}]}))
        );
        assert_eq!(content(&outline_of("push"), "Hi.\nYou."), Some(json!({"push": "Hi.\nYou."})));
    }

    #[test]
    fn an_edit_has_the_lines_of_the_text() {
        let page = page();
        let edit = page.text().replace("One.", "1.");
        assert_eq!(content(&page.outline, &edit).unwrap()["intro"], "1. Two.");
        for other in [format!("{edit}\nmore"), edit.replace("\nFirst", ""), edit.replace("First", " ")] {
            assert_eq!(content(&page.outline, &other), None, "{other}");
        }
    }

    #[test]
    fn a_disclosure_stands_in_a_part_of_prose() {
        let page = page();
        let text = page.disclosed(&page.text(), &["Drink responsibly."]);
        assert_eq!(text, "Hello\nOne. Two.\nFirst\nA.\nSecond\nB. Drink responsibly.\nGo");
        assert_eq!(followed_by("A title", &["One.", "Two."]), "A title. One. Two.");
    }
}
