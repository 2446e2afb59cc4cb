//! Text as it is, and XML as a tree.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::is_false;

/// A window of lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Lines {
    /// Index of the first one.
    pub from: u64,
    /// Without their ends; very long ones are cut ([`crate::Warning::Cut`]).
    pub lines: Vec<String>,
    /// Lines known so far, and whether that is all of them.
    pub known: u64,
    pub complete: bool,
}

/// A window of the tree, in document order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Nodes {
    /// Index of the first one.
    pub from: u64,
    pub nodes: Vec<TreeNode>,
    /// Nodes known so far, and whether that is all of them.
    pub known: u64,
    pub complete: bool,
}

/// What stands on one line of the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct TreeNode {
    /// 0 = outermost.
    pub depth: u32,
    #[serde(flatten)]
    pub kind: TreeNodeKind,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum TreeNodeKind {
    Element {
        /// With its prefix, as written.
        name: String,
        /// Names and values, as written and unescaped.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(optional, as = "Option<Vec<(String, String)>>")]
        attributes: Vec<(String, String)>,
        /// Its only content, where that is a text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        text: Option<String>,
        /// Elements and texts come inside, deeper by one.
        #[serde(default, skip_serializing_if = "is_false")]
        #[ts(optional, as = "Option<bool>")]
        parent: bool,
    },
    Text {
        text: String,
    },
    CData {
        text: String,
    },
    Comment {
        text: String,
    },
    /// `<?…?>` and `<!DOCTYPE …>`: what stands between the brackets.
    Instruction {
        text: String,
    },
}
