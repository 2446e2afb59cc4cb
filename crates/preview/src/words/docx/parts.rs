//! What all stories of a document share: styles, lists, pictures, notes and what is left of the limits.

use super::notes::Notes;
use super::numbering::Numbering;
use super::settings::Settings;
use super::styles::Styles;
use super::theme::Theme;
use crate::container::opc::{Package, Relations};
use crate::drawing::scope::Gathered;
use crate::error::{PreviewError, Result};
use crate::limits::Quota;
use crate::model::Warning;

/// The parts of a document around its text.
pub(super) struct Shared<'a> {
    pub(super) package: Package<'a>,
    pub(super) theme: Theme,
    pub(super) styles: Styles,
    pub(super) numbering: Numbering,
    pub(super) settings: Settings,
    pub(super) notes: Notes,
    /// The pictures that blocks name, and what drawings warn of.
    pub(super) gathered: Gathered,
    pub(super) warnings: Warnings,
    /// Paragraphs, tables, rows, cells.
    pub(super) blocks: Quota,
    pub(super) characters: Quota,
}

impl<'a> Shared<'a> {
    /// Reads what the main part points to. What is damaged is as if it were not there.
    pub(super) fn read(package: Package<'a>, main: &str, relations: &Relations) -> Result<Self> {
        let mut warnings = Warnings::default();
        // Where relationships are broken, parts are still where Word puts them.
        let name = |kind: &str| relations.of_kind(kind).map_or_else(|| beside(main, kind), str::to_owned);
        let mut tree = |kind: &str| warnings.keep(package.tree(&name(kind)));
        let (styles, numbering, settings) = (tree("styles")?, tree("numbering")?, tree("settings")?);
        let theme = Theme::read(&package, &name("theme")).map(Some);
        let mut theme = warnings.keep(theme)?.unwrap_or_default();
        let settings_relations = package.relations(&name("settings")).unwrap_or_default();
        let settings = settings.map(|tree| Settings::read(&tree, &mut theme)).unwrap_or_default();
        if settings_relations.iter().any(|(_, relation)| relation.external && is_remote(&relation.target)) {
            warnings.add(Warning::External);
        }
        if package.zip.is_damaged() {
            warnings.add(Warning::Damaged);
        }
        let limits = package.zip.limits().clone();
        if package.zip.names().any(|name| name.ends_with("vbaproject.bin")) {
            warnings.add(Warning::Macros);
        }
        Ok(Self {
            styles: styles.map(|tree| Styles::read(&tree, &theme)).unwrap_or_default(),
            numbering: numbering.map(|tree| Numbering::read(&tree, &theme)).unwrap_or_default(),
            theme,
            settings,
            notes: Notes::new(main, relations),
            gathered: Gathered::new(limits.blocks),
            warnings,
            blocks: Quota::new(limits.blocks),
            characters: Quota::new(limits.characters),
            package,
        })
    }

    /// Room for one more block.
    pub(super) fn take_block(&mut self) -> bool {
        self.warnings.cut_unless(self.blocks.take(1))
    }

    /// Room for this much more text.
    pub(super) fn take_text(&mut self, text: &str) -> bool {
        self.warnings.cut_unless(self.characters.take(text.len()))
    }
}

/// The name of a part beside the main one.
fn beside(main: &str, kind: &str) -> String {
    let folder = main.rsplit_once('/').map_or("", |(folder, _)| folder);
    match kind {
        "theme" => format!("{folder}/theme/theme1.xml"),
        kind => format!("{folder}/{kind}.xml"),
    }
}

/// It is on another machine: templates on one's own disk are named by every second document.
pub(super) fn is_remote(target: &str) -> bool {
    let lower = target.trim().to_ascii_lowercase();
    lower.starts_with("http:")
        || lower.starts_with("https:")
        || lower.starts_with("ftp:")
        || lower.starts_with("\\\\")
        || lower.starts_with("file://") && !lower.starts_with("file:///")
}

/// What a person should know.
#[derive(Debug, Default)]
pub(super) struct Warnings(Vec<Warning>);

impl Warnings {
    pub(super) fn add(&mut self, warning: Warning) {
        if !self.0.contains(&warning) {
            self.0.push(warning);
        }
    }

    /// Whether there was room; says that the preview is cut where there was none.
    pub(super) fn cut_unless(&mut self, room: bool) -> bool {
        if !room {
            self.add(Warning::Cut);
        }
        room
    }

    /// What is damaged or too large is left out and said; what has not come yet is asked for again.
    pub(super) fn keep<T>(&mut self, result: Result<Option<T>>) -> Result<Option<T>> {
        match result {
            Err(error @ (PreviewError::Waiting { .. } | PreviewError::Read(_))) => Err(error),
            Err(PreviewError::TooLarge(_)) => {
                self.add(Warning::Cut);
                Ok(None)
            }
            Err(_) => {
                self.add(Warning::Damaged);
                Ok(None)
            }
            Ok(value) => Ok(value),
        }
    }

    pub(super) fn has(&self, warning: &Warning) -> bool {
        self.0.contains(warning)
    }

    pub(super) fn list(&self) -> Vec<Warning> {
        self.0.clone()
    }
}
