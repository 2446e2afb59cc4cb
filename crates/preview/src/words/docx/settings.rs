//! Settings of the whole document that are seen (ECMA-376 part 1 §17.15).

use super::theme::Theme;
use super::units::switch;
use crate::container::tree::{Node, Tree};
use crate::container::xml::Ns;

/// What is seen of the settings.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) footnotes: NoteFormat,
    pub(super) endnotes: NoteFormat,
    /// Pages with even numbers have headers and footers of their own (§17.10.1).
    pub(super) even: bool,
    /// The colour behind the page is shown.
    pub(super) background: bool,
}

/// How notes are numbered (§17.11).
#[derive(Clone, Debug, Default)]
pub(super) struct NoteFormat {
    format: Option<String>,
    start: Option<i64>,
    /// They begin anew with every section.
    each_section: bool,
}

impl Settings {
    /// Reads the settings part; the meaning of some theme colours is told to the theme.
    pub(super) fn read(tree: &Tree, theme: &mut Theme) -> Self {
        let Some(root) = tree.root() else { return Self::default() };
        if let Some(mapping) = root.child(Ns::W, "clrSchemeMapping") {
            theme.map(mapping);
        }
        Self {
            footnotes: NoteFormat::read(root.child(Ns::W, "footnotePr")),
            endnotes: NoteFormat::read(root.child(Ns::W, "endnotePr")),
            even: root.child(Ns::W, "evenAndOddHeaders").is_some_and(switch),
            background: root.child(Ns::W, "displayBackgroundShape").is_some_and(switch),
        }
    }
}

impl NoteFormat {
    /// Reads `w:footnotePr` or `w:endnotePr`.
    pub(super) fn read(node: Option<Node<'_>>) -> Self {
        let value = |name| node?.child(Ns::W, name)?.attribute("val");
        Self {
            format: value("numFmt").map(str::to_owned),
            start: value("numStart").and_then(|start| start.trim().parse().ok()),
            each_section: value("numRestart") == Some("eachSect"),
        }
    }

    /// With what a section says on top.
    pub(super) fn with(&self, section: &Self) -> Self {
        Self {
            format: section.format.clone().or_else(|| self.format.clone()),
            start: section.start.or(self.start),
            each_section: section.each_section || self.each_section,
        }
    }

    pub(super) fn format<'f>(&'f self, usual: &'f str) -> &'f str {
        self.format.as_deref().unwrap_or(usual)
    }

    /// The first number.
    pub(super) fn start(&self) -> i64 {
        self.start.unwrap_or(1)
    }

    pub(super) const fn begins_each_section(&self) -> bool {
        self.each_section
    }
}
