//! What a person would read of a document, as plain text: for scores, search and scripts.

use crate::error::Result;
use crate::model::{
    Block, Cell, Chart, Flow, Inline, Lines, Nodes, Paragraph, Rows, Section, Shape, ShapeContent, Slide,
    Table, TreeNodeKind,
};
use crate::{Opened, Part, Shape as Kind, Window};

/// Blocks, lines, nodes asked for at once.
const STEP: u32 = 2000;
/// Rows asked for at once: few enough for the allocator to keep what the last ones took.
const ROWS: u32 = 256;

/// Which of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Everything that is shown somewhere.
    Everything,
    /// Without headers, footers, notes of speakers, comments, hidden sheets and slides.
    Body,
}

/// Reads a document to its end and gives its text piece by piece to `write`.
///
/// # Errors
/// What the reader meets; what was read before it has been written.
pub fn read(document: &mut Opened<'_>, extent: Extent, write: &mut dyn FnMut(&str)) -> Result<()> {
    let overview = document.overview().clone();
    let mut text = String::new();
    match overview.shape {
        Kind::Flow => loop {
            let Part::Flow(flow) = document.next(Window::Blocks { count: STEP })? else { return Ok(()) };
            put_flow(&mut text, &flow, extent);
            flush(&mut text, write);
            if flow.last {
                return Ok(());
            }
        },
        Kind::Sheets => {
            for (sheet, info) in overview.sheets.iter().enumerate() {
                if extent == Extent::Everything || !info.hidden {
                    read_sheet(document, sheet as u32, extent, write)?;
                }
            }
        }
        Kind::Slides => {
            for index in 0..overview.slides.map_or(0, |slides| slides.count) {
                let Part::Slide(slide) = document.next(Window::Slide { index })? else { return Ok(()) };
                put_slide(&mut text, &slide, extent);
                flush(&mut text, write);
            }
        }
        Kind::Lines => {
            let mut from = 0;
            loop {
                let Part::Lines(lines) = document.next(Window::Lines { from, count: STEP })? else {
                    return Ok(());
                };
                put_lines(&mut text, &lines);
                flush(&mut text, write);
                from += lines.lines.len() as u64;
                if lines.lines.is_empty() || lines.complete && from >= lines.known {
                    return Ok(());
                }
            }
        }
        Kind::Tree => {
            let mut from = 0;
            loop {
                let Part::Nodes(nodes) = document.next(Window::Nodes { from, count: STEP })? else {
                    return Ok(());
                };
                put_nodes(&mut text, &nodes);
                flush(&mut text, write);
                from += nodes.nodes.len() as u64;
                if nodes.nodes.is_empty() || nodes.complete && from >= nodes.known {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

fn flush(text: &mut String, write: &mut dyn FnMut(&str)) {
    write(text);
    text.clear();
}

fn read_sheet(
    document: &mut Opened<'_>,
    sheet: u32,
    extent: Extent,
    write: &mut dyn FnMut(&str),
) -> Result<()> {
    let mut text = String::new();
    let mut from = 0;
    loop {
        let Part::Rows(rows) = document.next(Window::Rows { sheet, from, count: ROWS })? else {
            return Ok(());
        };
        put_rows(&mut text, &rows, extent);
        flush(&mut text, write);
        from = from.saturating_add(ROWS);
        if rows.complete && from >= rows.known {
            return Ok(());
        }
    }
}

/// The text of a stretch of flowing text.
pub fn put_flow(out: &mut String, flow: &Flow, extent: Extent) {
    put_blocks(out, &flow.blocks, extent);
    for note in &flow.notes {
        if extent == Extent::Everything || note.kind != crate::model::NoteKind::Comment {
            out.push_str(&note.label);
            out.push(' ');
            put_blocks(out, &note.blocks, extent);
        }
    }
}

/// The text of blocks, each on lines of its own.
pub fn put_blocks(out: &mut String, blocks: &[Block], extent: Extent) {
    for block in blocks {
        match block {
            Block::Paragraph(paragraph) => put_paragraph(out, paragraph, extent),
            Block::Table(table) => put_table(out, table, extent),
            Block::Section(section) if extent == Extent::Everything => put_margins(out, section),
            Block::Section(_) | Block::PageBreak => {}
        }
    }
}

fn put_margins(out: &mut String, section: &Section) {
    for blocks in [
        &section.first_header,
        &section.header,
        &section.even_header,
        &section.first_footer,
        &section.footer,
        &section.even_footer,
    ] {
        put_blocks(out, blocks, Extent::Everything);
    }
}

fn put_paragraph(out: &mut String, paragraph: &Paragraph, extent: Extent) {
    if let Some(label) = &paragraph.label {
        out.push_str(&label.text);
        out.push(' ');
    }
    put_inlines(out, &paragraph.inlines, extent);
    out.push('\n');
}

fn put_inlines(out: &mut String, inlines: &[Inline], extent: Extent) {
    for inline in inlines {
        match inline {
            Inline::Text { text, .. } => out.push_str(text),
            Inline::Tab => out.push('\t'),
            Inline::LineBreak | Inline::PageBreak => out.push('\n'),
            Inline::Note { label, .. } => out.push_str(label),
            Inline::Shape(shape) => {
                out.push('\n');
                put_shape(out, shape, extent);
            }
            Inline::Picture(_) => {}
        }
    }
}

fn put_table(out: &mut String, table: &Table, extent: Extent) {
    for row in &table.rows {
        for (number, cell) in row.cells.iter().enumerate() {
            if number > 0 {
                out.push('\t');
            }
            put_blocks(out, &cell.blocks, extent);
        }
        out.push('\n');
    }
}

/// The text of a slide.
pub fn put_slide(out: &mut String, slide: &Slide, extent: Extent) {
    if extent == Extent::Body && slide.hidden {
        return;
    }
    for shape in &slide.shapes {
        put_shape(out, shape, extent);
    }
    for text in &slide.picture_texts {
        out.push_str(text);
        out.push('\n');
    }
    if extent == Extent::Everything {
        put_blocks(out, &slide.notes, extent);
    }
    out.push('\n');
}

fn put_shape(out: &mut String, shape: &Shape, extent: Extent) {
    if let Some(text) = &shape.text {
        put_blocks(out, &text.blocks, extent);
    }
    match &shape.content {
        Some(ShapeContent::Table(table)) => put_table(out, table, extent),
        Some(ShapeContent::Chart(chart)) => put_chart(out, chart),
        Some(ShapeContent::Group { shapes }) => shapes.iter().for_each(|shape| put_shape(out, shape, extent)),
        Some(ShapeContent::Picture(_)) | None => {}
    }
}

fn put_chart(out: &mut String, chart: &Chart) {
    let mut say = |text: &str| {
        if !text.is_empty() {
            out.push_str(text);
            out.push('\n');
        }
    };
    say(&chart.title);
    for axis in [&chart.category_axis, &chart.value_axis, &chart.second_axis].into_iter().flatten() {
        say(&axis.title);
        if !axis.hidden {
            axis.ticks.iter().for_each(|tick| say(&tick.label));
        }
    }
    let categories_are_drawn = chart.category_axis.as_ref().is_some_and(|axis| !axis.hidden);
    let mut categories: Option<&Vec<String>> = None;
    for plot in &chart.plots {
        let pie = matches!(plot.kind, crate::model::ChartKind::Pie | crate::model::ChartKind::Doughnut);
        let shown = if pie { chart.legend.is_some() } else { categories_are_drawn };
        if shown && categories != Some(&plot.categories) {
            plot.categories.iter().for_each(|category| say(category));
            categories = Some(&plot.categories);
        }
        for series in &plot.series {
            if chart.legend.is_some() && !pie {
                say(&series.name);
            }
            series.labels.iter().for_each(|label| say(label));
        }
    }
}

/// The text of rows: tabs between cells, a line each.
pub fn put_rows(out: &mut String, rows: &Rows, extent: Extent) {
    for row in &rows.rows {
        for (number, cell) in row.cells.iter().enumerate() {
            if number > 0 {
                out.push('\t');
            }
            put_cell(out, cell, extent);
        }
        out.push('\n');
    }
    if extent == Extent::Everything {
        rows.objects.iter().for_each(|object| put_shape(out, &object.shape, extent));
    }
}

fn put_cell(out: &mut String, cell: &Cell, extent: Extent) {
    out.push_str(&cell.text);
    if let (Some(value), Extent::Everything) = (&cell.value, extent) {
        out.push(' ');
        out.push_str(value);
    }
    if let (Some(note), Extent::Everything) = (&cell.note, extent) {
        out.push(' ');
        out.push_str(note);
    }
}

/// The text of lines.
pub fn put_lines(out: &mut String, lines: &Lines) {
    for line in &lines.lines {
        out.push_str(line);
        out.push('\n');
    }
}

/// The text of a tree: names, attributes and texts.
pub fn put_nodes(out: &mut String, nodes: &Nodes) {
    for node in &nodes.nodes {
        match &node.kind {
            TreeNodeKind::Element { name, attributes, text, .. } => {
                out.push_str(name);
                for (name, value) in attributes {
                    out.push_str(&format!(" {name}=\"{value}\""));
                }
                out.push(' ');
                out.push_str(text.as_deref().unwrap_or_default());
            }
            TreeNodeKind::Text { text }
            | TreeNodeKind::CData { text }
            | TreeNodeKind::Comment { text }
            | TreeNodeKind::Instruction { text } => out.push_str(text),
        }
        out.push('\n');
    }
}
