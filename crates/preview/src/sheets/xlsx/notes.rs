//! What people noted to cells: comments, and conversations since Office 365 (ECMA-376 part 1 §18.7, [MS-XLSX] 2.6.206).

use std::collections::{BTreeMap, HashMap};

use super::color::Palette;
use super::reference;
use super::strings::read_rich;
use crate::container::opc::{Package, Relations};
use crate::container::tree::Tree;
use crate::container::xml::{Ns, Token};
use crate::error::Result;
use crate::sheets::store::{RichText, Room};

/// Notes by row and column.
pub(crate) type Notes = BTreeMap<(u32, u32), String>;

/// The notes of a sheet. A conversation stands in place of the comment that older programs see there.
pub(super) fn read(
    package: &Package<'_>,
    relations: &Relations,
    people: Option<&str>,
    room: &mut Room,
) -> Result<Notes> {
    let mut notes = match relations.of_kind("comments") {
        Some(part) => comments(package, part, room)?,
        None => Notes::default(),
    };
    if let Some(part) = relations.of_kind("threadedComment") {
        notes.append(&mut conversations(package, part, people, room)?);
    }
    Ok(notes)
}

fn comments(package: &Package<'_>, part: &str, room: &mut Room) -> Result<Notes> {
    let mut notes = Notes::default();
    let Some(mut xml) = package.xml(part)? else { return Ok(notes) };
    let (mut place, mut rich) = (None, RichText::default());
    let palette = Palette::default();
    loop {
        let is_text = match xml.next()? {
            Token::End => return Ok(notes),
            Token::Open(start) if start.is(Ns::S, "comment") => {
                place = start.attribute("ref").as_deref().and_then(reference::cell);
                false
            }
            Token::Open(start) => start.is(Ns::S, "text"),
            _ => false,
        };
        if is_text {
            read_rich(&mut xml, &palette, &mut rich)?;
            if let Some(place) = place.take()
                && room.cells.take(1)
                && room.characters.take(rich.text.len())
            {
                notes.insert(place, std::mem::take(&mut rich.text));
            }
        }
    }
}

/// Each cell's remarks, one below the other, with who made them.
fn conversations(package: &Package<'_>, part: &str, people: Option<&str>, room: &mut Room) -> Result<Notes> {
    let names = people.map(|part| package.tree(part)).transpose()?.flatten();
    let names = names.as_ref().and_then(Tree::root).map(|root| {
        let named =
            root.elements().filter_map(|node| Some((node.attribute("id")?, node.attribute("displayName")?)));
        named.collect::<HashMap<&str, &str>>()
    });
    let mut notes = Notes::default();
    let tree = package.tree(part)?;
    for remark in tree.as_ref().and_then(Tree::root).iter().flat_map(|root| root.elements()) {
        let Some(place) = remark.attribute("ref").and_then(reference::cell) else { continue };
        let text = remark.elements().find(|node| node.name() == "text").map(|node| node.all_text());
        let Some(text) = text.filter(|text| room.cells.take(1) && room.characters.take(text.len())) else {
            continue;
        };
        let note = notes.entry(place).or_default();
        if !note.is_empty() {
            note.push('\n');
        }
        let name = remark.attribute("personId").and_then(|id| names.as_ref()?.get(id).copied());
        if let Some(name) = name {
            note.push_str(name);
            note.push_str(": ");
        }
        note.push_str(&text);
    }
    Ok(notes)
}
