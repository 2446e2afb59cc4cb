//! Where the text of a group goes, and what its end makes of it.

use std::rc::Rc;

use super::field::Field;
use super::lists::{Level, OldNumber};
use super::machine::{Dest, Machine, SCOPES, ScopeKind, State};
use super::picture;
use super::section::Margin;
use super::shape;
use crate::model::{Inline, Label};

/// Shapes inside groups of shapes; pictures' properties count as one.
const SHAPES: usize = 16;
/// Fields inside fields.
const FIELDS: usize = 64;

/// Destinations without `\*` whose text nobody sees.
const UNSEEN: [&str; 34] = [
    "aftncn",
    "aftnsep",
    "aftnsepc",
    "atrfend",
    "atrfstart",
    "bkmkend",
    "bkmkstart",
    "buptim",
    "colorschememapping",
    "comment",
    "creatim",
    "datastore",
    "doccomm",
    "filetbl",
    "ftncn",
    "ftnsep",
    "ftnsepc",
    "generator",
    "info",
    "keywords",
    "listpicture",
    "mmathPict",
    "nonesttables",
    "nonshppict",
    "objclass",
    "objdata",
    "objname",
    "revtbl",
    "rxe",
    "shprslt",
    "tc",
    "template",
    "themedata",
    "xe",
];

impl Machine {
    /// Takes a control word, where it makes the group a destination.
    pub(super) fn destination(&mut self, name: &str) -> bool {
        let starred = std::mem::take(&mut self.state.star);
        let first = self.state.fresh && self.depth > 1;
        if !first {
            return false;
        }
        if !self.is_told_apart() {
            // Too deep: only what surely is no text is passed over.
            if starred || UNSEEN.contains(&name) || matches!(name, "pict" | "fldinst") {
                self.skip_group();
            }
            return starred;
        }
        if self.known_destination(name) {
            return true;
        }
        // Character styles are no destinations, though some writers mark them so in the middle of text.
        let hidden = starred && !(name == "cs" && self.state.dest == Dest::Body);
        if hidden || UNSEEN.contains(&name) {
            self.skip_group();
            return true;
        }
        false
    }

    fn known_destination(&mut self, name: &str) -> bool {
        match name {
            "fonttbl" => self.go(Dest::Fonts),
            "colortbl" => self.go(Dest::Colors),
            "stylesheet" => self.go(Dest::Styles),
            "listtable" | "listoverridetable" => self.go(Dest::ListTables),
            "listtext" | "pntext" => self.begin_label(),
            "upr" => {
                self.state.outer = Some(self.state.dest);
                self.go(Dest::Mute);
            }
            "ud" => {
                let outer = self.state.outer.take().unwrap_or(self.state.dest);
                self.state.dest = outer;
            }
            "shppict" | "object" | "result" | "nesttableprops" => {
                self.state.nested |= name == "nesttableprops";
            }
            "atnauthor" => self.go(Dest::Author),
            "atnid" => self.go(Dest::Initials),
            "pn" | "pnseclvl" => self.begin_old_number(name == "pn"),
            "pntxtb" if self.state.dest == Dest::OldNumber => self.go(Dest::OldBefore),
            "pntxta" if self.state.dest == Dest::OldNumber => self.go(Dest::OldAfter),
            _ => {
                return self.list_destination(name)
                    || self.field_destination(name)
                    || self.drawing_destination(name);
            }
        }
        true
    }

    /// The text of this group goes there.
    pub(super) const fn go(&mut self, dest: Dest) {
        self.state.dest = dest;
        self.state.level = 0;
    }

    fn list_destination(&mut self, name: &str) -> bool {
        match (name, self.state.dest) {
            ("list", Dest::ListTables) => {
                self.lists.begin_list();
                self.go(Dest::List);
            }
            ("listoverride", Dest::ListTables) => {
                self.lists.begin_override();
                self.go(Dest::Override);
            }
            ("lfolevel", Dest::Override) => self.go(Dest::OverrideLevel),
            ("listlevel", Dest::List | Dest::OverrideLevel) => {
                self.level = Level::default();
                self.go(Dest::ListLevel);
            }
            ("leveltext", Dest::ListLevel) => self.go(Dest::LevelText),
            (
                "levelnumbers" | "listname" | "liststylename",
                Dest::List | Dest::ListLevel | Dest::Override,
            ) => {
                self.skip_group();
            }
            _ => return false,
        }
        true
    }

    fn field_destination(&mut self, name: &str) -> bool {
        match name {
            "field" if self.fields.len() < FIELDS => self.fields.push(Field::new(self.depth)),
            "fldinst" if !self.fields.is_empty() => self.go(Dest::Instruction),
            "fldrslt" if self.state.dest == Dest::Instruction => {}
            "fldrslt" => self.begin_result(),
            "formfield" if !self.fields.is_empty() => self.go(Dest::Mute),
            "ffl" if self.state.dest == Dest::Mute => {
                self.fields.last_mut().into_iter().for_each(Field::begin_item);
                self.go(Dest::FormItem);
            }
            "moMath" | "moMathPara" | "mmath" => self.go(Dest::Math),
            "mr" if self.state.dest == Dest::Math => self.go(Dest::Body),
            _ => return false,
        }
        true
    }

    fn drawing_destination(&mut self, name: &str) -> bool {
        match (name, self.state.dest) {
            ("pict", dest) if dest != Dest::Mute => {
                self.picture = Some(picture::Draft::default());
                self.go(Dest::Picture);
            }
            ("shp" | "shpgrp" | "do", Dest::Body | Dest::Shape) => self.begin_shape(name == "shpgrp"),
            ("picprop", Dest::Picture) => self.begin_shape(false),
            ("shpinst", Dest::Shape) => {}
            ("sp", Dest::Shape) => self.go(Dest::Property),
            ("sn", Dest::Property) => self.go(Dest::PropertyName),
            ("sv", Dest::Property) => self.go(Dest::PropertyValue),
            ("shptxt" | "dptxbxtext", Dest::Shape) => self.begin_text(ScopeKind::Shape),
            ("background", Dest::Body) => self.background = Some(self.depth),
            ("annotation", Dest::Body) => self.begin_comment(),
            ("footnote", Dest::Body) => self.begin_note(),
            (_, Dest::Body) => match Margin::of(name) {
                Some(margin) => self.begin_text(ScopeKind::Margin(margin)),
                None => return false,
            },
            _ => return false,
        }
        true
    }

    /// A text of its own, unless there are too many inside each other.
    fn begin_text(&mut self, kind: ScopeKind) {
        if self.scopes.len() < SCOPES { self.begin_scope(kind) } else { self.skip_group() }
    }

    fn begin_label(&mut self) {
        self.label.clear();
        self.go(Dest::Label);
    }

    /// `\pnseclvl` says what sections number with, which no paragraph shows by itself.
    fn begin_old_number(&mut self, shown: bool) {
        if shown && self.state.dest == Dest::Body {
            self.old_number = OldNumber::default();
            self.go(Dest::OldNumber);
        } else {
            self.skip_group();
        }
    }

    fn begin_result(&mut self) {
        let Some(field) = self.fields.last() else { return };
        if let Some(link) = field.link() {
            self.state.link = Some(link);
        }
    }

    fn begin_shape(&mut self, is_group: bool) {
        if self.shapes.len() >= SHAPES {
            self.skip_group();
            return;
        }
        self.shapes.push(shape::Draft::new(is_group));
        self.go(Dest::Shape);
    }

    fn begin_note(&mut self) {
        if self.scopes.len() >= SCOPES {
            self.skip_group();
            return;
        }
        let Some(scope) = self.scopes.last_mut() else { return };
        let (draft, to_mark) = self.notes.begin(|| scope.flow.take_mark());
        if to_mark {
            let mark = Inline::Note {
                id: draft.id,
                label: if draft.counted { String::new() } else { draft.label.clone() },
            };
            self.put_inline(mark);
        }
        self.begin_scope(ScopeKind::Note(draft));
    }

    fn begin_comment(&mut self) {
        if self.scopes.len() >= SCOPES {
            self.skip_group();
            return;
        }
        let draft = self.notes.begin_comment();
        self.put_inline(Inline::Note { id: draft.id, label: draft.label.clone() });
        self.begin_scope(ScopeKind::Note(draft));
    }

    /// A group inside a table of the header is an entry.
    pub(super) fn begin_entry(&mut self) {
        if (self.state.dest, self.state.level) == (Dest::Styles, 1) {
            self.styles.begin();
        }
    }

    /// A group is over; `ended` is what held in it.
    pub(super) fn end_group(&mut self, ended: State) {
        match (ended.dest, ended.level) {
            (Dest::Fonts, 0 | 1) => self.fonts.end(),
            (Dest::Styles, 0 | 1) => self.styles.end(),
            (Dest::List, 0) => self.lists.end_list(),
            (Dest::Override, 0) => self.lists.end_override(),
            (Dest::OverrideLevel, 0) => self.lists.end_override_level(),
            (Dest::ListLevel, 0) => {
                self.level.chars = ended.chars;
                self.lists.end_level(std::mem::take(&mut self.level));
            }
            (Dest::Label, 0) => self.end_label(),
            (Dest::OldNumber, 0) => {
                self.state.para.old_number = Some(Rc::new(std::mem::take(&mut self.old_number)));
            }
            (Dest::Property, 0) => self.shapes.last_mut().into_iter().for_each(shape::Draft::end_property),
            (Dest::Picture, 0) => self.end_picture(),
            (Dest::Shape, 0) => self.end_shape(),
            _ => {}
        }
    }

    fn end_label(&mut self) {
        let text = std::mem::take(&mut self.label).trim().to_owned();
        let ordered = text.chars().any(char::is_alphanumeric);
        let style = self.label_chars.style(&self.fonts, &self.colors, self.default_font);
        if let Some(scope) = self.scopes.last_mut() {
            scope.flow.label = Some(Label { text, style, level: 0, ordered });
        }
    }

    pub(super) fn end_field(&mut self) {
        let Some(field) = self.fields.pop() else { return };
        self.external |= field.is_external();
        match field.own_result() {
            Some(text) if !field.is_shown => self.put(&text),
            _ => {
                if let Some(outer) = self.fields.last_mut() {
                    outer.is_shown |= field.is_shown;
                }
            }
        }
    }

    /// Into a shape, where it is one's picture; otherwise into the text.
    fn end_picture(&mut self) {
        let Some(draft) = self.picture.take() else { return };
        if draft.is_empty() && self.state.dest != Dest::Body {
            return;
        }
        match (self.state.dest, self.shapes.last_mut()) {
            (Dest::PropertyValue, Some(shape)) => shape.picture = Some(self.pictures.add(draft)),
            (Dest::Body, _) => {
                let picture = self.pictures.add(draft);
                self.put_picture(picture);
            }
            _ => {}
        }
    }

    fn end_shape(&mut self) {
        let Some(draft) = self.shapes.pop() else { return };
        if let (Dest::Picture, Some(picture)) = (self.state.dest, &mut self.picture) {
            picture.alt = draft.text("wzDescription").unwrap_or_default().to_owned();
            return;
        }
        if self.background.is_some() {
            self.sections.color = draft.color("fillColor");
            return;
        }
        match (self.state.dest, self.shapes.last_mut()) {
            (Dest::Shape, Some(group)) => {
                draft.finish_in_group().into_iter().for_each(|shape| group.add_child(shape))
            }
            _ => {
                if let Some(shape) = draft.finish() {
                    self.put_inline(Inline::Shape(Box::new(shape)));
                }
            }
        }
    }
}
