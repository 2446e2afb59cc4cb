//! Pictures and shapes of workbooks.

use std::collections::HashMap;

use super::*;
use crate::drawing::officeart::testing::{self, record, rectangle};

/// Mirrored by nothing.
fn shape(preset: u16, options: &[(u16, u32)], rest: &[u8]) -> Vec<u8> {
    let head = record(kind::SHAPE_ATOM, preset, &[0; 8]);
    record(kind::SHAPE, 0, &[&head, &testing::table(options, &[]), rest].concat())
}

fn anchor(corners: [u16; 8]) -> Vec<u8> {
    let bytes: Vec<u8> = [0].iter().chain(&corners).flat_map(|number: &u16| number.to_le_bytes()).collect();
    record(kind::CLIENT_ANCHOR, 0, &bytes)
}

fn drawing(shapes: &[Vec<u8>]) -> Vec<u8> {
    let root = shape(0, &[], &[]);
    record(kind::DRAWING_CONTAINER, 0, &record(kind::GROUP, 0, &[root, shapes.concat()].concat()))
}

fn objects(drawing: &[u8], said: HashMap<usize, Said>) -> Vec<SheetObject> {
    let mut data = SheetData::default();
    (data.layout.column_width, data.layout.row_height) = (48.0, 12.0);
    let blips = [Blip { offset: Some(0), ..Blip::default() }, Blip { offset: Some(9), ..Blip::default() }];
    let show = Show { palette: &Palette::default(), blips: &blips, usual: &Options::default(), said };
    show.add(drawing, &mut data);
    data.objects
}

#[test]
fn shapes_stand_at_their_cells() {
    let here = anchor([1, 512, 2, 128, 3, 0, 4, 0]);
    let bytes = drawing(&[
        shape(75, &[(0x104, 2), (0x102, 0x8000)], &here),
        shape(3, &[(0x181, 0x0800_000a)], &here),
    ]);
    let all = objects(&bytes, HashMap::new());
    let place = (all[0].row, all[0].column, all[0].dx, all[0].dy, all[0].to);
    assert_eq!(place, (2, 1, 24.0, 6.0, Some((4, 3, 0.0, 0.0))));
    let Some(ShapeContent::Picture(picture)) = &all[0].shape.content else { panic!("a picture") };
    assert_eq!((picture.id, picture.width, picture.height), (Some(1), 72.0, 18.0));
    assert_eq!(picture.crop, Some([0.5, 0.0, 0.0, 0.0]));
    assert_eq!(all[1].shape.geometry, crate::model::Geometry::Ellipse);
    let red = crate::model::Fill::Solid { color: crate::model::Color::rgb(255, 0, 0) };
    assert_eq!(all[1].shape.fill, Some(red), "colour 10 of the palette");
}

#[test]
fn what_is_hidden_or_a_note_is_not_drawn() {
    let here = anchor([0, 0, 0, 0, 1, 0, 1, 0]);
    let client = record(kind::CLIENT_DATA, 0, &[]);
    let hidden = shape(1, &[(0x3bf, 0x0002_0002)], &here);
    let note = shape(202, &[], &[here, client].concat());
    let bytes = drawing(&[hidden, note]);
    assert_eq!(objects(&bytes, HashMap::new()).len(), 1);
    let said = HashMap::from([(bytes.len(), Said { note: true, ..Said::default() })]);
    assert_eq!(objects(&bytes, said).len(), 0);
}

#[test]
fn groups_resolve_the_places_inside_and_end_somewhere() {
    let head = shape(
        0,
        &[],
        &[rectangle(kind::GROUP_COORDINATES, [0, 0, 100, 100]), anchor([0, 0, 0, 0, 1, 0, 1, 0])].concat(),
    );
    let child = shape(1, &[], &rectangle(kind::CHILD_ANCHOR, [50, 50, 100, 100]));
    let all = objects(&drawing(&[record(kind::GROUP, 0, &[head, child].concat())]), HashMap::new());
    let Some(ShapeContent::Group { shapes }) = &all[0].shape.content else { panic!("a group") };
    let frame = shapes[0].frame;
    assert_eq!((frame.x, frame.y, frame.width, frame.height), (24.0, 6.0, 24.0, 6.0));
    assert_eq!(objects(&[0xff; 40], HashMap::new()).len(), 0);
}

#[test]
fn what_is_turned_stands_about_the_middle_of_its_cells() {
    let turned = shape(1, &[(4, 90 << 16)], &anchor([1, 0, 2, 0, 2, 0, 3, 0]));
    let all = objects(&drawing(&[turned]), HashMap::new());
    let (object, frame) = (&all[0], all[0].shape.frame);
    assert_eq!((object.dx, object.dy, object.to), (18.0, -18.0, None));
    assert_eq!((frame.width, frame.height, frame.rotation), (12.0, 48.0, 90.0));
}
