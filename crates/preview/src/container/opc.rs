//! Parts and how they point at each other (ECMA-376 part 2).

use std::collections::HashMap;

use super::tree::Tree;
use super::xml::{Ns, Xml};
use super::zip::Zip;
use crate::error::{PreviewError, Result};

/// Where a part points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Relation {
    /// The last word of its type: `image`, `hyperlink`, `slideLayout`.
    pub(crate) kind: String,
    /// The name of a part, or, outside the document, what is written there.
    pub(crate) target: String,
    pub(crate) external: bool,
}

/// A part's relationships, by their ids.
#[derive(Clone, Debug, Default)]
pub(crate) struct Relations(HashMap<String, Relation>);

impl Relations {
    pub(crate) fn get(&self, id: &str) -> Option<&Relation> {
        self.0.get(id)
    }

    /// The name of the part inside the document that `id` points to.
    pub(crate) fn part(&self, id: &str) -> Option<&str> {
        self.get(id).filter(|relation| !relation.external).map(|relation| relation.target.as_str())
    }

    /// The part inside the document of this kind; where there are several, the first by its id.
    pub(crate) fn of_kind(&self, kind: &str) -> Option<&str> {
        let mut all: Vec<_> =
            self.0.iter().filter(|(_, relation)| relation.kind == kind && !relation.external).collect();
        all.sort_by_key(|(id, _)| (id.len(), id.as_str()));
        all.first().map(|(_, relation)| relation.target.as_str())
    }

    /// All of them, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Relation)> {
        self.0.iter().map(|(id, relation)| (id.as_str(), relation))
    }
}

/// A document of parts.
pub(crate) struct Package<'a> {
    pub(crate) zip: Zip<'a>,
}

impl<'a> Package<'a> {
    pub(crate) const fn new(zip: Zip<'a>) -> Self {
        Self { zip }
    }

    /// The part that everything begins with.
    pub(crate) fn main(&self) -> Result<String> {
        let main = self.relations("")?.of_kind("officeDocument").map(str::to_owned);
        main.filter(|name| self.zip.has(name)).ok_or_else(|| PreviewError::malformed("no main part"))
    }

    /// The relationships of a part; of the document itself where `part` is empty.
    pub(crate) fn relations(&self, part: &str) -> Result<Relations> {
        let (folder, name) = part.rsplit_once('/').unwrap_or(("", part));
        let file = if folder.is_empty() {
            format!("_rels/{name}.rels")
        } else {
            format!("{folder}/_rels/{name}.rels")
        };
        let Some(tree) = self.tree(&file)? else { return Ok(Relations::default()) };
        let mut relations = HashMap::new();
        for node in tree.root().iter().flat_map(|root| root.all(Ns::Rels, "Relationship")) {
            let (Some(id), Some(target)) = (node.attribute("Id"), node.attribute("Target")) else { continue };
            let external =
                node.attribute("TargetMode").is_some_and(|mode| mode.eq_ignore_ascii_case("external"));
            let kind =
                node.attribute("Type").unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned();
            let target = if external { target.to_owned() } else { resolve(folder, target) };
            relations.insert(id.to_owned(), Relation { kind, target, external });
        }
        Ok(Relations(relations))
    }

    /// A part as a stream of XML; none where there is no such part.
    pub(crate) fn xml(&self, part: &str) -> Result<Option<Xml<'a>>> {
        Ok(self.zip.stream(part)?.map(Xml::new))
    }

    /// A part as a tree; none where there is no such part.
    pub(crate) fn tree(&self, part: &str) -> Result<Option<Tree>> {
        let xml = self.xml(part)?;
        xml.map(|xml| Tree::whole(xml, self.zip.limits().depth)).transpose()
    }
}

/// The name of the part that `target` names from inside `folder`.
fn resolve(folder: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let target = target.split(['#', '?']).next().unwrap_or_default();
    let mut path: Vec<&str> = if target.starts_with('/') {
        Vec::new()
    } else {
        folder.split('/').filter(|name| !name.is_empty()).collect()
    };
    for name in target.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(path.pop()),
            name => path.push(name),
        }
    }
    unescape(&path.join("/"))
}

/// Undoes `%20`.
fn unescape(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(at) {
        let code = (*byte == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_resolved_inside_the_document() {
        for (folder, target, expected) in [
            ("word", "media/a.png", "word/media/a.png"),
            ("ppt/slides", "../slideLayouts/l1.xml", "ppt/slideLayouts/l1.xml"),
            ("word", "/word/a%20b.xml", "word/a b.xml"),
            ("word", "..\\..\\..\\x.xml", "x.xml"),
            ("", "xl/workbook.xml#a", "xl/workbook.xml"),
        ] {
            assert_eq!(resolve(folder, target), expected);
        }
    }
}
