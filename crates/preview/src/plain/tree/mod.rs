//! XML as a tree, in windows.

mod entity;
mod walker;

use super::text::{Stream, Text};
use crate::error::Result;
use crate::limits::Limits;
use crate::model::{Nodes, Overview, Warning};
use crate::source::ReadAt;
use crate::{Content, Format, Shape, TreeReader};

use walker::{Place, Walker};

/// Nodes, at least, between two from which reading can go on.
const INTERVAL: u64 = 1024;
/// Bytes of the source that one call passes over on its way to a window far ahead.
const STEP: u64 = 16 * 1024 * 1024;
/// Bytes of text in one window, about; what is over it comes with the next.
const WINDOW: usize = 4 * 1024 * 1024;

pub(crate) fn open<'a>(source: &'a dyn ReadAt, limits: &Limits) -> Result<(Overview, Content<'a>)> {
    let text = Text::xml(source)?;
    let mut overview = Overview::new(Format::Xml, Shape::Tree);
    overview.encoding = Some(text.encoding().name().to_owned());
    Ok((overview, Content::Tree(Box::new(Reader::new(text, limits.depth)))))
}

struct Reader<'a> {
    text: Text<'a>,
    depth: usize,
    /// Node numbers and how reading goes on there.
    places: Vec<(u64, Place)>,
    /// Where reading stopped last: the number of the next node. None after an error.
    walker: Option<(u64, Walker<'a>)>,
    known: u64,
    complete: bool,
    cut: bool,
    damaged: bool,
}

impl<'a> Reader<'a> {
    fn new(text: Text<'a>, depth: usize) -> Self {
        Self {
            text,
            depth,
            places: Vec::new(),
            walker: None,
            known: 0,
            complete: false,
            cut: false,
            damaged: false,
        }
    }

    /// A walker as near before node `wanted` as can be, and the number of its next node.
    fn nearest(&mut self, wanted: u64) -> Result<(u64, Walker<'a>)> {
        let behind = self.places.partition_point(|(number, _)| *number <= wanted);
        let place = behind.checked_sub(1).and_then(|at| self.places.get(at));
        let known = place.map_or(0, |(number, _)| *number);
        match self.walker.take() {
            Some(walker) if (known..=wanted).contains(&walker.0) => Ok(walker),
            _ => {
                let stream = Stream::new(self.text.clone());
                Ok((known, Walker::new(stream, self.depth, place.map(|(_, place)| place))?))
            }
        }
    }

    /// What the walker came past.
    fn learn(&mut self, number: u64, walker: &Walker<'a>) {
        self.cut |= walker.cut;
        self.damaged |= walker.damaged;
        if number <= self.known {
            return;
        }
        self.known = number;
        if self.places.last().map_or(0, |(number, _)| *number) + INTERVAL <= number
            && let Some(place) = walker.place()
        {
            self.places.push((number, place));
        }
    }
}

impl TreeReader for Reader<'_> {
    fn nodes(&mut self, from: u64, count: usize) -> Result<Nodes> {
        let mut nodes = Vec::new();
        let (mut number, mut walker) = self.nearest(from)?;
        let begin = walker.offset();
        let mut size = 0;
        while nodes.len() < count && size < WINDOW {
            if number < from && walker.offset() - begin > STEP {
                break;
            }
            // After an error the walker is gone: what it has read in part is read again from the place before.
            let Some(node) = walker.next()? else {
                self.complete = true;
                self.learn(number, &walker);
                break;
            };
            if number >= from {
                size += walker::size(&node);
                nodes.push(node);
            }
            number += 1;
            self.learn(number, &walker);
        }
        self.walker = Some((number, walker));
        Ok(Nodes { from, nodes, known: self.known, complete: self.complete })
    }

    fn warnings(&self) -> Vec<Warning> {
        let all = [(self.cut, Warning::Cut), (self.damaged, Warning::Damaged)];
        all.into_iter().filter_map(|(is, warning)| is.then_some(warning)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::tests::{Late, patiently};
    use super::*;
    use crate::model::{TreeNode, TreeNodeKind};

    fn shown(node: &TreeNode) -> String {
        let kind = match &node.kind {
            TreeNodeKind::Element { name, attributes, text, parent } => {
                let attributes: String =
                    attributes.iter().map(|(name, value)| format!(" {name}={value}")).collect();
                let text = text.as_ref().map(|text| format!(" {text:?}")).unwrap_or_default();
                format!("<{name}{attributes}{text}{}", if *parent { ">" } else { "/>" })
            }
            TreeNodeKind::Text { text } => format!("{text:?}"),
            TreeNodeKind::CData { text } => format!("[{text}]"),
            TreeNodeKind::Comment { text } => format!("!{text}"),
            TreeNodeKind::Instruction { text } => format!("?{text}"),
        };
        format!("{}{kind}", node.depth)
    }

    fn tree(text: &str, depth: usize) -> Result<(Vec<String>, Vec<Warning>)> {
        let bytes = text.as_bytes().to_vec();
        let mut reader = Reader::new(Text::xml(&bytes)?, depth);
        let nodes = reader.nodes(0, 1000)?;
        Ok((nodes.nodes.iter().map(shown).collect(), reader.warnings()))
    }

    #[test]
    fn everything_of_a_document_is_a_node() -> Result<()> {
        let text = "<?xml version='1.0'?>\n<!DOCTYPE a [<!ENTITY x 'y'>]>\n<!-- c -->\n<a x:b='1 &lt; 2' c=\"&x;\">\n  <b>t &amp; u&#x41;&x;</b>\n \
                    <c/> mixed &unknown; & text <d> </d><e><f>1</f></e><![CDATA[<raw>]]></a><?end it?>";
        let expected = [
            "0?xml version='1.0'",
            "0?DOCTYPE a [<!ENTITY x 'y'>]",
            "0!c",
            "0<a x:b=1 < 2 c=&x;>",
            "1<b \"t & uA&x;\"/>",
            "1<c/>",
            "1\"mixed &unknown; & text\"",
            "1<d/>",
            "1<e>",
            "2<f \"1\"/>",
            "1[<raw>]",
            "0?end it",
        ];
        assert_eq!(tree(text, 9)?, (expected.map(str::to_owned).to_vec(), vec![]));
        Ok(())
    }

    #[test]
    fn damaged_documents_are_read_as_far_as_they_go() -> Result<()> {
        for (text, expected) in [
            ("<a><b>x</b><c", vec!["0<a>", "1<b \"x\"/>", "1\"<c\""]),
            ("<a><b>x</a>y", vec!["0<a>", "1<b \"x\"/>", "0\"y\""]),
            ("<a></c>x</a>", vec!["0<a \"x\"/>"]),
            ("<a>x", vec!["0<a \"x\"/>"]),
            ("<a><!-- never\nclosed", vec!["0<a>", "1\"<!-- never\"", "1\"closed\""]),
            ("no xml", vec!["0\"no xml\""]),
        ] {
            let (nodes, warnings) = tree(text, 9)?;
            assert_eq!(nodes, expected, "{text}");
            assert_eq!(warnings.is_empty(), text == "no xml", "{text}");
        }
        Ok(())
    }

    #[test]
    fn what_is_too_deep_is_left_out() -> Result<()> {
        let text = format!("{}x{}<z/>", "<a>".repeat(1_000_000), "</a>".repeat(1_000_000));
        let (nodes, warnings) = tree(&text, 3)?;
        assert_eq!(
            (nodes, warnings),
            (["0<a>", "1<a>", "2<a>", "0<z/>"].map(str::to_owned).to_vec(), vec![Warning::Cut])
        );
        Ok(())
    }

    #[test]
    fn long_texts_are_several_nodes() -> Result<()> {
        let text = "é &amp; ".repeat(100_000);
        let bytes = format!("<a>{text}</a>").into_bytes();
        let mut reader = Reader::new(Text::xml(&bytes)?, 9);
        let mut all = String::new();
        for node in reader.nodes(0, 1000)?.nodes {
            if let TreeNodeKind::Text { text } = node.kind {
                assert!(text.len() <= crate::plain::text::LONGEST * 2);
                all.push_str(&text);
                all.push(' ');
            }
        }
        assert_eq!(all.replace(' ', ""), "é&".repeat(100_000));
        Ok(())
    }

    #[test]
    fn any_window_is_read_from_anywhere_however_late_its_bytes() -> Result<()> {
        let items: String =
            (0..50_000).map(|item| format!("<i n='{item}'><t>größer {item}</t>\n</i>\n")).collect();
        let source = Late::new(format!("<all>{items}</all>"));
        let mut reader = Reader::new(patiently(|| Text::xml(&source))?, 99);
        for from in [99_999, 1, 40_001, 40_003, 2047] {
            let nodes = patiently(|| reader.nodes(from, 2))?;
            let item = (from - 1) / 2;
            let expected = [format!("1<i n={item}>"), format!("2<t \"größer {item}\"/>")];
            assert_eq!(nodes.nodes.iter().map(shown).collect::<Vec<_>>(), expected, "{from}");
        }
        let end = reader.nodes(200_000, 1)?;
        assert_eq!((end.known, end.complete, reader.warnings()), (100_001, true, vec![]));
        Ok(())
    }
}
