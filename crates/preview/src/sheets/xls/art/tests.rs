//! Pictures and shapes of workbooks.

use std::collections::HashMap;

use super::show::Said;
use super::*;
use crate::model::{PictureKind, ShapeContent, picture_kind};
use crate::sheets::biff::color::Palette;
use crate::sheets::biff::sheet::SheetData;

fn record(kind: u16, instance: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = (instance << 4).to_le_bytes().to_vec();
    bytes.extend(kind.to_le_bytes());
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    bytes
}

fn shape(preset: u16, options: &[(u16, u32)], rest: &[u8]) -> Vec<u8> {
    let table: Vec<u8> = options
        .iter()
        .flat_map(|(id, value)| [&id.to_le_bytes()[..], &value.to_le_bytes()].concat())
        .collect();
    let head = record(kind::HEAD, preset, &[0; 8]);
    let options = record(kind::OPTIONS[0], options.len() as u16, &table);
    record(kind::SHAPE, 0, &[&head, &options, rest].concat())
}

fn anchor(corners: [u16; 8]) -> Vec<u8> {
    let bytes: Vec<u8> = [0].iter().chain(&corners).flat_map(|number: &u16| number.to_le_bytes()).collect();
    record(kind::CLIENT_ANCHOR, 0, &bytes)
}

fn drawing(shapes: &[Vec<u8>]) -> Vec<u8> {
    let root = shape(0, &[], &[]);
    record(kind::DRAWING, 0, &record(kind::GROUP, 0, &[root, shapes.concat()].concat()))
}

fn objects(drawing: &[u8], said: HashMap<usize, Said>) -> Vec<crate::model::SheetObject> {
    let mut data = SheetData::default();
    (data.layout.column_width, data.layout.row_height) = (48.0, 12.0);
    Show { palette: &Palette::default(), pictures: 2, said }.add(drawing, &mut data);
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
    let rectangle = |rect: [i32; 4]| rect.map(i32::to_le_bytes).concat();
    let head = shape(
        0,
        &[],
        &[record(kind::GROUP_FRAME, 1, &rectangle([0, 0, 100, 100])), anchor([0, 0, 0, 0, 1, 0, 1, 0])]
            .concat(),
    );
    let child = shape(1, &[], &record(kind::CHILD_ANCHOR, 0, &rectangle([50, 50, 100, 100])));
    let all = objects(&drawing(&[record(kind::GROUP, 0, &[head, child].concat())]), HashMap::new());
    let Some(ShapeContent::Group { shapes }) = &all[0].shape.content else { panic!("a group") };
    let frame = shapes[0].frame;
    assert_eq!((frame.x, frame.y, frame.width, frame.height), (24.0, 6.0, 24.0, 6.0));

    let mut deep = shape(1, &[], &[]);
    for _ in 0..200 {
        deep = record(kind::GROUP, 0, &[shape(0, &[], &[]), deep].concat());
    }
    assert_eq!(objects(&drawing(&[deep]), HashMap::new()).len(), 0);
    assert_eq!(super::shapes(&[0xff; 40]).len(), 0);
}

#[test]
fn pictures_are_unpacked_by_their_kind() {
    let mut dib = vec![0; 17];
    dib.extend([40, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0]);
    dib.extend([0; 36]);
    for (kind, instance, content, expected) in [
        (0xf01e, 0x6e0, [&[0; 17][..], b"\x89PNG\r\n\x1a\n"].concat(), Some(PictureKind::Png)),
        (0xf01d, 0x46b, [&[0; 33][..], b"\xff\xd8\xff"].concat(), Some(PictureKind::Jpeg)),
        (0xf01f, 0x7a8, dib, Some(PictureKind::Bmp)),
        (0xf01e, 0x6e0, vec![0; 4], None),
        (0xf01a, 0x3d4, vec![0; 60], None),
    ] {
        let mut entry = vec![0; 36];
        entry.extend(record(kind, instance, &content));
        let store = record(0xf001, 1, &record(0xf007, 6, &entry));
        let group = record(0xf000, 0, &store);
        let places = blips(&group);
        let unpacked = unpack(&group[places[0].clone()], 1000);
        assert_eq!(unpacked.ok().as_deref().and_then(picture_kind), expected);
    }
    assert_eq!(blips(&[]), []);
}
