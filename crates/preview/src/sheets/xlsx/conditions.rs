//! Looks that cells have only while their values meet a condition (ECMA-376 part 1 §18.3.1.18). Of conditions those are read
//! that need no formula: comparisons with constants, texts, the greatest and the least, averages, and scales of colours.

use super::color::{Palette, hex, mixed};
use super::reference;
use super::styles::is_true;
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::limits::Quota;
use crate::model::{Color, Merge};
use crate::sheets::numfmt::Compare;
use crate::sheets::store::{Grid, Value};

/// Rules kept of a sheet, ranges of one, and cells looked at for all that rank or scale values.
const RULES: usize = 256;
const RANGES: usize = 256;
const SCANNED: usize = 4_000_000;

/// What a condition is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Content<'v> {
    Number(f64),
    Text(&'v str),
    /// A truth or an error, by its text.
    Other(&'v str),
}

/// What a cell gets by its conditions.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Look {
    /// Number of a differential style (§18.8.14).
    pub(super) style: Option<u16>,
    /// Of a scale.
    pub(super) fill: Option<Color>,
}

/// All conditions of a sheet, the first ones first.
#[derive(Debug)]
pub(crate) struct Conditions {
    rules: Vec<Rule>,
    scanned: Quota,
}

impl Default for Conditions {
    fn default() -> Self {
        Self { rules: Vec::new(), scanned: Quota::new(SCANNED) }
    }
}

#[derive(Debug)]
struct Rule {
    ranges: Vec<Merge>,
    priority: i32,
    style: Option<u16>,
    stops: bool,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Compare(Compare, Operand),
    /// Whether it is inside.
    Between(bool, Operand, Operand),
    Text(Place, String),
    Error(bool),
    /// Values and their colours, ascending.
    Scale(Vec<(f64, [u8; 3])>),
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Inside,
    Nowhere,
    Start,
    End,
}

/// A constant of a formula; texts in lower case, as they are compared.
#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Number(f64),
    Text(String),
}

impl Operand {
    fn of(formula: &str) -> Option<Self> {
        let formula = formula.trim().trim_start_matches('=');
        if let Some(text) = formula.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            return Some(Self::Text(text.replace("\"\"", "\"").to_lowercase()));
        }
        formula.parse().ok().filter(|number: &f64| number.is_finite()).map(Self::Number)
    }

    /// How a cell's content compares with it: texts are greater than all numbers.
    fn compare(&self, content: Content<'_>) -> Option<std::cmp::Ordering> {
        use std::cmp::Ordering;
        match (content, self) {
            (Content::Number(number), Self::Number(limit)) => number.partial_cmp(limit),
            (Content::Text(text), Self::Text(other)) => Some(text.to_lowercase().cmp(other)),
            (Content::Text(_), Self::Number(_)) => Some(Ordering::Greater),
            (Content::Number(_), Self::Text(_)) => Some(Ordering::Less),
            (Content::Other(_), _) => None,
        }
    }
}

impl Test {
    fn holds(&self, content: Content<'_>) -> bool {
        match self {
            Self::Compare(compare, operand) => {
                operand.compare(content).is_some_and(|order| compare.accepts(order))
            }
            Self::Between(inside, low, high) => {
                let orders = low.compare(content).zip(high.compare(content));
                orders.is_some_and(|(low, high)| (low.is_ge() && high.is_le()) == *inside)
            }
            Self::Text(place, wanted) => {
                let (Content::Text(text) | Content::Other(text)) = content else {
                    return matches!(place, Place::Nowhere);
                };
                let text = text.to_lowercase();
                match place {
                    Place::Inside => text.contains(wanted),
                    Place::Nowhere => !text.contains(wanted),
                    Place::Start => text.starts_with(wanted),
                    Place::End => text.ends_with(wanted),
                }
            }
            Self::Error(wanted) => {
                matches!(content, Content::Other(text) if text.starts_with('#')) == *wanted
            }
            Self::Scale(_) => matches!(content, Content::Number(_)),
        }
    }
}

impl Conditions {
    pub(super) const fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rules of one `conditionalFormatting`; all cells have been read by then.
    pub(super) fn read(&mut self, node: Node<'_>, grid: &mut Grid, palette: &Palette) {
        let ranges = node.attribute("sqref").unwrap_or_default().split_ascii_whitespace();
        let ranges: Vec<Merge> = ranges.filter_map(reference::range).take(RANGES).collect();
        for node in node.all(Ns::S, "cfRule").take(RULES.saturating_sub(self.rules.len())) {
            let mut values = Values { ranges: &ranges, grid: &mut *grid, scanned: &mut self.scanned };
            if let Some(test) = test(node, &mut values, palette) {
                self.rules.push(Rule {
                    ranges: ranges.clone(),
                    priority: node.number("priority").unwrap_or(i32::MAX),
                    style: node.number("dxfId"),
                    stops: is_true(node.attribute("stopIfTrue")),
                    test,
                });
            }
        }
        self.rules.sort_by_key(|rule| rule.priority);
    }

    /// What a cell of this content gets.
    pub(super) fn look(&self, row: u32, column: u32, content: Content<'_>) -> Look {
        let mut look = Look::default();
        let inside = |range: &Merge| {
            (range.first_row..=range.last_row).contains(&row)
                && (range.first_column..=range.last_column).contains(&column)
        };
        for rule in &self.rules {
            if !rule.ranges.iter().any(inside) || !rule.test.holds(content) {
                continue;
            }
            match (&rule.test, content) {
                (Test::Scale(stops), Content::Number(number)) => {
                    look.fill = look.fill.or_else(|| shade(stops, number));
                }
                _ => look.style = look.style.or(rule.style),
            }
            if rule.stops {
                break;
            }
        }
        look
    }
}

/// The colour of a number between those of a scale.
fn shade(stops: &[(f64, [u8; 3])], number: f64) -> Option<Color> {
    let (first, last) = (stops.first()?, stops.last()?);
    let pair =
        stops.windows(2).find(|pair| matches!(pair, [low, high] if (low.0..=high.0).contains(&number)));
    Some(hex(match pair {
        Some([low, high]) if high.0 > low.0 => mixed(high.1, low.1, (number - low.0) / (high.0 - low.0)),
        Some([low, _]) => low.1,
        _ if number < first.0 => first.1,
        _ => last.1,
    }))
}

/// The numbers in the ranges of a rule.
struct Values<'v> {
    ranges: &'v [Merge],
    grid: &'v mut Grid,
    scanned: &'v mut Quota,
}

impl Values<'_> {
    /// Ascending; none where there are none, or too many were looked at.
    fn sorted(&mut self) -> Option<Vec<f64>> {
        let mut numbers = Vec::new();
        for range in self.ranges {
            let rows = self.grid.window(range.first_row, range.last_row.saturating_add(1)).to_vec();
            for cell in rows.iter().flat_map(|row| self.grid.cells(row)) {
                if !self.scanned.take(1) {
                    return None;
                }
                let inside = (range.first_column..=range.last_column).contains(&u32::from(cell.column));
                if let (Value::Number(number), true) = (cell.value, inside) {
                    numbers.push(number);
                }
            }
        }
        numbers.sort_by(f64::total_cmp);
        (!numbers.is_empty()).then_some(numbers)
    }
}

/// None of rules that would need a formula, or draw something else than a look.
fn test(node: Node<'_>, values: &mut Values<'_>, palette: &Palette) -> Option<Test> {
    let place = |place| Some(Test::Text(place, node.attribute("text")?.to_lowercase()));
    match node.attribute("type")? {
        "cellIs" => compared(node),
        "containsText" => place(Place::Inside),
        "notContainsText" => place(Place::Nowhere),
        "beginsWith" => place(Place::Start),
        "endsWith" => place(Place::End),
        "containsErrors" => Some(Test::Error(true)),
        "notContainsErrors" => Some(Test::Error(false)),
        "top10" => ranked(node, values),
        "aboveAverage" => averaged(node, values),
        "colorScale" => scale(node.child(Ns::S, "colorScale")?, values, palette),
        _ => None,
    }
}

fn compared(node: Node<'_>) -> Option<Test> {
    let mut operands = node.all(Ns::S, "formula").map(|formula| Operand::of(&formula.all_text()));
    let first = operands.next()??;
    let compare = match node.attribute("operator")? {
        inside @ ("between" | "notBetween") => {
            return Some(Test::Between(inside == "between", first, operands.next()??));
        }
        "lessThan" => Compare::Below,
        "lessThanOrEqual" => Compare::AtMost,
        "equal" => Compare::Is,
        "notEqual" => Compare::Not,
        "greaterThanOrEqual" => Compare::AtLeast,
        "greaterThan" => Compare::Above,
        _ => return None,
    };
    Some(Test::Compare(compare, first))
}

/// The ten greatest or least, or so many per cent of all (§18.3.1.10 `rank`, `percent`, `bottom`).
fn ranked(node: Node<'_>, values: &mut Values<'_>) -> Option<Test> {
    let numbers = values.sorted()?;
    let rank = node.number::<usize>("rank").unwrap_or(10);
    let count = if is_true(node.attribute("percent")) { numbers.len() * rank.min(100) / 100 } else { rank };
    let count = count.clamp(1, numbers.len());
    Some(if is_true(node.attribute("bottom")) {
        Test::Compare(Compare::AtMost, Operand::Number(*numbers.get(count - 1)?))
    } else {
        let limit = Operand::Number(*numbers.get(numbers.len() - count)?);
        Test::Between(true, limit, Operand::Number(f64::MAX))
    })
}

fn averaged(node: Node<'_>, values: &mut Values<'_>) -> Option<Test> {
    // How far from the average, in standard deviations, is left to a formula.
    if node.attribute("stdDev").is_some() {
        return None;
    }
    let numbers = values.sorted()?;
    let average = Operand::Number(numbers.iter().sum::<f64>() / numbers.len() as f64);
    let below = node.attribute("aboveAverage").is_some_and(|above| !is_true(Some(above)));
    Some(Test::Compare(
        match (below, is_true(node.attribute("equalAverage"))) {
            (true, true) => Compare::AtMost,
            (true, false) => Compare::Below,
            (false, true) => Compare::AtLeast,
            (false, false) => Compare::Above,
        },
        average,
    ))
}

/// Two or three values with a colour each (§18.3.1.16).
fn scale(node: Node<'_>, values: &mut Values<'_>, palette: &Palette) -> Option<Test> {
    let numbers = values.sorted()?;
    let (least, greatest) = (*numbers.first()?, *numbers.last()?);
    let at = |node: Node<'_>| {
        let value = || node.number::<f64>("val").filter(|value| value.is_finite());
        match node.attribute("type")? {
            "min" => Some(least),
            "max" => Some(greatest),
            "num" => value(),
            "percent" => Some(least + (greatest - least) * value()? / 100.0),
            "percentile" => {
                let at = (value()?.clamp(0.0, 100.0) / 100.0 * (numbers.len() - 1) as f64).round();
                numbers.get(at as usize).copied()
            }
            _ => None,
        }
    };
    let stops = node.all(Ns::S, "cfvo").zip(node.all(Ns::S, "color")).take(3);
    let stops: Option<Vec<_>> = stops.map(|(value, color)| Some((at(value)?, palette.rgb(color)?))).collect();
    stops.filter(|stops| stops.len() > 1).map(Test::Scale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::tree::Tree;
    use crate::container::xml::Xml;
    use crate::error::Result;
    use crate::sheets::store::{StoredCell, StoredRow};

    /// The conditions of this text over the numbers 1 to 5 in column A.
    fn conditions(rules: &str) -> Result<Conditions> {
        let mut grid = Grid::default();
        for row in 0..5 {
            grid.begin_row(StoredRow::at(row));
            grid.push(StoredCell { value: Value::Number(f64::from(row) + 1.0), column: 0, style: 0 });
        }
        let namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        let text = format!(
            "<conditionalFormatting xmlns='{namespace}' sqref='A1:A5 C1'>{rules}</conditionalFormatting>"
        );
        let tree = Tree::whole(Xml::new(text.as_bytes()), 16)?;
        let mut conditions = Conditions::default();
        if let Some(root) = tree.root() {
            conditions.read(root, &mut grid, &Palette::default());
        }
        Ok(conditions)
    }

    #[test]
    fn values_meet_conditions() -> Result<()> {
        let number = Content::Number;
        for (rule, content, expected) in [
            ("type='cellIs' operator='lessThan'><formula>3</formula>", number(2.0), true),
            ("type='cellIs' operator='lessThan'><formula>3</formula>", number(3.0), false),
            ("type='cellIs' operator='greaterThan'><formula>3</formula>", Content::Text("a"), true),
            ("type='cellIs' operator='equal'><formula>\"Yes\"</formula>", Content::Text("YES"), true),
            ("type='cellIs' operator='equal'><formula>A1+1</formula>", number(2.0), false),
            ("type='cellIs' operator='between'><formula>2</formula><formula>4</formula>", number(4.0), true),
            (
                "type='cellIs' operator='notBetween'><formula>2</formula><formula>4</formula>",
                number(4.0),
                false,
            ),
            ("type='containsText' text='B'>", Content::Text("abc"), true),
            ("type='endsWith' text='b'>", Content::Text("abc"), false),
            ("type='containsErrors'>", Content::Other("#N/A"), true),
            ("type='top10' rank='2'>", number(4.0), true),
            ("type='top10' rank='2'>", number(3.0), false),
            ("type='top10' rank='20' percent='1' bottom='1'>", number(1.0), true),
            ("type='aboveAverage'>", number(4.0), true),
            ("type='aboveAverage'>", number(3.0), false),
        ] {
            let conditions = conditions(&format!("<cfRule dxfId='7' priority='1' {rule}</cfRule>"))?;
            let look = conditions.look(2, 0, content);
            assert_eq!(look.style == Some(7), expected, "{rule} of {content:?}");
            assert_eq!(conditions.look(2, 1, content), Look::default(), "{rule} elsewhere");
        }
        Ok(())
    }

    #[test]
    fn a_scale_mixes_colours() -> Result<()> {
        let stops = "<cfvo type='min'/><cfvo type='max'/><color rgb='FF000000'/><color rgb='FFFF0000'/>";
        let conditions = conditions(&format!(
            "<cfRule type='colorScale' priority='1'><colorScale>{stops}</colorScale></cfRule>"
        ))?;
        for (number, expected) in [(1.0, "#000000"), (5.0, "#ff0000"), (3.0, "#800000"), (9.0, "#ff0000")] {
            let look = conditions.look(0, 2, Content::Number(number));
            assert_eq!(look.fill, Color::hex(expected), "{number}");
        }
        assert_eq!(conditions.look(0, 2, Content::Text("a")), Look::default());
        Ok(())
    }

    #[test]
    fn the_first_rule_counts() -> Result<()> {
        let rule = |style: u8, priority: u8, limit: u8| {
            format!(
                "<cfRule type='cellIs' operator='greaterThan' dxfId='{style}' priority='{priority}'><formula>{limit}</formula></cfRule>"
            )
        };
        let conditions = conditions(&(rule(1, 2, 0) + &rule(2, 1, 3)))?;
        assert_eq!(conditions.look(0, 0, Content::Number(4.0)).style, Some(2));
        assert_eq!(conditions.look(0, 0, Content::Number(1.0)).style, Some(1));
        Ok(())
    }
}
