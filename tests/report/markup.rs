//! A reader of well-formed markup, as strict as XML: what it reads, every browser reads alike.

/// An element with what is in it.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
    /// The text directly in it.
    pub(super) text: String,
}

impl Element {
    /// Every element of a name in it, in their order.
    pub(super) fn all(&self, name: &str) -> Vec<&Self> {
        let mut found: Vec<&Self> = Vec::new();
        for child in &self.children {
            if child.name == name {
                found.push(child);
            }
            found.extend(child.all(name));
        }
        found
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// All the text in it.
    pub(super) fn whole_text(&self) -> String {
        let inner = self.children.iter().map(Self::whole_text);
        std::iter::once(self.text.clone()).chain(inner).collect()
    }
}

/// The root of a document.
#[track_caller]
pub(super) fn read(text: &str) -> Element {
    let rest = text.strip_prefix("<!DOCTYPE html>\n").expect("a doctype");
    let mut open = vec![Element::default()];
    let mut rest = rest;
    while !rest.is_empty() {
        let (before, after) = rest.split_once('<').unwrap_or((rest, ""));
        let top = open.last_mut().expect("an element");
        // A style has text of its own kind, without markup.
        let is_style = top.name == "style";
        top.text.push_str(&if is_style {
            before.to_owned()
        } else {
            plain(before)
        });
        if after.is_empty() {
            break;
        }
        let (tag, after) = after.split_once('>').expect("the end of a tag");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            let closed = open.pop().expect("an open element");
            assert_eq!(closed.name, name, "closed in the wrong order");
            open.last_mut().expect("its parent").children.push(closed);
        } else {
            let (tag, is_empty) = match tag.strip_suffix('/') {
                Some(tag) => (tag.trim_end(), true),
                None => (tag, false),
            };
            let element = element(tag);
            if is_empty {
                open.last_mut().expect("its parent").children.push(element);
            } else {
                open.push(element);
            }
        }
    }
    let root = open.pop().expect("the root");
    assert!(open.is_empty(), "never closed: {}", root.name);
    root
}

#[track_caller]
fn element(tag: &str) -> Element {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    assert!(!name.is_empty() && name.chars().all(is_name), "<{tag}>");
    let mut attributes: Vec<(String, String)> = Vec::new();
    while !rest.trim().is_empty() {
        let (name, value) = rest.split_once("=\"").expect("a quoted value");
        let (value, after) = value.split_once('"').expect("the end of a value");
        let name = name.trim();
        assert!(name.chars().all(is_name), "<{tag}>");
        assert!(attributes.iter().all(|(known, _)| known != name), "<{tag}>");
        attributes.push((name.to_owned(), plain(value)));
        assert!(after.is_empty() || after.starts_with(' '), "<{tag}>");
        rest = after;
    }
    Element {
        name: name.to_owned(),
        attributes,
        ..Element::default()
    }
}

/// Text without its entities; none but these are known without a document type.
#[track_caller]
fn plain(text: &str) -> String {
    let mut parts = text.split('&');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (entity, rest) = part.split_once(';').expect("the end of an entity");
        let c = match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "#39" => '\'',
            _ => panic!("&{entity};"),
        };
        plain.push(c);
        plain.push_str(rest);
    }
    let is_allowed = |c: char| !c.is_control() || c == '\n';
    assert!(plain.chars().all(is_allowed), "{plain:?}");
    plain
}
