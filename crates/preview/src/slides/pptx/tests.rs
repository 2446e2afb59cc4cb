//! Whole presentations, zipped in memory.

use std::io::{Cursor, Write as _};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::error::{PreviewError, Result};
use crate::model::{Fill, Frame, Geometry, Shape, ShapeContent, ShapeRole, Slide, Warning};
use crate::reading::{Extent, put_slide};
use crate::{Hint, Limits, Opened, Part, Window, open};

const R: &str = "http://x/";

/// The relationships of a part: id, kind, target.
fn relations(all: &[(&str, &str, &str)]) -> String {
    let each = |(id, kind, target): &(&str, &str, &str)| {
        let mode = if target.contains("://") { " TargetMode='External'" } else { "" };
        format!("<Relationship Id='{id}' Type='{R}{kind}' Target='{target}'{mode}/>")
    };
    let inside: String = all.iter().map(each).collect();
    format!(
        "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>{inside}</Relationships>"
    )
}

fn zipped(parts: &[(String, String)]) -> Result<Vec<u8>> {
    let wrong = |error: zip::result::ZipError| PreviewError::malformed(error.to_string());
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(name.as_str(), SimpleFileOptions::default()).map_err(wrong)?;
        zip.write_all(content.as_bytes())?;
    }
    Ok(zip.finish().map_err(wrong)?.into_inner())
}

/// Layout and master of all presentations here.
const LAYOUT: &str = "<p:sldLayout><p:cSld><p:spTree>\
    <p:sp><p:nvSpPr><p:cNvPr id='1'/><p:nvPr><p:ph type='title'/></p:nvPr></p:nvSpPr><p:spPr><a:xfrm><a:off x='12700' \
    y='25400'/><a:ext cx='1270000' cy='127000'/></a:xfrm></p:spPr><p:txBody><a:p><a:r><a:t>Click to add title</a:t></a:r>\
    </a:p></p:txBody></p:sp><p:sp><p:nvSpPr><p:cNvPr id='2'/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm><a:off x='0' y='0'/>\
    <a:ext cx='12700' cy='12700'/></a:xfrm></p:spPr><p:txBody><a:p><a:r><a:t>House style</a:t></a:r></a:p></p:txBody>\
    </p:sp><p:sp><p:nvSpPr><p:cNvPr id='3'/><p:nvPr><p:ph idx='7'/></p:nvPr></p:nvSpPr><p:spPr><a:xfrm><a:off x='0' \
    y='1270000'/><a:ext cx='127000' cy='127000'/></a:xfrm></p:spPr></p:sp></p:spTree></p:cSld></p:sldLayout>";
const MASTER: &str = "<p:sldMaster><p:cSld><p:bg><p:bgPr><a:solidFill><a:schemeClr val='bg1'/></a:solidFill></p:bgPr>\
    </p:bg><p:spTree/></p:cSld><p:clrMap bg1='dk1' tx1='lt1' bg2='dk2' tx2='lt2' accent1='accent1' accent2='accent2' \
    accent3='accent3' accent4='accent4' accent5='accent5' accent6='accent6' hlink='hlink' folHlink='folHlink'/>\
    <p:txStyles><p:titleStyle><a:lvl1pPr algn='ctr'><a:defRPr sz='4400'><a:solidFill><a:schemeClr val='tx1'/>\
    </a:solidFill></a:defRPr></a:lvl1pPr></p:titleStyle><p:bodyStyle><a:lvl1pPr><a:buChar char='–'/><a:defRPr sz='3200'/>\
    </a:lvl1pPr></p:bodyStyle></p:txStyles></p:sldMaster>";

/// A presentation of these slides; `others` are parts and, for each slide, relationships.
fn deck(slides: &[&str], others: &[(&str, &str)], related: &[(&str, &str, &str)]) -> Result<Vec<u8>> {
    let mut parts = vec![
        ("_rels/.rels".to_owned(), relations(&[("1", "officeDocument", "ppt/presentation.xml")])),
        ("ppt/slideLayouts/l.xml".to_owned(), LAYOUT.to_owned()),
        ("ppt/slideLayouts/_rels/l.xml.rels".to_owned(), relations(&[("1", "slideMaster", "../m.xml")])),
        ("ppt/m.xml".to_owned(), MASTER.to_owned()),
    ];
    let (mut list, mut of_main) = (String::new(), Vec::new());
    let names: Vec<(String, String)> =
        (0..slides.len()).map(|number| (format!("s{number}"), format!("slides/{number}.xml"))).collect();
    for ((id, name), shapes) in names.iter().zip(slides) {
        list.push_str(&format!("<p:sldId r:id='{id}'/>"));
        of_main.push((id.as_str(), "slide", name.as_str()));
        let slide = if shapes.starts_with("<p:sld") {
            (*shapes).to_owned()
        } else {
            format!("<p:sld><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>")
        };
        parts.push((format!("ppt/{name}"), slide));
        let mut of_slide = vec![("layout", "slideLayout", "../slideLayouts/l.xml")];
        of_slide.extend_from_slice(related);
        let file = name.rsplit('/').next().unwrap_or_default();
        parts.push((format!("ppt/slides/_rels/{file}.rels"), relations(&of_slide)));
    }
    parts.push(("ppt/_rels/presentation.xml.rels".to_owned(), relations(&of_main)));
    parts.push((
        "ppt/presentation.xml".to_owned(),
        format!(
            "<p:presentation firstSlideNum='5'><p:sldIdLst>{list}</p:sldIdLst><p:sldSz cx='9144000' cy='5143500'/>\
             </p:presentation>"
        ),
    ));
    parts.retain(|(name, _)| others.iter().all(|(other, _)| other != name));
    parts.extend(others.iter().map(|(name, content)| ((*name).to_owned(), (*content).to_owned())));
    zipped(&parts)
}

fn with<T>(bytes: Vec<u8>, read: impl FnOnce(&mut Opened<'_>) -> Result<T>) -> Result<T> {
    let mut opened = open(&bytes, &Hint { name: "a.pptx" }, &Limits::default())?;
    read(&mut opened)
}

fn slide_at(opened: &mut Opened<'_>, index: u32) -> Result<Slide> {
    match opened.next(Window::Slide { index })? {
        Part::Slide(slide) => Ok(*slide),
        _ => Err(PreviewError::Unsupported(None)),
    }
}

/// The one slide with these shapes.
fn slide(shapes: &str) -> Result<Slide> {
    with(deck(&[shapes], &[], &[])?, |opened| slide_at(opened, 0))
}

/// The shapes that are the slide's own.
fn own(slide: &Slide) -> Vec<&Shape> {
    slide.shapes.iter().filter(|shape| shape.role != Some(ShapeRole::Decoration)).collect()
}

fn words(slide: &Slide) -> String {
    let mut text = String::new();
    put_slide(&mut text, slide, Extent::Everything);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn sp(placeholder: &str, properties: &str, text: &str) -> String {
    let body = if text.is_empty() { String::new() } else { format!("<a:r><a:t>{text}</a:t></a:r>") };
    format!(
        "<p:sp><p:nvSpPr><p:cNvPr id='9'/><p:nvPr>{placeholder}</p:nvPr></p:nvSpPr><p:spPr>{properties}</p:spPr>\
         <p:txBody><a:p>{body}</a:p></p:txBody></p:sp>"
    )
}

fn at(x: i32, y: i32, width: i32, height: i32) -> String {
    let [x, y, width, height] = [x, y, width, height].map(|points| points * 12_700);
    format!("<a:xfrm><a:off x='{x}' y='{y}'/><a:ext cx='{width}' cy='{height}'/></a:xfrm>")
}

#[test]
fn a_placeholder_is_where_and_as_its_layout_and_master_say() -> Result<()> {
    let slide = slide(&sp("<p:ph type='title'/>", "", "Hello"))?;
    assert_eq!((slide.title.as_str(), words(&slide).as_str()), ("Hello", "House style Hello"));
    let shape = own(&slide)[0];
    assert_eq!(shape.frame, Frame { x: 1.0, y: 2.0, width: 100.0, height: 10.0, ..Frame::default() });
    assert_eq!(shape.role, Some(ShapeRole::Title));
    let text = shape.text.as_ref().expect("text");
    let crate::model::Block::Paragraph(paragraph) = &text.blocks[0] else { panic!("a paragraph") };
    assert_eq!(paragraph.style.size, Some(44.0));
    assert_eq!(paragraph.align, crate::model::Align::Center);
    let color = paragraph.style.color.as_ref().map(|color| color.as_str().to_owned());
    assert_eq!(color.as_deref(), Some("#ffffff"), "the master's map makes text light");
    let Some(Fill::Solid { color }) = slide.background else { panic!("a colour") };
    assert_eq!(color.as_str(), "#000000");
    Ok(())
}

#[test]
fn what_is_not_displayed_is_not_there() -> Result<()> {
    for (shapes, expected) in [
        (sp("<p:ph type='title'/>", "", ""), ""),
        (sp("<p:ph idx='7'/>", "", "x"), "– x"),
        (sp("", &at(0, 0, 9, 9), "x").replace("id='9'", "id='9' hidden='1'"), ""),
        (sp("", &at(0, 0, 9, 9), ""), ""),
    ] {
        assert_eq!(words(&slide(&shapes)?).trim_start_matches("House style").trim(), expected, "{shapes}");
    }
    let bare = "<p:sld show='0' showMasterSp='0'><p:cSld><p:spTree/></p:cSld></p:sld>";
    let slide = slide(bare)?;
    assert!(slide.hidden && slide.shapes.is_empty());
    Ok(())
}

#[test]
fn slides_are_numbered_and_read_in_any_order() -> Result<()> {
    let number = "<p:sp><p:nvSpPr><p:cNvPr id='9'/><p:nvPr><p:ph type='sldNum'/></p:nvPr></p:nvSpPr><p:spPr/><p:txBody>\
        <a:p><a:fld type='slidenum'><a:t>1</a:t></a:fld></a:p></p:txBody></p:sp>";
    with(deck(&[number, number, number], &[], &[])?, |opened| {
        for (index, expected) in [(2, "7"), (0, "5"), (1, "6"), (2, "7")] {
            let slide = slide_at(opened, index)?;
            assert_eq!(words(&slide), format!("House style {expected}"));
            assert_eq!(own(&slide)[0].role, Some(ShapeRole::Margin));
        }
        assert!(opened.next(Window::Slide { index: 3 }).is_err());
        Ok(())
    })
}

#[test]
fn groups_are_resolved_to_the_slide() -> Result<()> {
    let group = format!(
        "<p:grpSp><p:nvGrpSpPr><p:cNvPr id='1' descr='two'/></p:nvGrpSpPr><p:grpSpPr><a:xfrm><a:off x='1270000' \
         y='0'/><a:ext cx='2540000' cy='1270000'/><a:chOff x='0' y='0'/><a:chExt cx='1270000' cy='1270000'/></a:xfrm>\
         <a:solidFill><a:srgbClr val='FF0000'/></a:solidFill></p:grpSpPr>{}</p:grpSp>",
        sp("", &format!("{}<a:prstGeom prst='ellipse'/><a:grpFill/>", at(10, 0, 10, 10)), "in")
    );
    let slide = slide(&group)?;
    let shape = own(&slide)[0];
    assert_eq!(shape.alt, "two");
    let Some(ShapeContent::Group { shapes }) = &shape.content else { panic!("a group") };
    assert_eq!(shapes[0].frame, Frame { x: 120.0, y: 0.0, width: 20.0, height: 10.0, ..Frame::default() });
    assert_eq!(shapes[0].geometry, Geometry::Ellipse);
    assert!(matches!(&shapes[0].fill, Some(Fill::Solid { color }) if color.as_str() == "#ff0000"));
    Ok(())
}

#[test]
fn no_number_of_a_file_makes_a_place_that_is_none() -> Result<()> {
    let huge = "<a:xfrm rot='1e38'><a:off x='1e38' y='-1e38'/><a:ext cx='1e38' cy='1e38'/><a:chOff x='1e38' y='0'/>\
        <a:chExt cx='1e-38' cy='1e-38'/></a:xfrm>";
    let shape = sp(
        "",
        &format!("{huge}<a:prstGeom prst='star5'/><a:solidFill><a:srgbClr val='FF0000'/></a:solidFill>"),
        "x",
    );
    let group = |inside: &str| format!("<p:grpSp><p:grpSpPr>{huge}</p:grpSpPr>{inside}</p:grpSp>");
    let slide = slide(&group(&group(&group(&shape))))?;
    let mut waiting = own(&slide);
    while let Some(shape) = waiting.pop() {
        let Frame { x, y, width, height, rotation, .. } = shape.frame;
        assert!([x, y, width, height, rotation].iter().all(|number| number.is_finite()), "{:?}", shape.frame);
        if let Some(ShapeContent::Group { shapes }) = &shape.content {
            waiting.extend(shapes);
        }
    }
    Ok(())
}

#[test]
fn tables_have_their_style_and_merges() -> Result<()> {
    let cell = |attributes: &str, text: &str| {
        format!(
            "<a:tc {attributes}><a:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></a:txBody><a:tcPr/></a:tc>"
        )
    };
    let table = format!(
        "<p:graphicFrame><p:nvGraphicFramePr/><p:xfrm><a:off x='0' y='0'/><a:ext cx='127000' cy='127000'/></p:xfrm>\
         <a:graphic><a:graphicData><a:tbl><a:tblPr firstRow='1' bandRow='1'><a:tableStyleId>\
         {{5C22544A-7EE6-4342-B048-85BDC9FD1C3A}}</a:tableStyleId></a:tblPr><a:tblGrid><a:gridCol w='12700'/>\
         <a:gridCol w='25400'/></a:tblGrid><a:tr h='12700'>{}{}</a:tr><a:tr h='12700'>{}{}</a:tr></a:tbl></a:graphicData>\
         </a:graphic></p:graphicFrame>",
        cell("gridSpan='2'", "head"),
        cell("hMerge='1'", ""),
        cell("", "a"),
        cell("", "b"),
    );
    let slide = slide(&table)?;
    let Some(ShapeContent::Table(table)) = &own(&slide)[0].content else { panic!("a table") };
    assert_eq!((table.columns.as_slice(), table.rows.len()), (&[1.0, 2.0][..], 2));
    assert_eq!(
        (table.rows[0].cells.len(), table.rows[0].cells[0].columns, table.rows[0].header),
        (1, 2, true)
    );
    let shade = |row: usize| table.rows[row].cells[0].shade.as_ref().map(|color| color.as_str().to_owned());
    assert_eq!(shade(0).as_deref(), Some("#4472c4"));
    assert_ne!(shade(1), shade(0));
    assert!(table.rows[0].cells[0].borders.bottom.as_ref().is_some_and(|border| border.width == 3.0));
    Ok(())
}

#[test]
fn diagrams_are_drawn_as_they_were_or_listed() -> Result<()> {
    let frame = "<p:graphicFrame><p:nvGraphicFramePr/><p:xfrm><a:off x='127000' y='0'/><a:ext cx='127000' cy='127000'/>\
        </p:xfrm><a:graphic><a:graphicData><dgm:relIds r:dm='data'/></a:graphicData></a:graphic></p:graphicFrame>";
    let model = "<dgm:dataModel><dgm:ptLst><dgm:pt type='doc'><dgm:t><a:p><a:r><a:t>no</a:t></a:r></a:p></dgm:t></dgm:pt>\
        <dgm:pt><dgm:t><a:p><a:r><a:t>point</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:ptLst><dgm:extLst><a:ext>\
        <dsp:dataModelExt relId='drawn'/></a:ext></dgm:extLst></dgm:dataModel>";
    let drawing = "<dsp:drawing><dsp:spTree><dsp:sp><dsp:spPr><a:xfrm><a:off x='12700' y='0'/><a:ext cx='25400' \
        cy='12700'/></a:xfrm><a:prstGeom prst='ellipse'/></dsp:spPr><dsp:txBody><a:p><a:r><a:t>drawn</a:t></a:r></a:p>\
        </dsp:txBody></dsp:sp></dsp:spTree></dsp:drawing>";
    let related = [("data", "diagramData", "../d/data.xml"), ("drawn", "diagramDrawing", "../d/drawing.xml")];
    let both = [("ppt/d/data.xml", model), ("ppt/d/drawing.xml", drawing)];
    for (parts, expected) in [(&both[..], "drawn"), (&both[..1], "point"), (&[], "")] {
        let slide = with(deck(&[frame], parts, &related)?, |opened| slide_at(opened, 0))?;
        assert_eq!(words(&slide).trim_start_matches("House style").trim(), expected);
        if expected == "drawn" {
            let Some(ShapeContent::Group { shapes }) = &own(&slide)[0].content else { panic!("a group") };
            assert_eq!(shapes[0].frame.x, 11.0);
        }
    }
    Ok(())
}

#[test]
fn pictures_links_and_notes_are_found() -> Result<()> {
    let picture = "<p:pic><p:nvPicPr><p:cNvPr id='1' descr='a cat'/></p:nvPicPr><p:blipFill><a:blip r:embed='i'/>\
        <a:srcRect l='25000'/></p:blipFill><p:spPr><a:xfrm><a:off x='0' y='0'/><a:ext cx='12700' cy='12700'/></a:xfrm>\
        </p:spPr></p:pic><p:pic><p:nvPicPr/><p:blipFill><a:blip r:link='e'/></p:blipFill><p:spPr/></p:pic>";
    let notes = format!(
        "<p:notes><p:cSld><p:spTree>{}</p:spTree></p:cSld></p:notes>",
        sp("<p:ph type='body' idx='1'/>", "", "say hello")
    );
    let related = [
        ("i", "image", "../media/i.png"),
        ("e", "image", "http://elsewhere/x.png"),
        ("n", "notesSlide", "../notes.xml"),
    ];
    let parts = [("ppt/media/i.png", "\u{89}PNG"), ("ppt/notes.xml", notes.as_str())];
    with(deck(&[picture], &parts, &related)?, |opened| {
        let slide = slide_at(opened, 0)?;
        assert!(words(&slide).ends_with("say hello"));
        let Some(ShapeContent::Picture(picture)) = &own(&slide)[0].content else { panic!("a picture") };
        assert_eq!(
            (picture.id, picture.alt.as_str(), picture.crop),
            (Some(0), "a cat", Some([0.25, 0.0, 0.0, 0.0]))
        );
        assert_eq!(opened.warnings(), [Warning::External]);
        Ok(())
    })
}

#[test]
fn words_in_vector_pictures_are_found_once() -> Result<()> {
    let picture = "<p:pic><p:nvPicPr/><p:blipFill><a:blip r:embed='i'/></p:blipFill><p:spPr/></p:pic>";
    let filled = "<p:sp><p:nvSpPr/><p:spPr><a:blipFill><a:blip r:embed='f'/></a:blipFill></p:spPr></p:sp>";
    let related = [("i", "image", "../media/i.wmf"), ("f", "image", "../media/f.wmf")];
    // A window of 50 by 100, `META_TEXTOUT` ([MS-WMF] 2.3.3.20) of two letters, the end.
    let wmf = |letters: &str| {
        let mut words = vec![1u16, 9, 0x300, 0, 0, 0, 0, 0, 0, 5, 0, 0x020c, 50, 100];
        words.extend([7, 0, 0x0521, 2, u16::from_str_radix(letters, 16).unwrap_or(0), 9, 9, 3, 0, 0]);
        String::from_utf8(words.into_iter().flat_map(u16::to_le_bytes).collect()).unwrap_or_default()
    };
    let (one, other) = (wmf("6948"), wmf("6f47"));
    let parts = [("ppt/media/i.wmf", one.as_str()), ("ppt/media/f.wmf", other.as_str())];
    let shapes = format!("{picture}{filled}{picture}");
    with(deck(&[&shapes, &shapes], &parts, &related)?, |opened| {
        for index in 0..2 {
            let texts = slide_at(opened, index)?.picture_texts;
            assert_eq!(texts.iter().map(|text| text.trim()).collect::<Vec<_>>(), ["Hi", "Go"]);
        }
        Ok(())
    })
}

#[test]
fn what_is_damaged_is_left_out_and_said() -> Result<()> {
    let good = sp("", &at(0, 0, 9, 9), "good");
    let bytes =
        deck(&[&good, "<p:sld><p:cSld><p:spTree><p:sp><p:spPr>"], &[("ppt/m.xml", "<p:sldMas")], &[])?;
    with(bytes, |opened| {
        assert!(words(&slide_at(opened, 0)?).ends_with("good"));
        assert_eq!(own(&slide_at(opened, 1)?).len(), 0);
        Ok(())
    })
}

#[test]
fn depth_and_number_have_an_end() -> Result<()> {
    let deep = format!("{}{}", "<p:grpSp>".repeat(5000), "</p:grpSp>".repeat(5000));
    assert_eq!(own(&slide(&deep)?).len(), 0);
    let limits = Limits { blocks: 100, ..Limits::default() };
    let bytes = deck(&[&sp("", &at(0, 0, 9, 9), "x").repeat(1000)], &[], &[])?;
    let mut opened = open(&bytes, &Hint { name: "a.pptx" }, &limits)?;
    assert!(slide_at(&mut opened, 0)?.shapes.len() <= 100);
    assert_eq!(opened.warnings(), [Warning::Cut]);
    with(
        deck(&["<p:sp><p:spPr><a:ln/></p:spPr></p:sp>".repeat(10_100).as_str(), "<p:sp/>"], &[], &[])?,
        |opened| {
            slide_at(opened, 1)?;
            assert!(opened.warnings().is_empty());
            slide_at(opened, 0)?;
            assert_eq!(opened.warnings(), [Warning::Cut], "nobody draws so many shapes on one slide");
            Ok(())
        },
    )
}
