//! Whole documents, packed in the test.

use std::io::{Cursor, Write as _};

use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;
use crate::limits::Limits;
use crate::model::{CellAlign, Color, Row, ShapeContent};
use crate::source::ReadAt;

/// A document of these parts.
fn packed(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        let written = zip.start_file(*name, SimpleFileOptions::default());
        assert!(written.is_ok() && zip.write_all(text.as_bytes()).is_ok());
    }
    zip.finish().map(Cursor::into_inner).unwrap_or_default()
}

fn content(styles: &str, tables: &str) -> Vec<u8> {
    let text = format!(
        "<office:document-content><office:automatic-styles>{styles}</office:automatic-styles><office:body>\
         <office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    );
    packed(&[("content.xml", &text)])
}

fn opened(bytes: &dyn ReadAt) -> Result<(Overview, Content<'_>)> {
    open(Zip::open(bytes, &Limits::default())?, Format::Ods)
}

fn rows(bytes: &dyn ReadAt, from: u32, count: u32) -> Result<(Rows, Vec<Warning>)> {
    match opened(bytes)?.1 {
        Content::Sheets(mut reader) => Ok((reader.rows(0, from, count)?, reader.warnings())),
        _ => Err(PreviewError::Unsupported(None)),
    }
}

fn shown(row: &Row) -> String {
    let cells: Vec<String> = row.cells.iter().map(|cell| format!("{}:{}", cell.column, cell.text)).collect();
    format!("{} {}", row.index, cells.join(" "))
}

fn texts(tables: &str) -> Result<Vec<String>> {
    let (rows, _) = rows(&content("", tables), 0, 50)?;
    Ok(rows.rows.iter().map(shown).collect())
}

#[test]
fn cells_stand_where_repeats_put_them() -> Result<()> {
    let table = "<table:table table:name='S'><table:table-column table:number-columns-repeated='3'/><table:table-header-rows>\
         <table:table-row><table:table-cell><text:p>a</text:p></table:table-cell><table:table-cell table:number-columns-repeated='2'/>\
         <table:table-cell table:number-columns-repeated='2'><text:p>b</text:p></table:table-cell></table:table-row></table:table-header-rows>\
         <table:table-row table:number-rows-repeated='5'><table:table-cell/></table:table-row><table:table-row-group>\
         <table:table-row table:number-rows-repeated='2'><table:table-cell office:value-type='float' office:value='7'/></table:table-row>\
         </table:table-row-group><table:table-row table:number-rows-repeated='1048567'><table:table-cell table:number-columns-repeated='16384'/>\
         </table:table-row></table:table>";
    assert_eq!(texts(table)?, ["0 0:a 3:b 4:b", "6 0:7", "7 0:7"]);
    let (rows, warnings) = rows(&content("", table), 0, 50)?;
    assert_eq!((rows.known, rows.complete, rows.columns, warnings), (8, true, 5, vec![]));
    Ok(())
}

#[test]
fn text_is_as_written() -> Result<()> {
    for (cell, expected) in [
        ("<text:p>a  b\n c</text:p>", "a b c"),
        ("<text:p>a<text:s text:c='3'/>b<text:tab/>c<text:line-break/>d</text:p>", "a   b\tc\nd"),
        ("<text:p>one</text:p><text:p/><text:p>two</text:p>", "one\n\ntwo"),
        ("<text:p><text:span>a</text:span><text:a xlink:href='x'>b</text:a></text:p>", "ab"),
        (
            "<text:p><text:ruby><text:ruby-base>漢</text:ruby-base><text:ruby-text>kan</text:ruby-text></text:ruby></text:p>",
            "漢",
        ),
        (
            "<office:annotation><dc:date>2020</dc:date><text:p>note</text:p></office:annotation><text:p>x</text:p>",
            "x",
        ),
        (
            "<table:table table:is-sub-table='true'><table:table-row><table:table-cell><text:p>in</text:p></table:table-cell></table:table-row></table:table>",
            "in",
        ),
    ] {
        let table = format!(
            "<table:table><table:table-row><table:table-cell>{cell}</table:table-cell></table:table-row></table:table>"
        );
        assert_eq!(texts(&table)?, [format!("0 0:{expected}")], "{cell}");
    }
    Ok(())
}

#[test]
fn both_generations_are_read() -> Result<()> {
    let old = "<office:document-content xmlns:office='http://openoffice.org/2000/office' xmlns:table='http://openoffice.org/2000/table'>\
         <office:automatic-styles><style:style style:name='ce1' style:family='table-cell'><style:properties fo:font-weight='bold' \
         fo:background-color='#ff0000' fo:text-align='end' style:text-underline='single'/></style:style><style:style style:name='ta1' \
         style:family='table'><style:properties table:display='false'/></style:style></office:automatic-styles><office:body>\
         <table:table table:name='Old' table:style-name='ta1'><table:table-row><table:table-cell table:style-name='ce1' table:value-type='float' \
         table:value='2.5'/></table:table-row></table:table></office:body></office:document-content>";
    let bytes = packed(&[("content.xml", old)]);
    let (overview, Content::Sheets(mut reader)) = opened(&bytes)? else { return Ok(()) };
    assert_eq!(overview.sheets, [SheetInfo { name: "Old".to_owned(), hidden: true, color: None }]);
    let rows = reader.rows(0, 0, 9)?;
    let style = &rows.styles[0].1;
    assert_eq!(shown(&rows.rows[0]), "0 0:2.5");
    assert!(style.text.bold && style.text.underline);
    assert_eq!((style.fill.clone(), style.align), (Color::hex("#ff0000"), CellAlign::End));
    Ok(())
}

#[test]
fn styles_have_parents_and_come_once() -> Result<()> {
    let styles = "<style:default-style style:family='table-cell'><style:text-properties fo:font-size='10pt'/></style:default-style>\
         <style:style style:name='p' style:family='table-cell' style:parent-style-name='loop'><style:text-properties fo:font-style='italic' fo:font-size='150%'/></style:style>\
         <style:style style:name='loop' style:family='table-cell' style:parent-style-name='p'/>\
         <style:style style:name='c' style:family='table-cell' style:parent-style-name='p'><style:table-cell-properties fo:border='1pt solid #0000ff' fo:wrap-option='wrap' style:rotation-angle='90'/></style:style>\
         <style:style style:name='co' style:family='table-column'><style:table-column-properties style:column-width='1in'/></style:style>\
         <style:style style:name='T' style:family='text'><style:text-properties fo:color='#00ff00'/></style:style>";
    let table = "<table:table><table:table-column table:style-name='co' table:visibility='collapse'/><table:table-row><table:table-cell table:style-name='c'>\
         <text:p>a<text:span text:style-name='T'>b</text:span>c</text:p></table:table-cell></table:table-row></table:table>";
    let bytes = content(styles, table);
    let (_, Content::Sheets(mut reader)) = opened(&bytes)? else { return Ok(()) };
    let first = reader.rows(0, 0, 1)?;
    let (_, style) = &first.styles[0];
    assert!(
        style.text.italic
            && style.wrap
            && style.borders.start == style.borders.bottom
            && !style.borders.is_none()
    );
    assert_eq!(style.rotation, -90);
    assert_eq!(first.rows[0].cells[0].runs.len(), 3);
    let layout = first.layout.unwrap_or_default();
    assert_eq!((layout.columns[0].width, layout.columns[0].hidden), (72.0, true));
    assert!(reader.rows(0, 0, 1)?.styles.is_empty());
    Ok(())
}

#[test]
fn values_without_a_text_are_shown_by_their_format() -> Result<()> {
    let styles = "<number:date-style style:name='N1'><number:day/><number:text>. </number:text><number:month number:textual='true' number:style='long'/>\
         </number:date-style><style:style style:name='c' style:family='table-cell' style:data-style-name='N1'/>";
    let table = "<table:table><table:table-row><table:table-cell table:style-name='c' office:value-type='date' office:date-value='2020-05-17'/>\
         </table:table-row></table:table>";
    let (rows, _) = rows(&content(styles, table), 0, 9)?;
    assert_eq!(rows.rows.iter().map(shown).collect::<Vec<_>>(), ["0 0:17. May"]);
    Ok(())
}

#[test]
fn merges_notes_and_pictures_come_along() -> Result<()> {
    let table = "<table:table><table:shapes><draw:frame svg:x='1in' svg:y='2in' svg:width='1in' svg:height='1in'><draw:image xlink:href='Pictures/a.png'/>\
         <svg:title>Alt</svg:title></draw:frame></table:shapes><table:table-row><table:table-cell table:number-columns-spanned='2' table:number-rows-spanned='3'>\
         <office:annotation><text:p>note</text:p></office:annotation><text:p>x</text:p></table:table-cell><table:covered-table-cell><text:p>hidden</text:p>\
         </table:covered-table-cell></table:table-row></table:table>";
    let (rows, _) = rows(&content("", table), 0, 9)?;
    assert_eq!(shown(&rows.rows[0]), "0 0:x");
    assert_eq!(rows.rows[0].cells[0].note.as_deref(), Some("note"));
    let merge = rows.merges[0];
    assert_eq!((merge.last_row, merge.last_column), (2, 1));
    let object = &rows.objects[0];
    assert_eq!((object.dx, object.dy, object.shape.alt.as_str()), (72.0, 144.0, "Alt"));
    assert!(matches!(&object.shape.content, Some(ShapeContent::Picture(picture)) if picture.id == Some(0)));
    Ok(())
}

#[test]
fn what_repeats_without_end_is_cut() -> Result<()> {
    let table = "<table:table><table:table-row table:number-rows-repeated='4000000000'><table:table-cell table:number-columns-repeated='4000000000'>\
         <text:p>1</text:p></table:table-cell></table:table-row></table:table>";
    let (rows, warnings) = rows(&content("", table), 0, 2)?;
    assert_eq!((rows.rows.len(), rows.rows[0].cells.len(), warnings), (2, 16_384, vec![Warning::Cut]));
    assert!(u64::from(rows.known) * 16_384 <= 4 * Limits::default().cells as u64);
    Ok(())
}

#[test]
fn what_is_encrypted_or_damaged_says_so() -> Result<()> {
    let manifest = "<manifest:manifest><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>";
    let encrypted = packed(&[("content.xml", "?"), ("META-INF/manifest.xml", manifest)]);
    assert!(matches!(opened(&encrypted), Err(PreviewError::Encrypted)));
    let damaged = "<office:body><table:table table:name='S'><table:table-row><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row><table:table-row><ta";
    let damaged = packed(&[("content.xml", damaged)]);
    let (rows, warnings) = rows(&damaged, 0, 9)?;
    assert_eq!(
        (rows.rows.iter().map(shown).collect::<Vec<_>>(), warnings),
        (vec!["0 0:x".to_owned()], vec![Warning::Damaged])
    );
    Ok(())
}

#[test]
fn charts_are_read_from_their_own_document() -> Result<()> {
    let chart = "<office:document-content><office:body><office:chart><chart:chart chart:class='chart:bar'><chart:title><text:p>Title</text:p></chart:title>\
         <chart:legend chart:legend-position='bottom'/><chart:plot-area><chart:axis chart:dimension='y' chart:name='primary-y'><chart:grid/></chart:axis>\
         <chart:series/></chart:plot-area><table:table><table:table-header-rows><table:table-row><table:table-cell/><table:table-cell><text:p>Sold</text:p>\
         </table:table-cell></table:table-row></table:table-header-rows><table:table-rows><table:table-row><table:table-cell><text:p>May</text:p></table:table-cell>\
         <table:table-cell office:value='8'><text:p>8</text:p></table:table-cell></table:table-row></table:table-rows></table:table></chart:chart></office:chart></office:body></office:document-content>";
    let table = "<office:body><table:table><table:table-row><table:table-cell table:end-cell-address='S.C9' table:end-x='1in'/><table:table-cell><draw:frame \
         table:end-cell-address='S.C9'><draw:object xlink:href='./Object 1'/></draw:frame></table:table-cell></table:table-row></table:table></office:body>";
    let bytes = packed(&[("content.xml", table), ("Object 1/content.xml", chart)]);
    let (rows, _) = rows(&bytes, 0, 9)?;
    let object = &rows.objects[0];
    assert_eq!((object.column, object.to), (1, Some((8, 2, 0.0, 0.0))));
    let Some(ShapeContent::Chart(chart)) = &object.shape.content else {
        return Err(PreviewError::Unsupported(None));
    };
    assert_eq!(
        (chart.title.as_str(), chart.plots[0].categories.as_slice()),
        ("Title", &["May".to_owned()][..])
    );
    let series = &chart.plots[0].series[0];
    assert_eq!((series.name.as_str(), series.values.as_slice()), ("Sold", &[Some(8.0)][..]));
    let ticks = chart.value_axis.iter().flat_map(|axis| &axis.ticks).map(|tick| tick.label.as_str());
    assert_eq!(ticks.collect::<Vec<_>>(), ["0", "2", "4", "6", "8", "10"]);
    Ok(())
}

/// A long text in a cell that repeats is as many cells as it takes room: a few bytes of a file become no gigabyte.
#[test]
fn long_texts_do_not_repeat_without_end() -> Result<()> {
    let long = "x".repeat(30_000);
    let row = |texts: &str| {
        format!(
            "<table:table><table:table-row table:number-rows-repeated='1000'><table:table-cell \
             table:number-columns-repeated='1000'>{texts}</table:table-cell></table:table-row></table:table>"
        )
    };
    for texts in [
        format!("<text:p>{long}</text:p>"),
        format!("<office:annotation><text:p>{long}</text:p></office:annotation><text:p>x</text:p>"),
    ] {
        let (rows, warnings) = rows(&content("", &row(&texts)), 0, 1000)?;
        let cells = rows.rows.iter().flat_map(|row| &row.cells);
        let bytes: usize =
            cells.map(|cell| cell.text.len() + cell.note.as_ref().map_or(0, String::len)).sum();
        assert!((1_000_000..40_000_000).contains(&bytes), "{bytes} bytes");
        assert_eq!(warnings, [Warning::Cut]);
    }
    Ok(())
}

/// Looks without a word take room too: a million rows of coloured cells above a written one are not drawn one by one.
#[test]
fn coloured_rows_do_not_repeat_without_end() -> Result<()> {
    let styles = "<style:style style:name='red' style:family='table-cell'><style:table-cell-properties fo:background-color='#ff0000'/></style:style>";
    let red = "<table:table-cell table:style-name='red' table:number-columns-repeated='200'/>".repeat(40);
    let table = format!(
        "<table:table><table:table-row table:number-rows-repeated='1000000'>{red}</table:table-row>\
         <table:table-row><table:table-cell><text:p>end</text:p></table:table-cell></table:table-row></table:table>"
    );
    let document = content(styles, &table);
    let (first, _) = rows(&document, 0, 50)?;
    assert!(first.rows.iter().all(|row| row.cells.len() == 8000) && first.rows.len() == 50);
    let (last, warnings) = rows(&document, 3000, 1_100_000)?;
    let written: Vec<_> =
        last.rows.iter().flat_map(|row| &row.cells).map(|cell| cell.text.as_str()).collect();
    assert_eq!((written, warnings), (vec!["end"], vec![]));
    Ok(())
}
