//! Presets by the names that they have had since 2007 ([MS-ODRAW] 2.4.24, ECMA-376 part 1 §20.1.10.55), and their adjust
//! values: coordinates of a square of 21,600 then, shares in 100,000ths now.

use super::options::{Cascade, property};
use crate::drawing::geometry::{Outline, preset};
use crate::model::Frame;

/// The side of the square that presets were drawn in.
const UNITS: f64 = 21_600.0;
/// Adjust values of a preset.
const ADJUSTS: usize = 8;

/// The names of the presets from 0 on; empty where there is none. Letters drawn as shapes have names of their own.
const NAMES: [&str; 203] = {
    let mut names = [""; 203];
    let mut place = 0;
    while place < FIRST.len() {
        names[place] = FIRST[place];
        place += 1;
    }
    let mut place = 0;
    while place < LAST.len() {
        names[FIRST_LAST + place] = LAST[place];
        place += 1;
    }
    names
};

/// The number of the first preset behind the letters.
const FIRST_LAST: usize = 176;

const FIRST: [&str; 136] = [
    "",
    "rect",
    "roundRect",
    "ellipse",
    "diamond",
    "triangle",
    "rtTriangle",
    "parallelogram",
    "flowChartManualOperation",
    "hexagon",
    "octagon",
    "plus",
    "star5",
    "rightArrow",
    "rightArrow",
    "homePlate",
    "cube",
    "wedgeRoundRectCallout",
    "star16",
    "arc",
    "line",
    "plaque",
    "can",
    "donut",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "straightConnector1",
    "bentConnector2",
    "bentConnector3",
    "bentConnector4",
    "bentConnector5",
    "curvedConnector2",
    "curvedConnector3",
    "curvedConnector4",
    "curvedConnector5",
    "callout1",
    "callout2",
    "callout3",
    "accentCallout1",
    "accentCallout2",
    "accentCallout3",
    "borderCallout1",
    "borderCallout2",
    "borderCallout3",
    "accentBorderCallout1",
    "accentBorderCallout2",
    "accentBorderCallout3",
    "ribbon",
    "ribbon2",
    "chevron",
    "pentagon",
    "noSmoking",
    "star8",
    "star16",
    "star32",
    "wedgeRectCallout",
    "wedgeRoundRectCallout",
    "wedgeEllipseCallout",
    "wave",
    "foldedCorner",
    "leftArrow",
    "downArrow",
    "upArrow",
    "leftRightArrow",
    "upDownArrow",
    "irregularSeal1",
    "irregularSeal2",
    "lightningBolt",
    "heart",
    "",
    "quadArrow",
    "leftArrowCallout",
    "rightArrowCallout",
    "upArrowCallout",
    "downArrowCallout",
    "leftRightArrowCallout",
    "upDownArrowCallout",
    "quadArrowCallout",
    "bevel",
    "leftBracket",
    "rightBracket",
    "leftBrace",
    "rightBrace",
    "leftUpArrow",
    "bentUpArrow",
    "bentArrow",
    "star24",
    "stripedRightArrow",
    "notchedRightArrow",
    "blockArc",
    "smileyFace",
    "verticalScroll",
    "horizontalScroll",
    "circularArrow",
    "circularArrow",
    "uturnArrow",
    "curvedRightArrow",
    "curvedLeftArrow",
    "curvedUpArrow",
    "curvedDownArrow",
    "cloudCallout",
    "ellipseRibbon",
    "ellipseRibbon2",
    "flowChartProcess",
    "flowChartDecision",
    "flowChartInputOutput",
    "flowChartPredefinedProcess",
    "flowChartInternalStorage",
    "flowChartDocument",
    "flowChartMultidocument",
    "flowChartTerminator",
    "flowChartPreparation",
    "flowChartManualInput",
    "flowChartManualOperation",
    "flowChartConnector",
    "flowChartPunchedCard",
    "flowChartPunchedTape",
    "flowChartSummingJunction",
    "flowChartOr",
    "flowChartCollate",
    "flowChartSort",
    "flowChartExtract",
    "flowChartMerge",
    "flowChartOfflineStorage",
    "flowChartOnlineStorage",
    "flowChartMagneticTape",
    "flowChartMagneticDisk",
    "flowChartMagneticDrum",
    "flowChartDisplay",
    "flowChartDelay",
];

const LAST: [&str; 27] = [
    "flowChartAlternateProcess",
    "flowChartOffpageConnector",
    "callout1",
    "accentCallout1",
    "borderCallout1",
    "accentBorderCallout1",
    "leftRightUpArrow",
    "sun",
    "moon",
    "bracketPair",
    "bracePair",
    "star4",
    "doubleWave",
    "actionButtonBlank",
    "actionButtonHome",
    "actionButtonHelp",
    "actionButtonInformation",
    "actionButtonForwardNext",
    "actionButtonBackPrevious",
    "actionButtonEnd",
    "actionButtonBeginning",
    "actionButtonReturn",
    "actionButtonDocument",
    "actionButtonSound",
    "actionButtonMovie",
    "",
    "",
];

/// The outline of a preset; none where it has no name.
pub(super) fn outline(options: Cascade<'_, '_>, number: u16, frame: &Frame) -> Option<Outline> {
    let name = NAMES.get(usize::from(number)).copied().filter(|name| !name.is_empty())?;
    let formulas: Vec<(String, String)> = adjusts(number, options, frame)
        .into_iter()
        .map(|(adjust, value)| (adjust.to_owned(), format!("val {}", value.round() as i64)))
        .collect();
    let formulas: Vec<(&str, &str)> =
        formulas.iter().map(|(adjust, formula)| (adjust.as_str(), formula.as_str())).collect();
    Some(preset(name, &formulas, (frame.width, frame.height)))
}

/// Adjust values as they have been written since 2007; those that are not here stay as usual.
fn adjusts(number: u16, options: Cascade<'_, '_>, frame: &Frame) -> Vec<(&'static str, f64)> {
    let stored = |index: usize| options.signed(property::ADJUST + index as u16).map(f64::from);
    let share = |index: usize, usual: f64| stored(index).unwrap_or(usual) / UNITS * 100_000.0;
    let (width, height) = (f64::from(frame.width), f64::from(frame.height));
    // Shares of the shorter side out of shares of one side.
    let least = width.min(height).max(f64::MIN_POSITIVE);
    let (wide, high) = (width / least, height / least);
    let rest = |share: f64| 100_000.0 - share;
    // How thick the shaft of an arrow is, out of where it begins.
    let shaft = |share: f64| 100_000.0 - 2.0 * share;
    match number {
        5 => vec![("adj", share(0, 10_800.0))],
        7 => vec![("adj", share(0, 5_400.0) * wide)],
        9 => vec![("adj", share(0, 5_400.0) * wide)],
        10 => vec![("adj", share(0, 6_326.0))],
        11 | 16 => vec![("adj", share(0, 5_400.0))],
        13 => vec![("adj1", shaft(share(1, 5_400.0))), ("adj2", rest(share(0, 16_200.0)) * wide)],
        15 | 55 => vec![("adj", rest(share(0, 16_200.0)) * wide)],
        21 => vec![("adj", share(0, 3_600.0))],
        22 => vec![("adj", share(0, 5_400.0) * high)],
        23 => vec![("adj", share(0, 5_400.0))],
        34 | 38 => vec![("adj1", share(0, 10_800.0))],
        57 | 84 => vec![("adj", share(0, 2_700.0))],
        61..=63 => {
            vec![("adj1", share(0, 1_400.0) - 50_000.0), ("adj2", share(1, 25_920.0) - 50_000.0)]
        }
        65 => vec![("adj", rest(share(0, 18_900.0)))],
        66 => vec![("adj1", shaft(share(1, 5_400.0))), ("adj2", share(0, 5_400.0) * wide)],
        67 => vec![("adj1", shaft(share(1, 5_400.0))), ("adj2", rest(share(0, 16_200.0)) * high)],
        68 => vec![("adj1", shaft(share(1, 5_400.0))), ("adj2", share(0, 5_400.0) * high)],
        69 => vec![("adj1", shaft(share(1, 5_400.0))), ("adj2", share(0, 4_320.0) * wide)],
        70 => vec![("adj1", shaft(share(0, 5_400.0))), ("adj2", share(1, 4_320.0) * high)],
        85 | 86 => vec![("adj", share(0, 1_800.0) * high)],
        87 | 88 => vec![("adj1", share(0, 1_800.0) * high), ("adj2", share(1, 10_800.0))],
        183 => vec![("adj", share(0, 5_400.0))],
        185 => vec![("adj", share(0, 3_600.0))],
        186 => vec![("adj", share(0, 1_800.0))],
        19 => arc(stored),
        41..=52 | 178..=181 => callout(stored),
        _ => Vec::new(),
    }
}

/// Angles in degrees as 16.16 fixed point; now in 60,000ths of a degree.
fn arc(stored: impl Fn(usize) -> Option<f64>) -> Vec<(&'static str, f64)> {
    let angle = |index: usize, usual: f64| {
        stored(index).map_or(usual, |angle| angle / 65_536.0).rem_euclid(360.0) * 60_000.0
    };
    vec![("adj1", angle(0, -90.0)), ("adj2", angle(1, 0.0))]
}

/// Corners of the line of a callout: x before y from the far end then, y before x from the near end now.
fn callout(stored: impl Fn(usize) -> Option<f64>) -> Vec<(&'static str, f64)> {
    const NAMES: [&str; ADJUSTS] = ["adj1", "adj2", "adj3", "adj4", "adj5", "adj6", "adj7", "adj8"];
    let values: Vec<f64> = (0..ADJUSTS).map_while(stored).collect();
    let shares = values.iter().rev().map(|value| value / UNITS * 100_000.0);
    // All of them, or the usual ones.
    if values.len() % 2 == 1 { Vec::new() } else { NAMES.into_iter().zip(shares).collect() }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{options, table};
    use super::*;
    use crate::model::Geometry;

    fn with(adjust: &[(u16, i32)], number: u16) -> Vec<(&'static str, f64)> {
        let entries: Vec<(u16, u32)> =
            adjust.iter().map(|(index, value)| (property::ADJUST + index, value.cast_unsigned())).collect();
        let bytes = table(&entries, &[]);
        let options = options(&bytes);
        let frame = Frame { width: 200.0, height: 100.0, ..Frame::default() };
        adjusts(number, Cascade::of(&options), &frame)
    }

    #[test]
    fn adjust_values_become_shares() {
        for (number, adjust, expected) in [
            (5, &[(0, 5_400)][..], &[("adj", 25_000.0)][..]),
            (7, &[], &[("adj", 50_000.0)]),
            (13, &[(0, 16_200), (1, 5_400)], &[("adj1", 50_000.0), ("adj2", 50_000.0)]),
            (67, &[], &[("adj1", 50_000.0), ("adj2", 25_000.0)]),
            (61, &[(0, 10_800), (1, 21_600)], &[("adj1", 0.0), ("adj2", 50_000.0)]),
            (19, &[(0, -90 << 16)], &[("adj1", 16_200_000.0), ("adj2", 0.0)]),
            (47, &[(0, 21_600), (1, 10_800)], &[("adj1", 50_000.0), ("adj2", 100_000.0)]),
            (47, &[(0, 21_600)], &[]),
            (74, &[(0, 1)], &[]),
        ] {
            assert_eq!(with(adjust, number), expected, "preset {number}");
        }
    }

    #[test]
    fn presets_have_the_names_that_are_known() {
        let frame = Frame { width: 20.0, height: 10.0, ..Frame::default() };
        for number in [4, 12, 55, 96, 106, 135, 176, 183, 200] {
            let found = outline(Cascade::default(), number, &frame).map(|outline| outline.geometry);
            assert!(
                matches!(found, Some(Geometry::Paths { .. })),
                "{number} is {}",
                NAMES[usize::from(number)]
            );
        }
        for number in [0, 75, 136, 175, 201, 202, 999] {
            assert_eq!(outline(Cascade::default(), number, &frame), None);
        }
        assert_eq!(
            (NAMES[74], NAMES[96], NAMES[135], NAMES[176], NAMES[200]),
            ("heart", "smileyFace", "flowChartDelay", "flowChartAlternateProcess", "actionButtonMovie")
        );
    }
}
