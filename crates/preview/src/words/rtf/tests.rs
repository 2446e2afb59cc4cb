//! Whole documents: what is written and what is shown.

use crate::model::{
    Align, Block, Flow, Heading, Inline, NoteKind, Paragraph, Script, ShapeContent, Table, TextStyle, Warning,
};
use crate::reading::{Extent, put_flow};
use crate::{Hint, Limits, Part, Result, Window, open};

fn read_bytes(bytes: &[u8], limits: &Limits) -> Result<(Flow, Vec<Warning>)> {
    let bytes = bytes.to_vec();
    let mut document = open(&bytes, &Hint { name: "x.rtf" }, limits)?;
    let Part::Flow(flow) = document.next(Window::Blocks { count: u32::MAX })? else { panic!("it flows") };
    Ok((flow, document.warnings()))
}

/// The document with this body, which has the fonts 0 (1252), 1 (Shift-JIS), 2 (Symbol), 3 (1251).
fn read(body: &str) -> Result<Flow> {
    let head = "{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fcharset0 Arial;}{\\f1\\fcharset128 Mincho;}\
                {\\f2\\fcharset2 Symbol;}{\\f3\\fcharset204 Arial Cyr;}}{\\colortbl;\\red255\\green0\\blue0;}\
                {\\stylesheet{\\s0 Normal;}{\\s1\\outlinelevel0 heading 1;}{\\*\\cs2 Emphasis;}}";
    Ok(read_bytes(format!("{head}{body}}}").as_bytes(), &Limits::default())?.0)
}

fn text(body: &str) -> Result<String> {
    let mut text = String::new();
    put_flow(&mut text, &read(body)?, Extent::Everything);
    Ok(text.trim_end_matches('\n').to_owned())
}

fn paragraphs(flow: &Flow) -> Vec<&Paragraph> {
    let mut found = Vec::new();
    for block in &flow.blocks {
        if let Block::Paragraph(paragraph) = block {
            found.push(paragraph);
        }
    }
    found
}

fn table(flow: &Flow) -> &Table {
    let table = flow.blocks.iter().find_map(|block| match block {
        Block::Table(table) => Some(table),
        _ => None,
    });
    table.unwrap_or_else(|| panic!("a table"))
}

#[test]
fn characters_are_read_in_the_encoding_that_holds() -> Result<()> {
    for (body, expected) in [
        ("caf\\'e9\\'80", "café€"),
        ("\\f1 \\'92\\'86\\'83V\\'83\r\n\\'56", "中シシ"),
        ("\\f3 \\'cf\\'f0{\\f0\\'e9}", "Прé"),
        ("\\u8364?\\u-3?x", "€\u{fffd}x"),
        ("\\uc2\\u20013\\'92\\'86{\\uc0\\u233}z", "中éz"),
        ("\\u-10179?\\u-8704?", "😀"),
        ("\\u-10179? a\\u-8704?", "\u{fffd} a\u{fffd}"),
        ("\\f2 a\\'b7\\u-3913?", "α••"),
        ("\\ldblquote a\\rdblquote\\emdash b\\~c\\_d", "“a”—b\u{a0}c\u{2011}d"),
        ("\\u8220\\ldblquote a", "“a"),
        ("{\\upr{ansi}{\\*\\ud{unicode}}}", "unicode"),
        ("\\dbch\\af1\\loch\\f0 \\'e9", "é"),
        ("\\loch\\f0\\dbch\\af1 \\'92\\'86", "中"),
    ] {
        assert_eq!(text(body)?, expected, "{body}");
    }
    Ok(())
}

#[test]
fn only_what_is_seen_is_shown() -> Result<()> {
    for (body, expected) in [
        ("a{\\*\\unknown b{c}}d", "ad"),
        ("a{\\unknown b}c", "abc"),
        ("{\\info{\\title no}}a{\\*\\bkmkstart no}b{\\xe no}{\\tc no}", "ab"),
        ("a{\\v hidden}b{\\deleted gone}{\\revised new}", "abgonenew"),
        ("{\\caps a}b{\\scaps c}", "Abc"),
        ("{\\b x\\*\\cs7 y}", "xy"),
        ("{\\*\\generator no;}{\\*\\htmltag <p>}a", "a"),
        ("{\\object{\\*\\objdata 00}{\\result shown}}", "shown"),
        ("a\\par b\\line c\\tab d\\\ne", "a\nb\nc\td\ne"),
        ("a}ignored", "a"),
        ("a{\\pn\\pnlvlblt x}\\pard\\pn b", "ab"),
        ("{\\mmath{\\*\\moMath{\\mf{\\mfPr}{\\mnum{\\mr a}}{\\mden{\\mr b}}}}}", "a/b"),
    ] {
        assert_eq!(text(body)?, expected, "{body}");
    }
    Ok(())
}

#[test]
fn runs_and_paragraphs_have_their_look() -> Result<()> {
    let flow =
        read("\\pard\\s1\\qc\\li720 a{\\b\\fs28\\cf1 b}{\\super c}\\par\\pard\\pagebb d\\par \\page e")?;
    let [first, second, third] = paragraphs(&flow)[..] else { panic!("three paragraphs") };
    assert_eq!(
        (first.heading, first.align, first.indent_start),
        (Some(Heading::Level(1)), Align::Center, 36.0)
    );
    let styles: Vec<&TextStyle> = (first.inlines.iter())
        .filter_map(|inline| match inline {
            Inline::Text { style, .. } => Some(style),
            _ => None,
        })
        .collect();
    let [plain, bold, raised] = styles[..] else { panic!("three runs") };
    assert_eq!((plain.bold, plain.size, plain.font.as_deref()), (false, Some(12.0), Some("Arial")));
    assert_eq!((bold.bold, bold.size), (true, Some(14.0)));
    assert_eq!(bold.color.as_ref().map(crate::model::Color::as_str), Some("#ff0000"));
    assert_eq!((raised.script, raised.bold), (Some(Script::Super), false));
    assert_eq!((second.heading, third.heading), (None, None));
    let breaks = flow.blocks.iter().filter(|block| matches!(block, Block::PageBreak)).count();
    assert_eq!(breaks, 2);
    Ok(())
}

#[test]
fn paragraphs_of_one_style_close_up_where_they_say_so() -> Result<()> {
    let flow = read(
        "\\pard\\s1\\sb100\\sa200\\contextualspace a\\par b\\par\\pard\\s0\\sb100\\sa200\\contextualspace c\\par\\pard\\sb100\\sa200 d\\par",
    )?;
    let spaces: Vec<_> =
        paragraphs(&flow).iter().map(|known| (known.space_before, known.space_after)).collect();
    assert_eq!(spaces, [(5.0, 0.0), (0.0, 10.0), (5.0, 0.0), (5.0, 10.0)]);
    Ok(())
}

#[test]
fn labels_are_those_that_were_displayed() -> Result<()> {
    let lists = "{\\*\\listtable{\\list{\\listlevel\\levelnfc0\\levelstartat1{\\leveltext\\'02\\'00.;}{\\levelnumbers\\'01;}\
                 \\fi-360\\li720}{\\listlevel\\levelnfc23{\\leveltext\\'01\\u-3913 ?;}{\\levelnumbers;}\\f2}\\listid9}}\
                 {\\*\\listoverridetable{\\listoverride\\listid9\\listoverridecount0\\ls1}}";
    for (body, expected) in [
        ("{\\listtext\\pard\\plain 7)\\tab}\\ls1 a\\par", "7) a"),
        ("\\ls1 a\\par b\\par\\ls1\\ilvl1 c\\par", "1. a\n2. b\n• c"),
        ("{\\pntext\\f2\\'b7\\tab}{\\*\\pn\\pnlvlblt{\\pntxtb\\'b7}}a\\par", "• a"),
        ("\\pard{\\*\\pn\\pnlvlbody\\pnlcltr\\pnstart2{\\pntxta )}}a\\par b\\par\\pard c", "b) a\nc) b\nc"),
        ("\\ls77 a", "a"),
    ] {
        assert_eq!(text(&format!("{lists}{body}"))?, expected, "{body}");
    }
    let flow = read(&format!("{lists}\\ls1 a\\par"))?;
    let paragraph = paragraphs(&flow)[0];
    assert_eq!((paragraph.indent_start, paragraph.indent_first), (36.0, -18.0), "as the list says");
    Ok(())
}

#[test]
fn tables_are_put_together() -> Result<()> {
    let flow = read(
        "\\trowd\\trhdr\\clmgf\\cellx1000\\clmrg\\cellx2000\\clvmgf\\clcbpat1\\cellx3000\\intbl a\\cell\\cell b\\cell\\row\
         \\intbl c\\cell d\\cell\\cell\\trowd\\cellx1000\\cellx2000\\clvmrg\\cellx3000\\row\\pard after",
    )?;
    let table = table(&flow);
    let spans: Vec<Vec<_>> = table
        .rows
        .iter()
        .map(|row| row.cells.iter().map(|cell| (cell.columns, cell.rows)).collect())
        .collect();
    assert_eq!(spans, [vec![(2, 0), (1, 2)], vec![(1, 0), (1, 0)]], "also where the row is said at its end");
    assert!(table.rows[0].header && table.rows[0].cells[1].shade.is_some());
    assert_eq!(table.columns, [50.0; 3]);
    assert_eq!(paragraphs(&flow).len(), 1);
    Ok(())
}

#[test]
fn tables_stand_in_tables() -> Result<()> {
    let flow = read(
        "\\trowd\\cellx5000\\intbl outer\\par\\pard\\intbl\\itap2 in\\nestcell side\\nestcell\
         {\\*\\nesttableprops\\trowd\\cellx1000\\cellx2000\\nestrow}{\\nonesttables\\par}\\pard\\intbl\\itap1 end\\cell\\row\\pard x",
    )?;
    let cell = &table(&flow).rows[0].cells[0];
    let [Block::Paragraph(_), Block::Table(inner), Block::Paragraph(_)] = cell.blocks.as_slice() else {
        panic!("a table between paragraphs: {:?}", cell.blocks)
    };
    assert_eq!((inner.rows.len(), inner.rows[0].cells.len(), inner.columns.len()), (1, 2, 2));
    assert_eq!(table(&flow).columns, [250.0]);
    Ok(())
}

#[test]
fn careless_tables_are_tables() -> Result<()> {
    for (body, expected) in [
        ("\\trowd\\cellx1\\cellx2 a\\cell b\\cell\\row\\pard c", (1, 2)),
        ("\\intbl a\\cell b\\cell\\row", (1, 2)),
        ("\\trowd\\cellx100\\intbl a\\cell b\\cell", (1, 2)),
        ("\\trowd\\cellx100\\intbl a\\row\\pard", (1, 1)),
        ("\\trowd\\cellx300\\cellx100\\intbl a\\cell b\\cell\\row", (1, 2)),
    ] {
        let flow = read(body)?;
        let table = table(&flow);
        assert_eq!((table.rows.len(), table.rows[0].cells.len()), expected, "{body}");
    }
    Ok(())
}

#[test]
fn notes_are_numbered_as_displayed() -> Result<()> {
    let flow = read(
        "a{\\super\\chftn{\\footnote{\\super\\chftn} one}}b{\\super\\chftn{\\footnote\\ftnalt end}}c{\\super *{\\footnote star}}\
         d{\\*\\atnid AB}{\\*\\atnauthor Ann}\\chatn{\\*\\annotation{\\*\\atndate 1}why}{\\super\\chftn}{\\footnote two}",
    )?;
    let notes: Vec<_> = flow.notes.iter().map(|note| (note.id, note.kind, note.label.as_str())).collect();
    assert_eq!(
        notes,
        [
            (0, NoteKind::Footnote, "1"),
            (1, NoteKind::Endnote, "i"),
            (2, NoteKind::Footnote, "*"),
            (3, NoteKind::Comment, "[AB1]"),
            (4, NoteKind::Footnote, "2")
        ]
    );
    assert_eq!(flow.notes[3].author.as_deref(), Some("Ann"));
    let marks: Vec<_> = (paragraphs(&flow)[0].inlines.iter())
        .filter_map(|inline| match inline {
            Inline::Note { id, label } => Some((*id, label.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(marks, [(0, "1"), (1, "i"), (2, "*"), (3, "[AB1]"), (4, "2")]);
    Ok(())
}

#[test]
fn fields_show_their_result() -> Result<()> {
    for (body, expected) in [
        ("{\\field{\\*\\fldinst HYPERLINK \"https://a.b\"}{\\fldrslt link}}", "link"),
        ("{\\field{\\*\\fldinst{SYMBOL 183 \\\\f \"Symbol\"}}{\\fldrslt\\f2}}", "•"),
        ("{\\field{\\*\\fldinst FORMCHECKBOX{\\*\\formfield{\\fftype1\\ffres1}}}{\\fldrslt}}", "☒"),
        (
            "{\\field{\\*\\fldinst FORMDROPDOWN{\\*\\formfield{\\fftype2\\ffres1{\\*\\ffl a}{\\*\\ffl b}}}}{\\fldrslt}}",
            "b",
        ),
        ("{\\field{\\*\\fldinst PAGE}{\\fldrslt 3}}", "3"),
        ("{\\field{\\fldinst no", ""),
    ] {
        assert_eq!(text(body)?, expected, "{body}");
    }
    let flow = read("{\\field{\\*\\fldinst HYPERLINK \"https://a.b\"}{\\fldrslt{\\b link}}} no")?;
    let links: Vec<_> = (paragraphs(&flow)[0].inlines.iter())
        .map(|inline| matches!(inline, Inline::Text { link: Some(link), .. } if link == "https://a.b"))
        .collect();
    assert_eq!(links, [true, false]);
    Ok(())
}

#[test]
fn sections_have_their_margins() -> Result<()> {
    let flow = read(
        "\\paperw10000\\sectd{\\header top}{\\footer foot}one\\par{\\footer late}\\sect\\sectd\\pgwsxn20000\\sbknone two\\par",
    )?;
    let sections: Vec<_> = (flow.blocks.iter())
        .filter_map(|block| match block {
            Block::Section(section) => Some(section),
            _ => None,
        })
        .collect();
    let [first, second] = sections[..] else { panic!("two sections") };
    assert_eq!((first.page.width, second.page.width, second.continuous), (500.0, 1000.0, true));
    assert_eq!((first.header.len(), first.footer.len(), second.header.len()), (1, 1, 1));
    assert!(format!("{:?}", first.footer).contains("late"), "what comes later still counts");
    Ok(())
}

#[test]
fn pictures_stay_in_the_source() -> Result<()> {
    let bytes = b"{\\rtf1{\\*\\shppict{\\pict{\\*\\picprop{\\sp{\\sn wzDescription}{\\sv what}}}\\pngblip\\picwgoal1440\\pichgoal720 \
                  89504E47\r\n0D0A1A0A}}{\\nonshppict{\\pict\\wmetafile8 00}}{\\pict\\jpegblip\\bin4 \xff\xd8\xff}}{\\pict\\macpict 00}}"
        .to_vec();
    let mut document = open(&bytes, &Hint { name: "x.rtf" }, &Limits::default())?;
    let Part::Flow(flow) = document.next(Window::Blocks { count: 10 })? else { panic!("it flows") };
    let pictures: Vec<_> = (paragraphs(&flow)[0].inlines.iter())
        .filter_map(|inline| match inline {
            Inline::Picture(picture) => {
                Some((picture.id, picture.width, picture.height, picture.alt.as_str()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(pictures, [(Some(0), 72.0, 36.0, "what"), (Some(1), 0.0, 0.0, ""), (None, 0.0, 0.0, "")]);
    assert_eq!(document.picture(0)?.bytes, b"\x89PNG\r\n\x1a\n");
    assert_eq!(document.picture(1)?.bytes, b"\xff\xd8\xff}");
    assert!(document.picture(2).is_err());
    assert_eq!(document.warnings(), [Warning::NotDrawn]);
    Ok(())
}

#[test]
fn boxes_have_text_and_groups_have_shapes() -> Result<()> {
    let flow = read(
        "a{\\shp{\\*\\shpinst\\shpleft0\\shptop0\\shpright1440\\shpbottom720{\\sp{\\sn shapeType}{\\sv 202}}{\\shptxt\\pard box\\par}}\
         {\\shprslt{\\*\\do no}}}{\\shpgrp{\\*\\shpinst\\shpright1000\\shpbottom1000{\\shp{\\*\\shpinst{\\sp{\\sn relRight}{\\sv 10}}\
         {\\sp{\\sn pib}{\\sv{\\pict\\pngblip 89}}}}}}}{\\*\\do\\dptxbx{\\dptxbxtext old}\\dpxsize20}",
    )?;
    let shapes: Vec<_> = (paragraphs(&flow)[0].inlines.iter())
        .filter_map(|inline| match inline {
            Inline::Shape(shape) => Some(shape),
            _ => None,
        })
        .collect();
    let [text, group, old] = shapes[..] else { panic!("three shapes") };
    assert_eq!((text.frame.width, text.frame.height, text.text.is_some()), (72.0, 36.0, true));
    let Some(ShapeContent::Group { shapes }) = &group.content else { panic!("a group") };
    assert!(matches!(shapes[0].content, Some(ShapeContent::Picture(_))));
    assert!(old.text.is_some());
    Ok(())
}

#[test]
fn damaged_documents_are_read_as_far_as_they_go() -> Result<()> {
    for (body, expected, damaged) in [
        ("{\\rtf1 a", "a", true),
        ("{\\rtf1{\\footnote a", "1 a", true),
        ("{\\rtf1{\\b a}}}} b", "a", false),
        ("{\\rtf1 a}garbage", "a", false),
        ("{\\rtf1{\\fonttbl{\\f0 a", "", true),
        ("{\\rtf1{\\pict\\bin2147483647 abc}} b}", "", true),
        ("{\\rtf", "", true),
        ("\u{feff}{\\rtf1 a}", "a", false),
    ] {
        let (flow, warnings) = read_bytes(body.as_bytes(), &Limits::default())?;
        let mut text = String::new();
        put_flow(&mut text, &flow, Extent::Everything);
        assert_eq!((text.trim(), warnings.contains(&Warning::Damaged)), (expected, damaged), "{body}");
        assert!(flow.last);
    }
    Ok(())
}

#[test]
fn hostile_documents_end() -> Result<()> {
    let limits = Limits { blocks: 2000, characters: 100_000, ..Limits::default() };
    for body in [
        format!("{}x{}", "{".repeat(200_000), "}".repeat(200_000)),
        "{\\shp{\\*\\shpinst{\\shptxt x".repeat(20_000),
        "{\\footnote x".repeat(20_000),
        "\\itap99999\\nestcell ".repeat(20_000),
        format!("\\trowd{}", "\\cellx1".repeat(100_000)),
        "\\b x\\b0 y".repeat(100_000),
        "x\\par ".repeat(100_000),
        format!("{{\\header {}}}{}", "x\\par".repeat(500), "x\\sect".repeat(10_000)),
        "{\\field{\\*\\fldinst HYPERLINK \"x".repeat(20_000),
        "{\\listtext x".repeat(20_000),
        "\\u-10240".repeat(50_000),
        "\\li2147483647\\fi-2147483648\\sl-2147483648\\sb2147483647\\trrh-2147483648\\trleft-2147483648\\cellx2147483647\\cell\\row"
            .repeat(100),
    ] {
        let (flow, _) = read_bytes(format!("{{\\rtf1{body}").as_bytes(), &limits)?;
        assert!(flow.last && flow.blocks.len() <= 2001);
    }
    Ok(())
}

#[test]
fn blocks_come_once_each_in_windows() -> Result<()> {
    let bytes = format!("{{\\rtf1 {}}}", "x\\par ".repeat(1000)).into_bytes();
    let mut document = open(&bytes, &Hint { name: "x.rtf" }, &Limits::default())?;
    let (mut blocks, mut windows) = (0, 0);
    loop {
        let Part::Flow(flow) = document.next(Window::Blocks { count: 64 })? else { panic!("it flows") };
        blocks += flow.blocks.len();
        windows += 1;
        if flow.last {
            break;
        }
    }
    assert_eq!(blocks, 1001);
    assert!(windows > 10);
    Ok(())
}
