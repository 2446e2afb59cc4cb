//! Small workbooks as XML.

use crate::error::Result;
use crate::model::{CellKind, Rows, Warning};
use crate::{Format, Hint, Limits, Opened, Part, PreviewError, Shape, Window, open};

fn workbook(inside: &str) -> Vec<u8> {
    format!(
        "<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>\n<Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet' \
         xmlns:ss='urn:schemas-microsoft-com:office:spreadsheet' xmlns:x='urn:schemas-microsoft-com:office:excel'>{inside}</Workbook>"
    )
    .into_bytes()
}

fn rows(document: &mut Opened<'_>) -> Result<Rows> {
    match document.next(Window::Rows { sheet: 0, from: 0, count: 100 })? {
        Part::Rows(rows) => Ok(rows),
        other => panic!("rows, not {other:?}"),
    }
}

fn texts(rows: &Rows) -> String {
    let cells = rows.rows.iter().flat_map(|row| {
        row.cells.iter().map(move |cell| format!("{},{}={}", row.index, cell.column, cell.text))
    });
    cells.collect::<Vec<_>>().join(" ")
}

#[test]
fn cells_show_their_values() -> Result<()> {
    let styles = "<Styles><Style ss:ID='Default'><Font ss:Size='10'/></Style><Style ss:ID='d'><NumberFormat ss:Format='Short Date'/></Style>\
                  <Style ss:ID='p' ss:Parent='d'><NumberFormat ss:Format='0%'/><Font ss:Bold='1'/></Style></Styles>";
    for (table, expected) in [
        (
            "<Row><Cell><Data ss:Type='Number'>1.5</Data></Cell><Cell><Data ss:Type='String'>a &amp; b</Data></Cell></Row>",
            "0,0=1.5 0,1=a & b",
        ),
        (
            "<Row ss:Index='3'><Cell ss:Index='2'><Data ss:Type='Boolean'>1</Data></Cell></Row><Row><Cell><Data ss:Type='Error'>#N/A</Data></Cell></Row>",
            "2,1=TRUE 3,0=#N/A",
        ),
        (
            "<Row><Cell ss:StyleID='d'><Data ss:Type='DateTime'>2019-08-05T00:00:00.000</Data></Cell></Row>",
            "0,0=8/5/2019",
        ),
        ("<Row><Cell ss:StyleID='p'><Data ss:Type='Number'>0.5</Data></Cell></Row>", "0,0=50%"),
        (
            "<Row><Cell><ss:Data ss:Type='String' xmlns='http://www.w3.org/TR/REC-html40'><B>a</B><Font>b</Font></ss:Data></Cell></Row>",
            "0,0=ab",
        ),
        (
            "<Row><Cell ss:MergeAcross='1'><Data>x</Data></Cell><Cell><Data>y</Data></Cell></Row>",
            "0,0=x 0,2=y",
        ),
        ("<Row ss:Span='2' ss:Height='30'/><Row><Cell><Data ss:Type='Number'>4</Data></Cell></Row>", "3,0=4"),
        (
            "<Row><Cell><Data ss:Type='Number'>x</Data></Cell><Cell ss:Index='99999'><Data>y</Data></Cell></Row>",
            "0,0=x",
        ),
    ] {
        let bytes = workbook(&format!("{styles}<Worksheet ss:Name='One'><Table>{table}</Table></Worksheet>"));
        for name in ["a.xls", "a"] {
            let mut document = open(&bytes, &Hint { name }, &Limits::default())?;
            let overview = document.overview();
            assert_eq!(
                (overview.format, overview.shape, overview.misnamed),
                (Format::Xls, Shape::Sheets, false),
                "{name}"
            );
            assert_eq!(texts(&rows(&mut document)?), expected, "{table}");
        }
    }
    Ok(())
}

#[test]
fn looks_and_sizes_come_along() -> Result<()> {
    let bytes = workbook(
        "<Styles><Style ss:ID='a'><Alignment ss:Horizontal='Right' ss:WrapText='1' ss:Rotate='45'/><Borders><Border ss:Position='Top'\
         ss:LineStyle='Double' ss:Weight='3'/></Borders><Interior ss:Color='#FFFF00' ss:Pattern='Solid'/><Font ss:FontName='Arial'\
         ss:Color='#FF0000'/></Style></Styles><Worksheet ss:Name='One'><Table ss:DefaultRowHeight='13'><Column ss:Width='80'/>\
         <Column ss:Index='3' ss:Span='1' ss:Hidden='1'/><Row><Cell ss:StyleID='a' ss:HRef='#x' ss:MergeDown='2'><Data ss:Type='Number'>1</Data>\
         <Comment><Data>note</Data></Comment></Cell></Row></Table><WorksheetOptions xmlns='urn:schemas-microsoft-com:office:excel'>\
         <FreezePanes/><SplitHorizontal>1</SplitHorizontal><DoNotDisplayGridlines/><Visible>SheetHidden</Visible></WorksheetOptions></Worksheet>",
    );
    let mut document = open(&bytes, &Hint::default(), &Limits::default())?;
    assert!(document.overview().sheets[0].hidden);
    let rows = rows(&mut document)?;
    let layout = rows.layout.as_ref().expect("the layout");
    assert_eq!((layout.row_height, layout.frozen_rows, layout.no_grid), (13.0, 1, true));
    let columns: Vec<_> =
        layout.columns.iter().map(|columns| (columns.first, columns.last, columns.width)).collect();
    assert_eq!(columns, [(0, 0, 80.0), (2, 3, 48.0)]);
    let cell = &rows.rows[0].cells[0];
    assert_eq!(
        (cell.kind, cell.link.as_deref(), cell.note.as_deref()),
        (CellKind::Number, Some("#x"), Some("note"))
    );
    assert_eq!((rows.merges[0].last_row, rows.merges[0].last_column), (2, 0));
    let (_, style) = rows.styles.iter().find(|(number, _)| *number == cell.style).expect("its style");
    assert_eq!((style.rotation, style.wrap, style.text.font.as_deref()), (-45, true, Some("Arial")));
    assert!(style.borders.top.as_ref().is_some_and(|top| top.double));
    assert_eq!(style.fill.as_ref().map(|fill| fill.as_str()), Some("#ffff00"));
    Ok(())
}

#[test]
fn what_is_damaged_or_huge_is_read_as_far_as_it_goes() -> Result<()> {
    let cut = workbook(
        "<Worksheet ss:Name='One'><Table><Row><Cell><Data ss:Type='Number'>1</Data></Cell></Row><Row><Cell><Da",
    );
    let mut document = open(&cut, &Hint::default(), &Limits::default())?;
    assert_eq!(texts(&rows(&mut document)?), "0,0=1");
    let spanned = workbook(
        "<Worksheet ss:Name='One'><Table><Row ss:Span='4000000000' ss:Height='9'/><Row ss:Span='4000000000'/></Table></Worksheet>",
    );
    let mut document = open(&spanned, &Hint::default(), &Limits { cells: 1000, ..Limits::default() })?;
    assert!(rows(&mut document)?.rows.len() <= 1000);
    assert_eq!(document.warnings(), [Warning::Cut]);
    assert!(matches!(
        open(&workbook(""), &Hint::default(), &Limits::default()),
        Err(PreviewError::Malformed(_))
    ));
    Ok(())
}
