//! Styles of tables (§20.1.4.2): those of the presentation, and the ones that every program has to know.

use crate::container::tree::{Node, Tree};
use crate::container::xml::{Ns, Xml};
use crate::drawing::truth;

/// The styles "Medium Style 2" by their accent, 0 being without one: what new tables have.
const MEDIUM_2: [&str; 7] = [
    "{073A0DAA-6AF3-43AB-8588-CEC1D06C72B9}",
    "{5C22544A-7EE6-4342-B048-85BDC9FD1C3A}",
    "{21E4AEA4-8DFA-4A89-87EB-49C32662AFE0}",
    "{F5AB1C69-6EDB-4FF4-983F-18BD219EF322}",
    "{00A15C55-8517-42AA-B614-E9B94910E393}",
    "{7DF18680-E054-41AD-8BC1-D1AEF772440D}",
    "{93296810-A885-4BE3-A3E7-6D5BEEA58F35}",
];
/// "No Style, Table Grid".
const GRID: &str = "{5940675A-B579-460E-94D1-54222C63F5DA}";

/// The style of a table whose presentation does not define it.
pub(super) fn builtin(id: &str) -> Option<Tree> {
    let xml = if id.eq_ignore_ascii_case(GRID) {
        grid()
    } else {
        medium_2(MEDIUM_2.iter().position(|known| known.eq_ignore_ascii_case(id))?)
    };
    Tree::whole(Xml::new(std::io::Cursor::new(xml.into_bytes())), 16).ok()
}

fn line(side: &str, width: u32, color: &str) -> String {
    format!(
        "<a:{side}><a:ln w='{width}'><a:solidFill><a:schemeClr val='{color}'/></a:solidFill></a:ln></a:{side}>"
    )
}

fn grid() -> String {
    let lines: String = SIDES.iter().map(|side| line(side, 12_700, "tx1")).collect();
    format!(
        "<a:tblStyle><a:wholeTbl><a:tcTxStyle><a:schemeClr val='tx1'/></a:tcTxStyle><a:tcStyle><a:tcBdr>{lines}\
         </a:tcBdr></a:tcStyle></a:wholeTbl></a:tblStyle>"
    )
}

const SIDES: [&str; 6] = ["left", "right", "top", "bottom", "insideH", "insideV"];

fn medium_2(accent: usize) -> String {
    let accent = if accent == 0 { "dk1".to_owned() } else { format!("accent{accent}") };
    let lines: String = SIDES.iter().map(|side| line(side, 12_700, "lt1")).collect();
    let fill = |tint: u32| {
        let tint = if tint == 0 { String::new() } else { format!("<a:tint val='{tint}'/>") };
        format!(
            "<a:fill><a:solidFill><a:schemeClr val='{accent}'>{tint}</a:schemeClr></a:solidFill></a:fill>"
        )
    };
    let band = |name: &str| format!("<a:{name}><a:tcStyle>{}</a:tcStyle></a:{name}>", fill(40_000));
    let edge = |name: &str, borders: &str| {
        format!(
            "<a:{name}><a:tcTxStyle b='on'><a:schemeClr val='lt1'/></a:tcTxStyle><a:tcStyle><a:tcBdr>{borders}\
             </a:tcBdr>{}</a:tcStyle></a:{name}>",
            fill(0)
        )
    };
    format!(
        "<a:tblStyle><a:wholeTbl><a:tcTxStyle><a:schemeClr val='dk1'/></a:tcTxStyle><a:tcStyle><a:tcBdr>{lines}\
         </a:tcBdr>{}</a:tcStyle></a:wholeTbl>{}{}{}{}{}{}</a:tblStyle>",
        fill(20_000),
        band("band1H"),
        band("band1V"),
        edge("lastCol", ""),
        edge("firstCol", ""),
        edge("lastRow", &line("top", 38_100, "lt1")),
        edge("firstRow", &line("bottom", 38_100, "lt1")),
    )
}

/// Which parts of its style a table asks for (`tblPr`, §21.1.3.15).
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "six independent attributes of one element")]
pub(super) struct Flags {
    first_row: bool,
    first_column: bool,
    last_row: bool,
    last_column: bool,
    banded_rows: bool,
    banded_columns: bool,
}

impl Flags {
    pub(super) fn of(properties: Node<'_>) -> Self {
        let flag = |name| properties.attribute(name).is_some_and(truth);
        Self {
            first_row: flag("firstRow"),
            first_column: flag("firstCol"),
            last_row: flag("lastRow"),
            last_column: flag("lastCol"),
            banded_rows: flag("bandRow"),
            banded_columns: flag("bandCol"),
        }
    }

    pub(super) const fn has_head(self) -> bool {
        self.first_row
    }
}

/// Where a cell is, and how large the table is: row, column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) at: (usize, usize),
    pub(super) of: (usize, usize),
}

/// The parts of a style that a cell has, the most special first.
pub(super) fn parts<'t>(style: Node<'t>, flags: Flags, place: Place) -> Vec<Node<'t>> {
    let (row, column) = place.at;
    let is_last = |at: usize, of: usize| at + 1 == of;
    let band = |at: usize, first: bool| at.saturating_sub(usize::from(first)) % 2 == 0;
    let mut names = Vec::new();
    if flags.first_row && row == 0 {
        names.push("firstRow");
    } else if flags.last_row && is_last(row, place.of.0) {
        names.push("lastRow");
    }
    if flags.first_column && column == 0 {
        names.push("firstCol");
    } else if flags.last_column && is_last(column, place.of.1) {
        names.push("lastCol");
    }
    if names.is_empty() {
        if flags.banded_columns {
            names.push(if band(column, flags.first_column) { "band1V" } else { "band2V" });
        }
        if flags.banded_rows {
            names.push(if band(row, flags.first_row) { "band1H" } else { "band2H" });
        }
    }
    names.push("wholeTbl");
    names.into_iter().filter_map(|name| style.child(Ns::A, name)).collect()
}
