//! How sheets were last looked at.

use std::collections::HashMap;

use crate::container::tree::Tree;
use crate::container::xml::Ns;

/// Rows and columns that can stay when one scrolls: more is a broken file.
const FROZEN: u32 = 1000;

/// What is set of one sheet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct View {
    pub(super) frozen_rows: u32,
    pub(super) frozen_columns: u32,
    pub(super) no_grid: bool,
}

/// Views by the names of their sheets.
pub(super) fn views(tree: &Tree) -> HashMap<String, View> {
    let mut views = HashMap::new();
    let maps = tree.root().into_iter().flat_map(|root| root.descendants());
    for map in maps.filter(|node| node.is(Ns::Config, "config-item-map-named")) {
        if map.attribute("name") != Some("Tables") {
            continue;
        }
        for entry in map.all(Ns::Config, "config-item-map-entry") {
            let Some(name) = entry.attribute("name") else { continue };
            let items: HashMap<&str, String> = entry
                .all(Ns::Config, "config-item")
                .filter_map(|item| Some((item.attribute("name")?, item.all_text())))
                .collect();
            views.insert(name.to_owned(), view(&items));
        }
    }
    views
}

fn view(items: &HashMap<&str, String>) -> View {
    let number = |name: &str| items.get(name).and_then(|text| text.trim().parse::<u32>().ok()).unwrap_or(0);
    // 1 = split, 2 = frozen.
    let frozen =
        |mode: &str, position: &str| if number(mode) == 2 { number(position).min(FROZEN) } else { 0 };
    View {
        frozen_rows: frozen("VerticalSplitMode", "VerticalSplitPosition"),
        frozen_columns: frozen("HorizontalSplitMode", "HorizontalSplitPosition"),
        no_grid: items.get("ShowGrid").is_some_and(|text| text.trim() == "false"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::xml::Xml;
    use crate::error::Result;

    #[test]
    fn frozen_panes_are_found() -> Result<()> {
        let text = "<office:settings><config:config-item-map-named config:name='Tables'><config:config-item-map-entry config:name='S'>\
                    <config:config-item config:name='VerticalSplitMode'>2</config:config-item>\
                    <config:config-item config:name='VerticalSplitPosition'>3</config:config-item>\
                    <config:config-item config:name='HorizontalSplitMode'>1</config:config-item>\
                    <config:config-item config:name='HorizontalSplitPosition'>700</config:config-item>\
                    <config:config-item config:name='ShowGrid'>false</config:config-item>\
                    </config:config-item-map-entry></config:config-item-map-named></office:settings>";
        let views = views(&Tree::whole(Xml::new(text.as_bytes()), 32)?);
        assert_eq!(views.get("S"), Some(&View { frozen_rows: 3, frozen_columns: 0, no_grid: true }));
        Ok(())
    }
}
