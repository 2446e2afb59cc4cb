//! What texts of drawings say and look like.

use super::*;
use crate::container::opc::Relations;
use crate::container::tree::Tree;
use crate::container::xml::Xml;
use crate::drawing::color::{ColorMap, Palette};
use crate::drawing::scope::Gathered;
use crate::drawing::theme::Theme;
use crate::error::Result;
use crate::model::{Align, Inline};

/// The body in `xml`, whose shape follows the list in `list`.
fn read(xml: &str, list: &str) -> Result<TextBody> {
    let tree = |xml: &str| Tree::whole(Xml::new(xml.as_bytes()), 99);
    let (body_tree, list_tree) =
        (tree(&format!("<p:txBody>{xml}</p:txBody>"))?, tree(&format!("<a:lstStyle>{list}</a:lstStyle>"))?);
    let (theme, map, relations, gathered) =
        (Theme::default(), ColorMap::default(), Relations::default(), Gathered::new(1000));
    let holds = |_: &str| false;
    let scope = Scope {
        holds: &holds,
        relations: &relations,
        palette: Palette::new(&theme, &map),
        gathered: &gathered,
    };
    let lists: Vec<Node<'_>> = list_tree.root().into_iter().collect();
    let context =
        TextContext { scope, lists: &lists, bodies: &[], font: FontStyle::default(), slide_number: Some(7) };
    Ok(body(body_tree.root().expect("a root"), &context, [0.0; 4]))
}

fn paragraphs(body: &TextBody) -> Vec<&Paragraph> {
    body.blocks
        .iter()
        .filter_map(|block| match block {
            Block::Paragraph(paragraph) => Some(paragraph),
            _ => None,
        })
        .collect()
}

fn text(paragraph: &Paragraph) -> String {
    let label = paragraph.label.as_ref().map(|label| format!("{} ", label.text)).unwrap_or_default();
    paragraph.inlines.iter().fold(label, |text, inline| match inline {
        Inline::Text { text: more, .. } => text + more,
        Inline::Tab => text + "\t",
        Inline::LineBreak => text + "|",
        _ => text,
    })
}

#[test]
fn runs_fields_and_breaks_are_read() -> Result<()> {
    for (xml, expected) in [
        ("<a:r><a:t>a</a:t></a:r><a:br/><a:r><a:t>b\tc</a:t></a:r>", "a|b\tc"),
        ("<a:fld type='slidenum'><a:t>‹#›</a:t></a:fld>", "7"),
        ("<a:fld type='datetime1'><a:t>1/2/2013</a:t></a:fld>", "1/2/2013"),
        ("<a:r><a:rPr cap='all'/><a:t>loud</a:t></a:r>", "LOUD"),
        ("<a:r><a:rPr><a:sym typeface='Wingdings'/></a:rPr><a:t>\u{f0e0}</a:t></a:r>", "→"),
        (
            "<a14:m><m:oMath><m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f></m:oMath></a14:m>",
            "1/2 ",
        ),
    ] {
        let body = read(&format!("<a:p>{xml}</a:p>"), "")?;
        assert_eq!(text(paragraphs(&body)[0]), expected, "{xml}");
    }
    Ok(())
}

#[test]
fn levels_are_followed_where_a_paragraph_says_nothing() -> Result<()> {
    let list = "<a:lvl1pPr algn='ctr' marL='12700'><a:buChar char='–'/><a:defRPr sz='4000' b='1'/></a:lvl1pPr>\
        <a:lvl2pPr><a:buAutoNum type='alphaLcPeriod'/><a:defRPr sz='2000'/></a:lvl2pPr>";
    let body = read(
        "<a:p><a:r><a:t>one</a:t></a:r></a:p><a:p><a:pPr lvl='1'/><a:r><a:t>x</a:t></a:r></a:p>\
         <a:p><a:pPr lvl='1'/><a:r><a:t>y</a:t></a:r></a:p><a:p/><a:p><a:pPr algn='r'><a:buNone/></a:pPr><a:r>\
         <a:rPr sz='1000' b='0'/><a:t>none</a:t></a:r></a:p>",
        list,
    )?;
    let all = paragraphs(&body);
    let texts: Vec<String> = all.iter().map(|paragraph| text(paragraph)).collect();
    assert_eq!(texts, ["– one", "a. x", "b. y", "", "none"]);
    assert_eq!((all[0].align, all[0].indent_start, all[4].align), (Align::Center, 1.0, Align::End));
    assert_eq!((all[0].style.size, all[0].style.bold, all[1].style.size), (Some(40.0), true, Some(20.0)));
    let Inline::Text { style, .. } = &all[4].inlines[0] else { panic!("a text") };
    assert_eq!((style.size, style.bold), (Some(10.0), false));
    Ok(())
}

#[test]
fn bodies_say_where_text_stands() -> Result<()> {
    let body = read(
        "<a:bodyPr lIns='0' anchor='ctr' wrap='none' vert='vert270' numCol='2'><a:normAutofit fontScale='62500' \
         lnSpcReduction='20000'/></a:bodyPr><a:p/>",
        "",
    )?;
    assert_eq!(body.insets, [0.0, 3.6, 7.2, 3.6]);
    assert_eq!(
        (body.vertical, body.no_wrap, body.rotation, body.columns),
        (VerticalAlign::Middle, true, 270.0, 2)
    );
    assert_eq!((body.scale, paragraphs(&body)[0].line_height), (0.625, Some(LineHeight::Times(0.8))));
    Ok(())
}

#[test]
fn there_is_an_end_to_paragraphs() -> Result<()> {
    let body = read(&"<a:p/>".repeat(5000), "")?;
    assert_eq!(body.blocks.len(), 1000);
    Ok(())
}

#[test]
fn shares_of_lines_are_of_the_letters_that_are_there() -> Result<()> {
    let list = "<a:lvl1pPr><a:spcBef><a:spcPct val='50000'/></a:spcBef><a:defRPr sz='4000'/></a:lvl1pPr>";
    for (xml, expected) in [
        ("<a:r><a:rPr sz='1000'/><a:t>a</a:t></a:r><a:r><a:rPr sz='2000'/><a:t>b</a:t></a:r>", 12.0),
        ("<a:r><a:t>a</a:t></a:r>", 24.0),
        ("<a:endParaRPr sz='500'/>", 3.0),
    ] {
        let body = read(&format!("<a:p>{xml}</a:p>"), list)?;
        let before = paragraphs(&body)[0].space_before;
        assert!((before - expected).abs() < 0.01, "{xml}: {before}");
    }
    Ok(())
}
