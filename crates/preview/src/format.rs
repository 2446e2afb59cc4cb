//! The kinds of content that are told apart.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a file's content is, whatever its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum Format {
    Docx,
    Doc,
    Rtf,
    Odt,
    Xlsx,
    Xlsb,
    Xls,
    Ods,
    Sxc,
    Csv,
    Pptx,
    Ppt,
    Odp,
    Xml,
    Text,
    Pdf,
    Html,
    Picture,
    Media,
    Archive,
}

/// How a document is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "preview/", rename = "DocumentShape")]
pub enum Shape {
    /// Paragraphs and tables that flow.
    Flow,
    /// Sheets of cells.
    Sheets,
    /// Slides.
    Slides,
    /// Lines of text.
    Lines,
    /// A tree of elements.
    Tree,
}

impl Format {
    /// What people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Docx => "Word document",
            Self::Doc => "Word 97–2003 document",
            Self::Rtf => "rich text",
            Self::Odt => "OpenDocument text",
            Self::Xlsx => "Excel workbook",
            Self::Xlsb => "Excel binary workbook",
            Self::Xls => "Excel 97–2003 workbook",
            Self::Ods => "OpenDocument spreadsheet",
            Self::Sxc => "OpenOffice.org 1.0 spreadsheet",
            Self::Csv => "table as text",
            Self::Pptx => "PowerPoint presentation",
            Self::Ppt => "PowerPoint 97–2003 presentation",
            Self::Odp => "OpenDocument presentation",
            Self::Xml => "XML",
            Self::Text => "text",
            Self::Pdf => "PDF",
            Self::Html => "web page",
            Self::Picture => "picture",
            Self::Media => "video or sound",
            Self::Archive => "archive",
        }
    }

    /// The format that a file name promises, by its ending; none where the ending is unknown or means some kind of text
    /// (source code, settings), which nothing contradicts.
    #[must_use]
    pub fn promised(name: &str) -> Option<Self> {
        let ending = name.rsplit_once('.')?.1.to_ascii_lowercase();
        Some(match ending.as_str() {
            "docx" | "docm" | "dotx" | "dotm" => Self::Docx,
            "doc" | "dot" => Self::Doc,
            "rtf" => Self::Rtf,
            "odt" | "ott" | "sxw" | "fodt" => Self::Odt,
            "xlsx" | "xlsm" | "xltx" | "xltm" => Self::Xlsx,
            "xlsb" => Self::Xlsb,
            "xls" | "xlt" | "xlw" => Self::Xls,
            "ods" | "ots" => Self::Ods,
            "sxc" | "stc" => Self::Sxc,
            "csv" | "tsv" | "tab" => Self::Csv,
            "pptx" | "pptm" | "ppsx" | "ppsm" | "potx" | "potm" => Self::Pptx,
            "ppt" | "pps" | "pot" => Self::Ppt,
            "odp" | "otp" | "sxi" => Self::Odp,
            "xml" | "xsl" | "xslt" | "xsd" | "rss" | "kml" | "gpx" => Self::Xml,
            "pdf" => Self::Pdf,
            "html" | "htm" | "mht" | "mhtml" => Self::Html,
            "txt" | "log" => Self::Text,
            _ => return None,
        })
    }
}
