//! The program as the portal runs it: a picture in, a thumbnail or a plain failure out (rows N07, N15).
#![expect(clippy::unwrap_used, reason = "a panic is the failure report of a test")]

use std::{
    io::{Cursor, Write},
    process::{Command, Output, Stdio},
};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

fn extract(picture: &[u8]) -> Output {
    run(&[], picture)
}

/// The program with `input` on its standard input.
fn run(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_deskside-extract"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // The child may end before it has read everything.
    let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    output
}

/// The header line and the decoded thumbnail.
fn thumbnail(picture: &[u8]) -> (String, DynamicImage) {
    let output = extract(picture);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let end = output.stdout.iter().position(|byte| *byte == b'\n').unwrap();
    let header = String::from_utf8(output.stdout[..end].to_vec()).unwrap();
    (header, image::load_from_memory(&output.stdout[end + 1..]).unwrap())
}

fn encode(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn photo(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([(x % 256) as u8, (y % 256) as u8, 90])).into()
}

/// A PNG that says it is `width` × `height`, with no pixels behind it.
fn png_that_claims(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = encode(&photo(1, 1), ImageFormat::Png);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.to_be_bytes());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
    })
}

#[test]
fn a_photo_becomes_a_small_jpeg() {
    let (header, small) = thumbnail(&encode(&photo(1600, 1200), ImageFormat::Png));
    assert_eq!(header, r#"{"width":480,"height":360,"media_type":"image/jpeg"}"#);
    assert_eq!((small.width(), small.height()), (480, 360));
}

#[test]
fn transparency_stays() {
    let glass: DynamicImage = RgbaImage::from_pixel(600, 900, Rgba([10, 20, 30, 40])).into();
    let (header, small) = thumbnail(&encode(&glass, ImageFormat::Png));
    assert_eq!(header, r#"{"width":320,"height":480,"media_type":"image/png"}"#);
    assert_eq!(small.to_rgba8().get_pixel(5, 5), &Rgba([10, 20, 30, 40]));
}

#[test]
fn every_allowed_kind_is_read_and_small_ones_keep_their_size() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Bmp]
    {
        let (_, small) = thumbnail(&encode(&photo(40, 30), format));
        assert_eq!((small.width(), small.height()), (40, 30), "{format:?}");
    }
}

#[test]
fn bombs_garbage_and_torsos_fail_plainly() {
    let whole = encode(&photo(300, 300), ImageFormat::Png);
    let cases: [(&str, Vec<u8>); 7] = [
        ("nothing", Vec::new()),
        ("garbage", b"not a picture at all".to_vec()),
        ("truncated", whole[..whole.len() / 2].to_vec()),
        ("absurd dimensions", png_that_claims(u32::MAX >> 1, u32::MAX >> 1)),
        ("more pixels than the cap", png_that_claims(29_000, 29_000)),
        ("a drawing with script", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>".to_vec()),
        ("too many bytes", vec![0x89; 64 * 1024 * 1024 + 1]),
    ];
    for (what, picture) in cases {
        let output = extract(&picture);
        assert_eq!(output.status.code(), Some(1), "{what}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout.is_empty(), "{what}");
    }
}

/// The text of a document, or why there is none.
fn text(document: &[u8], name: &str) -> Result<String, String> {
    let output = run(&["--text", name], document);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(String::from_utf8(output.stdout).unwrap()) } else { Err(told) }
}

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../../tests/documents/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Row Z16: what stands in documents is found.
#[test]
fn documents_become_text() {
    for (name, words) in [
        ("letter.docx", ["Maintenance report", "Unplugged the cable"]),
        ("letter.doc", ["Maintenance report", "Unplugged the cable"]),
        ("letter.rtf", ["Maintenance report", "Unplugged the cable"]),
        ("letter.pdf", ["Maintenance report", "Unplugged the cable"]),
        ("budget.xlsx", ["Budget of the year", "Ask Ann"]),
        ("budget.ods", ["Budget of the year", "Printer"]),
        ("talk.pptx", ["Welcome to the service desk", "How to reach us"]),
    ] {
        let text = text(&sample(name), name).unwrap_or_else(|error| panic!("{name}: {error}"));
        for word in words {
            assert!(text.contains(word), "{name}: {text:?}");
        }
    }
    assert_eq!(text("Grüße\r\n".as_bytes(), "note.txt").unwrap().trim(), "Grüße");
    assert_eq!(text(b"--text", "--text").unwrap().trim(), "--text", "a name is never an option");
}

#[test]
fn documents_that_are_none_fail_plainly() {
    let cases: [(&str, Vec<u8>); 5] = [
        ("nothing.docx", Vec::new()),
        ("torso.docx", b"PK\x03\x04 and no more".to_vec()),
        ("picture.png", encode(&photo(3, 3), ImageFormat::Png)),
        ("broken.pdf", b"%PDF-1.7\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj trailer".to_vec()),
        ("huge.docx", vec![b'P'; 100 * 1024 * 1024 + 1]),
    ];
    for (name, document) in cases {
        let error = text(&document, name).err();
        assert!(error.is_some_and(|told| !told.is_empty()), "{name}");
    }
}

/// Research S11: a document that unpacks without end costs nothing but its own child.
#[test]
fn text_is_cut_and_bombs_do_not_matter() {
    let long = "word ".repeat(1_000_000);
    assert_eq!(text(long.as_bytes(), "long.txt").unwrap().len(), 1024 * 1024);
}
