//! Word documents in one piece of XML: the parts of an archive in a row (Flat OPC, `pkg:package`), and those of Word 2003
//! (`w:wordDocument`), whose body has nearly the same elements as later ones.

use std::io::Read as _;

use crate::Content;
use crate::container::decode::Utf8;
use crate::container::zip::Zip;
use crate::error::{PreviewError, Result};
use crate::limits::Limits;
use crate::model::Overview;
use crate::source::{ReadAt, Slice};

/// What Word 2003 calls its elements, and what they are called since.
const OLD: &str = "http://schemas.microsoft.com/office/word/2003/wordml";
const NEW: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

/// Parts with their names.
type Parts = Vec<(String, Vec<u8>)>;

pub(crate) fn open<'a>(source: &'a dyn ReadAt, limits: &Limits) -> Result<(Overview, Content<'a>)> {
    if source.len() > limits.input {
        return Err(PreviewError::TooLarge("over 100 MB"));
    }
    let mut text = String::new();
    Utf8::xml(Slice::whole(source)).take(limits.part).read_to_string(&mut text)?;
    let parts = if text.contains("<pkg:part") { packaged(&text, limits)? } else { of_2003(&text) };
    super::open(Zip::of_parts(source, parts, limits))
}

/// `pkg:part` elements.
fn packaged(text: &str, limits: &Limits) -> Result<Parts> {
    let mut parts = Vec::new();
    for part in text.split("<pkg:part").skip(1) {
        let Some(name) = quoted(part, "pkg:name=") else { continue };
        if parts.len() >= limits.parts {
            return Err(PreviewError::TooLarge("it has too many parts"));
        }
        let content = match (inside(part, "<pkg:xmlData", "</pkg:xmlData>"), part) {
            (Some(xml), _) => xml.as_bytes().to_vec(),
            (None, part) => base64(inside(part, "<pkg:binaryData", "</pkg:binaryData>").unwrap_or_default()),
        };
        parts.push((name.to_owned(), content));
    }
    Ok(parts)
}

/// Body, styles and pictures.
fn of_2003(text: &str) -> Parts {
    let text = text.replace(OLD, NEW);
    let root = text.find("<w:wordDocument").and_then(|at| text.get(at..)).unwrap_or_default();
    let prefixes = root.find('>').and_then(|end| root.get("<w:wordDocument".len()..end)).unwrap_or_default();
    let element = |name: &str| {
        let (open, close) = (format!("<w:{name}"), format!("</w:{name}>"));
        inside(root, &open, &close).unwrap_or_default()
    };
    let (body, styles) = (element("body"), element("styles"));
    let document = format!("<w:document{prefixes}><w:body>{body}</w:body></w:document>");
    let styles = format!("<w:styles{prefixes}>{styles}</w:styles>");
    let mut parts = vec![
        ("word/document.xml".to_owned(), document.into_bytes()),
        ("word/styles.xml".to_owned(), styles.into_bytes()),
    ];
    let mut relations = String::new();
    for (number, data) in root.split("<w:binData").skip(1).enumerate() {
        let name = quoted(data, "w:name=").unwrap_or_default();
        let packed = inside(data, "", "</w:binData>").unwrap_or_default();
        // It is in an attribute already: nothing to escape.
        relations.push_str(&format!(
            "<Relationship Id=\"{name}\" Type=\"http://x/image\" Target=\"media/{number}\"/>"
        ));
        parts.push((format!("word/media/{number}"), base64(packed)));
    }
    let relations = format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{relations}</Relationships>"
    );
    parts.push(("word/_rels/document.xml.rels".to_owned(), relations.into_bytes()));
    parts
}

/// What stands between the tag that begins with `open` and `close`.
fn inside<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    let rest = text.get(text.find(open)? + open.len()..)?;
    let start = rest.find('>')? + 1;
    let end = rest.get(start..)?.rfind(close)? + start;
    rest.get(start..end)
}

/// The value in quotes after `name`.
fn quoted<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let tag = text.get(..text.find('>')?)?;
    let rest = tag.get(tag.find(name)? + name.len()..)?;
    rest.get(1..)?.split(rest.get(..1)?).next()
}

/// Bytes out of base64, up to what is none.
fn base64(text: &str) -> Vec<u8> {
    let (mut bytes, mut bits, mut count) = (Vec::with_capacity(text.len() / 4 * 3), 0_u32, 0);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => break,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Block, Inline};
    use crate::reading::{Extent, put_flow};
    use crate::{Format, Hint, Part, Window};

    #[test]
    fn documents_in_one_piece_are_read_like_others() -> Result<()> {
        let flat = "<?xml version='1.0'?><?mso-application progid=\"Word.Document\"?>\
            <pkg:package xmlns:pkg=\"http://schemas.microsoft.com/office/2006/xmlPackage\"><pkg:part pkg:name=\"/word/document.xml\">\
            <pkg:xmlData><w:document><w:body><w:p><w:r><w:t>flat</w:t></w:r></w:p></w:body></w:document></pkg:xmlData></pkg:part></pkg:package>";
        let old = "<?xml version='1.0'?><w:wordDocument xmlns:w=\"http://schemas.microsoft.com/office/word/2003/wordml\" \
            xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:wx=\"http://schemas.microsoft.com/office/word/2003/auxHint\">\
            <w:styles><w:style w:type=\"paragraph\" w:default=\"on\" w:styleId=\"n\"><w:rPr><w:sz w:val=\"20\"/></w:rPr></w:style></w:styles>\
            <w:body><wx:sect><w:p><w:pPr><w:listPr><w:ilvl w:val=\"0\"/><w:ilfo w:val=\"1\"/><wx:t wx:val=\"1.\"/></w:listPr></w:pPr>\
            <w:r><w:t>old</w:t></w:r><w:r><w:pict><w:binData w:name=\"wordml://1.png\">iVBORw0KGgo=</w:binData>\
            <v:shape style=\"width:1pt;height:1pt\"><v:imagedata src=\"wordml://1.png\"/></v:shape></w:pict></w:r></w:p></wx:sect></w:body></w:wordDocument>";
        for (text, expected, picture) in
            [(flat, "flat\n", None), (old, "1. old\n", Some(b"\x89PNG\r\n\x1a\n".to_vec()))]
        {
            let bytes = text.as_bytes().to_vec();
            let mut opened = crate::open(&bytes, &Hint { name: "a.doc" }, &Limits::default())?;
            assert_eq!(opened.overview().format, Format::Docx);
            let Part::Flow(flow) = opened.next(Window::Blocks { count: 9 })? else { panic!("a flow") };
            let mut shown = String::new();
            put_flow(&mut shown, &flow, Extent::Everything);
            assert_eq!(shown, expected);
            let inlines = flow.blocks.iter().filter_map(|block| match block {
                Block::Paragraph(paragraph) => paragraph.inlines.last(),
                _ => None,
            });
            let mut id = inlines.filter_map(|inline| match inline {
                Inline::Picture(picture) => picture.id,
                _ => None,
            });
            let found = id.next_back().map(|id| opened.picture(id)).transpose()?.map(|picture| picture.bytes);
            assert_eq!(found, picture);
        }
        Ok(())
    }

    #[test]
    fn base64_is_decoded_as_far_as_it_goes() {
        for (text, expected) in [("aGVsbG8=", "hello"), ("aGVs\nbG8", "hello"), ("aGVs!bG8", "hel"), ("", "")]
        {
            assert_eq!(base64(text), expected.as_bytes(), "{text}");
        }
    }
}
