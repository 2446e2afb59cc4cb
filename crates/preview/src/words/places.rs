//! Numbers that say where shapes stand beside the text, as binary documents and rich text have them.

use crate::model::{Align, AnchorFrom, Wrap};

/// How text goes around a shape ([MS-DOC] Spa wr, `\shpwr`).
pub(super) const fn wrap(number: i32, behind: bool) -> Wrap {
    match number {
        1 => Wrap::Apart,
        0 | 2 | 4 | 5 => Wrap::Around,
        _ if behind => Wrap::Over,
        _ => Wrap::Under,
    }
}

/// [MS-ODRAW] 2.3.4.20 posrelh, 2.3.4.22 posrelv.
pub(super) const fn measured_from(number: i32) -> AnchorFrom {
    match number {
        0 => AnchorFrom::Margin,
        1 => AnchorFrom::Page,
        _ => AnchorFrom::Text,
    }
}

/// [MS-ODRAW] 2.3.4.19 posh, 2.3.4.21 posv; 0 = as the offset says.
pub(super) const fn align(number: i32) -> Option<Align> {
    match number {
        1 | 4 => Some(Align::Start),
        2 => Some(Align::Center),
        3 | 5 => Some(Align::End),
        _ => None,
    }
}
