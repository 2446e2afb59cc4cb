//! Layouts and masters, which many slides share.

use std::rc::Rc;

use crate::container::opc::{Package, Relations};
use crate::container::tree::Tree;
use crate::container::xml::Ns;
use crate::drawing::color::ColorMap;
use crate::drawing::theme::Theme;
use crate::error::Result;

/// A slide layout (§19.3.1.39).
pub(super) struct Layout {
    pub(super) tree: Tree,
    pub(super) relations: Relations,
    /// Where it is not the master's.
    pub(super) map: Option<ColorMap>,
    pub(super) master: Option<Rc<Master>>,
}

impl Layout {
    /// The layout without its master.
    pub(super) fn read(package: &Package<'_>, part: &str) -> Result<Option<Self>> {
        let Some(tree) = package.tree(part)? else { return Ok(None) };
        let relations = package.relations(part)?;
        let map = tree.root().and_then(|root| root.child(Ns::P, "clrMapOvr")).and_then(ColorMap::overridden);
        Ok(Some(Self { tree, relations, map, master: None }))
    }
}

/// A slide master (§19.3.1.42).
pub(super) struct Master {
    pub(super) tree: Tree,
    pub(super) relations: Relations,
    pub(super) map: ColorMap,
    pub(super) theme: Theme,
}

impl Master {
    pub(super) fn read(package: &Package<'_>, part: &str) -> Result<Option<Self>> {
        let Some(tree) = package.tree(part)? else { return Ok(None) };
        let relations = package.relations(part)?;
        let map = tree.root().and_then(|root| root.child(Ns::P, "clrMap")).map(ColorMap::read);
        let theme = relations.of_kind("theme").map(|part| Theme::read(package, part)).transpose()?;
        Ok(Some(Self { tree, relations, map: map.unwrap_or_default(), theme: theme.unwrap_or_default() }))
    }
}
