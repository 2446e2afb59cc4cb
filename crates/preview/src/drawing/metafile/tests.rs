//! Small metafiles, made by hand.

use super::{to_svg, words};
use crate::limits::Limits;

fn shorts(values: &[i16]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn longs(values: &[i32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn wmf_record(function: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = ((data.len() / 2 + 3) as u32).to_le_bytes().to_vec();
    bytes.extend(function.to_le_bytes());
    bytes.extend(data);
    bytes
}

/// A window of 100 × 50 with these records.
fn wmf(records: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = shorts(&[1, 9, 0x300, 0, 0, 0, 0, 0, 0]);
    bytes.extend(wmf_record(0x020c, &shorts(&[50, 100])));
    for (function, data) in records {
        bytes.extend(wmf_record(*function, data));
    }
    bytes.extend(wmf_record(0, &[]));
    bytes
}

/// A picture of 100 × 100 pixels, one of them a tenth of a millimetre, with these records.
fn emf(records: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = longs(&[1, 108, 0, 0, 99, 99, 0, 0, 1000, 1000]);
    bytes.extend(b" EMF");
    bytes.resize(72, 0);
    bytes.extend(longs(&[1000, 1000, 100, 100]));
    bytes.resize(108, 0);
    for (kind, data) in records {
        bytes.extend(longs(&[*kind as i32, data.len() as i32 + 8]));
        bytes.extend(data);
    }
    bytes.extend(longs(&[14, 20, 0, 0, 20]));
    bytes
}

/// What stands between the outermost tags.
fn drawn(bytes: &[u8]) -> String {
    let svg = to_svg(bytes, &Limits::default()).unwrap_or_default();
    let body = svg.split_once('>').map_or("", |(_, body)| body);
    body.trim_end_matches("</svg>").to_owned()
}

const BLACK: &str = " stroke=\"#000000\" stroke-width=\"1\" vector-effect=\"non-scaling-stroke\"";

#[test]
fn wmf_records_become_paths_and_letters() {
    let red_pen = [shorts(&[0, 2, 0]), vec![255, 0, 0, 0]].concat();
    let green_brush = [shorts(&[0]), vec![0, 255, 0, 0], shorts(&[0])].concat();
    for (records, expected) in [
        (
            vec![(0x041b, shorts(&[20, 30, 10, 10]))],
            format!(
                "<path d=\"M10 10 L30 10 L30 20 L10 20 Z\" fill=\"#ffffff\" fill-rule=\"evenodd\"{BLACK}/>"
            ),
        ),
        (
            vec![
                (0x02fa, red_pen),
                (0x02fc, green_brush),
                (0x012d, shorts(&[0])),
                (0x012d, shorts(&[1])),
                (0x0324, shorts(&[3, 0, 0, 10, 0, 10, 10])),
            ],
            "<path d=\"M0 0 L10 0 L10 10 Z\" fill=\"#00ff00\" fill-rule=\"evenodd\" stroke=\"#ff0000\" \
             stroke-width=\"2\"/>"
                .to_owned(),
        ),
        (
            // Saved, moved, restored, and a line from where it was.
            vec![
                (0x0214, shorts(&[5, 5])),
                (0x001e, Vec::new()),
                (0x0214, shorts(&[9, 9])),
                (0x0127, shorts(&[-1])),
                (0x0213, shorts(&[1, 2])),
            ],
            format!("<path d=\"M5 5 L2 1 \" fill=\"none\"{BLACK}/>"),
        ),
        (
            vec![
                (0x012e, shorts(&[0x18])),
                (0x0521, [shorts(&[3]), b"a<b\0".to_vec(), shorts(&[7, 8])].concat()),
            ],
            "<text x=\"8\" y=\"7\" font-size=\"12\" fill=\"#000000\" font-family=\"sans-serif\" \
             xml:space=\"preserve\">a&lt;b</text>"
                .to_owned(),
        ),
    ] {
        assert_eq!(drawn(&wmf(&records)), expected);
    }
}

#[test]
fn emf_records_become_paths_and_letters() {
    let text = |words: &str| {
        let mut data = longs(&[0, 0, 0, 0, 1, 0, 0, 3, 4, words.len() as i32, 76, 0, 0, 0, 0, 0, 0]);
        data.extend(words.encode_utf16().flat_map(u16::to_le_bytes));
        data
    };
    let bounds = longs(&[0, 0, 0, 0]);
    for (records, expected) in [
        (
            vec![(37, longs(&[(0x8000_0005_u32).cast_signed()])), (42, longs(&[0, 0, 10, 10]))],
            format!(
                "<path d=\"M5 0 L5 0 C7.76 0 10 2.24 10 5 L10 5 C10 7.76 7.76 10 5 10 L5 10 C2.24 10 0 7.76 0 5 \
                 L0 5 C0 2.24 2.24 0 5 0 Z\" fill=\"none\"{BLACK}/>"
            ),
        ),
        (
            // A path is painted once it is whole.
            vec![
                (59, Vec::new()),
                (27, longs(&[1, 1])),
                (54, longs(&[5, 1])),
                (61, Vec::new()),
                (60, Vec::new()),
                (64, bounds.clone()),
            ],
            format!("<path d=\"M1 1 L5 1 Z\" fill=\"none\"{BLACK}/>"),
        ),
        (
            vec![(87, [bounds.clone(), longs(&[2]), shorts(&[1, 2, 3, 4])].concat())],
            format!("<path d=\"M1 2 L3 4 \" fill=\"none\"{BLACK}/>"),
        ),
        (
            // Twice as large, then a line.
            vec![
                (35, [2.0_f32, 0.0, 0.0, 2.0, 0.0, 0.0].iter().flat_map(|cell| cell.to_le_bytes()).collect()),
                (54, longs(&[5, 1])),
            ],
            format!("<path d=\"M0 0 L10 2 \" fill=\"none\"{BLACK}/>"),
        ),
        (
            vec![(22, longs(&[0x18])), (84, text("hi"))],
            "<text x=\"3\" y=\"4\" font-size=\"12\" fill=\"#000000\" font-family=\"sans-serif\" \
             xml:space=\"preserve\">hi</text>"
                .to_owned(),
        ),
    ] {
        assert_eq!(drawn(&emf(&records)), expected);
    }
    assert_eq!(words(&emf(&[(84, text("hi"))]), &Limits::default()).as_deref(), Some("hi\n"));
}

#[test]
fn bitmaps_are_laid_over_as_they_say() {
    let mut dib = longs(&[40, 1, 1]);
    dib.extend(shorts(&[1, 24]));
    dib.extend([0; 24]);
    dib.extend([1, 2, 3, 0]);
    let stretched = |operation: i32| {
        let mut data = longs(&[operation]);
        data.extend(shorts(&[0, 1, 1, 0, 0, 10, 20, 5, 6]));
        data.extend(&dib);
        drawn(&wmf(&[(0x0f43, data)]))
    };
    let copied = stretched(0x00cc_0020);
    assert!(copied.starts_with("<image x=\"6\" y=\"5\" width=\"20\" height=\"10\""), "{copied}");
    assert!(copied.contains("href=\"data:image/bmp;base64,Qk"));
    assert!(stretched(0x0088_00c6).contains("mix-blend-mode:multiply"));
}

#[test]
fn what_is_broken_draws_nothing_or_less() {
    let limits = Limits::default();
    for bytes in [&b""[..], b"\x01\0\x09\0", b"\xd7\xcd\xc6\x9a\0\0", &[0; 200]] {
        assert_eq!(to_svg(bytes, &limits), None);
    }
    // Nothing is drawn.
    assert_eq!(to_svg(&wmf(&[]), &limits), None);
    let whole = emf(&[(43, longs(&[0, 0, 10, 10])), (3, longs(&[0, 0, 0, 0, i32::MAX, 1]))]);
    assert!(to_svg(&whole, &limits).is_some());
    for length in 0..whole.len() {
        drop(to_svg(&whole[..length], &limits));
    }
    // Numbers beyond everything stay numbers.
    let far = wmf(&[(0x020c, shorts(&[1, 1])), (0x041b, shorts(&[i16::MAX, i16::MAX, i16::MIN, i16::MIN]))]);
    assert!(to_svg(&far, &limits).is_some_and(|svg| !svg.contains("NaN") && !svg.contains("inf")));
}
