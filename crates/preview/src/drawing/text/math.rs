//! Formulas as a line of text (ECMA-376 part 1 §22.1).

use crate::container::tree::Node;
use crate::container::xml::Ns;

/// Parts of formulas inside each other.
const DEPTH: usize = 40;

/// The formulas below `node` in linear form: `a/b`, `x^2`, `√(y)`.
pub(crate) fn linear(node: Node<'_>) -> String {
    let mut out = String::new();
    write(node, &mut out, DEPTH);
    out
}

fn write(node: Node<'_>, out: &mut String, depth: usize) {
    let Some(deeper) = depth.checked_sub(1) else { return };
    let part = |name: &str, out: &mut String| {
        if let Some(part) = node.child(Ns::M, name) {
            write(part, out, deeper);
        }
    };
    let character = |properties: &str, usual: &str| {
        let said = node.path(Ns::M, &[properties, "chr"]).and_then(|node| node.attribute("val"));
        said.unwrap_or(usual).to_owned()
    };
    match node.name() {
        "t" => out.push_str(&node.all_text()),
        "f" => {
            part("num", out);
            out.push('/');
            part("den", out);
        }
        "sSup" | "sSub" | "sSubSup" => {
            part("e", out);
            if node.child(Ns::M, "sub").is_some() {
                out.push('_');
                part("sub", out);
            }
            if node.child(Ns::M, "sup").is_some() {
                out.push('^');
                part("sup", out);
            }
        }
        "rad" => {
            part("deg", out);
            out.push_str("√(");
            part("e", out);
            out.push(')');
        }
        "nary" => {
            out.push_str(&character("naryPr", "∫"));
            part("sub", out);
            out.push(' ');
            part("sup", out);
            out.push(' ');
            part("e", out);
        }
        "d" => delimited(node, out, deeper),
        "rPr" | "ctrlPr" | "fPr" | "dPr" | "naryPr" | "radPr" => {}
        _ => {
            for child in node.elements() {
                write(child, out, deeper);
                if matches!(child.name(), "oMath" | "mr") {
                    out.push(' ');
                }
            }
        }
    }
}

fn delimited(node: Node<'_>, out: &mut String, depth: usize) {
    let said = |name: &str, usual: &str| {
        let node = node.path(Ns::M, &["dPr", name]).and_then(|node| node.attribute("val"));
        node.unwrap_or(usual).to_owned()
    };
    out.push_str(&said("begChr", "("));
    for (number, inside) in node.all(Ns::M, "e").enumerate() {
        if number > 0 {
            out.push_str(&said("sepChr", "|"));
        }
        write(inside, out, depth);
    }
    out.push_str(&said("endChr", ")"));
}
