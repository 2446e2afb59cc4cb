//! Data styles (OpenDocument 1.3 part 3, 16.29) as format codes of the other spreadsheets, which are shown already.

use crate::container::tree::Node;
use crate::container::xml::Ns;

/// Digits that a format may ask for.
const DIGITS: usize = 30;

/// The code of a data style; `other` has the codes of styles that its conditions name. None for texts and truths.
pub(super) fn code<'c>(style: Node<'_>, other: impl Fn(&str) -> Option<&'c str>) -> Option<String> {
    if !matches!(
        style.name(),
        "number-style" | "percentage-style" | "currency-style" | "date-style" | "time-style"
    ) {
        return None;
    }
    let mut all = String::new();
    for map in style.all(Ns::Style, "map") {
        let condition =
            map.attribute("condition").and_then(|condition| condition.trim().strip_prefix("value()"));
        let code = map.attribute("apply-style-name").and_then(&other);
        if let (Some(condition), Some(code)) = (condition, code) {
            all.push_str(&format!("[{}]{code};", condition.replace("!=", "<>")));
        }
    }
    let unending = style.attribute("truncate-on-overflow") == Some("false");
    for part in style.elements().filter(|part| part.ns() == Some(Ns::Number)) {
        put(&mut all, part, unending);
    }
    Some(all)
}

fn put(out: &mut String, part: Node<'_>, unending: bool) {
    let digits = |name: &str| part.number::<usize>(name).map(|count| count.min(DIGITS));
    let long = part.attribute("style") == Some("long");
    let textual = part.attribute("textual") == Some("true");
    match part.name() {
        "number" => out.push_str(&number(part)),
        "scientific-number" => {
            let fraction = digits("decimal-places").unwrap_or(2);
            let exponent = digits("min-exponent-digits").unwrap_or(2).max(1);
            let point = if fraction > 0 { "." } else { "" };
            out.push_str(&format!("0{point}{}E+{}", "0".repeat(fraction), "0".repeat(exponent)));
        }
        "fraction" => {
            let denominator = digits("min-denominator-digits").unwrap_or(1).max(1);
            out.push_str(&format!("# {0}/{0}", "?".repeat(denominator)));
        }
        // What a percentage is multiplied for.
        "text" if part.all_text().trim() == "%" => out.push_str(&part.all_text()),
        "text" | "currency-symbol" => out.push_str(&format!("\"{}\"", part.all_text().replace('"', ""))),
        "day" => out.push_str(if long { "dd" } else { "d" }),
        "month" => out.push_str(match (textual, long) {
            (true, true) => "mmmm",
            (true, false) => "mmm",
            (false, true) => "mm",
            (false, false) => "m",
        }),
        "year" => out.push_str(if long { "yyyy" } else { "yy" }),
        "day-of-week" => out.push_str(if long { "dddd" } else { "ddd" }),
        "hours" if unending => out.push_str("[h]"),
        "hours" => out.push_str(if long { "hh" } else { "h" }),
        "minutes" => out.push_str(if long { "mm" } else { "m" }),
        "seconds" => {
            out.push_str(if long { "ss" } else { "s" });
            if let Some(places @ 1..) = digits("decimal-places") {
                out.push_str(&format!(".{}", "0".repeat(places)));
            }
        }
        "am-pm" => out.push_str("AM/PM"),
        _ => {}
    }
}

fn number(part: Node<'_>) -> String {
    let digits = |name: &str| part.number::<usize>(name).map(|count| count.min(DIGITS));
    let whole = digits("min-integer-digits").unwrap_or(1);
    let grouped = part.attribute("grouping") == Some("true");
    let fraction = digits("decimal-places");
    if fraction.is_none() && whole <= 1 && !grouped {
        return "General".to_owned();
    }
    let mut code = match (grouped, whole) {
        (true, 0..=3) => format!("#,{}{}", "#".repeat(3 - whole), "0".repeat(whole)),
        (true, _) => format!("#,{}", "0".repeat(whole)),
        (false, 0) => "#".to_owned(),
        (false, _) => "0".repeat(whole),
    };
    if let Some(fraction @ 1..) = fraction {
        let least = digits("min-decimal-places").unwrap_or(fraction).min(fraction);
        code.push('.');
        code.push_str(&"0".repeat(least));
        code.push_str(&"#".repeat(fraction - least));
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::tree::Tree;
    use crate::container::xml::Xml;
    use crate::error::Result;

    #[test]
    fn data_styles_are_format_codes() -> Result<()> {
        for (style, expected) in [
            (
                "<number:number-style><number:number number:min-integer-digits='1'/></number:number-style>",
                Some("General"),
            ),
            (
                "<number:number-style><number:number number:decimal-places='2' number:min-integer-digits='1' number:grouping='true'/></number:number-style>",
                Some("#,##0.00"),
            ),
            (
                "<number:percentage-style><number:number number:decimal-places='1'/><number:text>%</number:text></number:percentage-style>",
                Some("0.0%"),
            ),
            (
                "<number:currency-style><number:text>-</number:text><number:currency-symbol>£</number:currency-symbol><number:number number:decimal-places='0' \
                 number:min-integer-digits='1'/><style:map style:condition='value()&gt;=0' style:apply-style-name='P0'/></number:currency-style>",
                Some("[>=0]0;\"-\"\"£\"0"),
            ),
            (
                "<number:date-style><number:day number:style='long'/><number:text>.</number:text><number:month number:textual='true'/><number:year number:style='long'/></number:date-style>",
                Some("dd\".\"mmmyyyy"),
            ),
            (
                "<number:time-style number:truncate-on-overflow='false'><number:hours/><number:text>:</number:text><number:minutes number:style='long'/></number:time-style>",
                Some("[h]\":\"mm"),
            ),
            (
                "<number:number-style><number:scientific-number number:decimal-places='2' number:min-exponent-digits='3'/></number:number-style>",
                Some("0.00E+000"),
            ),
            ("<number:text-style><number:text-content/></number:text-style>", None),
        ] {
            let tree = Tree::whole(Xml::new(style.as_bytes()), 9)?;
            let code = tree.root().and_then(|node| code(node, |name| (name == "P0").then_some("0")));
            assert_eq!(code.as_deref(), expected, "{style}");
        }
        Ok(())
    }
}
