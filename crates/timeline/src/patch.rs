//! Changes of a timeline, as small as they happen.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::TimelineItem;

/// One step from the old list of items to the new one; apply them in order. The same bytes cross the desktop's channel and
/// the wasm boundary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "op", rename_all = "snake_case")]
#[ts(export)]
pub enum TimelinePatch {
    /// Everything anew.
    Reset { items: Vec<TimelineItem> },
    /// `items` come to stand from `index` on: a new row, or a page of older ones at 0.
    Insert { index: usize, items: Vec<TimelineItem> },
    /// `item` replaces what stands at `index`.
    Update { index: usize, item: TimelineItem },
    /// What stands at `index` goes.
    Remove { index: usize },
}

impl TimelinePatch {
    /// Does to `items` what the patch says; an index outside the list is left alone.
    pub fn apply(self, items: &mut Vec<TimelineItem>) {
        match self {
            Self::Reset { items: all } => *items = all,
            Self::Insert { index, items: new } if index <= items.len() => {
                drop(items.splice(index..index, new));
            }
            Self::Update { index, item } if index < items.len() => items[index] = item,
            Self::Remove { index } if index < items.len() => drop(items.remove(index)),
            Self::Insert { .. } | Self::Update { .. } | Self::Remove { .. } => {}
        }
    }
}
