//! Formulas as a line of text (Office Math, ECMA-376 part 1 §22.1): `(a+b)/2`, `x²`, `∑_(i=1)^n i`.

use super::blocks::Blocks;
use super::inline::{Context, Inlines};
use super::story::Builder;
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::error::Result;
use crate::model::Inline;

/// Formulas inside formulas.
const DEPTH: usize = 64;
/// Bytes of one formula.
const LONGEST: usize = 64 * 1024;

impl Builder<'_, '_> {
    /// A formula in a paragraph.
    pub(super) fn math_inline(&mut self, node: Node<'_>, context: &Context, out: &mut Inlines) {
        for (index, line) in lines(node).iter().enumerate() {
            if index > 0 {
                out.list.push(Inline::LineBreak);
            }
            self.plain_text(line, context, out);
        }
    }

    /// A formula between paragraphs.
    pub(super) fn math_block(&mut self, node: Node<'_>, out: &mut Blocks) -> Result<()> {
        let (mut inlines, context) = (Inlines::default(), self.bare_context());
        self.math_inline(node, &context, &mut inlines);
        if !inlines.list.is_empty() && self.shared.take_block() {
            self.bare_paragraph(inlines.list, out);
        }
        Ok(())
    }
}

/// The lines of a formula or of several.
fn lines(node: Node<'_>) -> Vec<String> {
    let mut text = String::new();
    if node.name() == "oMathPara" {
        for math in node.all(Ns::M, "oMath") {
            if !text.is_empty() {
                text.push('\n');
            }
            put_children(math, &mut text, 0);
        }
    } else {
        put_children(node, &mut text, 0);
    }
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn put_children(node: Node<'_>, out: &mut String, depth: usize) {
    if depth > DEPTH || out.len() > LONGEST {
        return;
    }
    for child in node.elements() {
        match child.ns() {
            Some(Ns::M) => put(child, out, depth + 1),
            Some(Ns::W)
                if matches!(child.name(), "ins" | "moveTo" | "r" | "sdt" | "sdtContent" | "hyperlink") =>
            {
                put_children(child, out, depth + 1);
            }
            Some(Ns::W) if child.name() == "t" => out.push_str(&child.all_text()),
            _ => {}
        }
    }
}

fn put(node: Node<'_>, out: &mut String, depth: usize) {
    let part = |name: &str| {
        let mut text = String::new();
        if let Some(part) = node.child(Ns::M, name) {
            put_children(part, &mut text, depth);
        }
        text
    };
    match node.name() {
        "t" => out.push_str(&node.all_text()),
        "f" if property(node, "fPr", "type") == Some("noBar") => {
            out.push_str(&format!("({}¦{})", part("num"), part("den")));
        }
        "f" => out.push_str(&format!("{}/{}", grouped(&part("num")), grouped(&part("den")))),
        "sSup" => out.push_str(&format!("{}{}", part("e"), raised(&part("sup")))),
        "sSub" => out.push_str(&format!("{}{}", part("e"), lowered(&part("sub")))),
        "sSubSup" => out.push_str(&format!("{}{}{}", part("e"), lowered(&part("sub")), raised(&part("sup")))),
        "sPre" => out.push_str(&format!("{}{}{}", lowered(&part("sub")), raised(&part("sup")), part("e"))),
        "rad" => put_root(&part("deg"), &part("e"), out),
        "nary" => {
            let sign = property(node, "naryPr", "chr").unwrap_or("∫");
            out.push_str(&format!("{sign}{}{} {}", lowered(&part("sub")), raised(&part("sup")), part("e")));
        }
        "func" => out.push_str(&format!("{} {}", part("fName"), part("e"))),
        "limLow" => out.push_str(&format!("{}{}", part("e"), lowered(&part("lim")))),
        "limUpp" => out.push_str(&format!("{}{}", part("e"), raised(&part("lim")))),
        "acc" => {
            out.push_str(&part("e"));
            out.push_str(property(node, "accPr", "chr").unwrap_or("\u{302}"));
        }
        "bar" => out.push_str(&format!("{}\u{305}", part("e"))),
        "d" => put_delimited(node, out, depth),
        "m" => put_rows(node, out, depth),
        "eqArr" => {
            for (index, line) in node.all(Ns::M, "e").enumerate() {
                if index > 0 {
                    out.push('\n');
                }
                put_children(line, out, depth);
            }
        }
        name if name.ends_with("Pr") => {}
        _ => put_children(node, out, depth),
    }
}

fn property<'t>(node: Node<'t>, group: &str, name: &str) -> Option<&'t str> {
    node.path(Ns::M, &[group, name])?.attribute("val")
}

fn put_root(degree: &str, inside: &str, out: &mut String) {
    match degree.trim() {
        "" | "2" => out.push('√'),
        "3" => out.push('∛'),
        "4" => out.push('∜'),
        degree => out.push_str(&format!("{}√", raised(degree))),
    }
    out.push_str(&grouped(inside));
}

/// Brackets and what stands between them.
fn put_delimited(node: Node<'_>, out: &mut String, depth: usize) {
    let mark = |name, usual| property(node, "dPr", name).unwrap_or(usual);
    out.push_str(mark("begChr", "("));
    for (index, part) in node.all(Ns::M, "e").enumerate() {
        if index > 0 {
            out.push_str(mark("sepChr", "|"));
        }
        put_children(part, out, depth);
    }
    out.push_str(mark("endChr", ")"));
}

/// A matrix: spaces between columns, semicolons between rows.
fn put_rows(node: Node<'_>, out: &mut String, depth: usize) {
    for (index, row) in node.all(Ns::M, "mr").enumerate() {
        if index > 0 {
            out.push_str("; ");
        }
        for (index, part) in row.all(Ns::M, "e").enumerate() {
            if index > 0 {
                out.push(' ');
            }
            put_children(part, out, depth);
        }
    }
}

/// In brackets, unless it is one number or one name.
fn grouped(text: &str) -> String {
    let text = text.trim();
    let single =
        text.chars().count() <= 1 || text.chars().all(|letter| letter.is_alphanumeric() || letter == '.');
    let closed = text.starts_with('(') && text.find(')') == Some(text.len() - 1);
    if single || closed { text.to_owned() } else { format!("({text})") }
}

fn raised(text: &str) -> String {
    scripted(text, '^', "⁰¹²³⁴⁵⁶⁷⁸⁹")
}

fn lowered(text: &str) -> String {
    scripted(text, '_', "₀₁₂₃₄₅₆₇₈₉")
}

/// Digits as small digits, everything else behind a mark.
fn scripted(text: &str, mark: char, digits: &str) -> String {
    let text = text.trim();
    if text.is_empty() {
        return String::new();
    }
    let small = |digit: char| digits.chars().nth(digit.to_digit(10)? as usize);
    match text.chars().map(small).collect::<Option<String>>() {
        Some(small) => small,
        None => format!("{mark}{}", grouped(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::tree::Tree;
    use crate::container::xml::Xml;

    #[test]
    fn formulas_are_read_along_the_line() -> Result<()> {
        let run = |text: &str| format!("<m:r><m:t>{text}</m:t></m:r>");
        let part = |name: &str, text: &str| format!("<m:{name}>{}</m:{name}>", run(text));
        for (inner, expected) in [
            (format!("<m:f>{}{}</m:f>", part("num", "a+b"), part("den", "2")), "(a+b)/2"),
            (format!("<m:sSup>{}{}</m:sSup>", part("e", "x"), part("sup", "2")), "x²"),
            (format!("<m:sSup>{}{}</m:sSup>", part("e", "e"), part("sup", "n+1")), "e^(n+1)"),
            (format!("<m:sSub>{}{}</m:sSub>", part("e", "a"), part("sub", "12")), "a₁₂"),
            (format!("<m:rad><m:deg/>{}</m:rad>", part("e", "x+y")), "√(x+y)"),
            (
                format!(
                    "<m:nary><m:naryPr><m:chr m:val='∑'/></m:naryPr>{}{}{}</m:nary>",
                    part("sub", "i=1"),
                    part("sup", "n"),
                    part("e", "i")
                ),
                "∑_(i=1)^n i",
            ),
            (format!("<m:d>{}{}</m:d>", part("e", "a"), part("e", "b")), "(a|b)"),
            (format!("<m:m><m:mr>{0}{0}</m:mr><m:mr>{0}{0}</m:mr></m:m>", part("e", "1")), "1 1; 1 1"),
            (format!("<m:func>{}{}</m:func>", part("fName", "sin"), part("e", "x")), "sin x"),
        ] {
            let text = format!("<m:oMath>{inner}</m:oMath>");
            let tree = Tree::whole(Xml::new(text.as_bytes()), 50)?;
            assert_eq!(lines(tree.root().expect("a root")).join("|"), expected);
        }
        Ok(())
    }
}
