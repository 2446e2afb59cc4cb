//! Footnotes, endnotes and comments (ECMA-376 part 1 §17.11, §17.13.4).

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::parts::Warnings;
use super::settings::{NoteFormat, Settings};
use crate::container::opc::{Package, Relations};
use crate::container::tree::{Opening, Tree};
use crate::container::xml::{Ns, Token, Xml};
use crate::error::Result;
use crate::model::{Note, NoteKind};
use crate::numerals::numeral;

/// Notes of one part that are kept.
const NOTES: usize = 50_000;

/// The notes of a document: read when the first of their kind is referred to.
#[derive(Debug, Default)]
pub(super) struct Notes {
    sources: [Source; 3],
    /// Referred to, and not handed out yet.
    pub(super) pending: Vec<Note>,
    /// All that were referred to.
    count: u32,
    /// How far footnotes and endnotes have counted.
    reached: [Option<i64>; 2],
    /// What the present section says of them.
    formats: [NoteFormat; 2],
    comments: u32,
    /// Those whose content was shown already: further marks of them have none.
    shown: HashSet<(usize, i64)>,
}

#[derive(Debug, Default)]
struct Source {
    part: String,
    element: &'static str,
    notes: Option<HashMap<i64, Rc<Tree>>>,
    relations: Rc<Relations>,
}

/// The content of a note.
pub(super) struct Content {
    pub(super) tree: Option<Rc<Tree>>,
    /// Of the part it is in.
    pub(super) relations: Rc<Relations>,
}

const fn index(kind: NoteKind) -> usize {
    match kind {
        NoteKind::Footnote => 0,
        NoteKind::Endnote => 1,
        NoteKind::Comment => 2,
    }
}

impl Notes {
    pub(super) fn new(main: &str, relations: &Relations) -> Self {
        let folder = main.rsplit_once('/').map_or("", |(folder, _)| folder);
        let source = |kind: &str, element: &'static str| Source {
            part: relations.of_kind(kind).map_or_else(|| format!("{folder}/{kind}.xml"), str::to_owned),
            element,
            ..Source::default()
        };
        let sources =
            [source("footnotes", "footnote"), source("endnotes", "endnote"), source("comments", "comment")];
        Self { sources, ..Self::default() }
    }

    /// Another section begins: it may number notes in its own way.
    pub(super) fn begin_section(
        &mut self,
        settings: &Settings,
        footnotes: &NoteFormat,
        endnotes: &NoteFormat,
    ) {
        self.formats = [settings.footnotes.with(footnotes), settings.endnotes.with(endnotes)];
        for (reached, format) in self.reached.iter_mut().zip(&self.formats) {
            if format.begins_each_section() {
                *reached = None;
            }
        }
    }

    /// The next note's index among all.
    pub(super) fn next_id(&mut self) -> u32 {
        self.count = self.count.saturating_add(1);
        self.count - 1
    }

    /// The next label of a kind, as displayed; comments have their author's initials in it.
    pub(super) fn next_label(&mut self, kind: NoteKind, initials: &str) -> String {
        let (at, usual) = match kind {
            NoteKind::Footnote => (0, "decimal"),
            NoteKind::Endnote => (1, "lowerRoman"),
            NoteKind::Comment => {
                self.comments = self.comments.saturating_add(1);
                return format!("[{initials}{}]", self.comments);
            }
        };
        let format = &self.formats[at];
        let number = self.reached[at].map_or_else(|| format.start(), |reached| reached.saturating_add(1));
        self.reached[at] = Some(number);
        numeral(number, format.format(usual))
    }

    /// What is in a note, the first time that it is asked for.
    pub(super) fn content(
        &mut self,
        kind: NoteKind,
        id: i64,
        package: &Package<'_>,
        warnings: &mut Warnings,
    ) -> Result<Content> {
        let source = &mut self.sources[index(kind)];
        if source.notes.is_none() {
            source.relations =
                Rc::new(warnings.keep(package.relations(&source.part).map(Some))?.unwrap_or_default());
            let xml = warnings.keep(package.xml(&source.part))?;
            let depth = package.zip.limits().depth;
            let notes = xml.map(|xml| Ok(Some(read_notes(xml, source.element, depth)?)));
            source.notes = notes
                .and_then(|notes| warnings.keep(notes).transpose())
                .transpose()?
                .or(Some(HashMap::new()));
        }
        let first = self.shown.insert((index(kind), id));
        let tree = source.notes.as_ref().and_then(|notes| notes.get(&id)).filter(|_| first).cloned();
        Ok(Content { tree, relations: source.relations.clone() })
    }
}

/// The notes of a part, each as a tree of its own.
fn read_notes(mut xml: Xml<'_>, element: &str, depth: usize) -> Result<HashMap<i64, Rc<Tree>>> {
    let mut notes = HashMap::new();
    loop {
        let opening = match xml.next()? {
            Token::Open(start) if start.is(Ns::W, element) => Opening::of(&start),
            Token::End => return Ok(notes),
            _ => continue,
        };
        let tree = Tree::from_start(&mut xml, opening, depth)?;
        let id = tree.root().and_then(|root| root.number("id"));
        if let (Some(id), true) = (id, notes.len() < NOTES) {
            notes.entry(id).or_insert_with(|| Rc::new(tree));
        }
    }
}
